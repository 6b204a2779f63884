//! Waits for an outcome, with exit codes for a pipeline.

use crate::{
    args::{Format, WaitArgs},
    client::Client,
    code,
    fail::Fail,
    out,
};
use control::view::{Place, Status};
use std::{
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(crate) fn wait(client: &Client, format: Format, args: &WaitArgs) -> Result<ExitCode, Fail> {
    let id = client.which(args.which.rollout.as_ref())?;
    let begun = Instant::now();
    let timeout = Duration::from_millis(args.timeout.as_millis());
    loop {
        let status = client.status(&id)?;
        known(&status, &args.goal)?;
        let code = if reached(&status, &args.goal) {
            Some(0)
        } else if status.outcome.is_some() {
            Some(code::NO)
        } else if begun.elapsed() >= timeout {
            Some(in_time(&status))
        } else {
            None
        };
        if let Some(code) = code {
            out::show(format, &status, |status| format!("{} is {}: {}", status.id, status.phase, status.why));
            return Ok(ExitCode::from(code));
        }
        thread::sleep(LOOK_EVERY.min(timeout.saturating_sub(begun.elapsed())));
    }
}

fn known(status: &Status, goal: &str) -> Result<(), Fail> {
    let outcome = matches!(goal, "completed" | "rolled-back" | "over");
    if outcome || status.stages.iter().any(|stage| stage.name == goal) {
        return Ok(());
    }
    let stages: Vec<&str> = status.stages.iter().map(|stage| stage.name.as_str()).collect();
    Err(Fail::yours(format!("nothing called {goal} can be waited for"))
        .help(format!("one of completed, rolled-back, over, {}", stages.join(", "))))
}

fn reached(status: &Status, goal: &str) -> bool {
    match goal {
        "over" => status.outcome.is_some(),
        "completed" | "rolled-back" => status.outcome.as_deref() == Some(goal),
        // A rollout that was taken back stands at no stage, and has passed none.
        stage => status.stages.iter().any(|step| {
            let there = step.place == Place::Here && status.phase != "advancing";
            step.name == stage && (there || step.place == Place::Passed)
        }),
    }
}

fn in_time(status: &Status) -> u8 {
    if status.phase == "paused" {
        code::PAUSED
    } else if status.who.is_empty() {
        code::NOT_KNOWN
    } else {
        code::WAITS_FOR_PEOPLE
    }
}
