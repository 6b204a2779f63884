//! What the doors touch on a laptop: the real store on a file, the lab, and a clock that runs fast.

use super::{cache::Cache, clock::Clock, functions::FileFunctions, lab::Lab};
use control::ports::{
    Alarms, Commit, CommitError, FunctionState, Functions, LoadError, Loaded, Lock, Look, Metrics, Probed,
    Prober, ReadError, Spend, Start, StartError, StopError, Store, Unavailable, Wake, Work, World,
    WriteError,
};
use rollout::{
    calendar::{Day, Days},
    evidence::{Answer, Query, StopLine},
    levels::{AlarmState, Spent},
    log::Entry,
    plan::{Check, Plan},
    rollout::RolloutId,
    time::Timestamp,
    units::Version,
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

/// All ports of local mode.
pub(super) struct LocalPorts {
    pub(super) store: Cache,
    pub(super) functions: FileFunctions,
    pub(super) lab: Lab,
    pub(super) clock: Clock,
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

impl LocalPorts {
    pub(super) fn new(
        store: Cache,
        functions: FileFunctions,
        lab: Lab,
        clock: Clock,
        nonce: String,
    ) -> LocalPorts {
        let (counter, hints, woken) = (AtomicU64::new(0), Mutex::default(), Notify::new());
        LocalPorts { store, functions, lab, clock, nonce, counter, hints, woken }
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

impl World for LocalPorts {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn unique(&self) -> String {
        format!("{}-{}", self.nonce, self.counter.fetch_add(1, Ordering::Relaxed))
    }
}

impl Wake for LocalPorts {
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

impl Metrics for LocalPorts {
    async fn ask(&self, plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        self.lab.ask(plan, queries).await
    }
}

impl Alarms for LocalPorts {
    async fn alarms(&self, names: &[String]) -> Vec<AlarmState> {
        self.lab.alarms.alarms(names).await
    }
}

impl Prober for LocalPorts {
    async fn probe(&self, check: &Check) -> Probed {
        self.lab.checks.probe(check).await
    }
}

impl Functions for LocalPorts {
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

impl Store for LocalPorts {
    async fn work(&self) -> Result<Work, Unavailable> {
        self.store.work().await
    }
    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        self.store.load(id).await
    }
    async fn start(&self, start: &Start) -> Result<(), StartError> {
        // Whatever is started here finds its functions; the lab's traffic is that of its own plan.
        self.functions
            .make(&start.plan)
            .map_err(|why| StartError::Unavailable(Unavailable(why.to_string())))?;
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
        if !self.lab.shows_money(self.clock.now()) {
            return Err(Unavailable("the story hides the windows".to_owned()));
        }
        self.store.windows(id, budget, days).await
    }
    async fn spend(&self, id: &RolloutId, spend: &Spend) -> Result<(), Unavailable> {
        self.store.spend(id, spend).await
    }
}
