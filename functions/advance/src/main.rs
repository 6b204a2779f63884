//! The door that makes targets so: each minute it looks at all that has something pending, and in between at whatever
//! another door hints at.
//!
//! It may read and write the functions that are tagged for it, and never asks CloudWatch.

#![recursion_limit = "256"]

use aws::{
    boot::{self, Touching},
    woken::Woken,
};
use control::{
    converge::Converged,
    doors::{self, Round},
    turn::TurnError,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use std::time::Duration;

/// An update that is still settling is looked at so often...
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// ...and for so long: then the schedule goes on with it.
const LOOKS_MAX: u32 = 60;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let hands = boot::touching().await?;
    run(service_fn(|event| advance(&hands, event))).await
}

/// An error is tried again; what would fail again is told, and is none.
async fn advance(hands: &Touching, event: LambdaEvent<Value>) -> Result<(), Error> {
    let round = match Woken::read(&event.payload) {
        Ok(Woken::Clock) => doors::advance(hands).await?,
        Ok(Woken::Hint(id)) => {
            let mut converged = doors::advance_one(hands, &id).await;
            for _ in 0..LOOKS_MAX {
                if !matches!(converged, Ok(Converged::Pending(_) | Converged::Told)) {
                    break;
                }
                tokio::time::sleep(LOOK_EVERY).await;
                converged = doors::advance_one(hands, &id).await;
            }
            vec![(id, converged)]
        }
        Err(unknown) => {
            tracing::error!(%unknown, "final");
            return Ok(());
        }
    };
    hands.send_hints().await;
    tell(&round)
}

/// One line for each rollout that was looked at. One that fails stops no other, and has the door tried again.
fn tell(round: &Round<Converged>) -> Result<(), Error> {
    let mut failed = None;
    for (id, converged) in round {
        match converged {
            Ok(converged) => tracing::info!(rollout = %id, ?converged, "converged"),
            Err(error @ TurnError::Illegal(_)) => tracing::error!(rollout = %id, %error, "illegal"),
            Err(error) => {
                tracing::warn!(rollout = %id, %error, "retryable");
                failed = Some(format!("{id}: {error}"));
            }
        }
    }
    failed.map_or(Ok(()), |failed| Err(failed.into()))
}
