//! A log is proved: by whoever may read it, and from a file by anybody.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod common;

use common::{Local, Place, plan};

#[test]
fn a_log_is_proved_and_a_planted_change_is_found() {
    let place = Place::new("audit");
    let mut local = Local::start(&place, &["local", &plan("two-steps.yaml"), "--speed", "1000000", "--stay"]);
    local.until("is over");
    let endpoint = local.endpoint.clone();
    let online = |arguments: &[&str]| place.run(&[arguments, &["--endpoint", &endpoint]].concat());

    let proved = online(&["log", "--verify", "two-steps-1"]);
    assert!(proved.code == 0 && proved.out.contains("the rollout stands where they say"), "{proved:?}");
    assert!(!proved.out.contains("is not known here"), "{proved:?}");
    let lines = online(&["log", "two-steps-1", "--format", "json"]).json().as_array().map(Vec::len).unwrap();
    assert!(proved.out.starts_with(&format!("{lines} entries")), "{proved:?}");

    let exported = online(&["log", "two-steps-1", "--export"]).out;
    assert_eq!(exported.lines().count(), lines);
    place.write("log.jsonl", &exported);
    let offline =
        |arguments: &[&str]| place.run(&[&["log", "--verify", "--file", "log.jsonl"], arguments].concat());
    let same = offline(&["--format", "json"]).json();
    assert_eq!((same["entries"].as_u64(), same["head"].as_bool()), (Some(lines as u64), Some(false)));
    let hash = same["hash"].as_str().unwrap().to_owned();
    let nailed = offline(&["--anchor", &hash]);
    assert!(nailed.code == 0 && !nailed.out.contains("is not known here"), "{nailed:?}");
    let other = offline(&["--anchor", "00ff"]);
    assert!(other.code == 1 && other.err.contains("noted elsewhere"), "{other:?}");

    // Somebody makes themselves the one who started it.
    let forged = exported.replacen("\"by\":\"admin\"", "\"by\":\"nobody\"", 1);
    assert_ne!(forged, exported, "{exported}");
    place.write("log.jsonl", &forged);
    let found = offline(&[]);
    assert!(found.code == 1 && found.err.contains("broken: entry 1 says something else"), "{found:?}");

    // A log without its end is whole in itself; only an anchor tells that something is missing.
    let shorter: String = exported.split_inclusive('\n').take(lines - 1).collect();
    place.write("log.jsonl", &shorter);
    let cut = offline(&[]);
    let open = format!("what came after entry {} is not known here: --anchor HASH nails it", lines - 1);
    assert!(cut.code == 0 && cut.out.contains(&open), "{cut:?}");
    assert_eq!(offline(&["--anchor", &hash]).code, 1);

    place.write("log.jsonl", &exported[..exported.len() - 20]);
    let torn = offline(&[]);
    assert!(torn.code == 1 && torn.err.contains(&format!("log.jsonl line {lines} is no entry")), "{torn:?}");
    place.write("log.jsonl", "");
    assert_eq!(offline(&[]).code, 1);
}
