//! `${flags}`: the whole configuration as one JSON document, for functions that read flags of their own.

use super::{Audience, Metric, Plan, Rule, Step, When};
use crate::{
    condition::Bound,
    plan::Kind,
    units::{Decimal, Share, StageIndex},
};
use serde::Serialize;
use serde_json::Number;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Document<'a> {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    percentage: Number,
    features: &'a [&'a str],
    cohorts: BTreeMap<&'a str, Cohort<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    halt_conditions: BTreeMap<&'a str, Number>,
}

#[derive(Serialize)]
struct Cohort<'a> {
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    percentage: Option<Number>,
    users: &'a [String],
    groups: &'a [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    opt_in: bool,
    features: Vec<&'a str>,
}

/// Every cohort is in it, so that the function knows all names; only those that are exposed are enabled.
pub(super) fn json(audience: &Audience<'_>) -> String {
    let plan = audience.plan;
    let cohorts = plan.cohorts.iter().map(|cohort| {
        let is_on = audience.cohorts.iter().any(|exposed| exposed.name == cohort.name);
        let features = cohort.features.iter().map(String::as_str);
        let shown = Cohort {
            enabled: is_on,
            percentage: cohort.expected.and_then(percentage),
            users: &cohort.users,
            groups: &cohort.groups,
            opt_in: cohort.opt_in,
            features: features.filter(|name| !is_on || audience.features.contains(name)).collect(),
        };
        (cohort.name.as_str(), shown)
    });
    let document = Document {
        enabled: audience.is_somebody(),
        version: plan.version.as_deref(),
        percentage: percentage(audience.share).unwrap_or_else(|| Number::from(0)),
        features: &audience.sampled,
        cohorts: cohorts.collect(),
        halt_conditions: halts(plan),
    };
    // Maps with names for keys, numbers and texts: there is nothing that could not be written.
    serde_json::to_string(&document).unwrap_or_default()
}

/// The lines at which the plan's own guardrails stop the rollout, by metric: a rate as a fraction, a multiple of the
/// baseline as its factor, a time in milliseconds. Of several lines over one metric the first.
fn halts(plan: &Plan) -> BTreeMap<&str, Number> {
    let mut halts = BTreeMap::new();
    for rule in plan.rules.iter().filter(|rule| stops(rule)) {
        let When::Any(conditions) = &rule.when else { continue };
        for condition in conditions.iter().map(|id| plan.condition(*id)) {
            let metric = plan.metric(condition.metric);
            let line = match condition.bound {
                Bound::Constant(limit) => constant(metric, limit),
                Bound::Factor(factor) => number(factor),
                Bound::Offset(_)
                | Bound::Rate { .. }
                | Bound::WithinAmount(_)
                | Bound::WithinShare(_)
                | Bound::Mean { .. } => None,
            };
            if let Some(line) = line {
                halts.entry(metric.name.as_str()).or_insert(line);
            }
        }
    }
    halts
}

fn stops(rule: &Rule) -> bool {
    let whole = rule.from == StageIndex(0) || rule.from != rule.until;
    whole
        && !rule.dry_run
        && rule.then.iter().any(|action| matches!(action.step, Step::RollBack(_) | Step::Pause))
}

fn constant(metric: &Metric, limit: Decimal) -> Option<Number> {
    match metric.kind {
        Kind::Percent => number(limit.over(Decimal::whole(100))?),
        Kind::Duration | Kind::Bytes | Kind::Money | Kind::Count | Kind::Number => number(limit),
    }
}

fn percentage(share: Share) -> Option<Number> {
    number(share.percent())
}

fn number(decimal: Decimal) -> Option<Number> {
    serde_json::from_str(&decimal.to_string()).ok()
}
