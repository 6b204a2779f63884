//! The door that decides: each minute it looks at everything, and in between at whatever another door hints at.
//!
//! It may ask CloudWatch and never reads a function: environments hold secrets.

#![recursion_limit = "256"]

use aws::{
    account::{Account, Count},
    boot::{self, Watching},
    woken::Woken,
};
use control::{
    doors::{self, Looks},
    ports::{Store, World},
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let (stack, hands) = (boot::stack()?, boot::watching().await?);
    run(service_fn(|event| evaluate(&stack, &hands, event))).await
}

/// An error is tried again; what would fail again is told, and is none.
async fn evaluate(stack: &str, hands: &Watching, event: LambdaEvent<Value>) -> Result<(), Error> {
    let mut account = Account::default();
    let round = match Woken::read(&event.payload) {
        Ok(Woken::Clock) => {
            let round = doors::evaluate(hands, Looks::Kept).await?;
            account.count(Count::EvaluateTicks);
            round
        }
        Ok(Woken::Hint(id)) => {
            let stop = hands.work().await?.stop;
            let turned = doors::evaluate_one(hands, &id, stop, Looks::Unseen).await;
            vec![(id, turned)]
        }
        Err(unknown) => {
            tracing::error!(%unknown, "final");
            return Ok(());
        }
    };
    hands.send_hints().await;
    for (id, turned) in &round {
        account.turned(id, turned);
    }
    Ok(account.close(stack, hands.now())?)
}
