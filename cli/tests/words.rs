//! What the program says without anything running: help, problems, calendars, simulations.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod common;

use common::{Place, plan, project};

#[test]
fn help_tells_of_every_command_and_every_exit_code() {
    let place = Place::new("help");
    insta::assert_snapshot!("help", place.run(&["--help"]).out);
    insta::assert_snapshot!("help-wait", place.run(&["wait", "--help"]).out);
    insta::assert_snapshot!("help-local", place.run(&["local", "--help"]).out);
    insta::assert_snapshot!("help-doctor", place.run(&["doctor", "--help"]).out);
    insta::assert_snapshot!("help-run", place.run(&["run", "--help"]).out);
}

#[cfg(not(feature = "aws"))]
#[test]
fn what_needs_an_account_says_how_to_build_for_it() {
    let place = Place::new("without");
    for arguments in [
        &["list", "--sign"][..],
        &["list", "--endpoint", "http://rollouts.example.com"],
        &["list", "--endpoint", "https://rollouts.example.com", "--token", "x"],
        &["run", &plan("two-steps.yaml")],
        &["doctor"],
    ] {
        let ran = place.run(arguments);
        assert!(ran.code == 1 && ran.err.contains("cargo install --path cli --features aws"), "{ran:?}");
    }
}

#[test]
fn every_problem_of_a_plan_is_shown_with_its_place() {
    let place = Place::new("check");
    let text = std::fs::read_to_string(plan("bad.yaml")).unwrap();
    place.write("bad.yaml", &text);
    let ran = place.run(&["check", "bad.yaml"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!("check-bad", ran.out);
}

#[test]
fn an_editor_gets_each_problem_with_its_place_from_the_first_character_to_behind_the_last() {
    let place = Place::new("editor");
    let text = std::fs::read_to_string(plan("bad.yaml")).unwrap();
    place.write("bad.yaml", &text);
    let ran = place.run(&["check", "bad.yaml", "--format", "json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let found = ran.json();
    let first = serde_json::json!({
        "file": "bad.yaml", "line": 12, "column": 12, "end_column": 21, "severity": "error",
        "what": "unknown metric `eror_rate`", "help": "did you mean `error_rate`?",
    });
    assert_eq!((found.as_array().unwrap().len(), &found[0]), (3, &first));
    let lines = place.run(&["check", "bad.yaml", "--format", "jsonl"]).out;
    assert_eq!(
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<serde_json::Value>>(),
        *found.as_array().unwrap()
    );
    // Legal but unwise: no guardrail takes it back.
    let unwise = std::fs::read_to_string(plan("two-steps.yaml")).unwrap();
    place.write("unwise.yaml", &unwise.replace("then: roll back", "then: roll back, dry_run: true"));
    let ran = place.run(&["check", "unwise.yaml", "--format", "json"]);
    assert_eq!((ran.code, &ran.json()[0]["severity"]), (0, &"warning".into()));
    let well = place.run(&["check", &plan("two-steps.yaml"), "--format", "json"]);
    assert_eq!((well.code, well.json()), (0, serde_json::json!([])));
}

#[test]
fn a_file_without_an_end_is_not_read_to_it() {
    let (place, plan) = (Place::new("endless"), plan("two-steps.yaml"));
    for arguments in [&["check", "/dev/zero"][..], &["simulate", &plan, "--story", "/dev/zero"]] {
        let ran = place.run(arguments);
        assert!(ran.code == 1 && ran.err.contains("it has more than 262144 bytes"), "{ran:?}");
    }
}

#[test]
fn the_plans_of_the_project_are_well() {
    let place = Place::new("plans");
    for name in ["elite", "cst"] {
        let ran = place.run(&["check", &project(&format!("plans/{name}.yaml"))]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
}

#[test]
fn the_calendar_is_that_of_the_document() {
    let ran = Place::new("timeline").run(&["timeline", &project("plans/cst.yaml")]);
    insta::assert_snapshot!("timeline-cst", ran.out);
}

#[test]
fn a_freeze_is_told_beside_the_calendar() {
    let (place, frozen) = (Place::new("freeze"), project("tests/scenarios/plans/frozen.yaml"));
    let days = "tue; 2026-01-08, in Europe/Berlin";
    let checked = place.run(&["check", &frozen]);
    assert!(
        checked.out.contains(&format!("at the earliest, not counting its freeze ({days}).")),
        "{checked:?}"
    );
    let timeline = place.run(&["timeline", &frozen]);
    assert!(timeline.out.contains(&format!("freeze: {days}: nothing is promoted then")), "{timeline:?}");
    assert_eq!(place.run(&["timeline", &frozen, "--format", "json"]).json()["freeze"], days);
}

#[test]
fn a_mistake_is_the_callers_and_says_what_to_do() {
    let place = Place::new("mistakes");
    for arguments in [
        &["nonsense"][..],
        &["check", "no-such-file.yaml"],
        &["simulate", &plan("two-steps.yaml"), "--story", "no-such-story"],
        &["status", "two-steps-1"],
        &["status", "two-steps-1", "--as", "lena"],
        &["approve", "../../etc", "--at", "1", "--token", "x"],
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 1, "{arguments:?}: {ran:?}");
        assert!(ran.err.starts_with("error: "), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn a_directory_that_is_not_there_is_no_stranger() {
    let ran = Place::new("nowhere").run(&["list", "--state", ".tidgate"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("there is no .tidgate: name the directory"), "{ran:?}");
}

#[test]
fn an_endpoint_where_nobody_answers_is_not_the_callers_fault() {
    let arguments = ["status", "two-steps-1", "--token", "x", "--endpoint", "http://127.0.0.1:1"];
    let ran = Place::new("nobody").run(&arguments);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("help: start `tidegate local"), "{ran:?}");
}

#[test]
fn a_simulation_tells_its_log_and_its_end_to_programs() {
    let place = Place::new("simulate");
    let arguments =
        ["simulate", &plan("two-steps.yaml"), "--story", "healthy", "--auto-approve", "--format", "jsonl"];
    let ran = place.run(&arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines: Vec<serde_json::Value> =
        ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, log) = lines.split_last().unwrap();
    assert_eq!(last["outcome"], "completed");
    assert_eq!(last["percent"].as_f64(), Some(100.0));
    for (version, line) in (1..).zip(log) {
        assert_eq!(line["version"], version);
        for field in ["at", "event", "stage", "percent", "reason"] {
            assert!(line.get(field).is_some(), "{field} is missing in {line}");
        }
    }
}

#[test]
fn a_metrics_file_with_a_bad_row_names_the_row() {
    let place = Place::new("metrics");
    place.write(
        "bad.csv",
        "at,metric,arm,dimension,value,samples\n0,error_rate,canary,,0.1,10\n60,nope,canary,,1,1\n",
    );
    let ran = place.run(&["simulate", &plan("two-steps.yaml"), "--metrics", "bad.csv"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("row 3"), "{ran:?}");
}

#[test]
fn completions_are_printed_for_a_shell() {
    let ran = Place::new("completions").run(&["completions", "bash"]);
    assert!(ran.code == 0 && ran.out.contains("rollback"), "{ran:?}");
}

#[test]
fn what_talks_to_nobody_has_nothing_about_talking_in_its_help() {
    let place = Place::new("alone");
    let alone = ["schema", "completions", "check", "local", "run", "doctor"].map(|command| (command, false));
    for (command, talks) in alone.into_iter().chain([("list", true), ("drill", true)]) {
        let help = place.run(&[command, "--help"]).out;
        assert_eq!(help.contains("--endpoint"), talks, "{help}");
    }
    assert_eq!(place.run(&["--as", "lena", "check", &plan("two-steps.yaml")]).code, 0);
}

#[test]
fn several_plans_are_checked_at_once() {
    let place = Place::new("several");
    let ran = place.run(&["check", &plan("two-steps.yaml"), &plan("bad.yaml")]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.out.contains(
            "is a plan of 2 stages and 1 guardrail. Its last stage is left after 1h at the earliest."
        )
    );
    assert!(ran.out.contains("bad.yaml: 3 problems"), "{ran:?}");
    let ran = place.run(&["check", &plan("two-steps.yaml"), &plan("bad.yaml"), "--format", "json"]);
    assert_eq!(ran.json().as_array().map(Vec::len), Some(3));
}

#[test]
fn all_mistakes_of_a_story_are_told_at_once_each_with_the_file() {
    let place = Place::new("story");
    place.write("bad.story", "at stage canry: breach\ntick al\n");
    let ran = place.run(&["simulate", &plan("two-steps.yaml"), "--story", "bad.story"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let lines: Vec<&str> = ran.err.lines().collect();
    assert_eq!(
        lines,
        [
            "error: bad.story: line 1: unknown stage `canry`: did you mean `canary`?",
            "bad.story: line 2: nobody does it: write `tick al by NAME`, or `tick all` for whoever is asked",
        ]
    );
}

#[test]
fn what_comes_to_nothing_in_a_story_is_said() {
    let place = Place::new("in-vain");
    place.write("vain.story", "at 10% + 5m: promote --force by lena\nat 10% + 10m: end\n");
    let ran = place.run(&["simulate", &plan("two-steps.yaml"), "--story", "vain.story"]);
    let line = ran.out.lines().find(|line| line.contains("no-effect")).unwrap();
    assert!(line.ends_with("promote: lena is no admin: only an admin may force [lena]"), "{ran:?}");
    let ran = place.run(&["simulate", &plan("two-steps.yaml"), "--story", "bad-check"]);
    assert!(ran.code == 0 && ran.err.contains("the plan has no check: nothing happens here"), "{ran:?}");
}
