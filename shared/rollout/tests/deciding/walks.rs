//! Walks on which everything may happen: whatever is decided can follow, and only what may rise rises.

use crate::world::{FALSE, TRUE, UNKNOWN, World, admin, ann, captured, named};
use proptest::prelude::*;
use rollout::{
    decide::{Actor, Command, Trigger},
    event::Event,
    evidence::{StopLine, Verdict},
    rollout::{Exposure, Phase},
    time::Span,
    units::{Decimal, Generation, TargetId, Version},
};
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    /// With these verdicts, and evidence that may be about another version or generation.
    Tick(Vec<Verdict>, bool, bool),
    Later(u64),
    Applied,
    Stop(Option<bool>),
    Command(u8, u8, bool, u8),
    Told(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let verdict = proptest::sample::select(vec![FALSE, FALSE, FALSE, FALSE, FALSE, TRUE, UNKNOWN]);
    let seen = prop_oneof![
        3 => Just(vec![FALSE; 7]),
        2 => proptest::collection::vec(verdict, 7),
    ];
    prop_oneof![
        8 => (seen, prop::bool::weighted(0.05), prop::bool::weighted(0.05))
            .prop_map(|(seen, version, generation)| Step::Tick(seen, version, generation)),
        3 => (0u64..90).prop_map(Step::Later),
        5 => Just(Step::Applied),
        1 => proptest::option::weighted(0.4, any::<bool>()).prop_map(Step::Stop),
        5 => (0u8..15, 0u8..5, prop::bool::weighted(0.8), 0u8..4)
            .prop_map(|(command, actor, right, more)| Step::Command(command, actor, right, more)),
        2 => (0u8..9).prop_map(Step::Told),
    ]
}

fn actor(which: u8) -> Actor {
    match which {
        0 => admin(),
        1 => named("lea", &["lead"]),
        2 => named("pat", &["pm"]),
        3 => Actor { machine: true, ..ann(&["team"]) },
        _ => ann(&["team"]),
    }
}

fn command(world: &World, which: u8, right: bool, more: u8) -> Command {
    let open = if let Phase::Waiting { ask: Some(ask), .. } = &world.head.phase {
        ask.entry
    } else {
        world.head.reviews.first().map_or(world.moved(), |review| review.entry)
    };
    let (at, open) = if right { (world.moved(), open) } else { (Version(2), Version(2)) };
    let stages = ["one", "two", "three", "all"];
    let stage = stages[usize::from(more)].to_owned();
    let note = None;
    match which {
        0 => Command::Approve { at: open, note },
        1 => Command::Reject { at: open, note: ["no", ""][usize::from(more % 2)].to_owned() },
        2 => Command::Pause { note },
        3 | 14 => Command::Resume { at, note },
        4 => Command::Promote { at, to: None, force: more == 0, note },
        5 => Command::Promote { at, to: Some(stage), force: true, note },
        6 => Command::Complete { at, note },
        7 => Command::Skip { at, stage },
        8 => Command::Tick { text: "Briefed".to_owned(), stage: None, note },
        9 => Command::Signal {
            name: ["pii", "critical-report", "critical-report", "x"][usize::from(more)].to_owned(),
            reporter: [None, Some("user-1"), None, None][usize::from(more)].map(str::to_owned),
            note,
        },
        10 => Command::Enable { at, feature: "search".to_owned(), note: None },
        11 => Command::Disable { feature: "search".to_owned(), note },
        12 => {
            let to = [None, Some("previous"), Some("10%"), Some("two")][usize::from(more)];
            Command::RollBack { to: to.map(str::to_owned), note }
        }
        _ if more == 0 => Command::Abandon { note: "gone".to_owned() },
        _ => Command::Report { name: "survey".to_owned(), value: Decimal::ZERO, samples: None, note },
    }
}

fn told(world: &World, which: u8) -> Trigger {
    let target = TargetId(0);
    match which {
        0 => Trigger::Halted(target, "by hand".into()),
        1 => Trigger::Drifted(target, "found PERCENT=5".to_owned()),
        2 => Trigger::Code(target, "code-2".to_owned()),
        3 => Trigger::Captured(target, captured()),
        4 => Trigger::Refused(target, "no".to_owned()),
        5 => Trigger::Applied(Generation(world.head.generation.0.saturating_sub(1)), BTreeMap::new()),
        _ => world.tried(true, "200"),
    }
}

/// The order of what is shown: the share, and whether the feature is on.
fn shown(exposure: Option<&Exposure>) -> (u16, bool) {
    let show = exposure.and_then(|exposure| exposure.show.as_ref());
    show.map_or((0, false), |show| (show.share.hundredths(), show.off.is_empty()))
}

fn turn(world: &mut World, step: &Step) {
    match step {
        Step::Tick(verdicts, other_version, other_generation) => {
            let texts: Vec<String> = world
                .plan
                .conditions
                .iter()
                .map(|condition| condition.text.clone())
                .filter(|text| !text.contains("reports"))
                .collect();
            let seen: Vec<(&str, Verdict)> = texts
                .iter()
                .zip(verdicts)
                .filter(|(_, verdict)| **verdict != FALSE)
                .map(|(text, verdict)| (text.as_str(), *verdict))
                .collect();
            let mut evidence = world.evidence(&seen);
            if *other_version {
                evidence.version = Version(evidence.version.0 - 1);
            }
            if *other_generation {
                evidence.generation = evidence.generation.next();
            }
            drop(world.tell(&Trigger::Tick(Box::new(evidence))));
        }
        Step::Later(minutes) => world.later(Span::minutes(*minutes)),
        Step::Applied => drop(world.applied()),
        Step::Stop(line) => {
            let at = world.now;
            world.stop = line.map(|roll_back| StopLine {
                id: "s1".to_owned(),
                by: "ann".to_owned(),
                at,
                roll_back,
                note: None,
            });
        }
        Step::Command(which, by, right, more) => {
            let command = command(world, *which, *right, *more);
            drop(world.command(command, &actor(*by)));
        }
        Step::Told(which) => {
            let trigger = told(world, *which);
            drop(world.tell(&trigger));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn whatever_is_decided_can_follow(steps in proptest::collection::vec(step(), 1..120), begun in any::<bool>()) {
        let mut world = if begun { World::baking() } else { World::new() };
        for step in &steps {
            let (before, over) = (world.head.clone(), world.head.is_over());
            let entries = world.recorded();
            turn(&mut world, step);
            let facts = &world.events()[entries..];
            let (was, is) = (before.wants(), world.head.wants());
            prop_assert!(!over || facts.is_empty(), "a rollout that is over changes");
            prop_assert!(before.generation <= world.head.generation);
            let rises = shown(is.as_ref()).0 > shown(was.as_ref()).0;
            let promoted = facts.iter().any(|event| matches!(event, Event::Promoted { .. }));
            prop_assert!(!rises || promoted, "raised by {facts:?}");
            prop_assert!(!promoted || world.stop.is_none() || !matches!(step, Step::Tick(..)), "raised under the stop line");
            if was.is_some() && is.is_some() && shown(is.as_ref()) != shown(was.as_ref()) {
                prop_assert!(before.generation < world.head.generation, "another exposure, the same generation");
            }
            let paused = matches!(before.phase, Phase::Paused { .. });
            prop_assert!(!paused || !promoted, "promoted while it was paused");
        }
        world.check_log();
    }
}
