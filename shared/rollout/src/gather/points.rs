//! The points of one series in their places, and what several series come to together.

use super::window::Window;
use crate::{
    evidence::{Answer, Gap, Nonsense, Status},
    time::{Span, Timestamp},
};

/// Beyond this a float is taken for nonsense, and no decimal is made of it.
pub(super) const LARGEST: f64 = 1e18;

impl Window {
    /// How many points are asked for.
    pub(super) fn points(&self) -> usize {
        let fine = self.split.map_or(0, |split| self.to.since(split).whole(self.fine));
        self.coarse_points() + usize::try_from(fine).unwrap_or(0)
    }

    /// How many of them have the period of the window: all, without a fine rest.
    pub(super) fn coarse_points(&self) -> usize {
        let end = self.split.unwrap_or(self.to);
        usize::try_from(end.since(self.from).whole(self.period)).unwrap_or(0)
    }
}

/// Puts the points of an answer in their places.
pub(super) fn fill(
    track: &mut Vec<f64>,
    answer: &Answer,
    from: Timestamp,
    to: Timestamp,
    period: Span,
    counts: bool,
) -> Result<(), Gap> {
    let start = track.len();
    let length = usize::try_from(to.since(from).whole(period)).unwrap_or(0);
    track.resize(start + length, f64::NAN);
    match answer.status {
        Status::Whole => {}
        Status::Partial => return Err(Gap::Partial),
        Status::Forbidden => return Err(Gap::Forbidden),
        Status::Failing => return Err(Gap::Failing),
    }
    let mut last = None;
    // Points come one period after the other, so that the place of most is known without a division.
    let (mut next, mut next_at) = (0, from);
    for point in &answer.points {
        if last.is_some_and(|last| point.at <= last) {
            return Err(Gap::Invalid(Nonsense::TimeGoesBack));
        }
        last = Some(point.at);
        if !point.value.is_finite() || point.value.abs() >= LARGEST {
            return Err(Gap::Invalid(Nonsense::NotANumber));
        }
        if counts && point.value < 0.0 {
            return Err(Gap::Invalid(Nonsense::NegativeCount));
        }
        // A period that began before the window, or ends after it, is not wholly inside and does not count.
        let end = point.at.after(period);
        if point.at < from || end > to {
            continue;
        }
        if point.at != next_at {
            next = usize::try_from(point.at.since(from).whole(period)).unwrap_or(usize::MAX);
        }
        match track.get_mut(start.saturating_add(next)) {
            Some(slot) if slot.is_nan() => *slot = point.value,
            // A second value of one period: neither of them is the whole.
            Some(_) => return Err(Gap::Invalid(Nonsense::TimeGoesBack)),
            None => {}
        }
        (next, next_at) = (next.saturating_add(1), end);
    }
    Ok(())
}

/// Sums two series period by period; what only one of them has is that one's.
pub(super) fn add(mut sum: Vec<f64>, more: &[f64]) -> Vec<f64> {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum = match (sum.is_nan(), more.is_nan()) {
            (true, _) => *more,
            (false, true) => *sum,
            (false, false) => *sum + *more,
        };
    }
    sum
}

/// The sum of the points that are there.
pub(super) fn total(points: &[f64]) -> f64 {
    points.iter().filter(|point| !point.is_nan()).sum()
}

/// How many points are there.
pub(super) fn present(points: &[f64]) -> u64 {
    points.iter().filter(|point| !point.is_nan()).count() as u64
}

/// The slope of the line that is nearest to points one period apart, for each period; none when one is missing or they
/// are fewer than two.
pub(super) fn slope_of_all(points: &[f64]) -> Option<f64> {
    let (first, count) = (*points.first()?, points.len() as f64);
    let mut at = (1.0 - count) / 2.0;
    let mut slope = 0.0;
    for point in points {
        slope += at * (point - first);
        at += 1.0;
    }
    let slope = slope * 12.0 / (count * (count * count - 1.0));
    slope.is_finite().then_some(slope)
}

/// The slope of the line that is nearest to points `(at, value, weight)`, and their number; none for fewer than two.
pub(super) fn least_squares(points: impl Iterator<Item = (f64, f64, f64)>) -> Option<(f64, u64)> {
    let (mut count, mut whole, mut x, mut y, mut xx, mut xy) = (0u64, 0.0, 0.0, 0.0, 0.0, 0.0);
    let mut first = None;
    for (at, value, weight) in points {
        // Taken from the first point, so that small slopes on large values keep their digits.
        let (from, base) = *first.get_or_insert((at, value));
        let (at, value) = (at - from, value - base);
        count += 1;
        whole += weight;
        x += weight * at;
        y += weight * value;
        xx += weight * at * at;
        xy += weight * at * value;
    }
    let under = whole * xx - x * x;
    (count >= 2 && under > 0.0).then(|| ((whole * xy - x * y) / under, count))
}
