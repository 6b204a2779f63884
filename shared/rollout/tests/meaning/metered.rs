//! Money that a metric tells. Minute 0 is midnight, in UTC and on a Monday; the rollout began two hours earlier.

use crate::{gate, guard, world::World};
use rollout::{
    evidence::{Gap, Status},
    levels::Levels,
    time::Span,
    units::BudgetId,
};

const NOTHING: [&str; 0] = [];

#[track_caller]
fn owes(world: &World, expected: &[&str]) {
    assert_eq!(world.owed(), expected);
}

/// The metric, with these values from minute 0 on.
fn paid(values: &str) -> World {
    guard("told > $1", &format!("whole App/Paid {values}"))
}

fn untold(world: &World) -> Option<Gap> {
    let Levels { untold, .. } = world.evidence().levels;
    let days = untold.get(&BudgetId(1))?;
    assert_eq!(days.len(), 1, "{days:?}");
    days.values().next().copied()
}

#[test]
fn each_hour_is_counted_on_top_of_what_is_counted_of_it() {
    let world = paid("0.25*90").at(90);
    owes(&world, &["2026-01-05 0: $15 on $0", "2026-01-05 1: $7.5 on $0"]);
    owes(&world.spending("5:1500 65:700"), &["2026-01-05 1: $0.5 on $7"]);
}

#[test]
fn what_is_counted_counts_once_and_is_never_taken_back() {
    owes(&paid("0.25*90").at(90).spending("5:1500 65:750"), &NOTHING);
    // The source has corrected itself downward.
    owes(&paid("0.25*90").at(90).spending("5:1501 65:900"), &NOTHING);
}

#[test]
fn a_late_point_counts_in_the_hour_and_the_day_of_its_own_time() {
    let late = "whole App/Paid @-30 1 @-20 2 @30 4";
    let world = guard("told > $1", late).at(700);
    owes(&world, &["2026-01-04 23: $3 on $0", "2026-01-05 0: $4 on $0"]);
    owes(&world.spending("-30:100 30:400"), &["2026-01-04 23: $2 on $1"]);
}

#[test]
fn midnight_is_that_of_the_plan() {
    let around = || guard("told > $1", "whole App/Paid @-61 1 1 @299 2 2").at(310);
    owes(
        &around().in_zone("America/New_York"),
        &[
            "2026-01-04 17: $1 on $0",
            "2026-01-04 18: $1 on $0",
            "2026-01-04 23: $2 on $0",
            "2026-01-05 0: $2 on $0",
        ],
    );
    owes(
        &guard("told > $1", "whole App/Paid @-61 1 1").in_zone("Europe/Berlin").at(1),
        &["2026-01-04 23: $1 on $0", "2026-01-05 0: $1 on $0"],
    );
    guard("told > $1", "whole App/Paid @-61 1 1").in_zone("Europe/Berlin").at(1).is("false: 1 > 1");
}

#[test]
fn what_was_spent_before_the_rollout_is_not_its_own() {
    owes(&guard("told > $1", "whole App/Paid @-121 8 4").at(1), &["2026-01-04 22: $4 on $0"]);
}

#[test]
fn a_period_that_is_not_complete_waits() {
    // At 2m15s the minute from 0 to 1 is a minute old, and that from 1 to 2 is not.
    owes(&paid("1 2 4").at(1), &["2026-01-05 0: $1 on $0"]);
    owes(&paid("1 2 4").at(2), &["2026-01-05 0: $3 on $0"]);
}

#[test]
fn a_millionth_is_never_lost_and_the_hour_is_rounded_once() {
    owes(&paid("0.0000004*60").at(60), &["2026-01-05 0: $0.000024 on $0"]);
    owes(&paid("0.00000041*60").at(60), &["2026-01-05 0: $0.000025 on $0"]);
}

#[test]
fn no_data_is_nothing_spent_yet_and_known() {
    gate("told < $5", "").at(10).is("true: 0 < 5");
    assert_eq!(untold(&paid("").at(10)), None);
}

#[test]
fn what_is_counted_now_is_seen_now() {
    paid("1 1").at(2).is("true: 2 > 1");
    paid("1 1").at(2).spending("0:50").is("true: 2 > 1");
}

#[test]
fn a_source_that_fails_leaves_open_what_more_money_would_change() {
    let failing = |condition: &str, status| {
        guard(condition, "").at(10).spending("1:200").answering("whole App/Paid 1", status)
    };
    failing("told > $1", Status::Forbidden).is("true: 2 > 1");
    failing("told > $3", Status::Forbidden).is("not known: the source may not be asked");
    failing("told < $1", Status::Failing).is("false: 2 < 1");
    failing("told < $3", Status::Failing).is("not known: the source does not answer");
    failing("told > $3 in 24h", Status::Partial).is("not known: the source's answer is partial");
    // Another budget's money is not its own.
    failing("llm > $3", Status::Forbidden).is("false: 2 > 3");
}

#[test]
fn what_a_partial_answer_has_is_counted() {
    let world = paid("1 1").at(2).answering("whole App/Paid 1", Status::Partial);
    owes(&world, &["2026-01-05 0: $2 on $0"]);
    world.is("true: 2 > 1");
}

#[test]
fn what_cannot_be_is_told_and_not_counted() {
    for (value, gap) in [
        ("-1", "a negative count"),
        ("NaN", "no number"),
        ("inf", "no number"),
        ("1e300", "no number"),
        // More than a hundred caps at once is no dollars.
        ("500.1", "no number"),
    ] {
        let world = paid(&format!("0.5 {value} 0.25")).at(3);
        owes(&world, &["2026-01-05 0: $0.75 on $0"]);
        let told = untold(&world).unwrap_or_else(|| panic!("{value} is not told")).to_string();
        assert!(told.contains(gap), "{value}: {told}");
        world.is("not known");
    }
    owes(&paid("500").at(1), &["2026-01-05 0: $500 on $0"]);
    owes(&paid("1 1").says_twice(1).at(2), &["2026-01-05 0: $2 on $0"]);
    assert!(untold(&paid("1 1").says_twice(1).at(2)).is_some());
}

#[test]
fn what_could_not_be_yesterday_is_nothing_to_today() {
    let world = || guard("told < $5", "whole App/Paid @-30 -1 @30 1").at(60);
    world().is("true: 1 < 5");
    let day = guard("told < $5 in 24h", "whole App/Paid @-30 -1 @30 1").at(60);
    day.is("not known: the source answered a negative count");
}

#[test]
fn where_a_window_cannot_be_read_nothing_is_counted() {
    owes(&paid("1 1").at(2).without_windows(), &NOTHING);
    paid("1 1").at(2).without_windows().is("not known: the source does not answer");
}

/// What is complete after hours is late, and not lost where nobody has asked for some hours more.
#[test]
fn a_day_is_looked_back_from_what_is_complete() {
    for hours in [1, 12, 23] {
        let lagging = paid("1*60").lagging(Span::hours(hours));
        owes(&lagging.at(60 * (5 + i64::try_from(hours).unwrap())), &["2026-01-05 0: $60 on $0"]);
    }
}

#[test]
fn a_guardrail_on_the_very_metric_looks_at_its_own_window_alone() {
    let series = "whole App/Paid @-30 -1 7 @0 1 1 1 1";
    guard("paid > $3 in 2m", series).at(4).is("false: 2 > 3");
    guard("paid < $3 in 2m", series).at(4).is("true: 1 < 3 at 1m");
    owes(&guard("paid > $3 in 2m", series).at(4), &["2026-01-04 23: $7 on $0", "2026-01-05 0: $4 on $0"]);
}
