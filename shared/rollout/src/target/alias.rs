//! The alias that callers use. What they run is a published version, with the environment that it was published with.
//!
//! Going up, `$LATEST` is written, published and pointed to, each only if what was read still stands. Going back, the alias is
//! pointed to a version that was there before: no code that somebody has pushed meanwhile, and nothing that is settling, can
//! be in the way. Every write of the alias changes its description, and so its revision: a raise that is late finds another.

mod capture;
mod signature;

pub(super) use capture::capture;
pub use signature::Signature;

use super::{
    Environment, FunctionState, Halt, Halting, Patch, Refusal, Settings, as_values,
    mark::{Found, Mark, find},
    plain, sum_of,
};
use crate::{
    event::{Captured, Released, Values},
    plan::{Plan, Target},
    rollout::{Exposure, Rollout, RolloutId},
    units::TargetId,
};
use capture::{is_exposed_by, unreleased};
use signature::{Kind, Told, take, words};
use std::fmt;

/// An alias, and the version that it points to, as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasState {
    /// The version.
    pub version: String,
    /// What a move must name.
    pub revision: String,
    /// Somebody's words, and behind them ours.
    pub description: String,
    /// Somebody sends a part of the calls to another version.
    pub is_split: bool,
    /// The version's own environment, or why it cannot be read.
    pub environment: Result<Environment, String>,
    /// The code of the version.
    pub code: String,
    /// What else the version is made of.
    pub settings: Settings,
}

impl AliasState {
    /// What a rollout has said in the description.
    fn told(&self, id: &RolloutId) -> Option<Told> {
        take(&self.description).filter(|told| told.signature.id == *id)
    }

    /// Those words name the version that it points to: nobody has moved it since.
    fn is_as_left(&self, told: Option<&Told>) -> bool {
        told.is_some_and(|told| told.version == self.version)
    }
}

/// A move of an alias.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// To which version.
    pub version: String,
    /// Its whole new description.
    pub description: String,
    /// Where the alias was read.
    pub revision: String,
}

/// What to do about the alias of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AliasPatch {
    /// Callers run what is wanted, under this very generation; or there is no alias.
    InEffect,
    /// `$LATEST` comes first.
    Waits,
    /// Point it to a version that is there.
    Move(Move),
    /// Publish `$LATEST`, if it is still as it was read and has this code, and point the alias to what that makes.
    Publish {
        /// The code that callers run now.
        code: String,
        /// Where `$LATEST` was read.
        latest: String,
        /// What the description says, but for the version.
        signature: Signature,
        /// Where the alias was read.
        revision: String,
    },
    /// Somebody took the way back by hand, or a door did on an alarm.
    Halted(Halt),
    /// Somebody else has it now, or other code stands in the way: for a person.
    Drifted(String),
    /// It cannot be read.
    Refused(Refusal),
}

/// What callers run, once it is what is wanted: a lowering goes back to it without a word of anybody. On the way back it is
/// told where it is neither the version from before nor somebody else's.
pub fn released(
    plan: &Plan,
    rollout: &Rollout,
    wanted: &Exposure,
    target: TargetId,
    state: &FunctionState,
) -> Option<Released> {
    let (set, alias, captured) =
        (plan.target(target)?, state.alias.as_ref()?, rollout.captured.get(&target)?);
    let values = match &wanted.show {
        Some(shown) => as_values(&super::render(set, &plan.audience(shown))),
        None => {
            let is_ours = alias.is_as_left(alias.told(&rollout.id).as_ref());
            captured.alias.as_ref().filter(|was| is_ours && was.version != alias.version)?;
            captured.before.clone()
        }
    };
    Some(Released { sum: sum_of(&values), version: alias.version.clone() })
}

/// Computes what must be done so that callers run what is wanted, or why nothing is. `latest` is what must be done about
/// `$LATEST`; a version that is `gone` was just found to be: somebody has deleted it.
pub fn alias_patch(
    plan: &Plan,
    rollout: &Rollout,
    wanted: &Exposure,
    (target, state): (TargetId, &FunctionState),
    latest: &Patch,
    gone: Option<&str>,
) -> AliasPatch {
    let (Some(alias), Some(set), Some(captured)) =
        (&state.alias, plan.target(target), rollout.captured.get(&target))
    else {
        return AliasPatch::InEffect;
    };
    let Some(was) = &captured.alias else { return AliasPatch::InEffect };
    let shows = alias.environment.as_ref().map(|environment| super::managed(set, environment));
    let shows = shows.map_err(|why| AliasPatch::Refused(Refusal::Unreadable(why.clone())));
    let told = alias.told(&rollout.id);
    let is_written = *latest == Patch::InEffect;
    let callers =
        Callers { rollout, wanted, target, set, captured, was, state, alias, told, is_written, gone };
    let values = wanted.show.as_ref().map(|shown| as_values(&super::render(set, &plan.audience(shown))));
    match (values, shows) {
        (None, shows) => callers.back(shows),
        (Some(values), Err(unreadable)) => callers.unread(&values).unwrap_or(unreadable),
        (Some(values), Ok(shows)) => callers.at(&shows, &values),
    }
}

/// An alias as it was found, beside what is known of it.
struct Callers<'a> {
    rollout: &'a Rollout,
    wanted: &'a Exposure,
    target: TargetId,
    set: &'a Target,
    captured: &'a Captured,
    was: &'a super::CapturedAlias,
    state: &'a FunctionState,
    alias: &'a AliasState,
    /// Our own words in the description.
    told: Option<Told>,
    /// `$LATEST` is as it must be.
    is_written: bool,
    /// Somebody has deleted this version.
    gone: Option<&'a str>,
}

impl Callers<'_> {
    /// Our words name the version that it points to: nobody has moved it since.
    fn is_as_we_left_it(&self) -> bool {
        self.alias.is_as_left(self.told.as_ref())
    }

    /// It was pointed by somebody else to what is not the version from before.
    fn is_taken(&self) -> bool {
        !self.is_as_we_left_it() && self.alias.version != self.was.version
    }

    /// The log says that we have shown this version to callers, or it says so itself, whatever a description says that somebody
    /// has written anew.
    fn is_ours(&self) -> bool {
        self.shown().any(|shown| shown.version == self.alias.version)
            || is_exposed_by(self.alias, &self.rollout.id)
    }

    /// What callers were shown.
    fn shown(&self) -> impl Iterator<Item = &Released> {
        self.rollout.released.get(&self.target).into_iter().flatten()
    }

    /// The version in which callers were shown this, if it is there.
    fn known(&self, values: &Values) -> Option<&str> {
        let sum = sum_of(values);
        let known = self.shown().find(|known| known.sum == sum).map(|known| known.version.as_str());
        known.filter(|version| Some(*version) != self.gone)
    }

    fn signature(&self) -> Signature {
        Signature {
            words: words(&self.alias.description),
            kind: if self.wanted.closing { Kind::Was } else { Kind::Holds },
            id: self.rollout.id.clone(),
            generation: self.wanted.generation,
        }
    }

    /// Whether we said exactly this, of where it points to.
    fn is_signed(&self) -> bool {
        self.is_as_we_left_it() && self.told.as_ref().is_some_and(|told| told.signature == self.signature())
    }

    fn move_to(&self, version: &str) -> AliasPatch {
        AliasPatch::Move(Move {
            version: version.to_owned(),
            description: self.signature().of(version),
            revision: self.alias.revision.clone(),
        })
    }

    /// Everything goes back, and what cannot be read is in nobody's way. What somebody else has taken over is theirs; what it
    /// shows may be the way back all the same, if it shows it to all callers.
    fn back(&self, shows: Result<Values, AliasPatch>) -> AliasPatch {
        if self.is_taken() && !self.is_ours() {
            return match shows {
                Ok(shows) if shows == self.captured.before && !self.alias.is_split => AliasPatch::InEffect,
                Ok(_) => self.taken(),
                Err(unreadable) => unreadable,
            };
        }
        let shows_it = self.alias.version == self.was.version
            || shows.as_ref().is_ok_and(|shows| *shows == self.captured.before);
        if shows_it && !self.alias.is_split && self.is_signed() {
            return AliasPatch::InEffect;
        }
        if self.gone != Some(self.was.version.as_str()) {
            return self.move_to(&self.was.version);
        }
        // What callers run cannot be compared with what would be published.
        let shows = match shows {
            Ok(shows) => shows,
            Err(unreadable) => return unreadable,
        };
        // They are back already, in another version: nothing that is pushed behind it matters.
        if shows == self.captured.before {
            return self.move_to(&self.alias.version);
        }
        let (alias, version) = (&self.was.name, &self.was.version);
        if let Some(what) = unreleased(self.set, self.state, self.alias) {
            let why = format!(
                "had version {version}, which is gone, and $LATEST differs in {what} from what callers run: to take them back, \
                 publish $LATEST with code, settings and variables as they were before, and point {alias} to what that makes"
            );
            return AliasPatch::Refused(Refusal::Alias { alias: alias.clone(), why });
        }
        if self.latest_says(&self.captured.before) { self.publish() } else { AliasPatch::Waits }
    }

    /// `$LATEST` is as it must be, with these values. Where it closes, a mark alone is enough to let what a person has changed
    /// be: that is nothing to publish.
    fn latest_says(&self, values: &Values) -> bool {
        let latest = self.state.environment.as_ref();
        self.is_written && latest.is_ok_and(|latest| super::managed(self.set, latest) == *values)
    }

    /// With the code that callers ran before: other code is released by whoever has pushed it.
    fn publish(&self) -> AliasPatch {
        AliasPatch::Publish {
            code: self.was.code.clone(),
            latest: self.state.revision.clone(),
            signature: self.signature(),
            revision: self.alias.revision.clone(),
        }
    }

    /// Less is wanted of callers whose version cannot be read: where our words say which it is, no key is in the way of one that
    /// they were shown before.
    fn unread(&self, values: &Values) -> Option<AliasPatch> {
        let told = self.told.as_ref().map(|told| &told.signature)?;
        let is_more = self.is_as_we_left_it() && self.alias.version != self.was.version;
        let is_older = told.kind == Kind::Holds && told.generation < self.wanted.generation;
        let lowers = is_more && is_older && !self.alias.is_split && !self.rollout.rises();
        let known = self.known(values).filter(|_| lowers)?;
        Some(self.move_to(known))
    }

    /// A stage is wanted.
    fn at(&self, shows: &Values, values: &Values) -> AliasPatch {
        if let Some(stop) = self.stop(shows, values) {
            return stop;
        }
        let shows_it = shows == values;
        if shows_it && self.is_signed() {
            return AliasPatch::InEffect;
        }
        let there = if shows_it { Some(self.alias.version.as_str()) } else { self.known(values) };
        if there.is_none()
            && let Some(what) = unreleased(self.set, self.state, self.alias)
        {
            let differs =
                format!("$LATEST differs in {what} from what callers of the alias {} run", self.was.name);
            let until = "nothing is published until that is put back; to release it, roll back first";
            return if self.rollout.rises() {
                AliasPatch::Drifted(format!("{differs}: {until}"))
            } else {
                no_less(&differs)
            };
        }
        // Raised in order: `$LATEST` before its callers. What lowers waits only where there is nothing to point to.
        if !self.latest_says(values) && (there.is_none() || self.rollout.rises()) {
            return AliasPatch::Waits;
        }
        there.map_or_else(|| self.publish(), |version| self.move_to(version))
    }

    /// Why a stage must not be shown to the callers.
    fn stop(&self, shows: &Values, values: &Values) -> Option<AliasPatch> {
        let differs = shows != values;
        let lowers = differs && !self.rollout.rises() && !self.rollout.in_effect();
        let (name, version) = (&self.was.name, plain(&self.alias.version));
        if self.is_taken() && self.is_ours() && self.told.is_none() && lowers {
            let what =
                format!("somebody pointed the alias {name} to version {version}, or described it anew");
            return Some(no_less(&what));
        }
        if self.is_taken() && (differs || !self.is_ours()) {
            return Some(self.taken());
        }
        if self.alias.is_split {
            let what = format!(
                "the alias {name} sends a part of the calls to another version, which nobody decided here"
            );
            return Some(if lowers { no_less(&what) } else { AliasPatch::Drifted(what) });
        }
        let told = self.told.as_ref().map(|told| &told.signature);
        if told.is_some_and(|told| told.kind == Kind::Halt) {
            let why = format!("a door took the alias {name} back on an alarm, and did not live to say more");
            return Some(AliasPatch::Halted(Halt::Hand(why)));
        }
        let by_hand = !self.is_as_we_left_it() && (self.told.is_some() || self.rollout.effective.is_some());
        let this = told.is_some_and(|told| told.generation >= self.wanted.generation);
        if differs && (by_hand || this) {
            let why = format!("the alias {name} was put back to version {version} by hand");
            return Some(AliasPatch::Halted(Halt::Hand(why)));
        }
        None
    }

    fn taken(&self) -> AliasPatch {
        let (name, version) = (&self.was.name, plain(&self.alias.version));
        AliasPatch::Drifted(format!(
            "the alias {name} was pointed to version {version} by somebody else: it is theirs, and is not moved; \
             version {} is the one from before",
            self.was.version
        ))
    }
}

/// Whoever must be given less waits neither for a person nor for a release of somebody else: everything goes back.
fn no_less(why: &str) -> AliasPatch {
    AliasPatch::Halted(Halt::Hand(format!("{why}, so callers cannot be given less of it")))
}

/// The alias that the mark in `$LATEST` names: whoever has no table must read it, too.
pub fn alias_in_mark(state: &FunctionState) -> Option<String> {
    match find(state.environment.as_ref().ok()?) {
        Found::Mark(Mark::Held { alias: Some((name, _)), .. }) => Some(name),
        Found::Mark(_) | Found::Nothing | Found::Halt(_) | Found::Unreadable => None,
    }
}

/// What a halt comes to for the callers: the version from before, which the mark names. None when they are there, or when the
/// alias is somebody else's.
pub fn halt_alias(state: &FunctionState, halting: &Halting) -> Option<Move> {
    let stands = match halting {
        Halting::Write { .. } | Halting::Settling => false,
        Halting::Stands(_) => true,
        Halting::Unlisted | Halting::Late(_) | Halting::Unreadable(_) => return None,
    };
    let alias = state.alias.as_ref()?;
    let Found::Mark(Mark::Held { id, generation, alias: Some((_, version)), .. }) =
        find(state.environment.as_ref().ok()?)
    else {
        return None;
    };
    let told = alias.told(&id);
    let is_there = alias.version == version && !alias.is_split;
    // Where the description says nothing of anybody, the version itself may.
    let is_silent = take(&alias.description).is_none();
    let is_ours = alias.is_as_left(told.as_ref()) || (is_silent && is_exposed_by(alias, &id));
    let is_halted = told.as_ref().is_some_and(|told| told.signature.kind == Kind::Halt);
    if (is_there && (stands || is_halted)) || (alias.version != version && !is_ours) {
        return None;
    }
    let known = told.map_or(generation, |told| told.signature.generation);
    let words = words(&alias.description);
    let signature = Signature { words, kind: Kind::Halt, id, generation: generation.max(known) };
    Some(Move { description: signature.of(&version), version, revision: alias.revision.clone() })
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to version {}", self.version)
    }
}
