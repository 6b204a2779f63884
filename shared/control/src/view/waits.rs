//! Why nothing changes: what is waited for, who can change that, and with which command.

use super::{May, guards::drift};
use rollout::{
    decide::{Decision, Hold, Miss, Needs, command_right},
    evidence::Verdict,
    plan::{Consent, Person, Plan, Source},
    rollout::{Phase, Rollout},
    time::Timestamp,
};

/// The words of a status.
pub(super) struct Waits {
    pub(super) why: String,
    pub(super) waits_for: Vec<String>,
    pub(super) who: Vec<May>,
}

/// More events than this are not told one by one.
const TOLD_MAX: usize = 3;

pub(super) fn waits(plan: &Plan, head: &Rollout, decision: &Decision, now: Timestamp) -> Waits {
    match decision {
        Decision::Hold(hold) => Waits {
            why: under_the_line(head, hold, why(plan, head, hold, now)),
            waits_for: waits_for(plan, head, hold, now),
            who: who(plan, head, hold),
        },
        Decision::Record(events) => {
            let words: Vec<String> = events
                .iter()
                .take(TOLD_MAX)
                .map(|event| format!("{}: {}", event.name(), event.words(plan)))
                .collect();
            Waits {
                why: format!("the next tick records {}", words.join("; ")),
                waits_for: vec!["the next tick".to_owned()],
                who: vec![],
            }
        }
    }
}

/// The stop line is said wherever it is pulled, also where something else is in the way first.
fn under_the_line(head: &Rollout, hold: &Hold, why: String) -> String {
    match &head.stopped {
        Some(by) if !head.is_over() && !matches!(hold, Hold::StopLine { .. }) => {
            format!("{why}; the stop line is pulled by {by}: nothing rises until `go`")
        }
        Some(_) | None => why,
    }
}

/// What the budgets come to that still count when it is over.
fn goes_on(plan: &Plan, head: &Rollout) -> String {
    let names: Vec<&str> = open(plan, head).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("; what is spent under {} counts until `close-budget`", names.join(", "))
}

/// The budgets that still count.
fn open<'a>(plan: &'a Plan, head: &'a Rollout) -> impl Iterator<Item = &'a str> {
    head.open_budgets(plan).map(|(_, budget)| budget.name.as_str())
}

/// The words of the hold, after the reason for the phase where that says more.
fn why(plan: &Plan, head: &Rollout, hold: &Hold, now: Timestamp) -> String {
    let mut words = hold.words(plan, now);
    if let Some(blocked) = head.blocked.as_ref().filter(|_| !matches!(hold, Hold::Blocked { .. })) {
        words.push_str(&format!("; in the way since {}: {}", blocked.at, blocked.why));
    }
    if let Some(known) = &head.acknowledged {
        words.push_str(&format!("; {} has known it since {}", known.by, known.at));
    }
    match &head.phase {
        Phase::Over { outcome, .. } => outcome.words(plan) + &goes_on(plan, head),
        Phase::Paused { why, .. } => {
            let drift = drift(plan, head).map_or(String::new(), |what| format!(" ({what})"));
            format!("{}{drift}; {words}", why.words(plan))
        }
        Phase::Lowering { cause, .. } => format!("going back ({}); {words}", cause.words(plan)),
        Phase::Closing { outcome, .. } => format!("closing, {}; {words}", outcome.words(plan)),
        Phase::Abandoning { why, .. } => format!("{why}; {words}"),
        Phase::Starting | Phase::Waiting { .. } | Phase::Advancing { .. } | Phase::Baking { .. } => words,
    }
}

fn waits_for(plan: &Plan, head: &Rollout, hold: &Hold, now: Timestamp) -> Vec<String> {
    let functions = || {
        let names: Vec<&str> = plan.targets.iter().map(|target| target.function.as_str()).collect();
        names.join(", ")
    };
    match hold {
        Hold::Over
        | Hold::AlreadySo
        | Hold::AlreadySoBy(_)
        | Hold::Late { .. }
        | Hold::Not(_)
        | Hold::NoRight(_)
        | Hold::SaidJustNow { .. } => vec![],
        Hold::Stale => vec!["figures about the present exposure".to_owned()],
        Hold::Starting => vec![format!("every target to be read: {}", functions())],
        Hold::StopLine { .. } => vec!["the stop line to be let go".to_owned()],
        Hold::Applying { .. } => vec![format!("the targets to say what is wanted: {}", functions())],
        Hold::Baking { baked, min, until, off } if off.is_empty() => {
            vec![format!("the bake: {} left, until {until}", min.minus(*baked))]
        }
        Hold::Baking { baked, min, off, .. } => {
            let back = off.iter().map(|(name, _)| format!("{name} to be given back"));
            back.chain([format!("the bake, after that: {} left", min.minus(*baked))]).collect()
        }
        Hold::Capped { name, until, .. } if now < *until => {
            vec![format!("{name} to be given back, {} left, at {until}", until.since(now))]
        }
        Hold::Capped { name, .. } => vec![format!("{name} to be given back")],
        Hold::Guardrail { rule, verdict: Verdict::NotKnown(gap), .. } => {
            vec![format!("this guardrail to be known ({gap}): {}", plan.rule(*rule).text)]
        }
        Hold::Guardrail { rule, .. } => {
            vec![format!("this guardrail to be false again: {}", plan.rule(*rule).text)]
        }
        Hold::Untold { .. } => vec![hold.words(plan, now)],
        Hold::Blocked { .. } => vec![format!("{} to be read and written again", functions())],
        Hold::Review { due, .. } => vec![format!("somebody to look, {} left", due.since(now))],
        Hold::Leave(misses) | Hold::Enter(misses) => misses.iter().map(|miss| miss.words(plan)).collect(),
        Hold::Frozen { until } => {
            vec![format!("the freeze to end: {} left, until {until}", until.since(now))]
        }
        Hold::Open => vec!["a person to complete it".to_owned()],
        Hold::Consent { missing, .. } => missing.iter().map(|need| consent(head, need)).collect(),
        Hold::Paused { .. } => vec!["a person to resume it or to roll it back".to_owned()],
        Hold::Abandoning { until } => vec![format!("its targets to be free at {until}")],
    }
}

fn consent(head: &Rollout, need: &Consent) -> String {
    let ask = if let Phase::Waiting { ask, .. } = &head.phase { ask.as_ref() } else { None };
    let given = ask.map_or(0, |ask| ask.given_for(&need.role).len());
    match (need.count, given) {
        (1, 0) => format!("the approval of {}", need.role),
        (more, 0) => format!("the approval of {more} of {}", need.role),
        (more, given) => format!("the approval of {more} more of {}, after {given}", need.role),
    }
}

/// Who can change that. A command that consents or raises names what it answers.
fn who(plan: &Plan, head: &Rollout, hold: &Hold) -> Vec<May> {
    let id = &head.id;
    match hold {
        Hold::Consent { entry, missing } => {
            let command = format!("tidegate approve {id} --at {entry}");
            missing
                .iter()
                .map(|need| but_the_starter(plan, head, asked(plan, &need.role, command.clone())))
                .collect()
        }
        Hold::Review { entry, .. } => {
            let by = head.reviews.iter().find(|review| review.entry == *entry);
            let command = format!("tidegate approve {id} --at {entry}");
            vec![match by.and_then(|review| review.by.as_deref()) {
                Some(role) => asked(plan, role, command),
                None => May { needs: Needs::Member, ..anybody(plan, command) },
            }]
        }
        Hold::Leave(misses) | Hold::Enter(misses) => {
            misses.iter().filter_map(|miss| answer(plan, head, miss)).collect()
        }
        Hold::Open => {
            vec![anybody(plan, format!("tidegate complete {id} --at {}", head.moved.entry))]
        }
        Hold::Paused { entry } => vec![
            anybody(plan, format!("tidegate resume {id} --at {entry}")),
            anybody(plan, format!("tidegate rollback {id}")),
        ],
        Hold::Applying { .. } if head.critical.is_some() && head.acknowledged.is_none() => {
            vec![anybody(plan, format!("tidegate acknowledge {id}"))]
        }
        Hold::StopLine { .. } => vec![anybody(plan, "tidegate go".to_owned())],
        Hold::Baking { off, .. } => {
            let command = |name: &str| format!("tidegate enable {id} {name} --at {}", head.moved.entry);
            off.iter().map(|(name, _)| anybody(plan, command(name))).collect()
        }
        Hold::Over => {
            let command = |name: &str| format!("tidegate close-budget {id} {name}");
            open(plan, head).map(|name| anybody(plan, command(name))).collect()
        }
        Hold::AlreadySo
        | Hold::AlreadySoBy(_)
        | Hold::Late { .. }
        | Hold::Not(_)
        | Hold::NoRight(_)
        | Hold::SaidJustNow { .. }
        | Hold::Stale
        | Hold::Starting
        | Hold::Applying { .. }
        | Hold::Capped { .. }
        | Hold::Guardrail { .. }
        | Hold::Untold { .. }
        | Hold::Blocked { .. }
        | Hold::Frozen { .. }
        | Hold::Abandoning { .. } => vec![],
    }
}

/// What a person can do about a line of a door.
fn answer(plan: &Plan, head: &Rollout, miss: &Miss) -> Option<May> {
    let id = &head.id;
    match miss {
        Miss::Tick(text) => Some(anybody(plan, format!("tidegate tick {id} {}", quoted(text)))),
        Miss::Condition { condition, .. } => {
            let metric = plan.metric(plan.condition(*condition).metric);
            let Source::Reported { name, .. } = &metric.source else {
                return None;
            };
            Some(anybody(plan, format!("tidegate report {id} {name} VALUE")))
        }
        Miss::Stable { .. } | Miss::Check { .. } | Miss::Baseline(_) => None,
    }
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Whoever holds this role.
fn asked(plan: &Plan, role: &str, command: String) -> May {
    let members = named(plan.people.get(role).into_iter());
    May { needs: Needs::Asked, role: Some(role.to_owned()), members, command }
}

/// Whoever may give this command, whatever their role: the table of rights says who. What is in no row of it is an admin's.
fn anybody(plan: &Plan, command: String) -> May {
    let right = command.split(' ').nth(1).and_then(command_right);
    let needs = right.map_or(Needs::Admin, |right| right.needs);
    let is_named = matches!(needs, Needs::Teller | Needs::Member);
    let members = if is_named { named(plan.people.values()) } else { vec![] };
    May { needs, role: None, members, command }
}

/// Whom these entries name, each once.
fn named<'a>(people: impl Iterator<Item = &'a Person>) -> Vec<String> {
    let mut names: Vec<String> = vec![];
    for person in people {
        let groups = person.groups.iter().map(|group| format!("group {group}"));
        for name in person.members.iter().cloned().chain(groups) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// Whoever started a rollout may mostly not consent to it: nobody is told to type what would be refused.
fn but_the_starter(plan: &Plan, head: &Rollout, mut may: May) -> May {
    let starter = &head.started_by;
    if !plan.self_approval && may.members.contains(starter) {
        may.members.retain(|name| name != starter);
        if may.members.is_empty() {
            may.members.push(format!("nobody but {starter}, who started it and may not"));
        }
    }
    may
}
