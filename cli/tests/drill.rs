//! A rollback rehearsed in local mode: by hand, by the lab's alarm, and not while a rollout is under way.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod common;

use common::{Local, Place, Ran, plan};
use serde_json::{Value, json};
use std::fs;

/// A minute a second: the ten minutes after which a drill goes back by itself are ten seconds.
const SLOW: &str = "60";
/// Another function than that of the rollout for which local mode was started.
const OTHER: &str = r#"
tidegate: 1
name: other
owner: lead
people: {lead: {members: [lena], page: "phone:1"}}
promise: {decide: 1h, apply: 1h, verify: 1h, rollback: 2h, by_hand: 2h}
targets:
  - {function: other, set: {PERCENT: "${percent}", NEW: "${enabled}"}}
guardrails:
  - {alarm: prod-errors, then: [roll back, page lead], severity: P0}
stages:
  - {name: canary, percent: 10, bake: 4h}
  - {name: full, percent: 100, bake: 4h}
"#;

fn environment(place: &Place) -> Value {
    let text = fs::read_to_string(place.path(".tidegate/functions/other.json")).unwrap();
    let mut all: Value = serde_json::from_str(&text).unwrap();
    all.as_object_mut().unwrap().remove("TIDEGATE").unwrap();
    all
}

#[test]
fn a_rollback_is_rehearsed_and_leaves_nothing_behind() {
    let place = Place::new("drill");
    place.write("other.yaml", OTHER);
    let arguments = ["local", &plan("two-steps.yaml"), "--story", "no-approval", "--speed", SLOW, "--stay"];
    let local = Local::start(&place, &arguments);
    let endpoint = local.endpoint.clone();
    let say = |arguments: &[&str]| -> Ran {
        place.run(&[arguments, &["--as", "admin", "--endpoint", &endpoint]].concat())
    };
    let by_hand = say(&["drill", "other.yaml", "--times", "2", "--format", "json"]);
    assert_eq!(by_hand.code, 0, "{by_hand:?}");
    let report = by_hand.json();
    let drills = report["drills"].as_array().unwrap();
    assert_eq!((drills.len(), &report["kept"]), (2, &true.into()), "{report}");
    assert_eq!(drills[0]["times"]["steps"].as_array().unwrap().last().unwrap()["step"], "by_hand");
    assert!(report["steps"].as_array().unwrap().iter().all(|step| step["p99"].is_u64()), "{report}");
    assert_eq!(environment(&place), json!({"LOG_LEVEL": "info", "NEW": "false", "PERCENT": "0"}));

    // What was absent is absent again.
    fs::write(place.path(".tidegate/functions/other.json"), r#"{"LOG_LEVEL": "debug"}"#).unwrap();
    let by_alarm = say(&["drill", "other.yaml", "--alarm", "prod-errors"]);
    assert_eq!(by_alarm.code, 0, "{by_alarm:?}");
    assert!(by_alarm.out.starts_with("other-3, a drill, set off by alarm prod-errors\n"), "{by_alarm:?}");
    assert!(by_alarm.out.ends_with("every promise was kept\n"), "{by_alarm:?}");
    assert_eq!(environment(&place), json!({"LOG_LEVEL": "debug"}));
    let log = say(&["log", "other-3"]).out;
    assert!(log.contains("a drill of other") && log.contains("alarm prod-errors"), "{log}");
    assert!(!log.contains("page lead") && !log.contains("notified"), "somebody was woken:\n{log}");
    assert!(say(&["explain", "other-3"]).out.starts_with("other-3, a drill, is rolled-back"));
    assert!(say(&["list"]).out.contains("  a drill\n"));
    let incidents = say(&["incidents"]).out;
    assert!(incidents.contains(" P3 closed") && incidents.contains("drill: guardrail"), "{incidents}");

    let unknown = say(&["drill", "other.yaml", "--alarm", "nobody"]);
    assert!(unknown.code == 1 && unknown.err.contains("those are prod-errors"), "{unknown:?}");
    // What was rehearsed asks nobody for a word of reason.
    let started = say(&["start", "other.yaml"]);
    assert_eq!(started.code, 0, "{started:?}");
    let held = say(&["drill", "other.yaml"]);
    assert!(held.code == 1 && held.err.contains("other is held by other-4"), "{held:?}");
}
