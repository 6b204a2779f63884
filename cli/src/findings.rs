//! What was looked at, as people read it.

use crate::{args::Format, code, out};
use control::{finding::Finding, view::validate::Holds};
use std::{fmt::Write, process::ExitCode};

/// Shows it. What is wrong is for whoever asks to see to.
pub(crate) fn show(format: Format, found: &[Finding]) -> ExitCode {
    out::show(format, &found, |found| text(found));
    let any = |holds| found.iter().any(|finding| finding.holds == holds);
    match (any(Holds::No), any(Holds::NotKnown)) {
        (true, _) => ExitCode::from(1),
        (false, true) => ExitCode::from(code::NOT_KNOWN),
        (false, false) => ExitCode::SUCCESS,
    }
}

/// Before each line.
pub(crate) fn mark(holds: Holds) -> &'static str {
    match holds {
        Holds::Yes => "ok",
        Holds::No => "no",
        Holds::NotKnown => "??",
    }
}

fn text(found: &[Finding]) -> String {
    let wide = found.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for Finding { what, holds, why, help } in found {
        let mark = mark(*holds);
        // Writing to a String cannot fail.
        let _ = writeln!(text, " {mark}  {what:<wide$}  {why}");
        if let Some(help) = help {
            let _ = writeln!(text, "     {:<wide$}  -> {help}", "");
        }
    }
    let count = |holds| found.iter().filter(|finding| finding.holds == holds).count();
    let (yes, no, unknown) = (count(Holds::Yes), count(Holds::No), count(Holds::NotKnown));
    let _ = write!(text, "{yes} of {} ok, {no} not, {unknown} not known", found.len());
    text
}
