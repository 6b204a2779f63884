//! News of an alarm, in every shape in which it comes: by its own action, by EventBridge, by a topic.
//!
//! Read by hand and leniently: what is asked of a payload is whose it is, what it does and since when. Ready-made types
//! reject alarms on metric math, and take an event of EventBridge for an alarm without a name.

use crate::woken::{Unknown, shown};
use control::doors::{AlarmNews, NewState};
use rollout::time::Timestamp;
use serde_json::Value;

/// An alarm's name has at most 255 characters.
const NAME_BYTES_MAX: usize = 1024;

/// Why a payload is no news.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNews {
    /// It is nobody's: trying it again will not help.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// It is about an alarm, and says too little of it: somebody must look, for it may be the one that matters.
    #[error("an alarm that cannot be read: {why}: {payload}")]
    Broken {
        /// What is missing.
        why: &'static str,
        /// Its beginning.
        payload: String,
    },
}

/// Reads a payload: one alarm, or as many as a topic has sent at once. One that cannot be read silences no other.
pub fn read(payload: &Value) -> Vec<Result<AlarmNews, NotNews>> {
    if let Some(records) = payload.get("Records").and_then(Value::as_array).filter(|all| !all.is_empty()) {
        return records.iter().map(from_topic).collect();
    }
    vec![if payload.get("alarmData").is_some() {
        of(payload, &payload["alarmData"], payload.get("alarmArn"))
    } else if is_of_cloudwatch(payload) {
        of(payload, &payload["detail"], payload.pointer("/resources/0"))
    } else {
        Err(Unknown::of(payload).into())
    }]
}

/// An alarm, or one of the contributors to it, which rings under its name.
fn is_of_cloudwatch(payload: &Value) -> bool {
    let kind = payload.get("detail-type").and_then(Value::as_str).unwrap_or_default();
    payload.get("source").and_then(Value::as_str) == Some("aws.cloudwatch") && kind.ends_with("State Change")
}

fn of(payload: &Value, alarm: &Value, arn: Option<&Value>) -> Result<AlarmNews, NotNews> {
    let state = &alarm["state"];
    news(payload, [&alarm["alarmName"], &state["value"], &state["timestamp"]], arn)
}

/// A message of a topic is a text in which the alarm is written as JSON, with names of its own.
fn from_topic(record: &Value) -> Result<AlarmNews, NotNews> {
    let unknown = || Unknown::of(record);
    let message = record.pointer("/Sns/Message").and_then(Value::as_str).ok_or_else(unknown)?;
    let alarm: Value = serde_json::from_str(message).map_err(|_| unknown())?;
    if alarm.get("AlarmName").or(alarm.get("NewStateValue")).is_none() {
        return Err(unknown().into());
    }
    let said = [&alarm["AlarmName"], &alarm["NewStateValue"], &alarm["StateChangeTime"]];
    news(&alarm, said, alarm.get("AlarmArn"))
}

fn news(payload: &Value, [name, state, at]: [&Value; 3], arn: Option<&Value>) -> Result<AlarmNews, NotNews> {
    let broken = |why| NotNews::Broken { why, payload: shown(payload) };
    let is_name = |name: &&str| !name.is_empty() && name.len() <= NAME_BYTES_MAX;
    let name = name.as_str().filter(is_name).ok_or_else(|| broken("it has no name"))?;
    let state = match state.as_str() {
        Some("ALARM") => NewState::Ringing,
        Some("OK") => NewState::Quiet,
        Some("INSUFFICIENT_DATA") => NewState::Insufficient,
        Some(_) | None => return Err(broken("it has no state that is known")),
    };
    let at = at.as_str().and_then(|at| at.parse::<Timestamp>().ok());
    let at = at.ok_or_else(|| broken("it does not say since when"))?;
    let arn = arn.and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(AlarmNews { name: name.to_owned(), arn, state, at })
}

#[cfg(test)]
mod tests;
