//! On which days nothing is promoted.

use super::{
    fields::{Fields, list, parsed, strings, word},
    keys,
};
use crate::plan::{
    Day, Freeze, Problem,
    parse::Misread,
    yaml::{Node, Place},
};
use jiff::civil::Date;
use std::collections::BTreeSet;

pub(super) fn read(fields: &Fields<'_>, found: &mut Vec<Problem>) -> Vec<Freeze> {
    let Some(node) = fields.get("freeze") else { return Vec::new() };
    let freezes: Vec<Freeze> =
        list(node, "`freeze`", found).iter().filter_map(|node| freeze(node, found)).collect();
    let days = |freeze: &Freeze| match freeze {
        Freeze::Days(days) => days.clone(),
        Freeze::Dates { .. } => BTreeSet::new(),
    };
    let week: BTreeSet<Day> = freezes.iter().flat_map(days).collect();
    if week.len() == Day::WEEK.len() {
        let what = "every day of the week is frozen: nothing would ever be promoted";
        found.push(fields.key_place("freeze").problem(what, Some("leave a day out".to_owned())));
    }
    freezes
}

fn freeze(node: &Node, found: &mut Vec<Problem>) -> Option<Freeze> {
    let fields = Fields::of(node, "a freeze", &keys::FREEZE, found)?;
    let Some(days) = fields.get("days") else {
        let mut day = |key: &str| fields.need(key, found).and_then(|node| parsed(node, date, found));
        let (from, to) = (day("from"), day("to"));
        return dates(from?, to?, fields.key_place("to"), found);
    };
    for key in ["from", "to"] {
        if fields.get(key).is_some() {
            let help = "write the days and the dates each in a line, or in braces, of its own".to_owned();
            let what = format!("`{key}` has no place beside `days`");
            found.push(fields.key_place(key).problem(what, Some(help)));
        }
    }
    let words = Day::WEEK.map(Day::word);
    let nodes = strings(days, found);
    if nodes.is_empty() {
        found.push(days.place.problem("no day is written here", Some(format!("write {}", words.join(", ")))));
    }
    let known = nodes.iter().filter_map(|day| word(day, &words, found));
    Some(Freeze::Days(known.filter_map(|at| Day::WEEK.get(at).copied()).collect()))
}

fn dates(from: Date, to: Date, place: Place, found: &mut Vec<Problem>) -> Option<Freeze> {
    if to < from {
        found.push(place.problem(
            "this freeze ends before it begins",
            Some("write the earlier day under `from`".to_owned()),
        ));
        return None;
    }
    Some(Freeze::Dates { from, to })
}

/// A day of a century that a plan may speak of.
fn date(text: &str) -> Result<Date, Misread> {
    let date =
        text.parse::<Date>().ok().filter(|date| text.len() == 10 && (2000..=2999).contains(&date.year()));
    date.ok_or_else(|| Misread {
        at: 0,
        length: text.chars().count(),
        what: format!("`{text}` is not a date"),
        help: Some("write `2026-12-20`".to_owned()),
    })
}
