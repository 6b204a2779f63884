//! What the API is, as OpenAPI 3.1 says it: made of the table of routes and of the very types that are read and written.
//!
//! It is made when the project is built and tested (`docs/openapi.json`), and served as it was written: a door has no need
//! to carry what makes it.

mod operations;

use crate::{BODY_BYTES_MAX, Problem, ROUTES, Route, Who, commands, writes};
use operations::{Operation, operation};
use rollout::decide::{COMMANDS, FORCE, Needs, Right};
use schemars::{
    Schema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

/// The description, as it is served.
pub const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// Makes the schema of a type.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

pub(crate) async fn served() -> ([(&'static str, &'static str); 1], &'static str) {
    ([("content-type", "application/json")], OPENAPI)
}

/// Where the schemas stand that are named.
const NAMED: &str = "/components/schemas";

/// The description, made anew.
pub fn openapi() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = Map::new();
    for route in ROUTES {
        for (path, who, operation) in each(route) {
            let told = told(route, who, &operation, &path, &mut schemas);
            let at = paths.entry(path).or_insert_with(|| json!({}));
            if let Value::Object(methods) = at {
                methods.insert(route.method.to_lowercase(), told);
            }
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "tidegate",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache 2.0", "identifier": "Apache-2.0" },
            "description": ABOUT,
        },
        "servers": [{ "url": "/" }],
        "security": [{ "token": [] }, { "signature": [] }],
        "paths": paths,
        "components": {
            "responses": problems(&mut schemas),
            "schemas": schemas.named(),
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "signature": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "description": "A signature of an AWS account: SigV4, service `execute-api`.",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                },
            },
        },
    })
}

const ABOUT: &str = "Rolls a change out stage by stage, watches it, asks people when it must, and takes it back by \
    itself. Who acts is known from the credentials, never from a body. `x-tidegate-needs` says who may take a route: \
    `known` (machines too), `person`, `role` (a person with a role of the plan that is asked) or `admin` (of the \
    deployment). Whatever raises or consents names in `at` the entry that it answers; the status has it under `answers`. \
    In the cloud the gateway answers 401, 403 and 429 by itself, before tidegate is asked: as `{\"message\": ...}`.";

/// A route is one operation, but for that of commands.
fn each(route: &Route) -> Vec<(String, Who, Operation)> {
    match route.who {
        Who::OfCommand => COMMANDS.into_iter().map(|right| command(route, right)).collect(),
        who @ (Who::Anyone | Who::Has(_)) => {
            vec![(route.path.to_owned(), who, operation(route.method, route.path))]
        }
    }
}

fn command(route: &Route, right: Right) -> (String, Who, Operation) {
    let operation = Operation { id: right.to, body: commands::body_of(right.to), ..operations::COMMAND };
    (route.path.replace("{command}", right.to), Who::Has(right), operation)
}

fn told(route: &Route, who: Who, operation: &Operation, path: &str, schemas: &mut Schemas) -> Value {
    let Operation { id, query, body, answer: (status, answer), kind, refused, once } = operation;
    let mut told = Map::new();
    told.insert("operationId".to_owned(), json!(id));
    told.insert("description".to_owned(), json!(route.about));
    match who {
        Who::Has(Right { needs, .. }) => {
            let also = if *id == "promote" {
                format!("; with `force` {}", FORCE.needs.words())
            } else {
                String::new()
            };
            told.insert("x-tidegate-needs".to_owned(), json!(needs));
            told.insert("summary".to_owned(), json!(format!("For {}{also}", needs.words())));
        }
        Who::Anyone | Who::OfCommand => {
            told.insert("security".to_owned(), json!([]));
            told.insert("summary".to_owned(), json!("For anyone"));
        }
    }
    let parameters = parameters(path, *query, *once, schemas);
    if !parameters.is_empty() {
        told.insert("parameters".to_owned(), Value::Array(parameters));
    }
    if let Some(body) = body {
        let schema = schemas.read(*body);
        let is_needed = schema.get("required").is_some();
        let body = json!({ "required": is_needed, "content": { "application/json": { "schema": schema } } });
        told.insert("requestBody".to_owned(), body);
    }
    let mut answers = Map::new();
    let content = json!({ *kind: { "schema": schemas.written(*answer) } });
    answers.insert(status.to_string(), json!({ "description": "Done.", "content": content }));
    for status in refusals(who, operation, path).chain(refused.iter().copied()) {
        answers.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{status}") }));
    }
    told.insert("responses".to_owned(), Value::Object(answers));
    Value::Object(told)
}

/// What any route of its kind may answer besides.
fn refusals(who: Who, operation: &Operation, path: &str) -> impl Iterator<Item = u16> {
    let is_for_anyone = who == Who::Anyone;
    let needs_more = matches!(who, Who::Has(Right { needs, .. }) if needs != Needs::Known);
    let reads = operation.body.is_some() || operation.query.is_some() || operation.once;
    let all = [
        (400, reads),
        (401, !is_for_anyone),
        (403, needs_more),
        (404, path.contains('{')),
        (413, operation.body.is_some()),
        (500, !is_for_anyone),
        (503, !is_for_anyone),
    ];
    all.into_iter().filter(|(_, is_so)| *is_so).map(|(status, _)| status)
}

/// Every problem, by its status.
fn problems(schemas: &mut Schemas) -> Map<String, Value> {
    let schema = schemas.written(SchemaGenerator::subschema_for::<Problem>);
    let content = json!({ "application/problem+json": { "schema": schema } });
    let one = |status: u16| json!({ "description": words(status), "content": content });
    [400, 401, 403, 404, 409, 413, 422, 500, 503]
        .map(|status| (status.to_string(), one(status)))
        .into_iter()
        .collect()
}

fn words(status: u16) -> String {
    match status {
        400 => "The body, the query or a header cannot be read.".to_owned(),
        401 => "No token, or one that nobody has.".to_owned(),
        403 => "Whoever acts may not do this; `detail` says why.".to_owned(),
        404 => "There is no such thing.".to_owned(),
        409 => "It cannot be done as things stand; `detail` says why.".to_owned(),
        413 => format!("The body has more than {BODY_BYTES_MAX} bytes."),
        422 => "The plan has problems: all of them, each with its place.".to_owned(),
        503 => "The table does not answer; try again in a moment.".to_owned(),
        _ => "An error of tidegate.".to_owned(),
    }
}

fn parameters(path: &str, query: Option<Shape>, once: bool, schemas: &mut Schemas) -> Vec<Value> {
    let named = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = |name: &str| {
        let schema = match name {
            "id" => json!({ "type": "string", "pattern": "^[a-z0-9-]{1,100}$", "examples": ["demo-1"] }),
            _ => json!({ "type": "string", "minLength": 1 }),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    };
    let mut parameters: Vec<Value> = named.map(in_path).collect();
    if let Some(query) = query {
        let shape = schemas.read(query);
        let fields = shape.get("properties").and_then(Value::as_object).into_iter().flatten();
        parameters.extend(
            fields.map(|(name, schema)| json!({ "name": name, "in": "query", "schema": never_null(schema) })),
        );
    }
    if once {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Names the request: the same one by the same person counts once.",
            "schema": { "type": "string", "pattern": "^[!-~]([ -~]*[!-~])?$", "maxLength": writes::ONCE_CHARS_MAX },
        }));
    }
    parameters
}

/// A query leaves out what it does not say.
fn never_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(kinds) = schema.get_mut("type")
        && let Some(first) = kinds.as_array().and_then(|kinds| kinds.first()).cloned()
    {
        *kinds = first;
    }
    schema
}

/// The schemas that have names: of what is written, as it is written, and of what is read, as it is read.
struct Schemas {
    written: SchemaGenerator,
    read: SchemaGenerator,
}

impl Schemas {
    fn new() -> Schemas {
        let of = |contract| {
            let settings = SchemaSettings::draft2020_12().with(|settings| {
                settings.contract = contract;
                settings.definitions_path = NAMED.into();
            });
            settings.into_generator()
        };
        Schemas { written: of(Contract::Serialize), read: of(Contract::Deserialize) }
    }

    fn written(&mut self, shape: Shape) -> Value {
        shape(&mut self.written).to_value()
    }

    fn read(&mut self, shape: Shape) -> Value {
        shape(&mut self.read).to_value()
    }

    fn named(mut self) -> Map<String, Value> {
        let mut named = self.written.take_definitions(true);
        named.extend(self.read.take_definitions(true));
        named
    }
}
