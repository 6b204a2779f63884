//! Parts of the language that are read and checked, and then refused: nothing that a plan says is ever ignored.

use super::fields::{Fields, list, parsed, strings, word};
use crate::plan::{Problem, parse::Misread, yaml::Node};

/// Refuses what is not built yet, after its own mistakes have been reported.
pub(super) fn refuse(fields: &Fields<'_>, found: &mut Vec<Problem>) {
    type Read = fn(&Node, &mut Vec<Problem>);
    let parts: [(&str, Read, &str); 1] =
        [("freeze", freeze, "a freeze is not built yet: pause the rollout by hand")];
    for (key, read, what) in parts {
        if let Some(node) = fields.get(key) {
            read(node, found);
            found.push(fields.key_place(key).problem(what, None));
        }
    }
}

fn misread(text: &str, what: &str, right: &str) -> Misread {
    let what = format!("`{text}` is not {what}");
    Misread { at: 0, length: text.chars().count(), what, help: Some(format!("write `{right}`")) }
}

fn freeze(node: &Node, found: &mut Vec<Problem>) {
    for node in list(node, "`freeze`", found) {
        let Some(fields) = Fields::of(node, "a freeze", &["days", "from", "to"], found) else { continue };
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
