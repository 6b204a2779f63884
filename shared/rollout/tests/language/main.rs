//! The language of plans, feature by feature.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod audience;
mod bad;
mod freeze;
mod loading;
mod sentences;
mod unwise;

use rollout::plan::{Loaded, Problem, load};

/// A small plan without a problem; tests change it in one place.
const EXAMPLE: &str = include_str!("example.yaml");

/// A plan that is known to be good.
fn loaded(text: &str) -> Loaded {
    load("example.yaml", text).unwrap_or_else(|problems| panic!("{problems}"))
}

/// What is wrong with a plan, in short.
fn problems(text: &str) -> Vec<String> {
    load("example.yaml", text)
        .map_or_else(|problems| problems.found.iter().map(short).collect(), |_| Vec::new())
}

/// `line:column+length: what | help`
fn short(problem: &Problem) -> String {
    let Problem { line, column, length, what, help, .. } = problem;
    let help = help.as_ref().map_or_else(String::new, |help| format!(" | {help}"));
    format!("{line}:{column}+{length}: {what}{help}")
}
