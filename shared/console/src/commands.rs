//! The bodies of commands: what each may say, and nothing else.

use crate::{
    Problem,
    body::Body,
    describe::Shape,
    said::{Said, Whole, text},
};
use rollout::{
    decide::{COMMANDS, Command},
    units::{Decimal, Version},
};
use schemars::JsonSchema;
use serde::Deserialize;

/// A command that answers an entry.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Answer {
    /// The entry that it answers.
    at: Whole,
    note: Option<Said>,
}

/// A refusal: the others must know why.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reject {
    /// The entry that it answers.
    at: Whole,
    note: Said,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    note: Option<Said>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Promote {
    /// The entry that it answers.
    at: Whole,
    /// A stage, which only a force passes over others for.
    to: Option<Said>,
    /// Past what does not hold; only an admin may.
    #[serde(default)]
    force: bool,
    note: Option<Said>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Skip {
    /// The entry that it answers.
    at: Whole,
    /// An optional one that is still ahead.
    stage: Said,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tick {
    /// The item, as the plan writes it.
    text: Said,
    /// Of which stage, where several have it.
    stage: Option<Said>,
    note: Option<Said>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Report {
    /// The figure's or its metric's.
    name: Said,
    /// A decimal as a text: `4.3`.
    value: Decimal,
    /// How many it rests on.
    samples: Option<Whole>,
    note: Option<Said>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Signal {
    /// A signal of the plan.
    name: Said,
    /// Who told a machine that relays reports; one reporter counts once.
    reporter: Option<Said>,
    note: Option<Said>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Enable {
    /// The entry that it answers.
    at: Whole,
    /// Or a cohort.
    feature: Said,
    note: Option<Said>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Disable {
    /// Or a cohort.
    feature: Said,
    note: Option<Said>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RollBack {
    /// A stage, a percentage such as `5%`, or `previous`; all the way back without it.
    to: Option<Said>,
    note: Option<Said>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Abandon {
    note: Said,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CloseBudget {
    /// A budget of a rollout that is over.
    budget: Said,
    note: Option<Said>,
}

/// Reads the command of this name.
pub(crate) fn read(name: &str, body: &Body) -> Result<Command, Problem> {
    Ok(match name {
        "approve" => body
            .json()
            .map(|Answer { at: Whole(at), note }| Command::Approve { at: Version(at), note: text(note) })?,
        "reject" => body
            .json()
            .map(|Reject { at: Whole(at), note: Said(note) }| Command::Reject { at: Version(at), note })?,
        "pause" => body.json().map(|Note { note }| Command::Pause { note: text(note) })?,
        "resume" => body
            .json()
            .map(|Answer { at: Whole(at), note }| Command::Resume { at: Version(at), note: text(note) })?,
        "promote" => {
            let Promote { at: Whole(at), to, force, note } = body.json()?;
            let note = text(note);
            if force && note.is_none() {
                let why = "a force takes a note: say why, since it passes over bake, gates and consent";
                return Err(Problem::not_now(why.to_owned()));
            }
            Command::Promote { at: Version(at), to: text(to), force, note }
        }
        "complete" => body
            .json()
            .map(|Answer { at: Whole(at), note }| Command::Complete { at: Version(at), note: text(note) })?,
        "skip" => body
            .json()
            .map(|Skip { at: Whole(at), stage: Said(stage) }| Command::Skip { at: Version(at), stage })?,
        "tick" => body.json().map(|Tick { text: Said(item), stage, note }| Command::Tick {
            text: item,
            stage: text(stage),
            note: text(note),
        })?,
        "report" => body.json().map(|Report { name: Said(name), value, samples, note }| Command::Report {
            name,
            value,
            samples: samples.map(|Whole(samples)| samples),
            note: text(note),
        })?,
        "signal" => body.json().map(|Signal { name: Said(name), reporter, note }| Command::Signal {
            name,
            reporter: text(reporter),
            note: text(note),
        })?,
        "enable" => body.json().map(|Enable { at: Whole(at), feature: Said(feature), note }| {
            Command::Enable { at: Version(at), feature, note: text(note) }
        })?,
        "disable" => body
            .json()
            .map(|Disable { feature: Said(feature), note }| Command::Disable { feature, note: text(note) })?,
        "rollback" => {
            body.json().map(|RollBack { to, note }| Command::RollBack { to: text(to), note: text(note) })?
        }
        "acknowledge" => body.json().map(|Note { note }| Command::Acknowledge { note: text(note) })?,
        "abandon" => body.json().map(|Abandon { note: Said(note) }| Command::Abandon { note })?,
        "close-budget" => body.json().map(|CloseBudget { budget: Said(budget), note }| {
            Command::CloseBudget { budget, note: text(note) }
        })?,
        other => {
            let names = COMMANDS.map(|right| right.to).join(", ");
            return Err(Problem::missing(format!("there is no command {other}: it is one of {names}")));
        }
    })
}

/// What the body of a command may say.
pub(crate) fn body_of(name: &str) -> Option<Shape> {
    Some(match name {
        "approve" | "resume" | "complete" => Answer::json_schema,
        "reject" => Reject::json_schema,
        "pause" | "acknowledge" => Note::json_schema,
        "promote" => Promote::json_schema,
        "skip" => Skip::json_schema,
        "tick" => Tick::json_schema,
        "report" => Report::json_schema,
        "signal" => Signal::json_schema,
        "enable" => Enable::json_schema,
        "disable" => Disable::json_schema,
        "rollback" => RollBack::json_schema,
        "abandon" => Abandon::json_schema,
        "close-budget" => CloseBudget::json_schema,
        _ => return None,
    })
}
