//! Walks on which money is spent and alarms ring while people command: whatever is decided can follow, and a cap holds.

use crate::{
    levels::{ALARMS, started},
    world::{World, admin, ann, captured},
};
use proptest::prelude::*;
use rollout::{
    calendar::Calendar,
    decide::{Command, Trigger, ahead},
    event::{Event, Holder, Outcome, Wish},
    levels::AlarmState,
    rollout::Rollout,
    time::Span,
    units::TargetId,
};

#[derive(Clone, Debug)]
enum Step {
    Tick,
    Applied,
    Later(u64),
    /// Cents of today, or not known.
    Spent(Option<u64>),
    Alarm(usize, u8),
    Command(u8),
    Captured,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => Just(Step::Tick),
        5 => Just(Step::Applied),
        3 => (0u64..400).prop_map(Step::Later),
        3 => proptest::option::weighted(0.9, 0u64..700).prop_map(Step::Spent),
        2 => (0usize..4, 0u8..8).prop_map(|(alarm, state)| Step::Alarm(alarm, state)),
        3 => (0u8..8).prop_map(Step::Command),
        1 => Just(Step::Captured),
    ]
}

fn command(world: &World, which: u8) -> Command {
    let (at, note, feature) = (world.moved(), None, "llm".to_owned());
    match which {
        0 => Command::Pause { note },
        1 | 2 => Command::Resume { at, note },
        3 => Command::Promote { at, to: None, force: true, note },
        4 => Command::Complete { at, note },
        5 => Command::Enable { at, feature, note: None },
        6 => Command::Disable { feature, note },
        _ => Command::RollBack { to: Some("previous".to_owned()), note },
    }
}

fn forced(head: &Rollout) -> bool {
    head.request.as_ref().is_some_and(|request| matches!(request.wish, Wish::Promote { force: true, .. }))
}

fn capped(head: &Rollout) -> bool {
    head.off.values().flatten().any(|holder| matches!(holder, Holder::Cap(..)))
}

fn go(world: &mut World, step: &Step) -> Vec<Event> {
    let recorded = match step {
        Step::Tick => world.tick(&[]),
        Step::Applied => world.applied(),
        Step::Captured => world.tell(&Trigger::Captured(TargetId(0), captured())),
        Step::Command(which) => {
            world.command(command(world, *which), &if *which == 3 { admin() } else { ann(&["team"]) })
        }
        Step::Later(minutes) => {
            world.later(Span::minutes(*minutes));
            return vec![];
        }
        Step::Spent(Some(cents)) => {
            world.spends(*cents);
            return vec![];
        }
        Step::Spent(None) => {
            world.levels.windows.clear();
            return vec![];
        }
        Step::Alarm(alarm, state) => {
            match state {
                0 => world.sounds(ALARMS[*alarm], AlarmState::Insufficient),
                1 => world.sounds(ALARMS[*alarm], AlarmState::Failing),
                2 | 3 => world.rings(ALARMS[*alarm]),
                _ => world.sounds(ALARMS[*alarm], AlarmState::Quiet),
            }
            return vec![];
        }
    };
    recorded.unwrap_or_default()
}

fn check_step(before: &Rollout, world: &World, step: &Step, events: &[Event]) {
    let today = Calendar::of(&world.plan.timezone).day(world.now.max(before.updated));
    for event in events {
        if let Event::Promoted { forced, .. } = event {
            assert!(!capped(before) || !forced.is_empty(), "{step:?} promotes under a cap");
        }
        if matches!(event, Event::Asked { .. } | Event::Closing { outcome: Outcome::Completed, .. }) {
            assert!(!capped(before), "{step:?} ends under a cap");
        }
        if let Event::Disabled { holder: Holder::Cap(_, day), .. } = event {
            assert_eq!(*day, today);
        }
        if let Event::Enabled { holder: Holder::Cap(_, day), .. } = event {
            assert!(*day < today && matches!(step, Step::Tick), "{step:?} gives back what a cap holds");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_cap_holds_whatever_happens(steps in proptest::collection::vec(step(), 0..120)) {
        let mut world = started();
        for step in &steps {
            let before = world.head.clone();
            let lines = ahead(&world.plan, &before, &world.evidence(&[]), world.now, None);
            let all_hold = lines.iter().all(|line| line.holds == Some(true));
            let events = go(&mut world, step);
            check_step(&before, &world, step, &events);
            if matches!(step, Step::Tick) {
                // Lines that must hold are all there are: when all do something happens, and nothing rises before.
                prop_assert!(!all_hold || !events.is_empty(), "{:?}: {:?}", before.phase, lines);
                let rises = events.iter().any(|event| {
                    matches!(event, Event::Promoted { forced, .. } if forced.is_empty())
                        || matches!(event, Event::Closing { outcome: Outcome::Completed, .. })
                });
                prop_assert!(!rises || all_hold || forced(&before), "{:?}: {:?}", events, lines);
            }
        }
        world.check_log();
    }
}
