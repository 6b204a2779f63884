//! A log as it is told: to people line by line, to programs object by object.

use crate::view::Times;
use rollout::{
    event::Event,
    log::Entry,
    plan::Plan,
    rollout::{Phase, Rollout},
    time::{Span, Timestamp},
    units::{Decimal, Version},
    words::exposed,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// One entry, with where the rollout stood after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "LogLine")]
pub struct Told {
    /// Seconds since the start.
    pub at: u64,
    /// The same as a time, RFC 3339.
    pub time: String,
    /// Its place in the log; of what had no effect, the place of the entry before it.
    pub version: Version,
    /// What happened, in one word.
    pub event: Cow<'static, str>,
    /// The stage that is wanted; none before the first and after a rollback.
    pub stage: Option<String>,
    /// The share that is wanted, in percent.
    pub percent: Percent,
    /// The cohorts of that stage, exposed in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<String>,
    /// By the word of whom.
    pub by: String,
    /// What happened and why, for people.
    pub reason: String,
    /// How long the rollback took, with the entry that says that it was read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
    /// The hash of the entry, which holds that of the one before; none of what had no effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
}

/// A percentage that programs read as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percent(pub Decimal);

impl Serialize for Percent {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // A share has at most two decimals, so the nearest float prints as the same number.
        to.serialize_f64(self.0.to_f64())
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Percent, D::Error> {
        let value = Decimal::from_f64(f64::deserialize(from)?);
        value.map(Percent).ok_or_else(|| serde::de::Error::custom("not a percentage"))
    }
}

impl JsonSchema for Percent {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number", "minimum": 0, "maximum": 100 })
    }
}

/// How a simulation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ending {
    /// `completed`, `rolled-back`, `paused`, `waiting`; `refused` and `abandoned` where it came to that.
    pub outcome: &'static str,
    /// The stage that is in effect.
    pub stage: Option<String>,
    /// The share that is in effect, in percent.
    pub percent: Percent,
    /// The cohorts that are, too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cohorts: Vec<String>,
    /// Seconds since the start.
    pub at: u64,
    /// Why it is there, for people.
    pub reason: String,
}

/// Tells an entry of a rollout that stands at `after` once it is taken in.
pub fn told(plan: &Plan, entry: &Entry, after: &Rollout) -> Told {
    Told {
        version: entry.version,
        event: Cow::Borrowed(entry.event.name()),
        times: after.times.filter(|_| ends_rollback(entry, after)).map(|times| Times::of(plan, &times)),
        hash: Some(entry.hash.clone()),
        ..no_effect(plan, after, entry.at, &entry.by, entry.event.words(plan))
    }
}

/// Tells what somebody did in vain to a rollout that stands here: it is no entry of the log.
pub(super) fn no_effect(plan: &Plan, head: &Rollout, at: Timestamp, by: &str, reason: String) -> Told {
    Told {
        at: seconds(head.created, at),
        time: at.to_string(),
        version: head.version,
        event: Cow::Borrowed("no-effect"),
        stage: stage(plan, head),
        percent: Percent(head.share().percent()),
        cohorts: cohorts(plan, head),
        by: by.to_owned(),
        reason,
        times: None,
        hash: None,
    }
}

/// Whether a lowering was read back with this entry.
fn ends_rollback(entry: &Entry, after: &Rollout) -> bool {
    matches!(entry.event, Event::Applied { .. })
        && after.times.is_some_and(|times| times.verified == Some(entry.at))
}

pub(super) fn stage(plan: &Plan, rollout: &Rollout) -> Option<String> {
    rollout.place().map(|standing| plan.stage(standing.stage).name.clone())
}

/// The cohorts of the stage where a rollout is.
pub fn cohorts(plan: &Plan, rollout: &Rollout) -> Vec<String> {
    let names = rollout.place().map(|standing| plan.cohorts_of(standing.stage));
    names.unwrap_or_default().into_iter().map(str::to_owned).collect()
}

pub(super) fn seconds(from: Timestamp, to: Timestamp) -> u64 {
    to.since(from).whole(Span::seconds(1))
}

/// One word for where a rollout ended up.
pub(super) fn outcome(rollout: &Rollout) -> &'static str {
    match &rollout.phase {
        Phase::Over { outcome, .. } => outcome.name(),
        Phase::Paused { .. } => "paused",
        Phase::Starting
        | Phase::Waiting { .. }
        | Phase::Advancing { .. }
        | Phase::Baking { .. }
        | Phase::Lowering { .. }
        | Phase::Closing { .. }
        | Phase::Abandoning { .. } => "waiting",
    }
}

impl std::fmt::Display for Told {
    /// ` 1d 02:10  promoted   canary 10%  to canary (10%) on ...`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = match &self.stage {
            Some(stage) => format!("{stage} {}", exposed(self.percent.0, &few(&self.cohorts))),
            None => "-".to_owned(),
        };
        write!(f, "{}  {:<14} {:<18} {}", clock(self.at), self.event, place, self.reason)?;
        let said = [format!("by {}", self.by), format!("{} ", self.by)];
        let is_said = self.reason.contains(&said[0]) || self.reason.starts_with(&said[1]);
        if is_said || matches!(self.by.as_str(), "evaluate" | "advance" | "probe" | "rollback") {
            Ok(())
        } else {
            write!(f, " [{}]", self.by)
        }
    }
}

/// Where there are several cohorts, a line has room for their number only; the promotion names them.
pub fn few(cohorts: &[String]) -> Vec<String> {
    if cohorts.len() > 1 { vec![format!("{} cohorts", cohorts.len())] } else { cohorts.to_vec() }
}

/// `12d 07:30:05`, with the days only where there are any.
pub fn clock(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let time = format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    if days == 0 { format!("    {time}") } else { format!("{days:>2}d {time}") }
}
