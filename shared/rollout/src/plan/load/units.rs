//! Which unit goes with which kind of amount, and how much it is in the base unit.

use crate::{
    plan::{
        Kind,
        parse::{Quantity, Unit},
    },
    time::Span,
    units::Decimal,
};

/// The units of a metric's values, with the kind and the size in the kind's base unit.
const OF_METRICS: [(&str, Kind, i64); 17] = [
    ("percent", Kind::Percent, 1),
    ("fraction", Kind::Percent, 100),
    ("ms", Kind::Duration, 1),
    ("s", Kind::Duration, 1_000),
    ("m", Kind::Duration, 60_000),
    ("h", Kind::Duration, 3_600_000),
    ("d", Kind::Duration, 86_400_000),
    ("B", Kind::Bytes, 1),
    ("kB", Kind::Bytes, 1_000),
    ("MB", Kind::Bytes, 1_000_000),
    ("GB", Kind::Bytes, 1_000_000_000),
    ("KiB", Kind::Bytes, 1 << 10),
    ("MiB", Kind::Bytes, 1 << 20),
    ("GiB", Kind::Bytes, 1 << 30),
    ("$", Kind::Money, 1),
    ("count", Kind::Count, 1),
    ("number", Kind::Number, 1),
];

/// Every unit that a metric may have.
pub(super) fn of_metrics() -> Vec<&'static str> {
    OF_METRICS.iter().map(|(unit, ..)| *unit).collect()
}

/// The kind of a metric's unit, and what one of it is in the kind's base unit.
pub(super) fn of_metric(unit: &str) -> Option<(Kind, Decimal)> {
    OF_METRICS.iter().find(|(known, ..)| *known == unit).map(|(_, kind, size)| (*kind, Decimal::whole(*size)))
}

/// What a unit in a condition measures; none for a bare number, which may be a count or a score.
fn measured(unit: Unit) -> Option<(Kind, Decimal)> {
    match unit {
        Unit::None => None,
        Unit::Dollar => Some((Kind::Money, Decimal::whole(1))),
        Unit::Percent | Unit::Point => Some((Kind::Percent, Decimal::whole(1))),
        Unit::Millisecond
        | Unit::Second
        | Unit::Minute
        | Unit::Hour
        | Unit::Day
        | Unit::B
        | Unit::KB
        | Unit::MB
        | Unit::GB
        | Unit::KiB
        | Unit::MiB
        | Unit::GiB => of_metric(unit.symbol()),
    }
}

/// A duration with any of its units.
pub(super) fn span_of(quantity: Quantity) -> Option<Span> {
    let (kind, size) = measured(quantity.unit)?;
    let millis = quantity.amount.times(size)?;
    let whole = u64::try_from(millis.nanos() / Decimal::whole(1).nanos()).ok()?;
    (kind == Kind::Duration && Decimal::whole(i64::try_from(whole).ok()?) == millis)
        .then(|| Span::millis(whole))
}

/// What is wrong with a quantity, and what would be right.
pub(super) type Mismatch = (String, Option<String>);

/// A bound, in the base unit of `kind`.
pub(super) fn constant(kind: Kind, quantity: Quantity) -> Result<Decimal, Mismatch> {
    if quantity.unit == Unit::Point {
        let help = format!("`pp` is for differences: write `{}%`", quantity.amount);
        return Err((format!("`{quantity}` is a difference of percentages"), Some(help)));
    }
    amount(kind, quantity)
}

/// A difference from the baseline or a growth, in the base unit of `kind`.
pub(super) fn difference(kind: Kind, quantity: Quantity) -> Result<Decimal, Mismatch> {
    if kind == Kind::Percent && quantity.unit == Unit::Percent {
        let help = format!("write `{}pp`: percentage points", quantity.amount);
        return Err((format!("`{quantity}` more than a percentage can mean two things"), Some(help)));
    }
    amount(kind, quantity)
}

fn amount(kind: Kind, quantity: Quantity) -> Result<Decimal, Mismatch> {
    let fits = match (measured(quantity.unit), kind) {
        (Some((measured, size)), _) if measured == kind => quantity.amount.times(size),
        (None, Kind::Number) => Some(quantity.amount),
        (None, Kind::Count) => {
            let whole = quantity.amount.nanos() % Decimal::whole(1).nanos() == 0;
            let help = || Some("a count is a whole number".to_owned());
            return if whole {
                Ok(quantity.amount)
            } else {
                Err((format!("`{quantity}` is not a count"), help()))
            };
        }
        (measured, _) => {
            let is = measured.map_or("a bare number", |(measured, _)| noun(measured));
            let what = format!("`{quantity}` is {is}, and the metric is {}", noun(kind));
            return Err((what, Some(format!("write {}", example(kind)))));
        }
    };
    fits.ok_or_else(|| (format!("`{quantity}` is too large"), Some("write a smaller number".to_owned())))
}

/// What a kind is called in messages.
pub(super) fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Percent => "a percentage",
        Kind::Duration => "a duration",
        Kind::Bytes => "a number of bytes",
        Kind::Money => "an amount of money",
        Kind::Count => "a count",
        Kind::Number => "a plain number",
    }
}

fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Percent => "a percentage such as `1%`, or `0.1pp` for a difference",
        Kind::Duration => "a duration such as `500ms` or `2s`",
        Kind::Bytes => "a number of bytes such as `50MB`",
        Kind::Money => "an amount such as `$5`",
        Kind::Count => "a whole number such as `3`",
        Kind::Number => "a number such as `4.2`",
    }
}
