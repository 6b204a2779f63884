//! The cohorts: named parts of the users, and which of them a stage exposes.

use super::{
    fields::{Fields, flag, is_label, label, mapping, scalar, strings, text},
    keys,
    stages::percent,
    unknown::unknown,
};
use crate::{
    plan::{
        Cohort, Problem,
        yaml::{Entry, Node},
    },
    units::CohortId,
};

/// Cohorts of a plan.
const MOST: usize = 50;

/// All cohorts of a plan; those without features of their own have all.
pub(super) fn read(fields: &Fields<'_>, features: &[String], found: &mut Vec<Problem>) -> Vec<Cohort> {
    let Some(node) = fields.get("cohorts") else { return vec![] };
    let entries = mapping(node, "`cohorts`", found).map(|(entries, _)| entries).unwrap_or_default();
    if let Some(beyond) = entries.get(MOST) {
        found.push(beyond.place.problem(
            format!("more than {MOST} cohorts"),
            Some("put users into `groups`, and groups into one cohort".to_owned()),
        ));
    }
    entries.iter().take(MOST).filter_map(|entry| cohort(entry, features, found)).collect()
}

fn cohort(
    Entry { key, place, node }: &Entry,
    features: &[String],
    found: &mut Vec<Problem>,
) -> Option<Cohort> {
    is_label(*place, &key.text, "a cohort", found);
    if features.contains(&key.text) {
        let what = format!("`{}` is a feature already: `disable {}` would mean both", key.text, key.text);
        found.push(place.problem(what, Some("give the cohort another name".to_owned())));
    }
    let fields = Fields::of(node, "a cohort", &keys::COHORT, found)?;
    let listed = |key: &str, found: &mut Vec<Problem>| -> Vec<String> {
        let nodes = fields.get(key).map(|node| strings(node, found)).unwrap_or_default();
        nodes.iter().filter_map(|node| member(node, found)).collect()
    };
    let (users, groups) = (listed("users", found), listed("groups", found));
    let opt_in = fields.get("opt_in").is_some_and(|node| flag(node, found) == Some(true));
    if users.is_empty() && groups.is_empty() && !opt_in {
        let help = "write `users: [...]`, `groups: [...]` or `opt_in: true`".to_owned();
        found.push(place.problem(format!("nobody can be in the cohort `{}`", key.text), Some(help)));
    }
    Some(Cohort {
        name: key.text.clone(),
        users,
        groups,
        opt_in,
        expected: fields.get("percent").and_then(|node| percent(node, found)),
        features: features_of(&fields, features, found),
    })
}

/// A user or a group: commas stand between them in a variable, so that there is none in a name.
fn member(node: &Node, found: &mut Vec<Problem>) -> Option<String> {
    let name = text(node, found)?;
    if name.contains(',') || name.trim() != name || name.chars().any(char::is_control) {
        let what = format!("`{}` is no name of a user or a group", name.escape_debug());
        found.push(node.place.problem(what, Some("without commas and blanks around it".to_owned())));
        return None;
    }
    Some(name)
}

/// The features under a key, in the plan's order; all when nothing is said.
pub(super) fn features_of(fields: &Fields<'_>, features: &[String], found: &mut Vec<Problem>) -> Vec<String> {
    let Some(node) = fields.get("features") else { return features.to_vec() };
    let mut named: Vec<String> = Vec::new();
    for node in strings(node, found) {
        match label(node, "a feature", found) {
            Some(name) if features.contains(&name) => named.push(name),
            Some(name) => {
                let known: Vec<&str> = features.iter().map(String::as_str).collect();
                found.push(unknown(node.place, "feature", &name, &known));
            }
            None => {}
        }
    }
    features.iter().filter(|name| named.contains(name)).cloned().collect()
}

/// The cohorts that a stage names, in the plan's order.
pub(super) fn of_stage(fields: &Fields<'_>, cohorts: &[Cohort], found: &mut Vec<Problem>) -> Vec<CohortId> {
    let Some(node) = fields.get("cohorts") else { return vec![] };
    let mut named: Vec<CohortId> = Vec::new();
    for node in strings(node, found) {
        let Some(name) = scalar(node, found).map(|scalar| scalar.text.clone()) else { continue };
        match (0u16..).map(CohortId).zip(cohorts).find(|(_, cohort)| cohort.name == name) {
            Some((id, _)) => named.push(id),
            None => {
                let known: Vec<&str> = cohorts.iter().map(|cohort| cohort.name.as_str()).collect();
                found.push(unknown(node.place, "cohort", &name, &known));
            }
        }
    }
    named.sort_unstable();
    named.dedup();
    named
}
