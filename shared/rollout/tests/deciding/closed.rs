//! Budgets outlive their rollout, until somebody closes them.

use crate::{
    levels::{COST, at_two, told},
    world::{TRUE, World, admin, ann, check, holds, names},
};
use rollout::{
    decide::{Actor, Command},
    event::{Event, Level},
    gather::{Scope, questions},
    rollout::Rollout,
    time::Span,
};

fn close(budget: &str) -> Command {
    Command::CloseBudget { budget: budget.to_owned(), note: Some("switched off".to_owned()) }
}

#[test]
fn a_budget_is_closed_once_and_only_when_its_rollout_is_over() {
    let mut world = at_two();
    holds(world.command(close("llm_cost"), &admin()), "Not(\"llm_cost guards what is exposed");
    world.goes_on();
    let complete = Command::Complete { at: world.moved(), note: None };
    check(world.command(complete, &ann(&["team"])), &["requested"]);
    check(world.tick(&[]), &["closing"]);
    holds(world.command(close("llm_cost"), &admin()), "Not(\"llm_cost guards what is exposed");
    check(world.applied(), &["applied", "ended"]);

    let before = world.head.clone();
    for nobody in [ann(&[]), Actor { machine: true, ..ann(&["team"]) }] {
        holds(world.command(close("llm_cost"), &nobody), "NoRight");
    }
    holds(world.command(close("gold"), &ann(&["team"])), "Not(\"the plan has no budget gold");
    world.later(Span::days(1));
    check(world.command(close("llm_cost"), &ann(&["team"])), &["budget-closed"]);
    let since = format!("AlreadySoBy(\"ann closed llm_cost at {}", world.now);
    holds(world.command(close("llm_cost"), &admin()), &since);
    // Nothing else has changed, and nothing else may follow.
    let (head, closed) = (&world.head, &world.head.closed[&COST]);
    assert_eq!((closed.by.as_str(), closed.at, head.closed.len()), ("ann", world.now, 1));
    assert_eq!((&head.phase, head.generation, head.moved), (&before.phase, before.generation, before.moved));
    holds(world.command(Command::RollBack { to: None, note: None }, &admin()), "Over");
    holds(world.tick(&[]), "Over");
    world.check_log();
}

/// At the end of its last stage, with nothing spent today.
fn completed() -> World {
    let mut world = at_two();
    world.goes_on();
    let complete = Command::Complete { at: world.moved(), note: None };
    check(world.command(complete, &ann(&["team"])), &["requested"]);
    check(world.tick(&[]), &["closing"]);
    check(world.applied(), &["applied", "ended"]);
    world
}

#[test]
fn the_owner_of_what_has_completed_is_told_of_each_line_once_a_day_and_nothing_is_switched_off() {
    let mut world = completed();
    let before = world.head.clone();
    let ends = "; the rollout has completed: nothing is switched off, and `close-budget example-1 llm_cost` ends the \
                counting";
    for day in ["2026-01-05", "2026-01-06"] {
        holds(world.tick(&[]), "Over");
        for (cents, line) in [
            (410, format!("llm_cost: $4.1 of $5 spent on {day}, told from $4 on")),
            (510, format!("llm_cost: $5.1 spent on {day}, and the cap is $5")),
        ] {
            world.spends(cents);
            let events = world.tick(&[]).unwrap();
            assert_eq!(names(&events), ["crossed", "notified"]);
            assert_eq!(told(&events), [(Level::Alert, "team", format!("{line}{ends}").as_str())]);
            // A guardrail on the money is over with the rollout, and so is every other.
            world.spends(cents + 1_000 * u64::from(cents > 500));
            holds(world.tick(&[("errors > 5%", TRUE)]), "Over");
        }
        world.tomorrow();
    }
    let head = &world.head;
    assert_eq!((&head.phase, head.generation, &head.off), (&before.phase, before.generation, &before.off));
    assert!(head.wants().is_none());
    world.check_log();
}

#[test]
fn nobody_is_told_of_what_is_closed_or_was_taken_back_or_is_not_known() {
    let mut world = completed();
    world.levels.windows.clear();
    holds(world.tick(&[]), "Over");
    world.spends(510);
    check(world.command(close("llm_cost"), &ann(&["team"])), &["budget-closed"]);
    holds(world.tick(&[]), "Over");
    assert!(!world.head.counts(COST));

    let mut world = at_two();
    check(world.command(Command::RollBack { to: None, note: None }, &admin()), &["lowering"]);
    check(world.applied(), &["applied", "closing"]);
    check(world.applied(), &["applied", "ended"]);
    world.spends(510);
    holds(world.tick(&[]), "Over");
    assert!(!world.head.counts(COST));
    let told = Event::Notified { level: Level::Alert, to: "team".to_owned(), what: "late".to_owned() };
    assert!(world.head.evolve(&told, "evaluate", world.now).is_err());
}

#[test]
fn what_has_completed_asks_for_its_money_and_for_nothing_else() {
    let world = completed();
    let asked = |world: &World| {
        let all = questions(&world.plan, &world.head, world.now, Scope::Doors);
        (all.queries.len(), Vec::from_iter(all.windows.keys().copied()), all.alarms().count())
    };
    assert_eq!(asked(&world), (0, vec![COST], 0));
    let mut world = world;
    check(world.command(close("llm_cost"), &ann(&["team"])), &["budget-closed"]);
    assert_eq!(asked(&world), (0, vec![], 0));
}

#[test]
fn a_budget_of_what_was_taken_back_need_not_be_closed() {
    let mut world = at_two();
    check(world.command(Command::RollBack { to: None, note: None }, &admin()), &["lowering"]);
    check(world.applied(), &["applied", "closing"]);
    check(world.applied(), &["applied", "ended"]);
    holds(
        world.command(close("llm_cost"), &admin()),
        "AlreadySoBy(\"it ended as rolled-back: nothing more is held",
    );
}

/// A log from before budgets could be closed, and one that closes a budget while somebody is exposed.
#[test]
fn a_head_without_closed_budgets_is_read_and_none_is_closed_before_the_end() {
    let world = at_two();
    let head = serde_json::to_value(&world.head).unwrap();
    assert!(head.get("closed").is_none(), "{head}");
    assert_eq!(serde_json::from_value::<Rollout>(head).unwrap(), world.head);
    let early = Event::BudgetClosed { budget: COST, note: None };
    assert!(world.head.evolve(&early, "ann", world.now).is_err());
}
