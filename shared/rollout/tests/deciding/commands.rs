//! Commands: by whom, about what, and too late.

use crate::world::{FALSE, TRUE, World, admin, ann, captured, check, holds, named};
use rollout::{
    decide::{Actor, Command, FORCE, GO, START, STOP, Trigger, command_right},
    evidence::StopLine,
    rollout::Phase,
    time::Span,
    units::{Share, TargetId, Version},
};

fn roll_back(to: Option<&str>) -> Command {
    Command::RollBack { to: to.map(str::to_owned), note: None }
}

#[test]
fn a_machine_may_report_and_lower_and_nothing_else() {
    let machine = Actor { machine: true, admin: true, ..ann(&["lead", "pm"]) };
    let mut world = World::asking();
    let at = world.ask();
    for raising in [
        Command::Approve { at, note: None },
        Command::Resume { at, note: None },
        Command::Promote { at, to: None, force: true, note: None },
        Command::Complete { at, note: None },
        Command::Skip { at, stage: "three".to_owned() },
        Command::Enable { at, feature: "search".to_owned(), note: None },
        Command::Tick { text: "Briefed".to_owned(), stage: None, note: None },
    ] {
        holds(world.command(raising, &machine), "NoRight");
    }
    check(
        world.command(Command::Disable { feature: "search".to_owned(), note: None }, &machine),
        &["disabled"],
    );
    check(world.command(roll_back(None), &machine), &["lowering"]);
}

#[test]
fn what_is_an_admins_is_nobody_elses() {
    let (machine, lead) = (Actor { machine: true, ..admin() }, ann(&["lead"]));
    for right in [GO, FORCE, command_right("abandon").unwrap()] {
        assert!(right.refuses(&admin()).is_none(), "{right:?}");
        assert!(right.refuses(&lead).is_some() && right.refuses(&machine).is_some(), "{right:?}");
    }
    assert!(START.refuses(&lead).is_none() && START.refuses(&machine).is_some());
    assert!(STOP.refuses(&machine).is_none(), "whoever is afraid is right");
}

#[test]
fn whoever_started_it_may_not_approve_it() {
    let mut world = World::asking();
    let at = world.ask();
    holds(world.command(Command::Approve { at, note: None }, &named("sam", &["lead"])), "NoRight");
}

#[test]
fn consent_needs_a_role_that_is_asked() {
    let mut world = World::asking();
    let at = world.ask();
    holds(world.command(Command::Approve { at, note: None }, &named("ben", &["team"])), "NoRight");
    check(world.command(Command::Approve { at, note: None }, &named("lea", &["lead"])), &["approved"]);
    holds(world.command(Command::Approve { at, note: None }, &named("tom", &["lead"])), "NoRight");
}

#[test]
fn consent_is_to_the_entry_that_asked_and_to_no_other() {
    let mut world = World::asking();
    let at = world.ask();
    check(world.command(Command::Approve { at, note: None }, &named("lea", &["lead"])), &["approved"]);
    check(world.tick(&[("errors < 1%", FALSE)]), &["ask-withdrawn"]);
    holds(world.command(Command::Approve { at, note: None }, &named("pat", &["pm"])), "Not(");
    check(world.tick(&[]), &["asked"]);
    holds(world.command(Command::Approve { at, note: None }, &named("pat", &["pm"])), "Late");
    // The consent to the first question is no consent to the second.
    let again = world.ask();
    check(world.command(Command::Approve { at: again, note: None }, &named("pat", &["pm"])), &["approved"]);
    holds(world.tick(&[]), "Consent");
}

#[test]
fn enough_consent_needs_no_more() {
    let mut world = World::asking();
    let at = world.ask();
    for (name, role) in [("lea", "lead"), ("pat", "pm")] {
        check(world.command(Command::Approve { at, note: None }, &named(name, &[role])), &["approved"]);
    }
    holds(world.command(Command::Approve { at, note: None }, &named("tom", &["lead"])), "AlreadySo");
}

#[test]
fn a_rejection_pauses() {
    let mut world = World::asking();
    let at = world.ask();
    let reject = |note: &str| Command::Reject { at, note: note.to_owned() };
    holds(world.command(reject("not yet"), &named("ben", &["team"])), "NoRight");
    holds(world.command(reject(" "), &named("pat", &["pm"])), "Not(\"refusing takes a reason");
    check(world.command(reject("not yet"), &named("pat", &["pm"])), &["rejected", "paused"]);
    holds(world.command(reject("not yet"), &named("pat", &["pm"])), "Not(");
}

#[test]
fn a_resume_names_the_entry_that_paused() {
    let mut world = World::baking();
    holds(world.command(Command::Resume { at: Version(1), note: None }, &ann(&["team"])), "AlreadySo");
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    holds(world.command(Command::Pause { note: None }, &ann(&["team"])), "AlreadySo");
    holds(world.command(Command::Resume { at: Version(1), note: None }, &ann(&["team"])), "Late");
    let at = world.moved();
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
}

#[test]
fn a_pause_while_it_rises_goes_back_to_what_was() {
    let mut world = World::at("two");
    world.later(Span::hours(1));
    check(world.tick(&[]), &["promoted"]);
    let generation = world.head.generation;
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    assert_eq!((world.stage(), world.head.generation), (Some("two"), generation.next()));
}

#[test]
fn a_wish_to_go_on_waits_for_bake_gates_and_consent() {
    let mut world = World::baking();
    let at = world.moved();
    let promote = Command::Promote { at, to: None, force: false, note: None };
    check(world.command(promote.clone(), &ann(&["team"])), &["requested"]);
    holds(world.command(promote, &ann(&["team"])), "AlreadySo");
    holds(world.tick(&[]), "Baking");
    world.later(Span::hours(1));
    holds(world.tick(&[]), "Leave");
}

#[test]
fn force_is_an_admins_and_says_what_it_passed_over() {
    let mut world = World::baking();
    let at = world.moved();
    let force = |to: &str| Command::Promote { at, to: Some(to.to_owned()), force: true, note: None };
    holds(world.command(force("two"), &ann(&["lead"])), "NoRight");
    check(world.command(force("two"), &admin()), &["requested"]);
    let events = world.tick(&[("errors < 1%", FALSE)]).unwrap();
    let [rollout::event::Event::Promoted { forced, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert!(forced.iter().any(|over| over.starts_with("baked")), "{forced:?}");
    assert!(forced.iter().any(|over| over.contains("lead")), "{forced:?}");
}

#[test]
fn a_force_over_several_stages_names_each_that_nobody_was_in() {
    let mut world = World::baking();
    let force = |at, to: &str| Command::Promote { at, to: Some(to.to_owned()), force: true, note: None };
    let last = world.plan.stage(world.plan.last()).name.clone();
    check(world.command(force(world.moved(), &last), &admin()), &["requested"]);
    let events = world.tick(&[]).unwrap();
    let [rollout::event::Event::Promoted { forced, to, .. }] = events.as_slice() else {
        panic!("{events:?}")
    };
    let between: Vec<_> = forced.iter().filter(|over| over.ends_with("with all that it waits for")).collect();
    assert_eq!(between.len(), usize::from(to.0) - 1, "{forced:?}");
    assert!(between[0].contains("stage two"), "{forced:?}");
}

#[test]
fn a_force_does_not_wait_behind_the_stop_line() {
    let mut world = World::baking();
    let force = Command::Promote { at: world.moved(), to: None, force: true, note: None };
    check(world.command(force.clone(), &admin()), &["requested"]);
    let line =
        StopLine { id: "1".to_owned(), by: "ann".to_owned(), at: world.now, roll_back: false, note: None };
    world.stop = Some(line);
    check(world.tick(&[]), &["stopped", "request-dropped"]);
    // Nor is it given while the line is pulled, to wait for those who let it go.
    holds(world.command(force, &admin()), "Not(");
    world.stop = None;
    check(world.tick(&[]), &["stop-lifted"]);
    holds(world.tick(&[]), "Baking");
}

#[test]
fn force_stops_before_a_stage_that_forbids_it() {
    let mut world = World::baking();
    let at = world.moved();
    let force = Command::Promote { at, to: Some("all".to_owned()), force: true, note: None };
    check(world.command(force, &admin()), &["requested"]);
    check(world.tick(&[]), &["promoted"]);
    assert_eq!(world.stage(), Some("three"));
    check(world.applied(), &["applied"]);
    let at = world.moved();
    let force = Command::Promote { at, to: None, force: true, note: None };
    check(world.command(force, &admin()), &["requested"]);
    check(world.tick(&[]), &["request-dropped"]);
}

#[test]
fn what_raises_names_what_it_saw() {
    let mut world = World::at("two");
    let late = Version(world.moved().0 - 1);
    for command in [
        Command::Promote { at: late, to: None, force: false, note: None },
        Command::Skip { at: late, stage: "three".to_owned() },
        Command::Enable { at: late, feature: "search".to_owned(), note: None },
        Command::Complete { at: late, note: None },
    ] {
        holds(world.command(command, &admin()), "Late");
    }
}

#[test]
fn what_lowers_is_never_late_and_only_ever_goes_lower() {
    let no_less = |at: &str| format!("AlreadySoBy(\"no less would be shown at {at}\")");
    let mut world = World::at("three");
    holds(world.command(roll_back(Some("50%")), &ann(&["team"])), &no_less("50%"));
    check(world.command(roll_back(Some("25%")), &ann(&["team"])), &["lowering"]);
    holds(world.command(roll_back(Some("25%")), &ann(&["team"])), &no_less("25%"));
    check(world.command(roll_back(Some("10%")), &ann(&["team"])), &["lowering"]);
    holds(world.command(roll_back(Some("two")), &ann(&["team"])), &no_less("two"));
    check(world.command(roll_back(None), &ann(&["team"])), &["lowering"]);
    holds(world.command(roll_back(None), &ann(&["team"])), "AlreadySo");
    holds(world.command(roll_back(Some("10%")), &ann(&["team"])), &no_less("10%"));
}

#[test]
fn a_rollback_to_where_it_came_from_stops_a_raise() {
    for to in ["25%", "two", "previous"] {
        let mut world = World::at("two");
        world.later(Span::hours(1));
        check(world.tick(&[]), &["promoted"]);
        check(world.command(roll_back(Some(to)), &ann(&["team"])), &["lowering"]);
        assert_eq!(world.stage(), Some("two"), "{to}");
    }
}

#[test]
fn to_a_percentage_is_the_last_stage_with_at_most_that_at_that() {
    let mut world = World::at("three");
    check(world.command(roll_back(Some("30")), &ann(&["team"])), &["lowering"]);
    let standing = world.head.standing().unwrap();
    assert_eq!((world.stage(), standing.share.to_string().as_str()), (Some("two"), "30%"));
    holds(world.command(roll_back(Some("a lot")), &ann(&["team"])), "Not(");
}

#[test]
fn a_rollback_gives_nobody_what_is_on_its_way_up() {
    let mut world = World::at("two");
    let force = Command::Promote { at: world.moved(), to: None, force: true, note: None };
    world.command(force, &admin()).unwrap();
    check(world.tick(&[]), &["promoted"]);
    // 50 % is wanted, 25 % is there: 30 % was never decided.
    check(world.command(roll_back(Some("30%")), &ann(&["team"])), &["lowering"]);
    let shown = world.head.wants().unwrap().show.unwrap();
    assert_eq!((world.stage(), shown.share), (Some("two"), Share::from_hundredths(2_500).unwrap()));
    let mut first = World::new().captured();
    first.tick(&[]).unwrap();
    check(first.command(roll_back(Some("5%")), &ann(&["team"])), &["lowering"]);
    assert_eq!(first.head.wants().unwrap().show, None);
}

#[test]
fn before_anything_was_written_a_rollback_ends_it() {
    let mut world = World::new();
    check(world.command(roll_back(None), &ann(&["team"])), &["ended"]);
    assert!(matches!(world.head.phase, Phase::Over { .. }));
    holds(world.command(roll_back(None), &ann(&["team"])), "Over");
}

#[test]
fn a_stage_is_skipped_only_if_it_is_optional_and_ahead() {
    let mut world = World::at("two");
    let at = world.moved();
    let skip = |stage: &str| Command::Skip { at, stage: stage.to_owned() };
    holds(world.command(skip("all"), &ann(&["team"])), "Not(");
    check(world.command(skip("three"), &ann(&["team"])), &["skipped"]);
    holds(world.command(skip("three"), &ann(&["team"])), "AlreadySo");
    world.later(Span::hours(1));
    check(world.tick(&[]), &["promoted"]);
    assert_eq!(world.stage(), Some("all"));
}

#[test]
fn a_stage_that_is_being_entered_is_not_ahead() {
    let mut world = World::at("two");
    world.later(Span::hours(1));
    check(world.tick(&[]), &["promoted"]);
    let at = world.moved();
    holds(world.command(Command::Skip { at, stage: "three".to_owned() }, &ann(&["team"])), "AlreadySo");
}

#[test]
fn a_pause_is_not_lost_to_a_guardrail_that_fires_in_the_same_turn() {
    let mut world = World::asking();
    check(
        world.tick(&[("errors > 5%", TRUE), ("load > 9", TRUE)]),
        &["fired", "notified", "fired", "review-asked", "notified", "lowering"],
    );
}

#[test]
fn what_somebody_says_stands_in_the_log() {
    let note = |text: &str| Some(text.to_owned());
    let mut world = World::asking();
    let at = world.ask();
    let disable = Command::Disable { feature: "search".to_owned(), note: note("noisy") };
    let said = |world: &World, events: Vec<rollout::event::Event>| {
        events.iter().map(|event| event.words(&world.plan)).collect::<Vec<_>>()
    };
    let off = world.command(disable, &ann(&["team"])).unwrap();
    assert_eq!(said(&world, off), ["search is off, held by a person: noisy"]);
    let rejected =
        world.command(Command::Reject { at, note: "wait for me".to_owned() }, &named("pat", &["pm"]));
    assert_eq!(
        said(&world, rejected.unwrap()),
        ["consent is refused: wait for me", "pat refused: wait for me"]
    );
    let mut world = World::baking();
    world.command(Command::Disable { feature: "search".to_owned(), note: None }, &ann(&["team"])).unwrap();
    world.applied().unwrap();
    let (at, feature) = (world.moved(), "search".to_owned());
    let given = world.command(Command::Enable { at, feature, note: note("quiet again") }, &ann(&["team"]));
    assert_eq!(said(&world, given.unwrap()), ["to give search back: quiet again"]);
    let paused = world.command(Command::Pause { note: note("looking") }, &ann(&["team"]));
    assert_eq!(said(&world, paused.unwrap()), ["asked by ann: looking"]);
}

#[test]
fn a_rollback_between_two_stages_says_to_which_share() {
    let mut world = World::at("three");
    check(world.command(roll_back(Some("30%")), &ann(&["team"])), &["lowering"]);
    let applied = world.applied().unwrap();
    assert_eq!(applied[1].words(&world.plan), "rolled back to two (30%)");
}

#[test]
fn a_tick_that_meets_no_open_item_says_who_has_ticked_it_and_what_is_open() {
    let mut world = World::baking();
    let tick = |text: &str| Command::Tick { text: text.to_owned(), stage: None, note: None };
    let why = |world: &mut World, text: &str| match world.command(tick(text), &ann(&["team"])) {
        Err(rollout::decide::Hold::Not(why) | rollout::decide::Hold::AlreadySoBy(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why(&mut world, "nothing"), "no open item says \"nothing\"; open: \"Briefed\"");
    check(world.command(tick("brief"), &ann(&["team"])), &["ticked"]);
    assert_eq!(why(&mut world, "brief"), "\"Briefed\" is ticked off already, by ann; none is open");
}

#[test]
fn a_figure_goes_by_its_own_name_or_by_that_of_its_metric() {
    let mut world = World::planned("name: example\ntimezone: UTC");
    let report = |name: &str| Command::Report {
        name: name.to_owned(),
        value: rollout::units::Decimal::whole(4),
        samples: None,
        note: None,
    };
    let plan = include_str!("plan.yaml").replace(
        "  reports: {signal: critical-report}",
        "  reports: {signal: critical-report}\n  survey: {reported: survey-score, max_age: 7d}",
    );
    let plan = plan.replace("gates: [errors < 1%]", "gates: [errors < 1%, survey > 3]");
    holds(
        world.command(report("survey"), &ann(&["team"])),
        "Not(\"the plan asks for no figure survey: it asks for none\")",
    );
    let mut world = World::of(&plan);
    for name in ["survey", "survey-score"] {
        let said = world.command(report(name), &ann(&["team"])).unwrap();
        assert_eq!(said[0].words(&world.plan), "survey-score is 4");
    }
    holds(
        world.command(report("surwey"), &ann(&["team"])),
        "Not(\"the plan asks for no figure surwey: it asks for survey-score\")",
    );
}

#[test]
fn a_pause_before_the_targets_are_read_is_kept_until_they_are() {
    let mut world = World::new();
    let pause = || Command::Pause { note: Some("wait for ben".to_owned()) };
    check(world.command(pause(), &ann(&["team"])), &["requested"]);
    holds(world.command(pause(), &ann(&["team"])), "AlreadySo");
    let read = Trigger::Captured(TargetId(0), captured());
    check(world.tell(&read), &["captured", "ready", "paused"]);
    holds(world.tick(&[]), "Paused");
    let at = world.moved();
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    check(world.tick(&[]), &["promoted"]);
    world.check_log();
}

#[test]
fn what_can_no_longer_be_lowered_is_not_said_to_be_so() {
    let mut world = World::at("two");
    check(world.command(Command::Abandon { note: "gone".to_owned() }, &admin()), &["abandoning"]);
    for lowers in [
        roll_back(None),
        roll_back(Some("previous")),
        Command::Pause { note: None },
        Command::Disable { feature: "search".to_owned(), note: None },
    ] {
        holds(world.command(lowers, &ann(&["team"])), "Not(");
    }
}

#[test]
fn what_closes_is_not_said_to_be_paused() {
    let mut world = World::at("three");
    world.later(Span::hours(1));
    check(world.tick(&[]), &["promoted"]);
    check(world.applied(), &["applied"]);
    let at = world.moved();
    check(world.command(Command::Complete { at, note: None }, &ann(&["team"])), &["requested"]);
    check(world.tick(&[]), &["closing"]);
    holds(world.command(Command::Pause { note: None }, &ann(&["team"])), "Not(");
    check(world.command(roll_back(None), &ann(&["team"])), &["lowering"]);
    holds(world.command(Command::Pause { note: None }, &ann(&["team"])), "AlreadySo");
}

#[test]
fn an_item_that_is_ticked_off_is_so_already() {
    let mut world = World::baking();
    let tick = |text: &str| Command::Tick { text: text.to_owned(), stage: None, note: None };
    for nothing in ["", " "] {
        holds(world.command(tick(nothing), &ann(&["team"])), "Not(\"say which item");
    }
    check(world.command(tick("Briefed"), &ann(&["team"])), &["ticked"]);
    for text in ["Briefed", "brief"] {
        holds(world.command(tick(text), &ann(&["team"])), "AlreadySo");
    }
    holds(world.command(tick("Rehearsed"), &ann(&["team"])), "Not(");
}

#[test]
fn what_is_ticked_off_twice_is_no_consent_to_a_later_stage_that_asks_the_same() {
    let plan = include_str!("plan.yaml")
        .replace("name: all, percent: 100,", "name: all, percent: 100, enter: [tick: Briefed],");
    let mut world = World::of(&plan).exposed();
    let tick = |stage: Option<&str>| {
        let stage = stage.map(str::to_owned);
        Command::Tick { text: "Briefed".to_owned(), stage, note: None }
    };
    check(world.command(tick(None), &ann(&["team"])), &["ticked"]);
    holds(world.command(tick(None), &ann(&["team"])), "AlreadySo");
    let ticked = |world: &World| world.head.ticks.iter().map(|tick| tick.stage.0).collect::<Vec<_>>();
    assert_eq!(ticked(&world), [0]);
    check(world.command(tick(Some("all")), &ann(&["team"])), &["ticked"]);
    assert_eq!(ticked(&world), [0, 3]);
}
