//! What is not there, and what cannot be.

use crate::{gate, guard};
use rollout::evidence::Status;

#[test]
fn fewer_than_half_of_the_periods_are_not_known() {
    gate("memory < 9MB in 10m", "App/Memory 1*10").is("true");
    gate("memory < 9MB in 10m", "App/Memory -*5 1*5").is("true");
    gate("memory < 9MB in 10m", "App/Memory -*6 1*4").is("not known: no data");
}

#[test]
fn without_the_newest_period_nothing_is_known() {
    gate("memory < 9MB in 10m", "App/Memory 1*9 -").is("not known: the newest figure is too old");
    gate("memory < 9MB", "App/Memory 1*2879 -").is("not known: the newest figure is too old");
}

#[test]
fn the_newest_minute_of_a_bake_of_whole_hours_must_be_there_too() {
    gate("memory < 9MB", "App/Memory 1*2879 -*1").at(2880).is("not known: the newest figure is too old");
    gate("memory < 9MB", "App/Memory 1*2880").is("true");
}

#[test]
fn half_of_the_window_is_half_of_its_time() {
    // 72 hours less a minute: 40 hours of silence, then traffic; the last hour is asked minute by minute.
    gate("memory < 9MB", "App/Memory -*2400 1*1919").is("not known: no data");
    gate("memory < 9MB", "App/Memory -*2100 1*2219").is("true");
}

#[test]
fn missing_zero_is_zero() {
    gate("throttles == 0", "App/Throttles -*10").at(10).is("true: 0 == 0 at 10m");
    gate("throttles < 3", "App/Throttles 1 -*8 1").is("true: 2 < 3");
}

#[test]
fn missing_zero_is_never_said_of_a_source_that_fails() {
    for (status, why) in [
        (Status::Partial, "not known: the source's answer is partial"),
        (Status::Forbidden, "not known: the source may not be asked"),
        (Status::Failing, "not known: the source does not answer"),
    ] {
        gate("throttles == 0", "").at(10).answering("App/Throttles", status).is(why);
        guard("throttles > 0", "App/Throttles 5*10").answering("App/Throttles", status).is(why);
    }
}

#[test]
fn one_failing_side_is_enough() {
    let series = "App/Errors 0*10\nApp/Requests 100*10\nold App/Errors 0*10\nold App/Requests 100*10";
    let forbidden = |line| {
        gate("errors <= baseline", series)
            .answering(line, Status::Forbidden)
            .is("not known: the source may not be asked");
    };
    forbidden("App/Errors");
    forbidden("App/Requests");
    forbidden("old App/Errors");
    forbidden("old App/Requests");
}

#[test]
fn missing_skip_looks_at_what_is_there() {
    gate("sparse < 9 in 10m", "App/Sparse 1 -*9").is("true: 1 < 9");
    gate("sparse < 9 in 10m", "App/Sparse -*10").is("not known: no data");
}

#[test]
fn a_ratio_to_nothing_has_no_data() {
    gate("errors < 1%", "App/Errors 0*10\nApp/Requests 0*10").is("not known: no data");
    gate("errors < 1%", "App/Errors 5*10").is("not known: no data");
    gate("errors < 2%", "App/Errors 1*10\nApp/Requests 0*4 100*6").is("true: 1 < 2 at 10m, 600 samples");
}

#[test]
fn a_numerator_that_is_absent_beside_a_denominator_is_zero() {
    gate("errors < 1%", "App/Requests 100*10").is("true: 0 < 1 at 10m, 1000 samples");
    gate("errors < 1%", "App/Errors -*9 5\nApp/Requests 100*10").is("true: 0.5 < 1");
}

#[test]
fn a_sum_without_its_count_is_no_part_of_an_average() {
    let series = "App/Latency 100*10\ncount App/Latency 1*8 - 1";
    gate("average <= 100ms", series).is("true: 100 <= 100 at 10m, 9 samples");
    let series = "App/Latency 100*8 - 100\ncount App/Latency 1*10";
    gate("average >= 100ms", series).is("true: 100 >= 100 at 10m, 9 samples");
}

#[test]
fn what_cannot_be_is_not_known_with_its_reason() {
    for value in ["NaN", "inf", "-inf", "1e18"] {
        gate("memory < 9MB", &format!("App/Memory 1*8 {value} 1"))
            .is("not known: the source answered something that is no number");
    }
    gate("requests < 9", "App/Requests 1*8 -1 1").is("not known: the source answered a negative count");
    gate("errors < 9%", "App/Errors 1*8 -1 1\nApp/Requests 9*10")
        .is("not known: the source answered a negative");
    gate("memory < 9MB", "App/Memory -1*10").is("true: -1000000 < 9000000");
}

#[test]
fn sums_that_no_decimal_holds_are_no_numbers() {
    gate("memory < 9MB", "App/Memory 1 1e12 1").is("false: 1000000000000000000 < 9000000");
    gate("requests < 9", "App/Requests 9e17*10").is("not known: the source answered something");
}

/// Everything fails for six minutes; what cannot be stands long before it and right after it.
const BETWEEN: &str = "App/Errors 0*5 -1 0*44 20*6 0*2 -1 0\nApp/Requests 20*60";

#[test]
fn what_cannot_be_silences_only_what_it_touches() {
    guard("errors > 40%", BETWEEN).at(60).is("true: 100 > 40");
    // Nor does it matter who else looks at the same points, and how far back.
    guard("errors > 40%", BETWEEN).beside("errors > 90% for 1h").at(60).is("true: 100 > 40");
    guard("errors > 90% for 1h", BETWEEN).beside("errors > 40%").at(60).is("false: 0 > 90");
}

#[test]
fn where_times_go_back_only_those_are_not_known() {
    let series = "App/Errors 0*9 20\nApp/Requests 20*10";
    guard("errors > 40%", series).says_twice(3).is("true: 100 > 40 at 10m");
    guard("errors > 40%", series).says_twice(9).is("not known: the source's times go backwards");
    gate("errors < 40%", series).is("true: 10 < 40");
    gate("errors < 40%", series).says_twice(3).is("not known: the source's times go backwards");
    // What cannot be in one of two series that are added up cannot be in their sum.
    guard("hits < 40%", "App/Hits 1*10\nApp/Misses 1*10").says_twice(9).is("not known: the source's times");
}
