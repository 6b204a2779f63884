//! A rollout in virtual time: the same doors as everywhere, on memory ports, minute by minute.

mod ahead;
pub(crate) mod scene;
#[cfg(test)]
mod several;
mod told;

pub use told::{Ending, Percent, Told, clock, cohorts, few, told};

use crate::{
    deeds,
    doors::{self, Looks, NotStarted},
    lab::{
        Lab,
        metrics_file::Recorded,
        story::{Act, Deed, Habit, Misread, Story},
        traffic::Traffic,
    },
    people::{ADMIN, somebody},
    ports::{Listing, Metrics, Store, Unavailable},
    turn::{TurnError, Turned},
};
use ahead::Ahead;
use rollout::{
    decide::Hold,
    event::{Event, PauseReason},
    evidence::{Answer, Query},
    log::{Entry, Why},
    plan::Plan,
    rollout::{Phase, Rollout, RolloutId},
    target::{Environment, MARK},
    time::{Span, Timestamp},
    units::Version,
};
use scene::{Door, Scene};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};

/// Every simulation starts at this time: a Monday, midnight UTC.
pub const START: Timestamp = Timestamp(1_767_571_200_000);
/// One tick.
const TICK: Span = Span::minutes(1);
/// The advance door looks again after so long, and so often, before the next tick.
const SETTLE_STEP: Span = Span::seconds(5);
const SETTLE_STEPS: u32 = 6;
/// Hints that are followed in one tick; what is left waits for the next.
const HINTS_MAX: u32 = 64;
/// A rollout that waits for people who never come is left after this.
const PATIENCE: Span = Span::days(2);
/// In a pause nothing is done but by people and by guardrails: those are given this long.
const PATIENCE_IN_PAUSE: Span = Span::hours(1);
/// What goes on spending has so long to be told of the story's last word: a meter may be late.
const PATIENCE_IN_SPENDING: Span = Span::hours(1);
/// A simulation ends here, wherever it is.
const HORIZON: Span = Span::days(120);

/// What is simulated.
pub struct Simulation {
    /// The plan.
    pub plan: Arc<Plan>,
    /// What happens around it.
    pub story: Story,
    /// Recorded figures instead of the lab's.
    pub figures: Option<Recorded>,
    /// Ticks, approves, answers and completes by itself.
    pub auto_approve: bool,
    /// Of the lab's noise.
    pub seed: u64,
    /// Every question is asked on every tick, also where it is known beforehand that nothing comes of it: slower, and the same.
    pub asks_all: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Simulated {
    /// The log.
    pub told: Vec<Told>,
    /// The entries themselves.
    pub entries: Vec<Entry>,
    /// Where it ended.
    pub ending: Ending,
    /// The rollout at the end.
    pub head: Arc<Rollout>,
    /// What each function's environment says at the end.
    pub environments: BTreeMap<String, Environment>,
    /// How many ticks it took.
    pub ticks: u64,
}

/// Why a simulation could not run.
#[derive(Debug, thiserror::Error)]
pub enum Unsimulated {
    /// The story does not fit the plan.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Story(Vec<Misread>),
    /// The rollout did not start.
    #[error(transparent)]
    NotStarted(#[from] NotStarted),
    /// A turn failed, which no turn does in a world without weather: a bug.
    #[error("{rollout}: {why}")]
    Turn {
        /// Of which rollout.
        rollout: RolloutId,
        /// Why.
        why: TurnError,
    },
    /// The store in memory failed, which it never does.
    #[error(transparent)]
    Store(#[from] Unavailable),
    /// A port was not ready at once, as all of a simulation are.
    #[error("a port of the simulation was not ready")]
    NotReady,
}

/// Runs a simulation to its end.
///
/// # Errors
/// [`Unsimulated`].
pub fn simulate(simulation: Simulation) -> Result<Simulated, Unsimulated> {
    let mut stage = Stage::new(simulation)?;
    let mut ran = pin!(stage.run());
    match ran.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(Unsimulated::NotReady),
    }
}

/// The lab's traffic, or a recording in its place.
struct Figures {
    traffic: Arc<Traffic>,
    recorded: Option<Recorded>,
}

impl Metrics for Figures {
    async fn ask(&self, plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        match &self.recorded {
            Some(recorded) => recorded.ask(plan, queries).await,
            None => self.traffic.ask(plan, queries).await,
        }
    }
}

/// A simulation on its way.
struct Stage {
    plan: Arc<Plan>,
    scene: Scene<Figures>,
    lab: Lab,
    auto_approve: bool,
    now: Timestamp,
    /// Since when nothing but people is waited for.
    idle_since: Option<Timestamp>,
    /// Since when the story has nothing more to tell at a time that is known.
    told_since: Option<Timestamp>,
    /// What people of the story did in vain.
    in_vain: Vec<Told>,
    ticks: u64,
    ahead: Option<Ahead>,
}

impl Stage {
    fn new(simulation: Simulation) -> Result<Stage, Unsimulated> {
        let Simulation { plan, story, figures, auto_approve, seed, asks_all } = simulation;
        let ahead = (!asks_all && figures.is_none()).then(Ahead::default);
        let lab = Lab::new(&plan, &story, START, seed).map_err(Unsimulated::Story)?;
        let figures = Figures { traffic: Arc::clone(&lab.traffic), recorded: figures };
        let scene = Scene::new(&lab, figures, START);
        Ok(Stage {
            plan,
            scene,
            lab,
            auto_approve,
            now: START,
            idle_since: None,
            told_since: None,
            in_vain: vec![],
            ticks: 0,
            ahead,
        })
    }

    async fn run(&mut self) -> Result<Simulated, Unsimulated> {
        let starter = somebody(&self.plan, ADMIN);
        // What the story tells of the start stands before anything is read; people act once there is a rollout.
        let acts = self.lab.advance(self.now, None);
        let id = doors::start(&self.scene, Arc::clone(&self.plan), &starter, Why::default()).await?;
        self.follow_hints().await?;
        for act in acts {
            self.act(&id, &act).await?;
        }
        loop {
            let head = self.head(&id).await?;
            let is_done = self.is_done(&head) || self.is_stuck(&head);
            if is_done || self.lab.is_over() || self.now.since(START) > HORIZON {
                return self.finish(&id, head).await;
            }
            self.tick(&id).await?;
        }
    }

    /// One minute: the world goes on, then the doors look at it.
    async fn tick(&mut self, id: &RolloutId) -> Result<(), Unsimulated> {
        self.ticks += 1;
        self.now = START.after(TICK.times(self.ticks));
        self.scene.set_clock(self.now);
        if let Some(recorded) = &self.scene.metrics.recorded {
            recorded.advance(self.now);
        }
        let head = self.head(id).await?;
        let acts = self.lab.advance(self.now, in_effect(&head));
        for bill in self.lab.bills().iter().filter(|bill| bill.counts(&self.plan, &head)) {
            bill.pay(&self.scene.store, id).await?;
        }
        self.scene.shows_money.store(self.lab.shows_money(self.now), Ordering::Relaxed);
        for act in acts.iter().filter(|act| !deeds::is_past(&head, act)) {
            self.act(id, act).await?;
        }
        self.told_since = if self.lab.is_told() { self.told_since.or(Some(self.now)) } else { None };
        if self.lab.doors_are_down(self.now) {
            return Ok(());
        }
        let head = self.head(id).await?;
        if let Some(ahead) = &mut self.ahead {
            ahead.look(&self.plan, &head, &self.lab.traffic, self.now);
        }
        self.doors().await
    }

    async fn doors(&mut self) -> Result<(), Unsimulated> {
        for (id, converged) in doors::advance(&self.scene).await? {
            converged.map_err(|why| failed(&id, why))?;
        }
        let looks = self.ahead.as_ref().map_or(Looks::Unseen, |ahead| Looks::Foreseen(ahead.foreseen()));
        for (id, turned) in doors::evaluate(&self.scene, looks).await? {
            let turned = turned.map_err(|why| failed(&id, why))?;
            self.answer(&id, &turned).await?;
        }
        self.follow_hints().await
    }

    /// The built-in persons do what a hold waits for.
    async fn answer(&mut self, id: &RolloutId, turned: &Turned) -> Result<(), Unsimulated> {
        let Turned::Held(hold) = turned else {
            self.idle_since = None;
            return Ok(());
        };
        self.idle_since = if hold.is_for_people() { self.idle_since.or(Some(self.now)) } else { None };
        let head = self.head(id).await?;
        for (command, actor) in deeds::of_habit(&self.plan, &head, hold, &self.habits()) {
            doors::command(&self.scene, id, command, &actor, None).await.map_err(|why| failed(id, why))?;
        }
        Ok(())
    }

    /// Wakes are followed at once, and the advance door looks again until what was written has settled.
    async fn follow_hints(&mut self) -> Result<(), Unsimulated> {
        let mut steps = 0;
        for _ in 0..HINTS_MAX {
            let Some((door, id)) = self.scene.take_hint() else {
                return Ok(());
            };
            match door {
                Door::Advance => self.settle(&id, &mut steps).await?,
                Door::Evaluate => {
                    let stop = self.scene.work().await?.stop;
                    let turned = doors::evaluate_one(&self.scene, &id, stop, Looks::Unseen).await;
                    let turned = turned.map_err(|why| failed(&id, why))?;
                    self.answer(&id, &turned).await?;
                }
                Door::Probe => doors::probe_one(&self.scene, &id).await.map_err(|why| failed(&id, why))?,
            }
        }
        Ok(())
    }

    async fn settle(&mut self, id: &RolloutId, steps: &mut u32) -> Result<(), Unsimulated> {
        loop {
            let converged = doors::advance_one(&self.scene, id).await.map_err(|why| failed(id, why))?;
            let pending = matches!(converged, crate::converge::Converged::Pending(_));
            if !pending || *steps >= SETTLE_STEPS {
                return Ok(());
            }
            *steps += 1;
            self.now = self.now.after(SETTLE_STEP);
            self.scene.set_clock(self.now);
        }
    }

    /// What the built-in persons do: those of the story, and those that the caller asks for.
    fn habits(&self) -> BTreeSet<Habit> {
        let mut habits = self.lab.habits().clone();
        if self.auto_approve {
            habits.extend([Habit::Tick, Habit::Approve, Habit::Review]);
        }
        habits
    }

    async fn act(&mut self, id: &RolloutId, act: &Act) -> Result<(), Unsimulated> {
        let actor = somebody(&self.plan, &act.by);
        if let Deed::Stop { roll_back } = act.deed {
            doors::stop(&self.scene, &actor, roll_back, act.note.clone(), None).await?;
        } else if act.deed == Deed::Go {
            let line = self.scene.work().await?.stop.map_or(String::new(), |line| line.id);
            match doors::go(&self.scene, &actor, &line).await {
                Ok(true) => {}
                Ok(false) => self.in_vain(id, act, "the stop line is not pulled").await?,
                Err(why) => self.in_vain(id, act, &why.to_string()).await?,
            }
        } else if act.deed == Deed::Halt {
            for target in &self.plan.targets {
                self.scene.functions.edit(&target.function, MARK, Some("halt"));
            }
        } else if let Some((command, actor)) = deeds::command(&self.plan, &*self.head(id).await?, act) {
            let turned = doors::command(&self.scene, id, command, &actor, None).await;
            if let Turned::Held(hold) = turned.map_err(|why| failed(id, why))? {
                self.in_vain(id, act, &hold.words(&self.plan, self.now)).await?;
            }
        }
        self.follow_hints().await
    }

    /// Somebody of the story did this, and nothing came of it.
    async fn in_vain(&mut self, id: &RolloutId, act: &Act, why: &str) -> Result<(), Unsimulated> {
        let (head, verb) = (self.head(id).await?, act.deed.verb());
        let told = told::no_effect(&self.plan, &head, self.now, &act.by, format!("{verb}: {why}"));
        self.in_vain.push(told);
        Ok(())
    }

    async fn head(&self, id: &RolloutId) -> Result<Arc<Rollout>, Unsimulated> {
        let loaded = self.scene.load(id).await.map_err(|why| failed(id, why.into()))?;
        Ok(loaded.head)
    }

    /// Whether it is over, and what the story has still to tell is nothing to it: what goes on spending is told of that, and
    /// some meters are late.
    fn is_done(&self, head: &Rollout) -> bool {
        match Listing::of(&self.plan, head) {
            Listing::Active => false,
            Listing::Spending => {
                self.told_since.is_some_and(|told| self.now.since(told) >= PATIENCE_IN_SPENDING)
            }
            Listing::Gone => true,
        }
    }

    /// Nothing can happen any more but by people who are not there.
    fn is_stuck(&self, head: &Rollout) -> bool {
        let Some(since) = self.idle_since else {
            return false;
        };
        let paused = matches!(head.phase, Phase::Paused { .. });
        let since = self.told_since.map_or(since, |told| told.max(since));
        let patience = if paused { PATIENCE_IN_PAUSE } else { PATIENCE };
        self.lab.is_told() && self.now.since(since) >= patience
    }

    async fn finish(&self, id: &RolloutId, head: Arc<Rollout>) -> Result<Simulated, Unsimulated> {
        let entries = self.scene.entries(id, Version(0), usize::MAX).await?;
        let mut told = tell(&self.plan, &entries, &head)?;
        told.extend(self.in_vain.iter().cloned());
        // What was done in vain stands behind the entry that it came after.
        told.sort_by_key(|line| line.version);
        // What goes on spending is told of its money after the end.
        let ended = if head.is_over() { head.moved.at } else { self.now };
        let ending = Ending {
            outcome: told::outcome(&head),
            stage: told::stage(&self.plan, &head),
            percent: Percent(head.share().percent()),
            cohorts: told::cohorts(&self.plan, &head),
            at: told::seconds(START, ended),
            reason: self.reason(id, &head, &entries).await?,
        };
        Ok(Simulated { told, entries, ending, head, environments: self.environments(), ticks: self.ticks })
    }

    fn environments(&self) -> BTreeMap<String, Environment> {
        let functions = &self.scene.functions;
        let says =
            |name: String| functions.environment(&name, Clone::clone).map(|environment| (name, environment));
        let own = functions.names().into_iter().filter_map(says);
        own.chain(functions.aliases()).collect()
    }

    /// A stage that is late says what it waited for.
    fn pause(&self, why: &PauseReason, entries: &[Entry]) -> String {
        let late = entries.iter().rev().find(|entry| matches!(entry.event, Event::Late { .. }));
        match (why, late) {
            (PauseReason::Late, Some(late)) => late.event.words(&self.plan),
            (why, _) => why.words(&self.plan),
        }
    }

    /// Why it is where it is: the outcome, or what the next tick would say.
    async fn reason(&self, id: &RolloutId, head: &Rollout, entries: &[Entry]) -> Result<String, Unsimulated> {
        if let Phase::Over { outcome, .. } = &head.phase {
            return Ok(outcome.words(&self.plan));
        }
        if let Phase::Paused { why, .. } = &head.phase {
            return Ok(self.pause(why, entries));
        }
        let turned = doors::evaluate_one(&self.scene, id, None, Looks::Once).await;
        Ok(match turned.map_err(|why| failed(id, why))? {
            Turned::Held(hold) => hold.words(&self.plan, self.now),
            Turned::Recorded(..) | Turned::Duplicate => Hold::AlreadySo.words(&self.plan, self.now),
        })
    }
}

fn failed(rollout: &RolloutId, why: TurnError) -> Unsimulated {
    Unsimulated::Turn { rollout: rollout.clone(), why }
}

/// The stage that is in effect, for a story that waits for one.
fn in_effect(head: &Rollout) -> Option<rollout::units::StageIndex> {
    head.exposed().filter(|_| head.in_effect()).map(|standing| standing.stage)
}

/// Each entry with where the rollout stood after it: the log folded once more.
fn tell(plan: &Plan, entries: &[Entry], head: &Rollout) -> Result<Vec<Told>, Unsimulated> {
    let Some(first) = entries.first() else {
        return Ok(vec![]);
    };
    let illegal = |why: rollout::log::AppendError| failed(&head.id, TurnError::Illegal(why));
    let mut folded = rollout::log::first(head.id.clone(), first).map_err(illegal)?;
    let mut lines = vec![told(plan, first, &folded)];
    for entry in entries.iter().skip(1) {
        folded = folded.evolve(&entry.event, &entry.by, entry.at).map_err(|why| illegal(why.into()))?;
        lines.push(told(plan, entry, &folded));
    }
    Ok(lines)
}
