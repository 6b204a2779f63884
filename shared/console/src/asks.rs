//! What is asked of the source of metrics when somebody wants to know. Nothing is recorded.

use crate::{App, Caller, Identify, Ports, Problem};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
};
use control::{
    fresh::{self, Fresh},
    view::{self, Goal, Sight, Validation},
};
use rollout::rollout::RolloutId;
use serde::Deserialize;

/// Before which stage.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Before {
    stage: Option<String>,
    cohort: Option<String>,
}

impl Before {
    fn goal(self) -> Result<Goal, Problem> {
        match (self.stage, self.cohort) {
            (None, None) => Ok(Goal::Next),
            (Some(stage), None) => Ok(Goal::Stage(stage)),
            (None, Some(cohort)) => Ok(Goal::Cohort(cohort)),
            (Some(_), Some(_)) => Err(Problem::malformed("name a stage or a cohort, not both".to_owned())),
        }
    }
}

pub(crate) async fn validate<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Path(id): Path<String>,
    _: Caller,
    before: Result<Query<Before>, QueryRejection>,
) -> Result<Json<Validation>, Problem> {
    let Query(before) = before.map_err(|why| Problem::malformed(why.body_text()))?;
    let goal = before.goal()?;
    let loaded = app.ports.load(&RolloutId(id)).await?;
    let to = view::goal(&loaded.plan, &loaded.head, &goal)?;
    let Fresh { look, stop, now } = fresh::look(&*app.ports, &loaded).await?;
    let sight = Sight { loaded: &loaded, look: Some(&look), stop: stop.as_ref(), now };
    Ok(Json(view::validation(&sight, to)))
}
