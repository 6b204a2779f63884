//! A metric's own history: what it usually is, and how far it strays from that.

use super::arm::Arm;
use crate::{
    evidence::{Gap, HISTORY_MIN, Nonsense},
    plan::Metric,
    time::Span,
    units::Decimal,
};
use std::cell::OnceCell;

/// The limit that a metric's own history sets: it is the same at every edge.
pub(super) enum Usual<'a> {
    /// Of values that were asked for, found once somebody wants to know.
    Asked(Values<'a>, OnceCell<Result<Decimal, Gap>>),
    /// It was found before.
    Recalled(Decimal),
}

/// The values of a time before anything that is judged, each as wide as the value that is compared with them.
pub(super) struct Values<'a> {
    arm: Arm<'a>,
    /// The time that they are of, if all of them are there.
    over: Span,
    /// How many standard deviations from their mean the limit is.
    sigma: Decimal,
}

impl<'a> Usual<'a> {
    pub(super) fn new(arm: Arm<'a>, over: Span, sigma: Decimal) -> Usual<'a> {
        Usual::Asked(Values { arm, over, sigma }, OnceCell::new())
    }

    /// The mean and so many standard deviations. Values with fewer samples than `need` are left out.
    pub(super) fn limit(&self, metric: &Metric, scale: f64, need: u64) -> Result<Decimal, Gap> {
        match self {
            Usual::Asked(values, limit) => *limit.get_or_init(|| values.fit(metric, scale, need)),
            Usual::Recalled(limit) => Ok(*limit),
        }
    }

    /// What is worth keeping: a limit that was found now.
    pub(super) fn found(&self) -> Option<Decimal> {
        match self {
            Usual::Asked(_, limit) => limit.get().copied()?.ok(),
            Usual::Recalled(_) => None,
        }
    }
}

impl Values<'_> {
    fn fit(&self, metric: &Metric, scale: f64, need: u64) -> Result<Decimal, Gap> {
        if let Some(gap) = self.arm.gap {
            return Err(gap);
        }
        let (_, count) = self.arm.whole();
        let values: Vec<(usize, f64)> =
            (0..count).filter_map(|at| Some((at, self.value(metric, scale, at, need)?))).collect();
        let (Some((first, base)), true) = (values.first().copied(), self.is_enough(values.len())) else {
            return Err(self.short(values.len()));
        };
        // Taken from the first value, which is exact: where nothing strays, the limit is what it always was.
        let count = values.len() as f64;
        let mean = values.iter().map(|(_, value)| value - base).sum::<f64>() / count;
        let squares = values.iter().map(|(_, value)| (value - base - mean).powi(2)).sum::<f64>();
        let deviation = (squares / (count - 1.0)).sqrt();
        let stray = Decimal::from_f64(mean + self.sigma.to_f64() * deviation);
        let stray = stray.ok_or(Gap::Invalid(Nonsense::NotANumber))?;
        Ok(self.arm.value(metric, (first, first + 1))?.value.plus(stray))
    }

    /// A value of the history, as a float (a deviation is a fit and no sum of things); none where it is not known.
    fn value(&self, metric: &Metric, scale: f64, at: usize, need: u64) -> Option<f64> {
        let stretch = (at, at + 1);
        let exact = || {
            let value = self.arm.value(metric, stretch).ok().filter(|value| value.samples >= need)?;
            Some(value.value.to_f64())
        };
        self.arm.rough(metric, scale, stretch, need).map(|rough| rough.value).or_else(exact)
    }

    fn is_enough(&self, values: usize) -> bool {
        values as u64 >= HISTORY_MIN && self.covered(values).times(2) >= self.over
    }

    /// The time of so many values.
    fn covered(&self, values: usize) -> Span {
        self.arm.window.period.times(values as u64)
    }

    fn short(&self, values: usize) -> Gap {
        match self.arm.nonsense.first() {
            Some((_, what)) => Gap::Invalid(*what),
            None => {
                Gap::ShortHistory { values: values as u64, covered: self.covered(values), over: self.over }
            }
        }
    }
}
