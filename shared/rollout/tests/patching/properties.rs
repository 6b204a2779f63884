//! What holds of every patch, over random walks of a rollout and of everybody else.

use crate::World;
use proptest::prelude::*;
use rollout::{
    event::{Event, Holder},
    rollout::Phase,
    target::{ENVIRONMENT_BYTES_MAX, Environment, MARK, Mark, Patch},
    units::Generation,
};

/// What happens next, to the rollout or to its target.
#[derive(Clone, Debug)]
enum Step {
    Promote,
    LowerFully,
    LowerSome,
    Switch,
    Converge,
    Foreign(String, String),
    Managed(String),
    PutBack,
    Halt,
    LoseTheMark,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Promote),
        1 => Just(Step::LowerFully),
        2 => Just(Step::LowerSome),
        1 => Just(Step::Switch),
        8 => Just(Step::Converge),
        2 => ("[A-Z]{1,4}_X", "\\PC{0,40}").prop_map(|(name, value)| Step::Foreign(name, value)),
        1 => "[0-9]{1,3}".prop_map(Step::Managed),
        1 => Just(Step::PutBack),
        1 => Just(Step::Halt),
        1 => Just(Step::LoseTheMark),
    ]
}

fn foreign(environment: &Environment) -> Environment {
    let ours = ["PERCENT", "ON", "SEARCH", MARK];
    environment
        .iter()
        .filter(|(name, _)| !ours.contains(&name.as_str()))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect()
}

fn generation(environment: &Environment) -> Option<Generation> {
    match serde_json::from_str(environment.get(MARK)?).ok()? {
        Mark::Held { generation, .. } | Mark::Left { generation, .. } => Some(generation),
    }
}

/// The share that a target exposes, as its own code reads it.
fn exposed(environment: &Environment) -> u32 {
    environment.get("PERCENT").and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn check(world: &World) {
    let before = world.environment();
    let Patch::Write { environment: after, .. } = world.patch() else {
        let way_back = matches!(world.head.phase, Phase::Lowering { to: None, .. });
        let fenced = generation(before) >= Some(world.head.generation);
        assert!(
            !way_back || fenced,
            "a lowering writes until the mark has its generation: {:?}",
            world.patch()
        );
        return;
    };
    assert_eq!(foreign(&after), foreign(before), "what is not ours survives byte for byte");
    assert_eq!(generation(&after), Some(world.head.generation));
    assert!(generation(before) <= generation(&after), "a newer generation is never written over");
    assert!(
        after.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() <= ENVIRONMENT_BYTES_MAX
    );
    let halted = before.get(MARK).is_some_and(|mark| mark.contains("halt"));
    assert!(!halted || exposed(&after) == 0, "a halted function never rises");
}

proptest! {
    #[test]
    fn nothing_is_lost_raised_or_left_unfenced(
        found in proptest::collection::btree_map("[A-Z]{1,4}_X", "\\PC{0,40}", 0..8),
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut world = World::new(found);
        let mut stage = 0;
        for step in steps {
            apply(&mut world, &mut stage, step);
            if world.head.wants().is_some() {
                check(&world);
                // What has been written is never written again.
                if let Patch::Write { .. } = world.patch() {
                    let state = world.state.clone();
                    world.write();
                    prop_assert_eq!(world.patch(), Patch::InEffect);
                    world.state = state;
                }
            }
        }
    }
}

fn apply(world: &mut World, stage: &mut u16, step: Step) {
    let resting = matches!(world.head.phase, Phase::Waiting { .. } | Phase::Baking { .. });
    let lowering = matches!(world.head.phase, Phase::Lowering { to: None, .. });
    match step {
        Step::Promote if resting && *stage < 3 => {
            world.promote(*stage);
            *stage += 1;
        }
        Step::LowerFully if world.head.touched && !lowering => world.lower(None),
        Step::LowerSome if matches!(world.head.phase, Phase::Baking { .. }) && *stage > 1 => {
            world.lower(Some((0, 7)));
        }
        Step::Switch if !lowering && !world.head.off.contains_key("search") => {
            world.record(vec![Event::Disabled {
                name: "search".to_owned(),
                holder: Holder::Person,
                note: None,
            }]);
        }
        Step::Converge if world.head.wants().is_some() => {
            let patch = world.patch();
            if matches!(patch, Patch::Write { .. }) {
                world.write();
            } else if patch == Patch::InEffect && !world.head.in_effect() {
                world.applied();
            }
        }
        Step::Foreign(name, value) => world.edit(|found| drop(found.insert(name, value))),
        Step::Managed(value) if world.head.touched => {
            world.edit(|found| drop(found.insert("PERCENT".to_owned(), value)));
        }
        Step::PutBack => {
            world.edit(|found| found.retain(|name, _| !["PERCENT", "ON", "SEARCH"].contains(&name.as_str())));
        }
        Step::Halt => world.edit(|found| drop(found.insert(MARK.to_owned(), "halt".to_owned()))),
        Step::LoseTheMark => world.edit(|found| drop(found.remove(MARK))),
        // Not now: the rollout would not do it.
        Step::Promote
        | Step::LowerFully
        | Step::LowerSome
        | Step::Switch
        | Step::Converge
        | Step::Managed(_) => {}
    }
}
