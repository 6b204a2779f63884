//! Drills: the way back of a plan rehearsed, with nobody exposed.

use crate::{
    App, Caller, Identify, Ports, Problem, Started,
    body::Body,
    said::maybe,
    writes::{look, read},
};
use axum::{Json, extract::State, http::StatusCode};
use control::{doors, preflight, view::validate::Holds};
use rollout::log::Why;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DrillBody {
    /// The text of the plan whose way back is rehearsed.
    plan: String,
    #[serde(default, deserialize_with = "maybe")]
    file: Option<String>,
    /// The alarm that sets it off; a person's rollback does in any case.
    #[serde(default, deserialize_with = "maybe")]
    alarm: Option<String>,
    #[serde(default, deserialize_with = "maybe")]
    note: Option<String>,
}

/// It is begun and waits to be set off. What is wrong with the targets cannot be passed over: nobody is in a hurry.
pub(crate) async fn start<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    caller: Caller,
    body: Body,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let DrillBody { plan, file, alarm, note } = body.json()?;
    let plan = read(file.as_deref(), &plan)?;
    let drill = plan.drill(alarm.as_deref()).map_err(|why| Problem::malformed(why.to_string()))?;
    let actor = caller.actor(&drill);
    if actor.machine {
        return Err(doors::NotStarted::Machine(actor.name).into());
    }
    let mut wrong = preflight::table(&*app.ports, &drill).await?;
    wrong.extend(look(&*app.ports, &drill, &[]).await.found);
    wrong.retain(|finding| finding.holds == Holds::No);
    if !wrong.is_empty() {
        return Err(Problem::not_started(wrong, ""));
    }
    let why = Why { note, ..Why::default() };
    let id = doors::start(&*app.ports, Arc::new(drill), &actor, why).await?;
    Ok((StatusCode::CREATED, Json(Started { id: id.0 })))
}
