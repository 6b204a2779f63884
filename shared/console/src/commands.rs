//! The bodies of commands: what each may say, and nothing else.

use crate::{
    Problem,
    body::Body,
    said::{maybe, said},
};
use rollout::{
    decide::Command,
    units::{Decimal, Version},
};
use serde::Deserialize;

/// A command that answers an entry.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    at: Version,
    #[serde(default, deserialize_with = "maybe")]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    #[serde(default, deserialize_with = "maybe")]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Promote {
    at: Version,
    #[serde(default, deserialize_with = "maybe")]
    to: Option<String>,
    #[serde(default)]
    force: bool,
    #[serde(default, deserialize_with = "maybe")]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Skip {
    at: Version,
    #[serde(deserialize_with = "said")]
    stage: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tick {
    #[serde(deserialize_with = "said")]
    text: String,
    #[serde(default, deserialize_with = "maybe")]
    stage: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    #[serde(deserialize_with = "said")]
    name: String,
    value: Decimal,
    samples: Option<u64>,
    #[serde(default, deserialize_with = "maybe")]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signal {
    #[serde(deserialize_with = "said")]
    name: String,
    #[serde(default, deserialize_with = "maybe")]
    reporter: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enable {
    at: Version,
    #[serde(deserialize_with = "said")]
    feature: String,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disable {
    #[serde(deserialize_with = "said")]
    feature: String,
    #[serde(default, deserialize_with = "maybe")]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RollBack {
    #[serde(default, deserialize_with = "maybe")]
    to: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Abandon {
    #[serde(deserialize_with = "said")]
    note: String,
}

/// Every command, as it stands in a path.
const NAMES: [&str; 15] = [
    "approve",
    "reject",
    "pause",
    "resume",
    "promote",
    "complete",
    "skip",
    "tick",
    "report",
    "signal",
    "enable",
    "disable",
    "rollback",
    "acknowledge",
    "abandon",
];

/// Reads the command of this name.
pub(crate) fn read(name: &str, body: &Body) -> Result<Command, Problem> {
    Ok(match name {
        "approve" => body.json().map(|Answer { at, note }| Command::Approve { at, note })?,
        "reject" => body.json().map(|Answer { at, note }| Command::Reject { at, note })?,
        "pause" => body.json().map(|Note { note }| Command::Pause { note })?,
        "resume" => body.json().map(|Answer { at, note }| Command::Resume { at, note })?,
        "promote" => {
            body.json().map(|Promote { at, to, force, note }| Command::Promote { at, to, force, note })?
        }
        "complete" => body.json().map(|Answer { at, note }| Command::Complete { at, note })?,
        "skip" => body.json().map(|Skip { at, stage }| Command::Skip { at, stage })?,
        "tick" => body.json().map(|Tick { text, stage, note }| Command::Tick { text, stage, note })?,
        "report" => body.json().map(|Report { name, value, samples, note }| Command::Report {
            name,
            value,
            samples,
            note,
        })?,
        "signal" => {
            body.json().map(|Signal { name, reporter, note }| Command::Signal { name, reporter, note })?
        }
        "enable" => body.json().map(|Enable { at, feature, note }| Command::Enable { at, feature, note })?,
        "disable" => body.json().map(|Disable { feature, note }| Command::Disable { feature, note })?,
        "rollback" => body.json().map(|RollBack { to, note }| Command::RollBack { to, note })?,
        "acknowledge" => body.json().map(|Note { note }| Command::Acknowledge { note })?,
        "abandon" => body.json().map(|Abandon { note }| Command::Abandon { note })?,
        other => {
            return Err(Problem::missing(format!(
                "there is no command {other}: it is one of {}",
                NAMES.join(", ")
            )));
        }
    })
}
