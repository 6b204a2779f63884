//! What `tidegate doctor` says of the stack, as it is and with something broken.

use super::healthy::PROMOTED;
use crate::{Tried, stage::Stage};
use serde_json::Value;
use std::process::Command;

/// Nothing that other flows need is broken.
pub(super) fn looks(stage: &Stage) -> Tried {
    stage.target("doctor")?;
    let plan = stage.cli.file("doctor.yaml", &PROMOTED.replace("FLOW", "doctor"))?.display().to_string();
    for words in ["evaluate is woken", "advance is woken"] {
        // A local AWS counts no lines of logs.
        says(stage, &plan, words, "no", "has not ticked for 15 minutes")?;
    }
    for metric in ["EvaluateTicks", "AdvanceTicks"] {
        let stack = format!("Stack={}", stage.stack);
        let datum = ["--metric-name", metric, "--value", "1", "--dimensions", &stack];
        call(stage, "cloudwatch put-metric-data --namespace tidegate", &datum)?;
    }
    let pages = ["--topic-arn", stage.output("Pages")?];
    let to =
        "sns subscribe --protocol sqs --notification-endpoint arn:aws:sqs:us-east-1:000000000000:e2e-doctor";
    call(stage, to, &pages)?;
    let rule = named(stage, "events list-rules --name-prefix", "AlarmRule", "/Rules/0/Name")?;
    let alarms = "cloudwatch describe-alarms --alarm-name-prefix";
    let alarm = named(stage, alarms, "Contention", "/MetricAlarms/0/AlarmName")?;
    let state = ["--state-reason", "by hand", "--alarm-name", &alarm];
    call(stage, "cloudwatch set-alarm-state --state-value OK", &state)?;
    for (words, why) in [
        ("evaluate is woken", "it ticked"),
        ("advance is woken", "it ticked"),
        ("door probe", "e2e-probe"),
        ("rollback by EventBridge", "lets it in"),
        ("losing races", "is quiet"),
        ("can be let go", "by olga"),
        ("hears of pages", "subscribed"),
        ("reaches the door notify", "enabled"),
        ("table", "are not over"),
        ("change e2e-doctor", "tidegate:managed=true"),
    ] {
        says(stage, &plan, words, "yes", why)?;
    }
    let probe = stage.door("probe");
    let seats = ["--function-name", &probe, "--reserved-concurrent-executions", "0"];
    call(stage, "lambda put-function-concurrency", &seats)?;
    says(stage, &plan, "door probe", "no", "reserved concurrency of 0")?;
    call(stage, "lambda delete-function-concurrency --function-name", &[&probe])?;
    call(stage, "events disable-rule --name", &[&rule])?;
    says(stage, &plan, "rollback by EventBridge", "no", "switched off")?;
    call(stage, "events enable-rule --name", &[&rule])?;
    call(stage, "cloudwatch set-alarm-state --state-value ALARM", &state)?;
    says(stage, &plan, "losing races", "no", "rings")?;
    let function = "arn:aws:lambda:us-east-1:000000000000:function:e2e-doctor";
    call(stage, "lambda untag-resource --tag-keys tidegate:managed --resource", &[function])?;
    says(stage, &plan, "change e2e-doctor", "no", "no tag tidegate:managed=true")
}

/// A call of the cloud, whose first words are written as one text.
fn call(stage: &Stage, words: &str, rest: &[&str]) -> Tried<Value> {
    stage.cloud.call(&words.split(' ').chain(rest.iter().copied()).collect::<Vec<_>>())
}

/// What CloudFormation has called something of the stack.
fn named(stage: &Stage, words: &str, what: &str, place: &str) -> Tried<String> {
    let answer = call(stage, words, &[&format!("{}-{what}-", stage.stack)])?;
    let name = answer.pointer(place).and_then(Value::as_str);
    name.map(str::to_owned).ok_or_else(|| format!("no {what}: {answer}"))
}

/// The one line about this must be answered so; what is not well is told to a pipeline.
fn says(stage: &Stage, plan: &str, words: &str, answer: &str, why: &str) -> Tried {
    let output = Command::new(&stage.cli.program)
        .args(["doctor", "--stack", &stage.stack, "--format", "json", plan])
        .current_dir(&stage.cli.directory)
        .output()
        .map_err(|why| why.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Vec<Value> = serde_json::from_str(&text).map_err(|why| format!("{why}: {output:?}"))?;
    let has = |line: &&Value, name: &str, part: &str| {
        line.get(name).and_then(Value::as_str).is_some_and(|text| text.contains(part))
    };
    let about: Vec<&Value> = found.iter().filter(|line| has(line, "what", words)).collect();
    let is_so = matches!(&about[..], [line] if has(line, "holds", answer) && has(line, "why", why));
    let code = output.status.code();
    let fits = answer != "no" || code == Some(1);
    if is_so && fits { Ok(()) } else { Err(format!("{words}: not {answer}, {why}: {code:?} {about:#?}")) }
}
