//! What goes wrong: whose it is, and what to do.

use std::fmt;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Fail {
    whose: Whose,
    what: String,
    help: Option<String>,
}

/// Who can put it right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Whoever typed the command.
    Yours,
    /// Whoever runs tidegate.
    Ours,
}

impl Fail {
    /// Something about the request.
    pub(crate) fn yours(what: impl Into<String>) -> Fail {
        Fail { whose: Whose::Yours, what: what.into(), help: None }
    }

    /// Something about tidegate, or what it runs on.
    pub(crate) fn ours(what: impl Into<String>) -> Fail {
        Fail { whose: Whose::Ours, what: what.into(), help: None }
    }

    /// What to do about it.
    #[must_use]
    pub(crate) fn help(self, help: impl Into<String>) -> Fail {
        Fail { help: Some(help.into()), ..self }
    }

    /// Of the process.
    pub(crate) fn code(&self) -> u8 {
        match self.whose {
            Whose::Yours => 1,
            Whose::Ours => 2,
        }
    }
}

impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        match &self.help {
            Some(help) => write!(f, "\n  = help: {help}"),
            None => Ok(()),
        }
    }
}
