//! Budgets that go on after their rollout, and are easily forgotten: as long as nobody closes them, each is counted.

use crate::{finding::Finding, ports::Loaded};
use rollout::{
    plan::{Budget, Meter, Plan, Series, Source},
    rollout::RolloutId,
};
use std::collections::BTreeMap;

/// So many are named, where there are more.
const NAMED_MAX: usize = 5;

/// What money is counted from, where no caller names the rollout.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Counted<'p> {
    Log { group: &'p str, field: &'p str },
    Metric(&'p Series),
}

/// Whether each log and each metric is counted under one budget of what has completed: of two, one is of a feature that is
/// gone or replaced. Its owner would be told of money that is another's, and each line is written twice.
pub fn is_counted_once(spending: &[Loaded]) -> Finding {
    let what = "what has completed is counted once";
    let mut all: Vec<(&Loaded, &Budget)> = vec![];
    for loaded in spending {
        all.extend(loaded.head.open_budgets(&loaded.plan).map(|(_, budget)| (loaded, budget)));
    }
    all.sort_by_key(|(loaded, _)| loaded.head.created);
    let mut newest: BTreeMap<Counted<'_>, &RolloutId> = BTreeMap::new();
    let mut older = vec![];
    for (loaded, budget) in all.iter().rev() {
        let Some(counted) = counted(&loaded.plan, budget) else { continue };
        match newest.get(&counted) {
            Some(newer) if **newer != loaded.head.id => {
                older.push((format!("{} {}", loaded.head.id, budget.name), newer.to_string()));
            }
            Some(_) => {}
            None => drop(newest.insert(counted, &loaded.head.id)),
        }
    }
    let Some((first, newer)) = older.last() else {
        let names = all.iter().map(|(loaded, budget)| format!("{} {}", loaded.head.id, budget.name));
        return Finding::yes(what, format!("budgets that nobody has closed: {}", listed(names)));
    };
    let why =
        format!("a newer rollout counts the same as {}", listed(older.iter().map(|(name, _)| name.clone())));
    let help = format!("where {newer} has replaced it: tidegate close-budget {first}");
    Finding::no(what, why, help)
}

fn counted<'p>(plan: &'p Plan, budget: &'p Budget) -> Option<Counted<'p>> {
    match &budget.meter {
        Meter::Logs { group, field } => Some(Counted::Log { group, field }),
        Meter::Metric(metric) => match &plan.metric(*metric).source {
            Source::Series { values, .. } => Some(Counted::Metric(plan.series(values.canary))),
            Source::Ratio { .. }
            | Source::Average { .. }
            | Source::Signal(_)
            | Source::Reported { .. }
            | Source::Budget(_) => None,
        },
        // Whoever calls names the rollout.
        Meter::Calls => None,
    }
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    match names.get(..NAMED_MAX) {
        None if names.is_empty() => "none".to_owned(),
        Some(some) if names.len() > NAMED_MAX => {
            format!("{}, and {} more", some.join(", "), names.len() - NAMED_MAX)
        }
        Some(_) | None => names.join(", "),
    }
}
