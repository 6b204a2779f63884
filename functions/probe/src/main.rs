//! The door that tries what checks say, and keeps what came of it.
//!
//! It calls strangers, so it writes to partitions of its own, and never to a rollout: evaluate takes its results in.

#![recursion_limit = "256"]

use aws::{
    account::Account,
    boot::{self, Probing},
    woken::Woken,
};
use control::{doors, ports::World};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let (stack, hands) = (boot::stack()?, boot::probing().await?);
    run(service_fn(|event| probe(&stack, &hands, event))).await
}

/// An error is told, and the next minute's hint tries again; what is nobody's is none.
async fn probe(stack: &str, hands: &Probing, event: LambdaEvent<Value>) -> Result<(), Error> {
    let mut account = Account::default();
    match Woken::read(&event.payload) {
        Ok(Woken::Hint(id)) => match doors::probe_one(hands, &id).await {
            Ok(()) => tracing::info!(rollout = %id, "tried what is due"),
            Err(error) => account.erred(&id, &error),
        },
        Ok(Woken::Clock) => {
            for (id, error) in doors::probe(hands).await? {
                account.erred(&id, &error);
            }
        }
        Err(unknown) => tracing::error!(%unknown, "final"),
    }
    hands.send_hints().await;
    Ok(account.close(stack, hands.now())?)
}
