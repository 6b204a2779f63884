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

/// A [`Store`] over another: it says only what it changes, all else is what the store below does. Several are asked one by
/// one, as the layer has changed it, unless it says how they pass at once.
#[expect(missing_docs, reason = "each is the method of `Store` of its name")]
pub trait Layer: Send + Sync + Sized {
    /// What it lies on.
    type Below: Store;
    /// What it lies on.
    fn below(&self) -> &Self::Below;

    fn work(&self) -> impl Future<Output = Result<Work, Unavailable>> + Send {
        self.below().work()
    }
    fn load(&self, id: &RolloutId) -> impl Future<Output = Result<Loaded, LoadError>> + Send {
        self.below().load(id)
    }
    fn load_all(&self, ids: &[RolloutId]) -> impl Future<Output = Vec<Result<Loaded, LoadError>>> + Send {
        load_each(self, ids)
    }
    fn start(&self, start: &Start) -> impl Future<Output = Result<(), StartError>> + Send {
        self.below().start(start)
    }
    fn commit(&self, commit: &Commit) -> impl Future<Output = Result<(), CommitError>> + Send {
        self.below().commit(commit)
    }
    fn entries(
        &self,
        id: &RolloutId,
        after: Version,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Entry>, Unavailable>> + Send {
        self.below().entries(id, after, limit)
    }
    fn rollouts(&self) -> impl Future<Output = Result<Vec<RolloutId>, Unavailable>> + Send {
        self.below().rollouts()
    }
    fn lock(&self, function: &str) -> impl Future<Output = Result<Lock, Unavailable>> + Send {
        self.below().lock(function)
    }
    fn set_stop(
        &self,
        seen: Option<&StopLine>,
        next: Option<&StopLine>,
    ) -> impl Future<Output = Result<(), StopError>> + Send {
        self.below().set_stop(seen, next)
    }
    fn put_look(&self, id: &RolloutId, look: &Look) -> impl Future<Output = Result<(), Unavailable>> + Send {
        self.below().put_look(id, look)
    }
    fn look(&self, id: &RolloutId) -> impl Future<Output = Result<Option<Look>, Unavailable>> + Send {
        self.below().look(id)
    }
    fn windows(
        &self,
        id: &RolloutId,
        budget: &str,
        days: Days,
    ) -> impl Future<Output = Result<BTreeMap<Day, Spent>, Unavailable>> + Send {
        self.below().windows(id, budget, days)
    }
    fn windows_all(
        &self,
        asked: &[Asked],
    ) -> impl Future<Output = Vec<Result<BTreeMap<Day, Spent>, Unavailable>>> + Send {
        windows_each(self, asked)
    }
    fn spend(&self, id: &RolloutId, spend: &Spend) -> impl Future<Output = Result<(), Unavailable>> + Send {
        self.below().spend(id, spend)
    }
    fn purse(
        &self,
        id: &RolloutId,
        budget: &str,
        day: Day,
    ) -> impl Future<Output = Result<Purse, Unavailable>> + Send {
        self.below().purse(id, budget, day)
    }
    fn reserve(
        &self,
        id: &RolloutId,
        hold: &Hold,
        cap: Money,
        now: Timestamp,
    ) -> impl Future<Output = Result<Held, ReserveError>> + Send {
        self.below().reserve(id, hold, cap, now)
    }
    fn settle(
        &self,
        id: &RolloutId,
        spend: &Spend,
    ) -> impl Future<Output = Result<Paid, Unavailable>> + Send {
        self.below().settle(id, spend)
    }
    fn put_checked(
        &self,
        id: &RolloutId,
        tried: &Tried,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send {
        self.below().put_checked(id, tried)
    }
    fn checked(&self, id: &RolloutId) -> impl Future<Output = Result<Vec<Tried>, Unavailable>> + Send {
        self.below().checked(id)
    }
}

impl<L: Layer> Store for L {
    fn work(&self) -> impl Future<Output = Result<Work, Unavailable>> + Send {
        Layer::work(self)
    }
    fn load(&self, id: &RolloutId) -> impl Future<Output = Result<Loaded, LoadError>> + Send {
        Layer::load(self, id)
    }
    fn load_all(&self, ids: &[RolloutId]) -> impl Future<Output = Vec<Result<Loaded, LoadError>>> + Send {
        Layer::load_all(self, ids)
    }
    fn start(&self, start: &Start) -> impl Future<Output = Result<(), StartError>> + Send {
        Layer::start(self, start)
    }
    fn commit(&self, commit: &Commit) -> impl Future<Output = Result<(), CommitError>> + Send {
        Layer::commit(self, commit)
    }
    fn entries(
        &self,
        id: &RolloutId,
        after: Version,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Entry>, Unavailable>> + Send {
        Layer::entries(self, id, after, limit)
    }
    fn rollouts(&self) -> impl Future<Output = Result<Vec<RolloutId>, Unavailable>> + Send {
        Layer::rollouts(self)
    }
    fn lock(&self, function: &str) -> impl Future<Output = Result<Lock, Unavailable>> + Send {
        Layer::lock(self, function)
    }
    fn set_stop(
        &self,
        seen: Option<&StopLine>,
        next: Option<&StopLine>,
    ) -> impl Future<Output = Result<(), StopError>> + Send {
        Layer::set_stop(self, seen, next)
    }
    fn put_look(&self, id: &RolloutId, look: &Look) -> impl Future<Output = Result<(), Unavailable>> + Send {
        Layer::put_look(self, id, look)
    }
    fn look(&self, id: &RolloutId) -> impl Future<Output = Result<Option<Look>, Unavailable>> + Send {
        Layer::look(self, id)
    }
    fn windows(
        &self,
        id: &RolloutId,
        budget: &str,
        days: Days,
    ) -> impl Future<Output = Result<BTreeMap<Day, Spent>, Unavailable>> + Send {
        Layer::windows(self, id, budget, days)
    }
    fn windows_all(
        &self,
        asked: &[Asked],
    ) -> impl Future<Output = Vec<Result<BTreeMap<Day, Spent>, Unavailable>>> + Send {
        Layer::windows_all(self, asked)
    }
    fn spend(&self, id: &RolloutId, spend: &Spend) -> impl Future<Output = Result<(), Unavailable>> + Send {
        Layer::spend(self, id, spend)
    }
    fn purse(
        &self,
        id: &RolloutId,
        budget: &str,
        day: Day,
    ) -> impl Future<Output = Result<Purse, Unavailable>> + Send {
        Layer::purse(self, id, budget, day)
    }
    fn reserve(
        &self,
        id: &RolloutId,
        hold: &Hold,
        cap: Money,
        now: Timestamp,
    ) -> impl Future<Output = Result<Held, ReserveError>> + Send {
        Layer::reserve(self, id, hold, cap, now)
    }
    fn settle(
        &self,
        id: &RolloutId,
        spend: &Spend,
    ) -> impl Future<Output = Result<Paid, Unavailable>> + Send {
        Layer::settle(self, id, spend)
    }
    fn put_checked(
        &self,
        id: &RolloutId,
        tried: &Tried,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send {
        Layer::put_checked(self, id, tried)
    }
    fn checked(&self, id: &RolloutId) -> impl Future<Output = Result<Vec<Tried>, Unavailable>> + Send {
        Layer::checked(self, id)
    }
}
