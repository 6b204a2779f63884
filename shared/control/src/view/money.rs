//! The money of today, under each budget.

use super::Spending;
use rollout::{
    calendar::Days,
    event::Holder,
    levels::Levels,
    plan::{Budget, Plan},
    rollout::Rollout,
    time::Timestamp,
    units::{BudgetId, Money},
};

pub(super) fn spendings(plan: &Plan, head: &Rollout, levels: &Levels, now: Timestamp) -> Vec<Spending> {
    if plan.budgets.is_empty() {
        return vec![];
    }
    let today = plan.calendar().day(now);
    let spending = |(id, budget): (BudgetId, &Budget)| {
        let spent = levels.windows.get(&id).and_then(|windows| windows.on(today));
        let untold = levels.untold(id, Days { first: today, last: today });
        let holds = |holder: &Holder| matches!(holder, Holder::Cap(by, _) if *by == id);
        let off = head.off.iter().filter(|(_, holders)| holders.iter().any(holds));
        Spending {
            name: budget.name.clone(),
            day: today.to_string(),
            spent: spent.map(|tally| dollars(tally.money)),
            untold: untold.map(|gap| gap.to_string()),
            cap: dollars(budget.cap),
            warn: budget.warn.map(dollars),
            off: off.map(|(feature, _)| feature.clone()).collect(),
        }
    };
    // What is closed is not looked at any more, and what was seen last of it grows old.
    let open = plan.budgets().filter(|(id, _)| !head.closed.contains_key(id));
    open.map(spending).collect()
}

/// A decimal as a text, so that no program makes a float of it.
fn dollars(money: Money) -> String {
    money.dollars().to_string()
}
