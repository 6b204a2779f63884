//! What stands, rather than what was measured over a time: money in the windows of budgets, and alarms.
//!
//! It is read anew on each tick: a level and not an edge, so that nothing is missed by whoever was not there.

use crate::{
    calendar::{Day, Days},
    evidence::Gap,
    time::{Span, Timestamp},
    units::{BudgetId, Money, RuleId},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All levels that were asked for. What was asked for and could not be read is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    /// The windows of each budget that could be read.
    pub windows: BTreeMap<BudgetId, Windows>,
    /// How the alarm stands that a guardrail watches.
    pub alarms: BTreeMap<RuleId, AlarmState>,
    /// The days of which a budget's metric does not tell all, and why: more may be spent than stands in the windows.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub untold: BTreeMap<BudgetId, BTreeMap<Day, Gap>>,
}

impl Levels {
    /// Why not all is known that was spent on these days; none when it is.
    pub fn untold(&self, budget: BudgetId, days: Days) -> Option<Gap> {
        self.untold.get(&budget)?.range(days.first..=days.last.max(days.first)).next().map(|(_, gap)| *gap)
    }
}

/// Windows of one budget: what was spent on each of a few days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// The days that were read.
    pub days: Days,
    /// By day; on any other day nothing was spent.
    pub spent: BTreeMap<Day, Spent>,
}

impl Windows {
    /// What was spent on a day; none when it was not read.
    pub fn on(&self, day: Day) -> Option<Tally> {
        let spent = || self.spent.get(&day).map(Spent::whole).unwrap_or_default();
        self.days.contains(day).then(spent)
    }

    /// Whether somebody was refused money on a day: it is as good as spent.
    pub fn has_refused(&self, day: Day) -> bool {
        self.spent.get(&day).is_some_and(|spent| spent.refused)
    }
}

/// What was spent on one day, hour by hour from the day's beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// By hour; in any other hour nothing was spent.
    pub hours: BTreeMap<u8, Tally>,
    /// Somebody wanted to hold more than was left.
    pub refused: bool,
}

impl Spent {
    /// Of the whole day.
    pub fn whole(&self) -> Tally {
        self.hours.values().fold(Tally::default(), |whole, hour| whole.plus(*hour))
    }
}

/// Money, and how many records it was counted from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Tally {
    pub money: Money,
    pub records: u64,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Tally) -> Tally {
        Tally { money: self.money.plus(other.money), records: self.records.saturating_add(other.records) }
    }
}

/// How an alarm stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmState {
    /// `OK`
    Quiet,
    /// `ALARM`
    Ringing(Ringing),
    /// `INSUFFICIENT_DATA`
    Insufficient,
    /// There is no such alarm.
    Missing,
    /// It may not be asked.
    Forbidden,
    /// Nobody answered.
    Failing,
}

/// An alarm in `ALARM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ringing {
    /// Since when.
    pub since: Timestamp,
    /// How much time the alarm itself looks at: its periods together; nothing where only its ringing was told.
    pub window: Span,
}
