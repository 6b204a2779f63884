//! What can happen to the lab's traffic and to the source of its figures.

use super::world::{Member, Side};
use rollout::{
    time::{Span, Timestamp},
    units::MetricId,
};

/// Something that happens to the traffic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Twist {
    /// So many requests come in a minute.
    Requests(f64),
    /// A metric shows something else.
    Figure {
        /// Which.
        metric: MetricId,
        /// Only of this member; of all when none is said.
        member: Option<Member>,
        /// In which arm.
        who: Who,
        /// What it shows.
        change: Change,
    },
    /// The source of the figures misbehaves.
    Trouble(Trouble),
}

/// Which arm is meant. What is measured of everybody belongs to the canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the field's own")]
pub enum Who {
    Canary,
    Baseline,
    Both,
}

impl Who {
    pub(super) fn includes(self, side: Side) -> bool {
        match (self, side) {
            (Who::Both, _)
            | (Who::Canary, Side::Canary | Side::Everybody)
            | (Who::Baseline, Side::Baseline) => true,
            (Who::Canary, Side::Baseline) | (Who::Baseline, Side::Canary | Side::Everybody) => false,
        }
    }
}

/// What a metric shows from now on; amounts are in the base unit of its kind. A count is of each minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// This.
    To(f64),
    /// So many times what it shows while all is well.
    Times(f64),
    /// More and more (or less and less).
    Grows {
        /// By how much.
        by: f64,
        /// In which time.
        per: Span,
    },
    /// What it shows while all is well.
    Well,
    /// Something that is no number.
    NotANumber,
}

/// How a source of figures misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing is measured, of this metric or of any.
    NoData(Option<MetricId>),
    /// The newest point is missing, and the source says so.
    Partial,
    /// It may not be asked.
    Forbidden,
    /// It does not answer.
    Failing,
    /// Its figures come so much later.
    Late(Span),
}

/// Something that happens for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lasting<T> {
    pub(super) what: T,
    pub(super) since: Timestamp,
    /// For ever when none.
    pub(super) until: Option<Timestamp>,
}

impl<T> Lasting<T> {
    pub(super) fn is_on(&self, at: Timestamp) -> bool {
        self.since <= at && !self.is_over(at)
    }

    pub(super) fn is_over(&self, at: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= at)
    }
}
