//! A function of a world: an environment, a revision, and updates that take their time.

use crate::callers::{Callers, others, settings};
use rollout::{
    rollout::RolloutId,
    target::{Environment, FunctionState, MARK, Settled},
    time::Timestamp,
    units::Generation,
};

/// The variables that the plans manage.
pub(crate) const MANAGED: [&str; 3] = ["FEATURES", "ON", "PCT"];

/// What the functions are called, in the order in which the plans name them.
pub(crate) const NAMES: [&str; 2] = ["fn", "gn"];

/// What people did to a function by hand, and must not be undone.
#[derive(Debug, Default)]
pub(crate) struct Hand {
    /// Somebody lowered it to this, and nobody has resumed since.
    pub lowered: Option<Shown>,
    /// The emergency stop was pulled under this rollout: it never raises again.
    pub halted: Option<RolloutId>,
    /// A mark was forged: what it says of generations is nobody's decision.
    pub forged: bool,
}

/// A Lambda function, as far as a rollout sees it.
#[derive(Debug)]
pub(crate) struct Function {
    /// All of it.
    pub environment: Environment,
    /// The variables in it that no plan manages.
    pub foreign: Environment,
    /// Counts changes; an update that settles is one more.
    changes: u64,
    /// Until then an update is in progress.
    pub settles: Timestamp,
    /// The last update failed.
    pub failed: bool,
    /// Until then the environment cannot be read.
    pub dark: Timestamp,
    /// Until then it can be read, and not written.
    pub barred: Timestamp,
    /// Which code it has: pushes are counted.
    pub code: u64,
    /// The newest that was ever pushed.
    pub newest: u64,
    /// In MB: what else it is made of.
    pub memory: u64,
    /// What its callers run, where they use an alias.
    pub callers: Option<Box<Callers>>,
    /// Somebody else than a door changed managed variables or the mark last.
    pub by_hand: bool,
    /// What no door may undo.
    pub hand: Hand,
}

impl Function {
    /// With an environment, settled.
    pub(crate) fn new(environment: Environment, now: Timestamp) -> Function {
        let hand = Hand::default();
        Function {
            foreign: others(&environment),
            environment,
            changes: 1,
            settles: now,
            failed: false,
            dark: now,
            barred: now,
            code: 1,
            newest: 1,
            memory: 1,
            callers: None,
            by_hand: false,
            hand,
        }
    }

    /// What a write must name now.
    pub(crate) fn revision(&self, now: Timestamp) -> u64 {
        self.changes * 2 + u64::from(self.is_settled(now))
    }

    /// Whether nobody can write it now.
    pub(crate) fn refuses(&self, now: Timestamp) -> bool {
        !self.is_settled(now) || self.dark > now || self.barred > now
    }

    /// Whether no update is in progress.
    pub(crate) fn is_settled(&self, now: Timestamp) -> bool {
        self.settles <= now
    }

    /// What a read returns.
    pub(crate) fn state(&self, now: Timestamp) -> FunctionState {
        let settled = match (self.is_settled(now), self.failed) {
            (false, _) => Settled::InProgress,
            (true, true) => Settled::Failed("it did".to_owned()),
            (true, false) => Settled::Yes,
        };
        let environment = if self.dark > now {
            Err("the key is disabled".to_owned())
        } else {
            Ok(self.environment.clone())
        };
        FunctionState {
            environment,
            revision: self.revision(now).to_string(),
            settled,
            code: self.code.to_string(),
            settings: settings(self.memory),
            alias: None,
        }
    }

    /// Counts a change.
    pub(crate) fn changed(&mut self) {
        self.changes += 1;
        self.failed = false;
    }

    /// The share that it has traffic of its own for: a cohort is a part of everybody, too.
    pub(crate) fn traffic(&self) -> u16 {
        let called = self.callers.as_ref().map_or(&self.environment, |callers| &callers.runs().environment);
        let on = called.get("ON").is_some_and(|on| on == "true");
        Shown::of(called).percent.max(u16::from(on))
    }

    /// The share that it shows, in percent.
    pub(crate) fn percent(&self) -> u16 {
        Shown::of(&self.environment).percent
    }
}

/// What an environment exposes: enough to say which of two exposes more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Of everybody.
    pub percent: u16,
    /// A bit for each feature that is on.
    pub features: u8,
}

impl Shown {
    /// Of an environment.
    pub(crate) fn of(environment: &Environment) -> Shown {
        let percent = environment.get("PCT").and_then(|text| text.parse().ok()).unwrap_or(0);
        let text = environment.get("FEATURES").map_or("", String::as_str);
        let bit = |name: &str, bit: u8| if text.split(',').any(|on| on == name) { bit } else { 0 };
        Shown { percent, features: bit("llm", 1) | bit("ux", 2) }
    }

    /// Whether this exposes anything that `before` did not.
    pub(crate) fn is_above(self, before: Shown) -> bool {
        let more_features = before.percent > 0 && self.features & !before.features != 0;
        self.percent > before.percent || (self.percent > 0 && more_features)
    }
}

/// What the mark in an environment says, for the invariants: read without the code under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Marked {
    /// There is none, or nobody can read it.
    No,
    /// The emergency stop.
    Halt,
    /// Of a rollout that is on its way.
    Held(String, Generation),
    /// Of one that was here.
    Left(String, Generation),
}

impl Marked {
    /// Of an environment.
    pub(crate) fn of(environment: &Environment) -> Marked {
        let Some(text) = environment.get(MARK) else {
            return Marked::No;
        };
        if text.to_ascii_lowercase().contains("halt") {
            return Marked::Halt;
        }
        let Some(generation) = number(text, "\"gen\":") else {
            return Marked::No;
        };
        match (word(text, "\"id\":\""), word(text, "\"was\":\"")) {
            (Some(id), None) => Marked::Held(id, generation),
            (None, Some(was)) => Marked::Left(was, generation),
            (_, _) => Marked::No,
        }
    }

    /// Whose, and of which generation.
    pub(crate) fn owner(&self) -> Option<(&str, Generation)> {
        match self {
            Marked::Held(id, generation) | Marked::Left(id, generation) => Some((id, *generation)),
            Marked::No | Marked::Halt => None,
        }
    }
}

fn word(text: &str, key: &str) -> Option<String> {
    let (_, rest) = text.split_once(key)?;
    rest.split_once('"').map(|(word, _)| word.to_owned())
}

fn number(text: &str, key: &str) -> Option<Generation> {
    let (_, rest) = text.split_once(key)?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().map(Generation)
}
