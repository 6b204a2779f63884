//! How long a rollback takes, and what is said of it.

use crate::{
    levels::at_two,
    world::{TRUE, World, ann, check, holds, names},
};
use rollout::{
    decide::{Command, Hold, Trigger},
    event::Event,
    target::Halt,
    time::{Span, Timestamp},
    times::{Step, Times},
    units::TargetId,
};

/// In effect at its first stage, with a promise.
fn promised() -> World {
    let promise = "promise: {detect: 2m, decide: 5m, apply: 2m, verify: 5m, rollback: 10m, by_hand: 25m}";
    World::planned(&format!("name: example\n{promise}")).exposed()
}

impl World {
    fn written(&mut self) -> Result<Vec<Event>, Hold> {
        self.tell(&Trigger::Written(self.head.generation))
    }

    fn times(&self) -> Times {
        self.head.times.unwrap()
    }

    /// Each step that is over, in minutes.
    fn steps(&self) -> Vec<(&'static str, u64)> {
        let minutes = |step: Step| (step.name, step.took.whole(Span::minutes(1)));
        self.times().steps(&self.plan.promise).into_iter().map(minutes).collect()
    }
}

#[test]
fn each_step_of_a_rollback_is_kept() {
    let mut world = promised();
    world.later(Span::minutes(30));
    let breach = world.tick(&[("errors > 5%", TRUE)]);
    assert!(names(&breach.unwrap()).ends_with(&["lowering"]));
    assert_eq!(world.times().began, Some(world.now));
    world.later(Span::minutes(1));
    check(world.written(), &["written"]);
    holds(world.written(), "AlreadySo");
    assert_eq!(world.steps(), [("detect", 0), ("decide", 0), ("apply", 1)]);
    world.later(Span::minutes(4));
    check(world.applied(), &["applied", "closing"]);
    assert_eq!(world.steps(), [("detect", 0), ("decide", 0), ("apply", 1), ("verify", 4), ("rollback", 5)]);
    // What is written to close is no part of it.
    world.later(Span::hours(1));
    check(world.applied(), &["applied", "ended"]);
    assert_eq!(world.steps().last(), Some(&("rollback", 5)));
    world.check_log();
}

#[test]
fn a_promise_that_is_missed_is_an_alert_once_it_is_known_by_how_much() {
    let mut world = promised();
    world.tick(&[("errors > 5%", TRUE)]).unwrap();
    world.later(Span::minutes(3));
    world.written().unwrap();
    world.later(Span::minutes(6));
    let events = world.applied().unwrap();
    assert_eq!(names(&events), ["applied", "notified", "closing"]);
    let told = events[1].words(&world.plan);
    assert!(
        told.ends_with("the rollback took longer than promised: apply 3m of 2m, verify 6m of 5m"),
        "{told}"
    );
}

#[test]
fn by_hand_another_promise_counts() {
    let mut world = promised();
    world.command(Command::RollBack { to: None, note: None }, &ann(&["team"])).unwrap();
    assert_eq!((world.times().began, world.times().by_hand), (None, true));
    world.later(Span::minutes(1));
    world.written().unwrap();
    world.later(Span::minutes(25));
    let told = world.applied().unwrap()[1].words(&world.plan);
    assert!(told.ends_with("verify 25m of 5m, by hand 26m of 25m"), "{told}");
}

#[test]
fn what_a_door_has_halted_was_decided_and_written_before_it_was_recorded() {
    let mut world = at_two();
    world.later(Span::minutes(30));
    let (since, at) = (world.now.before(Span::minutes(3)), world.now.before(Span::minutes(2)));
    let halt = Halt::of_alarm("burning", since, at);
    check(world.tell(&Trigger::Halted(TargetId(0), halt)), &["halted", "fired", "notified", "lowering"]);
    let Times { began, detected, decided, applied, verified, .. } = world.times();
    assert_eq!((began, detected, decided, applied, verified), (Some(since), at, at, Some(at), None));
    holds(world.written(), "AlreadySo");
    assert_eq!(world.stage(), None, "its rule goes back by one stage, and a halt all the way");
    world.check_log();
}

#[test]
fn a_clock_that_is_ahead_makes_nothing_take_less_than_no_time() {
    let mut world = at_two();
    let ahead: Timestamp = world.now.after(Span::hours(1));
    world.tell(&Trigger::Alarmed("burning".to_owned(), ahead)).unwrap();
    let Times { began, detected, .. } = world.times();
    assert_eq!((began, detected), (Some(world.now), world.now));
}

#[test]
fn what_no_time_is_known_of_is_no_step() {
    let mut world = promised();
    world.command(Command::RollBack { to: None, note: None }, &ann(&["team"])).unwrap();
    assert_eq!(world.steps(), [("decide", 0)]);
    world.later(Span::minutes(1));
    // Nobody lived to say that it was written: it is known when it was read back.
    world.applied().unwrap();
    assert_eq!(world.steps(), [("decide", 0), ("apply", 1), ("verify", 0), ("by_hand", 1)]);
}
