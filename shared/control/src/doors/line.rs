//! The stop line: pulled by anybody, let go by an admin who has seen this very pull.

use crate::{
    ports::{LoadError, StopError, Store, Unavailable, Wake, World},
    turn::{Cue, turn},
};
use rollout::{
    decide::{Actor, GO, Trigger},
    evidence::StopLine,
    rollout::{Phase, Rollout, RolloutId},
    time::Timestamp,
};

/// Whoever loses so many races in a row has seen it pulled as often.
const PULLS_MAX: u32 = 100;

/// Pulls the stop line. The answer lists what was still rising when it was pulled. The same request pulls it once.
///
/// # Errors
/// [`Unavailable`].
pub async fn stop<P: Store + World + Wake>(
    ports: &P,
    actor: &Actor,
    roll_back: bool,
    note: Option<String>,
    once: Option<&str>,
) -> Result<Vec<RolloutId>, Unavailable> {
    pull(ports, actor, roll_back, note, once).await?;
    let mut rising = vec![];
    for id in ports.work().await?.active {
        if let Ok(loaded) = ports.load(&id).await
            && matches!(loaded.head.phase, Phase::Advancing { .. })
        {
            rising.push(id.clone());
        }
        ports.evaluate(&id);
    }
    Ok(rising)
}

/// Pulls it on top of whatever was pulled before: a second person must not undo what the first one asked for.
async fn pull<P: Store + World>(
    ports: &P,
    actor: &Actor,
    roll_back: bool,
    note: Option<String>,
    once: Option<&str>,
) -> Result<(), Unavailable> {
    // No pull comes twice, so that no late `go` is about it; which request it was is said before what is new in it.
    let of_request = once.map(|once| format!("{once}-")).unwrap_or_default();
    for _ in 0..PULLS_MAX {
        let earlier = ports.work().await?.stop;
        if once.is_some() && earlier.as_ref().is_some_and(|line| line.id.starts_with(&of_request)) {
            return Ok(());
        }
        let (id, by) = (format!("{of_request}{}", ports.unique()), actor.name.clone());
        let line = StopLine { id, by, at: ports.now(), roll_back, note: note.clone() };
        let line = match &earlier {
            Some(earlier) => line.on_top_of(earlier),
            None => line,
        };
        match ports.set_stop(earlier.as_ref(), Some(&line)).await {
            Ok(()) => return Ok(()),
            Err(StopError::Moved) => {}
            Err(StopError::Unavailable(why)) => return Err(why),
        }
    }
    Err(Unavailable(format!("others were faster to pull it, {PULLS_MAX} times in a row")))
}

/// Why the stop line was not let go.
#[derive(Debug, thiserror::Error)]
pub enum NotGone {
    /// Some rollouts have not yet seen that it was pulled.
    #[error("not yet recorded by {}: try again in a minute", list(.0))]
    Unseen(Vec<RolloutId>),
    /// Another pull than the one that was seen.
    #[error(
        "the stop line was pulled again, by {by} at {at}: nothing changed; look at it, then let go of that"
    )]
    Late {
        /// By whom.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// Who may not.
    #[error("{0}")]
    NoRight(String),
    /// A rollout cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

fn list(ids: &[RolloutId]) -> String {
    ids.iter().map(|id| id.0.as_str()).collect::<Vec<_>>().join(", ")
}

/// Lets the pull that was `seen` go, once every active rollout has recorded it; false when no line is pulled.
///
/// # Errors
/// [`NotGone`].
pub async fn go<P: Store + World + Wake>(ports: &P, actor: &Actor, seen: &str) -> Result<bool, NotGone> {
    if let Some(why) = GO.refuses(actor) {
        return Err(NotGone::NoRight(why));
    }
    loop {
        let work = ports.work().await?;
        let Some(line) = work.stop else {
            return Ok(false);
        };
        if line.id != seen {
            return Err(NotGone::Late { by: line.by, at: line.at });
        }
        let unseen = not_recorded_by(ports, &work.active, &line).await?;
        if !unseen.is_empty() {
            return Err(NotGone::Unseen(unseen));
        }
        match ports.set_stop(Some(&line), None).await {
            Ok(()) => {
                for id in &work.active {
                    // Said in the log by name. What fails here is recorded by the next tick, without one.
                    let cue = Cue { by: &actor.name, record: None };
                    let _ = turn(ports, id, &Trigger::LetGo, cue).await;
                    ports.evaluate(id);
                }
                return Ok(true);
            }
            // No pull comes twice: the next look finds another, or none.
            Err(StopError::Moved) => {}
            Err(StopError::Unavailable(why)) => return Err(why.into()),
        }
    }
}

async fn not_recorded_by<P: Store>(
    ports: &P,
    active: &[RolloutId],
    line: &StopLine,
) -> Result<Vec<RolloutId>, LoadError> {
    let mut unseen = vec![];
    for id in active {
        match ports.load(id).await {
            Ok(loaded) if has_seen(&loaded.head, line) => {}
            Ok(_) => unseen.push(id.clone()),
            // No door can read it either, so nothing of it rises.
            Err(LoadError::Missing(_) | LoadError::Unreadable { .. }) => {}
            Err(why @ LoadError::Unavailable(_)) => return Err(why),
        }
    }
    Ok(unseen)
}

/// Whether a rollout has done what the line asks of it. One that was given up does nothing any more.
fn has_seen(head: &Rollout, line: &StopLine) -> bool {
    if matches!(head.phase, Phase::Abandoning { .. }) {
        return true;
    }
    let going_back = matches!(
        head.phase,
        Phase::Lowering { to: None, .. } | Phase::Closing { standing: None, .. } | Phase::Over { .. }
    );
    head.stopped.is_some() && (!line.roll_back || going_back)
}
