//! Functions whose environment is a file that a person can open and edit.
//!
//! A file is read anew at every read. Its revision is made of its content and of when it was written, so that an edit
//! moves it as an update on AWS does. Whatever stands beside a file as `NAME.code` names the code that runs.

use super::state::{replace, replace_if};
use crate::fail::Fail;
use control::{
    lab::{
        functions::{ENVIRONMENT_MAX, Fault},
        share::Reader,
        story::Touch,
    },
    ports::{AliasState, FunctionState, Functions, Move, ReadError, Settings, Settled, WriteError},
};
use rollout::{plan::Plan, target::MARK, time::Timestamp, units::Share};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::UNIX_EPOCH,
};

/// The code of a function that nobody has deployed to.
const FIRST_CODE: &str = "code-1";

type Environment = BTreeMap<String, String>;

/// The lab's functions, in files.
pub(super) struct FileFunctions {
    folder: PathBuf,
    /// How the targets of the plan are read.
    readers: Vec<(String, Reader)>,
    state: Mutex<Faults>,
}

/// How functions refuse at present. Whoever holds it is the only one who reads or writes.
struct Faults {
    now: Timestamp,
    faults: Vec<(String, Fault, Timestamp, Option<Timestamp>)>,
    /// What was exposed when the files could last be read.
    share: Share,
}

impl FileFunctions {
    /// The targets of a plan. At its start those that have no file get one in which nobody is exposed; later one that is
    /// gone is gone.
    pub(super) fn of(plan: &Plan, folder: PathBuf, starts: bool) -> Result<FileFunctions, Fail> {
        let shown = folder.display().to_string();
        let failed = |why: io::Error| Fail::ours(format!("{shown}: {why}"));
        fs::create_dir_all(&folder).map_err(failed)?;
        let readers = plan.targets.iter().map(|target| (target.function.clone(), Reader::of(plan, target)));
        let functions =
            FileFunctions { readers: readers.collect(), state: Mutex::new(Faults::none()), folder };
        if starts {
            functions.make(plan).map_err(failed)?;
        }
        Ok(functions)
    }

    /// The targets of a plan that have no file yet get one in which nobody is exposed.
    pub(super) fn make(&self, plan: &Plan) -> io::Result<()> {
        for target in &plan.targets {
            let path = self.path(&target.function);
            if !path.exists() {
                let clean = target.set.iter().map(|(name, text)| (name.clone(), text.render(&plan.nobody())));
                let mut environment: Environment = clean.collect();
                environment.insert("LOG_LEVEL".to_owned(), "info".to_owned());
                save(&path, &environment)?;
            }
        }
        Ok(())
    }

    /// The file of a function.
    pub(super) fn path(&self, function: &str) -> PathBuf {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
        self.folder.join(format!("{}.json", function.chars().map(plain).collect::<String>()))
    }

    /// It is this time now; what is exposed is read as the functions' own code would. A file that somebody is in the
    /// middle of editing shows what it showed before.
    pub(super) fn look(&self, now: Timestamp) -> Share {
        let mut state = self.state();
        state.now = now;
        state.faults.retain(|(_, _, _, until)| until.is_none_or(|until| now < until));
        let shares: Option<Vec<Share>> = self
            .readers
            .iter()
            .map(|(function, reader)| load(&self.path(function)).ok().map(|(found, _)| reader.share(&found)))
            .collect();
        state.share = shares.and_then(|shares| shares.into_iter().max()).unwrap_or(state.share);
        state.share
    }

    /// What the environment of a function says, if it can be read.
    pub(super) fn environment(&self, function: &str) -> Option<Environment> {
        let _alone = self.state();
        load(&self.path(function)).ok().map(|(environment, _)| environment)
    }

    /// Somebody else changes a function, as a story says.
    pub(super) fn touch(&self, function: &str, touch: Touch, since: Timestamp, until: Option<Timestamp>) {
        let mut state = self.state();
        let path = self.path(function);
        let edit = |change: &dyn Fn(&mut Environment)| -> io::Result<()> {
            let (mut environment, _) = load(&path).map_err(io::Error::other)?;
            change(&mut environment);
            save(&path, &environment)
        };
        // A story that cannot do its mischief tells of a world in which it was not done.
        let _ = match touch {
            Touch::Edit { variable, value } => edit(&|found| {
                found.insert(variable.clone(), value.clone());
            }),
            Touch::Unset(variable) => edit(&|found| {
                found.remove(&variable);
            }),
            Touch::Deploy(code) => replace(&path.with_extension("code"), &code),
            // Files have no aliases: a plan with one is not admitted.
            Touch::Point { .. } => Ok(()),
            Touch::Refuse(fault) => {
                state.faults.push((function.to_owned(), fault, since, until));
                Ok(())
            }
        };
    }

    /// Somebody writes the emergency stop into every target.
    pub(super) fn halt(&self, now: Timestamp) {
        for (function, _) in &self.readers {
            let halt = Touch::Edit { variable: MARK.to_owned(), value: "halt".to_owned() };
            self.touch(function, halt, now, None);
        }
    }

    fn state(&self) -> MutexGuard<'_, Faults> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Faults {
    fn none() -> Faults {
        Faults { now: Timestamp::default(), faults: vec![], share: Share::NONE }
    }

    fn has(&self, function: &str, fault: Fault) -> bool {
        self.faults.iter().any(|(of, what, since, _)| of == function && *what == fault && *since <= self.now)
    }

    fn readable(&self, function: &str) -> Result<(), ReadError> {
        if self.has(function, Fault::Missing) {
            Err(ReadError::Missing)
        } else if self.has(function, Fault::Forbidden) {
            Err(ReadError::Forbidden("the story forbids it".to_owned()))
        } else if self.has(function, Fault::Throttled) {
            Err(ReadError::Unavailable("rate exceeded".to_owned()))
        } else {
            Ok(())
        }
    }
}

impl Functions for FileFunctions {
    async fn read(&self, function: &str) -> Result<FunctionState, ReadError> {
        let state = self.state();
        state.readable(function)?;
        let path = self.path(function);
        let code = fs::read_to_string(path.with_extension("code"));
        let code = code.map_or(FIRST_CODE.to_owned(), |code| code.trim().to_owned());
        let busy = state.has(function, Fault::Busy);
        let settled = if busy { Settled::InProgress } else { Settled::Yes };
        let (environment, revision) = match load(&path) {
            Ok((environment, revision)) => (Ok(environment), revision),
            Err(Unread::Missing) => return Err(ReadError::Missing),
            Err(Unread::NotJson(why, revision)) => (Err(why), revision),
            Err(Unread::Failed(why)) => return Err(ReadError::Unavailable(why)),
        };
        let environment = if state.has(function, Fault::Unreadable) {
            Err("the environment cannot be decrypted".to_owned())
        } else {
            environment
        };
        Ok(FunctionState { environment, revision, settled, code, settings: Settings::new(), alias: None })
    }

    async fn write(
        &self,
        function: &str,
        environment: &Environment,
        revision: &str,
    ) -> Result<(), WriteError> {
        let state = self.state();
        state.readable(function).map_err(|why| match why {
            ReadError::Missing | ReadError::NoAlias(_) | ReadError::Elsewhere(_) => WriteError::Missing,
            ReadError::Forbidden(why) => WriteError::Forbidden(why),
            ReadError::Unavailable(why) => WriteError::Unavailable(why),
        })?;
        if state.has(function, Fault::Unwritable) {
            return Err(WriteError::Forbidden("the story forbids it".to_owned()));
        }
        let bytes: usize = environment.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > ENVIRONMENT_MAX {
            return Err(WriteError::TooLarge);
        }
        if state.has(function, Fault::Busy) {
            return Err(WriteError::Busy);
        }
        let path = self.path(function);
        let is_as_read = || match load(&path) {
            Ok((_, found)) | Err(Unread::NotJson(_, found)) if found != revision => Err(WriteError::Stale),
            Ok(_) | Err(Unread::NotJson(..)) => Ok(()),
            Err(Unread::Missing) => Err(WriteError::Missing),
            Err(Unread::Failed(why)) => Err(WriteError::Unavailable(why)),
        };
        is_as_read()?;
        // Whoever saves the file while ours is written to the disk must not lose it.
        match save_if(&path, environment, || is_as_read().is_ok()) {
            Ok(true) => Ok(()),
            Ok(false) => Err(WriteError::Stale),
            Err(why) => Err(WriteError::Unavailable(why.to_string())),
        }
    }

    async fn read_alias(&self, _: &str, alias: &str) -> Result<AliasState, ReadError> {
        Err(ReadError::NoAlias(alias.to_owned()))
    }

    async fn publish(&self, _: &str, _: &str, _: &str) -> Result<String, WriteError> {
        Err(WriteError::Missing)
    }

    async fn point(&self, _: &str, _: &str, _: &Move) -> Result<(), WriteError> {
        Err(WriteError::Missing)
    }
}

/// Why a file says no environment.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error("there is no such file")]
    Missing,
    /// With its revision: it can be seen that it changes.
    #[error("{0}")]
    NotJson(String, String),
    #[error("{0}")]
    Failed(String),
}

fn load(path: &Path) -> Result<(Environment, String), Unread> {
    let failed = |why: io::Error| {
        let missing = why.kind() == io::ErrorKind::NotFound;
        if missing { Unread::Missing } else { Unread::Failed(format!("{}: {why}", path.display())) }
    };
    let text = fs::read(path).map_err(failed)?;
    let written = fs::metadata(path).and_then(|data| data.modified()).map_err(failed)?;
    let nanos = written.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
    let revision = format!("{nanos:x}-{:x}", checksum(&text));
    match serde_json::from_slice(&text) {
        Ok(environment) => Ok((environment, revision)),
        Err(why) => {
            let why = format!("{} is not a JSON object of texts: {why}", path.display());
            Err(Unread::NotJson(why, revision))
        }
    }
}

fn save(path: &Path, environment: &Environment) -> io::Result<()> {
    save_if(path, environment, || true).map(drop)
}

fn save_if(path: &Path, environment: &Environment, still: impl FnOnce() -> bool) -> io::Result<bool> {
    replace_if(path, &format!("{}\n", serde_json::to_string_pretty(environment)?), still)
}

/// FNV-1a: two edits in one tick of the file system's clock are told apart.
fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_by_hand_is_not_lost_while_ours_is_written() {
        let folder = std::env::temp_dir().join(format!("tidegate-{}-edits", std::process::id()));
        fs::create_dir_all(&folder).unwrap_or_else(|why| panic!("{why}"));
        let path = folder.join("worker.json");
        let of = |name: &str| Environment::from([("BY".to_owned(), name.to_owned())]);
        let failed = |why: io::Error| -> bool { panic!("{why}") };
        save(&path, &of("nobody")).unwrap_or_else(|why| panic!("{why}"));
        let read = |path: &Path| load(path).unwrap_or_else(|why| panic!("{why}"));
        let (_, before) = read(&path);
        // The draft is on the disk already when somebody else saves.
        let landed = save_if(&path, &of("us"), || {
            save(&folder.join("editor"), &of("somebody")).unwrap_or_else(|why| panic!("{why}"));
            fs::rename(folder.join("editor"), &path).unwrap_or_else(|why| panic!("{why}"));
            read(&path).1 == before
        });
        assert!(!landed.unwrap_or_else(failed));
        assert_eq!(read(&path).0, of("somebody"));
        let left = fs::read_dir(&folder).map_or(0, Iterator::count);
        let _ = fs::remove_dir_all(&folder);
        assert_eq!(left, 1, "no draft is left behind");
    }
}
