//! What a plan's series are made of: the traffic of each arm, and the levels of a few independent quantities.

mod healthy;
mod quantities;
mod recipes;

pub(super) use healthy::Report;
pub(super) use quantities::{Sight, View, metrics};
pub(super) use recipes::{Base, lookups};

use healthy::Healthy;
use quantities::Quantity;
use recipes::Recipe;
use rollout::{
    plan::{About, Lookup, Meter, Plan, Source},
    units::{DimensionId, MetricId, SeriesId},
};
use std::collections::BTreeMap;

/// One member of one dimension.
pub(super) type Member = (DimensionId, u16);

/// Whose traffic a series counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Canary,
    Baseline,
    Everybody,
}

/// Everything that the lab knows of a plan.
pub(super) struct World {
    quantities: Vec<Quantity>,
    healthy: Vec<Healthy>,
    /// By metric.
    sights: Vec<Sight>,
    /// By metric: all that is asked about it.
    asked: Vec<Vec<SeriesId>>,
    /// The levels, each of one quantity for one side and one member.
    pub(super) cells: Vec<Cell>,
    /// The requests, each of one side and one member.
    pub(super) streams: Vec<Stream>,
    /// By series of the plan; none for one that no metric asks for.
    pub(super) entries: Vec<Option<Entry>>,
    /// What people report while all is well.
    pub(super) reports: Vec<Report>,
}

/// Where the level of a quantity is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) quantity: usize,
    pub(super) side: Side,
    pub(super) member: Option<Member>,
    /// The level while all is well.
    pub(super) healthy: f64,
    /// The same before anybody is exposed.
    pub(super) dark: f64,
}

/// The requests of one side, or of one member of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stream {
    pub(super) side: Side,
    pub(super) member: Option<Member>,
    /// Its part of the side's requests: a dimension's members have equal parts.
    pub(super) part: f64,
}

/// How the value of a series is made.
pub(super) struct Entry {
    pub(super) stream: usize,
    pub(super) base: Base,
    pub(super) part: f64,
    pub(super) factors: Box<[CellFactor]>,
}

/// The level in a cell, or what is left of one.
#[derive(Clone, Copy)]
pub(super) struct CellFactor {
    pub(super) cell: usize,
    pub(super) rest: bool,
}

impl World {
    /// The world in which all is well with a plan, with so many requests a minute.
    pub(super) fn of(plan: &Plan, requests: f64) -> World {
        let (quantities, sights) = quantities::quantities(plan);
        let healthy = healthy::healthy(plan, &quantities, &sights, requests);
        let recipes = recipes::recipes(plan, &quantities);
        let reports = healthy::reports(plan);
        let entries = plan.series.iter().map(|_| None).collect();
        let asked = plan.metrics.iter().map(|metric| asked(&metric.source)).collect();
        let (cells, streams) = (Vec::new(), Vec::new());
        let mut world = World { quantities, healthy, sights, asked, cells, streams, entries, reports };
        for (lookup, about) in merged(plan) {
            if let Some(recipe) = recipes.get(&lookup.canary) {
                world.spread(&lookup, about, recipe);
            }
        }
        // What a meter shows is what is spent, and no part of the traffic.
        for budget in &plan.budgets {
            let Meter::Metric(metric) = &budget.meter else { continue };
            if let Some(sight) = world.sights.get_mut(usize::from(metric.0)) {
                *sight = Sight::Told;
            }
            for series in world.asked.get(usize::from(metric.0)).into_iter().flatten() {
                if let Some(entry) = world.entries.get_mut(usize::from(series.0)) {
                    *entry = None;
                }
            }
        }
        world
    }

    /// How a metric follows from the quantities.
    pub(super) fn sight(&self, metric: MetricId) -> Sight {
        self.sights.get(usize::from(metric.0)).copied().unwrap_or(Sight::Told)
    }

    /// Every series that is asked about a metric.
    pub(super) fn series(&self, metric: MetricId) -> impl Iterator<Item = SeriesId> {
        self.asked.get(usize::from(metric.0)).into_iter().flatten().copied()
    }

    /// The number of quantities.
    pub(super) fn len(&self) -> usize {
        self.quantities.len()
    }

    /// Whether a whole shows the mean of its members: a percentile of all is not the mean of its parts.
    pub(super) fn adds_up(&self, quantity: usize) -> bool {
        self.quantities[quantity].nature != quantities::Nature::Level
    }

    /// A minute differs from the level of a quantity by at most this share of it.
    pub(super) fn noise(&self, quantity: usize) -> f64 {
        self.healthy[quantity].noise
    }

    /// The level nearest to `level` that a quantity can have.
    pub(super) fn possible(&self, quantity: usize, level: f64) -> f64 {
        let level = if level < 0.0 { 0.0 } else { level };
        match self.healthy[quantity].cap {
            Some(cap) if level > cap => cap,
            Some(_) | None => level,
        }
    }

    /// What a view shows while all is well: of the canary, and of the baseline.
    pub(super) fn well(&self, view: View) -> (f64, f64) {
        let healthy = self.healthy[view.quantity];
        (view.shown(healthy.canary), view.shown(healthy.baseline))
    }

    fn spread(&mut self, lookup: &Lookup, about: About, recipe: &Recipe) {
        let first = match about {
            About::Canary => Side::Canary,
            About::All => Side::Everybody,
        };
        let mut add =
            |(canary, baseline): (SeriesId, Option<SeriesId>), member: Option<Member>, part: f64| {
                self.add(canary, first, member, part, recipe);
                if let Some(baseline) = baseline {
                    self.add(baseline, Side::Baseline, member, part, recipe);
                }
            };
        add((lookup.canary, lookup.baseline), None, 1.0);
        for (dimension, members) in &lookup.members {
            let part = 1.0 / members.len().max(1) as f64;
            for (place, series) in (0u16..).zip(members) {
                add(*series, Some((*dimension, place)), part);
            }
        }
    }

    fn add(&mut self, series: SeriesId, side: Side, member: Option<Member>, part: f64, recipe: &Recipe) {
        let stream = self.stream(Stream { side, member, part });
        let of = |factor: &recipes::Factor| (factor.quantity, factor.rest);
        let factors = recipe.factors.iter().map(of).collect::<Vec<_>>();
        let factors = factors.into_iter();
        let factors =
            factors.map(|(quantity, rest)| CellFactor { cell: self.cell(quantity, side, member), rest });
        let factors = factors.collect();
        let entry = Entry { stream, base: recipe.base, part: recipe.part, factors };
        if let Some(place @ None) = self.entries.get_mut(usize::from(series.0)) {
            *place = Some(entry);
        }
    }

    fn stream(&mut self, stream: Stream) -> usize {
        let same = |known: &Stream| known.side == stream.side && known.member == stream.member;
        self.streams.iter().position(same).unwrap_or_else(|| {
            self.streams.push(stream);
            self.streams.len() - 1
        })
    }

    fn cell(&mut self, quantity: usize, side: Side, member: Option<Member>) -> usize {
        let Healthy { canary, baseline, dark, .. } = self.healthy[quantity];
        let (healthy, dark) = match side {
            Side::Canary | Side::Everybody => (canary, dark),
            Side::Baseline => (baseline, baseline),
        };
        let same = |known: &Cell| known.quantity == quantity && known.side == side && known.member == member;
        self.cells.iter().position(same).unwrap_or_else(|| {
            self.cells.push(Cell { quantity, side, member, healthy, dark });
            self.cells.len() - 1
        })
    }
}

/// Every series of a source, of each arm and each member.
fn asked(source: &Source) -> Vec<SeriesId> {
    let of = |lookup: &Lookup| {
        let members = lookup.members.values().flatten().copied();
        std::iter::once((lookup.canary, lookup.baseline)).chain(members).collect::<Vec<_>>()
    };
    let pairs = lookups(source).into_iter().flat_map(of);
    pairs.flat_map(|(canary, baseline)| std::iter::once(canary).chain(baseline)).collect()
}

/// Every lookup once, with the arms and members of all metrics that share it.
fn merged(plan: &Plan) -> Vec<(Lookup, About)> {
    let mut all: BTreeMap<SeriesId, (Lookup, About)> = BTreeMap::new();
    for metric in &plan.metrics {
        for lookup in lookups(&metric.source) {
            let (known, about) = all.entry(lookup.canary).or_insert_with(|| (lookup.clone(), metric.about));
            known.baseline = known.baseline.or(lookup.baseline);
            for (dimension, members) in &lookup.members {
                known.members.entry(*dimension).or_insert_with(|| members.clone());
            }
            if metric.about == About::All {
                *about = About::All;
            }
        }
    }
    all.into_values().collect()
}
