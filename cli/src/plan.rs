//! What a plan says by itself: its problems, its calendar.

use crate::{args::Format, fail::Fail, out};
use rollout::plan::{Bake, Loaded, Plan, Problem, Problems, load, timeline as calendar};
use serde::Serialize;
use std::{
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
};

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

/// Every problem of each plan, with its place.
pub(crate) fn check(paths: &[PathBuf], format: Format) -> Result<ExitCode, Fail> {
    let checked = paths.iter().map(|path| look(path)).collect::<Result<Vec<_>, Fail>>()?;
    let findings: Vec<Finding<'_>> = checked
        .iter()
        .flat_map(|(_, problems)| problems.found.iter().map(|problem| Finding::of(&problems.file, problem)))
        .collect();
    if format == Format::Jsonl {
        findings.iter().for_each(|finding| out::show(format, finding, |_| String::new()));
    } else {
        let all =
            || checked.iter().map(|(plan, problems)| words(plan.as_ref(), problems)).collect::<Vec<_>>();
        out::show(format, &findings, |_| all().join("\n"));
    }
    let well = checked.iter().all(|(plan, _)| plan.is_some());
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn look(path: &Path) -> Result<(Option<Plan>, Problems), Fail> {
    let (file, text) = (path.display().to_string(), text(path)?);
    Ok(match load(&file, &text) {
        Ok(Loaded { plan, warnings }) => (Some(plan), Problems { file, text, found: warnings }),
        Err(problems) => (None, problems),
    })
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
    let open = plan.stages.last().is_some_and(|last| last.bake == Bake::Open);
    let freeze = calendar.freeze.map_or(String::new(), |days| format!(", not counting its freeze ({days})"));
    let warned = if warned { " It is legal; think about the warnings." } else { "" };
    format!(
        "{found}{}: {} is a plan of {} and {}. Its last stage is {} after {total} at the earliest{freeze}.{warned}",
        problems.file,
        plan.name,
        count(stages, "stage"),
        count(rules, "guardrail"),
        if open { "reached" } else { "left" }
    )
}

fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Stages and days.
pub(crate) fn timeline(path: &Path, format: Format) -> Result<(), Fail> {
    out::show(format, &calendar(&read(path)?), ToString::to_string);
    Ok(())
}
