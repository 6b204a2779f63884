//! Functions in memory, which behave as the real ones do where that matters: a revision that changes with each write
//! and again when the update has settled, one update at a time, 4 KB, and other people's edits.

use super::{chance::mixed, held, twist::Lasting};
use crate::ports::{AliasState, FunctionState, Functions, Move, ReadError, Settings, Settled, WriteError};
use rollout::{
    plan::Plan,
    time::{Span, Timestamp},
};
use std::{collections::BTreeMap, sync::Mutex};

/// The names and values of an environment together take at most this many bytes.
pub const ENVIRONMENT_MAX: usize = 4_096;
/// An update settles within this time, when nobody says otherwise.
pub const SETTLES_WITHIN: Span = Span::seconds(2);

/// The lab's functions.
pub struct LabFunctions {
    seed: u64,
    settles_within: Span,
    state: Mutex<State>,
}

struct State {
    now: Timestamp,
    /// Counts every change of any environment.
    changes: u64,
    functions: BTreeMap<String, Function>,
}

struct Function {
    environment: BTreeMap<String, String>,
    code: String,
    revision: u64,
    /// When the update in progress will have settled.
    settles: Option<Timestamp>,
    faults: Vec<Lasting<Fault>>,
    /// Each with the environment and the code that it was published with, if it is still there; the first is version 1.
    versions: Vec<Option<(BTreeMap<String, String>, String)>>,
    aliases: BTreeMap<String, Alias>,
}

struct Alias {
    version: usize,
    revision: u64,
    description: String,
}

/// How a function can refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its environment cannot be decrypted.
    Unreadable,
    /// Somebody else's update is in progress.
    Busy,
    /// It is asked too often.
    Throttled,
    /// It is gone.
    Missing,
    /// It may be neither read nor changed.
    Forbidden,
    /// It may be read, and not changed.
    Unwritable,
    /// No version of it can be published.
    Unpublishable,
}

impl LabFunctions {
    /// No functions yet.
    pub fn new(start: Timestamp, seed: u64) -> LabFunctions {
        let state = State { now: start, changes: 0, functions: BTreeMap::new() };
        LabFunctions { seed, settles_within: SETTLES_WITHIN, state: Mutex::new(state) }
    }

    /// The targets of a plan before anybody is exposed, each with a variable of somebody else.
    pub fn of(plan: &Plan, start: Timestamp, seed: u64) -> LabFunctions {
        let functions = LabFunctions::new(start, seed);
        for target in &plan.targets {
            let mut environment: BTreeMap<String, String> =
                target.set.iter().map(|(name, text)| (name.clone(), text.render(&plan.nobody()))).collect();
            environment.insert("LOG_LEVEL".to_owned(), "info".to_owned());
            functions.put(&target.function, environment, "code-1");
            if let Some(alias) = &target.alias {
                functions.release(&target.function, alias);
            }
        }
        functions
    }

    /// The same, with updates that settle within another time; at once within none.
    #[must_use]
    pub fn settling_within(self, span: Span) -> LabFunctions {
        LabFunctions { settles_within: span, ..self }
    }

    /// Creates a function, or replaces all that it is.
    pub fn put(&self, function: &str, environment: BTreeMap<String, String>, code: &str) {
        let mut state = held(&self.state);
        state.changes += 1;
        let revision = state.functions.get(function).map_or(1, |known| known.revision + 1);
        let code = code.to_owned();
        let (versions, aliases) = (vec![], BTreeMap::new());
        let new =
            Function { environment, code, revision, settles: None, faults: Vec::new(), versions, aliases };
        state.functions.insert(function.to_owned(), new);
    }

    /// It is this time now: what was to settle by then has settled, at a new revision.
    pub fn advance(&self, now: Timestamp) {
        let mut state = held(&self.state);
        state.now = state.now.max(now);
        let now = state.now;
        for function in state.functions.values_mut() {
            function.settle(now);
        }
    }

    /// Somebody else sets a variable, or removes it. A function that isn't there stays so.
    pub fn edit(&self, function: &str, variable: &str, value: Option<&str>) {
        self.change(function, |function| match value {
            Some(value) => {
                function.environment.insert(variable.to_owned(), value.to_owned());
            }
            None => {
                function.environment.remove(variable);
            }
        });
    }

    /// Somebody deploys other code.
    pub fn deploy(&self, function: &str, code: &str) {
        self.change(function, |function| code.clone_into(&mut function.code));
    }

    /// Somebody releases what stands in the function: publishes it, and points an alias to that.
    pub fn release(&self, function: &str, alias: &str) {
        self.change(function, |function| {
            let version = function.publish();
            function.point(alias, version, None);
        });
    }

    /// Somebody points an alias to another version, and says nothing.
    pub fn repoint(&self, function: &str, alias: &str, version: usize) {
        self.change(function, |function| {
            if version <= function.versions.len() {
                function.point(alias, version, None);
            }
        });
    }

    /// Somebody deletes a version that no alias points to.
    pub fn unpublish(&self, function: &str, version: usize) {
        self.change(function, |function| {
            if let Some(found) = version.checked_sub(1).and_then(|at| function.versions.get_mut(at)) {
                *found = None;
            }
        });
    }

    /// Somebody deletes an alias.
    pub fn unalias(&self, function: &str, alias: &str) {
        self.change(function, |function| drop(function.aliases.remove(alias)));
    }

    /// A function refuses from `since` on, and until `until` if there is an end.
    pub fn refuse(&self, function: &str, what: Fault, since: Timestamp, until: Option<Timestamp>) {
        if let Some(function) = held(&self.state).functions.get_mut(function) {
            function.faults.push(Lasting { what, since, until });
        }
    }

    /// The names of all functions.
    pub fn names(&self) -> Vec<String> {
        held(&self.state).functions.keys().cloned().collect()
    }

    /// Counts every change: while it stands still, no environment has changed.
    pub fn changes(&self) -> u64 {
        held(&self.state).changes
    }

    /// Each alias, and the environment behind it: `worker:live (version 2)`.
    pub fn aliases(&self) -> Vec<(String, BTreeMap<String, String>)> {
        let state = held(&self.state);
        let all = state.functions.iter().flat_map(|(name, function)| {
            function.aliases.iter().map(move |(alias, at)| {
                let behind = function.version(at.version).map(|(found, _)| found.clone());
                (format!("{name}:{alias} (version {})", at.version), behind.unwrap_or_default())
            })
        });
        all.collect()
    }

    /// What callers get: the version behind the function's alias, where it has one.
    pub fn called<T>(&self, function: &str, look: impl FnOnce(&BTreeMap<String, String>) -> T) -> Option<T> {
        held(&self.state).functions.get(function).map(|function| look(function.called()))
    }

    /// Looks at an environment as the function's own code does: whatever may be read from outside.
    pub fn environment<T>(
        &self,
        function: &str,
        look: impl FnOnce(&BTreeMap<String, String>) -> T,
    ) -> Option<T> {
        held(&self.state).functions.get(function).map(|function| look(&function.environment))
    }

    fn change(&self, function: &str, change: impl FnOnce(&mut Function)) {
        let mut state = held(&self.state);
        if let Some(function) = state.functions.get_mut(function) {
            change(function);
            function.revision += 1;
            state.changes += 1;
        }
    }

    /// The time that an update takes: different for each, the same in each run.
    fn settling(&self, function: &Function) -> Span {
        let millis = self.settles_within.as_millis();
        Span::millis(mixed(self.seed, function.revision, 0) % (millis + 1))
    }
}

impl Function {
    fn settle(&mut self, now: Timestamp) {
        if self.settles.is_some_and(|at| at <= now) {
            self.settles = None;
            self.revision += 1;
        }
        self.faults.retain(|fault| !fault.is_over(now));
    }

    fn has(&self, fault: Fault, now: Timestamp) -> bool {
        self.faults.iter().any(|known| known.what == fault && known.is_on(now))
    }

    fn revision(&self) -> String {
        format!("r{}", self.revision)
    }

    /// Nothing is published twice in a row.
    fn publish(&mut self) -> usize {
        let this = Some((self.environment.clone(), self.code.clone()));
        if self.versions.last() != Some(&this) {
            self.versions.push(this);
        }
        self.versions.len()
    }

    /// Whoever says nothing leaves the description as it is.
    fn point(&mut self, alias: &str, version: usize, description: Option<&str>) {
        let new = || Alias { version, revision: 0, description: String::new() };
        let alias = self.aliases.entry(alias.to_owned()).or_insert_with(new);
        alias.version = version;
        alias.revision += 1;
        alias.description = description.unwrap_or(&alias.description).to_owned();
    }

    fn version(&self, version: usize) -> Option<&(BTreeMap<String, String>, String)> {
        self.versions.get(version.checked_sub(1)?)?.as_ref()
    }

    fn called(&self) -> &BTreeMap<String, String> {
        let version = self.aliases.values().next().and_then(|alias| self.version(alias.version));
        version.map_or(&self.environment, |(environment, _)| environment)
    }

    fn read_alias(&self, name: &str) -> Result<AliasState, ReadError> {
        let missing = || ReadError::NoAlias(name.to_owned());
        let alias = self.aliases.get(name).ok_or_else(missing)?;
        let (environment, code) = self.version(alias.version).ok_or_else(missing)?;
        Ok(AliasState {
            version: alias.version.to_string(),
            revision: format!("a{}", alias.revision),
            description: alias.description.clone(),
            is_split: false,
            environment: Ok(environment.clone()),
            code: code.clone(),
            settings: Settings::new(),
        })
    }

    fn read(&self, now: Timestamp) -> Result<FunctionState, ReadError> {
        if self.has(Fault::Missing, now) {
            return Err(ReadError::Missing);
        }
        if self.has(Fault::Forbidden, now) {
            return Err(ReadError::Forbidden("GetFunctionConfiguration".to_owned()));
        }
        if self.has(Fault::Throttled, now) {
            return Err(ReadError::Unavailable("rate exceeded".to_owned()));
        }
        let environment = if self.has(Fault::Unreadable, now) {
            Err("the environment cannot be decrypted".to_owned())
        } else {
            Ok(self.environment.clone())
        };
        let is_busy = self.settles.is_some() || self.has(Fault::Busy, now);
        let settled = if is_busy { Settled::InProgress } else { Settled::Yes };
        Ok(FunctionState {
            environment,
            revision: self.revision(),
            settled,
            code: self.code.clone(),
            settings: Settings::new(),
            alias: None,
        })
    }

    fn refuses(&self, size: usize, revision: &str, now: Timestamp) -> Result<(), WriteError> {
        if self.has(Fault::Missing, now) {
            return Err(WriteError::Missing);
        }
        if self.has(Fault::Forbidden, now) || self.has(Fault::Unwritable, now) {
            return Err(WriteError::Forbidden("UpdateFunctionConfiguration".to_owned()));
        }
        if self.has(Fault::Throttled, now) {
            return Err(WriteError::Unavailable("rate exceeded".to_owned()));
        }
        if size > ENVIRONMENT_MAX {
            return Err(WriteError::TooLarge);
        }
        if self.settles.is_some() || self.has(Fault::Busy, now) {
            return Err(WriteError::Busy);
        }
        if self.revision() == revision { Ok(()) } else { Err(WriteError::Stale) }
    }
}

impl Functions for LabFunctions {
    async fn read(&self, function: &str) -> Result<FunctionState, ReadError> {
        let state = held(&self.state);
        state.functions.get(function).ok_or(ReadError::Missing)?.read(state.now)
    }

    async fn write(
        &self,
        function: &str,
        environment: &BTreeMap<String, String>,
        revision: &str,
    ) -> Result<(), WriteError> {
        let mut state = held(&self.state);
        let now = state.now;
        let size = environment.iter().map(|(name, value)| name.len() + value.len()).sum();
        let target = state.functions.get_mut(function).ok_or(WriteError::Missing)?;
        target.refuses(size, revision, now)?;
        target.environment.clone_from(environment);
        target.revision += 1;
        target.settles = Some(now.after(self.settling(target)));
        target.settle(now);
        state.changes += 1;
        Ok(())
    }

    async fn read_alias(&self, function: &str, alias: &str) -> Result<AliasState, ReadError> {
        let state = held(&self.state);
        let function = state.functions.get(function).ok_or(ReadError::Missing)?;
        function.read(state.now)?;
        function.read_alias(alias)
    }

    async fn publish(&self, function: &str, code: &str, revision: &str) -> Result<String, WriteError> {
        let mut state = held(&self.state);
        let now = state.now;
        let target = state.functions.get_mut(function).ok_or(WriteError::Missing)?;
        target.refuses(0, revision, now)?;
        if target.has(Fault::Unpublishable, now) {
            return Err(WriteError::Forbidden("PublishVersion".to_owned()));
        }
        if target.code == code { Ok(target.publish().to_string()) } else { Err(WriteError::Stale) }
    }

    async fn point(&self, function: &str, alias: &str, to: &Move) -> Result<(), WriteError> {
        let mut state = held(&self.state);
        let now = state.now;
        let target = state.functions.get_mut(function).ok_or(WriteError::Missing)?;
        // An alias settles with nothing: only who may not write is refused.
        match target.refuses(0, &target.revision(), now) {
            Ok(()) | Err(WriteError::Busy) => {}
            Err(why) => return Err(why),
        }
        let found = target.read_alias(alias).map_err(|_| WriteError::Missing)?;
        let version = to.version.parse().ok().filter(|version| target.version(*version).is_some());
        let Some(version) = version else { return Err(WriteError::Missing) };
        if found.revision != to.revision {
            return Err(WriteError::Stale);
        }
        target.point(alias, version, Some(&to.description));
        state.changes += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::testing::{START, minutes, now};

    fn environment(percent: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("PERCENT".to_owned(), percent.to_owned())])
    }

    fn lab(settles: Span) -> LabFunctions {
        let functions = LabFunctions::new(START, 1).settling_within(settles);
        functions.put("worker", environment("0"), "code-1");
        functions
    }

    fn read(functions: &LabFunctions) -> FunctionState {
        now(functions.read("worker")).unwrap()
    }

    #[test]
    fn the_revision_changes_with_the_write_and_again_when_it_has_settled() {
        let functions = lab(Span::seconds(2));
        let before = read(&functions).revision;
        now(functions.write("worker", &environment("10"), &before)).unwrap();
        let written = read(&functions);
        assert_eq!((written.settled, written.environment), (Settled::InProgress, Ok(environment("10"))));
        assert_eq!(
            now(functions.write("worker", &environment("5"), &written.revision)),
            Err(WriteError::Busy)
        );
        functions.advance(START.after(Span::seconds(2)));
        let settled = read(&functions);
        assert_eq!(settled.settled, Settled::Yes);
        assert!(before != written.revision && written.revision != settled.revision);
        assert_eq!(
            now(functions.write("worker", &environment("5"), &written.revision)),
            Err(WriteError::Stale)
        );
        assert_eq!(now(functions.write("worker", &environment("5"), &settled.revision)), Ok(()));
    }

    #[test]
    fn without_settling_time_a_write_is_through_at_once() {
        let functions = lab(Span::ZERO);
        now(functions.write("worker", &environment("10"), &read(&functions).revision)).unwrap();
        assert_eq!(read(&functions).settled, Settled::Yes);
    }

    #[test]
    fn somebody_elses_edit_moves_the_revision_and_is_seen() {
        let functions = lab(Span::ZERO);
        let (before, changes) = (read(&functions), functions.changes());
        functions.edit("worker", "LOG_LEVEL", Some("debug"));
        functions.edit("worker", "PERCENT", None);
        functions.deploy("worker", "code-2");
        let after = read(&functions);
        assert_eq!(after.environment.unwrap().keys().collect::<Vec<_>>(), ["LOG_LEVEL"]);
        assert_eq!((after.code.as_str(), functions.changes()), ("code-2", changes + 3));
        assert_eq!(
            now(functions.write("worker", &environment("10"), &before.revision)),
            Err(WriteError::Stale)
        );
    }

    #[test]
    fn more_than_four_kilobytes_is_refused() {
        let functions = lab(Span::ZERO);
        let revision = read(&functions).revision;
        let large = environment(&"x".repeat(ENVIRONMENT_MAX - "PERCENT".len() + 1));
        assert_eq!(now(functions.write("worker", &large, &revision)), Err(WriteError::TooLarge));
        let fits = environment(&"x".repeat(ENVIRONMENT_MAX - "PERCENT".len()));
        assert_eq!(now(functions.write("worker", &fits, &revision)), Ok(()));
    }

    #[test]
    fn each_fault_refuses_for_its_time() {
        let check = |fault, refused: WriteError| {
            let functions = lab(Span::ZERO);
            functions.refuse("worker", fault, minutes(1), Some(minutes(2)));
            let revision = read(&functions).revision;
            functions.advance(minutes(1));
            assert_eq!(now(functions.write("worker", &environment("10"), &revision)), Err(refused));
            let during = now(functions.read("worker"));
            functions.advance(minutes(2));
            assert_eq!(now(functions.write("worker", &environment("10"), &revision)), Ok(()));
            during
        };
        assert_eq!(check(Fault::Busy, WriteError::Busy).unwrap().settled, Settled::InProgress);
        assert_eq!(check(Fault::Missing, WriteError::Missing), Err(ReadError::Missing));
        let throttled = check(Fault::Throttled, WriteError::Unavailable("rate exceeded".into()));
        assert_eq!(throttled, Err(ReadError::Unavailable("rate exceeded".into())));
        let barred = || WriteError::Forbidden("UpdateFunctionConfiguration".into());
        assert!(check(Fault::Unwritable, barred()).unwrap().environment.is_ok(), "it can be read");
        let forbidden = check(Fault::Forbidden, barred());
        assert_eq!(forbidden, Err(ReadError::Forbidden("GetFunctionConfiguration".into())));
    }

    #[test]
    fn unreadable_is_not_empty() {
        let functions = lab(Span::ZERO);
        functions.refuse("worker", Fault::Unreadable, START, None);
        assert!(read(&functions).environment.is_err());
        assert_eq!(now(functions.read("other")), Err(ReadError::Missing));
    }
}
