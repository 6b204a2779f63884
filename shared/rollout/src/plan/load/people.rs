//! Who is asked, paged and told; and the small print of a plan.

use super::{
    fields::{Fields, is_label, label, mapping, span, strings, text, word},
    keys,
    unknown::unknown,
};
use crate::{
    plan::{
        Person, Problem, Promise, Severity,
        yaml::{Entry, Node},
    },
    time::Span,
};
use std::collections::BTreeMap;

/// What a plan says about people and time.
#[derive(Default)]
pub(super) struct People {
    pub(super) owner: String,
    pub(super) timezone: String,
    pub(super) links: BTreeMap<String, String>,
    pub(super) people: BTreeMap<String, Person>,
    pub(super) escalate: Vec<String>,
    pub(super) respond: BTreeMap<Severity, Span>,
    pub(super) notify: BTreeMap<String, Vec<String>>,
    pub(super) promise: Promise,
}

pub(super) fn read(fields: &Fields<'_>, found: &mut Vec<Problem>) -> People {
    let people = fields.need("people", found).map_or_else(BTreeMap::new, |node| persons(node, found));
    let owner = fields.need("owner", found).and_then(|node| named(node, &people, found)).unwrap_or_default();
    let escalate = fields.get("escalate").map_or_else(Vec::new, |node| all_named(node, &people, found));
    let notify = fields.get("notify").map_or_else(BTreeMap::new, |node| occasions(node, &people, found));
    People {
        owner,
        timezone: timezone(fields, found),
        links: fields.get("links").map_or_else(BTreeMap::new, |node| texts(node, "links", found)),
        escalate,
        respond: fields.get("respond").map_or_else(BTreeMap::new, |node| respond(node, found)),
        notify,
        promise: fields.get("promise").map_or_else(Promise::default, |node| promise(node, found)),
        people,
    }
}

fn persons(node: &Node, found: &mut Vec<Problem>) -> BTreeMap<String, Person> {
    let Some((entries, _)) = mapping(node, "`people`", found) else { return BTreeMap::new() };
    let mut people = BTreeMap::new();
    for entry in entries {
        is_label(entry.place, &entry.key.text, "a person", found);
        people.insert(entry.key.text.clone(), person(&entry.node, found));
    }
    people
}

fn person(node: &Node, found: &mut Vec<Problem>) -> Person {
    let Some(fields) = Fields::of(node, "a person", &keys::PERSON, found) else { return Person::default() };
    let mut many = |key: &str| {
        let nodes = fields.get(key).map(|node| strings(node, found)).unwrap_or_default();
        nodes.iter().filter_map(|node| text(node, found)).collect::<Vec<_>>()
    };
    let (email, members, groups) = (many("email"), many("members"), many("groups"));
    let mut one = |key: &str| fields.get(key).and_then(|node| text(node, found));
    Person { page: one("page"), slack: one("slack"), email, members, groups }
}

/// A name from `people`.
pub(super) fn named(
    node: &Node,
    people: &BTreeMap<String, Person>,
    found: &mut Vec<Problem>,
) -> Option<String> {
    let name = label(node, "a person", found)?;
    if people.contains_key(&name) {
        return Some(name);
    }
    found.push(unknown(node.place, "person", &name, &known(people)));
    None
}

pub(super) fn known(people: &BTreeMap<String, Person>) -> Vec<&str> {
    people.keys().map(String::as_str).collect()
}

fn all_named(node: &Node, people: &BTreeMap<String, Person>, found: &mut Vec<Problem>) -> Vec<String> {
    strings(node, found).iter().filter_map(|node| named(node, people, found)).collect()
}

fn occasions(
    node: &Node,
    people: &BTreeMap<String, Person>,
    found: &mut Vec<Problem>,
) -> BTreeMap<String, Vec<String>> {
    let Some(fields) = Fields::of(node, "`notify`", &keys::NOTIFY, found) else { return BTreeMap::new() };
    let occasions = keys::NOTIFY.keys.iter().map(|key| key.name);
    let said = occasions.filter_map(|occasion| fields.get(occasion).map(|node| (occasion, node)));
    said.map(|(occasion, node)| (occasion.to_owned(), all_named(node, people, found))).collect()
}

fn respond(node: &Node, found: &mut Vec<Problem>) -> BTreeMap<Severity, Span> {
    let Some(fields) = Fields::of(node, "`respond`", &keys::RESPOND, found) else { return BTreeMap::new() };
    let mut times = BTreeMap::new();
    for (severity, name) in
        [Severity::P0, Severity::P1, Severity::P2, Severity::P3].into_iter().zip(SEVERITIES)
    {
        let Some(node) = fields.get(name) else { continue };
        let time = if text(node, &mut Vec::new()).is_some_and(|text| text == "now") {
            Some(Span::ZERO)
        } else {
            span(node, found)
        };
        times.extend(time.map(|time| (severity, time)));
    }
    times
}

const SEVERITIES: [&str; 4] = ["P0", "P1", "P2", "P3"];

/// `P0` to `P3`.
pub(super) fn severity(node: &Node, found: &mut Vec<Problem>) -> Option<Severity> {
    word(node, &SEVERITIES, found).map(|at| match at {
        0 => Severity::P0,
        1 => Severity::P1,
        2 => Severity::P2,
        _ => Severity::P3,
    })
}

fn promise(node: &Node, found: &mut Vec<Problem>) -> Promise {
    let Some(fields) = Fields::of(node, "`promise`", &keys::PROMISE, found) else {
        return Promise::default();
    };
    let mut time = |key: &str| fields.get(key).and_then(|node| span(node, found));
    Promise {
        detect: time("detect"),
        decide: time("decide"),
        apply: time("apply"),
        verify: time("verify"),
        rollback: time("rollback"),
        by_hand: time("by_hand"),
    }
}

fn timezone(fields: &Fields<'_>, found: &mut Vec<Problem>) -> String {
    let Some(node) = fields.get("timezone") else { return "UTC".to_owned() };
    let Some(name) = text(node, found) else { return String::new() };
    if jiff::tz::TimeZoneDatabase::bundled().get(&name).is_err() {
        let help = "an IANA name such as UTC or Europe/Berlin".to_owned();
        found.push(node.place.problem(format!("unknown time zone `{name}`"), Some(help)));
    }
    name
}

/// A mapping of texts to texts.
pub(super) fn texts(node: &Node, what: &str, found: &mut Vec<Problem>) -> BTreeMap<String, String> {
    let Some((entries, _)) = mapping(node, &format!("`{what}`"), found) else { return BTreeMap::new() };
    let pair = |entry: &Entry| Some((entry.key.text.clone(), text(&entry.node, found)?));
    entries.iter().filter_map(pair).collect()
}
