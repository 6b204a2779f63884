//! Drills: the way back of a plan rehearsed, with nobody exposed.

use crate::{
    App, Caller, Identify, Ports, Problem, Started,
    body::Body,
    said::{Said, text},
    writes::{entitled, look, named, read},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use control::{doors, preflight, view::validate::Holds};
use rollout::{decide::DRILL, log::Why, rollout::RolloutId};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DrillBody {
    /// The text of the plan whose way back is rehearsed.
    plan: String,
    /// What its problems name it.
    file: Option<Said>,
    /// The alarm that sets it off; a person's rollback does in any case.
    alarm: Option<Said>,
    note: Option<Said>,
}

/// It is begun and waits to be set off. What is wrong with the targets cannot be passed over: nobody is in a hurry.
pub(crate) async fn start<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let DrillBody { plan, file, alarm, note } = body.json()?;
    let once = named(&headers, &caller, "drill", &body)?;
    let plan = read(file, &plan)?;
    let drill = plan.drill(text(alarm).as_deref()).map_err(|why| Problem::malformed(why.to_string()))?;
    let actor = entitled(&caller, &drill, DRILL)?;
    let started = |id: RolloutId| Ok((StatusCode::CREATED, Json(Started { id: id.0 })));
    // What it has started itself would be found in its way.
    if let Some(id) = doors::begun(&*app.ports, &drill, once.as_deref()).await? {
        return started(id);
    }
    let mut wrong = preflight::table(&*app.ports, &drill).await?;
    wrong.extend(preflight::hear_it(&*app.ports, &drill).await?);
    wrong.extend(look(&*app.ports, &drill, &[]).await.found);
    wrong.retain(|finding| finding.holds == Holds::No);
    if !wrong.is_empty() {
        return Err(Problem::not_started(wrong, ""));
    }
    let why = Why { note: text(note), once, ..Why::default() };
    started(doors::start(&*app.ports, Arc::new(drill), &actor, why).await?)
}
