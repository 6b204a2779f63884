//! The JSON of an item: its version first, then what it is.
//!
//! What an older program wrote is read by this one; what a newer one wrote is refused with a reason. Nothing in a
//! body has a default that this file supplies.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The only version of a body that there has been.
const BODY_VERSION: u64 = 1;

#[derive(Serialize)]
struct Written<'a, T> {
    v: u64,
    is: &'a T,
}

#[derive(Deserialize)]
struct Stamp {
    v: u64,
}

#[derive(Deserialize)]
struct Read<T> {
    is: T,
}

/// Why a body cannot be read, for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// Something newer wrote it.
    #[error("its body has version {0}, and this program reads version {BODY_VERSION}")]
    Version(u64),
    /// An unknown variant, a missing field, or no JSON at all.
    #[error("its body is not understood: {0}")]
    Malformed(String),
    /// The item has none.
    #[error("it has no body")]
    Absent,
}

/// What is stored of `is`.
pub(crate) fn write<T: Serialize>(is: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Written { v: BODY_VERSION, is })
}

/// What was stored. The version is looked at by itself first, since a newer body may have any other shape.
pub(crate) fn read<T: DeserializeOwned>(body: &str) -> Result<T, BodyError> {
    let malformed = |error: serde_json::Error| BodyError::Malformed(error.to_string());
    match serde_json::from_str::<Stamp>(body).map_err(malformed)? {
        Stamp { v: BODY_VERSION } => {
            serde_json::from_str(body).map(|Read { is }: Read<T>| is).map_err(malformed)
        }
        Stamp { v } => Err(BodyError::Version(v)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rollout::event::Outcome;

    #[test]
    fn what_is_written_is_read() {
        let body = write(&Outcome::Completed).unwrap();
        assert_eq!(body, r#"{"v":1,"is":"completed"}"#);
        assert_eq!(read(&body), Ok(Outcome::Completed));
    }

    #[test]
    fn what_is_newer_or_damaged_is_refused() {
        assert_eq!(read::<Outcome>(r#"{"v":2,"other":"shape"}"#), Err(BodyError::Version(2)));
        for body in [r#"{"v":1,"is":"vanished"}"#, r#"{"v":1}"#, r#"{"is":"completed"}"#, "", "{"] {
            assert!(matches!(read::<Outcome>(body), Err(BodyError::Malformed(_))), "{body}");
        }
    }
}
