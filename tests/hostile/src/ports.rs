//! The ports of a world. Every call yields before and after its effect, so that anything can happen there.

mod functions;

pub(crate) use functions::place;

use crate::{
    function::{Marked, NAMES},
    meter::{self, Told},
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
    rollout::{Phase, Rollout, RolloutId},
    time::{Span, Timestamp},
    units::{Generation, Money, Version},
};
use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
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
    seen: Mutex<Seen>,
}

/// What a door has read, for the invariants about evidence.
#[derive(Default)]
struct Seen {
    loaded: Option<Arc<Rollout>>,
    gathered: Option<Arc<Rollout>>,
    /// Its evidence is no older than the first, and no younger than the second.
    asked: [Timestamp; 2],
    /// What the meter told when it was last asked.
    told: Told,
    /// Of each function.
    reads: [Option<Read>; NAMES.len()],
    /// Somebody's hand was the last on its alias, or other code stands in the way of it.
    touched: [bool; NAMES.len()],
    /// What came of its writes to each function, while everything was to be lowered.
    lowered: [Option<Lowered>; NAMES.len()],
}

/// What came of a write that lowers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lowered {
    Tried,
    /// The function refuses to be written, for minutes.
    Barred(Generation),
}

/// The function, as a door last read it.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// What stood in the variable of the mark.
    pub mark: Marked,
    /// Somebody's hand was the last on what the rollout manages.
    pub by_hand: bool,
    /// It could be written then.
    pub writable: bool,
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

    /// What the evidence of this door is about.
    pub(crate) fn gathered(&self) -> Option<Arc<Rollout>> {
        self.seen().gathered.clone()
    }

    /// What the meter told this door.
    pub(crate) fn told(&self) -> Told {
        self.seen().told.clone()
    }

    /// Between which times the evidence of this door was gathered.
    pub(crate) fn asked(&self) -> [Timestamp; 2] {
        self.seen().asked
    }

    /// What this door last read of a function.
    pub(crate) fn read(&self, at: usize) -> Option<Read> {
        let seen = self.seen();
        let read = seen.reads[at].clone()?;
        Some(Read { by_hand: read.by_hand || seen.touched[at], ..read })
    }

    /// The same of all that it has read.
    pub(crate) fn reads(&self) -> Vec<Read> {
        (0..NAMES.len()).filter_map(|at| self.read(at)).collect()
    }

    /// The head, as this door last read it.
    pub(crate) fn loaded(&self) -> Option<Arc<Rollout>> {
        self.seen().loaded.clone()
    }

    /// Whether the emergency stop stood in the function when this door last read it.
    pub(crate) fn has_read_halt(&self, at: usize) -> bool {
        self.seen().reads[at].as_ref().is_some_and(|read| read.mark == Marked::Halt)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// Keeps what came of a write, where everything is to be lowered.
    fn tries(&self, at: usize, came: Lowered) {
        let mut seen = self.seen();
        let phase = seen.loaded.as_ref().map(|head| &head.phase);
        if matches!(phase, Some(Phase::Lowering { .. })) {
            seen.lowered[at] = Some(came);
        }
    }

    /// Whoever is through with a pass has tried to lower each function that could be, whatever became of the others.
    pub(crate) fn check_lowered_all(&self) {
        let seen = self.seen();
        let barred =
            |came: &Option<Lowered>| if let Some(Lowered::Barred(at)) = came { Some(*at) } else { None };
        let (Some(generation), Some(head)) = (seen.lowered.iter().find_map(barred), &seen.loaded) else {
            return;
        };
        for (read, came) in seen.reads.iter().zip(&seen.lowered) {
            let Some(read) = read.as_ref().filter(|read| read.writable && !read.by_hand) else { continue };
            let is_behind =
                read.mark.owner().is_some_and(|(id, known)| *id == head.id.0 && known < generation);
            assert!(came.is_some() || !is_behind, "not lowered, because another function refuses: {read:?}");
            if *came == Some(Lowered::Tried) {
                self.sim.with(|state| state.saw(Sight::LoweredDespite));
            }
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
        pause().await;
        Ok(work)
    }

    async fn load(&self, id: &RolloutId) -> Result<Loaded, LoadError> {
        self.knock().await?;
        let loaded = self.table().load(id).await?;
        let now = self.now();
        {
            let mut seen = self.seen();
            seen.loaded = Some(Arc::clone(&loaded.head));
            seen.asked[0] = now;
        }
        pause().await;
        Ok(loaded)
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
            // Whoever has written a head knows it, and may gather evidence for it.
            self.seen().loaded = Some(Arc::clone(&commit.head));
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
        self.seen().told.reads += 1;
        pause().await;
        Ok(windows)
    }

    async fn spend(&self, id: &RolloutId, spend: &Spend) -> Result<(), Unavailable> {
        self.knock().await?;
        self.table().spend(id, spend).await?;
        let counts = self.sim.with(|state| state.spent(id, spend));
        self.seen().told.is_second |= !counts;
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
        let loaded = self.seen().loaded.clone();
        let since = loaded.and_then(|head| head.exposed()).and_then(|standing| standing.since);
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
        self.seen().asked[1] = now;
        let states = self.sim.with(|state| names.iter().map(|name| state.alarm(name)).collect());
        pause().await;
        states
    }
}

impl Metrics for Port {
    async fn ask(&self, plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        pause().await;
        let head = {
            let mut seen = self.seen();
            seen.gathered = seen.loaded.clone();
            seen.told = Told::default();
            seen.gathered.clone()
        };
        let now = self.sim.with(|state| state.now);
        self.seen().asked[1] = now;
        let answers = self.sim.with(|state| {
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
            let answer = |query: &Query| match &head {
                Some(head) if Some(query.series) == paid => {
                    let (answer, told) = state.tells(plan, head, query);
                    self.seen().told = told;
                    answer
                }
                _ => state.traffic.answer(plan, query, now),
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
