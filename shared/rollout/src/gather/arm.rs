//! One arm of one metric over a window: the points of its series side by side, and values made of them.

use super::window::Window;
use crate::{
    evidence::{Answer, Gap, Nonsense, Query, Status},
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

/// A value and the samples behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) value: Decimal,
    pub(super) samples: Option<u64>,
}

/// The points of an arm, period by period; NaN where there is none.
#[derive(Debug)]
pub(super) struct Arm {
    window: Window,
    /// The numerator, the sum, or the values.
    upper: Vec<f64>,
    /// The denominator or the number of samples; empty when neither was asked.
    lower: Vec<f64>,
    /// The whole answer is not known.
    gap: Option<Gap>,
}

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
        let mut arm = Arm { window: *window, upper: vec![], lower: vec![], gap: None };
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
        let mut track = Vec::with_capacity(self.window.points());
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

    /// Where a missing period is zero, and a numerator that is absent beside a denominator that is there.
    fn settle(&mut self, metric: &Metric) {
        if metric.missing == Missing::Zero && self.lower.is_empty() {
            self.upper.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = 0.0);
        }
        if let Source::Ratio { .. } = metric.source {
            for (upper, lower) in self.upper.iter_mut().zip(&self.lower) {
                if lower.is_nan() || *lower == 0.0 {
                    *upper = f64::NAN;
                } else if upper.is_nan() {
                    *upper = 0.0;
                }
            }
        }
    }

    /// The value over the whole window, in a coarse and a fine part.
    pub(super) fn whole(&self, metric: &Metric) -> Result<Value, Gap> {
        self.over(metric, 0, self.upper.len())
    }

    /// The value over the `width` that ends at `edge`, clipped to what was asked for.
    pub(super) fn at(&self, metric: &Metric, edge: Timestamp, width: Span) -> Result<Value, Gap> {
        let end = self.index(edge);
        let start = self.index(edge.before(width).max(self.window.from));
        self.over(metric, start, end)
    }

    /// The value over as many periods before `edge` as hold `need` samples.
    pub(super) fn reach(&self, metric: &Metric, edge: Timestamp, need: u64) -> Result<Value, Gap> {
        let (start, end) = self.reached(edge, need);
        self.over(metric, start, end)
    }

    /// The periods before `edge` that hold `need` samples, or all there are.
    fn reached(&self, edge: Timestamp, need: u64) -> (usize, usize) {
        let end = self.index(edge).min(self.upper.len());
        let mut have = 0.0;
        let mut start = end;
        while start > 0 && have < need as f64 {
            start -= 1;
            let counted = if self.lower.is_empty() {
                self.upper.get(start).map(|_| 1.0)
            } else {
                self.lower.get(start).copied()
            };
            have += counted.filter(|samples| !samples.is_nan()).unwrap_or(0.0);
        }
        (start, end)
    }

    /// The value over the `width` that ends at `edge`, as a float and with its samples: good enough to see that a limit
    /// is far away. None where the exact value is not known either.
    pub(super) fn roughly(
        &self,
        metric: &Metric,
        scale: f64,
        edge: Timestamp,
        width: Span,
    ) -> Option<(f64, f64)> {
        let start = self.index(edge.before(width).max(self.window.from));
        self.rough(metric, scale, start, self.index(edge))
    }

    /// The same over as many periods before `edge` as hold `need` samples.
    pub(super) fn reach_roughly(
        &self,
        metric: &Metric,
        scale: f64,
        edge: Timestamp,
        need: u64,
    ) -> Option<(f64, f64)> {
        let (start, end) = self.reached(edge, need);
        self.rough(metric, scale, start, end)
    }

    fn rough(&self, metric: &Metric, scale: f64, start: usize, end: usize) -> Option<(f64, f64)> {
        let upper = self.upper.get(start..end)?;
        if self.gap.is_some() || covered(upper, metric.missing).is_err() {
            return None;
        }
        let total = |points: &[f64]| points.iter().filter(|point| !point.is_nan()).sum::<f64>();
        let lower = self.lower.get(start..end).unwrap_or_default();
        let samples = if lower.is_empty() { upper.len() as f64 } else { total(lower) };
        let value = match &metric.source {
            Source::Ratio { without: true, .. } => (samples - total(upper)) / samples,
            Source::Ratio { .. } | Source::Average { .. } => total(upper) / samples,
            Source::Series { stat: Stat::Sum | Stat::SampleCount, .. } => total(upper),
            Source::Series { stat: Stat::Minimum, .. } => upper.iter().copied().fold(f64::INFINITY, f64::min),
            Source::Series { stat: Stat::Maximum, .. } => {
                upper.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            }
            Source::Series { stat: Stat::Percentile(_), .. } => *upper.last()?,
            Source::Signal(_) | Source::Reported { .. } => return None,
        };
        Some((value * scale, samples))
    }

    fn index(&self, edge: Timestamp) -> usize {
        usize::try_from(edge.since(self.window.from).whole(self.window.period)).unwrap_or(usize::MAX)
    }

    fn over(&self, metric: &Metric, start: usize, end: usize) -> Result<Value, Gap> {
        if let Some(gap) = self.gap {
            return Err(gap);
        }
        let upper = self.upper.get(start..end).unwrap_or_default();
        covered(upper, metric.missing)?;
        let lower = self.lower.get(start..end).unwrap_or_default();
        value(metric, upper, lower).ok_or(Gap::NoData)
    }

    /// The slope over the `width` that ends at `edge`, in the metric's base unit for each `per`.
    pub(super) fn slope(
        &self,
        metric: &Metric,
        edge: Option<(Timestamp, Span)>,
        per: Span,
    ) -> Result<Value, Gap> {
        let (slope, count) = self.slope_roughly(metric, edge, per)?;
        let slope = Decimal::from_f64(slope).ok_or(Gap::Invalid(Nonsense::NotANumber))?;
        let value = slope.times(metric.scale).ok_or(Gap::Invalid(Nonsense::NotANumber))?;
        Ok(Value { value, samples: Some(count) })
    }

    /// The same in the source's own unit, as a float: a slope is a fit and no sum of things.
    pub(super) fn slope_roughly(
        &self,
        metric: &Metric,
        edge: Option<(Timestamp, Span)>,
        per: Span,
    ) -> Result<(f64, u64), Gap> {
        let (start, end) = match edge {
            Some((edge, width)) => (self.index(edge.before(width).max(self.window.from)), self.index(edge)),
            None => (0, self.upper.len()),
        };
        if let Some(gap) = self.gap {
            return Err(gap);
        }
        let upper = self.upper.get(start..end).unwrap_or_default();
        covered(upper, metric.missing)?;
        let sign = if matches!(metric.source, Source::Ratio { without: true, .. }) { -1.0 } else { 1.0 };
        let value = |at: usize| {
            let value = *self.upper.get(at).filter(|value| !value.is_nan())?;
            Some(self.lower.get(at).map_or(value, |count| value / count))
        };
        let (slope, count) = if self.window.split.is_none() {
            let points = (start..end).filter_map(|at| Some(((at - start) as f64, value(at)?)));
            let (slope, count) = least_squares(points).ok_or(Gap::NoData)?;
            (slope / self.window.period.as_millis() as f64, count)
        } else {
            let points = (start..end).filter_map(|at| Some((self.middle(at), value(at)?)));
            least_squares(points).ok_or(Gap::NoData)?
        };
        Ok((sign * slope * per.as_millis() as f64, count))
    }

    /// Milliseconds from the window's start to the middle of a period.
    fn middle(&self, at: usize) -> f64 {
        let window = &self.window;
        let coarse = self.index(window.split.unwrap_or(window.to));
        let (start, period, at) = if at < coarse || window.split.is_none() {
            (Span::ZERO, window.period, at)
        } else {
            (window.period.times(coarse as u64), window.fine, at - coarse)
        };
        start.as_millis() as f64 + period.as_millis() as f64 * (at as f64 + 0.5)
    }
}

/// Whether a number that is asked for is a count of things.
fn counts(metric: &Metric, upper: bool) -> bool {
    !upper || matches!(metric.kind, Kind::Count) || matches!(metric.source, Source::Ratio { .. })
}

impl Window {
    fn points(&self) -> usize {
        let coarse_end = self.split.unwrap_or(self.to);
        let fine = self.split.map_or(0, |split| self.to.since(split).whole(self.fine));
        usize::try_from(coarse_end.since(self.from).whole(self.period) + fine).unwrap_or(0)
    }
}

/// Puts the points of an answer in their places.
fn fill(
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
    for point in &answer.points {
        if last.is_some_and(|last| point.at <= last) {
            return Err(Gap::Invalid(Nonsense::TimeGoesBack));
        }
        last = Some(point.at);
        if !point.value.is_finite() || point.value.abs() >= 1e18 {
            return Err(Gap::Invalid(Nonsense::NotANumber));
        }
        if counts && point.value < 0.0 {
            return Err(Gap::Invalid(Nonsense::NegativeCount));
        }
        // A period that began before the window, or ends after it, is not wholly inside and does not count.
        if point.at >= from {
            let place = usize::try_from(point.at.since(from).whole(period)).unwrap_or(usize::MAX);
            if place < length
                && let Some(slot) = track.get_mut(start + place)
            {
                *slot = point.value;
            }
        }
    }
    Ok(())
}

fn add(mut sum: Vec<f64>, more: &[f64]) -> Vec<f64> {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum = match (sum.is_nan(), more.is_nan()) {
            (true, _) => *more,
            (false, true) => *sum,
            (false, false) => *sum + *more,
        };
    }
    sum
}

/// Not known when fewer than half of the periods, or not the newest, have data.
fn covered(points: &[f64], missing: Missing) -> Result<(), Gap> {
    let present = points.iter().filter(|point| !point.is_nan()).count();
    if present == 0 {
        return Err(Gap::NoData);
    }
    if missing == Missing::Skip {
        return Ok(());
    }
    if points.last().is_some_and(|newest| newest.is_nan()) {
        return Err(Gap::Stale);
    }
    if present * 2 < points.len() { Err(Gap::NoData) } else { Ok(()) }
}

/// One value of the points of a window; none without data.
fn value(metric: &Metric, upper: &[f64], lower: &[f64]) -> Option<Value> {
    let present = || upper.iter().copied().filter(|point| !point.is_nan());
    let total = |points: &[f64]| points.iter().filter(|point| !point.is_nan()).sum::<f64>();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts: checked to be in range"
    )]
    let samples = (!lower.is_empty()).then(|| total(lower) as u64);
    let (value, samples) = match &metric.source {
        Source::Ratio { without, .. } => {
            let (of, to) = (Decimal::from_f64(present().sum())?, Decimal::from_f64(total(lower))?);
            let of = if *without { to.minus(of) } else { of };
            (of.times(metric.scale)?.over(to)?, samples)
        }
        Source::Average { .. } => {
            let (sum, count) = (Decimal::from_f64(present().sum())?, Decimal::from_f64(total(lower))?);
            (sum.times(metric.scale)?.over(count)?, samples)
        }
        Source::Series { stat, .. } => {
            let value = match stat {
                Stat::Sum | Stat::SampleCount => present().sum(),
                Stat::Minimum => present().fold(f64::INFINITY, f64::min),
                Stat::Maximum => present().fold(f64::NEG_INFINITY, f64::max),
                Stat::Percentile(_) => present().next_back()?,
            };
            let samples = samples.or(Some(present().count() as u64));
            (Decimal::from_f64(value)?.times(metric.scale)?, samples)
        }
        Source::Signal(_) | Source::Reported { .. } => return None,
    };
    Some(Value { value, samples })
}

/// The slope of the line through the points that is nearest to them, and their number; none for fewer than two.
fn least_squares(points: impl Iterator<Item = (f64, f64)>) -> Option<(f64, u64)> {
    let (mut count, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut first = None;
    for (at, value) in points {
        // Taken from the first point, so that small slopes on large values keep their digits.
        let (from, base) = *first.get_or_insert((at, value));
        let (at, value) = (at - from, value - base);
        count += 1.0;
        x += at;
        y += value;
        xx += at * at;
        xy += at * value;
    }
    let under = count * xx - x * x;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of points")]
    (count >= 2.0 && under > 0.0).then(|| ((count * xy - x * y) / under, count as u64))
}
