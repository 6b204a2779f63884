//! How long a rollback took, step by step, beside what the plan promises.

use crate::{
    event::{Cause, Event, Onset},
    plan::Promise,
    time::{Span, Timestamp},
};
use serde::{Deserialize, Serialize};

/// When each step of the last rollback was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// The breach began: the first window that was bad ended, or the alarm began to ring. None where nothing was breached.
    pub began: Option<Timestamp>,
    /// It was seen.
    pub detected: Timestamp,
    /// Somebody decided.
    pub decided: Timestamp,
    /// Every target was written.
    pub applied: Option<Timestamp>,
    /// Every target was read back.
    pub verified: Option<Timestamp>,
    /// A person decided: another promise counts.
    pub by_hand: bool,
}

/// A step, how long it took, and how long it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// As the promise has it.
    pub name: &'static str,
    /// So long.
    pub took: Span,
    /// So long it may; none where nothing is promised.
    pub promised: Option<Span>,
}

impl Step {
    /// Whether it took longer than it may.
    pub fn is_missed(&self) -> bool {
        self.promised.is_some_and(|promised| promised < self.took)
    }

    /// For people.
    pub fn words(&self) -> String {
        let Step { name, took, promised } = self;
        let of = promised.map_or(String::new(), |promised| format!(" of {promised}"));
        format!("{} {took}{of}", name.replace('_', " "))
    }
}

impl Times {
    /// Of a lowering that is recorded at `at`. What a door has halted before was decided and written then.
    pub fn of(onset: Option<&Onset>, cause: &Cause, at: Timestamp) -> Times {
        let halted = onset.and_then(|onset| onset.halted);
        Times {
            began: onset.and_then(|onset| onset.began),
            detected: onset.map_or(at, |onset| onset.detected),
            decided: halted.map_or(at, |halted| halted.min(at)),
            applied: halted,
            verified: None,
            by_hand: matches!(cause, Cause::Person(_)),
        }
    }

    /// The same, read back at `at`.
    #[must_use]
    pub fn verified(self, at: Timestamp) -> Times {
        Times { applied: self.applied.or(Some(at)), verified: Some(at), ..self }
    }

    /// Every step that is over, in order, and the whole way at last.
    pub fn steps(&self, promise: &Promise) -> Vec<Step> {
        let whole = if self.by_hand { ("by_hand", promise.by_hand) } else { ("rollback", promise.rollback) };
        let all = [
            (("detect", promise.detect), self.began, Some(self.detected)),
            (("decide", promise.decide), Some(self.detected), Some(self.decided)),
            (("apply", promise.apply), Some(self.decided), self.applied),
            (("verify", promise.verify), self.applied, self.verified),
            (whole, self.began.or(Some(self.detected)), self.verified),
        ];
        let step = |((name, promised), from, to): ((&'static str, Option<Span>), Option<Timestamp>, _)| {
            let to: Option<Timestamp> = to;
            Some(Step { name, took: to?.since(from?), promised })
        };
        all.into_iter().filter_map(step).collect()
    }
}

/// When what leads to a lowering in these events happened: seen at `detected`.
pub(crate) fn onset(events: &[Event], known: Option<Timestamp>, detected: Timestamp) -> Onset {
    let mut onset = Onset { began: known, detected, halted: None };
    for event in events {
        if let Event::Fired { on, ringing, dry_run: false, .. } = event {
            let seen = on.iter().map(|seen| seen.figure.at).chain(ringing.map(|ringing| ringing.since));
            onset.began = seen.chain(onset.began).min();
        }
        if let Event::Halted { halt: crate::target::Halt::Alarm { since, at, .. }, .. } = event {
            (onset.began, onset.halted) = (onset.began.min(Some(*since)).or(Some(*since)), Some(*at));
            onset.detected = onset.detected.min(*at);
        }
    }
    // Clocks of others may be ahead.
    onset.began = onset.began.map(|began| began.min(onset.detected));
    onset
}
