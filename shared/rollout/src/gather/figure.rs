//! From the arms of a condition to the one figure that tells.

use super::{
    Use,
    arm::{Arm, Value},
    window::{Window, percentile},
};
use crate::{
    condition::{Bound, Condition, Hold, Relation},
    evidence::{Figure, Frozen, Gap, Verdict, judge},
    plan::{Baseline, Kind, Metric, Source, Stat},
    time::{Span, Timestamp},
    units::Decimal,
};

/// A condition with all that it is judged on.
pub(super) struct Judged<'a> {
    pub(super) condition: &'a Condition,
    pub(super) metric: &'a Metric,
    pub(super) window: &'a Window,
    pub(super) canary: Arm,
    pub(super) baseline: Option<Arm>,
    pub(super) kept: Option<&'a Frozen>,
    /// The metric's scale, as a float.
    pub(super) scale: f64,
}

impl Judged<'_> {
    /// The telling figure: for a guardrail that is true, the first breach; else the newest.
    pub(super) fn figure(&self, usage: Use) -> Figure {
        let Some(width) = self.window.width else {
            return self.compare(None);
        };
        if usage == Use::Gate && self.condition.hold.is_none() && !percentile(self.metric) {
            return match self.unfit(width) {
                Some(gap) => Figure::unknown(gap, self.window.to),
                None => self.compare(Some((self.window.to, width))),
            };
        }
        if usage == Use::Gate
            && self.condition.window.is_some()
            && let Some(gap) = self.unfit(width)
        {
            return Figure::unknown(gap, self.window.to);
        }
        match self.condition.hold {
            Some(Hold::For(span)) => self.held(usage, width, span),
            Some(Hold::Row(count)) => self.in_a_row(width, count),
            None if usage == Use::Guard => self.any_moment(width),
            None => self.held(usage, width, self.window.judged),
        }
    }

    /// A guardrail without a tail: each settled edge of the last minutes by itself.
    fn any_moment(&self, width: Span) -> Figure {
        let breach = self.edges(self.window.judged).find(|edge| self.verdict(*edge, width) == Verdict::True);
        let Some(telling) = breach.or_else(|| self.edges(self.window.judged).next_back()) else {
            return Figure::unknown(self.too_early(width), self.window.to);
        };
        self.compare(Some((telling, width)))
    }

    /// `for D`: every value of the last D. A guardrail is judged so at each edge of the last minutes.
    fn held(&self, usage: Use, width: Span, span: Span) -> Figure {
        let back = if usage == Use::Guard { self.window.judged } else { Span::ZERO };
        let edges = self.edges(span.plus(back));
        let mut values = Vec::with_capacity(edges.size_hint().1.unwrap_or(0));
        values.extend(edges.map(|edge| (edge, self.verdict(edge, width))));
        let Some((newest, _)) = values.last().copied() else {
            return Figure::unknown(self.too_early(span), self.window.to);
        };
        let mut telling = Err(self.too_early(span));
        for (edge, _) in values.iter().filter(|(edge, _)| newest.since(*edge) <= back) {
            telling = self.run(&values, *edge, span);
            if usage == Use::Guard
                && let Ok((at, Verdict::True)) = telling
            {
                return self.compare(Some((at, width)));
            }
        }
        match telling {
            Ok((at, _)) => self.compare(Some((at, width))),
            Err(gap) => Figure::unknown(gap, newest),
        }
    }

    /// Over the values of the last `span` before `edge`: false if one is false, true if all are true. The answer is the
    /// edge that tells.
    fn run(
        &self,
        values: &[(Timestamp, Verdict)],
        edge: Timestamp,
        span: Span,
    ) -> Result<(Timestamp, Verdict), Gap> {
        let start = edge.before(span);
        let mut unknown = None;
        for (at, verdict) in values.iter().filter(|(at, _)| *at > start && *at <= edge) {
            match verdict {
                Verdict::False => return Ok((*at, Verdict::False)),
                Verdict::NotKnown(_) => unknown = Some((*at, *verdict)),
                Verdict::True => {}
            }
        }
        if self.window.floor.is_some_and(|floor| start < floor) || start < self.window.from {
            return Err(self.too_early(span));
        }
        Ok(unknown.unwrap_or((edge, Verdict::True)))
    }

    /// `N times in a row`: the newest N values that have data, at each edge of the last minutes.
    fn in_a_row(&self, width: Span, count: u32) -> Figure {
        let mut run = 0u32;
        let mut seen = 0u32;
        let mut newest = Figure::unknown(Gap::NoData, self.window.to);
        for edge in self.edges(self.window.to.since(self.window.from)) {
            newest = self.compare(Some((edge, width)));
            match self.judge(&newest) {
                Verdict::NotKnown(_) => continue,
                Verdict::True => run += 1,
                Verdict::False => run = 0,
            }
            seen += 1;
            if run >= count {
                return newest;
            }
        }
        match self.judge(&newest) {
            Verdict::NotKnown(_) => newest,
            // The newest value is true, but not often enough: with fewer than N values nothing is known.
            Verdict::True if seen < count => {
                Figure::unknown(Gap::TooFew { have: u64::from(seen), need: u64::from(count) }, newest.at)
            }
            Verdict::True => self.denied(newest),
            Verdict::False => newest,
        }
    }

    /// A value that is true by itself while the run is not: shown with the limit that it would have to stay beyond.
    fn denied(&self, newest: Figure) -> Figure {
        let last_false = self
            .edges(self.window.to.since(self.window.from))
            .filter_map(|edge| {
                let figure = self.compare(Some((edge, self.window.width?)));
                (self.judge(&figure) == Verdict::False).then_some(figure)
            })
            .last();
        last_false.unwrap_or(newest)
    }

    fn judge(&self, figure: &Figure) -> Verdict {
        judge(self.condition.relation, figure)
    }

    /// The verdict at an edge: by floats where the limit is far away, exactly where it is near or something is missing.
    fn verdict(&self, edge: Timestamp, width: Span) -> Verdict {
        match self.clearly(edge, width) {
            Some(true) => Verdict::True,
            Some(false) => Verdict::False,
            None => self.judge(&self.compare(Some((edge, width)))),
        }
    }

    /// Whether the condition holds at an edge, where value and limit differ by far more than floats can err.
    fn clearly(&self, edge: Timestamp, width: Span) -> Option<bool> {
        let scale = self.scale;
        let (value, limit) = match &self.condition.bound {
            Bound::Rate { amount, per } => {
                let (slope, _) = self.canary.slope_roughly(self.metric, Some((edge, width)), *per).ok()?;
                (slope * scale, amount.to_f64())
            }
            Bound::Constant(limit) => (self.roughly(&self.canary, edge, width)?, limit.to_f64()),
            Bound::Offset(offset) => {
                let baseline = self.roughly(self.baseline.as_ref()?, edge, width)?;
                (self.roughly(&self.canary, edge, width)?, baseline + offset.to_f64())
            }
            Bound::Factor(factor) => {
                let baseline = self.roughly(self.baseline.as_ref()?, edge, width)?;
                (self.roughly(&self.canary, edge, width)?, baseline * factor.to_f64())
            }
            Bound::WithinShare(_) | Bound::WithinAmount(_) => return None,
        };
        let is_far = (value - limit).abs() > 1e-6 * (value.abs() + limit.abs()) && limit != 0.0;
        match self.condition.relation {
            Relation::Below | Relation::AtMost => is_far.then_some(value < limit),
            Relation::Above | Relation::AtLeast => is_far.then_some(value > limit),
            Relation::Equal | Relation::Within => None,
        }
    }

    /// A value with enough samples behind it, as a float in the base unit.
    fn roughly(&self, arm: &Arm, edge: Timestamp, width: Span) -> Option<f64> {
        let (value, samples) = match self.condition.samples {
            Some(need) if self.reaches_back() => {
                arm.reach_roughly(self.metric, self.scale, edge, u64::from(need))?
            }
            Some(_) | None => arm.roughly(self.metric, self.scale, edge, width)?,
        };
        let enough = self.condition.samples.is_none_or(|need| samples >= f64::from(need));
        (enough && value.is_finite()).then_some(value)
    }

    /// The edges of the last `span`, oldest first, none at or before where the asked time begins.
    fn edges(&self, span: Span) -> impl DoubleEndedIterator<Item = Timestamp> + use<> {
        let (to, step, from) = (self.window.to, self.window.step, self.window.from);
        let room = to.since(from).min(span.max(step));
        let count = room.whole(step).max(u64::from(room > Span::ZERO));
        (0..count).rev().map(move |back| to.before(step.times(back))).filter(move |edge| *edge > from)
    }

    fn unfit(&self, width: Span) -> Option<Gap> {
        let floor = self.window.floor?;
        (self.window.to.since(floor) < width).then(|| self.too_early(width))
    }

    fn too_early(&self, span: Span) -> Gap {
        let until = self.window.floor.unwrap_or(self.window.to).after(span).after(self.metric.lag);
        Gap::TooEarly { until }
    }

    /// One value against its limit; the whole window without an edge.
    fn compare(&self, edge: Option<(Timestamp, Span)>) -> Figure {
        let at = edge.map_or(self.window.to, |(edge, _)| edge);
        match self.try_compare(edge) {
            Ok((value, limit, samples)) => Figure::known(value, limit, samples, at),
            Err(gap) => Figure::unknown(gap, at),
        }
    }

    fn try_compare(&self, edge: Option<(Timestamp, Span)>) -> Result<(Decimal, Decimal, Option<u64>), Gap> {
        if let Bound::Rate { amount, per } = self.condition.bound {
            let slope = self.canary.slope(self.metric, edge, per)?;
            return Ok((slope.value, amount, slope.samples));
        }
        let canary = self.value(&self.canary, edge)?;
        self.enough(canary)?;
        let baseline = || self.baseline(edge);
        let zero = Decimal::ZERO;
        let (value, limit) = match &self.condition.bound {
            Bound::Constant(limit) => (canary.value, *limit),
            Bound::Offset(offset) => (canary.value, baseline()?.value.plus(*offset)),
            Bound::Factor(factor) => {
                let base = self.nonzero(baseline()?, canary)?;
                (canary.value, base.times(*factor).ok_or(Gap::NoBaseline)?)
            }
            Bound::WithinAmount(amount) => (canary.value.minus(baseline()?.value).abs(), *amount),
            Bound::WithinShare(share) => {
                let base = baseline()?.value;
                if base == zero && canary.value != zero {
                    return Err(Gap::NoBaseline);
                }
                (canary.value.minus(base).abs(), base.abs().times(*share).ok_or(Gap::NoBaseline)?)
            }
            Bound::Rate { amount, .. } => (canary.value, *amount),
        };
        Ok((value, limit, canary.samples))
    }

    fn value(&self, arm: &Arm, edge: Option<(Timestamp, Span)>) -> Result<Value, Gap> {
        match (edge, self.condition.samples) {
            (None, _) => arm.whole(self.metric),
            (Some((edge, _)), Some(need)) if self.reaches_back() => {
                arm.reach(self.metric, edge, u64::from(need))
            }
            (Some((edge, width)), _) => arm.at(self.metric, edge, width),
        }
    }

    /// A guardrail without a tail that asks for samples looks back until it has them.
    fn reaches_back(&self) -> bool {
        self.condition.window.is_none() && self.condition.hold.is_none() && !percentile(self.metric)
    }

    fn enough(&self, value: Value) -> Result<(), Gap> {
        match (self.condition.samples, value.samples) {
            (Some(need), have) if have.unwrap_or(0) < u64::from(need) => {
                Err(Gap::TooFew { have: have.unwrap_or(0), need: u64::from(need) })
            }
            (_, _) => Ok(()),
        }
    }

    /// A baseline of exactly zero has no multiple, except that something is more than nothing among enough samples.
    fn nonzero(&self, baseline: Value, canary: Value) -> Result<Decimal, Gap> {
        if baseline.value != Decimal::ZERO || canary.value == Decimal::ZERO {
            return Ok(baseline.value);
        }
        let ratio = matches!(self.metric.source, Source::Ratio { .. });
        let need = u64::from(self.condition.samples.unwrap_or(1));
        let enough = baseline.samples.unwrap_or(0) >= need && canary.samples.unwrap_or(0) >= need;
        if ratio && enough { Ok(Decimal::ZERO) } else { Err(Gap::NoBaseline) }
    }

    fn baseline(&self, edge: Option<(Timestamp, Span)>) -> Result<Value, Gap> {
        if let Some(arm) = &self.baseline {
            return self
                .value(arm, edge)
                .map_err(|gap| if gap == Gap::NoData { Gap::NoBaseline } else { gap });
        }
        let kept = self.kept.ok_or(Gap::NoBaseline)?;
        let counted = self.metric.kind == Kind::Count
            && matches!(self.metric.source, Source::Series { stat: Stat::Sum | Stat::SampleCount, .. });
        let value = match (counted, self.metric.baseline) {
            (true, Baseline::Before(_)) => self.scaled(kept, edge).ok_or(Gap::NoBaseline)?,
            (_, _) => kept.value,
        };
        Ok(Value { value, samples: kept.samples })
    }

    /// A count from before the rollout, for a window of another length.
    fn scaled(&self, kept: &Frozen, edge: Option<(Timestamp, Span)>) -> Option<Decimal> {
        let length = edge.map_or(self.window.to.since(self.window.from), |(_, width)| width);
        let millis = |span: Span| i64::try_from(span.as_millis()).ok().map(Decimal::whole);
        kept.value.times(millis(length)?)?.over(millis(kept.over)?)
    }
}

/// The figure of a condition of its members' figures: `any` is true if one is, `every` is false if one is not.
pub(super) fn combine(condition: &Condition, figures: impl Iterator<Item = Figure>) -> Option<Figure> {
    let decides = match condition.spread {
        Some(spread) if spread.every => Verdict::False,
        Some(_) | None => Verdict::True,
    };
    let mut unknown = None;
    let mut other: Option<Figure> = None;
    for figure in figures {
        match judge(condition.relation, &figure) {
            verdict if verdict == decides => return Some(figure),
            Verdict::NotKnown(_) => unknown = unknown.or(Some(figure)),
            Verdict::True | Verdict::False => other = Some(nearer(other, figure)),
        }
    }
    unknown.or(other)
}

/// Of two figures that do not decide, the one nearer to its limit: what a person wants to see.
fn nearer(one: Option<Figure>, other: Figure) -> Figure {
    let room = |figure: &Figure| match (figure.value, figure.limit) {
        (Some(value), Some(limit)) => limit.minus(value).abs(),
        (_, _) => Decimal::ZERO,
    };
    match one {
        Some(one) if room(&one) <= room(&other) => one,
        Some(_) | None => other,
    }
}
