//! What can be read.

use crate::{App, Caller, Identify, PlanView, Ports, Problem, path::Id};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use control::{
    ports::{LoadError, Loaded},
    simulate::Percent,
    view::{self, Line, Sight, Signoff, Status, Teller},
};
use rollout::{
    evidence::StopLine,
    log::Entry,
    rollout::{Rollout, RolloutId},
    units::Version,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Entries of a log that are read at once.
const ENTRIES_AT_ONCE: usize = 500;
/// Lines of a log that are answered at once, when nobody says otherwise and at most.
const LINES: usize = 200;

type Answer<T> = Result<Json<T>, Problem>;

/// All rollouts.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Listed {
    /// In the order of their names.
    pub rollouts: Vec<Summary>,
    /// Those that are there and cannot be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<Unreadable>,
}

/// A rollout that cannot be read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "which, and why: the names say it")]
pub struct Unreadable {
    pub id: String,
    pub why: String,
}

/// A rollout in a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names are those of a status")]
pub struct Summary {
    pub id: String,
    pub plan: String,
    pub phase: String,
    pub stage: Option<String>,
    pub percent: Percent,
    pub outcome: Option<String>,
    pub started_by: String,
    pub updated: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
}

/// A status in sentences.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Explained {
    /// Why it is where it is, what it waits for, who may act.
    pub text: String,
    /// What was explained.
    pub status: Status,
}

/// A part of a log.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Page {
    /// In order.
    pub lines: Vec<Line>,
    /// The `after` of the next part; none when there is no more.
    pub next: Option<Version>,
}

/// A part of a log as it was written, for whoever wants to prove it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Written {
    /// In order.
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub entries: Vec<Entry>,
    /// The `after` of the next part; none when there is no more.
    pub next: Option<Version>,
    /// With the last part: where the rollout stands, as it is kept.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub head: Option<Rollout>,
}

/// The stop line.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Stop {
    /// Whether it is pulled.
    pub pulled: bool,
    /// Names this pull: `go` says which one it has seen.
    pub id: Option<String>,
    /// By whom.
    pub by: Option<String>,
    /// When.
    pub at: Option<String>,
    /// Whether everything goes back, too.
    pub roll_back: bool,
    /// Why.
    pub note: Option<String>,
}

pub(crate) async fn list<P: Ports, I: Identify>(State(app): State<App<P, I>>, _: Caller) -> Answer<Listed> {
    let (mut rollouts, mut unreadable) = (vec![], vec![]);
    for id in app.ports.rollouts().await? {
        match app.ports.load(&id).await {
            Ok(loaded) => rollouts.push(summary(&loaded)),
            // One that is damaged must not hide the others: at night somebody looks for what to take back.
            Err(why @ (LoadError::Missing(_) | LoadError::Unreadable { .. })) => {
                unreadable.push(Unreadable { id: id.0, why: why.to_string() });
            }
            Err(why @ LoadError::Unavailable(_)) => return Err(why.into()),
        }
    }
    Ok(Json(Listed { rollouts, unreadable }))
}

fn summary(loaded: &Loaded) -> Summary {
    let Loaded { plan, head } = loaded;
    let over = head.is_over();
    Summary {
        id: head.id.0.clone(),
        plan: plan.name.clone(),
        phase: head.phase.name().to_owned(),
        stage: head.place().map(|standing| plan.stage(standing.stage).name.clone()),
        percent: Percent(head.share().percent()),
        outcome: over.then(|| head.phase.name().to_owned()),
        started_by: head.started_by.clone(),
        updated: head.updated.to_string(),
        drill: plan.drill,
    }
}

pub(crate) async fn status<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    _: Caller,
) -> Answer<Status> {
    look(&*app.ports, id).await.map(Json)
}

pub(crate) async fn explain<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    _: Caller,
) -> Answer<Explained> {
    let status = look(&*app.ports, id).await?;
    Ok(Json(Explained { text: view::explain(&status), status }))
}

async fn look<P: Ports>(ports: &P, id: RolloutId) -> Result<Status, Problem> {
    let loaded = ports.load(&id).await?;
    let look = ports.look(&id).await?;
    let stop = ports.work().await?.stop;
    let sight = Sight { loaded: &loaded, look: look.as_ref(), stop: stop.as_ref(), now: ports.now() };
    Ok(view::status(&sight))
}

/// Which part of a log.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    #[serde(default)]
    #[schemars(range(max = u64::MAX))]
    after: Version,
    /// At most 200.
    #[schemars(range(max = u64::MAX))]
    limit: Option<usize>,
}

pub(crate) async fn log<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    _: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Answer<Page> {
    let Query(part) = part.map_err(|why| Problem::malformed(why.body_text()))?;
    let limit = part.limit.unwrap_or(LINES).clamp(1, LINES);
    let loaded = app.ports.load(&id).await?;
    page(&*app.ports, &loaded, part.after, limit).await.map(Json)
}

/// Where a rollout stood after an entry follows from all entries before it, so the log is read from its beginning.
async fn page<P: Ports>(ports: &P, loaded: &Loaded, after: Version, limit: usize) -> Result<Page, Problem> {
    let id = &loaded.head.id;
    let mut teller = Teller::new(id.clone());
    let mut read = Version(0);
    let mut lines = vec![];
    loop {
        let entries = ports.entries(id, read, ENTRIES_AT_ONCE).await?;
        for entry in &entries {
            let line = teller.tell(&loaded.plan, entry).map_err(control::turn::TurnError::Illegal)?;
            read = entry.version;
            if read > after {
                lines.push(line);
            }
            if lines.len() == limit {
                return Ok(Page { lines, next: Some(read).filter(|read| *read < loaded.head.version) });
            }
        }
        if entries.len() < ENTRIES_AT_ONCE {
            return Ok(Page { lines, next: None });
        }
    }
}

pub(crate) async fn entries<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    _: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Answer<Written> {
    let Query(part) = part.map_err(|why| Problem::malformed(why.body_text()))?;
    let limit = part.limit.unwrap_or(LINES).clamp(1, LINES);
    // The head first: what is written meanwhile comes with the next part.
    let head = Rollout::clone(&app.ports.load(&id).await?.head);
    let mut entries = app.ports.entries(&id, part.after, limit).await?;
    entries.retain(|entry| entry.version <= head.version);
    let last = entries.last().map_or(part.after, |entry| entry.version);
    let is_whole = last >= head.version || entries.is_empty();
    let next = (!is_whole).then_some(last);
    Ok(Json(Written { entries, next, head: is_whole.then_some(head) }))
}

/// Every entry of a log, for what is folded from all of them.
pub(crate) async fn whole_log<P: Ports>(ports: &P, id: &RolloutId) -> Result<Vec<Entry>, Problem> {
    let mut log: Vec<Entry> = vec![];
    loop {
        let after = log.last().map_or(Version(0), |entry| entry.version);
        let more = ports.entries(id, after, ENTRIES_AT_ONCE).await?;
        let is_last = more.len() < ENTRIES_AT_ONCE;
        log.extend(more);
        if is_last {
            return Ok(log);
        }
    }
}

pub(crate) async fn signoff<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    _: Caller,
) -> Answer<Signoff> {
    let loaded = app.ports.load(&id).await?;
    let log = whole_log(&*app.ports, &id).await?;
    Ok(Json(view::signoff::signoff(&loaded.plan, &id, &log).map_err(control::turn::TurnError::Illegal)?))
}

pub(crate) async fn plan<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    Id(id): Id,
    _: Caller,
) -> Answer<PlanView> {
    let loaded = app.ports.load(&id).await?;
    Ok(Json(PlanView::of(&loaded.plan, &loaded.head.plan)))
}

pub(crate) async fn stop_line<P: Ports, I: Identify>(
    State(app): State<App<P, I>>,
    _: Caller,
) -> Answer<Stop> {
    Ok(Json(stop(app.ports.work().await?.stop)))
}

fn stop(line: Option<StopLine>) -> Stop {
    let line = line.as_ref();
    Stop {
        pulled: line.is_some(),
        id: line.map(|line| line.id.clone()),
        by: line.map(|line| line.by.clone()),
        at: line.map(|line| line.at.to_string()),
        roll_back: line.is_some_and(|line| line.roll_back),
        note: line.and_then(|line| line.note.clone()),
    }
}
