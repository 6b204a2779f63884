//! Money is not measured but counted: what stands in the windows of a budget, hour by hour.
//!
//! `llm_cost > $10` is about the present window, from local midnight on. `llm_cost < $5 in 24h` is about the hours that
//! lie in the last 24, wholly or in part: windows are kept by the hour, so up to an hour too much is counted, and never
//! too little. Where something must be younger than a moment (a guardrail's last action, a resume), only hours that
//! began after it count, as with every source that keeps longer periods.

use super::{Questions, Use, window::Reach};
use crate::{
    calendar::{Calendar, Days, Hour},
    condition::{Bound, Condition, Relation},
    evidence::{Evidence, Figure, Gap, Verdict, judge},
    levels::{Levels, Tally, Windows},
    time::{Span, Timestamp},
    units::{BudgetId, ConditionId, RuleId},
};

/// A condition about the money of a budget, and which of it counts.
#[derive(Debug)]
pub(super) struct Count {
    condition: ConditionId,
    budget: BudgetId,
    /// So much of the time until now; the present window without.
    width: Option<Span>,
    /// Only hours that began after this.
    floor: Option<Timestamp>,
}

impl Count {
    pub(super) fn of(id: ConditionId, condition: &Condition, budget: BudgetId, reach: Reach) -> Count {
        let floor = reach.floor.filter(|_| reach.usage == Use::Guard);
        Count { condition: id, budget, width: condition.window, floor }
    }

    fn days(&self, calendar: &Calendar, now: Timestamp) -> Days {
        let first = self.width.map_or(now, |width| now.before(width));
        Days { first: calendar.day(first), last: calendar.day(now) }
    }

    /// The money of the hours that count.
    fn tally(&self, windows: &Windows, calendar: &Calendar, now: Timestamp) -> Tally {
        let first = match self.width {
            Some(width) => calendar.hour(now.before(width)),
            None => Hour { day: calendar.day(now), hour: 0 },
        };
        let days = windows.spent.range(first.day..=calendar.day(now).max(first.day));
        let hours = days.flat_map(|(day, spent)| {
            spent.hours.iter().map(|(hour, tally)| (Hour { day: *day, hour: *hour }, *tally))
        });
        let young = |hour: Hour| self.floor.is_none_or(|floor| calendar.hour_begins(hour) >= floor);
        let counted = hours.filter(|(hour, _)| first <= *hour && young(*hour));
        counted.fold(Tally::default(), |whole, (_, tally)| whole.plus(tally))
    }

    fn figure(&self, condition: &Condition, levels: &Levels, calendar: &Calendar, now: Timestamp) -> Figure {
        let Bound::Constant(limit) = condition.bound else {
            return Figure::unknown(Gap::NoBaseline, now);
        };
        if let Some(until) = self.floor.map(|floor| calendar.next_hour(floor)).filter(|until| now < *until) {
            return Figure::unknown(Gap::TooEarly { until }, now);
        }
        let days = self.days(calendar, now);
        let read = |windows: &&Windows| windows.days.contains(days.first) && windows.days.contains(days.last);
        let Some(windows) = levels.windows.get(&self.budget).filter(read) else {
            return Figure::unknown(Gap::Failing, now);
        };
        let Tally { money, records } = self.tally(windows, calendar, now);
        let need = u64::from(condition.samples.unwrap_or(0));
        if records < need {
            return Figure::unknown(Gap::TooFew { have: records, need }, now);
        }
        let figure = Figure::known(money.dollars(), limit, Some(records), now);
        // More may have been spent than is known, and never less.
        let untold = levels.untold(self.budget, days).filter(|_| !is_beyond(condition.relation, &figure));
        untold.map_or(figure, |gap| Figure::unknown(gap, now))
    }
}

/// Whether more money would change nothing of what a figure is judged to be.
fn is_beyond(relation: Relation, figure: &Figure) -> bool {
    match judge(relation, figure) {
        Verdict::True => matches!(relation, Relation::Above | Relation::AtLeast),
        Verdict::False => matches!(relation, Relation::Below | Relation::AtMost),
        Verdict::NotKnown(_) => false,
    }
}

impl<'p> Questions<'p> {
    /// What must be read besides what is measured.
    pub(super) fn levels(&mut self) {
        if self.plan.budgets.is_empty() {
            return;
        }
        let calendar = self.plan.calendar();
        let today = calendar.day(self.now);
        for (budget, _) in self.rollout.open_budgets(self.plan) {
            let counts = self.counts.iter().filter(|count| count.budget == budget);
            let first = counts.map(|count| count.days(calendar, self.now).first).min();
            let first = first.map_or(today, |first| first.min(today));
            self.windows.insert(budget, Days { first, last: today });
        }
    }

    /// The alarms that must be looked at, each with the guardrail that watches it; some of them more than once.
    pub fn alarms(&self) -> impl Iterator<Item = (RuleId, &'p str)> + use<'p> {
        let rules = self.plan.rules().take(if self.rollout.is_over() { 0 } else { usize::MAX });
        rules.filter_map(|(id, rule)| Some((id, rule.when.alarm()?)))
    }

    /// Takes in what stands: the money and the alarms that were asked for.
    #[must_use]
    pub fn with_levels(&self, mut evidence: Evidence, mut levels: Levels) -> Evidence {
        for (budget, days) in std::mem::take(&mut evidence.levels.untold) {
            levels.untold.entry(budget).or_default().extend(days);
        }
        for count in &self.counts {
            let (condition, calendar) = (self.plan.condition(count.condition), self.plan.calendar());
            let figure = count.figure(condition, &levels, calendar, self.now);
            if let Some(slot) = evidence.figures.get_mut(usize::from(count.condition.0)) {
                *slot = Some(figure);
            }
        }
        evidence.levels = levels;
        evidence
    }
}
