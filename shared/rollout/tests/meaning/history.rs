//! The recent past of a metric: values side by side, and why the newest is not known.

use crate::{
    guard,
    world::{EFFECTIVE, World},
};
use rollout::{
    evidence::{Gap, Status},
    gather::Past,
    time::Span,
};

const HOUR: Span = Span::hours(1);

/// Each value with the minute at which it ends.
fn values(past: &Past) -> Vec<String> {
    let minute = |value: &rollout::gather::PastValue| (value.at.0 - EFFECTIVE.0) / 60_000;
    past.values.iter().map(|value| format!("{}m {}", minute(value), value.value)).collect()
}

fn errors(series: &str) -> World {
    guard("errors > 5% for any language", series)
}

#[test]
fn a_quotient_is_made_minute_by_minute_and_a_hole_is_left_out() {
    let world = errors("App/Errors 1 2 - 4 \n App/Requests 100 100 - 200");
    let past = world.past("errors", HOUR, None);
    assert_eq!(values(&past), ["1m 1", "2m 2", "4m 2"]);
    assert_eq!((past.gap, past.values[2].samples), (None, 200));
}

#[test]
fn the_candidates_past_begins_with_its_exposure_and_everybodys_does_not() {
    let world = errors("App/Requests @-5 100*8 \n App/Errors @-5 1*8 \n whole App/Load @-5 7*8");
    assert_eq!(values(&world.past("errors", HOUR, None)), ["1m 1", "2m 1", "3m 1"]);
    assert_eq!(world.past("load", HOUR, None).values.len(), 8);
    assert_eq!(values(&world.past("load", Span::minutes(2), None)), ["2m 7", "3m 7"]);
}

#[test]
fn what_is_newest_is_not_known_for_a_reason() {
    let world = errors("App/Errors 1*3 - \n App/Requests 100*3 -");
    let past = world.past("errors", HOUR, None);
    assert_eq!((values(&past).len(), past.gap), (3, Some(Gap::NoData)));
    let failing = errors("App/Errors 1*3 \n App/Requests 100*3").answering("App/Requests", Status::Forbidden);
    assert_eq!(failing.past("errors", HOUR, None).gap, Some(Gap::Forbidden));
    let early = errors("App/Requests 1").at(0).past("errors", HOUR, None);
    assert!(matches!(early.gap, Some(Gap::TooEarly { .. })), "{early:?}");
}

#[test]
fn a_long_past_is_asked_in_longer_steps() {
    let world = errors("App/Errors 1*360 \n App/Requests 100*180 50*180");
    let past = world.past("errors", Span::hours(6), None);
    assert_eq!((past.period, past.values.len()), (Span::minutes(5), 72));
    assert_eq!((past.values[0].samples, past.values[71].samples), (500, 250));
}

#[test]
fn a_member_is_looked_at_where_the_metric_can_be_asked_for_it() {
    let series = "rust App/Errors 3*3 \n rust App/Requests 100*3 \n App/Errors 1*3 \n App/Requests 100*3 \n\
                  App/Memory 5*3";
    let world = errors(series);
    assert_eq!(values(&world.past("errors", HOUR, Some("rust"))), ["1m 3", "2m 3", "3m 3"]);
    let memory = world.past("memory", HOUR, Some("rust"));
    assert_eq!((memory.member, memory.values.len()), (None, 3), "nobody asks memory of a language");
}
