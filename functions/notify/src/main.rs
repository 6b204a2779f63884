//! The door that tells people: what stands beside an entry goes to a topic and to the bus.
//!
//! It is woken by the table's stream and cannot read the table. What is sent may be sent twice, and carries a name by which
//! that is known.

#![recursion_limit = "256"]

use aws::{
    boot,
    notices::{self, Notices, Record},
};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let notices = boot::telling().await?;
    run(service_fn(|event| notify(&notices, event))).await
}

/// Each record by itself: those that could not be told are brought again. What is nobody's is told, and is none.
async fn notify(notices: &Notices, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let records = notices::read(&event.payload).unwrap_or_else(|unknown| {
        tracing::error!(%unknown, "final");
        vec![]
    });
    let mut failures = vec![];
    for Record { sequence, message } in records {
        let sent = match &message {
            Ok(None) => continue,
            Ok(Some(message)) => notices.send(message).await.map(|()| message),
            Err(error) => Err(error.clone()),
        };
        match sent {
            Ok(message) => tracing::info!(id = message.id, channel = ?message.channel, "told"),
            Err(error) => {
                tracing::warn!(sequence, %error, "retryable");
                failures.push(json!({ "itemIdentifier": sequence }));
            }
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}
