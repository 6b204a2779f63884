//! Writes one target: `$LATEST`, and the alias that callers use.

use super::{Pass, Step};
use crate::ports::{Functions, WriteError};
use rollout::{
    target::{AliasPatch, Halt, Move, Patch, alias_patch},
    units::TargetId,
};

const SUPERSEDED: &str = "another controller's rollout has ended in it after this one had started, and that is never \
                          written over: see to it there, or remove the variable TIDEGATE when you know that it may be";

/// Why a target was not written.
pub(super) enum NotWritten {
    /// Nothing but the whole way back is left.
    Halted(Halt),
    /// In words.
    For(String),
}

impl Pass<'_> {
    /// Writes one target, if there is something to write. Whoever goes back takes the callers back first: that is one call,
    /// and what becomes of `$LATEST` does not matter to it. On the way up the alias waits until `$LATEST` says it.
    pub(super) async fn write<P: Functions>(&self, ports: &P, step: &Step) -> Result<bool, NotWritten> {
        let alias = self.write_alias(ports, step).await;
        let latest = self.write_latest(ports, step).await;
        Ok(alias? && latest?)
    }

    async fn write_latest<P: Functions>(&self, ports: &P, step: &Step) -> Result<bool, NotWritten> {
        let why = match &step.latest {
            Patch::Write { environment, revision } => {
                match ports.write(self.function(step.target), environment, revision).await {
                    Ok(()) => return Ok(true),
                    // Stale or busy: somebody else was faster, and the next pass reads what they wrote.
                    Err(WriteError::Stale | WriteError::Busy) => return Ok(false),
                    Err(why) => why.to_string(),
                }
            }
            Patch::Refused(why) => why.to_string(),
            Patch::Superseded => SUPERSEDED.to_owned(),
            Patch::InEffect => return Ok(true),
            Patch::Settling | Patch::Halted(_) | Patch::Drifted(_) => return Ok(false),
        };
        Err(NotWritten::For(why))
    }

    async fn write_alias<P: Functions>(&self, ports: &P, step: &Step) -> Result<bool, NotWritten> {
        let Some(alias) = self.plan.target(step.target).and_then(|set| set.alias.as_deref()) else {
            return Ok(true);
        };
        let of = (self.function(step.target), alias);
        let pointed = point(ports, of, &step.alias).await;
        if let (Err(WriteError::Failed(why)), AliasPatch::Publish { .. }) = (&pointed, &step.alias)
            && !self.head.rises()
            && self.wanted.show.is_some()
        {
            // Whoever must be given less waits for no version that cannot be made: one that is there shows nothing.
            let why = format!("the alias {alias}: {why}, so callers cannot be given less of it");
            return Err(NotWritten::Halted(Halt::Hand(why)));
        }
        let (Err(WriteError::Missing), AliasPatch::Move(to)) = (&pointed, &step.alias) else {
            return answered(alias, &step.alias, pointed);
        };
        let instead = self.instead(step, &to.version);
        if let AliasPatch::Halted(halt) = instead {
            return Err(NotWritten::Halted(halt));
        }
        let is_there = answered(alias, &instead, point(ports, of, &instead).await)?;
        if is_there && matches!(instead, AliasPatch::Publish { .. }) {
            // Told once: whoever reads the log looks for the version that it names.
            let version = &to.version;
            let what =
                format!("version {version} of the alias {alias} was gone, and another one was published");
            return Err(NotWritten::For(what));
        }
        Ok(is_there)
    }

    /// What to do about an alias instead of moving it to a version that somebody has deleted.
    fn instead(&self, step: &Step, gone: &str) -> AliasPatch {
        self.states.get(&step.target).map_or(AliasPatch::Waits, |state| {
            alias_patch(self.plan, self.head, self.wanted, (step.target, state), &step.latest, Some(gone))
        })
    }

    fn function(&self, target: TargetId) -> &str {
        self.plan.target(target).map_or("", |target| target.function.as_str())
    }
}

/// Points an alias, if there is something to point it to.
async fn point<P: Functions>(
    ports: &P,
    (function, alias): (&str, &str),
    patch: &AliasPatch,
) -> Result<(), WriteError> {
    match patch {
        AliasPatch::Move(to) => ports.point(function, alias, to).await,
        // The alias was read before the head: whatever was decided since has changed it by the time that it lands.
        AliasPatch::Publish { code, latest, signature, revision } => {
            let published = ports.publish(function, code, latest).await;
            if let Err(WriteError::Forbidden(why)) = &published {
                return Err(WriteError::Failed(format!("no version can be published: {why}")));
            }
            let version = published?;
            let description = signature.of(&version);
            ports.point(function, alias, &Move { version, description, revision: revision.clone() }).await
        }
        AliasPatch::InEffect
        | AliasPatch::Waits
        | AliasPatch::Halted(_)
        | AliasPatch::Drifted(_)
        | AliasPatch::Refused(_) => Ok(()),
    }
}

/// Whether an alias is where it must be, after it was pointed there if it was.
fn answered(alias: &str, patch: &AliasPatch, pointed: Result<(), WriteError>) -> Result<bool, NotWritten> {
    match (patch, pointed) {
        (AliasPatch::Refused(why), _) => Err(NotWritten::For(why.to_string())),
        // Held, and not recorded: what is in the way stands where people look.
        (AliasPatch::Drifted(what), _) => Err(NotWritten::For(what.clone())),
        (AliasPatch::Waits | AliasPatch::Halted(_), _) | (_, Err(WriteError::Stale | WriteError::Busy)) => {
            Ok(false)
        }
        (AliasPatch::InEffect | AliasPatch::Move(_) | AliasPatch::Publish { .. }, Ok(())) => Ok(true),
        (_, Err(why)) => Err(NotWritten::For(format!("the alias {alias}: {why}"))),
    }
}
