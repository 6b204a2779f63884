//! The doors in this process, minute by minute, and at once when somebody is woken.

use super::{
    around::Around,
    clock::TICK,
    ports::{Door, Ports},
    state::{State, Tide},
};
use crate::fail::Fail;
use control::{
    converge::Converged,
    doors::{self, Looks, Round},
    ports::{LoadError, Loaded, Store, Unavailable, World},
    turn::{TurnError, Turned},
};
use rollout::{rollout::RolloutId, time::Timestamp};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::mpsc::UnboundedSender;

/// The time is kept this often; a kill loses at most so much real time.
const KEEP_EVERY: Duration = Duration::from_millis(500);
/// Hints that are followed before the clock is looked at again.
const HINTS_MAX: u32 = 64;
/// Passes over the targets that one wake is worth: each writes one target of a raise.
const PASSES_MAX: u32 = 8;
/// Updates that are settling are looked at so often between two ticks.
const LOOKS_MAX: u32 = 60;
/// A door that takes longer is left where it is, as it would be on Lambda: the next tick begins anew.
const DOOR_TAKES: Duration = Duration::from_secs(50);

/// Runs the doors of one state directory.
pub(super) struct Drive<A> {
    pub(super) ports: Arc<Ports<A>>,
    pub(super) state: Arc<State>,
    /// The rollout that people look at, and whose story is told.
    pub(super) id: RolloutId,
    /// What went wrong, for whoever looks at the screen.
    pub(super) troubles: UnboundedSender<String>,
    /// How often something that settles was looked at since the last tick.
    pub(super) looks: AtomicU32,
}

impl<A: Around> Drive<A> {
    /// Until the process ends.
    pub(super) async fn run(self) -> Result<(), Fail> {
        let mut kept = Instant::now();
        self.follow_hints().await?;
        loop {
            let (tick, left) = self.ports.around.next();
            if left.is_zero() {
                self.tick(tick).await?;
                self.ports.around.ticked();
                if kept.elapsed() >= KEEP_EVERY {
                    self.keep()?;
                    kept = Instant::now();
                }
                // The API and the screen have their turn, also on a machine that is too slow for the speed.
                tokio::task::yield_now().await;
                continue;
            }
            tokio::select! {
                () = self.ports.woken() => self.follow_hints().await?,
                () = tokio::time::sleep(left) => {}
            }
        }
    }

    pub(super) fn keep(&self) -> Result<(), Fail> {
        self.state.put_tide(Tide { now: self.ports.now() })
    }

    /// One minute: the world goes on, then the doors look at it.
    async fn tick(&self, now: Timestamp) -> Result<(), Fail> {
        let ports = &*self.ports;
        self.looks.store(0, Ordering::Relaxed);
        if !A::pass(self, now).await? {
            return Ok(());
        }
        for (id, result) in self.round("advance", doors::advance(ports)).await {
            if let Some(Converged::Pending(None)) = self.seen(&id, result) {
                self.look_again(&id);
            }
        }
        for (id, result) in self.round("evaluate", doors::evaluate(ports, Looks::Kept)).await {
            self.answer(&id, result).await;
        }
        self.follow_hints().await
    }

    /// What a door came to, if it came to an end.
    async fn round<T>(
        &self,
        door: &str,
        round: impl Future<Output = Result<Round<T>, Unavailable>>,
    ) -> Round<T> {
        match tokio::time::timeout(DOOR_TAKES, round).await {
            Ok(Ok(round)) => return round,
            Ok(Err(why)) => self.tell(why.to_string()),
            Err(_) => self.tell(format!("{door} took more than {} s", DOOR_TAKES.as_secs())),
        }
        vec![]
    }

    /// Wakes are followed at once, as long as the doors run.
    async fn follow_hints(&self) -> Result<(), Fail> {
        let ports = &*self.ports;
        if ports.around.doors_are_down(ports.now()) {
            return Ok(());
        }
        for _ in 0..HINTS_MAX {
            let Some((door, id)) = ports.take_hint() else {
                return Ok(());
            };
            match door {
                Door::Advance => self.settle(&id).await,
                Door::Probe if A::IS_REAL => self.probe_aside(id),
                Door::Probe => drop(self.seen(&id, doors::probe_one(ports, &id).await)),
                Door::Evaluate => {
                    let stop = ports.work().await.ok().and_then(|work| work.stop);
                    let turned = doors::evaluate_one(ports, &id, stop, Looks::Kept).await;
                    self.answer(&id, turned).await;
                }
            }
        }
        Ok(())
    }

    /// A real check may take its quarter of an hour: what protects does not wait for it.
    fn probe_aside(&self, id: RolloutId) {
        let (ports, troubles) = (Arc::clone(&self.ports), self.troubles.clone());
        tokio::spawn(async move {
            if let Err(why) = doors::probe_one(&*ports, &id).await {
                tell(&troubles, &format!("{id}: {why}"));
            }
        });
    }

    async fn settle(&self, id: &RolloutId) {
        for _ in 0..PASSES_MAX {
            let converged = self.seen(id, doors::advance_one(&*self.ports, id).await);
            if !matches!(converged, Some(Converged::Pending(None))) {
                return;
            }
            if self.look_again(id) {
                return;
            }
        }
    }

    /// What settles is looked at again, and nobody waits for it. Not where everything is done at once.
    fn look_again(&self, id: &RolloutId) -> bool {
        let Some(wait) = self.ports.around.settles_in() else {
            return false;
        };
        if self.looks.fetch_add(1, Ordering::Relaxed) < LOOKS_MAX {
            let (ports, id) = (Arc::clone(&self.ports), id.clone());
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                control::ports::Wake::advance(&*ports, &id);
            });
        }
        true
    }

    /// Somebody may do what a hold waits for.
    async fn answer(&self, id: &RolloutId, turned: Result<Turned, TurnError>) {
        if let Some(Turned::Held(hold)) = self.seen(id, turned) {
            A::wait(self, id, &hold).await;
        }
    }

    pub(super) async fn loaded(&self, id: &RolloutId) -> Option<Loaded> {
        let loaded: Result<Loaded, LoadError> = self.ports.load(id).await;
        self.seen(id, loaded.map_err(TurnError::from))
    }

    /// A failure stops nothing: the next tick tries again. It is told to whoever looks.
    pub(super) fn seen<T>(&self, id: &RolloutId, result: Result<T, TurnError>) -> Option<T> {
        result.map_err(|why| self.tell(format!("{id}: {why}"))).ok()
    }

    pub(super) fn tell(&self, trouble: String) {
        tell(&self.troubles, &trouble);
    }
}

fn tell(troubles: &UnboundedSender<String>, trouble: &str) {
    // Nobody may be looking any more.
    let _ = troubles.send(format!("trouble: {trouble}"));
}

/// The first tick of a run: whole minutes, so that a replay meets the same ones.
pub(super) fn begin(now: Timestamp) -> Timestamp {
    now.floor(TICK)
}
