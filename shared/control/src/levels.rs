//! Reads what stands: the money in the windows of budgets, and alarms.

use crate::ports::{Alarms, Asked, Loaded, Store};
use rollout::{
    gather::Questions,
    levels::{AlarmState, Levels, Windows},
    units::BudgetId,
};
use std::collections::BTreeMap;

/// How each of these alarms stands, each asked for once, in the order of their names.
pub(crate) async fn alarms<'p, P: Alarms>(
    ports: &P,
    names: impl Iterator<Item = &'p str>,
) -> Vec<(&'p str, AlarmState)> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return vec![];
    }
    let states = ports.alarms(&names).await;
    names.into_iter().zip(states).collect()
}

/// What was spent in the windows that each of these questions asks for; what cannot be read is left out.
pub(crate) async fn windows<P: Store>(
    ports: &P,
    all: &[(&Loaded, &Questions<'_>)],
) -> Vec<BTreeMap<BudgetId, Windows>> {
    let each = all.iter().enumerate().flat_map(|(place, (loaded, asked))| {
        asked.windows.iter().map(move |(budget, days)| {
            let (id, name) = (loaded.head.id.clone(), loaded.plan.budget(*budget).name.clone());
            ((place, *budget), Asked { id, budget: name, days: *days })
        })
    });
    let (places, asked): (Vec<_>, Vec<Asked>) = each.unzip();
    let mut found = vec![BTreeMap::new(); all.len()];
    if asked.is_empty() {
        return found;
    }
    let answers = ports.windows_all(&asked).await;
    for (((place, budget), Asked { days, .. }), spent) in places.into_iter().zip(asked).zip(answers) {
        if let (Some(windows), Ok(spent)) = (found.get_mut(place), spent) {
            windows.insert(budget, Windows { days, spent });
        }
    }
    found
}

/// What stands, of what one rollout asks for. What could not be read is not known, and keeps nothing else from being
/// decided.
pub(crate) fn of(
    asked: &Questions<'_>,
    windows: BTreeMap<BudgetId, Windows>,
    alarms: &[(&str, AlarmState)],
) -> Levels {
    let state = |watched| alarms.iter().find(|(name, _)| *name == watched).map(|(_, state)| *state);
    let own = asked.alarms().filter_map(|(rule, name)| Some((rule, state(name)?)));
    Levels { windows, alarms: own.collect(), ..Levels::default() }
}

/// What one rollout asks for.
pub(crate) async fn read<P: Store>(
    ports: &P,
    loaded: &Loaded,
    asked: &Questions<'_>,
    alarms: &[(&str, AlarmState)],
) -> Levels {
    let windows = windows(ports, &[(loaded, asked)]).await.pop().unwrap_or_default();
    of(asked, windows, alarms)
}
