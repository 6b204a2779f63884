//! The door for people and pipelines. The gateway has checked who they are; this door cannot touch a function.

#![recursion_limit = "256"]

use aws::{
    boot::{self, Watching},
    gateway::Gateway,
};
use axum::{
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use lambda_http::{Error, run};
use std::sync::Arc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    boot::logs();
    let hands = Arc::new(boot::watching().await?);
    let gateway = Gateway { trust: boot::trust() };
    let hints = from_fn_with_state(Arc::clone(&hands), send_hints);
    run(console::router(hands, Arc::new(gateway)).layer(hints)).await
}

/// Whoever is to be woken is, before this door may be frozen.
async fn send_hints(State(hands): State<Arc<Watching>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    hands.send_hints().await;
    response
}
