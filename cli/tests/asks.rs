//! What a person asks of a rollout that runs: the built program against local mode.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod common;

use common::{Local, Place, Ran, plan};
use std::fs;

/// As fast as the machine can.
const FAST: &str = "1000000";
/// A minute a second: whatever bakes goes on baking while it is looked at.
const SLOW: &str = "60";

/// A rollout of two steps that runs, and somebody who asks.
struct Asked {
    place: Place,
    local: Local,
}

impl Asked {
    fn of(name: &str, arguments: &[&str], until: &str) -> Asked {
        let place = Place::new(name);
        let text = fs::read_to_string(plan("two-steps.yaml")).unwrap();
        // What pauses stays to be looked at.
        let text = text.replace("then: roll back", "then: pause");
        let more = "escalate: [ops, lead]\nlinks: {runbook: https://wiki/two-steps}\n";
        place.write("plan.yaml", &format!("{text}{more}"));
        place.write("blind.story", "tick all\napprove all\nfrom start: source forbidden\n");
        place.write("bad.story", "tick all\nat exposure + 10m: error_rate 9%\n");
        let all: Vec<&str> =
            ["local", "plan.yaml", "--stay"].into_iter().chain(arguments.iter().copied()).collect();
        let mut local = Local::start(&place, &all);
        local.until(until);
        Asked { place, local }
    }

    fn say(&self, arguments: &[&str]) -> Ran {
        self.place.run(arguments)
    }
}

#[test]
fn a_validation_ends_with_a_code_for_a_pipeline() {
    let mut asked = Asked::of("validate", &["--story", "no-approval", "--speed", FAST], "asked");
    let ran = asked.say(&["validate", "two-steps-1"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(
        ran.out.contains("before full 100%: no: 3 of 4 lines hold; only people are missing"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains(" ok  guardrail  error_rate > 5%  error_rate 1."), "{}", ran.out);
    assert!(ran.out.contains(" no  leave      approve: lead    nobody yet"), "{}", ran.out);
    let json = asked.say(&["validate", "--format", "json"]).json();
    assert_eq!((json["holds"].as_str(), json["only_people"].as_bool()), (Some("no"), Some(true)));
    assert!(json["lines"][2]["figure"]["samples"].as_u64() >= Some(50), "{json}");
    for (arguments, says) in [
        (["--stage", "canary"], "canary is not ahead"),
        (["--stage", "nonsense"], "the plan has canary, full"),
        (["--cohort", "beta"], "no cohort of this name: beta"),
        (["--stage", "a b"], "is not the name of a stage"),
    ] {
        let ran = asked.say(&["validate", "two-steps-1", arguments[0], arguments[1]]);
        assert!(ran.code == 1 && ran.err.contains(says), "{ran:?}");
    }
    assert_eq!(asked.say(&["approve", "--as", "lena"]).code, 0);
    asked.local.until("is over");
    let over = asked.say(&["validate", "two-steps-1"]);
    assert!(over.code == 3 && over.out.contains("the rollout is over"), "{over:?}");
}

#[test]
fn what_bakes_does_not_hold_and_what_is_not_measured_is_not_known() {
    let asked = Asked::of("validate-early", &["--story", "blind.story", "--speed", SLOW], "applied");
    let ran = asked.say(&["validate"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains("no: 1 of 4 lines hold, 1 not known\n"), "{}", ran.out);
    assert!(ran.out.contains(" no  bake       bake 30m"), "{}", ran.out);
    assert!(
        ran.out.contains(" ??  guardrail  error_rate > 5%  error_rate not known: the source may not"),
        "{}",
        ran.out
    );
}

#[test]
fn health_shows_every_metric_with_its_past_and_every_halt_trigger() {
    let asked = Asked::of("health", &["--story", "no-approval", "--speed", FAST], "asked");
    let ran = asked.say(&["health", "two-steps-1", "--duration", "30m"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("the last 30m; halt triggers: all quiet"), "{}", ran.out);
    assert!(!ran.out.contains("whom to call"), "{}", ran.out);
    let metric = ran.out.lines().find(|line| line.contains(" ok  error_rate  1.")).unwrap_or(&ran.out);
    assert!(metric.contains("before error_rate > 5%"), "{metric}");
    assert_eq!(metric.chars().filter(|c| ('▁'..='█').contains(c)).count(), 30, "{metric}");
    assert!(ran.out.contains(" ok  armed         error_rate > 5% -> pause"), "{}", ran.out);
    let json = asked.say(&["health", "--format", "json"]).json();
    assert_eq!((json["quiet"].as_str(), json["over"].as_str()), (Some("yes"), Some("1h")));
    assert_eq!(json["metrics"][0]["values"].as_array().map(Vec::len), Some(60));
    for (arguments, says) in [
        (["--cohort", "beta"], "no cohort of this name"),
        (["--duration", "60d"], "no duration from 1m to 30d"),
        (["--duration", "soon"], "not a duration"),
    ] {
        let ran = asked.say(&["health", "two-steps-1", arguments[0], arguments[1]]);
        assert!(ran.code == 1 && ran.err.contains(says), "{ran:?}");
    }
}

#[test]
fn health_ends_with_a_code_when_a_trigger_is_true_or_not_known() {
    let blind = Asked::of("health-blind", &["--story", "blind.story", "--speed", SLOW], "applied");
    let ran = blind.say(&["health"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.out.contains("halt triggers: not known"), "{}", ran.out);
    assert!(ran.out.contains(" ??  error_rate  not known: the source may not"), "{}", ran.out);
    let bad = Asked::of("health-bad", &["--story", "bad.story", "--speed", FAST], "paused");
    let ran = bad.say(&["health"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains("halt triggers: NOT QUIET"), "{}", ran.out);
    assert!(ran.out.contains("whom to call, in order\n     ops (page phone:1)"), "{}", ran.out);
    assert!(ran.out.contains("runbook: https://wiki/two-steps"), "{}", ran.out);
    let explained = bad.say(&["explain"]).out;
    assert!(explained.contains("Whom to call, in order:\n  - ops (page phone:1)"), "{explained}");
}

#[test]
fn the_signoff_table_is_read_pasted_and_parsed() {
    let asked = Asked::of("signoff", &["--story", "no-approval", "--speed", FAST], "asked");
    let waiting = asked.say(&["signoff"]);
    assert!(waiting.code == 0 && waiting.out.contains("0 of 1 consents are given"), "{waiting:?}");
    let row = waiting.out.lines().find(|line| line.contains(" lead ")).unwrap_or(&waiting.out);
    assert!(row.contains("-    -     asked since 20"), "{row}");
    assert_eq!(asked.say(&["approve", "--as", "lena", "--note", "go | now"]).code, 0);
    let document = asked.say(&["signoff", "two-steps-1", "--markdown"]).out;
    let row = document.lines().find(|line| line.contains("| lead | lena | 20")).unwrap_or(&document);
    assert!(row.contains(r"| go \| now | entry ") && row.ends_with(": no figures |"), "{row}");
    let json = asked.say(&["signoff", "--format", "json"]).json();
    assert_eq!(
        (&json["consents"][0]["state"], &json["consents"][0]["said"]["by"]),
        (&"given".into(), &"lena".into())
    );
    let both = asked.say(&["signoff", "--markdown", "--format", "json"]);
    assert!(both.code == 1 && both.err.contains("cannot be used with"), "{both:?}");
}
