//! What a plan says and the functions never hear of: a switch that changes no variable, stages that look the same.

use super::{About, Said, Warning, at};
use crate::{
    plan::{Action, Audience, Budget, Meter, Plan, Rule, Shown, Stage, Step, When},
    units::{Share, StageIndex},
};

/// Everything that the functions never hear of.
pub(super) fn warnings(plan: &Plan) -> Vec<Warning> {
    let mut found = Vec::new();
    found.extend(stages_alike(plan));
    for (id, rule) in plan.rules() {
        found.extend(
            rule.then.iter().filter_map(switched).filter_map(|name| unheard(plan, name, About::Rule(id))),
        );
    }
    for (id, budget) in plan.budgets() {
        found.extend(budget.at_cap.iter().filter_map(|name| unheard(plan, name, About::Budget(id))));
        found.extend(counted_only(plan, budget).map(|said| at(About::Budget(id), said)));
    }
    found
}

fn switched(action: &Action) -> Option<&str> {
    if let Step::Disable(name) = &action.step { Some(name) } else { None }
}

/// To switch off what no variable says leaves everything on.
fn unheard(plan: &Plan, name: &str, about: About) -> Option<Warning> {
    let off = [name.to_owned()];
    let hears = |(index, stage): (StageIndex, &Stage)| {
        variables(plan, &audience(plan, index, stage.share, &off))
            != variables(plan, &audience(plan, index, stage.share, &[]))
    };
    let of = if plan.features.iter().any(|feature| feature == name) { "features" } else { "cohorts" };
    let what = format!("to disable `{name}` changes no variable at any stage");
    let help = format!("let a variable of a target say it: `${{flags}}`, or `${{{of}.{name}}}`");
    (!plan.stages().any(hears)).then(|| at(about, (what, Some(help))))
}

/// Where no variable says how many are exposed, more are than was decided. The first stage of which it is true.
fn stages_alike(plan: &Plan) -> Option<Warning> {
    let exposing = || plan.stages().filter(|(_, stage)| stage.exposes(stage.share));
    exposing().find_map(|(index, stage)| {
        let own = audience(plan, index, stage.share, &[]);
        let wider = exposing().find(|(later, _)| *later > index);
        let (wider, name) = match wider {
            Some((later, stage)) => (audience(plan, later, stage.share, &[]), format!("`{}`", stage.name)),
            None if stage.share > Share::NONE => (audience(plan, index, Share::ALL, &[]), "100%".to_owned()),
            None => return None,
        };
        let alike = !wider.is_within(&own) && variables(plan, &own) == variables(plan, &wider);
        let what = format!(
            "the functions cannot tell `{}` from {name}: no variable says who is exposed",
            stage.name
        );
        let help = "write `${percent}`, `${cohorts}` or `${flags}` into a variable of a target".to_owned();
        alike.then(|| at(About::Stage(index), (what, Some(help))))
    })
}

/// Whoever asks before each call is refused at the cap; what is counted afterwards goes on.
fn counted_only(plan: &Plan, budget: &Budget) -> Option<Said> {
    let watches = |rule: &Rule| match &rule.when {
        When::Any(ids) => ids.iter().any(|id| plan.condition(*id).metric == budget.metric),
        When::Signal(_) | When::Alarm { .. } | When::Drift => false,
    };
    let does_nothing = budget.meter != Meter::Calls && budget.at_cap.is_empty();
    let name = &budget.name;
    let what = format!("at its cap `{name}` is told, and spending goes on");
    let help = format!(
        "write `at_cap: disable FEATURE`, or a guardrail: `{{when: {name} >= {}, then: pause}}`",
        budget.cap
    );
    let mut acting = plan.rules.iter().filter(|rule| !rule.dry_run);
    (does_nothing && !acting.any(watches)).then_some((what, Some(help)))
}

fn audience<'p>(plan: &'p Plan, stage: StageIndex, share: Share, off: &[String]) -> Audience<'p> {
    plan.audience(&Shown { stage, share, off: off.to_vec() })
}

/// What all variables of all targets say of those who are exposed.
fn variables(plan: &Plan, audience: &Audience<'_>) -> Vec<String> {
    plan.targets.iter().flat_map(|target| target.set.values()).map(|value| value.render(audience)).collect()
}
