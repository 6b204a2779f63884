//! What a metric usually is: its own mean, and how far it strays from that.

use crate::{
    gate, guard,
    world::{World, edge},
};
use rollout::{evidence::Status, rollout::Rollout};

/// What is measured of everybody was there before the rollout: an hour of tens that stray by one, then what is judged.
fn usual(then: &str) -> String {
    let steady: String = (0..600).map(|minute| if minute % 2 == 0 { " 9" } else { " 11" }).collect();
    format!("whole App/Load @-600{steady} {then}")
}

fn load(condition: &str, then: &str) -> World {
    guard(condition, &usual(then))
}

#[test]
fn a_guardrail_is_set_off_by_what_is_unusual() {
    // 120 values, the half of them 9 and the half 11: they stray by 1.004193.
    load("load > 2h mean + 3 sigma 3 times in a row", "14*3").is("true: 14 > 13.012579 at 3m");
    load("load > 2h mean + 3 sigma 3 times in a row", "13*3").is("false: 13 > 13.012579 at 3m");
    load("load > 2h mean + 3 sigma 3 times in a row", "14 14 11").is("false: 11 > 13.012579");
    load("load > 2h mean + 3 sigma for 3m", "14*3").is("true: 14 > 13.012579");
    load("load > 2h mean + 3 sigma", "14").is("true: 14 > 13.012579 at 1m");
    load("load < 2h mean - 3 sigma", "6").is("true: 6 < 6.987421");
    load("load < 2h mean - 2.5 sigma", "8").is("false: 8 < 7.489518");
    load("load > 2h mean", "11").is("true: 11 > 10");
}

#[test]
fn what_is_judged_is_no_part_of_the_history() {
    // Judged are the newest minutes and those of the last quarter of an hour: they do not move the limit.
    load("load > 2h mean + 3 sigma", "9999*15").is("true: 9999 > 13.012579 at 1m");
    load("load > 2h mean + 3 sigma 3 times in a row", "9999*30").is("true: 9999 > 13.012579");
    // Older than that they are its newest part.
    load("load > 2h mean + 3 sigma", "99*2 10*16").is("false: 10 > 45.937505");
}

#[test]
fn a_history_is_of_values_as_wide_as_the_one_that_is_judged() {
    // The highest of ten minutes is always 11, so nothing strays.
    gate("load <= 5h mean + 2 sigma in 10m", &usual("11*10")).is("true: 11 <= 11 at 10m");
    gate("load <= 5h mean + 2 sigma in 10m", &usual("11*9 12")).is("false: 12 <= 11 at 10m");
    gate("load <= 8h mean + 2 sigma in 10m for 20m", &usual("11*30")).is("true: 11 <= 11 at 30m");
    // Sums are of ten minutes, too.
    gate("tickets <= 5h mean + 1 sigma in 10m", "whole Support/Tickets @-600 3*610").is("true: 30 <= 30");
    gate("tickets <= 5h mean + 1 sigma in 10m", "whole Support/Tickets @-600 3*609 4").is("false: 31 <= 30");
}

#[test]
fn a_ratio_has_a_history_of_ratios() {
    let series = "App/Errors 1*62 5\nApp/Requests 100*63";
    guard("errors > 1h mean + 3 sigma 1 times in a row", series).is("true: 5 > 1 at 63m, 100 samples");
    // Two thirds are the same two thirds, however they are counted and rounded.
    let thirds = "App/Errors 2*50 4*51\nApp/Requests 3*50 6*51";
    guard("errors > 1h mean + 3 sigma for 2m", thirds).is("false: 66.666667 > 66.666667");
    guard("errors < 1h mean - 3 sigma for 2m", thirds).is("false: 66.666667 < 66.666667");
}

#[test]
fn a_candidate_has_no_history_before_its_exposure() {
    let latency = |minutes: usize| {
        let values: String =
            (0..minutes).map(|minute| if minute % 2 == 0 { " 90" } else { " 110" }).collect();
        guard("latency > 1h mean + 3 sigma for 2m", &format!("App/Latency @-300 50*300{values}"))
    };
    latency(10).is("not known: too little history: 0 values over 0s; it takes 30, and half of 1h");
    latency(47).is("not known: too little history: 29 values over 29m; it takes 30, and half of 1h");
    latency(48).is("false: 90 > 130");
}

#[test]
fn half_of_the_time_must_be_there() {
    let about = |minutes: usize| {
        let values = format!("whole App/Load @-{minutes} 10*{}", minutes + 1);
        guard("load > 4h mean + 3 sigma", &values)
    };
    about(135).is("not known: too little history: 119 values over 1h 59m; it takes 30, and half of 4h");
    about(136).is("false: 10 > 10");
    // Thirty values are not enough where they are not half of the time, nor is half of the time in fewer values.
    let short = guard("load > 1h mean + 3 sigma in 2m", "whole App/Load @-58 10*30 - 10*30");
    short.is("not known: too little history: 22 values over 44m; it takes 30, and half of 1h");
}

#[test]
fn a_history_is_not_cut_by_a_resume_but_what_is_judged_is() {
    let resumed = |head: &mut Rollout| head.resumed = Some(edge(0));
    load("load > 2h mean + 3 sigma", "14").after(resumed).is("true: 14 > 13.012579 at 1m");
    load("load > 5h mean + 3 sigma in 10m", "9*4").after(resumed).is("not known: too early until 11m");
}

#[test]
fn a_history_that_the_source_does_not_tell_is_not_known() {
    for (status, why) in [
        (Status::Partial, "not known: the source's answer is partial"),
        (Status::Forbidden, "not known: the source may not be asked"),
        (Status::Failing, "not known: the source does not answer"),
    ] {
        load("load > 2h mean + 3 sigma", "14").answering("whole App/Load", status).is(why);
    }
    // Of a moment in three that cannot be, the others are enough; of most of them they are not.
    let nonsense = |six: &str| usual("14").replace(" 9 11 9 11 9 11", six);
    guard("load > 2h mean + 3 sigma", &nonsense(" 9 NaN 9 11 NaN 11")).is("true: 14 > 1");
    let nonsense = nonsense(" 9 NaN NaN NaN NaN NaN");
    guard("load > 2h mean + 3 sigma", &nonsense)
        .is("not known: the source answered something that is no number");
}

#[test]
fn one_moment_of_nonsense_leaves_one_value_out() {
    let mut words: Vec<String> = usual("14").split(' ').map(str::to_owned).collect();
    let middle = words.len() - 60;
    words[middle] = "NaN".to_owned();
    let history = words.join(" ");
    guard("load > 2h mean + 3 sigma", &history).is("true: 14 > 13.0");
}

#[test]
fn values_with_too_few_samples_are_no_part_of_it() {
    let series = "App/Errors 1*60 9*40 1*60 3\nApp/Requests 100*60 10*40 100*61";
    guard("errors > 2h mean + 3 sigma for 1m from 50 samples", series).is("true: 3 > 1 at 161m");
    guard("errors > 2h mean + 3 sigma for 1m", series).is("false: 3 > ");
}

#[test]
fn a_member_has_a_history_of_its_own() {
    let series =
        "rust App/Errors 1*60 5\nrust App/Requests 100*61\ngo App/Errors 5*61\ngo App/Requests 100*61";
    guard("errors > 1h mean + 3 sigma for any language for 1m", series)
        .is("true: 5 > 1 at 61m, 100 samples, rust");
}
