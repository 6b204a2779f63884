//! What was found out about a plan once stays so: the limits that histories set which are over, the plan's own
//! hash, its calendar, how long its variables can become.

use super::Plan;
use crate::{
    calendar::Calendar,
    time::Timestamp,
    units::{ConditionId, Decimal, StageIndex, TargetId},
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

/// Of a condition, or of one member that it spreads over.
pub(super) type Whose = (ConditionId, Option<u16>);

/// What was found out about a plan. A plan that is changed is a copy, and finds out its own.
#[derive(Debug, Default)]
pub struct Recalled {
    /// The limits that the newest histories set, each with the edges of its history.
    limits: Mutex<BTreeMap<Whose, (Edges, Decimal)>>,
    /// Of all that the plan says.
    pub(super) hash: OnceLock<String>,
    /// The days of its time zone.
    pub(super) calendar: OnceLock<Calendar>,
    /// The most bytes of the variables of a target at a stage.
    longest: OnceLock<BTreeMap<(TargetId, StageIndex), usize>>,
}

/// From when to when.
pub(super) type Edges = (Timestamp, Timestamp);

impl Recalled {
    /// The limit that this history sets, if it was found before.
    pub fn get(&self, whose: Whose, edges: Edges) -> Option<Decimal> {
        self.all().get(&whose).filter(|(known, _)| *known == edges).map(|(_, limit)| *limit)
    }

    /// Keeps a limit instead of the one before it.
    pub fn put(&self, whose: Whose, edges: Edges, limit: Decimal) {
        self.all().insert(whose, (edges, limit));
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Whose, (Edges, Decimal)>> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Another plan finds its own.
impl Clone for Recalled {
    fn clone(&self) -> Recalled {
        Recalled::default()
    }
}

/// Two plans are the same, whatever was asked of them.
impl PartialEq for Recalled {
    fn eq(&self, _: &Recalled) -> bool {
        true
    }
}

impl Eq for Recalled {}

impl Plan {
    /// The days of its time zone.
    pub fn calendar(&self) -> &Calendar {
        self.recalled.calendar.get_or_init(|| Calendar::of(&self.timezone))
    }

    /// The most bytes that the variables of a target can have at a stage, as [`Plan::longest_of`] says; 0 where the plan
    /// has none.
    pub fn longest(&self, target: TargetId, stage: StageIndex) -> usize {
        let each = |(id, target)| self.stages().map(move |(at, _)| ((id, at), self.longest_of(target, at)));
        let all = self.recalled.longest.get_or_init(|| self.targets().flat_map(each).collect());
        all.get(&(target, stage)).copied().unwrap_or_default()
    }
}
