//! Folds events into a rollout. The only place where a phase changes.

use crate::{
    event::{Event, Outcome, PauseReason, Wish},
    rollout::{
        Acknowledged, Ask, Blocked, Checked, Closed, Crossed, Deferred, Drift, Effective, Fired, Given,
        Moved, Phase, RELEASED_MAX, Report, Request, Review, Rollout, SIGNALS_MAX, Signal, Standing, Ticked,
    },
    time::Timestamp,
    times::Times,
    units::Version,
};
use std::mem::discriminant;

/// An event that cannot follow: a bug, and in production an alarm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event} cannot happen in the phase {phase} of {rollout}")]
pub struct Illegal {
    /// Which rollout.
    pub rollout: String,
    /// In which phase.
    pub phase: String,
    /// What.
    pub event: String,
}

impl Rollout {
    /// The rollout after one more fact, which happened at `at` by the word of `by`.
    ///
    /// # Errors
    /// [`Illegal`] when the fact cannot follow from where the rollout is.
    pub fn evolve(mut self, event: &Event, by: &str, at: Timestamp) -> Result<Rollout, Illegal> {
        self.version = self.version.next();
        self.updated = at;
        let entry = self.version;
        let before = self.generation;
        self.note(event, by, at);
        match self.step(event, entry, at) {
            Some(phase) => {
                if self.generation != before || discriminant(&phase) != discriminant(&self.phase) {
                    self.moved = Moved { entry, at };
                }
                self.phase = phase;
                Ok(self)
            }
            None => Err(Illegal {
                rollout: self.id.to_string(),
                phase: format!("{:?}", self.phase),
                event: format!("{event:?}"),
            }),
        }
    }

    /// The next phase; none when the event cannot follow.
    fn step(&mut self, event: &Event, entry: Version, at: Timestamp) -> Option<Phase> {
        use {Event as E, Phase as P};
        Some(match (self.phase.clone(), event) {
            // Budgets outlive their rollout: this is all that still happens to it, and no function is changed by it.
            (over @ P::Over { .. }, E::BudgetClosed { .. }) => over,
            (over @ P::Over { outcome: Outcome::Completed, .. }, E::Crossed { .. } | E::Notified { .. }) => {
                over
            }
            (P::Over { .. }, _) => return None,

            (P::Starting, E::Ready) => P::Waiting { standing: None, ask: None },
            (P::Starting | P::Waiting { standing: None, .. }, E::Refused { why }) if !self.touched => {
                P::Over { outcome: Outcome::Refused(why.clone()), standing: None }
            }

            (P::Baking { standing }, E::Asked { next, needs, .. }) => {
                let ask = Ask { entry, at, next: *next, needs: needs.clone(), given: vec![] };
                P::Waiting { standing: Some(standing), ask: Some(ask) }
            }
            (P::Waiting { standing, ask: None }, E::Asked { next, needs, .. }) => {
                let ask = Ask { entry, at, next: *next, needs: needs.clone(), given: vec![] };
                P::Waiting { standing, ask: Some(ask) }
            }
            (P::Waiting { standing, ask: Some(_) }, E::AskWithdrawn { .. }) => settled(standing),
            (P::Waiting { standing, ask: Some(open) }, E::Rejected { ask, .. }) if open.entry == *ask => {
                settled(standing)
            }
            (phase, E::Rejected { ask, .. }) if self.reviews.iter().any(|review| review.entry == *ask) => {
                self.reviews.retain(|review| review.entry != *ask);
                phase
            }

            (P::Waiting { standing, .. }, E::Promoted { to, share, .. }) => {
                self.advance(*to, *share, standing, at)
            }
            (P::Baking { standing }, E::Promoted { to, share, .. }) => {
                self.advance(*to, *share, Some(standing), at)
            }
            (P::Advancing { to, .. }, E::Applied { generation, .. }) if *generation == self.generation => {
                P::Baking { standing: in_effect(to, at) }
            }
            (phase, E::Applied { generation, .. }) if *generation == self.generation => applied(phase, at),

            // A pause never raises: what was rising goes back to what was in effect before, under a new generation.
            (P::Advancing { from, .. }, E::Paused { why }) => {
                self.exposure_changed();
                let standing = from.map(|from| Standing::at(from.stage, from.share));
                P::Paused { standing: standing.map(|s| self.veil(s, at)), why: why.clone(), entry }
            }
            (P::Baking { standing }, E::Paused { why }) => {
                self.request = None;
                P::Paused { standing: Some(standing), why: why.clone(), entry }
            }
            (P::Waiting { standing, .. }, E::Paused { why }) => {
                self.request = None;
                P::Paused { standing, why: why.clone(), entry }
            }
            (
                P::Closing { outcome: Outcome::Completed, standing },
                E::Paused { why: why @ PauseReason::Drift },
            ) => {
                self.exposure_changed();
                P::Paused { standing, why: why.clone(), entry }
            }
            (P::Paused { mut standing, why: before, .. }, E::Paused { why: why @ PauseReason::Drift }) => {
                // The bake that a resume would have begun anew begins when what is written over is in effect.
                if let (Some(standing), PauseReason::RolledBackTo(..)) = (&mut standing, &before) {
                    standing.since = None;
                }
                P::Paused { standing, why: why.clone(), entry }
            }
            (P::Lowering { to: Some(to), .. }, E::Paused { why: why @ PauseReason::RolledBackTo(..) }) => {
                P::Paused { standing: Some(to), why: why.clone(), entry }
            }
            (P::Paused { standing, why: PauseReason::Drift, .. }, E::Resumed { .. }) => {
                self.exposure_changed();
                self.gives_back = true;
                let generation = self.generation;
                self.drift.iter_mut().for_each(|drift| drift.overwritten_by = Some(generation));
                settled(standing)
            }
            // After a partial rollback the bake starts anew, when a person says so.
            (
                P::Paused { standing: Some(standing), why: PauseReason::RolledBackTo(..), .. },
                E::Resumed { .. },
            ) => P::Baking { standing: in_effect(standing, at) },
            (P::Paused { standing, .. }, E::Resumed { .. }) => settled(standing),

            (
                P::Waiting { .. }
                | P::Advancing { .. }
                | P::Baking { .. }
                | P::Paused { .. }
                | P::Lowering { .. }
                | P::Closing { outcome: Outcome::Completed, .. },
                E::Lowering { to, cause, .. },
            ) if self.touched => {
                self.exposure_changed();
                let to = to.map(|(stage, share)| self.veil(Standing::at(stage, share), at));
                P::Lowering { to, from: self.exposed(), cause: cause.clone() }
            }
            (P::Lowering { to: None, .. }, E::Closing { outcome: outcome @ Outcome::RolledBack(_), .. }) => {
                self.exposure_changed();
                P::Closing { outcome: outcome.clone(), standing: None }
            }
            (
                P::Baking { standing } | P::Waiting { standing: Some(standing), .. },
                E::Closing { outcome: Outcome::Completed, .. },
            ) => {
                self.exposure_changed();
                P::Closing { outcome: Outcome::Completed, standing: Some(standing) }
            }
            (P::Closing { outcome, standing }, E::Ended { outcome: ended }) if outcome == *ended => {
                P::Over { outcome, standing }
            }
            (P::Starting | P::Waiting { .. } | P::Paused { .. }, E::Ended { outcome }) if !self.touched => {
                P::Over { outcome: outcome.clone(), standing: None }
            }
            (P::Abandoning { standing, .. }, E::Ended { outcome: outcome @ Outcome::Abandoned(_) }) => {
                P::Over { outcome: outcome.clone(), standing }
            }
            (_, E::Abandoning { why }) => {
                let known = [self.standing(), self.exposed()].into_iter().flatten();
                let standing = known.max_by_key(|standing| (standing.share, standing.stage));
                P::Abandoning { why: why.clone(), standing }
            }

            (mut phase, E::CodeChanged { .. }) => {
                // What an ask showed was about other code.
                if let P::Waiting { standing: Some(standing), .. } = phase {
                    phase = P::Baking { standing };
                }
                with_standing(phase, |standing| *standing = in_effect(*standing, at))
            }
            (phase, E::Disabled { .. }) => with_standing(phase, |standing| {
                standing.veiled_from = standing.veiled_from.or(Some(at));
            }),
            (phase, E::Enabled { .. }) if self.off.is_empty() => {
                with_standing(phase, |standing| unveil(standing, at))
            }
            (phase, E::Late { .. }) => with_standing(phase, |standing| standing.late = true),

            (phase, event) if only_noted(event) => phase,
            (_, _) => return None,
        })
    }

    fn advance(
        &mut self,
        to: crate::units::StageIndex,
        share: crate::units::Share,
        from: Option<Standing>,
        at: Timestamp,
    ) -> Phase {
        self.touched = true;
        self.exposure_changed();
        Phase::Advancing { to: self.veil(Standing::at(to, share), at), from }
    }

    /// A new decision about exposure: what waited for or was asked about the old one is void.
    fn exposure_changed(&mut self) {
        self.generation = self.generation.next();
        self.gives_back = false;
        self.deferred.clear();
        self.reviews.clear();
        self.request = None;
        self.critical = None;
        self.acknowledged = None;
    }

    fn veil(&self, mut standing: Standing, at: Timestamp) -> Standing {
        standing.veiled_from = (!self.off.is_empty()).then_some(at);
        standing
    }

    /// Keeps what the event says beside the phase.
    fn note(&mut self, event: &Event, by: &str, at: Timestamp) {
        let entry = self.version;
        match event {
            Event::Captured { target, captured } => {
                // A finished rollout's generation is never used again, nor one below it.
                self.generation = self.generation.max(captured.generation);
                self.captured.insert(*target, captured.clone());
            }
            Event::Measured { frozen } => self.keep(frozen),
            Event::Promoted { frozen, gathered, .. } => {
                self.keep(frozen);
                self.gathered = gathered.unwrap_or(at);
            }
            Event::Lowering { cause, onset, .. } => {
                self.gathered = at;
                self.times = Some(Times::of(onset.as_ref(), cause, at));
            }
            Event::Written { generation } if *generation == self.generation => {
                self.times = self.times.map(|times| Times { applied: times.applied.or(Some(at)), ..times });
            }
            Event::Applied { generation, code } if *generation == self.generation => {
                self.critical = None;
                self.acknowledged = None;
                self.blocked = None;
                self.gives_back = false;
                if matches!(self.phase, Phase::Lowering { .. }) {
                    self.times = self.times.map(|times| times.verified(at));
                }
                self.reached.extend(self.standing().map(|standing| standing.stage));
                self.effective = Some(Effective { generation: *generation, at, code: code.clone() });
            }
            Event::Released { target, released } => {
                let known = self.released.entry(*target).or_default();
                known.retain(|known| known.sum != released.sum);
                known.push(released.clone());
                let surplus = known.len().saturating_sub(RELEASED_MAX);
                known.drain(..surplus);
            }
            Event::CodeChanged { target, code } => {
                if let Some(effective) = &mut self.effective {
                    effective.at = at;
                    effective.code.insert(*target, code.clone());
                }
            }
            Event::Approved { ask, roles, note } => {
                if let Phase::Waiting { ask: Some(open), .. } = &mut self.phase
                    && open.entry == *ask
                {
                    let given = Given { roles: roles.clone(), by: by.to_owned(), at, note: note.clone() };
                    open.given.push(given);
                }
            }
            Event::Ticked { stage, text, .. } => {
                self.ticks.push(Ticked { stage: *stage, text: text.clone(), by: by.to_owned(), at });
            }
            Event::Reported { name, value, samples, .. } => {
                let report = Report { value: *value, samples: *samples, by: by.to_owned(), at };
                self.reports.insert(name.clone(), report);
            }
            Event::Signaled { name, reporter, .. } => {
                let reporter = reporter.as_deref().unwrap_or(by);
                let reports = self.signals.entry(name.clone()).or_default();
                reports.retain(|report| report.by.as_deref() != Some(reporter));
                reports.push(Signal { at, by: Some(reporter.to_owned()) });
                let surplus = reports.len().saturating_sub(SIGNALS_MAX);
                reports.drain(..surplus);
            }
            Event::Checked { check, passed, detail, tried } => {
                let at = tried.unwrap_or(at);
                self.checks.insert(*check, Checked { passed: *passed, detail: detail.clone(), at });
            }
            Event::Skipped { stage } => {
                self.skipped.insert(*stage);
            }
            Event::Requested { request, .. } => {
                self.request = Some(Request { entry, wish: request.clone(), by: by.to_owned() });
            }
            Event::RequestDropped { .. } => self.request = None,
            Event::Fired { rule, severity, dry_run, on, .. } => {
                let generation = self.in_effect_generation();
                let on = on.iter().map(|seen| seen.condition).collect();
                self.fired.insert(*rule, Fired { at, generation, cleared: None, on });
                if *severity <= crate::plan::Severity::P2 && !dry_run {
                    self.disturbed = Some(at);
                }
            }
            Event::Cleared { rule, .. } => {
                if let Some(fired) = self.fired.get_mut(rule) {
                    fired.cleared = Some(at);
                }
            }
            Event::Deferred { rule, action, due } => {
                self.deferred.push(Deferred { rule: *rule, action: *action, due: *due });
            }
            Event::DeferralEnded { rule, action, .. } => {
                self.deferred.retain(|waiting| (waiting.rule, waiting.action) != (*rule, *action));
            }
            Event::Crossed { budget, day, capped, .. } => {
                self.crossed.insert(*budget, Crossed { day: *day, capped: *capped });
            }
            Event::BudgetClosed { budget, .. } => {
                self.closed.insert(*budget, Closed { by: by.to_owned(), at });
            }
            Event::ReviewAsked { rule, by, due } => {
                // It has gone to the next in line.
                self.reviews.retain(|review| review.rule != *rule || at < review.due);
                self.reviews.push(Review { entry, rule: *rule, by: by.clone(), due: *due });
            }
            Event::Reviewed { ask, .. } => self.reviews.retain(|review| review.entry != *ask),
            // One pause stands for all that were not answered by now.
            Event::Paused { why: PauseReason::Unanswered(_) } => {
                self.reviews.retain(|review| at < review.due);
            }
            Event::Resumed { .. } => {
                self.resumed = Some(at);
                // Whoever resumes has looked at what nobody answered.
                if let Phase::Paused { why: PauseReason::Unanswered(rule), .. } = self.phase {
                    self.reviews.retain(|review| review.rule != rule);
                }
            }
            Event::Disabled { name, holder, .. } => {
                let holders = self.off.entry(name.clone()).or_default();
                if holders.is_empty() && self.touched {
                    self.generation = self.generation.next();
                    self.gives_back = false;
                }
                holders.insert(holder.clone());
            }
            Event::Enabled { name, holder } => {
                if let Some(holders) = self.off.get_mut(name) {
                    holders.remove(holder);
                    if holders.is_empty() {
                        self.off.remove(name);
                        let is_this =
                            |wish: &Wish| matches!(wish, Wish::Enable { feature } if feature == name);
                        self.request.take_if(|request| is_this(&request.wish));
                        if self.touched {
                            self.generation = self.generation.next();
                            self.gives_back = true;
                        }
                    }
                }
            }
            Event::Stopped { by } => self.stopped = Some(by.clone()),
            Event::StopLifted => self.stopped = None,
            Event::Drifted { target, what } => {
                self.drift = Some(Drift { target: *target, what: what.clone(), overwritten_by: None });
            }
            Event::Unverified { .. } => self.critical = Some(at),
            Event::Acknowledged { .. } => {
                self.acknowledged = Some(Acknowledged { by: by.to_owned(), at });
            }
            Event::Blocked { why } => self.blocked = why.clone().map(|why| Blocked { why, at }),
            Event::Ready => self.blocked = None,
            Event::Started { .. }
            | Event::Refused { .. }
            | Event::Asked { .. }
            | Event::AskWithdrawn { .. }
            | Event::Rejected { .. }
            | Event::Applied { .. }
            | Event::Notified { .. }
            | Event::Paused { .. }
            | Event::Late { .. }
            | Event::Written { .. }
            | Event::Halted { .. }
            | Event::Closing { .. }
            | Event::Ended { .. }
            | Event::Abandoning { .. } => {}
        }
    }

    fn keep(&mut self, frozen: &[crate::evidence::Frozen]) {
        for figure in frozen {
            self.frozen.retain(|kept| (kept.metric, kept.member) != (figure.metric, figure.member));
            self.frozen.push(figure.clone());
        }
    }
}

/// Facts that change no phase and may follow in any that is not over.
fn only_noted(event: &Event) -> bool {
    match event {
        Event::Captured { .. }
        | Event::Measured { .. }
        | Event::Approved { .. }
        | Event::Ticked { .. }
        | Event::Reported { .. }
        | Event::Signaled { .. }
        | Event::Checked { .. }
        | Event::Skipped { .. }
        | Event::Requested { .. }
        | Event::RequestDropped { .. }
        | Event::Fired { .. }
        | Event::Cleared { .. }
        | Event::Deferred { .. }
        | Event::DeferralEnded { .. }
        | Event::Crossed { .. }
        | Event::ReviewAsked { .. }
        | Event::Reviewed { .. }
        | Event::Notified { .. }
        | Event::Enabled { .. }
        | Event::Stopped { .. }
        | Event::StopLifted
        | Event::Written { .. }
        | Event::Halted { .. }
        | Event::Drifted { .. }
        | Event::Blocked { .. }
        | Event::Released { .. }
        | Event::Acknowledged { .. }
        | Event::Unverified { .. } => true,
        Event::Started { .. }
        | Event::Ready
        | Event::Refused { .. }
        | Event::Asked { .. }
        | Event::AskWithdrawn { .. }
        | Event::Rejected { .. }
        | Event::Promoted { .. }
        | Event::Applied { .. }
        | Event::CodeChanged { .. }
        | Event::Paused { .. }
        | Event::Resumed { .. }
        | Event::Lowering { .. }
        | Event::Disabled { .. }
        | Event::Late { .. }
        | Event::BudgetClosed { .. }
        | Event::Closing { .. }
        | Event::Ended { .. }
        | Event::Abandoning { .. } => false,
    }
}

/// Where a rollout stands when nothing is asked and nothing is paused.
fn settled(standing: Option<Standing>) -> Phase {
    match standing {
        Some(standing) => Phase::Baking { standing },
        None => Phase::Waiting { standing: None, ask: None },
    }
}

/// The bake of a stage starts.
fn in_effect(standing: Standing, at: Timestamp) -> Standing {
    Standing { since: Some(at), veiled: crate::time::Span::ZERO, ..standing }
}

/// Applied outside of advancing: a stage that was not yet in effect begins its bake, another goes on.
fn applied(phase: Phase, at: Timestamp) -> Phase {
    with_standing(phase, |standing| {
        if standing.since.is_none() {
            *standing = in_effect(*standing, at);
        }
    })
}

fn unveil(standing: &mut Standing, at: Timestamp) {
    if let (Some(from), Some(since)) = (standing.veiled_from.take(), standing.since) {
        standing.veiled = standing.veiled.plus(at.since(from.max(since)));
    }
}

fn with_standing(mut phase: Phase, change: impl FnOnce(&mut Standing)) -> Phase {
    let standing = match &mut phase {
        Phase::Waiting { standing, .. }
        | Phase::Paused { standing, .. }
        | Phase::Closing { standing, .. } => standing.as_mut(),
        Phase::Advancing { to: standing, .. } | Phase::Baking { standing } => Some(standing),
        Phase::Lowering { to, .. } => to.as_mut(),
        Phase::Starting | Phase::Abandoning { .. } | Phase::Over { .. } => None,
    };
    if let Some(standing) = standing {
        change(standing);
    }
    phase
}
