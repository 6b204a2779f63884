//! What is wrong with a file, and where.

use std::fmt;

/// One thing that is wrong (or unwise) in a plan file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters it covers, at least 1.
    pub length: usize,
    /// What is wrong: a lower-case fragment.
    pub what: String,
    /// What would be right.
    pub help: Option<String>,
    /// False for what is legal but unwise.
    pub fatal: bool,
}

/// All problems of a file at once, in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The name of the file, for people.
    pub file: String,
    /// Its text, for the lines under which the problems are shown.
    pub text: String,
    /// What was found.
    pub found: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} problems", self.file, self.found.len())
    }
}

impl std::error::Error for Problems {}
