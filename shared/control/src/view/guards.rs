//! The guardrails of a plan as they stand.

use super::{Guardrail, figure_of};
use rollout::{
    event::PauseReason,
    evidence::Figure,
    gather::in_force,
    levels::{AlarmState, Levels},
    plan::{Plan, Rule, When},
    rollout::{Phase, Rollout},
    units::{ConditionId, RuleId},
    words::judged,
};

pub(super) fn guardrails(
    plan: &Plan,
    head: &Rollout,
    figures: &[Option<Figure>],
    levels: &Levels,
) -> Vec<Guardrail> {
    plan.rules().map(|(id, rule)| guardrail(plan, head, (figures, levels), id, rule)).collect()
}

fn guardrail(
    plan: &Plan,
    head: &Rollout,
    (figures, levels): (&[Option<Figure>], &Levels),
    id: RuleId,
    rule: &Rule,
) -> Guardrail {
    let watched = match &rule.when {
        When::Any(_) | When::Alarm { .. } => in_force(plan, head, id),
        // These act at any stage.
        When::Signal(_) | When::Drift => !head.is_over(),
    };
    let (verdict, figure) = match &rule.when {
        When::Any(_) if !watched => ("not known".to_owned(), "not measured at this stage".to_owned()),
        When::Any(conditions) => any(plan, conditions, figures),
        When::Signal(name) => signal(head, name),
        When::Alarm { name, insufficient_ok } => {
            let state = levels.alarms.get(&id).map(|state| head.heeds(name, *state));
            (verdict_of(state, *insufficient_ok).to_owned(), heard(head, levels, id, name))
        }
        When::Drift => match (&head.blocked, drift(plan, head)) {
            (Some(blocked), _) => ("not known".to_owned(), format!("since {}: {}", blocked.at, blocked.why)),
            (None, Some(what)) => ("true".to_owned(), what),
            (None, None) => ("false".to_owned(), "the targets say what was written".to_owned()),
        },
    };
    let fired = head
        .fired
        .get(&id)
        .is_some_and(|fired| fired.cleared.is_none() && fired.generation == head.generation);
    let (fired, figure) = match head.fired.get(&id).filter(|_| head.is_over()) {
        Some(last) => (true, format!("it fired at {}", last.at)),
        None if head.is_over() => (false, "not watched any more".to_owned()),
        None => (fired, figure),
    };
    let state = match (rule.dry_run, fired, watched) {
        (true, _, _) => "dry run",
        (false, true, _) => "fired",
        (false, false, true) => "armed",
        (false, false, false) => "not in force",
    };
    Guardrail { text: rule.text.clone(), verdict, figure, state: state.to_owned() }
}

/// True if one is; else not known if one is not.
fn any(plan: &Plan, conditions: &[ConditionId], figures: &[Option<Figure>]) -> (String, String) {
    let all: Vec<_> = conditions.iter().map(|id| judged(plan, *id, figure_of(figures, *id))).collect();
    let is = |verdict: &str| all.iter().any(|one| one.verdict == verdict);
    let verdict = ["true", "not known"].into_iter().find(|verdict| is(verdict)).unwrap_or("false");
    let figures: Vec<String> = all.iter().map(|one| one.figure.clone()).collect();
    (verdict.to_owned(), figures.join("; "))
}

fn verdict_of(state: Option<AlarmState>, insufficient_ok: bool) -> &'static str {
    match state {
        Some(AlarmState::Ringing(_)) => "true",
        Some(AlarmState::Quiet) => "false",
        Some(AlarmState::Insufficient) if insufficient_ok => "false",
        Some(_) | None => "not known",
    }
}

/// How an alarm stands, and whether that counts.
pub(super) fn heard(head: &Rollout, levels: &Levels, id: RuleId, name: &str) -> String {
    let Some(state) = levels.alarms.get(&id) else {
        return "not looked at yet".to_owned();
    };
    let counts = head.heeds(name, *state) == *state;
    let despite = if counts { "" } else { "; the rollout was started despite that" };
    format!("{}{despite}", state.words())
}

/// What somebody else changed in a target, as long as a person has to look at it.
pub(super) fn drift(plan: &Plan, head: &Rollout) -> Option<String> {
    let looked_at = matches!(head.phase, Phase::Paused { why: PauseReason::Drift, .. });
    let drift = head.drift.as_ref().filter(|_| looked_at)?;
    let function = plan.target(drift.target).map_or("a target", |target| target.function.as_str());
    Some(format!("{function}: {}", drift.what))
}

fn signal(head: &Rollout, name: &str) -> (String, String) {
    let reports = head.signals.get(name).map(Vec::as_slice).unwrap_or_default();
    let said = match reports {
        [] => "no report".to_owned(),
        [one] => format!("reported once, at {}", one.at),
        [.., last] => format!("reported by {}, the last at {}", reports.len(), last.at),
    };
    ("false".to_owned(), said)
}
