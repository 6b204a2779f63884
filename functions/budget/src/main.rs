//! The door that counts money: woken by the logs of whoever spends it, and by those who reserve before they spend.
//!
//! It writes to the partitions of budgets alone, and never to a rollout: whoever spends decides nothing.

#![recursion_limit = "256"]

use aws::{
    boot::{self, Counting},
    gateway::Gateway,
    logs::{self, NoLines},
};
use axum::Router;
use control::doors::{self, Metered};
use lambda_http::{Adapter, Service, request::LambdaRequest};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::Value;
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let hands = Arc::new(boot::counting().await?);
    let purses = console::budgets(Arc::clone(&hands), Arc::new(Gateway { trust: boot::trust() }));
    run(service_fn(|event| budget(&hands, &purses, event))).await
}

/// What comes through the gateway is a request; anything else is a log.
async fn budget(hands: &Counting, purses: &Router, event: LambdaEvent<Value>) -> Result<Value, Error> {
    if event.payload.get("requestContext").is_some() {
        let answer = answer(purses, event).await;
        hands.send_hints().await;
        return answer;
    }
    count(hands, event).await
}

async fn answer(purses: &Router, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let request: LambdaRequest = serde_json::from_value(event.payload)?;
    let answer = Adapter::from(purses.clone()).call(LambdaEvent::new(request, event.context)).await?;
    Ok(serde_json::to_value(answer)?)
}

/// An error is tried again, and what was counted already counts no second time; what is nobody's is told, and is none.
async fn count(hands: &Counting, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let lines = match logs::read(&event.payload) {
        Ok(Some(lines)) => lines,
        Ok(None) => {
            tracing::info!("a subscription says that it works");
            return Ok(Value::Null);
        }
        Err(unknown @ NoLines::Unknown(_)) => {
            tracing::error!(%unknown, "final");
            return Ok(Value::Null);
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
    if unreadable.is_empty() {
        return Ok(Value::Null);
    }
    // What the others spend is counted; what these do is told again until it can be, or until somebody is paged.
    let all: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
    Err(format!("what is spent is not counted: {}", all.join("; ")).into())
}
