//! What a deployed door holds: the table, the clock, hints to the others, and the one thing that it may touch.

use crate::{
    store::DynamoStore,
    wakes::{Door, Wakes},
};
use control::{
    finding::Finding,
    ports::{
        Alarms, Asked, Commit, CommitError, FunctionState, Functions, Held, Hold, LoadError, Loaded, Lock,
        Look, Metrics, NotFound, Paid, Probed, Prober, Purse, ReadError, ReserveError, Scout, Spend, Start,
        StartError, StopError, Store, Tagged, Tried, Unavailable, Wake, Work, World, WriteError,
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
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

/// The hands of one door. `T` is what it may touch besides the table: [`CloudWatch`](crate::metrics::CloudWatch) or
/// [`LambdaFunctions`](crate::functions::LambdaFunctions), never both.
#[derive(Debug)]
pub struct Hands<T> {
    store: DynamoStore,
    tool: T,
    wakes: Wakes,
}

impl<T> Hands<T> {
    pub(crate) fn new(store: DynamoStore, tool: T, wakes: Wakes) -> Hands<T> {
        Hands { store, tool, wakes }
    }

    /// Sends the hints of what was done. Called before a door ends: later it may be frozen.
    pub async fn send_hints(&self) {
        self.wakes.send().await;
    }
}

impl<T: Metrics> Metrics for Hands<T> {
    async fn ask(&self, plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        self.tool.ask(plan, queries).await
    }

    async fn ask_all(&self, asked: &[(&Plan, &[Query])]) -> Vec<Vec<Answer>> {
        self.tool.ask_all(asked).await
    }
}

impl<T: Alarms> Alarms for Hands<T> {
    async fn alarms(&self, names: &[&str]) -> Vec<AlarmState> {
        self.tool.alarms(names).await
    }
}

impl<T: Send + Sync> Scout for Hands<T> {
    async fn scout(&self, plan: &Plan) -> Vec<Finding> {
        self.wakes.scout(plan).await
    }
}

impl<T: Functions> Functions for Hands<T> {
    async fn read(&self, function: &str) -> Result<FunctionState, ReadError> {
        self.tool.read(function).await
    }

    async fn write(
        &self,
        function: &str,
        environment: &BTreeMap<String, String>,
        revision: &str,
    ) -> Result<(), WriteError> {
        self.tool.write(function, environment, revision).await
    }
}

impl<T: Tagged> Tagged for Hands<T> {
    async fn tagged(&self) -> Result<Vec<String>, NotFound> {
        self.tool.tagged().await
    }
}

impl<T: Prober> Prober for Hands<T> {
    async fn probe(&self, check: &Check) -> Probed {
        self.tool.probe(check).await
    }
}

impl<T: Send + Sync> World for Hands<T> {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn unique(&self) -> String {
        let mut bytes = [0; 16];
        // Without chance there is still the time: a commit's id only has to differ from that of its rivals.
        if getrandom::fill(&mut bytes).is_err() {
            let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            bytes = since.as_nanos().to_be_bytes();
        }
        bytes.iter().fold(String::with_capacity(32), |text, byte| text + &format!("{byte:02x}"))
    }
}

impl<T: Send + Sync> Wake for Hands<T> {
    fn advance(&self, id: &RolloutId) {
        self.wakes.add(Door::Advance, id);
    }

    fn evaluate(&self, id: &RolloutId) {
        self.wakes.add(Door::Evaluate, id);
    }

    fn probe(&self, id: &RolloutId) {
        self.wakes.add(Door::Probe, id);
    }
}

impl<T: Send + Sync> Store for Hands<T> {
    async fn work(&self) -> Result<Work, Unavailable> {
        self.store.work().await
    }

    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        self.store.load(id).await
    }

    async fn load_all(&self, ids: &[RolloutId]) -> Vec<Result<Loaded, LoadError>> {
        self.store.load_all(ids).await
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
        self.store.windows(id, budget, days).await
    }

    async fn windows_all(&self, asked: &[Asked]) -> Vec<Result<BTreeMap<Day, Spent>, Unavailable>> {
        self.store.windows_all(asked).await
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
