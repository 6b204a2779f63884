//! What YAML does behind the writer's back.

use super::Scalar;

/// Words that some YAML readers take for yes, no or nothing when they stand without quotes.
const AMBIGUOUS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "~"];

/// What to do about a text that lost its end.
pub(super) const COMMENT: &str = "`#` after a blank begins a comment: put the text in quotes";

impl Scalar {
    /// Another YAML reader would not see a text here.
    pub(in crate::plan) fn is_ambiguous(&self) -> bool {
        self.plain && AMBIGUOUS.contains(&self.text.to_lowercase().as_str())
    }

    /// What to do about a trap that this scalar fell into.
    pub(in crate::plan) fn trap(&self) -> Option<String> {
        if self.cut {
            return Some(COMMENT.to_owned());
        }
        self.is_ambiguous().then(|| format!("put it in quotes: \"{}\"", self.text))
    }
}

/// Whether what follows a scalar on its line is a comment that was hardly meant as one: ` #channel`.
pub(super) fn cuts(rest: &str) -> bool {
    let trimmed = rest.trim_start();
    trimmed.len() < rest.len() && trimmed.strip_prefix('#').is_some_and(is_stuck)
}

/// Whether a line has such a comment anywhere.
pub(super) fn is_cut(line: &str) -> bool {
    line.match_indices('#').any(|(at, _)| line[..at].ends_with(' ') && is_stuck(&line[at + 1..]))
}

/// Comments begin with a blank; what does not was meant to be read.
fn is_stuck(behind: &str) -> bool {
    behind.starts_with(|c: char| !c.is_whitespace())
}
