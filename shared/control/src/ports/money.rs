//! Money that is held before it is spent, and what it came to.

use super::Unavailable;
use rollout::{
    calendar::{Day, Hour},
    levels::Spent,
    time::Timestamp,
    units::Money,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Money that was spent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spend {
    /// Its own: of one budget it counts once.
    pub id: String,
    /// Under which budget.
    pub budget: String,
    /// When, in the days of the plan.
    pub hour: Hour,
    /// How much.
    pub money: Money,
}

/// Holds of one day that are not settled, at most: a caller who never settles must not fill the window's item.
pub const HOLDS_MAX: usize = 1_000;

/// Money that somebody is about to spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its own, and that of the spend that it becomes.
    pub id: String,
    /// Under which budget.
    pub budget: String,
    /// Of which day.
    pub day: Day,
    /// How much, and for how long.
    pub held: Held,
}

/// How much is held, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Held {
    pub money: Money,
    pub until: Timestamp,
}

impl Held {
    /// Whether its time has passed.
    pub fn has_lapsed(&self, now: Timestamp) -> bool {
        self.until <= now
    }
}

/// One day of a budget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purse {
    /// What was spent.
    pub spent: Spent,
    /// What is held, by the ids of the holds: also those whose time has passed, until somebody wants their money.
    pub holds: BTreeMap<String, Held>,
}

impl Purse {
    /// What is held at a time.
    pub fn held(&self, now: Timestamp) -> Money {
        let live = self.holds.values().filter(|held| !held.has_lapsed(now));
        live.fold(Money::ZERO, |sum, held| sum.plus(held.money))
    }

    /// What may still be held at a time.
    pub fn left(&self, cap: Money, now: Timestamp) -> Money {
        cap.minus(self.spent.whole().money).minus(self.held(now))
    }
}

/// What came of a hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// What was spent; nothing when it was given back.
    pub spend: Spend,
    /// What was held until then; nothing when its time had passed and somebody else got it.
    pub held: Money,
}

/// Why nothing is held.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReserveError {
    /// The cap would be passed. From now on the window says that it has refused somebody.
    #[error("{left} is left")]
    NoRoom {
        /// So much may still be held.
        left: Money,
        /// Nobody was refused on that day before.
        first: bool,
    },
    /// Too many are not settled.
    #[error("{HOLDS_MAX} reservations are open")]
    TooMany,
    /// A hold of this id was settled or given back.
    #[error("it was settled or released before")]
    Done,
    /// The store did not answer: whether it is held is not known, and it lapses by itself.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
