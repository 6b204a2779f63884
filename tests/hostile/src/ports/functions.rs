//! The functions of a world: what is read, written, published and pointed to by a door, which may die at any moment.

use super::{
    Port, pause,
    seen::{Lowered, Read},
};
use crate::{
    callers::{ALIAS, Callers, DESCRIPTION_MAX, Version},
    function::{Marked, NAMES, Shown},
    oracle::Page,
    sights::Sight,
    world::State,
};
use control::ports::{AliasState, FunctionState, Functions, Move, NotFound, ReadError, Tagged, WriteError};
use rollout::{rollout::Phase, target::Environment, time::Span, units::Generation};

/// Which of the functions has this name.
pub(crate) fn place(function: &str) -> usize {
    NAMES.iter().position(|name| *name == function).expect("a function of this world")
}

impl Functions for Port {
    async fn read(&self, function: &str) -> Result<FunctionState, ReadError> {
        let at = place(function);
        self.dawdle().await;
        let read = self.sim.with(|state| {
            if state.fails() {
                return Err(ReadError::Unavailable("throttled".to_owned()));
            }
            state.was_read(at);
            let function = &state.functions[at];
            let writable = function.is_settled(state.now) && function.dark <= state.now;
            let mark = Marked::of(&function.environment);
            // Other code may be put back before the alias is read.
            let made = Version::of(function, state.now).made();
            let other = function.callers.as_ref().is_some_and(|callers| callers.runs().made() != made);
            self.seen().reads[at] = Some(Read { mark, by_hand: function.by_hand || other, writable });
            Ok(function.state(state.now))
        })?;
        pause().await;
        Ok(read)
    }

    async fn write(
        &self,
        function: &str,
        environment: &Environment,
        revision: &str,
    ) -> Result<(), WriteError> {
        let at = place(function);
        self.dawdle().await;
        self.tries(at, Lowered::Tried);
        self.sim.with(|state| {
            if state.fails() {
                return Err(WriteError::Unavailable("throttled".to_owned()));
            }
            if state.functions[at].barred > state.now {
                let generation = Marked::of(environment).owner().map_or(Generation(0), |(_, known)| known);
                self.tries(at, Lowered::Barred(generation));
                return Err(WriteError::Forbidden("not permitted".to_owned()));
            }
            if !state.functions[at].is_settled(state.now) {
                state.saw(Sight::Busy);
                return Err(WriteError::Busy);
            }
            if state.functions[at].dark > state.now {
                return Err(WriteError::Forbidden("the key is disabled".to_owned()));
            }
            if state.functions[at].revision(state.now).to_string() != revision {
                state.saw(Sight::StaleWrite);
                return Err(WriteError::Stale);
            }
            match &self.news {
                Some(news) if Marked::of(environment) == Marked::Halt => {
                    state.check_halt(at, environment, news);
                    self.seen().reads[at] =
                        Some(Read { mark: Marked::Halt, by_hand: false, writable: false });
                }
                Some(_) | None => state.check_write(self.store, at, environment),
            }
            state.land(at, environment);
            Ok(())
        })?;
        pause().await;
        if self.sim.with(|state| state.loses()) {
            return Err(WriteError::Unavailable("no answer".to_owned()));
        }
        Ok(())
    }

    async fn read_alias(&self, function: &str, _: &str) -> Result<AliasState, ReadError> {
        self.reads_alias(place(function)).await
    }

    async fn publish(&self, function: &str, code: &str, revision: &str) -> Result<String, WriteError> {
        self.publishes(place(function), code, revision).await
    }

    async fn point(&self, function: &str, _: &str, to: &Move) -> Result<(), WriteError> {
        self.points(place(function), to).await
    }
}

/// What a door does to aliases.
impl Port {
    fn callers<T>(&self, at: usize, look: impl FnOnce(&mut State, &mut Callers) -> T) -> Option<T> {
        self.sim.with(|state| {
            let mut callers = state.functions[at].callers.take()?;
            let looked = look(state, &mut callers);
            state.functions[at].callers = Some(callers);
            Some(looked)
        })
    }

    async fn reads_alias(&self, at: usize) -> Result<AliasState, ReadError> {
        self.dawdle().await;
        if self.sim.with(|state| state.fails()) {
            return Err(ReadError::Unavailable("throttled".to_owned()));
        }
        let read = self.callers(at, |state, callers| {
            if callers.gone {
                return None;
            }
            let other = Version::of(&state.functions[at], state.now).made() != callers.runs().made();
            // A door that died has said why in the description; another controller has said that it was there.
            let elses = callers.description.contains("[tidegate halt") || !state.books[1].pages.is_empty();
            Some((callers.state(state.now), callers.by_hand || callers.theirs || other || elses))
        });
        let (read, touched) = read.flatten().ok_or_else(|| ReadError::NoAlias(ALIAS.to_owned()))?;
        self.seen().touched[at] = touched;
        pause().await;
        Ok(read)
    }

    async fn publishes(&self, at: usize, code: &str, revision: &str) -> Result<String, WriteError> {
        self.dawdle().await;
        let version = self.sim.with(|state| {
            let function = &state.functions[at];
            if !function.is_settled(state.now) {
                return Err(WriteError::Busy);
            }
            if function.revision(state.now).to_string() != revision || function.code.to_string() != code {
                state.saw(Sight::StaleWrite);
                return Err(WriteError::Stale);
            }
            if state.fails() {
                return Err(WriteError::Unavailable("throttled".to_owned()));
            }
            let ready = state.check_publish(self, at);
            if ready > state.now {
                state.saw(Sight::VersionPending);
                return Err(WriteError::Busy);
            }
            Ok(state.functions[at].callers.as_ref().map_or(0, |callers| callers.versions.len()))
        })?;
        pause().await;
        if self.sim.with(|state| state.loses()) {
            return Err(WriteError::Unavailable("no answer".to_owned()));
        }
        Ok(version.to_string())
    }

    async fn points(&self, at: usize, to: &Move) -> Result<(), WriteError> {
        self.dawdle().await;
        self.sim.with(|state| {
            if state.fails() {
                return Err(WriteError::Unavailable("throttled".to_owned()));
            }
            if state.functions[at].barred > state.now {
                return Err(WriteError::Forbidden("not permitted".to_owned()));
            }
            let callers = state.functions[at].callers.as_ref().filter(|callers| !callers.gone);
            let callers = callers.ok_or(WriteError::Missing)?;
            let version =
                to.version.parse::<usize>().ok().and_then(|version| callers.versions.get(version - 1));
            if version.is_none_or(|version| version.gone) {
                return Err(WriteError::Missing);
            }
            if to.description.chars().count() > DESCRIPTION_MAX {
                return Err(WriteError::Forbidden("the description is too long".to_owned()));
            }
            let found = callers.revision.to_string();
            if found != to.revision {
                state.saw(Sight::AliasStale);
                let lowering =
                    |page: &Page| matches!(page.head.phase, Phase::Lowering { .. } | Phase::Closing { .. });
                let rose = self.moves_for().is_some_and(|head| matches!(head.phase, Phase::Advancing { .. }));
                if rose && state.books[self.store].active().is_some_and(lowering) {
                    state.saw(Sight::H12a);
                }
                return Err(WriteError::Stale);
            }
            state.check_point(self, at, to);
            let Some(callers) = &mut state.functions[at].callers else { return Err(WriteError::Missing) };
            callers.version = to.version.parse().unwrap_or(1);
            callers.revision += 1;
            callers.description.clone_from(&to.description);
            (callers.by_hand, callers.theirs, callers.split) = (false, false, false);
            if to.description.contains("[tidegate halt") {
                state.saw(Sight::AliasHalted);
            }
            Ok(())
        })?;
        pause().await;
        if self.sim.with(|state| state.loses()) {
            return Err(WriteError::Unavailable("no answer".to_owned()));
        }
        Ok(())
    }
}

impl Tagged for Port {
    async fn tagged(&self) -> Result<Vec<String>, NotFound> {
        pause().await;
        if self.sim.with(|state| state.fails()) {
            return Err(NotFound("throttled".to_owned()));
        }
        pause().await;
        let count = self.sim.with(|state| state.functions.len());
        Ok(NAMES[..count].iter().map(|name| (*name).to_owned()).collect())
    }
}

impl State {
    /// A door's write lands.
    fn land(&mut self, at: usize, environment: &Environment) {
        let slow = if self.stormy { 60_000 } else { 3_000 };
        let settles = self.now.after(Span::millis(self.rng.below(slow)));
        let fails = self.stormy && self.rng.chance(20);
        let function = &mut self.functions[at];
        function.environment.clone_from(environment);
        function.changed();
        (function.by_hand, function.hand.forged) = (false, false);
        if matches!(Marked::of(environment), Marked::Left(..)) {
            function.hand.lowered = None;
        }
        (function.settles, function.failed) = (settles, fails);
        if fails {
            self.saw(Sight::UpdateFailed);
        }
        debug_assert!(Shown::of(environment).percent <= 100, "nobody shows more than everybody");
    }
}
