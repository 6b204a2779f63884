//! A whole window judged at once: where no single point is near the limit, no value made of them is.

use super::{
    arm::{Arm, LEAST, Rough, divided},
    figure::Judged,
    near::clearly,
    sums::{ends, quotients, steepest, total},
};
use crate::{
    condition::{Bound, Relation},
    plan::{Baseline, Source, Stat},
    time::Span,
    units::Decimal,
};

/// The least and the most that a value can be.
type Range = (Rough, Rough);

impl Judged<'_> {
    /// Whether it is certain that no value of the window is true. One may be unknown: that is not true either.
    pub(super) fn is_far(&self) -> bool {
        let Some(((least, most), (least_limit, most_limit))) = self.range().zip(self.limits()) else {
            return false;
        };
        let relation = self.condition.relation;
        match relation {
            Relation::Above | Relation::AtLeast => clearly(relation, most, least_limit) == Some(false),
            Relation::Below | Relation::AtMost => clearly(relation, least, most_limit) == Some(false),
            Relation::Equal | Relation::Within => false,
        }
    }

    fn range(&self) -> Option<Range> {
        match self.condition.bound {
            Bound::Rate { .. } => self.slopes(),
            Bound::WithinShare(_) | Bound::WithinAmount(_) => None,
            Bound::Constant(_) | Bound::Offset(_) | Bound::Factor(_) | Bound::Mean { .. } => {
                self.values(&self.canary)
            }
        }
    }

    /// Between which limits the values are compared.
    fn limits(&self) -> Option<Range> {
        let moved = |of: &dyn Fn(Rough) -> Rough| {
            let (one, other) = self.baselines()?;
            let (one, other) = (of(one), of(other));
            Some(if one.value <= other.value { (one, other) } else { (other, one) })
        };
        match &self.condition.bound {
            Bound::Constant(limit) | Bound::Rate { amount: limit, .. } => Some(alone(*limit)),
            Bound::Mean { .. } => Some(alone(self.usual().ok()?)),
            Bound::Offset(offset) => {
                let offset = offset.to_f64();
                moved(&|Rough { value, error }| Rough { value: value + offset, error })
            }
            Bound::Factor(factor) => {
                let factor = factor.to_f64();
                moved(&|Rough { value, error }| Rough {
                    value: value * factor,
                    error: error * (1.0 + factor.abs()),
                })
            }
            Bound::WithinShare(_) | Bound::WithinAmount(_) => None,
        }
    }

    /// What the candidate is compared with. A count from before the rollout depends on the time of each value.
    fn baselines(&self) -> Option<Range> {
        match &self.baseline {
            Some(arm) => self.values(arm),
            None if self.metric.baseline == Baseline::Arm => Some(alone(self.kept?.value)),
            None => None,
        }
    }

    /// The values of an arm. A quotient of sums lies between the quotients that are summed.
    fn values(&self, arm: &Arm<'_>) -> Option<Range> {
        let (least, most) = match &self.metric.source {
            Source::Ratio { without, .. } => {
                let (least, most) = quotients(arm.upper, arm.lower)?;
                if *without { (1.0 - most, 1.0 - least) } else { (least, most) }
            }
            Source::Average { .. } => quotients(arm.upper, arm.lower)?,
            Source::Series { stat: Stat::Sum | Stat::SampleCount, .. } => {
                // Of what is never negative, a part is never more than the whole, nor than all its points at their largest.
                let (least, most) = ends(arm.upper).filter(|(least, _)| *least >= 0.0)?;
                let points = |width: Span| width.whole(self.window.period) as f64;
                let width = self.window.width.filter(|_| self.window.split.is_none());
                (least, width.map_or(f64::INFINITY, |width| most * points(width)).min(total(arm.upper)))
            }
            Source::Series { .. } => ends(arm.upper)?,
            Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => return None,
        };
        let error = LEAST * (1.0 + self.scale.abs());
        let rough = |value: f64| Rough { value: value * self.scale, error };
        (self.scale > 0.0).then(|| (rough(least), rough(most)))
    }

    /// The slopes over each stretch of the window's width.
    fn slopes(&self) -> Option<Range> {
        let Bound::Rate { per, .. } = self.condition.bound else { return None };
        let window = self.window;
        let width = window.width?;
        // At every judged edge there is a whole width.
        let whole = window.to.since(window.from) >= window.judged.plus(width);
        if divided(self.metric) || window.split.is_some() || self.condition.hold.is_some() || !whole {
            return None;
        }
        let points = usize::try_from(width.whole(window.period)).ok()?;
        let (least, most, spread) = steepest(self.canary.upper, points)?;
        let scale = self.scale * per.as_millis() as f64 / window.fine.as_millis() as f64;
        let error = LEAST * (1.0 + self.scale.abs() + spread * scale.abs());
        let rough = |slope: f64| Rough { value: slope * scale, error };
        (scale > 0.0).then(|| (rough(least), rough(most)))
    }
}

fn alone(limit: Decimal) -> Range {
    let limit = Rough { value: limit.to_f64(), error: 0.0 };
    (limit, limit)
}
