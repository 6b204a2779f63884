//! `tidegate run`: the built program on functions of an account, and a kill in the middle.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod arrived;
#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod common;
mod fake;

use common::{Local, Place, Ran, plan};
use fake::{ACCOUNT, Fake};
use std::{fs, process::Command};

/// The program, with this account at hand.
fn tidegate(place: &Place, fake: &Fake, arguments: &[&str]) -> Command {
    let mut command = place.tidegate(arguments);
    command.env_clear().envs([
        ("AWS_ENDPOINT_URL", fake.url.as_str()),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    command
}

fn start(place: &Place, fake: &Fake, plan: &str) -> Local {
    Local::of(tidegate(place, fake, &["run", plan, "--plain", "--state", "kept", "--port", "0"]))
}

fn refused(place: &Place, fake: &Fake, arguments: &[&str]) -> Ran {
    let all: Vec<&str> =
        ["run"].into_iter().chain(arguments.iter().copied()).chain(["--port", "0"]).collect();
    let ran = Ran::of(tidegate(place, fake, &all).output().unwrap());
    assert_eq!(fake.writes(), 0, "{ran:?}");
    ran
}

/// Says something to whoever runs.
fn say(place: &Place, fake: &Fake, arguments: &[&str]) -> Ran {
    let all: Vec<&str> = arguments.iter().copied().chain(["--state", "kept"]).collect();
    Ran::of(tidegate(place, fake, &all).output().unwrap())
}

#[test]
fn it_says_what_it_will_touch_sets_that_alone_and_goes_on_after_a_kill() {
    let (place, fake) = (Place::new("run"), Fake::with(&["worker"]));
    fake.set("worker", "LOG_LEVEL", "info");
    fake.set("worker", "SOMEBODY_ELSES", "ä \"b\" = c\n");
    let mut first = start(&place, &fake, &plan("by-hand.yaml"));
    first.until("generation 1 is in effect");
    let said = first.kill();
    let before = said.split("by-hand-1 starts").next().unwrap();
    assert!(before.contains(&format!("AWS account {ACCOUNT}, region eu-west-1, as arn:")), "{said}");
    assert!(before.contains(&format!("AWS_ENDPOINT_URL leads to {}", fake.url)), "{said}");
    assert!(before.contains("It will set NEW, PERCENT, TIDEGATE of worker; its 2 other variables"), "{said}");
    assert_eq!(fake.variables("worker")["PERCENT"], "10");

    fake.set("worker", "LOG_LEVEL", "debug");
    let mut second = start(&place, &fake, &plan("by-hand.yaml"));
    assert!(second.said.contains("by-hand-1 goes on: run on account"), "{}", second.said);
    assert!(second.said.contains("It goes on setting NEW, PERCENT, TIDEGATE of worker"), "{}", second.said);
    let ticked = say(&place, &fake, &["tick", "by-hand-1", "looked at", "--as", "lena"]);
    assert_eq!(ticked.code, 0, "{ticked:?}");
    second.until("  asked  ");
    let approved = say(&place, &fake, &["approve", "--as", "lena"]);
    assert_eq!(approved.code, 0, "{approved:?}");
    second.until("generation 2 is in effect");
    assert_eq!(fake.variables("worker")["PERCENT"], "100");
    let ended = say(&place, &fake, &["complete", "--as", "lena"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    let ran = second.end();
    assert!(ran.code == 0 && ran.out.contains("by-hand-1 is over: completed"), "{ran:?}");
    let left = fake.variables("worker");
    assert_eq!((left["NEW"].as_str(), left["PERCENT"].as_str()), ("true", "100"));
    assert_eq!((left["LOG_LEVEL"].as_str(), left["SOMEBODY_ELSES"].as_str()), ("debug", "ä \"b\" = c\n"));
    assert_eq!(left.len(), 5, "and the mark: {left:?}");
    let all = format!("{said}{}", ran.out).to_lowercase();
    for word in all.split(|c: char| !c.is_alphabetic()) {
        assert!(!["lab", "story", "local"].contains(&word), "{all}");
    }
}

#[test]
fn what_cannot_be_had_on_an_account_is_refused_before_anything_is_written() {
    let (place, fake) = (Place::new("unfit"), Fake::with(&["other"]));
    let by_hand = fs::read_to_string(plan("by-hand.yaml")).unwrap();
    let missing = refused(&place, &fake, &[&plan("by-hand.yaml")]);
    assert!(
        missing.code == 1 && missing.err.contains("worker cannot be read: there is no such"),
        "{missing:?}"
    );
    assert!(missing.err.contains(&format!("account {ACCOUNT}, region eu-west-1")), "{missing:?}");
    place.write(
        "budgets.yaml",
        &format!("{by_hand}budgets: {{llm_cost: {{cap: $5/day, meter: {{logs: /aws/x, field: cost}}}}}}\n"),
    );
    let ran = refused(&place, &fake, &["budgets.yaml", "--state", "budgets"]);
    assert!(ran.code == 1 && ran.err.contains("counts no money") && ran.err.contains("deploy it"), "{ran:?}");
    fake.shut();
    let nobody = refused(&place, &fake, &[&plan("by-hand.yaml"), "--state", "nobody"]);
    assert!(
        nobody.code == 1 && nobody.err.contains("ExpiredToken") && nobody.err.contains("aws sso"),
        "{nobody:?}"
    );
    assert!(!place.path("nobody").exists(), "nothing is made for nobody");
}

/// The plan, whose last stage waits for checks.
fn checked(place: &Place, checks: &str) {
    let names: Vec<&str> = checks.lines().map(|line| line.split_once(':').unwrap().0.trim()).collect();
    let enter: Vec<String> = names.iter().map(|name| format!("check: {name}")).collect();
    let by_hand = fs::read_to_string(plan("by-hand.yaml")).unwrap();
    let text = by_hand.replace(", leave: [tick: looked at, approve: lead]", "");
    let text = text.replace("bake: open", &format!("bake: open, enter: [{}]", enter.join(", ")));
    place.write("checked.yaml", &format!("{text}checks:\n{checks}\n"));
}

#[test]
fn checks_are_tried_and_nothing_that_protects_waits_for_them() {
    let (place, fake) = (Place::new("checks"), Fake::with(&["worker"]));
    let url = &fake.url;
    checked(&place, &format!("  well: {{http: \"GET {url}/well\"}}\n  smoke: {{lambda: smoke}}"));
    let mut run = start(&place, &fake, "checked.yaml");
    run.until("generation 2 is in effect");
    assert_eq!(say(&place, &fake, &["rollback", "--as", "lena"]).code, 0);
    assert_eq!(run.end().code, 0);

    checked(&place, &format!("  mute: {{http: \"GET {url}/mute\", expect: {{within: 10m}}}}"));
    let mut run = start(&place, &fake, "checked.yaml");
    run.until("holds on rung 9");
    assert_eq!(say(&place, &fake, &["rollback", "--as", "lena"]).code, 0);
    run.until("by-hand-2 is over: rolled back");
}

#[test]
fn a_directory_is_for_one_account_or_for_none() {
    let (place, fake) = (Place::new("homes"), Fake::with(&["worker"]));
    let (by_hand, two_steps) = (plan("by-hand.yaml"), plan("two-steps.yaml"));
    let mut local =
        Local::start(&place, &["local", &two_steps, "--story", "no-approval", "--state", "played"]);
    local.until("applied");
    local.kill();
    let ran = refused(&place, &fake, &[&by_hand, "--state", "played"]);
    assert!(ran.code == 1 && ran.err.contains("is kept for `tidegate local`"), "{ran:?}");
    assert!(ran.err.contains("--state") && !place.path("played/tidegate-run.json").exists(), "{ran:?}");

    let mut real = start(&place, &fake, &by_hand);
    real.until("generation 1 is in effect");
    real.kill();
    let played = place.run(&["local", &two_steps, "--state", "kept", "--port", "0"]);
    assert!(played.code == 1 && played.err.contains("is kept for `tidegate run`"), "{played:?}");
    let elsewhere =
        tidegate(&place, &fake, &["run", &by_hand, "--state", "kept", "--region", "us-east-1"]).output();
    let elsewhere = Ran::of(elsewhere.unwrap());
    let says = format!(
        "kept for account {ACCOUNT}, region eu-west-1, and at hand is account {ACCOUNT}, region us-east-1"
    );
    assert!(elsewhere.code == 1 && elsewhere.err.contains(&says), "{elsewhere:?}");
    let asked = tidegate(&place, &fake, &["list", "--state", "kept"]).output().unwrap();
    assert!(String::from_utf8(asked.stderr).unwrap().contains("nobody watches"));
}

#[test]
fn nobody_is_left_alone_while_another_rollout_goes_on() {
    let (place, fake) = (Place::new("others"), Fake::with(&["worker", "other"]));
    let by_hand = fs::read_to_string(plan("by-hand.yaml")).unwrap();
    let other = by_hand.replace("by-hand", "another").replace("worker", "other");
    place.write("other.yaml", &other);
    place.write(
        "unfit.yaml",
        &format!("{other}budgets: {{llm_cost: {{cap: $5/day, meter: {{logs: /aws/x, field: cost}}}}}}\n"),
    );
    let mut run = start(&place, &fake, &plan("by-hand.yaml"));
    run.until("generation 1 is in effect");
    let unfit = say(&place, &fake, &["start", "unfit.yaml", "--as", "admin"]);
    assert!(unfit.code == 1 && unfit.err.contains("counts no money"), "{unfit:?}");
    assert_eq!(say(&place, &fake, &["start", "other.yaml", "--as", "admin"]).code, 0);
    assert_eq!(say(&place, &fake, &["rollback", "by-hand-1", "--as", "lena"]).code, 0);
    run.until("by-hand-1 is over: rolled back");
    run.until("Another rollout goes on.");
    assert!(!fake.variables("worker").contains_key("NEW"));
    run.until("another-1 was started:");
    run.until("generation 1 is in effect");
    assert_eq!(say(&place, &fake, &["rollback", "another-1", "--as", "lena"]).code, 0);
    let ran = run.end();
    assert!(ran.code == 0 && ran.out.contains("another-1 is over: rolled back"), "{ran:?}");
}
