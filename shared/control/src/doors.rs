//! One function a door. They differ in what wakes them and in what they may touch, never in what they know.

mod alarms;
mod checks;
mod cost;
mod halts;
mod line;
mod meter;
mod reserve;
mod start;
#[cfg(test)]
mod tests;

pub use alarms::{AlarmNews, Alarmed, Away, Heard, NewState, alarmed};
pub use checks::{probe, probe_one};
pub use cost::dollars;
pub use halts::{Halted, Halts};
pub use line::{NotGone, go, stop};
pub use meter::{Line, Lines, Metered, meter};
pub use reserve::{LASTS, NotHeld, Reserved, Wanted, release, reserve, settle};
pub use start::{NotStarted, begun, start};

use crate::{
    converge::{Converged, converge},
    levels,
    ports::{Alarms, Functions, LoadError, Loaded, Look, Metrics, Store, Unavailable, Wake, World},
    turn::{Cue, TurnError, Turned, turn, turn_once},
};
use rollout::{
    decide::{Actor, Command, Trigger, due_checks, scope},
    evidence::{Answer, StopLine},
    gather::{Foreseen, Questions, Scope, questions, questions_beside},
    levels::Levels,
    rollout::{Phase, RolloutId},
    time::{Span, Timestamp},
};

/// Targets that say what they must are read this often: Lambda's control plane is shared with everybody's deploys.
const QUIET_SWEEP: Span = Span::minutes(5);
/// People may look at figures that are at most so old.
const LOOK_EVERY: Span = Span::minutes(5);

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

/// One tick over everything, also over what has completed and goes on spending.
///
/// # Errors
/// [`Unavailable`] when not even the list of work can be read.
pub async fn evaluate<P: Store + Metrics + Alarms + World + Wake>(
    ports: &P,
    looks: Looks<'_>,
) -> Result<Round<Turned>, Unavailable> {
    let work = ports.work().await?;
    Ok(evaluate_all(ports, work.rollouts(), work.stop, looks).await)
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
    let names = seeing.iter().flat_map(|seen| seen.asked.alarms()).map(|(_, name)| name);
    let alarms = levels::alarms(ports, names).await;
    let all: Vec<_> = seeing.iter().map(|seen| (seen.loaded, &seen.asked)).collect();
    let windows = levels::windows(ports, &all).await;
    for (((seen, answers), windows), (id, _)) in seeing.into_iter().zip(answers).zip(windows).zip(&loaded) {
        let mut levels = levels::of(&seen.asked, windows, &alarms);
        meter::count_owed(ports, seen.loaded, &seen.asked, &answers, &mut levels).await;
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
