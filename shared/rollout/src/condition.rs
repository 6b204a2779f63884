//! What a condition says once it has been parsed and its names resolved. The text stays with it, for people.

use crate::{
    time::Span,
    units::{Decimal, DimensionId, MetricId},
};
use serde::{Deserialize, Serialize};

/// A sentence about one metric that is true, false or not known: `error_rate > baseline + 0.5pp in 5m for 2m`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// As written in the plan.
    pub text: String,
    /// What is measured.
    pub metric: MetricId,
    /// Judge the metric's growth over the window rather than its value.
    pub growth: bool,
    /// How value and bound are compared.
    pub relation: Relation,
    /// What the value is compared with, in the metric's base unit.
    pub bound: Bound,
    /// Judge each member of a dimension.
    pub spread: Option<Spread>,
    /// `in W`: one value is this much time; one period of the metric without it.
    pub window: Option<Span>,
    /// `for D` or `N times in a row`.
    pub hold: Option<Hold>,
    /// `from N samples`, or the metric's own `from`.
    pub samples: Option<u32>,
}

/// How a value is compared with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `within ... of baseline`: the distance to the baseline is at most the bound.
    Within,
}

impl Relation {
    /// Whether `value` stands in this relation to `limit`. For [`Relation::Within`] the value is a distance.
    pub fn holds(self, value: Decimal, limit: Decimal) -> bool {
        match self {
            Relation::Below => value < limit,
            Relation::AtMost | Relation::Within => value <= limit,
            Relation::Above => value > limit,
            Relation::AtLeast => value >= limit,
            Relation::Equal => value == limit,
        }
    }

    /// As written in a plan.
    pub fn symbol(self) -> &'static str {
        match self {
            Relation::Below => "<",
            Relation::AtMost => "<=",
            Relation::Above => ">",
            Relation::AtLeast => ">=",
            Relation::Equal => "==",
            Relation::Within => "within",
        }
    }
}

/// What a value is compared with. Amounts are in the base unit of the metric: percent, ms, B, $, a count or a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// `1%`, `500ms`, `3GB`.
    Constant(Decimal),
    /// `50MB/min`, with growth only: so much in each `per`.
    Rate {
        /// How much.
        amount: Decimal,
        /// In which time.
        per: Span,
    },
    /// `baseline + 0.1pp`, `baseline - 5ms`, `baseline`.
    Offset(Decimal),
    /// `2x baseline`, `110% of baseline`.
    Factor(Decimal),
    /// `within 5% of baseline`: the distance is at most this share (0.05) of the baseline.
    WithinShare(Decimal),
    /// `within 0.1pp of baseline`: the distance is at most this.
    WithinAmount(Decimal),
    /// `7d mean + 3 sigma`: what the metric itself was before, and how far it strayed from that.
    Mean {
        /// Over how much of its history.
        over: Span,
        /// How many standard deviations from the mean; below it when negative.
        sigma: Decimal,
    },
}

impl Bound {
    /// Whether the other arm, or a measurement from before, is needed to know the limit.
    pub fn needs_baseline(&self) -> bool {
        match self {
            Bound::Constant(_) | Bound::Rate { .. } | Bound::Mean { .. } => false,
            Bound::Offset(_) | Bound::Factor(_) | Bound::WithinShare(_) | Bound::WithinAmount(_) => true,
        }
    }

    /// How much of the metric's own history is needed to know the limit.
    pub fn history(&self) -> Option<Span> {
        if let Bound::Mean { over, .. } = self { Some(*over) } else { None }
    }
}

/// `for any X`, `for every X`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// Over the members of which dimension.
    pub dimension: DimensionId,
    /// True for `every` (false if one is not), false for `any` (true if one is).
    pub every: bool,
}

/// How long or how often a condition must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// `for D`: at every edge of the last D.
    For(Span),
    /// `N times in a row`: the newest N values that have data.
    Row(u32),
}
