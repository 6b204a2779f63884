//! How long `check` thinks about a plan: reading it, all its problems and doubts, and its calendar.

use crate::{Measured, median};
use rollout::plan::{Loaded, load, timeline};
use std::{fmt::Write, hint::black_box, time::Instant};

const ROUNDS: usize = 51;
const STAGES: usize = 50;
/// Of each stage: ten conditions.
const GATES: usize = 6;
const RULES: usize = 4;

pub(crate) fn measure() -> Measured {
    let largest = include_str!("../../../plans/valine.yaml");
    for (name, text, aim) in [("plans/valine.yaml", largest, 5), ("a generated plan", &large(), 50)] {
        let plan = load(name, text)?.plan;
        let (stages, conditions) = (plan.stages.len(), plan.conditions.len());
        let millis = median((0..ROUNDS).map(|_| check(name, text)).collect());
        println!(
            "load {name}, {stages} stages and {conditions} conditions, {} kB: {millis:.2} ms (aim {aim})",
            text.len() / 1000
        );
    }
    Ok(())
}

/// Milliseconds.
fn check(name: &str, text: &str) -> f64 {
    let began = Instant::now();
    if let Ok(Loaded { plan, warnings }) = load(name, black_box(text)) {
        black_box((timeline(&plan).to_string(), warnings));
    }
    began.elapsed().as_secs_f64() * 1e3
}

/// More than anybody writes: each stage has its own gates and guardrails.
fn large() -> String {
    let mut text = "\
tidegate: 1
name: large
owner: team
people: {team: {slack: \"#large\", page: pager}}
targets: [{function: api, set: {API_PERCENT: \"${percent}\"}}]
arms: {canary: {Track: new}, baseline: {Track: old}}
dimensions: {language: {Language: [rust, go, python, java, ruby]}}
metrics:
"
    .to_owned();
    // Writing to a String cannot fail.
    for metric in 0..STAGES {
        let _ = writeln!(
            text,
            "  errors_{metric}: {{ratio: {{of: App/Errors{metric}, to: App/Requests}}, from: 50}}"
        );
    }
    text.push_str("stages:\n");
    for stage in 0..STAGES {
        let _ = writeln!(
            text,
            "  - name: stage-{stage}\n    percent: {}\n    bake: 48h\n    leave:",
            2 * (stage + 1)
        );
        for line in 0..GATES {
            let metric = (stage + line * 7) % STAGES;
            let _ =
                writeln!(text, "      - errors_{metric} <= baseline + 0.{}pp in 1h for 2{line}h", line + 1);
        }
        text.push_str("    guardrails:\n");
        for line in 0..RULES {
            let (metric, limit) = ((stage * 3 + line * 11) % STAGES, line + 5);
            let when = format!("errors_{metric} > {limit}% for any language in 5m for {}m", stage + 1);
            let _ = writeln!(text, "      - {{when: {when}, then: [roll back, alert team]}}");
        }
    }
    text
}
