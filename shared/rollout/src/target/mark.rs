//! The mark: the variable in which a target carries what is needed when everything else is gone.

use super::{Environment, FunctionState, GENERATION_MAX, MARK};
use crate::{event::Values, plan::hex, rollout::RolloutId, time::Timestamp, units::Generation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt;

/// What the mark says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Mark {
    /// A rollout is on its way here.
    Held {
        /// Which.
        id: RolloutId,
        /// Of the exposure that was written.
        #[serde(rename = "gen")]
        generation: Generation,
        /// Eight hex digits that tell the written values from others.
        sum: String,
        /// What the managed variables were before: `null` was absent.
        back: Values,
        /// The alias that callers use, and the version that it pointed to before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alias: Option<(String, String)>,
        /// Tells what that version was made of from anything else: a version with this mark is ours if it is made of the same.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        made: Option<String>,
        /// The alarms that take all of this exposure back, each as its `tag`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        alarms: Vec<String>,
        /// When the evidence behind this exposure was gathered, where an alarm is listed: one that rang before is about
        /// an earlier one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
        /// The emergency stop, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        halt: Option<Halt>,
    },
    /// One was here, or is still but has no room for more; its generation is never used again.
    Left {
        /// Which.
        was: RolloutId,
        /// The last one.
        #[serde(rename = "gen")]
        generation: Generation,
        /// Where something stays exposed, as in [`Mark::Held`]: until the end is recorded less may be decided, and what we
        /// wrote ourselves must not look like somebody's hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sum: Option<String>,
    },
}

/// The emergency stop of a target, and whose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Halt {
    /// A door's, on news of an alarm: written before anything was recorded.
    Alarm {
        /// Which.
        alarm: String,
        /// When it began to ring.
        since: Timestamp,
        /// When the door wrote this.
        at: Timestamp,
    },
    /// Somebody's, with what they said.
    Hand(String),
}

impl Halt {
    /// A door's, which writes it now.
    pub fn of_alarm(alarm: &str, since: Timestamp, at: Timestamp) -> Halt {
        Halt::Alarm { alarm: alarm.to_owned(), since, at }
    }
}

impl fmt::Display for Halt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Halt::Alarm { alarm, since, .. } => write!(f, "alarm {alarm} rings since {since}"),
            Halt::Hand(why) => f.write_str(why),
        }
    }
}

impl From<&str> for Halt {
    fn from(why: &str) -> Halt {
        Halt::Hand(why.to_owned())
    }
}

/// Eight hex digits that stand for the name of an alarm: a name may have 255 characters, and a mark has no room for many.
pub(super) fn tag(alarm: &str) -> String {
    hex(&Sha256::digest(alarm)[..4])
}

/// What stands in the variable of the mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    Mark(Mark),
    /// Written by hand, for want of anything better: `TIDEGATE=halt`.
    Halt(Halt),
    /// Somebody edited it.
    Unreadable,
}

/// What the mark says. People write into it when all else fails, in a hurry: whoever writes `halt` is obeyed, however
/// it is written.
pub(super) fn find(environment: &Environment) -> Found {
    let Some(text) = environment.get(MARK) else {
        return Found::Nothing;
    };
    let mut value = serde_json::from_str(text).unwrap_or(Value::Null);
    let halted = take_halt(&mut value);
    match (serde_json::from_value(value), halted) {
        (Ok(Mark::Held { generation, .. } | Mark::Left { generation, .. }), halt)
            if generation > GENERATION_MAX =>
        {
            halt.map_or(Found::Unreadable, Found::Halt)
        }
        // Whose it is counts even then: another rollout's way back stands in it.
        (Ok(Mark::Held { id, generation, sum, back, alias, made, alarms, at, .. }), halt) => {
            Found::Mark(Mark::Held { id, generation, sum, back, alias, made, alarms, at, halt })
        }
        (Ok(mark @ Mark::Left { .. }), None) => Found::Mark(mark),
        (Ok(Mark::Left { .. }) | Err(_), Some(why)) => Found::Halt(why),
        (Err(_), None) if text.to_ascii_lowercase().contains("halt") => Found::Halt("by hand".into()),
        (Err(_), None) => Found::Unreadable,
    }
}

impl FunctionState {
    /// Whether its mark says that a rollout, or an emergency stop, holds it.
    pub fn is_held(&self) -> bool {
        let found = self.environment.as_ref().map(find);
        matches!(found, Ok(Found::Halt(_) | Found::Mark(Mark::Held { .. })))
    }
}

/// Takes a halt out of a mark, whatever else it says: a key that nobody knows would be passed over.
fn take_halt(mark: &mut Value) -> Option<Halt> {
    let keys = mark.as_object_mut()?;
    let is_halt = |key: &String| key.trim().eq_ignore_ascii_case("halt");
    let found: Vec<String> = keys.keys().filter(|key| is_halt(key)).cloned().collect();
    let said: Vec<Value> = found.iter().filter_map(|key| keys.remove(key)).collect();
    let halt = said.into_iter().find(|value| !value.is_null())?;
    Some(serde_json::from_value(halt).unwrap_or_else(|_| "by hand".into()))
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_string(self) {
            Ok(json) => f.write_str(&json),
            Err(_) => Err(fmt::Error),
        }
    }
}
