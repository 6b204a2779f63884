//! The description of the API, and its page: both are made of the table of routes and of the types that are read.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use console::{ROUTES, Route, Who, openapi};
use rollout::decide::COMMANDS;
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::PathBuf};

fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The file says what was made anew, or is written.
#[track_caller]
fn check_file(path: &str, made: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(root(path), made).unwrap();
    }
    let kept = fs::read_to_string(root(path)).unwrap_or_default();
    assert!(kept == made, "{path} is not what the code says: BLESS=1 cargo test -p tests --test api");
}

#[test]
fn the_file_in_the_repository_is_what_the_code_says() {
    check_file("docs/openapi.json", &(serde_json::to_string_pretty(&openapi()).unwrap() + "\n"));
}

/// What is not in the table would be taken by nobody, and what is served under no row by anybody.
#[test]
fn the_table_has_every_route_that_is_served_and_no_other() {
    let face = fs::read_to_string(root("shared/console/src/lib.rs")).unwrap();
    let mut served = BTreeSet::new();
    for line in face.lines().filter_map(|line| line.trim().strip_prefix(".route(\"")) {
        let (path, methods) = line.split_once('"').unwrap();
        for (word, method) in [("get(", "GET"), ("post(", "POST")] {
            if methods.contains(word) {
                served.insert((method, path.to_owned()));
            }
        }
        assert!(!["put(", "patch(", "delete(", "any(", "on("].iter().any(|word| methods.contains(word)));
    }
    let told: BTreeSet<_> = ROUTES.iter().map(|route| (route.method, route.path.to_owned())).collect();
    assert_eq!(served, told);
    assert_eq!(told.len(), ROUTES.len(), "a route stands in the table twice");
}

/// Every operation, with its path.
fn operations(of: &Value) -> Vec<(String, &Value)> {
    let paths = of["paths"].as_object().unwrap();
    let methods = |(path, methods): (&String, &'_ Value)| {
        let path = path.clone();
        methods
            .as_object()
            .unwrap()
            .keys()
            .map(move |method| (path.clone(), method.clone()))
            .collect::<Vec<_>>()
    };
    let all: Vec<(String, String)> = paths.iter().flat_map(methods).collect();
    all.into_iter().map(|(path, method)| (format!("{method} {path}"), &of["paths"][&path][&method])).collect()
}

#[test]
fn every_operation_has_a_name_of_its_own_and_what_it_needs() {
    let all = openapi();
    let mut names = BTreeSet::new();
    for (path, operation) in operations(&all) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(!name.is_empty(), "{path} is not described: shared/console/src/describe/operations.rs");
        assert!(names.insert(name), "{name} is the name of two");
        let is_open = operation["security"] == serde_json::json!([]);
        assert_eq!(is_open, path == "get /v1/openapi.json", "{path}");
        assert_eq!(is_open, operation["x-tidegate-needs"].is_null(), "{path}");
        let writes = operation["requestBody"].is_object();
        assert_eq!(writes, path.starts_with("post "), "{path}");
    }
    let commands = COMMANDS.map(|right| right.to);
    assert!(commands.iter().all(|name| names.contains(name)));
}

/// Where a name is meant, a schema stands.
#[test]
fn no_reference_leads_nowhere() {
    fn check(of: &Value, all: &Value) {
        match of {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    assert!(all.pointer(to.trim_start_matches('#')).is_some(), "{to}");
                }
                fields.values().for_each(|field| check(field, all));
            }
            Value::Array(items) => items.iter().for_each(|item| check(item, all)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let all = openapi();
    check(&all, &all);
    for (name, schema) in all["components"]["schemas"].as_object().unwrap() {
        assert!(!name.ends_with(char::is_numeric), "{name} is the name of two types");
        jsonschema::draft202012::meta::validate(schema).unwrap();
    }
}

/// The page with its tables made anew: prose is by hand, what a route is for is said once.
fn page(old: &str) -> String {
    let mut page = String::new();
    let mut skipping = false;
    for line in old.lines() {
        skipping &= line != "<!-- end -->";
        if !skipping {
            page.push_str(line);
            page.push('\n');
        }
        let table = match line {
            "<!-- routes -->" => routes(),
            "<!-- commands -->" => commands(),
            _ => continue,
        };
        page.push_str(&table);
        skipping = true;
    }
    page
}

fn routes() -> String {
    let row = |route: &Route| {
        let Route { method, path, who, about } = route;
        let who = match who {
            Who::Anyone => "anyone, without a token".to_owned(),
            Who::Has(right) => right.needs.words().to_owned(),
            Who::OfCommand => "as the command".to_owned(),
        };
        let all = openapi();
        let operation = &all["paths"][path][method.to_lowercase()];
        let names = |name: &str| {
            name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).map(str::to_uppercase)
        };
        let shown: Vec<String> =
            path.split('/').map(|part| names(part).unwrap_or_else(|| part.to_owned())).collect();
        let query: Vec<&str> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|one| one["in"] == "query")
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let body = body(operation).map(|body| format!(" `{body}`")).unwrap_or_default();
        format!("| `{method} {}{query}`{body} | {who} | {about} |\n", shown.join("/"))
    };
    format!(
        "\n| route | for whom | answer |\n|---|---|---|\n{}\n",
        ROUTES.iter().map(row).collect::<String>()
    )
}

fn commands() -> String {
    let all = openapi();
    let row = |right: &rollout::decide::Right| {
        let operation = &all["paths"][format!("/v1/rollouts/{{id}}/{}", right.to)]["post"];
        let fields =
            operation["requestBody"]["content"]["application/json"]["schema"]["properties"].as_object();
        let own = fields.unwrap().iter().filter(|(name, _)| *name != "at");
        let about = own.filter_map(|(name, field)| {
            let about = field["description"].as_str()?.trim_end_matches('.');
            let mut chars = about.chars();
            let first: String = chars.next()?.to_lowercase().collect();
            Some(format!("; `{name}`: {first}{}", chars.as_str()))
        });
        let about: String = about.collect();
        let who = operation["summary"].as_str().unwrap().trim_start_matches("For ");
        format!("| `{}` | {who} | `{}`{about} |\n", right.to, body(operation).unwrap())
    };
    format!(
        "\n| command | for whom | body |\n|---|---|---|\n{}\n",
        COMMANDS.iter().map(row).collect::<String>()
    )
}

/// The fields of a body, as people write them: `{at, note?}`.
fn body(operation: &Value) -> Option<String> {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    let all = schema["properties"].as_object();
    let needed: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let others = all.into_iter().flatten().filter(|(name, _)| !needed.contains(&name.as_str()));
    let others = others.map(|(name, _)| format!("{name}?"));
    let fields: Vec<String> = needed.iter().map(|name| (*name).to_owned()).chain(others).collect();
    schema.is_object().then(|| format!("{{{}}}", fields.join(", ")))
}

#[test]
fn the_page_of_the_api_has_every_route_and_every_command() {
    let old = fs::read_to_string(root("docs/api.md")).unwrap();
    let made = page(&old);
    assert!(made.contains("`POST /v1/rollouts/ID/COMMAND`") && made.contains("| `abandon` | an admin |"));
    check_file("docs/api.md", &made);
}
