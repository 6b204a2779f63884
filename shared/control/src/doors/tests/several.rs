//! Several targets, of which one is not as it should be: the others are protected all the same.

use super::*;
use crate::{
    doors::halts::{Halted, halt},
    lab::functions::Fault,
};
use rollout::target::MARK;
use std::sync::atomic::Ordering;

fn pair() -> String {
    PLAN.replace("}]\nbudgets", "}, {function: index, set: {PERCENT: \"${percent}\"}}]\nbudgets")
}

fn called() -> String {
    PLAN.replace("function: search,", "function: search, alias: live,")
}

impl World {
    fn says(&self, function: &str) -> String {
        self.scene.functions.environment(function, |all| all["PERCENT"].clone()).unwrap()
    }

    async fn phase(&self) -> &'static str {
        self.head().await.phase.name()
    }
}

#[test]
fn a_halt_is_heard_behind_a_change_of_another_target_that_waits_for_a_person() {
    now(async {
        let mut world = World::baking_of(&pair()).await;
        world.scene.functions.edit("search", "PERCENT", Some("7"));
        for _ in 0..6 {
            world.minute().await;
        }
        assert_eq!(world.phase().await, "paused", "somebody must look at it");
        world.scene.functions.edit("index", MARK, Some("halt"));
        for _ in 0..12 {
            world.minute().await;
        }
        assert_eq!(world.phase().await, "rolled-back");
        assert_eq!(["search", "index"].map(|name| world.says(name)), ["0", "0"]);
    });
}

#[test]
fn what_an_alarm_halts_with_the_table_away_is_recorded_behind_a_change_of_another_target() {
    now(async {
        let mut world = World::baking_of(&pair()).await;
        world.scene.functions.edit("search", "PERCENT", Some("7"));
        for _ in 0..6 {
            world.minute().await;
        }
        let until = Some(world.now.after(Span::minutes(1)));
        world.scene.functions.refuse("search", Fault::Throttled, world.now, until);
        world.scene.tells.store(false, Ordering::Relaxed);
        let heard = world.hears("burning", NewState::Ringing, world.now).await;
        assert!(heard.is_open(), "{heard:?}");
        assert_eq!(["search", "index"].map(|name| world.says(name)), ["7", "0"]);
        world.scene.tells.store(true, Ordering::Relaxed);
        for _ in 0..12 {
            world.minute().await;
        }
        assert_eq!(["search", "index"].map(|name| world.says(name)), ["0", "0"]);
        assert_eq!(world.phase().await, "rolled-back");
    });
}

#[test]
fn an_alias_that_is_gone_keeps_nothing_up_in_the_function() {
    now(async {
        for tells in [true, false] {
            let world = World::baking_of(&called()).await;
            world.scene.functions.unalias("search", "live");
            world.scene.tells.store(tells, Ordering::Relaxed);
            let heard = world.hears("burning", NewState::Ringing, world.now).await;
            assert_eq!(world.says("search"), "0", "tells: {tells}");
            // Whoever has taken it out must be asked: nobody knows what callers use instead.
            assert!(heard.is_open() || tells, "{heard:?}");
        }
    });
}

#[test]
fn a_halt_does_not_wait_for_an_alias_that_is_gone() {
    now(async {
        let world = World::baking_of(&called()).await;
        world.scene.functions.unalias("search", "live");
        let news = AlarmNews {
            name: "burning".to_owned(),
            arn: String::new(),
            state: NewState::Ringing,
            at: world.now,
        };
        let halted = halt(&world.scene, "search", Some("live"), &news).await;
        assert_eq!(world.says("search"), "0");
        assert!(matches!(&halted, Halted::Open(why) if why.contains("no alias live")), "{halted:?}");
    });
}

#[test]
fn what_somebody_has_changed_behind_an_alias_is_not_released_by_a_promotion() {
    now(async {
        let mut world = World::baking_of(&called().replace(", leave: [check: health]", "")).await;
        let shown = |world: &World| world.scene.functions.called("search", Clone::clone).unwrap();
        let before = shown(&world);
        world.scene.functions.edit("search", "LEVEL", Some("debug"));
        for _ in 0..90 {
            world.minute().await;
        }
        assert_eq!(shown(&world), before, "nobody released it");
        let head = world.head().await;
        let drift = head.drift.as_ref().map(|drift| drift.what.as_str()).unwrap_or_default();
        assert!(drift.contains("the variable LEVEL"), "{:?} {drift}", head.phase);
        assert_eq!(world.scene.functions.environment("search", |all| all["LEVEL"].clone()).unwrap(), "debug");
    });
}

#[test]
fn a_feature_that_is_switched_off_does_not_stay_on_behind_what_somebody_has_not_released() {
    now(async {
        let mut world = World::baking_of(&called()).await;
        let shown = |world: &World| world.scene.functions.called("search", |all| all["LLM"].clone()).unwrap();
        assert_eq!(shown(&world), "true");
        world.scene.functions.edit("search", "LEVEL", Some("debug"));
        let plan = world.scene.load(&world.id).await.unwrap().plan;
        let off = Command::Disable { feature: "llm".to_owned(), note: None };
        command(&world.scene, &world.id, off, &somebody(&plan, ADMIN), None).await.unwrap();
        for _ in 0..12 {
            world.minute().await;
        }
        assert_eq!(shown(&world), "false", "{:?}", world.head().await.phase);
        assert_eq!(world.phase().await, "rolled-back");
        assert_eq!(world.scene.functions.environment("search", |all| all["LEVEL"].clone()).unwrap(), "debug");
    });
}

#[test]
fn whose_version_from_before_is_gone_is_taken_back_to_one_that_is_the_same() {
    now(async {
        let mut world = World::baking_of(&called()).await;
        let called = |world: &World| world.scene.functions.called("search", Clone::clone).unwrap();
        world.scene.functions.unpublish("search", 1);
        // What somebody else has not released is in the way, and they are told what to do.
        world.scene.functions.edit("search", "LEVEL", Some("debug"));
        let plan = world.scene.load(&world.id).await.unwrap().plan;
        let back = Command::RollBack { to: None, note: None };
        command(&world.scene, &world.id, back, &somebody(&plan, ADMIN), None).await.unwrap();
        for _ in 0..6 {
            world.minute().await;
        }
        assert_eq!(world.says("search"), "0", "what can be taken back is");
        let head = world.head().await;
        let blocked = head.blocked.as_ref().map(|blocked| blocked.why.as_str()).unwrap_or_default();
        let told = "had version 1, which is gone, and $LATEST differs in the variable LEVEL";
        assert!(blocked.contains(told), "{blocked}");
        assert!(!called(&world).contains_key("LEVEL"));
        world.scene.functions.edit("search", "LEVEL", None);
        for _ in 0..6 {
            world.minute().await;
        }
        assert_eq!(world.phase().await, "rolled-back");
        assert_eq!(called(&world)["PERCENT"], "0");
    });
}

#[test]
fn the_log_names_the_version_that_was_published_instead_of_one_that_is_gone() {
    now(async {
        let mut world = World::baking_of(&called()).await;
        world.scene.functions.unpublish("search", 1);
        let plan = world.scene.load(&world.id).await.unwrap().plan;
        let back = Command::RollBack { to: None, note: None };
        command(&world.scene, &world.id, back, &somebody(&plan, ADMIN), None).await.unwrap();
        for _ in 0..6 {
            world.minute().await;
        }
        assert_eq!(world.phase().await, "rolled-back");
        let runs = world.scene.functions.read_alias("search", "live").await.unwrap().version;
        let head = world.head().await;
        let known: Vec<&str> = head.released.values().flatten().map(|known| known.version.as_str()).collect();
        assert!(known.contains(&runs.as_str()), "callers run {runs}, and the log knows {known:?}");
        let entries = world.scene.entries(&world.id, Version(0), usize::MAX).await.unwrap();
        let told =
            entries.iter().filter(|entry| format!("{:?}", entry.event).contains("was gone, and another"));
        assert_eq!(told.count(), 1, "whoever closes publishes nothing, and does not say so");
    });
}

#[test]
fn less_that_no_version_can_show_is_all_taken_back() {
    now(async {
        let mut world = World::baking_of(&called()).await;
        world.scene.functions.refuse("search", Fault::Unpublishable, world.now, None);
        let plan = world.scene.load(&world.id).await.unwrap().plan;
        let off = Command::Disable { feature: "llm".to_owned(), note: None };
        command(&world.scene, &world.id, off, &somebody(&plan, ADMIN), None).await.unwrap();
        for _ in 0..6 {
            world.minute().await;
        }
        assert_eq!(world.phase().await, "rolled-back");
        assert_eq!(world.scene.functions.called("search", |all| all["LLM"].clone()).unwrap(), "false");
        let entries = world.scene.entries(&world.id, Version(0), usize::MAX).await.unwrap();
        let told =
            entries.iter().any(|entry| format!("{:?}", entry.event).contains("no version can be published"));
        assert!(told, "whoever reads the log sees why");
    });
}

/// The feature is off, after it was on; then the version with it is deleted, and given another one's setting or not.
async fn switched_off_and_on(unreleased: bool, again: bool) -> World {
    let mut world = World::baking_of(&called()).await;
    let plan = world.scene.load(&world.id).await.unwrap().plan;
    let mut switches = vec![false, true];
    switches.extend(again.then_some(false));
    for (at, is_on) in switches.iter().enumerate() {
        // Version 2 has it on, version 3 has not. Whoever cleans up deletes what no alias points to.
        if at + 1 == switches.len() {
            world.scene.functions.unpublish("search", if *is_on { 2 } else { 3 });
            world.scene.functions.edit("search", "LEVEL", unreleased.then_some("debug"));
        }
        let (feature, note) = ("llm".to_owned(), None);
        let command_of = |at| {
            if *is_on { Command::Enable { at, feature, note } } else { Command::Disable { feature, note } }
        };
        let given = command_of(world.head().await.moved.entry);
        command(&world.scene, &world.id, given, &somebody(&plan, ADMIN), None).await.unwrap();
        for _ in 0..6 {
            world.minute().await;
        }
    }
    world
}

#[test]
fn a_version_of_a_stage_that_is_gone_is_published_anew_or_all_goes_back() {
    let shown = |world: &World| world.scene.functions.called("search", |all| all["LLM"].clone()).unwrap();
    now(async {
        for (unreleased, again, shows, phase) in [
            (false, false, "true", "baking"),
            (true, false, "false", "baking"),
            (false, true, "false", "baking"),
            (true, true, "false", "rolled-back"),
        ] {
            let world = switched_off_and_on(unreleased, again).await;
            let phase_now = world.phase().await;
            assert_eq!((shown(&world).as_str(), phase_now), (shows, phase), "{unreleased} {again}");
            let blocked =
                world.head().await.blocked.as_ref().is_some_and(|blocked| blocked.why.contains("LEVEL"));
            assert_eq!(blocked, unreleased && !again, "whoever waits for somebody is told for whom");
            assert!(!world.scene.functions.called("search", |all| all.contains_key("LEVEL")).unwrap());
        }
    });
}

#[test]
fn a_person_takes_a_function_back_whose_alias_is_gone_and_is_told_of_it() {
    now(async {
        let mut world = World::baking_of(&called()).await;
        world.scene.functions.unalias("search", "live");
        let plan = world.scene.load(&world.id).await.unwrap().plan;
        let back = Command::RollBack { to: None, note: None };
        command(&world.scene, &world.id, back, &somebody(&plan, ADMIN), None).await.unwrap();
        for _ in 0..6 {
            world.minute().await;
        }
        assert_eq!(world.says("search"), "0");
        let head = world.head().await;
        let blocked = head.blocked.as_ref().map(|blocked| blocked.why.as_str()).unwrap_or_default();
        assert!(blocked.contains("no alias live"), "{:?} {blocked}", head.phase);
        assert_eq!(head.phase.name(), "lowering", "it is not said to be back while nobody knows");
    });
}

#[test]
fn what_lasts_is_told_before_what_passes() {
    now(async {
        let mut world = World::baking_of(&pair()).await;
        world.scene.functions.refuse("search", Fault::Forbidden, world.now, None);
        world.scene.functions.refuse("index", Fault::Throttled, world.now, None);
        for _ in 0..6 {
            world.minute().await;
        }
        let head = world.head().await;
        let blocked = head.blocked.as_ref().map(|blocked| blocked.why.as_str()).unwrap_or_default();
        assert!(blocked.contains("search"), "{blocked}");
    });
}
