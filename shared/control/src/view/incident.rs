//! Incidents: each rollback leaves one, folded from the log. Nothing of it is kept elsewhere, so nothing can differ.

use super::{Line, Times, off};
use crate::simulate::told;
use rollout::{
    event::{Cause, Event},
    log::{AppendError, Entry, first},
    plan::{Plan, Severity},
    rollout::{Phase, Rollout, RolloutId, Standing},
    units::Version,
    words::exposed,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Between the name of a rollout and the entry with which the incident began.
const MARK: &str = "-i";

/// A rollback: what set it off, on which evidence, how long it took, what was done, and what is still open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Incident {
    /// The rollout and the entry that lowered the exposure: `cst-pipeline-3-i41`.
    pub id: String,
    /// Of which rollout.
    pub rollout: String,
    /// Of which plan.
    pub plan: String,
    /// `P0` to `P3`: that of the guardrail; `P2` where none set it off, `P3` of a drill.
    pub severity: String,
    /// It was rehearsed, and nobody was exposed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
    /// When the lowering was recorded, RFC 3339.
    pub opened: String,
    /// What set it off, for people.
    pub cause: String,
    /// Where it stood, and where it goes back to.
    pub from: String,
    /// Nobody is exposed there, or a stage.
    pub to: String,
    /// How long it took.
    pub times: Option<Times>,
    /// What it was decided on, as the log has it.
    pub evidence: Vec<Line>,
    /// What was done, from the lowering on.
    pub done: Vec<Line>,
    /// What is still to do, one sentence each; empty when it is over.
    pub open: Vec<String>,
}

/// The rollout of an incident, and the entry with which it began.
pub fn named(id: &str) -> Option<(RolloutId, Version)> {
    let (rollout, entry) = id.rsplit_once(MARK)?;
    Some((RolloutId(rollout.to_owned()), Version(entry.parse().ok()?)))
}

/// Every incident of a rollout, from all entries of its log.
///
/// # Errors
/// [`AppendError`] when an entry cannot follow the one before.
pub fn incidents(plan: &Plan, id: &RolloutId, entries: &[Entry]) -> Result<Vec<Incident>, AppendError> {
    let mut found: Vec<Incident> = vec![];
    let mut head: Option<Rollout> = None;
    let mut cause: Vec<(&Entry, Line)> = vec![];
    for entry in entries {
        let before = head.take();
        let after = match &before {
            None => first(id.clone(), entry)?,
            Some(head) => head.clone().evolve(&entry.event, &entry.by, entry.at)?,
        };
        // What led to it stands in the same commit.
        cause.retain(|(one, _)| one.commit == entry.commit);
        let line = told(plan, entry, &after);
        let going_on = before.as_ref().is_some_and(goes_on);
        if let Event::Lowering { cause: why, .. } = &entry.event {
            let evidence = cause.drain(..).map(|(_, line)| line);
            match found.last_mut().filter(|_| before.as_ref().is_some_and(is_on_its_way)) {
                // Asked for less while it was on its way: one incident, with all that led to it.
                Some(open) => {
                    open.evidence.extend(evidence);
                    open.severity = open.severity.clone().min(severity(plan, why).name().to_owned());
                    open.to = place(plan, after.standing());
                }
                None => found.push(opened(plan, entry, why, before.as_ref(), &after, evidence.collect())),
            }
        }
        if let Some(incident) = found.last_mut() {
            if going_on || matches!(entry.event, Event::Lowering { .. }) {
                incident.done.push(line.clone());
                incident.times = after.times.as_ref().map(|times| Times::of(plan, times));
            }
            incident.open = still_open(plan, &after);
        }
        if is_evidence(&entry.event) {
            cause.push((entry, line));
        }
        head = Some(after);
    }
    // Only the last one can be open.
    let last = found.len().saturating_sub(1);
    found.iter_mut().take(last).for_each(|incident| incident.open.clear());
    Ok(found)
}

fn opened(
    plan: &Plan,
    entry: &Entry,
    why: &Cause,
    before: Option<&Rollout>,
    after: &Rollout,
    evidence: Vec<Line>,
) -> Incident {
    Incident {
        id: format!("{}{MARK}{}", after.id, entry.version),
        rollout: after.id.to_string(),
        plan: plan.name.clone(),
        severity: severity(plan, why).name().to_owned(),
        drill: plan.drill,
        opened: entry.at.to_string(),
        cause: if plan.drill { format!("drill: {}", why.words(plan)) } else { why.words(plan) },
        from: place(plan, before.and_then(most)),
        to: place(plan, after.standing()),
        times: None,
        evidence,
        done: vec![],
        open: vec![],
    }
}

/// Of what is wanted and what is in effect the one that exposes more.
fn most(head: &Rollout) -> Option<Standing> {
    let both = head.standing().into_iter().chain(head.exposed());
    both.max_by_key(|standing| (standing.share, standing.stage))
}

/// Whether what is done now is still about the last rollback.
fn goes_on(head: &Rollout) -> bool {
    matches!(
        head.phase,
        Phase::Lowering { .. } | Phase::Closing { .. } | Phase::Paused { .. } | Phase::Abandoning { .. }
    )
}

fn is_on_its_way(head: &Rollout) -> bool {
    matches!(head.phase, Phase::Lowering { .. })
}

fn is_evidence(event: &Event) -> bool {
    matches!(
        event,
        Event::Fired { .. }
            | Event::Halted { .. }
            | Event::Signaled { .. }
            | Event::DeferralEnded { .. }
            | Event::Stopped { .. }
            | Event::Drifted { .. }
            | Event::Late { .. }
    )
}

fn severity(plan: &Plan, cause: &Cause) -> Severity {
    if plan.drill {
        return Severity::P3;
    }
    match cause {
        Cause::Rule(breached) => plan.rule(breached.rule).severity,
        Cause::Late | Cause::Person(_) | Cause::StopLine(_) | Cause::Halt(_) | Cause::NotApplied(_) => {
            Severity::P2
        }
    }
}

fn still_open(plan: &Plan, head: &Rollout) -> Vec<String> {
    let mut open = vec![];
    match &head.phase {
        Phase::Lowering { .. } => open.push("the targets are not read back yet".to_owned()),
        Phase::Closing { .. } => open.push("it is closing".to_owned()),
        Phase::Paused { .. } => {
            open.push("it is paused until a person resumes it or rolls it back".to_owned());
        }
        Phase::Abandoning { .. } => {
            open.push("it was given up: what its targets say is for a person to see to".to_owned());
        }
        Phase::Starting
        | Phase::Waiting { .. }
        | Phase::Advancing { .. }
        | Phase::Baking { .. }
        | Phase::Over { .. } => return open,
    }
    if let Some(said) = head.critical.filter(|_| head.acknowledged.is_none()) {
        open.push(format!("CRITICAL was said at {said}, and nobody has acknowledged it"));
    }
    open.extend(head.blocked.iter().map(|blocked| format!("since {}: {}", blocked.at, blocked.why)));
    open.extend(off(plan, head));
    open
}

fn place(plan: &Plan, standing: Option<Standing>) -> String {
    standing.map_or("nobody is exposed".to_owned(), |standing| {
        let shown = exposed(standing.share.percent(), &plan.cohorts_of(standing.stage));
        format!("{} at {shown}", plan.stage(standing.stage).name)
    })
}

/// An incident as a page of text.
pub fn page(incident: &Incident) -> String {
    let Incident { id, severity, opened, cause, from, to, .. } = incident;
    let state = if incident.open.is_empty() { "closed" } else { "open" };
    let mut text = format!("{id}: {severity}, {state}\nOpened {opened}: {cause}\nFrom: {from}\nTo:   {to}\n");
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            text.push_str(&format!("\n{title}:\n"));
            lines.iter().for_each(|line| text.push_str(&format!("  - {line}\n")));
        }
    };
    let line = |line: &Line| format!("{} entry {}, {}: {}", line.time, line.version, line.event, line.reason);
    list("Still open", incident.open.clone());
    let times = incident.times.as_ref();
    list(
        "It took",
        times.map(|times| times.steps.iter().map(ToString::to_string).collect()).unwrap_or_default(),
    );
    list("Evidence", incident.evidence.iter().map(line).collect());
    list("What was done", incident.done.iter().map(line).collect());
    text
}
