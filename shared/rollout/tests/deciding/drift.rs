//! Somebody else changes a target: in which phase, and who has seen it.

use crate::world::{World, ann, check, holds, names};
use rollout::{
    decide::{Command, Trigger},
    event::Event,
    rollout::Phase,
    time::Span,
    units::{TargetId, Version},
};

fn drift(what: &str) -> Trigger {
    Trigger::Drifted(TargetId(0), what.to_owned())
}

fn paused(world: &World) -> Version {
    let Phase::Paused { entry, .. } = &world.head.phase else { panic!("{:?}", world.head.phase) };
    *entry
}

fn resume(world: &World) -> Command {
    Command::Resume { at: paused(world), note: None }
}

#[test]
fn drift_pauses_and_a_resume_may_write_over_it() {
    let mut world = World::at("two");
    check(world.tell(&drift("found PERCENT=5")), &["drifted", "fired", "notified", "paused"]);
    holds(world.tell(&drift("found PERCENT=5")), "AlreadySo");
    let generation = world.head.generation;
    let at = world.moved();
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    assert_eq!(world.head.generation, generation.next());
}

#[test]
fn drift_while_a_pause_takes_a_raise_back_goes_all_the_way() {
    let mut world = World::at("two");
    world.later(Span::hours(1));
    check(world.tick(&[]), &["promoted"]);
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    check(world.tell(&drift("found PERCENT=5")), &["lowering"]);
}

#[test]
fn drift_while_it_closes_is_answered_by_a_person() {
    let mut world = World::at("three");
    world.later(Span::hours(1));
    world.tick(&[]).unwrap();
    world.applied().unwrap();
    let at = world.moved();
    world.command(Command::Complete { at, note: None }, &ann(&["team"])).unwrap();
    check(world.tick(&[]), &["closing"]);
    check(world.tell(&drift("found PERCENT=5")), &["drifted", "paused", "notified"]);
    let at = world.moved();
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    check(world.applied(), &["applied"]);
    assert_eq!(world.stage(), Some("all"));
}

#[test]
fn drift_under_a_pause_is_found_and_waits_for_a_person_who_has_seen_it() {
    let mut world = World::at("two");
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    let before = resume(&world);
    check(world.tell(&drift("found PERCENT=99")), &["drifted", "fired", "notified", "paused"]);
    holds(world.tell(&drift("found PERCENT=99")), "AlreadySo");
    holds(world.command(before, &ann(&["team"])), "Late");
    // Another change is another thing to be seen.
    let seen = resume(&world);
    check(world.tell(&drift("found PERCENT=77")), &["drifted", "fired", "notified", "paused"]);
    holds(world.command(seen, &ann(&["team"])), "Late");
    let generation = world.head.generation;
    check(world.command(resume(&world), &ann(&["team"])), &["resumed"]);
    assert_eq!((world.stage(), world.head.generation), (Some("two"), generation.next()));
    world.check_log();
}

#[test]
fn a_drift_that_rolls_back_does_so_under_a_pause() {
    let plan = include_str!("plan.yaml")
        .replace("{drift: any, then: [pause, alert team]}", "{drift: any, then: roll back}");
    let mut world = World::of(&plan).exposed();
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    check(world.tell(&drift("found PERCENT=99")), &["drifted", "fired", "lowering"]);
}

#[test]
fn a_pause_that_nobody_asked_for_is_told_to_the_owner() {
    let plan = include_str!("plan.yaml").replace("  - {drift: any, then: [pause, alert team]}\n", "");
    let mut world = World::of(&plan).exposed();
    let events = world.tell(&drift("found PERCENT=99 instead of 10")).unwrap();
    assert_eq!(names(&events), ["drifted", "paused", "notified"]);
    let Event::Notified { to, what, .. } = &events[2] else { panic!("{events:?}") };
    let expected = "it is paused until a person looks at it: api was changed by somebody else, found PERCENT=99 instead of 10";
    assert_eq!((to.as_str(), what.as_str()), ("team", expected));
}

#[test]
fn drift_after_a_partial_rollback_does_not_shorten_the_bake() {
    let mut world = World::at("three");
    let back = Command::RollBack { to: Some("two".to_owned()), note: None };
    check(world.command(back, &ann(&["team"])), &["lowering"]);
    check(world.applied(), &["applied", "paused"]);
    world.later(Span::hours(5));
    check(world.tell(&drift("found PERCENT=99")), &["drifted", "fired", "notified", "paused"]);
    check(world.command(resume(&world), &ann(&["team"])), &["resumed"]);
    check(world.applied(), &["applied"]);
    holds(world.tick(&[]), "Baking");
}
