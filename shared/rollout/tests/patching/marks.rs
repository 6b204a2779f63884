//! The mark, and what stands beside it.

use crate::{World, environment};
use rollout::{
    event::{Event, Holder, Outcome, PauseReason},
    target::{Environment, MARK, Mark, Patch, Refusal, Settled},
    units::Generation,
};

fn baking() -> World {
    let mut world = World::new(environment(&[("OTHER", "x")]));
    world.enter(0);
    world
}

fn mark(world: &World) -> Mark {
    serde_json::from_str(world.says(MARK).unwrap()).unwrap()
}

#[test]
fn the_first_write_sets_the_managed_variables_and_the_mark() {
    let world = baking();
    assert_eq!(
        (world.says("PERCENT"), world.says("ON"), world.says("OTHER")),
        (Some("10"), Some("true"), Some("x"))
    );
    let Mark::Held { generation, back, halt, .. } = mark(&world) else { panic!("{:?}", mark(&world)) };
    assert_eq!((generation, halt), (Generation(1), None));
    assert!(back.values().all(Option::is_none), "all of them were absent");
}

#[test]
fn a_lowering_to_the_way_back_leaves_what_was_before_and_a_mark() {
    let mut world = baking();
    world.lower(None);
    world.write();
    assert_eq!((world.says("PERCENT"), world.says("ON")), (None, None));
    assert!(matches!(mark(&world), Mark::Held { generation: Generation(2), .. }));
}

#[test]
fn a_lowering_writes_even_where_the_values_agree() {
    let mut world = World::new(Environment::new());
    world.promote(0);
    // The raise has not landed: the target says what it said before, and is fenced all the same.
    world.lower(None);
    world.write();
    assert_eq!(world.patch(), Patch::InEffect);
}

#[test]
fn closing_leaves_nothing_but_the_generation() {
    let mut world = baking();
    world.lower(None);
    world.write();
    world.applied();
    let outcome = Outcome::RolledBack(rollout::event::Cause::Late);
    world.record(vec![Event::Closing { outcome, on: vec![] }]);
    world.write();
    assert_eq!(world.says(MARK), Some(r#"{"was":"example-1","gen":3}"#));
    assert_eq!(world.environment().len(), 2, "{:?}", world.environment());
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "77".to_owned())));
    assert_eq!(world.patch(), Patch::InEffect, "whoever changes it from here on has taken over");
}

/// Completing: the last values are written, and that is not yet recorded.
fn closing() -> World {
    let mut world = World::new(Environment::new());
    (0..3).for_each(|stage| world.enter(stage));
    world.record(vec![Event::Closing { outcome: Outcome::Completed, on: vec![] }]);
    world.write();
    assert_eq!(world.patch(), Patch::InEffect);
    world
}

fn switch_search_off(world: &mut World) {
    world.record(vec![Event::Disabled { name: "search".to_owned(), holder: Holder::Person, note: None }]);
}

#[test]
fn what_is_decided_while_it_closes_is_written_over_what_we_wrote_ourselves() {
    let mut world = closing();
    switch_search_off(&mut world);
    world.write();
    assert_eq!((world.says("SEARCH"), world.says("PERCENT")), (Some("false"), Some("100")));
    world.lower(Some((0, 10)));
    world.write();
    assert_eq!((world.says("PERCENT"), world.patch()), (Some("10"), Patch::InEffect));
}

#[test]
fn what_a_hand_changes_while_it_closes_is_found() {
    let mut world = closing();
    switch_search_off(&mut world);
    let ours = world.state.clone();
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "5".to_owned())));
    assert!(matches!(world.patch(), Patch::Drifted(what) if what.contains("PERCENT=5")));
    world.state = ours;
    world.edit(|found| ["PERCENT", "ON", "SEARCH"].iter().for_each(|name| drop(found.remove(*name))));
    assert!(matches!(world.patch(), Patch::Halted(_)));
}

/// The mark with something else in the place of a part of it.
fn forge(world: &mut World, part: &str, instead: &str) {
    world.edit(|found| {
        let mark = found.get_mut(MARK).unwrap();
        assert!(mark.contains(part), "{mark}");
        *mark = mark.replace(part, instead);
    });
}

#[test]
fn a_generation_that_nobody_decided_is_somebodys_edit_and_the_way_back_is_written_over_it() {
    let mut world = baking();
    forge(&mut world, "\"gen\":1", "\"gen\":9");
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "100".to_owned())));
    let Patch::Drifted(what) = world.patch() else { panic!("{:?}", world.patch()) };
    assert_eq!(
        what,
        "the mark says generation 9, and 1 is the last decided; found PERCENT=100 instead of 10"
    );
    world.lower(None);
    world.write();
    assert_eq!((world.says("PERCENT"), world.patch()), (None, Patch::InEffect));
}

#[test]
fn a_mark_of_an_end_that_nobody_decided_hides_nothing() {
    let mut world = baking();
    world.edit(|found| {
        found.insert(MARK.to_owned(), r#"{"was":"example-1","gen":1}"#.to_owned());
        found.insert("PERCENT".to_owned(), "100".to_owned());
    });
    assert!(matches!(world.patch(), Patch::Drifted(what) if what.contains("PERCENT=100 instead of 10")));
    world.lower(None);
    world.edit(|found| drop(found.insert(MARK.to_owned(), r#"{"was":"example-1","gen":2}"#.to_owned())));
    world.write();
    assert_eq!((world.says("PERCENT"), world.patch()), (None, Patch::InEffect));
}

#[test]
fn another_rollouts_mark_is_never_written_over() {
    let mut world = baking();
    world.edit(|found| {
        let mark = found.get_mut(MARK).unwrap();
        *mark = mark.replace("example-1", "other-2");
    });
    let taken = |patch: Patch| matches!(patch, Patch::Refused(Refusal::Taken(id)) if id.0 == "other-2");
    // What was in effect is in another's hands now: that is for a person to see.
    let Patch::Drifted(what) = world.patch() else { panic!("{:?}", world.patch()) };
    assert_eq!(what, "it carries the mark of other-2");
    world.record(vec![
        Event::Drifted { target: crate::API, what },
        Event::Paused { why: PauseReason::Drift },
        Event::Resumed { note: None },
    ]);
    assert!(taken(world.patch()), "{:?}", world.patch());
    world.lower(None);
    assert!(taken(world.patch()), "{:?}", world.patch());
}

#[test]
fn the_end_of_another_rollout_in_the_place_of_ours_is_seen() {
    let mut world = baking();
    world.edit(|found| drop(found.insert(MARK.to_owned(), r#"{"was":"other-2","gen":7}"#.to_owned())));
    assert_eq!(world.patch(), Patch::Drifted("it carries the mark of other-2".to_owned()));
    world.promote(1);
    assert_eq!(world.patch(), Patch::Superseded);
}

#[test]
fn a_halt_is_found_however_it_is_written() {
    let halted = |text: &dyn Fn(&str) -> String| {
        let mut world = baking();
        world.edit(|found| drop(found.insert(MARK.to_owned(), text(&found[MARK]))));
        assert!(matches!(world.patch(), Patch::Halted(_)), "{:?}: {:?}", world.says(MARK), world.patch());
        world.promote(1);
        assert!(matches!(world.patch(), Patch::Halted(_)), "a raise stops at it, too");
    };
    halted(&|_| "halt".to_owned());
    halted(&|_| "Halt: Ann, 03:10".to_owned());
    halted(&|mark| format!("{},\"halt\":\"alarm\"}}", mark.trim_end_matches('}').to_owned() + "}"));
    halted(&|mark| mark.replace("\"gen\":1", "\"gen\":1,\"halt\":true"));
}

/// A mark with one more key.
fn with_key(mark: &str, key: &str) -> String {
    mark.replacen('{', &format!("{{{key},"), 1)
}

#[test]
fn a_halt_in_a_mark_of_ours_is_found_however_its_key_is_written() {
    for key in [r#""HALT":true"#, r#"" Halt ":"Ann, 03:10""#, r#""halt":0"#] {
        let mut world = baking();
        world.edit(|found| drop(found.insert(MARK.to_owned(), with_key(&found[MARK], key))));
        assert!(matches!(world.patch(), Patch::Halted(_)), "{:?}: {:?}", world.says(MARK), world.patch());
    }
    for key in [r#""halt":null"#, r#""note":"no halt""#] {
        let mut world = baking();
        world.edit(|found| drop(found.insert(MARK.to_owned(), with_key(&found[MARK], key))));
        assert!(!matches!(world.patch(), Patch::Halted(_)), "{key} is no halt");
    }
}

#[test]
fn a_halt_written_while_it_completes_wins() {
    for key in [r#""halt":"Ann""#, r#""HALT":true"#] {
        let mut world = closing();
        world.edit(|found| drop(found.insert(MARK.to_owned(), with_key(&found[MARK], key))));
        assert!(matches!(world.patch(), Patch::Halted(_)), "{:?}: {:?}", world.says(MARK), world.patch());
        world.lower(None);
        world.write();
        assert_eq!((world.says("PERCENT"), world.patch()), (None, Patch::InEffect));
    }
}

#[test]
fn a_halt_in_another_rollouts_mark_does_not_let_us_write_over_it() {
    let mut world = baking();
    world.edit(|found| {
        let mark = with_key(&found[MARK].replace("example-1", "other-2"), r#""HALT":1"#);
        found.insert(MARK.to_owned(), mark);
    });
    assert!(matches!(world.patch(), Patch::Drifted(what) if what.contains("other-2")));
    world.lower(None);
    assert!(matches!(world.patch(), Patch::Refused(Refusal::Taken(id)) if id.0 == "other-2"));
}

#[test]
fn the_way_back_is_written_over_a_halt() {
    let mut world = baking();
    world.edit(|found| drop(found.insert(MARK.to_owned(), "halt".to_owned())));
    world.lower(None);
    world.write();
    assert_eq!((world.says("PERCENT"), world.patch()), (None, Patch::InEffect));
}

#[test]
fn the_values_from_before_put_back_by_hand_are_a_halt() {
    let mut world = baking();
    world.edit(|found| ["PERCENT", "ON", "SEARCH"].iter().for_each(|name| drop(found.remove(*name))));
    assert!(matches!(world.patch(), Patch::Halted(_)));
    world.edit(|found| drop(found.remove(MARK)));
    assert!(matches!(world.patch(), Patch::Halted(_)));
}

#[test]
fn a_managed_value_changed_by_hand_is_drift() {
    let mut world = baking();
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "5".to_owned())));
    assert!(matches!(world.patch(), Patch::Drifted(what) if what.contains("PERCENT=5")));
}

#[test]
fn a_mark_that_is_gone_is_drift_and_nothing_is_captured_again() {
    for change in [
        |found: &mut Environment| drop(found.remove(MARK)),
        |found: &mut Environment| {
            found.insert(MARK.to_owned(), "{}".to_owned());
        },
    ] {
        let mut world = baking();
        world.edit(change);
        assert_eq!(world.patch(), Patch::Drifted("the mark is gone or cannot be read".to_owned()));
    }
}

#[test]
fn what_is_said_of_a_drift_is_what_differs() {
    let mut world = baking();
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "5".to_owned())));
    assert_eq!(world.patch(), Patch::Drifted("found PERCENT=5 instead of 10".to_owned()));
    world.edit(|found| drop(found.remove("SEARCH")));
    let both = "found PERCENT=5 instead of 10, SEARCH absent instead of true";
    assert_eq!(world.patch(), Patch::Drifted(both.to_owned()));
    world.edit(|found| drop(found.remove(MARK)));
    assert_eq!(world.patch(), Patch::Drifted(format!("the mark is gone or cannot be read; {both}")));
}

#[test]
fn what_stands_in_a_variable_cannot_draw_on_the_screen_of_whoever_reads_of_it() {
    let mut world = baking();
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "\u{1b}[2J\n00:00:00 applied".to_owned())));
    let what = r"found PERCENT=\u{1b}[2J\n00:00:00 applied instead of 10";
    assert_eq!(world.patch(), Patch::Drifted(what.to_owned()));
}

#[test]
fn a_drift_is_called_the_same_before_and_after_a_person_has_seen_it() {
    for drop_mark in [false, true] {
        let mut world = baking();
        world.promote(1);
        world.edit(|found| drop(found.insert("PERCENT".to_owned(), "5".to_owned())));
        if drop_mark {
            world.edit(|found| drop(found.remove(MARK)));
        }
        let Patch::Drifted(what) = world.patch() else { panic!("{:?}", world.patch()) };
        world.record(vec![
            Event::Drifted { target: crate::API, what: what.clone() },
            Event::Paused { why: PauseReason::Drift },
        ]);
        assert_eq!(world.patch(), Patch::Drifted(what));
        world.record(vec![Event::Resumed { note: None }]);
        world.write();
        assert_eq!((world.says("PERCENT"), world.patch()), (Some("10"), Patch::InEffect));
    }
}

#[test]
fn what_a_person_saw_and_resumed_is_written_over_and_nothing_younger() {
    let mut world = baking();
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "5".to_owned())));
    let Patch::Drifted(what) = world.patch() else { panic!("{:?}", world.patch()) };
    world.record(vec![
        Event::Drifted { target: crate::API, what },
        Event::Paused { why: PauseReason::Drift },
        Event::Resumed { note: None },
    ]);
    let seen = world.state.clone();
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "7".to_owned())));
    assert!(matches!(world.patch(), Patch::Drifted(_)), "nobody saw this one");
    world.state = seen;
    world.write();
    assert_eq!((world.says("PERCENT"), world.patch()), (Some("10"), Patch::InEffect));
}

#[test]
fn before_the_first_write_a_foreign_edit_of_other_variables_is_none_of_ours() {
    let mut world = World::new(Environment::new());
    world.promote(0);
    world.edit(|found| drop(found.insert("OTHER".to_owned(), "new".to_owned())));
    world.write();
    assert_eq!((world.says("OTHER"), world.says("PERCENT")), (Some("new"), Some("10")));
}

#[test]
fn before_the_first_write_a_foreign_edit_of_ours_is_drift() {
    let mut world = World::new(Environment::new());
    world.promote(0);
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "30".to_owned())));
    assert!(matches!(world.patch(), Patch::Drifted(_)));
}

#[test]
fn an_update_in_progress_is_waited_for() {
    let mut world = World::new(Environment::new());
    world.promote(0);
    world.state.settled = Settled::InProgress;
    assert_eq!(world.patch(), Patch::Settling);
}

#[test]
fn a_lowering_that_no_longer_fits_keeps_only_its_generation() {
    let mut world = baking();
    let room =
        4_096 - world.environment().iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
    // The next generation has two digits: nothing of ours fits any more but the least.
    world.edit(|found| drop(found.insert("PADDING".to_owned(), "x".repeat(room - "PADDING".len() + 60))));
    world.promote(1);
    assert!(matches!(world.patch(), Patch::Refused(Refusal::TooLarge { .. })));
    world.lower(None);
    world.write();
    assert_eq!((world.says("PERCENT"), world.patch()), (None, Patch::InEffect));
}

#[test]
fn less_that_no_longer_fits_is_written_with_less_of_a_mark() {
    let mut world = baking();
    let size = |world: &World| {
        world.environment().iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
    };
    let room = 4_096 - size(&world);
    world.edit(|found| drop(found.insert("PADDING".to_owned(), "x".repeat(room - "PADDING".len()))));
    assert_eq!((size(&world), world.patch()), (4_096, Patch::InEffect));
    // `false` is longer than `true`.
    switch_search_off(&mut world);
    world.write();
    assert_eq!((world.says("SEARCH"), world.patch()), (Some("false"), Patch::InEffect));
    world.applied();
    // What is changed by hand is found all the same, and a raise does not fit.
    let ours = world.state.clone();
    world.edit(|found| drop(found.insert("PERCENT".to_owned(), "99".to_owned())));
    assert_eq!(world.patch(), Patch::Drifted("found PERCENT=99 instead of 10".to_owned()));
    world.state = ours;
    world.promote(1);
    let Patch::Refused(why) = world.patch() else { panic!("{:?}", world.patch()) };
    assert!(why.to_string().contains("bytes of at most 4096 in stage two"), "{why}");
}
