//! Lowering: from any cause by one way, and only ever lower.

use super::{Decision, Hold, Mind, record};
use crate::{
    event::{Cause, Event, Outcome, PauseReason},
    plan::{Back, OnNewCode, Shown, Stage},
    rollout::{Phase, Standing},
    target::Halt,
    units::{Share, StageIndex, TargetId},
};

/// Where a rollback goes: a stage at a share, or the way back.
type Goal = Option<(StageIndex, Share)>;

impl Mind<'_> {
    /// The events of the lowest of several lowerings; none when it is at or below that already.
    pub(super) fn lowest(&self, asked: &[(Back, Cause)]) -> Vec<Event> {
        let seen = self.rollout.exposed();
        let goals = asked.iter().map(|(back, cause)| (self.goal(*back, seen), *back, cause));
        let Some((to, asked, cause)) = goals.min_by_key(|(goal, _, _)| order(*goal)) else {
            return vec![];
        };
        self.lower_to(to, asked, cause.clone())
    }

    /// Everything back, whatever came before; none when that is on its way already.
    pub(super) fn roll_back_fully(&self, cause: Cause) -> Vec<Event> {
        self.lower_to(None, Back::Full, cause)
    }

    pub(super) fn lower_to(&self, to: Goal, asked: Back, cause: Cause) -> Vec<Event> {
        match &self.rollout.phase {
            Phase::Abandoning { .. } | Phase::Over { .. } => return vec![],
            Phase::Lowering { to: None, .. } | Phase::Closing { standing: None, .. } => return vec![],
            Phase::Starting
            | Phase::Waiting { .. }
            | Phase::Advancing { .. }
            | Phase::Baking { .. }
            | Phase::Paused { .. }
            | Phase::Lowering { .. }
            | Phase::Closing { .. } => {}
        }
        if !self.rollout.touched {
            let rest = to.is_some();
            return if rest { vec![] } else { vec![Event::Ended { outcome: Outcome::RolledBack(cause) }] };
        }
        let to = match (to, self.rollout.standing().map(place)) {
            (None, _) => None,
            (Some(_), None) => return vec![],
            (Some(to), Some(wanted)) if to.0 >= wanted.0 && self.is_within(wanted, to) => return vec![],
            (Some(to), Some(wanted)) => {
                // What is on its way up was decided and never shown: nobody gets it by a rollback.
                let advancing =
                    if let Phase::Advancing { from, .. } = &self.rollout.phase { Some(from) } else { None };
                let shown = advancing.map_or(Some(wanted), |from| from.map(place));
                shown.and_then(|shown| self.landing((to.0.min(shown.0), to.1.min(shown.1)), shown))
            }
        };
        vec![Event::Lowering { to, asked, cause, onset: None }]
    }

    /// Where it really goes: to what was asked, or else further down, where nobody is who is not there now, nor has a
    /// feature that they lack now.
    fn landing(&self, asked: (StageIndex, Share), wanted: (StageIndex, Share)) -> Goal {
        let below =
            self.plan.stages().filter(|(index, stage)| *index < asked.0 && stage.exposes(stage.share));
        let below = below.map(|(index, stage)| (index, stage.share.min(asked.1)));
        below.chain([asked]).filter(|to| to.0 <= wanted.0 && self.is_within(*to, wanted)).last()
    }

    /// Whether everybody at one place is at the other one, too, with all that they have.
    fn is_within(&self, one: (StageIndex, Share), other: (StageIndex, Share)) -> bool {
        // What is off is off at both of them, and must not matter when it is given back.
        let [one, other] = [one, other].map(|(stage, share)| Shown { stage, share, off: vec![] });
        self.plan.audience(&one).is_within(&self.plan.audience(&other))
    }

    /// Where a guardrail's rollback goes from the exposure that it saw: at or below that already, or in the first
    /// exposed stage, it goes all the way.
    fn goal(&self, back: Back, from: Option<Standing>) -> Goal {
        let standing = from?;
        match back {
            Back::Full => None,
            // One that was passed over is none to go back to.
            Back::Previous => self.highest(standing, |index, stage| {
                let is_passed = self.rollout.skipped.contains(&index);
                self.rollout.reached.contains(&index) && !is_passed && self.is_below(index, stage, standing)
            }),
            Back::To(share) if share >= standing.share => None,
            Back::To(limit) => {
                self.highest(standing, |_, stage| stage.share <= limit).map(|(stage, _)| (stage, limit))
            }
            Back::Stage(index) => self.highest(standing, |named, _| named == index),
        }
    }

    /// The last stage up to here that exposes somebody, and no more than asked.
    fn highest(&self, standing: Standing, fits: impl Fn(StageIndex, &Stage) -> bool) -> Goal {
        self.plan
            .stages()
            .filter(|(index, _)| *index <= standing.stage)
            .filter(|(index, stage)| stage.exposes(stage.share) && fits(*index, stage))
            .last()
            .map(|(index, stage)| (index, stage.share.min(standing.share)))
    }

    /// Whether a stage up to here exposes fewer, or the same with less.
    fn is_below(&self, index: StageIndex, stage: &Stage, standing: Standing) -> bool {
        !self.is_within(place(standing), (index, stage.share))
    }

    /// A person's rollback, from the exposure that is wanted now: what is so already changes nothing.
    pub(super) fn goal_of_person(&self, back: Back) -> Option<Goal> {
        let wanted = self.rollout.standing();
        match (back, wanted) {
            (Back::To(share), Some(standing)) if share >= standing.share => None,
            (Back::Stage(stage), Some(standing))
                if (stage, self.plan.stage(stage).share) >= (standing.stage, standing.share) =>
            {
                None
            }
            (Back::To(_) | Back::Stage(_), None) => None,
            (back, _) => Some(self.goal(back, wanted)),
        }
    }

    /// Rung 1: whoever pulled the emergency stop is obeyed. Where a door pulled it on an alarm, what watches the alarm acts,
    /// too, and the way is all the way back.
    pub(super) fn halted(&self, target: TargetId, halt: &Halt) -> Decision {
        let back = self.roll_back_fully(Cause::Halt(halt.to_string()));
        let Halt::Alarm { alarm, since, .. } = halt else {
            return record(back, Hold::AlreadySo);
        };
        if back.is_empty() {
            return Decision::Hold(Hold::AlreadySo);
        }
        let mut events = vec![Event::Halted { target, halt: halt.clone() }];
        events.extend(self.heard(alarm, *since));
        if !events.iter().any(|event| matches!(event, Event::Lowering { to: None, .. })) {
            events.retain(|event| !matches!(event, Event::Lowering { .. } | Event::Paused { .. }));
            events.extend(back);
        }
        Decision::Record(events)
    }

    /// Somebody else changed a target: as the plan says, and otherwise a person looks at it.
    pub(super) fn drifted(&self, target: TargetId, what: &str) -> Decision {
        let events = match &self.rollout.phase {
            // Between a lowering of ours and one by hand the lower is not known: the way back is.
            Phase::Lowering { to: Some(_), .. } => self.roll_back_fully(by_hand(what)),
            Phase::Paused { why, .. } if *why != PauseReason::Drift && !self.rollout.in_effect() => {
                self.roll_back_fully(by_hand(what))
            }
            // Nobody can have consented to what they have not seen: a resume names the pause for this very change.
            Phase::Paused { why, .. } if *why != PauseReason::Drift || !self.is_known_drift(target, what) => {
                self.answer_drift(target, what)
            }
            // What would be left for good is not what somebody wants: neither is lost without a person.
            Phase::Closing { outcome: Outcome::Completed, .. } => {
                let drifted = Event::Drifted { target, what: what.to_owned() };
                let events = vec![drifted, Event::Paused { why: PauseReason::Drift }];
                self.told(events, &format!("{}, {what}", self.somebody_changed(target)))
            }
            Phase::Baking { .. } | Phase::Waiting { .. } | Phase::Advancing { .. } => {
                self.answer_drift(target, what)
            }
            Phase::Starting
            | Phase::Paused { .. }
            | Phase::Lowering { .. }
            | Phase::Closing { .. }
            | Phase::Abandoning { .. }
            | Phase::Over { .. } => vec![],
        };
        record(events, Hold::AlreadySo)
    }

    fn is_known_drift(&self, target: TargetId, what: &str) -> bool {
        self.rollout.drift.as_ref().is_some_and(|drift| drift.target == target && drift.what == what)
    }

    fn answer_drift(&self, target: TargetId, what: &str) -> Vec<Event> {
        let mut events = vec![Event::Drifted { target, what: what.to_owned() }];
        let changed = self.somebody_changed(target);
        events.extend(self.on_drift(&changed));
        let answered =
            events.iter().any(|event| matches!(event, Event::Lowering { .. } | Event::Paused { .. }));
        if !answered {
            events.push(Event::Paused { why: PauseReason::Drift });
        }
        // A pause by the plan's own drift rule waits for the same person, who may have it written over.
        for event in &mut events {
            if let Event::Paused { why } = event {
                *why = PauseReason::Drift;
            }
        }
        self.told(events, &format!("{changed}, {what}"))
    }

    fn somebody_changed(&self, target: TargetId) -> String {
        let function = self.plan.target(target).map_or("a target", |target| target.function.as_str());
        format!("{function} was changed by somebody else")
    }

    /// Other code runs behind the exposure: what was seen so far was about something else.
    pub(super) fn code(&self, target: TargetId, code: &str) -> Decision {
        let known = self.rollout.effective.as_ref().and_then(|effective| effective.code.get(&target));
        let watched =
            matches!(self.rollout.phase, Phase::Baking { .. } | Phase::Waiting { .. } | Phase::Paused { .. });
        if !watched || known.is_none_or(|known| known == code) {
            return Decision::Hold(Hold::AlreadySo);
        }
        let mut events = vec![Event::CodeChanged { target, code: code.to_owned() }];
        if self.plan.on_new_code == OnNewCode::Pause {
            events.extend(self.pause(PauseReason::NewCode));
            events = self.told(events, &PauseReason::NewCode.words(self.plan));
        }
        Decision::Record(events)
    }
}

fn by_hand(what: &str) -> Cause {
    Cause::Halt(format!("changed by hand while it was lowered: {what}"))
}

fn place(standing: Standing) -> (StageIndex, Share) {
    (standing.stage, standing.share)
}

/// The order of exposure: by share, then by stage; the way back is the lowest.
fn order(goal: Goal) -> Option<(Share, StageIndex)> {
    goal.map(|(stage, share)| (share, stage))
}
