//! Every route and who may take it: the one table that the door itself obeys, and that is told in the description
//! (`GET /v1/openapi.json`) and on the page (`docs/api.md`).

use crate::{App, Caller, Identify, Problem};
use axum::{
    extract::{FromRequestParts, MatchedPath, Path, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use rollout::decide::{ASK, DRILL, GO, Right, START, STOP, command_right};
use std::collections::BTreeMap;

/// Who may take a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Whoever asks, without any credentials.
    Anyone,
    /// Whoever has this right.
    Has(Right),
    /// Whoever may give the command that the path names (`rollout::decide::COMMANDS`).
    OfCommand,
}

/// A route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// With names in braces.
    pub path: &'static str,
    /// Who may take it.
    pub who: Who,
    /// What it answers, for people.
    pub about: &'static str,
}

const fn get(path: &'static str, about: &'static str) -> Route {
    Route { method: "GET", path, who: Who::Has(ASK), about }
}

const fn post(path: &'static str, who: Who, about: &'static str) -> Route {
    Route { method: "POST", path, who, about }
}

/// All of them, in the order of the page.
pub const ROUTES: &[Route] = &[
    get(
        "/v1/rollouts",
        "every rollout: `id`, `plan`, `phase`, `stage`, `percent`, `outcome`, ...; one that is damaged is under \
         `unreadable`, with `why`",
    ),
    post(
        "/v1/preflight",
        Who::Has(ASK),
        "everything that must be so before that plan is started, each with `what`, `holds`, `why` and `help`; nothing is \
         started",
    ),
    post(
        "/v1/rollouts",
        Who::Has(START),
        "201 with the `id`; `plan` is the text of the file, `again` a rollout whose plan is started again: one of the two; \
         after one that was taken back 409 without a `note`",
    ),
    post(
        "/v1/drills",
        Who::Has(DRILL),
        "201 with the `id` of a drill, which exposes nobody and waits to be set off: by `rollback`, by the alarm, or by \
         itself after ten minutes; what is wrong before a start refuses it, and nothing passes that over",
    ),
    get(
        "/v1/rollouts/{id}",
        "its status: why it is where it is, `answers`, `who`, `bake`, `gates`, `guardrails`, `budgets`, ...",
    ),
    get("/v1/rollouts/{id}/explain", "the same in sentences, as `text`"),
    get("/v1/rollouts/{id}/log", "at most 200 `lines`, and the `next` value of `after`"),
    get(
        "/v1/rollouts/{id}/entries",
        "the log as it was written, for whoever wants to prove it: at most 200 `entries`, the `next` value of `after`, and \
         with the last of them the `head` that must follow from them",
    ),
    get(
        "/v1/rollouts/{id}/plan",
        "the plan as it was understood; `figures` are those that people report, each with its unit",
    ),
    get("/v1/rollouts/{id}/signoff", "the sign-off table: `consents`, what came `otherwise`, and `ticks`"),
    get(
        "/v1/rollouts/{id}/validate",
        "every line that must hold before the next stage, or the one that is named by itself or by its cohort: `holds`, \
         `figure`, `reason`",
    ),
    get(
        "/v1/rollouts/{id}/health",
        "every metric over the duration: `newest`, `trend`, `nearest` guardrail, `anomalies`, `values`; and the halt \
         `triggers`",
    ),
    get(
        "/v1/rollouts/{id}/budgets",
        "of each budget: what is `spent`, `held` and `left` in the present window, its `cap` and `warn` line, a \
         `forecast`, and what each stage and each request cost",
    ),
    post(
        "/v1/budgets/{id}/{budget}/reservations",
        Who::Has(ASK),
        "201 with the `id` of money that is held, and `until` when",
    ),
    post(
        "/v1/budgets/{id}/{budget}/reservations/{hold}/settle",
        Who::Has(ASK),
        "what is counted, what was `held`, and how much `over` that it is",
    ),
    post(
        "/v1/budgets/{id}/{budget}/reservations/{hold}/release",
        Who::Has(ASK),
        "what is given back, because there was no call; by whoever reserved it, or an admin",
    ),
    get("/v1/incidents", "every rollback there ever was, the last one first, as `incidents`"),
    get(
        "/v1/incidents/{id}",
        "one of them: `severity`, `cause`, `evidence`, `times`, `done`, and what is still `open`",
    ),
    post(
        "/v1/rollouts/{id}/{command}",
        Who::OfCommand,
        "what was recorded: `changed`, `version`, `events`, or `why` nothing was",
    ),
    get("/v1/stop", "the stop line, with the `id` of its last pull"),
    post(
        "/v1/stop",
        Who::Has(STOP),
        "pulls the stop line, and lists what was still `rising`; pulled again it keeps what those before asked for",
    ),
    post(
        "/v1/go",
        Who::Has(GO),
        "lets this pull of the stop line go, once every active rollout has seen it; 409 when it was pulled again since",
    ),
    Route {
        method: "GET",
        path: "/v1/openapi.json",
        who: Who::Anyone,
        about: "this description of the API, OpenAPI 3.1",
    },
];

/// The row of a request. `HEAD` is `GET` without its body.
fn row(method: &Method, path: &str) -> Option<&'static Route> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    ROUTES.iter().find(|route| route.method == method && route.path == path)
}

/// Who asks, and whether they may. What is in no row is somebody's whom no handler knows, and is refused there.
pub(crate) async fn allowed<P, I>(
    State(app): State<App<P, I>>,
    path: MatchedPath,
    request: Request,
    next: Next,
) -> Result<Response, Problem>
where
    P: Send + Sync + 'static,
    I: Identify,
{
    let (mut parts, body) = request.into_parts();
    let Some(route) = row(&parts.method, path.as_str()) else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let right = match route.who {
        Who::Anyone => return Ok(next.run(Request::from_parts(parts, body)).await),
        Who::Has(right) => right,
        Who::OfCommand => {
            let named = Path::<BTreeMap<String, String>>::from_request_parts(&mut parts, &()).await;
            let command = named.ok().and_then(|Path(mut named)| named.remove("command")).unwrap_or_default();
            // Whoever is known is told that there is no such command.
            command_right(&command).unwrap_or(ASK)
        }
    };
    let caller = app.identify.caller(&parts).ok_or_else(Problem::unknown_caller)?;
    if let Some(why) = right.refuses_at_large(&caller.at_large()) {
        return Err(Problem::no_right(why));
    }
    parts.extensions.insert(caller);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Caller, Problem> {
        parts.extensions.get::<Caller>().cloned().ok_or_else(Problem::unknown_caller)
    }
}
