//! The stories that come with the program.

/// A story that comes with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Its text; the first line is a comment that says what it shows.
    pub text: &'static str,
}

impl Builtin {
    /// What it shows, in one sentence.
    pub fn shows(&self) -> &'static str {
        self.text.lines().next().unwrap_or("").trim_start_matches('#').trim()
    }
}

macro_rules! stories {
    ($($name:literal),* $(,)?) => {
        [$(Builtin { name: $name, text: include_str!(concat!("../stories/", $name, ".story")) }),*]
    };
}

const STORIES: [Builtin; 17] = stories![
    "healthy",
    "by-hand",
    "bad-at-25",
    "slow-leak",
    "no-traffic",
    "thin-traffic",
    "flapping",
    "spike",
    "late-data",
    "partial-data",
    "source-down",
    "bad-check",
    "no-approval",
    "signal",
    "hand-edit",
    "busy-function",
    "doors-down",
];

/// Every story that comes with the program, the plain one first.
pub fn builtins() -> &'static [Builtin] {
    &STORIES
}

/// The story of this name.
pub fn builtin(name: &str) -> Option<&'static Builtin> {
    STORIES.iter().find(|story| story.name == name)
}
