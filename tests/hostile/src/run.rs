//! The scheduler: a storm in which anything may happen next, before the calm in which all must end.

use crate::{
    calm::{before_the_storm, calm},
    levels, logs,
    people::{self, Said},
    ports::Port,
    sights::{Sight, Sights},
    world::{Door, Sim, State},
};
use control::{
    doors::{self, AlarmNews, Alarmed, Away, Looks, NotGone, NotStarted},
    ports::Store,
    turn::{TurnError, Turned},
};
use rollout::{
    decide::{Command, Hold, Needs},
    log::Why,
    plan::Plan,
    rollout::{Phase, RolloutId},
    time::{Span, Timestamp},
};
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Waker},
};

/// A step is one thing that happens, or one poll of a door.
const STEPS: u32 = 1500;
/// No door lives longer than this.
pub(crate) const LIFE: Span = Span::minutes(15);
/// News that has not landed is told again so often.
const NEWS_TOLD: u32 = 6;
/// Of so many starts two are drills.
const DRILLS: i64 = 20;
/// In one of so many worlds a rollout went before.
const BEFORE: u64 = 16;
/// People repeat one of so many commands.
const REMEMBERED: usize = 24;

pub(crate) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Task {
    running: Running,
    born: Timestamp,
    writes: bool,
}

/// A world in bad weather.
struct Storm {
    sim: Arc<Sim>,
    tasks: Vec<Task>,
    said: Vec<Said>,
    /// Of a thousand commands so many are unkind.
    unkind: u64,
    /// Whether another controller has an eye on the function.
    contested: bool,
}

/// Runs the world of a seed to its end, and says what was seen.
///
/// # Panics
/// When an invariant does not hold.
pub fn world(seed: u64) -> Sights {
    let sim = Arc::new(Sim::new(seed));
    let (unkind, contested) = sim.with(|state| {
        let unkind = [30, 100, 250][usize::try_from(state.rng.below(3)).unwrap_or(0)];
        if state.traffic.failing_from.or(state.traffic.slow_from).is_some() {
            state.saw(Sight::BadCandidate);
        }
        (unkind, state.rng.chance(100))
    });
    if seed.is_multiple_of(BEFORE) {
        before_the_storm(&sim);
    }
    let mut storm = Storm { sim, tasks: vec![], said: vec![], unkind, contested };
    for _ in 0..STEPS {
        storm.step();
    }
    storm.sim.with(|state| state.sights.saw_times(Sight::StepsInStorm, STEPS));
    storm.tasks.clear();
    calm(&storm.sim);
    storm.sim.with(|state| {
        if state.traffic.silent() > 0 {
            state.saw(Sight::NoPoints);
        }
        state.sights.clone()
    })
}

impl Storm {
    fn step(&mut self) {
        let roll = self.sim.with(|state| state.rng.below(1000));
        match roll {
            0..18 => self.spawn(0, Door::Evaluate, None),
            18..36 => self.spawn(0, Door::Advance, None),
            36..42 => self.spawn(0, Door::Probe, None),
            42..50 if self.contested => {
                let door = [Door::Evaluate, Door::Advance][usize::from(roll.is_multiple_of(2))];
                self.spawn(1, door, None);
            }
            50..70 => self.say(),
            70..75 => self.repeat(),
            75..78 => self.line(),
            78..88 => self.start(),
            88..118 => {
                self.sim.with(State::weather);
                // Most news is there before anybody has looked.
                if self.sim.with(|state| std::mem::take(&mut state.levels.fresh) && state.rng.chance(700)) {
                    self.ring();
                }
            }
            118..120 => {
                if let Some(spending) = levels::spend(&self.sim) {
                    self.push(Box::pin(spending), false);
                }
            }
            120..122 => {
                if let Some(paying) = levels::pay(&self.sim) {
                    self.push(Box::pin(paying), false);
                }
            }
            122 => {
                if let Some(settling) = levels::settle_late(&self.sim) {
                    self.push(Box::pin(settling), false);
                }
            }
            123..128 => self.ring(),
            128..200 => self.sim.with(|state| {
                let span = Span::millis(state.rng.below(60_000));
                state.pass(span);
            }),
            200..203 => self.kill(),
            203..220 => self.wake(),
            220 => {
                if let Some(telling) = logs::tell(&self.sim) {
                    self.push(Box::pin(telling), false);
                }
            }
            _ => self.poll(),
        }
    }

    fn push(&mut self, running: Running, writes: bool) {
        let born = self.sim.with(|state| state.now);
        self.tasks.push(Task { running, born, writes });
    }

    fn spawn(&mut self, store: usize, door: Door, id: Option<RolloutId>) {
        let port = Port::new(&self.sim, store, None);
        self.push(open(port, door, id), door == Door::Advance);
    }

    fn say(&mut self) {
        let store = usize::from(self.contested && self.sim.with(|state| state.rng.chance(200)));
        let unkind = self.unkind;
        let Some(said) = self.sim.with(|state| people::say(state, store, unkind)) else {
            return;
        };
        if self.said.len() >= REMEMBERED {
            self.said.remove(0);
        }
        self.said.push(said.clone());
        self.command(said);
    }

    /// A command arrives again: with the record that it had, with none, or with another.
    fn repeat(&mut self) {
        let Some(mut said) = self.sim.with(|state| state.rng.pick(&self.said).cloned()) else {
            return;
        };
        match self.sim.with(|state| state.rng.below(3)) {
            0 => said.record = None,
            1 => said.record = Some(self.sim.with(State::unique)),
            _ => {}
        }
        self.command(said);
    }

    fn command(&mut self, said: Said) {
        let writing = self.tasks.iter().any(|task| task.writes);
        if writing && matches!(said.command, Command::Abandon { .. }) && people::is_admin(said.by) {
            self.sim.with(|state| state.saw(Sight::R2));
        }
        let port = Port::new(&self.sim, said.store, said.names());
        self.push(Box::pin(tell(port, said)), false);
    }

    /// Somebody pulls the stop line, or lets go of a pull that they have seen, which may have been any before.
    fn line(&mut self) {
        let mut port = Port::new(&self.sim, 0, None);
        let (seen, by, roll) = self.sim.with(|state| {
            let State { books, rng, .. } = state;
            let late = rng.chance(100);
            let old = rng.pick(&books[0].pulls).cloned();
            let now = books[0].stop.as_ref().map(|line| line.id.clone());
            (if late { old } else { now }, if rng.chance(500) { "bob" } else { "cat" }, rng.below(100))
        });
        let pulled = seen.is_some();
        if let (Some(seen), 30..) = (seen, roll) {
            port.line = Some(seen.clone());
            self.push(Box::pin(let_go(port, "ann", seen)), false);
        } else if roll < if pulled { 10 } else { 30 } {
            let pull =
                async move { drop(doors::stop(&port, &people::actor(by), roll < 5, None, None).await) };
            self.push(Box::pin(pull), false);
        }
    }

    fn start(&mut self) {
        let (store, idle) = self.sim.with(|state| {
            let store = usize::from(self.contested && state.rng.chance(300));
            (store, state.books[store].active().is_none() && state.books[store].pages.len() < 3)
        });
        if idle {
            let port = Port::new(&self.sim, store, None);
            self.push(Box::pin(begin(port)), false);
        }
    }

    /// Somebody tells of an alarm, now or late or again.
    fn ring(&mut self) {
        let Some(news) = self.sim.with(State::news) else {
            return;
        };
        let mut port = Port::new(&self.sim, 0, None);
        port.news = Some(news.clone());
        self.push(Box::pin(hear(port, news)), true);
    }

    fn kill(&mut self) {
        if let Some((at, _)) = self.any() {
            drop(self.tasks.swap_remove(at));
            self.sim.with(|state| state.saw(Sight::Killed));
        }
    }

    fn wake(&mut self) {
        let woken = self.sim.with(|state| {
            let at = state.rng.below(state.woken.len() as u64);
            let at = usize::try_from(at).unwrap_or(0);
            (at < state.woken.len()).then(|| state.woken.swap_remove(at))
        });
        if let Some(woken) = woken {
            self.spawn(woken.store, woken.door, Some(woken.id));
        }
    }

    /// The place of one of the tasks, and the time.
    fn any(&self) -> Option<(usize, Timestamp)> {
        let count = self.tasks.len() as u64;
        let (at, now) = self.sim.with(|state| (state.rng.below(count), state.now));
        usize::try_from(at).ok().filter(|at| *at < self.tasks.len()).map(|at| (at, now))
    }

    fn poll(&mut self) {
        let Some((at, now)) = self.any() else {
            return;
        };
        if now.since(self.tasks[at].born) > LIFE {
            drop(self.tasks.swap_remove(at));
            self.sim.with(|state| state.saw(Sight::TimedOut));
            return;
        }
        let mut context = Context::from_waker(Waker::noop());
        if self.tasks[at].running.as_mut().poll(&mut context).is_ready() {
            drop(self.tasks.swap_remove(at));
        }
    }
}

/// A door, opened by a schedule or by a hint about one rollout.
pub(crate) fn open(port: Port, door: Door, id: Option<RolloutId>) -> Running {
    match (door, id) {
        (Door::Evaluate, None) => Box::pin(async move {
            if let Ok(round) = doors::evaluate(&port, Looks::Unseen).await {
                port.sim.with(|state| state.saw(Sight::H20));
                round.into_iter().for_each(|(id, turned)| fine(&port, &id, turned));
                port.sim.with(|state| state.check_counted(&port));
            }
        }),
        (Door::Evaluate, Some(id)) => Box::pin(async move {
            if let Ok(work) = port.work().await {
                let turned = doors::evaluate_one(&port, &id, work.stop, Looks::Unseen).await;
                fine(&port, &id, turned);
            }
        }),
        (Door::Advance, None) => Box::pin(async move {
            for (_, converged) in doors::advance(&port).await.unwrap_or_default() {
                legal(converged.err());
            }
        }),
        (Door::Advance, Some(id)) => Box::pin(async move {
            let converged = doors::advance_one(&port, &id).await;
            port.check_lowered_all();
            legal(converged.err());
        }),
        (Door::Probe, _) => Box::pin(async move {
            for (_, error) in doors::probe(&port).await.unwrap_or_default() {
                legal(Some(error));
            }
        }),
    }
}

pub(crate) async fn begin(port: Port) {
    let plan = port.sim.with(|state| state.next_plan(port.store));
    let by = if port.sim.with(|state| state.rng.chance(500)) { "ann" } else { "cat" };
    let why = Why { note: Some("once more".to_owned()), ..Why::default() };
    let started = doors::start(&port, plan, &people::actor(by), why).await;
    assert!(!matches!(started, Err(NotStarted::Illegal(_) | NotStarted::Plan(_))), "{started:?}");
}

/// Whoever brings the news brings it again while it has not landed.
async fn hear(port: Port, news: AlarmNews) {
    for _ in 0..NEWS_TOLD {
        let heard = doors::alarmed(&port, &news).await;
        let again = heard.is_open();
        if let Some(Away { halts: Ok(halts), .. }) = &heard.away {
            halts.iter().for_each(|(name, halted)| {
                port.sim.with(|state| state.check_halted(&port, name, &news, halted));
            });
        }
        for (_, alarmed) in heard.rollouts {
            if let Ok(Alarmed { turned: Turned::Held(Hold::Not(_)), .. }) = &alarmed {
                port.sim.with(|state| state.saw(Sight::NewsLate));
            }
            legal(alarmed.err());
        }
        if !again {
            return;
        }
    }
}

/// By an admin: nobody else may.
pub(crate) async fn let_go(port: Port, by: &'static str, seen: String) {
    if let Err(NotGone::Late { .. }) = doors::go(&port, &people::actor(by), &seen).await {
        port.sim.with(|state| state.saw(Sight::LineLate));
    }
}

pub(crate) async fn tell(port: Port, said: Said) {
    let actor = people::actor(said.by);
    let command = said.command.clone();
    let is_for_people = !matches!(command.right().needs, Needs::Known | Needs::Teller);
    let turned = doors::command(&port, &said.id, said.command, &actor, said.record.as_deref()).await;
    if is_for_people && actor.machine && turned.is_ok() {
        port.sim.with(|state| state.saw(Sight::MachineRaise));
    }
    if let Ok(Turned::Held(hold)) = &turned {
        port.sim.with(|state| state.refused(port.store, &actor.name, &command, hold));
    }
    legal(turned.err());
}

impl State {
    /// What is started next: now and then a drill, set off by an alarm or by nobody.
    fn next_plan(&mut self, store: usize) -> Arc<Plan> {
        let plan = &self.plans[store];
        let drill = match self.now.0 % DRILLS {
            0 => plan.drill(Some("burning")),
            1 => plan.drill(None),
            _ => return Arc::clone(plan),
        };
        Arc::new(drill.expect("the plans roll back on this alarm"))
    }

    /// A command changed nothing.
    fn refused(&mut self, store: usize, by: &str, command: &Command, hold: &Hold) {
        match (command, hold) {
            (Command::Approve { .. }, Hold::Late { .. }) => {
                self.saw(Sight::Late);
                let open = self.books[store].active().map(|page| &page.head.phase);
                if matches!(open, Some(Phase::Waiting { ask: Some(_), .. })) {
                    self.saw(Sight::H7);
                }
            }
            (_, Hold::Late { .. }) => self.saw(Sight::Late),
            (Command::Approve { .. }, Hold::Not(_)) => {
                let active = self.books[store].active();
                if active.is_some_and(|page| page.head.started_by == by && !page.plan.self_approval) {
                    self.saw(Sight::SelfApproval);
                }
            }
            (Command::RollBack { .. }, Hold::AlreadySo) => self.saw(Sight::N3),
            (Command::Signal { .. }, Hold::SaidJustNow { .. }) => self.saw(Sight::SaidTwice),
            (_, _) => {}
        }
    }
}

fn fine(port: &Port, id: &RolloutId, turned: Result<Turned, TurnError>) {
    if let Ok(Turned::Held(hold)) = &turned {
        port.sim.with(|state| state.check_capped(port, id, hold));
    }
    match turned {
        Ok(Turned::Held(Hold::Guardrail { .. })) => {
            port.sim.with(|state| state.held_by_guardrail(port.store));
        }
        Ok(Turned::Held(Hold::Frozen { .. })) => port.sim.with(|state| state.saw(Sight::Frozen)),
        Ok(_) => {}
        Err(error) => legal(Some(error)),
    }
}

/// A door may fail or hold, but no illegal fact is ever decided.
fn legal(error: Option<TurnError>) {
    assert!(!matches!(error, Some(TurnError::Illegal(_))), "{error:?}");
}
