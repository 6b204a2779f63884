//! An alias of a function: what its callers run is a version, as it was published.

use crate::{
    function::{Function, MANAGED, Shown},
    sights::Sight,
    world::State,
};
use rollout::{
    target::{AliasState, Environment, MARK, Settings},
    time::{Span, Timestamp},
    units::Generation,
};
use std::collections::BTreeSet;

/// The only alias of a world.
pub(crate) const ALIAS: &str = "live";

/// What callers run.
#[derive(Debug)]
pub(crate) struct Callers {
    /// Each as it was published: its environment and its code. The first is version 1.
    pub versions: Vec<(Environment, u64)>,
    /// Where the alias points to.
    pub version: usize,
    /// Counts changes.
    pub revision: u64,
    /// In words.
    pub description: String,
    /// What somebody else than a door has put behind the alias: code, and the variables that no plan manages.
    pub released: BTreeSet<(u64, Environment)>,
    /// Somebody has deleted the alias.
    pub gone: bool,
    /// Somebody sends a part of the calls elsewhere.
    pub split: bool,
    /// Until then the environment of the version cannot be read.
    pub dark: Timestamp,
    /// Somebody else has pointed it to a version of their own: it is theirs.
    pub theirs: bool,
    /// Somebody else pointed it somewhere last.
    pub by_hand: bool,
    /// Somebody put the version from before back under an exposure, and nobody has resumed since.
    pub put_back: bool,
}

impl Callers {
    /// Of a function that was just released.
    pub(crate) fn new(environment: &Environment, code: u64, now: Timestamp) -> Callers {
        Callers {
            versions: vec![(environment.clone(), code)],
            version: 1,
            revision: 1,
            description: "production".to_owned(),
            released: [(code, others(environment))].into(),
            gone: false,
            split: false,
            dark: now,
            theirs: false,
            by_hand: false,
            put_back: false,
        }
    }

    /// What they run.
    pub(crate) fn runs(&self) -> &(Environment, u64) {
        &self.versions[self.version - 1]
    }

    /// Nothing is published twice in a row.
    pub(crate) fn publish(&mut self, environment: &Environment, code: u64) -> usize {
        if self.versions.last().is_none_or(|(last, of)| last != environment || *of != code) {
            self.versions.push((environment.clone(), code));
        }
        self.versions.len()
    }

    /// Whether somebody has released a version of this code with these variables.
    pub(crate) fn is_released(&self, environment: &Environment, code: u64) -> bool {
        self.released.contains(&(code, others(environment)))
    }

    /// What a read returns.
    pub(crate) fn state(&self, now: Timestamp) -> AliasState {
        let (environment, code) = self.runs();
        let environment = if self.dark > now {
            Err("the key of the version is disabled".to_owned())
        } else {
            Ok(environment.clone())
        };
        AliasState {
            version: self.version.to_string(),
            revision: self.revision.to_string(),
            description: self.description.clone(),
            is_split: self.split,
            environment,
            code: code.to_string(),
            settings: Settings::new(),
        }
    }

    /// Somebody else points it somewhere.
    fn repoint(&mut self, version: usize) {
        self.version = version;
        self.changed();
        if self.gone {
            // Whoever creates it anew says nothing of us.
            self.description.truncate("production".len());
        }
        (self.gone, self.split) = (false, false);
    }

    fn changed(&mut self) {
        self.revision += 1;
        self.by_hand = true;
    }
}

/// The variables that no plan manages.
pub(crate) fn others(environment: &Environment) -> Environment {
    let is_ours = |name: &str| name == MARK || MANAGED.contains(&name);
    let others = environment.iter().filter(|(name, _)| !is_ours(name));
    others.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whose words stand in a description, and of which generation: read without the code under test.
pub(crate) fn signed(description: &str) -> Option<(&str, &str, Generation)> {
    let (_, ours) = description.split_once("[tidegate ")?;
    let mut words = ours.split(' ');
    let (kind, id) = (words.next()?, words.next()?);
    let generation = words.nth(1)?.parse().ok()?;
    Some((kind, id, Generation(generation)))
}

impl State {
    /// Somebody does something about an alias.
    pub(crate) fn alias_changes(&mut self) {
        let at = self.any_function();
        if self.functions[at].callers.is_none() || !self.rng.chance(300) {
            return;
        }
        let before = self.books[0].active().and_then(|page| page.before(at));
        let exposed = self.books[0].active().is_some_and(|page| page.head.effective.is_some());
        let (roll, dark) = (self.rng.below(16), self.now.after(Span::seconds(self.rng.below(900))));
        let Function { environment, code, callers: Some(callers), .. } = &mut self.functions[at] else {
            return;
        };
        match (before, roll) {
            // A pipeline releases what it finds, with the code that it has just built.
            (Some(before), 0..3) => {
                let (version, old) = (callers.publish(environment, *code), callers.version);
                callers.released.insert((*code, others(environment)));
                // What has not changed is published no second time: then it is ours as before, if the alias still says so.
                let other = callers.theirs || callers.gone || version != old;
                callers.theirs = version != before && other;
                callers.put_back = false;
                callers.repoint(version);
                self.saw(Sight::AliasTaken);
            }
            (Some(before), 3..6) if !callers.theirs => {
                let shown = Shown::of(&callers.runs().0);
                callers.put_back |= exposed && shown.percent > 0 && callers.version != before;
                callers.repoint(before);
                self.saw(Sight::AliasHandBack);
            }
            (Some(before), 6..9) if callers.theirs => {
                callers.repoint(before);
                callers.theirs = false;
            }
            (_, 9..11) => {
                callers.gone = true;
                callers.changed();
                self.saw(Sight::AliasGone);
            }
            (_, 11..13) => {
                callers.split = true;
                callers.changed();
                self.saw(Sight::AliasSplit);
            }
            (_, 13..15) => {
                callers.dark = dark;
                self.saw(Sight::AliasDark);
            }
            _ => self.revert(at),
        }
    }

    /// What was pushed or edited behind an alias, and not released, is taken back.
    pub(crate) fn revert(&mut self, at: usize) {
        let is_settled = self.functions[at].is_settled(self.now);
        let Function { code, environment, foreign, callers: Some(callers), .. } = &mut self.functions[at]
        else {
            return;
        };
        let (called, runs) = callers.runs();
        let called = others(called);
        if !is_settled || (*code == *runs && *foreign == called) {
            return;
        }
        *code = *runs;
        environment.retain(|name, _| !foreign.contains_key(name));
        environment.extend(called.clone());
        *foreign = called;
        self.functions[at].changed();
    }

    /// Between two rollouts somebody releases a clean version, and takes out what an old rollout has said.
    pub(crate) fn release(&mut self, at: usize) {
        self.revert(at);
        let Function { environment, code, callers: Some(callers), .. } = &mut self.functions[at] else {
            return;
        };
        let (runs, of) = callers.runs();
        let same = *of == *code && others(runs) == others(environment);
        let open = signed(&callers.description).is_some_and(|(kind, _, _)| kind != "was");
        if Shown::of(runs).percent == 0 && same && !open && !callers.gone && !callers.split {
            return;
        }
        if Shown::of(environment).percent > 0 || environment.contains_key(MARK) {
            return;
        }
        let version = callers.publish(environment, *code);
        callers.released.insert((*code, others(environment)));
        callers.repoint(version);
        (callers.theirs, callers.put_back) = (false, false);
        callers.description.truncate("production".len());
    }

    /// In fine weather nobody holds on to what is in the way.
    pub(crate) fn aliases_calm(&mut self) {
        for at in 0..self.functions.len() {
            let before = self.books[0].active().and_then(|page| page.before(at));
            let now = self.now;
            if let Some(callers) = &mut self.functions[at].callers {
                callers.dark = now;
                if callers.theirs || callers.gone || callers.split {
                    callers.repoint(before.unwrap_or(callers.version));
                    callers.theirs = false;
                }
            }
            self.functions[at].settles = self.functions[at].settles.min(now);
            self.revert(at);
        }
    }
}
