//! How a rollout does, with exit codes for a pipeline.

use crate::{
    args::{Format, HealthArgs},
    client::Client,
    code,
    fail::Fail,
    out, spark,
    validate::named,
};
use control::view::{
    health::{Direction, Health, Metric, Nearest, Trigger},
    validate::Holds,
};
use rollout::{time::Span, words::exposed};
use std::{fmt::Write, process::ExitCode};

/// Bars of a past.
const BARS: usize = 30;
/// Of one metric; JSON has them all.
const ANOMALIES_SHOWN: usize = 3;

pub(crate) fn run(client: &Client, format: Format, args: &HealthArgs) -> Result<ExitCode, Fail> {
    let mut path = format!("health?duration={}", plain(args.duration));
    if let Some(cohort) = &args.cohort {
        path = format!("{path}&cohort={}", named(cohort)?);
    }
    let id = client.which(args.which.rollout.as_ref())?;
    let health: Health = client.get(&format!("/v1/rollouts/{id}/{path}"))?;
    out::show(format, &health, text);
    Ok(ExitCode::from(match health.quiet {
        Holds::Yes => 0,
        Holds::No => code::NO,
        Holds::NotKnown => code::NOT_KNOWN,
    }))
}

/// As the API reads it: one number and one unit.
fn plain(span: Span) -> String {
    format!("{}s", span.whole(Span::seconds(1)))
}

fn text(health: &Health) -> String {
    let Health { id, phase, at, over, .. } = health;
    let stage = match &health.stage {
        Some(stage) => format!("{stage} {}", exposed(health.percent.0, &health.cohorts)),
        None => "nobody exposed".to_owned(),
    };
    let mut text = format!("{id}  {phase}  {stage}  {at}\n");
    let of = health.cohort.as_ref().map_or(String::new(), |cohort| format!(" of the cohort {cohort}"));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "the last {over}{of}; halt triggers: {}\n", quiet(health.quiet));
    metrics(&mut text, health);
    anomalies(&mut text, &health.metrics);
    triggers(&mut text, &health.triggers);
    help(&mut text, health);
    text
}

fn quiet(holds: Holds) -> &'static str {
    match holds {
        Holds::Yes => "all quiet",
        Holds::No => "NOT QUIET",
        Holds::NotKnown => "not known",
    }
}

/// Where to look, and whom to call when it is not quiet.
fn help(text: &mut String, health: &Health) {
    if !health.links.is_empty() {
        let _ = writeln!(text, "\nwhere to look");
    }
    for (name, link) in &health.links {
        let _ = writeln!(text, "     {name}: {link}");
    }
    if health.quiet != Holds::Yes {
        let _ = writeln!(text, "\nwhom to call, in order");
        for whom in &health.escalate {
            let _ = writeln!(text, "     {whom}");
        }
    }
}

fn metrics(text: &mut String, health: &Health) {
    let wide = |column: fn(&Metric) -> String| {
        health.metrics.iter().map(|metric| column(metric).chars().count()).max().unwrap_or(0)
    };
    let row: [fn(&Metric) -> String; 3] = [name, |metric| metric.shown.clone(), trend];
    let [names, values, trends] = row.map(wide);
    for metric in &health.metrics {
        let bars = spark::line(&metric.values, BARS);
        let nearest = metric.nearest.as_ref().map_or("no guardrail in force".to_owned(), room);
        let (name, shown, trend) = (name(metric), &metric.shown, trend(metric));
        let mark = mark(metric);
        let _ = writeln!(
            text,
            " {mark}  {name:<names$}  {shown:<values$}  {bars:<BARS$}  {trend:<trends$}  {nearest}"
        );
    }
}

fn name(metric: &Metric) -> String {
    match &metric.member {
        Some(member) => format!("{} of {member}", metric.name),
        None => metric.name.clone(),
    }
}

fn trend(metric: &Metric) -> String {
    match &metric.trend {
        Some(trend) => match trend.direction {
            Direction::Up => format!("up {}", trend.shown),
            Direction::Down => format!("down {}", trend.shown),
            Direction::Flat => format!("flat {}", trend.shown),
        },
        None => "-".to_owned(),
    }
}

fn mark(metric: &Metric) -> &'static str {
    match &metric.nearest {
        Some(Nearest { broken: Some(true), .. }) => "!!",
        Some(Nearest { near: true, .. }) => "~~",
        Some(Nearest { broken: None, .. }) => "??",
        _ if metric.newest.is_none() => "??",
        Some(_) | None => "ok",
    }
}

fn room(nearest: &Nearest) -> String {
    let text = &nearest.text;
    match (nearest.broken, nearest.room) {
        (Some(true), _) => format!("beyond {text}"),
        (None, _) => format!("not known for {text}"),
        (Some(false), Some(room)) => format!("{:.0}% before {text}", 100.0 * room),
        (Some(false), None) => format!("before {text}"),
    }
}

fn anomalies(text: &mut String, metrics: &[Metric]) {
    if metrics.iter().all(|metric| metric.anomalies.is_empty()) {
        return;
    }
    let _ = writeln!(text, "\nvalues that stand out");
    for metric in metrics.iter().filter(|metric| !metric.anomalies.is_empty()) {
        for anomaly in metric.anomalies.iter().rev().take(ANOMALIES_SHOWN) {
            let side = if anomaly.sigmas < 0.0 { "below" } else { "above" };
            let sigmas = anomaly.sigmas.abs();
            let (name, shown, at) = (name(metric), &anomaly.shown, &anomaly.at);
            let _ = writeln!(text, "     {name}  {shown} at {at}, {sigmas:.1} sigma {side} the mean");
        }
        let more = metric.anomalies.len().saturating_sub(ANOMALIES_SHOWN);
        if more > 0 {
            let _ = writeln!(text, "     {}  and {more} before", name(metric));
        }
    }
}

fn triggers(text: &mut String, triggers: &[Trigger]) {
    let wide = triggers.iter().map(|one| one.guardrail.text.chars().count()).max().unwrap_or(0);
    let _ = writeln!(text, "\nhalt triggers");
    for Trigger { guardrail, near } in triggers {
        let mark = match (guardrail.state.as_str(), guardrail.verdict.as_str()) {
            ("not in force", _) => "--",
            ("fired", _) | (_, "true") => "!!",
            (_, "false") if *near => "~~",
            (_, "false") => "ok",
            (_, _) => "??",
        };
        let (what, state, figure) = (&guardrail.text, &guardrail.state, &guardrail.figure);
        let _ = writeln!(text, " {mark}  {state:<12}  {what:<wide$}  {figure}");
    }
    if triggers.is_empty() {
        let _ = writeln!(text, " --  the plan has none: nothing takes this rollout back by itself");
    }
}
