//! What was spent under the budgets of a rollout, what is held, and where it goes: for people and programs.
//!
//! Nothing is decided on it. Amounts are in dollars, as texts, so that no program makes floats of them.

use crate::{
    ports::{Loaded, Purse, Store, Unavailable, World},
    turn::TurnError,
    view::Teller,
};
use rollout::{
    calendar::{Calendar, Day, Days, Hour},
    event::Holder,
    levels::{Spent, Tally},
    plan::{Budget, Meter},
    rollout::Rollout,
    time::{Span, Timestamp},
    units::{BudgetId, Money, Version},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was spent earlier is told of no stage.
const BACK: Span = Span::days(31);
/// From less of a day nothing can be said about all of it.
const FORECAST_FROM: Span = Span::minutes(15);
/// Entries of the log that are read at once.
const ENTRIES_AT_ONCE: usize = 500;

/// The budgets of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accounts {
    /// Of the rollout.
    pub id: String,
    /// When it was looked at, as RFC 3339.
    pub at: String,
    /// In the order of the plan.
    pub budgets: Vec<Account>,
}

/// Who closed a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Closed {
    /// Their name.
    pub by: String,
    /// When, as RFC 3339.
    pub at: String,
}

/// A budget in its present window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// The plan's name of it.
    pub name: String,
    /// The day, in the plan's time zone.
    pub window: String,
    /// When the next window begins, as RFC 3339.
    pub next: String,
    /// What was spent.
    pub spent: String,
    /// What is reserved and not settled.
    pub held: String,
    /// What may still be reserved.
    pub left: String,
    /// The most that there is.
    pub cap: String,
    /// How far the cap was passed: by costs that were more than was held, or by what nobody reserved.
    pub over: String,
    /// From here on the owner is warned.
    pub warn: Option<String>,
    /// Who has closed it, if somebody has: nothing more is held under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// Somebody was refused money in this window.
    pub refused: bool,
    /// What the window comes to if it goes on so; none in its first minutes.
    pub forecast: Option<String>,
    /// What a day costs while all is well, as the plan says.
    pub expect: Option<(String, String)>,
    /// The features that its cap holds off.
    pub off: Vec<String>,
    /// Of this window.
    pub requests: Requests,
    /// What a request cost while nobody was exposed.
    pub baseline: Option<String>,
    /// What was spent while each stage was wanted, to the hour; without a name while nobody was exposed.
    pub stages: Vec<OfStage>,
}

/// What requests cost. A record of cost is one; what a metric shows is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requests {
    /// How many.
    pub count: u64,
    /// Each, in the mean.
    pub each: Option<String>,
}

/// What a stage cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OfStage {
    /// Of the stage.
    pub stage: Option<String>,
    /// All of it.
    pub spent: String,
    /// Of it.
    pub requests: Requests,
}

/// Reads them.
///
/// # Errors
/// [`TurnError`]: the table does not answer, or the log does not fit the plan.
pub async fn read<P: Store + World>(ports: &P, loaded: &Loaded) -> Result<Accounts, TurnError> {
    let (plan, head, now) = (&loaded.plan, &loaded.head, ports.now());
    let mut budgets = vec![];
    if !plan.budgets.is_empty() {
        let calendar = plan.calendar();
        let stays = stays(ports, loaded).await?;
        for (id, budget) in plan.budgets() {
            let seen = Seen::of(ports, head, budget, calendar, now).await?;
            budgets.push(seen.account(head, (id, budget), calendar, &stays));
        }
    }
    Ok(Accounts { id: head.id.0.clone(), at: now.to_string(), budgets })
}

/// A stage, or none, that was wanted from a time on.
type Stay = (Timestamp, Option<String>);

async fn stays<P: Store>(ports: &P, loaded: &Loaded) -> Result<Vec<Stay>, TurnError> {
    let id = &loaded.head.id;
    let (mut teller, mut read, mut stays) = (Teller::new(id.clone()), Version(0), Vec::<Stay>::new());
    loop {
        let entries = ports.entries(id, read, ENTRIES_AT_ONCE).await?;
        for entry in &entries {
            let line = teller.tell(&loaded.plan, entry).map_err(TurnError::Illegal)?;
            read = entry.version;
            if stays.last().is_none_or(|(_, stage)| *stage != line.stage) {
                stays.push((entry.at, line.stage));
            }
        }
        if entries.len() < ENTRIES_AT_ONCE {
            return Ok(stays);
        }
    }
}

/// What was read of a budget.
struct Seen {
    now: Timestamp,
    today: Day,
    purse: Purse,
    windows: BTreeMap<Day, Spent>,
}

impl Seen {
    async fn of<P: Store>(
        ports: &P,
        head: &Rollout,
        budget: &Budget,
        calendar: &Calendar,
        now: Timestamp,
    ) -> Result<Seen, Unavailable> {
        let today = calendar.day(now);
        let first = calendar.day(head.created.max(now.before(BACK))).min(today);
        let mut windows = ports.windows(&head.id, &budget.name, Days { first, last: today }).await?;
        let mut purse = ports.purse(&head.id, &budget.name, today).await?;
        if matches!(budget.meter, Meter::Metric(_)) {
            // What a metric shows of an hour is a sum, and says nothing of requests.
            let all = windows.values_mut().chain([&mut purse.spent]);
            all.flat_map(|spent| spent.hours.values_mut()).for_each(|tally| tally.records = 0);
        }
        Ok(Seen { now, today, purse, windows })
    }

    fn account(
        &self,
        head: &Rollout,
        (id, budget): (BudgetId, &Budget),
        calendar: &Calendar,
        stays: &[Stay],
    ) -> Account {
        let whole = self.purse.spent.whole();
        let holds = |holder: &Holder| matches!(holder, Holder::Cap(by, _) if *by == id);
        let off = head.off.iter().filter(|(_, holders)| holders.iter().any(holds));
        let closed = head.closed.get(&id);
        let stages = self.stages(calendar, stays);
        let unexposed = stages.iter().find(|of| of.stage.is_none());
        Account {
            name: budget.name.clone(),
            window: self.today.to_string(),
            next: calendar.begins(self.today.next()).to_string(),
            spent: shown(whole.money),
            held: shown(self.purse.held(self.now)),
            left: shown(if closed.is_some() { Money::ZERO } else { self.purse.left(budget.cap, self.now) }),
            closed: closed.map(|closed| Closed { by: closed.by.clone(), at: closed.at.to_string() }),
            cap: shown(budget.cap),
            over: shown(whole.money.minus(budget.cap)),
            warn: budget.warn.map(shown),
            refused: self.purse.spent.refused,
            forecast: self.forecast(whole.money, calendar).map(shown),
            expect: budget.expect.map(|(least, most)| (shown(least), shown(most))),
            off: off.map(|(feature, _)| feature.clone()).collect(),
            requests: requests(whole),
            baseline: unexposed.and_then(|of| of.requests.each.clone()),
            stages,
        }
    }

    /// As much in each hour that is left as in those that have passed.
    fn forecast(&self, spent: Money, calendar: &Calendar) -> Option<Money> {
        let begun = calendar.begins(self.today);
        let passed = self.now.since(begun);
        let day = calendar.begins(self.today.next()).since(begun);
        let millis = |span: Span| u128::from(span.as_millis());
        let whole = u128::from(spent.as_micros()) * millis(day);
        let whole = whole.checked_div(millis(passed)).filter(|_| FORECAST_FROM <= passed)?;
        u64::try_from(whole).ok().map(Money::micros)
    }

    /// Each hour counts for the stage that was wanted at its end.
    fn stages(&self, calendar: &Calendar, stays: &[Stay]) -> Vec<OfStage> {
        let mut sums: Vec<(Option<String>, Tally)> = vec![];
        for (day, spent) in &self.windows {
            for (hour, tally) in &spent.hours {
                let end = calendar.hour_begins(Hour { day: *day, hour: *hour }).after(Span::hours(1));
                let stay = stays.iter().rev().find(|(from, _)| *from < end.min(self.now));
                let stage = stay.and_then(|(_, stage)| stage.clone());
                match sums.iter_mut().find(|(known, _)| *known == stage) {
                    Some((_, sum)) => *sum = sum.plus(*tally),
                    None => sums.push((stage, *tally)),
                }
            }
        }
        let of = |(stage, sum): (Option<String>, Tally)| OfStage {
            stage,
            spent: shown(sum.money),
            requests: requests(sum),
        };
        sums.into_iter().map(of).collect()
    }
}

fn requests(of: Tally) -> Requests {
    let each = of.money.as_micros().checked_div(of.records).map(Money::micros);
    Requests { count: of.records, each: each.map(shown) }
}

fn shown(money: Money) -> String {
    money.dollars().to_string()
}
