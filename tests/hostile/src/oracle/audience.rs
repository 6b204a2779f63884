//! Who has what, user by user, as a function reads it from its variables.

use assign::{Assignment, User};
use rollout::{
    plan::{Part, Plan, Template},
    rollout::Exposure,
};
use std::collections::{BTreeMap, BTreeSet};

/// Users of the sample, who fall into it by their names; those of the cohorts are beside them.
const USERS: usize = 40;

/// The features of everybody who is in.
type Audience = BTreeMap<String, BTreeSet<String>>;

/// What a function is told of an exposure.
fn flags(plan: &Plan, exposure: Option<&Exposure>) -> String {
    let show = exposure.and_then(|exposure| exposure.show.as_ref());
    let exposed = show.map_or_else(|| plan.nobody(), |shown| plan.audience(shown));
    Template(vec![Part::Flags]).render(&exposed)
}

fn audience(plan: &Plan, flags: &str) -> Audience {
    let read = Assignment::from_flags(&plan.name, "FLAGS", |_| Some(flags.to_owned()));
    let listed = plan.cohorts.iter().flat_map(|cohort| cohort.users.clone());
    let all = (0..USERS).map(|user| format!("user-{user}")).chain(listed);
    let within = all.filter(|id| read.is_in(&User::new(id)));
    within.map(|id| (id.clone(), read.features(&User::new(&id)).map(str::to_owned).collect())).collect()
}

/// What somebody has under one exposure who did not have it under the other.
pub(super) fn gained(plan: &Plan, before: Option<&Exposure>, after: Option<&Exposure>) -> Option<String> {
    let (before, after) = (flags(plan, before), flags(plan, after));
    if before == after {
        return None;
    }
    let before = audience(plan, &before);
    audience(plan, &after).iter().find_map(|(user, now)| match before.get(user) {
        None => Some(format!("{user} was out and is in")),
        Some(had) if !now.is_subset(had) => Some(format!("{user} had {had:?} and has {now:?}")),
        Some(_) => None,
    })
}
