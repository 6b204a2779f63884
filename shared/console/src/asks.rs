//! What is asked of the source of metrics when somebody wants to know. Nothing is recorded.

use crate::{App, Caller, Identify, Ports, Problem, path::Id};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use control::{
    fresh::{self, Fresh},
    view::{
        Sight,
        goal::{Goal, exposed_cohort, goal},
        health::{Health, health as healthy},
        validate::{Validation, validation},
    },
};
use rollout::time::Span;
use schemars::JsonSchema;
use serde::Deserialize;

/// Before which stage.
#[derive(Deserialize, JsonSchema)]
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
    Id(id): Id,
    _: Caller,
    before: Result<Query<Before>, QueryRejection>,
) -> Result<Json<Validation>, Problem> {
    let Query(before) = before.map_err(|why| Problem::malformed(why.body_text()))?;
    let meant = before.goal()?;
    let loaded = app.ports.load(&id).await?;
    let to = goal(&loaded.plan, &loaded.head, &meant)?;
    let Fresh { look, stop, now } = fresh::look(&*app.ports, &loaded).await?;
    let sight = Sight { loaded: &loaded, look: Some(&look), stop: stop.as_ref(), now };
    Ok(Json(validation(&sight, to)))
}

/// No past is shorter, or longer.
const OVER: (Span, Span) = (Span::minutes(1), Span::days(30));

/// Over how much time, and of whom.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Over {
    /// From 1m to 30d.
    #[serde(default = "an_hour")]
    #[schemars(regex(pattern = r"^[0-9]{1,6}[smhd]$"))]
    duration: String,
    cohort: Option<String>,
}

fn an_hour() -> String {
    "1h".to_owned()
}

impl Over {
    fn span(&self) -> Result<Span, Problem> {
        let span = self.duration.parse().ok().filter(|span| (OVER.0..=OVER.1).contains(span));
        let (least, most) = OVER;
        let detail = || format!("{} is no duration from {least} to {most}, such as 1h", self.duration);
        span.ok_or_else(|| Problem::malformed(detail()))
    }
}

pub(crate) async fn health<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    _: Caller,
    over: Result<Query<Over>, QueryRejection>,
) -> Result<Json<Health>, Problem> {
    let Query(query) = over.map_err(|why| Problem::malformed(why.body_text()))?;
    let over = query.span()?;
    let cohort = query.cohort.as_deref();
    let loaded = app.ports.load(&id).await?;
    if let Some(cohort) = cohort {
        exposed_cohort(&loaded.plan, &loaded.head, cohort)?;
    }
    let (Fresh { look, stop, now }, past) = fresh::past(&*app.ports, &loaded, over, cohort).await?;
    let sight = Sight { loaded: &loaded, look: Some(&look), stop: stop.as_ref(), now };
    Ok(Json(healthy(&sight, &past, over, cohort)))
}
