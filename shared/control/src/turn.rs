//! One turn: load, decide, commit. Losing the race means deciding again with the new truth.

use crate::{
    messages::messages,
    ports::{Commit, CommitError, Listing, LoadError, Loaded, Store, Unavailable, World},
};
use rollout::{
    decide::{Decision, Hold, Trigger, decide},
    event::Event,
    log::{AppendError, append},
    rollout::{Rollout, RolloutId},
};
use std::sync::Arc;

/// A turn that loses so many races in a row gives up; the next tick goes on.
const RACES_MAX: u32 = 8;

/// What a turn came to.
#[derive(Debug)]
pub enum Turned {
    /// These facts were recorded, and this is the head after them.
    Recorded(Vec<Event>, Arc<Rollout>),
    /// Nothing was, and why.
    Held(Hold),
    /// This trigger has been taken in before.
    Duplicate,
}

/// Why a turn failed. It may be tried again, but for [`TurnError::Illegal`].
#[derive(Debug, thiserror::Error)]
pub enum TurnError {
    /// The rollout cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// Other doors were faster, again and again.
    #[error("{RACES_MAX} races lost in a row")]
    Contended,
    /// A fact was decided that cannot follow: a bug.
    #[error(transparent)]
    Illegal(#[from] AppendError),
}

/// Who set off a turn, and what makes it count only once.
#[derive(Clone, Copy, Debug)]
pub struct Cue<'a> {
    /// By the word of whom.
    pub by: &'a str,
    /// The id of a report or a command that counts once.
    pub record: Option<&'a str>,
}

impl<'a> Cue<'a> {
    /// A door's own doing.
    pub fn door(name: &'a str) -> Cue<'a> {
        Cue { by: name, record: None }
    }
}

/// Takes a turn of a rollout that is loaded for it, again from the start when another door was faster.
///
/// # Errors
/// [`TurnError`].
pub async fn turn<P: Store + World>(
    ports: &P,
    id: &RolloutId,
    trigger: &Trigger,
    cue: Cue<'_>,
) -> Result<Turned, TurnError> {
    for _ in 0..RACES_MAX {
        let loaded = ports.load(id).await?;
        if let Some(turned) = attempt(ports, &loaded, trigger, cue).await? {
            return Ok(turned);
        }
    }
    Err(TurnError::Contended)
}

/// Takes a turn on the evidence that was gathered for exactly this head; never again on old evidence.
///
/// # Errors
/// [`TurnError`].
pub async fn turn_once<P: Store + World>(
    ports: &P,
    loaded: &Loaded,
    trigger: &Trigger,
    cue: Cue<'_>,
) -> Result<Turned, TurnError> {
    let turned = attempt(ports, loaded, trigger, cue).await?;
    Ok(turned.unwrap_or(Turned::Held(Hold::Stale)))
}

/// One try; `None` when another door moved the head first.
async fn attempt<P: Store + World>(
    ports: &P,
    loaded: &Loaded,
    trigger: &Trigger,
    cue: Cue<'_>,
) -> Result<Option<Turned>, TurnError> {
    let now = ports.now().max(loaded.head.updated);
    let events = match decide(&loaded.plan, &loaded.head, trigger, now) {
        Decision::Hold(hold) => return Ok(Some(Turned::Held(hold))),
        Decision::Record(events) => events,
    };
    let id = ports.unique();
    let raises = events.iter().any(raises);
    let (entries, head) = append(&loaded.head, events, cue.by, now, &id)?;
    let messages = messages(&loaded.plan, &loaded.head, &entries, &head)?;
    // Once: afterwards they may be somebody else's.
    let ends = head.is_over() && !loaded.head.is_over();
    let targets = loaded.plan.targets.iter().filter(|_| ends);
    let frees = targets.map(|target| target.held_as().to_owned()).collect();
    let commit = Commit {
        seen: loaded.head.version,
        entries,
        messages,
        listing: Listing::of(&loaded.plan, &head),
        head: Arc::new(head),
        record: cue.record.map(str::to_owned),
        raises,
        frees,
        id,
    };
    match ports.commit(&commit).await {
        Ok(()) => {
            let events = commit.entries.into_iter().map(|entry| entry.event).collect();
            Ok(Some(Turned::Recorded(events, commit.head)))
        }
        Err(CommitError::Lost) => Ok(None),
        Err(CommitError::Duplicate) => Ok(Some(Turned::Duplicate)),
        Err(CommitError::Stopped) => {
            Ok(Some(Turned::Held(Hold::StopLine { by: "somebody just now".to_owned() })))
        }
        Err(CommitError::Unavailable(why)) => Err(why.into()),
    }
}

/// Whether a fact can lead to more exposure than there was: such a commit is refused while the stop line is pulled.
fn raises(event: &Event) -> bool {
    matches!(event, Event::Promoted { .. } | Event::Enabled { .. } | Event::Resumed { .. })
}
