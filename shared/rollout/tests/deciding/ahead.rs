//! Everything that must hold before a stage, at once.

use crate::world::{FALSE, Seen, TRUE, UNKNOWN, World, ann, named, stage};
use proptest::prelude::*;
use rollout::{
    decide::{Command, Line, Must, ahead},
    event::{Event, Outcome},
    evidence::{StopLine, Verdict},
    plan::Item,
    time::Span,
    units::StageIndex,
};

fn name(world: &World, line: &Line) -> String {
    let plan = &world.plan;
    let item = |item: &Item| match item {
        Item::Condition(id) => plan.condition(*id).text.clone(),
        Item::Check(id) => format!("check {}", plan.check(*id).name),
        Item::Tick(text) => format!("tick {text}"),
        Item::Stable(span) => format!("stable for {span}"),
        Item::Approve(consent) => format!("approve {}", consent.role),
    };
    match &line.what {
        Must::GoOn(None) => "go on".to_owned(),
        Must::GoOn(Some(hold)) => format!("go on: {}", hold.words(plan, world.now)),
        Must::Bake { baked, min } => format!("bake {baked} of {min:?}"),
        Must::Guardrail(_, id) => format!("not {}", plan.condition(*id).text),
        Must::Baseline(metric) => format!("baseline of {}", plan.metric(*metric).name),
        Must::Alarm(id) => format!("not {}", plan.rule(*id).cause()),
        Must::Review(_) => "review".to_owned(),
        Must::Door { item: of, .. } => item(of),
        Must::Later { item: of, during, .. } => format!("{} during {}", item(of), plan.stage(*during).name),
    }
}

/// The lines that do not hold or are not known, each with a mark.
fn open(world: &World, seen: Seen<'_>, to: Option<StageIndex>) -> Vec<String> {
    let evidence = world.evidence(seen);
    let lines = ahead(&world.plan, &world.head, &evidence, world.now, to);
    let marked = |line: &Line| {
        let mark = line.holds.map_or("?", |holds| if holds { "+" } else { "-" });
        format!("{mark} {}", name(world, line))
    };
    lines.iter().filter(|line| line.holds != Some(true)).map(marked).collect()
}

#[test]
fn every_rung_is_answered_and_not_only_the_first_that_does_not_hold() {
    let mut world = World::baking();
    world.later(Span::minutes(20));
    let seen = [("errors < 1%", FALSE), ("memory > 1GB", UNKNOWN), ("cost > $9", TRUE)];
    let found = open(&world, &seen, None);
    let expected = [
        "- bake 20m of Some(Span(3600000))",
        "? not memory > 1GB",
        "- errors < 1%",
        "? check health",
        "- tick Briefed",
        "- approve lead",
        "- approve pm",
    ];
    assert_eq!(found, expected, "a dry run holds nothing back");
}

#[test]
fn when_all_else_holds_only_people_are_missing() {
    let world = World::asking();
    assert_eq!(open(&world, &[], None), ["- approve lead", "- approve pm"]);
    let evidence = world.evidence(&[]);
    let lines = ahead(&world.plan, &world.head, &evidence, world.now, None);
    assert!(lines.iter().all(|line| line.holds == Some(true) || line.is_for_people()));
    let measured = lines.iter().filter(|line| line.figure.is_some()).count();
    assert_eq!(measured, 7, "six guardrails and a gate have their figures");
}

#[test]
fn a_stage_further_ahead_shows_what_is_judged_on_the_way() {
    let world = World::asking();
    let found = open(&world, &[], Some(stage(3)));
    let expected =
        ["- approve lead", "- approve pm", "? errors < 1% during two", "? errors < 1% during three"];
    assert_eq!(found, expected);
}

#[test]
fn a_rollout_that_stands_still_says_so_first() {
    let mut world = World::asking();
    world.command(Command::Pause { note: None }, &ann(&["team"])).unwrap();
    assert_eq!(open(&world, &[], None)[0], "- go on: paused by entry 9: a person resumes or rolls back");
    world.command(Command::RollBack { to: None, note: None }, &ann(&["team"])).unwrap();
    assert!(open(&world, &[], None)[0].starts_with("- go on: the targets are being written"));
    world.applied().unwrap();
    world.applied().unwrap();
    let lines = open(&world, &[], None);
    assert_eq!(
        lines,
        [
            "- go on: the rollout is over, and changes nothing more; `captured` in its log says what was there before"
        ]
    );
}

/// A rollout before a door, with more or less done for it.
fn before_a_door(place: u8, minutes: u64, paused: bool, stopped: bool) -> World {
    let mut world = match place {
        0 => World::baking(),
        1 => World::asking(),
        2 => {
            let mut world = World::asking();
            let at = world.ask();
            for (name, role) in [("lea", "lead"), ("pat", "pm")] {
                world.command(Command::Approve { at, note: None }, &named(name, &[role])).unwrap();
            }
            world
        }
        3 => World::at("two"),
        4 => World::at("three"),
        _ => {
            // An open stage that a person wants to complete.
            let mut world = World::at("three");
            world.later(Span::hours(1));
            world.tick(&[]).unwrap();
            world.applied().unwrap();
            let at = world.moved();
            world.command(Command::Complete { at, note: None }, &named("lea", &["lead"])).unwrap();
            world
        }
    };
    world.later(Span::minutes(minutes));
    if paused {
        world.command(Command::Pause { note: None }, &ann(&["team"])).unwrap();
    }
    if stopped {
        let at = world.now;
        world.stop =
            Some(StopLine { id: "s1".to_owned(), by: "ann".to_owned(), at, roll_back: false, note: None });
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_turn_of_the_clock_goes_on_when_all_lines_hold_and_only_then(
        (place, minutes) in (0u8..6, 0u64..90),
        paused in prop::bool::weighted(0.1),
        stopped in prop::bool::weighted(0.1),
        verdicts in proptest::collection::vec(proptest::sample::select(vec![FALSE, FALSE, FALSE, FALSE, TRUE, UNKNOWN]), 7),
    ) {
        let mut world = before_a_door(place, minutes, paused, stopped);
        let conditions = world.plan.conditions.iter().map(|condition| condition.text.clone());
        let measured: Vec<String> = conditions.filter(|text| !text.contains("reports")).collect();
        let told = measured.iter().map(String::as_str).zip(verdicts).filter(|(_, verdict)| *verdict != FALSE);
        let seen: Vec<(&str, Verdict)> = told.collect();
        let lines = ahead(&world.plan, &world.head, &world.evidence(&seen), world.now, None);
        let all_hold = lines.iter().all(|line| line.holds == Some(true));
        let mut events = world.tick(&seen).unwrap_or_default();
        // What is only tried is recorded in a turn of its own, and holds nothing back.
        if matches!(events.as_slice(), [Event::Fired { dry_run: true, .. }]) {
            events = world.tick(&seen).unwrap_or_default();
        }
        let goes_on = events.iter().any(|event| {
            matches!(event, Event::Promoted { .. } | Event::Closing { outcome: Outcome::Completed, .. })
        });
        prop_assert_eq!(all_hold, goes_on, "{:?}: {:?}", lines, events);
    }
}
