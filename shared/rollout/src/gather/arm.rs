//! One arm of one metric over a window: the points of its series side by side, and values made of them.

use super::{
    asked::points,
    points::LARGEST,
    sums::{least_squares, outermost, present, slope_of_all, total},
    window::Window,
};
use crate::{
    evidence::{Gap, Nonsense},
    plan::{Metric, Missing, Source, Stat},
    time::{Span, Timestamp},
    units::Decimal,
};

/// A value, the samples behind it, and the time that it was taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) value: Decimal,
    pub(super) samples: u64,
    pub(super) over: Span,
}

/// The points of an arm in a window, period by period; NaN where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arm<'a> {
    pub(super) window: &'a Window,
    /// How many of the points have the period of the window; those after them have the fine one.
    pub(super) coarse: usize,
    /// The numerator, the sum, or the values.
    pub(super) upper: &'a [f64],
    /// The denominator or the number of samples; empty when neither was asked.
    pub(super) lower: &'a [f64],
    /// The whole answer is not known.
    pub(super) gap: Option<Gap>,
    /// Where the source said something that cannot be, in order, counted from so many points before the first.
    pub(super) nonsense: &'a [(usize, Nonsense)],
    pub(super) skipped: usize,
}

/// The points of one value: from the first to the one before the second.
pub(super) type Stretch = (usize, usize);

/// Whether a value is a quotient of two sums.
pub(super) fn divided(metric: &Metric) -> bool {
    matches!(metric.source, Source::Ratio { .. } | Source::Average { .. })
}

/// One, in a small decimal: the most that is lost where a float becomes a decimal.
pub(super) const LEAST: f64 = 1e-9;

/// A value as a float, with the most by which it may differ from the exact one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rough {
    pub(super) value: f64,
    pub(super) error: f64,
}

impl Arm<'_> {
    /// All that was asked for.
    pub(super) fn whole(&self) -> Stretch {
        (0, self.upper.len())
    }

    /// Whether the source answered, and every point is there.
    pub(super) fn is_whole(&self) -> bool {
        let mut points = self.upper.iter().chain(self.lower);
        let is_there = !self.upper.is_empty() && self.gap.is_none() && self.nonsense.is_empty();
        is_there && !points.any(|point| point.is_nan())
    }

    /// The `width` that ends at `edge`, clipped to what was asked for.
    pub(super) fn at(&self, edge: Timestamp, width: Span) -> Stretch {
        (self.index(edge.before(width).max(self.window.from)), self.index(edge))
    }

    /// The periods before `edge` that hold `need` samples, or all there are.
    pub(super) fn reach(&self, edge: Timestamp, need: u64) -> Stretch {
        let end = self.index(edge).min(self.upper.len());
        let mut have = 0.0;
        let mut start = end;
        while start > 0 && have < need as f64 {
            start -= 1;
            let points = if self.lower.is_empty() { self.upper } else { self.lower };
            have += match points.get(start) {
                Some(point) if point.is_nan() => 0.0,
                Some(_) if self.lower.is_empty() => 1.0,
                Some(samples) => *samples,
                None => 0.0,
            };
        }
        (start, end)
    }

    /// How many points lie before an edge.
    fn index(&self, edge: Timestamp) -> usize {
        let Window { from, split, period, fine, .. } = *self.window;
        match split {
            Some(split) if edge >= split => self.coarse + points(split, edge, fine),
            Some(_) | None => points(from, edge, period),
        }
    }

    /// Whether the source answered, and nothing in the stretch that cannot be.
    fn sound(&self, (start, end): Stretch) -> Result<(), Gap> {
        let first = self.nonsense.partition_point(|(place, _)| *place < start + self.skipped);
        let nonsense = self.nonsense.get(first).filter(|(place, _)| *place < end + self.skipped);
        let gap = self.gap.or(nonsense.map(|(_, what)| Gap::Invalid(*what)));
        gap.map_or(Ok(()), Err)
    }

    /// The points of a stretch, if enough of them are there.
    fn known(&self, metric: &Metric, (start, end): Stretch) -> Result<(&[f64], &[f64]), Gap> {
        self.sound((start, end))?;
        let upper = self.upper.get(start..end).unwrap_or_default();
        self.covered(upper, start, present(upper), metric.missing)?;
        Ok((upper, self.lower.get(start..end).unwrap_or_default()))
    }

    /// Not known when less than half of the time, or not the newest, has data. So many of the points are `here`.
    fn covered(&self, points: &[f64], start: usize, here: u64, missing: Missing) -> Result<(), Gap> {
        if here == 0 {
            return Err(Gap::NoData);
        }
        if missing == Missing::Skip {
            return Ok(());
        }
        if points.last().is_some_and(|newest| newest.is_nan()) {
            return Err(Gap::Stale);
        }
        let few = if start + points.len() <= self.coarse {
            here * 2 < points.len() as u64
        } else {
            let known = (start..).zip(points).filter(|(_, point)| !point.is_nan());
            let time = known.fold(Span::ZERO, |time, (at, _)| time.plus(self.length(at)));
            time.times(2) < self.over((start, start + points.len()))
        };
        if few { Err(Gap::NoData) } else { Ok(()) }
    }

    /// The time of one point.
    fn length(&self, at: usize) -> Span {
        if at < self.coarse { self.window.period } else { self.window.fine }
    }

    /// The value over a stretch.
    pub(super) fn value(&self, metric: &Metric, stretch: Stretch) -> Result<Value, Gap> {
        let (upper, lower) = self.known(metric, stretch)?;
        let nonsense = Gap::Invalid(Nonsense::NotANumber);
        let decimal = |float: f64| Decimal::from_f64(float).ok_or(nonsense);
        let value = match &metric.source {
            Source::Ratio { .. } | Source::Average { .. } => {
                let (part, whole) = (decimal(total(upper))?, decimal(total(lower))?);
                if whole == Decimal::ZERO {
                    return Err(Gap::NoData);
                }
                let without = matches!(metric.source, Source::Ratio { without: true, .. });
                let part = if without { whole.minus(part) } else { part };
                part.times(metric.scale).and_then(|part| part.over(whole)).ok_or(nonsense)?
            }
            Source::Series { stat, .. } => {
                let one = single(*stat, upper).ok_or(Gap::NoData)?;
                decimal(one)?.times(metric.scale).ok_or(nonsense)?
            }
            Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => return Err(Gap::NoData),
        };
        Ok(Value { value, samples: samples(upper, lower), over: self.over(stretch) })
    }

    /// The samples of a stretch, whether or not there are enough of them.
    pub(super) fn counted(&self, (start, end): Stretch) -> u64 {
        samples(
            self.upper.get(start..end).unwrap_or_default(),
            self.lower.get(start..end).unwrap_or_default(),
        )
    }

    /// The time of a stretch.
    fn over(&self, (start, end): Stretch) -> Span {
        let coarse = end.min(self.coarse).saturating_sub(start) as u64;
        let fine = end.saturating_sub(start.max(self.coarse)) as u64;
        self.window.period.times(coarse).plus(self.window.fine.times(fine))
    }

    /// The value over a stretch as a float: good enough to see that a limit is far away. None where the exact value is
    /// not known either, has fewer samples than `need`, or may be so small or large that decimals treat it otherwise.
    pub(super) fn rough(&self, metric: &Metric, scale: f64, stretch: Stretch, need: u64) -> Option<Rough> {
        let (part, whole, samples) = if divided(metric) {
            self.rough_quotient(metric, stretch)?
        } else {
            let (upper, lower) = self.known(metric, stretch).ok()?;
            let Source::Series { stat, .. } = metric.source else {
                return None;
            };
            (single(stat, upper)?, 1.0, samples(upper, lower))
        };
        if samples < need {
            return None;
        }
        let fits = (1.0..LARGEST).contains(&whole) && part.abs() < LARGEST && (part * scale).abs() < LARGEST;
        fits.then(|| Rough { value: part * scale / whole, error: LEAST * (1.0 + scale.abs()) })
    }

    /// Numerator, denominator and samples of a quotient.
    fn rough_quotient(&self, metric: &Metric, (start, end): Stretch) -> Option<(f64, f64, u64)> {
        let (upper, lower) = (self.upper.get(start..end)?, self.lower.get(start..end)?);
        // Where one side is missing the other is, too: they were settled so.
        let (here, part, whole) = (present(upper), total(upper), total(lower));
        if self.sound((start, end)).is_err() || self.covered(upper, start, here, metric.missing).is_err() {
            return None;
        }
        // Too large for a decimal by itself, though what is left of the whole were not.
        if part.abs() >= LARGEST {
            return None;
        }
        let without = matches!(metric.source, Source::Ratio { without: true, .. });
        Some((if without { whole - part } else { part }, whole, count(whole)))
    }

    /// The slope over a stretch, in the metric's base unit for each `per`.
    pub(super) fn slope(&self, metric: &Metric, stretch: Stretch, per: Span) -> Result<Value, Gap> {
        let (upper, lower) = self.known(metric, stretch)?;
        let (slope, points) = self.fit(metric, stretch, per).ok_or(Gap::NoData)?;
        let slope = Decimal::from_f64(slope).and_then(|slope| slope.times(metric.scale));
        let value = slope.ok_or(Gap::Invalid(Nonsense::NotANumber))?;
        let samples = if lower.is_empty() { points } else { samples(upper, lower) };
        Ok(Value { value, samples, over: self.over(stretch) })
    }

    /// The same as a float.
    pub(super) fn rough_slope(
        &self,
        metric: &Metric,
        scale: f64,
        stretch: Stretch,
        per: Span,
        need: u64,
    ) -> Option<Rough> {
        let (upper, lower) = self.known(metric, stretch).ok()?;
        let (slope, points) = self.fit(metric, stretch, per)?;
        let samples = if lower.is_empty() { points } else { samples(upper, lower) };
        let fits = samples >= need && slope.abs() < LARGEST && (slope * scale).abs() < LARGEST;
        fits.then(|| Rough { value: slope * scale, error: LEAST * (1.0 + scale.abs()) })
    }

    /// The slope in the source's own unit, as a float (a slope is a fit and no sum of things), and how many points it
    /// is made of. Longer periods weigh more.
    fn fit(&self, metric: &Metric, (start, end): Stretch, per: Span) -> Option<(f64, u64)> {
        let fine = self.window.fine.as_millis() as f64;
        if !divided(metric)
            && self.window.split.is_none()
            && let Some(points) = self.upper.get(start..end)
            && let Some(slope) = slope_of_all(points)
        {
            return Some((slope / fine * per.as_millis() as f64, points.len() as u64));
        }
        let ratio = self.window.period.as_millis() as f64 / fine;
        let point = |at: usize| {
            let upper = *self.upper.get(at).filter(|value| !value.is_nan())?;
            let (middle, weight) = if at < self.coarse {
                ((at as f64 + 0.5) * ratio, ratio)
            } else {
                (self.coarse as f64 * ratio + (at - self.coarse) as f64 + 0.5, 1.0)
            };
            let value = match &metric.source {
                Source::Ratio { .. } | Source::Average { .. } => upper / self.lower.get(at)?,
                // A longer period holds more of what is summed: each is taken for one fine period.
                Source::Series { stat: Stat::Sum | Stat::SampleCount, .. } => upper / weight,
                Source::Series { .. } | Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => {
                    upper
                }
            };
            Some((middle, value, weight))
        };
        let (slope, count) = least_squares((start..end).filter_map(point))?;
        let sign = if matches!(metric.source, Source::Ratio { without: true, .. }) { -1.0 } else { 1.0 };
        Some((sign * slope / fine * per.as_millis() as f64, count))
    }
}

/// The samples behind a stretch: as counted, or else its points.
fn samples(upper: &[f64], lower: &[f64]) -> u64 {
    if lower.is_empty() { present(upper) } else { count(total(lower)) }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are checked not to be negative, and a cast saturates"
)]
fn count(samples: f64) -> u64 {
    samples as u64
}

/// One value of the points of a series; none without points.
fn single(stat: Stat, points: &[f64]) -> Option<f64> {
    match stat {
        Stat::Sum | Stat::SampleCount => Some(total(points)),
        Stat::Minimum => outermost(points, f64::min),
        Stat::Maximum => outermost(points, f64::max),
        Stat::Percentile(_) => points.iter().copied().rfind(|point| !point.is_nan()),
    }
}
