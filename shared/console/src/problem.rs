//! What went wrong, as RFC 9457 says it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use control::{
    doors::{NotGone, NotHeld, NotStarted},
    finding::Finding,
    ports::{LoadError, StartError, Unavailable},
    turn::TurnError,
    view::goal::NotAsked,
};
use rollout::plan::Problems;
use schemars::JsonSchema;
use serde::Serialize;

/// An answer of the kind `application/problem+json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// A name for programs.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The same for people; the same for each problem of a kind.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What happened this time, and what to do.
    detail: String,
    /// When it may be tried again, as RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// What is wrong with a plan, with its places.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    problems: Box<[rollout::plan::Problem]>,
    /// What must be so before a start, and is not.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    findings: Box<[Finding]>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: String) -> Problem {
        Problem {
            kind,
            title,
            status: status.as_u16(),
            detail,
            next: None,
            problems: Box::default(),
            findings: Box::default(),
        }
    }

    pub(crate) fn unknown_caller() -> Problem {
        let detail = "send a token that is known as `Authorization: Bearer TOKEN`".to_owned();
        Problem::new(StatusCode::UNAUTHORIZED, "urn:tidegate:unknown-caller", "who acts is not known", detail)
    }

    pub(crate) fn no_right(detail: String) -> Problem {
        Problem::new(StatusCode::FORBIDDEN, "urn:tidegate:no-right", "this person may not do this", detail)
    }

    pub(crate) fn missing(detail: String) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, "urn:tidegate:missing", "there is no such thing", detail)
    }

    pub(crate) fn wrong_method(detail: String) -> Problem {
        let kind = "urn:tidegate:wrong-method";
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, kind, "this does not answer to that method", detail)
    }

    pub(crate) fn malformed(detail: String) -> Problem {
        let title = "the request cannot be read";
        Problem::new(StatusCode::BAD_REQUEST, "urn:tidegate:malformed", title, detail)
    }

    pub(crate) fn too_large(detail: String) -> Problem {
        let title = "the body is too large";
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "urn:tidegate:too-large", title, detail)
    }

    /// The rollout has moved on since the entry that the command names.
    pub(crate) fn late(detail: String) -> Problem {
        Problem::new(StatusCode::CONFLICT, "urn:tidegate:late", "something else has happened since", detail)
    }

    pub(crate) fn not_now(detail: String) -> Problem {
        let title = "this cannot be done as things stand";
        Problem::new(StatusCode::CONFLICT, "urn:tidegate:not-now", title, detail)
    }

    pub(crate) fn bad_plan(problems: Problems) -> Problem {
        let title = "the plan has problems";
        let kind = "urn:tidegate:bad-plan";
        let detail = problems.to_string();
        let new = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, kind, title, detail);
        Problem { problems: problems.found.into(), ..new }
    }

    /// Something is not as it must be before a rollout begins; `force` passes it over.
    pub(crate) fn not_ready(findings: Vec<Finding>) -> Problem {
        Problem::not_started(
            findings,
            "\nWith `force` and a note it is started all the same, and that is recorded",
        )
    }

    /// The same, and nothing passes it over but this.
    pub(crate) fn not_started(findings: Vec<Finding>, all_the_same: &str) -> Problem {
        let each = findings.iter().map(|finding| {
            let help = finding.help.as_ref().map_or(String::new(), |help| format!("; {help}"));
            format!("- {}{help}", finding.words())
        });
        let each: Vec<String> = each.collect();
        let detail = format!("it is not started:\n{}{all_the_same}", each.join("\n"));
        let (kind, title) = ("urn:tidegate:not-ready", "something is not as it must be before a start");
        Problem { findings: findings.into(), ..Problem::new(StatusCode::CONFLICT, kind, title, detail) }
    }

    fn unavailable(detail: String) -> Problem {
        let title = "try again in a moment";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "urn:tidegate:unavailable", title, detail)
    }

    fn ours(detail: String) -> Problem {
        let title = "this is an error of tidegate";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "urn:tidegate:internal", title, detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<Unavailable> for Problem {
    fn from(why: Unavailable) -> Problem {
        Problem::unavailable(why.to_string())
    }
}

impl From<LoadError> for Problem {
    fn from(why: LoadError) -> Problem {
        match &why {
            LoadError::Missing(_) => {
                Problem::missing(format!("{why}: GET /v1/rollouts lists those that there are"))
            }
            LoadError::Unreadable { .. } => Problem::ours(why.to_string()),
            LoadError::Unavailable(_) => Problem::unavailable(why.to_string()),
        }
    }
}

impl From<NotAsked> for Problem {
    fn from(why: NotAsked) -> Problem {
        match &why {
            NotAsked::NoStage { .. } | NotAsked::NoCohort { .. } | NotAsked::NeverExposed(_) => {
                Problem::missing(why.to_string())
            }
            NotAsked::Behind { .. } | NotAsked::NotExposed(_) => Problem::not_now(why.to_string()),
        }
    }
}

impl From<TurnError> for Problem {
    fn from(why: TurnError) -> Problem {
        match why {
            TurnError::Load(why) => why.into(),
            TurnError::Unavailable(why) => why.into(),
            TurnError::Contended => Problem::unavailable(why.to_string()),
            TurnError::Illegal(_) => Problem::ours(why.to_string()),
        }
    }
}

impl From<NotStarted> for Problem {
    fn from(why: NotStarted) -> Problem {
        match &why {
            NotStarted::NoRight(_) => Problem::no_right(why.to_string()),
            NotStarted::NoAlarm(..) => Problem::malformed(why.to_string()),
            NotStarted::Refused(StartError::Unavailable(_)) => Problem::unavailable(why.to_string()),
            NotStarted::Refused(
                StartError::Exists
                | StartError::Held { .. }
                | StartError::Raced
                | StartError::Stopped
                | StartError::Unfit(_),
            )
            | NotStarted::NoWord
            | NotStarted::NoReason { .. } => Problem::not_now(why.to_string()),
            NotStarted::Illegal(_) | NotStarted::Plan(_) => Problem::ours(why.to_string()),
        }
    }
}

impl From<NotHeld> for Problem {
    fn from(why: NotHeld) -> Problem {
        let words = why.to_string();
        match why {
            NotHeld::Load(why) => why.into(),
            NotHeld::Unavailable(why) => why.into(),
            NotHeld::NoBudget { .. } | NotHeld::Unnamed(_) => Problem::missing(words),
            NotHeld::Nothing | NotHeld::BeyondCap { .. } | NotHeld::Absurd { .. } | NotHeld::Lasts => {
                Problem::malformed(words)
            }
            NotHeld::NoMoney { next, .. } => {
                let (kind, title) = ("urn:tidegate:no-money", "the budget leaves too little");
                let next = Some(next.to_string());
                Problem { next, ..Problem::new(StatusCode::CONFLICT, kind, title, words) }
            }
            NotHeld::TakenBack(_)
            | NotHeld::BudgetClosed { .. }
            | NotHeld::Closed(_)
            | NotHeld::Metered { .. }
            | NotHeld::TooMany
            | NotHeld::Done
            | NotHeld::Released
            | NotHeld::Spent(_) => Problem::not_now(words),
        }
    }
}

impl From<NotGone> for Problem {
    fn from(why: NotGone) -> Problem {
        match why {
            NotGone::Unseen(_) => Problem::not_now(why.to_string()),
            NotGone::Late { .. } => Problem::late(why.to_string()),
            NotGone::NoRight(_) => Problem::no_right(why.to_string()),
            NotGone::Load(why) => why.into(),
            NotGone::Unavailable(why) => why.into(),
        }
    }
}
