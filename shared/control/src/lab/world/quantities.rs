//! The independent quantities behind a plan's metrics, and how each metric sees them.
//!
//! `error_rate` and `availability` are two views of one quotient: whoever breaks one breaks the other.

use rollout::{
    plan::{Kind, Metric, Plan, Source, Stat},
    units::{MetricId, SeriesId},
};

/// Something that the lab may set by itself.
pub(in crate::lab) struct Quantity {
    /// What a level of it is.
    pub(super) nature: Nature,
    /// What kind of amount the first metric that sees it is about.
    pub(super) kind: Kind,
    /// The series that follow from it, each by its canary's id.
    pub(super) of: Vec<SeriesId>,
    /// The series of which `of` is a part: of a quotient only.
    pub(super) to: Vec<SeriesId>,
}

/// What a level of a quantity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Nature {
    /// So much of `of` for each of `to`.
    Quotient,
    /// The value itself: a gauge, a percentile.
    Level,
    /// So many each minute when everybody's traffic is counted.
    Rate,
}

/// How a metric follows from the quantities.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab) enum Sight {
    /// It shows a quantity.
    Shows(View),
    /// It counts what a quotient is made of; the quotient, if it is counted above the line.
    Counts(Option<usize>),
    /// People tell it.
    Told,
}

/// A metric's view of a quantity.
#[derive(Clone, Copy, Debug)]
pub(in crate::lab) struct View {
    /// Which.
    pub(super) quantity: usize,
    /// A level times this is in the base unit of the metric's kind.
    pub(super) scale: f64,
    /// The metric shows what is left of one.
    pub(super) rest: bool,
}

impl View {
    /// The quantity that is seen.
    pub(in crate::lab) fn quantity(&self) -> usize {
        self.quantity
    }

    /// The level at which the metric shows `value`, in its base unit.
    pub(in crate::lab) fn level(&self, value: f64) -> f64 {
        let level = value / self.scale;
        if self.rest { 1.0 - level } else { level }
    }

    /// What the metric shows at a level, in its base unit.
    pub(in crate::lab) fn shown(&self, level: f64) -> f64 {
        (if self.rest { 1.0 - level } else { level }) * self.scale
    }

    /// By how much the level changes when the metric grows by `amount`.
    pub(in crate::lab) fn step(&self, amount: f64) -> f64 {
        (if self.rest { -amount } else { amount }) / self.scale
    }
}

/// Every metric of a plan with its id.
pub(in crate::lab) fn metrics(plan: &Plan) -> impl Iterator<Item = (MetricId, &Metric)> {
    (0u16..).map(MetricId).zip(&plan.metrics)
}

/// The quantities of a plan, and for each metric how it sees them.
pub(super) fn quantities(plan: &Plan) -> (Vec<Quantity>, Vec<Sight>) {
    let mut found = Vec::new();
    // Quotients come first: what a quotient is made of is no quantity of its own.
    let quotients: Vec<Option<Sight>> =
        plan.metrics.iter().map(|metric| quotient(metric, &mut found)).collect();
    let sights = plan.metrics.iter().zip(quotients).map(|(metric, sight)| match sight {
        Some(sight) => sight,
        None => single(metric, &mut found),
    });
    let sights = sights.collect();
    (found, sights)
}

fn quotient(metric: &Metric, found: &mut Vec<Quantity>) -> Option<Sight> {
    let (of, to, without) = match &metric.source {
        Source::Ratio { of, to, without } => (ids(of), ids(to), *without),
        Source::Average { sum, count } => (vec![sum.canary], vec![count.canary], false),
        Source::Series { .. } | Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => {
            return None;
        }
    };
    let (of, rest) = one_side(of, &to, without);
    let quantity = found.iter().position(|known| known.of == of && known.to == to).unwrap_or(found.len());
    if quantity == found.len() {
        found.push(Quantity { nature: Nature::Quotient, kind: metric.kind, of, to });
    }
    Some(Sight::Shows(View { quantity, scale: metric.scale.to_f64(), rest }))
}

fn ids(lookups: &[rollout::plan::Lookup]) -> Vec<SeriesId> {
    let mut ids: Vec<SeriesId> = lookups.iter().map(|lookup| lookup.canary).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Hits of all and misses of all are one quotient: of the two sides, the one with the first series is kept.
fn one_side(of: Vec<SeriesId>, to: &[SeriesId], rest: bool) -> (Vec<SeriesId>, bool) {
    let inside = of.len() < to.len() && of.iter().all(|id| to.contains(id));
    if inside && to.first().is_some_and(|first| !of.contains(first)) {
        (to.iter().filter(|id| !of.contains(id)).copied().collect(), !rest)
    } else {
        (of, rest)
    }
}

fn single(metric: &Metric, found: &mut Vec<Quantity>) -> Sight {
    let (values, stat) = match &metric.source {
        Source::Series { values, stat, .. } => (values.canary, *stat),
        Source::Signal(_)
        | Source::Reported { .. }
        | Source::Budget(_)
        | Source::Ratio { .. }
        | Source::Average { .. } => return Sight::Told,
    };
    let nature = match stat {
        Stat::Sum | Stat::SampleCount => Nature::Rate,
        Stat::Minimum | Stat::Maximum | Stat::Percentile(_) => Nature::Level,
    };
    let part_of = |known: &Quantity| known.nature == Nature::Quotient && known.of.contains(&values);
    let whole_of = |known: &Quantity| known.nature == Nature::Quotient && known.to.contains(&values);
    if let Some(quotient) = found.iter().position(part_of) {
        return Sight::Counts(Some(quotient));
    }
    if stat == Stat::SampleCount || found.iter().any(whole_of) {
        return Sight::Counts(None);
    }
    let known = found.iter().position(|known| known.nature == nature && known.of == [values]);
    let quantity = known.unwrap_or(found.len());
    if known.is_none() {
        found.push(Quantity { nature, kind: metric.kind, of: vec![values], to: Vec::new() });
    }
    Sight::Shows(View { quantity, scale: metric.scale.to_f64(), rest: false })
}
