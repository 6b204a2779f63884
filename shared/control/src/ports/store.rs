//! The one table, and what is read from it and written to it.

use super::{Held, Hold, Paid, Probed, Purse, ReserveError, Spend};
use crate::messages::Message;
use rollout::{
    calendar::{Day, Days},
    evidence::{Evidence, StopLine},
    levels::{Levels, Spent},
    log::Entry,
    plan::Plan,
    rollout::{Rollout, RolloutId},
    time::Timestamp,
    units::{CheckId, Generation, Money, Version},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, future::Future, sync::Arc};

/// The one table. Every write is conditional; every read that decides is consistent.
pub trait Store: Send + Sync {
    /// All work in one query: rollouts in the order of their names, and the stop line.
    fn work(&self) -> impl Future<Output = Result<Work, Unavailable>> + Send;
    /// The plan and the head of a rollout, read consistently.
    fn load(&self, id: &RolloutId) -> impl Future<Output = Result<Loaded, LoadError>> + Send;
    /// The same of several, each by itself and in their order, in as few calls as there can be.
    fn load_all(&self, ids: &[RolloutId]) -> impl Future<Output = Vec<Result<Loaded, LoadError>>> + Send {
        load_each(self, ids)
    }
    /// Creates a rollout and takes its targets, in one transaction.
    fn start(&self, start: &Start) -> impl Future<Output = Result<(), StartError>> + Send;
    /// Writes entries and the new head in one transaction, if the head is still at `seen`.
    fn commit(&self, commit: &Commit) -> impl Future<Output = Result<(), CommitError>> + Send;
    /// At most `limit` entries after `after`, in order.
    fn entries(
        &self,
        id: &RolloutId,
        after: Version,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Entry>, Unavailable>> + Send;
    /// Every rollout there ever was, in the order of their names.
    fn rollouts(&self) -> impl Future<Output = Result<Vec<RolloutId>, Unavailable>> + Send;
    /// Who holds a function, and the last generation that it has seen.
    fn lock(&self, function: &str) -> impl Future<Output = Result<Lock, Unavailable>> + Send;
    /// Puts `next` in the place of the stop line, if that is still the pull that was `seen`; none is a line that is let go.
    fn set_stop(
        &self,
        seen: Option<&StopLine>,
        next: Option<&StopLine>,
    ) -> impl Future<Output = Result<(), StopError>> + Send;
    /// Keeps what people may look at. Advisory: nothing is decided on it.
    fn put_look(&self, id: &RolloutId, look: &Look) -> impl Future<Output = Result<(), Unavailable>> + Send;
    /// What people may look at.
    fn look(&self, id: &RolloutId) -> impl Future<Output = Result<Option<Look>, Unavailable>> + Send;
    /// What was spent under a budget on these days; on a day that is not in the answer it was nothing.
    fn windows(
        &self,
        id: &RolloutId,
        budget: &str,
        days: Days,
    ) -> impl Future<Output = Result<BTreeMap<Day, Spent>, Unavailable>> + Send;
    /// The same of several budgets, in their order, in as few calls as there can be.
    fn windows_all(
        &self,
        asked: &[Asked],
    ) -> impl Future<Output = Vec<Result<BTreeMap<Day, Spent>, Unavailable>>> + Send {
        windows_each(self, asked)
    }
    /// Records money that was spent. A spend that is recorded already counts no second time.
    fn spend(&self, id: &RolloutId, spend: &Spend) -> impl Future<Output = Result<(), Unavailable>> + Send;
    /// One day of a budget, with what is held of it.
    fn purse(
        &self,
        id: &RolloutId,
        budget: &str,
        day: Day,
    ) -> impl Future<Output = Result<Purse, Unavailable>> + Send;
    /// Holds money before it is spent, if what is spent and held leaves room for it under the cap: in one write, so that
    /// no two callers get the same money. Holds whose time has passed are given back where their money is wanted. Said
    /// again, it is the same hold.
    fn reserve(
        &self,
        id: &RolloutId,
        hold: &Hold,
        cap: Money,
        now: Timestamp,
    ) -> impl Future<Output = Result<Held, ReserveError>> + Send;
    /// Records what the hold of the same id came to, in full, whether it is still there or not, and gives the rest back.
    /// Nothing spent gives all of it back. Only the first word on a hold counts, and it is answered.
    fn settle(&self, id: &RolloutId, spend: &Spend)
    -> impl Future<Output = Result<Paid, Unavailable>> + Send;
    /// Keeps what came of a check, in the place of a try that began earlier; one that began later stays. No head is
    /// touched: whoever tries may be anybody who calls strangers.
    fn put_checked(
        &self,
        id: &RolloutId,
        tried: &Tried,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
    /// The newest try of each check, in the order of the checks.
    fn checked(&self, id: &RolloutId) -> impl Future<Output = Result<Vec<Tried>, Unavailable>> + Send;
}

/// One call after the other.
pub(super) async fn load_each<S: Store + ?Sized>(
    store: &S,
    ids: &[RolloutId],
) -> Vec<Result<Loaded, LoadError>> {
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        all.push(store.load(id).await);
    }
    all
}

/// One call after the other.
pub(super) async fn windows_each<S: Store + ?Sized>(
    store: &S,
    asked: &[Asked],
) -> Vec<Result<BTreeMap<Day, Spent>, Unavailable>> {
    let mut all = Vec::with_capacity(asked.len());
    for Asked { id, budget, days } in asked {
        all.push(store.windows(id, budget, *days).await);
    }
    all
}

/// Some days of a budget of a rollout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Of which rollout.
    pub id: RolloutId,
    /// Of which budget.
    pub budget: String,
    /// Which days.
    pub days: Days,
}

/// A check that was tried, or is being tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Which.
    pub check: CheckId,
    /// When the try began.
    pub at: Timestamp,
    /// How it went; none while it goes on.
    pub probed: Option<Probed>,
}

/// All that there is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Rollouts that are not over.
    pub active: Vec<RolloutId>,
    /// Rollouts that have completed and go on spending: their money is counted, and nothing else is done for them.
    pub spending: Vec<RolloutId>,
    /// The stop line, if it is pulled.
    pub stop: Option<StopLine>,
}

impl Work {
    /// All whose money counts, the active ones first.
    pub fn rollouts(&self) -> Vec<RolloutId> {
        [self.active.as_slice(), &self.spending].concat()
    }
}

/// Where a rollout stands in [`Work`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Among those that are not over.
    Active,
    /// Among those that go on spending.
    Spending,
    /// Nowhere: there is nothing to do.
    Gone,
}

impl Listing {
    /// Of a head.
    pub fn of(plan: &Plan, head: &Rollout) -> Listing {
        if !head.is_over() {
            Listing::Active
        } else if head.open_budgets(plan).next().is_some() {
            Listing::Spending
        } else {
            Listing::Gone
        }
    }
}

/// A rollout as the store has it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// Its plan, which never changes.
    pub plan: Arc<Plan>,
    /// Its head.
    pub head: Arc<Rollout>,
}

/// A new rollout.
#[derive(Clone, Debug)]
pub struct Start {
    /// Its plan.
    pub plan: Arc<Plan>,
    /// Its head after the first entry.
    pub head: Rollout,
    /// The first entry.
    pub entries: Vec<Entry>,
    /// What people are told of each entry.
    pub messages: Vec<Option<Message>>,
    /// The functions that it takes, each with the lock's generation as it was read.
    pub takes: Vec<(String, Generation)>,
    /// Random; answers the question whether an unknown outcome was ours.
    pub id: String,
}

/// What is written at the end of a turn.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The version on which it was decided.
    pub seen: Version,
    /// In order, the first at `seen + 1`.
    pub entries: Vec<Entry>,
    /// What people are told of each of them, where they are.
    pub messages: Vec<Option<Message>>,
    /// The head after them.
    pub head: Arc<Rollout>,
    /// A trigger that counts once: the id of a report or a command.
    pub record: Option<String>,
    /// True when exposure may rise: refused while the stop line is pulled.
    pub raises: bool,
    /// Where the rollout stands from now on.
    pub listing: Listing,
    /// The functions that are freed, because the rollout is over.
    pub frees: Vec<String>,
    /// Random; answers the question whether an unknown outcome was ours.
    pub id: String,
}

/// The lock of a function. It is never deleted, only freed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// Who holds it.
    pub holder: Option<RolloutId>,
    /// The last generation that a finished rollout left; a rollout starts above it.
    pub generation: Generation,
}

/// What people may look at between decisions: the last hold and the figures behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// When it was looked.
    pub at: Timestamp,
    /// At which version.
    pub version: Version,
    /// What was seen, by condition.
    pub figures: Vec<Option<rollout::evidence::Figure>>,
    /// Baseline figures that would be kept with the next step.
    #[serde(default)]
    pub frozen: Vec<rollout::evidence::Frozen>,
    /// Money and alarms, as they stood.
    #[serde(default)]
    pub levels: Levels,
}

impl Look {
    /// What there is to look at of this evidence.
    pub fn of(evidence: &Evidence, at: Timestamp) -> Look {
        let Evidence { version, figures, frozen, levels, .. } = evidence.clone();
        Look { at, version, figures, frozen, levels }
    }
}

/// The store did not answer, or not in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store is unavailable: {0}")]
pub struct Unavailable(pub String);

/// Why a rollout cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// There is none of this name.
    #[error("there is no rollout {0}")]
    Missing(RolloutId),
    /// It was written by something newer, or was damaged: it is held, never guessed at.
    #[error("the stored rollout {id} cannot be read: {why}")]
    Unreadable {
        /// Which.
        id: RolloutId,
        /// What is wrong with it.
        why: String,
    },
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why a rollout was not created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// Somebody else took the number.
    #[error("a rollout of this name was started at the same time")]
    Exists,
    /// Another rollout holds a target.
    #[error("{function} is held by {holder}: that must end first, or be rolled back")]
    Held {
        /// Which.
        function: String,
        /// Whose.
        holder: RolloutId,
    },
    /// A target's lock changed while the start was prepared.
    #[error("a target changed hands at the same time")]
    Raced,
    /// The stop line is pulled.
    #[error("the stop line is pulled: nothing starts until `go`")]
    Stopped,
    /// The plan asks for something that there is not where it would run.
    #[error("{0}")]
    Unfit(String),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// Another door moved the head first: decide again.
    #[error("the head has moved on")]
    Lost,
    /// This trigger has been taken in before.
    #[error("this was recorded before")]
    Duplicate,
    /// It would raise, and the stop line is pulled.
    #[error("the stop line is pulled")]
    Stopped,
    /// The store did not answer, or is contended; whether it was written is not known.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Why the stop line was left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StopError {
    /// Somebody pulled it, or let it go, since it was read: read again.
    #[error("the stop line has moved since it was read")]
    Moved,
    /// The store did not answer; whether it was written is not known.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
