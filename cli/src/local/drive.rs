//! The doors of local mode, minute by virtual minute, and at once when somebody is woken.

use super::{
    clock::TICK,
    ports::{Door, LocalPorts},
    state::{State, Tide},
};
use crate::fail::Fail;
use control::{
    converge::Converged,
    deeds,
    doors::{self, Looks, NotGone},
    lab::{
        script::{Due, Happening},
        story::{Act, Deed},
    },
    people::somebody,
    ports::{LoadError, Loaded, Store, World},
    turn::{TurnError, Turned},
};
use rollout::{
    decide::{Actor, Hold},
    rollout::RolloutId,
    time::Timestamp,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::UnboundedSender;

/// Virtual time is kept this often; a kill loses at most so much real time.
const KEEP_EVERY: Duration = Duration::from_millis(500);
/// Hints that are followed before the clock is looked at again.
const HINTS_MAX: u32 = 64;
/// Passes over the targets that one wake is worth: each writes one target of a raise.
const PASSES_MAX: u32 = 8;

/// Runs the doors of one state directory.
pub(super) struct Drive {
    pub(super) ports: Arc<LocalPorts>,
    pub(super) state: Arc<State>,
    /// The rollout whose story is told.
    pub(super) id: RolloutId,
    /// What went wrong, for whoever looks at the screen.
    pub(super) troubles: UnboundedSender<String>,
}

impl Drive {
    /// Until the process ends.
    pub(super) async fn run(self) -> Result<(), Fail> {
        let mut kept = Instant::now();
        self.follow_hints().await?;
        loop {
            let (tick, left) = self.ports.clock.next();
            if left.is_zero() {
                self.tick(tick).await?;
                self.ports.clock.ticked();
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

    fn keep(&self) -> Result<(), Fail> {
        self.state.put_tide(Tide { now: self.ports.now() })
    }

    /// One minute: the world goes on, then the doors look at it.
    async fn tick(&self, now: Timestamp) -> Result<(), Fail> {
        let ports = &*self.ports;
        let share = ports.functions.look(now);
        let loaded = ports.load(&self.id).await;
        let Some(loaded) = self.seen(&self.id, loaded.map_err(TurnError::from)) else {
            return Ok(());
        };
        let head = &loaded.head;
        let standing = head.exposed().filter(|_| head.in_effect());
        let due = ports.lab.tick(now, share, standing.map(|standing| standing.stage))?;
        for (nth, due) in due.into_iter().enumerate() {
            self.happen(due, nth).await?;
        }
        for bill in ports.lab.bills(now, share, |function| ports.functions.environment(function)) {
            bill.pay(&ports.store, &self.id).await.unwrap_or_else(|why| self.tell(why.to_string()));
        }
        if ports.lab.doors_are_down(now) {
            return Ok(());
        }
        match doors::advance(ports).await {
            Ok(round) => round.into_iter().for_each(|(id, result)| drop(self.seen(&id, result))),
            Err(why) => self.tell(why.to_string()),
        }
        match doors::evaluate(ports, Looks::Kept).await {
            Ok(round) => {
                for (id, result) in round {
                    self.answer(&id, result).await;
                }
            }
            Err(why) => self.tell(why.to_string()),
        }
        self.follow_hints().await
    }

    /// Wakes are followed at once, as long as the story lets the doors run.
    async fn follow_hints(&self) -> Result<(), Fail> {
        let ports = &*self.ports;
        if ports.lab.doors_are_down(ports.now()) {
            return Ok(());
        }
        for _ in 0..HINTS_MAX {
            let Some((door, id)) = ports.take_hint() else {
                return Ok(());
            };
            match door {
                Door::Advance => self.settle(&id).await,
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

    async fn settle(&self, id: &RolloutId) {
        for _ in 0..PASSES_MAX {
            let converged = self.seen(id, doors::advance_one(&*self.ports, id).await);
            if !matches!(converged, Some(Converged::Pending(None))) {
                return;
            }
        }
    }

    /// The built-in persons do what a hold waits for.
    async fn answer(&self, id: &RolloutId, turned: Result<Turned, TurnError>) {
        let Some(Turned::Held(hold)) = self.seen(id, turned) else {
            return;
        };
        let habits = self.ports.lab.habits();
        let doors = matches!(hold, Hold::Leave(_) | Hold::Enter(_));
        if habits.is_empty() || !(doors || hold.is_for_people()) {
            return;
        }
        let Some(Loaded { plan, head }) = self.loaded(id).await else {
            return;
        };
        for (command, actor) in deeds::of_habit(&plan, &head, &hold, &habits) {
            self.seen(id, doors::command(&*self.ports, id, command, &actor, None).await);
        }
    }

    /// What the story leaves to functions and persons.
    async fn happen(&self, due: Due, nth: usize) -> Result<(), Fail> {
        match due.what {
            Happening::Touch { function, touch } => {
                self.ports.functions.touch(&function, touch, due.at, due.until);
            }
            Happening::Act(act) => self.act(&act, &format!("story-{}-{nth}", due.at.0)).await,
            Happening::Twist(_)
            | Happening::Check { .. }
            | Happening::Alarm { .. }
            | Happening::Spend { .. }
            | Happening::BudgetsHidden
            | Happening::DoorsDown
            | Happening::End
            | Happening::Habit(_) => {}
        }
        // What was done is not done again after a kill.
        self.keep()
    }

    async fn act(&self, act: &Act, record: &str) {
        let ports = &*self.ports;
        let Some(Loaded { plan, head }) = self.loaded(&self.id).await else {
            return;
        };
        if let Some((command, actor)) = deeds::command(&plan, &head, act) {
            let turned = doors::command(ports, &self.id, command, &actor, Some(record)).await;
            if let Some(Turned::Held(hold)) = self.seen(&self.id, turned) {
                self.in_vain(act, &hold.words(&plan, ports.now()));
            }
            return;
        }
        let actor = somebody(&plan, &act.by);
        if let Deed::Stop { roll_back } = act.deed {
            let stopped = doors::stop(ports, &actor, roll_back, act.note.clone()).await;
            stopped.map_or_else(|why| self.tell(why.to_string()), drop);
        } else if act.deed == Deed::Go {
            match self.go(&actor).await {
                Ok(true) => {}
                Ok(false) => self.in_vain(act, "the stop line is not pulled"),
                Err(why) => self.in_vain(act, &why.to_string()),
            }
        } else if act.deed == Deed::Halt {
            ports.functions.halt(ports.now());
        }
    }

    /// A person of a story has seen the line that is pulled now.
    async fn go(&self, actor: &Actor) -> Result<bool, NotGone> {
        match self.ports.work().await?.stop {
            Some(line) => doors::go(&*self.ports, actor, &line.id).await,
            None => Ok(false),
        }
    }

    /// Somebody of the story did this, and nothing came of it.
    fn in_vain(&self, act: &Act, why: &str) {
        let _ = self.troubles.send(format!("no effect: {} by {}: {why}", act.deed.verb(), act.by));
    }

    async fn loaded(&self, id: &RolloutId) -> Option<Loaded> {
        let loaded: Result<Loaded, LoadError> = self.ports.load(id).await;
        self.seen(id, loaded.map_err(TurnError::from))
    }

    /// A failure stops nothing: the next tick tries again. It is told to whoever looks.
    fn seen<T>(&self, id: &RolloutId, result: Result<T, TurnError>) -> Option<T> {
        result.map_err(|why| self.tell(format!("{id}: {why}"))).ok()
    }

    fn tell(&self, trouble: String) {
        // Nobody may be looking any more.
        let _ = self.troubles.send(format!("trouble: {trouble}"));
    }
}

/// The first tick of a run: whole minutes, so that a replay meets the same ones.
pub(super) fn begin(now: Timestamp) -> Timestamp {
    now.floor(TICK)
}
