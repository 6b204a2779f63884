//! Who has what, as a target reads it from its variables: only a raise gives anybody anything.

use crate::world::{TRUE, World, admin};
use assign::{Assignment, User};
use proptest::prelude::*;
use rollout::{
    decide::Command,
    event::Event,
    plan::{Shown, load},
    rollout::Phase,
    time::Span,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// Users of the sample fall into its buckets by their names; those of a cohort are listed.
const USERS: usize = 40;
const COHORTS: [&str; 3] = ["p", "q", "r"];
const FEATURES: [&str; 3] = ["fx", "fy", "fz"];

/// The features of each user who is in.
type Audience = BTreeMap<String, BTreeSet<String>>;

fn chosen(of: [&str; 3], which: u8) -> String {
    let names = of.iter().enumerate().filter(|(place, _)| which >> place & 1 == 1);
    names.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

#[derive(Clone, Debug)]
struct Stage {
    share: &'static str,
    cohorts: u8,
    features: Option<u8>,
}

fn text(stages: &[Stage], features: [u8; 3], rules: &[&str]) -> String {
    let mut text = "tidegate: 1\nname: p\nowner: o\npeople: {o: {members: [a]}}\n\
        targets: [{function: f, set: {FLAGS: \"${flags}\"}}]\nmetrics: {e: {metric: A/E, stat: Sum}}\n\
        features: [fx, fy, fz]\ncohorts:\n"
        .to_owned();
    for (name, which) in COHORTS.iter().zip(features) {
        let features = chosen(FEATURES, which);
        writeln!(text, "  {name}: {{users: [{name}0, {name}1], features: [{features}]}}").unwrap();
    }
    text += "guardrails:\n";
    for (limit, then) in (10..).zip(rules) {
        writeln!(text, "  - {{when: e > {limit}, then: {then}}}").unwrap();
    }
    text += "stages:\n";
    for (number, stage) in stages.iter().enumerate() {
        let features = stage.features.map(|which| format!(", features: [{}]", chosen(FEATURES, which)));
        let (share, cohorts) = (stage.share, chosen(COHORTS, stage.cohorts));
        let features = features.unwrap_or_default();
        writeln!(text, "  - {{name: s{number}, percent: {share}, cohorts: [{cohorts}]{features}, bake: 1h}}")
            .unwrap();
    }
    text
}

fn audience(world: &World) -> Audience {
    let show: Option<Shown> = world.head.wants().and_then(|wanted| wanted.show);
    let audience = show.as_ref().map_or(world.plan.nobody(), |shown| world.plan.audience(shown));
    let flags = world.plan.targets[0].set["FLAGS"].render(&audience);
    let read = Assignment::from_flags("p", "FLAGS", |_| Some(flags.clone()));
    assert_eq!(read.problem(), None);
    let listed = COHORTS.iter().flat_map(|cohort| [format!("{cohort}0"), format!("{cohort}1")]);
    let all = (0..USERS).map(|user| format!("user-{user}")).chain(listed);
    let within = all.filter(|id| read.is_in(&User::new(id)));
    within.map(|id| (id.clone(), read.features(&User::new(&id)).map(str::to_owned).collect())).collect()
}

/// What somebody has now who did not have it before.
fn gained(before: &Audience, after: &Audience) -> Option<String> {
    after.iter().find_map(|(user, now)| match before.get(user) {
        None => Some(format!("{user} was out and is in")),
        Some(had) if !now.is_subset(had) => Some(format!("{user} had {had:?} and has {now:?}")),
        Some(_) => None,
    })
}

fn step(world: &mut World, which: u8, more: u8, stages: usize) -> Vec<Event> {
    world.later(Span::minutes(1));
    let (at, note) = (world.moved(), None);
    let stage = format!("s{}", usize::from(more) % stages);
    let name = [COHORTS, FEATURES].concat()[usize::from(more) % 6].to_owned();
    let command = match which {
        0..=2 => Command::Promote { at, to: Some(stage), force: true, note },
        3 => Command::Resume { at, note },
        4 => {
            let shares = ["previous", "5%", "2%", "20%", "0%", "1%", "0.5%", "50%"];
            Command::RollBack { to: Some(shares[usize::from(more) % 8].to_owned()), note }
        }
        5 => Command::RollBack { to: Some(stage), note },
        6 => Command::Disable { feature: name, note },
        7 => Command::Enable { at, feature: name, note: None },
        8 => Command::Pause { note },
        9 => Command::Skip { at, stage },
        10 => {
            let condition = world.plan.conditions[usize::from(more) % world.plan.conditions.len()].clone();
            return world.tick(&[(&condition.text, TRUE)]).unwrap_or_default();
        }
        _ => return world.applied().unwrap_or_default(),
    };
    let paused = if let Phase::Paused { entry, .. } = &world.head.phase { Some(*entry) } else { None };
    let command = match (command, paused) {
        (Command::Resume { note, .. }, Some(at)) => Command::Resume { at, note },
        (command, _) => command,
    };
    world.command(command, &admin()).unwrap_or_default()
}

fn stages() -> impl Strategy<Value = Vec<Stage>> {
    let share = (0usize..8).prop_map(|which| ["0", "0", "1", "5", "10", "50", "100", "100"][which]);
    let stage = (share, 0u8..8, proptest::option::of(0u8..8));
    proptest::collection::vec(stage, 2..6).prop_map(|mut all| {
        let number = |share: &str| share.parse::<u8>().unwrap_or(0);
        all.sort_by_key(|(share, ..)| number(share));
        let stage = |(share, cohorts, features)| Stage { share, cohorts, features };
        all.into_iter().map(stage).collect()
    })
}

fn rules() -> impl Strategy<Value = Vec<&'static str>> {
    let then = [
        "roll back",
        "roll back to previous",
        "roll back to 5%",
        "roll back to 2%",
        "roll back to 20%",
        "disable p",
        "disable fx",
        "pause",
    ];
    proptest::collection::vec(proptest::sample::select(then.to_vec()), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn only_a_raise_gives_anybody_anything(
        stages in stages(),
        features in any::<[u8; 3]>(),
        rules in rules(),
        steps in proptest::collection::vec((0u8..14, any::<u8>()), 5..40),
    ) {
        let text = text(&stages, features, &rules);
        // A plan whose exposure shrinks on the way up is refused.
        if load("p.yaml", &text).is_ok() {
            let mut world = World::of(&text).captured();
            for (which, more) in steps {
                let before = audience(&world);
                let events = step(&mut world, which, more, stages.len());
                let raises = |event: &Event| matches!(event, Event::Promoted { .. } | Event::Enabled { .. });
                let gained = gained(&before, &audience(&world));
                if let Some(gained) = gained.filter(|_| !events.iter().any(raises)) {
                    prop_assert!(false, "{gained} after {events:?}\n{text}");
                }
                if events.iter().any(|event| matches!(event, Event::Requested { .. })) {
                    let _ = world.tick(&[]);
                }
            }
        }
    }
}
