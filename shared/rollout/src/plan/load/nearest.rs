//! The known name that somebody meant.

use crate::plan::{Problem, yaml::Place};

/// Names of this length and more are not compared: they are no slips of the finger.
const LONGEST: usize = 64;
/// At most so many known names are listed in a message.
const LISTED: usize = 30;

/// A name that is not known, with the nearest known one, or with all of them.
pub(super) fn unknown(place: Place, kind: &str, name: &str, known: &[&str]) -> Problem {
    let help = match nearest(name, known) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() => Some(format!("the plan declares no {kind}")),
        None if known.len() > LISTED => None,
        None => Some(format!("known are {}", known.join(", "))),
    };
    place.problem(format!("unknown {kind} `{name}`"), help)
}

/// The known name with the fewest edits, if they are few.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let most = (name.chars().count() / 3).max(1);
    let similar = |candidate: &&&str| candidate.chars().count().abs_diff(name.chars().count()) <= most;
    let scored = known.iter().filter(similar).map(|candidate| (distance(name, candidate), *candidate));
    scored.filter(|(edits, _)| *edits <= most).min().map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    if a.len() >= LONGEST || b.len() >= LONGEST {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replace = row[j] + usize::from(x != y);
            let mut best = replace.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}
