//! What we say in the description of an alias: whose it is, of which generation, and which version was meant. Whoever moves it
//! and says nothing leaves words that no longer fit.

use crate::{rollout::RolloutId, units::Generation};

/// Characters of a description, as Lambda takes it.
pub(super) const DESCRIPTION_CHARS_MAX: usize = 256;
/// So many may be somebody else's words: the rest is ours.
pub(super) const WORDS_CHARS_MAX: usize = 100;
/// How our words in a description begin.
const START: &str = "[tidegate ";

/// How the rollout behind them stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Holds,
    Was,
    Halt,
}

impl Kind {
    const ALL: [(&'static str, Kind); 3] = [("holds", Kind::Holds), ("was", Kind::Was), ("halt", Kind::Halt)];
}

/// What a description says of us, but for the version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Somebody else's words, which stay.
    pub(super) words: String,
    pub(super) kind: Kind,
    pub(super) id: RolloutId,
    pub(super) generation: Generation,
}

impl Signature {
    /// The whole description of an alias that points to a version.
    pub fn of(&self, version: &str) -> String {
        let Signature { words, kind, id, generation } = self;
        let kind = Kind::ALL.iter().find(|(_, known)| known == kind).map_or("holds", |(word, _)| word);
        let ours = format!("{START}{kind} {id} generation {generation} version {version}]");
        // Words that have grown since must not be in the way of going back: what has no room is cut off.
        let room = DESCRIPTION_CHARS_MAX.saturating_sub(ours.chars().count() + 1);
        let words: String = words.chars().take(room).collect();
        let space = if words.is_empty() { "" } else { " " };
        format!("{words}{space}{ours}")
    }
}

/// What was found in a description: our words, and the version that they name.
pub(super) struct Told {
    pub(super) signature: Signature,
    pub(super) version: String,
}

/// Somebody else's words in a description, wherever ours stand.
pub(super) fn words(description: &str) -> String {
    take(description)
        .map_or_else(|| unfinished(description).trim_end().to_owned(), |told| told.signature.words)
}

/// What we have said, if we have. Whoever writes before or behind it takes nothing back.
pub(super) fn take(description: &str) -> Option<Told> {
    description.rmatch_indices(START).find_map(|(at, _)| {
        let (before, ours) = description.split_at(at);
        let (ours, behind) = ours.strip_prefix(START)?.split_once(']')?;
        let parts: Vec<&str> = ours.split(' ').collect();
        let [kind, id, "generation", generation, "version", version] = parts.as_slice() else { return None };
        let (_, kind) = Kind::ALL.into_iter().find(|(word, _)| word == kind)?;
        let signature = Signature {
            words: format!("{} {}", before.trim_end(), behind.trim()).trim().to_owned(),
            kind,
            id: RolloutId((*id).to_owned()),
            generation: Generation(generation.parse().ok()?),
        };
        Some(Told { signature, version: (*version).to_owned() })
    })
}

/// Without what somebody has cut off in the middle of ours.
fn unfinished(description: &str) -> &str {
    let cut = description.rsplit_once(START).filter(|(_, ours)| !ours.contains(']'));
    cut.map_or(description, |(words, _)| words)
}
