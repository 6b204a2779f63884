//! A log, line by line, each with where the rollout stood after it.

use super::Line;
use crate::simulate::told;
use rollout::{
    log::{AppendError, Entry, first},
    plan::Plan,
    rollout::{Rollout, RolloutId},
};

/// Folds a log from its first entry on and tells each.
#[derive(Clone, Debug)]
pub struct Teller {
    id: RolloutId,
    head: Option<Rollout>,
}

impl Teller {
    /// Before the first entry.
    pub fn new(id: RolloutId) -> Teller {
        Teller { id, head: None }
    }

    /// Tells the next entry.
    ///
    /// # Errors
    /// [`AppendError`] when it cannot follow the one before.
    pub fn tell(&mut self, plan: &Plan, entry: &Entry) -> Result<Line, AppendError> {
        let head = match self.head.take() {
            None => first(self.id.clone(), entry)?,
            Some(head) => head.evolve(&entry.event, &entry.by, entry.at)?,
        };
        let line = told(plan, entry, &head);
        self.head = Some(head);
        Ok(line)
    }
}
