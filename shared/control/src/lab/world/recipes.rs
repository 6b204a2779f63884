//! How each series is made of the traffic and the quantities.

use super::quantities::{Nature, Quantity};
use rollout::{
    plan::{Lookup, Plan, Source},
    units::SeriesId,
};
use std::collections::BTreeMap;

/// A series is its base times `part` times all its factors.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recipe {
    pub(super) base: Base,
    pub(super) part: f64,
    pub(super) factors: Vec<Factor>,
}

/// What a series is a multiple of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::lab) enum Base {
    /// The requests of the minute.
    Requests,
    /// The share of everybody whose traffic is counted.
    Share,
    /// One.
    One,
}

/// The level of a quantity, or what is left of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Factor {
    pub(super) quantity: usize,
    pub(super) rest: bool,
}

type Recipes = BTreeMap<SeriesId, Recipe>;

const REQUESTS: Recipe = Recipe { base: Base::Requests, part: 1.0, factors: Vec::new() };

impl Recipe {
    fn times(&self, quantity: usize, rest: bool, over: usize) -> Recipe {
        let mut factors = self.factors.clone();
        factors.push(Factor { quantity, rest });
        Recipe { base: self.base, part: self.part / over.max(1) as f64, factors }
    }
}

/// The recipe of every series that a metric of the plan asks for, by the canary's id.
pub(super) fn recipes(plan: &Plan, quantities: &[Quantity]) -> Recipes {
    let mut recipes = Recipes::new();
    for quantity in in_order(quantities) {
        quotient(quantity, &quantities[quantity], &mut recipes);
    }
    for (index, quantity) in quantities.iter().enumerate() {
        let base = match quantity.nature {
            Nature::Quotient => continue,
            Nature::Level => Base::One,
            Nature::Rate => Base::Share,
        };
        let recipe = Recipe { base, part: 1.0, factors: vec![Factor { quantity: index, rest: false }] };
        for id in &quantity.of {
            recipes.entry(*id).or_insert_with(|| recipe.clone());
        }
    }
    for lookup in plan.metrics.iter().flat_map(|metric| lookups(&metric.source)) {
        recipes.entry(lookup.canary).or_insert(REQUESTS);
    }
    recipes
}

/// Every lookup of a source.
pub(in crate::lab) fn lookups(source: &Source) -> Vec<&Lookup> {
    match source {
        Source::Ratio { of, to, .. } => of.iter().chain(to).collect(),
        Source::Average { sum, count } => vec![sum, count],
        Source::Series { values, count, .. } => std::iter::once(values).chain(count).collect(),
        Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => Vec::new(),
    }
}

/// Quotients, each after those that make what it is a part of. In a circle the simplest goes first.
fn in_order(quantities: &[Quantity]) -> Vec<usize> {
    let is_quotient = |index: &usize| quantities[*index].nature == Nature::Quotient;
    let mut pending: Vec<usize> = (0..quantities.len()).filter(is_quotient).collect();
    pending.sort_by_key(|index| quantities[*index].to.len());
    let mut order = Vec::new();
    while !pending.is_empty() {
        let made_later = |index: usize, id: &SeriesId| {
            pending.iter().any(|other| *other != index && quantities[*other].of.contains(id))
        };
        let ready =
            pending.iter().position(|index| !quantities[*index].to.iter().any(|id| made_later(*index, id)));
        order.push(pending.remove(ready.unwrap_or(0)));
    }
    order
}

fn quotient(index: usize, quantity: &Quantity, recipes: &mut Recipes) {
    let Quantity { of, to, .. } = quantity;
    let others: Vec<SeriesId> = to.iter().filter(|id| !of.contains(id)).copied().collect();
    let is_inside = others.len() < to.len();
    let whole = if is_inside {
        for id in &others {
            recipes.entry(*id).or_insert_with(|| REQUESTS.times(index, true, others.len()));
        }
        REQUESTS
    } else {
        for id in to {
            let part = 1.0 / to.len() as f64;
            recipes.entry(*id).or_insert(Recipe { part, ..REQUESTS });
        }
        sum(to.iter().filter_map(|id| recipes.get(id)))
    };
    for id in of {
        recipes.entry(*id).or_insert_with(|| whole.times(index, false, of.len()));
    }
}

/// The sum of recipes with the same factors; the two sides of a quotient add up to the whole.
fn sum<'a>(recipes: impl Iterator<Item = &'a Recipe>) -> Recipe {
    let mut sides: Vec<Recipe> = Vec::new();
    for recipe in recipes {
        match sides.iter_mut().find(|side| side.factors == recipe.factors) {
            Some(side) => side.part += recipe.part,
            None => sides.push(recipe.clone()),
        }
    }
    match sides.as_slice() {
        [one, other] if are_sides(&one.factors, &other.factors) => {
            let factors = one.factors[..one.factors.len() - 1].to_vec();
            Recipe { base: one.base, part: one.part, factors }
        }
        [first, ..] => first.clone(),
        [] => REQUESTS,
    }
}

fn are_sides(one: &[Factor], other: &[Factor]) -> bool {
    match (one.split_last(), other.split_last()) {
        (Some((a, before_a)), Some((b, before_b))) => {
            a.quantity == b.quantity && a.rest != b.rest && before_a == before_b
        }
        _ => false,
    }
}
