//! Rollouts that go well.

use crate::{Tried, stage::Stage};
use serde_json::{Value, json};
use std::{
    thread,
    time::{Duration, Instant},
};

/// A message is there as soon as its entry is, but for the table's stream.
const SOON: Duration = Duration::from_secs(60);
/// Two stages; the first is left on evidence, once a whole minute of it is there.
pub(super) const PROMOTED: &str = include_str!("../../plans/promoted.yaml");
/// A person stands between the stages, and is called when nobody answers.
const APPROVED: &str = include_str!("../../plans/approved.yaml");

/// Nobody does anything but start it.
pub(super) fn promoted(stage: &Stage) -> Tried {
    let target = stage.target("promoted")?;
    stage.is_ready("promoted", PROMOTED)?;
    let id = stage.start("promoted", PROMOTED)?;
    stage.until_over(&id, "completed")?;
    target.is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "100")])?;
    stage.log_says(&id, "promoted", &["error_rate"])
}

/// Asked for, answered through the gateway by somebody whom the plan names, and told to three topics.
pub(super) fn approved(stage: &Stage) -> Tried {
    let (updates, alerts) = (queue(stage, "Updates")?, queue(stage, "Alerts")?);
    let pages = queue(stage, "Pages")?;
    let target = stage.target("approved")?;
    let id = stage.start("approved", APPROVED)?;
    let asked =
        stage.until(&id, "asked", |status| status.pointer("/answers/ask").is_some_and(|at| !at.is_null()))?;
    let by_owner = stage.cli.run(&stage.olga, &["approve", &id]);
    if by_owner.is_ok() {
        return Err("whoever started it approved it".to_owned());
    }
    target
        .is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "10")])
        .map_err(|why| format!("{why}, while it was asked: {asked}"))?;
    stage.cli.run(&stage.lena, &["approve", &id, "--note", "looked at it"])?;
    stage.cli.run(&stage.lena, &["signal", &id, "pager", "--note", "try the pager"])?;
    stage.until_over(&id, "completed")?;
    target.is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "100")])?;
    stage.log_says(&id, "approved", &["lena", "looked at it"])?;
    heard(stage, &updates, &id, "all 100%")?;
    heard(stage, &alerts, &id, "asked")?;
    heard(stage, &pages, &id, "try the pager")
}

/// A queue that hears what a topic is told.
fn queue(stage: &Stage, topic: &str) -> Tried<String> {
    let name = format!("e2e-{}", topic.to_lowercase());
    let arn = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
    let topic = stage.output(topic)?;
    let allows = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }],
    });
    let attributes = json!({ "Policy": allows.to_string() }).to_string();
    let call = ["sqs", "create-queue", "--queue-name", &name, "--attributes", &attributes];
    let made = stage.cloud.call(&call)?;
    let url = made.get("QueueUrl").and_then(Value::as_str).ok_or("a queue without a place")?.to_owned();
    let to = ["--protocol", "sqs", "--notification-endpoint", &arn];
    stage.cloud.call(&[&["sns", "subscribe", "--topic-arn", topic], to.as_slice()].concat())?;
    Ok(url)
}

/// Waits for a message about a rollout that holds these words.
fn heard(stage: &Stage, queue: &str, id: &str, words: &str) -> Tried {
    let begun = Instant::now();
    let mut all = vec![];
    while begun.elapsed() < SOON {
        let call = ["sqs", "receive-message", "--queue-url", queue, "--max-number-of-messages", "10"];
        let answer = stage.cloud.call(&call)?;
        let bodies = answer.get("Messages").and_then(Value::as_array).into_iter().flatten();
        all.extend(bodies.filter_map(|message| message.get("Body")?.as_str().map(str::to_owned)));
        if all.iter().any(|body| body.contains(id) && body.contains(words)) {
            return Ok(());
        }
        thread::sleep(Duration::from_secs(2));
    }
    Err(format!("nobody was told {words:?} of {id}; heard: {all:#?}"))
}
