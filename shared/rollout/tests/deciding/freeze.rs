//! Freezes: what they stop, what goes on, and that nobody is late for them.

use crate::world::{FALSE, TRUE, World, admin, ann, check, holds};
use rollout::{
    decide::{Command, Hold, Must, Trigger, ahead, due_checks, scope},
    event::Event,
    gather::Scope,
    time::{Span, Timestamp},
    units::TargetId,
};

/// The tests begin on Monday, the 5th of January 2026, at midnight.
const TODAY: &str = "name: example\nfreeze: [{from: 2026-01-05, to: 2026-01-05}]";
const TOMORROW: &str = "name: example\nfreeze: [{from: 2026-01-06, to: 2026-01-06}]";
const TUESDAY: Timestamp = Timestamp(1_767_657_600_000);
const DAY: Span = Span::days(1);

#[test]
fn not_even_the_first_stage_is_entered_in_a_freeze() {
    let mut world = World::planned(TODAY);
    world.tell(&Trigger::Captured(TargetId(0), crate::world::captured())).unwrap();
    let Err(Hold::Frozen { until }) = world.tick(&[]) else { panic!("it is Monday") };
    assert_eq!(until, TUESDAY);
    world.later(DAY.minus(Span::millis(1)));
    holds(world.tick(&[]), "Frozen");
    world.later(Span::millis(1));
    check(world.tick(&[]), &["promoted"]);
}

/// In effect at a stage, on the day of the freeze, with its bake passed.
fn frozen_at(stage: &str) -> World {
    let mut world = World::planned(TOMORROW).exposed();
    if stage != "one" {
        world = world.forced(stage);
    }
    world.later(DAY);
    world
}

#[test]
fn in_a_freeze_nobody_is_promoted_asked_or_completed() {
    let mut world = frozen_at("two");
    holds(world.tick(&[]), "Frozen");
    let at = world.moved();
    let promote = Command::Promote { at, to: None, force: false, note: None };
    check(world.command(promote, &ann(&["team"])), &["requested"]);
    holds(world.tick(&[]), "Frozen");
    world.later(DAY);
    check(world.tick(&[]), &["promoted"]);

    let mut world = frozen_at("one");
    world
        .command(Command::Tick { text: "Briefed".to_owned(), stage: None, note: None }, &ann(&["team"]))
        .unwrap();
    holds(world.tick(&[]), "Frozen");

    // The last stage may never be forced, so it is reached before the freeze.
    let mut world = World::planned(TOMORROW).exposed().forced("three");
    world.later(Span::hours(2));
    check(world.tick(&[]), &["promoted"]);
    check(world.applied(), &["applied"]);
    world.later(DAY);
    let at = world.moved();
    check(world.command(Command::Complete { at, note: None }, &ann(&["team"])), &["requested"]);
    holds(world.tick(&[]), "Frozen");
    world.later(DAY);
    check(world.tick(&[]), &["closing"]);
}

#[test]
fn the_bake_goes_on_in_a_freeze_and_is_what_is_waited_for_first() {
    let mut world = World::planned(TOMORROW).exposed();
    world.later(Span::hours(23).plus(Span::minutes(30)));
    let mut world = world.forced("two");
    world.later(Span::minutes(40));
    holds(world.tick(&[]), "Baking");
    world.later(Span::minutes(20));
    holds(world.tick(&[]), "Frozen");
}

#[test]
fn what_protects_goes_on_in_a_freeze() {
    let mut world = frozen_at("three");
    check(world.tick(&[("latency > 2s", TRUE)]), &["fired", "notified", "lowering"]);
    let mut world = frozen_at("two");
    check(world.tick(&[("load > 9", TRUE)]), &["fired", "review-asked", "notified"]);
    world.later(Span::minutes(30));
    check(world.tick(&[]), &["cleared", "review-asked", "notified", "paused"]);
}

#[test]
fn in_a_freeze_no_gate_is_asked_and_no_check_is_tried() {
    let world = frozen_at("one");
    assert_eq!(scope(&world.plan, &world.head, world.now), Scope::Guardrails);
    assert!(due_checks(&world.plan, &world.head, world.now).is_empty());
    let after = world.now.after(DAY);
    assert!(!due_checks(&world.plan, &world.head, after).is_empty());
}

#[test]
fn a_freeze_is_among_what_must_hold_before_the_next_stage() {
    let world = frozen_at("two");
    let first = |now| ahead(&world.plan, &world.head, &world.evidence(&[]), now, None).remove(0);
    let Must::GoOn(Some(Hold::Frozen { .. })) = first(world.now).what else { panic!("it is frozen") };
    assert_eq!(first(world.now).holds, Some(false));
    assert_eq!(first(world.now.after(DAY)).what, Must::GoOn(None));
}

#[test]
fn an_admins_force_passes_over_a_freeze_and_says_so() {
    let mut world = frozen_at("two");
    let at = world.moved();
    check(
        world.command(Command::Promote { at, to: None, force: true, note: None }, &admin()),
        &["requested"],
    );
    assert_eq!(scope(&world.plan, &world.head, world.now), Scope::Doors);
    let events = world.tick(&[]).unwrap();
    let [Event::Promoted { forced, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert!(forced.iter().any(|over| over.starts_with("a freeze until 2026-01-07")), "{forced:?}");
}

#[test]
fn waiting_for_a_freeze_is_not_late() {
    let done = |world: &mut World| {
        world.tell(&world.tried(true, "200")).unwrap();
        let briefed = Command::Tick { text: "Briefed".to_owned(), stage: None, note: None };
        world.command(briefed, &ann(&["team"])).unwrap();
    };
    let bad = [("errors < 1%", FALSE)];
    // The bake of the first stage ends half an hour before midnight, and an hour of waiting later it is late.
    let mut world = World::planned(TOMORROW);
    world.later(Span::hours(22).plus(Span::minutes(30)));
    let mut world = world.exposed();
    done(&mut world);
    world.later(Span::hours(1).plus(Span::minutes(15)));
    holds(world.tick(&bad), "Leave");
    world.later(Span::hours(24));
    holds(world.tick(&bad), "Frozen");
    // Half an hour was waited before the freeze, so there is another half after it.
    world.later(Span::minutes(45));
    holds(world.tick(&bad), "Leave");
    world.later(Span::minutes(1));
    check(world.tick(&bad), &["late", "notified", "paused"]);
}
