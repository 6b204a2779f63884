//! Makes the targets say what the rollout wants. Anyone may, any number of times.

mod write;

use crate::{
    at_once::at_once,
    ports::{FunctionState, Functions, Loaded, ReadError, Store, World, read_as_far, read_target},
    turn::{Cue, TurnError, Turned, turn},
};
use rollout::{
    decide::Trigger,
    plan::Plan,
    rollout::{Exposure, Phase, Rollout, RolloutId},
    target::{AliasPatch, Patch, Refusal, Settled, alias_patch, capture, patch, released},
    units::TargetId,
};
use std::collections::BTreeMap;
use write::NotWritten;

/// What a pass over the targets came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Converged {
    /// There is nothing that they must say.
    Nothing,
    /// They say it, and that is recorded.
    InEffect,
    /// Something was written, is settling or could not be reached: look again.
    Pending(Option<String>),
    /// Something was found that the rollout had to be told of.
    Told,
}

const DOOR: Cue<'static> = Cue { by: "advance", record: None };

/// One pass: read the targets, read the head after them, write what is still wanted at the revisions that were read.
///
/// The order is the fence. A decision that is made after the head was read changes a revision before it is in
/// effect, because a lowering always writes; so what is written here lands only if nothing lower has landed since.
///
/// # Errors
/// [`TurnError`].
pub async fn converge<P: Store + Functions + World>(
    ports: &P,
    id: &RolloutId,
) -> Result<Converged, TurnError> {
    let plan = ports.load(id).await?.plan;
    let reads =
        at_once(plan.targets().map(|(_, set)| read_as_far(ports, &set.function, set.alias.as_deref()))).await;
    let mut states = BTreeMap::new();
    let mut unread: Option<(TargetId, ReadError)> = None;
    for ((target, _), read) in plan.targets().zip(reads) {
        // An alias that is gone or cannot be read keeps nothing up in the function itself.
        let why = match read {
            Ok((state, why)) => {
                states.insert(target, state);
                why
            }
            Err(why) => Some(why),
        };
        // What passes by itself hides nothing that lasts.
        if let Some(why) = why
            && unread.as_ref().is_none_or(|(_, known)| passes(known))
        {
            unread = Some((target, why));
        }
    }
    let loaded = ports.load(id).await?;
    let passing = unread.as_ref().is_some_and(|(_, why)| passes(why));
    if matches!(loaded.head.phase, Phase::Starting) {
        let taken = take(ports, &loaded, &states, unread).await?;
        if let Converged::Pending(Some(why)) = &taken {
            turn(ports, id, &Trigger::Blocked(Some(why.clone())), DOOR).await?;
        }
        return Ok(taken);
    }
    let Some(wanted) = loaded.head.wants() else {
        return Ok(Converged::Nothing);
    };
    let pass = Pass { plan: &loaded.plan, head: &loaded.head, wanted: &wanted, states: &states };
    let (converged, obstacle) = pass.run(ports, unread).await?;
    let gone = loaded.head.blocked.is_some() && converged == Converged::InEffect && loaded.head.in_effect();
    // What is in effect already has time: only what lasts is told.
    let told = obstacle.filter(|_| !(passing && loaded.head.in_effect()));
    if told.is_some() || gone {
        turn(ports, id, &Trigger::Blocked(told), DOOR).await?;
    }
    Ok(converged)
}

fn passes(why: &ReadError) -> bool {
    matches!(why, ReadError::Unavailable(_))
}

/// Captures every target, before anything is written.
async fn take<P: Store + World>(
    ports: &P,
    loaded: &Loaded,
    states: &BTreeMap<TargetId, FunctionState>,
    unread: Option<(TargetId, ReadError)>,
) -> Result<Converged, TurnError> {
    let id = &loaded.head.id;
    if let Some((target, why @ (ReadError::Missing | ReadError::NoAlias(_) | ReadError::Elsewhere(_)))) =
        &unread
    {
        turn(ports, id, &Trigger::Refused(*target, why.to_string()), DOOR).await?;
        return Ok(Converged::Told);
    }
    let named = |target: TargetId, why: String| {
        let function = loaded.plan.target(target).map_or("a target", |target| target.function.as_str());
        Converged::Pending(Some(format!("{function}: {why}")))
    };
    if let Some((target, why)) = unread {
        return Ok(named(target, why.to_string()));
    }
    for (target, state) in states.iter().filter(|(target, _)| !loaded.head.captured.contains_key(target)) {
        if state.settled == Settled::InProgress {
            return Ok(Converged::Pending(None));
        }
        let trigger = match capture(&loaded.plan, id, *target, state) {
            Ok(captured) => Trigger::Captured(*target, captured),
            // A key that is off today may be on tomorrow: the start waits for it as long as it waits for anything.
            Err(why @ Refusal::Unreadable(_)) => return Ok(named(*target, why.to_string())),
            Err(why) => Trigger::Refused(*target, why.to_string()),
        };
        turn(ports, id, &trigger, DOOR).await?;
    }
    Ok(Converged::Told)
}

/// One pass over targets that were read before the head was.
struct Pass<'a> {
    plan: &'a Plan,
    head: &'a Rollout,
    wanted: &'a Exposure,
    states: &'a BTreeMap<TargetId, FunctionState>,
}

/// What to do about one target: `$LATEST`, and the alias that callers use.
struct Step {
    target: TargetId,
    latest: Patch,
    alias: AliasPatch,
}

impl Step {
    fn is_in_effect(&self) -> bool {
        self.latest == Patch::InEffect && self.alias == AliasPatch::InEffect
    }
}

impl Pass<'_> {
    /// Answers beside what it came to what is in the way, if anything is.
    async fn run<P: Store + Functions + World>(
        &self,
        ports: &P,
        unread: Option<(TargetId, ReadError)>,
    ) -> Result<(Converged, Option<String>), TurnError> {
        let id = &self.head.id;
        let steps: Vec<Step> = self.states.iter().map(|(target, state)| self.step(*target, state)).collect();
        let rising = self.head.rises();
        // A halt is heard though another target has changed, and waits for a person.
        let found = steps.iter().find_map(|step| Some((step, halted(step)?)));
        let found = found.or_else(|| steps.iter().find_map(|step| Some((step, drifted(step)?))));
        let mut waits = None;
        if let Some((step, (trigger, what))) = found {
            if self.has_moved_on(ports, step).await {
                return Ok((Converged::Pending(None), None));
            }
            // What is held waits for a person: told again, nothing would follow, and the door would wake itself for ever.
            match turn(ports, id, &trigger, DOOR).await? {
                Turned::Recorded(..) => return Ok((Converged::Told, None)),
                Turned::Held(_) | Turned::Duplicate if rising => {
                    return Ok((Converged::Pending(Some(what)), None));
                }
                // The others are lowered meanwhile: lowering waits for nobody.
                Turned::Held(_) | Turned::Duplicate => waits = Some(what),
            }
        }
        let mut obstacle = unread.map(|(target, why)| self.named(target, &why.to_string()));
        if rising && obstacle.is_some() {
            // All are read before the first raise: a halt may stand in the one that is not.
            return Ok((Converged::Pending(obstacle.clone()), obstacle));
        }
        if obstacle.is_none() && steps.iter().all(Step::is_in_effect) {
            return Ok((self.in_effect(ports).await?, None));
        }
        let lowers = matches!(self.head.phase, Phase::Lowering { .. }) && obstacle.is_none();
        let mut due: Vec<&Step> = steps.iter().filter(|step| !step.is_in_effect()).collect();
        let mut written = steps.len() - due.len();
        if rising {
            // Raised one after the other, each only when the one before it is in effect.
            due.truncate(1);
        }
        // Lowered all at once: none waits for another, nor for what becomes of it.
        let wrote = at_once(due.iter().map(|step| self.write(ports, step))).await;
        for (step, is_written) in due.into_iter().zip(wrote) {
            match is_written {
                Ok(is_written) => written += usize::from(is_written),
                Err(NotWritten::Halted(halt)) => {
                    let halted = Trigger::Halted(step.target, halt.clone());
                    if let Turned::Recorded(..) = turn(ports, id, &halted, DOOR).await? {
                        return Ok((Converged::Told, None));
                    }
                    obstacle = Some(self.named(step.target, &halt.to_string()));
                }
                Err(NotWritten::For(why)) => obstacle = Some(self.named(step.target, &why)),
            }
        }
        if lowers && written == steps.len() {
            turn(ports, id, &Trigger::Written(self.wanted.generation), DOOR).await?;
        }
        Ok((Converged::Pending(obstacle.clone().or(waits)), obstacle))
    }

    /// Whether the target was changed after it was read. Then the head may tell of what was written since, and what was read
    /// is nobody's hand: a door that is slow has read it before our own first write.
    async fn has_moved_on<P: Functions>(&self, ports: &P, step: &Step) -> bool {
        let (Some(set), Some(read)) = (self.plan.target(step.target), self.states.get(&step.target)) else {
            return false;
        };
        let revision = |state: &FunctionState| {
            (state.revision.clone(), state.alias.as_ref().map(|alias| alias.revision.clone()))
        };
        let alias = set.alias.as_deref().filter(|_| read.alias.is_some());
        match read_target(ports, &set.function, alias).await {
            Ok(now) => revision(&now) != revision(read),
            // Whoever pulled the emergency stop does not wait for a second look. Of an alias it is only a conclusion, and so it is
            // where no mark stands: it may have been read before our first write.
            Err(_) => !(matches!(step.latest, Patch::Halted(_)) && read.is_held()),
        }
    }

    fn named(&self, target: TargetId, why: &str) -> String {
        let function = self.plan.target(target).map_or("a target", |target| target.function.as_str());
        format!("{function}: {why}")
    }

    fn step(&self, target: TargetId, state: &FunctionState) -> Step {
        let latest = patch(self.plan, self.head, self.wanted, target, state);
        let alias = if state.alias.is_some() {
            alias_patch(self.plan, self.head, self.wanted, (target, state), &latest, None)
        } else {
            AliasPatch::InEffect
        };
        Step { target, latest, alias }
    }

    async fn in_effect<P: Store + World>(&self, ports: &P) -> Result<Converged, TurnError> {
        let id = &self.head.id;
        if !self.head.in_effect() {
            for (target, state) in self.states {
                if let Some(released) = released(self.plan, self.head, self.wanted, *target, state) {
                    turn(ports, id, &Trigger::Released(*target, released), DOOR).await?;
                }
            }
            let code = self.states.iter().map(|(target, state)| (*target, state.runs().to_owned())).collect();
            let turned = turn(ports, id, &Trigger::Applied(self.wanted.generation, code), DOOR).await?;
            // What is in effect may end in something else to write: a rollback closes, and leaves its generation.
            let more = matches!(&turned, Turned::Recorded(_, head) if !head.in_effect());
            return Ok(if more { Converged::Told } else { Converged::InEffect });
        }
        let known = self.head.effective.as_ref();
        for (target, state) in self.states {
            let other =
                known.is_some_and(|known| known.code.get(target).is_some_and(|code| *code != *state.runs()));
            if other
                && let Turned::Recorded(..) =
                    turn(ports, id, &Trigger::Code(*target, state.runs().to_owned()), DOOR).await?
            {
                return Ok(Converged::Told);
            }
        }
        Ok(Converged::InEffect)
    }
}

/// What the rollout must be told of, before anything is written, and the same for people: somebody's emergency stop, ...
fn halted(step: &Step) -> Option<(Trigger, String)> {
    match (&step.latest, &step.alias) {
        (Patch::Halted(halt), _) | (_, AliasPatch::Halted(halt)) => {
            Some((Trigger::Halted(step.target, halt.clone()), halt.to_string()))
        }
        _ => None,
    }
}

/// ... or somebody's change.
fn drifted(step: &Step) -> Option<(Trigger, String)> {
    match (&step.latest, &step.alias) {
        (Patch::Drifted(what), _) | (_, AliasPatch::Drifted(what)) => {
            Some((Trigger::Drifted(step.target, what.clone()), what.clone()))
        }
        _ => None,
    }
}
