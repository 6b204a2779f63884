//! Why variables cannot be read.

use std::fmt;

/// A variable that cannot be read: nobody is in until it is put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its name.
    pub variable: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl Problem {
    pub(crate) fn new(variable: &str, what: impl Into<String>) -> Problem {
        Problem { variable: variable.to_owned(), what: what.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; until then nobody is in", self.variable, self.what)
    }
}

impl std::error::Error for Problem {}
