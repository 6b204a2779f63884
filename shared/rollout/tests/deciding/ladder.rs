//! The ladder, rung by rung.

use crate::world::{FALSE, TRUE, UNKNOWN, World, admin, ann, check, holds, named};
use rollout::{
    decide::{Actor, Command, Hold, Trigger},
    evidence::StopLine,
    rollout::Phase,
    time::Span,
    units::{TargetId, Version},
};

fn stop(world: &mut World, roll_back: bool) {
    world.stop =
        Some(StopLine { id: "s1".to_owned(), by: "ann".to_owned(), at: world.now, roll_back, note: None });
}

#[test]
fn rung_1_a_halt_that_was_found_rolls_back() {
    let mut world = World::baking();
    check(world.tell(&Trigger::Halted(TargetId(0), "by hand".into())), &["lowering"]);
    holds(world.tell(&Trigger::Halted(TargetId(0), "by hand".into())), "AlreadySo");
    check(world.applied(), &["applied", "closing"]);
    check(world.applied(), &["applied", "ended"]);
    world.check_log();
}

#[test]
fn rung_2_the_stop_line_lets_nothing_rise() {
    let mut world = World::asking();
    let ask = world.ask();
    for (name, role) in [("lea", "lead"), ("pat", "pm")] {
        check(world.command(Command::Approve { at: ask, note: None }, &named(name, &[role])), &["approved"]);
    }
    stop(&mut world, false);
    check(world.tick(&[]), &["stopped"]);
    holds(world.tick(&[]), "StopLine");
    world.stop = None;
    check(world.tick(&[]), &["stop-lifted"]);
    check(world.tick(&[]), &["promoted"]);
    // What is rising goes back to where it was.
    stop(&mut world, false);
    check(world.tick(&[]), &["stopped", "paused"]);
    assert_eq!(world.stage(), Some("one"));
}

#[test]
fn rung_2_the_stop_line_with_roll_back_takes_everything_back() {
    let mut world = World::baking();
    stop(&mut world, true);
    check(world.tick(&[]), &["stopped", "lowering"]);
}

#[test]
fn rung_3_of_several_lowerings_the_lowest_wins_and_every_message_is_sent() {
    let mut world = World::at("three");
    let all = [("errors > 5%", TRUE), ("latency > 2s", TRUE)];
    check(world.tick(&all), &["fired", "notified", "fired", "notified", "lowering"]);
    assert_eq!(world.stage(), None);
}

#[test]
fn rung_4_a_raise_that_does_not_land_is_taken_back() {
    let mut world = World::new();
    world.tell(&Trigger::Captured(TargetId(0), crate::world::captured())).unwrap();
    check(world.tick(&[]), &["promoted"]);
    world.later(Span::minutes(9));
    holds(world.tick(&[]), "Applying");
    world.later(Span::minutes(1));
    check(world.tick(&[]), &["lowering"]);
}

#[test]
fn rung_4_a_lowering_that_does_not_land_goes_on_and_says_so_every_ten_minutes() {
    let mut world = World::baking();
    check(world.command(Command::RollBack { to: None, note: None }, &ann(&["team"])), &["lowering"]);
    world.later(Span::minutes(10));
    check(world.tick(&[]), &["unverified", "notified"]);
    world.later(Span::minutes(9));
    holds(world.tick(&[]), "Applying");
    world.later(Span::minutes(1));
    check(world.tick(&[]), &["unverified", "notified"]);
}

#[test]
fn rung_4_whoever_knows_of_it_is_not_called_again_and_it_goes_on() {
    let mut world = World::at("three");
    let know = || Command::Acknowledge { note: Some("on it".to_owned()) };
    holds(world.command(know(), &ann(&["team"])), "Not(\"nobody is called");
    check(
        world.command(Command::RollBack { to: Some("two".to_owned()), note: None }, &ann(&["team"])),
        &["lowering"],
    );
    world.later(Span::minutes(10));
    check(world.tick(&[]), &["unverified", "notified"]);
    holds(world.command(know(), &Actor { machine: true, ..ann(&["team"]) }), "NoRight");
    check(world.command(know(), &ann(&["team"])), &["acknowledged"]);
    holds(world.command(know(), &named("bob", &["team"])), "AlreadySoBy(\"ann has known it");
    world.later(Span::hours(2));
    holds(world.tick(&[]), "Applying");
    // Less is wanted now: that is another thing to know of.
    check(world.command(Command::RollBack { to: None, note: None }, &ann(&["team"])), &["lowering"]);
    world.later(Span::minutes(10));
    check(world.tick(&[]), &["unverified", "notified"]);
    check(world.applied(), &["applied", "closing"]);
}

#[test]
fn rung_5_the_bake_is_waited_for() {
    let mut world = World::baking();
    world.later(Span::minutes(59));
    let Err(Hold::Baking { baked, min, until, .. }) = world.tick(&[]) else { panic!("it bakes") };
    assert_eq!((baked, min), (Span::minutes(59), Span::hours(1)));
    assert_eq!(until, world.now.after(Span::minutes(1)));
}

#[test]
fn rung_6_nothing_is_promoted_while_a_guardrail_is_true_or_not_known() {
    let mut world = World::asking();
    let ask = world.ask();
    for (name, role) in [("lea", "lead"), ("pat", "pm")] {
        world.command(Command::Approve { at: ask, note: None }, &named(name, &[role])).unwrap();
    }
    holds(world.tick(&[("errors > 5%", UNKNOWN)]), "Guardrail");
    holds(world.tick(&[("memory > 1GB", UNKNOWN)]), "Guardrail");
    // It has acted, and is still so.
    check(world.tick(&[("latency > 1s", TRUE)]), &["fired", "notified", "deferred", "ask-withdrawn"]);
    holds(world.tick(&[("latency > 1s", TRUE)]), "Guardrail");
}

#[test]
fn rung_6_a_rehearsal_blocks_nothing() {
    let mut world = World::asking();
    check(world.tick(&[("cost > $9", TRUE)]), &["fired"]);
    holds(world.tick(&[("cost > $9", UNKNOWN)]), "Consent");
}

#[test]
fn rung_7_a_gate_that_is_false_or_not_known_keeps_the_stage() {
    for verdict in [FALSE, UNKNOWN] {
        let mut world = World::baking();
        world.later(Span::hours(1));
        world.tell(&world.tried(true, "200")).unwrap();
        world
            .command(Command::Tick { text: "briefed".to_owned(), stage: None, note: None }, &ann(&["team"]))
            .unwrap();
        holds(world.tick(&[("errors < 1%", verdict)]), "Leave");
    }
}

#[test]
fn rung_7_late_is_said_once_and_pauses() {
    let mut world = World::baking();
    world.later(Span::hours(2));
    holds(world.tick(&[("errors < 1%", FALSE)]), "Leave");
    world.later(Span::minutes(1));
    check(world.tick(&[("errors < 1%", FALSE)]), &["late", "notified", "paused"]);
    let at = world.moved();
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    world.later(Span::minutes(1));
    holds(world.tick(&[("errors < 1%", FALSE)]), "Leave");
}

#[test]
fn rung_7_waiting_for_people_is_not_late() {
    let mut world = World::baking();
    world.later(Span::hours(3));
    world.tell(&world.tried(true, "200")).unwrap();
    holds(world.tick(&[]), "Leave");
}

#[test]
fn rung_8_an_open_stage_is_completed_by_a_person() {
    let mut world = World::at("three");
    world.later(Span::hours(1));
    check(world.tick(&[]), &["promoted"]);
    check(world.applied(), &["applied"]);
    holds(world.tick(&[]), "Open");
    let at = world.moved();
    check(world.command(Command::Complete { at, note: None }, &ann(&["team"])), &["requested"]);
    holds(world.tick(&[("errors < 1%", FALSE)]), "Leave");
    check(world.tick(&[]), &["closing"]);
    check(world.applied(), &["applied", "ended"]);
    holds(world.tick(&[]), "Over");
    world.check_log();
}

#[test]
fn rung_10_consent_is_asked_last_and_by_everybody_who_is_named() {
    let mut world = World::asking();
    let at = world.ask();
    check(world.command(Command::Approve { at, note: None }, &named("lea", &["lead", "pm"])), &["approved"]);
    holds(world.command(Command::Approve { at, note: None }, &named("lea", &["lead", "pm"])), "AlreadySo");
    holds(world.tick(&[]), "Consent");
    check(world.command(Command::Approve { at, note: None }, &named("pat", &["pm"])), &["approved"]);
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn rung_10_a_gate_that_becomes_false_takes_the_question_back() {
    let mut world = World::asking();
    holds(world.tick(&[("errors < 1%", UNKNOWN)]), "Leave");
    check(world.tick(&[("errors < 1%", FALSE)]), &["ask-withdrawn"]);
    check(world.tick(&[]), &["asked"]);
}

#[test]
fn rung_10_consent_is_void_after_a_week() {
    let mut world = World::asking();
    world.later(Span::days(7));
    world.tell(&world.tried(true, "200")).unwrap();
    holds(world.tick(&[]), "Consent");
    world.later(Span::millis(1));
    check(world.tick(&[]), &["ask-withdrawn"]);
}

#[test]
fn rung_11_promotes_on_evidence_of_this_very_version() {
    let mut world = World::at("two");
    world.later(Span::hours(1));
    let old = world.evidence(&[]);
    world
        .command(Command::Tick { text: "Briefed".to_owned(), stage: None, note: None }, &ann(&["team"]))
        .unwrap();
    holds(world.tell(&Trigger::Tick(Box::new(old))), "Stale");
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn what_protects_acts_on_evidence_of_this_exposure() {
    let mut world = World::at("two");
    let seen = world.evidence(&[("errors > 5%", TRUE)]);
    world
        .command(Command::Tick { text: "Briefed".to_owned(), stage: None, note: None }, &ann(&["team"]))
        .unwrap();
    check(world.tell(&Trigger::Tick(Box::new(seen.clone()))), &["fired", "notified", "lowering"]);
    holds(world.tell(&Trigger::Tick(Box::new(seen))), "Stale");
}

#[test]
fn a_start_that_cannot_read_its_targets_is_refused_after_half_an_hour() {
    let mut world = World::new();
    world.later(Span::minutes(29));
    holds(world.tick(&[]), "Starting");
    world.later(Span::minutes(1));
    check(world.tick(&[]), &["refused"]);
    assert!(matches!(world.head.phase, Phase::Over { .. }));
}

#[test]
fn what_is_given_up_is_kept_until_no_door_can_be_at_work() {
    let mut world = World::baking();
    let abandon = || Command::Abandon { note: "gone".to_owned() };
    holds(world.command(abandon(), &ann(&["team"])), "NoRight");
    check(world.command(abandon(), &admin()), &["abandoning"]);
    world.later(Span::minutes(19));
    holds(world.tick(&[]), "Abandoning");
    world.later(Span::minutes(1));
    check(world.tick(&[]), &["ended"]);
}

#[test]
fn what_was_applied_of_another_generation_changes_nothing() {
    let mut world = World::baking();
    let old = Trigger::Applied(world.head.generation, std::collections::BTreeMap::new());
    holds(world.tell(&old), "AlreadySo");
    world.command(Command::RollBack { to: None, note: None }, &ann(&["team"])).unwrap();
    holds(world.tell(&old), "AlreadySo");
    assert_ne!(world.head.version, Version(0));
}

#[test]
fn rung_2_who_pulled_it_and_why_is_said_anew_with_each_pull_and_so_is_who_let_go() {
    let mut world = World::baking();
    stop(&mut world, false);
    let mut line = world.stop.take().unwrap();
    line.note = Some("network incident 77".to_owned());
    world.stop = Some(line.clone());
    let words = |world: &mut World| world.tick(&[]).unwrap()[0].words(&world.plan);
    assert_eq!(words(&mut world), "the stop line is pulled by ann (network incident 77): nothing rises");
    holds(world.tick(&[]), "StopLine { by: \"ann (network incident 77)\" }");
    let again = StopLine { id: "s2".to_owned(), by: "ben".to_owned(), note: None, ..line.clone() };
    world.stop = Some(again.on_top_of(&line));
    assert_eq!(words(&mut world), "the stop line is pulled by ben, ann (network incident 77): nothing rises");
    check(world.tell(&Trigger::LetGo), &["stop-lifted"]);
    holds(world.tell(&Trigger::LetGo), "AlreadySo");
    world.check_log();
}
