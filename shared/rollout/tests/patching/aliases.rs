//! The alias that callers use: what it must be pointed to, and when it must not be touched.

use crate::{API, NOW, World, environment, plan, state};
use rollout::{
    event::Event,
    plan::Plan,
    target::{
        AliasPatch, AliasState, FunctionState, Halt, Halting, MARK, Move, Patch, Refusal, Settings, Settled,
        alias_patch, capture, halt, halt_alias, released,
    },
    units::Generation,
};

fn aliased() -> Plan {
    let mut plan = plan();
    plan.targets[0].alias = Some("live".to_owned());
    plan
}

/// Version 3 is released, and is what stands in the function.
fn called() -> FunctionState {
    behind(state(environment(&[("OTHER", "x")]), "r0"))
}

/// The same of any function.
pub(crate) fn behind(state: FunctionState) -> FunctionState {
    let alias = AliasState {
        version: "3".to_owned(),
        revision: "a1".to_owned(),
        description: "production".to_owned(),
        is_split: false,
        environment: state.environment.clone(),
        code: state.code.clone(),
        settings: state.settings.clone(),
    };
    FunctionState { alias: Some(Box::new(alias)), ..state }
}

impl World {
    fn called() -> World {
        World::with(aliased(), called())
    }

    fn alias(&mut self) -> &mut AliasState {
        self.state.alias.as_mut().unwrap()
    }

    fn callers(&self) -> AliasPatch {
        self.callers_without(None)
    }

    fn callers_without(&self, gone: Option<&str>) -> AliasPatch {
        let wanted = self.head.wants().unwrap();
        alias_patch(&self.plan, &self.head, &wanted, (API, &self.state), &self.patch(), gone)
    }

    /// `$LATEST` is written, as `World::write` does, which knows of no alias.
    fn write_latest(&mut self) {
        let alias = self.state.alias.take();
        self.write();
        self.state.alias = alias;
    }

    fn moved(&mut self, to: Move) {
        let alias = self.alias();
        assert_eq!(to.revision, alias.revision, "a move names the revision that was read");
        assert_ne!(to.description, alias.description, "every move changes the revision");
        alias.revision = format!("{}+", alias.revision);
        (alias.version, alias.description) = (to.version, to.description);
    }

    fn to(&self) -> Move {
        let patch = self.callers();
        let AliasPatch::Move(to) = patch else { panic!("{patch:?}") };
        to
    }

    /// Publishes as the next version, and points to it.
    fn publish(&mut self, version: &str) {
        let AliasPatch::Publish { code, latest, signature, revision } = self.callers() else {
            panic!("{:?}", self.callers())
        };
        assert_eq!((code.as_str(), latest.as_str()), ("code-1", self.state.revision.as_str()));
        self.moved(Move { version: version.to_owned(), description: signature.of(version), revision });
        let frozen = self.state.environment.clone();
        self.alias().environment = frozen;
    }

    /// At a stage, published under this number.
    fn climbed(&mut self, stage: u16, version: &str) {
        self.promote(stage);
        self.write_latest();
        self.publish(version);
        assert_eq!((self.patch(), self.callers()), (Patch::InEffect, AliasPatch::InEffect));
        let wanted = self.head.wants().unwrap();
        let released = released(&self.plan, &self.head, &wanted, API, &self.state).unwrap();
        self.record(vec![Event::Released { target: API, released }]);
        self.applied();
    }
}

#[test]
fn callers_are_raised_after_the_function_says_it() {
    let mut world = World::called();
    world.promote(0);
    assert_eq!(world.callers(), AliasPatch::Waits);
    world.write_latest();
    world.state.settled = Settled::InProgress;
    assert_eq!(world.callers(), AliasPatch::Waits, "what is settling is not published");
    world.state.settled = Settled::Yes;
    world.publish("4");
    assert_eq!(world.callers(), AliasPatch::InEffect);
    assert_eq!(world.alias().description, "production [tidegate holds example-1 generation 1 version 4]");
}

#[test]
fn callers_are_taken_back_first_to_the_version_from_before() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.state.code = "code-2".to_owned();
    world.state.settled = Settled::InProgress;
    world.lower(None);
    let to = world.to();
    assert_eq!(to.version, "3");
    assert_eq!(world.patch(), Patch::Settling, "whatever stands in the way of the function");
    world.moved(to);
    assert_eq!(world.callers(), AliasPatch::InEffect);
    // Weights beside it: not all callers are there.
    world.alias().is_split = true;
    assert_eq!(world.to().version, "3");
}

#[test]
fn where_the_version_from_before_is_gone_one_that_is_the_same_is_published() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.lower(None);
    assert_eq!(world.callers_without(Some("3")), AliasPatch::Waits, "`$LATEST` still says the stage");
    world.write_latest();
    assert!(matches!(world.callers(), AliasPatch::Move(to) if to.version == "3"), "it may be there again");
    world.state.code = "code-2".to_owned();
    let AliasPatch::Refused(why) = world.callers_without(Some("3")) else { panic!("{:?}", world.callers()) };
    assert!(
        why.to_string().contains("had version 3, which is gone, and $LATEST differs in its code"),
        "{why}"
    );
    world.state.code = "code-1".to_owned();
    let instead = world.callers_without(Some("3"));
    let AliasPatch::Publish { code, signature, revision, .. } = instead else { panic!("{instead:?}") };
    assert_eq!(code, "code-1");
    world.moved(Move { version: "5".to_owned(), description: signature.of("5"), revision });
    let frozen = world.state.environment.clone();
    world.alias().environment = frozen;
    assert_eq!(world.callers(), AliasPatch::InEffect);
    world.alias().is_split = true;
    assert!(matches!(world.callers(), AliasPatch::Move(_)), "not all callers are there");
}

#[test]
fn a_way_back_that_is_there_already_is_written_all_the_same() {
    let mut world = World::called();
    world.promote(0);
    world.lower(None);
    let to = world.to();
    assert_eq!(to.version, world.alias().version);
    world.moved(to);
    assert_eq!(world.callers(), AliasPatch::InEffect);
}

#[test]
fn what_nobody_released_is_never_published() {
    let check = |change: &dyn Fn(&mut FunctionState), what: &str| {
        let mut world = World::called();
        world.promote(0);
        world.write_latest();
        assert!(matches!(world.callers(), AliasPatch::Publish { .. }));
        change(&mut world.state);
        let AliasPatch::Drifted(why) = world.callers() else { panic!("it would be published: {what}") };
        assert!(why.contains(&format!("differs in {what} from")), "{why}");
    };
    let set = |name: &'static str, value: Option<&'static str>| {
        move |state: &mut FunctionState| {
            let all = state.environment.as_mut().unwrap();
            match value {
                Some(value) => all.insert(name.to_owned(), value.to_owned()),
                None => all.remove(name),
            };
        }
    };
    check(&|state| state.code = "code-2".to_owned(), "its code");
    check(&set("OTHER", Some("y")), "the variable OTHER");
    check(&set("OTHER", None), "the variable OTHER");
    check(&set("NEW", Some("")), "the variable NEW");
    check(&|state| state.settings = Settings::from([("memory", "256".to_owned())]), "its memory");
    check(&|state| state.settings = Settings::new(), "its memory");
    let many = |state: &mut FunctionState| {
        state.code = "code-2".to_owned();
        (0..9).for_each(|at| set(["A", "B", "C", "D", "E", "F", "G", "H", "I"][at], Some(""))(state));
    };
    check(&many, "its code, the variable A, the variable B, the variable C, the variable D, 5 more");
}

#[test]
fn what_the_rollout_manages_is_no_change_of_somebody_else() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.promote(1);
    world.write_latest();
    assert!(matches!(world.callers(), AliasPatch::Publish { .. }), "values and the mark are ours");
}

#[test]
fn while_somebody_sends_calls_elsewhere_nobody_is_raised() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.promote(1);
    world.write_latest();
    assert!(matches!(world.callers(), AliasPatch::Publish { .. }));
    world.alias().is_split = true;
    let AliasPatch::Drifted(what) = world.callers() else { panic!("{:?}", world.callers()) };
    assert!(what.contains("sends a part of the calls to another version"), "{what}");
}

#[test]
fn a_stage_that_was_there_is_a_version_that_is_there() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.climbed(1, "5");
    // Nothing is published, so nothing that was pushed meanwhile is in the way.
    world.state.code = "code-2".to_owned();
    world.lower(Some((0, 10)));
    let to = world.to();
    assert_eq!(to.version, "4");
    assert!(to.description.ends_with("generation 3 version 4]"), "{to:?}");
}

#[test]
fn a_stage_that_never_was_is_published_and_other_code_leads_further_down() {
    let mut world = World::called();
    world.climbed(1, "4");
    world.lower(Some((0, 3)));
    assert_eq!(world.callers(), AliasPatch::Waits, "the function first");
    world.write_latest();
    assert!(matches!(world.callers(), AliasPatch::Publish { .. }));
    world.state.code = "code-2".to_owned();
    assert!(
        matches!(world.callers(), AliasPatch::Halted(Halt::Hand(why)) if why.contains("differs in its code"))
    );
}

#[test]
fn an_alias_that_is_somebody_elses_is_left_alone_and_counts_where_it_shows_nothing() {
    let mut world = World::called();
    world.climbed(0, "4");
    let alias = world.alias();
    (alias.version, alias.code, alias.revision) = ("9".to_owned(), "code-2".to_owned(), "b1".to_owned());
    assert!(matches!(world.callers(), AliasPatch::Drifted(why) if why.contains("version 9")));
    world.lower(None);
    assert!(matches!(world.callers(), AliasPatch::Drifted(_)), "it still shows the candidate");
    world.alias().environment = Ok(environment(&[("NEW", "x")]));
    assert_eq!(world.callers(), AliasPatch::InEffect);
}

#[test]
fn an_alias_that_is_somebody_elses_and_still_sends_calls_to_another_version_does_not_count() {
    let mut world = World::called();
    world.climbed(0, "4");
    let alias = world.alias();
    // Nine of ten calls; the tenth goes to ours.
    (alias.version, alias.revision, alias.is_split) = ("9".to_owned(), "b1".to_owned(), true);
    alias.environment = Ok(environment(&[("NEW", "x")]));
    world.lower(None);
    assert!(matches!(world.callers(), AliasPatch::Drifted(why) if why.contains("version 9")));
    world.alias().is_split = false;
    assert_eq!(world.callers(), AliasPatch::InEffect);
}

#[test]
fn no_key_is_in_the_way_of_going_back() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.alias().environment = Err("the key is disabled".to_owned());
    assert!(matches!(world.callers(), AliasPatch::Refused(Refusal::Unreadable(_))));
    world.state.environment = Err("the key is disabled".to_owned());
    world.lower(None);
    let to = world.to();
    assert_eq!(to.version, "3");
    world.moved(to);
    assert_eq!(world.callers(), AliasPatch::InEffect, "the version that was there before is known");
    // Of what somebody else has put there nobody can say what it shows.
    world.alias().version = "9".to_owned();
    assert!(matches!(world.callers(), AliasPatch::Refused(Refusal::Unreadable(_))));
}

#[test]
fn the_version_from_before_put_back_by_hand_is_a_halt() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.alias().version = "3".to_owned();
    world.alias().environment = Ok(environment(&[("OTHER", "x")]));
    assert!(matches!(world.callers(), AliasPatch::Halted(Halt::Hand(why)) if why.contains("by hand")));
    // Also where the words were taken out of the description.
    world.alias().description.clear();
    assert!(matches!(world.callers(), AliasPatch::Halted(_)));
}

#[test]
fn the_end_leaves_the_generation_behind_and_the_next_begins_above_it() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.lower(None);
    let to = world.to();
    world.moved(to);
    world.alias().environment = Ok(environment(&[("OTHER", "x")]));
    world.write_latest();
    world.applied();
    let cause = rollout::event::Cause::Person("ann".to_owned());
    let outcome = rollout::event::Outcome::RolledBack(cause);
    world.record(vec![Event::Closing { outcome, on: vec![] }]);
    let to = world.to();
    assert_eq!(to.description, "production [tidegate was example-1 generation 3 version 3]");
    world.moved(to);
    world.write_latest();
    let captured = capture(&world.plan, &world.head.id, API, &world.state).unwrap();
    assert_eq!((captured.generation, captured.alias.unwrap().version), (Generation(3), "3".to_owned()));
}

#[test]
fn an_alias_that_is_not_as_a_rollout_needs_it_refuses_the_start() {
    let check = |change: &dyn Fn(&mut FunctionState, &mut AliasState), says: &str| {
        let mut state = called();
        let mut alias = *state.alias.take().unwrap();
        change(&mut state, &mut alias);
        state.alias = Some(Box::new(alias));
        let plan = aliased();
        let refusal = capture(&plan, &crate::started(&plan).id, API, &state).unwrap_err();
        assert!(refusal.to_string().contains(says), "{refusal}");
        refusal
    };
    check(&|_, alias| alias.version = "$LATEST".to_owned(), "publish one, and point it there");
    check(&|_, alias| alias.is_split = true, "with no weights");
    check(&|state, _| state.code = "code-2".to_owned(), "in its code: release that first");
    check(&|_, alias| alias.settings = Settings::new(), "in its memory: release that first");
    check(&|_, alias| alias.environment = Ok(environment(&[])), "in the variable OTHER: release that first");
    check(&|_, alias| alias.description = "x".repeat(101), "shorten it");
    check(
        &|_, alias| alias.environment = Ok(environment(&[("OTHER", "x"), ("PERCENT", "5")])),
        "in which PERCENT is \"5\"",
    );
    check(&|_, alias| alias.environment = Err("KMS".to_owned()), "KMS");
    let held = |_: &mut FunctionState, alias: &mut AliasState| {
        alias.description = "[tidegate holds other-2 generation 7 version 3]".to_owned();
    };
    assert!(matches!(check(&held, "is held by other-2"), Refusal::Alias { .. }));
    let forged = |_: &mut FunctionState, alias: &mut AliasState| {
        alias.description = format!("[tidegate was other-2 generation {} version 3]", u64::MAX);
    };
    check(&forged, "what it never said");
    let plan = aliased();
    let unread = state(environment(&[]), "r1");
    assert!(capture(&plan, &crate::started(&plan).id, API, &unread).is_err(), "an alias that was not read");
}

#[test]
fn words_that_no_longer_fit_hold_nothing() {
    // Somebody has released version 3 while a rollout had version 2 there, and has said nothing.
    let mut state = called();
    state.alias.as_mut().unwrap().description =
        "live [tidegate holds old-2 generation 7 version 2]".to_owned();
    let plan = aliased();
    let captured = capture(&plan, &crate::started(&plan).id, API, &state);
    assert_eq!(captured.map(|captured| captured.generation), Ok(Generation(7)), "begun above it");
}

#[test]
fn a_halt_takes_callers_back_by_what_the_mark_says() {
    let mut world = World::called();
    world.climbed(0, "4");
    let mark = world.says(MARK).unwrap().replace("\"back\"", "\"at\":1,\"alarms\":[\"x\"],\"back\"");
    assert!(mark.contains("\"alias\":[\"live\",\"3\"]"), "{mark}");
    let write = Halting::Write { environment: environment(&[]), revision: String::new() };
    let to = halt_alias(&world.state, &write).unwrap();
    assert_eq!(to.description, "production [tidegate halt example-1 generation 1 version 3]");
    assert_eq!(halt_alias(&world.state, &Halting::Settling), Some(to.clone()), "it needs nothing to settle");
    assert_eq!(halt_alias(&world.state, &Halting::Unlisted), None);
    let stands = Halting::Stands(Halt::of_alarm("burning", NOW, NOW));
    assert_eq!(halt_alias(&world.state, &stands), Some(to.clone()), "what did not land is made good");
    world.moved(to);
    assert_eq!(halt_alias(&world.state, &stands), None);
    assert_eq!(halt_alias(&world.state, &write), None, "one is enough");
    assert!(matches!(world.callers(), AliasPatch::Halted(_)), "and nobody raises it again");
    world.alias().version = "9".to_owned();
    assert_eq!(halt_alias(&world.state, &write), None, "somebody else's");
    assert_eq!(halt(&world.state, "burning", NOW, NOW), Halting::Unlisted, "this plan has no such alarm");
}

#[test]
fn a_description_that_has_grown_does_not_keep_callers_from_the_way_back() {
    let mut world = World::called();
    world.climbed(0, "4");
    let ours = world.alias().description.replace("production", "");
    for description in ["é".repeat(256), format!("{}{ours}", "é".repeat(200))] {
        world.alias().description = description;
        let write = Halting::Write { environment: environment(&[]), revision: String::new() };
        // Without our words a halt, which has no log, cannot know that it is ours.
        if let Some(to) = halt_alias(&world.state, &write) {
            assert!(to.description.chars().count() <= 256, "{to:?}");
        }
        if world.head.phase.name() != "lowering" {
            world.lower(None);
        }
        let to = world.to();
        assert!(to.description.chars().count() <= 256, "{to:?}");
        assert!(to.description.starts_with(&"é".repeat(150)), "{to:?}");
        assert!(to.description.ends_with("version 3]"), "{to:?}");
    }
}

#[test]
fn what_cannot_be_compared_is_not_published() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.lower(None);
    world.write_latest();
    world.alias().environment = Err("the key is throttled".to_owned());
    let all = world.state.environment.as_mut().unwrap();
    all.insert("OTHER".to_owned(), "y".to_owned());
    let patch = world.callers_without(Some("3"));
    assert!(matches!(patch, AliasPatch::Refused(Refusal::Unreadable(_))), "{patch:?}");
}

#[test]
fn whose_way_back_was_published_anew_publishes_no_second_one_to_close() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.lower(None);
    world.write_latest();
    let AliasPatch::Publish { signature, revision, .. } = world.callers_without(Some("3")) else { panic!() };
    world.moved(Move { version: "5".to_owned(), description: signature.of("5"), revision });
    let frozen = world.state.environment.clone();
    world.alias().environment = frozen;
    world.applied();
    let cause = rollout::event::Cause::Person("ann".to_owned());
    let outcome = rollout::event::Outcome::RolledBack(cause);
    world.record(vec![Event::Closing { outcome, on: vec![] }]);
    // What is pushed behind it is nobody's business now.
    world.state.code = "code-2".to_owned();
    let AliasPatch::Move(to) = world.callers_without(Some("3")) else {
        panic!("{:?}", world.callers_without(Some("3")))
    };
    assert_eq!((to.version.as_str(), to.description.contains("[tidegate was ")), ("5", true));
}

#[test]
fn whoever_writes_the_description_anew_does_not_keep_callers_from_the_way_back() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.climbed(1, "5");
    // As whoever keeps it in a template does, and leaves the version to others.
    world.alias().description = "production".to_owned();
    world.alias().revision = "b1".to_owned();
    assert_eq!(world.to().version, "5", "what callers run is signed again");
    world.lower(None);
    assert_eq!(world.to().version, "3", "the log says that version 5 is ours");
}

/// Whoever writes the description anew says nothing of us.
fn described(world: &mut World) {
    let alias = world.alias();
    (alias.description, alias.revision) = ("production".to_owned(), "b1".to_owned());
}

fn switched_off(world: &mut World) {
    let holder = rollout::event::Holder::Person;
    world.record(vec![Event::Disabled { name: "search".to_owned(), holder, note: None }]);
}

#[test]
fn words_gone_before_the_log_knows_the_version_do_not_keep_callers_from_the_way_back() {
    let mut world = World::called();
    world.promote(0);
    world.write_latest();
    world.publish("4");
    // Before it is recorded as in effect: another target may take its time.
    described(&mut world);
    assert_eq!(world.to().version, "4", "signed again");
    world.lower(None);
    assert_eq!(world.to().version, "3");
    // What somebody else has released is theirs, though our mark stands in it as it stood in `$LATEST`.
    let others: [fn(&mut AliasState); 5] = [
        |alias| alias.code = "code-2".to_owned(),
        |alias| alias.settings = Settings::from([("memory", "256".to_owned())]),
        |alias| drop(alias.environment.as_mut().unwrap().insert("OTHER".to_owned(), "y".to_owned())),
        |alias| drop(alias.environment.as_mut().unwrap().insert("PERCENT".to_owned(), "80".to_owned())),
        |alias| alias.version = "$LATEST".to_owned(),
    ];
    for change in others {
        let ours = world.alias().clone();
        change(world.alias());
        assert!(matches!(world.callers(), AliasPatch::Drifted(_)), "{:?}", world.alias());
        *world.alias() = ours;
    }
}

#[test]
fn a_halt_knows_a_version_of_ours_without_a_word_in_the_description() {
    let mut world = World::called();
    world.climbed(0, "4");
    described(&mut world);
    let write = Halting::Write { environment: environment(&[]), revision: String::new() };
    let to = halt_alias(&world.state, &write).unwrap();
    assert_eq!(to.description, "production [tidegate halt example-1 generation 1 version 3]");
    let released = world.state.clone();
    world.alias().code = "code-2".to_owned();
    assert_eq!(halt_alias(&world.state, &write), None, "somebody else has released it");
    world.state = released;
    world.state.alias.as_mut().unwrap().environment = Err("the key is disabled".to_owned());
    assert_eq!(halt_alias(&world.state, &write), None, "nobody can say whose it is");
}

#[test]
fn what_is_switched_off_is_taken_from_callers_though_the_words_are_gone() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.climbed(1, "5");
    described(&mut world);
    switched_off(&mut world);
    // Perhaps a hand has lowered it: then less than what is decided is shown, and all goes back.
    assert!(matches!(world.callers(), AliasPatch::Halted(_)), "{:?}", world.callers());
    // That a hand has moved it is known by words that no longer fit, and waits for a person as ever.
    world.alias().description = "[tidegate holds example-1 generation 2 version 4]".to_owned();
    assert!(matches!(world.callers(), AliasPatch::Drifted(_)), "{:?}", world.callers());
    // Nothing is wanted that is not in effect: what callers run is not what was decided, and a person looks.
    world.applied();
    described(&mut world);
    assert!(matches!(world.callers(), AliasPatch::Drifted(_)), "{:?}", world.callers());
}

#[test]
fn whoever_must_be_given_less_waits_for_no_weights() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.alias().is_split = true;
    assert!(matches!(world.callers(), AliasPatch::Drifted(_)), "nothing is wanted of them: a person looks");
    switched_off(&mut world);
    assert!(matches!(world.callers(), AliasPatch::Halted(_)), "{:?}", world.callers());
}

#[test]
fn no_key_is_in_the_way_of_going_back_to_a_version_that_was_there() {
    let mut world = World::called();
    world.climbed(0, "4");
    world.climbed(1, "5");
    world.alias().environment = Err("the key is disabled".to_owned());
    world.lower(Some((0, 10)));
    let to = world.to();
    assert_eq!(to.version, "4");
    // Whoever was taken back further, by a door or by a hand, is not raised by it.
    let found = world.state.clone();
    world.alias().version = "3".to_owned();
    assert!(matches!(world.callers(), AliasPatch::Refused(_)), "by hand");
    world.alias().description = "[tidegate halt example-1 generation 2 version 3]".to_owned();
    assert!(matches!(world.callers(), AliasPatch::Refused(_)), "by a door");
    world.state = found;
    world.moved(to);
    assert!(matches!(world.callers(), AliasPatch::Refused(_)), "not in effect before it is read back");
}

#[test]
fn somebodys_words_stay_wherever_they_stand() {
    let mut world = World::called();
    world.alias().description = "see [tidegate demo] of ours".to_owned();
    world.promote(0);
    world.write_latest();
    world.publish("4");
    let says = |world: &mut World| world.alias().description.clone();
    assert_eq!(
        says(&mut world),
        "see [tidegate demo] of ours [tidegate holds example-1 generation 1 version 4]"
    );
    assert_eq!(world.callers(), AliasPatch::InEffect);
    // Whoever writes behind ours takes nothing out: it is as we have left it.
    world.alias().description.push_str(", kept by ops");
    assert_eq!(world.callers(), AliasPatch::InEffect);
    world.lower(None);
    let to = world.to();
    assert_eq!(
        to.description,
        "see [tidegate demo] of ours , kept by ops [tidegate holds example-1 generation 2 version 3]"
    );
}
