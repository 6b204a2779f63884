//! Makes the targets say what the rollout wants. Anyone may, any number of times.

use crate::{
    ports::{FunctionState, Functions, Loaded, ReadError, Store, World, WriteError},
    turn::{Cue, TurnError, Turned, turn},
};
use rollout::{
    decide::Trigger,
    plan::Plan,
    rollout::{Exposure, Phase, Rollout, RolloutId},
    target::{Patch, Refusal, Settled, capture, patch},
    units::TargetId,
};
use std::collections::BTreeMap;

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
    let mut states = BTreeMap::new();
    let mut unread = BTreeMap::new();
    for (target, set) in plan.targets() {
        match ports.read(&set.function).await {
            Ok(state) => {
                states.insert(target, state);
            }
            Err(why) => {
                unread.insert(target, why);
            }
        }
    }
    let loaded = ports.load(id).await?;
    if matches!(loaded.head.phase, Phase::Starting) {
        return take(ports, &loaded, &states, &unread).await;
    }
    let Some(wanted) = loaded.head.wants() else {
        return Ok(Converged::Nothing);
    };
    let pass = Pass { plan: &loaded.plan, head: &loaded.head, wanted: &wanted, states: &states };
    pass.run(ports, &unread).await
}

/// Targets that could not be read.
type Unread = BTreeMap<TargetId, ReadError>;

/// Why a target is out of reach until somebody does something about it; none of what may pass by itself.
fn lasting(why: &ReadError) -> Option<String> {
    match why {
        ReadError::Missing | ReadError::Forbidden(_) => Some(why.to_string()),
        ReadError::Unavailable(_) => None,
    }
}

/// The same of a write.
fn is_lasting(why: &WriteError) -> bool {
    match why {
        WriteError::TooLarge | WriteError::Missing | WriteError::Forbidden(_) => true,
        WriteError::Stale | WriteError::Busy | WriteError::Unavailable(_) => false,
    }
}

/// Tells the rollout of targets that are out of reach, and of those that no longer are. Whether anything was new.
async fn tell<P: Store + World>(
    ports: &P,
    head: &Rollout,
    found: Vec<(TargetId, Option<String>)>,
) -> Result<bool, TurnError> {
    let mut told = false;
    for (target, why) in found {
        if why.is_some() != head.unreachable.contains_key(&target) {
            let turned = turn(ports, &head.id, &Trigger::Unreachable(target, why), DOOR).await?;
            told |= matches!(turned, Turned::Recorded(..));
        }
    }
    Ok(told)
}

/// Captures every target, before anything is written.
async fn take<P: Store + World>(
    ports: &P,
    loaded: &Loaded,
    states: &BTreeMap<TargetId, FunctionState>,
    unread: &Unread,
) -> Result<Converged, TurnError> {
    let id = &loaded.head.id;
    if let Some((target, why)) = unread.iter().find(|(_, why)| **why == ReadError::Missing) {
        turn(ports, id, &Trigger::Refused(*target, why.to_string()), DOOR).await?;
        return Ok(Converged::Told);
    }
    let closed = states.iter().map(|(target, state)| {
        let why = state.environment.as_ref().err();
        (*target, why.map(|why| Refusal::Unreadable(why.clone()).to_string()))
    });
    let unread_for_long = unread.iter().filter_map(|(target, why)| Some((*target, Some(lasting(why)?))));
    if tell(ports, &loaded.head, closed.chain(unread_for_long).collect()).await? {
        return Ok(Converged::Told);
    }
    if let Some(why) = unread.values().next() {
        return Ok(Converged::Pending(Some(why.to_string())));
    }
    for (target, state) in states.iter().filter(|(target, _)| !loaded.head.captured.contains_key(target)) {
        if state.settled == Settled::InProgress {
            return Ok(Converged::Pending(None));
        }
        let trigger = match capture(&loaded.plan, &loaded.head, *target, state) {
            Ok(captured) => Trigger::Captured(*target, captured),
            // A key that is off today may be on tomorrow: the start waits for it as long as it waits for anything.
            Err(Refusal::Unreadable(why)) => return Ok(Converged::Pending(Some(why))),
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

impl Pass<'_> {
    async fn run<P: Store + Functions + World>(
        &self,
        ports: &P,
        unread: &Unread,
    ) -> Result<Converged, TurnError> {
        let id = &self.head.id;
        let patches: Vec<(TargetId, Patch)> = self
            .states
            .iter()
            .map(|(target, state)| (*target, patch(self.plan, self.head, self.wanted, *target, state)))
            .collect();
        let out = patches.iter().filter_map(|(target, patch)| match patch {
            Patch::Refused(why) => Some((*target, Some(why.to_string()))),
            // Only what says what it must is known to be in reach: to be read is not to be written.
            Patch::InEffect => Some((*target, None)),
            Patch::Settling
            | Patch::Write { .. }
            | Patch::Superseded
            | Patch::Halted(_)
            | Patch::Drifted(_) => None,
        });
        let unread_for_long = unread.iter().filter_map(|(target, why)| Some((*target, Some(lasting(why)?))));
        if tell(ports, self.head, out.chain(unread_for_long).collect()).await? {
            return Ok(Converged::Told);
        }
        let rising = matches!(self.head.phase, Phase::Advancing { .. });
        let found = patches.iter().find_map(|(target, patch)| finding(*target, patch));
        let mut waits = None;
        if let Some((trigger, what)) = found {
            // What is held waits for a person: told again, nothing would follow, and the door would wake itself for ever.
            match turn(ports, id, &trigger, DOOR).await? {
                Turned::Recorded(..) => return Ok(Converged::Told),
                Turned::Held(_) | Turned::Duplicate if rising => return Ok(Converged::Pending(Some(what))),
                // The others are lowered meanwhile: lowering waits for nobody.
                Turned::Held(_) | Turned::Duplicate => waits = Some(what),
            }
        }
        if rising && let Some(why) = unread.values().next() {
            // All are read before the first raise: a halt may stand in the one that is not.
            return Ok(Converged::Pending(Some(why.to_string())));
        }
        if unread.is_empty() && patches.iter().all(|(_, patch)| *patch == Patch::InEffect) {
            return self.in_effect(ports).await;
        }
        let mut pending = unread.values().next().map(ReadError::to_string).or(waits);
        let mut closed = vec![];
        for (target, patch) in &patches {
            if let Err(why) = self.write(ports, *target, patch).await {
                let (why, lasts) = (why.to_string(), is_lasting(&why));
                closed.extend(lasts.then(|| (*target, Some(why.clone()))));
                pending = Some(why);
            }
            if rising && *patch != Patch::InEffect {
                // Raised one after the other, each only when the one before it is in effect.
                break;
            }
        }
        let told = tell(ports, self.head, closed).await?;
        Ok(if told { Converged::Told } else { Converged::Pending(pending) })
    }

    /// Writes one target, where there is something to write.
    async fn write<P: Functions>(
        &self,
        ports: &P,
        target: TargetId,
        patch: &Patch,
    ) -> Result<(), WriteError> {
        let (Patch::Write { environment, revision }, Some(set)) = (patch, self.plan.target(target)) else {
            return Ok(());
        };
        match ports.write(&set.function, environment, revision).await {
            // Somebody else was faster, and the next pass reads what they wrote.
            Ok(()) | Err(WriteError::Stale | WriteError::Busy) => Ok(()),
            Err(why) => Err(why),
        }
    }

    async fn in_effect<P: Store + World>(&self, ports: &P) -> Result<Converged, TurnError> {
        let id = &self.head.id;
        if !self.head.in_effect() {
            let code = self.states.iter().map(|(target, state)| (*target, state.code.clone())).collect();
            let turned = turn(ports, id, &Trigger::Applied(self.wanted.generation, code), DOOR).await?;
            // What is in effect may end in something else to write: a rollback closes, and leaves its generation.
            let more = matches!(&turned, Turned::Recorded(_, head) if !head.in_effect());
            return Ok(if more { Converged::Told } else { Converged::InEffect });
        }
        let known = self.head.effective.as_ref();
        for (target, state) in self.states {
            let other =
                known.is_some_and(|known| known.code.get(target).is_some_and(|code| *code != state.code));
            if other
                && let Turned::Recorded(..) =
                    turn(ports, id, &Trigger::Code(*target, state.code.clone()), DOOR).await?
            {
                return Ok(Converged::Told);
            }
        }
        Ok(Converged::InEffect)
    }
}

/// What the rollout must be told of, before anything is written, and the same for people.
fn finding(target: TargetId, patch: &Patch) -> Option<(Trigger, String)> {
    match patch {
        Patch::Halted(why) => Some((Trigger::Halted(target, why.clone()), why.clone())),
        Patch::Drifted(what) => Some((Trigger::Drifted(target, what.clone()), what.clone())),
        Patch::InEffect | Patch::Settling | Patch::Write { .. } | Patch::Superseded | Patch::Refused(_) => {
            None
        }
    }
}
