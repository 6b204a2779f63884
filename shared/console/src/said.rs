//! What people say: short enough for an entry of the log, and nothing that a screen would obey.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Number;
use std::borrow::Cow;

/// Characters of a note, a name or an item. A page of the log must stay readable, and a head must fit its item.
const SAID_MAX: usize = 2_000;

/// A text from outside.
pub(crate) struct Said(pub(crate) String);

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Said, D::Error> {
        let text = String::deserialize(from)?;
        let length = text.chars().count();
        if length > SAID_MAX {
            return Err(D::Error::custom(format!("a text of {length} characters: {SAID_MAX} is the most")));
        }
        match text.chars().find(|char| char.is_control() && !char.is_whitespace()) {
            Some(char) => {
                Err(D::Error::custom(format!("the control character {} in a text", char.escape_unicode())))
            }
            None => Ok(Said(text)),
        }
    }
}

impl JsonSchema for Said {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Said".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // No control characters but those that are white space.
        let pattern = r"^[^\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]*$";
        json_schema!({ "type": "string", "maxLength": SAID_MAX, "pattern": pattern })
    }
}

/// A whole number, however it is written: to JSON Schema, and to many a program, `5.0` is one.
pub(crate) struct Whole(pub(crate) u64);

/// Beyond this programs that count in floats skip whole numbers.
const WHOLE_MAX: u64 = (1 << 53) - 1;

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Whole, D::Error> {
        let number = Number::deserialize(from)?;
        let float = || format!("{:.0}", number.as_f64().filter(|float| float.fract() == 0.0)?).parse().ok();
        let whole = number.as_u64().or_else(float).filter(|whole| *whole <= WHOLE_MAX);
        whole
            .map(Whole)
            .ok_or_else(|| D::Error::custom(format!("{number} is no whole number from 0 to {WHOLE_MAX}")))
    }
}

impl JsonSchema for Whole {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Whole".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 0, "maximum": WHOLE_MAX })
    }
}

/// The text of what may be left out.
pub(crate) fn text(said: Option<Said>) -> Option<String> {
    said.map(|Said(text)| text).filter(|text| !text.trim().is_empty())
}
