//! Something between a door and the table, which changes some of what passes.

use super::{
    Asked, Commit, CommitError, Held, Hold, LoadError, Loaded, Lock, Look, Paid, Purse, ReserveError, Spend,
    Start, StartError, StopError, Store, Tried, Unavailable, Work,
    store::{load_each, windows_each},
};
use rollout::{
    calendar::{Day, Days},
    evidence::StopLine,
    levels::Spent,
    log::Entry,
    rollout::RolloutId,
    time::Timestamp,
    units::{Money, Version},
};
use std::{collections::BTreeMap, future::Future};

/// Both sides of a layer are made of one list: what it passes on where it says nothing, and what it is to a door.
macro_rules! layer {
    ($(fn $name:ident($($what:ident: $of:ty),*) -> $answer:ty;)*) => {
        /// A [`Store`] over another: it says only what it changes, all else is what the store below does. Several are asked
        /// one by one, as the layer has changed it, unless it says how they pass at once.
        #[expect(missing_docs, reason = "each is the method of `Store` of its name")]
        pub trait Layer: Send + Sync + Sized {
            /// What it lies on.
            type Below: Store;
            /// What it lies on.
            fn below(&self) -> &Self::Below;

            $(fn $name(&self, $($what: $of),*) -> impl Future<Output = $answer> + Send {
                self.below().$name($($what),*)
            })*
            fn load_all(&self, ids: &[RolloutId]) -> impl Future<Output = Vec<Result<Loaded, LoadError>>> + Send {
                load_each(self, ids)
            }
            fn windows_all(
                &self,
                asked: &[Asked],
            ) -> impl Future<Output = Vec<Result<BTreeMap<Day, Spent>, Unavailable>>> + Send {
                windows_each(self, asked)
            }
        }

        impl<L: Layer> Store for L {
            $(fn $name(&self, $($what: $of),*) -> impl Future<Output = $answer> + Send {
                Layer::$name(self, $($what),*)
            })*
            fn load_all(&self, ids: &[RolloutId]) -> impl Future<Output = Vec<Result<Loaded, LoadError>>> + Send {
                Layer::load_all(self, ids)
            }
            fn windows_all(
                &self,
                asked: &[Asked],
            ) -> impl Future<Output = Vec<Result<BTreeMap<Day, Spent>, Unavailable>>> + Send {
                Layer::windows_all(self, asked)
            }
        }
    };
}

layer! {
    fn work() -> Result<Work, Unavailable>;
    fn load(id: &RolloutId) -> Result<Loaded, LoadError>;
    fn start(start: &Start) -> Result<(), StartError>;
    fn commit(commit: &Commit) -> Result<(), CommitError>;
    fn entries(id: &RolloutId, after: Version, limit: usize) -> Result<Vec<Entry>, Unavailable>;
    fn rollouts() -> Result<Vec<RolloutId>, Unavailable>;
    fn lock(function: &str) -> Result<Lock, Unavailable>;
    fn set_stop(seen: Option<&StopLine>, next: Option<&StopLine>) -> Result<(), StopError>;
    fn put_look(id: &RolloutId, look: &Look) -> Result<(), Unavailable>;
    fn look(id: &RolloutId) -> Result<Option<Look>, Unavailable>;
    fn windows(id: &RolloutId, budget: &str, days: Days) -> Result<BTreeMap<Day, Spent>, Unavailable>;
    fn spend(id: &RolloutId, spend: &Spend) -> Result<(), Unavailable>;
    fn purse(id: &RolloutId, budget: &str, day: Day) -> Result<Purse, Unavailable>;
    fn reserve(id: &RolloutId, hold: &Hold, cap: Money, now: Timestamp) -> Result<Held, ReserveError>;
    fn settle(id: &RolloutId, spend: &Spend) -> Result<Paid, Unavailable>;
    fn put_checked(id: &RolloutId, tried: &Tried) -> Result<(), Unavailable>;
    fn checked(id: &RolloutId) -> Result<Vec<Tried>, Unavailable>;
}
