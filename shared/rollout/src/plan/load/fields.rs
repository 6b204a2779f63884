//! Readers of the small things: the entries of a mapping, texts, names, numbers, durations.

use super::{keys::Table, unknown::unknown};
use crate::{
    plan::{
        Problem, parse,
        parse::Misread,
        yaml::{Entry, Node, Place, Scalar, Value},
    },
    time::Span,
};

/// The entries of a mapping of which every key is known.
pub(super) struct Fields<'a> {
    pub(super) place: Place,
    entries: &'a [Entry],
    what: &'a str,
}

impl<'a> Fields<'a> {
    /// The entries of `node`, which is `what`; a key that is not known is a problem.
    pub(super) fn of(
        node: &'a Node,
        what: &'a str,
        table: &Table,
        found: &mut Vec<Problem>,
    ) -> Option<Fields<'a>> {
        let (entries, flow) = mapping(node, what, found)?;
        let known: Vec<&str> = table.keys.iter().map(|key| key.name).collect();
        for Entry { key, place, node } in entries {
            if known.contains(&key.text.as_str()) {
                continue;
            }
            let mut problem = unknown(*place, "key", &key.text, &known);
            problem.what = format!("{what} has no key `{}`", key.text);
            if flow && is_nothing(node) {
                problem.help =
                    Some("inside {…} a comma ends an entry: put a text with a comma in quotes".to_owned());
            }
            found.push(problem);
        }
        Some(Fields { place: node.place, entries, what })
    }

    /// The value under a key, if it is there.
    pub(super) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|entry| entry.key.text == key).map(|entry| &entry.node)
    }

    /// The value under a key that must be there.
    pub(super) fn need(&self, key: &str, found: &mut Vec<Problem>) -> Option<&'a Node> {
        let node = self.get(key);
        if node.is_none() {
            let first_line = Place { length: 1, ..self.place };
            found.push(first_line.problem(format!("{} needs `{key}`", self.what), None));
        }
        node
    }

    /// The first of these keys that is there.
    pub(super) fn first_of<'k>(&self, keys: &[&'k str]) -> Option<(&'k str, &'a Node)> {
        keys.iter().find_map(|key| self.get(key).map(|node| (*key, node)))
    }

    /// Where a key stands.
    pub(super) fn key_place(&self, key: &str) -> Place {
        self.entries.iter().find(|entry| entry.key.text == key).map_or(self.place, |entry| entry.place)
    }
}

/// The entries of a mapping, and whether it is written in braces.
pub(super) fn mapping<'a>(
    node: &'a Node,
    what: &str,
    found: &mut Vec<Problem>,
) -> Option<(&'a [Entry], bool)> {
    match &node.value {
        Value::Mapping { entries, flow } => Some((entries, *flow)),
        Value::Scalar(_) | Value::Sequence { .. } => {
            found.push(node.place.problem(
                format!("{what} is a mapping, not {}", node.kind()),
                Some("write `KEY: VALUE` under it, each in a line of its own".to_owned()),
            ));
            None
        }
    }
}

fn is_nothing(node: &Node) -> bool {
    matches!(&node.value, Value::Scalar(scalar) if scalar.is_empty())
}

/// A scalar that is not empty.
pub(super) fn scalar<'a>(node: &'a Node, found: &mut Vec<Problem>) -> Option<&'a Scalar> {
    match &node.value {
        Value::Scalar(scalar) if scalar.text.trim().is_empty() => {
            let help = scalar.trap().or_else(|| Some("write something, or leave the key out".to_owned()));
            found.push(node.place.problem("nothing is written here", help));
            None
        }
        Value::Scalar(scalar) => Some(scalar),
        Value::Sequence { .. } | Value::Mapping { .. } => {
            found.push(node.place.problem(
                format!("expected one text, not {}", node.kind()),
                Some("write one, without `- ` and braces".to_owned()),
            ));
            None
        }
    }
}

/// A text that every YAML reader takes for one.
pub(super) fn text(node: &Node, found: &mut Vec<Problem>) -> Option<String> {
    let scalar = scalar(node, found)?;
    if scalar.is_ambiguous() {
        let what = format!("`{}` without quotes is not a text to every YAML reader", scalar.text);
        found.push(node.place.problem(what, scalar.trap()));
        return None;
    }
    if scalar.cut {
        found.push(node.place.problem("this text is cut off by a comment", scalar.trap()));
        return None;
    }
    Some(scalar.text.clone())
}

/// What a sentence says; its problem stands at the place inside the text.
pub(super) fn parsed<T>(
    node: &Node,
    read: impl Fn(&str) -> Result<T, Misread>,
    found: &mut Vec<Problem>,
) -> Option<T> {
    let scalar = scalar(node, found)?;
    match read(&scalar.text) {
        Ok(value) if !scalar.cut => Some(value),
        Ok(_) => {
            found.push(node.place.problem("this is cut off by a comment", scalar.trap()));
            None
        }
        Err(Misread { at, length, what, help }) => {
            let help = if scalar.cut { scalar.trap() } else { help };
            found.push(node.part(at, length).problem(what, help));
            None
        }
    }
}

/// `[a-z][a-z0-9_-]*`, at most 63.
pub(super) fn label(node: &Node, what: &str, found: &mut Vec<Problem>) -> Option<String> {
    let name = text(node, found)?;
    is_label(node.place, &name, what, found).then_some(name)
}

/// Whether `name` may be the name of `what`; a problem if not.
pub(super) fn is_label(place: Place, name: &str, what: &str, found: &mut Vec<Problem>) -> bool {
    let is = parse::is_label(name) && name.len() <= super::LONGEST_NAME;
    if !is {
        let help = "lower-case letters, digits, `_` and `-`, a letter first, at most 63".to_owned();
        found.push(place.problem(format!("`{name}` is not the name of {what}"), Some(help)));
    }
    is
}

/// A whole number.
pub(super) fn integer(node: &Node, found: &mut Vec<Problem>) -> Option<u64> {
    let scalar = scalar(node, found)?;
    let number = scalar.text.bytes().all(|b| b.is_ascii_digit()).then(|| scalar.text.parse().ok()).flatten();
    if number.is_none() {
        found.push(node.place.problem(
            format!("`{}` is not a whole number", scalar.text),
            Some("write digits alone, such as 50".to_owned()),
        ));
    }
    number
}

/// `true` or `false`.
pub(super) fn flag(node: &Node, found: &mut Vec<Problem>) -> Option<bool> {
    let scalar = scalar(node, found)?;
    match scalar.text.as_str() {
        "true" if scalar.plain => Some(true),
        "false" if scalar.plain => Some(false),
        other => {
            let what = format!("`{other}` is neither `true` nor `false`");
            found.push(node.place.problem(what, Some("write true or false, without quotes".to_owned())));
            None
        }
    }
}

/// A duration.
pub(super) fn span(node: &Node, found: &mut Vec<Problem>) -> Option<Span> {
    parsed(node, parse::duration, found)
}

/// Which of these words stands here.
pub(super) fn word(node: &Node, words: &[&str], found: &mut Vec<Problem>) -> Option<usize> {
    let scalar = scalar(node, found)?;
    let at = words.iter().position(|word| *word == scalar.text);
    if at.is_none() {
        let what = format!("`{}` is none of {}", scalar.text, words.join(", "));
        found.push(node.place.problem(what, meant(&scalar.text, words)));
    }
    at
}

/// The word that was meant: one that is like it, or what a yes or no comes to.
fn meant(text: &str, words: &[&str]) -> Option<String> {
    let plain = match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => words.iter().find(|word| **word == "allowed"),
        "no" | "false" | "off" => words.iter().find(|word| **word == "barred"),
        _ => None,
    };
    let word = plain.or_else(|| words.iter().find(|word| word.eq_ignore_ascii_case(text)));
    Some(word.map_or("write one of these words".to_owned(), |word| format!("write `{word}`")))
}

/// The items of a list; anything else is a list of one.
pub(super) fn one_or_more(node: &Node) -> &[Node] {
    match &node.value {
        Value::Sequence { items, .. } => items,
        Value::Scalar(_) | Value::Mapping { .. } => std::slice::from_ref(node),
    }
}

/// The items of what must be a list.
pub(super) fn list<'a>(node: &'a Node, what: &str, found: &mut Vec<Problem>) -> &'a [Node] {
    match &node.value {
        Value::Sequence { items, .. } => items,
        Value::Scalar(_) | Value::Mapping { .. } => {
            found.push(node.place.problem(
                format!("{what} is a list, not {}", node.kind()),
                Some("begin each item with `- `, or put them in brackets".to_owned()),
            ));
            &[]
        }
    }
}

/// One text or a list of them; an item that is no text is reported when it is read.
pub(super) fn strings<'a>(node: &'a Node, found: &mut Vec<Problem>) -> &'a [Node] {
    match &node.value {
        Value::Mapping { .. } => list(node, "this", found),
        Value::Scalar(_) | Value::Sequence { .. } => one_or_more(node),
    }
}
