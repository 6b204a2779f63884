//! What must be known of a target before the first write, and which targets cannot be taken.

use crate::{API, World, environment, plan, started, state};
use rollout::{
    event::Captured,
    plan::load,
    target::{Environment, Refusal, Settled, capture},
    units::Generation,
};

#[track_caller]
fn captured(pairs: &[(&str, &str)]) -> Result<Captured, Refusal> {
    let plan = plan();
    capture(&plan, &started(&plan).id, API, &state(environment(pairs), "r7"))
}

#[test]
fn absent_and_empty_are_told_apart() {
    let captured = captured(&[("OTHER", "x")]).unwrap();
    assert_eq!(captured.before.get("PERCENT"), Some(&None));
    assert_eq!((captured.revision.as_str(), captured.code.as_str()), ("r7", "code-1"));
}

#[test]
fn what_the_plan_writes_for_nobody_is_clean() {
    let captured = captured(&[("PERCENT", "0"), ("ON", "false"), ("SEARCH", "false")]).unwrap();
    assert_eq!(captured.before.get("ON"), Some(&Some("false".to_owned())));
}

#[test]
fn anything_else_in_a_managed_variable_is_not() {
    for (name, value) in [("PERCENT", "10"), ("ON", "true"), ("ON", "")] {
        let refusal = captured(&[(name, value)]).unwrap_err();
        assert!(matches!(&refusal, Refusal::NotClean { variable, .. } if variable == name), "{refusal}");
    }
}

#[test]
fn an_unreadable_environment_is_not_an_empty_one() {
    let plan = plan();
    let mut state = state(Environment::new(), "r1");
    state.environment = Err("KMS".to_owned());
    let refusal = capture(&plan, &started(&plan).id, API, &state).unwrap_err();
    assert_eq!(refusal, Refusal::Unreadable("KMS".to_owned()));
}

#[test]
fn a_finished_rollout_leaves_its_generation() {
    let captured = captured(&[("TIDEGATE", r#"{"was":"other-3","gen":41}"#)]).unwrap();
    assert_eq!(captured.generation, Generation(41));
}

#[test]
fn what_another_rollout_holds_cannot_be_taken() {
    let mark = r#"{"id":"other-3","gen":41,"sum":"00000000","back":{}}"#;
    let refusal = captured(&[("TIDEGATE", mark)]).unwrap_err();
    assert!(refusal.to_string().contains("other-3"), "{refusal}");
}

#[test]
fn a_pulled_emergency_stop_refuses_the_start() {
    let marks = [
        r#"{"id":"other-3","gen":4,"halt":true}"#,
        r#"{"was":"other-3","gen":4,"halt":"Ann"}"#,
        r#"{"was":"other-3","gen":4," HALT ":1}"#,
        r#"{"was":"other-3","gen":99999999999,"halt":1}"#,
    ];
    for text in ["halt", "HALT", " halt ", "\"halt\"", "{halt"].into_iter().chain(marks) {
        assert_eq!(captured(&[("TIDEGATE", text)]), Err(Refusal::Halted), "{text}");
    }
}

#[test]
fn what_cannot_be_read_may_be_somebodys_way_back() {
    for text in ["", "null", "x", r#"{"was":"other-3"}"#, r#"{"was":"other-3","gen":99999999999}"#] {
        assert_eq!(captured(&[("TIDEGATE", text)]), Err(Refusal::Garbled), "{text}");
    }
}

#[test]
fn a_generation_that_no_rollout_could_count_up_from_is_no_mark_of_ours() {
    let left =
        |generation: u64| captured(&[("TIDEGATE", &format!(r#"{{"was":"other-3","gen":{generation}}}"#))]);
    let most = u64::from(u32::MAX) / 2;
    assert_eq!(left(most).unwrap().generation, Generation(most));
    assert_eq!(left(most + 1), Err(Refusal::Garbled));
}

#[test]
fn every_stage_must_fit_before_anything_is_written() {
    let plan = plan();
    let with = |bytes: usize| {
        let found = environment(&[("PADDING", &"x".repeat(bytes))]);
        capture(&plan, &started(&plan).id, API, &state(found, "r1"))
    };
    let most = (0..4_096).rev().find(|bytes| with(*bytes).is_ok()).unwrap();
    assert!(matches!(with(most + 1), Err(Refusal::TooLarge { bytes: 4_097, .. })), "{:?}", with(most + 1));
    // What was taken can be walked to the end, whatever is switched off on the way.
    let mut world = World::new(environment(&[("PADDING", &"x".repeat(most))]));
    for stage in 0..3 {
        world.enter(stage);
    }
    let holder = rollout::event::Holder::Person;
    world.record(vec![rollout::event::Event::Disabled { name: "search".to_owned(), holder, note: None }]);
    world.write();
    world.applied();
    world.lower(Some((1, 37)));
    world.write();
}

#[test]
fn what_was_taken_fits_whatever_is_switched_off() {
    let names: Vec<String> = (0..20).map(|at| format!("c{at}")).collect();
    let cohorts: String = names.iter().map(|name| format!("  {name}: {{users: [u-{name}]}}\n")).collect();
    let names = names.join(", ");
    let text = format!(
        "tidegate: 1\nname: p\nowner: o\npeople: {{o: {{members: [a]}}}}\nfeatures: [a-search]\ncohorts:\n{cohorts}\
         targets: [{{function: api, set: {{FLAGS: \"${{flags}}\", QUIET: \"${{not features.a-search}}\"}}}}]\n\
         metrics: {{e: {{metric: A/E, stat: Sum}}}}\nstages: [{{name: one, percent: 10, cohorts: [{names}], bake: open}}]\n"
    );
    let plan = load("example.yaml", &text).unwrap().plan;
    let with = |bytes: usize| state(environment(&[("PADDING", &"x".repeat(bytes))]), "r1");
    let fits = |bytes: &usize| capture(&plan, &started(&plan).id, API, &with(*bytes)).is_ok();
    let most = (0..4_096).rev().find(fits).unwrap();
    let mut world = World::with(plan.clone(), with(most));
    world.enter(0);
    // A cohort that is off is a word longer in the flags than one that is on.
    for name in plan.switches().collect::<Vec<_>>().into_iter().rev() {
        let holder = rollout::event::Holder::Person;
        world.record(vec![rollout::event::Event::Disabled { name: name.to_owned(), holder, note: None }]);
        world.write();
        world.applied();
    }
}

#[test]
fn a_failed_update_may_be_written_again() {
    let mut world = World::new(Environment::new());
    world.promote(0);
    world.write();
    world.state.settled = Settled::Failed("no capacity".to_owned());
    world.write();
    assert_eq!(world.says("PERCENT"), Some("10"));
}
