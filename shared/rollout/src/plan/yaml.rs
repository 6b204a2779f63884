//! A YAML tree in which every scalar, key and collection knows its place in the file.
//!
//! Only what a plan needs: no anchors, aliases, tags or second documents, and limits on depth and size.

mod build;
mod traps;

pub(super) use build::read;

use super::Problem;

/// A run of characters in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// From 1.
    pub(super) line: usize,
    /// In characters, from 1.
    pub(super) column: usize,
    /// In characters, at least 1.
    pub(super) length: usize,
}

impl Place {
    /// The beginning of the file.
    pub(super) const START: Place = Place { line: 1, column: 1, length: 1 };

    /// A part of what stands here, `at` characters from its beginning.
    pub(super) fn part(self, at: usize, length: usize) -> Place {
        Place { column: self.column + at, length: length.max(1), ..self }
    }

    /// A problem here that keeps the plan from being used.
    pub(super) fn problem(self, what: impl Into<String>, help: Option<String>) -> Problem {
        let Place { line, column, length } = self;
        Problem { line, column, length, what: what.into(), help, fatal: true }
    }
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Scalar(Scalar),
    Sequence { items: Vec<Node>, flow: bool },
    Mapping { entries: Vec<Entry>, flow: bool },
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Scalar,
    pub(super) place: Place,
    pub(super) node: Node,
}

/// A text as YAML understood it, with what a message about it needs to know.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    pub(super) text: String,
    /// Written without quotes.
    pub(super) plain: bool,
    /// Where its first character stands, if every character of `text` is one of the file: then a position in the
    /// text is a position in the file.
    pub(super) verbatim: Option<Place>,
    /// A `#` right behind it made a comment of the rest of the line.
    pub(super) cut: bool,
}

impl Node {
    /// The place of a part of this scalar's text; all of it where the text was folded or escaped.
    pub(super) fn part(&self, at: usize, length: usize) -> Place {
        match &self.value {
            Value::Scalar(Scalar { verbatim: Some(place), .. }) => place.part(at, length),
            Value::Scalar(_) | Value::Sequence { .. } | Value::Mapping { .. } => self.place,
        }
    }

    /// What this is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) if scalar.is_empty() => "nothing",
            Value::Scalar(_) => "a text",
            Value::Sequence { .. } => "a list",
            Value::Mapping { .. } => "a mapping",
        }
    }
}

impl Scalar {
    /// Nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.plain && self.text.is_empty()
    }
}
