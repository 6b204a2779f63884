//! The recent past of every metric, value by value, for people to look at. Nothing is decided on it.

use super::{
    asked::{Asked, Asking, Side, lookups},
    points::Points,
    window::Window,
};
use crate::{
    evidence::{Answer, Gap, Query},
    plan::{About, Metric, Plan, Source},
    rollout::Rollout,
    time::{Span, Timestamp},
    units::{Decimal, DimensionId, MetricId},
};

/// What must be asked to see the past of every metric that is measured.
#[derive(Debug)]
pub struct History<'p> {
    plan: &'p Plan,
    /// For the source, in this order.
    pub queries: Vec<Query>,
    asking: Asking,
    rows: Vec<Row>,
}

/// One metric, and where its answers are.
#[derive(Debug)]
struct Row {
    metric: MetricId,
    member: Option<(DimensionId, u16)>,
    arm: usize,
    window: Window,
}

/// The recent past of one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Which.
    pub metric: MetricId,
    /// Of which member of a dimension; of all of the candidate's traffic when none.
    pub member: Option<(DimensionId, u16)>,
    /// Where the first value begins.
    pub from: Timestamp,
    /// Where the last one ends: the newest settled edge.
    pub to: Timestamp,
    /// The time of one value.
    pub period: Span,
    /// In order; what is not known is left out.
    pub values: Vec<Value>,
    /// Why the newest value is not known, if it is not.
    pub gap: Option<Gap>,
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The end of its period.
    pub at: Timestamp,
    /// In the metric's base unit.
    pub value: Decimal,
    /// What it was made of.
    pub samples: u64,
}

/// What must be asked to see the last `over` of every metric; of the member of this name, where a metric has it.
pub fn history<'p>(
    plan: &'p Plan,
    rollout: &Rollout,
    now: Timestamp,
    over: Span,
    member: Option<&str>,
) -> History<'p> {
    let mut asking = Asking::default();
    let mut rows = vec![];
    let effective = rollout.effective.as_ref().map(|effective| effective.at);
    for (id, metric) in (0u16..).map(MetricId).zip(&plan.metrics) {
        if matches!(metric.source, Source::Signal(_) | Source::Reported { .. } | Source::Budget(_)) {
            continue;
        }
        // What the candidate did under another exposure is another story.
        let floor = effective.filter(|_| metric.about == About::Canary);
        let window = Window::row(metric, floor, now, over);
        let member = member.and_then(|name| member_of(plan, metric, name));
        let asked = Asked { metric: id, side: Side::Canary, spread: member, counted: false, window };
        rows.push(Row { metric: id, member, arm: asking.arm(asked), window });
    }
    let queries = asking.queries(plan);
    History { plan, queries, asking, rows }
}

/// The member of this name, of a dimension for whose members the metric can be asked.
fn member_of(plan: &Plan, metric: &Metric, name: &str) -> Option<(DimensionId, u16)> {
    let (upper, lower) = lookups(metric, false);
    let mut dimensions = (0u16..).map(DimensionId).zip(&plan.dimensions);
    dimensions.find_map(|(id, dimension)| {
        let place = dimension.members.iter().position(|member| member == name)?;
        let asked = upper.iter().chain(lower).all(|lookup| lookup.members.contains_key(&id));
        asked.then_some((id, u16::try_from(place).ok()?))
    })
}

impl History<'_> {
    /// The past of each metric, from the answers in the order of the queries.
    pub fn reduce(&self, answers: &[Answer]) -> Vec<Past> {
        let points = Points::of(self.plan, &self.asking, &self.queries, answers);
        self.rows.iter().map(|row| self.past(row, &points)).collect()
    }

    fn past(&self, row: &Row, points: &Points<'_>) -> Past {
        let Row { metric: id, member, arm, window } = row;
        let metric = self.plan.metric(*id);
        let arm = points.arm(*arm, window);
        let mut values = vec![];
        // Without a whole period there is nothing to be known yet.
        let until = window.floor.unwrap_or(window.to).after(window.period).after(metric.lag);
        let mut gap = Some(Gap::TooEarly { until });
        for place in 0..window.coarse_points() {
            gap = match arm.value(metric, (place, place + 1)) {
                Ok(value) => {
                    let at = window.from.after(window.period.times(place as u64 + 1));
                    values.push(Value { at, value: value.value, samples: value.samples });
                    None
                }
                Err(gap) => Some(gap),
            };
        }
        Past {
            metric: *id,
            member: *member,
            from: window.from,
            to: window.to,
            period: window.period,
            values,
            gap,
        }
    }
}
