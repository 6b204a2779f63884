//! What people do, as commands: what a hold waits for, and what a story says.

use crate::{
    lab::story::{Act, Deed, Habit},
    people::{cast, somebody},
};
use rollout::{
    decide::{Actor, Command, Hold, Miss},
    plan::Plan,
    rollout::{Phase, Rollout},
    units::Version,
};
use std::collections::BTreeSet;

/// A command and who gives it.
pub type Given = (Command, Actor);

/// What a deed comes to where a rollout stands now; none for what no command says (the stop line, the halt).
///
/// Whoever acts in a story has read the status before: what raises names the entry that stands now. Where nothing is
/// asked or paused, the command is given all the same, so that it is refused as anybody's would be.
pub fn command(plan: &Plan, head: &Rollout, act: &Act) -> Option<Given> {
    let note = act.note.clone();
    let moved = head.moved.entry;
    let command = match &act.deed {
        Deed::Approve => Command::Approve { at: open_ask(head).unwrap_or(moved), note },
        Deed::Reject => {
            Command::Reject { at: open_ask(head).unwrap_or(moved), note: note.unwrap_or_default() }
        }
        Deed::Review => {
            Command::Approve { at: head.reviews.first().map_or(moved, |review| review.entry), note }
        }
        Deed::Pause => Command::Pause { note },
        Deed::Resume => Command::Resume { at: paused(head).unwrap_or(moved), note },
        Deed::RollBack { to } => Command::RollBack { to: to.clone(), note },
        Deed::Promote { force } => Command::Promote { at: moved, to: None, force: *force, note },
        Deed::Complete => Command::Complete { at: moved, note },
        Deed::Acknowledge => Command::Acknowledge { note },
        Deed::Abandon => Command::Abandon { note: note.unwrap_or_else(|| "given up".to_owned()) },
        Deed::Disable(feature) => Command::Disable { feature: feature.clone(), note },
        Deed::Enable(feature) => Command::Enable { at: moved, feature: feature.clone(), note },
        Deed::CloseBudget(budget) => Command::CloseBudget { budget: budget.clone(), note },
        Deed::Skip(stage) => Command::Skip { at: moved, stage: stage.clone() },
        Deed::Tick(text) => Command::Tick { text: text.clone(), stage: None, note },
        Deed::Signal { name, from } => Command::Signal { name: name.clone(), reporter: from.clone(), note },
        Deed::Report { name, value, samples } => {
            Command::Report { name: name.clone(), value: *value, samples: *samples, note }
        }
        Deed::Stop { .. } | Deed::Go | Deed::Halt => return None,
    };
    Some((command, somebody(plan, &act.by)))
}

/// Whether it is a report on what is over: a habit that goes on, and nothing to tell of.
pub fn is_past(head: &Rollout, act: &Act) -> bool {
    head.is_over() && matches!(act.deed, Deed::Report { .. })
}

fn open_ask(head: &Rollout) -> Option<Version> {
    match &head.phase {
        Phase::Waiting { ask: Some(ask), .. } => Some(ask.entry),
        Phase::Waiting { ask: None, .. }
        | Phase::Starting
        | Phase::Advancing { .. }
        | Phase::Baking { .. }
        | Phase::Paused { .. }
        | Phase::Lowering { .. }
        | Phase::Closing { .. }
        | Phase::Abandoning { .. }
        | Phase::Over { .. } => None,
    }
}

fn paused(head: &Rollout) -> Option<Version> {
    if let Phase::Paused { entry, .. } = &head.phase { Some(*entry) } else { None }
}

/// What the built-in persons of these habits do about a hold.
pub fn of_habit(plan: &Plan, head: &Rollout, hold: &Hold, habits: &BTreeSet<Habit>) -> Vec<Given> {
    let has = |habit| habits.contains(&habit);
    if let (Hold::Leave(misses) | Hold::Enter(misses), true) = (hold, has(Habit::Tick)) {
        return misses.iter().filter_map(|miss| tick(plan, head, miss)).collect();
    }
    if let (Hold::Consent { entry, missing }, true) = (hold, has(Habit::Approve)) {
        let able = |actor: &Actor| {
            let asked = missing.iter().any(|need| actor.roles.contains(&need.role));
            asked && (actor.name != head.started_by || plan.self_approval)
        };
        let approve = |actor| (Command::Approve { at: *entry, note: None }, actor);
        return cast(plan).into_iter().filter(able).map(approve).collect();
    }
    let one = if let (Hold::Open, true) = (hold, has(Habit::Approve)) {
        Some((Command::Complete { at: head.moved.entry, note: None }, plan.owner.as_str()))
    } else if let (Hold::Review { entry, .. }, true) = (hold, has(Habit::Review)) {
        let review = head.reviews.iter().find(|review| review.entry == *entry);
        let by = review.and_then(|review| review.by.as_deref()).unwrap_or(&plan.owner);
        Some((Command::Approve { at: *entry, note: None }, by))
    } else if let (Hold::Paused { entry }, true) = (hold, has(Habit::Resume)) {
        Some((Command::Resume { at: *entry, note: None }, plan.owner.as_str()))
    } else {
        None
    };
    one.into_iter().map(|(command, by)| (command, somebody(plan, by))).collect()
}

fn tick(plan: &Plan, head: &Rollout, miss: &Miss) -> Option<Given> {
    let Miss::Tick(text) = miss else {
        return None;
    };
    let stage = stage_of(plan, head, text);
    Some((Command::Tick { text: text.clone(), stage, note: None }, somebody(plan, &plan.owner)))
}

/// The same item may stand in several stages: the one that is asked for is the first that is not ticked.
fn stage_of(plan: &Plan, head: &Rollout, text: &str) -> Option<String> {
    let asks = |stage: &rollout::plan::Stage| {
        stage
            .enter
            .iter()
            .chain(&stage.leave)
            .any(|item| matches!(item, rollout::plan::Item::Tick(t) if t == text))
    };
    let ticked = |index| head.ticks.iter().any(|tick| tick.stage == index && tick.text == text);
    plan.stages().find(|(index, stage)| asks(stage) && !ticked(*index)).map(|(_, stage)| stage.name.clone())
}
