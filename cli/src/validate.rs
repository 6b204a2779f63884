//! What must hold before a stage, with exit codes for a pipeline.

use crate::{
    args::{Format, ValidateArgs},
    client::Client,
    code,
    fail::Fail,
    findings, out,
};
use control::view::validate::{Holds, Line, Validation};
use rollout::words::exposed;
use std::{fmt::Write, process::ExitCode};

pub(crate) fn run(client: &Client, format: Format, args: &ValidateArgs) -> Result<ExitCode, Fail> {
    let query = match (&args.stage, &args.cohort) {
        (Some(stage), _) => format!("?stage={}", named(stage)?),
        (None, Some(cohort)) => format!("?cohort={}", named(cohort)?),
        (None, None) => String::new(),
    };
    let id = client.which(args.which.rollout.as_ref())?;
    let validation: Validation = client.get(&format!("/v1/rollouts/{id}/validate{query}"))?;
    out::show(format, &validation, text);
    Ok(ExitCode::from(code(&validation)))
}

/// Names go into a query as they are.
pub(crate) fn named(name: &str) -> Result<&str, Fail> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.is_empty() && name.chars().all(fits) {
        return Ok(name);
    }
    Err(Fail::yours(format!("{name:?} is not the name of a stage or of a cohort"))
        .help("`tidegate status` shows the stages"))
}

fn code(validation: &Validation) -> u8 {
    match validation.holds {
        Holds::Yes => 0,
        _ if validation.only_people => code::WAITS_FOR_PEOPLE,
        Holds::No => code::NO,
        Holds::NotKnown => code::NOT_KNOWN,
    }
}

fn text(validation: &Validation) -> String {
    let Validation { id, phase, lines, .. } = validation;
    let here = validation.here.as_deref().unwrap_or("nobody exposed");
    let before = match (&validation.before, &validation.percent) {
        (Some(stage), Some(percent)) => format!("before {stage} {}", exposed(percent.0, &validation.cohorts)),
        (_, _) => "before its end".to_owned(),
    };
    let wide = lines.iter().map(|line| line.text.chars().count()).max().unwrap_or(0);
    let mut text = format!("{id}  {phase}  {here}  {}\n{before}: {}\n", validation.at, summary(validation));
    for Line { kind, text: what, holds, reason, .. } in lines {
        let mark = findings::mark(*holds);
        // Writing to a String cannot fail.
        let _ = writeln!(text, " {mark}  {kind:<9}  {what:<wide$}  {reason}");
    }
    text
}

/// `no: 8 of 12 lines hold, 1 not known`.
fn summary(validation: &Validation) -> String {
    let count = |holds| validation.lines.iter().filter(|line| line.holds == holds).count();
    let (yes, all) = (count(Holds::Yes), validation.lines.len());
    let unknown = match count(Holds::NotKnown) {
        0 => String::new(),
        unknown => format!(", {unknown} not known"),
    };
    let people = if validation.only_people { "; only people are missing" } else { "" };
    format!("{}: {yes} of {all} lines hold{unknown}{people}", validation.holds.word())
}
