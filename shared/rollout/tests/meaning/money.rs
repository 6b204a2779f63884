//! What is counted: money in the windows of a budget. Minute 0 is midnight, in UTC and on a Monday.

use crate::{
    gate, guard,
    world::{World, edge},
};
use rollout::{
    rollout::{Fired, Rollout},
    units::{Generation, RuleId},
};

fn resumed(minute: i64) -> impl FnOnce(&mut Rollout) {
    move |head| head.resumed = Some(edge(minute))
}

#[test]
fn without_a_window_it_is_the_money_since_midnight() {
    let spent = "-1:400 0:100 600:50 630:1";
    guard("llm > $1.50", "").spending(spent).at(640).is("true: 1.51 > 1.5 at 641m, 3 samples");
    gate("llm < $5", "").spending(spent).at(640).is("true: 1.51 < 5 at 641m, 3 samples");
}

#[test]
fn nothing_spent_is_nothing_and_known() {
    gate("llm < $5", "").at(10).is("true: 0 < 5");
    guard("llm > $0", "").at(10).is("false: 0 > 0");
    gate("llm < $5 in 24h", "").at(10).is("true: 0 < 5");
}

#[test]
fn what_cannot_be_read_is_not_known() {
    gate("llm < $5", "").without_windows().at(10).is("not known: the source does not answer");
    guard("llm > $5 in 24h", "").without_windows().at(10).is("not known: the source does not answer");
}

#[test]
fn midnight_is_that_of_the_plan() {
    let at = |world: World| world.spending("-1:400 1:100").at(10);
    at(guard("llm > $3", "")).is("false: 1 > 3");
    // In Berlin it was midnight an hour ago, in New York the day has five more hours.
    at(guard("llm > $3", "")).in_zone("Europe/Berlin").is("true: 5 > 3");
    at(guard("llm > $3", "")).in_zone("America/New_York").is("true: 5 > 3");
    at(guard("llm > $3", "")).in_zone("Asia/Kolkata").is("true: 5 > 3");
    let in_new_york = guard("llm > $3", "").in_zone("America/New_York");
    in_new_york.spending("-1:400 301:100").at(302).is("false: 1 > 3");
}

#[test]
fn a_window_reaches_over_midnight_and_takes_its_first_hour_whole() {
    // Judged at 10:41: the last 24 hours begin at 10:41 the day before.
    let spent = "-841:1 -840:10 -781:100 -1:1000 605:10000";
    guard("llm > $1 in 24h", "").spending(spent).at(640).is("true: 111.1 > 1 at 641m, 4 samples");
    guard("llm > $1 in 1h", "").spending(spent).at(640).is("true: 100 > 1 at 641m, 1 samples");
    gate("llm < $120 in 2d", "").spending(spent).at(640).is("true: 111.11 < 120 at 641m, 5 samples");
}

#[test]
fn a_window_over_the_night_in_which_clocks_change_is_as_long_as_any() {
    // 29 March 2026 in Berlin: midnight is at 23:00 in UTC before it, and at 22:00 after it.
    let midnight = 83 * 1440;
    let spent = |before: i64| format!("{}:100", midnight + 690 - 1440 - before);
    let at = |before| {
        let world = guard("llm > $0 in 24h", "").in_zone("Europe/Berlin");
        world.spending(&spent(before)).at(midnight + 690)
    };
    at(-30).is("true: 1 > 0");
    at(30).is("true: 1 > 0");
    at(32).is("false: 0 > 0");
    let today = guard("llm > $0", "").in_zone("Europe/Berlin");
    today.spending(&format!("{}:100", midnight + 1319)).at(midnight + 1321).is("false: 0 > 0");
}

#[test]
fn samples_are_records() {
    let few = "not known: too few samples: 2 of 3";
    gate("llm < $5 from 3 samples", "").spending("1:10 2:10").at(10).is(few);
    gate("llm < $5 from 3 samples", "").spending("1:10 2:10 3:0").at(10).is("true: 0.2 < 5");
}

#[test]
fn a_guardrail_counts_no_hour_that_began_before_the_last_resume() {
    let spent = "570:1000 630:500 661:200 690:50";
    let at = |minute| guard("llm > $1", "").spending(spent).after(resumed(620)).at(minute);
    at(650).is("not known: too early until 660m");
    at(660).is("true: 2.5 > 1");
    guard("llm > $1", "").spending(spent).at(650).is("true: 17.5 > 1");
    // What somebody has seen is no reason to let a gate pass.
    gate("llm < $10 in 24h", "").spending(spent).after(resumed(620)).at(700).is("false: 17.5 < 10");
}

#[test]
fn a_guardrail_that_has_acted_counts_what_is_spent_after_it() {
    let fired = |generation, cleared| {
        move |head: &mut Rollout| {
            let fired = Fired { at: edge(20), generation: Generation(generation), cleared, on: vec![] };
            head.fired.insert(RuleId(0), fired);
        }
    };
    let spent = "5:1000 61:200";
    let at =
        |generation, cleared| guard("llm > $1", "").spending(spent).after(fired(generation, cleared)).at(90);
    at(1, None).is("true: 12 > 1");
    at(0, None).is("true: 2 > 1");
    at(1, Some(edge(30))).is("true: 2 > 1");
}
