//! What we say in the description of an alias: whose it is, of which generation, and which version was meant. Whoever moves it
//! and says nothing leaves words that no longer fit.

use crate::{rollout::RolloutId, units::Generation};

/// Characters of a description, as Lambda takes it.
pub(super) const DESCRIPTION_CHARS_MAX: usize = 256;
/// So many may be somebody else's words: the rest is ours.
pub(super) const WORDS_CHARS_MAX: usize = 100;
/// How our words in a description begin, and how the rollout behind them stands.
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
        let ours = format!("[tidegate {kind} {id} generation {generation} version {version}]");
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

/// Somebody else's words in a description.
pub(super) fn words(description: &str) -> &str {
    description.rsplit_once("[tidegate ").map_or(description, |(words, _)| words).trim_end()
}

pub(super) fn read(description: &str) -> Option<Told> {
    let (before, ours) = description.rsplit_once("[tidegate ")?;
    let parts: Vec<&str> = ours.strip_suffix(']')?.split(' ').collect();
    let [kind, id, "generation", generation, "version", version] = parts.as_slice() else { return None };
    let (_, kind) = Kind::ALL.into_iter().find(|(word, _)| word == kind)?;
    let signature = Signature {
        words: before.trim_end().to_owned(),
        kind,
        id: RolloutId((*id).to_owned()),
        generation: Generation(generation.parse().ok()?),
    };
    Some(Told { signature, version: (*version).to_owned() })
}
