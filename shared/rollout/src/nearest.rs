//! The known name that somebody meant.

/// Names of this length and more are not compared: they are no slips of the finger.
const LONGEST: usize = 64;

/// The known name with the fewest edits, if they are few; letters may be large or small.
#[must_use]
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let chars = name.chars().count();
    let most = (chars / 3).max(1);
    let similar = |candidate: &&&str| {
        let length = candidate.chars().count();
        chars.max(length) < LONGEST && length.abs_diff(chars) <= most
    };
    let edits = |candidate: &str| strsim::osa_distance(&name, &candidate.to_lowercase());
    let scored = known.iter().filter(similar).map(|candidate| (edits(candidate), *candidate));
    scored.filter(|(edits, _)| *edits <= most).min().map(|(_, candidate)| candidate)
}
