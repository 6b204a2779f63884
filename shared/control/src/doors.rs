//! One function a door. They differ in what wakes them and in what they may touch, never in what they know.

mod alarms;
mod checks;
mod halts;
mod line;
mod meter;
mod reserve;
#[cfg(test)]
mod tests;

pub use alarms::{AlarmNews, Alarmed, Away, Heard, NewState, alarmed};
pub use checks::{probe, probe_one};
pub use halts::{Halted, Halts};
pub use line::{NotGone, go, stop};
pub use meter::{Line, Lines, Metered, dollars, meter};
pub use reserve::{LASTS, NotHeld, Reserved, Wanted, release, reserve, settle};

use crate::{
    converge::{Converged, converge},
    levels,
    messages::messages,
    ports::{
        Alarms, Functions, LoadError, Loaded, Look, Metrics, Start, StartError, Store, Unavailable, Wake,
        World,
    },
    turn::{Cue, TurnError, Turned, turn, turn_once},
};
use rollout::{
    decide::{Actor, Command, Trigger, due_checks, scope},
    event::Outcome,
    evidence::{Answer, StopLine},
    gather::{Foreseen, Questions, Scope, questions, questions_beside},
    levels::Levels,
    log::{Why, begin},
    plan::Plan,
    rollout::{Phase, RolloutId},
    time::{Span, Timestamp},
    units::Generation,
};
use std::sync::Arc;

/// Targets that say what they must are read this often: Lambda's control plane is shared with everybody's deploys.
const QUIET_SWEEP: Span = Span::minutes(5);
/// People may look at figures that are at most so old.
const LOOK_EVERY: Span = Span::minutes(5);
/// Two starts of the same plan at once: the slower takes the next number.
const START_TRIES: u32 = 5;

/// Whether somebody looks at the figures between decisions.
#[derive(Clone, Copy, Debug)]
pub enum Looks<'a> {
    /// Keep them for people, every few minutes.
    Kept,
    /// Nobody looks.
    Unseen,
    /// Somebody looks this once: every door is asked.
    Once,
    /// Nobody looks, and of some guardrails it is known what they come to: a simulation.
    Foreseen(&'a Foreseen),
}

/// What came of each rollout that a tick looked at. One that fails stops no other.
pub type Round<T> = Vec<(RolloutId, Result<T, TurnError>)>;

/// One tick over everything.
///
/// # Errors
/// [`Unavailable`] when not even the list of work can be read.
pub async fn evaluate<P: Store + Metrics + Alarms + World + Wake>(
    ports: &P,
    looks: Looks<'_>,
) -> Result<Round<Turned>, Unavailable> {
    let work = ports.work().await?;
    Ok(evaluate_all(ports, work.active, work.stop, looks).await)
}

/// Gathers the evidence of one rollout and takes a turn on it.
///
/// # Errors
/// [`TurnError`].
pub async fn evaluate_one<P: Store + Metrics + Alarms + World + Wake>(
    ports: &P,
    id: &RolloutId,
    stop: Option<StopLine>,
    looks: Looks<'_>,
) -> Result<Turned, TurnError> {
    let missing = || Err(LoadError::Missing(id.clone()).into());
    let round = evaluate_all(ports, vec![id.clone()], stop, looks).await;
    // Its own turn comes last; a failure before that is worth more.
    let worst = |first: Result<_, _>, next| if first.is_err() { first } else { next };
    round.into_iter().map(|(_, turned)| turned).reduce(worst).unwrap_or_else(missing)
}

/// What all of them want to know is asked at once; then each takes its turn.
async fn evaluate_all<P: Store + Metrics + Alarms + World + Wake>(
    ports: &P,
    ids: Vec<RolloutId>,
    stop: Option<StopLine>,
    looks: Looks<'_>,
) -> Round<Turned> {
    let mut round = Vec::with_capacity(ids.len());
    let mut loaded = Vec::with_capacity(ids.len());
    let found = ports.load_all(&ids).await;
    for (id, found) in ids.into_iter().zip(found) {
        match found {
            Ok(mut found) => {
                let taken = checks::take_in(ports, &mut found).await;
                round.extend(taken.into_iter().map(|taken| (id.clone(), taken)));
                loaded.push((id, found));
            }
            Err(error) => round.push((id, Err(error.into()))),
        }
    }
    let seeing: Vec<Seeing<'_>> =
        loaded.iter().map(|(_, loaded)| Seeing::of(loaded, ports.now(), looks)).collect();
    let batches: Vec<_> =
        seeing.iter().map(|seen| (&*seen.loaded.plan, seen.asked.queries.as_slice())).collect();
    let answers = ports.ask_all(&batches).await;
    let alarms = levels::alarms(ports, seeing.iter().flat_map(|seen| &seen.asked.alarms).copied()).await;
    let all: Vec<_> = seeing.iter().map(|seen| (seen.loaded, &seen.asked)).collect();
    let windows = levels::windows(ports, &all).await;
    for (((seen, answers), windows), (id, _)) in seeing.into_iter().zip(answers).zip(windows).zip(&loaded) {
        let levels = levels::of(&seen.asked, windows, &alarms);
        let turned = seen.turn(ports, id, &answers, levels, stop.clone()).await;
        round.push((id.clone(), turned));
    }
    round
}

/// A rollout, and what must be known to decide about it.
struct Seeing<'a> {
    loaded: &'a Loaded,
    asked: Questions<'a>,
    now: Timestamp,
    /// People look at it, too.
    is_looked_at: bool,
}

impl<'a> Seeing<'a> {
    fn of(loaded: &'a Loaded, now: Timestamp, looks: Looks<'_>) -> Seeing<'a> {
        let now = now.max(loaded.head.updated);
        let Loaded { plan, head, .. } = loaded;
        let is_due = now.floor(LOOK_EVERY) == now.floor(Span::minutes(1));
        let is_looked_at = matches!(looks, Looks::Kept) && is_due;
        let all = is_looked_at || matches!(looks, Looks::Once);
        let scope = if all { Scope::Doors } else { scope(plan, head, now) };
        let asked = match looks {
            Looks::Foreseen(foreseen) => questions_beside(plan, head, now, scope, foreseen),
            Looks::Kept | Looks::Unseen | Looks::Once => questions(plan, head, now, scope),
        };
        Seeing { loaded, asked, now, is_looked_at }
    }

    async fn turn<P: Store + World + Wake>(
        self,
        ports: &P,
        id: &RolloutId,
        answers: &[Answer],
        levels: Levels,
        stop: Option<StopLine>,
    ) -> Result<Turned, TurnError> {
        let Seeing { loaded, asked, now, is_looked_at } = self;
        let evidence = asked.with_levels(asked.reduce(answers, stop), levels);
        if is_looked_at {
            // Whoever cannot be shown the figures is protected all the same.
            drop(ports.put_look(id, &Look::of(&evidence, now)).await);
        }
        let turned =
            turn_once(ports, loaded, &Trigger::Tick(Box::new(evidence)), Cue::door("evaluate")).await?;
        if !due_checks(&loaded.plan, &loaded.head, now).is_empty() {
            ports.probe(id);
        }
        hint(ports, id, &turned);
        Ok(turned)
    }
}

/// Whoever has something to do after a turn is woken; a hint that is lost costs a minute.
fn hint<P: Wake>(ports: &P, id: &RolloutId, turned: &Turned) {
    if let Turned::Recorded(_, head) = turned {
        if head.in_effect() && !matches!(head.phase, Phase::Starting) {
            ports.evaluate(id);
        } else {
            ports.advance(id);
        }
    }
}

/// One tick over every target that has something pending, and now and then over those that have not.
///
/// # Errors
/// [`Unavailable`] when not even the list of work can be read.
pub async fn advance<P: Store + Functions + World + Wake>(
    ports: &P,
) -> Result<Round<Converged>, Unavailable> {
    let mut round = vec![];
    let active = ports.work().await?.active;
    let loaded = ports.load_all(&active).await;
    for (id, loaded) in active.into_iter().zip(loaded) {
        let converged = match loaded {
            Ok(loaded) if !is_due(&loaded, ports.now()) => continue,
            Ok(_) => advance_one(ports, &id).await,
            Err(error) => Err(error.into()),
        };
        round.push((id, converged));
    }
    Ok(round)
}

/// Makes the targets of one rollout say what it wants.
///
/// # Errors
/// [`TurnError`].
pub async fn advance_one<P: Store + Functions + World + Wake>(
    ports: &P,
    id: &RolloutId,
) -> Result<Converged, TurnError> {
    let converged = converge(ports, id).await?;
    if matches!(converged, Converged::Told) {
        ports.advance(id);
    }
    Ok(converged)
}

fn is_due(loaded: &Loaded, now: Timestamp) -> bool {
    let pending = matches!(loaded.head.phase, Phase::Starting) || !loaded.head.in_effect();
    pending || now.floor(QUIET_SWEEP) == now.floor(Span::minutes(1))
}

/// What somebody wants of a rollout. A command whose id was seen before changes nothing.
///
/// # Errors
/// [`TurnError`].
pub async fn command<P: Store + World + Wake>(
    ports: &P,
    id: &RolloutId,
    command: Command,
    actor: &Actor,
    record: Option<&str>,
) -> Result<Turned, TurnError> {
    let cue = Cue { by: &actor.name, record };
    let turned = turn(ports, id, &Trigger::Command(command, actor.clone()), cue).await?;
    hint(ports, id, &turned);
    Ok(turned)
}

/// Why a rollout did not start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The store refused it.
    #[error(transparent)]
    Refused(#[from] StartError),
    /// A machine may not.
    #[error("{0} is a machine: it may not start a rollout")]
    Machine(String),
    /// The first entry cannot be made.
    #[error(transparent)]
    Illegal(#[from] rollout::log::AppendError),
    /// The plan cannot be named.
    #[error("the plan cannot be written as JSON: {0}")]
    Plan(#[from] serde_json::Error),
    /// Its last rollout was taken back, and nobody says what is different now.
    #[error("{after} was taken back ({why}): say why it is started again, with a note")]
    NoReason {
        /// The rollout before it.
        after: RolloutId,
        /// What had it taken back.
        why: String,
    },
}

impl From<Unavailable> for NotStarted {
    fn from(why: Unavailable) -> NotStarted {
        NotStarted::Refused(why.into())
    }
}

/// Starts a rollout of a plan under the plan's name and the next number.
///
/// # Errors
/// [`NotStarted`].
pub async fn start<P: Store + World + Wake>(
    ports: &P,
    plan: Arc<Plan>,
    actor: &Actor,
    note: Option<String>,
) -> Result<RolloutId, NotStarted> {
    if actor.machine {
        return Err(NotStarted::Machine(actor.name.clone()));
    }
    let mut tries = 0;
    loop {
        tries += 1;
        let start = prepare(ports, &plan, actor, note.clone()).await?;
        match ports.start(&start).await {
            Ok(()) => {
                ports.advance(&start.head.id);
                return Ok(start.head.id);
            }
            Err(StartError::Exists | StartError::Raced) if tries < START_TRIES => {}
            Err(why) => return Err(why.into()),
        }
    }
}

async fn prepare<P: Store + World>(
    ports: &P,
    plan: &Arc<Plan>,
    actor: &Actor,
    note: Option<String>,
) -> Result<Start, NotStarted> {
    let mut takes = vec![];
    for target in &plan.targets {
        let lock = ports.lock(target.held_as()).await?;
        if let Some(holder) = lock.holder {
            return Err(StartError::Held { function: target.function.clone(), holder }.into());
        }
        takes.push((target.held_as().to_owned(), lock.generation));
    }
    let generation = takes.iter().map(|(_, generation)| *generation).max().unwrap_or(Generation(0));
    let last = last_number(&plan.name, &ports.rollouts().await?);
    let named = |number: u64| RolloutId(format!("{}-{number}", plan.name));
    let why = Why { after: taken_back(ports, last.map(named), note.as_deref()).await?, note };
    let (id, unique) = (named(last.unwrap_or(0) + 1), ports.unique());
    let (entries, head) = begin(id, plan.hash()?, generation, why, &actor.name, ports.now(), &unique)?;
    let messages = messages(plan, &head, &entries)?;
    Ok(Start { plan: Arc::clone(plan), head, entries, messages, takes, id: unique })
}

/// The rollout before this one, if it was taken back: then somebody must say why it is started again.
async fn taken_back<P: Store>(
    ports: &P,
    last: Option<RolloutId>,
    note: Option<&str>,
) -> Result<Option<RolloutId>, NotStarted> {
    let Some(after) = last else { return Ok(None) };
    let Loaded { plan, head } = match ports.load(&after).await {
        Ok(loaded) => loaded,
        Err(LoadError::Unavailable(why)) => return Err(why.into()),
        // What it came to is not known: nobody is asked about it.
        Err(LoadError::Missing(_) | LoadError::Unreadable { .. }) => return Ok(None),
    };
    let Phase::Over { outcome: Outcome::RolledBack(cause), .. } = &head.phase else { return Ok(None) };
    if note.is_none_or(|note| note.trim().is_empty()) {
        return Err(NotStarted::NoReason { after, why: cause.words(&plan) });
    }
    Ok(Some(after))
}

/// The newest rollout of a plan.
fn last_number(name: &str, rollouts: &[RolloutId]) -> Option<u64> {
    let number = |id: &RolloutId| {
        let (plan, number) = id.0.rsplit_once('-')?;
        (plan == name).then(|| number.parse::<u64>().ok())?
    };
    rollouts.iter().filter_map(number).max()
}
