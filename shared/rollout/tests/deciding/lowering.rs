//! Where a lowering lands: on fewer people with less, and only where the rollout has been.

use crate::world::{TRUE, World, ann, check, holds};
use rollout::{decide::Command, event::Event, plan::Shown, time::Span, units::StageIndex};

const FEATURES: &str = r#"
tidegate: 1
name: example
owner: team
people: {team: {members: [tim]}}
features: [search, llm]
cohorts: {staff: {users: [ann]}}
targets: [{function: api, set: {PERCENT: "${percent}", FLAGS: "${flags}"}}]
metrics: {errors: {metric: App/Errors, stat: Maximum, unit: percent, about: all}}
guardrails: [{when: errors > 5%, then: roll back to 5%}]
stages:
  - {name: staff, cohorts: [staff], bake: 1h}
  - {name: ten, percent: 10, cohorts: [staff], features: [search], bake: 1h}
  - {name: half, percent: 50, cohorts: [staff], features: [search, llm], bake: 1h}
  - {name: all, percent: 100, bake: open}
"#;

fn back(to: &str) -> Command {
    Command::RollBack { to: Some(to.to_owned()), note: None }
}

impl World {
    fn shown(&self) -> Shown {
        self.head.wants().unwrap().show.unwrap()
    }

    /// Stage and share: `two 12%`.
    fn place(&self) -> String {
        let standing = self.head.standing().map(|standing| standing.share.to_string());
        format!("{} {}", self.stage().unwrap_or("nowhere"), standing.unwrap_or_default())
    }

    /// The variable of the flags, as it is wanted now.
    fn flags(&self) -> serde_json::Value {
        let text = self.plan.targets[0].set["FLAGS"].render(&self.plan.audience(&self.shown()));
        serde_json::from_str(&text).unwrap()
    }
}

/// At the last stage, after the optional one before it was passed over.
fn past_three() -> World {
    let mut world = World::at("two");
    let at = world.moved();
    check(world.command(Command::Skip { at, stage: "three".to_owned() }, &ann(&["team"])), &["skipped"]);
    world.later(Span::hours(1));
    check(world.tick(&[]), &["promoted"]);
    check(world.applied(), &["applied"]);
    assert_eq!(world.stage(), Some("all"));
    world
}

#[test]
fn a_stage_without_a_sample_that_is_shown_at_some_percent_gives_nobody_a_new_feature() {
    let mut world = World::of(FEATURES).exposed().forced("ten");
    assert_eq!(world.flags()["features"], serde_json::json!(["search"]));
    check(world.tick(&[("errors > 5%", TRUE)]), &["fired", "lowering"]);
    assert_eq!(world.place(), "staff 5%");
    assert_eq!(world.flags()["features"], serde_json::json!(["search"]));
    // Who has more by name keeps it.
    let staff = &world.flags()["cohorts"]["staff"]["features"];
    assert_eq!(*staff, serde_json::json!(["search", "llm"]));
}

#[test]
fn where_a_lowering_would_give_somebody_something_it_goes_further_down() {
    let mut world = World::of(FEATURES).exposed();
    // As a plan that an older program took: `half` has less than `ten`.
    let with = |name: &str| vec![name.to_owned()];
    world.plan.stages[1].features = with("llm");
    world.plan.stages[2].features = with("search");
    let mut world = world.forced("ten").forced("half");
    check(world.command(back("previous"), &ann(&["team"])), &["lowering"]);
    assert_eq!(world.place(), "staff 0%");
}

#[test]
fn a_stage_that_is_shown_at_more_than_its_share_can_be_gone_back_to() {
    let mut world = World::at("two");
    check(world.command(back("12%"), &ann(&["team"])), &["lowering"]);
    assert_eq!(world.place(), "one 12%");
    holds(world.command(back("two"), &ann(&["team"])), "AlreadySo");
    check(world.command(back("one"), &ann(&["team"])), &["lowering"]);
    assert_eq!(world.place(), "one 10%");
    holds(world.command(back("one"), &ann(&["team"])), "AlreadySo");
}

#[test]
fn previous_is_not_a_stage_that_was_passed_over() {
    let mut world = past_three();
    check(world.command(back("previous"), &ann(&["team"])), &["lowering"]);
    assert_eq!(world.place(), "two 25%");
    // Not by a skip, nor by force.
    let mut world = World::at("three");
    check(world.command(back("previous"), &ann(&["team"])), &["lowering"]);
    assert_eq!(world.place(), "one 10%");
}

#[test]
fn nor_is_it_for_a_guardrail() {
    let mut world = past_three();
    check(world.tick(&[("latency > 1s", TRUE)]), &["fired", "notified", "deferred"]);
    world.later(Span::hours(1));
    let events = world.tick(&[("latency > 1s", TRUE)]).unwrap();
    let Some(Event::Lowering { to: Some((stage, _)), .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(*stage, StageIndex(1));
}
