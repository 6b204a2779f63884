//! The one table without AWS: DynamoDB's protocol, served by this process from an SQLite file.
//!
//! The store is the very [`DynamoStore`] that runs on AWS. SQLite keeps a write-ahead log and waits for the disk at
//! each commit (`synchronous` is FULL), so what was answered is there after a kill, and after a loss of power.
//!
//! **Invariant**: a file that this program did not write, or that is damaged, is never written to.

mod file;

use crate::{
    boot,
    store::{self, DynamoStore, TableError},
};
use dynoxide::{Database, server};
use std::path::{Path, PathBuf};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{JoinError, JoinHandle},
};

/// The only table in the file.
const TABLE: &str = "tidegate";

/// A running table. Dropping it stops the server; the file stays.
#[derive(Debug)]
pub struct Embedded {
    endpoint: String,
    store: DynamoStore,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), String>>,
}

/// Why there is no table to work on.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The file belongs to somebody else.
    #[error("{} is not a tidegate database ({why}); it was left as it is: name another file", .file.display())]
    Foreign {
        /// Which.
        file: PathBuf,
        /// How that is seen.
        why: String,
    },
    /// The file was ours, and is torn.
    #[error(
        "{} is damaged ({why}); it was left as it is: put a copy of it in its place, or move it away to begin anew",
        .file.display()
    )]
    Damaged {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The file cannot be read or written.
    #[error("{} cannot be used: {why}", .file.display())]
    Unusable {
        /// Which.
        file: PathBuf,
        /// Why.
        why: String,
    },
    /// No port, or the server ended.
    #[error("the embedded table cannot be served: {0}")]
    Server(String),
    /// The server answers, but has no table.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Embedded {
    /// Opens the file, or creates it, and serves it on a free port of this machine.
    ///
    /// # Errors
    /// [`EmbeddedError`], whose text says what to do.
    pub async fn open(file: &Path) -> Result<Embedded, EmbeddedError> {
        let database = file::open_or_create(file)?;
        let failed = |error: std::io::Error| EmbeddedError::Server(error.to_string());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let endpoint = format!("http://{}", listener.local_addr().map_err(failed)?);
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(serve(listener, database, stopped));
        let client = boot::local(&endpoint);
        // The file has the table; this waits until the server answers for it.
        store::create_table(&client, TABLE).await?;
        Ok(Embedded { store: DynamoStore::new(&client, TABLE), endpoint, stop, server })
    }

    /// Where it answers, as `http://127.0.0.1:<port>`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The name of its table.
    pub fn table(&self) -> &'static str {
        TABLE
    }

    /// The store on it.
    pub fn store(&self) -> &DynamoStore {
        &self.store
    }

    /// Stops serving, once the requests that are running are answered.
    ///
    /// # Errors
    /// [`EmbeddedError::Server`] when the server had failed before.
    pub async fn close(self) -> Result<(), EmbeddedError> {
        let Embedded { store, stop, server, .. } = self;
        // The connections that the client keeps open would keep the server waiting.
        drop(store);
        // An error means that the server has ended already, and it is asked why below.
        let _ = stop.send(());
        let ended = server.await.map_err(|error: JoinError| EmbeddedError::Server(error.to_string()))?;
        ended.map_err(EmbeddedError::Server)
    }
}

/// Serves until `stopped` is told, or its other end is gone.
async fn serve(
    listener: TcpListener,
    database: Database,
    stopped: oneshot::Receiver<()>,
) -> Result<(), String> {
    server::serve_with_shutdown(listener, database, async { drop(stopped.await) }).await
}
