//! A world for the API: a store in memory, and a clock that stands still.

use control::{
    memory::MemoryStore,
    ports::{
        Commit, CommitError, LoadError, Loaded, Lock, Look, Spend, Start, StartError, Store, Unavailable,
        Wake, Work, World,
    },
};
use rollout::{
    calendar::{Day, Days},
    evidence::StopLine,
    levels::Spent,
    log::Entry,
    rollout::RolloutId,
    time::Timestamp,
    units::Version,
};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

/// A Monday, noon.
pub(crate) const NOW: Timestamp = Timestamp(1_767_614_400_000);

#[derive(Default)]
pub(crate) struct Ports {
    store: MemoryStore,
    counter: AtomicU64,
}

impl World for Ports {
    fn now(&self) -> Timestamp {
        NOW
    }
    fn unique(&self) -> String {
        self.counter.fetch_add(1, Ordering::Relaxed).to_string()
    }
}

impl Wake for Ports {
    fn advance(&self, _: &RolloutId) {}
    fn evaluate(&self, _: &RolloutId) {}
    fn probe(&self, _: &RolloutId) {}
}

impl Store for Ports {
    async fn work(&self) -> Result<Work, Unavailable> {
        self.store.work().await
    }
    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        self.store.load(id).await
    }
    async fn start(&self, start: &Start) -> Result<(), StartError> {
        self.store.start(start).await
    }
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.store.commit(commit).await
    }
    async fn entries(&self, id: &RolloutId, after: Version, limit: usize) -> Result<Vec<Entry>, Unavailable> {
        self.store.entries(id, after, limit).await
    }
    async fn rollouts(&self) -> Result<Vec<RolloutId>, Unavailable> {
        self.store.rollouts().await
    }
    async fn lock(&self, function: &str) -> Result<Lock, Unavailable> {
        self.store.lock(function).await
    }
    async fn set_stop(&self, stop: Option<&StopLine>) -> Result<(), Unavailable> {
        self.store.set_stop(stop).await
    }
    async fn put_look(&self, id: &RolloutId, look: &Look) -> Result<(), Unavailable> {
        self.store.put_look(id, look).await
    }
    async fn look(&self, id: &RolloutId) -> Result<Option<Look>, Unavailable> {
        self.store.look(id).await
    }
    async fn windows(
        &self,
        id: &RolloutId,
        budget: &str,
        days: Days,
    ) -> Result<BTreeMap<Day, Spent>, Unavailable> {
        self.store.windows(id, budget, days).await
    }
    async fn spend(&self, id: &RolloutId, spend: &Spend) -> Result<(), Unavailable> {
        self.store.spend(id, spend).await
    }
}
