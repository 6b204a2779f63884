//! The door that counts money: woken by the logs of whoever spends it.
//!
//! It writes to the partitions of budgets alone, and never to a rollout: whoever spends decides nothing.

#![recursion_limit = "256"]

use aws::{
    boot::{self, Counting},
    logs::{self, NoLines},
};
use control::doors::{self, Metered};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let hands = boot::counting().await?;
    run(service_fn(|event| budget(&hands, event))).await
}

/// An error is tried again, and what was counted already counts no second time; what is nobody's is told, and is none.
async fn budget(hands: &Counting, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let lines = match logs::read(&event.payload) {
        Ok(Some(lines)) => lines,
        Ok(None) => {
            tracing::info!("a subscription says that it works");
            return Ok(Value::Null);
        }
        Err(unknown @ NoLines::Unknown(_)) => {
            tracing::error!(%unknown, "final");
            // Where it came through the gateway, its caller hears of it.
            return Ok(json!({ "statusCode": 404 }));
        }
        Err(broken @ NoLines::Broken(_)) => return Err(broken.into()),
    };
    let metered = doors::meter(hands, &lines).await;
    hands.send_hints().await;
    let Metered { counted, unread, unreadable } = metered?;
    tracing::info!(group = lines.group, lines = lines.lines.len(), counted, "counted");
    for line in unread {
        tracing::warn!(group = lines.group, line, "a cost that cannot be read");
    }
    for error in unreadable {
        tracing::error!(%error, "what it spends is not counted");
    }
    Ok(Value::Null)
}
