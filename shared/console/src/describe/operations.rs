//! What each route reads and writes.

use super::Shape;
use crate::{
    Done, Explained, Held, Incidents, Listed, Page, PlanView, Released, Settled, Started, Stop, Stopped,
    Written,
    asks::{Before, Over},
    drills::DrillBody,
    money::{Nothing, ReserveBody, SettleBody},
    reads::Part,
    writes::{GoBody, PreflightBody, StartBody, StopBody},
};
use control::{
    accounts::Accounts,
    finding::Finding,
    view::{Incident, Signoff, Status, health::Health, validate::Validation},
};
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// What a route reads and writes.
pub(super) struct Operation {
    /// One word for programs.
    pub(super) id: &'static str,
    pub(super) query: Option<Shape>,
    pub(super) body: Option<Shape>,
    /// When all is well.
    pub(super) answer: (u16, Shape),
    pub(super) kind: &'static str,
    /// What it refuses besides what any route of its kind does.
    pub(super) refused: &'static [u16],
    /// Whether the request may be named, so that it counts once.
    pub(super) once: bool,
}

/// A named type, by its name.
fn by_name<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// Looks, and answers this.
fn looks<T: JsonSchema>(id: &'static str) -> Operation {
    let answer: (u16, Shape) = (200, by_name::<T>);
    Operation { id, query: None, body: None, answer, kind: "application/json", refused: &[], once: false }
}

/// Reads this, and answers that.
fn takes<B: JsonSchema, T: JsonSchema>(id: &'static str, status: u16, refused: &'static [u16]) -> Operation {
    Operation { body: Some(B::json_schema), answer: (status, by_name::<T>), refused, ..looks::<T>(id) }
}

/// Every command, but for its name and its body.
pub(super) const COMMAND: Operation = Operation {
    id: "",
    query: None,
    body: None,
    answer: (200, by_name::<Done>),
    kind: "application/json",
    // A signal in somebody else's name is refused, though anybody may signal.
    refused: &[403, 409],
    once: true,
};

pub(super) fn operation(method: &str, path: &str) -> Operation {
    match (method, path) {
        ("GET", "/v1/rollouts") => looks::<Listed>("list"),
        ("POST", "/v1/preflight") => takes::<PreflightBody, Vec<Finding>>("preflight", 200, &[422]),
        ("POST", "/v1/rollouts") => {
            Operation { once: true, ..takes::<StartBody, Started>("start", 201, &[404, 409, 422]) }
        }
        ("POST", "/v1/drills") => {
            Operation { once: true, ..takes::<DrillBody, Started>("drill", 201, &[409, 422]) }
        }
        ("GET", "/v1/rollouts/{id}") => looks::<Status>("status"),
        ("GET", "/v1/rollouts/{id}/explain") => looks::<Explained>("explain"),
        ("GET", "/v1/rollouts/{id}/log") => {
            Operation { query: Some(Part::json_schema), ..looks::<Page>("log") }
        }
        ("GET", "/v1/rollouts/{id}/entries") => {
            Operation { query: Some(Part::json_schema), ..looks::<Written>("entries") }
        }
        ("GET", "/v1/rollouts/{id}/plan") => looks::<PlanView>("plan"),
        ("GET", "/v1/rollouts/{id}/signoff") => looks::<Signoff>("signoff"),
        ("GET", "/v1/rollouts/{id}/validate") => {
            let query: Option<Shape> = Some(Before::json_schema);
            Operation { query, refused: &[409], ..looks::<Validation>("validate") }
        }
        ("GET", "/v1/rollouts/{id}/health") => {
            let query: Option<Shape> = Some(Over::json_schema);
            Operation { query, refused: &[409], ..looks::<Health>("health") }
        }
        ("GET", "/v1/rollouts/{id}/budgets") => looks::<Accounts>("budgets"),
        ("POST", "/v1/budgets/{id}/{budget}/reservations") => {
            Operation { once: true, ..takes::<ReserveBody, Held>("reserve", 201, &[409]) }
        }
        ("POST", "/v1/budgets/{id}/{budget}/reservations/{hold}/settle") => {
            takes::<SettleBody, Settled>("settle", 200, &[403, 409])
        }
        ("POST", "/v1/budgets/{id}/{budget}/reservations/{hold}/release") => {
            takes::<Nothing, Released>("release", 200, &[403, 409])
        }
        ("GET", "/v1/incidents") => looks::<Incidents>("incidents"),
        ("GET", "/v1/incidents/{id}") => looks::<Incident>("incident"),
        ("GET", "/v1/stop") => looks::<Stop>("stop-line"),
        ("POST", "/v1/stop") => Operation { once: true, ..takes::<StopBody, Stopped>("stop", 200, &[]) },
        ("POST", "/v1/go") => takes::<GoBody, Done>("go", 200, &[409]),
        ("GET", "/v1/openapi.json") => looks::<serde_json::Map<String, serde_json::Value>>("openapi"),
        // A route that is not described here is a test that fails.
        _ => looks::<serde_json::Value>(""),
    }
}
