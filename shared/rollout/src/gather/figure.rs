//! From the arms of a condition to the one figure that tells.

use super::{
    Use,
    arm::{Arm, Rough, Stretch},
    near::clearly,
    usual::Usual,
    window::{Window, reaches_back},
};
use crate::{
    condition::{Bound, Condition, Hold},
    evidence::{Figure, Frozen, Gap, Verdict, judge},
    plan::Metric,
    time::{Span, Timestamp},
    units::Decimal,
};
use std::{cell::Cell, ops::Range};

/// A condition with all that it is judged on.
pub(super) struct Judged<'a> {
    pub(super) condition: &'a Condition,
    pub(super) metric: &'a Metric,
    pub(super) usage: Use,
    pub(super) window: &'a Window,
    pub(super) canary: Arm<'a>,
    pub(super) baseline: Option<Arm<'a>>,
    pub(super) kept: Option<&'a Frozen>,
    pub(super) history: Option<Usual<'a>>,
    /// The metric's scale, as a float.
    pub(super) scale: f64,
}

/// One value: over the width that ends at an edge, or over all that was asked for.
pub(super) type Edge = Option<(Timestamp, Span)>;

impl Judged<'_> {
    /// The telling figure: for a guardrail that is true, the first breach; else the newest.
    pub(super) fn figure(&self) -> Figure {
        let Some(width) = self.window.width else {
            return self.over_all();
        };
        match (self.condition.hold, self.usage) {
            (Some(Hold::For(span)), _) => self.held(width, span),
            (Some(Hold::Row(count)), _) => self.in_a_row(width, count),
            (None, Use::Guard) => self.any_moment(width),
            // A percentile over a bake that is longer than it can be asked for: each of its pieces.
            (None, Use::Gate) if self.window.judged > Span::ZERO => self.held(width, self.window.judged),
            (None, Use::Gate) => self.shown(self.window.to, width, self.verdict(self.window.to, width)),
        }
    }

    /// A gate without a tail: the whole bake so far.
    fn over_all(&self) -> Figure {
        if self.window.from == self.window.to {
            return Figure::unknown(self.too_early(self.metric.period), self.window.to);
        }
        self.compare(None)
    }

    /// A guardrail without a tail: each settled edge of the last minutes by itself.
    fn any_moment(&self, width: Span) -> Figure {
        let is_true = |edge: &Timestamp| self.verdict(*edge, width) == Verdict::True;
        let several = self.window.judged > self.window.step;
        let breach =
            if several && self.is_far() { None } else { self.edges(self.window.judged).find(is_true) };
        let Some(telling) = breach.or_else(|| self.edges(self.window.judged).next_back()) else {
            return Figure::unknown(self.too_early(self.metric.period), self.window.to);
        };
        match self.unfit(telling, width) {
            Some(gap) => Figure::unknown(gap, telling),
            None => self.compare(Some((telling, width))),
        }
    }

    /// `for D`: every value of the last D. A guardrail is judged so at each edge of the last minutes.
    fn held(&self, width: Span, span: Span) -> Figure {
        let values = Values::new(self, span.plus(self.looked_back()), width);
        let fits = self.too_early(match self.usage {
            Use::Guard => span,
            Use::Gate => self.window.takes(self.condition, width),
        });
        let Some(newest) = values.edges.len().checked_sub(1) else {
            return Figure::unknown(fits, self.window.to);
        };
        if self.usage == Use::Guard
            && !self.is_far()
            && let Some(at) = self.first_breach(&values, span)
        {
            return self.compare(Some((values.edges[at], width)));
        }
        match self.run(&values, newest, span) {
            Some((_, Verdict::NotKnown(Gap::TooEarly { .. }))) | None => {
                Figure::unknown(fits, values.edges[newest])
            }
            Some((at, verdict)) => self.shown(values.edges[at], width, verdict),
        }
    }

    /// The first judged edge up to which every value of `span` is true.
    fn first_breach(&self, values: &Values<'_>, span: Span) -> Option<usize> {
        let newest = *values.edges.last()?;
        let mut at = values.edges.iter().position(|edge| self.is_judged(*edge, newest))?;
        while at < values.edges.len() {
            let stretch = values.since(at, span);
            // A value that is not true ends every run that holds it: the next run begins behind it.
            match stretch.clone().rev().find(|at| values.verdict(*at) != Verdict::True) {
                Some(bad) => at = at.max(bad + stretch.len()),
                None if self.span_fits(values.edges[at], span) => return Some(at),
                None => at += 1,
            }
        }
        None
    }

    /// Over the values of the last `span` up to one: false if one is false, true if all are true. The answer is the
    /// value that tells; none when the span does not fit.
    fn run(&self, values: &Values<'_>, at: usize, span: Span) -> Option<(usize, Verdict)> {
        let mut unknown = None;
        for at in values.since(at, span) {
            match values.verdict(at) {
                Verdict::False => return Some((at, Verdict::False)),
                Verdict::NotKnown(gap) => unknown = Some((at, Verdict::NotKnown(gap))),
                Verdict::True => {}
            }
        }
        self.span_fits(values.edges[at], span).then(|| unknown.unwrap_or((at, Verdict::True)))
    }

    /// Whether so much time before an edge was looked at.
    fn span_fits(&self, edge: Timestamp, span: Span) -> bool {
        let start = edge.before(span);
        self.window.floor.is_none_or(|floor| floor <= start) && self.window.from <= start
    }

    /// `N times in a row`: the newest N values that have data; for a guardrail those at each edge of the last minutes.
    fn in_a_row(&self, width: Span, count: u32) -> Figure {
        let need = usize::try_from(count).unwrap_or(usize::MAX).max(1);
        let edges = self.edges(self.window.to.since(self.window.from));
        if self.is_far() {
            return self.newest_known(edges, width);
        }
        let values: Vec<(Timestamp, Verdict)> = edges.map(|edge| (edge, self.verdict(edge, width))).collect();
        let Some((newest, verdict)) = values.last().copied() else {
            return Figure::unknown(self.too_early(self.metric.period), self.window.to);
        };
        let known: Vec<(Timestamp, Verdict)> =
            values.into_iter().filter(|(_, verdict)| !matches!(verdict, Verdict::NotKnown(_))).collect();
        let Some(last) = known.len().checked_sub(1) else {
            return self.shown(newest, width, verdict);
        };
        let judged = |at: &usize| *at == last || self.is_judged(known[*at].0, newest);
        for at in (0..=last).filter(judged) {
            let run = &known[(at + 1).saturating_sub(need)..=at];
            if run.len() == need && run.iter().all(|(_, verdict)| *verdict == Verdict::True) {
                return self.compare(Some((known[at].0, width)));
            }
        }
        let newest_few = &known[(last + 1).saturating_sub(need)..];
        match newest_few.iter().rfind(|(_, verdict)| *verdict == Verdict::False) {
            Some((at, _)) => self.compare(Some((*at, width))),
            None => {
                let gap = Gap::TooFew { have: known.len() as u64, need: u64::from(count) };
                Figure::unknown(gap, newest)
            }
        }
    }

    /// The newest value that has data, of values of which none is true.
    fn newest_known(&self, edges: impl DoubleEndedIterator<Item = Timestamp>, width: Span) -> Figure {
        let mut newest = None;
        for edge in edges.rev() {
            let verdict = self.verdict(edge, width);
            if !matches!(verdict, Verdict::NotKnown(_)) {
                return self.compare(Some((edge, width)));
            }
            newest = newest.or(Some((edge, verdict)));
        }
        match newest {
            Some((edge, verdict)) => self.shown(edge, width, verdict),
            None => Figure::unknown(self.too_early(self.metric.period), self.window.to),
        }
    }

    /// How much of the past a guardrail is judged at beside the newest edge.
    fn looked_back(&self) -> Span {
        if self.usage == Use::Guard { self.window.judged } else { Span::ZERO }
    }

    fn is_judged(&self, edge: Timestamp, newest: Timestamp) -> bool {
        edge == newest || newest.since(edge) < self.looked_back()
    }

    /// The edges of the last `span`, oldest first, none at or before where the asked time begins; the newest at least.
    fn edges(&self, span: Span) -> impl DoubleEndedIterator<Item = Timestamp> + use<> {
        let (to, step) = (self.window.to, self.window.step);
        let room = to.since(self.window.from).min(span.max(Span::millis(1)));
        let count = room.as_millis().div_ceil(step.as_millis().max(1));
        (0..count).rev().map(move |back| to.before(step.times(back)))
    }

    /// The figure of an edge whose verdict is known.
    fn shown(&self, edge: Timestamp, width: Span, verdict: Verdict) -> Figure {
        match verdict {
            Verdict::NotKnown(gap) => Figure::unknown(gap, edge),
            Verdict::True | Verdict::False => self.compare(Some((edge, width))),
        }
    }

    /// The verdict at an edge: by floats where the limit is far away, exactly where it is near or something is missing.
    fn verdict(&self, edge: Timestamp, width: Span) -> Verdict {
        if let Some(gap) = self.unfit(edge, width) {
            return Verdict::NotKnown(gap);
        }
        match self.clearly(edge, width) {
            Some(true) => Verdict::True,
            Some(false) => Verdict::False,
            None => judge(self.condition.relation, &self.compare(Some((edge, width)))),
        }
    }

    /// A gate's value is not known before its window fits, nor is one that is compared with others of its width; a
    /// guardrail takes what is there.
    fn unfit(&self, edge: Timestamp, width: Span) -> Option<Gap> {
        let early = self.window.floor.is_some_and(|floor| edge.before(width) < floor);
        (early && (self.usage == Use::Gate || self.history.is_some())).then(|| self.too_early(width))
    }

    /// The limit that the metric's own history sets.
    pub(super) fn usual(&self) -> Result<Decimal, Gap> {
        let history = self.history.as_ref().ok_or(Gap::NoData)?;
        history.limit(self.metric, self.scale, self.need())
    }

    /// What is known when this much time has passed since the window may begin.
    fn too_early(&self, span: Span) -> Gap {
        let until = self.window.floor.unwrap_or(self.window.to).after(span).after(self.metric.lag);
        Gap::TooEarly { until }
    }

    /// Whether the condition holds at an edge, where value and limit differ by far more than floats can err.
    pub(super) fn clearly(&self, edge: Timestamp, width: Span) -> Option<bool> {
        let exact = |limit: Decimal| Rough { value: limit.to_f64(), error: 0.0 };
        let edge = Some((edge, width));
        let (value, limit) = match &self.condition.bound {
            Bound::Rate { amount, per } => {
                let stretch = self.stretch(&self.canary, edge);
                let slope = self.canary.rough_slope(self.metric, self.scale, stretch, *per, self.need())?;
                (slope, exact(*amount))
            }
            Bound::Constant(limit) => (self.roughly(&self.canary, edge, self.need())?, exact(*limit)),
            Bound::Offset(offset) => {
                let Rough { value, error } = self.roughly(self.baseline.as_ref()?, edge, 0)?;
                let limit = Rough { value: value + offset.to_f64(), error };
                (self.roughly(&self.canary, edge, self.need())?, limit)
            }
            Bound::Factor(factor) => {
                let Rough { value, error } = self.roughly(self.baseline.as_ref()?, edge, 0)?;
                // A baseline that may be zero has no multiple.
                let factor = Some(factor.to_f64()).filter(|_| value.abs() > 4.0 * error)?;
                let limit = Rough { value: value * factor, error: error * (1.0 + factor.abs()) };
                (self.roughly(&self.canary, edge, self.need())?, limit)
            }
            Bound::Mean { .. } => (self.roughly(&self.canary, edge, self.need())?, exact(self.usual().ok()?)),
            Bound::WithinShare(_) | Bound::WithinAmount(_) => return None,
        };
        clearly(self.condition.relation, value, limit)
    }

    fn roughly(&self, arm: &Arm, edge: Edge, need: u64) -> Option<Rough> {
        arm.rough(self.metric, self.scale, self.stretch(arm, edge), need)
    }

    /// The points of a value.
    pub(super) fn stretch(&self, arm: &Arm, edge: Edge) -> Stretch {
        match edge {
            None => arm.whole(),
            Some((edge, _)) if self.reaches_back() => arm.reach(edge, self.need()),
            Some((edge, width)) => arm.at(edge, width),
        }
    }

    fn reaches_back(&self) -> bool {
        self.usage == Use::Guard && reaches_back(self.condition, self.metric)
    }

    /// The samples below which nothing is known.
    pub(super) fn need(&self) -> u64 {
        u64::from(self.condition.samples.unwrap_or(0))
    }
}

/// The values at edges side by side, each judged when it is first looked at.
struct Values<'a> {
    judged: &'a Judged<'a>,
    width: Span,
    edges: Vec<Timestamp>,
    verdicts: Vec<Cell<Option<Verdict>>>,
}

impl<'a> Values<'a> {
    fn new(judged: &'a Judged<'a>, span: Span, width: Span) -> Values<'a> {
        let edges: Vec<Timestamp> = judged.edges(span).collect();
        let verdicts = vec![Cell::new(None); edges.len()];
        Values { judged, width, edges, verdicts }
    }

    fn verdict(&self, at: usize) -> Verdict {
        self.verdicts[at].get().unwrap_or_else(|| {
            let verdict = self.judged.verdict(self.edges[at], self.width);
            self.verdicts[at].set(Some(verdict));
            verdict
        })
    }

    /// The values of the last `span` up to this one.
    fn since(&self, at: usize, span: Span) -> Range<usize> {
        let start = self.edges[at].before(span);
        self.edges[..=at].partition_point(|edge| *edge <= start)..at + 1
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
