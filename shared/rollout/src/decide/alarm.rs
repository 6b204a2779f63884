//! Alarms: somebody else has judged, and what stands is looked at on each tick.

use super::{Decision, Hold, Mind, record};
use crate::{
    event::Event,
    evidence::{Evidence, Gap, Verdict},
    gather::{guard_floor, in_force, in_force_at, next_stage},
    levels::{AlarmState, Ringing},
    plan::{Plan, Rule},
    rollout::{Phase, Rollout},
    time::{Span, Timestamp},
    units::RuleId,
};
use std::collections::BTreeSet;

impl Plan {
    /// The alarms that guardrails watch, each once, in the order of their names.
    pub fn alarms(&self) -> impl Iterator<Item = &str> {
        let watched = self.rules.iter().filter_map(|rule| rule.when.alarm());
        watched.collect::<BTreeSet<_>>().into_iter()
    }
}

impl Rollout {
    /// What an alarm says of this rollout. Who brings the fix starts it despite an alarm that rings: until that has been
    /// quiet once, it is about what was there before. It rings anew for everybody. Both times are the alarm's own, so
    /// that no clock that is fast takes one ring for the other.
    pub fn heeds(&self, name: &str, state: AlarmState) -> AlarmState {
        match (state, self.despite.get(name)) {
            (AlarmState::Ringing(ringing), Some(since)) if ringing.since == *since => AlarmState::Quiet,
            (_, _) => state,
        }
    }
}

impl Mind<'_> {
    /// Whether an alarm rings. Too little data for it is no answer, unless the rule says otherwise.
    pub(super) fn alarm(
        &self,
        id: RuleId,
        name: &str,
        insufficient_ok: bool,
        evidence: &Evidence,
    ) -> Verdict {
        match self.heeded(id, name, evidence) {
            Some(AlarmState::Quiet) => Verdict::False,
            Some(AlarmState::Ringing(_)) => Verdict::True,
            Some(AlarmState::Insufficient) if insufficient_ok => Verdict::False,
            Some(AlarmState::Insufficient) => Verdict::NotKnown(Gap::NoData),
            Some(AlarmState::Missing) => Verdict::NotKnown(Gap::NoAlarm),
            Some(AlarmState::Forbidden) => Verdict::NotKnown(Gap::Forbidden),
            Some(AlarmState::Failing) => Verdict::NotKnown(Gap::Failing),
            None => Verdict::NotKnown(Gap::NotAsked),
        }
    }

    /// The alarm that a guardrail watches, if it rings.
    pub(super) fn ringing(&self, id: RuleId, evidence: &Evidence) -> Option<Ringing> {
        match self.heeded(id, self.plan.rule(id).when.alarm()?, evidence) {
            Some(AlarmState::Ringing(ringing)) => Some(ringing),
            Some(_) | None => None,
        }
    }

    fn heeded(&self, id: RuleId, name: &str, evidence: &Evidence) -> Option<AlarmState> {
        evidence.levels.alarms.get(&id).map(|state| self.rollout.heeds(name, *state))
    }

    /// Whether all that an alarm looks at lies in the present exposure, and after the last resume.
    pub(super) fn fits(&self, ringing: &Ringing) -> bool {
        guard_floor(self.rollout).is_none_or(|floor| floor.after(ringing.window) <= self.now)
    }

    /// Somebody tells that an alarm has begun to ring: what watches it acts as on a turn of the clock that finds it so, and
    /// nothing else is decided on that. It is news of a moment, which may come late or twice, and does not say how far the
    /// alarm looks back: what has acted before is left to the clock, which looks how the alarm stands.
    pub(super) fn alarmed(&self, name: &str, at: Timestamp) -> Decision {
        let hold = |why: &str| Hold::Not(format!("alarm {name} rings since {at}: nothing changed: {why}"));
        let mut rules: Vec<RuleId> = self.watching(name).collect();
        if rules.is_empty() {
            return Decision::Hold(hold("no guardrail of this plan watches it"));
        }
        rules.retain(|id| self.is_in_force(*id));
        if rules.is_empty() {
            return Decision::Hold(hold("no guardrail that watches it is in force"));
        }
        if Some(at) < self.rollout.resumed.max(Some(self.rollout.gathered)) {
            return Decision::Hold(hold(
                "that was before the evidence of the present exposure was gathered, or before a resume",
            ));
        }
        let acted = "its guardrail has acted before, and acts again on what a tick finds";
        record(self.heard(name, at), hold(acted))
    }

    /// What an alarm that rings sets off: all that watch it, are in force and have not acted.
    pub(super) fn heard(&self, name: &str, since: Timestamp) -> Vec<Event> {
        let is_ready = |id: &RuleId| self.is_in_force(*id) && !self.rollout.fired.contains_key(id);
        let rules: Vec<RuleId> = self.watching(name).filter(is_ready).collect();
        self.on_alarm(&rules, Ringing { since: since.min(self.now), window: Span::ZERO })
    }

    fn watching(&self, name: &str) -> impl Iterator<Item = RuleId> {
        let watches = move |rule: &Rule| rule.when.alarm() == Some(name);
        self.plan.rules().filter(move |(_, rule)| watches(rule)).map(|(id, _)| id)
    }

    /// On the way from one stage to another both count: either may be what the alarm is about.
    fn is_in_force(&self, id: RuleId) -> bool {
        let here = [self.rollout.exposed(), self.rollout.standing()];
        here.into_iter().flatten().any(|here| in_force_at(self.plan, id, here.stage, here.share))
    }

    /// An alarm that has been ringing since before the rollout was created would take the first exposure back at once:
    /// the start is refused, and this is why.
    pub(super) fn rings_already(&self, evidence: &Evidence) -> Option<String> {
        let begins = matches!(self.rollout.phase, Phase::Starting | Phase::Waiting { standing: None, .. });
        if !begins || self.rollout.touched {
            return None;
        }
        self.plan.rules().filter(|(_, rule)| !rule.dry_run).find_map(|(id, rule)| {
            let ringing =
                self.ringing(id, evidence).filter(|ringing| ringing.since <= self.rollout.created)?;
            let (cause, since) = (rule.cause(), ringing.since);
            Some(format!(
                "{cause} has been ringing since {since}: see to it and start again, or start despite it"
            ))
        })
    }

    /// An alarm that rings or cannot be looked at, and would be in force at the next stage: that is not entered.
    pub(super) fn alarm_ahead(&self, evidence: &Evidence) -> Option<Hold> {
        let rings = |(_, verdict): &(RuleId, Verdict)| *verdict != Verdict::False;
        let (rule, verdict) = self.alarms_ahead(evidence).find(rings)?;
        Some(Hold::Guardrail { rule, verdict, on: vec![] })
    }

    /// Each guardrail with an alarm that is not in force and would be at the next stage. What is not exposed yet has no
    /// data: too little of it is as good as quiet here.
    pub(super) fn alarms_ahead<'e>(
        &'e self,
        evidence: &'e Evidence,
    ) -> impl Iterator<Item = (RuleId, Verdict)> + 'e {
        let next = next_stage(self.plan, self.rollout);
        let comes = move |id: RuleId| {
            next.is_some_and(|next| in_force_at(self.plan, id, next, self.plan.stage(next).share))
                && !in_force(self.plan, self.rollout, id)
        };
        self.plan
            .rules()
            .filter(move |(id, rule)| comes(*id) && !rule.dry_run)
            .filter_map(|(id, rule)| Some((id, self.alarm(id, rule.when.alarm()?, true, evidence))))
    }
}
