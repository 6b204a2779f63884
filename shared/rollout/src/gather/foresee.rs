//! What guardrails will come to in a time whose figures are known already: that of a simulation.
//!
//! Most of the time no point that a guardrail looks at is anywhere near its limit. Then no value that is made of those
//! points is, at whatever edge it is taken, and there is nothing to find out by asking again each minute.

use super::{
    Before, Line, Questions, Scope,
    arm::Arm,
    asked::{Asked, Side},
    figure::Judged,
    members,
    points::Points,
    wanted,
    window::{Reach, Window, reaches_back},
};
use crate::{
    condition::Bound,
    evidence::{Answer, Figure, Verdict, judge},
    plan::{Plan, Source},
    rollout::Rollout,
    time::Timestamp,
    units::{ConditionId, Version},
};

/// Conditions of guardrails that are known and false at every tick until a time, as long as nothing is recorded.
#[derive(Clone, Debug, Default)]
pub struct Foreseen {
    version: Version,
    until: Timestamp,
    /// By their number: what each comes to in the end.
    figures: Vec<Option<Figure>>,
}

impl Foreseen {
    /// Until when it is known.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether it is about this rollout as it stands, at this time.
    pub fn is_about(&self, rollout: &Rollout, now: Timestamp) -> bool {
        self.version == rollout.version && now <= self.until
    }

    pub(super) fn figure(&self, id: ConditionId) -> Option<Figure> {
        self.figures.get(usize::from(id.0)).copied().flatten()
    }
}

/// What must be asked to foresee what the guardrails say at each tick after `now` and up to `until`.
pub fn foresee<'p>(plan: &'p Plan, rollout: &'p Rollout, now: Timestamp, until: Timestamp) -> Questions<'p> {
    let mut asked = Questions::new(plan, rollout, until);
    for (id, reach) in wanted(plan, rollout, Scope::Guardrails) {
        asked.over(id, reach, now, until);
    }
    asked.queries = asked.asking.queries(plan);
    asked
}

impl Questions<'_> {
    /// A condition over all that it may look at. One of which nothing can be said beforehand is left out.
    fn over(&mut self, id: ConditionId, reach: Reach, now: Timestamp, until: Timestamp) {
        let condition = self.plan.condition(id);
        let metric = self.plan.metric(condition.metric);
        if matches!(metric.source, Source::Signal(_) | Source::Reported { .. } | Source::Budget(_)) {
            return;
        }
        let Some(foresight) = Window::foreseen(condition, metric, reach, now, until) else { return };
        let baseline = self.asks_baseline(condition, metric);
        let counted = condition.samples.is_some();
        for member in members(self.plan, condition) {
            let spread = condition.spread.map(|spread| spread.dimension).zip(member);
            let history = foresight.history.map(|edges| self.plan.recalled.get((id, member), edges));
            for window in foresight.parts() {
                let arm = |side| Asked { metric: condition.metric, side, spread, counted, window };
                self.lines.push(Line {
                    condition: id,
                    usage: reach.usage,
                    window,
                    member,
                    canary: self.asking.arm(arm(Side::Canary)),
                    baseline: baseline.then(|| self.asking.arm(arm(Side::Baseline))),
                    history: history.flatten().map(Before::Recalled),
                });
            }
        }
    }

    /// Which conditions are known and false all the time.
    pub fn foreseen(&self, answers: &[Answer]) -> Foreseen {
        let points = Points::of(self.plan, &self.asking, &self.queries, answers);
        let mut figures = vec![None; self.plan.conditions.len()];
        for lines in self.lines.chunk_by(|one, next| one.condition == next.condition) {
            // Of several members, each; and each part of a long window.
            let all: Option<Vec<Figure>> =
                lines.iter().map(|line| self.judged(line, &points).quiet()).collect();
            if let (Some(all), Some(line)) = (all, lines.first())
                && let Some(slot) = figures.get_mut(usize::from(line.condition.0))
            {
                *slot = all.last().copied();
            }
        }
        Foreseen { version: self.rollout.version, until: self.now, figures }
    }
}

impl Judged<'_> {
    /// What it comes to over all, where every value in it is known and false.
    fn quiet(&self) -> Option<Figure> {
        let arms = [Some(&self.canary), self.baseline.as_ref()];
        let is_whole = arms.into_iter().flatten().all(Arm::is_whole);
        if !is_whole || !self.has_samples_everywhere() || !self.has_baseline_everywhere() || !self.is_far() {
            return None;
        }
        let figure = self.compare(self.window.width.map(|width| (self.window.to, width)));
        (judge(self.condition.relation, &figure) == Verdict::False).then_some(figure)
    }

    /// Whether any value has the samples that are asked for, since each of its points has.
    fn has_samples_everywhere(&self) -> bool {
        let need = self.need();
        if self.canary.lower.is_empty() {
            let points = self.window.width.map_or(1, |width| width.whole(self.window.period));
            return need <= if reaches_back(self.condition, self.metric) { 1 } else { points };
        }
        self.canary.lower.iter().all(|samples| *samples >= need as f64)
    }

    /// A multiple of nothing is not known.
    fn has_baseline_everywhere(&self) -> bool {
        let is_factor = matches!(self.condition.bound, Bound::Factor(_));
        let is_some = |arm: &Arm<'_>| arm.upper.iter().all(|value| *value > 0.0);
        !is_factor || self.baseline.as_ref().is_none_or(is_some)
    }
}
