//! The door that an alarm rings at: what watches it acts, and the targets are written before anybody else is woken.
//!
//! It may read and write the functions that are tagged for it, and never asks CloudWatch.

#![recursion_limit = "256"]

use aws::{
    account::Account,
    alarm::{self, NotNews},
    boot::{self, Touching},
    settle::settled,
};
use control::{
    converge::Converged,
    doors::{self, AlarmNews, NewState},
    ports::World,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let (stack, hands) = (boot::stack()?, boot::touching().await?);
    run(service_fn(|event| rollback(&stack, &hands, event))).await
}

/// An error is tried again, and ends where somebody is paged; what is nobody's is told, and is none.
async fn rollback(stack: &str, hands: &Touching, event: LambdaEvent<Value>) -> Result<(), Error> {
    let all = match alarm::read(&event.payload) {
        Ok(all) => all,
        Err(unknown @ NotNews::Unknown(_)) => {
            tracing::error!(%unknown, "final");
            return Ok(());
        }
        Err(broken @ NotNews::Broken { .. }) => return Err(broken.into()),
    };
    let mut account = Account::default();
    for news in &all {
        hear(hands, news, &mut account).await?;
    }
    Ok(account.close(stack, hands.now())?)
}

async fn hear(hands: &Touching, news: &AlarmNews, account: &mut Account) -> Result<(), Error> {
    let AlarmNews { name, arn, state, at } = news;
    if *state != NewState::Ringing {
        tracing::info!(alarm = name, arn, ?state, %at, "it does not ring: nothing to do");
        return Ok(());
    }
    let heard = doors::alarmed(hands, news).await?;
    tracing::info!(alarm = name, arn, %at, rollouts = heard.len(), "it rings");
    for (id, alarmed) in heard {
        let (turned, converged) = match alarmed {
            Ok(alarmed) => (Ok(alarmed.turned), alarmed.converged),
            Err(error) => (Err(error), None),
        };
        account.turned(&id, &turned);
        if converged.is_some() {
            let converged = settled(hands, &id).await;
            account.converged(&id, &converged);
            if let Ok(Converged::Pending(_) | Converged::Told) = converged {
                account.fail(&id, &"the way down has not landed");
            }
        }
    }
    Ok(())
}
