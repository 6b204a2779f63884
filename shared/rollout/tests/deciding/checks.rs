//! Checks: when they are tried, and what of it is worth an entry.

use crate::world::{World, check, holds};
use rollout::{
    decide::{Trigger, due_checks},
    rollout::Checked,
    time::{Span, Timestamp},
    units::CheckId,
};

const HEALTH: CheckId = CheckId(0);

fn passed(at: Timestamp) -> Trigger {
    Trigger::Checked(HEALTH, Checked { passed: true, detail: "200".to_owned(), at })
}

/// Whether the check is tried at this minute.
fn is_due(world: &World) -> bool {
    due_checks(&world.plan, &world.head, world.now) == [HEALTH]
}

/// At the first stage, with its bake passed and nothing tried.
fn baked() -> World {
    let mut world = World::baking();
    world.later(Span::hours(1));
    world
}

#[test]
fn a_check_that_goes_on_failing_is_recorded_once_and_tried_every_ten_minutes() {
    let mut world = baked();
    assert!(is_due(&world));
    check(world.tell(&world.tried(false, "503")), &["checked"]);
    let recorded = world.recorded();
    let mut tries = 0;
    for _ in 0..24 * 60 {
        world.later(Span::minutes(1));
        if is_due(&world) {
            tries += 1;
            holds(world.tell(&world.tried(false, "503")), "AlreadySo");
        }
    }
    assert_eq!((tries, world.recorded()), (24 * 6, recorded));
}

#[test]
fn a_check_whose_result_changes_is_recorded() {
    let mut world = baked();
    for (passed, detail) in [
        (false, "503"),
        (false, "no answer within 1s 500ms"),
        (true, "200"),
        // Each pass counts for a day of its own.
        (true, "200"),
    ] {
        check(world.tell(&world.tried(passed, detail)), &["checked"]);
        world.later(Span::minutes(1));
    }
}

#[test]
fn a_check_that_fails_in_another_exposure_too_is_recorded_there() {
    let mut world = baked();
    check(world.tell(&world.tried(false, "503")), &["checked"]);
    world.later(Span::minutes(1));
    let mut world = world.forced("two");
    check(world.tell(&world.tried(false, "503")), &["checked"]);
}

/// What was tried is read again on each tick, for as long as it is the newest.
#[test]
fn a_try_counts_once_and_none_before_it_counts_after_it() {
    let mut world = baked();
    world.later(Span::minutes(1));
    let tried = world.now;
    world.later(Span::seconds(40));
    check(world.tell(&passed(tried)), &["checked"]);
    assert_eq!(world.head.checks[&HEALTH].at, tried, "it is as old as the try, not as the entry");
    world.later(Span::minutes(1));
    holds(world.tell(&passed(tried)), "AlreadySo");
    holds(world.tell(&passed(tried.before(Span::millis(1)))), "AlreadySo");
    check(world.tell(&passed(tried.after(Span::millis(1)))), &["checked"]);
}

/// Whoever tries takes up to a quarter of an hour: by then another stage may be in effect.
#[test]
fn a_try_that_began_in_an_earlier_exposure_says_nothing_of_this_one() {
    let mut world = baked();
    let before = world.now;
    world.later(Span::seconds(1));
    let mut world = world.forced("two");
    holds(world.tell(&passed(before)), "AlreadySo");
    assert!(world.head.checks.is_empty());
    check(world.tell(&passed(world.now)), &["checked"]);
}

/// The clock of whoever tries may be ahead of ours, and what comes from the table may be anything.
#[test]
fn what_cannot_have_been_tried_yet_is_no_result() {
    let mut world = baked();
    let ahead = world.now.after(Span::seconds(2));
    holds(world.tell(&passed(ahead)), "AlreadySo");
    let unknown =
        Trigger::Checked(CheckId(7), Checked { passed: true, detail: String::new(), at: world.now });
    holds(world.tell(&unknown), "AlreadySo");
    world.later(Span::minutes(1));
    check(world.tell(&passed(ahead)), &["checked"]);
}
