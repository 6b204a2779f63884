//! Reads what stands: the money in the windows of budgets, and alarms.

use crate::ports::{Alarms, Loaded, Store};
use rollout::{
    gather::Questions,
    levels::{AlarmState, Levels, Windows},
};
use std::collections::{BTreeMap, BTreeSet};

/// How each of these alarms stands, each asked for once.
pub(crate) async fn alarms<P: Alarms>(
    ports: &P,
    names: impl Iterator<Item = &String>,
) -> BTreeMap<String, AlarmState> {
    let names: BTreeSet<&String> = names.collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    if names.is_empty() {
        return BTreeMap::new();
    }
    let states = ports.alarms(&names).await;
    names.into_iter().zip(states).collect()
}

/// What cannot be read is not known, and keeps nothing else from being decided.
pub(crate) async fn read<P: Store>(
    ports: &P,
    loaded: &Loaded,
    asked: &Questions<'_>,
    alarms: &BTreeMap<String, AlarmState>,
) -> Levels {
    let mut levels = Levels::default();
    for (budget, days) in &asked.windows {
        let name = &loaded.plan.budget(*budget).name;
        if let Ok(spent) = ports.windows(&loaded.head.id, name, *days).await {
            levels.windows.insert(*budget, Windows { days: *days, spent });
        }
    }
    let states = asked.alarms.iter().filter_map(|name| Some((name.clone(), *alarms.get(name)?)));
    levels.alarms = states.collect();
    levels
}
