//! The store, with what was read last kept at hand.
//!
//! Sound because the state directory has one owner (its lock), so that nobody writes past this. Every write goes to the
//! store and makes what is kept about it forgotten, whatever came of it. A minute in which nothing happens then costs
//! no request, and an hour passes in a second.

use aws::store::DynamoStore;
use control::ports::{
    Commit, CommitError, Layer, LoadError, Loaded, Look, Start, StartError, StopError, Store, Tried,
    Unavailable, Work,
};
use rollout::{evidence::StopLine, rollout::RolloutId};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A store of which this process is the only user.
pub(super) struct Cache {
    store: DynamoStore,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Counts what was forgotten: a read that began before a write is not kept after it.
    epoch: u64,
    work: Option<Work>,
    loaded: BTreeMap<RolloutId, Loaded>,
    tried: BTreeMap<RolloutId, Vec<Tried>>,
    /// Advisory, so these are only kept here.
    looks: BTreeMap<RolloutId, Look>,
}

impl Cache {
    pub(super) fn new(store: DynamoStore) -> Cache {
        Cache { store, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self) {
        let mut kept = self.kept();
        kept.epoch += 1;
        kept.work = None;
        kept.loaded.clear();
        kept.tried.clear();
    }

    /// Keeps what was read, unless something was written meanwhile.
    fn keep(&self, epoch: u64, keep: impl FnOnce(&mut Kept)) {
        let mut kept = self.kept();
        if kept.epoch == epoch {
            keep(&mut kept);
        }
    }
}

impl Layer for Cache {
    type Below = DynamoStore;

    fn below(&self) -> &DynamoStore {
        &self.store
    }

    async fn work(&self) -> Result<Work, Unavailable> {
        let epoch = match &*self.kept() {
            Kept { work: Some(work), .. } => return Ok(work.clone()),
            kept => kept.epoch,
        };
        let work = self.store.work().await?;
        self.keep(epoch, |kept| kept.work = Some(work.clone()));
        Ok(work)
    }

    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        let epoch = {
            let kept = self.kept();
            if let Some(loaded) = kept.loaded.get(id) {
                return Ok(loaded.clone());
            }
            kept.epoch
        };
        let loaded = self.store.load(id).await?;
        self.keep(epoch, |kept| {
            kept.loaded.insert(id.clone(), loaded.clone());
        });
        Ok(loaded)
    }

    async fn start(&self, start: &Start) -> Result<(), StartError> {
        let started = self.store.start(start).await;
        self.forget();
        started
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let committed = self.store.commit(commit).await;
        self.forget();
        committed
    }

    async fn set_stop(&self, seen: Option<&StopLine>, next: Option<&StopLine>) -> Result<(), StopError> {
        let set = self.store.set_stop(seen, next).await;
        self.forget();
        set
    }

    async fn put_look(&self, id: &RolloutId, look: &Look) -> Result<(), Unavailable> {
        self.kept().looks.insert(id.clone(), look.clone());
        Ok(())
    }

    async fn look(&self, id: &RolloutId) -> Result<Option<Look>, Unavailable> {
        Ok(self.kept().looks.get(id).cloned())
    }

    async fn put_checked(&self, id: &RolloutId, tried: &Tried) -> Result<(), Unavailable> {
        let put = self.store.put_checked(id, tried).await;
        self.forget();
        put
    }

    async fn checked(&self, id: &RolloutId) -> Result<Vec<Tried>, Unavailable> {
        let epoch = {
            let kept = self.kept();
            if let Some(tried) = kept.tried.get(id) {
                return Ok(tried.clone());
            }
            kept.epoch
        };
        let tried = self.store.checked(id).await?;
        self.keep(epoch, |kept| {
            kept.tried.insert(id.clone(), tried.clone());
        });
        Ok(tried)
    }
}
