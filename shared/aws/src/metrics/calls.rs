//! Which questions go together: as few calls as CloudWatch's limits allow.
//!
//! A call has one start and one end for all its questions, and counts each question's periods from that start. So those
//! go together whose periods begin at the same times, and whose points, over the time of them all, are kept and fit one
//! answer.

use rollout::time::{Span, Timestamp};
use std::cmp::Reverse;

/// The most questions of a call.
const QUERIES_MAX: usize = 500;
/// The most points of a call's answer.
const POINTS_MAX: u64 = 100_800;
/// Periods below the first are kept for 15 days, and below the second for 63. Asked for from before that, CloudWatch may
/// answer with nothing at all, and that looks as if it were quiet. A day of each is left for what is settled late.
const KEPT: [(Span, Span); 2] = [(Span::minutes(5), Span::days(14)), (Span::hours(1), Span::days(62))];

/// When and in which periods a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asking {
    pub(super) period: Span,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// Some of the questions, by their places, and the time that all of them are asked over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) places: Vec<usize>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// The longest period: the start may move by whole ones only.
    period: Span,
    /// The sum of one over each period, in points a day: the points of the answer grow with it.
    points_a_day: u64,
}

/// The calls that ask all of these, each question once.
pub(super) fn calls(all: &[Asking]) -> Vec<Call> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    // Long periods first: a short one finds its place in their times, and not the other way round.
    order.sort_by_key(|at| (Reverse(all[*at].period), all[*at].from));
    let mut calls: Vec<Call> = vec![];
    for at in order {
        let query = &all[at];
        if !calls.iter_mut().any(|call| call.takes(at, query)) {
            calls.push(Call::of(at, query));
        }
    }
    calls
}

impl Call {
    fn of(at: usize, query: &Asking) -> Call {
        Call {
            places: vec![at],
            from: query.from,
            to: query.to,
            period: query.period,
            points_a_day: points(Span::days(1), query.period),
        }
    }

    /// Takes a question in, if it goes with those that are here.
    fn takes(&mut self, at: usize, query: &Asking) -> bool {
        let points_a_day = self.points_a_day + points(Span::days(1), query.period);
        let Some(from) = self.start_with(query) else { return false };
        let to = self.to.max(query.to);
        // Rounded up: an answer that is cut is asked for in vain.
        let days = to.since(from).as_millis().div_ceil(Span::hours(1).as_millis());
        let fits = (points_a_day.saturating_mul(days)).div_ceil(24) <= POINTS_MAX;
        // Long periods came first, so this one is the shortest.
        let is_kept = KEPT.iter().all(|(period, age)| query.period >= *period || to.since(from) <= *age);
        if !fits || !is_kept || self.places.len() >= QUERIES_MAX {
            return false;
        }
        *self = Call { places: std::mem::take(&mut self.places), from, to, points_a_day, ..*self };
        self.places.push(at);
        true
    }

    /// The start from which the periods of all begin at their times; none where they never do.
    fn start_with(&self, query: &Asking) -> Option<Timestamp> {
        let (longest, period) = (self.period.as_millis(), query.period.as_millis().max(1));
        let apart = self.from.since(query.from).as_millis().max(query.from.since(self.from).as_millis());
        if !longest.is_multiple_of(period) || !apart.is_multiple_of(period) {
            return None;
        }
        let back = self.from.since(query.from).as_millis().div_ceil(longest.max(1));
        Some(self.from.before(self.period.times(back)))
    }
}

fn points(over: Span, period: Span) -> u64 {
    over.as_millis().div_ceil(period.as_millis().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(period: u64, from: i64, to: i64) -> Asking {
        let minute = |at: i64| Timestamp(at * 60_000);
        Asking { period: Span::minutes(period), from: minute(from), to: minute(to) }
    }

    fn check(all: &[Asking], expected: &[(&[usize], i64, i64)]) {
        let calls = calls(all);
        let said: Vec<(&[usize], i64, i64)> = calls
            .iter()
            .map(|call| (call.places.as_slice(), call.from.0 / 60_000, call.to.0 / 60_000))
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn what_goes_together_is_one_call() {
        check(&[], &[]);
        check(&[query(1, 10, 20), query(1, 5, 18)], &[(&[1, 0], 5, 20)]);
        // The hour begins at 7; a start of 67 would lose what begins at 60.
        check(&[query(60, 67, 187), query(1, 60, 190)], &[(&[0, 1], 7, 190)]);
        check(&[query(5, 3, 18), query(5, 4, 19)], &[(&[0], 3, 18), (&[1], 4, 19)]);
    }

    /// A guardrail of minutes beside the days of a baseline.
    #[test]
    fn nothing_is_asked_for_from_before_it_is_kept() {
        let day = |days: i64| days * 1_440;
        let (month, recent) = (query(60, 0, day(30)), query(1, day(30) - 60, day(30)));
        check(&[month, recent, recent], &[(&[0], 0, day(30)), (&[1, 2], day(30) - 60, day(30))]);
        let (season, fives) = (query(60, 0, day(80)), query(5, day(80) - 60, day(80)));
        check(&[season, fives], &[(&[0], 0, day(80)), (&[1], day(80) - 60, day(80))]);
        check(&[month, query(5, day(29), day(30))], &[(&[0, 1], 0, day(30))]);
        // The minutes of one are kept, and those of the other are, and those between are.
        check(&[query(60, day(17), day(30)), recent], &[(&[0, 1], day(17), day(30))]);
    }

    #[test]
    fn no_call_is_larger_than_it_may_be() {
        let many = vec![query(1, 0, 15); 1_001];
        assert_eq!(calls(&many).iter().map(|call| call.places.len()).collect::<Vec<_>>(), [500, 500, 1]);
        // Ten weeks of minutes are as many points as a call may have.
        let long = [query(1, 0, 70 * 1_440), query(1, 0, 70 * 1_440)];
        assert_eq!(calls(&long).len(), 2);
    }

    proptest! {
        #[test]
        fn each_question_is_asked_once_and_its_periods_begin_at_their_times(
            asked in proptest::collection::vec(
                (proptest::sample::select(vec![1u64, 5, 15, 60]), 0i64..5_000, 1u64..100), 0..60),
        ) {
            let queries: Vec<Asking> = asked
                .iter()
                .map(|(period, from, count)| {
                    query(*period, *from, *from + i64::try_from(period * count).unwrap_or(0))
                })
                .collect();
            let calls = calls(&queries);
            let mut places: Vec<usize> = calls.iter().flat_map(|call| call.places.clone()).collect();
            places.sort_unstable();
            prop_assert_eq!(places, (0..queries.len()).collect::<Vec<_>>());
            for call in &calls {
                let mut all = 0;
                for at in &call.places {
                    let query = &queries[*at];
                    prop_assert!(call.from <= query.from && query.to <= call.to);
                    prop_assert_eq!(query.from.since(call.from).as_millis() % query.period.as_millis(), 0);
                    all += points(call.to.since(call.from), query.period);
                }
                prop_assert!(all <= POINTS_MAX && call.places.len() <= QUERIES_MAX);
            }
        }
    }
}
