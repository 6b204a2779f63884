//! What a target's environment must say, and the smallest change that makes it so.

use std::collections::BTreeMap;

/// The configuration of a function, as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionState {
    /// The whole environment, or why it cannot be read: unreadable is not empty.
    pub environment: Result<BTreeMap<String, String>, String>,
    /// What a write must name.
    pub revision: String,
    /// Whether the last update is through.
    pub settled: Settled,
    /// Names the code that runs.
    pub code: String,
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
