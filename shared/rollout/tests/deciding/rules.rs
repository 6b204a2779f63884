//! Guardrails: that each acts once, is armed anew, waits, asks, and gives back only its own.

use crate::world::{FALSE, TRUE, UNKNOWN, World, ann, check, holds, named, stage};
use rollout::{
    decide::{Command, Hold, Trigger},
    event::{Event, PauseReason},
    rollout::Phase,
    time::Span,
    units::TargetId,
};

const SLOW: [(&str, rollout::evidence::Verdict); 1] = [("latency > 1s", TRUE)];

#[test]
fn a_breach_acts_once_and_again_after_it_was_known_false() {
    let mut world = World::at("two");
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
    world.later(Span::minutes(1));
    holds(world.tick(&SLOW), "Baking");
    holds(world.tick(&[("latency > 1s", UNKNOWN)]), "Baking");
    check(world.tick(&[]), &["cleared"]);
    world.later(Span::minutes(1));
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
}

#[test]
fn a_breach_is_armed_anew_by_another_exposure_once_that_is_in_effect() {
    let mut world = World::at("three");
    let bad = [("latency > 2s", TRUE)];
    check(world.tick(&bad), &["fired", "notified", "lowering"]);
    assert_eq!(world.head.standing().map(|standing| standing.stage), Some(stage(0)));
    // On the exposure that is still there the same breach says nothing new.
    world.later(Span::minutes(2));
    holds(world.tick(&bad), "Applying");
    check(world.applied(), &["applied", "paused"]);
    world.later(Span::minutes(2));
    // At that percentage already: all the way.
    check(world.tick(&bad), &["fired", "notified", "lowering"]);
    assert_eq!(world.stage(), None);
}

#[test]
fn a_breach_is_armed_anew_by_a_resume() {
    let mut world = World::at("two");
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
    check(world.command(Command::Pause { note: None }, &ann(&["team"])), &["paused"]);
    let at = world.moved();
    world.later(Span::minutes(1));
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    world.later(Span::minutes(1));
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
}

#[test]
fn it_acts_only_on_data_younger_than_its_last_action() {
    let mut world = World::at("two");
    let old = world.evidence(&SLOW);
    world.later(Span::minutes(1));
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
    check(world.tick(&[]), &["cleared"]);
    let again = rollout::evidence::Evidence { version: world.head.version, ..old };
    holds(world.tell(&Trigger::Tick(Box::new(again))), "Baking");
}

#[test]
fn what_waits_is_judged_again_when_its_time_has_come() {
    for (verdict, then) in
        [(TRUE, vec!["deferral-ended", "lowering"]), (UNKNOWN, vec!["deferral-ended", "notified", "paused"])]
    {
        let mut world = World::at("two");
        check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
        world.later(Span::minutes(60));
        check(world.tick(&[("latency > 1s", verdict)]), &then);
    }
    let mut world = World::at("two");
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
    world.later(Span::minutes(60));
    check(world.tick(&[("latency > 1s", FALSE)]), &["cleared", "deferral-ended"]);
}

#[test]
fn nobody_is_told_of_a_pause_that_a_lowering_makes_void() {
    let mut world = World::at("three");
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
    world.later(Span::minutes(60));
    let seen = [("latency > 1s", UNKNOWN), ("latency > 2s", TRUE)];
    check(world.tick(&seen), &["fired", "notified", "deferral-ended", "lowering"]);
}

#[test]
fn a_signal_does_not_judge_what_waits() {
    let mut world = World::at("two");
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
    world.later(Span::minutes(60));
    let report = Command::Signal { name: "critical-report".to_owned(), reporter: None, note: None };
    check(world.command(report, &ann(&["team"])), &["signaled"]);
    assert_eq!(world.head.deferred.len(), 1);
}

#[test]
fn a_partial_rollback_ends_paused_and_bakes_anew() {
    let mut world = World::at("three");
    check(world.tick(&[("latency > 2s", TRUE)]), &["fired", "notified", "lowering"]);
    check(world.applied(), &["applied", "paused"]);
    assert!(matches!(&world.head.phase, Phase::Paused { why: PauseReason::RolledBackTo(..), .. }));
    let at = world.moved();
    world.later(Span::hours(5));
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    assert_eq!(world.stage(), Some("one"));
}

#[test]
fn in_the_first_exposed_stage_previous_is_all_the_way() {
    let mut world = World::baking();
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
    world.later(Span::hours(1));
    check(world.tick(&SLOW), &["deferral-ended", "lowering"]);
    assert_eq!(world.stage(), None);
}

#[test]
fn a_review_holds_promotion_and_an_unanswered_one_pauses() {
    let mut world = World::at("two");
    check(world.tick(&[("load > 9", TRUE)]), &["fired", "review-asked", "notified"]);
    check(world.tick(&[]), &["cleared"]);
    world.later(Span::minutes(29));
    holds(world.tick(&[]), "Baking");
    world.later(Span::minutes(1));
    check(world.tick(&[]), &["review-asked", "notified", "paused"]);
    let at = world.moved();
    // Whoever resumes has looked.
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    world.later(Span::hours(1));
    check(world.tick(&[]), &["promoted"]);
}

/// Who was told, and what.
fn told(events: &[Event]) -> Vec<(&str, &str)> {
    let mut told = vec![];
    for event in events {
        if let Event::Notified { to, what, .. } = event {
            told.push((to.as_str(), what.as_str()));
        }
    }
    told
}

#[test]
fn what_nobody_answers_goes_to_the_next_in_line_until_there_is_none() {
    let line = "name: example\nrespond: {P2: 4h}\nlinks: {runbook: 'https://x'}";
    let mut world = World::planned(line).exposed().forced("two");
    world.tick(&[("load > 9", TRUE)]).unwrap();
    check(world.tick(&[]), &["cleared"]);
    world.later(Span::minutes(30));
    let events = world.tick(&[]).unwrap();
    assert_eq!(
        told(&events),
        [(
            "on-call",
            "P2, review within 30m: lead was asked and did not look: load > 9 (runbook: https://x)"
        )]
    );
    assert!(matches!(&world.head.phase, Phase::Paused { why: PauseReason::Unanswered(_), .. }));
    world.later(Span::minutes(29));
    holds(world.tick(&[]), "Paused");
    world.later(Span::minutes(1));
    let events = world.tick(&[]).unwrap();
    assert_eq!(crate::world::names(&events), ["review-asked", "notified"]);
    assert_eq!(told(&events)[0].0, "pm");
    assert!(told(&events)[0].1.contains("on-call was asked and did not look"));
    // The first has been passed over, and only the last can answer.
    assert_eq!(world.head.reviews.len(), 1);
    let at = world.head.reviews[0].entry;
    holds(world.command(Command::Approve { at, note: None }, &named("lea", &["lead"])), "NoRight");
    world.later(Span::days(1));
    holds(world.tick(&[]), "Paused");
    check(world.command(Command::Approve { at, note: None }, &named("pat", &["pm"])), &["reviewed"]);
    let at = world.moved();
    check(world.command(Command::Resume { at, note: None }, &ann(&["team"])), &["resumed"]);
    check(world.tick(&[]), &["promoted"]);
    world.check_log();
}

#[test]
fn a_page_says_how_bad_it_is_and_where_to_look() {
    let more =
        "name: example\nrespond: {P2: 4h, P0: now}\nlinks: {runbook: 'https://x', dashboard: 'https://y'}";
    let mut world = World::planned(more).exposed();
    let events = world.tick(&[("errors > 5%", TRUE)]).unwrap();
    let expected = "P2, respond within 4h: errors > 5%: errors 3% (limit 2%) (runbook: https://x)";
    assert_eq!(told(&events), [("on-call", expected)]);
    // What cannot be verified is worse than any of that.
    world.later(Span::minutes(10));
    let events = world.tick(&[("errors > 5%", TRUE)]).unwrap();
    assert!(told(&events)[0].1.ends_with("the targets do not say what they must (runbook: https://x)"));
    let mut world = World::baking();
    let events = world.tick(&[("errors > 5%", TRUE)]).unwrap();
    assert_eq!(told(&events), [("on-call", "P2: errors > 5%: errors 3% (limit 2%)")]);
}

#[test]
fn a_review_is_answered_by_whom_it_asks() {
    let mut world = World::at("two");
    check(world.tick(&[("load > 9", TRUE)]), &["fired", "review-asked", "notified"]);
    check(world.tick(&[]), &["cleared"]);
    let at = world.head.reviews[0].entry;
    world.later(Span::hours(1).minus(Span::minutes(40)));
    holds(world.command(Command::Approve { at, note: None }, &named("pat", &["pm"])), "NoRight");
    check(world.command(Command::Approve { at, note: None }, &named("lea", &["lead"])), &["reviewed"]);
    assert!(world.head.reviews.is_empty());
}

#[test]
fn a_feature_that_a_rule_holds_off_is_given_back_by_a_person_and_the_bake_stands_still() {
    let mut world = World::at("two");
    world.later(Span::minutes(30));
    check(world.tick(&[("memory > 1GB", TRUE)]), &["fired", "disabled"]);
    check(world.applied(), &["applied"]);
    world.later(Span::hours(9));
    check(world.tick(&[]), &["cleared"]);
    let Err(Hold::Baking { baked, .. }) = world.tick(&[]) else { panic!("the bake stands still") };
    assert_eq!(baked, Span::minutes(30));
    let at = world.moved();
    let enable = Command::Enable { at, feature: "search".to_owned(), note: None };
    check(world.command(enable, &ann(&["team"])), &["requested"]);
    holds(world.tick(&[("errors > 5%", UNKNOWN)]), "Guardrail");
    check(world.tick(&[]), &["enabled"]);
    assert_eq!(world.head.request, None, "what was carried out is wished for no longer");
    check(world.applied(), &["applied"]);
    world.later(Span::minutes(30));
    check(world.tick(&[]), &["promoted"]);
}

#[test]
fn other_code_bakes_anew() {
    let mut world = World::at("two");
    world.later(Span::minutes(59));
    check(world.tell(&Trigger::Code(TargetId(0), "code-2".to_owned())), &["code-changed"]);
    holds(world.tell(&Trigger::Code(TargetId(0), "code-2".to_owned())), "AlreadySo");
    world.later(Span::minutes(59));
    holds(world.tick(&[]), "Baking");
}

#[test]
fn the_figures_that_a_rule_fired_on_are_kept_with_it() {
    let mut world = World::baking();
    let events = world.tick(&[("errors > 5%", TRUE)]).unwrap();
    let Event::Fired { on, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!(on[0].condition, world.condition("errors > 5%"));
}

#[test]
fn a_bake_that_stands_still_says_what_is_off() {
    let mut world = World::at("two");
    world.later(Span::minutes(1));
    let off = Command::Disable { feature: "search".to_owned(), note: None };
    check(world.command(off, &ann(&["team"])), &["disabled"]);
    check(world.applied(), &["applied"]);
    let Err(hold) = world.tick(&[]) else { panic!("it bakes") };
    let words = hold.words(&world.plan, world.now);
    assert!(
        words.contains("stands still at 1m of") && words.contains("search is off, held by a person"),
        "{words}"
    );
}

#[test]
fn what_is_false_again_is_what_was_true() {
    let plan = include_str!("plan.yaml").replace("when: latency > 1s,", "when: [latency > 1s, load > 7],");
    let mut world = World::of(&plan).exposed();
    check(world.tick(&SLOW), &["fired", "notified", "deferred"]);
    world.later(Span::minutes(1));
    let events = world.tick(&[]).unwrap();
    let words: Vec<String> = events.iter().map(|event| event.words(&world.plan)).collect();
    assert_eq!(words, ["false again: latency > 1s"]);
    world.check_log();
}
