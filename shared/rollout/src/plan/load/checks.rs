//! What the system tries by itself.

use super::{
    fields::{Fields, integer, is_label, mapping, parsed, text},
    keys,
    units::span_of,
};
use crate::{
    plan::{
        Check, LAMBDA_WITHIN, Probe, Problem,
        parse::{self, Misread, Unit},
        yaml::{Node, Scalar, Value},
    },
    time::Span,
};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// The checks, and the names of all that are declared, the broken ones too.
pub(super) fn read(fields: &Fields<'_>, found: &mut Vec<Problem>) -> (Vec<Check>, Vec<String>) {
    let Some(node) = fields.get("checks") else { return (Vec::new(), Vec::new()) };
    let Some((entries, _)) = mapping(node, "`checks`", found) else { return (Vec::new(), Vec::new()) };
    let mut checks = Vec::new();
    for entry in entries {
        is_label(entry.place, &entry.key.text, "a check", found);
        let probe = probe(&entry.node, found);
        checks.extend(probe.map(|probe| Check { name: entry.key.text.clone(), probe }));
    }
    (checks, entries.iter().map(|entry| entry.key.text.clone()).collect())
}

fn probe(node: &Node, found: &mut Vec<Problem>) -> Option<Probe> {
    let fields = Fields::of(node, "a check", &keys::CHECK, found)?;
    match fields.first_of(&["http", "lambda"]) {
        Some(("http", call)) => http(&fields, call, found),
        Some((_, function)) => lambda(&fields, function, found),
        None => {
            let help = "write `http: \"GET https://…\"` or `lambda: FUNCTION`".to_owned();
            found.push(node.place.problem("a check calls something", Some(help)));
            None
        }
    }
}

fn http(fields: &Fields<'_>, call: &Node, found: &mut Vec<Problem>) -> Option<Probe> {
    for key in ["lambda", "payload", "within"] {
        if fields.get(key).is_some() {
            found.push(fields.key_place(key).problem(
                format!("`{key}` has no place beside `http`"),
                Some("beside it stand `body` and `expect`".to_owned()),
            ));
        }
    }
    let call = parsed(call, method_and_url, found);
    let sends = fields.get("body").map(sent);
    if let Some((method, _)) = &call
        && sends.is_some()
        && matches!(method.as_str(), "GET" | "HEAD")
    {
        let what = format!("a {method} has no body");
        found.push(fields.key_place("body").problem(what, Some("write `POST` or `PUT`".to_owned())));
    }
    let expect = fields.get("expect").and_then(|node| Fields::of(node, "`expect`", &keys::EXPECT, found));
    let expected = |key: &str| expect.as_ref().and_then(|expect| expect.get(key));
    let status = expected("status").map_or(Some(200), |node| status(node, found));
    let within = expected("within").and_then(|node| time(node, found));
    let body = expected("body").and_then(|node| text(node, found));
    let (method, url) = call?;
    Some(Probe::Http { method, url, sends, status: status?, within, body })
}

fn method_and_url(text: &str) -> Result<(String, String), Misread> {
    let misread = |what: String, help: &str| Misread {
        at: 0,
        length: text.chars().count(),
        what,
        help: Some(help.to_owned()),
    };
    let example = "write \"GET https://example.com/healthz\"";
    let (method, url) = text
        .split_once(' ')
        .ok_or_else(|| misread("a method and an address are needed".to_owned(), example))?;
    if !METHODS.contains(&method) {
        return Err(misread(format!("`{method}` is not a method"), &METHODS.join(", ")));
    }
    if !(url.starts_with("https://") || url.starts_with("http://")) || url.contains(char::is_whitespace) {
        return Err(misread(format!("`{url}` is not an address"), example));
    }
    Ok((method.to_owned(), url.to_owned()))
}

fn status(node: &Node, found: &mut Vec<Problem>) -> Option<u16> {
    let status = integer(node, found)?;
    let known = u16::try_from(status).ok().filter(|status| (100..600).contains(status));
    if known.is_none() {
        found.push(node.place.problem(
            format!("{status} is not a status of HTTP"),
            Some("a number from 100 to 599, such as 200".to_owned()),
        ));
    }
    known
}

fn lambda(fields: &Fields<'_>, function: &Node, found: &mut Vec<Problem>) -> Option<Probe> {
    for key in ["expect", "body"] {
        if fields.get(key).is_some() {
            found.push(fields.key_place(key).problem(
                format!("`{key}` has no place beside `lambda`"),
                Some("beside it stand `payload` and `within`".to_owned()),
            ));
        }
    }
    let within = fields.get("within").map_or(Some(LAMBDA_WITHIN), |node| time(node, found));
    let payload = fields.get("payload").map_or_else(|| "{}".to_owned(), |node| json(node).to_string());
    Some(Probe::Lambda { function: text(function, found)?, payload, within: within? })
}

/// What is sent: a text as it stands, anything else as JSON.
fn sent(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.clone(),
        Value::Sequence { .. } | Value::Mapping { .. } => json(node).to_string(),
    }
}

/// A time to answer in: a duration that may also be in milliseconds.
fn time(node: &Node, found: &mut Vec<Problem>) -> Option<Span> {
    let read = |text: &str| {
        let quantity = parse::quantity(text)?;
        let span = span_of(quantity).filter(|span| *span > Span::ZERO && quantity.unit != Unit::None);
        span.ok_or_else(|| Misread {
            at: 0,
            length: text.chars().count(),
            what: format!("`{text}` is not a time to answer in"),
            help: Some("write `1500ms` or `2s`".to_owned()),
        })
    };
    parsed(node, read, found)
}

/// YAML as the JSON that it means; the file's depth is limited, so is this.
fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Scalar(Scalar { text, plain: true, .. }) if text.is_empty() => serde_json::Value::Null,
        Value::Scalar(Scalar { text, plain: true, .. }) => {
            serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.clone()))
        }
        Value::Scalar(scalar) => serde_json::Value::String(scalar.text.clone()),
        Value::Sequence { items, .. } => items.iter().map(json).collect(),
        Value::Mapping { entries, .. } => {
            entries.iter().map(|entry| (entry.key.text.clone(), json(&entry.node))).collect()
        }
    }
}
