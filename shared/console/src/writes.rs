//! What can be done. Each write is a call of a door, by somebody who is known.

use crate::{
    App, Caller, Identify, Ports, Problem,
    body::Body,
    commands,
    path::{self, Id},
    said::{Said, text},
};
use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use control::{
    at_once::both,
    doors::{self, NotStarted},
    finding::Finding,
    ports::StartError,
    preflight::{self, Watched},
    turn::Turned,
    view::validate::Holds,
};
use rollout::{
    decide::{Actor, Hold, Right, START},
    log::Why,
    plan::Plan,
    rollout::RolloutId,
    units::Version,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The header that names a command, so that it counts once.
pub(crate) const ONCE: &str = "idempotency-key";
/// Characters of such a name.
pub(crate) const ONCE_CHARS_MAX: usize = 128;

/// What came of a command.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Done {
    /// Whether anything was recorded.
    pub changed: bool,
    /// The version of the rollout after it, if something was.
    pub version: Option<Version>,
    /// What was recorded.
    pub events: Vec<Happened>,
    /// Why nothing was.
    pub why: Option<String>,
}

/// Something that was recorded.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Happened {
    /// One word.
    pub event: String,
    /// What and why.
    pub reason: String,
}

/// A rollout that exists now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Started {
    /// Its name.
    pub id: String,
}

/// What was rising when the stop line was pulled.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Stopped {
    /// Their names.
    pub rising: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StartBody {
    /// The text of a plan.
    plan: Option<String>,
    /// What its problems name it.
    file: Option<Said>,
    /// Or the rollout whose plan is started again.
    again: Option<Said>,
    note: Option<Said>,
    /// Alarms that ring, and shall not hold it while they do.
    #[serde(default)]
    despite: Vec<String>,
    /// Whatever is found wrong before it begins is passed over, and recorded.
    #[serde(default)]
    force: bool,
}

/// What is looked at before a start, and nothing is started.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreflightBody {
    /// The text of a plan.
    plan: String,
    /// What its problems name it.
    file: Option<Said>,
    #[serde(default)]
    despite: Vec<String>,
}

pub(crate) async fn preflight<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    _: Caller,
    body: Body,
) -> Result<Json<Vec<Finding>>, Problem> {
    let PreflightBody { plan, file, despite } = body.json()?;
    let plan = read(file, &plan)?;
    let (found, looked) =
        both(preflight::table(&*app.ports, &plan), look(&*app.ports, &plan, &despite)).await;
    let mut found = found?;
    found.extend(looked.found);
    Ok(Json(found))
}

/// What must be so before this plan is started, besides what the table says.
pub(crate) async fn look<P: Ports>(ports: &P, plan: &Plan, despite: &[String]) -> Watched {
    let (mut watched, scouted) = both(preflight::sources(ports, plan, despite), ports.scout(plan)).await;
    watched.found.extend(scouted);
    watched
}

pub(crate) fn read(file: Option<Said>, plan: &str) -> Result<Plan, Problem> {
    let file = text(file).unwrap_or_else(|| "plan.yaml".to_owned());
    Ok(rollout::plan::load(&file, plan).map_err(Problem::bad_plan)?.plan)
}

/// Whoever may do this with a plan, with the roles that they hold in it.
pub(crate) fn entitled(caller: &Caller, plan: &Plan, to: Right) -> Result<Actor, Problem> {
    let actor = caller.actor(plan);
    to.refuses(&actor).map_or(Ok(actor), |why| Err(Problem::no_right(why)))
}

pub(crate) async fn start<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let StartBody { plan, file, again, note, despite, force } = body.json()?;
    let once = named(&headers, &caller, "start", &body)?;
    let plan = match (plan, again) {
        (Some(text), None) => Arc::new(read(file, &text)?),
        (None, Some(Said(id))) => {
            let plan = app.ports.load(&path::named(&id)?).await?.plan;
            // By this way a rehearsal would pass over what refuses one.
            if plan.drill {
                let help = "start its plan, or a drill of it";
                return Err(Problem::malformed(format!(
                    "{id} was a drill, and shows nobody anything: {help}"
                )));
            }
            plan
        }
        (Some(_), Some(_)) | (None, None) => {
            let detail = "`plan` is the text of a plan, `again` a rollout: one of the two".to_owned();
            return Err(Problem::malformed(detail));
        }
    };
    let actor = entitled(&caller, &plan, START)?;
    let started = |id: RolloutId| Ok((StatusCode::CREATED, Json(Started { id: id.0 })));
    // What it has started itself would be found in its way.
    if let Some(id) = doors::begun(&*app.ports, &plan, once.as_deref()).await? {
        return started(id);
    }
    preflight::are_watched(&plan, &despite)?;
    // Said before anybody reads of the mark that its holder has written, and how to take that out: nothing forces this.
    if let Some((function, holder)) = preflight::held(&*app.ports, &plan).await? {
        let begun = doors::begun(&*app.ports, &plan, once.as_deref()).await?;
        let held = NotStarted::Refused(StartError::Held { function, holder });
        return begun.map_or(Err(held.into()), started);
    }
    let Watched { found: mut wrong, rings } = look(&*app.ports, &plan, &despite).await;
    wrong.retain(|finding| finding.holds == Holds::No);
    if !wrong.is_empty() && !force {
        return Err(Problem::not_ready(wrong));
    }
    let passed_over = wrong.iter().map(Finding::words).collect();
    let why = Why { note: text(note), despite: rings, passed_over, once, ..Why::default() };
    started(doors::start(&*app.ports, plan, &actor, why).await?)
}

pub(crate) async fn command<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    Path((_, name)): Path<(String, String)>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Done>, Problem> {
    let command = commands::read(&name, &body)?;
    let record = named(&headers, &caller, &name, &body)?;
    let plan = app.ports.load(&id).await?.plan;
    let actor = caller.actor(&plan);
    let turned = doors::command(&*app.ports, &id, command, &actor, record.as_deref()).await?;
    let now = control::ports::World::now(&*app.ports);
    done(&plan, turned, now).map(Json)
}

/// The name of a request, if it has one. It counts once for what it stood on: whoever uses it again for something else
/// must not have that dropped, least of all a rollback.
pub(crate) fn named(
    headers: &HeaderMap,
    caller: &Caller,
    what: &str,
    body: &Body,
) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(ONCE) else { return Ok(None) };
    let key = value.as_bytes();
    if !(1..=ONCE_CHARS_MAX).contains(&key.len()) || !key.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        let detail = format!("Idempotency-Key is 1 to {ONCE_CHARS_MAX} characters of ASCII that can be seen");
        return Err(Problem::malformed(detail));
    }
    Ok(Some(digest([key, caller.name.as_bytes(), what.as_bytes(), body.bytes()])))
}

/// What several parts are together, in a few plain characters.
pub(crate) fn digest<const N: usize>(parts: [&[u8]; N]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    digest.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn done(plan: &Plan, turned: Turned, now: rollout::time::Timestamp) -> Result<Done, Problem> {
    let unchanged = |why: String| Done { changed: false, version: None, events: vec![], why: Some(why) };
    let hold = match turned {
        Turned::Recorded(events, head) => {
            let happened = |event: &rollout::event::Event| Happened {
                event: event.name().to_owned(),
                reason: event.words(plan),
            };
            let events = events.iter().map(happened).collect();
            return Ok(Done { changed: true, version: Some(head.version), events, why: None });
        }
        Turned::Duplicate => return Ok(unchanged("this was recorded before: nothing changed".to_owned())),
        Turned::Held(hold) => hold,
    };
    let words = hold.words(plan, now);
    match hold {
        Hold::AlreadySo | Hold::AlreadySoBy(_) | Hold::SaidJustNow { .. } => Ok(unchanged(words)),
        Hold::Late { .. } => Err(Problem::late(words)),
        Hold::NoRight(_) => Err(Problem::no_right(words)),
        Hold::Over
        | Hold::Not(_)
        | Hold::Stale
        | Hold::Starting
        | Hold::StopLine { .. }
        | Hold::Applying { .. }
        | Hold::Baking { .. }
        | Hold::Capped { .. }
        | Hold::Guardrail { .. }
        | Hold::Untold { .. }
        | Hold::Blocked { .. }
        | Hold::Frozen { .. }
        | Hold::Review { .. }
        | Hold::Leave(_)
        | Hold::Enter(_)
        | Hold::Open
        | Hold::Consent { .. }
        | Hold::Paused { .. }
        | Hold::Abandoning { .. } => Err(Problem::not_now(words)),
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StopBody {
    /// Everything goes back, too.
    #[serde(default)]
    roll_back: bool,
    note: Option<Said>,
}

pub(crate) async fn stop<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Stopped>, Problem> {
    let StopBody { roll_back, note } = body.json()?;
    let once = named(&headers, &caller, "stop", &body)?;
    let (actor, note) = (caller.at_large(), text(note));
    let rising = doors::stop(&*app.ports, &actor, roll_back, note, once.as_deref()).await?;
    Ok(Json(Stopped { rising: rising.into_iter().map(|id| id.0).collect() }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoBody {
    /// The pull that was seen.
    id: Said,
}

pub(crate) async fn go<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    caller: Caller,
    body: Body,
) -> Result<Json<Done>, Problem> {
    let GoBody { id: Said(id) } = body.json()?;
    let changed = doors::go(&*app.ports, &caller.at_large(), &id).await?;
    let why = (!changed).then(|| "the stop line is not pulled: nothing changed".to_owned());
    Ok(Json(Done { changed, version: None, events: vec![], why }))
}
