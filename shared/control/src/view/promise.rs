//! How fast a plan promises a rollback to be.

use rollout::{
    event::Outcome,
    plan::{Plan, Promise},
    rollout::{Phase, Rollout},
    time::Span,
    times,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How long the last rollback took. Times are RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Times {
    /// The breach began; none where nothing was breached.
    pub began: Option<String>,
    /// It was seen.
    pub detected: String,
    /// Somebody decided.
    pub decided: String,
    /// Every target was written.
    pub applied: Option<String>,
    /// Every target was read back.
    pub verified: Option<String>,
    /// Each step that is over.
    pub steps: Vec<Took>,
}

/// How long a step took, and how long it may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Took {
    /// As the promise has it.
    pub step: String,
    /// For people.
    pub took: String,
    /// The same in whole seconds.
    pub seconds: u64,
    /// The same in milliseconds.
    #[serde(default)]
    pub millis: u64,
    /// So long it may; none where nothing is promised.
    pub promised: Option<String>,
    /// It took longer.
    pub missed: bool,
}

impl Times {
    /// Of a plan's rollback.
    pub fn of(plan: &Plan, times: &times::Times) -> Times {
        let took = |step: times::Step| Took {
            step: step.name.to_owned(),
            took: step.took.to_string(),
            seconds: step.took.whole(Span::seconds(1)),
            millis: step.took.as_millis(),
            promised: step.promised.map(|promised| promised.to_string()),
            missed: step.is_missed(),
        };
        Times {
            began: times.began.map(|at| at.to_string()),
            detected: times.detected.to_string(),
            decided: times.decided.to_string(),
            applied: times.applied.map(|at| at.to_string()),
            verified: times.verified.map(|at| at.to_string()),
            steps: times.steps(&plan.promise).into_iter().map(took).collect(),
        }
    }
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Took { step, took, promised, missed, .. } = self;
        let promised = promised.as_ref().map_or(String::new(), |promised| format!(" of {promised}"));
        write!(f, "{}: {took}{promised}{}", step.replace('_', " "), if *missed { ", missed" } else { "" })
    }
}

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
