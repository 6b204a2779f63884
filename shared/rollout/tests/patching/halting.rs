//! What a mark says to a door that has nothing else, and what that door writes.

use crate::{World, environment, state};
use rollout::{
    event::{Cause, Event, Outcome},
    plan::load,
    target::{Environment, Halt, Halting, MARK, Mark, Patch, Settled, halt},
    time::{Span, Timestamp},
};

const PLAN: &str = r##"
tidegate: 1
name: example
owner: team
people: {team: {slack: "#team"}}
features: [search]
targets: [{function: api, set: {PERCENT: "${percent}", ON: "${enabled}", SEARCH: "${features.search}"}}]
guardrails:
  - {alarm: burning, then: [roll back, alert team]}
  - {alarm: late, then: roll back, from: two}
  - {alarm: some, then: roll back to previous}
  - {alarm: told, then: alert team}
  - {alarm: waits, then: roll back after 5m}
  - {alarm: tried, then: roll back, dry_run: true}
stages:
  - {name: one, percent: 10, bake: 1h}
  - {name: two, percent: 50, bake: 1h}
  - {name: all, percent: 100, bake: open}
"##;
const RINGS: Timestamp = Timestamp(1_767_571_260_000);
const WRITTEN: Timestamp = Timestamp(1_767_571_261_000);

/// In its first stage, beside other variables.
fn exposed(padding: usize) -> World {
    let plan = load("example.yaml", PLAN).unwrap_or_else(|problems| panic!("{problems}")).plan;
    let found = environment(&[("OTHER", "x"), ("PADDING", &"x".repeat(padding)), ("PERCENT", "0")]);
    let mut world = World::with(plan, state(found, "r0"));
    world.enter(0);
    world
}

fn mark(environment: &Environment) -> Mark {
    serde_json::from_str(&environment[MARK]).unwrap()
}

/// What an alarm that rings writes.
fn halted(world: &World, alarm: &str) -> Environment {
    let halting = halt(&world.state, alarm, RINGS, WRITTEN);
    let Halting::Write { environment, revision } = halting else { panic!("{halting:?}") };
    assert_eq!(revision, world.state.revision);
    environment
}

fn is_listed(world: &World, alarm: &str) -> bool {
    let halting = halt(&world.state, alarm, RINGS, WRITTEN);
    assert!(matches!(halting, Halting::Write { .. } | Halting::Unlisted), "{halting:?}");
    halting != Halting::Unlisted
}

#[test]
fn a_mark_lists_what_takes_everything_back_at_this_stage_and_at_once() {
    let mut world = exposed(0);
    let listed = |world: &World| {
        let names = ["burning", "late", "some", "told", "waits", "tried", "other"];
        names.into_iter().filter(|name| is_listed(world, name)).collect::<Vec<_>>()
    };
    assert_eq!(listed(&world), ["burning", "some"], "before the first stage is only what was before");
    world.enter(1);
    assert_eq!(listed(&world), ["burning", "late"]);
    world.lower(None);
    world.write();
    assert!(listed(&world).is_empty(), "nothing is left to take back");
    world.applied();
    world.record(vec![Event::Closing { outcome: Outcome::RolledBack(Cause::Late), on: vec![] }]);
    world.write();
    assert!(listed(&world).is_empty());
    let text = exposed(0).environment()[MARK].clone();
    assert!(text.contains(r#""at":1767571200000"#) && !text.contains("burning"), "{text}");
}

#[test]
fn a_halt_puts_back_what_was_before_and_says_why() {
    let world = exposed(0);
    let next = halted(&world, "burning");
    let mut expected = world.environment().clone();
    expected.insert("PERCENT".to_owned(), "0".to_owned());
    for name in ["ON", "SEARCH"] {
        expected.remove(name);
    }
    expected.insert(MARK.to_owned(), next[MARK].clone());
    assert_eq!(next, expected, "what was absent is absent again, and what is not managed is as it was");
    let Mark::Held { halt, back, .. } = mark(&next) else { panic!("{:?}", mark(&next)) };
    assert_eq!(halt, Some(Halt::of_alarm("burning", RINGS, WRITTEN)));
    assert_eq!(back["PERCENT"].as_deref(), Some("0"), "it is not forgotten until the rollout is over");
}

#[test]
fn what_a_door_has_halted_is_raised_by_nobody_and_rolled_back_by_the_next_who_looks() {
    let mut world = exposed(0);
    let next = halted(&world, "burning");
    world.promote(1);
    world.state = state(next, "halted");
    assert_eq!(world.patch(), Patch::Halted(Halt::of_alarm("burning", RINGS, WRITTEN)));
    let stands = Halting::Stands(Halt::of_alarm("burning", RINGS, WRITTEN));
    assert_eq!(halt(&world.state, "burning", RINGS, WRITTEN), stands);
    world.lower(None);
    world.write();
    assert_eq!((world.patch(), world.says("PERCENT")), (Patch::InEffect, Some("0")));
    assert!(matches!(mark(world.environment()), Mark::Held { halt: None, .. }));
}

#[test]
fn an_alarm_about_an_earlier_exposure_is_late() {
    let world = exposed(0);
    let gathered = world.head.gathered;
    let at = |since| halt(&world.state, "burning", since, WRITTEN);
    assert_eq!(at(gathered.before(Span::millis(1))), Halting::Late(gathered));
    assert!(matches!(at(gathered), Halting::Write { .. }));
    assert_eq!(halt(&world.state, "told", gathered, WRITTEN), Halting::Unlisted);
}

#[test]
fn what_cannot_be_read_or_written_now_is_not_halted_now() {
    let mut world = exposed(0);
    world.state.settled = Settled::InProgress;
    assert_eq!(halt(&world.state, "burning", RINGS, WRITTEN), Halting::Settling);
    world.state.environment = Err("the key is disabled".to_owned());
    let unreadable = Halting::Unreadable("the key is disabled".to_owned());
    assert_eq!(halt(&world.state, "burning", RINGS, WRITTEN), unreadable);
}

#[test]
fn where_there_is_no_room_to_say_why_it_is_halted_all_the_same() {
    let world = exposed(3_600);
    let (mut most, mut bare) = (0, false);
    for more in 0..400 {
        let mut grown = exposed(3_600);
        grown.edit(|found| drop(found.insert("GROWN".to_owned(), "x".repeat(more))));
        let next = halted(&grown, "burning");
        bare = next[MARK] == "halt";
        let bytes: usize = next.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(bytes <= 4_096, "{bytes}");
        assert_eq!(next["PERCENT"], "0");
        if bare {
            break;
        }
        most = more;
    }
    assert!(bare && most > 0, "{most}");
    assert!(world.says(MARK).is_some());
}

#[test]
fn where_there_is_little_room_the_alias_of_callers_who_are_not_back_comes_first() {
    let mut plan = load("example.yaml", PLAN).unwrap_or_else(|problems| panic!("{problems}")).plan;
    plan.targets[0].alias = Some("live".to_owned());
    let (mut reduced, mut bare) = (0, 0);
    for more in 0..700 {
        let found = environment(&[("PADDING", &"x".repeat(3_300)), ("PERCENT", "0")]);
        let mut world = World::with(plan.clone(), crate::aliases::behind(state(found, "r0")));
        world.enter(0);
        world.edit(|found| drop(found.insert("GROWN".to_owned(), "x".repeat(more))));
        let next = halted(&world, "burning");
        let bytes: usize = next.iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!(bytes <= 4_096, "{bytes}");
        match serde_json::from_str(&next[MARK]) {
            Ok(Mark::Held { alias, back, halt, .. }) => {
                assert_eq!(alias, Some(("live".to_owned(), "3".to_owned())));
                assert!(halt.is_some());
                reduced += u32::from(back.is_empty());
            }
            Ok(Mark::Left { .. }) | Err(_) => bare += 1,
        }
    }
    assert!(reduced > 50 && bare > 0, "{reduced} {bare}");
}
