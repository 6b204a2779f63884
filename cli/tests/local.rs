//! Local mode from end to end: the built program, the real store on a file, and a kill in the middle.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod common;

use common::{Local, Place, plan, project};
use std::{fs, process::Command};

/// At 25 % the candidate breaks; before that somebody sets a variable of their own.
const BAD_AT_25: &str = "tick all\napprove all\nreport all\n\
    at exposure + 1h: edit SOMEBODY_ELSES=keep-me\nat 25% + 10m: breach\n";

/// Half a day a second.
const BRISK: &str = "40000";
/// As fast as the machine can.
const FAST: &str = "1000000";

fn environment(place: &Place, function: &str) -> serde_json::Value {
    let text = fs::read_to_string(place.path(&format!(".tidegate/functions/{function}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_bad_candidate_is_caught_at_25_percent_and_taken_back() {
    let place = Place::new("caught");
    place.write("bad.story", BAD_AT_25);
    let elite = project("plans/elite.yaml");
    let ran = place.run(&["local", &elite, "--story", "bad.story", "--speed", FAST, "--port", "0"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let fired = ran.out.lines().position(|line| line.contains("fired") && line.contains("phase-3 25%"));
    let back = ran.out.lines().position(|line| line.contains("lowering"));
    assert!(fired.is_some() && fired < back, "{}", ran.out);
    assert!(ran.out.contains("elite-endpoints-1 is over: rolled back"), "{}", ran.out);
    let now = environment(&place, "recoveryos-elite");
    assert_eq!(now["ELITE_ENABLED"], "false");
    assert_eq!(now["ELITE_PERCENT"], "0");
    assert_eq!(now["SOMEBODY_ELSES"], "keep-me");
    assert_eq!(now["LOG_LEVEL"], "info");
}

#[test]
fn killed_in_the_middle_and_started_again_it_goes_on_and_loses_nothing() {
    let place = Place::new("killed");
    place.write("bad.story", BAD_AT_25);
    let elite = project("plans/elite.yaml");
    let mut first = Local::start(&place, &["local", &elite, "--story", "bad.story", "--speed", BRISK]);
    first.until("phase-2 10%");
    let before = first.kill();
    assert!(!before.contains("is over"), "{before}");
    // The variable was set before the kill, and the story is not told twice.
    let file = place.path(".tidegate/functions/recoveryos-elite.json");
    let edited = fs::read_to_string(&file).unwrap().replace("keep-me", "edited-while-dead");
    fs::write(&file, edited).unwrap();

    let second = Local::start(&place, &["local", &elite, "--story", "bad.story", "--speed", FAST]);
    let ran = second.end();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("elite-endpoints-1 goes on"), "{}", ran.out);
    assert!(ran.out.contains("elite-endpoints-1 is over: rolled back"), "{}", ran.out);
    assert!(!ran.out.contains("phase-1"), "what was done is done again:\n{}", ran.out);
    let fired = |text: &str| text.lines().filter(|line| line.contains(" fired ")).count();
    assert!(fired(&before) == 0 && fired(&ran.out) > 0, "{}", ran.out);
    assert_eq!(environment(&place, "recoveryos-elite")["SOMEBODY_ELSES"], "edited-while-dead");
}

#[test]
fn money_is_spent_once_and_an_alarm_rings_whatever_is_killed_in_between() {
    let place = Place::new("levels");
    place.write("levels.story", "at exposure + 5m: llm_cost $6\nat exposure + 2h: alarm any rings for 30m\n");
    let plan = plan("levels.yaml");
    let mut first = Local::start(&place, &["local", &plan, "--story", "levels.story", "--speed", BRISK]);
    first.until("disabled");
    let before = first.kill();
    assert!(before.contains("llm_cost: $6 spent on"), "{before}");
    assert!(!before.contains("fired"), "{before}");
    let second = Local::start(&place, &["local", &plan, "--story", "levels.story", "--speed", FAST]);
    let ran = second.end();
    assert!(!ran.out.contains(" crossed "), "it was told of before:\n{}", ran.out);
    assert!(ran.out.contains("alarm prod-errors -> roll back: rings since"), "{}", ran.out);
    assert!(ran.out.contains("levels-1 is over: rolled back"), "{}", ran.out);
    assert_eq!(environment(&place, "worker")["LLM"], "false");
}

/// The functions were given free with the end: whoever closes a budget after it has none to give.
#[test]
fn a_budget_outlives_its_rollout_until_somebody_closes_it() {
    let place = Place::new("budget");
    place.write("quiet.story", "# Nothing happens.\n");
    let plan = plan("levels.yaml");
    let arguments = ["local", &plan, "--story", "quiet.story", "--speed", FAST, "--stay"];
    let mut local = Local::start(&place, &arguments);
    local.until("is over: completed");
    let say = |arguments: &[&str]| place.run(arguments);
    let close =
        |who: &str| say(&["close-budget", "levels-1", "llm_cost", "--note", "switched off", "--as", who]);
    let before = say(&["budget", "levels-1"]).out;
    assert!(before.contains("may still be reserved") && !before.contains("CLOSED"), "{before}");
    assert_eq!(close("machine").code, 1);
    let closed = close("lena");
    let words = "budget-closed: nothing more is held under llm_cost, or counted: switched off\n";
    assert_eq!((closed.code, closed.out.as_str()), (0, words), "{closed:?}");
    let again = close("admin");
    assert!(again.code == 0 && again.out.contains("nothing changed: lena closed llm_cost at"), "{again:?}");
    let after = say(&["budget", "levels-1"]).out;
    assert!(after.contains("$0 may still be reserved") && after.contains("CLOSED     by lena at"), "{after}");
    assert!(say(&["log", "levels-1"]).out.contains("budget-closed"));
    assert!(say(&["log", "levels-1", "--verify"]).code == 0);
}

#[test]
fn a_late_or_repeated_consent_changes_nothing_and_only_a_token_says_who_acts() {
    let place = Place::new("consent");
    let arguments = ["local", &plan("two-steps.yaml"), "--story", "no-approval", "--speed", FAST, "--stay"];
    let mut local = Local::start(&place, &arguments);
    local.until("asked");
    let say = |arguments: &[&str]| place.run(arguments);
    let status = |field: &str| say(&["status", "--format", "json"]).json()[field].clone();
    let ask = status("answers")["ask"].to_string();
    assert_eq!(status("rung")["number"], 10);
    let explained = say(&["explain"]).out;
    assert!(explained.contains(&format!("tidegate approve two-steps-1 --at {ask} --as lena")), "{explained}");

    let nobody = say(&["approve", "--at", &ask]);
    assert!(nobody.code == 1 && nobody.err.contains("known here: admin"), "{nobody:?}");
    let forged = say(&["approve", "--at", &ask, "--token", "0000"]);
    assert!(forged.code == 1 && forged.err.contains("who acts is not known"), "{forged:?}");
    for other in ["omar", "machine"] {
        let refused = say(&["approve", "--at", &ask, "--as", other]);
        assert!(refused.code == 1 && refused.err.contains("may not do this"), "{refused:?}");
    }
    let early = say(&["approve", "--at", "1", "--as", "lena"]);
    assert!(early.code == 1 && early.err.contains("nothing changed"), "{early:?}");

    let given = say(&["approve", "--as", "lena", "--note", "looks well"]);
    assert_eq!(given.code, 0, "{given:?}");
    assert!(given.err.contains(&format!("answering entry {ask}")), "{given:?}");
    local.until("full 100%");
    let version = || say(&["log", "--format", "json"]).json().as_array().map(Vec::len);
    let waited = say(&["wait", "--timeout", "1m"]);
    assert_eq!(waited.code, 0, "{waited:?}");
    let before = version();
    let late = say(&["approve", "--at", &ask, "--as", "lena"]);
    assert_eq!(late.code, 1, "{late:?}");
    assert_eq!(version(), before);
    let otherwise = say(&["wait", "--for", "rolled-back"]);
    assert_eq!(otherwise.code, 3, "{otherwise:?}");
}

#[test]
fn a_plan_that_was_changed_meanwhile_is_said_to_be_for_the_next_rollout() {
    let place = Place::new("changed");
    place.write("plan.yaml", &fs::read_to_string(plan("two-steps.yaml")).unwrap());
    let arguments = ["local", "plan.yaml", "--story", "no-approval"];
    let mut local = Local::start(&place, &arguments);
    local.until("applied");
    local.kill();
    let mut local = Local::start(&place, &arguments);
    local.until("holds on");
    let same = local.kill();
    assert!(!same.contains("has changed since"), "{same}");
    let changed =
        fs::read_to_string(place.path("plan.yaml")).unwrap().replace("percent: 10\n", "percent: 11\n");
    place.write("plan.yaml", &changed);
    let mut local = Local::start(&place, &arguments);
    local.until("holds on");
    let told = local.kill();
    assert!(told.contains("plan.yaml has changed since: two-steps-1 goes on with the plan"), "{told}");
}

#[test]
fn two_processes_on_one_directory_or_one_port_are_one_too_many() {
    let place = Place::new("twice");
    let plan = plan("two-steps.yaml");
    let local = Local::start(&place, &["local", &plan, "--story", "no-approval"]);
    let same = place.run(&["local", &plan, "--port", "0"]);
    assert!(same.code == 1 && same.err.contains("another tidegate works on"), "{same:?}");
    let port = local.endpoint.rsplit(':').next().unwrap().to_owned();
    let busy = place.run(&["local", &plan, "--state", "other", "--port", &port]);
    assert!(busy.code == 1 && busy.err.contains("is in use") && busy.err.contains("--port"), "{busy:?}");
}

#[test]
fn who_lets_the_stop_line_go_says_which() {
    let place = Place::new("line");
    let arguments = ["local", &plan("two-steps.yaml"), "--story", "no-approval", "--speed", FAST, "--stay"];
    let mut local = Local::start(&place, &arguments);
    local.until("asked");
    let say = |arguments: &[&str]| place.run(arguments);
    let nothing = say(&["go", "--as", "admin"]);
    assert!(nothing.code == 0 && nothing.out.contains("not pulled"), "{nothing:?}");
    for (who, note) in [("admin", "smoke"), ("omar", "fire")] {
        assert_eq!(say(&["stop", "--note", note, "--as", who]).code, 0);
    }
    local.until("the stop line is pulled by");
    let listed = say(&["list", "--as", "admin"]);
    assert!(listed.err.contains("the stop line is pulled, by omar, admin at"), "{listed:?}");
    let gone = say(&["go", "--as", "admin"]);
    assert_eq!(gone.code, 0, "{gone:?}");
    assert!(gone.err.contains("pulled by omar, admin at") && gone.err.contains("(fire; smoke)"), "{gone:?}");
    local.until("the stop line is gone");
}

#[test]
fn what_is_started_under_a_stop_line_waits_until_it_is_let_go() {
    let place = Place::new("stopped");
    let arguments = ["local", &plan("two-steps.yaml"), "--story", "no-approval", "--speed", FAST, "--stay"];
    let mut local = Local::start(&place, &arguments);
    local.until("asked");
    for command in ["stop", "rollback"] {
        let said = place.run(&[command, "--as", "admin"]);
        assert_eq!(said.code, 0, "{said:?}");
    }
    local.until("is over: rolled back");
    local.kill();
    let mut local = Local::start(&place, &arguments);
    assert!(local.said.contains("the stop line is pulled: nothing starts until `go`"), "{}", local.said);
    local.until("tidegate go --as admin");
    assert_eq!(place.run(&["go", "--as", "admin"]).code, 0);
    local.until("two-steps-2 starts");
}

#[test]
fn who_waits_after_local_mode_has_ended_is_told_so() {
    let place = Place::new("ended");
    let story = ["--story", "healthy", "--auto-approve", "--speed", FAST];
    let plan = plan("two-steps.yaml");
    let mut arguments = vec!["local", &plan];
    arguments.extend(story);
    let local = Local::start(&place, &arguments);
    assert_eq!(local.end().code, 0);
    let late = place.run(&["wait", "two-steps-1"]);
    assert_eq!(late.code, 2, "{late:?}");
    assert!(late.err.contains("was local mode ended?") && late.err.contains(".tidegate"), "{late:?}");
    // As it says: the next one answers for it.
    arguments.push("--stay");
    let _local = Local::start(&place, &arguments);
    let asked = place.run(&["wait", "two-steps-1"]);
    assert_eq!(asked.code, 0, "{asked:?}");
}

/// Every file of a directory, with what is in it.
fn contents(place: &Place, folder: &str) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(place.path(folder)).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.is_file() && !path.ends_with("lock"));
    let mut found: Vec<_> = files.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect();
    found.sort();
    found
}

#[test]
fn a_torn_or_foreign_directory_is_refused_and_left_as_it_is() {
    let place = Place::new("torn");
    let plan = plan("two-steps.yaml");
    let mut local = Local::start(&place, &["local", &plan, "--story", "no-approval"]);
    local.until("applied");
    local.kill();
    let check = |name: &str, tear: &dyn Fn(&std::path::Path), says: &str| {
        let state = place.path(name);
        let whole = place.path(".tidegate");
        assert!(Command::new("cp").arg("-r").args([&whole, &state]).status().unwrap().success());
        tear(&state);
        let before = contents(&place, name);
        let ran = place.run(&["local", &plan, "--state", name, "--port", "0"]);
        assert_eq!(ran.code, 1, "{name}: {ran:?}");
        assert!(ran.err.contains(says) && ran.err.contains("--state"), "{name}: {ran:?}");
        assert_eq!(contents(&place, name), before, "{name} was written to");
    };
    check("marker", &|dir| fs::write(dir.join("tidegate-local.json"), "{\"form").unwrap(), "is damaged");
    check("newer", &|dir| fs::write(dir.join("tidegate-local.json"), "{\"format\":99}").unwrap(), "newer");
    check("clock", &|dir| fs::write(dir.join("clock.json"), "").unwrap(), "clock.json");
    check("no-table", &|dir| fs::remove_file(dir.join("table.sqlite")).unwrap(), "table.sqlite is gone");
    check(
        "foreign",
        &|dir| fs::remove_file(dir.join("tidegate-local.json")).unwrap(),
        "not a state directory",
    );
}

#[test]
fn a_plan_that_is_started_beside_the_first_finds_its_function_and_is_shown() {
    let place = Place::new("beside");
    let other = fs::read_to_string(plan("two-steps.yaml")).unwrap().replace("two-steps", "other");
    let other = other.replace("function: worker", "function: another").replace(
        "guardrails:",
        "  survey: {reported: survey-score, max_age: 7d}\ngates: [survey > 4]\nguardrails:",
    );
    place.write("other.yaml", &other);
    let plan = plan("two-steps.yaml");
    // A start has half an hour of the lab's time to read its function: two seconds, also where the machine is busy.
    let arguments = ["local", &plan, "--auto-approve", "--speed", "1000", "--stay"];
    let mut local = Local::start(&place, &arguments);
    local.until("The API goes on");
    let say = |arguments: &[&str]| place.run(arguments);
    let looked = say(&["preflight", "other.yaml", "--as", "admin"]);
    assert!(looked.out.contains(" ok  another can be rolled out"), "{looked:?}");
    let started = say(&["start", "other.yaml", "--as", "admin"]);
    assert!(
        started.out.contains("other-1 is started") && started.out.contains("explain other-1"),
        "{started:?}"
    );
    local.until("other-1 was started:");
    local.until("generation 1 is in effect");
    for (value, says) in [("4.3%", "is no percentage"), ("abc", "is not a number")] {
        for name in ["survey", "survey-score"] {
            let refused = say(&["report", "other-1", name, value, "--as", "omar"]);
            assert!(refused.code == 1 && refused.err.contains(says), "{refused:?}");
        }
    }
    let said = say(&["report", "other-1", "survey", "4.3", "--as", "omar"]);
    assert!(said.out.contains("reported: survey-score is 4.3"), "{said:?}");
    let listed = say(&["list"]).out;
    assert!(listed.lines().next().unwrap().starts_with("ROLLOUT ") && listed.contains("other-1"), "{listed}");
    let log = say(&["log", "other-1"]).out;
    assert!(log.starts_with("entry, and the time since other-1 was started; entry 1 is of 20"), "{log}");
    let second = log.lines().nth(2).unwrap();
    let words: Vec<&str> = second.split_whitespace().collect();
    let is_clock = |time: &str| {
        let parts: Vec<&str> = time.split(':').collect();
        parts.len() == 3
            && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
    };
    assert!(second.starts_with("   2 ") && words[2] == "captured" && is_clock(words[1]), "{log}");
    let json = say(&["log", "other-1", "--format", "json"]).json();
    assert!(json[1]["hash"].as_str().unwrap().len() == 64 && json[1]["time"].is_string(), "{}", json[1]);
    let missing = say(&["status", "shop-9"]);
    assert!(missing.err.contains("there is no rollout shop-9: `tidegate list` lists"), "{missing:?}");
}
