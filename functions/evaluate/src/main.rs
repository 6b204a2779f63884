//! The door that decides: each minute it looks at everything, and in between at whatever another door hints at.
//!
//! It may ask CloudWatch and never reads a function: environments hold secrets.

#![recursion_limit = "256"]

use aws::{
    boot::{self, Watching},
    woken::Woken,
};
use control::{
    doors::{self, Looks, Round},
    ports::Store,
    turn::{TurnError, Turned},
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use rollout::rollout::RolloutId;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let hands = boot::watching().await?;
    run(service_fn(|event| evaluate(&hands, event))).await
}

/// An error is tried again; what would fail again is told, and is none.
async fn evaluate(hands: &Watching, event: LambdaEvent<Value>) -> Result<(), Error> {
    let round = match Woken::read(&event.payload) {
        Ok(Woken::Clock) => doors::evaluate(hands, Looks::Kept).await?,
        Ok(Woken::Hint(id)) => one(hands, id).await?,
        Err(unknown) => {
            tracing::error!(%unknown, "final");
            return Ok(());
        }
    };
    hands.send_hints().await;
    tell(&round)
}

async fn one(hands: &Watching, id: RolloutId) -> Result<Round<Turned>, Error> {
    let stop = hands.work().await?.stop;
    let turned = doors::evaluate_one(hands, &id, stop, Looks::Unseen).await;
    Ok(vec![(id, turned)])
}

/// One line a turn. One that fails stops no other, and has the door tried again.
fn tell(round: &Round<Turned>) -> Result<(), Error> {
    let mut failed = None;
    for (id, turned) in round {
        match turned {
            Ok(Turned::Recorded(events, head)) => {
                let events: Vec<&str> = events.iter().map(|event| event.name()).collect();
                tracing::info!(rollout = %id, version = head.version.0, hash = %head.hash, ?events, "recorded");
            }
            Ok(Turned::Held(hold)) => tracing::info!(rollout = %id, ?hold, "held"),
            Ok(Turned::Duplicate) => tracing::info!(rollout = %id, "taken in before"),
            Err(error @ TurnError::Illegal(_)) => tracing::error!(rollout = %id, %error, "illegal"),
            Err(error) => {
                tracing::warn!(rollout = %id, %error, "retryable");
                failed = Some(format!("{id}: {error}"));
            }
        }
    }
    failed.map_or(Ok(()), |failed| Err(failed.into()))
}
