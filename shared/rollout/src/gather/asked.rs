//! What is asked of the source: each arm of a metric once, and each series once, however many conditions look at them.

use super::window::Window;
use crate::{
    evidence::Query,
    plan::{Lookup, Metric, Plan, Source},
    time::{Span, Timestamp},
    units::{DimensionId, MetricId, SeriesId},
};

/// Whose series are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Canary,
    Baseline,
}

/// A member of a dimension.
pub(super) type Spread = Option<(DimensionId, u16)>;

/// One arm of a metric, as it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) metric: MetricId,
    pub(super) side: Side,
    pub(super) spread: Spread,
    /// Whether the number of samples is asked too.
    pub(super) counted: bool,
    /// The widest of the windows in which conditions look at it.
    pub(super) window: Window,
}

impl Asked {
    /// Whether the points of one are among those of the other, once the window is wide enough.
    fn is_like(&self, other: &Asked) -> bool {
        let (one, two) = (&self.window, &other.window);
        (self.metric, self.side, self.counted, self.spread)
            == (other.metric, other.side, other.counted, other.spread)
            && (one.to, one.period, one.split, one.fine) == (two.to, two.period, two.split, two.fine)
    }

    /// The series that are asked, those of the upper part first, each with its one or two stretches of time.
    pub(super) fn each_query<'p>(&self, plan: &'p Plan) -> impl Iterator<Item = Query> + use<'p> {
        let (upper, lower) = lookups(plan.metric(self.metric), self.counted);
        let Asked { side, spread, window, .. } = *self;
        let series = upper.iter().chain(lower).filter_map(move |lookup| series(lookup, side, spread));
        series.flat_map(move |series| {
            let coarse_end = window.split.unwrap_or(window.to);
            let coarse = Query { series, period: window.period, from: window.from, to: coarse_end };
            let fine =
                window.split.map(|split| Query { series, period: window.fine, from: split, to: window.to });
            [Some(coarse), fine].into_iter().flatten()
        })
    }

    /// How many series the upper and the lower part are made of.
    pub(super) fn parts(&self, metric: &Metric) -> [usize; 2] {
        let (upper, lower) = lookups(metric, self.counted);
        [upper, lower].map(|of| of.iter().filter_map(|lookup| series(lookup, self.side, self.spread)).count())
    }
}

/// The arms and the queries of one round of questions.
#[derive(Debug, Default)]
pub(super) struct Asking {
    pub(super) arms: Vec<Asked>,
    /// For each arm in turn, where its queries are.
    pub(super) places: Vec<usize>,
}

impl Asking {
    /// The place of an arm that is asked for; one that is there already is asked over more time, if need be.
    pub(super) fn arm(&mut self, arm: Asked) -> usize {
        if let Some(place) = self.arms.iter().position(|known| known.is_like(&arm)) {
            let known = &mut self.arms[place].window;
            known.from = known.from.min(arm.window.from);
            return place;
        }
        self.arms.push(arm);
        self.arms.len() - 1
    }

    /// The queries of all arms, when no more will be asked.
    pub(super) fn queries(&mut self, plan: &Plan) -> Vec<Query> {
        let mut queries: Vec<Query> = Vec::with_capacity(2 * self.arms.len());
        for arm in &self.arms {
            for query in arm.each_query(plan) {
                self.places.push(place(&mut queries, query));
            }
        }
        queries
    }
}

/// The place of a query that is asked; one that is there already is asked over more time, if need be.
pub(super) fn place(queries: &mut Vec<Query>, query: Query) -> usize {
    let same =
        |known: &Query| (known.series, known.to, known.period) == (query.series, query.to, query.period);
    if let Some(place) = queries.iter().position(same) {
        queries[place].from = queries[place].from.min(query.from);
        return place;
    }
    queries.push(query);
    queries.len() - 1
}

/// How many points of a period lie between two edges.
pub(super) fn points(from: Timestamp, to: Timestamp, period: Span) -> usize {
    usize::try_from(to.since(from).whole(period)).unwrap_or(0)
}

/// The lookups of a metric: those of the upper part, then those of the lower.
pub(super) fn lookups(metric: &Metric, counted: bool) -> (&[Lookup], &[Lookup]) {
    match &metric.source {
        Source::Ratio { of, to, .. } => (of, to),
        Source::Average { sum, count } => (std::slice::from_ref(sum), std::slice::from_ref(count)),
        Source::Series { values, count: Some(count), .. } if counted => {
            (std::slice::from_ref(values), std::slice::from_ref(count))
        }
        Source::Series { values, .. } => (std::slice::from_ref(values), &[]),
        Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => (&[], &[]),
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
