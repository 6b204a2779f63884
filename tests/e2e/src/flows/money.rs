//! What a rollout costs.

use crate::{Tried, stage::Stage};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

/// It bakes for a day, and goes back when a day costs more than $10.
const COSTLY: &str = include_str!("../../plans/costly.yaml");

/// A function writes what its calls cost, and a subscription brings the lines to the door that counts.
pub(super) fn costs(stage: &Stage) -> Tried {
    let target = stage.target("costly")?;
    let (group, stream) = ("e2e-costs", "one");
    stage.cloud.call(&["logs", "create-log-group", "--log-group-name", group])?;
    stage.cloud.call(&[
        "logs",
        "create-log-stream",
        "--log-group-name",
        group,
        "--log-stream-name",
        stream,
    ])?;
    let budget = stage.output("BudgetFunction")?;
    let filter = ["--filter-name", "costs", "--filter-pattern", "cost_usd", "--destination-arn", budget];
    let call = ["logs", "put-subscription-filter", "--log-group-name", group];
    stage.cloud.call(&[call.as_slice(), filter.as_slice()].concat())?;
    let id = stage.start("costly", COSTLY)?;
    stage.until(&id, "exposed", |status| status.get("phase").is_some_and(|phase| phase == "baking"))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|why| why.to_string())?.as_millis();
    let line = |cost: f64| json!({"rollout": id, "budget": "llm_cost", "cost_usd": cost}).to_string();
    let events = json!([
        {"timestamp": now, "message": line(4.0)},
        {"timestamp": now, "message": "nothing about money"},
        {"timestamp": now, "message": "2026-01-05T12:30:02.911Z\t8f3e\tINFO\tcost_usd=7 model=large\n"},
    ]);
    let to = ["--log-group-name", group, "--log-stream-name", stream, "--log-events", &events.to_string()];
    stage.cloud.call(&[["logs", "put-log-events"].as_slice(), to.as_slice()].concat())?;
    stage.until_over(&id, "rolled-back")?;
    target.is_as_before()?;
    stage.log_says(&id, "fired", &["llm_cost > $10"])
}
