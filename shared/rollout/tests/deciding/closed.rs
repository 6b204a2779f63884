//! Budgets outlive their rollout, until somebody closes them.

use crate::{
    levels::{COST, at_two},
    world::{admin, ann, check, holds},
};
use rollout::{
    decide::{Actor, Command},
    event::Event,
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
