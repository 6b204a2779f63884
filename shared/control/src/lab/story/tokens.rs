//! The words of a line, and the numbers with units among them.

use crate::lab::story::{Amount, Unit};
use rollout::{
    time::Span,
    units::{Decimal, Share},
};

/// What is wrong, and what would be right.
pub(super) type Wrong = (String, String);

/// The words of a line, from left to right.
pub(super) struct Words<'a> {
    words: Vec<&'a str>,
    next: usize,
}

impl<'a> Words<'a> {
    /// Words are divided by blanks; a text in double quotes is one word, without its quotes.
    pub(super) fn of(text: &'a str) -> Result<Words<'a>, Wrong> {
        let mut words = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (word, after) = match rest.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(|| {
                    (format!("`{rest}` has no closing quote"), "close the text with `\"`".to_owned())
                })?,
                None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
            };
            words.push(word);
            rest = after.trim_start();
        }
        Ok(Words { words, next: 0 })
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    pub(super) fn next(&mut self) -> Option<&'a str> {
        let word = self.peek();
        self.next += usize::from(word.is_some());
        word
    }

    /// The word before the next is the next again.
    pub(super) fn put_back(&mut self) {
        self.next = self.next.saturating_sub(1);
    }

    /// The first word of the line.
    pub(super) fn first(&self) -> &'a str {
        self.words.first().copied().unwrap_or("")
    }

    /// What was read so far, as it was written but for quotes.
    pub(super) fn so_far(&self) -> String {
        let quoted =
            |word: &&str| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() };
        self.words.iter().take(self.next).map(quoted).collect::<Vec<_>>().join(" ")
    }

    /// Takes the next words if they are these.
    pub(super) fn take(&mut self, expected: &[&str]) -> bool {
        let is_so = self.words[self.next..].starts_with(expected);
        self.next += if is_so { expected.len() } else { 0 };
        is_so
    }

    /// The next word, or what is missing.
    pub(super) fn need(&mut self, noun: &str, example: &str) -> Result<&'a str, Wrong> {
        self.next().ok_or_else(|| (format!("{noun} is missing"), format!("write `{example}`")))
    }

    /// The next word as a duration: `90s`, `2h`, `1d2h`.
    pub(super) fn span(&mut self, example: &str) -> Result<Span, Wrong> {
        let word = self.need("a duration", example)?;
        span(word).ok_or_else(|| (format!("`{word}` is not a duration"), format!("write `{example}`")))
    }

    /// Nothing may be left.
    pub(super) fn end(&mut self) -> Result<(), Wrong> {
        match self.next() {
            None => Ok(()),
            Some(word) => Err((format!("`{word}` is too much"), "end the line before it".to_owned())),
        }
    }
}

/// A duration of one or several parts: `90s`, `1d2h`.
pub(super) fn span(text: &str) -> Option<Span> {
    let mut sum = Span::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let unit = rest.find(|c: char| !c.is_ascii_digit())?;
        let (part, after) = rest.split_at_checked(unit + 1)?;
        sum = sum.plus(part.parse().ok()?);
        rest = after;
    }
    (!text.is_empty()).then_some(sum)
}

/// A share: `25%`.
pub(super) fn share(text: &str) -> Option<Share> {
    Share::from_percent(text.strip_suffix('%')?.parse().ok()?)
}

/// The units of amounts, longer ones first, with their size in the base unit.
const UNITS: [(&str, Unit, i64); 15] = [
    ("KiB", Unit::Bytes, 1 << 10),
    ("MiB", Unit::Bytes, 1 << 20),
    ("GiB", Unit::Bytes, 1 << 30),
    ("kB", Unit::Bytes, 1_000),
    ("MB", Unit::Bytes, 1_000_000),
    ("GB", Unit::Bytes, 1_000_000_000),
    ("ms", Unit::Duration, 1),
    ("pp", Unit::Percent, 1),
    ("%", Unit::Percent, 1),
    ("B", Unit::Bytes, 1),
    ("s", Unit::Duration, 1_000),
    ("m", Unit::Duration, 60_000),
    ("h", Unit::Duration, 3_600_000),
    ("d", Unit::Duration, 86_400_000),
    ("", Unit::Bare, 1),
];

/// A number with its unit: `5%`, `900ms`, `$5`, `3`.
pub(super) fn amount(text: &str) -> Option<Amount> {
    if let Some(dollars) = text.strip_prefix('$') {
        return Some(Amount { value: dollars.parse().ok()?, unit: Unit::Money });
    }
    UNITS.iter().find_map(|(suffix, unit, size)| {
        let number: Decimal = text.strip_suffix(suffix)?.parse().ok()?;
        Some(Amount { value: number.times(Decimal::whole(*size))?, unit: *unit })
    })
}

/// An amount in each time: `20MB/min`.
pub(super) fn rate(text: &str) -> Option<(Amount, Span)> {
    let (by, per) = text.split_once('/')?;
    let per = match per {
        "min" => Span::minutes(1),
        "hour" => Span::hours(1),
        "day" => Span::days(1),
        _ => return None,
    };
    Some((amount(by)?, per))
}
