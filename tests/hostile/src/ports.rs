//! The ports of a world. Every call yields before and after its effect, so that anything can happen there.

mod functions;
mod seen;

pub(crate) use functions::place;
pub(crate) use seen::Read;

use crate::{
    meter,
    sights::Sight,
    world::{Door, Sim, Woken},
};
use control::{
    doors::AlarmNews,
    ports::{
        Alarms, Commit, CommitError, Held, Hold, LoadError, Loaded, Lock, Look, Metrics, Paid, Probed,
        Prober, Purse, ReserveError, Spend, Start, StartError, StopError, Store, Tried, Unavailable, Wake,
        Work, World,
    },
};
use rollout::{
    calendar::{Day, Days},
    evidence::{Answer, Query, Status, StopLine},
    levels::{AlarmState, Spent},
    log::Entry,
    plan::{Check, Plan},
    rollout::{Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{Money, Version},
};
use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

/// What one door sees of the world.
pub(crate) struct Port {
    /// The world.
    pub sim: Arc<Sim>,
    /// Which controller's table.
    pub store: usize,
    /// The entry that a command names.
    pub names: Option<Version>,
    /// The pull of the stop line that whoever lets go has seen.
    pub line: Option<String>,
    /// The alarm that it is told of.
    pub news: Option<AlarmNews>,
    /// How far this machine's clock is behind.
    behind: Span,
    seen: Mutex<seen::Seen>,
}

impl Port {
    /// For a door that was just started.
    pub(crate) fn new(sim: &Arc<Sim>, store: usize, names: Option<Version>) -> Port {
        let behind = sim.with(|state| match state.stormy && state.rng.chance(200) {
            true => Span::millis(state.rng.below(3000)),
            false => Span::ZERO,
        });
        Port { sim: Arc::clone(sim), store, names, line: None, news: None, behind, seen: Mutex::default() }
    }

    fn table(&self) -> &control::memory::MemoryStore {
        &self.sim.stores[self.store]
    }

    /// The way to the table.
    async fn knock(&self) -> Result<(), Unavailable> {
        pause().await;
        self.sim.with(|state| {
            if state.table_down > state.now {
                state.saw(Sight::TableDown);
                return Err(Unavailable("the table is away".to_owned()));
            }
            if state.fails() { Err(Unavailable("throttled".to_owned())) } else { Ok(()) }
        })
    }

    /// Of several calls at once, any may be the slower one.
    async fn dawdle(&self) {
        pause().await;
        while self.sim.with(|state| state.functions.len() > 1 && state.rng.chance(300)) {
            pause().await;
        }
    }

    /// The way back, on which an answer may be lost.
    async fn reply(&self) -> Result<(), Unavailable> {
        pause().await;
        if self.sim.with(|state| state.loses()) { Err(Unavailable("no answer".to_owned())) } else { Ok(()) }
    }
}

/// Lets others go first, once.
fn pause() -> Pause {
    Pause(false)
}

struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Store for Port {
    async fn work(&self) -> Result<Work, Unavailable> {
        self.knock().await?;
        let work = self.table().work().await?;
        self.sim.with(|state| state.check_work(self.store, &work));
        pause().await;
        Ok(work)
    }

    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        self.knock().await?;
        let loaded = self.table().load(id).await?;
        self.seen().loads(&loaded.head, self.now());
        pause().await;
        Ok(loaded)
    }

    async fn load_all(&self, ids: &[RolloutId]) -> Vec<Result<Loaded, LoadError>> {
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            all.push(self.load(id).await);
        }
        self.seen().rounds_up(all.iter().flatten().map(|loaded| &loaded.head.id));
        all
    }

    async fn start(&self, start: &Start) -> Result<(), StartError> {
        self.knock().await?;
        self.table().start(start).await?;
        self.sim.with(|state| state.started(self.store, start));
        self.reply().await?;
        Ok(())
    }

    async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        self.knock().await?;
        let outcome = self.table().commit(commit).await;
        self.sim.with(|state| match &outcome {
            Ok(()) => state.committed(self, commit),
            Err(why) => state.not_committed(self.store, commit, why),
        });
        if let Err(lost) = self.reply().await {
            if outcome.is_ok() {
                self.sim.with(|state| state.saw(Sight::H19));
            }
            return Err(lost.into());
        }
        if outcome.is_ok() {
            self.seen().writes(&commit.head, self.now());
        }
        outcome
    }

    async fn entries(&self, id: &RolloutId, after: Version, limit: usize) -> Result<Vec<Entry>, Unavailable> {
        self.knock().await?;
        self.table().entries(id, after, limit).await
    }

    async fn rollouts(&self) -> Result<Vec<RolloutId>, Unavailable> {
        self.knock().await?;
        self.table().rollouts().await
    }

    async fn lock(&self, function: &str) -> Result<Lock, Unavailable> {
        self.knock().await?;
        let lock = self.table().lock(function).await?;
        self.sim.with(|state| state.check_lock(self.store, &lock));
        pause().await;
        Ok(lock)
    }

    async fn set_stop(&self, seen: Option<&StopLine>, next: Option<&StopLine>) -> Result<(), StopError> {
        self.knock().await?;
        self.table().set_stop(seen, next).await?;
        self.sim.with(|state| state.stop_set(self, next));
        Ok(self.reply().await?)
    }

    async fn put_look(&self, id: &RolloutId, look: &Look) -> Result<(), Unavailable> {
        self.knock().await?;
        self.table().put_look(id, look).await
    }

    async fn look(&self, id: &RolloutId) -> Result<Option<Look>, Unavailable> {
        self.knock().await?;
        self.table().look(id).await
    }

    async fn windows(
        &self,
        id: &RolloutId,
        budget: &str,
        days: Days,
    ) -> Result<BTreeMap<Day, Spent>, Unavailable> {
        self.knock().await?;
        let windows = self.table().windows(id, budget, days).await?;
        if let Some(told) = self.seen().told(id) {
            told.reads += 1;
        }
        pause().await;
        Ok(windows)
    }

    async fn spend(&self, id: &RolloutId, spend: &Spend) -> Result<(), Unavailable> {
        self.knock().await?;
        self.table().spend(id, spend).await?;
        let is_new = self.sim.with(|state| state.spent(self, id, spend));
        if let Some(told) = self.seen().told(id) {
            told.is_second |= !is_new;
        }
        self.reply().await
    }

    async fn purse(&self, id: &RolloutId, budget: &str, day: Day) -> Result<Purse, Unavailable> {
        self.knock().await?;
        let purse = self.table().purse(id, budget, day).await?;
        pause().await;
        Ok(purse)
    }

    async fn reserve(
        &self,
        id: &RolloutId,
        hold: &Hold,
        cap: Money,
        now: Timestamp,
    ) -> Result<Held, ReserveError> {
        self.knock().await?;
        let outcome = self.table().reserve(id, hold, cap, now).await;
        self.sim.with(|state| state.reserved(id, hold, &outcome));
        self.reply().await?;
        outcome
    }

    async fn settle(&self, id: &RolloutId, spend: &Spend) -> Result<Paid, Unavailable> {
        self.knock().await?;
        let settled = self.table().settle(id, spend).await?;
        self.sim.with(|state| state.settled(id, spend, &settled));
        self.reply().await?;
        Ok(settled)
    }

    async fn put_checked(&self, id: &RolloutId, tried: &Tried) -> Result<(), Unavailable> {
        self.knock().await?;
        self.table().put_checked(id, tried).await?;
        self.reply().await
    }

    async fn checked(&self, id: &RolloutId) -> Result<Vec<Tried>, Unavailable> {
        self.knock().await?;
        let tried = self.table().checked(id).await?;
        let since = self.loaded(id).and_then(|head| head.exposed()).and_then(|standing| standing.since);
        if tried.iter().any(|tried| tried.probed.is_some() && since.is_some_and(|since| tried.at < since)) {
            self.sim.with(|state| state.saw(Sight::CheckLate));
        }
        pause().await;
        Ok(tried)
    }
}

impl Alarms for Port {
    async fn alarms(&self, names: &[&str]) -> Vec<AlarmState> {
        pause().await;
        let now = self.sim.with(|state| state.now);
        self.seen().asks(now);
        let states = self.sim.with(|state| names.iter().map(|name| state.alarm(name)).collect());
        pause().await;
        states
    }
}

impl Metrics for Port {
    async fn ask(&self, _: &Plan, _: &[Query]) -> Vec<Answer> {
        panic!("a door asks about all rollouts of its round")
    }

    /// Each batch is about the rollout that was loaded in its place.
    async fn ask_all(&self, asked: &[(&Plan, &[Query])]) -> Vec<Vec<Answer>> {
        let heads = self.seen().gathers();
        assert_eq!(asked.len(), heads.len(), "what was loaded is asked about");
        if heads.iter().any(|head| head.is_over()) && heads.iter().any(|head| !head.is_over()) {
            self.sim.with(|state| state.saw(Sight::RoundOfBoth));
        }
        let mut answers = Vec::with_capacity(asked.len());
        for ((plan, queries), head) in asked.iter().zip(heads) {
            answers.push(if queries.is_empty() { vec![] } else { self.answers(plan, &head, queries).await });
        }
        answers
    }
}

impl Port {
    async fn answers(&self, plan: &Plan, head: &Rollout, queries: &[Query]) -> Vec<Answer> {
        pause().await;
        let answers = self.sim.with(|state| {
            self.seen().asks(state.now);
            let down = state.metrics_down > state.now;
            if down {
                state.saw(Sight::MetricsDown);
            }
            if down || state.fails() {
                let status = [Status::Failing, Status::Partial, Status::Forbidden];
                let status = state.rng.pick(&status).copied().unwrap_or(Status::Failing);
                return queries.iter().map(|_| Answer { points: vec![], status }).collect();
            }
            let (paid, now) = (meter::series(plan), state.now);
            let answer = |query: &Query| {
                if Some(query.series) != paid {
                    return state.traffic.answer(plan, query, now);
                }
                let (answer, told) = state.tells(plan, head, query);
                if let Some(known) = self.seen().told(&head.id) {
                    *known = told;
                }
                answer
            };
            queries.iter().map(answer).collect::<Vec<_>>()
        });
        pause().await;
        answers
    }
}

impl Prober for Port {
    async fn probe(&self, _: &Check) -> Probed {
        pause().await;
        let passed = self.sim.with(|state| !(state.stormy && state.rng.chance(100)));
        pause().await;
        Probed { passed, detail: "tried".to_owned() }
    }
}

impl World for Port {
    fn now(&self) -> Timestamp {
        self.sim.with(|state| state.now.before(self.behind))
    }

    fn unique(&self) -> String {
        self.sim.with(crate::world::State::unique)
    }
}

impl Wake for Port {
    fn advance(&self, id: &RolloutId) {
        self.wake(id, Door::Advance);
    }

    fn evaluate(&self, id: &RolloutId) {
        self.wake(id, Door::Evaluate);
    }

    fn probe(&self, id: &RolloutId) {
        self.wake(id, Door::Probe);
    }
}

impl Port {
    fn wake(&self, id: &RolloutId, door: Door) {
        self.sim.with(|state| {
            let lost = state.wakes_lost;
            if state.rng.chance(lost) {
                state.saw(Sight::WakeLost);
            } else {
                state.woken.push(Woken { store: self.store, id: id.clone(), door });
            }
        });
    }
}

impl Port {
    /// Whether this machine's clock, which is slow, has not reached a time at `now`.
    pub(crate) fn is_behind(&self, now: Timestamp, time: Timestamp) -> bool {
        now.before(self.behind) < time
    }
}
