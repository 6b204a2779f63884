//! The door at which a rollout begins.

use crate::{
    messages::messages,
    ports::{LoadError, Loaded, Start, StartError, Store, Unavailable, Wake, World},
};
use rollout::{
    decide::Actor,
    event::Outcome,
    log::{Why, begin},
    plan::Plan,
    rollout::{Phase, RolloutId},
    units::Generation,
};
use std::sync::Arc;

/// Two starts of the same plan at once: the slower takes the next number.
const START_TRIES: u32 = 5;

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
    /// Something stands against it, and nobody says why it is started all the same.
    #[error("say why it is started all the same, with a note")]
    NoWord,
    /// No guardrail watches the alarm that it is started despite.
    #[error("no guardrail of this plan watches an alarm {0}: its alarms are {1}")]
    NoAlarm(String, String),
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

/// Starts a rollout of a plan under the plan's name and the next number. Which one went before it is found here.
///
/// # Errors
/// [`NotStarted`].
pub async fn start<P: Store + World + Wake>(
    ports: &P,
    plan: Arc<Plan>,
    actor: &Actor,
    why: Why,
) -> Result<RolloutId, NotStarted> {
    if actor.machine {
        return Err(NotStarted::Machine(actor.name.clone()));
    }
    insists(&why)?;
    let mut tries = 0;
    loop {
        tries += 1;
        let start = prepare(ports, &plan, actor, why.clone()).await?;
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

/// Whoever starts in spite of something says of what, and why.
fn insists(why: &Why) -> Result<(), NotStarted> {
    let insists = !why.despite.is_empty() || !why.passed_over.is_empty();
    if insists && !is_said(why.note.as_deref()) { Err(NotStarted::NoWord) } else { Ok(()) }
}

fn is_said(note: Option<&str>) -> bool {
    note.is_some_and(|note| !note.trim().is_empty())
}

async fn prepare<P: Store + World>(
    ports: &P,
    plan: &Arc<Plan>,
    actor: &Actor,
    why: Why,
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
    let after = taken_back(ports, plan, last, why.note.as_deref()).await?;
    let why = Why { after, drill: plan.drill, ..why };
    let (id, unique) = (named(plan, last.unwrap_or(0) + 1), ports.unique());
    let (entries, head) = begin(id, plan.hash()?, generation, why, &actor.name, ports.now(), &unique)?;
    let messages = messages(plan, &head, &entries)?;
    Ok(Start { plan: Arc::clone(plan), head, entries, messages, takes, id: unique })
}

/// The rollout before this one, if it was taken back: then somebody must say why it is started again. One that never began
/// changes nothing about the one before it, and no more does a drill: its way back was the point of it.
async fn taken_back<P: Store>(
    ports: &P,
    plan: &Plan,
    last: Option<u64>,
    note: Option<&str>,
) -> Result<Option<RolloutId>, NotStarted> {
    let before = if plan.drill { 0 } else { last.unwrap_or(0) };
    for number in (1..=before).rev() {
        let after = named(plan, number);
        let Loaded { plan, head } = match ports.load(&after).await {
            Ok(loaded) => loaded,
            Err(LoadError::Unavailable(why)) => return Err(why.into()),
            // What it came to is not known: nobody is asked about it.
            Err(LoadError::Missing(_) | LoadError::Unreadable { .. }) => return Ok(None),
        };
        if plan.drill {
            continue;
        }
        let Phase::Over { outcome, .. } = &head.phase else { return Ok(None) };
        match outcome {
            Outcome::Refused(_) => {}
            Outcome::RolledBack(cause) if !is_said(note) => {
                return Err(NotStarted::NoReason { after, why: cause.words(&plan) });
            }
            Outcome::RolledBack(_) => return Ok(Some(after)),
            Outcome::Completed | Outcome::Abandoned(_) => return Ok(None),
        }
    }
    Ok(None)
}

fn named(plan: &Plan, number: u64) -> RolloutId {
    RolloutId(format!("{}-{number}", plan.name))
}

/// The newest rollout of a plan.
fn last_number(name: &str, rollouts: &[RolloutId]) -> Option<u64> {
    let number = |id: &RolloutId| {
        let (plan, number) = id.0.rsplit_once('-')?;
        (plan == name).then(|| number.parse::<u64>().ok())?
    };
    rollouts.iter().filter_map(number).max()
}
