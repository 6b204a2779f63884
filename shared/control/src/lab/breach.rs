//! How to set a plan's guardrails off, so that one story works with every plan.

use super::{
    twist::{Change, Twist, Who},
    world::{Sight, World},
};
use rollout::{
    condition::{Bound, Condition, Relation, Spread},
    plan::{Kind, Plan, Rule, Step, When},
    time::Span,
    units::StageIndex,
};

/// How many times the limit a broken metric shows.
const BEYOND: f64 = 3.0;
/// What leaks without a rule about growth crosses the limit within about this time.
const LEAKS_WITHIN: Span = Span::hours(1);

/// A guardrail that can be set off, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Breakable {
    from: StageIndex,
    until: StageIndex,
    pub(super) twist: Twist,
}

/// The first of these that is in force at a stage; the first of all where none is.
pub(super) fn in_force(all: &[Breakable], stage: Option<StageIndex>) -> Option<&Breakable> {
    let is_on = |rule: &&Breakable| stage.is_some_and(|stage| rule.from <= stage && stage <= rule.until);
    all.iter().find(is_on).or(all.first())
}

/// Every guardrail whose metric can be broken at once, those that roll back first.
pub(super) fn breaches(plan: &Plan, world: &World) -> Vec<Breakable> {
    in_order(plan, |condition| broken(plan, world, condition))
}

/// Every guardrail whose metric can go bad little by little: those about growth first, then those that roll back.
pub(super) fn leaks(plan: &Plan, world: &World) -> Vec<Breakable> {
    let mut all = in_order(plan, growing);
    all.extend(in_order(plan, |condition| creeping(plan, world, condition)));
    all
}

fn in_order(plan: &Plan, twist: impl Fn(&Condition) -> Option<Twist>) -> Vec<Breakable> {
    let mut rules: Vec<&Rule> = plan.rules.iter().filter(|rule| !rule.dry_run).collect();
    let rolls_back = |rule: &Rule| rule.then.iter().any(|action| matches!(action.step, Step::RollBack(_)));
    rules.sort_by_key(|rule| !rolls_back(rule));
    let breakable = |rule: &&Rule| {
        let When::Any(conditions) = &rule.when else { return None };
        let twist = conditions.iter().find_map(|id| twist(plan.condition(*id)))?;
        Some(Breakable { from: rule.from, until: rule.until, twist })
    };
    rules.iter().filter_map(breakable).collect()
}

fn figure(condition: &Condition, change: Change) -> Twist {
    let one = |spread: Spread| (!spread.every).then_some((spread.dimension, 0));
    let member = condition.spread.and_then(one);
    Twist::Figure { metric: condition.metric, member, who: Who::Canary, change }
}

fn broken(plan: &Plan, world: &World, condition: &Condition) -> Option<Twist> {
    let (_, bad) = well_and_bad(plan, world, condition)?;
    Some(figure(condition, Change::To(bad)))
}

/// Grows half as fast again as the rule allows.
fn growing(condition: &Condition) -> Option<Twist> {
    match (&condition.bound, condition.relation) {
        (Bound::Rate { amount, per }, Relation::Above | Relation::AtLeast) => {
            Some(figure(condition, Change::Grows { by: amount.to_f64() * 1.5, per: *per }))
        }
        _ => None,
    }
}

fn creeping(plan: &Plan, world: &World, condition: &Condition) -> Option<Twist> {
    let (well, bad) = well_and_bad(plan, world, condition)?;
    Some(figure(condition, Change::Grows { by: bad - well, per: LEAKS_WITHIN }))
}

/// What a condition's metric shows while all is well, and a value with which the condition is true beyond doubt.
fn well_and_bad(plan: &Plan, world: &World, condition: &Condition) -> Option<(f64, f64)> {
    let metric = plan.metric(condition.metric);
    let Sight::Shows(view) = world.sight(condition.metric) else { return None };
    let (well, baseline) = world.well(view);
    let limit = match condition.bound {
        Bound::Constant(bound) => bound.to_f64(),
        Bound::Offset(by) => baseline + by.to_f64(),
        Bound::Factor(by) => baseline * by.to_f64(),
        // While all is well it hardly strays from what it usually is.
        Bound::Mean { .. } => well,
        Bound::Rate { .. } | Bound::WithinShare(_) | Bound::WithinAmount(_) => return None,
    };
    let top = if metric.kind == Kind::Percent { 100.0 } else { f64::INFINITY };
    let bad = match condition.relation {
        Relation::Above | Relation::AtLeast if limit > 0.0 => (limit * BEYOND).min(f64::midpoint(limit, top)),
        Relation::Above | Relation::AtLeast => f64::midpoint(0.0, top).min(BEYOND),
        Relation::Below | Relation::AtMost => limit / BEYOND,
        Relation::Equal => limit,
        Relation::Within => return None,
    };
    Some((well, bad))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::testing::{metric, plan};

    fn check(all: &[Breakable], place: usize, name: &str, change: Change) {
        let member = (place == 2).then_some((rollout::units::DimensionId(0), 0));
        let expected = Twist::Figure { metric: metric(&plan(), name), member, who: Who::Canary, change };
        assert_eq!(all[place].twist, expected);
    }

    #[test]
    fn a_broken_metric_stands_well_beyond_its_limit() {
        let plan = plan();
        let all = breaches(&plan, &World::of(&plan, 6_000.0));
        assert_eq!(all.len(), 3);
        check(&all, 0, "error_rate", Change::To(3.0));
        check(&all, 1, "p95_latency", Change::To(1800.0));
        check(&all, 2, "error_rate", Change::To(6.0));
    }

    #[test]
    fn a_leak_prefers_a_rule_about_growth() {
        let mut plan = plan();
        let all = leaks(&plan, &World::of(&plan, 6_000.0));
        check(&all, 0, "memory", Change::Grows { by: 75e6, per: Span::minutes(1) });
        plan.rules.remove(2);
        let all = leaks(&plan, &World::of(&plan, 6_000.0));
        let Twist::Figure { change: Change::Grows { by, per }, .. } = all[0].twist else {
            panic!("{:?}", all[0])
        };
        assert!((by - 2.97).abs() < 1e-9 && per == Span::hours(1));
    }

    #[test]
    fn a_rule_that_is_in_force_is_broken_first_and_one_in_rehearsal_never() {
        let mut plan = plan();
        plan.rules[0].from = StageIndex(2);
        plan.rules[3].dry_run = true;
        let all = breaches(&plan, &World::of(&plan, 6_000.0));
        assert_eq!(all.len(), 2);
        assert_eq!(in_force(&all, Some(StageIndex(1))), Some(&all[1]));
        assert_eq!(in_force(&all, Some(StageIndex(3))), Some(&all[0]));
        assert_eq!(in_force(&all, None), Some(&all[0]));
    }
}
