//! When a guardrail looks, and at what.

use crate::{guard, world::edge};
use rollout::{
    rollout::Fired,
    units::{Generation, RuleId},
};

#[test]
fn each_settled_period_of_the_last_quarter_of_an_hour_is_judged_by_itself() {
    guard("memory > 9MB", "App/Memory 1*20 10 1*14").is("true: 10000000 > 9000000 at 21m");
    guard("memory > 9MB", "App/Memory 1*20 10 1*15").is("false: 1000000 > 9000000 at 36m");
    guard("memory > 9MB in 3m", "App/Memory 1*20 10 1*16").is("true: 10000000 > 9000000 at 23m");
    guard("memory > 9MB in 3m", "App/Memory 1*20 10 1*17").is("false");
}

#[test]
fn the_first_breach_tells_and_otherwise_the_newest_value() {
    guard("memory > 9MB", "App/Memory 1*20 10 11 12").is("true: 10000000 > 9000000 at 21m");
    guard("memory > 9MB", "App/Memory 1*20 2").is("false: 2000000 > 9000000 at 21m");
    guard("memory > 9MB", "App/Memory 1*20 -").is("not known: no data");
}

#[test]
fn a_guardrail_takes_what_is_there_of_its_window() {
    guard("memory > 9MB in 10m", "App/Memory @-9 1*9 10*2").is("true: 10000000 > 9000000 at 1m");
    guard("memory > 9MB in 10m", "App/Memory @-60 10*60 1*2").is("false: 1000000 > 9000000 at 2m");
    guard("memory > 9MB", "App/Memory @-60 10*60").at(0).is("not known: too early until 2m");
}

#[test]
fn held_in_full_at_any_edge_of_the_last_quarter_of_an_hour() {
    guard("memory > 9MB for 5m", "App/Memory 1*5 10*5 1*14").is("true: 10000000 > 9000000 at 10m");
    guard("memory > 9MB for 5m", "App/Memory 1*5 10*5 1*15").is("false");
    guard("memory > 9MB for 5m", "App/Memory 1*5 10*4 1 10*4").is("false");
    guard("memory > 9MB for 5m", "App/Memory 10*4").is("not known: too early until 6m");
    guard("memory > 9MB for 5m", "App/Memory 10*5").is("true");
}

#[test]
fn held_over_windows_that_overlap() {
    guard("errors > 1% in 5m for 2m", "App/Errors 0*8 2*7\nApp/Requests 100*15").is("true: 1.6 > 1 at 12m");
}

#[test]
fn in_a_row_at_any_edge_of_the_last_quarter_of_an_hour() {
    guard("memory > 9MB 3 times in a row", "App/Memory 1*5 10*3 1*14").is("true: 10000000 > 9000000 at 8m");
    guard("memory > 9MB 3 times in a row", "App/Memory 1*5 10*3 1*15").is("false");
    guard("memory > 9MB 3 times in a row", "App/Memory 1*5 10 - 10 - - 10 1")
        .is("true: 10000000 > 9000000 at 11m");
    guard("memory > 9MB 3 times in a row", "App/Memory 1*5 10 10 1 10 10")
        .is("false: 1000000 > 9000000 at 8m");
}

#[test]
fn from_samples_reaches_back_until_it_has_them() {
    // Two requests a minute: the newest hundred are of fifty minutes, and their one error is 1 %.
    let quiet = "App/Errors 0*149 1\nApp/Requests 2*150";
    guard("errors > 0.9% from 100 samples", quiet).is("true: 1 > 0.9 at 150m, 100 samples");
    guard("errors > 1% from 100 samples", quiet).is("false: 1 > 1 at 150m, 100 samples");
    guard("errors > 1% from 100 samples", "App/Errors 1*40\nApp/Requests 2*40")
        .is("not known: too few samples: 80 of 100");
}

#[test]
fn from_samples_never_reaches_before_the_exposure() {
    guard("errors > 1% from 100 samples", "App/Errors @-60 2*109\nApp/Requests @-60 2*109")
        .is("not known: too few samples: 98 of 100");
}

#[test]
fn a_guardrail_begins_again_with_the_resume() {
    let resumed = |head: &mut rollout::rollout::Rollout| head.resumed = Some(edge(20));
    guard("memory > 9MB in 30m", "App/Memory 10*20 1*5").after(resumed).is("false: 1000000 > 9000000 at 25m");
    guard("load > 9 in 30m", "whole App/Load 10*20 1*5").after(resumed).is("false: 1 > 9 at 25m");
}

#[test]
fn a_guardrail_about_everybody_may_reach_before_the_exposure() {
    guard("load > 9 in 30m", "whole App/Load @-10 10*10 1*5").is("true: 10 > 9");
}

/// As a rule that fired at this minute, under a generation.
fn fired(minute: i64, cleared: bool, generation: u64) -> impl FnOnce(&mut rollout::rollout::Rollout) {
    move |head| {
        let cleared = cleared.then(|| edge(minute));
        let fired = Fired { at: edge(minute), generation: Generation(generation), cleared, on: vec![] };
        head.fired.insert(RuleId(0), fired);
    }
}

#[test]
fn a_rule_that_has_acted_and_is_armed_anew_looks_only_at_what_is_younger() {
    let bad = "whole App/Load 10*20 1*5";
    guard("load > 9 in 30m", bad).after(fired(21, true, 1)).is("false: 1 > 9 at 25m");
    guard("load > 9 in 30m", bad).after(fired(21, false, 0)).is("false: 1 > 9 at 25m");
    guard("memory > 9MB", "App/Memory 1*20 10*3 1*2").after(fired(24, true, 1)).is("false");
    guard("memory > 9MB", "App/Memory 1*20 10*3 1*2")
        .after(fired(22, true, 1))
        .is("true: 10000000 > 9000000 at 23m");
}

#[test]
fn a_breach_that_was_known_to_be_over_is_not_found_again() {
    let over = |head: &mut rollout::rollout::Rollout| {
        let fired = Fired { at: edge(19), generation: Generation(1), cleared: Some(edge(24)), on: vec![] };
        head.fired.insert(RuleId(0), fired);
    };
    guard("memory > 9MB", "App/Memory 1*18 10*5 1*2").after(over).is("false");
}

#[test]
fn a_rule_that_has_acted_and_is_not_armed_is_judged_as_of_now() {
    guard("memory > 9MB", "App/Memory 1*20 10*3 1*2")
        .after(fired(22, false, 1))
        .is("false: 1000000 > 9000000 at 25m");
    guard("memory > 9MB", "App/Memory 1*20 10*3")
        .after(fired(22, false, 1))
        .is("true: 10000000 > 9000000 at 23m");
    guard("memory > 9MB for 5m", "App/Memory 10*20 1").after(fired(19, false, 1)).is("false");
    guard("memory > 9MB 3 times in a row", "App/Memory 10*20 1").after(fired(19, false, 1)).is("false");
}

#[test]
fn a_percentile_in_a_window_is_never_averaged() {
    guard("latency > 500ms in 5m", "App/Latency 100*4 900").is("true: 900 > 500 at 5m");
}
