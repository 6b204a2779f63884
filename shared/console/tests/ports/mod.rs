//! A world for the API: a store in memory, and a clock that stands still.

use control::{
    finding::Finding,
    memory::MemoryStore,
    ports::{
        Alarms, Commit, CommitError, Held, Hold, LoadError, Loaded, Lock, Look, Metrics, Paid, Purse,
        ReserveError, Scout, Spend, Start, StartError, StopError, Store, Tried, Unavailable, Wake, Work,
        World,
    },
};
use rollout::{
    calendar::{Day, Days},
    evidence::{Answer, Point, Query, Status, StopLine},
    levels::{AlarmState, Spent},
    log::Entry,
    plan::Plan,
    rollout::RolloutId,
    time::{Span, Timestamp},
    units::{Money, Version},
};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

/// A Monday, noon.
pub(crate) const NOW: Timestamp = Timestamp(1_767_614_400_000);

#[derive(Default)]
pub(crate) struct Ports {
    store: MemoryStore,
    counter: AtomicU64,
    /// Milliseconds after [`NOW`].
    later: AtomicI64,
    /// What is counted in each minute from a time on, by metric; the source fails for any other.
    minutes: Mutex<BTreeMap<String, Vec<(Timestamp, f64)>>>,
    /// One that the store can no longer read.
    pub(crate) damaged: Mutex<Option<RolloutId>>,
    /// The store takes no looks.
    pub(crate) hides_looks: AtomicBool,
    /// The source says that there is more than it answers.
    pub(crate) answers_in_part: AtomicBool,
    /// How often the source was asked.
    pub(crate) asks: AtomicU64,
    /// Alarms that are not quiet.
    pub(crate) sounds: Mutex<BTreeMap<String, AlarmState>>,
    /// What whoever may read the functions finds in them.
    pub(crate) scouted: Mutex<Vec<Finding>>,
}

impl Ports {
    pub(crate) fn later(&self, span: Span) {
        self.later.fetch_add(i64::try_from(span.as_millis()).unwrap(), Ordering::Relaxed);
    }

    /// The source answers, and has nothing.
    pub(crate) fn forget(&self) {
        self.minutes.lock().unwrap().values_mut().for_each(Vec::clear);
    }

    /// From now on.
    pub(crate) fn counts(&self, metric: &str, each_minute: f64) {
        let from = World::now(self);
        self.minutes.lock().unwrap().entry(metric.to_owned()).or_default().push((from, each_minute));
    }
}

impl Alarms for Ports {
    async fn alarms(&self, names: &[&str]) -> Vec<AlarmState> {
        let sounds = self.sounds.lock().unwrap();
        names.iter().map(|name| sounds.get(*name).copied().unwrap_or(AlarmState::Quiet)).collect()
    }
}

impl Scout for Ports {
    async fn scout(&self, _: &Plan) -> Vec<Finding> {
        self.scouted.lock().unwrap().clone()
    }
}

impl Metrics for Ports {
    async fn ask(&self, plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        self.asks.fetch_add(1, Ordering::Relaxed);
        let minutes = self.minutes.lock().unwrap();
        let in_part = self.answers_in_part.load(Ordering::Relaxed);
        let whole = if in_part { Status::Partial } else { Status::Whole };
        let answer = |query: &Query| {
            let Some(told) = minutes.get(&plan.series(query.series).metric) else {
                return Answer { points: vec![], status: Status::Failing };
            };
            let minute =
                |at: Timestamp| told.iter().rev().find(|(from, _)| *from <= at).map(|(_, each)| *each);
            let each = query.period.whole(Span::minutes(1));
            let periods = 0..query.to.since(query.from).whole(query.period);
            let point = |nth| {
                let at = query.from.after(query.period.times(nth));
                let counted: Vec<f64> =
                    (0..each).filter_map(|more| minute(at.after(Span::minutes(more)))).collect();
                (!counted.is_empty()).then(|| Point { at, value: counted.iter().sum() })
            };
            Answer { points: periods.filter_map(point).collect(), status: whole }
        };
        queries.iter().map(answer).collect()
    }
}

impl World for Ports {
    fn now(&self) -> Timestamp {
        Timestamp(NOW.0 + self.later.load(Ordering::Relaxed))
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
        if self.damaged.lock().unwrap().as_ref() == Some(id) {
            return Err(LoadError::Unreadable { id: id.clone(), why: "an unknown phase".to_owned() });
        }
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
    async fn set_stop(&self, seen: Option<&StopLine>, next: Option<&StopLine>) -> Result<(), StopError> {
        self.store.set_stop(seen, next).await
    }
    async fn put_look(&self, id: &RolloutId, look: &Look) -> Result<(), Unavailable> {
        if self.hides_looks.load(Ordering::Relaxed) {
            return Err(Unavailable("the look is too large".to_owned()));
        }
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
