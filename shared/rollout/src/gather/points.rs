//! The points of the answers in their places, and what several series come to together.

use super::{
    arm::{Arm, divided},
    asked::{Asked, Asking, points},
    window::Window,
};
use crate::{
    evidence::{Answer, Gap, Nonsense, Query, Status},
    plan::{Kind, Metric, Missing, Plan, Source},
    time::Timestamp,
};
use std::ops::Range;

/// Beyond this a float is taken for nonsense, and no decimal is made of it.
pub(super) const LARGEST: f64 = 1e18;

/// All that was answered: one track a query, one pair of rows an arm. A NaN is a period without data.
pub(super) struct Points<'q> {
    asking: &'q Asking,
    rows: Vec<Rows>,
    values: Vec<f64>,
}

/// Where the values of an arm are.
struct Rows {
    /// The numerator, the sum, or the values.
    upper: Range<usize>,
    /// The denominator or the number of samples; empty when neither was asked.
    lower: Range<usize>,
    gap: Option<Gap>,
    /// The periods in which the source said something that cannot be, in their order: most often none.
    nonsense: Vec<(usize, Nonsense)>,
}

/// The periods of one query side by side.
struct Track {
    from: Timestamp,
    values: Range<usize>,
    gap: Option<Gap>,
    /// Whether there is more than plain numbers from zero up: negative ones, or what cannot be.
    odd: bool,
}

/// The place of one arm's rows while they are made of tracks.
#[derive(Default)]
struct Making {
    gap: Option<Gap>,
    odd: bool,
}

impl<'q> Points<'q> {
    /// Puts what was answered in its place. The answers are in the order of the queries.
    pub(super) fn of(plan: &Plan, asking: &'q Asking, queries: &[Query], answers: &[Answer]) -> Points<'q> {
        let room: usize = queries.iter().map(|query| points(query.from, query.to, query.period)).sum();
        let mut dense = Vec::with_capacity(room);
        let answers = answers.iter().map(Some).chain(std::iter::repeat(None));
        let tracks: Vec<Track> = queries
            .iter()
            .zip(answers)
            .map(|(query, answer)| {
                let start = dense.len();
                let (gap, odd) = match answer.map(|answer| fill(&mut dense, answer, query)) {
                    Some(Ok(odd)) => (None, odd),
                    Some(Err(gap)) => (Some(gap), false),
                    None => (Some(Gap::Failing), false),
                };
                Track { from: query.from, values: start..dense.len(), gap, odd }
            })
            .collect();
        let mut all = Points {
            asking,
            rows: Vec::with_capacity(asking.arms.len()),
            values: Vec::with_capacity(2 * room),
        };
        let mut places = asking.places.iter().filter_map(|place| tracks.get(*place));
        for arm in &asking.arms {
            let rows = all.rows(plan.metric(arm.metric), arm, &mut places, &dense);
            all.rows.push(rows);
        }
        all
    }

    /// An arm as far as one condition looks at it.
    pub(super) fn arm<'a>(&'a self, place: usize, window: &'a Window) -> Arm<'a> {
        let (asked, rows) = (&self.asking.arms[place], &self.rows[place]);
        let skip = points(asked.window.from, window.from, window.period);
        let values =
            |range: &Range<usize>| self.values.get(range.start + skip..range.end).unwrap_or_default();
        let before = rows.nonsense.partition_point(|(place, _)| *place < skip);
        Arm {
            window,
            coarse: window.coarse_points(),
            upper: values(&rows.upper),
            lower: if rows.lower.is_empty() { &[] } else { values(&rows.lower) },
            gap: rows.gap,
            nonsense: rows.nonsense.get(before..).unwrap_or_default(),
            skipped: skip,
        }
    }

    fn rows<'t>(
        &mut self,
        metric: &Metric,
        arm: &Asked,
        tracks: &mut impl Iterator<Item = &'t Track>,
        dense: &[f64],
    ) -> Rows {
        let mut made = Making::default();
        let [upper, lower] = arm.parts(metric).map(|count| {
            let start = self.values.len();
            for more in 0..count {
                self.join(start, more > 0, &arm.window, tracks, dense, &mut made);
            }
            start..self.values.len()
        });
        let nonsense = if made.odd { self.sort_out(metric, &upper, &lower) } else { vec![] };
        self.settle(metric, &upper, &lower);
        Rows { upper, lower, gap: made.gap, nonsense }
    }

    /// Adds one series of an arm: alone, or on top of those before it. What only one of them has is that one's.
    fn join<'t>(
        &mut self,
        start: usize,
        onto: bool,
        window: &Window,
        tracks: &mut impl Iterator<Item = &'t Track>,
        dense: &[f64],
        made: &mut Making,
    ) {
        let coarse_end = window.split.unwrap_or(window.to);
        let coarse = (window.from, coarse_end, window.period);
        let fine = window.split.map(|split| (split, window.to, window.fine));
        let mut at = start;
        for (from, to, period) in [Some(coarse), fine].into_iter().flatten() {
            let Some(track) = tracks.next() else { return };
            made.gap = made.gap.or(track.gap);
            made.odd |= track.odd;
            let first = track.values.start + points(track.from, from, period);
            let values = dense.get(first..first + points(from, to, period)).unwrap_or_default();
            if onto {
                let sums = self.values.get_mut(at..at + values.len()).unwrap_or_default();
                sums.iter_mut().zip(values).for_each(|(sum, more)| *sum = together(*sum, *more));
            } else {
                self.values.extend_from_slice(values);
            }
            at += values.len();
        }
    }

    /// Finds what cannot be, and takes it out: no window that touches it is known.
    fn sort_out(
        &mut self,
        metric: &Metric,
        upper: &Range<usize>,
        lower: &Range<usize>,
    ) -> Vec<(usize, Nonsense)> {
        let mut found = vec![];
        let counts = matches!(metric.kind, Kind::Count) || matches!(metric.source, Source::Ratio { .. });
        for (range, counts) in [(upper, counts), (lower, true)] {
            for (place, value) in self.values[range.clone()].iter_mut().enumerate() {
                let what = match *value {
                    f64::INFINITY => Nonsense::NotANumber,
                    f64::NEG_INFINITY => Nonsense::TimeGoesBack,
                    value if counts && value < 0.0 => Nonsense::NegativeCount,
                    _ => continue,
                };
                *value = f64::NAN;
                found.push((place, what));
            }
        }
        found.sort_by_key(|(place, _)| *place);
        found
    }

    /// Where a missing period is zero, and what is known of a quotient when one of its sides is missing.
    fn settle(&mut self, metric: &Metric, upper: &Range<usize>, lower: &Range<usize>) {
        if metric.missing == Missing::Zero && lower.is_empty() {
            self.values[upper.clone()]
                .iter_mut()
                .filter(|value| value.is_nan())
                .for_each(|value| *value = 0.0);
        }
        if !divided(metric) {
            return;
        }
        let ratio = matches!(metric.source, Source::Ratio { .. });
        let (before, after) = self.values.split_at_mut(lower.start);
        let (uppers, lowers) = (&mut before[upper.clone()], after);
        // Most often there is nothing to settle.
        let plain = |plain, (upper, lower): (&f64, &f64)| plain & !upper.is_nan() & (*lower > 0.0);
        if uppers.iter().zip(lowers.iter()).fold(true, plain) {
            return;
        }
        for (upper, lower) in uppers.iter_mut().zip(lowers) {
            if lower.is_nan() || *lower == 0.0 {
                (*upper, *lower) = (f64::NAN, f64::NAN);
            } else if upper.is_nan() {
                // No errors beside requests are no errors; a count of samples without their sum is half a sample.
                (*upper, *lower) = if ratio { (0.0, *lower) } else { (f64::NAN, f64::NAN) };
            }
        }
    }
}

/// Two values of one period; what only one series has is that one's.
fn together(one: f64, two: f64) -> f64 {
    match (one.is_nan(), two.is_nan()) {
        (true, _) => two,
        (false, true) => one,
        // What cannot be is not made a number again, nor is it gone.
        (false, false) if one.is_infinite() => one,
        (false, false) => one + two,
    }
}

/// Puts the points of an answer in their places, and says whether any is odd. What is no number is infinite from here
/// on; where the times go back, it is below every number.
fn fill(dense: &mut Vec<f64>, answer: &Answer, query: &Query) -> Result<bool, Gap> {
    let (start, count) = (dense.len(), points(query.from, query.to, query.period));
    let gap = match answer.status {
        Status::Whole => None,
        Status::Partial => Some(Gap::Partial),
        Status::Forbidden => Some(Gap::Forbidden),
        Status::Failing => Some(Gap::Failing),
    };
    if let Some(gap) = gap {
        dense.resize(start + count, f64::NAN);
        return Err(gap);
    }
    if answer.points.len() == count
        && let Some(odd) = fill_side_by_side(dense, answer, query)
    {
        return Ok(odd);
    }
    dense.truncate(start);
    dense.resize(start + count, f64::NAN);
    scatter(dense, start, answer, query);
    Ok(true)
}

/// The usual answer: every period has its point, one after the other. None when it is another.
fn fill_side_by_side(dense: &mut Vec<f64>, answer: &Answer, query: &Query) -> Option<bool> {
    let period = i64::try_from(query.period.as_millis()).ok()?;
    let places = (0i64..).zip(&answer.points);
    // Looked at to the end, without a branch for each point.
    let (apart, odd) = places.fold((false, false), |(apart, odd), (place, point)| {
        let plain = (0.0..LARGEST).contains(&point.value);
        (apart | (point.at.0 != query.from.0.wrapping_add(place.wrapping_mul(period))), odd | !plain)
    });
    if apart {
        return None;
    }
    dense.extend(answer.points.iter().map(|point| numbered(point.value)));
    Some(odd)
}

/// Any other answer: some periods have no point, or more than one, or they come in another order.
fn scatter(dense: &mut [f64], start: usize, answer: &Answer, query: &Query) {
    let Query { from, to, period, .. } = *query;
    let mut newest: Option<Timestamp> = None;
    // Points come one period after the other, so that the place of most is known without a division.
    let (mut next, mut next_at) = (0, from);
    for point in &answer.points {
        if let Some(newest) = newest.filter(|newest| point.at <= *newest) {
            // Of all periods from this one to the newest it is not known which is which.
            let back = points(from, point.at.max(from), period)..points(from, newest.after(period), period);
            let places = dense.iter_mut().skip(start.saturating_add(back.start)).take(back.len());
            places.for_each(|slot| *slot = f64::NEG_INFINITY);
            continue;
        }
        newest = Some(point.at);
        // A period that began before the window, or ends after it, is not wholly inside and does not count.
        let end = point.at.after(period);
        if point.at < from || end > to {
            continue;
        }
        if point.at != next_at {
            next = points(from, point.at, period);
        }
        match dense.get_mut(start.saturating_add(next)) {
            Some(slot) if slot.is_nan() => *slot = numbered(point.value),
            // A second value of one period: neither of them is the whole.
            Some(slot) => *slot = f64::NEG_INFINITY,
            None => {}
        }
        (next, next_at) = (next.saturating_add(1), end);
    }
}

/// A value, infinite where it is no number.
fn numbered(value: f64) -> f64 {
    if value.abs() < LARGEST { value } else { f64::INFINITY }
}
