//! What the lab will measure next, looked at for all of it at once.

use super::TICK;
use crate::lab::traffic::Traffic;
use rollout::{
    gather::{Foreseen, foresee},
    plan::Plan,
    rollout::Rollout,
    time::{Span, Timestamp},
};

/// So much time is looked at together.
const AHEAD: Span = Span::hours(1);
/// Where that brings little, nobody looks again sooner than this.
const AGAIN: Span = Span::minutes(5);

/// What is known of the guardrails beforehand.
#[derive(Default)]
pub(super) struct Ahead {
    foreseen: Foreseen,
    again: Timestamp,
}

impl Ahead {
    /// Of the next ticks, as long as nothing happens.
    pub(super) fn foreseen(&self) -> &Foreseen {
        &self.foreseen
    }

    /// Forgets what no longer holds, and looks ahead when it is time to: this tick is the first that it is about.
    pub(super) fn look(&mut self, plan: &Plan, head: &Rollout, traffic: &Traffic, now: Timestamp) {
        if traffic.foreseen() < self.foreseen.until() {
            self.foreseen = Foreseen::default();
        }
        if now < self.again || self.foreseen.is_about(head, now) {
            return;
        }
        self.again = now.after(AGAIN);
        if let Some(until) = traffic.foresee(now.after(AHEAD)) {
            let asked = foresee(plan, head, now.before(TICK), until);
            self.foreseen = asked.foreseen(&traffic.ask_ahead(&asked.queries));
        }
    }
}
