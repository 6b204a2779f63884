//! What is in the way of a write or a read: told once, and with whatever does not happen because of it.

use crate::world::{World, ann, check, holds};
use rollout::{
    decide::{Command, Trigger},
    event::{Event, Outcome},
    rollout::Phase,
    time::Span,
};

fn blocked(why: &str) -> Trigger {
    Trigger::Blocked(Some(why.to_owned()))
}

const FREE: Trigger = Trigger::Blocked(None);

#[test]
fn what_keeps_a_rollback_from_the_targets_is_told_once_and_with_each_alarm() {
    let mut world = World::at("two");
    check(world.command(Command::RollBack { to: None, note: None }, &ann(&["team"])), &["lowering"]);
    // Others are at work there, too: that passes.
    holds(world.tell(&blocked("api: rate exceeded")), "AlreadySo");
    world.later(Span::minutes(1));
    check(world.tell(&blocked("api: access denied")), &["blocked"]);
    world.later(Span::minutes(5));
    holds(world.tell(&blocked("api: access denied")), "AlreadySo");
    holds(world.tell(&blocked("api: rate exceeded")), "AlreadySo");
    world.later(Span::minutes(5));
    let events = world.tick(&[]).unwrap();
    let Some(Event::Notified { what, .. }) = events.last() else { panic!("{events:?}") };
    assert!(what.contains("api: access denied"), "{what}");
    check(world.tell(&blocked("api: no such key")), &["blocked"]);
    check(world.applied(), &["applied", "closing"]);
    assert_eq!(world.head.blocked, None);
    holds(world.tell(&FREE), "AlreadySo");
    world.check_log();
}

#[test]
fn what_cannot_be_read_while_it_bakes_is_told_and_so_is_its_end() {
    let mut world = World::at("two");
    check(world.tell(&blocked("api: access denied")), &["blocked"]);
    holds(world.tell(&blocked("api: access denied")), "AlreadySo");
    check(world.tell(&FREE), &["blocked"]);
    holds(world.tell(&FREE), "AlreadySo");
}

#[test]
fn a_start_that_is_refused_says_what_could_not_be_read() {
    let mut world = World::new();
    world.later(Span::minutes(2));
    check(world.tell(&blocked("api: the environment cannot be read: no such key")), &["blocked"]);
    world.later(Span::minutes(30));
    check(world.tick(&[]), &["refused"]);
    let Phase::Over { outcome: Outcome::Refused(why), .. } = &world.head.phase else { panic!() };
    assert!(why.ends_with("api: the environment cannot be read: no such key"), "{why}");
}

#[test]
fn what_a_target_says_is_not_known_and_nothing_is_promoted_on_it() {
    let mut world = World::at("two");
    check(world.tell(&blocked("api: access denied")), &["blocked"]);
    world.later(Span::hours(1));
    holds(world.tick(&[]), "Blocked");
    check(world.tell(&FREE), &["blocked"]);
    check(world.tick(&[]), &["promoted"]);
}
