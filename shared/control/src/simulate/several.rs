//! Several targets are moved as one.

use super::{Simulation, simulate};
use crate::lab::story;
use rollout::plan::{Plan, load};
use std::sync::Arc;

const PLAN: &str = r#"
tidegate: 1
name: pair
owner: ops
people: {ops: {members: [olga]}}
features: [llm]
targets:
  - {function: a, set: {PERCENT: "${percent}", LLM: "${features.llm}"}}
  - {function: b, set: {PERCENT: "${percent}", LLM: "${features.llm}"}}
stages:
  - {name: half, percent: 50, bake: 1h}
  - {name: all, percent: 100, bake: open}
"#;

fn pair() -> Plan {
    load("pair.yaml", PLAN).unwrap_or_else(|problems| panic!("{problems}")).plan
}

/// What `a` and `b` say of a variable at the end.
fn check(told: &str, variable: &str, expected: [&str; 2]) {
    let story = story::parse(told).unwrap();
    let simulation = Simulation {
        plan: Arc::new(pair()),
        story,
        figures: None,
        auto_approve: false,
        seed: 1,
        asks_all: false,
    };
    let ended = simulate(simulation).unwrap();
    let says = ["a", "b"].map(|function| ended.environments[function][variable].as_str());
    assert_eq!(says, expected, "{told}: {:?}", ended.head);
}

#[test]
fn both_are_raised() {
    check("", "PERCENT", ["100", "100"]);
}

#[test]
fn what_lowers_one_waits_for_no_other_that_somebody_has_changed() {
    check("at 50% + 10m: edit PERCENT=40 in a", "PERCENT", ["40", "50"]);
    check("at 50% + 10m: edit PERCENT=40 in a\nat 50% + 30m: disable llm by olga", "LLM", ["true", "false"]);
    check("at 50% + 10m: edit PERCENT=40 in b\nat 50% + 30m: disable llm by olga", "LLM", ["false", "true"]);
}

#[test]
fn what_lowers_one_waits_for_no_other_that_cannot_be_written() {
    for refuses in ["forbidden", "unwritable"] {
        for (barred, expected) in [("a", ["50", "0"]), ("b", ["0", "50"])] {
            let told = format!(
                "at 50% + 10m: function {refuses} in {barred} for 40d\nat 50% + 30m: rollback by olga\nat 2d: end"
            );
            check(&told, "PERCENT", expected);
        }
    }
}

#[test]
fn what_is_given_back_is_a_raise_and_waits_for_the_function_before() {
    let off = "at 50% + 10m: disable llm by olga\nat 50% + 20m: function unwritable in a for 40d\n";
    check(&format!("{off}at 50% + 21m: enable llm by olga\nat 2d: end"), "LLM", ["false", "false"]);
    let off = "at 50% + 10m: disable llm by olga\nat 50% + 20m: function unwritable in b for 40d\n";
    check(&format!("{off}at 50% + 21m: enable llm by olga\nat 2d: end"), "LLM", ["true", "false"]);
}
