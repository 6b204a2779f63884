//! What a gate looks at.

use crate::{gate, world::edge};

#[test]
fn a_gate_without_a_tail_is_over_the_whole_bake_so_far() {
    gate("requests == 1000", "App/Requests 100*10").is("true: 1000 == 1000 at 10m");
    gate("memory < 9MB", "App/Memory 9 1*600").is("false: 9000000");
}

#[test]
fn nothing_is_counted_twice_or_dropped_where_a_long_bake_is_asked_in_parts() {
    // Around every size at which the coarse period changes, and beside whole coarse periods.
    for minutes in
        [1, 2, 59, 60, 179, 180, 181, 184, 185, 186, 1439, 1440, 1441, 1499, 1500, 1501, 2880, 4321]
    {
        let weights: String = (0..minutes).map(|minute| format!(" {}", minute % 7)).collect();
        let sum: i64 = (0..minutes).map(|minute| minute % 7).sum();
        gate("requests >= 0", &format!("App/Requests @-5 1000*5{weights}"))
            .is(&format!("true: {sum} >= 0 at {minutes}m"));
    }
}

#[test]
fn no_window_begins_before_the_exposure_was_in_effect() {
    gate("memory < 9MB", "App/Memory @-60 100*60 1*10").is("true: 1000000");
    gate("memory < 9MB in 10m", "App/Memory @-60 100*60 1*9").is("not known: too early until 11m");
}

#[test]
fn a_bucket_that_began_before_the_exposure_does_not_count() {
    let later = |head: &mut rollout::rollout::Rollout| {
        head.effective.as_mut().unwrap().at = edge(3).after(rollout::time::Span::seconds(1));
    };
    gate("memory < 9MB", "App/Memory 100*4 1*6").after(later).is("true: 1000000");
    gate("memory < 9MB", "App/Memory 100*5 1*6").after(later).is("false: 100000000");
    // Ten minutes are one bucket: that of 00:00 began before, that of 00:10 did not.
    gate("slow == 10", "App/Slow 100*10 1*10").at(25).after(later).is("true: 10 == 10 at 20m");
}

#[test]
fn the_newest_settled_edge_is_now_less_the_lag_floored_to_the_period() {
    gate("slow == 10", "App/Slow 1*30").at(14).is("true: 10 == 10 at 10m");
    gate("slow == 10", "App/Slow 1*30").at(23).is("true: 10 == 10 at 10m");
    gate("slow == 20", "App/Slow 1*30").at(24).is("true: 20 == 20 at 20m");
}

#[test]
fn metrics_about_everybody_begin_with_the_stage() {
    let resumed = |head: &mut rollout::rollout::Rollout| {
        head.effective.as_mut().unwrap().at = edge(5);
        head.resumed = Some(edge(5));
    };
    gate("load > 8", "whole App/Load @-60 9*62 1*8").after(resumed).is("true: 9 > 8");
    gate("load > 8 in 20m", "whole App/Load @-60 9*60 1*5").is("true: 9 > 8");
    gate("load > 8 in 5m", "whole App/Load @-60 9*60 1*5").is("false: 1 > 8");
}

#[test]
fn in_is_one_value_of_this_much_time_and_not_known_before_it_fits() {
    gate("memory < 9MB in 5m", "App/Memory 10*5 1*5").is("true: 1000000 < 9000000 at 10m");
    gate("memory < 9MB in 6m", "App/Memory 10*5 1*5").is("false: 10000000 < 9000000 at 10m");
    gate("memory < 9MB in 30m", "App/Memory 1*29").is("not known: too early until 31m");
    gate("memory < 9MB in 30m", "App/Memory 1*30").is("true");
}

#[test]
fn held_is_true_if_all_values_are() {
    gate("memory < 9MB for 10m", "App/Memory 10*5 1*10").is("true: 1000000 < 9000000 at 15m");
    gate("memory < 9MB for 11m", "App/Memory 10*5 1*10").is("false: 10000000 < 9000000 at 5m");
}

#[test]
fn held_is_false_if_one_value_is_whatever_the_others_are() {
    gate("memory < 9MB for 5m", "App/Memory 1*8 10 -").is("false: 10000000 < 9000000 at 9m");
    gate("memory < 9MB for 30m", "App/Memory 1*8 10 1").is("false: 10000000 < 9000000 at 9m");
}

#[test]
fn held_is_not_known_if_a_value_is_not_or_it_does_not_fit() {
    gate("memory < 9MB for 5m", "App/Memory 1*7 - 1*2").is("not known: no data");
    gate("memory < 9MB for 11m", "App/Memory 1*10").is("not known: too early until 12m");
    gate("memory < 9MB for 10m", "App/Memory 1*10").is("true");
}

#[test]
fn each_held_value_is_over_its_own_window() {
    // Of two hours by five minutes the first value is over an hour, too: it takes 2 h 55 min.
    gate("memory < 9MB in 1h for 2h", "App/Memory 1*174").is("not known: too early until 176m");
    gate("memory < 9MB in 1h for 2h", "App/Memory 1*175").is("true");
    gate("memory < 9MB in 1h for 2h", "App/Memory 10 1*200").is("true");
    gate("memory < 9MB in 1h for 48h", "App/Memory 1*2880").is("true: 1000000 < 9000000 at 2880m");
    gate("memory < 9MB in 1h for 48h", "App/Memory 1*2879").is("not known: too early until 2881m");
}

#[test]
fn values_are_a_minute_apart_up_to_an_hour() {
    gate("memory < 9MB for 1h", "App/Memory 1*20 10 1*60").is("true");
    gate("memory < 9MB for 1h", "App/Memory 1*20 10 1*39").is("false: 10000000 < 9000000 at 21m");
}

#[test]
fn values_are_five_minutes_apart_up_to_a_day() {
    let but = |minute: usize| format!("App/Memory 1*{minute} 10 1*{}", 299 - minute);
    gate("memory < 9MB for 5h", &but(154)).is("false: 10000000 < 9000000 at 155m");
    gate("memory < 9MB for 5h", &but(153)).is("true");
}

#[test]
fn values_are_an_hour_apart_beyond() {
    let but = |minute: usize| format!("App/Memory 1*{minute} 10 1*{}", 2879 - minute);
    gate("memory < 9MB for 48h", &but(119)).is("false: 10000000 < 9000000 at 120m");
    gate("memory < 9MB for 48h", &but(118)).is("true");
}

#[test]
fn in_a_row_are_the_newest_values_that_have_data() {
    gate("memory < 9MB 3 times in a row", "App/Memory 10 1 1 1").is("true: 1000000 < 9000000 at 4m");
    gate("memory < 9MB 3 times in a row", "App/Memory 1 1 1 10 10").is("false: 10000000 < 9000000 at 5m");
    gate("memory < 9MB 3 times in a row", "App/Memory 10 1 - 1 - 1 -").is("true: 1000000 < 9000000 at 6m");
    gate("memory < 9MB 3 times in a row", "App/Memory 1 - 10 - 1 -").is("false: 10000000 < 9000000 at 3m");
    gate("memory < 9MB 3 times in a row", "App/Memory 1 1").is("not known: too few samples: 2 of 3");
    gate("memory < 9MB 3 times in a row", "App/Memory - -").at(2).is("not known: no data");
}

#[test]
fn a_percentile_is_asked_of_the_source_with_the_period_of_its_window() {
    // The source says 900 for these ten minutes, whatever the minutes come to on average.
    gate("latency < 500ms in 10m", "App/Latency 100*9 900").is("false: 900 < 500 at 10m");
}

#[test]
fn a_percentile_of_a_long_bake_must_hold_in_each_of_equal_pieces() {
    gate("latency < 500ms", "App/Latency 900 100*2879").is("false: 900 < 500 at 1440m");
    gate("latency < 500ms", "App/Latency 100*2880").is("true: 100 < 500 at 2880m");
    gate("latency < 500ms", "App/Latency 100*2879 900").is("false: 900 < 500 at 2880m");
}

#[test]
fn before_anything_is_settled_it_is_too_early() {
    gate("memory < 9MB", "").at(0).is("not known: too early until 2m");
    gate("latency < 9ms", "").at(0).is("not known: too early until 2m");
    gate("memory < 9MB for 5m", "").at(-1).is("not known: too early until 6m");
}
