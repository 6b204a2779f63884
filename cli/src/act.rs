//! Commands: what somebody wants of a rollout.

use crate::{
    args::{Answer, At, Change, Format, Insisting, Noted, PreflightArgs, PromoteArgs, ReportArgs, RetryArgs},
    client::Client,
    fail::Fail,
    findings, out, plan, read,
};
use console::{Done, Started, Stop, Stopped};
use control::{finding::Finding, view::Answers};
use rollout::units::{Decimal, Version};
use serde_json::{Value, json};
use std::{path::Path, process::ExitCode};

/// Carries out what changes something.
pub(crate) fn run(client: &Client, format: Format, change: Change) -> Result<(), Fail> {
    let send = |id: &str, command: &str, body: Value| post(client, format, id, command, &body);
    let at = |id: &str, at: &At, of: fn(&Answers) -> Option<Version>| seen(client, id, at, of);
    let moved = |answers: &Answers| Some(answers.moved);
    match change {
        Change::Start(args) => {
            let (plan, note) = (written(&args.plan)?, args.note.note.as_deref());
            start(client, format, plan, note, args.insisting)
        }
        Change::Retry(args) => retry(client, format, args),
        Change::Approve(args) => answer(client, format, "approve", &args, |known| known.ask.or(known.review)),
        Change::Reject(args) => {
            let id = client.which(args.which.rollout.as_ref())?;
            let version = at(&id, &args.at, |known| known.ask.or(known.review))?;
            send(&id, "reject", json!({ "at": version, "note": args.note }))
        }
        Change::Resume(args) => answer(client, format, "resume", &args, |known| known.pause),
        Change::Complete(args) => answer(client, format, "complete", &args, moved),
        Change::Promote(args) => promote(client, format, &args),
        Change::Pause(Noted { which, note }) => {
            send(&client.which(which.rollout.as_ref())?, "pause", json!({ "note": note.note }))
        }
        Change::Acknowledge(Noted { which, note }) => {
            send(&client.which(which.rollout.as_ref())?, "acknowledge", json!({ "note": note.note }))
        }
        Change::Rollback(args) => {
            let id = client.which(args.which.rollout.as_ref())?;
            send(&id, "rollback", json!({ "to": args.to, "note": args.note.note }))
        }
        Change::Skip(args) => {
            let version = at(&args.rollout, &args.at, moved)?;
            send(&args.rollout, "skip", json!({ "at": version, "stage": args.stage }))
        }
        Change::Enable(args) => {
            let version = at(&args.rollout, &args.at, moved)?;
            send(
                &args.rollout,
                "enable",
                json!({ "at": version, "feature": args.feature, "note": args.note.note }),
            )
        }
        Change::Disable(args) => {
            send(&args.rollout, "disable", json!({ "feature": args.feature, "note": args.note.note }))
        }
        Change::Tick(args) => {
            let body = json!({ "text": args.item, "stage": args.stage, "note": args.note.note });
            send(&args.rollout, "tick", body)
        }
        Change::Report(args) => {
            out::show(format, &report(client, &args)?, words);
            Ok(())
        }
        Change::Signal(args) => {
            let body = json!({ "name": args.name, "reporter": args.reporter, "note": args.note.note });
            send(&args.rollout, "signal", body)
        }
        Change::CloseBudget(args) => {
            send(&args.rollout, "close-budget", json!({ "budget": args.budget, "note": args.note.note }))
        }
        Change::Abandon(args) => send(&args.rollout, "abandon", json!({ "note": args.note })),
        Change::Stop(args) => stop(client, format, args.roll_back, args.note.note.as_deref()),
        Change::Go => go(client, format),
    }
}

fn answer(
    client: &Client,
    format: Format,
    command: &str,
    args: &Answer,
    of: fn(&Answers) -> Option<Version>,
) -> Result<(), Fail> {
    let id = client.which(args.which.rollout.as_ref())?;
    let at = seen(client, &id, &args.at, of)?;
    post(client, format, &id, command, &json!({ "at": at, "note": args.note.note }))
}

fn promote(client: &Client, format: Format, args: &PromoteArgs) -> Result<(), Fail> {
    let id = client.which(args.which.rollout.as_ref())?;
    let at = seen(client, &id, &args.at, |known| Some(known.moved))?;
    let body = json!({ "at": at, "to": args.to, "force": args.force, "note": args.note.note });
    post(client, format, &id, "promote", &body)
}

/// The entry that a command answers: what was named, or what stands now, which is said.
fn seen(client: &Client, id: &str, at: &At, of: fn(&Answers) -> Option<Version>) -> Result<Version, Fail> {
    if let Some(named) = at.at {
        return Ok(Version(named));
    }
    let status = client.status(id)?;
    match of(&status.answers) {
        Some(version) => {
            out::complain(&format!("answering entry {version} of {id}"));
            Ok(version)
        }
        None => Err(Fail::yours(format!("nothing in {id} asks for this now: {}", status.why))
            .help(format!("`tidegate explain {id}` says what it waits for"))),
    }
}

fn post(client: &Client, format: Format, id: &str, command: &str, body: &Value) -> Result<(), Fail> {
    out::show(format, &done(client, id, command, body)?, words);
    Ok(())
}

fn done(client: &Client, id: &str, command: &str, body: &Value) -> Result<Done, Fail> {
    let id = client.which(Some(&id.to_owned()))?;
    client.post(&format!("/v1/rollouts/{id}/{command}"), body)
}

/// Reports a figure, in the unit in which the plan compares it.
pub(crate) fn report(client: &Client, args: &ReportArgs) -> Result<Done, Fail> {
    let value = figure(client, args)?;
    let body = json!({ "name": args.name, "value": value, "samples": args.samples, "note": args.note.note });
    done(client, &args.rollout, "report", &body)
}

/// The value without its unit, which must be that of the figure: 4.3% is no score.
fn figure<'a>(client: &Client, args: &'a ReportArgs) -> Result<&'a str, Fail> {
    let value = args.value.strip_suffix('%').unwrap_or(&args.value);
    if value.parse::<Decimal>().is_err() {
        return Err(Fail::yours(format!("{:?} is not a number", args.value))
            .help("write it in the unit in which the plan compares it, such as 4.3 or 0.1%"));
    }
    if value.len() < args.value.len() {
        let id = client.which(Some(&args.rollout))?;
        let plan: Value = client.get(&format!("/v1/rollouts/{id}/plan"))?;
        if plan["figures"][&args.name].as_str().is_some_and(|unit| unit != "%") {
            let what =
                format!("{} is no percentage: {:?} has a unit that does not fit", args.name, args.value);
            return Err(Fail::yours(what).help(format!("write {value}, if that is what you mean")));
        }
    }
    Ok(value)
}

/// What a command did, for people.
pub(crate) fn words(done: &Done) -> String {
    match &done.why {
        Some(why) => why.clone(),
        None => {
            let lines: Vec<String> = done
                .events
                .iter()
                .map(|happened| format!("{}: {}", happened.event, happened.reason))
                .collect();
            lines.join("\n")
        }
    }
}

/// Lets go of the line that is pulled now, and says which.
fn go(client: &Client, format: Format) -> Result<(), Fail> {
    let line: Stop = client.get("/v1/stop")?;
    if let Some(pulled) = read::pull(&line) {
        out::complain(&format!("letting go of the stop line that was pulled {pulled}"));
    }
    let done: Done = client.post("/v1/go", &json!({ "id": line.id.unwrap_or_default() }))?;
    out::show(format, &done, |done| done.why.clone().unwrap_or_else(|| "the stop line is let go".to_owned()));
    Ok(())
}

fn stop(client: &Client, format: Format, roll_back: bool, note: Option<&str>) -> Result<(), Fail> {
    let stopped: Stopped = client.post("/v1/stop", &json!({ "roll_back": roll_back, "note": note }))?;
    let back = if roll_back { "; whatever is not over is taken back next" } else { "" };
    out::show(format, &stopped, |stopped| match stopped.rising.as_slice() {
        [] => format!("the stop line is pulled: nothing rises{back}"),
        rising => {
            format!("the stop line is pulled; still rising, and stopped next: {}{back}", rising.join(", "))
        }
    });
    Ok(())
}

/// Looks at everything that must be so before a start.
pub(crate) fn preflight(client: &Client, format: Format, args: &PreflightArgs) -> Result<ExitCode, Fail> {
    let mut body = written(&args.plan)?;
    body["despite"] = json!(args.despite.alarms);
    let found: Vec<Finding> = client.post("/v1/preflight", &body)?;
    Ok(findings::show(format, &found))
}

/// A plan's file, as the API takes it.
fn written(file: &Path) -> Result<Value, Fail> {
    Ok(json!({ "plan": plan::text(file)?, "file": file.display().to_string() }))
}

fn start(
    client: &Client,
    format: Format,
    mut body: Value,
    note: Option<&str>,
    Insisting { despite, force }: Insisting,
) -> Result<(), Fail> {
    body["note"] = json!(note);
    body["despite"] = json!(despite.alarms);
    body["force"] = json!(force);
    let started: Started = client.post("/v1/rollouts", &body)?;
    out::show(format, &started, |Started { id }| {
        format!("{id} is started; its targets are read next: `tidegate explain {id}` says how it goes")
    });
    Ok(())
}

/// A changed plan follows what was taken back because it has the same name.
fn retry(client: &Client, format: Format, args: RetryArgs) -> Result<(), Fail> {
    let RetryArgs { rollout, plan, note, insisting } = args;
    let Some(file) = plan else {
        return start(client, format, json!({ "again": rollout }), Some(&note), insisting);
    };
    let name = plan::read(&file)?.name;
    if rollout.rsplit_once('-').is_none_or(|(of, _)| of != name) {
        let what = format!("{} is a plan of another name, {name}: start it by itself", file.display());
        return Err(Fail::yours(what));
    }
    start(client, format, written(&file)?, Some(&note), insisting)
}
