//! Lines of a log group, as a subscription brings them: JSON, packed, in letters.

use crate::woken::Unknown;
use base64::{Engine, prelude::BASE64_STANDARD};
use control::doors::{Line, Lines};
use flate2::read::GzDecoder;
use rollout::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;

/// Unpacked it is no larger: a call holds a megabyte, and lines are packed to a tenth.
const UNPACKED_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Why a payload has no lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLines {
    /// It is nobody's: trying it again will not help.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// It comes from a subscription and cannot be unpacked or understood: costs may be lost, and somebody must look.
    #[error("lines that cannot be read: {0}")]
    Broken(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    message_type: String,
    #[serde(default)]
    log_group: String,
    #[serde(default)]
    log_events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    timestamp: i64,
    message: String,
}

/// Reads a payload; none when it only says that the subscription works.
///
/// # Errors
/// [`NoLines`].
pub fn read(payload: &Value) -> Result<Option<Lines>, NoLines> {
    let packed = payload.pointer("/awslogs/data").and_then(Value::as_str);
    let batch: Batch = serde_json::from_slice(&unpacked(packed.ok_or_else(|| Unknown::of(payload))?)?)
        .map_err(|error| NoLines::Broken(error.to_string()))?;
    match batch.message_type.as_str() {
        "CONTROL_MESSAGE" => return Ok(None),
        "DATA_MESSAGE" => {}
        other => return Err(NoLines::Broken(format!("messages of the type {other:?}"))),
    }
    if batch.log_events.iter().any(|event| event.id.is_empty()) {
        return Err(NoLines::Broken("a line without an id, which cannot be counted once".to_owned()));
    }
    let line = |event: Event| Line { id: event.id, at: Timestamp(event.timestamp), text: event.message };
    Ok(Some(Lines { group: batch.log_group, lines: batch.log_events.into_iter().map(line).collect() }))
}

fn unpacked(packed: &str) -> Result<Vec<u8>, NoLines> {
    let bytes = BASE64_STANDARD.decode(packed).map_err(|error| NoLines::Broken(error.to_string()))?;
    let mut unpacked = vec![];
    let limited = GzDecoder::new(bytes.as_slice()).take(UNPACKED_BYTES_MAX + 1);
    { limited }.read_to_end(&mut unpacked).map_err(|error| NoLines::Broken(error.to_string()))?;
    if unpacked.len() as u64 > UNPACKED_BYTES_MAX {
        return Err(NoLines::Broken(format!("unpacked they are more than {UNPACKED_BYTES_MAX} bytes")));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests;
