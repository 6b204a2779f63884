//! What people say: short enough for an entry of the log, and nothing that a screen would obey.

use serde::{Deserialize, Deserializer, de::Error};

/// Characters of a note, a name or an item. A page of the log must stay readable, and a head must fit its item.
const SAID_MAX: usize = 2_000;

/// A text from outside.
pub(crate) fn said<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let length = text.chars().count();
    if length > SAID_MAX {
        return Err(D::Error::custom(format!("a text of {length} characters: {SAID_MAX} is the most")));
    }
    match text.chars().find(|char| char.is_control() && !char.is_whitespace()) {
        Some(char) => {
            Err(D::Error::custom(format!("the control character {} in a text", char.escape_unicode())))
        }
        None => Ok(text),
    }
}

/// The same where it may be left out.
pub(crate) fn maybe<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    struct Said(#[serde(deserialize_with = "said")] String);
    Ok(Option::<Said>::deserialize(from)?.map(|Said(text)| text))
}
