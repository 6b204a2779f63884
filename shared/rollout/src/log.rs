//! The log of a rollout: every entry carries the hash of the one before it.

use crate::{
    event::Event,
    evolve::Illegal,
    plan::hex,
    rollout::{Moved, Phase, Rollout, RolloutId},
    time::Timestamp,
    units::{Generation, Version},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// One fact, when, by whom, and what it follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place.
    pub version: Version,
    /// When.
    pub at: Timestamp,
    /// By the word of whom: a person, or the door that found out.
    pub by: String,
    /// What.
    pub event: Event,
    /// Random, one per commit: an unknown outcome is ours if and only if the entry carries it.
    pub commit: String,
    /// The hash of the entry before.
    pub before: String,
    /// The hash of all of the above.
    pub hash: String,
}

/// Why events cannot be appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// One of them cannot follow.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// One of them cannot be written as JSON.
    #[error("an entry cannot be written as JSON: {0}")]
    Unwritable(String),
}

/// Why a rollout is started.
#[derive(Clone, Debug, Default)]
pub struct Why {
    /// What the person said.
    pub note: Option<String>,
    /// The rollout before it that was taken back.
    pub after: Option<RolloutId>,
    /// Alarms that ring since then, and shall not hold it while they do.
    pub despite: BTreeMap<String, Timestamp>,
    /// What was found wrong, and is passed over.
    pub passed_over: Vec<String>,
    /// Names the request: the same one starts no second rollout.
    pub once: Option<String>,
    /// To rehearse the way back.
    pub drill: bool,
}

/// A new rollout and the first entry of its log. Its generation is the last one that its targets have seen.
///
/// # Errors
/// [`AppendError`] as for [`append`].
pub fn begin(
    id: RolloutId,
    plan: String,
    generation: Generation,
    why: Why,
    by: &str,
    at: Timestamp,
    commit: &str,
) -> Result<(Vec<Entry>, Rollout), AppendError> {
    let mut head = empty(id, plan, generation, by, at);
    let Why { note, after, despite, passed_over, once, drill } = why;
    head.despite.clone_from(&despite);
    let plan = head.plan.clone();
    let event = Event::Started { plan, generation, note, after, despite, passed_over, once, drill };
    let entry = entry(&head, event, by, at, commit)?;
    head.hash.clone_from(&entry.hash);
    Ok((vec![entry], head))
}

/// The head after the first entry of a log: where a fold begins.
///
/// # Errors
/// [`AppendError::Unwritable`] when the entry is none that starts a rollout.
pub fn first(id: RolloutId, entry: &Entry) -> Result<Rollout, AppendError> {
    let Event::Started { plan, generation, despite, .. } = &entry.event else {
        return Err(AppendError::Unwritable("the first entry of a log starts the rollout".to_owned()));
    };
    let mut head = empty(id, plan.clone(), *generation, &entry.by, entry.at);
    head.despite.clone_from(despite);
    head.hash.clone_from(&entry.hash);
    Ok(head)
}

/// A rollout of which nothing is known but that it was started.
fn empty(id: RolloutId, plan: String, generation: Generation, by: &str, at: Timestamp) -> Rollout {
    Rollout {
        id,
        plan,
        started_by: by.to_owned(),
        created: at,
        updated: at,
        version: Version(1),
        hash: String::new(),
        phase: Phase::Starting,
        moved: Moved { entry: Version(1), at },
        generation,
        touched: false,
        gives_back: false,
        released: BTreeMap::new(),
        effective: None,
        captured: BTreeMap::new(),
        gathered: at,
        resumed: None,
        fired: BTreeMap::new(),
        disturbed: None,
        deferred: vec![],
        reviews: vec![],
        off: BTreeMap::new(),
        crossed: BTreeMap::new(),
        closed: BTreeMap::new(),
        ticks: vec![],
        reports: BTreeMap::new(),
        signals: BTreeMap::new(),
        checks: BTreeMap::new(),
        frozen: vec![],
        reached: BTreeSet::new(),
        skipped: BTreeSet::new(),
        request: None,
        stopped: None,
        drift: None,
        times: None,
        critical: None,
        acknowledged: None,
        blocked: None,
        despite: BTreeMap::new(),
    }
}

/// The entries of one commit, in order, and the head after them.
///
/// # Errors
/// [`AppendError::Illegal`] when an event cannot follow; nothing is appended then.
pub fn append(
    head: &Rollout,
    events: Vec<Event>,
    by: &str,
    at: Timestamp,
    commit: &str,
) -> Result<(Vec<Entry>, Rollout), AppendError> {
    let mut head = head.clone();
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        head = head.evolve(&event, by, at)?;
        let entry = entry(&head, event, by, at, commit)?;
        head.hash.clone_from(&entry.hash);
        entries.push(entry);
    }
    Ok((entries, head))
}

fn entry(head: &Rollout, event: Event, by: &str, at: Timestamp, commit: &str) -> Result<Entry, AppendError> {
    let mut entry = Entry {
        version: head.version,
        at,
        by: by.to_owned(),
        event,
        commit: commit.to_owned(),
        before: head.hash.clone(),
        hash: String::new(),
    };
    entry.hash = hash(&entry)?;
    Ok(entry)
}

/// The hash that an entry must carry.
///
/// # Errors
/// [`AppendError::Unwritable`] when it cannot be written as JSON.
pub fn hash(entry: &Entry) -> Result<String, AppendError> {
    let sealed = (entry.version, entry.at, &entry.by, &entry.event, &entry.commit, &entry.before);
    let json = serde_json::to_vec(&sealed).map_err(|error| AppendError::Unwritable(error.to_string()))?;
    Ok(hex(&Sha256::digest(json)))
}

/// Where a log is broken, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {version} {why}")]
pub struct Broken {
    /// The first entry that is wrong.
    pub version: Version,
    /// What is wrong with it.
    pub why: String,
}

/// Goes over a log from its first entry on, and finds what was changed, taken out or put in after it was written.
///
/// It proves the order and the whole of what is there; against somebody who writes all hashes anew, only a hash that was
/// noted elsewhere helps.
#[derive(Clone, Debug)]
pub struct Audit {
    id: RolloutId,
    head: Option<Rollout>,
}

impl Audit {
    /// Of the log of a rollout, before its first entry.
    pub fn new(id: RolloutId) -> Audit {
        Audit { id, head: None }
    }

    /// Goes over the next entry.
    ///
    /// # Errors
    /// [`Broken`] when it does not follow.
    pub fn take(&mut self, entry: &Entry) -> Result<(), Broken> {
        let broken = |why: String| Broken { version: entry.version, why };
        let (expected, before) = match &self.head {
            Some(head) => (head.version.next(), head.hash.as_str()),
            None => (Version(1), ""),
        };
        if entry.version != expected {
            return Err(broken(format!("stands where entry {expected} must")));
        }
        if entry.before != before {
            return Err(broken("does not carry the hash of the one before it".to_owned()));
        }
        if hash(entry).map_err(|why| broken(why.to_string()))? != entry.hash {
            return Err(broken(
                "says something else than when it was written: its hash does not fit".to_owned(),
            ));
        }
        let next = match self.head.take() {
            Some(head) if entry.at < head.updated => Err("is older than the one before it".to_owned()),
            Some(head) => head.evolve(&entry.event, &entry.by, entry.at).map_err(|why| why.to_string()),
            None => first(self.id.clone(), entry).map_err(|why| why.to_string()),
        };
        let mut head = next.map_err(broken)?;
        head.hash.clone_from(&entry.hash);
        self.head = Some(head);
        Ok(())
    }

    /// The rollout as it follows from the entries so far; none without any, or behind a broken one.
    pub fn head(&self) -> Option<&Rollout> {
        self.head.as_ref()
    }
}
