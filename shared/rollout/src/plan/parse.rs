//! The sentences of a plan: conditions, actions, consents and bakes.
//!
//! Texts become values here; what a name refers to and whether a unit fits it is decided when the plan is loaded.

mod action;
mod condition;
mod quantity;
mod tokens;

pub(super) use action::{Spot, action, bake, consent};
pub use condition::condition;
pub(super) use condition::{Places, RESERVED, sentence};
pub(super) use quantity::{Quantity, Unit, duration, is_label, is_name, quantity};

use crate::{condition::Hold, condition::Relation, time::Span, units::Decimal};
use std::fmt;

/// Why a sentence of a plan cannot be read, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Misread {
    /// In characters from the beginning of the sentence.
    pub at: usize,
    /// In characters, at least 1.
    pub length: usize,
    /// What is wrong: a lower-case fragment.
    pub what: String,
    /// What would be right.
    pub help: Option<String>,
}

/// A condition as written: names not yet resolved, quantities with their units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// `stable for D`
    Stable(Span),
    /// About a metric.
    Comparison(Comparison),
}

/// A sentence about one metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Of a metric.
    pub name: String,
    /// Its growth is judged.
    pub growth: bool,
    /// How it is compared.
    pub relation: Relation,
    /// With what.
    pub bound: Limit,
    /// `for any X`, `for every X`.
    pub spread: Option<Over>,
    /// `in D`
    pub window: Option<Span>,
    /// `for D`, `N times in a row`.
    pub hold: Option<Hold>,
    /// `from N samples`
    pub samples: Option<u32>,
    /// `at P% confidence`
    pub confidence: Option<Decimal>,
}

/// `for any X`, `for every X`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Over {
    /// True for `every`.
    pub every: bool,
    /// Of a dimension.
    pub dimension: String,
}

/// What a value is compared with, as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `1%`
    Constant(Quantity),
    /// `50MB/min`
    Rate(Quantity, Per),
    /// `baseline`
    Baseline,
    /// `baseline + 0.1pp`
    Above(Quantity),
    /// `baseline - 5ms`
    Under(Quantity),
    /// `2x baseline`
    Times(Decimal),
    /// `110% of baseline`
    ShareOf(Decimal),
    /// `within 5% of baseline`; the relation is [`Relation::Within`].
    Within(Quantity),
    /// `7d mean + 3 sigma`
    Mean {
        /// Over which time.
        over: Span,
        /// How many standard deviations above or, negative, below.
        sigma: Option<Decimal>,
    },
}

/// The time of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    Minute,
    Hour,
    Day,
}

impl Per {
    const ALL: [Per; 3] = [Per::Minute, Per::Hour, Per::Day];

    /// How long it is.
    pub fn span(self) -> Span {
        match self {
            Per::Minute => Span::minutes(1),
            Per::Hour => Span::hours(1),
            Per::Day => Span::days(1),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Per::Minute => "min",
            Per::Hour => "hour",
            Per::Day => "day",
        }
    }
}

impl fmt::Display for Parsed {
    /// The canonical text: parsing it gives the same condition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parsed::Stable(span) => write!(f, "stable for {}", Exactly(*span)),
            Parsed::Comparison(comparison) => comparison.fmt(f),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let growth = if self.growth { " growth" } else { "" };
        write!(f, "{}{growth} {} {}", self.name, self.relation.symbol(), self.bound)?;
        if let Some(Over { every, dimension }) = &self.spread {
            write!(f, " for {} {dimension}", if *every { "every" } else { "any" })?;
        }
        if let Some(window) = self.window {
            write!(f, " in {}", Exactly(window))?;
        }
        match self.hold {
            Some(Hold::For(span)) => write!(f, " for {}", Exactly(span))?,
            Some(Hold::Row(n)) => write!(f, " {n} times in a row")?,
            None => {}
        }
        if let Some(samples) = self.samples {
            write!(f, " from {samples} samples")?;
        }
        if let Some(percent) = self.confidence {
            write!(f, " at {percent}% confidence")?;
        }
        Ok(())
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Constant(quantity) => write!(f, "{quantity}"),
            Limit::Rate(quantity, per) => write!(f, "{quantity}/{}", per.word()),
            Limit::Baseline => f.write_str("baseline"),
            Limit::Above(quantity) => write!(f, "baseline + {quantity}"),
            Limit::Under(quantity) => write!(f, "baseline - {quantity}"),
            Limit::Times(factor) => write!(f, "{factor}x baseline"),
            Limit::ShareOf(percent) => write!(f, "{percent}% of baseline"),
            Limit::Within(quantity) => write!(f, "{quantity} of baseline"),
            Limit::Mean { over, sigma: None } => write!(f, "{} mean", Exactly(*over)),
            Limit::Mean { over, sigma: Some(sigma) } => {
                let sign = if *sigma < Decimal::ZERO { '-' } else { '+' };
                write!(f, "{} mean {sign} {} sigma", Exactly(*over), sigma.abs())
            }
        }
    }
}

/// A span in the grammar of a plan: one number, one unit, nothing lost.
pub(super) struct Exactly(pub(super) Span);

impl fmt::Display for Exactly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units =
            [(Span::days(1), "d"), (Span::hours(1), "h"), (Span::minutes(1), "m"), (Span::seconds(1), "s")];
        let whole = |(unit, _): &&(Span, &str)| unit.times(self.0.whole(*unit)) == self.0;
        match units.iter().find(whole) {
            Some((unit, letter)) => write!(f, "{}{letter}", self.0.whole(*unit)),
            None => write!(f, "{}ms", self.0.as_millis()),
        }
    }
}
