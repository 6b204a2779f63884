//! What guardrails will come to in a time whose figures are known already: that of a simulation.
//!
//! Most of the time no point that a guardrail looks at is anywhere near its limit. Then no value that is made of those
//! points is, at whatever edge it is taken, and there is nothing to find out by asking again each minute.

use super::{
    Before, Line, Questions,
    arm::Arm,
    asked::{Asked, Side},
    figure::Judged,
    guard_reach, guards, members,
    points::Points,
    window::{Reach, Window},
};
use crate::{
    condition::Bound,
    evidence::{Answer, Figure, Verdict, judge},
    plan::{Plan, Source},
    rollout::{Rollout, RolloutId},
    time::Timestamp,
    units::{ConditionId, Version},
};

/// Conditions of guardrails that are known and false at every tick until a time, as long as nothing is recorded.
#[derive(Clone, Debug, Default)]
pub struct Foreseen {
    rollout: Option<RolloutId>,
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
        let is_this = self.version == rollout.version && self.rollout.as_ref() == Some(&rollout.id);
        is_this && now <= self.until
    }

    pub(super) fn figure(&self, id: ConditionId) -> Option<Figure> {
        self.figures.get(usize::from(id.0)).copied().flatten()
    }
}

/// What must be asked to foresee what the guardrails say at each tick after `now` and up to `until`.
pub fn foresee<'p>(plan: &'p Plan, rollout: &'p Rollout, now: Timestamp, until: Timestamp) -> Questions<'p> {
    let mut asked = Questions::new(plan, rollout, until);
    for (rule, id) in guards(plan, rollout) {
        asked.over(id, guard_reach(plan, rollout, rule, id), now, until);
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
        let Rollout { id, version, .. } = self.rollout;
        Foreseen { rollout: Some(id.clone()), version: *version, until: self.now, figures }
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

    /// Whether any value has the samples that are asked for, since each of its points has. Where none are counted, a value
    /// may be made of a single point.
    fn has_samples_everywhere(&self) -> bool {
        let need = self.need();
        let counted = self.canary.lower;
        if counted.is_empty() { need <= 1 } else { counted.iter().all(|samples| *samples >= need as f64) }
    }

    /// A multiple of nothing is not known.
    fn has_baseline_everywhere(&self) -> bool {
        let is_factor = matches!(self.condition.bound, Bound::Factor(_));
        let is_some = |arm: &Arm<'_>| arm.upper.iter().all(|value| *value > 0.0);
        !is_factor || self.baseline.as_ref().is_none_or(is_some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        condition::{Condition, Hold, Relation},
        evidence::{Point, Query, Status},
        gather::{
            Use,
            asked::{Asking, points},
            samples::{metric, plan, source},
            window::Reach,
        },
        plan::{Metric, Missing, Stat},
        time::Span,
        units::{Decimal, MetricId},
    };
    use proptest::{prelude::*, test_runner::TestRunner};
    use std::cell::Cell;

    const MINUTES: i64 = 9 * 60;

    /// Minutes around a level; of some series a few are missing, or far off.
    fn minutes() -> impl Strategy<Value = Vec<Option<f64>>> {
        let minute = prop_oneof![
            99 => (0.8..1.2).prop_map(Some),
            1 => prop_oneof![Just(None), (0.0..8.0).prop_map(Some)],
        ];
        let steady = (0.8..1.2).prop_map(|value| vec![Some(value); usize::try_from(MINUTES).unwrap_or(0)]);
        let level = prop_oneof![Just(1.0), Just(100.0), 0.0..300.0];
        let any = proptest::collection::vec(minute, usize::try_from(MINUTES).unwrap_or(0));
        (prop_oneof![any, steady], level).prop_map(|(minutes, level)| {
            minutes.into_iter().map(|minute| minute.map(|minute| minute * level)).collect()
        })
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let relations = vec![Relation::Below, Relation::AtMost, Relation::Above, Relation::AtLeast];
        let limit = || prop_oneof![(0i64..400).prop_map(Decimal::whole), (0i64..4).prop_map(Decimal::whole)];
        let bound = prop_oneof![
            3 => limit().prop_map(Bound::Constant),
            1 => limit().prop_map(Bound::Offset),
            1 => limit().prop_map(Bound::Factor),
            1 => limit().prop_map(|amount| Bound::Rate { amount, per: Span::minutes(1) }),
        ];
        let holds = vec![
            None,
            None,
            Some(Hold::For(Span::minutes(3))),
            Some(Hold::For(Span::minutes(70))),
            Some(Hold::Row(3)),
        ];
        let hold = proptest::sample::select(holds);
        let window = proptest::sample::select(vec![None, Some(1), Some(5), Some(10), Some(240)]);
        let samples = proptest::option::of(0u32..200);
        (proptest::sample::select(relations), bound, hold, window, samples).prop_map(
            |(relation, bound, hold, window, samples)| {
                let growth = matches!(bound, Bound::Rate { .. });
                Condition {
                    text: String::new(),
                    metric: MetricId(0),
                    growth,
                    relation,
                    bound,
                    spread: None,
                    window: window.map(Span::minutes),
                    hold,
                    samples,
                }
            },
        )
    }

    /// As a source answers that keeps minutes: a percentile of several lies between theirs.
    fn answer(minutes: &[Option<f64>], query: &Query, stat: Stat) -> Answer {
        let of = |place: usize| {
            let from = query.from.after(query.period.times(place as u64));
            let first = usize::try_from(from.0 / 60_000).unwrap_or(0);
            let count = usize::try_from(query.period.whole(Span::minutes(1))).unwrap_or(0);
            let there: Vec<f64> = minutes.iter().skip(first).take(count).flatten().copied().collect();
            let sum = there.iter().sum::<f64>();
            let value = match stat {
                Stat::Sum | Stat::SampleCount => sum,
                Stat::Minimum => there.iter().copied().reduce(f64::min)?,
                Stat::Maximum => there.iter().copied().reduce(f64::max)?,
                Stat::Percentile(_) => sum / there.len() as f64,
            };
            (!there.is_empty()).then_some(Point { at: from, value })
        };
        let asked = points(query.from, query.to, query.period);
        Answer { points: (0..asked).filter_map(of).collect(), status: Status::Whole }
    }

    /// A metric, a condition of it, and four series of minutes.
    struct Case {
        plan: Plan,
        condition: Condition,
        series: Vec<Vec<Option<f64>>>,
    }

    impl Case {
        fn judge<T>(&self, window: Window, with: impl Fn(&Judged<'_>) -> T) -> T {
            let metric = &self.plan.metrics[0];
            let counted = self.condition.samples.is_some();
            let mut asking = Asking::default();
            for side in [Side::Canary, Side::Baseline] {
                asking.arm(Asked { metric: MetricId(0), side, spread: None, counted, window });
            }
            let queries = asking.queries(&self.plan);
            let answers: Vec<Answer> = queries
                .iter()
                .map(|query| {
                    let is_value = query.series.0 < 2;
                    let stat = if let Source::Series { stat, .. } = metric.source { stat } else { Stat::Sum };
                    let stat = if is_value { stat } else { Stat::Sum };
                    answer(&self.series[usize::from(query.series.0)], query, stat)
                })
                .collect();
            let points = Points::of(&self.plan, &asking, &queries, &answers);
            let baseline = self.condition.bound.needs_baseline();
            with(&Judged {
                condition: &self.condition,
                metric,
                usage: Use::Guard,
                window: &window,
                canary: points.arm(0, &window),
                baseline: baseline.then(|| points.arm(1, &window)),
                kept: None,
                history: None,
                scale: 1.0,
            })
        }
    }

    #[test]
    fn what_is_foreseen_is_what_each_tick_says() {
        let plan = plan();
        let foreseen = Cell::new(0u32);
        let minute = |minute: i64| Timestamp(minute * 60_000);
        let series = proptest::collection::vec(minutes(), 4);
        let all = (source(), condition(), series, prop_oneof![Just(0i64), 200i64..430]);
        let mut runner = TestRunner::new(ProptestConfig::with_cases(600));
        let ran = runner.run(&all, |(source, condition, series, floor)| {
            let plan = Plan {
                metrics: vec![Metric {
                    lag: Span::minutes(1),
                    ..metric(source, Decimal::whole(1), Missing::Unknown)
                }],
                ..plan.clone()
            };
            let case = Case { plan, condition, series };
            let reach = Reach {
                usage: Use::Guard,
                floor: Some(minute(floor)),
                judged: crate::gather::LOOK_BACK,
                begins: None,
                bake: minute(floor),
                exposed: Some(minute(floor)),
            };
            let (now, until) = (minute(440), minute(500));
            let metric = &case.plan.metrics[0];
            let Some(foresight) = Window::foreseen(&case.condition, metric, reach, now, until) else {
                return Ok(());
            };
            if foresight.parts().any(|window| case.judge(window, |judged| judged.quiet()).is_none()) {
                return Ok(());
            }
            foreseen.set(foreseen.get() + 1);
            for tick in 441..=500 {
                let window = Window::of(&case.condition, metric, reach, minute(tick));
                let figure = case.judge(window, |judged| judged.figure());
                let verdict = judge(case.condition.relation, &figure);
                prop_assert_eq!(verdict, Verdict::False, "at {} {:?}", tick, figure);
            }
            Ok(())
        });
        ran.unwrap();
        assert!(foreseen.get() > 20, "only {} were foreseen", foreseen.get());
    }
}
