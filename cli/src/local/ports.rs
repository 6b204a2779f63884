//! What the doors touch on a laptop: the real store on a file, and what surrounds them.

use super::{around::Around, cache::Cache};
use control::{
    finding::Finding,
    ports::{
        Alarms, Commit, CommitError, FunctionState, Functions, Held, Hold, LoadError, Loaded, Lock, Look,
        Metrics, Paid, Probed, Prober, Purse, ReadError, ReserveError, Scout, Spend, Start, StartError,
        StopError, Store, Tried, Unavailable, Wake, Work, World, WriteError,
    },
    preflight,
};
use rollout::{
    calendar::{Day, Days},
    evidence::{Answer, Query, StopLine},
    levels::{AlarmState, Spent},
    log::Entry,
    plan::{Check, Plan},
    rollout::RolloutId,
    time::Timestamp,
    units::{Money, Version},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

/// All ports of one process.
pub(super) struct Ports<A> {
    pub(super) store: Cache,
    pub(super) around: A,
    /// Tells this process from those before it; with a counter, a text that nobody else has.
    nonce: String,
    counter: AtomicU64,
    hints: Mutex<VecDeque<(Door, RolloutId)>>,
    woken: Notify,
}

/// Who is woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Evaluate,
    Advance,
    Probe,
}

impl<A> Ports<A> {
    pub(super) fn new(store: Cache, around: A, nonce: String) -> Ports<A> {
        let (counter, hints, woken) = (AtomicU64::new(0), Mutex::default(), Notify::new());
        Ports { store, around, nonce, counter, hints, woken }
    }

    /// Until somebody is woken.
    pub(super) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// The oldest hint that nobody has taken.
    pub(super) fn take_hint(&self) -> Option<(Door, RolloutId)> {
        self.hints().pop_front()
    }

    fn hint(&self, door: Door, id: &RolloutId) {
        let mut hints = self.hints();
        if !hints.iter().any(|known| known.0 == door && known.1 == *id) {
            hints.push_back((door, id.clone()));
        }
        self.woken.notify_one();
    }

    fn hints(&self) -> MutexGuard<'_, VecDeque<(Door, RolloutId)>> {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: Around> World for Ports<A> {
    fn now(&self) -> Timestamp {
        self.around.now()
    }

    fn unique(&self) -> String {
        format!("{}-{}", self.nonce, self.counter.fetch_add(1, Ordering::Relaxed))
    }
}

impl<A: Around> Wake for Ports<A> {
    fn advance(&self, id: &RolloutId) {
        self.hint(Door::Advance, id);
    }
    fn evaluate(&self, id: &RolloutId) {
        self.hint(Door::Evaluate, id);
    }
    fn probe(&self, id: &RolloutId) {
        self.hint(Door::Probe, id);
    }
}

impl<A: Around> Metrics for Ports<A> {
    async fn ask(&self, plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        self.around.metrics().ask(plan, queries).await
    }
    async fn ask_all(&self, asked: &[(&Plan, &[Query])]) -> Vec<Vec<Answer>> {
        self.around.metrics().ask_all(asked).await
    }
}

impl<A: Around> Alarms for Ports<A> {
    async fn alarms(&self, names: &[&str]) -> Vec<AlarmState> {
        self.around.alarms().alarms(names).await
    }
}

impl<A: Around> Prober for Ports<A> {
    async fn probe(&self, check: &Check) -> Probed {
        self.around.checks().probe(check).await
    }
}

impl<A: Around> Functions for Ports<A> {
    async fn read(&self, function: &str) -> Result<FunctionState, ReadError> {
        self.around.functions().read(function).await
    }
    async fn write(
        &self,
        function: &str,
        environment: &BTreeMap<String, String>,
        revision: &str,
    ) -> Result<(), WriteError> {
        self.around.functions().write(function, environment, revision).await
    }
}

impl<A: Around> Scout for Ports<A> {
    async fn scout(&self, plan: &Plan) -> Vec<Finding> {
        // The lab has its functions once somebody wants them.
        match self.around.admit(plan) {
            Ok(()) => preflight::targets(self, plan).await,
            Err(why) => {
                vec![Finding::no("it can be had here", why.to_string(), "deploy it instead: docs/deploy.md")]
            }
        }
    }
}

impl<A: Around> Store for Ports<A> {
    async fn work(&self) -> Result<Work, Unavailable> {
        self.store.work().await
    }
    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        self.store.load(id).await
    }
    async fn start(&self, start: &Start) -> Result<(), StartError> {
        self.around.admit(&start.plan)?;
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
    async fn set_stop(&self, seen: Option<&StopLine>, next: Option<&StopLine>) -> Result<(), StopError> {
        self.store.set_stop(seen, next).await
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
        if let Some(why) = self.around.hides_money() {
            return Err(why);
        }
        self.store.windows(id, budget, days).await
    }
    async fn spend(&self, id: &RolloutId, spend: &Spend) -> Result<(), Unavailable> {
        self.store.spend(id, spend).await
    }
    async fn purse(&self, id: &RolloutId, budget: &str, day: Day) -> Result<Purse, Unavailable> {
        self.store.purse(id, budget, day).await
    }
    async fn reserve(
        &self,
        id: &RolloutId,
        hold: &Hold,
        cap: Money,
        now: Timestamp,
    ) -> Result<Held, ReserveError> {
        self.store.reserve(id, hold, cap, now).await
    }
    async fn settle(&self, id: &RolloutId, spend: &Spend) -> Result<Paid, Unavailable> {
        self.store.settle(id, spend).await
    }
    async fn put_checked(&self, id: &RolloutId, tried: &Tried) -> Result<(), Unavailable> {
        self.store.put_checked(id, tried).await
    }
    async fn checked(&self, id: &RolloutId) -> Result<Vec<Tried>, Unavailable> {
        self.store.checked(id).await
    }
}
