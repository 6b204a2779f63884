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

/// An update that is still settling is looked at after so long, and after twice as long each time...
const FIRST_LOOK: Duration = Duration::from_millis(50);
/// ...up to this...
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// ...and for so long: then the schedule goes on with it.
const LOOK_FOR: Duration = Duration::from_secs(30);
/// A halt that does not land is tried for so long: then the door fails, and is told again. It leaves the door the time to
/// look on until what was recorded is in effect.
const HALT_WITHIN: Duration = Duration::from_secs(60);

/// Makes the targets of a rollout say what it wants, and looks on until they do.
///
/// # Errors
/// [`TurnError`].
pub async fn settled<T: Functions>(hands: &Hands<T>, id: &RolloutId) -> Result<Converged, TurnError> {
    let (began, mut wait) = (Instant::now(), FIRST_LOOK);
    loop {
        let converged = doors::advance_one(hands, id).await;
        let goes_on = matches!(converged, Ok(Converged::Pending(_) | Converged::Told));
        if !goes_on || began.elapsed() >= LOOK_FOR {
            return converged;
        }
        // What was decided just now is there to be done; what was written has its time.
        wait = if matches!(converged, Ok(Converged::Told)) { FIRST_LOOK } else { wait };
        tokio::time::sleep(wait).await;
        wait = LOOK_EVERY.min(wait * 2);
    }
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
