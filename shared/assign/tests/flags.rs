//! `${flags}`, as the mind writes it.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use assign::{Answer, Assignment, User};
use rollout::{
    plan::{Plan, Shown, load},
    units::{Share, StageIndex},
};

const PLAN: &str = include_str!("flags.yaml");

fn plan() -> Plan {
    load("flags.yaml", PLAN).unwrap_or_else(|problems| panic!("{problems}")).plan
}

/// What the mind sets for a stage, with some switched off.
fn shown(stage: u16, hundredths: u16, off: &[&str]) -> String {
    let plan = plan();
    let share = Share::from_hundredths(hundredths).expect("a share");
    let off = off.iter().map(|name| (*name).to_owned()).collect();
    let audience = plan.audience(&Shown { stage: StageIndex(stage), share, off });
    plan.targets[0].set["FLAGS"].render(&audience)
}

fn read(text: &str) -> Assignment {
    Assignment::from_flags("flags", "FLAGS", |name| (name == "FLAGS").then(|| text.to_owned()))
}

fn features(assignment: &Assignment, user: &User<'_>) -> String {
    let mut features: Vec<&str> = assignment.features(user).collect();
    assert!(features.iter().all(|feature| assignment.has(user, feature)) && !assignment.has(user, "other"));
    features.sort_unstable();
    features.join(" ")
}

#[test]
fn each_reason_comes_in_its_order() {
    let assignment = read(&shown(1, 5_000, &[]));
    assert_eq!(assignment.problem(), None);
    let check = |id, groups, opted_in, answer, theirs| {
        let user = User { id, groups, opted_in };
        assert_eq!((assignment.answer(&user), &*features(&assignment, &user)), (answer, theirs), "{user:?}");
    };
    // user-1 falls into bucket 623, user-3 into 9,209.
    check("user-3", &[], &[], Answer::Out, "");
    check("user-1", &[], &[], Answer::Sampled, "search");
    check("ada", &["beta-group"], &["volunteers"], Answer::Listed, "labs pricing search");
    check("user-3", &["other", "beta-group"], &["volunteers"], Answer::Member, "labs pricing");
    check("user-3", &["both"], &[], Answer::Member, "labs pricing");
    check("user-3", &["beta", "testers"], &["beta", "testers", ""], Answer::Out, "");
    check("user-3", &[], &["volunteers"], Answer::OptedIn, "labs");
    check("user-1", &["beta-group"], &[], Answer::Member, "pricing search");
}

#[test]
fn what_is_not_exposed_takes_nobody_in() {
    let first = read(&shown(0, 0, &[]));
    assert!(first.is_in(&User::new("ada")));
    assert!(!first.is_in(&User { id: "user-1", groups: &["beta-group"], opted_in: &["volunteers"] }));
    let off = read(&shown(1, 0, &["testers", "labs"]));
    assert!(!off.is_in(&User::new("bob")) && off.is_in(&User::new("ada")));
    let user = User { id: "bob", groups: &["both"], opted_in: &["volunteers"] };
    assert_eq!((off.answer(&user), &*features(&off, &user)), (Answer::Member, "pricing"));
    let plan = plan();
    let nobody = read(&plan.targets[0].set["FLAGS"].render(&plan.nobody()));
    assert!(nobody.problem().is_none() && !nobody.is_in(&user));
}

#[test]
fn a_switch_that_is_off_is_obeyed_whatever_else_is_on() {
    let text = shown(1, 10_000, &[]);
    let user = User { id: "ada", groups: &["both"], opted_in: &["volunteers"] };
    assert!(read(&text).is_in(&user));
    let off = read(&text.replacen(r#"{"enabled":true"#, r#"{"enabled":false"#, 1));
    assert!(off.problem().is_none() && !off.is_in(&user));
    assert_eq!(features(&off, &user), "");
}

#[test]
fn every_share_is_read_to_the_hundredth() {
    for hundredths in [1, 50, 29, 57, 1_010, 3_333, 9_999, 10_000] {
        let assignment = read(&shown(1, hundredths, &[]));
        assert_eq!(assignment.problem(), None);
        let users: Vec<String> = (0..2_000).map(|n| format!("user-{n}")).collect();
        for id in &users {
            let key = assign::bucket::hash(&format!("flags{id}"));
            let expected = assign::bucket::bucket(key, assign::bucket::BUCKETS) < u32::from(hundredths);
            assert_eq!(assignment.is_in(&User::new(id)), expected, "{id} at {hundredths}");
        }
    }
}

#[track_caller]
fn check_refused(text: &str, says: &str) {
    let assignment = read(text);
    let problem = assignment.problem().map(ToString::to_string).unwrap_or_default();
    assert!(problem.starts_with("FLAGS: ") && problem.contains(says), "{text}: {problem}");
    let user = User { id: "ada", groups: &["both", ""], opted_in: &["volunteers", ""] };
    assert!(!assignment.is_in(&user) && !assignment.is_in(&User::new("")), "{text}");
    assert_eq!(assignment.features(&user).count(), 0);
}

#[test]
fn what_cannot_be_read_leaves_nobody_in() {
    let good = shown(1, 10_000, &[]);
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} in {good}");
        good.replacen(from, to, 1)
    };
    check_refused("", "not the JSON");
    check_refused("null", "not the JSON");
    check_refused("{}", "missing field `enabled`");
    check_refused(&good[..good.len() - 1], "not the JSON");
    check_refused(&format!("{good}{good}"), "trailing characters");
    check_refused(&changed(r#""enabled":true"#, r#""enabled":"true""#), "invalid type");
    for percentage in ["100.01", "101", "-1", "\"100\"", "null", "1e2", "33.333", "[100]"] {
        let text = changed(r#""percentage":100"#, &format!(r#""percentage":{percentage}"#));
        check_refused(&text, "is not a percentage");
    }
    check_refused(&changed(r#""percentage":100,"#, ""), "missing field `percentage`");
    check_refused(&changed(r#""percentage":100,"#, r#""percentage":100,"percentage":1,"#), "duplicate field");
    check_refused(
        &changed(r#""percentage":100,"#, r#""percentage":100,"except":["ada"],"#),
        "unknown field `except`",
    );
    check_refused(&changed(r#""opt_in":true"#, r#""opt_in":true,"limit":1"#), "unknown field `limit`");
    check_refused(&changed(r#""testers""#, r#""beta""#), "twice");
    check_refused(&changed(r#""users":["ada""#, r#""users":[7"#), "invalid type");
    let many: Vec<String> = (0..129).map(|n| format!(r#""f{n}""#)).collect();
    check_refused(
        &changed(r#""features":["search"]"#, &format!(r#""features":[{}]"#, many.join(","))),
        "more than 128",
    );
}

#[test]
fn as_many_features_as_a_document_may_have_are_told_apart() {
    let many: Vec<String> = (0..128).map(|n| format!(r#""f{n}""#)).collect();
    let text =
        format!(r#"{{"enabled":true,"percentage":100,"features":[{}],"cohorts":{{}}}}"#, many.join(","));
    let assignment = read(&text);
    assert_eq!(assignment.problem(), None);
    assert_eq!(assignment.features(&User::new("ada")).count(), 128);
    assert!(assignment.has(&User::new("ada"), "f127"));
}

#[test]
fn an_empty_name_takes_nobody_in() {
    let text =
        shown(1, 0, &[]).replacen(r#""ada""#, r#""","ada""#, 1).replacen(r#""beta-group""#, r#""""#, 1);
    let assignment = read(&text);
    assert_eq!(assignment.problem(), None);
    assert!(assignment.is_in(&User::new("ada")));
    assert!(!assignment.is_in(&User { id: "", groups: &[""], opted_in: &[""] }));
}

#[test]
fn a_missing_variable_leaves_nobody_in() {
    let assignment = Assignment::from_flags("flags", "FLAGS", |_| None);
    assert!(assignment.problem().is_some_and(|problem| problem.what.contains("is missing")));
}
