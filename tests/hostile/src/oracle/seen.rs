//! Which phases, facts and schedules were reached.

use super::Page;
use crate::{
    levels,
    ports::Port,
    sights::{Sight, Sights},
    world::State,
};
use control::ports::Commit;
use rollout::{
    event::{Event, Outcome, PauseReason, Wish},
    log::Entry,
    plan::Bake,
    rollout::{Phase, Rollout},
    time::Span,
};

/// Counts a fact.
pub(super) fn event(sights: &mut Sights, page: &Page, entry: &Entry) {
    let sight = match &entry.event {
        Event::Captured { .. } => Sight::EventCaptured,
        Event::Ready => Sight::EventReady,
        Event::Asked { .. } => Sight::EventAsked,
        Event::AskWithdrawn { .. } => Sight::EventAskWithdrawn,
        Event::Approved { .. } => Sight::EventApproved,
        Event::Rejected { .. } => Sight::EventRejected,
        Event::Ticked { .. } => Sight::EventTicked,
        Event::Reported { .. } => Sight::EventReported,
        Event::Signaled { .. } => Sight::EventSignaled,
        Event::Checked { .. } => Sight::EventChecked,
        Event::Skipped { .. } => Sight::EventSkipped,
        Event::Requested { request: Wish::Pause { .. }, .. } => Sight::PauseWaits,
        Event::Requested { .. } => Sight::EventRequested,
        Event::RequestDropped { .. } => Sight::EventRequestDropped,
        Event::Promoted { forced, .. } if !forced.is_empty() => Sight::EventForced,
        Event::Promoted { .. } => Sight::EventPromoted,
        Event::Written { .. } => Sight::EventWritten,
        Event::Applied { .. } => Sight::EventApplied,
        Event::CodeChanged { .. } => Sight::EventCodeChanged,
        Event::Fired { dry_run: true, .. } => Sight::EventDryRun,
        Event::Fired { .. } => Sight::EventFired,
        Event::Cleared { .. } => Sight::EventCleared,
        Event::Deferred { .. } => Sight::EventDeferred,
        Event::DeferralEnded { .. } => Sight::EventDeferralEnded,
        Event::Crossed { .. } => Sight::EventCrossed,
        Event::ReviewAsked { .. } => Sight::EventReviewAsked,
        Event::Reviewed { .. } => Sight::EventReviewed,
        Event::Notified { .. } => Sight::EventNotified,
        Event::Paused { .. } => Sight::EventPaused,
        Event::Resumed { .. } => Sight::EventResumed,
        Event::Lowering { .. } => Sight::EventLowering,
        Event::Disabled { .. } => Sight::EventDisabled,
        Event::Enabled { name, .. } if page.head.off.get(name).is_some_and(|held| !held.is_empty()) => {
            Sight::N5
        }
        Event::Enabled { .. } => Sight::EventEnabled,
        Event::Late { .. } => Sight::EventLate,
        Event::Stopped { .. } => Sight::EventStopped,
        Event::StopLifted => Sight::EventStopLifted,
        Event::Halted { .. } if entry.by == "advance" => Sight::HaltFound,
        Event::Halted { .. } => Sight::HaltFirst,
        Event::Drifted { what, .. } if what.starts_with("$LATEST differs") => Sight::Unreleased,
        Event::Drifted { .. } if matches!(page.head.phase, Phase::Paused { .. }) => Sight::DriftPaused,
        Event::Drifted { .. } => Sight::EventDrifted,
        Event::Blocked { why: Some(_) } => Sight::EventBlocked,
        Event::Blocked { why: None } => Sight::EventUnblocked,
        Event::Unverified { .. } => Sight::EventUnverified,
        Event::Acknowledged { .. } => Sight::EventAcknowledged,
        Event::Released { .. } => Sight::EventReleased,
        Event::BudgetClosed { .. } => Sight::EventBudgetClosed,
        Event::Closing { .. } => Sight::EventClosing,
        Event::Ended { .. } => Sight::EventEnded,
        Event::Abandoning { .. } => Sight::EventAbandoning,
        Event::Started { .. } | Event::Refused { .. } | Event::Measured { .. } => {
            return phase(sights, &page.head);
        }
    };
    sights.saw(sight);
    phase(sights, &page.head);
}

/// Counts where a rollout is.
fn phase(sights: &mut Sights, head: &Rollout) {
    sights.saw(match &head.phase {
        Phase::Starting => Sight::Starting,
        Phase::Waiting { ask: None, .. } => Sight::Waiting,
        Phase::Waiting { .. } => Sight::Asking,
        Phase::Advancing { .. } => Sight::Advancing,
        Phase::Baking { .. } => Sight::Baking,
        Phase::Paused { .. } => Sight::Paused,
        Phase::Lowering { to: None, .. } => Sight::Lowering,
        Phase::Lowering { .. } => Sight::LoweringSome,
        Phase::Closing { outcome: Outcome::Completed, .. } => Sight::ClosingDone,
        Phase::Closing { .. } => Sight::ClosingBack,
        Phase::Abandoning { .. } => Sight::Abandoning,
        Phase::Over { outcome: Outcome::Completed, .. } => Sight::Completed,
        Phase::Over { outcome: Outcome::RolledBack(_), .. } => Sight::RolledBack,
        Phase::Over { outcome: Outcome::Refused(_), .. } => Sight::Refused,
        Phase::Over { outcome: Outcome::Abandoned(_), .. } => Sight::Abandoned,
    });
}

/// Counts the schedules that broke earlier designs.
pub(super) fn commit(state: &mut State, port: &Port, page: &Page, before: &Rollout, commit: &Commit) {
    if commit.entries.len() > 1 {
        state.saw(Sight::H26);
    }
    if port.is_behind(state.now, before.updated) {
        state.saw(Sight::H25);
    }
    let fired = commit.entries.iter().any(|entry| matches!(entry.event, Event::Fired { .. }));
    if fired && matches!(commit.entries[0].event, Event::Signaled { .. }) {
        state.saw(Sight::H17);
    }
    let changed = before.generation != page.head.generation;
    if changed && matches!((&before.phase, &page.head.phase), (Phase::Baking { .. }, Phase::Baking { .. })) {
        state.saw(Sight::H15);
    }
    for entry in &commit.entries {
        fact(state, before, entry);
        levels::seen(state, entry);
    }
}

fn fact(state: &mut State, before: &Rollout, entry: &Entry) {
    if matches!(entry.event, Event::Halted { target, .. } if target.0 > 0) {
        state.saw(Sight::HaltSecond);
    }
    match &entry.event {
        Event::Paused { why: PauseReason::RolledBackTo(..) } => state.saw(Sight::H6),
        Event::Paused { .. } if matches!(before.phase, Phase::Advancing { .. }) => state.saw(Sight::H14),
        Event::CodeChanged { .. } => state.saw(Sight::H22),
        Event::Halted { .. } if std::mem::take(&mut state.orphan) && entry.by == "advance" => {
            state.saw(Sight::HaltOrphan);
        }
        Event::Refused { why } if why.contains("a start needs it") => state.saw(Sight::H23),
        Event::Refused { why } if why.contains("carries the mark of") => state.saw(Sight::R11),
        Event::Applied { .. } if matches!(before.phase, Phase::Lowering { .. }) => state.saw(Sight::R3),
        Event::Applied { .. }
            if before.standing().is_some_and(|standing| standing.share.hundredths() == 0) =>
        {
            state.saw(Sight::R10);
        }
        Event::Promoted { .. } => promoted(state, before, entry),
        Event::Crossed { capped, .. } if before.is_over() => {
            state.saw(if *capped { Sight::CappedAfter } else { Sight::CrossedAfter });
        }
        Event::Fired { rule, on, .. } => {
            let again = before.fired.get(rule);
            if again.is_some_and(|fired| fired.cleared.is_none() && fired.generation != before.generation) {
                state.saw(Sight::N1);
            }
            let late = entry.at.before(Span::minutes(5));
            if !on.is_empty() && on.iter().all(|seen| seen.figure.at < late) {
                state.saw(Sight::H21);
            }
        }
        _ => {}
    }
}

fn promoted(state: &mut State, before: &Rollout, entry: &Entry) {
    let asked = if let Phase::Waiting { ask, .. } = &before.phase { ask.as_ref() } else { None };
    if asked.is_some_and(|ask| !ask.given.is_empty()) {
        state.saw(Sight::H8);
    }
    let Some(standing) = before.standing() else {
        return;
    };
    if standing.since.is_some_and(|since| standing.baked(entry.at) < entry.at.since(since)) {
        state.saw(Sight::N4);
    }
}

impl State {
    /// A door reads a function.
    pub(crate) fn was_read(&mut self, at: usize) {
        let active = self.books[0].active();
        let exposed = active.is_some_and(|page| page.head.effective.is_some() && page.head.wants().is_some());
        if exposed && !self.functions[at].environment.contains_key(rollout::target::MARK) {
            self.saw(Sight::H2);
        }
    }

    /// A tick was held by a guardrail that has acted, at the end of a bake.
    pub(crate) fn held_by_guardrail(&mut self, store: usize) {
        let Some(page) = self.books[store].active() else {
            return;
        };
        let acted = page
            .head
            .fired
            .values()
            .any(|fired| fired.cleared.is_none() && fired.generation == page.head.generation);
        let baked = page.head.standing().is_some_and(|standing| match page.plan.stage(standing.stage).bake {
            Bake::Timed { min, .. } => standing.baked(self.now) >= min,
            Bake::Open => true,
        });
        if acted && baked {
            self.saw(Sight::N2);
        }
    }
}
