//! One sample of every way in: each is read by the door that it is for, and whatever becomes of it on its way is refused
//! in one line.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not expect")]

use aws::{alarm, logs, notices, woken::Woken};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// What a refusal says is no longer: it stands in a log, and in the queue of what was lost.
const ERROR_BYTES_MAX: usize = 600;

/// By the beginning of a sample's name: which door reads it, and whether it does.
fn read(name: &str, payload: &Value) -> Option<Result<(), String>> {
    let text = |error: &dyn std::error::Error| error.to_string();
    match name.split(['-', '.']).next().unwrap_or_default() {
        "alarm" => {
            let all: Result<Vec<_>, _> = alarm::read(payload).into_iter().collect();
            Some(all.map(drop).map_err(|error| text(&error)))
        }
        "hint" | "scheduled" => Some(Woken::read(payload).map(drop).map_err(|error| text(&error))),
        "logs" if !name.contains("unpacked") => {
            Some(logs::read(payload).map(drop).map_err(|error| text(&error)))
        }
        "stream" => Some(notices::read(payload).map(drop).map_err(|error| text(&error))),
        // What the gateway brings is read by `gateway`; the others show what is inside, or what comes out.
        "api" | "budget" | "logs" | "embedded" => None,
        other => panic!("no door reads {other}"),
    }
}

fn samples() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let sample = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    };
    files.map(sample).collect()
}

#[test]
fn every_sample_is_read_by_its_door() {
    let samples = samples();
    assert!(samples.len() >= 25, "{}", samples.len());
    let mut doors = 0;
    for (name, payload) in samples {
        if let Some(read) = read(&name, &payload) {
            read.unwrap_or_else(|why| panic!("{name}: {why}"));
            doors += 1;
        }
    }
    assert!(doors >= 20, "{doors}");
}

/// The places of a value: itself, and those of all that it holds.
fn places(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    for (key, value) in value.as_object().into_iter().flatten() {
        places(value, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), all);
    }
    for (key, value) in value.as_array().into_iter().flatten().enumerate() {
        places(value, &format!("{at}/{key}"), all);
    }
}

#[test]
fn whatever_becomes_of_a_sample_is_refused_in_one_line_and_nothing_panics() {
    let others =
        [json!(null), json!(7), json!(-1.5e300), json!(""), json!("x".repeat(100_000)), json!([]), json!({})];
    let mut refused = 0;
    for (name, payload) in samples() {
        let mut all = vec![];
        places(&payload, "", &mut all);
        for place in all {
            for other in &others {
                let mut changed = payload.clone();
                *changed.pointer_mut(&place).unwrap() = other.clone();
                if let Some(Err(why)) = read(&name, &changed) {
                    assert!(why.len() <= ERROR_BYTES_MAX && !why.contains('\n'), "{name} {place}: {why}");
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

#[test]
fn no_door_takes_what_is_for_another() {
    for (name, payload) in samples() {
        let own = name.split(['-', '.']).next().unwrap_or_default().to_owned();
        for door in ["alarm-", "hint.", "logs.", "stream."] {
            let is_own = door.starts_with(&own) || (own == "scheduled" && door == "hint.");
            let is_taken = read(door, &payload).unwrap().is_ok();
            assert_eq!(is_taken, is_own && !name.contains("unpacked"), "{door} and {name}");
        }
    }
}
