//! Checks: when they are tried, and what of it is worth an entry.

use crate::world::{World, check, holds};
use rollout::{
    decide::{Trigger, due_checks},
    time::Span,
    units::CheckId,
};

const HEALTH: CheckId = CheckId(0);

fn tried(passed: bool, detail: &str) -> Trigger {
    Trigger::Checked(HEALTH, passed, detail.to_owned())
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
    check(world.tell(&tried(false, "503")), &["checked"]);
    let recorded = world.recorded();
    let mut tries = 0;
    for _ in 0..24 * 60 {
        world.later(Span::minutes(1));
        if is_due(&world) {
            tries += 1;
            holds(world.tell(&tried(false, "503")), "AlreadySo");
        }
    }
    assert_eq!((tries, world.recorded()), (24 * 6, recorded));
}

#[test]
fn a_check_whose_result_changes_is_recorded() {
    let mut world = baked();
    check(world.tell(&tried(false, "503")), &["checked"]);
    check(world.tell(&tried(false, "no answer within 1s 500ms")), &["checked"]);
    check(world.tell(&tried(true, "200")), &["checked"]);
    // Each pass counts for a day of its own.
    check(world.tell(&tried(true, "200")), &["checked"]);
}

#[test]
fn a_check_that_fails_in_another_exposure_too_is_recorded_there() {
    let mut world = baked();
    check(world.tell(&tried(false, "503")), &["checked"]);
    world.later(Span::minutes(1));
    let mut world = world.forced("two");
    check(world.tell(&tried(false, "503")), &["checked"]);
}
