//! The halt: what the door that an alarm rings at writes into a target, by what the target itself says.
//!
//! It needs no table. The mark says what was there before, which alarms take the exposure back, and how old the evidence
//! behind it is; so whoever finds the mark can take the exposure back, and leaves in its place why.

use super::{
    ENVIRONMENT_BYTES_MAX, Environment, FunctionState, Settled,
    mark::{Found, Halt, Mark, find, tag},
    size, sum_of, written,
};
use crate::{event::Values, time::Timestamp};

/// What an alarm comes to in one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halting {
    /// Write this whole map at this revision.
    Write {
        /// The map.
        environment: Environment,
        /// Where it was read.
        revision: String,
    },
    /// It is halted already, and by whom.
    Stands(Halt),
    /// No exposure that the alarm would take back is marked here.
    Unlisted,
    /// The alarm rang before this, when the evidence for the present exposure was gathered: it is about an earlier one.
    Late(Timestamp),
    /// An update is in progress: look again.
    Settling,
    /// The environment cannot be read, and why.
    Unreadable(String),
}

/// What an alarm that rings since a time comes to in a target, at `now`.
pub fn halt(state: &FunctionState, alarm: &str, since: Timestamp, now: Timestamp) -> Halting {
    let environment = match &state.environment {
        Ok(environment) => environment,
        Err(why) => return Halting::Unreadable(why.clone()),
    };
    let (id, generation, back, alias) = match find(environment) {
        Found::Halt(halt) | Found::Mark(Mark::Held { halt: Some(halt), .. }) => return Halting::Stands(halt),
        Found::Mark(Mark::Held { alarms, at, .. }) if alarms.contains(&tag(alarm)) && Some(since) < at => {
            return at.map_or(Halting::Unlisted, Halting::Late);
        }
        Found::Mark(Mark::Held { id, generation, back, alias, alarms, .. })
            if alarms.contains(&tag(alarm)) =>
        {
            (id, generation, back, alias)
        }
        Found::Mark(_) | Found::Nothing | Found::Unreadable => return Halting::Unlisted,
    };
    if state.settled == Settled::InProgress {
        return Halting::Settling;
    }
    let mark = |told: &Values, alias: Option<(String, String)>, halt: Halt| Mark::Held {
        id: id.clone(),
        generation,
        sum: sum_of(&back),
        back: told.clone(),
        alias,
        made: None,
        alarms: vec![],
        at: None,
        halt: Some(halt),
    };
    // Callers may not be back yet: where there is little room, their alias comes before what is written here already.
    let least = alias.clone().map(|alias| mark(&Values::new(), Some(alias), "an alarm".into()));
    let full = mark(&back, alias, Halt::of_alarm(alarm, since, now));
    let mut next = written(environment, &back, &full);
    if size(&next) > ENVIRONMENT_BYTES_MAX {
        next.insert(super::MARK.to_owned(), least.map_or_else(bare, |mark| mark.to_string()));
    }
    if size(&next) > ENVIRONMENT_BYTES_MAX {
        next.insert(super::MARK.to_owned(), bare());
    }
    Halting::Write { environment: next, revision: state.revision.clone() }
}

/// The way back stands in the log, too; that it was taken must stand in the target.
fn bare() -> String {
    "halt".to_owned()
}
