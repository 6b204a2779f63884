//! What was spent, told by the logs of whoever spends it.

use super::cost::{Cost, cost};
use crate::ports::{LoadError, Loaded, Spend, Store, Unavailable, Wake, World};
use rollout::{
    calendar::Days,
    condition::Bound,
    evidence::{Answer, Gap},
    gather::{Owed, Questions},
    levels::{Levels, Tally},
    plan::{Budget, Meter, Plan, When},
    rollout::RolloutId,
    time::Timestamp,
    units::{Decimal, Money},
};

/// Lines of one log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Whose.
    pub group: String,
    /// In the order in which they came.
    pub lines: Vec<Line>,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its own: however often it is told, it counts once.
    pub id: String,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
}

/// What lines came to.
#[derive(Debug, Default)]
pub struct Metered {
    /// Costs that count under a budget, known before or not.
    pub counted: u64,
    /// Lines with such a field in which no amount could be read.
    pub unread: Vec<String>,
    /// Rollouts that could not be read: what they spend is not counted.
    pub unreadable: Vec<LoadError>,
}

/// Counts what these lines cost under every budget that is metered by their group, and wakes whoever decides when a line
/// was crossed: each tick looks at the money anyway.
///
/// # Errors
/// [`Unavailable`] when something could not be counted: told again, what was counted already counts no second time.
pub async fn meter<P: Store + World + Wake>(ports: &P, lines: &Lines) -> Result<Metered, Unavailable> {
    let mut metered = Metered::default();
    let ids = ports.work().await?.rollouts();
    let loaded = ports.load_all(&ids).await;
    for (id, loaded) in ids.into_iter().zip(loaded) {
        let loaded = match loaded {
            Ok(loaded) => loaded,
            Err(LoadError::Unavailable(why)) => return Err(why),
            Err(why) => {
                metered.unreadable.push(why);
                continue;
            }
        };
        for (_, budget) in loaded.head.open_budgets(&loaded.plan) {
            let field = match &budget.meter {
                Meter::Logs { group, field } if *group == lines.group => field,
                Meter::Logs { .. } | Meter::Metric(_) | Meter::Calls => continue,
            };
            let spent = count(ports, &loaded, budget, field, lines, &mut metered).await?;
            if crosses(ports, &id, &loaded.plan, budget, spent).await? {
                ports.evaluate(&id);
            }
        }
    }
    Ok(metered)
}

/// How much of it was spent today.
async fn count<P: Store + World>(
    ports: &P,
    loaded: &Loaded,
    budget: &Budget,
    field: &str,
    lines: &Lines,
    metered: &mut Metered,
) -> Result<Money, Unavailable> {
    let calendar = loaded.plan.calendar();
    let today = calendar.day(ports.now());
    let mut spent = Money::ZERO;
    for line in &lines.lines {
        let money = match cost(&line.text, field) {
            Cost::None => continue,
            Cost::Unread(what) => {
                metered.unread.push(what);
                continue;
            }
            // A sum of what cannot be is none that a window can hold, and this is beyond every line.
            Cost::Money(money) => money.min(budget.most()),
        };
        let hour = calendar.hour(line.at);
        let spend = Spend { id: line.id.clone(), budget: budget.name.clone(), hour, money };
        ports.spend(&loaded.head.id, &spend).await?;
        metered.counted += 1;
        if hour.day == today {
            spent = spent.plus(money);
        }
    }
    Ok(spent)
}

/// Counts what metrics say was spent and nobody has counted, in the windows that were read, too: this tick sees what it
/// crosses. What cannot be written is counted again on the next one, and is not known until then.
pub(super) async fn count_owed<P: Store>(
    ports: &P,
    loaded: &Loaded,
    asked: &Questions<'_>,
    answers: &[Answer],
    levels: &mut Levels,
) {
    for Owed { budget, hour, counted, more } in asked.owed(answers, &levels.windows) {
        let name = loaded.plan.budget(budget).name.clone();
        let begins = loaded.plan.calendar().hour_begins(hour);
        // Named by what it is counted on top of: of two doors that count the same, one does.
        let id = format!("metric@{begins}+{}", counted.as_micros());
        let spend = Spend { id, budget: name, hour, money: more };
        if ports.spend(&loaded.head.id, &spend).await.is_err() {
            levels.untold.entry(budget).or_default().insert(hour.day, Gap::Failing);
        }
        if let Some(windows) = levels.windows.get_mut(&budget) {
            let tally = windows.spent.entry(hour.day).or_default().hours.entry(hour.hour).or_default();
            *tally = tally.plus(Tally { money: more, records: 1 });
        }
    }
}

/// Whether the money of today lies beyond a line and did not without this: the warning, the cap, or what a guardrail
/// compares it with.
pub(super) async fn crosses<P: Store + World>(
    ports: &P,
    id: &RolloutId,
    plan: &Plan,
    budget: &Budget,
    spent: Money,
) -> Result<bool, Unavailable> {
    if spent == Money::ZERO {
        return Ok(false);
    }
    let today = plan.calendar().day(ports.now());
    let windows = ports.windows(id, &budget.name, Days { first: today, last: today }).await?;
    let now = windows.get(&today).map(|window| window.whole().money).unwrap_or_default();
    let before = now.minus(spent);
    let reached = |line: Money| before < line && line <= now;
    // A guardrail may want it to be more than that, or as much.
    let touched = |line: Decimal| before.dollars() <= line && line <= now.dollars();
    let is_reached = budget.warn.is_some_and(reached) || reached(budget.cap);
    Ok(is_reached || guarded(plan, budget).any(touched))
}

/// What guardrails compare the money of a budget with.
fn guarded<'p>(plan: &'p Plan, budget: &'p Budget) -> impl Iterator<Item = Decimal> + 'p {
    let conditions = plan.rules().filter_map(|(_, rule)| match &rule.when {
        When::Any(conditions) => Some(conditions),
        When::Signal(_) | When::Alarm { .. } | When::Drift => None,
    });
    let of_it = conditions.flatten().map(|id| plan.condition(*id)).filter(|it| it.metric == budget.metric);
    of_it.filter_map(|it| if let Bound::Constant(limit) = it.bound { Some(limit) } else { None })
}
