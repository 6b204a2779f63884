//! `tidegate diff`: what two versions answered, pair by pair.

mod text;

use crate::{
    act,
    args::{Common, DiffArgs, Note, ReportArgs},
    client::Client,
    code,
    fail::Fail,
    out,
};
use console::Done;
use diff::{Allow, BadRow, Comparison, Outputs, Pair, Side, compare, pair, sample, svg};
use serde::Serialize;
use std::{path::Path, process::ExitCode};

/// All that is told.
#[derive(Serialize)]
struct Told {
    /// Pairs that there are; those that were compared may be fewer.
    pairs: usize,
    sampling_seed: u64,
    #[serde(flatten)]
    comparison: Comparison,
    #[serde(skip_serializing_if = "Option::is_none")]
    reported: Option<Done>,
}

pub(crate) fn run(args: &DiffArgs, common: &Common) -> Result<ExitCode, Fail> {
    // Who reports is asked for before anything is compared.
    let client = args.report.as_ref().map(|_| Client::new(common)).transpose()?;
    let mut told = told(args)?;
    let drawn = draw(args, &told.comparison);
    let reported = client.map(|client| report(&client, args, &told)).transpose();
    // Neither a picture that cannot be written nor a report that is refused hides what was found.
    let (reported, refused) = match reported {
        Ok(done) => (done.flatten(), Ok(())),
        Err(fail) => (None, Err(fail)),
    };
    told.reported = reported;
    out::show(common.format, &told, text::text);
    drawn.and(refused)?;
    Ok(if told.comparison.passed { ExitCode::SUCCESS } else { ExitCode::from(code::DIFFERS) })
}

fn told(args: &DiffArgs) -> Result<Told, Fail> {
    let pairs = pairs(args)?;
    let all = pairs.len();
    let count = args.samples.map_or(all, |samples| usize::try_from(samples).unwrap_or(usize::MAX));
    let taken = sample(pairs, count, args.sampling_seed);
    let allow = Allow { tolerance: args.tolerance, share: args.allow };
    let comparison = compare(&taken, allow).ok_or_else(|| Fail::yours("there is no pair to compare"))?;
    Ok(Told { pairs: all, sampling_seed: args.sampling_seed, comparison, reported: None })
}

fn pairs(args: &DiffArgs) -> Result<Vec<Pair>, Fail> {
    let read = |side: Side, path: &Path| {
        let failed = |why| {
            Fail::yours(format!("{}: {why}", path.display())).help(format!("name a file with --{side}"))
        };
        let text = std::fs::read(path).map_err(failed)?;
        Outputs::read(side, &text).map_err(|bad| refused(args, &bad))
    };
    let (stable, canary) = (read(Side::Stable, &args.stable)?, read(Side::Canary, &args.canary)?);
    pair(stable, canary).map_err(|bad| refused(args, &bad))
}

fn refused(args: &DiffArgs, bad: &[BadRow]) -> Fail {
    let line = |row: &BadRow| {
        let path = match row.side {
            Side::Stable => &args.stable,
            Side::Canary => &args.canary,
        };
        format!("{}: {row}", path.display())
    };
    let lines: Vec<String> = bad.iter().map(line).collect();
    Fail::yours(lines.join("\n")).help("the columns are id,value, and both files have the same ids")
}

fn draw(args: &DiffArgs, comparison: &Comparison) -> Result<(), Fail> {
    let Some(path) = &args.svg else { return Ok(()) };
    std::fs::write(path, svg(comparison)).map_err(|why| {
        Fail::yours(format!("{}: {why}", path.display())).help("name a file that can be written with --svg")
    })
}

/// Reports the percentage, with the number of pairs that it rests on, and what was found as a note.
fn report(client: &Client, args: &DiffArgs, told: &Told) -> Result<Option<Done>, Fail> {
    let (Some(rollout), Some(name)) = (args.report.clone(), args.figure.clone()) else { return Ok(None) };
    let found = &told.comparison;
    let figure = ReportArgs {
        rollout,
        name,
        value: found.percent.to_string(),
        samples: u64::try_from(found.compared).ok(),
        note: Note { note: Some(format!("tidegate diff: {}, {}", found.reason, text::pairs(told))) },
    };
    act::report(client, &figure).map(Some)
}
