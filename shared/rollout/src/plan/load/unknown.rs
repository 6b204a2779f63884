//! What to say about a name that is not known.

use crate::{
    nearest::nearest,
    plan::{Problem, yaml::Place},
};

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
