//! What the doors need of the world. Adapters live elsewhere; no error here mentions a vendor.
//!
//! Each door asks only for the ports that it may touch, so that what a door can never do is a fact that the compiler
//! checks: evaluate has no [`Functions`], advance has no [`Metrics`].

mod layer;
mod money;
mod store;
mod through;

pub use layer::Layer;
pub use money::{HOLDS_MAX, Held, Hold, Paid, Purse, ReserveError, Spend};
pub use store::{
    Asked, Commit, CommitError, Listing, LoadError, Loaded, Lock, Look, Start, StartError, StopError, Store,
    Tried, Unavailable, Work,
};
pub use through::Through;

use crate::{at_once::both, finding::Finding};
use rollout::{
    evidence::{Answer, Query},
    levels::AlarmState,
    plan::{Check, Plan},
    rollout::RolloutId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, future::Future};

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
    /// An alias as it is now, and the version that it points to.
    fn read_alias(
        &self,
        function: &str,
        alias: &str,
    ) -> impl Future<Output = Result<AliasState, ReadError>> + Send;
    /// Publishes the function as it is now, if it is still at `revision` and has this code, and answers the version's number;
    /// that of the last one where nothing has changed since. Nobody calls it yet; it is busy until it can be called.
    fn publish(
        &self,
        function: &str,
        code: &str,
        revision: &str,
    ) -> impl Future<Output = Result<String, WriteError>> + Send;
    /// Points an alias to a version, all of its calls, with a new description, if it is still as it was read.
    fn point(
        &self,
        function: &str,
        alias: &str,
        to: &Move,
    ) -> impl Future<Output = Result<(), WriteError>> + Send;
}

/// A target as its callers see it: the function and, where the plan names one, the alias; both are read at once.
///
/// # Errors
/// [`ReadError`] of whichever cannot be read.
pub async fn read_target<P: Functions>(
    ports: &P,
    function: &str,
    alias: Option<&str>,
) -> Result<FunctionState, ReadError> {
    let (state, unread) = read_as_far(ports, function, alias).await?;
    unread.map_or(Ok(state), Err)
}

/// The same as far as it can be read, and why the alias could not be: whoever lowers the function needs no alias for it.
///
/// # Errors
/// [`ReadError`] of the function.
pub async fn read_as_far<P: Functions>(
    ports: &P,
    function: &str,
    alias: Option<&str>,
) -> Result<(FunctionState, Option<ReadError>), ReadError> {
    let Some(name) = alias else { return Ok((ports.read(function).await?, None)) };
    let (latest, alias) = both(ports.read(function), ports.read_alias(function, name)).await;
    let mut latest = latest?;
    let unread = alias.map(|alias| latest.alias = Some(Box::new(alias))).err();
    Ok((latest, unread))
}

pub use rollout::target::{AliasState, FunctionState, Move, Settings, Settled};

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
    /// It has no such alias.
    #[error("it has no alias {0}: create it on the version that is to be rolled out")]
    NoAlias(String),
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
    /// It was changed, and came to nothing that can be used.
    #[error("{0}")]
    Failed(String),
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
