//! Numbers with their units in their types: nothing here is a float.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An exact decimal: a whole number of billionths. Money, limits and figures are kept in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal(i128);

const NANOS: i128 = 1_000_000_000;

impl Decimal {
    /// Zero.
    pub const ZERO: Decimal = Decimal(0);

    /// A whole number.
    pub const fn whole(n: i64) -> Decimal {
        Decimal(n as i128 * NANOS)
    }

    /// From a number of billionths.
    pub const fn from_nanos(nanos: i128) -> Decimal {
        Decimal(nanos)
    }

    /// The number of billionths.
    pub const fn nanos(self) -> i128 {
        self.0
    }

    /// The nearest decimal to a measured float; `None` for NaN, infinities and what is beyond 10^18.
    pub fn from_f64(value: f64) -> Option<Decimal> {
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
        (value.is_finite() && value.abs() < 1e18).then(|| Decimal((value * 1e9).round() as i128))
    }

    /// For drawing only: never compare or keep what this returns.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// `self * other`, rounded towards zero at the ninth decimal; `None` on overflow.
    pub fn times(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_mul(other.0).map(|product| Decimal(product / NANOS))
    }

    /// `self / other`, rounded towards zero at the ninth decimal; `None` for a division by zero or on overflow.
    pub fn over(self, other: Decimal) -> Option<Decimal> {
        self.0.checked_mul(NANOS)?.checked_div(other.0).map(Decimal)
    }

    /// `self + other`, saturating.
    pub fn plus(self, other: Decimal) -> Decimal {
        Decimal(self.0.saturating_add(other.0))
    }

    /// `self - other`, saturating.
    pub fn minus(self, other: Decimal) -> Decimal {
        Decimal(self.0.saturating_sub(other.0))
    }

    /// The distance from zero.
    pub fn abs(self) -> Decimal {
        Decimal(self.0.saturating_abs())
    }

    /// With at most `places` decimals, rounded half away from zero: for people, never for a comparison.
    pub fn rounded(self, places: u32) -> Decimal {
        let step = 10i128.pow(9u32.saturating_sub(places));
        let half = if self.0 < 0 { -step / 2 } else { step / 2 };
        Decimal((self.0 + half) / step * step)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0.unsigned_abs() / NANOS as u128, self.0.unsigned_abs() % NANOS as u128);
        let sign = if self.0 < 0 { "-" } else { "" };
        if rest == 0 {
            return write!(f, "{sign}{whole}");
        }
        let digits = format!("{rest:09}");
        write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
    }
}

/// Why a text is not a [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotADecimal {
    /// Something other than digits around at most one point.
    #[error("not a decimal number such as 4 or 0.25")]
    Malformed,
    /// More than nine decimals or more than eighteen digits before the point.
    #[error("more digits than are kept: at most 18 before the point and 9 after it")]
    TooLong,
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Decimal, NotADecimal> {
        Decimal::read(text, 18)
    }
}

impl Decimal {
    /// Reads a number with at most so many digits before the point.
    fn read(text: &str, digits_max: usize) -> Result<Decimal, NotADecimal> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(rest) {
            return Err(NotADecimal::Malformed);
        }
        if whole.len() > digits_max || rest.len() > 9 {
            return Err(NotADecimal::TooLong);
        }
        let nanos: i128 = format!("{whole}{rest:0<9}").parse().map_err(|_| NotADecimal::TooLong)?;
        Ok(Decimal(sign * nanos))
    }
}

impl Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        // Whatever was written is read again: a measured figure may have more digits than a plan may write.
        Decimal::read(&String::deserialize(from)?, 30).map_err(serde::de::Error::custom)
    }
}

impl schemars::JsonSchema for Decimal {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^-?[0-9]{1,30}(\.[0-9]{1,9})?$" })
    }
}

/// An amount of money, in whole micro-dollars: never a float, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(u64);

/// Billionths of a dollar in a micro-dollar.
const MICRO: i128 = NANOS / 1_000_000;

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// From micro-dollars.
    pub const fn micros(micros: u64) -> Money {
        Money(micros)
    }

    /// In micro-dollars.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// From dollars; `None` when it is less than nothing, too much, or no whole number of micro-dollars.
    pub fn from_dollars(dollars: Decimal) -> Option<Money> {
        let whole = dollars.nanos() % MICRO == 0;
        u64::try_from(dollars.nanos() / MICRO).ok().filter(|_| whole).map(Money)
    }

    /// From dollars, rounded up to the millionth: never too little; `None` when it is less than nothing, or too much.
    pub fn rounded_up(dollars: Decimal) -> Option<Money> {
        let micros = dollars.nanos().checked_add(MICRO - 1)? / MICRO;
        u64::try_from(micros).ok().filter(|_| dollars >= Decimal::ZERO).map(Money)
    }

    /// In dollars.
    pub fn dollars(self) -> Decimal {
        Decimal::from_nanos(i128::from(self.0) * MICRO)
    }

    /// The sum, saturating.
    #[must_use]
    pub fn plus(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }

    /// What is left after `other`, never below nothing.
    #[must_use]
    pub fn minus(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }

    /// This share of it, rounded down to a micro-dollar.
    #[must_use]
    pub fn part(self, share: Share) -> Money {
        let part = u128::from(self.0) * u128::from(share.0) / u128::from(Share::ALL.0);
        Money(u64::try_from(part).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.dollars())
    }
}

/// A share of everybody, in hundredths of a percent: 0 to 10,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Share(u16);

impl Share {
    /// Nobody.
    pub const NONE: Share = Share(0);
    /// Everybody.
    pub const ALL: Share = Share(10_000);

    /// From hundredths of a percent; `None` above 10,000.
    pub fn from_hundredths(hundredths: u16) -> Option<Share> {
        (hundredths <= Share::ALL.0).then_some(Share(hundredths))
    }

    /// From a percentage with at most two decimals; `None` outside 0 to 100.
    pub fn from_percent(percent: Decimal) -> Option<Share> {
        let step = NANOS / 100;
        if percent.nanos() % step != 0 {
            return None;
        }
        u16::try_from(percent.nanos() / step).ok().and_then(Share::from_hundredths)
    }

    /// In hundredths of a percent.
    pub fn hundredths(self) -> u16 {
        self.0
    }

    /// As a percentage.
    pub fn percent(self) -> Decimal {
        Decimal::from_nanos(i128::from(self.0) * (NANOS / 100))
    }
}

impl TryFrom<u16> for Share {
    type Error = &'static str;

    fn try_from(hundredths: u16) -> Result<Share, Self::Error> {
        Share::from_hundredths(hundredths).ok_or("a share is at most 10000 hundredths of a percent")
    }
}

impl From<Share> for u16 {
    fn from(share: Share) -> u16 {
        share.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.percent())
    }
}

/// Defines a newtype around a number that is only ever compared, shown and counted on.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
            schemars::JsonSchema,
        )]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(pub $inner);

        impl $name {
            /// The one after this.
            #[must_use]
            pub fn next(self) -> $name {
                $name(self.0 + 1)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// Position in the log of a rollout, and the optimistic lock on its head.
    Version(u64)
}
number! {
    /// Counts decisions that changed exposure. Never restarts for a target, not even with the next rollout.
    Generation(u64)
}
number! {
    /// Place of a stage in its plan.
    StageIndex(u16)
}
number! {
    /// Place of a metric in its plan.
    MetricId(u16)
}
number! {
    /// Place of a dimension in its plan.
    DimensionId(u16)
}
number! {
    /// Place of a condition in its plan.
    ConditionId(u16)
}
number! {
    /// Place of a guardrail in its plan.
    RuleId(u16)
}
number! {
    /// Place of a cohort in its plan.
    CohortId(u16)
}
number! {
    /// Place of a check in its plan.
    CheckId(u16)
}
number! {
    /// Place of a target in its plan.
    TargetId(u16)
}
number! {
    /// Place of a budget in its plan.
    BudgetId(u16)
}
number! {
    /// Place of a series (one question to the source of metrics) in its plan.
    SeriesId(u16)
}

impl StageIndex {
    /// As an index of a slice.
    pub fn at(self) -> usize {
        usize::from(self.0)
    }
}
