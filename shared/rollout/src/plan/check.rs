//! What is legal but unwise.

mod idle;
mod odds;

use super::{About as Traffic, Bake, Item, Metric, Plan, Rule, Source, Step, When, parse::Exactly};
use crate::{
    condition::{Bound, Condition, Hold, Relation},
    evidence::HISTORY_MIN,
    time::Span,
    units::{BudgetId, ConditionId, Decimal, RuleId, StageIndex},
};

/// A doubt about a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Which part of the plan.
    pub about: About,
    /// What is unwise: a lower-case fragment.
    pub what: String,
    /// What would be wise.
    pub help: Option<String>,
}

/// A part of a plan that has a place in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// All of it.
    Plan,
    /// Its `promise`.
    Promise,
    /// One condition.
    Condition(ConditionId),
    /// One guardrail.
    Rule(RuleId),
    /// One budget.
    Budget(BudgetId),
    /// One stage.
    Stage(StageIndex),
}

/// A hold looks at no more values than this without a word.
const MANY: u64 = 100;

/// Everything about a plan that is legal but unwise.
pub fn warnings(plan: &Plan) -> Vec<Warning> {
    let mut found = Vec::new();
    found.extend(nothing_takes_back(plan));
    found.extend(last_stage_without_bake(plan));
    found.extend(late_promise(plan));
    for (id, condition) in conditions(plan) {
        let guards = plan.rules.iter().any(|rule| matches!(&rule.when, When::Any(ids) if ids.contains(&id)));
        found.extend(coin_toss(condition, guards).map(|said| at(About::Condition(id), said)));
        found.extend(sigma_alone(condition).map(|said| at(About::Condition(id), said)));
        found.extend(long_hold(plan, condition).map(|said| at(About::Condition(id), said)));
    }
    for (id, rule) in plan.rules() {
        found.extend(never_in_force(plan, rule).map(|said| at(About::Rule(id), said)));
        let When::Any(ids) = &rule.when else { continue };
        let ratios =
            ids.iter().filter_map(|id| few_samples(plan, *id).map(|said| at(About::Condition(*id), said)));
        found.extend(ratios);
    }
    found.extend(idle::warnings(plan));
    for (index, _) in plan.stages() {
        found.extend(short_bake(plan, index).map(|said| at(About::Stage(index), said)));
    }
    found
}

/// What is unwise, and what would be wise.
type Said = (String, Option<String>);

fn at(about: About, (what, help): Said) -> Warning {
    Warning { about, what, help }
}

fn conditions(plan: &Plan) -> impl Iterator<Item = (ConditionId, &Condition)> {
    (0u16..).map(ConditionId).zip(&plan.conditions)
}

fn nothing_takes_back(plan: &Plan) -> Option<Warning> {
    let mut steps = plan.rules.iter().filter(|rule| !rule.dry_run).flat_map(|rule| &rule.then).peekable();
    let (what, help) = if steps.peek().is_none() {
        let what = "no guardrail: nothing takes this rollout back by itself";
        (what, "write what must never happen under `guardrails`")
    } else {
        let what = "no guardrail takes anything back: whoever is exposed stays exposed until a person acts";
        (what, "write `then: roll back` behind what must never happen")
    };
    let takes_back = steps.any(|action| matches!(action.step, Step::RollBack(_) | Step::Disable(_)));
    (!takes_back).then(|| at(About::Plan, (what.to_owned(), Some(help.to_owned()))))
}

fn last_stage_without_bake(plan: &Plan) -> Option<Warning> {
    let index = plan.last();
    let none = matches!(plan.stage(index).bake, Bake::Timed { min: Span::ZERO, .. });
    let what = "the last stage does not bake: the rollout ends as soon as everybody is exposed".to_owned();
    let help = "write `bake: 24h`, or `bake: open` to end it by hand".to_owned();
    none.then(|| at(About::Stage(index), (what, Some(help))))
}

/// A breach is seen one lag and one period after it happened, at best.
fn late_promise(plan: &Plan) -> Option<Warning> {
    let (word, promised) = match (plan.promise.detect, plan.promise.rollback) {
        (Some(detect), Some(rollback)) if rollback < detect => ("rollback", rollback),
        (Some(detect), _) => ("detect", detect),
        (None, rollback) => ("rollback", rollback?),
    };
    let ids = plan.rules.iter().filter(|rule| !rule.dry_run).filter_map(|rule| match &rule.when {
        When::Any(ids) => Some(ids),
        When::Signal(_) | When::Alarm { .. } | When::Drift => None,
    });
    let watched = ids.flatten().map(|id| plan.metric(plan.condition(*id).metric));
    // Money is seen as soon as it is counted.
    let watched = watched.filter(|metric| !matches!(metric.source, Source::Budget(_)));
    let slowest = watched.max_by_key(|metric| metric.lag.plus(metric.period))?;
    let needed = slowest.lag.plus(slowest.period);
    let what =
        format!("`{word}: {promised}` cannot be kept: `{}` is known after {needed} at best", slowest.name);
    let help = "promise what the source's `lag` and `period` allow".to_owned();
    (needed > promised).then(|| at(About::Promise, (what, Some(help))))
}

/// Two equal arms are each the better one half of the time; `guards` tells a guardrail's condition from a gate's.
fn coin_toss(condition: &Condition, guards: bool) -> Option<Said> {
    let name = condition.text.split_whitespace().next().unwrap_or_default();
    let above = match condition.relation {
        Relation::AtLeast | Relation::Above => true,
        Relation::AtMost | Relation::Below => false,
        Relation::Equal | Relation::Within => return None,
    };
    let (what, right) = match (guards, above) {
        (false, true) => ("pass this", ">= 97%"),
        (false, false) => ("pass this", "<= 103%"),
        (true, true) => ("set this off", "> 103%"),
        (true, false) => ("set this off", "< 97%"),
    };
    let what = format!("two arms that are equally good {what} half of the time");
    let help = format!("write `{name} {right} of baseline`");
    match condition.bound {
        Bound::Offset(Decimal::ZERO) => Some((what, Some(help))),
        Bound::Mean { over, sigma: Decimal::ZERO } => {
            let sign = if above == guards { '+' } else { '-' };
            let what = "half of all values are above their mean, and half below it".to_owned();
            let symbol = condition.relation.symbol();
            let help = format!("write `{name} {symbol} {} mean {sign} 3 sigma`", Exactly(over));
            Some((what, Some(help)))
        }
        Bound::Constant(_)
        | Bound::Rate { .. }
        | Bound::Offset(_)
        | Bound::Factor(_)
        | Bound::WithinShare(_)
        | Bound::WithinAmount(_)
        | Bound::Mean { .. } => None,
    }
}

/// What strays further than chance allows does so for more than a moment.
fn sigma_alone(condition: &Condition) -> Option<Said> {
    let Bound::Mean { sigma, .. } = condition.bound else { return None };
    let what = "one value beyond `sigma` is nothing special: real series have 28 a day beyond 3".to_owned();
    let help = "write `3 times in a row` or `for 5m` behind it".to_owned();
    (sigma != Decimal::ZERO && condition.hold.is_none()).then_some((what, Some(help)))
}

fn long_hold(plan: &Plan, condition: &Condition) -> Option<Said> {
    let Some(Hold::For(span)) = condition.hold else { return None };
    let values = values(span, plan.metric(condition.metric).period);
    let what = format!("each of {values} values must hold, and one bad minute decides");
    let help = "write `in 1h` before `for`: one value is an hour then".to_owned();
    (condition.window.is_none() && values > MANY).then_some((what, Some(help)))
}

/// How many values a hold looks at: a minute apart up to an hour, 5 minutes up to a day, an hour beyond.
fn values(span: Span, period: Span) -> u64 {
    let step = match span {
        short if short <= Span::hours(1) => Span::minutes(1),
        medium if medium <= Span::days(1) => Span::minutes(5),
        _ => Span::hours(1),
    };
    span.whole(step.max(period))
}

fn never_in_force(plan: &Plan, rule: &Rule) -> Option<Said> {
    let exposed = |(index, stage): (StageIndex, &super::Stage)| {
        rule.from <= index && index <= rule.until && stage.exposes(stage.share)
    };
    // At 0 % a stage's own rules are judged, where they are not about the canary.
    let own = rule.from == rule.until;
    let canary = |id: &ConditionId| plan.metric(plan.condition(*id).metric).about == Traffic::Canary;
    let judged = match &rule.when {
        When::Any(ids) => !own || ids.iter().all(canary),
        When::Alarm { .. } => !own,
        When::Signal(_) | When::Drift => false,
    };
    let what = "this guardrail is never in force: nobody is exposed at its stages".to_owned();
    (judged && !plan.stages().any(exposed)).then_some((what, None))
}

/// A ratio of few samples is far from the truth by chance, and a guardrail looks every minute.
fn few_samples(plan: &Plan, id: ConditionId) -> Option<Said> {
    let condition = plan.condition(id);
    let metric = plan.metric(condition.metric);
    if condition.samples.is_some() || !matches!(metric.source, Source::Ratio { .. }) {
        return None;
    }
    let what = match odds::of_false_alarm(condition, metric) {
        Some(odds) => format!("a ratio without a minimum of samples: {odds}"),
        None => "a ratio without a minimum of samples is far from the truth by chance alone".to_owned(),
    };
    Some((what, Some("write `from 50 samples`, or `from: 50` in the metric".to_owned())))
}

/// A window that is longer than the bake is never filled.
fn short_bake(plan: &Plan, index: StageIndex) -> Option<Said> {
    let stage = plan.stage(index);
    let Bake::Timed { min, .. } = stage.bake else { return None };
    if !stage.exposes(stage.share) || min == Span::ZERO {
        return None;
    }
    let gates = stage.leave.iter().filter_map(|item| match item {
        Item::Condition(id) => Some(*id),
        Item::Stable(_) | Item::Check(_) | Item::Tick(_) | Item::Approve(_) => None,
    });
    let in_force = plan.rules.iter().filter(|rule| rule.from <= index && index <= rule.until);
    let watched = in_force.flat_map(|rule| match &rule.when {
        When::Any(ids) => ids.as_slice(),
        When::Signal(_) | When::Alarm { .. } | When::Drift => &[],
    });
    let conditions = gates.chain(watched.copied()).map(|id| plan.condition(id));
    let fills = |condition: &&Condition| plan.metric(condition.metric).about == Traffic::Canary;
    let longest =
        conditions.filter(fills).max_by_key(|condition| reach(condition, plan.metric(condition.metric)))?;
    let needed = reach(longest, plan.metric(longest.metric));
    let what = format!("`{}` bakes for {min}, and `{}` looks at {needed}", stage.name, longest.text);
    let help = match longest.bound.history() {
        // The candidate has none from before its exposure, and until then what is not known holds the stage.
        Some(_) => "write a longer `bake`, or `about: all` in the metric: everybody has a history already",
        None => "write a longer `bake`",
    };
    (needed > min).then_some((what, Some(help.to_owned())))
}

/// How much time a condition looks at.
fn reach(condition: &Condition, metric: &Metric) -> Span {
    let held = match condition.hold {
        Some(Hold::For(span)) => span,
        Some(Hold::Row(n)) => metric.period.times(u64::from(n)),
        None => Span::ZERO,
    };
    // Half of a history, and a number of values, are there at least before it says anything.
    let width = condition.window.unwrap_or(metric.period);
    let half = |over: Span| Span::millis(over.as_millis() / 2).max(width.times(HISTORY_MIN));
    condition.window.unwrap_or(Span::ZERO).plus(held).plus(condition.bound.history().map_or(Span::ZERO, half))
}
