//! An alias of a function: what its callers run is a version, as it was published.

use crate::{
    function::{Function, MANAGED, Marked, Shown},
    oracle::writes,
    sights::Sight,
    world::State,
};
use rollout::{
    target::{AliasState, Environment, MARK, Settings},
    time::{Span, Timestamp},
    units::Generation,
};
use std::collections::BTreeSet;

/// Characters of a description, as Lambda takes it.
pub(crate) const DESCRIPTION_MAX: usize = 256;

/// The only alias of a world.
pub(crate) const ALIAS: &str = "live";

/// Somebody's words behind ours.
pub(crate) const BEHIND: &str = " (ops)";

/// What a version is made of beside the variables that a plan manages: code, memory, and everybody else's variables.
pub(crate) type Made = (u64, u64, Environment);

/// A version, as it was published.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    /// All of it.
    pub environment: Environment,
    /// Its code.
    pub code: u64,
    /// Its memory, in MB.
    pub memory: u64,
    /// It cannot be called before.
    pub ready: Timestamp,
    /// Somebody has deleted it.
    pub gone: bool,
}

impl Version {
    /// Of what stands in a function.
    pub(crate) fn of(function: &Function, ready: Timestamp) -> Version {
        let Function { environment, code, memory, .. } = function;
        Version { environment: environment.clone(), code: *code, memory: *memory, ready, gone: false }
    }

    /// What it is made of.
    pub(crate) fn made(&self) -> Made {
        (self.code, self.memory, others(&self.environment))
    }

    fn is_same(&self, other: &Version) -> bool {
        self.environment == other.environment && self.made() == other.made()
    }
}

/// What callers run.
#[derive(Debug)]
pub(crate) struct Callers {
    /// The first is version 1.
    pub versions: Vec<Version>,
    /// Where the alias points to.
    pub version: usize,
    /// Counts changes.
    pub revision: u64,
    /// In words.
    pub description: String,
    /// What somebody else than a door has put behind the alias.
    pub released: BTreeSet<Made>,
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
    pub(crate) fn new(function: &Function, now: Timestamp) -> Callers {
        let first = Version::of(function, now);
        Callers {
            released: [first.made()].into(),
            versions: vec![first],
            version: 1,
            revision: 1,
            description: "production".to_owned(),
            gone: false,
            split: false,
            dark: now,
            theirs: false,
            by_hand: false,
            put_back: false,
        }
    }

    /// What they run.
    pub(crate) fn runs(&self) -> &Version {
        &self.versions[self.version - 1]
    }

    /// Nothing is published twice in a row, if it is still there.
    pub(crate) fn publish(&mut self, version: Version) -> usize {
        if self.versions.last().is_none_or(|last| last.gone || !last.is_same(&version)) {
            self.versions.push(version);
        }
        self.versions.len()
    }

    /// Whether callers who run this version run what they ran in the one from before.
    pub(crate) fn is_back(&self, version: usize, before: usize) -> bool {
        let (is, was) = (&self.versions[version - 1], &self.versions[before - 1]);
        let same = writes::managed(&is.environment) == writes::managed(&was.environment);
        version == before || (was.gone && same && is.made() == was.made())
    }

    /// The version from before, or one that is the same where somebody has deleted that.
    fn restored(&mut self, before: usize) -> usize {
        let was = &self.versions[before - 1];
        let same = Version { gone: false, ..was.clone() };
        if was.gone { self.publish(same) } else { before }
    }

    /// What a read returns.
    pub(crate) fn state(&self, now: Timestamp) -> AliasState {
        let runs = self.runs();
        let environment = if self.dark > now {
            Err("the key of the version is disabled".to_owned())
        } else {
            Ok(runs.environment.clone())
        };
        AliasState {
            version: self.version.to_string(),
            revision: self.revision.to_string(),
            description: self.description.clone(),
            is_split: self.split,
            environment,
            code: runs.code.to_string(),
            settings: settings(runs.memory),
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

/// What else a function or a version is made of.
pub(crate) fn settings(memory: u64) -> Settings {
    Settings::from([("memory", memory.to_string())])
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
        let (roll, dark) = (self.rng.below(28), self.now.after(Span::seconds(self.rng.below(900))));
        let any = self.rng.number();
        let is_settled = self.functions[at].is_settled(self.now);
        let found = Version::of(&self.functions[at], self.now);
        let is_ours = self.is_all_ours(at, &found);
        let Some(callers) = &mut self.functions[at].callers else { return };
        match (before, roll) {
            // A pipeline releases what it finds, with the code that it has just built.
            (Some(before), 0..3) => {
                callers.released.insert(found.made());
                let (version, old) = (callers.publish(found), callers.version);
                // What has not changed is published no second time: then it is ours as before, if the alias still says so.
                let other = callers.theirs || callers.gone || version != old;
                callers.theirs = version != before && other && !is_ours;
                callers.put_back = false;
                callers.repoint(version);
                self.saw(Sight::AliasTaken);
            }
            (Some(before), 3..6) if !callers.theirs => {
                let shown = Shown::of(&callers.runs().environment);
                let version = callers.restored(before);
                callers.put_back |= exposed && shown.percent > 0 && callers.version != version;
                callers.repoint(version);
                self.saw(Sight::AliasHandBack);
            }
            (Some(before), 6..9) if callers.theirs => {
                let version = callers.restored(before);
                callers.repoint(version);
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
            // Whoever cleans up deletes what no alias points to.
            (_, 15..18 | 22..27) => {
                let count = callers.versions.len();
                let nth = usize::try_from(any).unwrap_or(0) % count;
                // Who keeps the newest deletes the version from before.
                let nth = before.filter(|_| any.is_multiple_of(2)).map_or(nth, |before| before - 1);
                let nth = if nth + 1 == callers.version { (nth + 1) % count } else { nth };
                if nth + 1 != callers.version && !callers.versions[nth].gone {
                    callers.versions[nth].gone = true;
                    self.saw(Sight::VersionGone);
                }
            }
            // Whoever keeps it in a template writes it anew, and leaves the version to others.
            (_, 20..22) => {
                if any.is_multiple_of(2) {
                    callers.description.truncate("production".len());
                } else if any.is_multiple_of(3) {
                    callers.description.push_str(BEHIND);
                } else {
                    let long = format!("production{}", " of the whole company".repeat(9));
                    callers.description = callers.description.replacen("production", &long, 1);
                }
                callers.description = callers.description.chars().take(DESCRIPTION_MAX).collect();
                callers.changed();
                self.saw(Sight::AliasDescribed);
            }
            (_, 18..20) if !is_settled => {}
            (_, 18..20) => {
                self.functions[at].memory *= 2;
                self.functions[at].changed();
                self.saw(Sight::Memory);
            }
            _ => self.revert(at),
        }
    }

    /// Whether all that a version would show is an exposure that was decided, and nothing else is in it than before: whoever
    /// publishes it has released nothing of their own, also where they have written another generation into the mark.
    fn is_all_ours(&self, at: usize, version: &Version) -> bool {
        let (function, Some(page)) = (&self.functions[at], self.books[0].active()) else { return false };
        let (Some(before), Some(callers)) = (page.before(at), &function.callers) else { return false };
        let held = match Marked::of(&version.environment) {
            Marked::Held(id, _) => id == page.head.id.0,
            // Somebody's hand has put it over our mark.
            Marked::Halt => true,
            Marked::No | Marked::Left(..) => false,
        };
        let shown = writes::managed(&version.environment);
        let is_decided = held && page.has_decided(at, &shown) && shown != writes::before(&page.head, at);
        is_decided && version.made() == callers.versions[before - 1].made()
    }

    /// What was pushed or edited behind an alias, and not released, is taken back.
    pub(crate) fn revert(&mut self, at: usize) {
        let is_settled = self.functions[at].is_settled(self.now);
        let Function { code, memory, environment, foreign, callers: Some(callers), .. } =
            &mut self.functions[at]
        else {
            return;
        };
        let runs = callers.runs();
        let called = others(&runs.environment);
        if !is_settled || ((*code, *memory) == (runs.code, runs.memory) && *foreign == called) {
            return;
        }
        (*code, *memory) = (runs.code, runs.memory);
        environment.retain(|name, _| !foreign.contains_key(name));
        environment.extend(called.clone());
        *foreign = called;
        self.functions[at].changed();
    }

    /// Between two rollouts somebody releases a clean version, and takes out what an old rollout has said.
    pub(crate) fn release(&mut self, at: usize) {
        self.revert(at);
        let found = Version::of(&self.functions[at], self.now);
        let Some(callers) = &mut self.functions[at].callers else { return };
        let runs = callers.runs();
        let same = runs.made() == found.made();
        let open = signed(&callers.description).is_some_and(|(kind, _, _)| kind != "was");
        let is_clean = same && !open && callers.description.len() < 100;
        if Shown::of(&runs.environment).percent == 0 && is_clean && !callers.gone && !callers.split {
            return;
        }
        if Shown::of(&found.environment).percent > 0 || found.environment.contains_key(MARK) {
            return;
        }
        callers.released.insert(found.made());
        let version = callers.publish(found);
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
                    let version = callers.restored(before.unwrap_or(callers.version));
                    callers.repoint(version);
                    callers.theirs = false;
                }
            }
            self.functions[at].settles = self.functions[at].settles.min(now);
            self.revert(at);
        }
    }
}
