//! A drill: the way back without anybody on the way out.

use crate::{
    levels::at_two,
    world::{World, ann, check, holds, names, stage},
};
use rollout::{
    decide::{Command, Trigger},
    event::{Cause, Event},
    levels::AlarmState,
    plan::{DRILL_LASTS, Plan, Shown, load},
    rollout::Phase,
    time::Span,
    units::Share,
};

/// Every plan that comes with the project.
const PLANS: [&str; 5] = [
    include_str!("../../../../plans/cohorts.yaml"),
    include_str!("../../../../plans/cst.yaml"),
    include_str!("../../../../plans/elite.yaml"),
    include_str!("../../../../plans/ilana.yaml"),
    include_str!("../../../../plans/valine.yaml"),
];

fn plan(text: &str) -> Plan {
    load("plan.yaml", text).unwrap_or_else(|problems| panic!("{problems}")).plan
}

/// Started, with nothing exposed and nothing to wait for.
fn drilled(plan: &Plan, alarm: Option<&str>) -> World {
    let mut world = World::planned_as(plan.drill(alarm).unwrap());
    alarm.into_iter().for_each(|name| world.sounds(name, AlarmState::Quiet));
    world.exposed()
}

#[test]
fn whatever_stage_or_share_it_is_at_its_variables_are_those_for_nobody() {
    for plan in PLANS.map(plan) {
        let drill = plan.drill(None).unwrap();
        assert!(drill.drill && drill.stages.iter().all(|stage| !stage.exposes(stage.share)));
        for (target, (_, of_plan)) in drill.targets.iter().zip(plan.targets()) {
            for share in [Share::NONE, Share::ALL] {
                let shown = Shown { stage: stage(0), share, off: vec![] };
                for (name, template) in &target.set {
                    let nobody = of_plan.set[name].render(&plan.nobody());
                    assert_eq!(template.render(&drill.audience(&shown)), nobody, "{}: {name}", plan.name);
                    assert_eq!(template.render(&drill.nobody()), nobody, "{}: {name}", plan.name);
                }
            }
        }
        // It is kept as any plan is.
        let again: Plan = serde_json::from_str(&serde_json::to_string(&drill).unwrap()).unwrap();
        assert_eq!(again, drill);
        assert_ne!(drill.hash().unwrap(), plan.hash().unwrap());
        assert_eq!(drill.promise, plan.promise);
    }
}

#[test]
fn a_person_sets_it_off_and_it_goes_the_way_of_every_rollback() {
    let mut world = drilled(&World::new().plan, None);
    assert_eq!(world.head.standing().map(|standing| standing.share), Some(Share::NONE));
    check(world.command(Command::RollBack { to: None, note: None }, &ann(&["team"])), &["lowering"]);
    check(world.tell(&Trigger::Written(world.head.generation)), &["written"]);
    check(world.applied(), &["applied", "closing"]);
    check(world.applied(), &["applied", "ended"]);
    let steps = world.head.times.unwrap().steps(&world.plan.promise);
    assert_eq!(steps.last().map(|step| step.name), Some("by_hand"));
    world.check_log();
}

#[test]
fn the_alarm_sets_it_off_though_nobody_is_exposed_and_nobody_is_woken() {
    let mut world = drilled(&at_two().plan, Some("burning"));
    let told = world.tell(&Trigger::Alarmed("burning".to_owned(), world.now));
    check(told, &["fired", "lowering"]);
    assert_eq!(world.head.times.unwrap().began, Some(world.now));
    let Phase::Lowering { to: None, cause: Cause::Rule(_), .. } = &world.head.phase else {
        panic!("{:?}", world.head.phase)
    };
}

#[test]
fn an_alarm_on_which_nothing_goes_back_is_none_for_a_drill() {
    let why = at_two().plan.drill(Some("noisy")).unwrap_err().to_string();
    assert!(why.contains("no guardrail of this plan rolls back at once on an alarm noisy"), "{why}");
    assert!(why.contains("burning"), "{why}");
    let why = plan(PLANS[2]).drill(Some("any")).unwrap_err().to_string();
    assert!(why.ends_with("none does on any"), "{why}");
}

#[test]
fn left_alone_it_goes_back_by_itself_and_is_never_complete() {
    let mut world = drilled(&World::new().plan, None);
    holds(world.tick(&[]), "Baking");
    // Whoever wants it complete gets what it is there for.
    let at = world.moved();
    check(world.command(Command::Complete { at, note: None }, &ann(&["team"])), &["requested"]);
    holds(world.tick(&[]), "Baking");
    world.later(DRILL_LASTS);
    check(world.tick(&[]), &["lowering"]);
    let Phase::Lowering { cause, .. } = &world.head.phase else { panic!("{:?}", world.head.phase) };
    assert_eq!(cause.words(&world.plan), "nobody set it off within 10m");
}

#[test]
fn what_holds_it_up_does_not_keep_it() {
    let mut world = drilled(&World::new().plan, None);
    world.later(Span::minutes(5));
    let obstacle = Some("fn: it may not be read".to_owned());
    check(world.tell(&Trigger::Blocked(obstacle)), &["blocked"]);
    world.later(DRILL_LASTS);
    let late = world.tick(&[]).unwrap();
    assert_eq!(names(&late), ["late", "lowering"]);
    assert!(late.iter().any(|event| matches!(event, Event::Lowering { to: None, .. })));
}
