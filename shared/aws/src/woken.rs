//! Why a door was woken: by its clock, or by a hint.

use rollout::rollout::RolloutId;
use serde_json::Value;

/// What woke evaluate, advance or probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Woken {
    /// The schedule: look at everything.
    Clock,
    /// Another door: look at this one.
    Hint(RolloutId),
}

/// A payload that no door sends. Trying it again will not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody wakes this door so: {0}")]
pub struct Unknown(String);

/// So much of what cannot be read is shown.
const SHOWN_MAX: usize = 200;

impl Unknown {
    pub(crate) fn of(payload: &Value) -> Unknown {
        Unknown(shown(payload))
    }
}

/// The beginning of a payload.
pub(crate) fn shown(payload: &Value) -> String {
    payload.to_string().chars().take(SHOWN_MAX).collect()
}

/// No name of a rollout is longer.
const NAME_MAX: usize = 128;

impl Woken {
    /// Reads a payload: of an EventBridge rule, of the Scheduler with its own payload or with `{}`, or a hint.
    ///
    /// # Errors
    /// [`Unknown`], with the beginning of what came.
    pub fn read(payload: &Value) -> Result<Woken, Unknown> {
        let unknown = || Unknown::of(payload);
        let fields = payload.as_object().ok_or_else(unknown)?;
        if let Some(id) = fields.get("rollout") {
            let id = id.as_str().filter(|id| !id.is_empty() && id.len() <= NAME_MAX).ok_or_else(unknown)?;
            return Ok(Woken::Hint(RolloutId(id.to_owned())));
        }
        let is_rule = fields.get("detail-type").and_then(Value::as_str) == Some("Scheduled Event");
        let is_clock = fields.is_empty() || is_rule || fields.contains_key("scheduleArn");
        if is_clock { Ok(Woken::Clock) } else { Err(unknown()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Woken, Unknown> {
        Woken::read(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_clock_and_a_hint_are_told_apart() {
        assert_eq!(read(include_str!("../../../events/scheduled-rule.json")), Ok(Woken::Clock));
        assert_eq!(read(include_str!("../../../events/scheduled.json")), Ok(Woken::Clock));
        assert_eq!(read(include_str!("../../../events/scheduled-input.json")), Ok(Woken::Clock));
        assert_eq!(read("{}"), Ok(Woken::Clock));
        assert_eq!(
            read(include_str!("../../../events/hint.json")),
            Ok(Woken::Hint(RolloutId("cst-pipeline-3".to_owned())))
        );
    }

    #[test]
    fn whatever_else_comes_is_told_and_not_tried_again() {
        let long = format!(r#"{{"rollout": "{}"}}"#, "x".repeat(NAME_MAX + 1));
        for text in
            ["[]", "7", "null", r#"{"rollout": 7}"#, r#"{"rollout": ""}"#, r#"{"Records": []}"#, &long]
        {
            let unknown = read(text).unwrap_err().to_string();
            assert!(unknown.starts_with("nobody wakes this door so: ") && unknown.len() < 250, "{unknown}");
        }
    }
}
