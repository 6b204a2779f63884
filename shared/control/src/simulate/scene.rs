//! The ports of a simulation: a store in memory, the lab, and a clock that is moved by hand.

use crate::{
    lab::{Lab, alarms::LabAlarms, checks::LabChecks, functions::LabFunctions},
    memory::MemoryStore,
    ports::{
        Alarms, AliasState, Commit, CommitError, FunctionState, Functions, Layer, LoadError, Loaded, Metrics,
        Move, NotFound, Probed, Prober, ReadError, Store, Tagged, Unavailable, Wake, Work, World, WriteError,
    },
};
use rollout::{
    calendar::{Day, Days},
    evidence::{Answer, Query},
    levels::{AlarmState, Spent},
    plan::{Check, Plan},
    rollout::RolloutId,
    time::Timestamp,
};
use std::{
    collections::{BTreeMap, VecDeque},
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    task::Poll,
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
    /// Each call yields once before it does anything: whoever polls can count those that come one after the other.
    pub(crate) yields: AtomicBool,
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
            yields: AtomicBool::new(false),
            clock: AtomicI64::new(now.0),
            counter: AtomicU64::new(0),
            hints: Mutex::default(),
        }
    }

    pub(crate) fn set_clock(&self, now: Timestamp) {
        self.clock.store(now.0, Ordering::Relaxed);
        self.functions.advance(now);
    }

    async fn begin(&self) {
        let mut waits = self.yields.load(Ordering::Relaxed);
        poll_fn(|_| if std::mem::take(&mut waits) { Poll::Pending } else { Poll::Ready(()) }).await;
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
        self.begin().await;
        self.functions.read(function).await
    }
    async fn write(
        &self,
        function: &str,
        environment: &BTreeMap<String, String>,
        revision: &str,
    ) -> Result<(), WriteError> {
        self.begin().await;
        self.functions.write(function, environment, revision).await
    }

    async fn read_alias(&self, function: &str, alias: &str) -> Result<AliasState, ReadError> {
        self.begin().await;
        self.functions.read_alias(function, alias).await
    }

    async fn publish(&self, function: &str, code: &str, revision: &str) -> Result<String, WriteError> {
        self.begin().await;
        self.functions.publish(function, code, revision).await
    }

    async fn point(&self, function: &str, alias: &str, to: &Move) -> Result<(), WriteError> {
        self.begin().await;
        self.functions.point(function, alias, to).await
    }
}

impl<M: Send + Sync> Tagged for Scene<M> {
    async fn tagged(&self) -> Result<Vec<String>, NotFound> {
        self.begin().await;
        Ok(self.functions.names())
    }
}

impl<M: Send + Sync> Layer for Scene<M> {
    type Below = MemoryStore;

    fn below(&self) -> &MemoryStore {
        &self.store
    }

    async fn work(&self) -> Result<Work, Unavailable> {
        self.begin().await;
        is_there(&self.tells)?;
        self.store.work().await
    }

    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        self.begin().await;
        self.store.load(id).await
    }

    async fn load_all(&self, ids: &[RolloutId]) -> Vec<Result<Loaded, LoadError>> {
        // For none nobody is asked.
        if !ids.is_empty() {
            self.begin().await;
        }
        self.store.load_all(ids).await
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.begin().await;
        is_there(&self.takes)?;
        self.store.commit(commit).await
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
}
