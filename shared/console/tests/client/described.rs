//! Every answer that a test sees is one that the description has: its status, its kind and its body.

use super::Answer;
use axum::http::Method;
use serde_json::{Value, json};
use std::sync::LazyLock;

static DESCRIBED: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(console::OPENAPI).unwrap());

/// The operation of a request, if there is one: of several the one with the most words of its own.
fn operation(method: &Method, path: &str) -> Option<&'static Value> {
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |path: &str| {
        let told: Vec<&str> = path.split('/').collect();
        let own = told.iter().filter(|part| !part.starts_with('{')).count();
        let same = |(told, asked): (&&str, &&str)| told == asked || told.starts_with('{');
        (told.len() == asked.len() && told.iter().zip(&asked).all(same)).then_some(own)
    };
    let paths = DESCRIBED["paths"].as_object().unwrap().iter();
    let (_, methods) =
        paths.filter_map(|(path, methods)| Some((fits(path)?, methods))).max_by_key(|(own, _)| *own)?;
    methods.get(method.as_str().to_lowercase())
}

#[track_caller]
pub(super) fn check(method: &Method, path: &str, answer: &Answer) {
    // What is written in a strange way is described under its usual name.
    let path = &path.replace("%61", "a");
    let Some(operation) = operation(method, path) else {
        assert!(
            matches!(answer.status.as_u16(), 404 | 405),
            "{method} {path} is not described: {}",
            answer.status
        );
        return;
    };
    let mut told = &operation["responses"][answer.status.as_str()];
    if let Some(named) = told["$ref"].as_str() {
        told = DESCRIBED.pointer(named.trim_start_matches('#')).unwrap();
    }
    let schema = &told["content"][&answer.kind]["schema"];
    assert!(
        !schema.is_null(),
        "{method} {path} answers {} {}, which is not described",
        answer.status,
        answer.kind
    );
    let whole = json!({ "components": DESCRIBED["components"], "allOf": [schema] });
    let validator = jsonschema::draft202012::new(&whole).unwrap();
    let wrong: Vec<String> = validator
        .iter_errors(&answer.body)
        .map(|wrong| format!("{}: {wrong}", wrong.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{method} {path}: {}\n{}", wrong.join("\n"), answer.body);
}
