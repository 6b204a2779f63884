//! Judging by floats where a limit is so far away that no rounding can matter. Nothing that is kept comes from here.

use super::{arm::Rough, points::LARGEST};
use crate::condition::Relation;

/// Whether a value stands in this relation to a limit, if that is certain: they differ by far more than either can
/// be wrong.
pub(super) fn clearly(relation: Relation, value: Rough, limit: Rough) -> Option<bool> {
    let apart = (value.value - limit.value).abs();
    let doubt = 4.0 * (value.error + limit.error) + 1e-6 * (value.value.abs() + limit.value.abs());
    // A NaN anywhere is no certainty, and what is too large for a decimal is not known exactly.
    let certain = apart > doubt && value.value.abs() < LARGEST && limit.value.abs() < LARGEST;
    if !certain {
        return None;
    }
    match relation {
        Relation::Below | Relation::AtMost => Some(value.value < limit.value),
        Relation::Above | Relation::AtLeast => Some(value.value > limit.value),
        Relation::Equal => Some(false),
        Relation::Within => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        condition::{Bound, Condition, Hold, Relation},
        evidence::{Answer, Point, Query, Status, Verdict, judge},
        gather::{
            LOOK_BACK, Use,
            asked::{Asked, Asking, Side, points},
            figure::Judged,
            points::Points,
            samples::{metric, plan, source},
            usual::Usual,
            window::{Reach, Window},
        },
        plan::Missing,
        time::{Span, Timestamp},
        units::{Decimal, MetricId},
    };
    use proptest::prelude::*;

    /// Values as they come, and those at which floats and decimals part: tiny, huge, equal, missing.
    fn value() -> impl Strategy<Value = Option<f64>> {
        prop_oneof![
            2 => Just(None),
            4 => (0u32..1_000).prop_map(|value| Some(f64::from(value))),
            3 => (0.0..1e3).prop_map(Some),
            2 => (-1e3..1e3).prop_map(Some),
            2 => proptest::sample::select(vec![
                0.0, 1e-12, 4e-10, 5e-10, 1e-9, 1.5e-9, 2e-9, 1e-6, 0.1, 1.0 / 3.0, 1e9, 1e15, 9e17, 1e18,
                f64::NAN, f64::INFINITY, -1.0, -1e-9,
            ])
            .prop_map(Some),
        ]
    }

    fn series() -> impl Strategy<Value = Vec<Option<f64>>> {
        let steady = (value(), 1usize..30).prop_map(|(value, length)| vec![value; length]);
        prop_oneof![proptest::collection::vec(value(), 1..30), steady]
    }

    fn decimal() -> impl Strategy<Value = Decimal> {
        prop_oneof![
            (-1_000i64..1_000).prop_map(Decimal::whole),
            (-3_000i128..3_000).prop_map(Decimal::from_nanos),
            (-10_000_000_000_000i128..10_000_000_000_000).prop_map(Decimal::from_nanos),
        ]
    }

    fn bound() -> impl Strategy<Value = Bound> {
        prop_oneof![
            decimal().prop_map(Bound::Constant),
            decimal().prop_map(Bound::Offset),
            decimal().prop_map(|factor| Bound::Factor(factor.abs())),
            decimal().prop_map(Bound::WithinAmount),
            decimal().prop_map(Bound::WithinShare),
            (decimal(), 1u64..100)
                .prop_map(|(amount, minutes)| Bound::Rate { amount, per: Span::minutes(minutes) }),
            (-4i64..4)
                .prop_map(|sigma| Bound::Mean { over: Span::minutes(300), sigma: Decimal::whole(sigma) }),
        ]
    }

    fn condition() -> impl Strategy<Value = Condition> {
        let relation = proptest::sample::select(vec![
            Relation::Below,
            Relation::AtMost,
            Relation::Above,
            Relation::AtLeast,
            Relation::Equal,
            Relation::Within,
        ]);
        let hold = prop_oneof![Just(None), Just(Some(Hold::For(Span::minutes(3)))), Just(Some(Hold::Row(2)))];
        let window = proptest::option::of((1u64..9).prop_map(Span::minutes));
        let samples = proptest::option::of(0u32..2_000);
        (relation, bound(), hold, window, samples).prop_map(|(relation, bound, hold, window, samples)| {
            Condition {
                text: String::new(),
                metric: MetricId(0),
                growth: matches!(bound, Bound::Rate { .. }),
                relation,
                bound,
                spread: None,
                window,
                hold,
                samples,
            }
        })
    }

    /// A history goes on as it began.
    fn answer(values: &[Option<f64>], query: &Query) -> Answer {
        let at = |place: usize| query.from.after(query.period.times(place as u64));
        let asked = points(query.from, query.to, query.period);
        let count = if asked > 30 { asked } else { values.len() };
        let points = values
            .iter()
            .cycle()
            .take(count)
            .enumerate()
            .filter_map(|(place, value)| value.map(|value| Point { at: at(place), value }));
        Answer { points: points.collect(), status: Status::Whole }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_clear_to_floats_is_so_exactly(
            source in source(),
            scale in proptest::sample::select(vec![1i128, 1_000_000_000, 100_000_000_000, 1_000_000_000_000_000_000]),
            missing in proptest::sample::select(vec![Missing::Unknown, Missing::Zero, Missing::Skip]),
            condition in condition(),
            guard in any::<bool>(),
            values in proptest::collection::vec(series(), 4),
        ) {
            let mut plan = plan();
            plan.metrics = vec![metric(source, Decimal::from_nanos(scale), missing)];
            let metric = &plan.metrics[0];
            let usage = if guard { Use::Guard } else { Use::Gate };
            let floor = Some(Timestamp(0));
            let (now, bake) = (Timestamp(30 * 60_000), Timestamp(0));
            let reach = Reach { usage, floor, judged: LOOK_BACK, begins: None, bake, exposed: None };
            let window = Window::of(&condition, metric, reach, now);
            let counted = condition.samples.is_some();
            let mut asking = Asking::default();
            for side in [Side::Canary, Side::Baseline] {
                asking.arm(Asked { metric: MetricId(0), side, spread: None, counted, window });
            }
            let before = condition.bound.history().map(|over| {
                Window::history(&condition, metric, over, reach, now)
            });
            let side = Side::Canary;
            let asked = |window| Asked { metric: MetricId(0), side, spread: None, counted, window };
            let place_before = before.map(|window| asking.arm(asked(window)));
            let queries = asking.queries(&plan);
            let place = |query: &Query| [0, 2, 1, 3].get(usize::from(query.series.0)).copied().unwrap_or(0);
            let answers: Vec<Answer> = queries.iter().map(|query| answer(&values[place(query)], query)).collect();
            let points = Points::of(&plan, &asking, &queries, &answers);
            let judged = Judged {
                condition: &condition,
                metric,
                usage,
                window: &window,
                canary: points.arm(0, &window),
                baseline: Some(points.arm(1, &window)),
                kept: None,
                history: match (&before, place_before, &condition.bound) {
                    (Some(window), Some(place), Bound::Mean { over, sigma }) => {
                        Some(Usual::new(points.arm(place, window), *over, *sigma))
                    }
                    (_, _, _) => None,
                },
                scale: metric.scale.to_f64(),
            };
            let width = window.width.unwrap_or(Span::minutes(5));
            let is_far = judged.is_far();
            for minute in 1..=30 {
                let edge = Timestamp(minute * 60_000);
                if edge <= window.from {
                    continue;
                }
                let exactly = judge(condition.relation, &judged.compare(Some((edge, width))));
                // A slope is judged at once only where every stretch is whole.
                let judged_at_once = !condition.growth || edge.before(width) >= window.from;
                prop_assert!(!is_far || !judged_at_once || exactly != Verdict::True);
                match judged.clearly(edge, width) {
                    Some(true) => prop_assert_eq!(exactly, Verdict::True),
                    Some(false) => prop_assert_eq!(exactly, Verdict::False),
                    None => {}
                }
            }
        }
    }
}
