//! What is legal but unwise.

use crate::{EXAMPLE, loaded, short};

/// The example with one text replaced loads, with exactly these warnings.
fn check(old: &str, new: &str, expected: &[&str]) {
    assert!(EXAMPLE.contains(old), "the example has no `{old}`");
    let warnings: Vec<String> = loaded(&EXAMPLE.replacen(old, new, 1)).warnings.iter().map(short).collect();
    assert_eq!(warnings, expected, "{old} -> {new}");
}

#[test]
fn the_example_is_wise() {
    check("name: example", "name: example", &[]);
}

#[test]
fn warnings_stand_at_their_places() {
    check("then: roll back", "then: roll back, dry_run: true", &["TODO"]);
    check("error_rate > 5% in 5m", "error_rate > baseline in 5m", &["TODO"]);
    check("error_rate > 5% in 5m", "latency > 5s for 3h", &["TODO"]);
    check("error_rate > 5% in 5m", "latency > 5s in 1h for 3d", &["TODO"]);
    check(", bake: open", "", &["TODO"]);
    check("owner: team", "owner: team\npromise: {detect: 1m}", &["TODO"]);
    check(
        "stages:",
        "stages:\n  - {name: zero, bake: 1h, guardrails: [{when: latency > 5s, then: pause}]}",
        &["TODO"],
    );
}

#[test]
fn a_ratio_without_samples_is_shown_its_odds() {
    check(", from: 50", "", &["TODO"]);
}
