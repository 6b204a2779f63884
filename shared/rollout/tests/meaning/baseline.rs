//! What the candidate is compared with.

use crate::{gate, guard, world::edge};
use rollout::{
    evidence::Frozen,
    rollout::Rollout,
    time::Span,
    units::{Decimal, MetricId},
};

const BOTH: &str = "App/Requests 100*10\nold App/Requests 100*10";

#[test]
fn the_other_arm_is_measured_over_the_same_window() {
    let series = "App/Latency 100*10\nold App/Latency @-60 900*65 90*5";
    gate("latency <= 120% of baseline in 5m", series).is("true: 100 <= 108");
    gate("latency > baseline", series).is("false: 100 > 900");
    guard("latency > 1.1x baseline", series).is("true: 100 > 99 at 6m");
}

#[test]
fn a_baseline_without_data_is_no_baseline() {
    gate("latency <= baseline", "App/Latency 100*10").is("not known: there is no baseline");
}

#[test]
fn a_baseline_of_zero_has_no_multiple() {
    let zero = "App/Latency 100*10\nold App/Latency 0*10";
    gate("latency <= 2x baseline", zero).is("not known: there is no baseline");
    gate("latency within 5% of baseline", zero).is("not known: there is no baseline");
    gate("latency <= baseline + 100ms", zero).is("true: 100 <= 100");
    gate("latency within 100ms of baseline", zero).is("true: 100 within 100");
}

#[test]
fn nothing_against_nothing_is_the_same() {
    let zero = format!("App/Errors 0*10\nold App/Errors 0*10\n{BOTH}");
    guard("errors > 2x baseline", &zero).is("false: 0 > 0");
    gate("errors <= 110% of baseline", &zero).is("true: 0 <= 0");
    gate("errors within 5% of baseline", &zero).is("true: 0 within 0");
}

#[test]
fn errors_among_enough_samples_against_none_are_more() {
    let some = format!("App/Errors 1*10\nold App/Errors 0*10\n{BOTH}");
    gate("errors > 2x baseline from 1000 samples", &some).is("true: 1 > 0");
    gate("errors > 2x baseline from 1001 samples", &some).is("not known: too few");
    let few = "App/Errors 1*10\nold App/Errors 0*10\nApp/Requests 100*10\nold App/Requests 10*10";
    gate("errors > 2x baseline from 1000 samples", few).is("not known: there is no baseline");
}

fn latency(value: i64) -> Vec<Frozen> {
    let over = Span::hours(1);
    let value = Decimal::whole(value);
    // The fifth metric of the plan.
    vec![Frozen { metric: MetricId(4), member: None, value, samples: Some(9), over, at: edge(60) }]
}

#[test]
fn at_all_the_kept_figures_of_the_other_arm_are_compared_with() {
    let series = "App/Latency @60 100*10\nold App/Latency @60 1*10";
    gate("latency <= 110% of baseline", series).at_all_since(60, latency(95)).is("true: 100 <= 104.5");
    guard("latency > 110% of baseline", series).at_all_since(60, latency(50)).is("true: 100 > 55");
    gate("latency <= 110% of baseline", series)
        .at_all_since(60, vec![])
        .is("not known: there is no baseline");
}

#[test]
fn the_last_figures_of_the_other_arm_are_kept_with_the_step_to_all() {
    let series = "App/Errors 0*60\nApp/Requests 9*60\nold App/Errors 1*60\nold App/Requests 100*60";
    let frozen = gate("errors <= 110% of baseline", series).evidence().frozen;
    let kept = frozen.first().unwrap();
    assert_eq!((kept.value, kept.samples), (Decimal::whole(1), Some(6_000)));
    assert_eq!((kept.over, kept.at), (Span::hours(1), edge(60)));
}

/// The baseline of tickets from before: so many in the hour before the rollout was created.
fn tickets(hour: i64) -> impl FnOnce(&mut Rollout) {
    move |head| {
        let value = Decimal::whole(hour);
        // The thirteenth metric of the plan.
        let kept = Frozen {
            metric: MetricId(12),
            member: None,
            value,
            samples: None,
            over: Span::hours(1),
            at: edge(-120),
        };
        head.frozen.push(kept);
    }
}

#[test]
fn a_count_from_before_is_measured_once_over_the_time_before_the_rollout() {
    let series = "whole Support/Tickets @-200 1*100 50*100";
    let measured = gate("tickets < 2x baseline", series).evidence().frozen;
    assert_eq!(
        measured.first().unwrap().value,
        Decimal::whole(60),
        "an hour before it was created, and nothing since"
    );
    let again = gate("tickets < 2x baseline", series).after(tickets(60)).evidence().frozen;
    assert_eq!(again, []);
}

#[test]
fn a_baseline_from_before_waits_until_its_last_period_has_settled() {
    let early = gate("tickets < 2x baseline", "whole Support/Tickets @-200 1*80").at(-121);
    assert_eq!(early.evidence().frozen, []);
}

#[test]
fn a_count_from_before_is_scaled_to_the_window() {
    let series = "whole Support/Tickets 1*30";
    gate("tickets <= baseline", series).after(tickets(60)).is("true: 30 <= 30");
    gate("tickets within 10% of baseline", series).after(tickets(66)).is("true: 3 within 3.3");
    gate("tickets > 2x baseline in 10m", series).after(tickets(60)).is("false: 10 > 20");
}

#[test]
fn a_count_from_before_is_scaled_to_what_there_is_of_the_window() {
    let resumed = |head: &mut Rollout| {
        tickets(60)(head);
        head.resumed = Some(edge(20));
    };
    // Ten minutes since the resume, with thirty tickets: three times as many as in ten minutes before.
    guard("tickets > 2x baseline in 1h", "whole Support/Tickets 1*20 3*10")
        .after(resumed)
        .is("true: 3 > 2 at 21m");
    guard("tickets > 4x baseline in 1h", "whole Support/Tickets 1*20 3*10")
        .after(resumed)
        .is("false: 30 > 40 at 30m");
}
