//! The only place that prints.

use crate::args::Format;
use serde::Serialize;
use std::io::{self, Write};

/// Prints to stdout. A reader that has gone away (`| head`) ends the program as it ends any other.
pub(crate) fn say(text: &str) {
    if let Err(why) = write_line(&mut io::stdout().lock(), text)
        && why.kind() == io::ErrorKind::BrokenPipe
    {
        std::process::exit(0);
    }
}

/// Prints to stderr: nobody is told when that fails.
pub(crate) fn complain(text: &str) {
    let _ = write_line(&mut io::stderr().lock(), text);
}

fn write_line(to: &mut impl Write, text: &str) -> io::Result<()> {
    to.write_all(text.trim_end_matches('\n').as_bytes())?;
    to.write_all(b"\n")?;
    to.flush()
}

/// Prints a value as people or programs want it.
pub(crate) fn show<T: Serialize>(format: Format, value: &T, text: impl FnOnce(&T) -> String) {
    let json = match format {
        Format::Text => return say(&text(value)),
        Format::Json => serde_json::to_string_pretty(value),
        Format::Jsonl => serde_json::to_string(value),
    };
    match json {
        Ok(json) => say(&json),
        Err(why) => complain(&format!("it cannot be written as JSON: {why}")),
    }
}
