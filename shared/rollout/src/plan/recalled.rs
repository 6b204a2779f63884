//! What is past stays past: a limit that was found of a history that is over need not be asked for again.

use crate::{
    time::Timestamp,
    units::{ConditionId, Decimal},
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Of a condition, or of one member that it spreads over.
pub(super) type Whose = (ConditionId, Option<u16>);

/// The limits that the newest histories of a plan set, each with the edges of its history.
#[derive(Debug, Default)]
pub struct Recalled(Mutex<BTreeMap<Whose, (Edges, Decimal)>>);

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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
