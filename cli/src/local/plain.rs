//! A rollout as lines: for a pipe, a file, or a reader of screens.

use crate::{out, read::numbered};
use control::view::{Line, Status};

/// Prints what is new, line by line.
#[derive(Default)]
pub(super) struct Plain {
    /// The rung that was told last.
    told: Option<(u8, Vec<String>)>,
}

impl Plain {
    pub(super) fn line(&mut self, text: &str) {
        out::say(text);
    }

    pub(super) fn event(&mut self, line: &Line) {
        out::say(&numbered(line));
    }

    /// Why it holds, whenever the rung or what it waits for has changed; a bake goes on without a word.
    pub(super) fn status(&mut self, status: &Status) {
        let Some(rung) = &status.rung else {
            return;
        };
        let waits = if rung.number == 5 { vec![] } else { status.waits_for.clone() };
        let now = Some((rung.number, waits));
        if self.told != now {
            out::say(&format!(
                "              holds on rung {} of 11 ({}): {}",
                rung.number, rung.name, status.why
            ));
            self.told = now;
        }
    }
}
