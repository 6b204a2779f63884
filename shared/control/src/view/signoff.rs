//! The sign-off table of a rollout: who consented to what, when, and on which figures; and what came otherwise.
//!
//! Like an incident it is folded from the log each time, so it says nothing that the log does not.

mod fold;
mod page;
#[cfg(test)]
mod tests;

pub use page::{markdown, page};

use fold::Fold;
use rollout::{
    log::{AppendError, Entry, first},
    plan::Plan,
    rollout::RolloutId,
    units::Version,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The table. Its times are RFC 3339, as the clocks of the plan's time zone show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signoff {
    /// Of which rollout.
    pub rollout: String,
    /// Of which plan.
    pub plan: String,
    /// Where the rollout is, in one word.
    pub phase: String,
    /// The time zone of the plan.
    pub timezone: String,
    /// One row for each consent that the plan asks for, in the order of its stages.
    pub consents: Vec<Row>,
    /// What came otherwise than by consent, in the order of the log: a table of what went well alone is no sign-off.
    pub otherwise: Vec<Otherwise>,
    /// One row for each item that the plan wants ticked off, in the order of its stages.
    pub ticks: Vec<Tick>,
}

/// A consent that the plan asks for, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// Of whose doors it is a line.
    pub stage: String,
    /// Of which of them.
    pub door: Door,
    /// Who is asked.
    pub role: String,
    /// Which of them it is: 1 of 2.
    pub nth: u8,
    /// So many of the role are asked.
    pub of: u8,
    /// How it stands.
    pub state: State,
    /// Who signed, or made it otherwise; none while nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
    /// The question that was put last, and what was shown with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
}

/// A door of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// Judged before the stage.
    Enter,
    /// Judged at its end.
    Leave,
}

/// How a consent stands, or what came instead of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has been asked.
    Open,
    /// It is being asked now.
    Asked,
    /// It was given.
    Given,
    /// It was refused, by whichever of those who were asked.
    Refused,
    /// The question was taken back, and with it what had been answered.
    Withdrawn,
    /// Somebody's force went on without it.
    Forced,
    /// Somebody passed the whole stage over.
    Skipped,
    /// It had been given and counts no more, because its question was taken back, refused or put again.
    Void,
}

/// By whom, when, with what words, and where that stands in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Said {
    pub entry: Version,
    pub by: String,
    pub at: String,
    pub note: Option<String>,
}

/// A question: the evidence on which somebody answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// The entry that asked.
    pub entry: Version,
    /// When.
    pub at: String,
    /// The figures that were shown with it; none where the plan measures nothing there.
    pub figures: Vec<String>,
}

/// Something that came otherwise than by consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Otherwise {
    /// What: refused, withdrawn, forced, skipped or void.
    pub what: State,
    /// What it was about: `enter full`, `complete`.
    pub about: String,
    /// Who, when, and why.
    pub said: Said,
    /// The entry that had asked, if it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<Version>,
    /// What a force passed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<String>,
}

/// An item of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tick {
    /// Of whose doors it is a line.
    pub stage: String,
    /// Of which of them.
    pub door: Door,
    /// As the plan writes it.
    pub text: String,
    /// Who ticked it off; none while nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
}

/// The sign-off table of a rollout, from all entries of its log.
///
/// # Errors
/// [`AppendError`] when an entry cannot follow the one before.
pub fn signoff(plan: &Plan, id: &RolloutId, entries: &[Entry]) -> Result<Signoff, AppendError> {
    let Some((start, rest)) = entries.split_first() else {
        return Err(AppendError::Unwritable(
            "a log has at least the entry that starts its rollout".to_owned(),
        ));
    };
    let mut fold = Fold::new(plan);
    let mut head = first(id.clone(), start)?;
    for entry in rest {
        let after = head.clone().evolve(&entry.event, &entry.by, entry.at)?;
        fold.take(entry, &head, &after);
        head = after;
    }
    let (consents, otherwise, ticks) = fold.done();
    Ok(Signoff {
        rollout: id.to_string(),
        plan: plan.name.clone(),
        phase: head.phase.name().to_owned(),
        timezone: plan.timezone.clone(),
        consents,
        otherwise,
        ticks,
    })
}
