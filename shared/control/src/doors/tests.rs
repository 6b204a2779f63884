//! Doors that a simulation does not open by itself: news of alarms, costs, checks that are tried by somebody else.

mod afterwards;
mod halting;
mod metered;
mod several;

use super::*;
use crate::{
    lab::{Lab, story, testing::now},
    people::{ADMIN, somebody},
    ports::Tried,
    simulate::scene::{Door, Scene},
};
use rollout::{
    calendar::{Calendar, Days},
    event::Event,
    evidence::{Point, Query, Status},
    log::Why,
    plan::{Plan, load},
    units::{CheckId, TargetId, Version},
};
use std::sync::{Arc, Mutex};

const START: Timestamp = Timestamp(1_767_614_400_000);
const PLAN: &str = r#"
tidegate: 1
name: search
owner: ops
people: {ops: {members: [olga], page: pager}}
features: [llm]
targets: [{function: search, set: {PERCENT: "${percent}", LLM: "${features.llm}"}}]
budgets:
  llm_cost: {cap: $5/day, warn: 80%, at_cap: disable llm, meter: {logs: /aws/lambda/search, field: cost_usd}}
checks:
  health: {http: "GET https://example.com/healthz"}
guardrails:
  - {alarm: burning, then: [roll back, page ops]}
  - {when: llm_cost > $9, then: roll back}
stages:
  - {name: canary, percent: 5, bake: 1h, leave: [check: health]}
  - {name: everyone, percent: 100, bake: open}
"#;

/// Says the same of every series; nothing where it fails.
#[derive(Default)]
struct Says(Mutex<Option<Vec<Point>>>);

impl Says {
    /// The source has these values, each of a minute.
    fn has(&self, values: &[(Timestamp, f64)]) {
        let points = values.iter().map(|(at, value)| Point { at: *at, value: *value }).collect();
        *self.0.lock().unwrap() = Some(points);
    }

    fn answer(&self, query: &Query) -> Answer {
        let Some(points) = &*self.0.lock().unwrap() else {
            return Answer { points: vec![], status: Status::Failing };
        };
        let is_asked = |point: &&Point| query.from <= point.at && point.at < query.to;
        Answer { points: points.iter().filter(is_asked).copied().collect(), status: Status::Whole }
    }
}

impl Metrics for Says {
    async fn ask(&self, _: &Plan, queries: &[Query]) -> Vec<Answer> {
        queries.iter().map(|query| self.answer(query)).collect()
    }
}

/// A rollout on memory ports, and a clock that is moved by hand.
struct World {
    scene: Scene<Says>,
    now: Timestamp,
    id: RolloutId,
}

impl World {
    /// In effect at its first stage.
    async fn baking() -> World {
        World::baking_of(PLAN).await
    }

    async fn baking_of(plan: &str) -> World {
        let has_alias = plan.contains("alias");
        let plan = Arc::new(load("search.yaml", plan).unwrap_or_else(|problems| panic!("{problems}")).plan);
        let lab = Lab::new(&plan, &story::parse("").unwrap(), START, 1).unwrap();
        let scene = Scene::new(&lab, Says::default(), START);
        let id = start(&scene, Arc::clone(&plan), &somebody(&plan, ADMIN), Why::default()).await.unwrap();
        let mut world = World { scene, now: START, id };
        for _ in 0..4 {
            world.minute().await;
        }
        // Each alias takes a pass more.
        for _ in 0..4 {
            if has_alias && !matches!(world.head().await.phase, Phase::Baking { .. }) {
                world.minute().await;
            }
        }
        assert!(matches!(world.head().await.phase, Phase::Baking { .. }), "{:?}", world.head().await.phase);
        world
    }

    async fn minute(&mut self) {
        self.later(Span::minutes(1));
        for (_, converged) in advance(&self.scene).await.unwrap() {
            converged.unwrap();
        }
        self.later(Span::seconds(10));
        for (_, turned) in evaluate(&self.scene, Looks::Unseen).await.unwrap() {
            turned.unwrap();
        }
    }

    fn later(&mut self, span: Span) {
        self.now = self.now.after(span);
        self.scene.set_clock(self.now);
    }

    async fn head(&self) -> Arc<rollout::rollout::Rollout> {
        self.scene.load(&self.id).await.unwrap().head
    }

    /// Every event so far, in one word each.
    async fn events(&self) -> Vec<&'static str> {
        let entries = self.scene.entries(&self.id, Version(0), usize::MAX).await.unwrap();
        entries.iter().map(|entry| entry.event.name()).collect()
    }

    /// Who was woken since it was asked last.
    fn woken(&self) -> Vec<Door> {
        std::iter::from_fn(|| self.scene.take_hint()).map(|(door, _)| door).collect()
    }

    async fn hears(&self, name: &str, state: NewState, at: Timestamp) -> Heard {
        let news = AlarmNews { name: name.to_owned(), arn: String::new(), state, at };
        alarmed(&self.scene, &news).await
    }

    async fn costs(&self, lines: &[(&str, Timestamp, &str)]) -> Metered {
        let line = |(id, at, text): &(&str, Timestamp, &str)| Line {
            id: (*id).to_owned(),
            at: *at,
            text: (*text).to_owned(),
        };
        let lines = lines.iter().map(line).collect();
        meter(&self.scene, &Lines { group: "/aws/lambda/search".to_owned(), lines }).await.unwrap()
    }

    async fn spent(&self) -> u64 {
        let day = Calendar::of("UTC").day(self.now);
        let windows = self.scene.windows(&self.id, "llm_cost", Days { first: day, last: day }).await.unwrap();
        windows.get(&day).map_or(0, |spent| spent.whole().money.as_micros())
    }

    fn percent(&self) -> Option<String> {
        self.scene.functions.environment("search", |all| all.get("PERCENT").cloned()).flatten()
    }
}

#[test]
fn what_was_taken_back_starts_again_for_a_reason_and_says_after_what() {
    now(async {
        let mut world = World::baking().await;
        let plan = world.scene.load(&world.id).await.unwrap().plan;
        let admin = somebody(&plan, ADMIN);
        let back = Command::RollBack { to: None, note: Some("the index is broken".to_owned()) };
        command(&world.scene, &world.id, back, &admin, None).await.unwrap();
        for _ in 0..4 {
            world.minute().await;
        }
        assert!(world.head().await.is_over());
        for silent in [None, Some("  ".to_owned())] {
            let refused =
                start(&world.scene, Arc::clone(&plan), &admin, Why { note: silent, ..Why::default() })
                    .await
                    .unwrap_err();
            let NotStarted::NoReason { after, why } = refused else { panic!("{refused}") };
            assert!(after == world.id && why.contains("the index is broken"), "{why}");
        }
        let said = Some("it is repaired".to_owned());
        let id = start(&world.scene, Arc::clone(&plan), &admin, Why { note: said, ..Why::default() })
            .await
            .unwrap();
        let log = world.scene.entries(&id, Version(0), 1).await.unwrap();
        let words = log[0].event.words(&plan);
        assert_eq!(words, "a rollout of search, after search-1, which was taken back: it is repaired");
    });
}

#[test]
fn a_start_that_came_to_nothing_is_no_reason_to_start_again() {
    now(async {
        let mut world = World::baking().await;
        let plan = world.scene.load(&world.id).await.unwrap().plan;
        let admin = somebody(&plan, ADMIN);
        let back = Command::RollBack { to: None, note: None };
        command(&world.scene, &world.id, back, &admin, None).await.unwrap();
        for _ in 0..4 {
            world.minute().await;
        }
        let why = |note: Option<&str>| Why { note: note.map(str::to_owned), ..Why::default() };
        let id = start(&world.scene, Arc::clone(&plan), &admin, why(Some("it is repaired"))).await.unwrap();
        let trigger = Trigger::Refused(TargetId(0), "there is no such function".to_owned());
        turn(&world.scene, &id, &trigger, Cue::door("advance")).await.unwrap();
        let refused = start(&world.scene, Arc::clone(&plan), &admin, why(None)).await.unwrap_err();
        assert!(matches!(&refused, NotStarted::NoReason { after, .. } if *after == world.id), "{refused}");
        let id = start(&world.scene, Arc::clone(&plan), &admin, why(Some("deployed"))).await.unwrap();
        let log = world.scene.entries(&id, Version(0), 1).await.unwrap();
        let words = log[0].event.words(&plan);
        assert_eq!(words, "a rollout of search, after search-1, which was taken back: deployed");
    });
}

#[test]
fn an_alarm_is_decided_and_written_by_one_door() {
    now(async {
        let mut world = World::baking().await;
        assert_eq!(world.percent().as_deref(), Some("5"));
        let before = world.events().await.len();
        let heard = world.hears("burning", NewState::Ringing, world.now).await;
        let [(id, Ok(Alarmed { turned: Turned::Recorded(..), converged: Some(_), .. }))] =
            heard.rollouts.as_slice()
        else {
            panic!("{heard:?}");
        };
        assert_eq!(*id, world.id);
        assert_eq!(world.events().await[before..], ["halted", "fired", "notified", "lowering"]);
        assert_eq!(world.percent().as_deref(), Some("0"), "as before, before anybody else was woken");
        // Told again while it is on its way down, it goes on with that.
        world.later(Span::seconds(10));
        let heard = world.hears("burning", NewState::Ringing, world.now).await;
        assert!(
            matches!(heard.rollouts[0].1, Ok(Alarmed { turned: Turned::Held(_), converged: Some(_), .. })),
            "{heard:?}"
        );
        world.later(Span::seconds(10));
        world.hears("burning", NewState::Ringing, world.now).await;
        assert_eq!(world.events().await[before + 4..], ["applied", "closing"]);
    });
}

#[test]
fn what_is_no_news_changes_nothing_and_says_so() {
    now(async {
        let world = World::baking().await;
        let before = world.events().await;
        assert!(world.hears("burning", NewState::Quiet, world.now).await.rollouts.is_empty());
        assert!(world.hears("burning", NewState::Insufficient, world.now).await.rollouts.is_empty());
        assert!(world.hears("other", NewState::Ringing, world.now).await.rollouts.is_empty(), "nobody's");
        let heard = world.hears("burning", NewState::Ringing, START).await;
        let [(_, Ok(Alarmed { turned: Turned::Held(hold), converged: None, .. }))] =
            heard.rollouts.as_slice()
        else {
            panic!("{heard:?}");
        };
        let plan = world.scene.load(&world.id).await.unwrap().plan;
        assert!(
            hold.words(&plan, world.now).contains("before the evidence of the present exposure"),
            "{hold:?}"
        );
        assert_eq!(world.events().await, before);
    });
}

#[test]
fn costs_count_once_and_only_where_they_are_metered() {
    now(async {
        let world = World::baking().await;
        let (line, at) = (r#"{"cost_usd": 0.25}"#, world.now);
        let metered =
            world.costs(&[("a", at, line), ("a", at, line), ("b", at, line), ("c", at, "no cost")]).await;
        assert_eq!((metered.counted, metered.unread.len()), (3, 0));
        assert_eq!(world.spent().await, 500_000);
        assert_eq!(world.costs(&[("b", at, line)]).await.counted, 1);
        let metered =
            world.costs(&[("d", at, r#"{"cost_usd": "x"}"#), ("e", at.before(Span::days(1)), line)]).await;
        assert_eq!((metered.counted, metered.unread), (1, vec![r#"{"cost_usd": "x"}"#.to_owned()]));
        assert_eq!(world.spent().await, 500_000, "each on its own day");
        let lines = Lines { group: "/aws/lambda/other".to_owned(), lines: vec![] };
        assert_eq!(meter(&world.scene, &lines).await.unwrap().counted, 0);
    });
}

/// Somebody else's words in a log, or a cost in another unit: a window keeps no sum of them.
#[test]
fn a_cost_that_cannot_be_is_beyond_every_line_and_is_no_sum_that_no_window_holds() {
    now(async {
        let mut world = World::baking().await;
        let line = r#"{"cost_usd": 1e13}"#;
        assert_eq!(world.costs(&[("a", world.now, line), ("b", world.now, line)]).await.counted, 2);
        assert_eq!(world.spent().await, 2 * 100 * 5_000_000);
        world.minute().await;
        assert!(world.events().await.contains(&"disabled"), "the cap");
    });
}

#[test]
fn whoever_decides_is_woken_when_a_line_is_crossed_and_not_for_each_cent() {
    now(async {
        let world = World::baking().await;
        world.woken();
        let at = world.now;
        for (id, line, woken) in [
            ("a", r#"{"cost_usd": 3.9}"#, false),
            ("b", r#"{"cost_usd": 0.1}"#, true),
            ("c", r#"{"cost_usd": 0.9}"#, false),
            ("d", r#"{"cost_usd": 0.2}"#, true),
            ("e", r#"{"cost_usd": 3.5}"#, false),
            ("f", r#"{"cost_usd": 0.5}"#, true),
            ("g", r#"{"cost_usd": 9}"#, false),
            ("h", r#"{"cost_usd": 0}"#, false),
        ] {
            world.costs(&[(id, at, line)]).await;
            assert_eq!(world.woken().contains(&Door::Evaluate), woken, "{id}");
        }
        let stop = world.scene.work().await.unwrap().stop;
        evaluate_one(&world.scene, &world.id, stop, Looks::Unseen).await.unwrap();
        assert!(world.events().await.ends_with(&["crossed", "notified", "disabled", "lowering"]));
    });
}

/// Of a rollout whose bake is over, so that a check is due.
async fn checked() -> World {
    let mut world = World::baking().await;
    world.later(Span::hours(2));
    world
}

#[test]
fn whoever_tries_writes_no_head_and_whoever_decides_takes_it_in() {
    now(async {
        let mut world = checked().await;
        let seen = world.head().await.version;
        probe_one(&world.scene, &world.id).await.unwrap();
        assert_eq!(world.head().await.version, seen);
        let tried = world.scene.checked(&world.id).await.unwrap();
        assert!(
            matches!(tried.as_slice(), [Tried { probed: Some(probed), .. }] if probed.passed),
            "{tried:?}"
        );
        let at = world.now;
        world.later(Span::seconds(20));
        world.minute().await;
        assert!(world.events().await.ends_with(&["checked", "promoted"]), "{:?}", world.events().await);
        assert_eq!(world.head().await.checks[&CheckId(0)].at, at);
        let recorded = world.events().await.len();
        for _ in 0..3 {
            world.minute().await;
        }
        let after = world.events().await.split_off(recorded);
        assert!(after.contains(&"applied") && !after.contains(&"checked"), "{after:?}");
    });
}

#[test]
fn one_who_tries_keeps_others_from_trying_until_its_time_is_over() {
    now(async {
        let mut world = checked().await;
        let going_on = Tried { check: CheckId(0), at: world.now, probed: None };
        world.scene.put_checked(&world.id, &going_on).await.unwrap();
        // Ten seconds are what a call may take, and a minute more is waited.
        world.later(Span::seconds(69));
        probe_one(&world.scene, &world.id).await.unwrap();
        assert_eq!(world.scene.checked(&world.id).await.unwrap(), [going_on]);
        world.later(Span::seconds(1));
        probe_one(&world.scene, &world.id).await.unwrap();
        assert!(world.scene.checked(&world.id).await.unwrap()[0].probed.is_some());
    });
}

#[test]
fn what_was_tried_before_this_exposure_is_not_taken_in() {
    now(async {
        let mut world = checked().await;
        let probed = Some(crate::ports::Probed { passed: true, detail: "200".to_owned() });
        let before = Tried { check: CheckId(0), at: START, probed };
        world.scene.put_checked(&world.id, &before).await.unwrap();
        world.minute().await;
        let entries = world.scene.entries(&world.id, Version(0), usize::MAX).await.unwrap();
        assert!(!entries.iter().any(|entry| matches!(entry.event, Event::Checked { .. })), "{entries:?}");
        assert!(world.woken().contains(&Door::Probe), "it is tried again");
    });
}
