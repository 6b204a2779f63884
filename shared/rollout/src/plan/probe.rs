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

/// An HTTP call must answer in this time where the plan does not say.
pub const HTTP_WITHIN: Span = Span::seconds(10);
/// A synchronous invocation ends after this, and so does a check that does not say when; nobody waits for longer.
pub const LAMBDA_WITHIN: Span = Span::minutes(15);

impl Probe {
    /// The time in which it must answer.
    pub fn within(&self) -> Span {
        match self {
            Probe::Http { within, .. } => within.unwrap_or(HTTP_WITHIN).min(LAMBDA_WITHIN),
            Probe::Lambda { within, .. } => (*within).min(LAMBDA_WITHIN),
        }
    }
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
