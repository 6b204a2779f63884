//! The state directory: whose it is, whether it is whole, and what is kept in it.
//!
//! **Invariant**: a directory that this program did not make, or that is torn, is never written to. Every file comes
//! into being under another name and is renamed when it is complete, so that no kill leaves half of one.

use crate::fail::Fail;
use rollout::time::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The directory that nobody has to name.
pub(crate) const STATE: &str = ".tidegate";
/// Where its API answers, when nobody says otherwise.
pub(crate) const PORT: u16 = 7070;
/// Says that the directory is ours, and how it is laid out.
const LAB_MARKER: &str = "tidegate-local.json";
/// The same of one that is kept for an account.
const ACCOUNT_MARKER: &str = "tidegate-run.json";
/// The layout that this program writes and reads.
const FORMAT: u32 = 1;
/// Held while a process works on the directory.
const LOCK: &str = "lock";
/// Where the API of that process answers.
const ENDPOINT: &str = "endpoint.json";
/// What a file is called until it is complete.
const DRAFT: &str = ".new";

/// Where the functions are that a directory's rollouts are about. They are never mixed: what the lab promotes must not
/// reach anybody, and a function of the same name in another account is another function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    Lab,
    #[cfg_attr(
        not(feature = "aws"),
        expect(dead_code, reason = "without an account nothing is kept for one")
    )]
    Account {
        account: String,
        region: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Marker {
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

/// The story of a rollout in the lab, from which its traffic can be made again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    /// What was asked for.
    pub(super) story: String,
    /// Its text, which a later edit of the file does not change.
    pub(super) text: String,
    /// Of the lab's noise.
    pub(super) seed: u64,
    /// When it began.
    pub(super) start: Timestamp,
}

/// Virtual time, which stands still while nobody runs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tide {
    /// When somebody last looked.
    pub(super) now: Timestamp,
}

/// A state directory of ours, held by this process.
pub(super) struct State {
    root: PathBuf,
    /// Held while the time is kept: the doors still go on when the last rollout is over, and both keep it.
    keeping: Mutex<()>,
    /// Dropping it lets the next process in; so does a kill.
    _lock: File,
}

impl State {
    /// Takes the directory, or makes it.
    pub(super) fn open(root: &Path, home: &Home) -> Result<State, Fail> {
        let failed = |why: io::Error| {
            Fail::yours(format!("{}: {why}", root.display())).help("name another directory with --state")
        };
        fs::create_dir_all(root).map_err(failed)?;
        let marker = root.join(home.marker());
        if marker.try_exists().map_err(failed)? {
            home.check(root, &marker)?;
        } else {
            home.is_not_the_others(root)?;
            is_free(root, home)?;
        }
        let lock = lock(root)?;
        if !marker.try_exists().map_err(failed)? {
            write(&marker, &home.written())?;
        }
        let state = State { root: root.to_owned(), keeping: Mutex::new(()), _lock: lock };
        state.is_whole()?;
        Ok(state)
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// The one table.
    pub(super) fn table(&self) -> PathBuf {
        self.root.join("table.sqlite")
    }

    /// The environments of the lab's functions.
    pub(super) fn functions(&self) -> PathBuf {
        self.root.join("functions")
    }

    /// What was exposed when.
    pub(super) fn journal(&self) -> PathBuf {
        self.root.join("exposure.jsonl")
    }

    pub(super) fn run(&self) -> Result<Option<Run>, Fail> {
        self.read("run.json")
    }

    pub(super) fn put_run(&self, run: &Run) -> Result<(), Fail> {
        write(&self.root.join("run.json"), run)
    }

    /// Whoever names the directory finds its API.
    pub(super) fn put_endpoint(&self, address: SocketAddr) -> Result<(), Fail> {
        write(&self.root.join(ENDPOINT), &format!("http://{address}"))
    }

    pub(super) fn tide(&self) -> Result<Option<Tide>, Fail> {
        self.read("clock.json")
    }

    pub(super) fn put_tide(&self, tide: Tide) -> Result<(), Fail> {
        let _turn = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        write(&self.root.join("clock.json"), &tide)
    }

    /// The clock is written only after the table was made, so one without the other is torn.
    fn is_whole(&self) -> Result<(), Fail> {
        let (tide, run) = (self.tide()?, self.run()?);
        let table = self.table().exists();
        match (tide.is_some() || run.is_some(), table) {
            (true, false) => Err(torn(&self.root, "its table.sqlite is gone")),
            (_, true) | (false, false) => Ok(()),
        }
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Fail> {
        read(&self.root.join(name)).map_err(|why| torn(&self.root, &format!("{name} {why}")))
    }
}

/// What to say of a directory that was ours and is not whole.
pub(super) fn torn(root: &Path, why: &str) -> Fail {
    Fail::yours(format!("{} is damaged: {why}; it was left as it is", root.display())).help(
        "put a copy of the whole directory in its place, or move it away to begin anew, or name another with --state",
    )
}

/// Where whoever holds this directory answers, or would.
pub(crate) fn local_endpoint(root: &Path) -> Result<String, Fail> {
    let path = root.join(ENDPOINT);
    let said = read(&path).map_err(|why| {
        Fail::yours(format!("{} {why}", path.display())).help("say where the API is with --endpoint")
    })?;
    Ok(said.unwrap_or_else(|| format!("http://127.0.0.1:{PORT}")))
}

/// Whether the directory is kept for an account.
pub(crate) fn is_for_account(root: &Path) -> bool {
    root.join(ACCOUNT_MARKER).exists()
}

impl Home {
    fn marker(&self) -> &'static str {
        match self {
            Home::Lab => LAB_MARKER,
            Home::Account { .. } => ACCOUNT_MARKER,
        }
    }

    fn written(&self) -> Marker {
        let (account, region) = match self.clone() {
            Home::Lab => (None, None),
            Home::Account { account, region } => (Some(account), Some(region)),
        };
        Marker { format: FORMAT, account, region }
    }

    fn check(&self, root: &Path, marker: &Path) -> Result<(), Fail> {
        let read = read::<Marker>(marker);
        let Some(found) = read.map_err(|why| torn(root, &format!("{} {why}", self.marker())))? else {
            return Ok(());
        };
        if found.format > FORMAT {
            return Err(Fail::yours(format!("{} was written by a newer tidegate", root.display()))
                .help("run that one, or name another directory with --state"));
        }
        let own = self.written();
        if (&found.account, &found.region) == (&own.account, &own.region) {
            return Ok(());
        }
        let named = |marker: &Marker| {
            let part = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
            format!("account {}, region {}", part(&marker.account), part(&marker.region))
        };
        Err(Fail::yours(format!(
            "{} is kept for {}, and at hand is {}",
            root.display(),
            named(&found),
            named(&own)
        ))
        .help("sign in there (AWS_PROFILE, --region), or name another directory with --state"))
    }

    /// A directory of the lab is not for an account, and the other way round.
    fn is_not_the_others(&self, root: &Path) -> Result<(), Fail> {
        let (other, verb, what) = match self {
            Home::Lab => (ACCOUNT_MARKER, "run", "rollouts on an AWS account"),
            Home::Account { .. } => (LAB_MARKER, "local", "rollouts that touch no account"),
        };
        if !root.join(other).exists() {
            return Ok(());
        }
        Err(Fail::yours(format!("{} is kept for `tidegate {verb}`: {what}", root.display()))
            .help("name another directory with --state; this one was left as it is"))
    }
}

/// Without our marker a directory must be empty, but for what a kill at the very beginning leaves.
fn is_free(root: &Path, home: &Home) -> Result<(), Fail> {
    let failed = |why: io::Error| Fail::yours(format!("{}: {why}", root.display()));
    for entry in fs::read_dir(root).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name != LOCK && name != format!("{}{DRAFT}", home.marker()).as_str() {
            let what = format!(
                "{} is not a state directory of tidegate: it holds {}",
                root.display(),
                name.display()
            );
            return Err(Fail::yours(what).help("name an empty or a new directory with --state"));
        }
    }
    Ok(())
}

fn lock(root: &Path) -> Result<File, Fail> {
    let path = root.join(LOCK);
    let failed = |why: io::Error| Fail::yours(format!("{}: {why}", path.display()));
    let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Fail::yours(format!("another tidegate works on {}", root.display()))
                .help("end it, or name another directory with --state"))
        }
        Err(TryLockError::Error(why)) => Err(failed(why)),
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, String> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|why| format!("cannot be read: {why}")),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(format!("cannot be read: {why}")),
    }
}

fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), Fail> {
    let text = serde_json::to_string(value).map_err(|why| Fail::ours(why.to_string()))?;
    replace(path, &text).map_err(|why| Fail::ours(format!("{} cannot be written: {why}", path.display())))
}

/// Puts a text in the place of a file, whole or not at all.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    replace_if(path, text, || true).map(drop)
}

/// The same if that still holds when nothing is left to do but to put it there; answers whether it did.
pub(super) fn replace_if(path: &Path, text: &str, still: impl FnOnce() -> bool) -> io::Result<bool> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(DRAFT);
    let draft = PathBuf::from(draft);
    let mut file = File::create(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_data()?;
    let may = still();
    if may {
        fs::rename(&draft, path)?;
    } else {
        fs::remove_file(&draft)?;
    }
    Ok(may)
}

#[cfg(test)]
mod tests {
    use super::{Home, State, Tide};
    use rollout::time::Timestamp;
    use std::thread;

    #[test]
    fn two_who_keep_the_time_at_once_both_do() {
        let root = std::env::temp_dir().join(format!("tidegate-{}-tide", std::process::id()));
        let state = State::open(&root, &Home::Lab).unwrap_or_else(|why| panic!("{why}"));
        thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    for at in 0..200 {
                        state.put_tide(Tide { now: Timestamp(at) }).unwrap_or_else(|why| panic!("{why}"));
                    }
                });
            }
        });
        drop(state);
        let _ = std::fs::remove_dir_all(&root);
    }
}
