//! Who acts when nobody signs in: the people of a plan, as the laboratory and a laptop know them.

use rollout::{
    decide::Actor,
    plan::{Item, Plan},
};
use std::collections::BTreeSet;

/// The name of the one who may do everything, and who starts rollouts.
pub const ADMIN: &str = "admin";
/// The name of a machine: it may report and lower.
pub const MACHINE: &str = "machine";

/// The name of the machine that reports figures where a story does not say who does.
pub const REPORTER: &str = "reporter";

/// Everybody who can act in a plan: an admin, a machine, and the holders of each role.
///
/// A role without named members gets as many holders as the plan ever asks of it: the first bears its name.
pub fn cast(plan: &Plan) -> Vec<Actor> {
    let mut cast = vec![admin(), machine()];
    for (role, person) in &plan.people {
        let named = person.members.clone();
        let names = if named.is_empty() { stand_ins(plan, role) } else { named };
        for name in names {
            match cast.iter_mut().find(|actor| actor.name == name) {
                Some(actor) => {
                    actor.roles.insert(role.clone());
                }
                None => cast.push(Actor {
                    name,
                    roles: BTreeSet::from([role.clone()]),
                    admin: false,
                    machine: false,
                }),
            }
        }
    }
    cast
}

/// Somebody by name: one of the cast, the holder of a role of that name, or a passer-by without a role.
pub fn somebody(plan: &Plan, name: &str) -> Actor {
    let cast = cast(plan);
    let known = cast.iter().find(|actor| actor.name == name);
    let known = known.or_else(|| cast.iter().find(|actor| actor.roles.contains(name)));
    known.cloned().unwrap_or_else(|| Actor {
        name: name.to_owned(),
        roles: BTreeSet::new(),
        admin: false,
        machine: name == REPORTER,
    })
}

fn admin() -> Actor {
    Actor { name: ADMIN.to_owned(), roles: BTreeSet::new(), admin: true, machine: false }
}

fn machine() -> Actor {
    Actor { name: MACHINE.to_owned(), roles: BTreeSet::new(), admin: false, machine: true }
}

fn stand_ins(plan: &Plan, role: &str) -> Vec<String> {
    let doors = plan.stages.iter().flat_map(|stage| stage.enter.iter().chain(&stage.leave));
    let asked = doors.filter_map(|item| match item {
        Item::Approve(consent) if consent.role == role => Some(consent.count),
        Item::Approve(_) | Item::Condition(_) | Item::Stable(_) | Item::Check(_) | Item::Tick(_) => None,
    });
    let count = asked.max().unwrap_or(1).max(1);
    let name = |nth: u8| if nth == 1 { role.to_owned() } else { format!("{role}-{nth}") };
    (1..=count).map(name).collect()
}
