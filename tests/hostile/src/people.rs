//! People, who say what they want at any time, and say it twice.

use crate::{oracle::Page, rng::Rng, world::State};
use rollout::{
    decide::{Actor, Command},
    event::{Holder, Outcome},
    plan::Item,
    rollout::{Phase, RolloutId},
    time::Span,
    units::{Decimal, Version},
};
use std::collections::BTreeSet;

/// Everybody; the last one is a machine.
const PEOPLE: [&str; 5] = ["ann", "bob", "cat", "dan", "robot"];

/// The roles of somebody.
pub(crate) fn roles(name: &str) -> Vec<&'static str> {
    match name {
        "ann" | "bob" => vec!["sre"],
        "cat" => vec!["sre", "lead"],
        "dan" => vec!["lead"],
        _ => vec![],
    }
}

/// Whether somebody may force and abandon.
pub(crate) fn is_admin(name: &str) -> bool {
    name == "ann"
}

/// Whether somebody is a machine.
pub(crate) fn is_machine(name: &str) -> bool {
    name == "robot"
}

/// Somebody, as a door knows them.
pub(crate) fn actor(name: &str) -> Actor {
    let roles: BTreeSet<String> = roles(name).into_iter().map(str::to_owned).collect();
    Actor { name: name.to_owned(), roles, admin: is_admin(name), machine: is_machine(name) }
}

/// A command on its way.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// In which controller.
    pub store: usize,
    /// About which rollout.
    pub id: RolloutId,
    /// What.
    pub command: Command,
    /// By whom.
    pub by: &'static str,
    /// Counts once.
    pub record: Option<String>,
}

impl Said {
    /// The entry that it names.
    pub(crate) fn names(&self) -> Option<Version> {
        match &self.command {
            Command::Approve { at, .. }
            | Command::Reject { at, .. }
            | Command::Resume { at, .. }
            | Command::Promote { at, .. }
            | Command::Complete { at, .. }
            | Command::Skip { at, .. }
            | Command::Enable { at, .. } => Some(*at),
            _ => None,
        }
    }
}

/// Something that somebody says now; nothing when there is nothing to talk about.
pub(crate) fn say(state: &mut State, store: usize, unkind: u64) -> Option<Said> {
    let record = state.rng.chance(700).then(|| state.unique());
    let State { rng, books, .. } = state;
    let page = books[store].active()?;
    let by = PEOPLE[usize::try_from(rng.below(PEOPLE.len() as u64)).unwrap_or(0)];
    let mut command = if rng.chance(unkind) { harm(rng, page) } else { help(rng, page) };
    // The machine relays what four users say again and again.
    if let Command::Signal { reporter, .. } = &mut command
        && is_machine(by)
    {
        *reporter = Some(format!("user-{}", page.head.version.0 % 4));
    }
    Some(Said { store, id: page.head.id.clone(), command, by, record })
}

/// What brings a rollout on; now and then about something that has passed.
fn help(rng: &mut Rng, page: &Page) -> Command {
    let head = &page.head;
    if head.critical.is_some() && head.acknowledged.is_none() && rng.chance(300) {
        return Command::Acknowledge { note: None };
    }
    let stale = rng.chance(60);
    let old = rng.pick(&page.answerable).copied().unwrap_or(head.version);
    let at = |now: Version| if stale { old } else { now };
    match (&head.phase, rng.below(10)) {
        (_, 0) => Command::Report {
            name: "survey-score".to_owned(),
            value: Decimal::whole(4),
            samples: None,
            note: None,
        },
        (_, 1) => tick(rng, page),
        (Phase::Waiting { ask: Some(ask), .. }, _) => Command::Approve { at: at(ask.entry), note: None },
        (Phase::Paused { entry, .. }, 2..8) => Command::Resume { at: at(*entry), note: None },
        (_, 2) => Command::Skip { at: at(head.moved.entry), stage: "some".to_owned() },
        (_, 3) if !head.off.is_empty() => {
            let feature = head.off.keys().next().cloned().unwrap_or_default();
            Command::Enable { at: at(head.moved.entry), feature, note: None }
        }
        (_, 4) if !head.reviews.is_empty() => Command::Approve { at: head.reviews[0].entry, note: None },
        (Phase::Baking { .. }, 5) => {
            Command::Promote { at: at(head.moved.entry), to: None, force: false, note: None }
        }
        (Phase::Baking { .. }, 6) => Command::Complete { at: at(head.moved.entry), note: None },
        (_, 7) => Command::Approve { at: old, note: None },
        (_, 8) => Command::Resume { at: old, note: None },
        (_, _) => tick(rng, page),
    }
}

/// What holds a rollout up, or takes it back.
fn harm(rng: &mut Rng, page: &Page) -> Command {
    let head = &page.head;
    match rng.below(16) {
        0 => Command::RollBack { to: None, note: None },
        1 | 2 => Command::RollBack { to: Some("previous".to_owned()), note: None },
        3 | 4 => {
            Command::RollBack { to: rng.pick(&["5%", "3%", "some"]).map(|to| (*to).to_owned()), note: None }
        }
        5 => Command::Pause { note: None },
        7 => Command::Signal { name: "pii".to_owned(), reporter: None, note: None },
        8..11 => Command::Signal { name: "critical-report".to_owned(), reporter: None, note: None },
        11 => {
            Command::Disable { feature: ["llm", "ux"][usize::from(rng.chance(500))].to_owned(), note: None }
        }
        12 => {
            let to = rng.chance(500).then(|| "most".to_owned());
            Command::Promote { at: head.moved.entry, to, force: true, note: None }
        }
        6 | 13 => match &head.phase {
            Phase::Waiting { ask: Some(ask), .. } => Command::Reject { at: ask.entry, note: "no".to_owned() },
            _ if !head.reviews.is_empty() => {
                Command::Reject { at: head.reviews[0].entry, note: "no".to_owned() }
            }
            _ => Command::Pause { note: None },
        },
        14 if rng.chance(200) => Command::Abandon { note: "enough".to_owned() },
        _ => Command::Disable { feature: "ux".to_owned(), note: None },
    }
}

fn tick(rng: &mut Rng, page: &Page) -> Command {
    let items = page.plan.stages.iter().flat_map(|stage| stage.enter.iter().chain(&stage.leave));
    let texts: Vec<&String> =
        items.filter_map(|item| if let Item::Tick(text) = item { Some(text) } else { None }).collect();
    let text = rng.pick(&texts).map_or_else(|| "anything".to_owned(), |text| (*text).clone());
    Command::Tick { text, stage: None, note: None }
}

/// What a patient person says at a turn when all has been calm for so long: whatever the rollout waits for; a rollback when
/// it will not end.
pub(crate) fn answer(page: &Page, turn: u32, calm: Span) -> Vec<(&'static str, Command)> {
    let head = &page.head;
    let mut said: Vec<(&'static str, Command)> = vec![];
    if calm > Span::minutes(120) && !matches!(head.phase, Phase::Lowering { .. } | Phase::Closing { .. }) {
        said.push(("ann", Command::RollBack { to: None, note: None }));
    }
    if calm > Span::minutes(200) && head.critical.is_some() && !matches!(head.phase, Phase::Abandoning { .. })
    {
        said.push(("ann", Command::Abandon { note: "it cannot be verified".to_owned() }));
    }
    for review in &head.reviews {
        said.push(("cat", Command::Approve { at: review.entry, note: None }));
    }
    match &head.phase {
        Phase::Waiting { ask: Some(ask), .. } => {
            let all = PEOPLE.iter().map(|by| (*by, Command::Approve { at: ask.entry, note: None }));
            said.extend(all);
        }
        Phase::Paused { entry, .. } => said.push(("bob", Command::Resume { at: *entry, note: None })),
        // Between the last write and its record people may still want less.
        Phase::Closing { outcome: Outcome::Completed, .. } => match turn % 6 {
            0 => said.push(("dan", Command::RollBack { to: Some("some".to_owned()), note: None })),
            1..4 => said.push(("cat", Command::Disable { feature: "ux".to_owned(), note: None })),
            _ => {}
        },
        Phase::Baking { .. } if turn.is_multiple_of(5) => {
            said.push(("bob", Command::Complete { at: head.moved.entry, note: None }));
        }
        _ => {}
    }
    if turn.is_multiple_of(4) && matches!(head.phase, Phase::Baking { .. } | Phase::Waiting { .. }) {
        let held = head.off.iter().filter(|(_, by)| by.iter().any(|by| !matches!(by, Holder::Cap(..))));
        said.extend(held.map(|(name, _)| {
            ("ann", Command::Enable { feature: name.clone(), at: head.moved.entry, note: None })
        }));
    }
    if turn.is_multiple_of(8) {
        let rehearsed = |text: &str| Command::Tick { text: text.to_owned(), stage: None, note: None };
        said.extend([("dan", rehearsed("rehearsed")), ("dan", rehearsed("briefed"))]);
        said.push((
            "dan",
            Command::Report {
                name: "survey-score".to_owned(),
                value: Decimal::whole(5),
                samples: None,
                note: None,
            },
        ));
    }
    said
}
