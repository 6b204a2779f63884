//! What the doors touch on a laptop: the real store on a file, and what surrounds them.

use super::{around::Around, cache::Cache};
use control::{
    finding::Finding,
    ports::{
        Alarms, Functions, Layer, Metrics, Probed, Prober, Scout, Start, StartError, Store, Through,
        Unavailable, Wake, World,
    },
    preflight,
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

impl<A: Around> Through for Ports<A> {
    fn functions(&self) -> &impl Functions {
        self.around.functions()
    }
}

impl<A: Around> Scout for Ports<A> {
    async fn scout(&self, plan: &Plan) -> Vec<Finding> {
        // The lab has its functions once somebody wants them.
        match self.around.admit(plan) {
            Ok(()) => {
                let mut found: Vec<_> = self.around.lacks(plan).into_iter().collect();
                found.extend(preflight::targets(self, plan).await);
                found
            }
            Err(why) => {
                vec![Finding::no("it can be had here", why.to_string(), "deploy it instead: docs/deploy.md")]
            }
        }
    }
}

impl<A: Around> Layer for Ports<A> {
    type Below = Cache;

    fn below(&self) -> &Cache {
        &self.store
    }

    async fn start(&self, start: &Start) -> Result<(), StartError> {
        self.around.admit(&start.plan)?;
        Store::start(&self.store, start).await
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
        Store::windows(&self.store, id, budget, days).await
    }
}
