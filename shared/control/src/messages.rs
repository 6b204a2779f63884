//! What people are told of a log, without being asked: which entries, how loudly, and in which words.
//!
//! It is written beside the entry, in the same commit, so that whoever sends it need not read the table.

use crate::simulate::{Told, few, told};
use rollout::{
    event::{Event, Level},
    log::{AppendError, Entry},
    plan::{Consent, Plan},
    rollout::{Rollout, RolloutId},
    words::exposed,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A subject has no more characters: a topic takes less than 100, and a page that it refuses comes to nobody.
const SUBJECT_MAX: usize = 99;

/// How loudly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// Every stage, and what is done.
    Update,
    /// What somebody should look at today.
    Alert,
    /// What somebody should look at now.
    Page,
}

/// What is told of one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The rollout and the entry, `example-1#12`: the same however often it is sent.
    pub id: String,
    /// How loudly.
    pub channel: Channel,
    /// One line.
    pub subject: String,
    /// All of it.
    pub text: String,
    /// Of which rollout.
    pub rollout: RolloutId,
    /// What happened, in one word.
    pub event: String,
    /// The stage that is wanted after it, and who is exposed there; none before the first and after a rollback.
    pub stage: Option<String>,
    /// By the word of whom.
    pub by: String,
    /// Whom it is about, as plans name them: whoever is called, or whose consent is asked.
    pub to: Vec<String>,
    /// When, RFC 3339.
    pub at: String,
}

/// What people are told of entries that lead from one head to another: one for each entry, or none.
///
/// # Errors
/// [`AppendError::Illegal`] when one of them cannot follow.
pub fn messages(
    plan: &Plan,
    before: &Rollout,
    entries: &[Entry],
    after: &Rollout,
) -> Result<Vec<Option<Message>>, AppendError> {
    // Most commits tell nobody anything.
    if entries.iter().all(|entry| channel(&entry.event).is_none()) {
        return Ok(vec![None; entries.len()]);
    }
    let Some((last, earlier)) = entries.split_last() else { return Ok(vec![]) };
    let mut all = Vec::with_capacity(entries.len());
    let mut between = Cow::Borrowed(before);
    for entry in earlier {
        between = Cow::Owned(between.into_owned().evolve(&entry.event, &entry.by, entry.at)?);
        all.push(message(plan, entry, &between));
    }
    all.push(message(plan, last, after));
    Ok(all)
}

/// What is told of an entry of a rollout that stands at `after` once it is taken in.
fn message(plan: &Plan, entry: &Entry, after: &Rollout) -> Option<Message> {
    let channel = channel(&entry.event)?;
    let Told { event, stage, percent, cohorts, by, reason, time, .. } = told(plan, entry, after);
    let stage = stage.map(|stage| format!("{stage} {}", exposed(percent.0, &few(&cohorts))));
    let at = stage.as_ref().map_or(String::new(), |stage| format!(" at {stage}"));
    let (id, version) = (&after.id, entry.version);
    // Whoever is called by a rehearsal knows it from the first word.
    let (reason, what) = if plan.drill { (format!("drill: {reason}"), "drill ") } else { (reason, "") };
    let text = format!(
        "{reason}\n\n{id}: {event}{at}, by {by}, {time}, entry {version}\nWhy, and who may act: tidegate explain {id}"
    );
    Some(Message {
        id: format!("{id}#{version}"),
        channel,
        subject: subject(&format!("{what}{id}: {event}{at}: {reason}")),
        text,
        rollout: id.clone(),
        event: event.into_owned(),
        stage,
        by,
        to: to(&entry.event),
        at: time,
    })
}

/// One line of plain letters, which every way of sending takes.
fn subject(text: &str) -> String {
    let plain = |letter: char| if letter == ' ' || letter.is_ascii_graphic() { letter } else { '?' };
    let line: String = text.chars().map(plain).collect();
    if line.len() <= SUBJECT_MAX { line } else { format!("{}...", &line[..SUBJECT_MAX - 3]) }
}

fn to(event: &Event) -> Vec<String> {
    if let Event::Notified { to, .. } = event {
        vec![to.clone()]
    } else if let Event::Asked { needs, .. } = event {
        needs.iter().map(|Consent { role, .. }| role.clone()).collect()
    } else {
        vec![]
    }
}

/// Whether people are told of it, and how loudly. What calls somebody by name has an entry of its own, so that what led to
/// it tells nobody a second time.
fn channel(event: &Event) -> Option<Channel> {
    use {Channel::*, Event as E};
    match event {
        E::Notified { level: Level::Page | Level::Critical, .. } => Some(Page),
        E::Notified { level: Level::Alert, .. }
        | E::Asked { .. }
        | E::Refused { .. }
        | E::Lowering { .. }
        | E::Paused { .. }
        | E::Late { .. }
        | E::Stopped { .. }
        | E::Halted { .. }
        | E::Drifted { .. }
        | E::Blocked { why: Some(_) }
        | E::Abandoning { .. } => Some(Alert),
        E::Notified { level: Level::Info, .. }
        | E::Started { .. }
        | E::Promoted { .. }
        | E::AskWithdrawn { .. }
        | E::Approved { .. }
        | E::Rejected { .. }
        | E::Requested { .. }
        | E::RequestDropped { .. }
        | E::Reviewed { .. }
        | E::Skipped { .. }
        | E::Fired { .. }
        | E::Cleared { .. }
        | E::CodeChanged { .. }
        | E::Released { .. }
        | E::Resumed { .. }
        | E::Acknowledged { .. }
        | E::Disabled { .. }
        | E::Enabled { .. }
        | E::StopLifted
        | E::BudgetClosed { .. }
        | E::Blocked { why: None }
        | E::Ended { .. } => Some(Update),
        E::Captured { .. }
        | E::Ready
        | E::Measured { .. }
        | E::Ticked { .. }
        | E::Reported { .. }
        | E::Signaled { .. }
        | E::Checked { .. }
        | E::Applied { .. }
        | E::Deferred { .. }
        | E::DeferralEnded { .. }
        | E::Crossed { .. }
        | E::ReviewAsked { .. }
        | E::Unverified { .. }
        | E::Written { .. }
        | E::Closing { .. } => None,
    }
}

#[cfg(test)]
mod tests;
