//! Parts of the language that are read and checked, and then refused: nothing that a plan says is ever ignored.

use super::{
    fields::{Fields, is_label, list, mapping, parsed, strings, word},
    keys, parse,
    stages::share,
};
use crate::plan::{
    Problem,
    parse::{Misread, Unit},
    yaml::{Entry, Node},
};

/// Refuses what is not built yet, after its own mistakes have been reported.
pub(super) fn refuse(fields: &Fields<'_>, found: &mut Vec<Problem>) {
    type Read = fn(&Node, &mut Vec<Problem>);
    let parts: [(&str, Read, &str); 2] = [
        (
            "budgets",
            budgets,
            "budgets are not built yet: watch the money with a metric in `$` and a guardrail",
        ),
        ("freeze", freeze, "a freeze is not built yet: pause the rollout by hand"),
    ];
    for (key, read, what) in parts {
        if let Some(node) = fields.get(key) {
            read(node, found);
            found.push(fields.key_place(key).problem(what, None));
        }
    }
}

fn each<'a>(node: &'a Node, what: &str, found: &mut Vec<Problem>) -> &'a [Entry] {
    let entries = mapping(node, &format!("`{what}`"), found).map(|(entries, _)| entries).unwrap_or_default();
    for entry in entries {
        is_label(entry.place, &entry.key.text, what, found);
    }
    entries
}

fn budgets(node: &Node, found: &mut Vec<Problem>) {
    for entry in each(node, "budgets", found) {
        let Some(fields) = Fields::of(&entry.node, "a budget", &keys::BUDGET, found) else { continue };
        if let Some(node) = fields.need("cap", found) {
            parsed(node, cap, found);
        }
        if let Some(node) = fields.get("warn") {
            parsed(node, warn, found);
        }
        if let Some(node) = fields.get("expect") {
            parsed(node, range, found);
        }
        if let Some(node) = fields.get("at_cap") {
            parsed(node, parse::action, found);
        }
        if let Some(node) = fields.need("meter", found) {
            Fields::of(node, "`meter`", &keys::METER, found);
        }
    }
}

fn misread(text: &str, what: &str, right: &str) -> Misread {
    let what = format!("`{text}` is not {what}");
    Misread { at: 0, length: text.chars().count(), what, help: Some(format!("write `{right}`")) }
}

/// `$5/day`
fn cap(text: &str) -> Result<(), Misread> {
    let money = text.strip_suffix("/day").and_then(|money| parse::quantity(money).ok());
    let is = money.is_some_and(|money| money.unit == Unit::Dollar);
    if is { Ok(()) } else { Err(misread(text, "a cap", "$5/day")) }
}

/// `80%`: below the cap.
fn warn(text: &str) -> Result<(), Misread> {
    let share = text.strip_suffix('%').and_then(|percent| share(percent).ok());
    if share.is_some() { Ok(()) } else { Err(misread(text, "a share of the cap", "80%")) }
}

/// `$0.50-$2.00`
fn range(text: &str) -> Result<(), Misread> {
    let money = |text: &str| parse::quantity(text).ok().filter(|money| money.unit == Unit::Dollar);
    let bounds = text.split_once('-').and_then(|(low, high)| Some((money(low)?.amount, money(high)?.amount)));
    let is = bounds.is_some_and(|(low, high)| low <= high);
    if is { Ok(()) } else { Err(misread(text, "an expected range", "$0.50-$2.00")) }
}

fn freeze(node: &Node, found: &mut Vec<Problem>) {
    for node in list(node, "`freeze`", found) {
        let Some(fields) = Fields::of(node, "a freeze", &keys::FREEZE, found) else { continue };
        if let Some(days) = fields.get("days") {
            for day in strings(days, found) {
                word(day, &["mon", "tue", "wed", "thu", "fri", "sat", "sun"], found);
            }
            continue;
        }
        for key in ["from", "to"] {
            fields.need(key, found).and_then(|node| parsed(node, date, found));
        }
    }
}

fn date(text: &str) -> Result<(), Misread> {
    let date = text.parse::<jiff::civil::Date>();
    date.map(|_| ()).map_err(|_| misread(text, "a date", "2026-12-20"))
}
