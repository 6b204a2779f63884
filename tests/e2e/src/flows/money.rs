//! What a rollout costs.

use crate::{Tried, stage::Stage};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// It bakes for a day, and goes back when a day costs more than $10.
const COSTLY: &str = include_str!("../../plans/costly.yaml");
/// It ends within a minute, and what it leaves behind costs money.
const KEPT: &str = include_str!("../../plans/kept.yaml");
const STREAM: &str = "one";

/// A log whose lines a subscription brings to the door that counts.
struct Log<'a> {
    stage: &'a Stage,
    group: &'a str,
}

impl<'a> Log<'a> {
    fn new(stage: &'a Stage, group: &'a str) -> Tried<Log<'a>> {
        let of = ["--log-group-name", group];
        stage.cloud.call(&[["logs", "create-log-group"], of].concat())?;
        let stream = ["--log-stream-name", STREAM];
        stage.cloud.call(&[["logs", "create-log-stream"], of, stream].concat())?;
        let budget = stage.output("BudgetFunction")?;
        let filter = ["--filter-name", "costs", "--filter-pattern", "cost_usd", "--destination-arn", budget];
        let call = [["logs", "put-subscription-filter"], of].concat();
        stage.cloud.call(&[call.as_slice(), filter.as_slice()].concat())?;
        Ok(Log { stage, group })
    }

    /// A function writes these lines.
    fn says(&self, lines: &[&str]) -> Tried {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|why| why.to_string())?.as_millis();
        let event = |line: &&str| json!({"timestamp": now, "message": line});
        let events = Value::from_iter(lines.iter().map(event)).to_string();
        let to = ["--log-group-name", self.group, "--log-stream-name", STREAM, "--log-events", &events];
        self.stage.cloud.call(&[["logs", "put-log-events"].as_slice(), to.as_slice()].concat()).map(drop)
    }
}

/// A function writes what its calls cost.
pub(super) fn costs(stage: &Stage) -> Tried {
    let target = stage.target("costly")?;
    let log = Log::new(stage, "e2e-costs")?;
    let id = stage.start("costly", COSTLY)?;
    stage.until(&id, "exposed", |status| status.get("phase").is_some_and(|phase| phase == "baking"))?;
    log.says(&[
        &json!({"rollout": id, "budget": "llm_cost", "cost_usd": 4.0}).to_string(),
        "nothing about money",
        "2026-01-05T12:30:02.911Z\t8f3e\tINFO\tcost_usd=7 model=large\n",
    ])?;
    stage.until_over(&id, "rolled-back")?;
    target.is_as_before()?;
    stage.log_says(&id, "fired", &["llm_cost > $10"])
}

/// It goes on writing so when the rollout has completed.
pub(super) fn outlive(stage: &Stage) -> Tried {
    let target = stage.target("kept")?;
    let log = Log::new(stage, "e2e-kept")?;
    let id = stage.start("kept", KEPT)?;
    stage.until_over(&id, "completed")?;
    let ours = [("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "100")];
    target.is(&ours)?;
    let version = |status: &Value| status.get("version").and_then(Value::as_u64);
    let ended = version(&stage.cli.json(&stage.olga, &["status", &id])?);
    log.says(&[r#"{"cost_usd": 12}"#])?;
    stage.until(&id, "told of its cap", |status| version(status) > ended)?;
    stage.log_says(&id, "notified", &["llm_cost: $12 spent", "the rollout has completed"])?;
    target.is(&ours)?;
    stage.cli.run(&stage.olga, &["close-budget", &id, "llm_cost", "--note", "nothing calls it any more"])?;
    stage.log_says(&id, "budget-closed", &["nothing calls it any more"])
}
