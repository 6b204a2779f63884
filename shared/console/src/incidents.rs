//! Incidents: every rollback there ever was, folded from the logs.

use crate::{App, Caller, Identify, Ports, Problem, path::Id, reads::whole_log};
use axum::{Json, extract::State};
use control::{
    ports::{LoadError, Loaded},
    turn::TurnError,
    view::{Incident, incident},
};
use rollout::rollout::RolloutId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All incidents.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Incidents {
    /// Of all rollouts that can be read, the last one first.
    pub incidents: Vec<Incident>,
}

pub(crate) async fn list<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    _: Caller,
) -> Result<Json<Incidents>, Problem> {
    let mut incidents = vec![];
    for id in app.ports.rollouts().await? {
        match app.ports.load(&id).await {
            // Where nothing was ever lowered no log need be read.
            Ok(loaded) if loaded.head.times.is_none() => {}
            Ok(loaded) => incidents.extend(of(&*app.ports, &loaded).await?),
            Err(LoadError::Missing(_) | LoadError::Unreadable { .. }) => {}
            Err(why @ LoadError::Unavailable(_)) => return Err(why.into()),
        }
    }
    incidents.sort_by(|one, other| other.opened.cmp(&one.opened));
    Ok(Json(Incidents { incidents }))
}

pub(crate) async fn one<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(RolloutId(name)): Id,
    _: Caller,
) -> Result<Json<Incident>, Problem> {
    let missing = || Problem::missing(format!("there is no incident {name}: GET /v1/incidents lists them"));
    let (id, _) = incident::named(&name).ok_or_else(missing)?;
    let loaded = app.ports.load(&id).await?;
    let all = of(&*app.ports, &loaded).await?;
    all.into_iter().find(|incident| incident.id == name).map(Json).ok_or_else(missing)
}

async fn of<P: Ports>(ports: &P, loaded: &Loaded) -> Result<Vec<Incident>, Problem> {
    let id = &loaded.head.id;
    let log = whole_log(ports, id).await?;
    Ok(incident::incidents(&loaded.plan, id, &log).map_err(TurnError::Illegal)?)
}
