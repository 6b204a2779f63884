//! The questions that can be put to a source of metrics, each of them once.

use crate::{
    plan::{Dimension, Lookup, Metric, Problem, Series, Source, Stat, yaml::Place},
    units::{DimensionId, MetricId, SeriesId},
};
use std::collections::{BTreeMap, BTreeSet};

/// A source takes no more questions in one turn than this.
const MOST: usize = 2_000;

/// What the two arms are called in the source's dimensions.
#[derive(Default)]
pub(super) struct Arms {
    pub(super) canary: BTreeMap<String, String>,
    pub(super) baseline: BTreeMap<String, String>,
}

/// Series, each of them once, in the order in which they were first asked for.
#[derive(Default)]
pub(super) struct Table {
    pub(super) series: Vec<Series>,
    ids: BTreeMap<Series, SeriesId>,
}

impl Table {
    pub(super) fn id(&mut self, series: Series) -> SeriesId {
        if let Some(id) = self.ids.get(&series) {
            return *id;
        }
        // Beyond `MOST` the plan is refused, so the id that is made up here is never used.
        let id = SeriesId(u16::try_from(self.series.len()).unwrap_or(u16::MAX));
        self.ids.insert(series.clone(), id);
        self.series.push(series);
        id
    }

    fn of(&self, id: SeriesId) -> Option<&Series> {
        self.series.get(usize::from(id.0))
    }

    /// The same question about one member of a dimension.
    fn member(&mut self, id: SeriesId, dimension: &Dimension, member: &str) -> SeriesId {
        let Some(series) = self.of(id) else { return id };
        let mut series = series.clone();
        series.dimensions.insert(dimension.key.clone(), member.to_owned());
        self.id(series)
    }
}

/// Everything that a plan measures.
#[derive(Default)]
pub(super) struct Measures {
    pub(super) arms: Option<Arms>,
    pub(super) dimensions: Vec<Dimension>,
    pub(super) metrics: Vec<Metric>,
    pub(super) table: Table,
    /// Every name that is declared; none for a metric that is broken.
    pub(super) known: BTreeMap<String, Option<MetricId>>,
    pub(super) place: Option<Place>,
}

/// One of a metric's questions before it is asked of an arm.
pub(super) struct Question<'a> {
    pub(super) metric: &'a str,
    pub(super) only: &'a BTreeMap<String, String>,
    pub(super) stat: Stat,
}

impl Measures {
    /// The lookup of a question: of each arm, or of everybody.
    pub(super) fn lookup(&mut self, question: &Question<'_>, by_arm: bool, against_arm: bool) -> Lookup {
        let arms = self.arms.as_ref().filter(|_| by_arm);
        let mut ask = |arm: Option<&BTreeMap<String, String>>| {
            let mut dimensions = question.only.clone();
            dimensions.extend(arm.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
            self.table.id(Series { metric: question.metric.to_owned(), dimensions, stat: question.stat })
        };
        let canary = ask(arms.map(|arms| &arms.canary));
        let baseline = arms.filter(|_| against_arm).map(|arms| ask(Some(&arms.baseline)));
        Lookup { canary, baseline, members: BTreeMap::new() }
    }
}

/// Adds the questions about the members of each dimension over which a condition spreads a metric.
pub(super) fn spread(
    measures: &mut Measures,
    spreads: &BTreeSet<(MetricId, DimensionId)>,
    found: &mut Vec<Problem>,
) {
    let Measures { dimensions, metrics, table, .. } = measures;
    for (metric, id) in spreads {
        let dimension = dimensions.get(usize::from(id.0));
        let metric = metrics.get_mut(usize::from(metric.0));
        if let (Some(metric), Some(dimension)) = (metric, dimension) {
            for lookup in lookups(&mut metric.source) {
                let arms = (lookup.canary, lookup.baseline);
                let mut ask = |member: &String| {
                    let canary = table.member(arms.0, dimension, member);
                    (canary, arms.1.map(|baseline| table.member(baseline, dimension, member)))
                };
                let members = dimension.members.iter().map(&mut ask).collect();
                lookup.members.insert(*id, members);
            }
        }
    }
    if table.series.len() > MOST {
        let what = format!("the plan would ask for {} series, more than {MOST}", table.series.len());
        found.push(
            measures
                .place
                .unwrap_or(Place::START)
                .problem(what, Some("list fewer members, or spread fewer conditions over them".to_owned())),
        );
    }
}

fn lookups(source: &mut Source) -> Vec<&mut Lookup> {
    match source {
        Source::Ratio { of, to, .. } => of.iter_mut().chain(to).collect(),
        Source::Average { sum, count } => vec![sum, count],
        Source::Series { values, count, .. } => std::iter::once(values).chain(count).collect(),
        Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => Vec::new(),
    }
}
