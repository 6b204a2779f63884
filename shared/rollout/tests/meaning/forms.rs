//! Every form of the grammar, for every kind of amount.

use crate::{gate, guard};

const TRAFFIC: &str = "App/Requests 100*10
    old App/Requests 900*10";

#[test]
fn a_ratio_is_the_sum_of_over_the_sum_to() {
    // 1 of 100 and 9 of 900 minutes are no average of percentages.
    gate("errors < 2%", "App/Errors 50 0*9\nApp/Requests 100 1000*9")
        .is("true: 0.549451 < 2 at 10m, 9100 samples");
}

#[test]
fn a_percentage_is_compared_exactly() {
    let errors = format!("App/Errors 1*10\n{TRAFFIC}");
    gate("errors < 1%", &errors).is("false: 1 < 1");
    gate("errors <= 1%", &errors).is("true: 1 <= 1");
    gate("errors > 1%", &errors).is("false: 1 > 1");
    gate("errors >= 1%", &errors).is("true: 1 >= 1");
    gate("errors == 1%", &errors).is("true: 1 == 1");
    gate("errors == 0.999999999%", &errors).is("false: 1 == 1");
}

#[test]
fn several_series_of_a_ratio_are_summed() {
    gate("hits > 80%", "App/Hits 90*10\nApp/Misses 10*10").is("true: 90 > 80 at 10m, 1000 samples");
}

#[test]
fn without_is_what_is_not_that() {
    gate("availability >= 99.5%", &format!("App/Errors 0.5*10\n{TRAFFIC}")).is("true: 99.5 >= 99.5");
}

#[test]
fn a_cost_is_compared_in_dollars() {
    gate("cost < $0.02", &format!("App/Cost 1*10\n{TRAFFIC}")).is("true: 0.01 < 0.02");
}

#[test]
fn durations_are_compared_in_any_of_their_units() {
    gate("latency < 1s", "App/Latency 900*10").is("true: 900 < 1000");
    gate("latency < 800ms", "App/Latency 900*10").is("false: 900 < 800");
    gate("latency < 0.5m", "App/Latency 900*10").is("true: 900 < 30000");
}

#[test]
fn bytes_are_compared_in_any_of_their_units() {
    gate("memory < 3GB", "App/Memory 2900*10").is("true: 2900000000 < 3000000000");
    gate("memory < 3GiB", "App/Memory 3100*10").is("true: 3100000000 < 3221225472");
}

#[test]
fn a_count_is_summed_over_its_window() {
    gate("requests > 999", "App/Requests 100*10").is("true: 1000 > 999 at 10m");
    gate("requests == 300 in 3m", "App/Requests 7*7 100*3").is("true: 300 == 300 at 10m");
}

#[test]
fn a_maximum_and_a_minimum_are_those_of_the_window() {
    gate("memory < 9MB", "App/Memory 1 8 2*8").is("true: 8000000 < 9000000");
    gate("least > 1MB", "App/Memory 9 1 2*8").is("false: 1000000 > 1000000");
}

#[test]
fn an_average_is_the_sum_over_the_count() {
    let series = "App/Latency 100*9 9100\ncount App/Latency 1*9 91";
    gate("average <= 100ms", series).is("true: 100 <= 100 at 10m, 100 samples");
}

#[test]
fn a_score_is_a_plain_number() {
    gate("score >= 4.2", "App/Score 4.2*10\ncount App/Score 1*10").is("true: 4.2 >= 4.2");
}

#[test]
fn a_baseline_may_be_offset_in_points() {
    let worse = format!("App/Errors 2*10\nold App/Errors 9*10\n{TRAFFIC}");
    gate("errors <= baseline", &worse).is("false: 2 <= 1");
    gate("errors <= baseline + 1pp", &worse).is("true: 2 <= 2");
    gate("errors < baseline + 1pp", &worse).is("false: 2 < 2");
    gate("errors > baseline - 0.5pp", &worse).is("true: 2 > 0.5");
    gate("latency <= baseline + 100ms", "App/Latency 300*10\nold App/Latency 200*10").is("true: 300 <= 300");
}

#[test]
fn a_baseline_may_be_multiplied() {
    let worse = "App/Latency 240*10\nold App/Latency 200*10";
    gate("latency > 2x baseline", worse).is("false: 240 > 400");
    gate("latency <= 120% of baseline", worse).is("true: 240 <= 240");
    gate("latency >= 120.1% of baseline", worse).is("false: 240 >= 240.2");
}

#[test]
fn within_is_a_distance_on_either_side() {
    for latency in ["210", "190"] {
        let series = format!("App/Latency {latency}*10\nold App/Latency 200*10");
        gate("latency within 5% of baseline", &series).is("true: 10 within 10");
        gate("latency within 4.9% of baseline", &series).is("false: 10 within 9.8");
        gate("latency within 10ms of baseline", &series).is("true: 10 within 10");
    }
}

#[test]
fn growth_is_the_slope_in_the_unit_that_is_asked() {
    let rising = "App/Memory 100 110 120 130 140 150 160 170 180 190";
    gate("memory growth > 10MB/min", rising).is("false: 10000000 > 10000000");
    gate("memory growth >= 600MB/hour", rising).is("true: 600000000 >= 600000000");
    gate("memory growth < 14.5GB/day", rising).is("true: 14400000000 < 14500000000");
    let falling = "App/Memory 190 180 170 160 150 140 130 120 110 100";
    gate("memory growth < 1MB/min", falling).is("true: -10000000 < 1000000");
}

#[test]
fn growth_of_a_ratio_is_in_points() {
    let series = "App/Errors 1 2 3 4 5\nApp/Requests 100*5";
    gate("errors growth > 0.9pp/min", series).is("true: 1 > 0.9");
    gate("availability growth > 0.9pp/min", series).is("false: -1 > 0.9");
}

#[test]
fn growth_of_a_percentile_is_a_fit_through_its_periods() {
    let rising = "App/Latency 100 110 120 130 140 150 160 170 180 190";
    guard("latency growth > 9ms/min in 5m", rising).is("true: 10 > 9");
    gate("latency growth < 11ms/min", rising).is("true: 10 < 11");
}

#[test]
fn growth_may_be_held() {
    let rising: String = (0..400).map(|minute| format!(" {}", 1000 + minute)).collect();
    let series = format!("App/Memory{rising}");
    gate("memory growth < 2MB/min in 5m for 2h", &series).is("true: 1000000 < 2000000");
    gate("memory growth > 2MB/min in 5m for 2h", &series).is("false: 1000000 > 2000000");
}

#[test]
fn growth_of_a_long_bake_knows_that_an_hour_is_longer_than_a_minute() {
    // Steady all along: an hour's sum beside a minute's is no growth.
    gate("requests growth < 1/hour", "App/Requests 100*2900").is("true: 0 < 1");
    let rising: String = (0..2_900).map(|minute| format!(" {}", 1_000 + minute)).collect();
    gate("requests growth >= 59/hour", &format!("App/Requests{rising}")).is("true: 60 >= 59");
}

#[test]
fn samples_behind_growth_are_not_divided_by() {
    let series = "App/Memory 100 110 120 130 140\ncount App/Memory 10*5";
    gate("memory growth >= 10MB/min from 20 samples", series).is("true: 10000000 >= 10000000 at 5m, 50");
    gate("memory growth >= 10MB/min from 60 samples", series).is("not known: too few samples: 50 of 60");
}

#[test]
fn samples_are_counted_by_the_source() {
    let series = "App/Latency 100*10\ncount App/Latency 30*10";
    gate("average < 100ms from 300 samples", series).is("true: 3.333333 < 100 at 10m, 300 samples");
    gate("average < 100ms from 301 samples", series).is("not known: too few samples: 300 of 301");
    gate("errors < 2% from 1000 samples", &format!("App/Errors 1*10\n{TRAFFIC}")).is("true");
    gate("errors < 2% from 1001 samples", &format!("App/Errors 1*10\n{TRAFFIC}")).is("not known: too few");
}

#[test]
fn any_is_true_if_one_member_is() {
    let series = "rust App/Errors 1*10\nrust App/Requests 100*10\ngo App/Errors 3*10\ngo App/Requests 100*10";
    guard("errors > 2% for any language", series).is("true: 3 > 2 at 1m, 100 samples, go");
}

#[test]
fn every_is_false_if_one_member_is_not() {
    let series = "rust App/Errors 1*10\nrust App/Requests 100*10\ngo App/Errors 3*10\ngo App/Requests 100*10";
    gate("errors < 2% for every language", series).is("false: 3 < 2 at 10m, 1000 samples, go");
    gate("errors < 4% for every language", series).is("true: 3 < 4 at 10m, 1000 samples, go");
}

#[test]
fn a_member_without_traffic_is_not_known_unless_another_decides() {
    let rust = "rust App/Errors 3*10\nrust App/Requests 100*10";
    gate("errors < 4% for every language", rust).is("not known: no data");
    gate("errors < 2% for every language", rust).is("false: 3 < 2");
    guard("errors > 2% for any language", rust).is("true: 3 > 2");
    guard("errors > 4% for any language", rust).is("not known: no data");
    assert_eq!(gate("errors < 4% for every language", rust).figure().member, Some(1));
}

#[test]
fn a_member_is_compared_with_the_same_member_of_the_other_arm() {
    let series = "rust App/Latency 100*10\nold rust App/Latency 100*10
        go App/Latency 300*10\nold go App/Latency 200*10";
    gate("latency <= 110% of baseline for every language", series).is("false: 300 <= 220 at 10m");
}
