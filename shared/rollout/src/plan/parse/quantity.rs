//! Numbers with their units, durations and names.

use super::{Misread, Per, tokens::Token};
use crate::{
    time::Span,
    units::{Decimal, NotADecimal},
};
use std::fmt;

/// A number and its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Never negative.
    pub amount: Decimal,
    /// As written.
    pub unit: Unit,
}

/// A unit as written in a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    None,
    Dollar,
    Percent,
    Point,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    B,
    KB,
    MB,
    GB,
    KiB,
    MiB,
    GiB,
}

impl Unit {
    const WRITTEN: [(Unit, &str); 14] = [
        (Unit::Percent, "%"),
        (Unit::Point, "pp"),
        (Unit::Millisecond, "ms"),
        (Unit::Second, "s"),
        (Unit::Minute, "m"),
        (Unit::Hour, "h"),
        (Unit::Day, "d"),
        (Unit::B, "B"),
        (Unit::KB, "kB"),
        (Unit::MB, "MB"),
        (Unit::GB, "GB"),
        (Unit::KiB, "KiB"),
        (Unit::MiB, "MiB"),
        (Unit::GiB, "GiB"),
    ];

    /// Behind a number; empty for none and for `$`, which stands before it.
    pub fn symbol(self) -> &'static str {
        Unit::WRITTEN.iter().find(|(unit, _)| *unit == self).map_or("", |(_, symbol)| symbol)
    }

    fn from_symbol(symbol: &str) -> Option<Unit> {
        Unit::WRITTEN.iter().find(|(_, written)| *written == symbol).map(|(unit, _)| *unit)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollar = if self.unit == Unit::Dollar { "$" } else { "" };
        write!(f, "{dollar}{}{}", self.amount, self.unit.symbol())
    }
}

/// Words that people write for a unit, and the unit.
const SPELLED: [(&str, &str); 32] = [
    ("%", "%"),
    ("percent", "%"),
    ("pp", "pp"),
    ("x", "x"),
    ("ms", "ms"),
    ("millis", "ms"),
    ("milliseconds", "ms"),
    ("s", "s"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("m", "m"),
    ("min", "m"),
    ("mins", "m"),
    ("minute", "m"),
    ("minutes", "m"),
    ("h", "h"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("d", "d"),
    ("day", "d"),
    ("days", "d"),
    ("B", "B"),
    ("kB", "kB"),
    ("KB", "kB"),
    ("MB", "MB"),
    ("GB", "GB"),
    ("MiB", "MiB"),
    ("GiB", "GiB"),
];

/// The unit that somebody meant.
fn meant(word: &str) -> Option<&'static str> {
    SPELLED.iter().find(|(spelled, _)| *spelled == word).map(|(_, unit)| *unit)
}

/// A token's number and what stands behind it.
fn split(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.split_at(end)
}

/// The number of a token: exact, no sign, no thousands.
fn decimal(token: Token<'_>, digits: &str) -> Result<Decimal, Misread> {
    digits.parse().map_err(|error: NotADecimal| {
        token.misread(format!("`{}` is {error}", token.text), "write fewer digits".to_owned())
    })
}

/// A number with a blank behind it, and its unit behind that.
pub(super) fn torn(token: Token<'_>, next: Token<'_>) -> Option<Misread> {
    let (digits, rest) = split(token.text.trim_start_matches('$'));
    let unit = meant(next.text).filter(|_| rest.is_empty())?;
    let length = next.at + next.length() - token.at;
    let what = "no blank between a number and its unit, and units are short".to_owned();
    let what = if unit == next.text { "no blank between a number and its unit".to_owned() } else { what };
    Some(Misread { at: token.at, length, what, help: Some(format!("write `{digits}{unit}`")) })
}

/// A quantity in a text of its own.
pub(in crate::plan) fn quantity(text: &str) -> Result<Quantity, Misread> {
    read_quantity(Token { text, at: 0 })
}

/// A quantity in one token.
pub(super) fn read_quantity(token: Token<'_>) -> Result<Quantity, Misread> {
    if token.text.contains(',') {
        let help = format!("write `{}`", token.text.replace(',', ""));
        return Err(token.misread("no commas inside a number", help));
    }
    if let Some(money) = token.text.strip_prefix('$') {
        return Ok(Quantity { amount: decimal(token, money)?, unit: Unit::Dollar });
    }
    let (digits, symbol) = split(token.text);
    let amount = decimal(token, digits)?;
    match Unit::from_symbol(symbol) {
        _ if symbol.is_empty() => Ok(Quantity { amount, unit: Unit::None }),
        Some(unit) => Ok(Quantity { amount, unit }),
        None => Err(unknown_unit(token, digits, symbol)),
    }
}

fn unknown_unit(token: Token<'_>, digits: &str, symbol: &str) -> Misread {
    let help = match meant(symbol) {
        Some("x") => format!("write `{digits}x baseline`"),
        Some(unit) => format!("write `{digits}{unit}`"),
        None => "units are % pp ms s m h d B kB MB GB KiB MiB GiB, and $ before the number".to_owned(),
    };
    token.misread(format!("`{symbol}` is not a unit"), help)
}

/// `50MB/min`: a quantity, and with a slash the time of the rate.
pub(super) fn read_rate(token: Token<'_>) -> Result<(Quantity, Option<Per>), Misread> {
    let Some((amount, per)) = token.text.split_once('/') else {
        return Ok((read_quantity(token)?, None));
    };
    let quantity = read_quantity(Token { text: amount, at: token.at })?;
    let known = Per::ALL.into_iter().find(|known| known.word() == per);
    let meant = |singular: &str| match singular {
        "m" | "minute" | "mins" => Some("min"),
        "h" | "hr" | "hours" => Some("hour"),
        "d" | "days" => Some("day"),
        _ => None,
    };
    known.map(|per| (quantity, Some(per))).ok_or_else(|| {
        let help = match meant(per) {
            Some(word) => format!("write `{amount}/{word}`"),
            None => "rates are per `min`, `hour` or `day`".to_owned(),
        };
        token.misread(format!("`{per}` is not the time of a rate"), help)
    })
}

/// A duration in a text of its own.
pub(in crate::plan) fn duration(text: &str) -> Result<Span, Misread> {
    read_duration(Token { text, at: 0 })
}

/// `5m`: a whole number and one of s, m, h, d; not zero.
pub(super) fn read_duration(token: Token<'_>) -> Result<Span, Misread> {
    let (digits, symbol) = split(token.text);
    match token.text.parse::<Span>() {
        Ok(Span::ZERO) => {
            Err(token.misread("a duration of zero", "write more than nothing, such as `5m`".to_owned()))
        }
        Ok(span) => Ok(span),
        Err(_) if token.text.is_empty() => Err(token.misread("a duration is missing here", shape())),
        Err(_) => {
            let unit = meant(symbol).filter(|unit| matches!(*unit, "s" | "m" | "h" | "d"));
            let whole = !digits.is_empty() && !digits.contains('.');
            let help = unit.filter(|_| whole).map(|unit| format!("write `{digits}{unit}`"));
            Err(token.misread(format!("`{}` is not a duration", token.text), help.or_else(shape)))
        }
    }
}

fn shape() -> Option<String> {
    Some("a whole number and one of s, m, h, d: `30s`, `5m`, `24h`, `7d`".to_owned())
}

/// `lower { lower | digit | "_" }`
pub(in crate::plan) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// `lower { lower | digit | "_" | "-" }`
pub(in crate::plan) fn is_label(text: &str) -> bool {
    is_name(&text.replace('-', "_"))
}
