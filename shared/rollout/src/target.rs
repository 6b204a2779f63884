//! What a target's environment must say, and the smallest change that makes it so.
//!
//! `UpdateFunctionConfiguration` replaces the whole environment, so a patch is always the whole map that was read
//! with only the managed variables and the mark changed in it.

mod alias;
mod halt;
mod mark;

pub use alias::{AliasPatch, AliasState, Move, Signature, alias_in_mark, alias_patch, halt_alias, released};
pub use halt::{Halting, halt};
pub use mark::{Halt, Mark};

use crate::{
    event::{Captured, CapturedAlias, PauseReason, Values},
    gather::in_force_at,
    plan::{Audience, Back, Plan, Rule, Shown, Step, Target, hex},
    rollout::{Exposure, Phase, Rollout, RolloutId},
    time::Timestamp,
    units::{Generation, TargetId},
};
use mark::{Found, find, tag};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The whole environment of a function.
pub type Environment = BTreeMap<String, String>;

/// What else a function is made of, as `layers` and `memory`: by what people call it, in words that are equal only if it is.
pub type Settings = BTreeMap<&'static str, String>;

/// The variable in which a target carries what it needs when everything else is gone.
pub const MARK: &str = "TIDEGATE";

/// Lambda's limit on all names and values of an environment together, in bytes.
pub const ENVIRONMENT_BYTES_MAX: usize = 4096;

/// No rollout comes near this; a mark that says more was edited.
const GENERATION_MAX: Generation = Generation(u32::MAX as u64);

/// No clock comes near this.
const TIME_MAX: Timestamp = Timestamp(9_999_999_999_999);

/// A rollout counts on from what it finds: from above this, its own marks might come to say more than one may.
const FOUND_MAX: Generation = Generation(GENERATION_MAX.0 / 2);

/// Longer values than a percentage or `false` are not told: whoever writes a plan may name any variable in it, by mistake or
/// not, and what they are told stands in the log and goes to topics.
const TOLD_MAX: usize = 5;

/// The configuration of a function, as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionState {
    /// The whole environment, or why it cannot be read: unreadable is not empty.
    pub environment: Result<Environment, String>,
    /// What a write must name.
    pub revision: String,
    /// Whether the last update is through.
    pub settled: Settled,
    /// Names the code that runs.
    pub code: String,
    /// What a version takes with it beside code and environment.
    pub settings: Settings,
    /// The alias that callers use, where the plan names one.
    pub alias: Option<Box<AliasState>>,
}

impl FunctionState {
    /// The code that callers run.
    pub fn runs(&self) -> &str {
        self.alias.as_ref().map_or(&self.code, |alias| &alias.code)
    }
}

/// Whether the last update of a function is through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It is.
    Yes,
    /// It is still in progress.
    InProgress,
    /// It failed, and why; the function may be written again.
    Failed(String),
}

/// What to do about a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Patch {
    /// It says so already, under this very generation, and the update is through.
    InEffect,
    /// An update is in progress: look again later.
    Settling,
    /// Write this whole map at this revision.
    Write {
        /// The map.
        environment: Environment,
        /// Where it was read.
        revision: String,
    },
    /// Somebody pulled the emergency stop, or took the way back by hand.
    Halted(Halt),
    /// Somebody changed what the rollout manages.
    Drifted(String),
    /// Another controller's rollout ended here under a generation that is not below this one: whoever wants this is late.
    Superseded,
    /// It cannot be written.
    Refused(Refusal),
}

/// Why a target cannot be taken or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An unreadable environment is not an empty one.
    #[error("the environment cannot be read: {0}")]
    Unreadable(String),
    /// Another rollout's mark stands in it.
    #[error(
        "it carries the mark of {0}, which is not finished: wait until that is over, or roll it back; only where nothing \
         knows {0} any more, put back what stands in the mark under `back`, and remove the variable TIDEGATE"
    )]
    Taken(RolloutId),
    /// Its emergency stop is pulled.
    #[error("its emergency stop is pulled: remove the variable TIDEGATE when you know why")]
    Halted,
    /// The variable of the mark holds something else: perhaps the way back of a rollout that is not finished.
    #[error("its variable TIDEGATE cannot be read: remove it when you know that no rollout needs it")]
    Garbled,
    /// What is there now is neither absent nor what the plan writes for nobody.
    #[error("{variable} is {}: a start needs it absent or {expected:?}", told(.found))]
    NotClean {
        /// Which variable.
        variable: String,
        /// What it is.
        found: String,
        /// What the plan writes when nobody is exposed.
        expected: String,
    },
    /// Its alias is not as a rollout needs it.
    #[error("its alias {alias} {why}")]
    Alias {
        /// Which.
        alias: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// It would not fit.
    #[error(
        "its environment would have {bytes} bytes of at most 4096 {at}: make room among its other variables"
    )]
    TooLarge {
        /// In which stage, or on the way back.
        at: String,
        /// How many.
        bytes: usize,
    },
}

/// What must be known of a target before the first write.
///
/// # Errors
/// [`Refusal`] when it cannot be taken.
pub fn capture(
    plan: &Plan,
    rollout: &RolloutId,
    target: TargetId,
    state: &FunctionState,
) -> Result<Captured, Refusal> {
    let environment = state.environment.as_ref().map_err(|why| Refusal::Unreadable(why.clone()))?;
    let generation = match find(environment) {
        Found::Nothing => Generation(0),
        Found::Unreadable => return Err(Refusal::Garbled),
        Found::Halt(_) => return Err(Refusal::Halted),
        Found::Mark(Mark::Left { generation, .. }) if generation > FOUND_MAX => return Err(Refusal::Garbled),
        Found::Mark(Mark::Left { generation, .. }) => generation,
        Found::Mark(Mark::Held { id, .. }) => return Err(Refusal::Taken(id)),
    };
    let Some(set) = plan.target(target) else {
        return Err(Refusal::Unreadable("the plan has no such target".to_owned()));
    };
    let before = managed(set, environment);
    let clean = render(set, &plan.nobody());
    for (variable, found) in &before {
        let expected = clean.get(variable).cloned().unwrap_or_default();
        if let Some(found) = found
            && *found != expected
        {
            return Err(Refusal::NotClean { variable: variable.clone(), found: found.clone(), expected });
        }
    }
    let alias = alias::capture(plan, set, state)?;
    let used = alias.as_ref().map_or(Generation(0), |(_, used)| *used);
    let captured = Captured {
        before,
        revision: state.revision.clone(),
        code: state.code.clone(),
        generation: generation.max(used),
        alias: alias.map(|(alias, _)| alias),
    };
    fits(plan, rollout, (target, set), environment, &captured)?;
    Ok(captured)
}

/// Checks every stage's environment against Lambda's limit, before anything is written: a lowering that does not fit would
/// never come.
fn fits(
    plan: &Plan,
    rollout: &RolloutId,
    (target, set): (TargetId, &Target),
    environment: &Environment,
    captured: &Captured,
) -> Result<(), Refusal> {
    // All but the values that the rollout manages, with the longest mark.
    let absent = set.set.keys().map(|name| (name.clone(), None)).collect();
    let sum = sum_of(&captured.before);
    for (index, stage) in plan.stages() {
        let alarms = stops(plan, &Shown { stage: index, share: stage.share, off: vec![] });
        let mark = Mark::Held {
            id: rollout.clone(),
            generation: GENERATION_MAX,
            sum: sum.clone(),
            back: captured.before.clone(),
            alias: named(captured),
            made: made(captured),
            at: (!alarms.is_empty()).then_some(TIME_MAX),
            alarms,
            halt: None,
        };
        let bytes = size(&written(environment, &absent, &mark)) + plan.longest(target, index);
        if bytes > ENVIRONMENT_BYTES_MAX {
            return Err(too_large(Some(&stage.name), bytes));
        }
    }
    Ok(())
}

/// Computes what must be written so that `state` says what is wanted, or why nothing is.
pub fn patch(
    plan: &Plan,
    rollout: &Rollout,
    wanted: &Exposure,
    target: TargetId,
    state: &FunctionState,
) -> Patch {
    let environment = match &state.environment {
        Ok(environment) => environment,
        Err(why) => return Patch::Refused(Refusal::Unreadable(why.clone())),
    };
    if state.settled == Settled::InProgress {
        return Patch::Settling;
    }
    let (Some(set), Some(captured)) = (plan.target(target), rollout.captured.get(&target)) else {
        return Patch::Refused(Refusal::Unreadable("it was never captured".to_owned()));
    };
    let values = match &wanted.show {
        Some(shown) => as_values(&render(set, &plan.audience(shown))),
        None => captured.before.clone(),
    };
    let next = mark_for(plan, rollout, wanted, &values, captured);
    // It says exactly what would be written, and of whom: there is nothing else to find.
    if state.settled == Settled::Yes && says(environment, &values, &next) {
        return Patch::InEffect;
    }
    let next = written(environment, &values, &next);
    let mark = find(environment);
    let found = Standing { plan, rollout, wanted, target, set, captured, environment, mark };
    if let Some(stop) = found.stop(state) {
        return stop;
    }
    let bytes = size(&next);
    if bytes <= ENVIRONMENT_BYTES_MAX {
        return Patch::Write { environment: next, revision: state.revision.clone() };
    }
    // Somebody else's variables have grown since. Less is written all the same: it needs no more of a mark than the
    // generation, and the sum where something stays exposed.
    let sum = wanted.show.is_some().then(|| sum_of(&values));
    let bare = Mark::Left { was: rollout.id.clone(), generation: wanted.generation, sum };
    if state.settled == Settled::Yes && says(environment, &values, &bare) {
        return Patch::InEffect;
    }
    let least = written(environment, &values, &bare);
    if !matches!(rollout.phase, Phase::Advancing { .. }) && size(&least) <= ENVIRONMENT_BYTES_MAX {
        return Patch::Write { environment: least, revision: state.revision.clone() };
    }
    let stage = wanted.show.as_ref().map(|shown| plan.stage(shown.stage).name.as_str());
    Patch::Refused(too_large(stage, bytes))
}

fn too_large(stage: Option<&str>, bytes: usize) -> Refusal {
    let at = stage.map_or("on the way back".to_owned(), |stage| format!("in stage {stage}"));
    Refusal::TooLarge { at, bytes }
}

/// A target as it was found, beside what is known of it.
struct Standing<'a> {
    plan: &'a Plan,
    rollout: &'a Rollout,
    wanted: &'a Exposure,
    target: TargetId,
    set: &'a Target,
    captured: &'a Captured,
    environment: &'a Environment,
    mark: Found,
}

impl Standing<'_> {
    /// Why the wanted values must not be written over what was found.
    fn stop(&self, state: &FunctionState) -> Option<Patch> {
        let (rollout, wanted) = (self.rollout, self.wanted);
        let rising = wanted.show.is_some();
        match &self.mark {
            // Never written over; but where it stands in the place of ours, a person must see it.
            Found::Mark(Mark::Held { id, .. }) if *id != rollout.id => {
                Some(self.in_place_of_ours(id).unwrap_or(Patch::Refused(Refusal::Taken(id.clone()))))
            }
            // Another controller's rollout ended here after this one had captured: its generation is used up.
            Found::Mark(Mark::Left { was, generation, .. })
                if *was != rollout.id && *generation >= wanted.generation =>
            {
                Some(self.in_place_of_ours(was).unwrap_or(Patch::Superseded))
            }
            // It is closed already: whoever changed it since has taken over.
            Found::Mark(Mark::Left { was, generation, .. })
                if *was == rollout.id
                    && *generation == wanted.generation
                    && (wanted.closing || (!rising && self.is_as_before())) =>
            {
                (state.settled == Settled::Yes).then_some(Patch::InEffect)
            }
            Found::Halt(why) | Found::Mark(Mark::Held { halt: Some(why), .. }) if !ends_back(rollout) => {
                Some(Patch::Halted(why.clone()))
            }
            // The head was read after the target: no door has ever written this.
            Found::Mark(Mark::Held { generation, .. } | Mark::Left { generation, .. })
                if rising && *generation > wanted.generation =>
            {
                self.forged(*generation)
            }
            Found::Mark(Mark::Held { sum: asked, generation, .. }) if rising => {
                self.changed(asked, *generation)
            }
            // Something else was decided while it closed.
            Found::Mark(Mark::Left { was, sum: Some(asked), generation }) if rising && *was == rollout.id => {
                self.changed(asked, *generation)
            }
            Found::Mark(Mark::Held { sum: asked, .. }) if may_rise_again(rollout) => {
                self.changed_at_way_back(asked)
            }
            Found::Nothing | Found::Unreadable | Found::Mark(Mark::Left { .. }) if rising => {
                self.unmarked(state)
            }
            Found::Nothing | Found::Unreadable | Found::Halt(_) | Found::Mark(_) => None,
        }
    }

    fn in_place_of_ours(&self, id: &RolloutId) -> Option<Patch> {
        let ours = self.wanted.show.is_some() && self.rollout.in_effect();
        ours.then(|| Patch::Drifted(format!("it carries the mark of {id}")))
    }

    /// The mark says more than was ever decided.
    fn forged(&self, says: Generation) -> Option<Patch> {
        let last = self.wanted.generation;
        self.drifted(&format!("the mark says generation {says}, and {last} is the last decided"))
    }

    /// The mark is ours: the values must be those that were written with it.
    fn changed(&self, asked: &str, under: Generation) -> Option<Patch> {
        if self.sum() == asked {
            return None;
        }
        if self.is_as_before() {
            return Some(Patch::Halted("the values from before were put back by hand".into()));
        }
        let what = self.difference(Some(asked));
        // A change of what was written under this very generation is younger than the consent to write over.
        let seen = under < self.wanted.generation && self.may_overwrite(&what);
        (!seen).then_some(Patch::Drifted(what))
    }

    /// The first raise is being taken back, and may be made again: a hand that lowered meanwhile must not be forgotten.
    fn changed_at_way_back(&self, asked: &str) -> Option<Patch> {
        let what = self.difference(Some(asked));
        let known = self.sum() == asked || self.may_overwrite(&what);
        (!known).then(|| Patch::Halted(Halt::Hand(format!("changed by hand while it was lowered: {what}"))))
    }

    /// No mark of ours: right before the first write, a foreign hand's work after it.
    fn unmarked(&self, state: &FunctionState) -> Option<Patch> {
        let first = self.rollout.effective.is_none();
        if first && (state.revision == self.captured.revision || self.is_as_before()) {
            return None;
        }
        if !first && self.is_as_before() && self.shows_something() {
            return Some(Patch::Halted(
                "the values from before were put back, and the mark taken out".into(),
            ));
        }
        self.drifted("the mark is gone or cannot be read")
    }

    /// The mark says nothing about the values, and this of itself.
    fn drifted(&self, mark: &str) -> Option<Patch> {
        let found = self.difference(None);
        let what = if found.is_empty() { mark.to_owned() } else { format!("{mark}; {found}") };
        (!self.may_overwrite(&what)).then_some(Patch::Drifted(what))
    }

    /// Whether a person saw exactly this, and resumed.
    fn may_overwrite(&self, what: &str) -> bool {
        let drift = self.rollout.drift.as_ref();
        let seen = drift.filter(|drift| drift.target == self.target && drift.what == what);
        let generation = Some(self.wanted.generation);
        !self.rollout.in_effect() && seen.is_some_and(|drift| drift.overwritten_by == generation)
    }

    /// What differs from what was written with the mark; from what was in effect, where no mark says. All of it, where
    /// what was written is not known. It must be called the same before and after a person has seen it.
    fn difference(&self, asked: Option<&str>) -> String {
        let written = self.written(asked);
        let of = |name: &String| written.as_ref().and_then(|written| written.get(name));
        let shown: Vec<String> = managed(self.set, self.environment)
            .iter()
            .filter(|(name, value)| of(name) != Some(value))
            .map(|(name, value)| {
                let is = value
                    .as_ref()
                    .map_or(format!("{name} absent"), |value| format!("{name}={}", plain(value)));
                match of(name) {
                    Some(Some(before)) => format!("{is} instead of {}", plain(before)),
                    Some(None) => format!("{is} instead of nothing"),
                    None => is,
                }
            })
            .collect();
        if shown.is_empty() { String::new() } else { format!("found {}", shown.join(", ")) }
    }

    /// The values that were written with a mark of this sum; without one, those in effect.
    fn written(&self, sum: Option<&str>) -> Option<Values> {
        let off: Vec<String> = self.rollout.off.keys().cloned().collect();
        let at = |stage, share| {
            let shown = Shown { stage, share, off: off.clone() };
            as_values(&render(self.set, &self.plan.audience(&shown)))
        };
        let before = &self.captured.before;
        let here = self.rollout.exposed().map_or(before.clone(), |here| at(here.stage, here.share));
        let Some(sum) = sum else {
            return Some(here);
        };
        let stages = self.plan.stages().map(|(index, stage)| at(index, stage.share));
        [here, before.clone()].into_iter().chain(stages).find(|values| sum_of(values) == sum)
    }

    fn sum(&self) -> String {
        sum_of(&managed(self.set, self.environment))
    }

    fn is_as_before(&self) -> bool {
        managed(self.set, self.environment) == self.captured.before
    }

    /// At 0 % a target may well say what it said before: that is no sign of anybody's hand.
    fn shows_something(&self) -> bool {
        let shown = self.wanted.show.as_ref();
        let exposed = shown.is_some_and(|shown| self.plan.audience(shown).is_somebody());
        exposed && !matches!(self.rollout.phase, Phase::Starting) && !self.captured.before.is_empty()
    }
}

/// Everything goes back already, for good: then an emergency stop asks for nothing more. A pause at the way back is no
/// such end, because a person may resume it.
fn ends_back(rollout: &Rollout) -> bool {
    matches!(rollout.phase, Phase::Lowering { to: None, .. } | Phase::Closing { standing: None, .. })
}

/// The way back is wanted for now only. Under a pause for drift a person looks at what was changed already.
fn may_rise_again(rollout: &Rollout) -> bool {
    let looked_at = matches!(rollout.phase, Phase::Paused { why: PauseReason::Drift, .. });
    !ends_back(rollout) && !looked_at
}

/// The variables that a target must have for an exposure.
fn render(set: &Target, audience: &Audience<'_>) -> Environment {
    set.set.iter().map(|(name, template)| (name.clone(), template.render(audience))).collect()
}

fn as_values(environment: &Environment) -> Values {
    environment.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect()
}

/// The managed variables as they are found.
fn managed(set: &Target, environment: &Environment) -> Values {
    set.set.keys().map(|name| (name.clone(), environment.get(name).cloned())).collect()
}

fn mark_for(plan: &Plan, rollout: &Rollout, wanted: &Exposure, values: &Values, captured: &Captured) -> Mark {
    if wanted.closing {
        let sum = wanted.show.is_some().then(|| sum_of(values));
        return Mark::Left { was: rollout.id.clone(), generation: wanted.generation, sum };
    }
    let alarms = wanted.show.as_ref().map(|shown| stops(plan, shown)).unwrap_or_default();
    Mark::Held {
        id: rollout.id.clone(),
        generation: wanted.generation,
        sum: sum_of(values),
        back: captured.before.clone(),
        alias: named(captured),
        made: made(captured),
        at: (!alarms.is_empty()).then_some(rollout.gathered),
        alarms,
        halt: None,
    }
}

/// The alias and its version from before, as a mark has them.
fn named(captured: &Captured) -> Option<(String, String)> {
    captured.alias.as_ref().map(|alias| (alias.name.clone(), alias.version.clone()))
}

/// What tells that version from others, as a mark has it.
fn made(captured: &Captured) -> Option<String> {
    captured.alias.as_ref()?.made.clone()
}

/// The alarms that take everything back from what is shown, without waiting for anything: a halt knows no other way.
fn stops(plan: &Plan, shown: &Shown) -> Vec<String> {
    let below = plan.stages().filter(|(index, _)| *index < shown.stage);
    let is_first = !below.into_iter().any(|(_, stage)| stage.exposes(stage.share));
    let is_full = |back: &Back| match back {
        Back::Full => true,
        Back::Previous | Back::To(_) => is_first,
        Back::Stage(_) => false,
    };
    let stops = |rule: &Rule| {
        let mut steps = rule.then.iter().filter(|action| action.after.is_none()).map(|action| &action.step);
        !rule.dry_run && steps.any(|step| matches!(step, Step::RollBack(back) if is_full(back)))
    };
    let in_force = plan.rules().filter(|(id, _)| in_force_at(plan, *id, shown.stage, shown.share));
    let stop = in_force.filter(|(_, rule)| stops(rule));
    let mut alarms: Vec<String> = stop.filter_map(|(_, rule)| rule.when.alarm().map(tag)).collect();
    alarms.sort();
    alarms.dedup();
    alarms
}

/// Whether an environment is what [`written`] makes of it.
fn says(environment: &Environment, values: &Values, mark: &Mark) -> bool {
    values.iter().all(|(name, value)| environment.get(name) == value.as_ref())
        && environment.get(MARK).is_some_and(|found| *found == mark.to_string())
}

/// The environment with the managed values and the mark in place; all else as it was.
fn written(environment: &Environment, values: &Values, mark: &Mark) -> Environment {
    let mut next = environment.clone();
    for (name, value) in values {
        match value {
            Some(value) => next.insert(name.clone(), value.clone()),
            None => next.remove(name),
        };
    }
    next.insert(MARK.to_owned(), mark.to_string());
    next
}

/// What a variable was found to be, for people who may not read it themselves.
fn told(found: &str) -> String {
    let bytes = found.len();
    if bytes <= TOLD_MAX { format!("{found:?}") } else { format!("something else ({bytes} bytes)") }
}

/// Without anything that a screen would obey.
fn plain(value: &str) -> String {
    let shown =
        |char: char| if char.is_control() { char.escape_default().to_string() } else { char.to_string() };
    value.chars().map(shown).collect()
}

/// The bytes that Lambda counts.
fn size(environment: &Environment) -> usize {
    environment.iter().map(|(name, value)| name.len() + value.len()).sum()
}

fn sum_of(values: &Values) -> String {
    let pairs = values.iter().map(|(name, value)| (name.as_str(), value.as_deref()));
    sum(pairs)
}

/// Eight hex digits that tell these names and values from others.
fn sum<'a>(pairs: impl Iterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let mut digest = Sha256::new();
    for (name, value) in pairs {
        digest.update(name.as_bytes());
        digest.update(if value.is_some() { b"\x01" } else { b"\x00" });
        digest.update(value.unwrap_or_default().as_bytes());
        digest.update(b"\x02");
    }
    hex(&digest.finalize()[..4])
}
