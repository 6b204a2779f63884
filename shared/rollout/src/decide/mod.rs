//! What happens next to a rollout: a pure total function.
//!
//! The ladder is the heart: what protects comes before what promotes.

mod ahead;
mod alarm;
mod cap;
mod command;
mod door;
mod hold;
mod ladder;
mod lower;
mod protect;
mod report;
mod review;
mod rights;

pub use ahead::{Line, Must, ahead};
pub use command::{Actor, Command};
pub use door::{Miss, still_firing};
pub use hold::{Hold, Rung};
pub use rights::{ASK, COMMANDS, DRILL, FORCE, GO, Needs, Right, START, STOP, command_right};

use crate::{
    event::{Captured, Event, Level, Outcome, PauseReason, Released, Wish},
    evidence::Evidence,
    gather::{Scope, acted},
    plan::{Plan, When},
    rollout::{Checked, Fired, Phase, Request, Rollout},
    target::Halt,
    time::{Span, Timestamp},
    times::{Step, onset},
    units::{CheckId, ConditionId, Generation, TargetId},
};
use std::collections::BTreeMap;

/// What a rollout must be told of.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// Time has passed, and this is what was seen.
    Tick(Box<Evidence>),
    /// Somebody wants something.
    Command(Command, Actor),
    /// A target was read before the first write.
    Captured(TargetId, Captured),
    /// A target cannot be taken.
    Refused(TargetId, String),
    /// What is wanted was written into every target.
    Written(Generation),
    /// What is wanted was read back from every target.
    Applied(Generation, BTreeMap<TargetId, String>),
    /// Callers of a target run this version, which shows what is wanted.
    Released(TargetId, Released),
    /// The emergency stop was found in a target.
    Halted(TargetId, Halt),
    /// Somebody else changed what the rollout manages.
    Drifted(TargetId, String),
    /// What keeps the targets from saying what is wanted, or from being read; none when nothing does any more.
    Blocked(Option<String>),
    /// The code that runs behind a target.
    Code(TargetId, String),
    /// Somebody has let the stop line go.
    LetGo,
    /// A check was tried.
    Checked(CheckId, Checked),
    /// An alarm of this name has begun to ring at this time.
    Alarmed(String, Timestamp),
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// These facts, in this order.
    Record(Vec<Event>),
    /// Nothing, and why.
    Hold(Hold),
}

/// A raise that is not in effect after this, where the plan promises nothing, is rolled back.
pub const APPLY_WITHIN: Span = Span::minutes(10);
/// A rollout that cannot read its targets for so long is refused.
pub const START_WITHIN: Span = Span::minutes(30);
/// What is in the way for less than this is no news: the control plane of Lambda is shared.
pub const BLOCKED_AFTER: Span = Span::minutes(1);
/// Another reason why a target is not written is told after this.
pub const BLOCKED_AGAIN: Span = Span::minutes(10);
/// CRITICAL is said again after this.
pub const CRITICAL_AGAIN: Span = Span::minutes(10);
/// Longer than any door lives: only then is what was given up free.
pub const ABANDON_WAIT: Span = Span::minutes(20);
/// Consent is void after this.
pub const CONSENT_LASTS: Span = Span::days(7);
/// A failed check is tried again after this.
pub const CHECK_AGAIN: Span = Span::minutes(10);
/// A check that passed counts for so long.
pub const CHECK_LASTS: Span = Span::days(1);
/// A check that passed is tried again after this, so that a door which waits for people never shuts for its age.
pub const CHECK_RENEWED: Span = Span::hours(22);
/// What somebody has signaled, they may signal again after this; sooner when the rollout has moved on.
pub const SIGNAL_AGAIN: Span = Span::minutes(10);
/// While consent is missing, the gates behind the question are asked this often.
pub const ASKED_EVERY: Span = Span::minutes(5);

/// Decides what happens next. Pure: the same arguments, the same answer. `now` is taken to be no earlier than the
/// head's own time.
pub fn decide(plan: &Plan, rollout: &Rollout, trigger: &Trigger, now: Timestamp) -> Decision {
    let mind = Mind { plan, rollout, now: now.max(rollout.updated) };
    // Budgets outlive their rollout.
    let outlives = matches!(trigger, Trigger::Tick(_) | Trigger::Command(Command::CloseBudget { .. }, _));
    if rollout.is_over() && !outlives {
        return Decision::Hold(Hold::Over);
    }
    let decision = match trigger {
        Trigger::Tick(evidence) => mind.tick(evidence),
        Trigger::Command(command, actor) => mind.command(command, actor),
        Trigger::Captured(target, captured) => mind.captured(*target, captured),
        Trigger::Refused(target, why) => mind.refused(*target, why),
        Trigger::Written(generation) => mind.written(*generation),
        Trigger::Applied(generation, code) => mind.applied(*generation, code),
        Trigger::Released(target, released) => mind.released(*target, released),
        Trigger::Halted(target, halt) => mind.halted(*target, halt),
        Trigger::Drifted(target, what) => mind.drifted(*target, what),
        Trigger::Blocked(why) => mind.blocked(why.as_deref()),
        Trigger::Code(target, code) => mind.code(*target, code),
        Trigger::LetGo => record(mind.stop_line(None).unwrap_or_default(), Hold::AlreadySo),
        Trigger::Checked(check, tried) => mind.checked(*check, tried),
        Trigger::Alarmed(name, at) => mind.alarmed(name, *at),
    };
    let detected = if let Trigger::Tick(evidence) = trigger { evidence.at.min(mind.now) } else { mind.now };
    mind.timed(decision, detected)
}

/// What must be asked of the source of metrics to decide now.
pub fn scope(plan: &Plan, rollout: &Rollout, now: Timestamp) -> Scope {
    Mind { plan, rollout, now: now.max(rollout.updated) }.scope()
}

/// The checks that are worth trying now.
pub fn due_checks(plan: &Plan, rollout: &Rollout, now: Timestamp) -> Vec<CheckId> {
    Mind { plan, rollout, now: now.max(rollout.updated) }.due_checks()
}

/// The checks whose results a door waits for now, tried lately or not.
pub fn awaited_checks(plan: &Plan, rollout: &Rollout, now: Timestamp) -> Vec<CheckId> {
    Mind { plan, rollout, now: now.max(rollout.updated) }.awaited_checks().collect()
}

/// The figure that each condition would be judged on: from the evidence, or from what the head itself keeps. For
/// people to look at.
pub fn figures(
    plan: &Plan,
    rollout: &Rollout,
    evidence: &Evidence,
    now: Timestamp,
) -> Vec<Option<crate::evidence::Figure>> {
    let mind = Mind { plan, rollout, now: now.max(rollout.updated) };
    // A guardrail does not count what it has acted on, or what a person has acknowledged.
    let floors: BTreeMap<ConditionId, Option<Timestamp>> = plan
        .rules()
        .filter_map(|(id, rule)| if let When::Any(all) = &rule.when { Some((id, all)) } else { None })
        .flat_map(|(id, all)| all.iter().map(move |condition| (*condition, acted(rollout, id))))
        .map(|(condition, acted)| (condition, mind.signal_floor(acted)))
        .collect();
    let ids = (0u16..).map(ConditionId).take(plan.conditions.len());
    ids.map(|id| mind.figure(id, evidence, floors.get(&id).copied().flatten())).collect()
}

/// The arguments of one decision.
#[derive(Clone, Copy)]
struct Mind<'a> {
    plan: &'a Plan,
    rollout: &'a Rollout,
    now: Timestamp,
}

/// Events to record, or the reason why there are none.
fn record(events: Vec<Event>, otherwise: Hold) -> Decision {
    if events.is_empty() { Decision::Hold(otherwise) } else { Decision::Record(events) }
}

impl Mind<'_> {
    fn captured(&self, target: TargetId, captured: &Captured) -> Decision {
        if !matches!(self.rollout.phase, Phase::Starting) || self.rollout.captured.contains_key(&target) {
            return Decision::Hold(Hold::AlreadySo);
        }
        let mut events = vec![Event::Captured { target, captured: captured.clone() }];
        if self.rollout.captured.len() + 1 == self.plan.targets.len() {
            events.push(Event::Ready);
            if let Some(Request { wish: Wish::Pause { note }, by, .. }) = &self.rollout.request {
                let why = PauseReason::Person(command::said(by, note.as_deref()));
                events.push(Event::Paused { why });
            }
        }
        Decision::Record(events)
    }

    fn refused(&self, target: TargetId, why: &str) -> Decision {
        if !matches!(self.rollout.phase, Phase::Starting) {
            return Decision::Hold(Hold::AlreadySo);
        }
        let function = self.plan.target(target).map_or("a target", |target| target.function.as_str());
        Decision::Record(vec![Event::Refused { why: format!("{function}: {why}") }])
    }

    /// Why the targets do not say what is wanted, once; and again when the reason is another one.
    fn blocked(&self, why: Option<&str>) -> Decision {
        let waits = matches!(self.rollout.phase, Phase::Starting) || !self.rollout.in_effect();
        let is_news = match (why, &self.rollout.blocked) {
            (Some(why), Some(known)) => known.why != why && self.now.since(known.at) >= BLOCKED_AGAIN,
            (Some(_), None) => !waits || self.now.since(self.rollout.moved.at) >= BLOCKED_AFTER,
            (None, known) => known.is_some(),
        };
        let event = Event::Blocked { why: why.map(str::to_owned) };
        record(if is_news { vec![event] } else { vec![] }, Hold::AlreadySo)
    }

    /// Beside a lowering stands when it came to it.
    fn timed(&self, decision: Decision, detected: Timestamp) -> Decision {
        let Decision::Record(mut events) = decision else {
            return decision;
        };
        if let Some(at) = events.iter().position(|event| matches!(event, Event::Lowering { .. })) {
            // What has waited to be judged again began when it fired.
            let fired = |rule| self.rollout.fired.get(rule).map(|fired: &Fired| fired.at);
            let waited = events.iter().find_map(|event| {
                let Event::DeferralEnded { rule, still_true: Some(true), .. } = event else { return None };
                fired(rule)
            });
            let known = onset(&events, waited, detected);
            if let Some(Event::Lowering { onset, .. }) = events.get_mut(at) {
                *onset = Some(known);
            }
        }
        Decision::Record(events)
    }

    /// It is kept when the lower exposure was written.
    fn written(&self, generation: Generation) -> Decision {
        let lowers = matches!(self.rollout.phase, Phase::Lowering { .. });
        let is_news = self.rollout.times.is_some_and(|times| times.applied.is_none());
        let is_this = lowers && is_news && generation == self.rollout.generation;
        record(if is_this { vec![Event::Written { generation }] } else { vec![] }, Hold::AlreadySo)
    }

    /// A promise that was missed is told, once it is known by how much.
    fn missed(&self) -> Option<Event> {
        let times = self.rollout.times?.verified(self.now);
        let missed = times.steps(&self.plan.promise).into_iter().filter(Step::is_missed);
        let missed: Vec<String> = missed.map(|step| step.words()).collect();
        let what = format!("the rollback took longer than promised: {}", missed.join(", "));
        (!missed.is_empty()).then(|| self.tell(Level::Alert, self.on_call(), what))
    }

    /// A version is kept as the way back to what it shows.
    fn released(&self, target: TargetId, released: &Released) -> Decision {
        let known = self.rollout.released.get(&target).is_some_and(|known| known.contains(released));
        let event = Event::Released { target, released: released.clone() };
        record(if known { vec![] } else { vec![event] }, Hold::AlreadySo)
    }

    /// What is wanted was read back. A lowering is recorded as done only here.
    fn applied(&self, generation: Generation, code: &BTreeMap<TargetId, String>) -> Decision {
        if generation != self.rollout.generation || self.rollout.in_effect() {
            return Decision::Hold(Hold::AlreadySo);
        }
        let mut events = vec![Event::Applied { generation, code: code.clone() }];
        let lowers = matches!(self.rollout.phase, Phase::Lowering { .. });
        events.extend(self.missed().filter(|_| lowers));
        match &self.rollout.phase {
            Phase::Lowering { to: None, cause, .. } => {
                events.push(Event::Closing { outcome: Outcome::RolledBack(cause.clone()), on: vec![] });
            }
            Phase::Lowering { to: Some(to), .. } => {
                events.push(Event::Paused { why: PauseReason::RolledBackTo(to.stage, to.share) });
            }
            Phase::Closing { outcome, .. } => events.push(Event::Ended { outcome: outcome.clone() }),
            Phase::Starting
            | Phase::Waiting { .. }
            | Phase::Advancing { .. }
            | Phase::Baking { .. }
            | Phase::Paused { .. }
            | Phase::Abandoning { .. }
            | Phase::Over { .. } => {}
        }
        Decision::Record(events)
    }
}
