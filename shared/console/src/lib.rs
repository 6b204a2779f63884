//! The face of tidegate: a JSON API, served by Lambda or by a laptop.
//!
//! Generic over the ports, so that it cannot touch a function: whoever may looks at them for it before a start. Metrics it
//! asks for only when a person wants to know, and decides nothing on them. Who acts is known from the request's
//! credentials, never from its body; what is stored never appears as it is stored.

mod asks;
mod body;
mod commands;
mod describe;
mod drills;
mod identify;
mod incidents;
mod money;
mod path;
mod plan;
mod problem;
mod reads;
mod routes;
mod said;
mod writes;

pub use body::BODY_BYTES_MAX;
pub use describe::{OPENAPI, openapi};
pub use identify::{Caller, Identify, Tokens};
pub use incidents::Incidents;
pub use money::{Held, Released, Settled};
pub use plan::PlanView;
pub use problem::Problem;
pub use reads::{Explained, Listed, Page, Stop, Summary, Unreadable, Written};
pub use routes::{ROUTES, Route, Who};
pub use writes::{Done, Happened, Started, Stopped};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{Method, Uri},
    middleware::from_fn_with_state,
    routing::{get, post},
};
use control::ports::{Alarms, Metrics, Scout, Store, Wake, World};
use std::sync::Arc;

/// What the API needs of the world: no functions.
pub trait Ports: Store + Metrics + Alarms + Scout + World + Wake + 'static {}

impl<P: Store + Metrics + Alarms + Scout + World + Wake + 'static> Ports for P {}

/// What the routes of budgets need of it: they ask no source.
pub trait Purses: Store + World + Wake + 'static {}

impl<P: Store + World + Wake + 'static> Purses for P {}

/// What every handler has.
struct App<P, I> {
    ports: Arc<P>,
    identify: Arc<I>,
}

impl<P, I> Clone for App<P, I> {
    fn clone(&self) -> Self {
        App { ports: Arc::clone(&self.ports), identify: Arc::clone(&self.identify) }
    }
}

/// The whole API.
pub fn router<P: Ports, I: Identify>(ports: Arc<P>, identify: Arc<I>) -> Router {
    served(rollouts().merge(purses()), ports, identify)
}

/// The part of it that holds money: on AWS a door of its own serves it, which can write no rollout.
pub fn budgets<P: Purses, I: Identify>(ports: Arc<P>, identify: Arc<I>) -> Router {
    served(purses(), ports, identify)
}

fn rollouts<P: Ports, I: Identify>() -> Router<App<P, I>> {
    Router::new()
        .route("/v1/rollouts", get(reads::list::<P, I>).post(writes::start::<P, I>))
        .route("/v1/rollouts/{id}", get(reads::status::<P, I>))
        .route("/v1/rollouts/{id}/explain", get(reads::explain::<P, I>))
        .route("/v1/rollouts/{id}/log", get(reads::log::<P, I>))
        .route("/v1/rollouts/{id}/entries", get(reads::entries::<P, I>))
        .route("/v1/rollouts/{id}/signoff", get(reads::signoff::<P, I>))
        .route("/v1/rollouts/{id}/plan", get(reads::plan::<P, I>))
        .route("/v1/rollouts/{id}/health", get(asks::health::<P, I>))
        .route("/v1/rollouts/{id}/validate", get(asks::validate::<P, I>))
        .route("/v1/rollouts/{id}/budgets", get(money::budgets::<P, I>))
        .route("/v1/rollouts/{id}/{command}", post(writes::command::<P, I>))
        .route("/v1/incidents", get(incidents::list::<P, I>))
        .route("/v1/incidents/{id}", get(incidents::one::<P, I>))
        .route("/v1/drills", post(drills::start::<P, I>))
        .route("/v1/preflight", post(writes::preflight::<P, I>))
        .route("/v1/stop", get(reads::stop_line::<P, I>).post(writes::stop::<P, I>))
        .route("/v1/go", post(writes::go::<P, I>))
        .route("/v1/openapi.json", get(describe::served))
}

fn purses<P: Purses, I: Identify>() -> Router<App<P, I>> {
    Router::new()
        .route("/v1/budgets/{id}/{budget}/reservations", post(money::reserve::<P, I>))
        .route("/v1/budgets/{id}/{budget}/reservations/{hold}/settle", post(money::settle::<P, I>))
        .route("/v1/budgets/{id}/{budget}/reservations/{hold}/release", post(money::release::<P, I>))
}

fn served<P: Send + Sync + 'static, I: Identify>(
    all: Router<App<P, I>>,
    ports: Arc<P>,
    identify: Arc<I>,
) -> Router {
    let app = App { ports, identify };
    all.route_layer(from_fn_with_state(app.clone(), routes::allowed::<P, I>))
        .fallback(nothing_here)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(app)
}

async fn nothing_here(uri: Uri) -> Problem {
    Problem::missing(format!("there is nothing at {}", uri.path()))
}

async fn wrong_method(method: Method, uri: Uri) -> Problem {
    Problem::wrong_method(format!("{} does not answer to {method}", uri.path()))
}
