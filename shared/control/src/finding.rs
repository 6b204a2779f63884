//! What somebody looked at, whether it is as it must be, and what to do where it is not.

use crate::view::validate::Holds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What must be so.
    pub what: String,
    /// Whether it is.
    pub holds: Holds,
    /// What was seen.
    pub why: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Finding {
    /// It is.
    pub fn yes(what: &str, why: impl Into<String>) -> Finding {
        Finding { what: what.to_owned(), holds: Holds::Yes, why: why.into(), help: None }
    }

    /// It is not.
    pub fn no(what: &str, why: impl Into<String>, help: impl Into<String>) -> Finding {
        Finding { what: what.to_owned(), holds: Holds::No, why: why.into(), help: Some(help.into()) }
    }

    /// That is not known.
    pub fn not_known(what: &str, why: impl Into<String>, help: impl Into<String>) -> Finding {
        Finding { holds: Holds::NotKnown, ..Finding::no(what, why, help) }
    }

    /// For a log: what is wrong, in one line.
    pub fn words(&self) -> String {
        format!("{}: {}", self.what, self.why)
    }
}
