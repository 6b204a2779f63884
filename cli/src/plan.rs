//! What a plan says by itself: its problems, its calendar.

use crate::{args::Format, fail::Fail, out};
use rollout::plan::{Loaded, Plan, Problem, Problems, load, timeline as calendar};
use serde::Serialize;
use std::{io::Read, path::Path, process::ExitCode};

/// No plan is larger than the API takes.
const PLAN_BYTES_MAX: u64 = console::BODY_BYTES_MAX as u64;

/// The text of a plan's file.
pub(crate) fn text(path: &Path) -> Result<String, Fail> {
    let failed = |why: std::io::Error| {
        Fail::yours(format!("{}: {why}", path.display()))
            .help("name the file of a plan, such as plans/elite.yaml")
    };
    bounded(path).map_err(failed)
}

/// The text of a file; one that has no size, or no end, is read no further than any of ours may be long.
pub(crate) fn bounded(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let mut file = std::fs::File::open(path)?.take(PLAN_BYTES_MAX + 1);
    let read = file.read_to_string(&mut text);
    if file.limit() == 0 {
        return Err(std::io::Error::other(format!("it has more than {PLAN_BYTES_MAX} bytes")));
    }
    read.map(|_| text)
}

/// A plan without a problem.
pub(crate) fn read(path: &Path) -> Result<Plan, Fail> {
    match load(&path.display().to_string(), &text(path)?) {
        Ok(Loaded { plan, .. }) => Ok(plan),
        Err(problems) => Err(Fail::yours(format!("the plan has problems\n\n{problems}").trim_end())),
    }
}

/// A problem as editors take it: all places from 1.
#[derive(Serialize)]
struct Finding<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    /// The column behind the last character.
    end_column: usize,
    severity: &'static str,
    what: &'a str,
    help: Option<&'a str>,
}

impl<'a> Finding<'a> {
    fn of(file: &'a str, problem: &'a Problem) -> Finding<'a> {
        Finding {
            file,
            line: problem.line,
            column: problem.column,
            end_column: problem.column + problem.length,
            severity: if problem.fatal { "error" } else { "warning" },
            what: &problem.what,
            help: problem.help.as_deref(),
        }
    }
}

/// Every problem of a plan, with its place.
pub(crate) fn check(path: &Path, format: Format) -> Result<ExitCode, Fail> {
    let file = path.display().to_string();
    let text = text(path)?;
    let (plan, problems) = match load(&file, &text) {
        Ok(Loaded { plan, warnings }) => (Some(plan), Problems { file, text, found: warnings }),
        Err(problems) => (None, problems),
    };
    let code = if plan.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) };
    let findings: Vec<Finding<'_>> =
        problems.found.iter().map(|problem| Finding::of(&problems.file, problem)).collect();
    if format == Format::Jsonl {
        findings.iter().for_each(|finding| out::show(format, finding, |_| String::new()));
    } else {
        out::show(format, &findings, |_| words(plan.as_ref(), &problems));
    }
    Ok(code)
}

fn words(plan: Option<&Plan>, problems: &Problems) -> String {
    let found = if problems.found.is_empty() { String::new() } else { problems.to_string() };
    let Some(plan) = plan else {
        return found;
    };
    let warned = problems.found.iter().any(|Problem { fatal, .. }| !fatal);
    let (stages, rules) = (plan.stages.len(), plan.rules.len());
    let calendar = calendar(plan);
    let total = calendar.total;
    let freeze = calendar.freeze.map_or(String::new(), |days| format!(", not counting its freeze ({days})"));
    let warned = if warned { " It is legal; think about the warnings." } else { "" };
    format!(
        "{found}{}: {} is a plan of {stages} stages and {rules} guardrails. Its last stage is reached or left after \
         {total} at the earliest{freeze}.{warned}",
        problems.file, plan.name
    )
}

/// Stages and days.
pub(crate) fn timeline(path: &Path, format: Format) -> Result<(), Fail> {
    out::show(format, &calendar(&read(path)?), ToString::to_string);
    Ok(())
}
