//! What is written into a target, and what is never written over.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod aliases;
mod capturing;
mod halting;
mod marks;
mod properties;

use rollout::{
    event::Event,
    log::{Why, append, begin},
    plan::{Back, Plan, load},
    rollout::{Rollout, RolloutId},
    target::{Environment, FunctionState, Patch, Settings, Settled, capture, patch},
    time::Timestamp,
    units::{Generation, Share, StageIndex, TargetId},
};
use std::collections::BTreeMap;

const PLAN: &str = r##"
tidegate: 1
name: example
owner: team
people: {team: {slack: "#team"}}
features: [search]
targets: [{function: api, set: {PERCENT: "${percent}", ON: "${enabled}", SEARCH: "${features.search}"}}]
stages:
  - {name: one, percent: 10, bake: 1h}
  - {name: two, percent: 50, bake: 1h}
  - {name: all, percent: 100, bake: open}
"##;
const NOW: Timestamp = Timestamp(1_767_571_200_000);
const API: TargetId = TargetId(0);

fn plan() -> Plan {
    load("example.yaml", PLAN).unwrap_or_else(|problems| panic!("{problems}")).plan
}

/// A rollout that has been started and knows nothing of its target.
fn started(plan: &Plan) -> Rollout {
    let id = RolloutId("example-1".to_owned());
    begin(id, plan.hash().unwrap(), Generation(0), Why::default(), "ann", NOW, "c0").unwrap().1
}

fn environment(pairs: &[(&str, &str)]) -> Environment {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn state(environment: Environment, revision: &str) -> FunctionState {
    FunctionState {
        environment: Ok(environment),
        revision: revision.to_owned(),
        settled: Settled::Yes,
        code: "code-1".to_owned(),
        settings: Settings::from([("memory", "128".to_owned())]),
        alias: None,
    }
}

/// A rollout beside its one target, on which every write lands at once.
struct World {
    plan: Plan,
    head: Rollout,
    state: FunctionState,
    writes: u32,
}

impl World {
    /// Captured, with nothing written.
    fn new(found: Environment) -> World {
        World::with(plan(), state(found, "r0"))
    }

    /// The same of another plan.
    fn with(plan: Plan, state: FunctionState) -> World {
        let head = started(&plan);
        let captured = capture(&plan, &head.id, API, &state).unwrap();
        let mut world = World { plan, head, state, writes: 0 };
        world.record(vec![Event::Captured { target: API, captured }, Event::Ready]);
        world
    }

    fn record(&mut self, events: Vec<Event>) {
        self.head = append(&self.head, events, "test", NOW, "c").unwrap().1;
    }

    fn promote(&mut self, stage: u16) {
        let to = StageIndex(stage);
        let share = self.plan.stage(to).share;
        self.record(vec![Event::Promoted {
            to,
            share,
            on: vec![],
            frozen: vec![],
            forced: vec![],
            gathered: None,
        }]);
    }

    fn lower(&mut self, to: Option<(u16, u16)>) {
        let to =
            to.map(|(stage, percent)| (StageIndex(stage), Share::from_hundredths(percent * 100).unwrap()));
        let cause = rollout::event::Cause::Person("ann".to_owned());
        self.record(vec![Event::Lowering { to, asked: Back::Full, cause, onset: None }]);
    }

    fn applied(&mut self) {
        let generation = self.head.generation;
        self.record(vec![Event::Applied { generation, code: BTreeMap::new() }]);
    }

    fn patch(&self) -> Patch {
        patch(&self.plan, &self.head, &self.head.wants().unwrap(), API, &self.state)
    }

    /// Writes what is to be written.
    fn write(&mut self) {
        let patch = self.patch();
        let Patch::Write { environment, revision } = patch else { panic!("{patch:?}") };
        assert_eq!(revision, self.state.revision, "a write names the revision that was read");
        self.writes += 1;
        self.state = state(environment, &format!("r{}", self.writes));
    }

    /// Enters a stage, writes it and reads it back.
    fn enter(&mut self, stage: u16) {
        self.promote(stage);
        self.write();
        assert_eq!(self.patch(), Patch::InEffect);
        self.applied();
    }

    fn says(&self, name: &str) -> Option<&str> {
        self.environment().get(name).map(String::as_str)
    }

    fn environment(&self) -> &Environment {
        self.state.environment.as_ref().unwrap()
    }

    fn edit(&mut self, change: impl FnOnce(&mut Environment)) {
        change(self.state.environment.as_mut().unwrap());
        self.state.revision = "by-hand".to_owned();
    }
}
