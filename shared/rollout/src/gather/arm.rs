//! One arm of one metric over a window: the points of its series side by side, and values made of them.

use super::{
    points::{LARGEST, add, fill, least_squares, present, slope_of_all, total},
    window::Window,
};
use crate::{
    evidence::{Answer, Gap, Nonsense, Query},
    plan::{Kind, Lookup, Metric, Missing, Source, Stat},
    time::{Span, Timestamp},
    units::{Decimal, DimensionId, SeriesId},
};

/// Whose series are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Canary,
    Baseline,
}

/// A member of a dimension.
pub(super) type Spread = Option<(DimensionId, u16)>;

/// A value, the samples behind it, and the time that it was taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) value: Decimal,
    pub(super) samples: u64,
    pub(super) over: Span,
}

/// The points of an arm, period by period; NaN where there is none.
#[derive(Debug)]
pub(super) struct Arm {
    window: Window,
    /// How many of the points have the period of the window; those after them have the fine one.
    coarse: usize,
    /// The numerator, the sum, or the values.
    upper: Vec<f64>,
    /// The denominator or the number of samples; empty when neither was asked.
    lower: Vec<f64>,
    /// The whole answer is not known.
    gap: Option<Gap>,
}

/// The points of one value: from the first to the one before the second.
pub(super) type Stretch = (usize, usize);

/// The lookups of a metric: those of the upper part, then those of the lower.
fn lookups(metric: &Metric, counted: bool) -> (&[Lookup], &[Lookup]) {
    match &metric.source {
        Source::Ratio { of, to, .. } => (of, to),
        Source::Average { sum, count } => (std::slice::from_ref(sum), std::slice::from_ref(count)),
        Source::Series { values, count: Some(count), .. } if counted => {
            (std::slice::from_ref(values), std::slice::from_ref(count))
        }
        Source::Series { values, .. } => (std::slice::from_ref(values), &[]),
        Source::Signal(_) | Source::Reported { .. } => (&[], &[]),
    }
}

fn series(lookup: &Lookup, side: Side, spread: Spread) -> Option<SeriesId> {
    let (canary, baseline) = match spread {
        Some((dimension, member)) => *lookup.members.get(&dimension)?.get(usize::from(member))?,
        None => (lookup.canary, lookup.baseline),
    };
    match side {
        Side::Canary => Some(canary),
        Side::Baseline => baseline,
    }
}

/// Adds what must be asked for one arm.
pub(super) fn ask(
    metric: &Metric,
    side: Side,
    spread: Spread,
    counted: bool,
    window: &Window,
    to: &mut Vec<Query>,
) {
    let (upper, lower) = lookups(metric, counted);
    for lookup in upper.iter().chain(lower) {
        let Some(series) = series(lookup, side, spread) else {
            continue;
        };
        let coarse_end = window.split.unwrap_or(window.to);
        to.push(Query { series, period: window.period, from: window.from, to: coarse_end });
        if let Some(split) = window.split {
            to.push(Query { series, period: window.fine, from: split, to: window.to });
        }
    }
}

/// Whether a value is a quotient of two sums.
fn divided(metric: &Metric) -> bool {
    matches!(metric.source, Source::Ratio { .. } | Source::Average { .. })
}

/// Whether a number that is asked for is a count of things.
fn counts(metric: &Metric, upper: bool) -> bool {
    !upper || matches!(metric.kind, Kind::Count) || matches!(metric.source, Source::Ratio { .. })
}

/// One, in a small decimal: the most that is lost where a float becomes a decimal.
const LEAST: f64 = 1e-9;

/// A value as a float, with the most by which it may differ from the exact one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rough {
    pub(super) value: f64,
    pub(super) error: f64,
}

impl Arm {
    /// Reads the answers to what [`ask`] asked, and says how many they were.
    pub(super) fn read(
        metric: &Metric,
        side: Side,
        spread: Spread,
        counted: bool,
        window: &Window,
        answers: &[Answer],
    ) -> (Arm, usize) {
        let (upper, lower) = lookups(metric, counted);
        let coarse = window.coarse_points();
        let mut arm = Arm { window: *window, coarse, upper: vec![], lower: vec![], gap: None };
        let mut used = 0;
        for (lookups, is_upper) in [(upper, true), (lower, false)] {
            let mut joined: Vec<f64> = vec![];
            for _ in lookups.iter().filter(|lookup| series(lookup, side, spread).is_some()) {
                let track = arm.track(answers, &mut used, counts(metric, is_upper));
                joined = if joined.is_empty() { track } else { add(joined, &track) };
            }
            *(if is_upper { &mut arm.upper } else { &mut arm.lower }) = joined;
        }
        arm.settle(metric);
        (arm, used)
    }

    /// The dense points of one series, from its one or two answers.
    fn track(&mut self, answers: &[Answer], used: &mut usize, counts: bool) -> Vec<f64> {
        let window = self.window;
        let coarse_end = window.split.unwrap_or(window.to);
        let mut track = Vec::with_capacity(window.points());
        let mut part = |from: Timestamp, to: Timestamp, period: Span| match answers.get(*used) {
            Some(answer) => {
                *used += 1;
                self.gap = self.gap.or(fill(&mut track, answer, from, to, period, counts).err());
            }
            None => self.gap = Some(Gap::Failing),
        };
        part(window.from, coarse_end, window.period);
        if let Some(split) = window.split {
            part(split, window.to, window.fine);
        }
        track
    }

    /// Where a missing period is zero, and what is known of a quotient when one of its sides is missing.
    fn settle(&mut self, metric: &Metric) {
        if metric.missing == Missing::Zero && self.lower.is_empty() {
            self.upper.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = 0.0);
        }
        if !divided(metric) {
            return;
        }
        let ratio = matches!(metric.source, Source::Ratio { .. });
        for (upper, lower) in self.upper.iter_mut().zip(&mut self.lower) {
            if lower.is_nan() || *lower == 0.0 {
                (*upper, *lower) = (f64::NAN, f64::NAN);
            } else if upper.is_nan() {
                // No errors beside requests are no errors; a count of samples without their sum is half a sample.
                (*upper, *lower) = if ratio { (0.0, *lower) } else { (f64::NAN, f64::NAN) };
            }
        }
    }

    /// All that was asked for.
    pub(super) fn whole(&self) -> Stretch {
        (0, self.upper.len())
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
            let points = if self.lower.is_empty() { &self.upper } else { &self.lower };
            have += match points.get(start) {
                Some(point) if point.is_nan() => 0.0,
                Some(_) if self.lower.is_empty() => 1.0,
                Some(samples) => *samples,
                None => 0.0,
            };
        }
        (start, end)
    }

    fn index(&self, edge: Timestamp) -> usize {
        usize::try_from(edge.since(self.window.from).whole(self.window.period)).unwrap_or(usize::MAX)
    }

    /// The points of a stretch, if enough of them are there.
    fn known(&self, metric: &Metric, (start, end): Stretch) -> Result<(&[f64], &[f64]), Gap> {
        if let Some(gap) = self.gap {
            return Err(gap);
        }
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
            Source::Signal(_) | Source::Reported { .. } => return Err(Gap::NoData),
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

    /// Numerator, denominator and samples of a quotient, in one pass: this is what most of the time goes into.
    fn rough_quotient(&self, metric: &Metric, (start, end): Stretch) -> Option<(f64, f64, u64)> {
        let (upper, lower) = (self.upper.get(start..end)?, self.lower.get(start..end)?);
        let (mut here, mut part, mut whole) = (0, 0.0, 0.0);
        // Where one side is missing the other is, too: they were settled so.
        for (upper, lower) in upper.iter().zip(lower).filter(|(upper, _)| !upper.is_nan()) {
            here += 1;
            part += *upper;
            whole += *lower;
        }
        if self.gap.is_some() || self.covered(upper, start, here, metric.missing).is_err() {
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
                Source::Series { .. } | Source::Signal(_) | Source::Reported { .. } => upper,
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
    let mut present = points.iter().copied().filter(|point| !point.is_nan());
    match stat {
        Stat::Sum | Stat::SampleCount => Some(present.sum()),
        Stat::Minimum => present.reduce(f64::min),
        Stat::Maximum => present.reduce(f64::max),
        Stat::Percentile(_) => present.next_back(),
    }
}
