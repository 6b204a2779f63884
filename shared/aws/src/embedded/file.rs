//! The file behind the embedded table: whose it is, whether it is whole, and how it comes into being.

use super::{EmbeddedError, TABLE};
use crate::store;
use dynoxide::Database;
use rusqlite::{Connection, OpenFlags};
use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

/// What every SQLite file begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Where SQLite keeps the mark by which programs know their own files, in four bytes, the largest first.
const MARK_AT: usize = 68;
/// Ours: "tide".
const MARK: [u8; 4] = *b"tide";
/// As much of the header as is looked at.
const HEADER_BYTES: usize = MARK_AT + MARK.len();

/// Opens a file that is ours and whole; creates one where there is none.
pub(super) fn open_or_create(file: &Path) -> Result<Database, EmbeddedError> {
    let unusable = |why: String| EmbeddedError::Unusable { file: file.to_owned(), why };
    if file.try_exists().map_err(|error| unusable(error.to_string()))? {
        is_ours(file)?;
        is_whole(file)?;
    } else {
        create(file)?;
    }
    Database::new(text(file)?).map_err(|error| unusable(error.to_string()))
}

/// The file comes into being under another name and is renamed when it is complete: no kill leaves half of one.
fn create(file: &Path) -> Result<(), EmbeddedError> {
    let unusable = |why: String| EmbeddedError::Unusable { file: file.to_owned(), why };
    let log = beside(file, "-wal");
    if log.exists() {
        // SQLite would play it into the new file.
        let why = format!("it is gone, but its log {} is still there", log.display());
        return Err(EmbeddedError::Damaged { file: file.to_owned(), why });
    }
    let draft = beside(file, ".new");
    for leftover in [draft.clone(), beside(&draft, "-wal"), beside(&draft, "-shm")] {
        match fs::remove_file(&leftover) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(unusable(error.to_string()));
            }
            Ok(()) | Err(_) => {}
        }
    }
    let database = Database::new(text(&draft)?).map_err(|error| unusable(error.to_string()))?;
    database.create_table(store::embedded_table(TABLE)).map_err(|error| unusable(error.to_string()))?;
    drop(database);
    mark(&draft).map_err(|error| unusable(error.to_string()))?;
    fs::rename(&draft, file).map_err(|error| unusable(error.to_string()))
}

/// Closing the last connection moves the log into the file itself.
fn mark(draft: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open(draft)?;
    connection.pragma_update(None, "application_id", i32::from_be_bytes(MARK))?;
    connection.close().map_err(|(_, error)| error)
}

/// Looks at the first bytes only, because SQLite changes a file by opening it.
fn is_ours(file: &Path) -> Result<(), EmbeddedError> {
    let unusable =
        |error: std::io::Error| EmbeddedError::Unusable { file: file.to_owned(), why: error.to_string() };
    let foreign = |why: &str| EmbeddedError::Foreign { file: file.to_owned(), why: why.into() };
    let mut header = Vec::with_capacity(HEADER_BYTES);
    let limit = u64::try_from(HEADER_BYTES).unwrap_or(u64::MAX);
    File::open(file).map_err(unusable)?.take(limit).read_to_end(&mut header).map_err(unusable)?;
    match header.get(MARK_AT..) {
        _ if header.is_empty() => {
            Err(EmbeddedError::Damaged { file: file.to_owned(), why: "it is empty".into() })
        }
        _ if !header.starts_with(MAGIC) => Err(foreign("it is not an SQLite file")),
        Some(mark) if mark == MARK => Ok(()),
        Some(_) | None => Err(foreign("it is an SQLite file of another program")),
    }
}

fn is_whole(file: &Path) -> Result<(), EmbeddedError> {
    let damaged = |why: String| EmbeddedError::Damaged { file: file.to_owned(), why };
    let check = || -> rusqlite::Result<String> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(file, flags)?;
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
    };
    match check() {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(verdict) => Err(damaged(verdict)),
        Err(error) => Err(damaged(error.to_string())),
    }
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn text(file: &Path) -> Result<&str, EmbeddedError> {
    let why = || EmbeddedError::Unusable { file: file.to_owned(), why: "its name is not UTF-8".into() };
    file.to_str().ok_or_else(why)
}
