//! What the doors need of the world. Adapters live elsewhere; no error here mentions a vendor.
//!
//! Each door asks only for the ports that it may touch, so that what a door can never do is a fact that the compiler
//! checks: evaluate has no [`Functions`], advance has no [`Metrics`].

use crate::{finding::Finding, messages::Message};
use rollout::{
    calendar::{Day, Days, Hour},
    evidence::{Answer, Evidence, Query, StopLine},
    levels::{AlarmState, Levels, Spent},
    log::Entry,
    plan::{Check, Plan},
    rollout::{Rollout, RolloutId},
    time::Timestamp,
    units::{CheckId, Generation, Money, Version},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, future::Future, sync::Arc};

/// The one table. Every write is conditional; every read that decides is consistent.
pub trait Store: Send + Sync {
    /// All work in one query: the active rollouts in the order of their names, and the stop line.
    fn work(&self) -> impl Future<Output = Result<Work, Unavailable>> + Send;
    /// The plan and the head of a rollout, read consistently.
    fn load(&self, id: &RolloutId) -> impl Future<Output = Result<Loaded, LoadError>> + Send;
    /// The same of several, each by itself and in their order, in as few calls as there can be.
    fn load_all(&self, ids: &[RolloutId]) -> impl Future<Output = Vec<Result<Loaded, LoadError>>> + Send {
        async move {
            let mut all = Vec::with_capacity(ids.len());
            for id in ids {
                all.push(self.load(id).await);
            }
            all
        }
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
        async move {
            let mut all = Vec::with_capacity(asked.len());
            for Asked { id, budget, days } in asked {
                all.push(self.windows(id, budget, *days).await);
            }
            all
        }
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
    /// The stop line, if it is pulled.
    pub stop: Option<StopLine>,
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
    pub head: Rollout,
    /// A trigger that counts once: the id of a report or a command.
    pub record: Option<String>,
    /// True when exposure may rise: refused while the stop line is pulled.
    pub raises: bool,
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

/// The source of metrics.
pub trait Metrics: Send + Sync {
    /// One answer for each query, in their order. A source that fails says so in each answer.
    fn ask(&self, plan: &Plan, queries: &[Query]) -> impl Future<Output = Vec<Answer>> + Send;
    /// The same for several plans, in their order: a source that may be asked for all of them at once does so.
    fn ask_all(&self, asked: &[(&Plan, &[Query])]) -> impl Future<Output = Vec<Vec<Answer>>> + Send {
        async move {
            let mut answers = Vec::with_capacity(asked.len());
            for (plan, queries) in asked {
                answers.push(if queries.is_empty() { vec![] } else { self.ask(plan, queries).await });
            }
            answers
        }
    }
}

/// The alarms that somebody else has set up.
pub trait Alarms: Send + Sync {
    /// How each of these stands, in their order. A source that fails says so of each.
    fn alarms(&self, names: &[&str]) -> impl Future<Output = Vec<AlarmState>> + Send;
}

/// The functions whose environment a rollout sets.
pub trait Functions: Send + Sync {
    /// The configuration as it is now.
    fn read(&self, function: &str) -> impl Future<Output = Result<FunctionState, ReadError>> + Send;
    /// Replaces the whole environment, if the function is still at `revision`.
    fn write(
        &self,
        function: &str,
        environment: &BTreeMap<String, String>,
        revision: &str,
    ) -> impl Future<Output = Result<(), WriteError>> + Send;
}

pub use rollout::target::{FunctionState, Settled};

/// Whoever may read the functions looks at those of a plan, for somebody who may not.
pub trait Scout: Send + Sync {
    /// What was found; nothing is written.
    fn scout(&self, plan: &Plan) -> impl Future<Output = Vec<Finding>> + Send;
}

/// Finds the functions that may be touched at all: whoever owns one says so in a tag. It is for the day on which the table
/// cannot say which they are.
pub trait Tagged: Send + Sync {
    /// Their names, in their order.
    fn tagged(&self) -> impl Future<Output = Result<Vec<String>, NotFound>> + Send;
}

/// Nobody says which functions may be touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tagged functions cannot be found: {0}")]
pub struct NotFound(pub String);

/// Why a function's configuration is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no such function.
    #[error("there is no such function")]
    Missing,
    /// It is of a region where nobody of ours works.
    #[error("it is in {0}, and only what is deployed there can roll it out")]
    Elsewhere(String),
    /// It may not be read.
    #[error("it may not be read: {0}")]
    Forbidden(String),
    /// Asked too often, or not answered: again later.
    #[error("no answer: {0}")]
    Unavailable(String),
}

/// Why a function was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// It changed since it was read: read again.
    #[error("it has changed since it was read")]
    Stale,
    /// Another update is in progress: again later.
    #[error("another update is in progress")]
    Busy,
    /// The environment is larger than 4 KB.
    #[error("the environment is too large")]
    TooLarge,
    /// There is no such function.
    #[error("there is no such function")]
    Missing,
    /// It may not be changed.
    #[error("it may not be changed: {0}")]
    Forbidden(String),
    /// Asked too often, or not answered; whether it was changed is not known.
    #[error("no answer: {0}")]
    Unavailable(String),
}

/// Tries what a plan's checks say.
pub trait Prober: Send + Sync {
    /// Tries it once; a failure to try is a failed check with its reason.
    fn probe(&self, check: &Check) -> impl Future<Output = Probed> + Send;
}

/// How a check went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probed {
    /// It answered as the plan asks.
    pub passed: bool,
    /// What was seen, for people.
    pub detail: String,
}

/// The clock, and chance: the two things that no pure function has.
pub trait World: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// A text that nobody else has, for the id of a commit.
    fn unique(&self) -> String;
}

/// Hints that somebody has something to do. They may be lost.
pub trait Wake: Send + Sync {
    /// Exposure was decided: advance has something to write.
    fn advance(&self, id: &RolloutId);
    /// Something was reported, asked or applied: evaluate may have something to decide.
    fn evaluate(&self, id: &RolloutId);
    /// A check is due.
    fn probe(&self, id: &RolloutId);
}
