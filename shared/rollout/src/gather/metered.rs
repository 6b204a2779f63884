//! Money that a metric tells: what it says of each hour, and what of that is not counted yet.
//!
//! A window keeps money by the hour, and under such a budget nobody else adds to it. So what is still to be counted is what
//! the metric says of an hour now, less what stands there: a late point and a correction upward count by themselves, in
//! the hour of their own time, and what stands there is never taken back.

use super::{Questions, window::settled};
use crate::{
    calendar::{Day, Hour},
    evidence::{Answer, Gap, Nonsense, Query, Status},
    levels::Windows,
    plan::{Budget, Lookup, Meter, Metric, Plan, Source},
    time::{Span, Timestamp},
    units::{BudgetId, Decimal, Money, SeriesId},
};
use std::collections::BTreeMap;

/// A metric is asked again about the present day, and about so much time before what is complete: so long may a point be
/// late, or nobody ask.
const AGAIN: Span = Span::days(1);

/// A budget whose money a metric tells, and where the question is.
#[derive(Debug)]
pub(super) struct Metering {
    budget: BudgetId,
    place: usize,
    /// The first moment that counts: where conditions look at the same series, more is asked.
    from: Timestamp,
}

/// Money that was spent in an hour and is not counted yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// Under which budget.
    pub budget: BudgetId,
    /// When.
    pub hour: Hour,
    /// What is counted of that hour. Of two who count on top of the same only one may: so nothing counts twice.
    pub counted: Money,
    /// What there is beside it.
    pub more: Money,
}

/// What a metric says of a budget.
#[derive(Debug, Default)]
struct Told {
    hours: BTreeMap<Hour, Decimal>,
    untold: BTreeMap<Day, Gap>,
}

impl Questions<'_> {
    /// Asks what was spent of each metric that is a meter.
    pub(super) fn meters(&mut self) {
        let plan = self.plan;
        for (budget, of) in self.rollout.open_budgets(plan) {
            let Some((metric, series)) = source(plan, of) else { continue };
            let calendar = plan.calendar();
            let today = calendar.begins(calendar.day(self.now));
            let to = settled(metric, self.now);
            let again = calendar.hour_begins(calendar.hour(to.before(AGAIN)));
            // The period in which the rollout began counts: rather a minute too much than too little.
            let from = today.min(again).max(self.rollout.created.floor(metric.period));
            let query = Query { series, period: metric.period, from, to };
            if let Some(days) = self.windows.get_mut(&budget) {
                days.first = days.first.min(calendar.day(from));
            }
            if query.from < query.to {
                let place = super::asked::place(&mut self.queries, query);
                self.meterings.push(Metering { budget, place, from });
            }
        }
    }

    /// What metrics say was spent and the windows do not hold. Where a window could not be read nothing is: it is not known
    /// what it holds.
    pub fn owed(&self, answers: &[Answer], windows: &BTreeMap<BudgetId, Windows>) -> Vec<Owed> {
        let mut owed = vec![];
        for metering in &self.meterings {
            let Some(windows) = windows.get(&metering.budget) else { continue };
            for (hour, dollars) in self.told(metering, answers).hours {
                let spent = windows.spent.get(&hour.day).and_then(|spent| spent.hours.get(&hour.hour));
                let counted = spent.map(|tally| tally.money).unwrap_or_default();
                let more = Money::rounded_up(dollars).unwrap_or_default().minus(counted);
                if windows.days.contains(hour.day) && more > Money::ZERO {
                    owed.push(Owed { budget: metering.budget, hour, counted, more });
                }
            }
        }
        owed
    }

    /// The days of which metrics do not tell all that was spent.
    pub(super) fn untold(&self, answers: &[Answer]) -> BTreeMap<BudgetId, BTreeMap<Day, Gap>> {
        let each = self.meterings.iter().map(|it| (it.budget, self.told(it, answers).untold));
        each.filter(|(_, untold)| !untold.is_empty()).collect()
    }

    /// The hours of an answer. What cannot be is not counted, and that day is not told in full.
    fn told(&self, metering: &Metering, answers: &[Answer]) -> Told {
        let (plan, calendar) = (self.plan, self.plan.calendar());
        let budget = plan.budget(metering.budget);
        let mut told = Told::default();
        let Some(query) = self.queries.get(metering.place) else { return told };
        let status = answers.get(metering.place).map_or(Status::Failing, |answer| answer.status);
        let gap = match status {
            Status::Whole => None,
            Status::Partial => Some(Gap::Partial),
            Status::Forbidden => Some(Gap::Forbidden),
            Status::Failing => Some(Gap::Failing),
        };
        if let Some(gap) = gap {
            // What is missing is the newest, which may be of the day before.
            told.untold.extend([query.to.before(query.period), self.now].map(|at| (calendar.day(at), gap)));
        }
        let mut newest = None;
        for point in answers.get(metering.place).iter().flat_map(|answer| &answer.points) {
            if point.at < metering.from || point.at.after(query.period) > query.to {
                continue;
            }
            let hour = calendar.hour(point.at);
            let goes_back = newest.is_some_and(|newest| point.at <= newest);
            newest = newest.max(Some(point.at));
            let dollars = Decimal::from_f64(point.value);
            match dollars.map(|dollars| (dollars, Money::rounded_up(dollars))) {
                _ if goes_back => told.cannot_be(hour, Nonsense::TimeGoesBack),
                Some((dollars, _)) if dollars < Decimal::ZERO => {
                    told.cannot_be(hour, Nonsense::NegativeCount);
                }
                Some((dollars, Some(money))) if !budget.is_absurd(money) => {
                    let sum = told.hours.entry(hour).or_default();
                    *sum = sum.plus(dollars);
                }
                Some(_) | None => told.cannot_be(hour, Nonsense::NotANumber),
            }
        }
        told
    }
}

impl Told {
    fn cannot_be(&mut self, hour: Hour, what: Nonsense) {
        self.untold.insert(hour.day, Gap::Invalid(what));
    }
}

/// The metric of a budget's meter, and its series: of the candidate, or of everybody.
fn source<'p>(plan: &'p Plan, budget: &Budget) -> Option<(&'p Metric, SeriesId)> {
    let Meter::Metric(id) = &budget.meter else { return None };
    let metric = plan.metric(*id);
    match &metric.source {
        Source::Series { values: Lookup { canary, .. }, .. } => Some((metric, *canary)),
        Source::Ratio { .. } | Source::Average { .. } | Source::Signal(_) => None,
        Source::Reported { .. } | Source::Budget(_) => None,
    }
}
