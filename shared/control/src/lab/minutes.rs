//! How the minutes of a series become the points that somebody asks for.

use rollout::{
    evidence::{Answer, Point, Query, Status},
    plan::Stat,
    time::{Span, Timestamp},
};
use std::ops::Range;

/// The time of one value as the lab keeps it.
pub(super) const MINUTE: Span = Span::minutes(1);

/// More points than one question may ask for: the answer is cut here, and says so.
const POINTS_MAX: usize = 50_000;

/// A minute that nobody measured: a NaN with bits of our own, so that a NaN which the source answers stays one.
pub(super) const NOTHING: f64 = f64::from_bits(0x7ff8_0000_0000_7de6);

/// The value of a minute, if it was measured.
pub(super) fn measured(value: f64) -> Option<f64> {
    (value.to_bits() != NOTHING.to_bits()).then_some(value)
}

/// The minute in which this moment lies, counted from the epoch.
pub(super) fn minute(at: Timestamp) -> i64 {
    at.0.div_euclid(60_000)
}

/// The moment at which a minute begins.
pub(super) fn begin(minute: i64) -> Timestamp {
    Timestamp(minute.saturating_mul(60_000))
}

/// The minutes of one series.
pub(super) trait Minutes {
    /// What was measured in a minute, if anything.
    fn at(&self, minute: i64) -> Option<f64>;
    /// What was measured in these minutes, in their order.
    fn each(&self, minutes: Range<i64>) -> impl Iterator<Item = f64>;
    /// The minutes themselves, where all of them are kept side by side.
    fn kept(&self, _minutes: Range<i64>) -> Option<&[f64]> {
        None
    }
    /// What so many pieces came to: one begins every so many minutes.
    fn pieces(
        &self,
        stat: Stat,
        first: Range<i64>,
        every: i64,
        count: usize,
        mut each: impl FnMut(Option<f64>),
    ) where
        Self: Sized,
    {
        let later = (0i64..).take(count).map(|piece| piece * every);
        later.for_each(|later| each(reduce(stat, first.start + later..first.end + later, self)));
    }
    /// How many samples are behind it: only their proportion matters.
    fn weight(&self, minute: i64) -> f64;
    /// The weights themselves, where all of them are kept side by side.
    fn weights(&self, _minutes: Range<i64>) -> Option<&[f64]> {
        None
    }
}

/// Answers a question from what was measured before `settled`.
///
/// Like a real source, it keeps nothing finer than minutes, counts a minute only in the period in which the whole of
/// it lies, and answers nothing for a period that is not wholly asked for.
pub(super) fn answer(query: &Query, stat: Stat, settled: Timestamp, series: &impl Minutes) -> Answer {
    let mut answer = Answer::default();
    let length = query.period.whole(MINUTE);
    if length == 0 || MINUTE.times(length) != query.period {
        return answer;
    }
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let asked = query.to.since(query.from).whole(query.period);
    let count = usize::try_from(asked).unwrap_or(usize::MAX).min(POINTS_MAX);
    if u64::try_from(count) != Ok(asked) {
        answer.status = Status::Partial;
    }
    answer.points.reserve_exact(count);
    // Periods that begin within a minute lose it: its first part lies before them.
    let (first, last) = (minute(query.from.ceil(MINUTE)), minute(query.from).saturating_add(length));
    let end = minute(settled);
    let mut from = query.from;
    // The usual question is for minutes that are kept, one by one.
    let asked = first..first.saturating_add(i64::try_from(count).unwrap_or(0)).min(end).max(first);
    if length == 1
        && begin(first) == query.from
        && let Some(kept) = series.kept(asked)
    {
        let point = |(minute, value): (i64, &f64)| Point { at: begin(minute), value: *value };
        let points = (first..).zip(kept).map(point);
        // Most often there is none without data: then nothing is looked at twice.
        if kept.iter().all(|value| measured(*value).is_some()) {
            answer.points.extend(points);
        } else {
            answer.points.extend(points.filter(|point| measured(point.value).is_some()));
        }
        return answer;
    }
    let whole =
        if last > end { 0 } else { 1 + usize::try_from((end - last) / length).unwrap_or(0) }.min(count);
    series.pieces(stat, first..last, length, whole, |value| {
        answer.points.extend(value.map(|value| Point { at: from, value }));
        from = from.after(query.period);
    });
    // The newest may not be over yet.
    let rest = first + length * i64::try_from(whole).unwrap_or(0);
    if whole < count && rest < end {
        let value = reduce(stat, rest..end, series);
        answer.points.extend(value.map(|value| Point { at: from, value }));
    }
    answer
}

/// One value of many minutes. A percentile is the mean of the minutes' percentiles weighted by their samples: the
/// largest would let one bad minute stand for a week.
pub(super) fn reduce(stat: Stat, minutes: Range<i64>, series: &impl Minutes) -> Option<f64> {
    if minutes.end - minutes.start == 1 {
        return series.at(minutes.start);
    }
    if !matches!(stat, Stat::Percentile(_)) {
        return match series.kept(minutes.clone()) {
            Some(kept) => fold(stat, kept.iter().copied().filter_map(measured)),
            None => fold(stat, series.each(minutes)),
        };
    }
    let (sum, weight) = match series.kept(minutes.clone()).zip(series.weights(minutes.clone())) {
        Some((kept, weights)) => weighed(kept, weights),
        None => {
            let weighed = minutes.filter_map(|minute| Some((series.at(minute)?, series.weight(minute))));
            weighed.fold((0.0, 0.0), |(sum, all), (value, weight)| (sum + value * weight, all + weight))
        }
    };
    (weight > 0.0).then(|| sum / weight)
}

/// The sum of the values that were measured, each times its weight, and that of their weights. Four go on side by side: one
/// after the other, each would wait for the one before it.
fn weighed(values: &[f64], weights: &[f64]) -> (f64, f64) {
    const LANES: usize = 4;
    let (mut sums, mut all) = ([0.0; LANES], [0.0; LANES]);
    let (each, by) = (values.chunks_exact(LANES), weights.chunks_exact(LANES));
    let rest = (each.remainder(), by.remainder());
    for (values, weights) in each.zip(by).chain([rest]) {
        for ((value, weight), (sum, all)) in values.iter().zip(weights).zip(sums.iter_mut().zip(&mut all)) {
            let (value, weight) = if measured(*value).is_some() { (*value, *weight) } else { (0.0, 0.0) };
            *sum += value * weight;
            *all += weight;
        }
    }
    (sums.iter().sum(), all.iter().sum())
}

/// One value of those that were measured; of a single one itself, whatever the statistic.
fn fold(stat: Stat, values: impl Iterator<Item = f64>) -> Option<f64> {
    values.reduce(|a, b| match stat {
        Stat::Sum | Stat::SampleCount => a + b,
        Stat::Minimum if b.is_nan() || b < a => b,
        Stat::Maximum if b.is_nan() || b > a => b,
        Stat::Minimum | Stat::Maximum | Stat::Percentile(_) => a,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollout::units::SeriesId;

    /// Minutes from the epoch on, each with a weight of its own number.
    struct Listed(Vec<f64>);

    impl Minutes for Listed {
        fn at(&self, minute: i64) -> Option<f64> {
            self.0.get(usize::try_from(minute).ok()?).copied().and_then(measured)
        }
        fn each(&self, minutes: Range<i64>) -> impl Iterator<Item = f64> {
            minutes.filter_map(|minute| self.at(minute))
        }
        fn weight(&self, minute: i64) -> f64 {
            minute as f64
        }
    }

    fn check(stat: Stat, period: u64, from: i64, to: i64, expected: &[(i64, f64)]) {
        let series = Listed(vec![1.0, 2.0, 3.0, NOTHING, 5.0, 6.0, 7.0, 8.0]);
        let query = Query {
            series: SeriesId(0),
            period: Span::seconds(period),
            from: Timestamp(from * 1000),
            to: Timestamp(to * 1000),
        };
        let answer = answer(&query, stat, Timestamp(7 * 60_000), &series);
        let points: Vec<(i64, f64)> = answer.points.iter().map(|p| (p.at.0 / 1000, p.value)).collect();
        assert_eq!(points, expected);
    }

    #[test]
    fn minutes_become_periods() {
        check(Stat::Sum, 60, 0, 180, &[(0, 1.0), (60, 2.0), (120, 3.0)]);
        check(Stat::Sum, 120, 0, 480, &[(0, 3.0), (120, 3.0), (240, 11.0), (360, 7.0)]);
        check(Stat::Maximum, 240, 0, 240, &[(0, 3.0)]);
        check(Stat::Minimum, 240, 0, 240, &[(0, 1.0)]);
    }

    #[test]
    fn a_percentile_is_weighed_by_samples() {
        check(Stat::Percentile(9500), 180, 0, 180, &[(0, (2.0 + 2.0 * 3.0) / 3.0)]);
    }

    #[test]
    fn only_whole_periods_and_whole_minutes_count() {
        check(Stat::Sum, 120, 0, 239, &[(0, 3.0)]);
        check(Stat::Sum, 120, 30, 150, &[(30, 2.0)]);
        check(Stat::Sum, 60, 30, 150, &[]);
        check(Stat::Sum, 0, 30, 150, &[]);
    }

    #[test]
    fn what_is_not_measured_has_no_point_and_what_is_not_settled_neither() {
        check(Stat::Sum, 60, 120, 300, &[(120, 3.0), (240, 5.0)]);
        check(Stat::Sum, 60, 360, 600, &[(360, 7.0)]);
    }

    #[test]
    fn a_nan_of_the_source_is_kept() {
        assert!(measured(f64::NAN).is_some());
        assert!(measured(NOTHING).is_none());
        let series = Listed(vec![1.0, f64::NAN, 3.0]);
        for stat in [Stat::Sum, Stat::Minimum, Stat::Maximum, Stat::Percentile(5000)] {
            assert!(reduce(stat, 0..3, &series).is_some_and(f64::is_nan), "{stat:?}");
        }
    }
}
