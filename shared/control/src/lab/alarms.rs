//! The alarms of a plan in the lab: quiet, until a story lets them ring.

use super::{held, twist::Lasting};
use crate::ports::Alarms;
use rollout::{
    levels::{AlarmState, Ringing},
    time::{Span, Timestamp},
};
use std::sync::Mutex;

/// How much time an alarm of the lab looks at.
pub const WINDOW: Span = Span::minutes(5);

/// What an alarm does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of an alarm's states, and of the ways not to know one")]
pub enum Sound {
    Quiet,
    Rings,
    Insufficient,
    Missing,
    Forbidden,
    Fails,
}

/// The lab's alarms.
#[derive(Default)]
pub struct LabAlarms {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    now: Timestamp,
    going_on: Vec<Lasting<(String, Sound)>>,
}

impl LabAlarms {
    /// From `since` on an alarm does this, and until `until` if there is an end.
    pub fn set(&self, alarm: &str, sound: Sound, since: Timestamp, until: Option<Timestamp>) {
        held(&self.state).going_on.push(Lasting { what: (alarm.to_owned(), sound), since, until });
    }

    /// It is this time now.
    pub fn advance(&self, now: Timestamp) {
        let mut state = held(&self.state);
        state.now = state.now.max(now);
        let now = state.now;
        state.going_on.retain(|sound| !sound.is_over(now));
    }
}

impl State {
    /// What a story said last holds.
    fn of(&self, alarm: &str) -> AlarmState {
        let heard = |sound: &&Lasting<(String, Sound)>| sound.what.0 == alarm && sound.is_on(self.now);
        let last = self.going_on.iter().rfind(heard);
        match last.map(|sound| (sound.what.1, sound.since)) {
            None | Some((Sound::Quiet, _)) => AlarmState::Quiet,
            Some((Sound::Rings, since)) => AlarmState::Ringing(Ringing { since, window: WINDOW }),
            Some((Sound::Insufficient, _)) => AlarmState::Insufficient,
            Some((Sound::Missing, _)) => AlarmState::Missing,
            Some((Sound::Forbidden, _)) => AlarmState::Forbidden,
            Some((Sound::Fails, _)) => AlarmState::Failing,
        }
    }
}

impl Alarms for LabAlarms {
    async fn alarms(&self, names: &[&str]) -> Vec<AlarmState> {
        let state = held(&self.state);
        names.iter().map(|name| state.of(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::testing::{minutes, now};

    #[test]
    fn an_alarm_is_quiet_but_while_a_story_lets_it_ring() {
        let alarms = LabAlarms::default();
        let state = || now(alarms.alarms(&["errors"]));
        assert_eq!(state(), [AlarmState::Quiet]);
        alarms.set("errors", Sound::Rings, minutes(2), Some(minutes(4)));
        alarms.set("other", Sound::Fails, minutes(2), None);
        alarms.advance(minutes(3));
        let ringing = Ringing { since: minutes(2), window: WINDOW };
        assert_eq!(state(), [AlarmState::Ringing(ringing)]);
        alarms.advance(minutes(4));
        assert_eq!(state(), [AlarmState::Quiet]);
    }
}
