//! Whom to call when something is wrong, and how fast a rollback is promised to be.

use super::{Contact, Guardrail};
use rollout::{
    event::Outcome,
    plan::{Person, Plan, Promise},
    rollout::{Phase, Rollout},
    time::Span,
};
use std::collections::BTreeMap;

/// Whether somebody may want to call for help: it stands still, goes back, cannot be verified, asks for a review, or a
/// guardrail is true.
pub(super) fn is_wrong(head: &Rollout, guardrails: &[Guardrail]) -> bool {
    let loud = |rule: &Guardrail| rule.state == "fired" || (rule.state == "armed" && rule.verdict == "true");
    let stands = matches!(head.phase, Phase::Paused { .. } | Phase::Abandoning { .. });
    let open = !head.is_over();
    open && (stands
        || goes_back(head)
        || head.critical.is_some()
        || !head.reviews.is_empty()
        || guardrails.iter().any(loud))
}

/// Whether the exposure is being lowered.
pub(super) fn goes_back(head: &Rollout) -> bool {
    matches!(head.phase, Phase::Lowering { .. } | Phase::Closing { outcome: Outcome::RolledBack(_), .. })
}

/// Those to whom the plan escalates, or its owner.
pub(super) fn contacts(plan: &Plan) -> Vec<Contact> {
    let owner = std::slice::from_ref(&plan.owner);
    let line = if plan.escalate.is_empty() { owner } else { &plan.escalate };
    let contact = |name: &String| Contact {
        role: name.clone(),
        reach: plan.people.get(name).map(reach).unwrap_or_default(),
    };
    line.iter().map(contact).collect()
}

fn reach(person: &Person) -> Vec<String> {
    let page = person.page.iter().map(|address| format!("page {address}"));
    let slack = person.slack.iter().map(|channel| format!("slack {channel}"));
    let groups = person.groups.iter().map(|group| format!("group {group}"));
    page.chain(slack)
        .chain(person.email.iter().cloned())
        .chain(person.members.iter().cloned())
        .chain(groups)
        .collect()
}

/// What a plan promises, by its step.
pub fn promise(plan: &Plan) -> BTreeMap<String, String> {
    let Promise { detect, decide, apply, verify, rollback, by_hand } = &plan.promise;
    let steps: [(&str, &Option<Span>); 6] = [
        ("detect", detect),
        ("decide", decide),
        ("apply", apply),
        ("verify", verify),
        ("rollback", rollback),
        ("by_hand", by_hand),
    ];
    steps.into_iter().filter_map(|(step, span)| Some((step.to_owned(), span.as_ref()?.to_string()))).collect()
}
