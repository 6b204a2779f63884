//! News of an alarm, and the table is away for some or all of it.

use super::*;
use crate::{
    doors::{Away, Halted},
    view::incident::{incidents, named, page},
};
use rollout::{
    event::Cause,
    rollout::Rollout,
    target::{Halt, MARK, Mark},
};
use std::{
    pin::pin,
    sync::atomic::Ordering,
    task::{Context, Waker},
};

impl World {
    fn mark(&self) -> Mark {
        let text = self.scene.functions.environment("search", |all| all.get(MARK).cloned()).flatten();
        serde_json::from_str(&text.unwrap()).unwrap()
    }

    fn table(&self, tells: bool, takes: bool) {
        self.scene.tells.store(tells, Ordering::Relaxed);
        self.scene.takes.store(takes, Ordering::Relaxed);
    }

    /// What the news came to in the one function, with the table away.
    async fn halted(&self, name: &str, at: Timestamp) -> Halted {
        let heard = self.hears(name, NewState::Ringing, at).await;
        let Some(Away { halts: Ok(halts), .. }) = heard.away else { panic!("{heard:?}") };
        let [(function, halted)] = halts.as_slice() else { panic!("{halts:?}") };
        assert_eq!(function, "search");
        halted.clone()
    }

    /// A minute at a time, until it is over.
    async fn ends(&mut self) -> Arc<Rollout> {
        for _ in 0..12 {
            self.minute().await;
        }
        let head = self.head().await;
        assert!(head.is_over(), "{:?}", head.phase);
        head
    }
}

#[test]
fn with_the_table_away_the_mark_says_what_to_do_and_what_is_found_later_is_recorded() {
    now(async {
        let mut world = World::baking().await;
        let before = world.events().await.len();
        world.later(Span::minutes(1));
        let rang = world.now;
        world.table(false, false);
        let written = Halt::of_alarm("burning", rang, rang);
        assert_eq!(world.halted("burning", rang).await, Halted::Written(written.clone()));
        assert_eq!(world.percent().as_deref(), Some("0"));
        let Mark::Held { halt: Some(halt), .. } = world.mark() else { panic!("{:?}", world.mark()) };
        assert_eq!(halt.to_string(), format!("alarm burning rings since {rang}"));
        world.later(Span::minutes(1));
        assert_eq!(world.halted("burning", rang).await, Halted::Stood(written), "told again");
        world.table(true, true);
        assert_eq!(world.events().await.len(), before, "nobody has recorded anything");
        let head = world.ends().await;
        let recorded = world.events().await;
        assert_eq!(recorded[before..before + 4], ["halted", "fired", "notified", "lowering"], "{recorded:?}");
        assert_eq!(recorded.last(), Some(&"ended"));
        let entries = world.scene.entries(&world.id, Version(0), usize::MAX).await.unwrap();
        let plan = world.scene.load(&world.id).await.unwrap().plan;
        let all = incidents(&plan, &world.id, &entries).unwrap();
        let [incident] = all.as_slice() else { panic!("{all:?}") };
        let lowered = entries.iter().find(|entry| matches!(entry.event, Event::Lowering { .. })).unwrap();
        assert_eq!(named(&incident.id), Some((world.id.clone(), lowered.version)));
        assert_eq!((incident.severity.as_str(), incident.from.as_str()), ("P2", "canary at 5%"));
        assert!(incident.open.is_empty(), "{incident:?}");
        let evidence: Vec<&str> = incident.evidence.iter().map(|line| &*line.event).collect();
        assert_eq!(evidence, ["halted", "fired"]);
        let times = incident.times.as_ref().unwrap();
        assert_eq!(times.began.as_deref(), Some(&*rang.to_string()));
        assert_eq!(times.applied.as_deref(), Some(&*rang.to_string()), "written when it was halted");
        assert!(times.verified.is_some());
        let page = page(incident);
        assert!(page.contains("P2, closed") && page.contains("alarm burning rings since"), "{page}");
        assert!(!recorded[before..].contains(&"promoted"), "{recorded:?}");
        assert_eq!((world.percent().as_deref(), head.phase.name()), (Some("0"), "rolled-back"));
        assert!(matches!(world.mark(), Mark::Left { .. }), "{:?}", world.mark());
    });
}

#[test]
fn the_way_back_is_written_before_it_is_recorded() {
    now(async {
        let mut world = World::baking().await;
        let before = world.events().await.len();
        world.table(true, false);
        let heard = world.hears("burning", NewState::Ringing, world.now).await;
        let [(_, Err(TurnError::Unavailable(_)))] = heard.rollouts.as_slice() else { panic!("{heard:?}") };
        assert_eq!(world.percent().as_deref(), Some("0"), "though nothing could be recorded");
        assert_eq!(world.events().await.len(), before);
        let loaded = world.scene.load(&world.id).await.unwrap();
        let entries = world.scene.entries(&world.id, Version(0), usize::MAX).await.unwrap();
        assert_eq!(incidents(&loaded.plan, &world.id, &entries).unwrap(), []);
        // Told again, while nothing can be recorded, it knows its own work.
        world.later(Span::minutes(1));
        let heard = world.hears("burning", NewState::Ringing, world.now).await;
        assert!(heard.away.is_some() && !heard.is_open(), "{heard:?}");
        // The door is dead and its hints are lost: the sweep finds what it has left.
        world.table(true, true);
        let head = world.ends().await;
        assert_eq!(world.events().await[before..before + 4], ["halted", "fired", "notified", "lowering"]);
        assert_eq!(head.phase.name(), "rolled-back");
    });
}

#[test]
fn an_alarm_about_an_earlier_exposure_halts_nothing_and_says_so() {
    now(async {
        let world = World::baking().await;
        let gathered = world.head().await.gathered;
        world.table(false, false);
        let halted = world.halted("burning", gathered.before(Span::millis(1))).await;
        assert_eq!(halted, Halted::Late(gathered));
        assert_eq!(world.halted("other", world.now).await, Halted::Unlisted);
        assert_eq!(world.percent().as_deref(), Some("5"));
        // Rung after the evidence was gathered and before the exposure was written: that is about this one.
        assert!(gathered < world.head().await.effective.as_ref().unwrap().at);
        assert!(matches!(world.halted("burning", gathered).await, Halted::Written(_)));
    });
}

#[test]
fn a_halt_that_has_not_landed_is_open() {
    now(async {
        let mut world = World::baking().await;
        world.table(false, false);
        let until = Some(world.now.after(Span::seconds(30)));
        world.scene.functions.refuse("search", crate::lab::functions::Fault::Busy, world.now, until);
        let heard = world.hears("burning", NewState::Ringing, world.now).await;
        assert!(heard.is_open(), "{heard:?}");
        assert_eq!(world.percent().as_deref(), Some("5"));
        world.later(Span::seconds(30));
        let heard = world.hears("burning", NewState::Ringing, world.now).await;
        assert!(!heard.is_open(), "{heard:?}");
        assert_eq!(world.percent().as_deref(), Some("0"));
    });
}

#[test]
fn a_halt_by_hand_is_no_alarm() {
    now(async {
        let mut world = World::baking().await;
        let before = world.events().await.len();
        world.scene.functions.edit("search", MARK, Some("halt"));
        world.table(false, false);
        assert_eq!(world.halted("burning", world.now).await, Halted::Stood("by hand".into()));
        world.table(true, true);
        world.ends().await;
        let entries = world.scene.entries(&world.id, Version(0), usize::MAX).await.unwrap();
        let Event::Lowering { cause: Cause::Halt(why), .. } = &entries[before].event else {
            panic!("{entries:?}")
        };
        assert_eq!(why, "by hand");
    });
}

/// Between news of an alarm and the way back in each function: what is asked for, one after the other. Callers of an alias
/// are back with its one write.
fn check_calls(plan: &str, tells: bool, before: usize) {
    let world = now(World::baking_of(plan));
    let functions = &world.scene.functions;
    let says = |name: &str| functions.called(name, |all| all["PERCENT"].clone()).unwrap();
    assert_eq!(["search", "index"].map(says), ["5", "5"]);
    world.table(tells, tells);
    world.scene.yields.store(true, Ordering::Relaxed);
    let mut hears = pin!(world.hears("burning", NewState::Ringing, world.now));
    let mut context = Context::from_waker(Waker::noop());
    let mut polls = 0;
    while says("search") == "5" || says("index") == "5" {
        assert_eq!(says("search"), says("index"), "neither waits for the other");
        assert!(hears.as_mut().poll(&mut context).is_pending() || says("search") == "0");
        polls += 1;
    }
    // Each poll makes one call; the last of them is the write, which lands when it is polled again.
    assert_eq!(polls, before + 2, "{plan}");
}

#[test]
fn three_calls_one_after_the_other_and_then_the_way_back_lands_in_every_function_at_once() {
    let second =
        |alias: &str| format!("}}, {{function: index{alias}, set: {{PERCENT: \"${{percent}}\"}}}}]\nbudgets");
    let pair = PLAN.replace("}]\nbudgets", &second(""));
    check_calls(&pair, true, ["work", "load", "read"].len());
    check_calls(&pair, false, ["work", "tagged", "read"].len());
    let called = PLAN.replace("}]\nbudgets", &second(", alias: live"));
    let called = called.replace("function: search,", "function: search, alias: live,");
    check_calls(&called, true, ["work", "load", "read, with its alias"].len());
    // Without a plan the mark says that there is an alias.
    check_calls(&called, false, ["work", "tagged", "read", "its alias"].len());
}

#[test]
fn callers_are_taken_back_before_anything_is_recorded_and_the_sweep_records_it() {
    now(async {
        let called = PLAN.replace("function: search,", "function: search, alias: live,");
        let mut world = World::baking_of(&called).await;
        let before = world.events().await.len();
        world.later(Span::minutes(1));
        let rang = world.now;
        world.table(false, false);
        assert_eq!(
            world.halted("burning", rang).await,
            Halted::Written(Halt::of_alarm("burning", rang, rang))
        );
        let alias = world.scene.functions.read_alias("search", "live").await.unwrap();
        assert_eq!(alias.version, "1");
        assert!(alias.description.starts_with("[tidegate halt search-1"), "{}", alias.description);
        world.table(true, true);
        let head = world.ends().await;
        assert_eq!(world.events().await[before], "halted");
        assert_eq!(head.phase.name(), "rolled-back");
        let alias = world.scene.functions.read_alias("search", "live").await.unwrap();
        assert!(alias.version == "1" && alias.description.starts_with("[tidegate was search-1"), "{alias:?}");
        assert_eq!(world.percent().as_deref(), Some("0"));
    });
}
