//! A world for the API: a store in memory, and a clock that stands still.

use control::{
    finding::Finding,
    memory::MemoryStore,
    ports::{Alarms, Layer, LoadError, Loaded, Look, Metrics, Scout, Store, Unavailable, Wake, World},
};
use rollout::{
    evidence::{Answer, Point, Query, Status},
    levels::AlarmState,
    plan::Plan,
    rollout::RolloutId,
    time::{Span, Timestamp},
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

impl Layer for Ports {
    type Below = MemoryStore;

    fn below(&self) -> &MemoryStore {
        &self.store
    }

    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        if self.damaged.lock().unwrap().as_ref() == Some(id) {
            return Err(LoadError::Unreadable { id: id.clone(), why: "an unknown phase".to_owned() });
        }
        self.store.load(id).await
    }

    async fn put_look(&self, id: &RolloutId, look: &Look) -> Result<(), Unavailable> {
        if self.hides_looks.load(Ordering::Relaxed) {
            return Err(Unavailable("the look is too large".to_owned()));
        }
        self.store.put_look(id, look).await
    }
}
