//! What exposed traffic spends: while all is well the middle of what the plan expects of a day, when everybody is
//! exposed and the traffic is the usual one. Where a metric is the meter, that metric is what shows it.

use super::{
    held,
    minutes::{MINUTE, begin, minute},
    traffic::{REQUESTS, Traffic},
    twist::Lasting,
    world::lookups,
};
use crate::ports::{Spend, Store, Unavailable};
use rollout::{
    calendar::{Calendar, Day, Days, Hour},
    plan::{self, Budget, Meter, Part, Plan},
    rollout::{Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{BudgetId, Decimal, Money, SeriesId, Share},
};
use std::{collections::BTreeMap, sync::Mutex};

const DAY_MINUTES: i64 = 24 * 60;

/// How a story lets money be spent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outlay {
    /// At once, until so much is spent in the present window.
    UpTo(Money),
    /// So many times what is spent while all is well.
    Times(Decimal),
    /// So much in each time, however many are exposed.
    Each(Money, Span),
    /// What is spent while all is well.
    Well,
}

/// Money that is to be paid under a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    id: String,
    budget: String,
    hour: Hour,
    sum: Sum,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sum {
    More(Money),
    UpTo(Money),
}

impl Bill {
    /// Whether the rollout's budget counts it still.
    pub fn counts(&self, plan: &Plan, head: &Rollout) -> bool {
        plan.budget_named(&self.budget).is_some_and(|(id, _)| head.counts(id))
    }

    /// Pays it, once.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn pay(&self, store: &impl Store, rollout: &RolloutId) -> Result<(), Unavailable> {
        let day = self.hour.day;
        let money = match self.sum {
            Sum::More(money) => money,
            Sum::UpTo(goal) => {
                let windows = store.windows(rollout, &self.budget, Days { first: day, last: day }).await?;
                goal.minus(windows.get(&day).map(|spent| spent.whole().money).unwrap_or_default())
            }
        };
        let (id, budget) = (self.id.clone(), self.budget.clone());
        store.spend(rollout, &Spend { id, budget, hour: self.hour, money }).await
    }
}

/// The purses of a plan's budgets.
pub struct Purses {
    calendar: Calendar,
    /// The next minute in which money is spent.
    next: i64,
    purses: Vec<Purse>,
    bills: Vec<Bill>,
    shown: Vec<Shown>,
    unreadable: Mutex<Vec<Lasting<()>>>,
}

/// Money that a metric shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) series: SeriesId,
    pub(super) minute: i64,
    pub(super) money: Money,
}

/// What a metric shows of a purse.
struct Gauge {
    series: SeriesId,
    /// What is to be spent at once, each in a minute.
    goals: Vec<(i64, Money)>,
    /// What was shown, by day.
    days: BTreeMap<Day, Money>,
}

struct Purse {
    name: String,
    gauge: Option<Gauge>,
    /// Of a day, while all is well.
    usual: Decimal,
    /// Switches of what spends it: without any, nothing stops it.
    switches: Vec<Switch>,
    going_on: Vec<Lasting<Outlay>>,
    /// What is still to be paid, times the minutes of a day.
    owed: Decimal,
}

/// Where a function's environment says whether something is on.
struct Switch {
    function: String,
    variable: String,
    name: String,
    says: Says,
}

/// How a variable says whether something is on.
#[derive(Clone, Copy)]
enum Says {
    Is,
    Not,
    Lists,
}

impl Purses {
    /// Of a plan, from `start` on.
    pub fn of(plan: &Plan, start: Timestamp) -> Purses {
        Purses {
            calendar: Calendar::of(&plan.timezone),
            next: minute(start),
            purses: plan.budgets.iter().map(|budget| Purse::of(plan, budget)).collect(),
            bills: Vec::new(),
            shown: Vec::new(),
            unreadable: Mutex::default(),
        }
    }

    /// Whether there is anything to spend.
    pub fn is_empty(&self) -> bool {
        self.purses.is_empty()
    }

    /// A story lets money be spent.
    pub fn apply(&mut self, budget: BudgetId, outlay: Outlay, since: Timestamp, until: Option<Timestamp>) {
        let Some(purse) = self.purses.get_mut(usize::from(budget.0)) else { return };
        if let (Outlay::UpTo(goal), Some(gauge)) = (outlay, &mut purse.gauge) {
            gauge.goals.push((minute(since).max(self.next), goal));
        } else if let Outlay::UpTo(goal) = outlay {
            let (id, hour) = (format!("story-{}", since.0), self.calendar.hour(since));
            self.bills.push(Bill { id, budget: purse.name.clone(), hour, sum: Sum::UpTo(goal) });
        } else {
            purse.going_on.push(Lasting { what: outlay, since, until });
        }
    }

    /// The windows cannot be read for a while.
    pub fn hide(&self, since: Timestamp, until: Option<Timestamp>) {
        held(&self.unreadable).push(Lasting { what: (), since, until });
    }

    /// Whether the windows can be read.
    pub fn is_readable(&self, now: Timestamp) -> bool {
        !held(&self.unreadable).iter().any(|hidden| hidden.is_on(now))
    }

    /// The minutes that have ended by `now`, with so much exposed, so many requests in each, and what the functions say in
    /// their variables.
    pub fn advance(
        &mut self,
        now: Timestamp,
        share: Share,
        requests: f64,
        says: impl Fn(&str, &str) -> Option<String>,
    ) {
        let part = exposed(share, requests);
        let (from, to) = (self.next, minute(now));
        self.next = self.next.max(to);
        for purse in &mut self.purses {
            let part = if purse.is_on(&says) { part } else { Decimal::ZERO };
            for minute in from..to {
                let money = purse.spends(begin(minute), part);
                let hour = self.calendar.hour(begin(minute));
                if let Some(gauge) = &mut purse.gauge {
                    self.shown.extend(gauge.shows(minute, hour.day, money.unwrap_or_default()));
                    continue;
                }
                let Some(money) = money else { continue };
                let id = format!("lab-{minute}");
                self.bills.push(Bill { id, budget: purse.name.clone(), hour, sum: Sum::More(money) });
            }
        }
    }

    /// What metrics show since the last call: the minutes before are made.
    pub fn show(&mut self, traffic: &Traffic) {
        self.shown.drain(..).for_each(|shown| traffic.show(shown));
    }

    /// What is to be paid since the last call.
    pub fn bills(&mut self) -> Vec<Bill> {
        std::mem::take(&mut self.bills)
    }
}

/// What part of the usual traffic of everybody is exposed.
fn exposed(share: Share, requests: f64) -> Decimal {
    let busy = Decimal::from_f64(requests / REQUESTS).unwrap_or_default();
    let share = share.percent().over(Decimal::whole(100)).unwrap_or_default();
    share.times(busy).unwrap_or_default()
}

impl Gauge {
    /// Of a budget whose meter is a metric.
    fn of(plan: &Plan, budget: &Budget) -> Option<Gauge> {
        let Meter::Metric(metric) = &budget.meter else { return None };
        let lookup = *lookups(&plan.metric(*metric).source).first()?;
        Some(Gauge { series: lookup.canary, goals: Vec::new(), days: BTreeMap::new() })
    }

    /// A minute, with what is to be spent in it at once; none where nothing was spent.
    fn shows(&mut self, minute: i64, day: Day, money: Money) -> Option<Shown> {
        let shown = self.days.entry(day).or_default();
        let goals = self.goals.iter().filter(|(at, _)| *at == minute).map(|(_, goal)| *goal);
        let all = goals.fold(shown.plus(money), Money::max);
        let money = all.minus(*shown);
        *shown = all;
        (money > Money::ZERO).then_some(Shown { series: self.series, minute, money })
    }
}

impl Purse {
    fn of(plan: &Plan, budget: &Budget) -> Purse {
        let (least, most) = budget.expect.unwrap_or_default();
        let usual = least.plus(most).dollars().over(Decimal::whole(2)).unwrap_or_default();
        let name = budget.name.clone();
        let switches = budget.at_cap.iter().filter_map(|feature| switch(plan, feature)).collect();
        let gauge = Gauge::of(plan, budget);
        Purse { name, gauge, usual, switches, going_on: Vec::new(), owed: Decimal::ZERO }
    }

    fn is_on(&self, says: &impl Fn(&str, &str) -> Option<String>) -> bool {
        let on = |switch: &Switch| {
            says(&switch.function, &switch.variable).is_some_and(|value| switch.is_on(&value))
        };
        self.switches.is_empty() || self.switches.iter().any(on)
    }

    /// The whole micro-dollars of a minute; none when it is less.
    fn spends(&mut self, at: Timestamp, part: Decimal) -> Option<Money> {
        let told = self.going_on.iter().rfind(|outlay| outlay.is_on(at)).map(|outlay| outlay.what);
        let day = match told {
            Some(Outlay::Times(factor)) => self.usual.times(factor)?.times(part)?,
            Some(Outlay::Each(..)) if part == Decimal::ZERO => Decimal::ZERO,
            Some(Outlay::Each(money, per)) => {
                let minutes = i64::try_from(per.whole(MINUTE)).ok()?;
                money.dollars().times(Decimal::whole(DAY_MINUTES))?.over(Decimal::whole(minutes))?
            }
            Some(Outlay::Well | Outlay::UpTo(_)) | None => self.usual.times(part)?,
        };
        // A minute of a day costs a part of it; what is less than a micro-dollar is owed.
        let owed = self.owed.plus(day);
        let minute = i128::from(DAY_MINUTES) * 1_000;
        let micros = owed.nanos() / minute;
        self.owed = Decimal::from_nanos(owed.nanos() % minute);
        u64::try_from(micros).ok().filter(|micros| *micros > 0).map(Money::micros)
    }
}

/// The first variable that tells of a feature or a cohort and of nothing else, or of all of them.
fn switch(plan: &Plan, name: &str) -> Option<Switch> {
    let is = |of: &plan::Switch| match of {
        plan::Switch::Feature(known) | plan::Switch::Cohort(known) => known == name,
        plan::Switch::Enabled => false,
    };
    let says = |part: &Part| match part {
        Part::Is(of) if is(of) => Some(Says::Is),
        Part::Not(of) if is(of) => Some(Says::Not),
        Part::Features if plan.features.iter().any(|known| known == name) => Some(Says::Lists),
        Part::Cohorts if plan.cohorts.iter().any(|known| known.name == name) => Some(Says::Lists),
        Part::Text(_) | Part::Percent | Part::Cohorts | Part::Users | Part::Features | Part::Flags => None,
        Part::Is(_) | Part::Not(_) => None,
    };
    plan.targets.iter().find_map(|target| {
        target.set.iter().find_map(|(variable, text)| {
            let [part] = text.0.as_slice() else { return None };
            let (function, variable) = (target.function.clone(), variable.clone());
            says(part).map(|says| Switch { function, variable, name: name.to_owned(), says })
        })
    })
}

impl Switch {
    fn is_on(&self, value: &str) -> bool {
        match self.says {
            Says::Is => value == "true",
            Says::Not => value == "false",
            Says::Lists => value.split(',').any(|name| name == self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lab::testing::{START, minutes, now, percent, plan},
        memory::MemoryStore,
    };
    use rollout::{plan::Template, units::MetricId};

    const DAY: u64 = 24 * 60;

    fn purses() -> Purses {
        let mut plan = plan();
        let expect = Some((Money::micros(500_000), Money::micros(2_000_000)));
        plan.budgets.push(Budget {
            name: "llm_cost".to_owned(),
            metric: MetricId(0),
            cap: Money::micros(5_000_000),
            warn: None,
            expect,
            at_cap: vec!["ux".to_owned()],
            meter: Meter::Calls,
        });
        let on = Template(vec![Part::Is(plan::Switch::Feature("ux".to_owned()))]);
        plan.targets[0].set.insert("UX".to_owned(), on);
        Purses::of(&plan, START)
    }

    fn with(value: &str) -> impl Fn(&str, &str) -> Option<String> {
        move |_, variable| (variable == "UX").then(|| value.to_owned())
    }

    /// What is spent by the end of so many minutes.
    #[track_caller]
    fn check(purses: &mut Purses, until: u64, share: u16, micros: u64) {
        purses.advance(minutes(until), percent(share), REQUESTS, with("true"));
        let (store, id) = (MemoryStore::new(), RolloutId("demo-1".to_owned()));
        for bill in purses.bills() {
            now(bill.pay(&store, &id)).unwrap();
            now(bill.pay(&store, &id)).unwrap();
        }
        let first = Calendar::of("UTC").day(START);
        let windows = now(store.windows(&id, "llm_cost", Days { first, last: first.next() })).unwrap();
        let spent = windows.values().fold(Money::ZERO, |all, spent| all.plus(spent.whole().money));
        assert_eq!(spent.as_micros(), micros);
    }

    #[test]
    fn a_day_of_everybody_costs_the_middle_of_what_is_expected() {
        check(&mut purses(), DAY, 100, 1_250_000);
        check(&mut purses(), DAY, 10, 125_000);
        check(&mut purses(), DAY, 0, 0);
    }

    #[test]
    fn a_story_lets_more_be_spent() {
        let mut purses = purses();
        purses.apply(BudgetId(0), Outlay::Times(Decimal::whole(4)), minutes(0), Some(minutes(DAY / 2)));
        check(&mut purses, DAY, 100, 2_500_000 + 625_000);
        purses = self::purses();
        purses.apply(BudgetId(0), Outlay::UpTo(Money::micros(7_000_000)), minutes(5), None);
        check(&mut purses, 0, 100, 7_000_000);
        purses = self::purses();
        let each = Outlay::Each(Money::micros(1_000_000), Span::hours(1));
        purses.apply(BudgetId(0), each, minutes(0), None);
        check(&mut purses, 120, 10, 2_000_000);
    }

    #[test]
    fn a_feature_that_is_off_spends_nothing() {
        let mut purses = purses();
        purses.advance(minutes(DAY), percent(100), REQUESTS, with("false"));
        assert_eq!(purses.bills(), []);
    }
}
