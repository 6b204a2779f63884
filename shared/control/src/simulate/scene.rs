//! The ports of a simulation: a store in memory, the lab, and a clock that is moved by hand.

use crate::{
    lab::{Lab, alarms::LabAlarms, checks::LabChecks, functions::LabFunctions},
    memory::MemoryStore,
    ports::{
        Alarms, Commit, CommitError, FunctionState, Functions, Held, Hold, LoadError, Loaded, Lock, Look,
        Metrics, NotFound, Paid, Probed, Prober, Purse, ReadError, ReserveError, Spend, Start, StartError,
        StopError, Store, Tagged, Tried, Unavailable, Wake, Work, World, WriteError,
    },
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
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

/// Everything that the doors touch in a simulation.
pub(crate) struct Scene<M> {
    pub(crate) store: MemoryStore,
    pub(crate) functions: Arc<LabFunctions>,
    pub(crate) metrics: M,
    pub(crate) checks: Arc<LabChecks>,
    pub(crate) alarms: Arc<LabAlarms>,
    /// Whether the windows of budgets can be read.
    pub(crate) shows_money: AtomicBool,
    /// Whether the table says what work there is.
    pub(crate) tells: AtomicBool,
    /// Whether it takes what is decided.
    pub(crate) takes: AtomicBool,
    clock: AtomicI64,
    counter: AtomicU64,
    hints: Mutex<VecDeque<(Door, RolloutId)>>,
}

/// Who was woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Evaluate,
    Advance,
    Probe,
}

impl<M> Scene<M> {
    pub(crate) fn new(lab: &Lab, metrics: M, now: Timestamp) -> Scene<M> {
        Scene {
            store: MemoryStore::new(),
            functions: Arc::clone(&lab.functions),
            metrics,
            checks: Arc::clone(&lab.checks),
            alarms: Arc::clone(&lab.alarms),
            shows_money: AtomicBool::new(true),
            tells: AtomicBool::new(true),
            takes: AtomicBool::new(true),
            clock: AtomicI64::new(now.0),
            counter: AtomicU64::new(0),
            hints: Mutex::default(),
        }
    }

    pub(crate) fn set_clock(&self, now: Timestamp) {
        self.clock.store(now.0, Ordering::Relaxed);
        self.functions.advance(now);
    }

    /// The oldest hint that nobody has taken.
    pub(crate) fn take_hint(&self) -> Option<(Door, RolloutId)> {
        self.hints().pop_front()
    }

    fn hint(&self, door: Door, id: &RolloutId) {
        let mut hints = self.hints();
        if !hints.iter().any(|known| known.0 == door && known.1 == *id) {
            hints.push_back((door, id.clone()));
        }
    }

    fn hints(&self) -> MutexGuard<'_, VecDeque<(Door, RolloutId)>> {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_there(side: &AtomicBool) -> Result<(), Unavailable> {
    if side.load(Ordering::Relaxed) { Ok(()) } else { Err(Unavailable("the table is away".to_owned())) }
}

impl<M: Send + Sync> World for Scene<M> {
    fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::Relaxed))
    }

    fn unique(&self) -> String {
        format!("c{}", self.counter.fetch_add(1, Ordering::Relaxed))
    }
}

impl<M: Send + Sync> Wake for Scene<M> {
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

impl<M: Metrics> Metrics for Scene<M> {
    async fn ask(&self, plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        self.metrics.ask(plan, queries).await
    }
}

impl<M: Send + Sync> Alarms for Scene<M> {
    async fn alarms(&self, names: &[&str]) -> Vec<AlarmState> {
        self.alarms.alarms(names).await
    }
}

impl<M: Send + Sync> Prober for Scene<M> {
    async fn probe(&self, check: &Check) -> Probed {
        self.checks.probe(check).await
    }
}

impl<M: Send + Sync> Functions for Scene<M> {
    async fn read(&self, function: &str) -> Result<FunctionState, ReadError> {
        self.functions.read(function).await
    }
    async fn write(
        &self,
        function: &str,
        environment: &BTreeMap<String, String>,
        revision: &str,
    ) -> Result<(), WriteError> {
        self.functions.write(function, environment, revision).await
    }
}

impl<M: Send + Sync> Tagged for Scene<M> {
    async fn tagged(&self) -> Result<Vec<String>, NotFound> {
        Ok(self.functions.names())
    }
}

impl<M: Send + Sync> Store for Scene<M> {
    async fn work(&self) -> Result<Work, Unavailable> {
        is_there(&self.tells)?;
        self.store.work().await
    }
    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        self.store.load(id).await
    }
    async fn start(&self, start: &Start) -> Result<(), StartError> {
        self.store.start(start).await
    }
    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        is_there(&self.takes)?;
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
        if !self.shows_money.load(Ordering::Relaxed) {
            return Err(Unavailable("the story hides the windows".to_owned()));
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
