//! What the system tries by itself.

use crate::time::Span;
use serde::{Deserialize, Serialize};

/// Something that the system tries by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The plan's name of it.
    pub name: String,
    /// What is tried.
    pub probe: Probe,
}

/// What a check tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// An HTTP call.
    Http {
        /// `GET`, `POST`, ...
        method: String,
        /// Where.
        url: String,
        /// What is sent with it: JSON where the plan has a mapping or a list.
        sends: Option<String>,
        /// The status that it must answer with.
        status: u16,
        /// The time in which it must answer.
        within: Option<Span>,
        /// A text that the body must contain.
        body: Option<String>,
    },
    /// A Lambda invocation that must not fail.
    Lambda {
        /// Its name.
        function: String,
        /// Its payload, as JSON.
        payload: String,
        /// The time in which it must answer.
        within: Span,
    },
}
