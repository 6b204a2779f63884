//! One value against its limit, exactly.

use super::{
    arm::{Arm, Stretch, Value},
    figure::{Edge, Judged},
};
use crate::{
    condition::Bound,
    evidence::{Figure, Frozen, Gap},
    plan::{Baseline, Kind, Source, Stat},
    time::Span,
    units::Decimal,
};

impl Judged<'_> {
    /// One value against its limit; the whole window without an edge.
    pub(super) fn compare(&self, edge: Edge) -> Figure {
        let at = edge.map_or(self.window.to, |(edge, _)| edge);
        match self.try_compare(edge) {
            Ok((value, limit)) => Figure::known(value.value, limit, Some(value.samples), at),
            Err(gap) => Figure::unknown(gap, at),
        }
    }

    /// The value and its limit. For `within` the value is the distance to the baseline.
    fn try_compare(&self, edge: Edge) -> Result<(Value, Decimal), Gap> {
        let stretch = self.stretch(&self.canary, edge);
        let canary = match self.condition.bound {
            Bound::Rate { per, .. } => self.canary.slope(self.metric, stretch, per)?,
            Bound::Constant(_)
            | Bound::Offset(_)
            | Bound::Factor(_)
            | Bound::WithinShare(_)
            | Bound::WithinAmount(_)
            | Bound::Mean { .. } => {
                self.canary.value(self.metric, stretch).map_err(|gap| self.thin(gap, stretch))?
            }
        };
        self.enough(canary)?;
        let distance = |baseline: Value| Value { value: canary.value.minus(baseline.value).abs(), ..canary };
        Ok(match self.condition.bound {
            Bound::Constant(limit) => (canary, limit),
            Bound::Rate { amount, .. } => (canary, amount),
            Bound::Mean { .. } => (canary, self.usual()?),
            Bound::Offset(offset) => (canary, self.baseline(edge, canary)?.value.plus(offset)),
            Bound::Factor(factor) => {
                let base = self.nonzero(self.baseline(edge, canary)?, canary)?;
                (canary, base.times(factor).ok_or(Gap::NoBaseline)?)
            }
            Bound::WithinAmount(amount) => (distance(self.baseline(edge, canary)?), amount),
            Bound::WithinShare(share) => {
                let baseline = self.baseline(edge, canary)?;
                if baseline.value == Decimal::ZERO && canary.value != Decimal::ZERO {
                    return Err(Gap::NoBaseline);
                }
                (distance(baseline), baseline.value.abs().times(share).ok_or(Gap::NoBaseline)?)
            }
        })
    }

    /// However thinly they are spread, where samples are counted it is samples that are missing.
    fn thin(&self, gap: Gap, stretch: Stretch) -> Gap {
        let (have, need) = (self.canary.counted(stretch), self.need());
        let is_thin = matches!(gap, Gap::NoData | Gap::Stale) && 0 < have && have < need;
        if is_thin { Gap::TooFew { have, need } } else { gap }
    }

    fn enough(&self, value: Value) -> Result<(), Gap> {
        let (have, need) = (value.samples, self.need());
        if have < need { Err(Gap::TooFew { have, need }) } else { Ok(()) }
    }

    /// A baseline of exactly zero has no multiple, except that something is more than nothing among enough samples.
    fn nonzero(&self, baseline: Value, canary: Value) -> Result<Decimal, Gap> {
        if baseline.value != Decimal::ZERO || canary.value == Decimal::ZERO {
            return Ok(baseline.value);
        }
        let ratio = matches!(self.metric.source, Source::Ratio { .. });
        let need = self.need().max(1);
        let enough = baseline.samples >= need && canary.samples >= need;
        if ratio && enough { Ok(Decimal::ZERO) } else { Err(Gap::NoBaseline) }
    }

    /// What the candidate is compared with: the other arm over the same time, or what is kept of it.
    fn baseline(&self, edge: Edge, canary: Value) -> Result<Value, Gap> {
        if let Some(arm) = &self.baseline {
            let value = |arm: &Arm| arm.value(self.metric, self.stretch(arm, edge));
            return value(arm).map_err(|gap| if gap == Gap::NoData { Gap::NoBaseline } else { gap });
        }
        let kept = self.kept.ok_or(Gap::NoBaseline)?;
        let counted = self.metric.kind == Kind::Count
            && matches!(self.metric.source, Source::Series { stat: Stat::Sum | Stat::SampleCount, .. });
        let value = match (counted, self.metric.baseline) {
            (true, Baseline::Before(_)) => scaled(kept, canary.over).ok_or(Gap::NoBaseline)?,
            (_, _) => kept.value,
        };
        Ok(Value { value, samples: kept.samples.unwrap_or(0), over: canary.over })
    }
}

/// A count from before the rollout, for as much time as the value that is compared with it was taken over.
fn scaled(kept: &Frozen, over: Span) -> Option<Decimal> {
    let millis = |span: Span| i64::try_from(span.as_millis()).ok().map(Decimal::whole);
    kept.value.times(millis(over)?)?.over(millis(kept.over)?)
}
