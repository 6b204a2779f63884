//! Waits for what was written: an update of a function takes its seconds.

use crate::hands::Hands;
use control::{
    converge::Converged,
    doors::{self, AlarmNews, Heard},
    ports::{Functions, Tagged},
    turn::TurnError,
};
use rollout::rollout::RolloutId;
use std::time::Duration;
use tokio::time::Instant;

/// An update that is still settling is looked at so often...
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// ...and for so long: then the schedule goes on with it.
const LOOKS_MAX: u32 = 60;
/// A halt that does not land is tried for so long: then the door fails, and is told again. It leaves the door the time to
/// look on until what was recorded is in effect.
const HALT_WITHIN: Duration = Duration::from_secs(60);

/// Makes the targets of a rollout say what it wants, and looks on until they do.
///
/// # Errors
/// [`TurnError`].
pub async fn settled<T: Functions>(hands: &Hands<T>, id: &RolloutId) -> Result<Converged, TurnError> {
    let mut converged = doors::advance_one(hands, id).await;
    for _ in 0..LOOKS_MAX {
        if !matches!(converged, Ok(Converged::Pending(_) | Converged::Told)) {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
        converged = doors::advance_one(hands, id).await;
    }
    converged
}

/// Takes news of an alarm in, again and again until what it halts is halted.
pub async fn heard<T: Functions + Tagged>(hands: &Hands<T>, news: &AlarmNews) -> Heard {
    let began = Instant::now();
    loop {
        let heard = doors::alarmed(hands, news).await;
        if !heard.is_open() || began.elapsed() >= HALT_WITHIN {
            return heard;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
