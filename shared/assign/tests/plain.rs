//! Variables with one value each.

use assign::{Answer, Assignment, Plain, User};

const NAMES: Plain<'static> = Plain { enabled: Some("ENABLED"), percent: "PERCENT", users: Some("USERS") };

fn read(enabled: &str, percent: &str, users: &str) -> Assignment {
    let value = |name: &str| match name {
        "ENABLED" => Some(enabled.to_owned()),
        "PERCENT" => Some(percent.to_owned()),
        "USERS" => Some(users.to_owned()),
        _ => None,
    };
    Assignment::from_plain("salt", &NAMES, value)
}

#[test]
fn a_list_comes_before_the_sample() {
    let assignment = read("true", "0", "ada, bob,,ada");
    assert_eq!(assignment.problem(), None);
    assert_eq!(assignment.answer(&User::new("ada")), Answer::Listed);
    assert_eq!(assignment.answer(&User::new("bob")), Answer::Listed);
    for other in ["ad", "adam", "", "Ada", " bob"] {
        assert_eq!(assignment.answer(&User::new(other)), Answer::Out, "{other:?}");
    }
    let everybody = read("true", "100", "ada");
    assert_eq!(everybody.answer(&User::new("ada")), Answer::Listed);
    assert_eq!(everybody.answer(&User::new("eve")), Answer::Sampled);
}

#[test]
fn a_switch_that_is_off_leaves_nobody_in() {
    let off = read("false", "100", "ada");
    assert!(off.problem().is_none());
    assert!(!off.is_in(&User::new("ada")) && !off.is_in(&User::new("eve")));
}

#[test]
fn a_percentage_is_read_to_the_hundredth() {
    // The bucket of this key is 1438.
    let user = User::new("jon@company.com");
    for (percent, is_in) in
        [("14.38", false), ("14.39", true), ("14.4", true), ("14", false), ("014.39", true)]
    {
        let names = Plain { enabled: None, percent: "PERCENT", users: None };
        let assignment =
            Assignment::from_plain("fractional-flag-shorthand", &names, |_| Some(percent.to_owned()));
        assert_eq!((assignment.problem(), assignment.is_in(&user)), (None, is_in), "{percent}");
    }
}

#[track_caller]
fn check_refused(assignment: &Assignment, variable: &str, says: &str) {
    let problem = assignment.problem().map(ToString::to_string).unwrap_or_default();
    assert!(problem.starts_with(&format!("{variable}: ")) && problem.contains(says), "{problem}");
    assert!(problem.ends_with("until then nobody is in"), "{problem}");
    for user in ["ada", "eve", ""] {
        assert_eq!(assignment.answer(&User::new(user)), Answer::Out);
    }
}

#[test]
fn an_unreadable_percentage_leaves_nobody_in() {
    let unreadable = [
        "",
        " ",
        "ten",
        "10%",
        "-1",
        "+1",
        "100.01",
        "101",
        "1000",
        "0.125",
        "1e1",
        ".5",
        "5.",
        "1.2.3",
        "NaN",
        "inf",
        "10 ",
        "٣",
        "99999999999999999999",
        "0,5",
        "1\n",
        "0x10",
        "--",
    ];
    for percent in unreadable {
        check_refused(&read("true", percent, "ada"), "PERCENT", "is not a percentage from 0 to 100");
        check_refused(&read("false", percent, "ada"), "PERCENT", "is not a percentage from 0 to 100");
    }
}

#[test]
fn an_unreadable_switch_leaves_nobody_in() {
    for switch in ["", "TRUE", "True", "1", "yes", "on", " true", "true\n"] {
        check_refused(&read(switch, "100", "ada"), "ENABLED", "is not `true` or `false`");
    }
}

#[test]
fn a_missing_variable_leaves_nobody_in() {
    for missing in ["ENABLED", "PERCENT", "USERS"] {
        let value = |name: &str| match name {
            name if name == missing => None,
            "PERCENT" => Some("100".to_owned()),
            _ => Some("true".to_owned()),
        };
        check_refused(&Assignment::from_plain("salt", &NAMES, value), missing, "is missing");
    }
}

#[test]
fn nobody_is_nobody() {
    assert!(!Assignment::nobody().is_in(&User::new("ada")) && !Assignment::nobody().is_in(&User::new("")));
}

#[test]
fn every_one_of_a_long_list_is_found_and_nobody_else() {
    for count in [1, 2, 7, 1_000] {
        let users: Vec<String> = (0..count).map(|n| format!("user-{n}")).collect();
        let assignment = read("true", "0", &users.join(","));
        assert!(users.iter().all(|id| assignment.answer(&User::new(id)) == Answer::Listed), "of {count}");
        let others = (0..5_000).map(|n| format!("other-{n}"));
        assert!(others.into_iter().all(|id| !assignment.is_in(&User::new(&id))), "of {count}");
    }
}
