//! Time is an argument: nothing in this crate reads a clock.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A length of time in milliseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(u64);

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// From milliseconds.
    pub const fn millis(n: u64) -> Span {
        Span(n)
    }
    /// From seconds.
    pub const fn seconds(n: u64) -> Span {
        Span(n * SECOND)
    }
    /// From minutes.
    pub const fn minutes(n: u64) -> Span {
        Span(n * MINUTE)
    }
    /// From hours.
    pub const fn hours(n: u64) -> Span {
        Span(n * HOUR)
    }
    /// From days of 24 hours.
    pub const fn days(n: u64) -> Span {
        Span(n * DAY)
    }
    /// In milliseconds.
    pub const fn as_millis(self) -> u64 {
        self.0
    }
    /// How many whole `part`s fit; zero for a `part` of zero.
    pub fn whole(self, part: Span) -> u64 {
        self.0.checked_div(part.0).unwrap_or(0)
    }
    /// `self` `n` times, saturating.
    #[must_use]
    pub fn times(self, n: u64) -> Span {
        Span(self.0.saturating_mul(n))
    }
    /// The sum, saturating.
    #[must_use]
    pub fn plus(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
    /// What is left of `self` after `other`, never below zero.
    #[must_use]
    pub fn minus(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
    fn signed(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

impl Timestamp {
    /// This much later.
    #[must_use]
    pub fn after(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add(span.signed()))
    }
    /// This much earlier.
    #[must_use]
    pub fn before(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub(span.signed()))
    }
    /// The time since `earlier`; zero when that lies ahead.
    pub fn since(self, earlier: Timestamp) -> Span {
        Span(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
    /// The last edge of a whole `period` at or before this.
    #[must_use]
    pub fn floor(self, period: Span) -> Timestamp {
        let step = period.signed().max(1);
        Timestamp(self.0.div_euclid(step) * step)
    }
    /// The first edge of a whole `period` at or after this.
    #[must_use]
    pub fn ceil(self, period: Span) -> Timestamp {
        let floor = self.floor(period);
        if floor == self { self } else { floor.after(period) }
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.0}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Display for Span {
    /// The two largest units that matter: `1d 2h`, `5m`, `90s` as `1m 30s`, `250ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (1, "ms")];
        let Some(first) = units.iter().position(|(size, _)| *size <= self.0) else {
            return f.write_str("0s");
        };
        let (size, unit) = units[first];
        write!(f, "{}{unit}", self.0 / size)?;
        match units.get(first + 1).map(|(next, unit)| (self.0 % size / next, unit)) {
            Some((n, unit)) if n > 0 => write!(f, " {n}{unit}"),
            Some(_) | None => Ok(()),
        }
    }
}

/// Why a text is not a [`Timestamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time such as 2026-01-05T07:30:00Z")]
pub struct NotATime;

impl FromStr for Timestamp {
    type Err = NotATime;

    /// RFC 3339; the offset may lack its colon.
    fn from_str(text: &str) -> Result<Timestamp, NotATime> {
        let at: jiff::Timestamp = text.parse().map_err(|_| NotATime)?;
        Ok(Timestamp(at.as_millisecond()))
    }
}

/// Why a text is not a [`Span`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a duration such as 30s, 5m, 24h or 7d")]
pub struct NotASpan;

impl FromStr for Span {
    type Err = NotASpan;

    /// A whole number and one of `s`, `m`, `h`, `d`.
    fn from_str(text: &str) -> Result<Span, NotASpan> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let size = match &text[digits.len()..] {
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            _ => return Err(NotASpan),
        };
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotASpan);
        }
        let n: u64 = digits.parse().map_err(|_| NotASpan)?;
        // A century is far beyond any plan, and keeps every sum inside an i64 of milliseconds.
        n.checked_mul(size).filter(|ms| *ms <= 36_525 * DAY).map(Span).ok_or(NotASpan)
    }
}
