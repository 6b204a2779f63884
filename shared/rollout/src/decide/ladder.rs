//! The ladder. One turn of the clock climbs it from the bottom and stops at the first rung that does not hold.

use super::{
    ABANDON_WAIT, APPLY_WITHIN, CONSENT_LASTS, CRITICAL_AGAIN, Decision, Hold, Mind, Miss, START_WITHIN,
};
use crate::{
    event::{Cause, Event, Holder, Level, Outcome, PauseReason, Wish},
    evidence::{Evidence, Frozen, StopLine, Verdict},
    gather::{is_forced, next_stage},
    plan::{Bake, Baseline, Consent, Stage},
    rollout::{Ask, Phase, Request, Standing, needs},
    time::Span,
    units::{Share, StageIndex},
};

impl Mind<'_> {
    /// One turn of the clock.
    pub(super) fn tick(&self, evidence: &Evidence) -> Decision {
        if self.rollout.is_over() {
            return super::record(self.crossings(evidence), Hold::Over);
        }
        if let Phase::Abandoning { why, .. } = &self.rollout.phase {
            return self.abandoning(why);
        }
        if let Some(events) = self.stop_line(evidence.stop.as_ref()) {
            return Decision::Record(events);
        }
        if evidence.generation != self.rollout.generation {
            return Decision::Hold(Hold::Stale);
        }
        if let Some(why) = self.rings_already(evidence) {
            return Decision::Record(vec![Event::Refused { why }]);
        }
        let events = self.protect(evidence);
        if !events.is_empty() {
            return Decision::Record(events);
        }
        if !self.rollout.in_effect() {
            return self.not_in_effect();
        }
        match &self.rollout.phase {
            Phase::Starting => self.starting(),
            Phase::Paused { entry, .. } => Decision::Hold(Hold::Paused { entry: *entry }),
            Phase::Waiting { standing, ask } => self.climb(evidence, *standing, ask.as_ref()),
            Phase::Baking { standing } => self.climb(evidence, Some(*standing), None),
            Phase::Advancing { .. } | Phase::Lowering { .. } | Phase::Closing { .. } => self.not_in_effect(),
            Phase::Abandoning { .. } | Phase::Over { .. } => Decision::Hold(Hold::Over),
        }
    }

    /// Rung 2: nothing rises, and what is rising goes back to where it was; or everything goes back.
    pub(super) fn stop_line(&self, stop: Option<&StopLine>) -> Option<Vec<Event>> {
        let seen = self.rollout.stopped.is_some();
        let Some(stop) = stop else {
            return seen.then(|| vec![Event::StopLifted]);
        };
        let mut events = vec![];
        let by = stop.who();
        // Whoever pulls it again adds to what is said of it.
        if self.rollout.stopped.as_ref() != Some(&by) {
            events.push(Event::Stopped { by: by.clone() });
        }
        if !seen {
            // Whoever lets go of the line does not mean what somebody forced before it was pulled.
            let forced = is_forced(self.rollout).then(|| format!("the stop line was pulled by {}", stop.by));
            events.extend(forced.map(|why| Event::RequestDropped { why }));
        }
        if stop.roll_back {
            events.extend(self.roll_back_fully(Cause::StopLine(by)));
        } else if !seen && matches!(self.rollout.phase, Phase::Advancing { .. }) {
            events.push(Event::Paused { why: PauseReason::StopLine });
        }
        (!events.is_empty()).then_some(events)
    }

    fn starting(&self) -> Decision {
        if self.now.since(self.rollout.created) < START_WITHIN {
            return Decision::Hold(Hold::Starting);
        }
        let what = format!("the targets could not be read within {START_WITHIN}");
        Decision::Record(vec![Event::Refused { why: self.with_obstacle(what) }])
    }

    fn abandoning(&self, why: &str) -> Decision {
        let until = self.rollout.moved.at.after(ABANDON_WAIT);
        if self.now < until {
            return Decision::Hold(Hold::Abandoning { until });
        }
        Decision::Record(vec![Event::Ended { outcome: Outcome::Abandoned(why.to_owned()) }])
    }

    /// How long a raise may take to be in effect.
    pub(super) fn apply_within(&self) -> Span {
        self.plan.promise.apply.unwrap_or(APPLY_WITHIN).max(APPLY_WITHIN)
    }

    /// Rung 4: a raise that does not land is taken back; a lowering goes on, and says so loudly.
    fn not_in_effect(&self) -> Decision {
        let within = self.apply_within();
        let since = self.rollout.moved.at;
        let deadline = since.after(within);
        let hold = Decision::Hold(Hold::Applying { since, deadline });
        if self.now < deadline {
            return hold;
        }
        match &self.rollout.phase {
            Phase::Advancing { .. } => Decision::Record(self.roll_back_fully(Cause::NotApplied(within))),
            Phase::Paused { why: PauseReason::Drift, entry, .. } => {
                Decision::Hold(Hold::Paused { entry: *entry })
            }
            Phase::Starting
            | Phase::Waiting { .. }
            | Phase::Baking { .. }
            | Phase::Paused { .. }
            | Phase::Lowering { .. }
            | Phase::Closing { .. }
            | Phase::Abandoning { .. }
            | Phase::Over { .. } => {
                let is_known = self.rollout.acknowledged.is_some();
                if is_known || self.rollout.critical.is_some_and(|said| self.now.since(said) < CRITICAL_AGAIN)
                {
                    return hold;
                }
                let what = format!("not verified since {since}: the targets do not say what they must");
                let what = self.with_obstacle(what);
                Decision::Record(vec![
                    Event::Unverified { since },
                    self.tell(Level::Critical, self.on_call(), self.with_runbook(&what)),
                ])
            }
        }
    }

    pub(super) fn blocked_hold(&self) -> Option<Hold> {
        let blocked = self.rollout.blocked.as_ref()?;
        Some(Hold::Blocked { why: blocked.why.clone(), since: blocked.at })
    }

    /// Whoever is told that something does not happen is told what is in the way.
    fn with_obstacle(&self, what: String) -> String {
        self.rollout.blocked.as_ref().map_or(what.clone(), |blocked| format!("{what}: {}", blocked.why))
    }

    /// Rungs 5 to 11: what promotes, on evidence of this very version.
    fn climb(&self, evidence: &Evidence, standing: Option<Standing>, ask: Option<&Ask>) -> Decision {
        if evidence.version != self.rollout.version {
            return Decision::Hold(Hold::Stale);
        }
        let measured: Vec<Frozen> = self.frozen(evidence, |baseline| matches!(baseline, Baseline::Before(_)));
        if !measured.is_empty() {
            return Decision::Record(vec![Event::Measured { frozen: measured }]);
        }
        if let Some(by) = &self.rollout.stopped {
            return Decision::Hold(Hold::StopLine { by: by.clone() });
        }
        let given_back = self.reopened(evidence);
        if !given_back.is_empty() && self.disturbed(evidence).is_none() {
            return Decision::Record(given_back);
        }
        let request = self.rollout.request.as_ref();
        if let Some(Request { wish: Wish::Promote { to, force: true }, .. }) = request {
            return self.force(evidence, standing, *to);
        }
        // While a feature is off the bake stands still: giving back waits for rung 6 and not for rung 5.
        if let Some(Request { wish: Wish::Enable { feature }, .. }) = request
            && self.disturbed(evidence).is_none()
        {
            return self.give_back(feature);
        }
        if let Some(hold) = self.capped() {
            // What a window that is over would give back waits for what holds everything back.
            let disturbed = if given_back.is_empty() { None } else { self.disturbed(evidence) };
            return Decision::Hold(disturbed.unwrap_or(hold));
        }
        if let Some(hold) = self.still_baking(standing) {
            // Who waits for a feature to be given back is told what holds it back.
            let disturbed = if self.is_to_give_back() { self.disturbed(evidence) } else { None };
            return Decision::Hold(disturbed.unwrap_or(hold));
        }
        if let Some(hold) = self.disturbed(evidence).or_else(|| self.alarm_ahead(evidence)) {
            return self.late(standing, &hold).unwrap_or(Decision::Hold(hold));
        }
        // Rung 9, looked at here: on a day on which no door can open none is asked whether it would.
        if let Some(until) = self.plan.frozen_until(self.now) {
            return Decision::Hold(Hold::Frozen { until });
        }
        self.doors(evidence, standing, ask)
    }

    /// Rung 5. Only force passes it over: a person's wish to go on waits for the bake like everything else.
    fn still_baking(&self, standing: Option<Standing>) -> Option<Hold> {
        let standing = standing?;
        let Bake::Timed { min, .. } = self.plan.stage(standing.stage).bake else {
            return None;
        };
        let baked = standing.baked(self.now);
        let until = self.now.after(min.minus(baked));
        let off = self.rollout.off.iter().filter(|_| standing.veiled_from.is_some());
        let off = off.filter_map(|(name, by)| Some((name.clone(), by.first()?.clone()))).collect();
        (baked < min).then_some(Hold::Baking { baked, min, until, off })
    }

    /// Rung 6: nothing is promoted, asked or completed while a guardrail is true or not known, a review is open, or what
    /// a target says, or what is spent, is not known.
    fn disturbed(&self, evidence: &Evidence) -> Option<Hold> {
        if let Some(hold) = self.blocked_hold() {
            return Some(hold);
        }
        let guardrail = self
            .guardrails(evidence)
            .find(|(rule, verdict, _)| *verdict != Verdict::False && !self.plan.rule(*rule).dry_run);
        if let Some((rule, verdict, on)) = guardrail {
            return Some(Hold::Guardrail { rule, verdict, on });
        }
        if let Some(hold) = self.untold(evidence) {
            return Some(hold);
        }
        let review = self.rollout.reviews.first()?;
        Some(Hold::Review { entry: review.entry, due: review.due })
    }

    /// Rungs 7 to 11: out of this stage, into the next.
    fn doors(&self, evidence: &Evidence, standing: Option<Standing>, ask: Option<&Ask>) -> Decision {
        let next = next_stage(self.plan, self.rollout);
        let leave =
            standing.map(|standing| self.plan.stage(standing.stage).leave.as_slice()).unwrap_or_default();
        let leave = self.misses(evidence, standing.map(|s| s.stage), leave);
        let enter = next.map(|next| self.enter_misses(evidence, next)).unwrap_or_default();
        // Gates are not asked while something else keeps the doors shut: what was not asked is no answer then.
        let denies = |misses: &[Miss]| misses.iter().any(|miss| !miss.was_not_asked());
        let waits = ask.is_some_and(|ask| !ask.missing().is_empty());
        if denies(&leave) || (!waits && !leave.is_empty() && !denies(&enter)) {
            return self.missing(standing, ask, leave, Hold::Leave);
        }
        if denies(&enter) || (!waits && !enter.is_empty()) {
            return self.missing(standing, ask, enter, Hold::Enter);
        }
        if let Some(decision) = self.consent(evidence, next, ask) {
            return decision;
        }
        match (next, standing) {
            (Some(next), _) => self.promote(evidence, next, vec![]),
            (None, Some(standing)) => self.complete(evidence, standing),
            (None, None) => Decision::Hold(Hold::AlreadySo),
        }
    }

    /// A gate that became false takes back the question that was asked when it was true.
    fn missing(
        &self,
        standing: Option<Standing>,
        ask: Option<&Ask>,
        misses: Vec<Miss>,
        hold: fn(Vec<Miss>) -> Hold,
    ) -> Decision {
        let denied =
            misses.iter().find(|miss| matches!(miss, Miss::Condition { verdict: Verdict::False, .. }));
        if let (Some(_), Some(denied)) = (ask, denied) {
            return Decision::Record(vec![Event::AskWithdrawn { why: denied.words(self.plan) }]);
        }
        let hold = hold(misses);
        self.late(standing, &hold).unwrap_or(Decision::Hold(hold))
    }

    /// The stage took too long for anything but people: once, its `late` action.
    fn late(&self, standing: Option<Standing>, hold: &Hold) -> Option<Decision> {
        let standing = standing.filter(|standing| self.is_late(standing))?;
        if hold.is_for_people() {
            return None;
        }
        let mut events = vec![Event::Late { waits_for: hold.words(self.plan, self.now) }];
        events.extend(self.act_when_late(&self.plan.stage(standing.stage).late, hold));
        Some(Decision::Record(events))
    }

    /// Whether a stage takes longer than it may, and nobody has been told. What people took their time for (a pause, a
    /// question) is not held against it: after them it has as long as it has between the bake's end and then. Nor are
    /// the days of a freeze.
    pub(super) fn is_late(&self, standing: &Standing) -> bool {
        match self.plan.stage(standing.stage).bake {
            Bake::Timed { min, max } => {
                let moved = self.now.since(self.rollout.moved.at);
                let waited = standing.baked(self.now).minus(min).min(moved);
                let may = max.minus(min);
                let frozen = || self.plan.frozen_time(self.now.before(waited), self.now);
                !standing.late && waited > may && waited.minus(frozen()) > may
            }
            Bake::Open => false,
        }
    }

    /// Rung 10: consent is asked for last, when all else holds.
    fn consent(&self, evidence: &Evidence, next: Option<StageIndex>, ask: Option<&Ask>) -> Option<Decision> {
        let needs = self.consents(next);
        let Some(ask) = ask else {
            let on = self.seen_at_doors(evidence, next);
            return (!needs.is_empty()).then(|| Decision::Record(vec![Event::Asked { next, needs, on }]));
        };
        let why = if self.now.since(ask.at) > CONSENT_LASTS {
            format!("it was asked more than {CONSENT_LASTS} ago")
        } else if ask.next != next || ask.needs != needs {
            "the next stage is another one now".to_owned()
        } else {
            let missing = ask.missing();
            let hold = Hold::Consent { entry: ask.entry, missing: missing.clone() };
            return (!missing.is_empty()).then_some(Decision::Hold(hold));
        };
        Some(Decision::Record(vec![Event::AskWithdrawn { why }]))
    }

    /// Whose consent the doors before the next stage need, in the order of the plan.
    fn consents(&self, next: Option<StageIndex>) -> Vec<Consent> {
        needs(self.door_items(next))
    }

    /// Rung 11.
    fn promote(&self, evidence: &Evidence, to: StageIndex, forced: Vec<String>) -> Decision {
        let stage = self.plan.stage(to);
        Decision::Record(vec![Event::Promoted {
            to,
            share: stage.share,
            on: self.seen_at_doors(evidence, Some(to)),
            frozen: self.kept_for(evidence, stage),
            forced,
            gathered: Some(evidence.at),
        }])
    }

    /// What the baseline was, where the next stage leaves none.
    fn kept_for(&self, evidence: &Evidence, next: &Stage) -> Vec<Frozen> {
        if next.share < Share::ALL {
            return vec![];
        }
        self.frozen(evidence, |baseline| matches!(baseline, Baseline::Arm))
    }

    fn frozen(&self, evidence: &Evidence, wanted: impl Fn(&Baseline) -> bool) -> Vec<Frozen> {
        let of = |frozen: &&Frozen| wanted(&self.plan.metric(frozen.metric).baseline);
        evidence.frozen.iter().filter(of).cloned().collect()
    }

    /// Rung 8: the last stage ends the rollout; an open one only by a person. A drill knows one end, whoever asks.
    fn complete(&self, evidence: &Evidence, standing: Standing) -> Decision {
        if self.plan.drill {
            return Decision::Record(self.roll_back_fully(Cause::Late));
        }
        let open = self.plan.stage(standing.stage).bake == Bake::Open;
        let asked = self.rollout.request.as_ref().is_some_and(|request| request.wish == Wish::Complete);
        if open && !asked {
            return Decision::Hold(Hold::Open);
        }
        let on = self.seen_at_doors(evidence, None);
        Decision::Record(vec![Event::Closing { outcome: Outcome::Completed, on }])
    }

    /// A person's force passes over rungs 5 to 10, and stops before a stage that forbids it. It never ends a rollout.
    fn force(&self, evidence: &Evidence, standing: Option<Standing>, to: Option<StageIndex>) -> Decision {
        let Some(next) = next_stage(self.plan, self.rollout) else {
            let why = "no stage is ahead any more".to_owned();
            return Decision::Record(vec![Event::RequestDropped { why }]);
        };
        let goal = to.unwrap_or(next);
        let mut reached = None;
        let mut at = Some(next);
        while let Some(stage) = at.filter(|stage| *stage <= goal && self.plan.stage(*stage).forceable) {
            reached = Some(stage);
            at = self.plan.after(stage);
        }
        let Some(reached) = reached else {
            let why = format!("{} may never be forced", self.plan.stage(next).name);
            return Decision::Record(vec![Event::RequestDropped { why }]);
        };
        let mut over = self.passed_over(evidence, standing, next);
        over.extend(self.leapt_over(next, reached));
        self.promote(evidence, reached, over)
    }

    /// The stages in which nobody was, and whose consent their doors would have asked for.
    fn leapt_over(&self, from: StageIndex, to: StageIndex) -> Vec<String> {
        let (mut over, mut at) = (vec![], from);
        while let Some(after) = self.plan.after(at).filter(|after| *after <= to) {
            let (stage, next) = (self.plan.stage(at), self.plan.stage(after));
            over.push(format!("stage {}, with all that it waits for", stage.name));
            let consents = needs(stage.leave.iter().chain(&next.enter)).into_iter();
            over.extend(consents.map(|need| format!("approval by {} before {}", need.role, next.name)));
            at = after;
        }
        over
    }

    /// What a force did not wait for, for the record.
    fn passed_over(&self, evidence: &Evidence, standing: Option<Standing>, next: StageIndex) -> Vec<String> {
        let mut over = vec![];
        if let Some(Hold::Baking { baked, min, .. }) = self.still_baking(standing) {
            over.push(format!("baked {baked} of {min}"));
        }
        let frozen = self.plan.frozen_until(self.now).map(|until| Hold::Frozen { until });
        let holds = self.capped().into_iter().chain(self.disturbed(evidence));
        let holds = holds.chain(self.alarm_ahead(evidence)).chain(frozen);
        over.extend(holds.map(|hold| hold.words(self.plan, self.now)));
        let leave =
            standing.map(|standing| self.plan.stage(standing.stage).leave.as_slice()).unwrap_or_default();
        let misses = self.misses(evidence, standing.map(|s| s.stage), leave);
        let more = self.enter_misses(evidence, next);
        over.extend(misses.iter().chain(&more).map(|miss| miss.words(self.plan)));
        over.extend(self.consents(Some(next)).iter().map(|need| format!("approval by {}", need.role)));
        over
    }

    fn is_to_give_back(&self) -> bool {
        let request = self.rollout.request.as_ref();
        request.is_some_and(|request| matches!(request.wish, Wish::Enable { .. }))
    }

    /// Giving back is a raise: after rung 6, and each holder gives back only its own.
    fn give_back(&self, feature: &str) -> Decision {
        let holders = self.rollout.off.get(feature).cloned().unwrap_or_default();
        let mut events: Vec<Event> = holders
            .into_iter()
            .filter(|holder| matches!(holder, Holder::Person | Holder::Rule(_)))
            .map(|holder| Event::Enabled { name: feature.to_owned(), holder })
            .collect();
        let stays = if self.caps().any(|(name, ..)| name == feature) {
            Some(format!("{feature} is given back when its budget has a new window"))
        } else {
            events.is_empty().then(|| format!("nobody holds {feature} off any more"))
        };
        events.extend(stays.map(|why| Event::RequestDropped { why }));
        Decision::Record(events)
    }

    pub(super) fn tell(&self, level: Level, to: &str, what: String) -> Event {
        Event::Notified { level, to: to.to_owned(), what }
    }

    /// The first whom an unanswered question goes to.
    pub(super) fn on_call(&self) -> &str {
        self.plan.escalate.first().unwrap_or(&self.plan.owner)
    }

    pub(super) fn seen_at_doors(
        &self,
        evidence: &Evidence,
        next: Option<StageIndex>,
    ) -> Vec<crate::event::Seen> {
        let ids = self.door_items(next).filter_map(super::door::condition);
        let seen =
            |id| self.figure(id, evidence, None).map(|figure| crate::event::Seen { condition: id, figure });
        ids.filter_map(seen).collect()
    }
}
