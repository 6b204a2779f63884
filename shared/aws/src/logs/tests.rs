use super::*;
use flate2::{Compression, write::GzEncoder};
use serde_json::json;
use std::io::Write;

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn packed(bytes: &[u8]) -> Value {
    let mut encoder = GzEncoder::new(vec![], Compression::best());
    encoder.write_all(bytes).unwrap();
    json!({ "awslogs": { "data": BASE64_STANDARD.encode(encoder.finish().unwrap()) } })
}

fn broken(payload: &Value) -> String {
    match read(payload) {
        Err(NoLines::Broken(why)) => why,
        other => panic!("it must be broken: {other:?}"),
    }
}

#[test]
fn lines_are_unpacked_with_their_ids_and_times() {
    let lines = read(&sample(include_str!("../../../../events/logs.json"))).unwrap().unwrap();
    assert_eq!((lines.group.as_str(), lines.lines.len()), ("/aws/lambda/search", 5));
    let first = &lines.lines[0];
    assert!(first.id.ends_with('1') && first.text.contains("\"cost_usd\":0.00734"), "{first:?}");
    assert_eq!(first.at, Timestamp(1_767_616_201_000));
    let unpacked = include_str!("../../../../events/logs-unpacked.json");
    assert_eq!(read(&packed(unpacked.as_bytes())).unwrap().unwrap(), lines, "it is what it shows");
}

#[test]
fn that_a_subscription_works_is_no_line() {
    assert_eq!(read(&sample(include_str!("../../../../events/logs-control.json"))), Ok(None));
}

/// Costs may be lost: whoever cannot read them says so loudly.
#[test]
fn what_cannot_be_unpacked_is_broken_and_not_nobodys() {
    let letters = |data: &str| json!({ "awslogs": { "data": data } });
    assert!(broken(&letters("no letters!")).starts_with("Invalid symbol"));
    let plain = BASE64_STANDARD.encode("written in plain letters");
    assert_eq!(broken(&letters(&plain)), "invalid gzip header");
    assert!(!broken(&letters("")).is_empty());
    assert!(broken(&packed(b"{}")).contains("messageType"));
    assert!(broken(&packed(b"[]")).contains("invalid"));
    assert_eq!(broken(&packed(br#"{"messageType": "NEWS"}"#)), "messages of the type \"NEWS\"");
    let event =
        |event: &str| packed(format!(r#"{{"messageType":"DATA_MESSAGE","logEvents":[{event}]}}"#).as_bytes());
    assert!(broken(&event(r#"{"id":"1","timestamp":"now","message":"m"}"#)).contains("expected i64"));
    assert!(broken(&event(r#"{"id":"","timestamp":1,"message":"m"}"#)).contains("without an id"));
    assert!(broken(&event("7")).contains("expected struct"));
}

/// A thousandth of what it unpacks to fits into a call.
#[test]
fn what_unpacks_to_more_than_there_can_be_is_not_unpacked() {
    let large = vec![b' '; usize::try_from(UNPACKED_BYTES_MAX).unwrap() + 1];
    assert!(broken(&packed(&large)).contains("more than 33554432 bytes"));
}

#[test]
fn what_is_no_subscription_is_nobodys() {
    let gateway = sample(include_str!("../../../../events/api-jwt.json"));
    for payload in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "awslogs": {} }),
        json!({ "awslogs": { "data": 7 } }),
        gateway,
    ] {
        let error = read(&payload).unwrap_err();
        assert!(matches!(error, NoLines::Unknown(_)) && error.to_string().len() < 300, "{error}");
    }
}
