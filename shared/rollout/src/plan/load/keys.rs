//! Every key of the language: what it is for, and what may stand under it.
//!
//! The loader knows no other key, and the schema that editors use is made of the same tables.

mod sentences;
mod tables;

pub(super) use tables::{
    ARMS, BEFORE, BUDGET, CHECK, COHORT, EXPECT, FREEZE, ITEM, METER, METRIC, NOTIFY, PERSON, PLAN, PROMISE,
    RATIO, RESPOND, RULE, STAGE, TARGET,
};

/// A mapping of which every key is known.
pub(super) struct Table {
    /// Its name in the schema.
    pub(super) name: &'static str,
    pub(super) keys: &'static [Key],
    /// Exactly one of these is written.
    pub(super) one_of: &'static [&'static str],
    /// Beside the first the second is written, too.
    pub(super) with: &'static [(&'static str, &'static str)],
}

/// A key of a mapping.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) needed: bool,
    pub(super) under: Shape,
    pub(super) about: &'static str,
}

/// What may stand under a key.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// A text with a form of its own.
    Sentence(&'static Sentence),
    /// One of these words.
    Words(&'static [&'static str]),
    /// The unit of a metric.
    Unit,
    /// `true` or `false`.
    Flag,
    /// A whole number between these.
    Whole(u64, u64),
    /// Any text.
    Text,
    /// A text, a number or a flag: what a variable may be set to.
    Value,
    /// Whatever JSON there is.
    Anything,
    /// A mapping with known keys.
    Table(&'static Table),
    /// A mapping of names to the same thing each.
    Each(&'static Sentence, &'static Shape),
    /// A list of the same thing.
    List(&'static Shape),
    /// One of them, or a list.
    OneOrMore(&'static Shape),
    /// One or the other.
    Either(&'static [Shape]),
}

/// A text with a form: looser than the loader's own reading, so that an editor never objects to what is right.
pub(super) struct Sentence {
    /// Its name in the schema.
    pub(super) name: &'static str,
    /// A regular expression of ECMA 262.
    pub(super) form: &'static str,
    /// Where YAML sees a number in some of them: the largest.
    pub(super) number: Option<u64>,
    pub(super) examples: &'static [&'static str],
    pub(super) about: &'static str,
}

impl Table {
    const fn of(name: &'static str, keys: &'static [Key]) -> Table {
        Table { name, keys, one_of: &[], with: &[] }
    }
}

impl AsRef<str> for Key {
    fn as_ref(&self) -> &str {
        self.name
    }
}

const fn key(name: &'static str, under: Shape, about: &'static str) -> Key {
    Key { name, needed: false, under, about }
}

const fn need(name: &'static str, under: Shape, about: &'static str) -> Key {
    Key { name, needed: true, under, about }
}
