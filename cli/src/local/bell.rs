//! The lab's alarms, rung from outside: how a drill is set off here.

use super::{ports::Ports, world::LabWorld};
use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use console::{BODY_BYTES_MAX, Identify, Tokens};
use control::{
    doors::{AlarmNews, NewState, alarmed},
    lab::alarms::{Sound, WINDOW},
    ports::{NotFound, Tagged, Wake, World},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// What is done to an alarm.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pull {
    alarm: String,
    rings: bool,
}

/// As the API has it, as far as a person reads it.
#[derive(Serialize)]
struct Told {
    title: &'static str,
    detail: String,
}

type Lab = (Arc<Ports<LabWorld>>, Arc<Tokens>);

/// What is served beside the API.
pub(super) fn routes(ports: Arc<Ports<LabWorld>>, tokens: Arc<Tokens>) -> Router {
    Router::new().route("/lab/alarms", post(pull)).with_state((ports, tokens))
}

/// The alarm changes, and the door that alarms ring at hears of it, as it would from EventBridge.
async fn pull(State((ports, tokens)): State<Lab>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if tokens.caller(&parts).is_none() {
        return told(StatusCode::UNAUTHORIZED, "who acts is not known", "say --as NAME".to_owned());
    }
    let body = to_bytes(body, BODY_BYTES_MAX).await.unwrap_or_default();
    let Pull { alarm, rings } = match serde_json::from_slice(&body) {
        Ok(pull) => pull,
        Err(why) => return told(StatusCode::BAD_REQUEST, "the body cannot be read", why.to_string()),
    };
    let now = ports.now();
    let sound = if rings { Sound::Rings } else { Sound::Quiet };
    // Whoever rang it may be gone: it rings no longer than it would by itself.
    ports.around.lab.alarms.set(&alarm, sound, now, rings.then(|| now.after(WINDOW)));
    let state = if rings { NewState::Ringing } else { NewState::Quiet };
    let heard = alarmed(&*ports, &AlarmNews { name: alarm, arn: String::new(), state, at: now }).await;
    // What is still on its way is followed as after any wake.
    heard.rollouts.iter().for_each(|(id, _)| ports.advance(id));
    Json(json!({ "rollouts": heard.rollouts.len() })).into_response()
}

fn told(status: StatusCode, title: &'static str, detail: String) -> Response {
    (status, Json(Told { title, detail })).into_response()
}

/// The table is in this process: there is no day on which it is away and the door is not.
impl Tagged for Ports<LabWorld> {
    async fn tagged(&self) -> Result<Vec<String>, NotFound> {
        Err(NotFound("local mode has its table in its own process".to_owned()))
    }
}
