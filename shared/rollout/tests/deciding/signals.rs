//! What people report: each of them counts once, and nobody takes a release back by saying it again and again.

use crate::world::{World, admin, ann, check, holds, named};
use rollout::{
    decide::{Actor, Command, SIGNAL_AGAIN},
    event::Event,
    rollout::{Rollout, SIGNALS_MAX, Signal},
    time::{Span, Timestamp},
};

fn signal(name: &str) -> Command {
    Command::Signal { name: name.to_owned(), reporter: None, note: None }
}

fn relayed(name: &str, reporter: &str) -> Command {
    Command::Signal { name: name.to_owned(), reporter: Some(reporter.to_owned()), note: None }
}

fn machine() -> Actor {
    Actor { machine: true, ..named("desk", &["team"]) }
}

impl World {
    fn counted(&self) -> Vec<&str> {
        let reports: &[Signal] = self.head.signals.get("critical-report").map_or(&[], Vec::as_slice);
        reports.iter().filter_map(|report| report.by.as_deref()).collect()
    }
}

#[test]
fn a_signal_acts_at_once_for_each_report() {
    let mut world = World::baking();
    check(world.command(signal("pii"), &ann(&["team"])), &["signaled", "fired", "lowering"]);
    check(world.command(signal("pii"), &named("ben", &["team"])), &["signaled", "fired"]);
}

#[test]
fn a_signal_acts_where_its_guardrail_is_in_force() {
    let mut world = World::baking();
    check(world.command(signal("crash"), &ann(&["team"])), &["signaled"]);
    let mut world = World::at("two");
    check(world.command(signal("crash"), &ann(&["team"])), &["signaled", "fired", "notified"]);
    let mut world = World::at("three");
    world.later(Span::hours(1));
    check(world.tick(&[]), &["promoted"]);
    check(world.command(signal("crash"), &ann(&["team"])), &["signaled", "fired", "notified"]);
    check(world.applied(), &["applied"]);
    check(world.command(signal("crash"), &named("ben", &["team"])), &["signaled"]);
}

#[test]
fn a_signal_that_somebody_has_just_said_acts_once() {
    let mut world = World::at("two");
    check(world.command(signal("pii"), &ann(&["team"])), &["signaled", "fired", "lowering"]);
    let before = world.head.version;
    world.later(SIGNAL_AGAIN.minus(Span::millis(1)));
    holds(world.command(signal("pii"), &ann(&["team"])), "SaidJustNow");
    assert_eq!(world.head.version, before, "the log does not grow by it");
    world.later(Span::millis(1));
    check(world.command(signal("pii"), &ann(&["team"])), &["signaled", "fired"]);
}

#[test]
fn a_signal_that_is_said_of_something_new_acts_at_once() {
    let mut world = World::at("two");
    check(world.command(signal("pii"), &ann(&["team"])), &["signaled", "fired", "lowering"]);
    // The rollout has moved on: it is no longer lowering, but closing.
    world.later(Span::minutes(1));
    check(world.applied(), &["applied", "closing"]);
    check(world.command(signal("pii"), &ann(&["team"])), &["signaled", "fired"]);

    let mut world = World::at("two");
    check(world.command(signal("critical-report"), &ann(&["team"])), &["signaled"]);
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    let at = world.moved();
    world.later(Span::minutes(1));
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    check(world.command(signal("critical-report"), &ann(&["team"])), &["signaled"]);
    assert_eq!(world.counted(), ["ann"]);
}

#[test]
fn one_person_counts_once_however_often_they_report() {
    let mut world = World::at("three");
    for _ in 0..20 {
        world.later(Span::minutes(11));
        check(world.command(signal("critical-report"), &ann(&["team"])), &["signaled"]);
    }
    assert_eq!(world.counted(), ["ann"]);
    assert_eq!(world.stage(), Some("three"));
    world.later(Span::minutes(1));
    check(world.command(signal("critical-report"), &named("ben", &["team"])), &["signaled"]);
    check(
        world.command(signal("critical-report"), &named("eve", &["team"])),
        &["signaled", "fired", "notified", "lowering"],
    );
}

#[test]
fn counted_signals_act_in_the_turn_of_the_last_report_and_begin_again_with_it() {
    let mut world = World::at("two").forced("three");
    for by in ["ann", "ben"] {
        world.later(Span::minutes(1));
        check(world.command(signal("critical-report"), &named(by, &[])), &["signaled"]);
    }
    world.later(Span::minutes(1));
    let eve = named("eve", &["team"]);
    check(world.command(signal("critical-report"), &eve), &["signaled", "fired", "notified", "lowering"]);
    assert_eq!(world.stage(), Some("two"));
    check(world.applied(), &["applied", "paused"]);
    // The three reports have done what they do: a fourth is the first of the next three.
    world.later(Span::minutes(1));
    check(world.tick(&[]), &["cleared"]);
    check(world.command(signal("critical-report"), &named("kim", &["team"])), &["signaled"]);
    // And whoever has reported before may be one of them, when they say it again.
    world.later(Span::minutes(15));
    check(world.command(signal("critical-report"), &eve), &["signaled"]);
    check(
        world.command(signal("critical-report"), &ann(&["team"])),
        &["signaled", "fired", "notified", "lowering"],
    );
}

#[test]
fn a_machine_relays_what_others_report_and_each_of_them_counts_once() {
    let mut world = World::at("three");
    let events = world.command(relayed("critical-report", "user-1"), &machine()).unwrap();
    let [Event::Signaled { reporter: Some(reporter), .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(reporter, "user-1");
    holds(world.command(relayed("critical-report", "user-1"), &machine()), "SaidJustNow");
    check(world.command(relayed("critical-report", "user-2"), &machine()), &["signaled"]);
    // What the machine says of itself is one more, and whoever bears its name is no other.
    check(
        world.command(signal("critical-report"), &machine()),
        &["signaled", "fired", "notified", "lowering"],
    );
    holds(world.command(signal("critical-report"), &named("desk", &["team"])), "SaidJustNow");
    assert_eq!(world.counted(), ["user-1", "user-2", "desk"]);
    world.check_log();
}

#[test]
fn a_person_reports_in_no_name_but_their_own() {
    let mut world = World::at("three");
    holds(world.command(relayed("critical-report", "ben"), &ann(&["lead"])), "NoRight");
    holds(world.command(relayed("critical-report", "ben"), &admin()), "NoRight");
    check(world.command(relayed("critical-report", "ann"), &ann(&["team"])), &["signaled"]);
    assert_eq!(
        world.events().last(),
        Some(&&Event::Signaled { name: "critical-report".to_owned(), reporter: None, note: None })
    );
}

#[test]
fn a_reporter_has_a_name_that_the_head_can_keep() {
    let mut world = World::at("three");
    for bad in ["", " ", "a\nb", " ann", "ann "] {
        holds(world.command(relayed("critical-report", bad), &machine()), "Not(");
    }
    let long = "é".repeat(64);
    holds(world.command(relayed("critical-report", &format!("{long}é")), &machine()), "Not(");
    check(world.command(relayed("critical-report", &long), &machine()), &["signaled"]);
}

#[test]
fn the_head_keeps_a_report_each_of_the_last_reporters() {
    let mut world = World::at("three");
    for at in 0..SIGNALS_MAX + 5 {
        world.command(relayed("critical-report", &format!("user-{at}")), &machine()).unwrap();
    }
    let kept = world.counted();
    assert_eq!((kept.len(), kept.first(), kept.last()), (SIGNALS_MAX, Some(&"user-5"), Some(&"user-104")));
    world.check_log();
}

#[test]
fn what_was_written_before_reporters_were_kept_is_read() {
    let old = r#"{"event":"signaled","name":"pii","note":null}"#;
    let event: Event = serde_json::from_str(old).unwrap();
    assert_eq!(event, Event::Signaled { name: "pii".to_owned(), reporter: None, note: None });
    assert_eq!(serde_json::to_string(&event).unwrap(), old, "its hash is the same");

    let mut world = World::at("three");
    let mut head = serde_json::to_value(&world.head).unwrap();
    let times = [2, 1].map(|minutes| world.now.before(Span::minutes(minutes)).0);
    head["signals"] = serde_json::json!({ "critical-report": times });
    world.head = serde_json::from_value::<Rollout>(head).unwrap();
    let kept = &world.head.signals["critical-report"];
    assert_eq!(kept[0], Signal { at: Timestamp(times[0]), by: None });
    // Nobody knows whose they were, so each of them still counts.
    check(
        world.command(signal("critical-report"), &ann(&["team"])),
        &["signaled", "fired", "notified", "lowering"],
    );
}
