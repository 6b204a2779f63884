//! How fast a plan promises a rollback to be.

use rollout::{
    event::Outcome,
    plan::{Plan, Promise},
    rollout::{Phase, Rollout},
    time::Span,
};
use std::collections::BTreeMap;

/// Whether the exposure is being lowered: then the promise is what counts.
pub(super) fn goes_back(head: &Rollout) -> bool {
    matches!(head.phase, Phase::Lowering { .. } | Phase::Closing { outcome: Outcome::RolledBack(_), .. })
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
