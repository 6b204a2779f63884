//! An alias of a function: what its callers run is a version, as it was published.

use crate::{
    function::{Function, Shown},
    sights::Sight,
    world::State,
};
use rollout::{
    target::{AliasState, Environment, MARK},
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
    /// The code of every version that somebody else than a door has put behind the alias.
    pub released: BTreeSet<u64>,
    /// Somebody else has pointed it to a version of their own: it is theirs.
    pub theirs: bool,
    /// Somebody else pointed it somewhere last.
    pub by_hand: bool,
    /// Somebody put the version from before back under an exposure, and nobody has resumed since.
    pub put_back: bool,
}

impl Callers {
    /// Of a function that was just released.
    pub(crate) fn new(environment: &Environment, code: u64) -> Callers {
        Callers {
            versions: vec![(environment.clone(), code)],
            version: 1,
            revision: 1,
            description: "production".to_owned(),
            released: [code].into(),
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

    /// What a read returns.
    pub(crate) fn state(&self) -> AliasState {
        let (environment, code) = self.runs();
        AliasState {
            version: self.version.to_string(),
            revision: self.revision.to_string(),
            description: self.description.clone(),
            is_split: false,
            environment: Ok(environment.clone()),
            code: code.to_string(),
        }
    }

    /// Somebody else points it somewhere.
    fn repoint(&mut self, version: usize) {
        self.version = version;
        self.revision += 1;
        self.by_hand = true;
    }
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
        let roll = self.rng.below(10);
        let Function { environment, code, callers: Some(callers), .. } = &mut self.functions[at] else {
            return;
        };
        match (before, roll) {
            // A pipeline releases what it finds, with the code that it has just built.
            (Some(before), 0..3) => {
                let (version, old) = (callers.publish(environment, *code), callers.version);
                callers.released.insert(*code);
                // What has not changed is published no second time: then it is ours as before.
                callers.theirs = version != before && (callers.theirs || version != old);
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
            _ => self.revert(at),
        }
    }

    /// The code that was pushed and not released is taken back.
    fn revert(&mut self, at: usize) {
        let Function { code, callers: Some(callers), .. } = &mut self.functions[at] else { return };
        let runs = callers.runs().1;
        if *code != runs && self.functions[at].is_settled(self.now) {
            self.functions[at].code = runs;
            self.functions[at].changed();
        }
    }

    /// Between two rollouts somebody releases a clean version, and takes out what an old rollout has said.
    pub(crate) fn release(&mut self, at: usize) {
        self.revert(at);
        let Function { environment, code, callers: Some(callers), .. } = &mut self.functions[at] else {
            return;
        };
        let (runs, of) = callers.runs();
        let open = signed(&callers.description).is_some_and(|(kind, _, _)| kind != "was");
        if Shown::of(runs).percent == 0 && *of == *code && !open {
            return;
        }
        if Shown::of(environment).percent > 0 || environment.contains_key(MARK) {
            return;
        }
        let version = callers.publish(environment, *code);
        callers.released.insert(*code);
        callers.repoint(version);
        (callers.theirs, callers.put_back) = (false, false);
        callers.description.truncate("production".len());
    }

    /// In fine weather nobody holds on to what is in the way.
    pub(crate) fn aliases_calm(&mut self) {
        for at in 0..self.functions.len() {
            let before = self.books[0].active().and_then(|page| page.before(at));
            if let (Some(callers), Some(before)) = (&mut self.functions[at].callers, before)
                && callers.theirs
            {
                callers.repoint(before);
                callers.theirs = false;
            }
            let now = self.now;
            self.functions[at].settles = self.functions[at].settles.min(now);
            self.revert(at);
        }
    }
}
