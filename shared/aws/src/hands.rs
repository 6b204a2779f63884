//! What a deployed door holds: the table, the clock, hints to the others, and the one thing that it may touch.

use crate::{
    store::DynamoStore,
    wakes::{Door, Wakes},
};
use control::{
    finding::Finding,
    ports::{
        Alarms, Asked, Functions, Layer, LoadError, Loaded, Metrics, NotFound, Probed, Prober, Scout, Store,
        Tagged, Through, Unavailable, Wake, World,
    },
};
use rollout::{
    calendar::Day,
    evidence::{Answer, Query},
    levels::{AlarmState, Spent},
    plan::{Check, Plan},
    rollout::RolloutId,
    time::Timestamp,
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

impl<T: Functions> Through for Hands<T> {
    fn functions(&self) -> &impl Functions {
        &self.tool
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

impl<T: Send + Sync> Layer for Hands<T> {
    type Below = DynamoStore;

    fn below(&self) -> &DynamoStore {
        &self.store
    }

    async fn load_all(&self, ids: &[RolloutId]) -> Vec<Result<Loaded, LoadError>> {
        self.store.load_all(ids).await
    }

    async fn windows_all(&self, asked: &[Asked]) -> Vec<Result<BTreeMap<Day, Spent>, Unavailable>> {
        self.store.windows_all(asked).await
    }
}
