//! Who is exposed at each stage, and what the variables say about it.

use super::{loaded, problems};
use rollout::{
    plan::{Plan, Shown},
    units::{Share, StageIndex},
};

const PLAN: &str = "\
tidegate: 1
name: engine
version: '2.1.0'
owner: team
people: {team: {}}
targets:
  - function: engine
    set:
      ON: ${enabled}
      OFF: ${not enabled}
      PERCENT: ${percent}
      COHORTS: ${cohorts}
      USERS: ${users}
      FEATURES: ${features}
      LABS: ${features.labs}
      NO_LABS: ${not features.labs}
      BETA: ${cohorts.beta}
      FLAGS: ${flags}
features: [search, pricing, labs]
cohorts:
  testers: {users: [ada, bob], percent: 0.5}
  beta:    {groups: [beta-opt-in], opt_in: true, percent: 25, features: [pricing, search]}
metrics:
  error_rate: {ratio: {of: App/Errors, to: App/Requests}, from: 100}
  p99:        {metric: App/Latency, stat: p99, unit: ms}
  before:     {metric: App/Latency, stat: p99, unit: ms, about: all}
guardrails:
  - {when: [error_rate > 1% for 5m, before > 2.5s for 5m], then: pause}
  - {when: error_rate > 3% in 5m, then: roll back}
  - {when: p99 > 5s for 5m, then: alert team}
stages:
  - {name: dark, bake: 1h}
  - {name: inside, cohorts: [testers], bake: 1h}
  - {name: beta, cohorts: [testers, beta], percent: 5, features: [search], bake: 24h}
  - {name: everyone, percent: 100, bake: 24h}
";

/// What the variables say at a stage with this share of it, and this switched off.
fn says(plan: &Plan, stage: u16, share: &str, off: &[&str], names: &[&str]) -> Vec<String> {
    let share = Share::from_percent(share.parse().unwrap()).unwrap();
    let off = off.iter().map(|name| (*name).to_owned()).collect();
    let audience = plan.audience(&Shown { stage: StageIndex(stage), share, off });
    let set = &plan.targets.first().unwrap().set;
    names.iter().map(|name| set[*name].render(&audience)).collect()
}

#[test]
fn the_variables_follow_the_exposure() {
    let plan = loaded(PLAN).plan;
    let names = ["ON", "OFF", "PERCENT", "COHORTS", "USERS", "FEATURES", "LABS", "NO_LABS", "BETA"];
    let at = |stage, share| says(&plan, stage, share, &[], &names);
    assert_eq!(at(0, "0"), ["false", "true", "0", "", "", "", "false", "true", "false"]);
    assert_eq!(
        at(1, "0"),
        ["true", "false", "0", "testers", "ada,bob", "search,pricing,labs", "true", "false", "false"]
    );
    assert_eq!(
        at(2, "5"),
        ["true", "false", "5", "testers,beta", "ada,bob", "search,pricing,labs", "true", "false", "true"]
    );
    assert_eq!(
        at(3, "100"),
        ["true", "false", "100", "", "", "search,pricing,labs", "true", "false", "false"]
    );
}

#[test]
fn what_is_switched_off_is_off_everywhere() {
    let plan = loaded(PLAN).plan;
    let names = ["ON", "COHORTS", "USERS", "FEATURES", "LABS", "BETA"];
    let off = |stage, share, off: &[&str]| says(&plan, stage, share, off, &names);
    assert_eq!(
        off(2, "5", &["labs"]),
        ["true", "testers,beta", "ada,bob", "search,pricing", "false", "true"]
    );
    assert_eq!(off(2, "5", &["testers"]), ["true", "beta", "", "search,pricing", "false", "true"]);
    assert_eq!(off(1, "0", &["testers"]), ["false", "", "", "", "false", "false"]);
}

#[test]
fn the_flags_are_the_whole_configuration() {
    let plan = loaded(PLAN).plan;
    let [flags] = &says(&plan, 2, "5", &["labs"], &["FLAGS"])[..] else { panic!("one variable") };
    assert_eq!(
        flags,
        "{\"enabled\":true,\"version\":\"2.1.0\",\"percentage\":5,\"features\":[\"search\"],\"cohorts\":{\
         \"beta\":{\"enabled\":true,\"percentage\":25,\"users\":[],\"groups\":[\"beta-opt-in\"],\"opt_in\":true,\
         \"features\":[\"search\",\"pricing\"]},\
         \"testers\":{\"enabled\":true,\"percentage\":0.5,\"users\":[\"ada\",\"bob\"],\"groups\":[],\
         \"features\":[\"search\",\"pricing\"]}},\
         \"halt_conditions\":{\"before\":2500,\"error_rate\":0.01}}"
    );
    let [dark] = &says(&plan, 0, "0", &[], &["FLAGS"])[..] else { panic!("one variable") };
    assert!(dark.starts_with("{\"enabled\":false,") && !dark.contains("true,\"percentage"), "{dark}");
}

#[test]
fn neither_the_sample_nor_the_cohorts_shrink() {
    let shrunk = PLAN.replace("cohorts: [testers, beta], percent: 5", "cohorts: [beta], percent: 5");
    let found = problems(&shrunk);
    assert!(found[0].contains("exposure shrinks: the cohort `testers` of `inside` is left out"), "{found:?}");
}

#[test]
fn nor_does_what_they_have() {
    // The sample of `beta` has search; the testers have everything.
    let less = |features: &str| {
        let everyone = format!("percent: 100, features: [{features}]");
        let text =
            PLAN.replace("percent: 100", &everyone).replace("features: [pricing, search]", "features: []");
        problems(&text).join("\n")
    };
    assert!(loaded(PLAN).warnings.is_empty());
    let found = less("pricing, labs");
    let expected = "exposure shrinks: the feature `search` of `beta` is left out";
    assert!(found.contains(expected), "{found}");
    let found = less("search, pricing");
    let expected = "exposure shrinks: the cohort `testers` is left out, and `labs` with it";
    assert!(found.contains(expected), "{found}");
    assert_eq!(less("search, pricing, labs"), "");
    // What a stage without a sample has is nobody's.
    assert_eq!(problems(&PLAN.replace("name: dark,", "name: dark, features: [labs],")), [""; 0]);
}
