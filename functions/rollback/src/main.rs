//! The door that an alarm rings at: what watches it acts, and the targets are written before anything is recorded. With the
//! table away it finds them by their tag, and takes back what their marks say.
//!
//! It may read and write the functions that are tagged for it, and never asks CloudWatch.

#![recursion_limit = "256"]

use aws::{
    account::Account,
    alarm::{self, NotNews},
    boot::{self, Halting},
    settle::{heard, settled},
};
use control::{
    converge::Converged,
    doors::{AlarmNews, NewState},
    ports::World,
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let (stack, hands) = (boot::stack()?, boot::halting().await?);
    run(service_fn(|event| rollback(&stack, &hands, event))).await
}

/// An error is tried again, and ends where somebody is paged; what is nobody's is told, and is none.
async fn rollback(stack: &str, hands: &Halting, event: LambdaEvent<Value>) -> Result<(), Error> {
    let mut account = Account::default();
    for news in alarm::read(&event.payload) {
        match news {
            Ok(news) => hear(hands, &news, &mut account).await,
            Err(unknown @ NotNews::Unknown(_)) => tracing::error!(%unknown, "final"),
            Err(broken @ NotNews::Broken { .. }) => account.fail(&"news", &broken),
        }
    }
    Ok(account.close(stack, hands.now())?)
}

async fn hear(hands: &Halting, news: &AlarmNews, account: &mut Account) {
    let AlarmNews { name, arn, state, at } = news;
    if *state != NewState::Ringing {
        tracing::info!(alarm = name, arn, ?state, %at, "it does not ring: nothing to do");
        return;
    }
    let heard = heard(hands, news).await;
    tracing::info!(alarm = name, arn, %at, rollouts = heard.rollouts.len(), "it rings");
    if let Some(away) = &heard.away {
        // What is halted is recorded by whoever can: until then the news is not lost.
        tracing::error!(alarm = name, why = away.why, halts = ?away.halts, "the table is away");
        account.fail(name, &away.why);
    }
    for (id, alarmed) in heard.rollouts {
        let (turned, converged) = match alarmed {
            Ok(alarmed) => {
                tracing::info!(rollout = %id, halts = ?alarmed.halts, "halted");
                (Ok(alarmed.turned), alarmed.converged)
            }
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
}
