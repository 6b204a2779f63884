//! Waits for what was written: an update of a function takes its seconds.

use crate::boot::Touching;
use control::{converge::Converged, doors, turn::TurnError};
use rollout::rollout::RolloutId;
use std::time::Duration;

/// An update that is still settling is looked at so often...
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// ...and for so long: then the schedule goes on with it.
const LOOKS_MAX: u32 = 60;

/// Makes the targets of a rollout say what it wants, and looks on until they do.
///
/// # Errors
/// [`TurnError`].
pub async fn settled(hands: &Touching, id: &RolloutId) -> Result<Converged, TurnError> {
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
