//! The door that makes targets so: each minute it looks at all that has something pending, and in between at whatever
//! another door hints at.
//!
//! It may read and write the functions that are tagged for it, and never asks CloudWatch.

#![recursion_limit = "256"]

use aws::{
    account::{Account, Count},
    boot::{self, Touching},
    scout,
    settle::settled,
    woken::Woken,
};
use control::{doors, finding::Finding, ports::World, preflight};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let (stack, hands) = (boot::stack()?, boot::touching().await?);
    run(service_fn(|event| advance(&stack, &hands, event))).await
}

/// An error is tried again; what would fail again is told, and is none. Whoever asks for a look is answered what was found.
async fn advance(stack: &str, hands: &Touching, event: LambdaEvent<Value>) -> Result<Vec<Finding>, Error> {
    if let Some(plan) = scout::asked(&event.payload) {
        return Ok(preflight::targets(hands, &plan).await);
    }
    let mut account = Account::default();
    let round = match Woken::read(&event.payload) {
        Ok(Woken::Clock) => {
            let round = doors::advance(hands).await?;
            account.count(Count::AdvanceTicks);
            round
        }
        Ok(Woken::Hint(id)) => {
            let converged = settled(hands, &id).await;
            vec![(id, converged)]
        }
        Err(unknown) => {
            tracing::error!(%unknown, "final");
            return Ok(vec![]);
        }
    };
    hands.send_hints().await;
    for (id, converged) in &round {
        account.converged(id, converged);
    }
    account.close(stack, hands.now())?;
    Ok(vec![])
}
