//! Who acts: known from the credentials of a request.

use axum::http::{header::AUTHORIZATION, request::Parts};
use rollout::{decide::Actor, plan::Plan};
use std::collections::{BTreeMap, BTreeSet};

/// Knows who sends a request. A laptop has a table of tokens; on AWS the gateway has checked a signed one.
pub trait Identify: Send + Sync + 'static {
    /// Who sends this request; none when that is not known.
    fn caller(&self, request: &Parts) -> Option<Caller>;
}

/// Somebody whose name is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Their name.
    pub name: String,
    /// The groups that they are in.
    pub groups: BTreeSet<String>,
    /// Roles for which they stand in, where a plan names nobody. Only a laptop has such.
    pub roles: BTreeSet<String>,
    /// May force, abandon, and let the stop line go.
    pub admin: bool,
    /// May report and lower; never raise, approve or resume.
    pub machine: bool,
}

impl Caller {
    /// The same person with the roles that they hold in a plan: by name, by group, or because they stand in.
    pub fn actor(&self, plan: &Plan) -> Actor {
        let holds = |(role, person): &(&String, &rollout::plan::Person)| {
            person.members.contains(&self.name)
                || person.groups.iter().any(|group| self.groups.contains(group))
                || (person.members.is_empty() && self.roles.contains(*role))
        };
        let roles = plan.people.iter().filter(holds).map(|(role, _)| role.clone()).collect();
        Actor { name: self.name.clone(), roles, admin: self.admin, machine: self.machine }
    }

    /// The same person where no plan is in play.
    pub(crate) fn at_large(&self) -> Actor {
        let roles = self.roles.clone();
        Actor { name: self.name.clone(), roles, admin: self.admin, machine: self.machine }
    }
}

/// A table of bearer tokens. It has no `Debug`: tokens are secrets.
#[derive(Clone, Default)]
pub struct Tokens(BTreeMap<String, Caller>);

impl Tokens {
    /// Each token with its bearer.
    pub fn new(table: impl IntoIterator<Item = (String, Caller)>) -> Tokens {
        Tokens(table.into_iter().collect())
    }
}

impl Identify for Tokens {
    fn caller(&self, request: &Parts) -> Option<Caller> {
        let header = request.headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        self.0.get(token.trim()).cloned()
    }
}
