//! A plan, as people and programs read it back.

use rollout::{
    plan::{Consent, Item, Plan, Timeline, TimelineRow, timeline},
    time::Span,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// A plan as it was understood.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanView {
    name: String,
    hash: String,
    owner: String,
    timezone: String,
    targets: Vec<String>,
    features: Vec<String>,
    /// Members and groups of each role.
    people: BTreeMap<String, Vec<String>>,
    stages: Vec<StageView>,
    guardrails: Vec<RuleView>,
    /// The days on which nothing is promoted.
    freeze: Option<String>,
    /// Whom an unanswered question goes to, in order.
    escalate: Vec<String>,
    /// The figures that people report, each with its unit.
    figures: BTreeMap<String, String>,
    /// How fast each severity is answered.
    respond: BTreeMap<&'static str, String>,
    /// How fast a rollback is promised to be, by its step.
    promise: BTreeMap<String, String>,
    links: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct StageView {
    name: String,
    percent: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cohorts: Vec<String>,
    bake: String,
    approvals: Vec<String>,
    enter: Vec<String>,
    leave: Vec<String>,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
struct RuleView {
    text: String,
    severity: rollout::plan::Severity,
    from: String,
    until: String,
    dry_run: bool,
}

impl PlanView {
    /// Of a plan that is known by this hash.
    pub fn of(plan: &Plan, hash: &str) -> PlanView {
        let Timeline { rows, freeze, .. } = timeline(plan);
        let people = plan.people.iter().map(|(role, person)| {
            let holders = person.members.iter().chain(&person.groups).cloned().collect();
            (role.clone(), holders)
        });
        let rules = plan.rules.iter().map(|rule| RuleView {
            text: rule.text.clone(),
            severity: rule.severity,
            from: plan.stage(rule.from).name.clone(),
            until: plan.stage(rule.until).name.clone(),
            dry_run: rule.dry_run,
        });
        let respond = plan.respond.iter().map(|(severity, within)| {
            let within = if *within == Span::ZERO { "now".to_owned() } else { within.to_string() };
            (severity.name(), within)
        });
        let figures = plan.metrics.iter().flat_map(|metric| {
            let unit = control::view::unit(metric.kind).to_owned();
            // By the name of the metric, too, as a report names it.
            let named = metric.source.reported().map(|name| [name.to_owned(), metric.name.clone()]);
            named.into_iter().flatten().map(move |name| (name, unit.clone()))
        });
        PlanView {
            name: plan.name.clone(),
            hash: hash.to_owned(),
            owner: plan.owner.clone(),
            timezone: plan.timezone.clone(),
            targets: plan.targets.iter().map(|target| target.function.clone()).collect(),
            features: plan.features.clone(),
            people: people.collect(),
            stages: plan.stages.iter().zip(rows).map(|(stage, row)| stage_view(plan, stage, row)).collect(),
            guardrails: rules.collect(),
            freeze,
            escalate: plan.escalate.clone(),
            figures: figures.collect(),
            respond: respond.collect(),
            promise: control::view::promise(plan),
            links: plan.links.clone(),
        }
    }
}

fn stage_view(plan: &Plan, stage: &rollout::plan::Stage, row: TimelineRow) -> StageView {
    let lines = |items: &[Item]| items.iter().map(|item| line(plan, item)).collect();
    StageView {
        name: row.name,
        // A share has at most two decimals, so the nearest float prints as the same number.
        percent: row.share.percent().to_f64(),
        cohorts: row.cohorts,
        bake: row.bake.to_string(),
        approvals: row.approvals,
        enter: lines(&stage.enter),
        leave: lines(&stage.leave),
    }
}

fn line(plan: &Plan, item: &Item) -> String {
    match item {
        Item::Condition(id) => plan.condition(*id).text.clone(),
        Item::Stable(span) => format!("stable for {span}"),
        Item::Check(id) => format!("check: {}", plan.check(*id).name),
        Item::Tick(text) => format!("tick: {text}"),
        Item::Approve(Consent { role, count: 1 }) => format!("approve: {role}"),
        Item::Approve(Consent { role, count }) => format!("approve: {count} of {role}"),
    }
}
