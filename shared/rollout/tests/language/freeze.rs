//! Freezes: whole days of the plan's own time zone.

use crate::{EXAMPLE, loaded};
use rollout::{
    plan::{Plan, timeline},
    time::{Span, Timestamp},
};

fn plan(zone: &str, freeze: &str) -> Plan {
    let more = format!("owner: team\ntimezone: {zone}\nfreeze: {freeze}");
    loaded(&EXAMPLE.replace("owner: team", &more)).plan
}

fn utc(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

/// In a plan with this freeze, nothing is promoted from one moment until another; a moment earlier and later it is.
#[track_caller]
fn check(zone: &str, freeze: &str, from: &str, until: &str) {
    let plan = plan(zone, freeze);
    let (from, until) = (utc(from), utc(until));
    let moment = Span::millis(1);
    assert_eq!(plan.frozen_until(from.before(moment)), None);
    assert_eq!(plan.frozen_until(from), Some(until));
    assert_eq!(plan.frozen_until(until.before(moment)), Some(until));
    assert_eq!(plan.frozen_until(until), None);
    let around = (from.before(Span::days(1)), until.after(Span::days(1)));
    assert_eq!(plan.frozen_time(around.0, around.1), until.since(from));
    assert_eq!(plan.frozen_time(from.after(Span::hours(1)), until.before(Span::hours(1))), {
        until.since(from).minus(Span::hours(2))
    });
}

#[test]
fn a_freeze_is_made_of_whole_days_and_the_last_one_belongs_to_it() {
    check("UTC", "[{days: [sat, sun]}]", "2026-01-10T00:00:00Z", "2026-01-12T00:00:00Z");
    check("UTC", "[{from: 2026-12-20, to: 2027-01-03}]", "2026-12-20T00:00:00Z", "2027-01-04T00:00:00Z");
    check("UTC", "[{from: 2026-05-01, to: 2026-05-01}]", "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z");
}

#[test]
fn the_days_are_those_of_the_plans_time_zone() {
    check("Asia/Tokyo", "[{days: [sat, sun]}]", "2026-01-09T15:00:00Z", "2026-01-11T15:00:00Z");
    check("America/New_York", "[{days: [sat, sun]}]", "2026-01-10T05:00:00Z", "2026-01-12T05:00:00Z");
}

#[test]
fn a_day_has_as_many_hours_as_the_clocks_give_it() {
    // The clocks go forward on the 29th of March, a Sunday of 23 hours, and back on the 25th of October, one of 25.
    check("Europe/Berlin", "[{days: [sun]}]", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z");
    check("Europe/Berlin", "[{days: [sun]}]", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z");
    // In Cairo the 24th of April has no midnight: it begins at one o'clock.
    check(
        "Africa/Cairo",
        "[{from: 2026-04-24, to: 2026-04-24}]",
        "2026-04-23T22:00:00Z",
        "2026-04-24T21:00:00Z",
    );
    // In Havana the first of November has two midnights: it begins with the first of them.
    check(
        "America/Havana",
        "[{from: 2026-11-01, to: 2026-11-01}]",
        "2026-11-01T04:00:00Z",
        "2026-11-02T05:00:00Z",
    );
}

#[test]
fn freezes_that_touch_are_one() {
    // Christmas of 2026 ends on a Friday, and the weekend follows.
    let freeze =
        "[{from: 2026-12-24, to: 2026-12-25}, {days: [sun, sat]}, {from: 2026-12-28, to: 2026-12-28}]";
    check("UTC", freeze, "2026-12-24T00:00:00Z", "2026-12-29T00:00:00Z");
}

#[test]
fn a_plan_without_a_freeze_is_never_frozen_and_keeps_its_name() {
    let plan = loaded(EXAMPLE).plan;
    assert_eq!(plan.frozen_until(utc("2026-01-10T00:00:00Z")), None);
    assert_eq!(plan.frozen_time(Timestamp(0), utc("2026-01-10T00:00:00Z")), Span::ZERO);
    assert!(!serde_json::to_string(&plan).unwrap().contains("freeze"));
}

#[test]
fn a_freeze_that_is_stored_is_read_again() {
    let plan = plan("Europe/Berlin", "[{days: [sat, sun]}, {from: 2026-12-20, to: 2027-01-03}]");
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
}

#[test]
fn the_timeline_says_when_it_stands_still() {
    let plan = plan("Europe/Berlin", "[{days: [sun, sat]}, {from: 2026-12-20, to: 2027-01-03}]");
    let shown = timeline(&plan).to_string();
    let expected = "\nfreeze: sat, sun; 2026-12-20 to 2027-01-03, in Europe/Berlin: nothing is promoted then, so it takes longer";
    assert!(shown.ends_with(expected), "{shown}");
}
