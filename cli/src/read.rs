//! What can be read of rollouts.

use crate::{
    args::{Format, LogArgs, StatusArgs, Which},
    client::Client,
    fail::Fail,
    out, render,
};
use console::{Explained, Listed, Page, Stop, Summary};
use control::view::{self, Line, Status};
use std::{io::IsTerminal, thread, time::Duration};

/// Between two looks.
const WATCH_EVERY: Duration = Duration::from_millis(500);
/// Clears a terminal.
const CLEAR: &str = "\x1b[2J\x1b[H";

pub(crate) fn list(client: &Client, format: Format) -> Result<(), Fail> {
    let line: Stop = client.get("/v1/stop")?;
    let listed: Listed = client.get("/v1/rollouts")?;
    if format == Format::Jsonl {
        listed.rollouts.iter().for_each(|one| out::show(format, one, summary));
    } else {
        out::show(format, &listed, |listed| match listed.rollouts.as_slice() {
            [] if listed.unreadable.is_empty() => "there is no rollout yet".to_owned(),
            all => {
                let header = row("ROLLOUT", "PHASE", "STAGE", "EXPOSED", "UPDATED");
                let rows = all.iter().map(summary);
                std::iter::once(header).chain(rows).collect::<Vec<_>>().join("\n")
            }
        });
    }
    listed.unreadable.iter().for_each(|one| out::complain(&format!("error: {}", one.why)));
    if let (true, Some(pulled)) = (line.pulled, pull(&line)) {
        out::complain(&format!(
            "the stop line is pulled, {pulled}: nothing rises until an admin says `tidegate go`"
        ));
    }
    Ok(())
}

/// By whom, when and why.
pub(crate) fn pull(line: &Stop) -> Option<String> {
    let why = line.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
    Some(format!("by {} at {}{why}", line.by.as_ref()?, line.at.as_ref()?))
}

fn summary(one: &Summary) -> String {
    let stage = one.stage.as_deref().unwrap_or("-");
    let drill = if one.drill { "  a drill" } else { "" };
    let row = row(&one.id, &one.phase, stage, &format!("{}%", one.percent.0), &one.updated);
    format!("{row}{drill}")
}

fn row(id: &str, phase: &str, stage: &str, percent: &str, updated: &str) -> String {
    format!("{id:<32} {phase:<12} {stage:<20} {percent:>7}  {updated}")
}

pub(crate) fn status(client: &Client, format: Format, args: &StatusArgs) -> Result<(), Fail> {
    let id = client.which(args.which.rollout.as_ref())?;
    let mut status = client.status(&id)?;
    print(&status, format, args.watch);
    while args.watch && status.outcome.is_none() {
        thread::sleep(WATCH_EVERY);
        let next = client.status(&id)?;
        if seen(&next) != seen(&status) {
            print(&next, format, true);
        }
        status = next;
    }
    Ok(())
}

/// What is worth showing again.
fn seen(status: &Status) -> (u64, &Vec<String>, Option<u64>) {
    let hours = status.bake.as_ref().map(|bake| bake.seconds.baked / 3_600);
    (status.version.0, &status.waits_for, hours)
}

fn print(status: &Status, format: Format, again: bool) {
    let format = if again && format == Format::Json { Format::Jsonl } else { format };
    let clear = if again && std::io::stdout().is_terminal() { CLEAR } else { "" };
    out::show(format, status, |status| format!("{clear}{}", render::text(status)));
}

pub(crate) fn explain(client: &Client, format: Format, which: &Which) -> Result<(), Fail> {
    let id = client.which(which.rollout.as_ref())?;
    let mut explained: Explained = client.get(&format!("/v1/rollouts/{id}/explain"))?;
    client.name_persons(&mut explained.status);
    out::show(format, &explained.status, view::explain);
    Ok(())
}

pub(crate) fn log(client: &Client, format: Format, args: &LogArgs) -> Result<(), Fail> {
    let id = client.which(args.which.rollout.as_ref())?;
    let mut after = args.after;
    let mut all: Vec<Line> = vec![];
    loop {
        let page: Page = client.get(&format!("/v1/rollouts/{id}/log?after={after}"))?;
        all.extend(page.lines);
        match page.next {
            Some(next) => after = next.0,
            None => break,
        }
    }
    if format == Format::Json {
        out::show(format, &all, |_| String::new());
        return Ok(());
    }
    if let (Format::Text, Some(first)) = (format, all.first()) {
        out::say(&format!(
            "entry, and the time since {id} was started; entry {} is of {}",
            first.version, first.time
        ));
    }
    all.iter().for_each(|line| out::show(format, line, |line| render::numbered_line(&numbered(line))));
    Ok(())
}

/// A line of a log under the number by which commands name it.
pub(crate) fn numbered(line: &Line) -> String {
    format!("{:>4} {line}", line.version.0)
}
