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
    check(
        "then: roll back",
        "then: roll back, dry_run: true",
        &[
            "1:1+1: no guardrail: nothing takes this rollout back by itself | write what must never happen under `guardrails`",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > baseline in 5m",
        &[
            "25:12+27: two arms that are equally good set this off half of the time | write `error_rate > 103% of baseline`",
        ],
    );
    check(
        "error_rate < 1%",
        "error_rate <= baseline",
        &[
            "23:9+22: two arms that are equally good pass this half of the time | write `error_rate <= 103% of baseline`",
        ],
    );
    check(
        "error_rate < 1%",
        "latency >= baseline",
        &[
            "23:9+19: two arms that are equally good pass this half of the time | write `latency >= 97% of baseline`",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "latency > 5s for 12h",
        &[
            "25:12+20: each of 144 values must hold, and one bad minute decides | write `in 1h` before `for`: one value is an hour then",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "latency > 5s in 1h for 3d",
        &[
            "27:5+1: `one` bakes for 1d, and `latency > 5s in 1h for 3d` looks at 3d 1h | write a longer `bake`",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "latency > 1h mean + 3 sigma",
        &[
            "25:12+27: one value beyond `sigma` is nothing special: real series have 28 a day beyond 3 | write `3 times in a row` or `for 5m` behind it",
        ],
    );
    check("error_rate > 5% in 5m", "latency > 1h mean + 3 sigma 3 times in a row", &[]);
    check(
        "error_rate > 5% in 5m",
        "latency > 1h mean for 5m",
        &[
            "25:12+24: half of all values are above their mean, and half below it | write `latency > 1h mean + 3 sigma`",
        ],
    );
    check(
        "error_rate < 1%",
        "latency < 15h mean in 30m for 1h",
        &[
            "23:9+32: half of all values are above their mean, and half below it | write `latency < 15h mean + 3 sigma`",
        ],
    );
    check(
        "error_rate > 5% in 5m",
        "error_rate > 7d mean + 3 sigma for 5m",
        &[
            "27:5+1: `one` bakes for 1d, and `error_rate > 7d mean + 3 sigma for 5m` looks at 3d 12h | write a longer `bake`, or `about: all` in the metric: everybody has a history already",
        ],
    );
    check(
        ", bake: open",
        "",
        &[
            "28:5+1: the last stage does not bake: the rollout ends as soon as everybody is exposed | write `bake: 24h`, or `bake: open` to end it by hand",
        ],
    );
    check(
        "owner: team",
        "owner: team\npromise: {detect: 1m}",
        &[
            "4:10+1: `detect: 1m` cannot be kept: `error_rate` is known after 2m at best | promise what the source's `lag` and `period` allow",
        ],
    );
    check(
        "owner: team",
        "owner: team\npromise: {rollback: 1m, apply: 30s}",
        &[
            "4:10+1: `rollback: 1m` cannot be kept: `error_rate` is known after 2m at best | promise what the source's `lag` and `period` allow",
        ],
    );
    check("owner: team", "owner: team\npromise: {detect: 2m, rollback: 10m}", &[]);
    check(
        "stages:",
        "stages:\n  - {name: zero, bake: 1h, guardrails: [{when: latency > 5s, then: pause}]}",
        &["27:41+1: this guardrail is never in force: nobody is exposed at its stages"],
    );
}

#[test]
fn values_are_no_closer_than_the_periods_of_the_metric() {
    let slow = EXAMPLE
        .replace("unit: ms", "unit: ms, period: 10m")
        .replace("error_rate > 5% in 5m", "latency > 5s for 12h");
    assert_eq!(loaded(&slow).warnings, []);
}

#[test]
fn a_ratio_without_samples_is_shown_its_odds() {
    check(
        ", from: 50",
        "",
        &[
            "25:12+21: a ratio without a minimum of samples: at 10 requests a minute and a healthy 0.5% it is wrong once in 8 hours | write `from 50 samples`, or `from: 50` in the metric",
        ],
    );
}

#[test]
fn a_guardrail_that_only_tells_leaves_everybody_exposed() {
    let said = "1:1+1: no guardrail takes anything back: whoever is exposed stays exposed until a person acts | write `then: roll back` behind what must never happen";
    check("then: roll back", "then: pause", &[said]);
    check("then: roll back", "then: [alert team, page team]", &[said]);
    check("then: roll back", "then: [pause, roll back to 5%]", &[]);
}

#[test]
fn stages_that_look_the_same_expose_everybody_at_once() {
    let said = "27:5+1: the functions cannot tell `one` from `all`: no variable says who is exposed | write `${percent}`, `${cohorts}` or `${flags}` into a variable of a target";
    check("${percent}", "on", &[said]);
    check("${percent}", "${enabled}", &[said]);
    // All are exposed at once, and that is what was decided.
    let one = EXAMPLE.replace("  - {name: one, percent: 10, bake: 24h}\n", "").replace("${percent}", "on");
    assert_eq!(loaded(&one).warnings, []);
    // The last stage exposes some, and nothing says that it does not expose all.
    let some = one.replace("percent: 100", "percent: 50");
    assert_eq!(
        loaded(&some).warnings.iter().map(short).collect::<Vec<_>>(),
        [
            "27:5+1: the functions cannot tell `all` from 100%: no variable says who is exposed | write `${percent}`, `${cohorts}` or `${flags}` into a variable of a target"
        ]
    );
}

#[test]
fn a_stage_that_only_goes_on_looks_like_the_one_before() {
    check("percent: 10, bake: 24h", "percent: 100, bake: 24h", &[]);
}

/// The example with a budget.
fn with_budget(budget: &str) -> Vec<String> {
    let budgets = format!("budgets: {{llm: {budget}}}\ngates:");
    loaded(&EXAMPLE.replacen("gates:", &budgets, 1)).warnings.iter().map(short).collect()
}

#[test]
fn what_is_disabled_is_told_to_the_functions() {
    let said = "to disable `search` changes no variable at any stage | let a variable of a target say it: `${flags}`, or `${features.search}`";
    let budget = "{cap: $5/day, meter: calls, at_cap: disable search}";
    assert_eq!(with_budget(budget), [format!("23:11+3: {said}")]);
    check("then: roll back", "then: [disable search, roll back]", &[&format!("25:5+1: {said}")]);
    check("${percent}\"", "${percent}\", SEARCH: \"${features.search}\"", &[]);
    check(
        "set: {API_PERCENT: \"${percent}\"}",
        "set: {API_PERCENT: \"${percent}\", SEARCH: \"${features.search}\"}",
        &[],
    );
}

#[test]
fn a_cap_that_stops_nothing_is_only_told() {
    let said = "23:11+3: at its cap `llm` is told, and spending goes on | write `at_cap: disable FEATURE`, or a guardrail: `{when: llm >= $5, then: pause}`";
    assert_eq!(with_budget("{cap: $5/day, meter: {logs: /aws/lambda/api, field: cost_usd}}"), [said]);
    assert_eq!(with_budget("{cap: $5/day, meter: calls}"), [""; 0], "a reservation is refused");
    let rule = "guardrails:\n  - {when: llm >= $5, then: pause}";
    let watched = EXAMPLE.replace("guardrails:", rule).replacen(
        "gates:",
        "budgets: {llm: {cap: $5/day, meter: {logs: /aws/lambda/api, field: cost_usd}}}\ngates:",
        1,
    );
    assert_eq!(loaded(&watched).warnings, []);
}
