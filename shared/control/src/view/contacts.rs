//! Whom to call, in order, and how.

use rollout::plan::Plan;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Somebody who can be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// A name from the plan's people.
    pub name: String,
    /// How: a pager, a channel, addresses.
    pub ways: Vec<String>,
}

impl fmt::Display for Contact {
    /// `on-call (page pagerduty, slack #ops)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.ways.is_empty() { Ok(()) } else { write!(f, " ({})", self.ways.join(", ")) }
    }
}

/// Those to whom the plan escalates; the owner where it does not say.
pub(super) fn contacts(plan: &Plan) -> Vec<Contact> {
    let owner = std::slice::from_ref(&plan.owner);
    let names = if plan.escalate.is_empty() { owner } else { &plan.escalate };
    names.iter().map(|name| Contact { name: name.clone(), ways: ways(plan, name) }).collect()
}

fn ways(plan: &Plan, name: &str) -> Vec<String> {
    let Some(person) = plan.people.get(name) else {
        return vec![];
    };
    let page = person.page.iter().map(|page| format!("page {page}"));
    let slack = person.slack.iter().map(|slack| format!("slack {slack}"));
    page.chain(slack).chain(person.email.iter().cloned()).collect()
}
