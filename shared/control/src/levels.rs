//! Reads what stands: the money in the windows of budgets, and alarms.

use crate::ports::{Alarms, Loaded, Store};
use rollout::{
    gather::Questions,
    levels::{Levels, Windows},
};

/// What cannot be read is not known, and keeps nothing else from being decided.
pub(crate) async fn read<P: Store + Alarms>(ports: &P, loaded: &Loaded, asked: &Questions<'_>) -> Levels {
    let mut levels = Levels::default();
    for (budget, days) in &asked.windows {
        let name = &loaded.plan.budget(*budget).name;
        if let Ok(spent) = ports.windows(&loaded.head.id, name, *days).await {
            levels.windows.insert(*budget, Windows { days: *days, spent });
        }
    }
    if !asked.alarms.is_empty() {
        let names: Vec<String> = asked.alarms.iter().cloned().collect();
        let states = ports.alarms(&names).await;
        levels.alarms = names.into_iter().zip(states).collect();
    }
    levels
}
