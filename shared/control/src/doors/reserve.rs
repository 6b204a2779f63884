//! Money that is held before it is spent: reserve, call, settle.
//!
//! Whoever is about to pay for a call holds the most that it may cost. Nobody else gets that money until the hold is
//! settled with what the call did cost, is released because there was no call, or its time has passed.

use super::meter::crosses;
use crate::ports::{
    HOLDS_MAX, Held, Hold, LoadError, Loaded, Paid, ReserveError, Spend, Store, Unavailable, Wake, World,
};
use rollout::{
    calendar::{Calendar, Day, Hour},
    event::Outcome,
    plan::{Budget, Meter, Plan},
    rollout::{Closed, Phase, Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{BudgetId, Money},
};

/// No hold lasts longer, and none is shorter: what a caller who crashed left behind comes back soon.
pub const LASTS: (Span, Span) = (Span::seconds(1), Span::hours(1));
/// So long after its end a window still takes the costs of calls that were reserved in it.
const OPEN_FOR: Span = Span::days(7);
/// Characters of a name that a caller gives.
const NAME_MAX: usize = 64;
/// Characters of a day.
const DAY_CHARS: usize = 10;

/// What somebody wants to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The most that the call may cost.
    pub money: Money,
    /// For so long.
    pub lasts: Span,
    /// What makes it the same when it is said again.
    pub name: Option<String>,
}

/// Money that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Names it: whoever settles or releases it says this.
    pub id: String,
    /// The window that it is held in.
    pub day: Day,
    /// How much, and for how long.
    pub held: Held,
}

/// Why nothing is held, or settled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHeld {
    /// There is no such rollout, or it cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The plan has no such budget.
    #[error("the plan has no budget {name}: {known}")]
    NoBudget {
        /// Which.
        name: String,
        /// Those that it has, in words.
        known: String,
    },
    /// What spends it has been taken back.
    #[error("{0} was taken back: nothing more is held for it")]
    TakenBack(RolloutId),
    /// A person said that nothing more is.
    #[error("{by} closed {budget} at {at}: nothing more is held under it")]
    BudgetClosed {
        /// Which.
        budget: String,
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Nothing is no amount.
    #[error("an amount is more than nothing; a call that was not made is released")]
    Nothing,
    /// It can never be had.
    #[error("{money} is more than the cap of {cap}")]
    BeyondCap {
        /// How much was wanted.
        money: Money,
        /// How much there is in a day.
        cap: Money,
    },
    /// No call costs so much.
    #[error("{money} is more than {} caps of {cap}: is it in dollars?", Budget::CAPS_MAX)]
    Absurd {
        /// What it is said to have cost.
        money: Money,
        /// How much there is in a day.
        cap: Money,
    },
    /// No hold lasts so long.
    #[error("a reservation lasts from {} to {}", LASTS.0, LASTS.1)]
    Lasts,
    /// No reservation can have this name.
    #[error("no reservation has the name {0}")]
    Unnamed(String),
    /// Its window takes no more costs.
    #[error("the window of {0} is closed")]
    Closed(Day),
    /// The money is counted elsewhere, and would count twice.
    #[error("what is spent under {budget} is counted from {by}: release the reservation instead")]
    Metered {
        /// Which.
        budget: String,
        /// Where it is counted.
        by: String,
    },
    /// The cap would be passed.
    #[error("{left} of {cap} is left on {day}, and {money} is asked for: the next window begins at {next}")]
    NoMoney {
        /// How much was wanted.
        money: Money,
        /// How much may still be had.
        left: Money,
        /// How much there is in a day.
        cap: Money,
        /// The window.
        day: Day,
        /// When the next one begins.
        next: Timestamp,
    },
    /// Callers reserve and do not settle.
    #[error("{HOLDS_MAX} reservations are not settled: settle or release them, or wait until they lapse")]
    TooMany,
    /// It was settled or released.
    #[error("this reservation was settled or released before")]
    Done,
    /// There was no call, as somebody said.
    #[error("this reservation was released before: a call that was made needs one of its own")]
    Released,
    /// There was a call, as somebody said.
    #[error("this reservation was settled before, with {0}")]
    Spent(Money),
}

/// Holds money under a budget, unless the cap would be passed: then the window says so, and whoever decides is woken.
///
/// # Errors
/// [`NotHeld`]: the call must not be made.
pub async fn reserve<P: Store + World + Wake>(
    ports: &P,
    id: &RolloutId,
    budget: &str,
    wanted: &Wanted,
) -> Result<Reserved, NotHeld> {
    let Loaded { plan, head } = ports.load(id).await?;
    let ((known, budget), money) = (named(&plan, budget)?, wanted.money);
    if is_taken_back(&head) {
        return Err(NotHeld::TakenBack(id.clone()));
    }
    if let Some(Closed { by, at }) = head.closed.get(&known) {
        return Err(NotHeld::BudgetClosed { budget: budget.name.clone(), by: by.clone(), at: *at });
    }
    if money == Money::ZERO {
        return Err(NotHeld::Nothing);
    }
    if money > budget.cap {
        return Err(NotHeld::BeyondCap { money, cap: budget.cap });
    }
    if !(LASTS.0..=LASTS.1).contains(&wanted.lasts) {
        return Err(NotHeld::Lasts);
    }
    let (calendar, now) = (plan.calendar(), ports.now());
    let day = calendar.day(now);
    let name = wanted.name.clone().unwrap_or_else(|| ports.unique());
    if let Some(reserved) = before_midnight(ports, id, &budget.name, (calendar, now), &name).await? {
        return Ok(reserved);
    }
    let held = Held { money, until: now.after(wanted.lasts) };
    let hold = Hold { id: format!("{day}-{name}"), budget: budget.name.clone(), day, held };
    read(&hold.id)?;
    match ports.reserve(id, &hold, budget.cap, now).await {
        Ok(held) => Ok(Reserved { id: hold.id, day, held }),
        Err(ReserveError::NoRoom { left, first }) => {
            if first {
                ports.evaluate(id);
            }
            let next = calendar.begins(day.next());
            Err(NotHeld::NoMoney { money, left, cap: budget.cap, day, next })
        }
        Err(ReserveError::TooMany) => Err(NotHeld::TooMany),
        Err(ReserveError::Done) => Err(NotHeld::Done),
        Err(ReserveError::Unavailable(why)) => Err(why.into()),
    }
}

/// What the same request holds since before midnight: its answer may have been lost, and its window has ended since.
async fn before_midnight(
    store: &impl Store,
    id: &RolloutId,
    budget: &str,
    (calendar, now): (&Calendar, Timestamp),
    name: &str,
) -> Result<Option<Reserved>, Unavailable> {
    let day = calendar.day(now.before(LASTS.1));
    if day == calendar.day(now) {
        return Ok(None);
    }
    let hold = format!("{day}-{name}");
    let held = store.purse(id, budget, day).await?.holds.get(&hold).copied();
    Ok(held.filter(|held| !held.has_lapsed(now)).map(|held| Reserved { id: hold, day, held }))
}

/// Counts what a call did cost, once and in full, in the window in which it was reserved: also when that is more than
/// was held, and when the hold's time has passed. Whoever decides is woken when a line was crossed.
///
/// # Errors
/// [`NotHeld`]: nothing was counted, or it is not known; said again it counts once.
pub async fn settle<P: Store + World + Wake>(
    ports: &P,
    id: &RolloutId,
    budget: &str,
    hold: &str,
    money: Money,
) -> Result<Paid, NotHeld> {
    let Loaded { plan, .. } = ports.load(id).await?;
    let (_, budget) = named(&plan, budget)?;
    if money == Money::ZERO {
        return Err(NotHeld::Nothing);
    }
    if budget.is_absurd(money) {
        return Err(NotHeld::Absurd { money, cap: budget.cap });
    }
    let counted = match &budget.meter {
        Meter::Logs { group, .. } => Some(format!("the log {group}")),
        Meter::Metric(metric) => Some(format!("the metric {}", plan.metric(*metric).name)),
        Meter::Calls => None,
    };
    if let Some(by) = counted {
        return Err(NotHeld::Metered { budget: budget.name.clone(), by });
    }
    let spend = spend(ports, &plan, budget, hold, money)?;
    let settled = ports.settle(id, &spend).await?;
    if settled.spend.money == Money::ZERO {
        return Err(NotHeld::Released);
    }
    if settled.spend == spend
        && spend.hour.day == plan.calendar().day(ports.now())
        && crosses(ports, id, &plan, budget, money).await?
    {
        ports.evaluate(id);
    }
    Ok(settled)
}

/// Gives back what is held for a call that was not made, and answers how much that was.
///
/// # Errors
/// [`NotHeld`]: among others, that the call was made, and has been settled.
pub async fn release<P: Store + World + Wake>(
    ports: &P,
    id: &RolloutId,
    budget: &str,
    hold: &str,
) -> Result<Money, NotHeld> {
    let Loaded { plan, .. } = ports.load(id).await?;
    let (_, budget) = named(&plan, budget)?;
    let spend = spend(ports, &plan, budget, hold, Money::ZERO)?;
    let settled = ports.settle(id, &spend).await?;
    match settled.spend.money {
        Money::ZERO => Ok(settled.held),
        money => Err(NotHeld::Spent(money)),
    }
}

/// What a hold comes to: in its own window, at the present hour or, when the window has ended, in its last.
fn spend(
    world: &impl World,
    plan: &Plan,
    budget: &Budget,
    hold: &str,
    money: Money,
) -> Result<Spend, NotHeld> {
    let (day, calendar, now) = (read(hold)?, plan.calendar(), world.now());
    let end = calendar.begins(day.next());
    if now < calendar.begins(day) || end.after(OPEN_FOR) < now {
        return Err(NotHeld::Closed(day));
    }
    let Hour { hour, .. } = calendar.hour(now.min(end.before(Span::millis(1))));
    Ok(Spend { id: hold.to_owned(), budget: budget.name.clone(), hour: Hour { day, hour }, money })
}

/// The window that the name of a reservation begins with.
fn read(hold: &str) -> Result<Day, NotHeld> {
    let plain = |name: &str| {
        (1..=NAME_MAX).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let parts = hold.split_at_checked(DAY_CHARS);
    let named = parts.and_then(|(day, name)| Some((day, name.strip_prefix('-')?)));
    let day = named.filter(|(_, name)| plain(name)).and_then(|(day, _)| day.parse().ok());
    day.ok_or_else(|| NotHeld::Unnamed(hold.chars().take(NAME_MAX).collect()))
}

fn named<'p>(plan: &'p Plan, name: &str) -> Result<(BudgetId, &'p Budget), NotHeld> {
    plan.budget_named(name).ok_or_else(|| {
        let names: Vec<&str> = plan.budgets.iter().map(|budget| budget.name.as_str()).collect();
        let known =
            if names.is_empty() { "it has none".into() } else { format!("it has {}", names.join(", ")) };
        NotHeld::NoBudget { name: name.chars().take(NAME_MAX).collect(), known }
    })
}

/// Whether the rollout goes back or has gone back: what it showed spends nothing more. What has completed goes on, until
/// somebody closes the budget.
fn is_taken_back(head: &Rollout) -> bool {
    match &head.phase {
        Phase::Lowering { to: None, .. } | Phase::Abandoning { .. } => true,
        Phase::Closing { outcome, .. } | Phase::Over { outcome, .. } => *outcome != Outcome::Completed,
        Phase::Starting
        | Phase::Waiting { .. }
        | Phase::Advancing { .. }
        | Phase::Baking { .. }
        | Phase::Paused { .. }
        | Phase::Lowering { to: Some(_), .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_reservation_begins_with_its_window() {
        assert_eq!(read("2026-01-05-a1b2").unwrap().to_string(), "2026-01-05");
        let long = format!("2026-01-05-{}", "x".repeat(65));
        for name in [
            "",
            "2026-01-05",
            "2026-01-05-",
            "2026-13-05-a",
            "2026-01-05_a",
            "2026-01-05-a/b",
            "é2026-01-05-a",
            &long,
        ] {
            assert!(matches!(read(name), Err(NotHeld::Unnamed(_))), "{name}");
        }
    }
}
