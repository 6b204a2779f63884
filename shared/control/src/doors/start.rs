//! The door at which a rollout begins.

use crate::{
    at_once::{at_once, both},
    messages::messages,
    ports::{LoadError, Loaded, Start, StartError, Store, Unavailable, Wake, World},
};
use rollout::{
    decide::{Actor, START},
    event::{Event, Outcome},
    log::{Entry, Why, begin},
    plan::Plan,
    rollout::{Phase, RolloutId},
    units::{Generation, Version},
};
use std::sync::Arc;

/// Two starts of the same plan at once: the slower takes the next number.
const START_TRIES: u32 = 5;
/// So many rollouts of a plan are looked at for a request that is sent again.
const REMEMBERED: usize = 10;

/// Why a rollout did not start.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The store refused it.
    #[error(transparent)]
    Refused(#[from] StartError),
    /// Who may not.
    #[error("{0}")]
    NoRight(String),
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
    if let Some(why) = START.refuses(actor) {
        return Err(NotStarted::NoRight(why));
    }
    insists(&why)?;
    let mut tries = 0;
    loop {
        tries += 1;
        if let Some(id) = begun(ports, &plan, why.once.as_deref()).await? {
            return Ok(id);
        }
        match attempt(ports, &plan, actor, why.clone()).await {
            Ok(id) => return Ok(id),
            Err(NotStarted::Refused(StartError::Exists | StartError::Raced)) if tries < START_TRIES => {}
            // The same request, sent twice at once, is held up by what it has started itself.
            Err(refused) => {
                let begun = begun(ports, &plan, why.once.as_deref()).await;
                return begun.ok().flatten().ok_or(refused);
            }
        }
    }
}

async fn attempt<P: Store + World + Wake>(
    ports: &P,
    plan: &Arc<Plan>,
    actor: &Actor,
    why: Why,
) -> Result<RolloutId, NotStarted> {
    let start = prepare(ports, plan, actor, why).await?;
    ports.start(&start).await?;
    ports.advance(&start.head.id);
    Ok(start.head.id)
}

/// The rollout that the same request has started before.
///
/// # Errors
/// [`Unavailable`].
pub async fn begun<P: Store>(
    ports: &P,
    plan: &Plan,
    once: Option<&str>,
) -> Result<Option<RolloutId>, Unavailable> {
    let Some(once) = once else { return Ok(None) };
    let last = last_number(&plan.name, &ports.rollouts().await?).unwrap_or(0);
    for number in (1..=last).rev().take(REMEMBERED) {
        let id = named(plan, number);
        let first = ports.entries(&id, Version(0), 1).await?;
        let is_ours =
            |entry: &Entry| matches!(&entry.event, Event::Started { once: Some(known), .. } if known == once);
        if first.first().is_some_and(is_ours) {
            return Ok(Some(id));
        }
    }
    Ok(None)
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
    let locks = at_once(plan.targets.iter().map(|target| ports.lock(target.held_as())));
    let (locks, rollouts) = both(locks, ports.rollouts()).await;
    let mut takes = vec![];
    for (target, lock) in plan.targets.iter().zip(locks) {
        let lock = lock?;
        if let Some(holder) = lock.holder {
            return Err(StartError::Held { function: target.function.clone(), holder }.into());
        }
        takes.push((target.held_as().to_owned(), lock.generation));
    }
    let generation = takes.iter().map(|(_, generation)| *generation).max().unwrap_or(Generation(0));
    let last = last_number(&plan.name, &rollouts?);
    let after = taken_back(ports, plan, last, why.note.as_deref()).await?;
    let why = Why { after, drill: plan.drill, ..why };
    let (id, unique) = (named(plan, last.unwrap_or(0) + 1), ports.unique());
    let (entries, head) = begin(id, plan.hash()?, generation, why, &actor.name, ports.now(), &unique)?;
    let messages = messages(plan, &head, &entries, &head)?;
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
