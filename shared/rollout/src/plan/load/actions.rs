//! What guardrails and late stages do.

use super::{
    doors::cannot_consent,
    fields::{one_or_more, parsed},
    people,
    stages::Scope,
    unknown::unknown,
};
use crate::plan::{
    Action, Consent, Problem, Step, parse,
    yaml::{Node, Place},
};

/// Why `after` makes no sense for an action.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// It does: the condition is judged again.
    Allowed,
    /// A signal is one event.
    Signal,
    /// A late stage is late.
    Late,
    /// What is spent is spent.
    Cap,
}

/// One action or a list of them.
pub(super) fn read_all(
    scope: &Scope<'_>,
    node: &Node,
    after: After,
    found: &mut Vec<Problem>,
) -> Vec<Action> {
    let nodes = one_or_more(node);
    if nodes.is_empty() {
        found.push(
            node.place.problem("nothing is done", Some("write `roll back`, or another action".to_owned())),
        );
    }
    nodes.iter().filter_map(|node| read(scope, node, after, found)).collect()
}

/// One action.
pub(super) fn read(scope: &Scope<'_>, node: &Node, after: After, found: &mut Vec<Problem>) -> Option<Action> {
    let (action, (at, length)) = parsed(node, parse::action, found)?;
    names(scope, &action.step, node.part(at, length), found);
    if action.after.is_some() {
        match after {
            After::Allowed => {}
            After::Signal => {
                let what = "a signal is one event, which cannot be judged again after a time";
                found.push(node.place.problem(what, at_once()));
            }
            After::Late => {
                found
                    .push(node.place.problem("what is done when a stage is late is done at once", at_once()));
            }
            After::Cap => {
                found.push(node.place.problem("what is done at the cap is done at once", at_once()));
            }
        }
    }
    Some(action)
}

/// What to write where nothing is judged again.
fn at_once() -> Option<String> {
    Some("leave `after` out".to_owned())
}

/// Whether the names in an action are those of somebody and something.
fn names(scope: &Scope<'_>, step: &Step, place: Place, found: &mut Vec<Problem>) {
    match step {
        Step::RollBack(_) | Step::Pause | Step::Review { by: None, .. } => {}
        Step::Page(name) => {
            if scope.people.get(name).is_some_and(|person| person.page.is_none()) {
                let help = format!("write `page:` under `{name}`, or `alert {name}`");
                found.push(place.problem(format!("`{name}` cannot be paged"), Some(help)));
            }
            person(scope, name, place, found);
        }
        Step::Alert(name) => person(scope, name, place, found),
        Step::Review { by: Some(name), .. } => {
            person(scope, name, place, found);
            let one = Consent { role: name.clone(), count: 1 };
            let nobody = scope.people.get(name).and_then(|person| cannot_consent(person, &one));
            found.extend(nobody.map(|(what, help)| place.problem(what, help)));
        }
        Step::Disable(name) => {
            let cohorts = scope.cohorts.iter().map(|cohort| cohort.name.as_str());
            let known: Vec<&str> = scope.features.iter().map(String::as_str).chain(cohorts).collect();
            if !known.contains(&name.as_str()) {
                found.push(unknown(place, "feature or cohort", name, &known));
            }
        }
    }
}

fn person(scope: &Scope<'_>, name: &str, place: Place, found: &mut Vec<Problem>) {
    if !scope.people.contains_key(name) {
        found.push(unknown(place, "person", name, &people::known(scope.people)));
    }
}
