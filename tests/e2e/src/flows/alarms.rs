//! Alarms of other people, which plans name.

use crate::{
    Tried,
    stage::{MARK, Stage},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// It bakes for a day, unless the alarm e2e-FLOW rings.
pub(super) const ALARMED: &str = include_str!("../../plans/alarmed.yaml");

/// An alarm that looks again stays quiet.
pub(super) const QUIET: &str = "notBreaching";

/// A real alarm with the stack's topic as its action.
pub(super) fn by_topic(stage: &Stage) -> Tried {
    let (id, topic) = (exposed(stage, "topic")?, stage.output("AlarmTopic")?.to_owned());
    ring(stage, "topic", Some(&topic))?;
    goes_back(stage, "topic", &id)
}

/// The shapes in which a local AWS does not bring alarms, as EventBridge and the alarm itself bring them.
pub(super) fn by_hand(stage: &Stage) -> Tried {
    for (flow, event) in [
        ("bridge", include_str!("../../../../events/alarm-eventbridge-metric-math.json")),
        ("direct", include_str!("../../../../events/alarm-direct-metric.json")),
    ] {
        let id = exposed(stage, flow)?;
        ring(stage, flow, None)?;
        bring(stage, &stage.door("rollback"), flow, event)?;
        goes_back(stage, flow, &id)?;
    }
    Ok(())
}

/// The alarm of a flow rings, and a door hears of it in this shape.
pub(super) fn bring(stage: &Stage, door: &str, flow: &str, event: &str) -> Tried {
    let event: Value = serde_json::from_str(event).map_err(|why| why.to_string())?;
    stage.cloud.invoke(door, &renamed(event, &format!("e2e-{flow}")))
}

/// With the table away the door finds the function by its tag and takes it back by its mark. It says that it could not
/// record it; told again, when the table is there, it does.
pub(super) fn away(stage: &Stage) -> Tried {
    let id = exposed(stage, "away")?;
    let door = stage.door_without_table("away-door")?;
    let event = include_str!("../../../../events/alarm-direct-metric.json");
    ring(stage, "away", None)?;
    let told = bring(stage, &door, "away", event);
    if told.is_ok() {
        return Err("a door that could not record what it did was content".to_owned());
    }
    let environment = stage.cloud.environment("e2e-away")?;
    let mark = environment.get(MARK).cloned().unwrap_or_default();
    if environment.contains_key("EXAMPLE_PERCENT") || !mark.contains("e2e-away") {
        return Err(format!("not halted without the table: {environment:?}, after {told:?}"));
    }
    bring(stage, &stage.door("rollback"), "away", event)?;
    goes_back(stage, "away", &id)
}

/// Whoever brings the fix starts under the alarm, and says so; when it rings anew, it is heeded.
pub(super) fn despite(stage: &Stage) -> Tried {
    stage.target("despite")?;
    alarm(stage, "despite", "breaching", None)?;
    set(stage, "e2e-despite", "ALARM")?;
    let refused = match stage.start("despite", ALARMED) {
        Err(refused) => refused,
        // A source that was too busy to answer refuses no start: the first tick does.
        Ok(id) => {
            stage.until_over(&id, "refused")?;
            stage.start("despite", ALARMED).err().unwrap_or_default()
        }
    };
    if !refused.contains("--despite-alarm e2e-despite") {
        return Err(format!("a start under an alarm was to be refused: {refused:?}"));
    }
    let despite = ["--despite-alarm", "e2e-despite", "--note", "the fix"];
    let id = stage.start_with("despite", ALARMED, &despite)?;
    stage.until(&id, "exposed", |status| status.get("phase").is_some_and(|phase| phase == "baking"))?;
    bring(
        stage,
        &stage.door("rollback"),
        "despite",
        include_str!("../../../../events/alarm-eventbridge-metric-math.json"),
    )?;
    goes_back(stage, "despite", &id)
}

/// A rollout whose first stage is in effect, and an alarm that is quiet.
pub(super) fn exposed(stage: &Stage, flow: &str) -> Tried<String> {
    stage.target(flow)?;
    alarm(stage, flow, QUIET, None)?;
    let id = stage.start(flow, ALARMED)?;
    stage.until(&id, "exposed", |status| status.get("phase").is_some_and(|phase| phase == "baking"))?;
    Ok(id)
}

/// An alarm on what nobody measures: what is missing keeps it `notBreaching` or `breaching`. Its metric's name is its
/// own, because the local AWS looks at the figures of all dimensions of a name.
pub(super) fn alarm(stage: &Stage, flow: &str, missing: &str, action: Option<&str>) -> Tried {
    let name = format!("e2e-{flow}");
    let mut call = vec![
        "cloudwatch",
        "put-metric-alarm",
        "--alarm-name",
        &name,
        "--metric-name",
        &name,
        "--namespace",
        "E2E",
        "--statistic",
        "Sum",
        "--period",
        "60",
        "--evaluation-periods",
        "1",
        "--threshold",
        "1000000",
        "--comparison-operator",
        "GreaterThanThreshold",
        "--treat-missing-data",
        missing,
    ];
    call.extend(action.into_iter().flat_map(|action| ["--alarm-actions", action]));
    stage.cloud.call(&call)?;
    set(stage, &name, "OK")
}

pub(super) fn ring(stage: &Stage, flow: &str, action: Option<&str>) -> Tried {
    if action.is_some() {
        alarm(stage, flow, QUIET, action)?;
    }
    set(stage, &format!("e2e-{flow}"), "ALARM")
}

fn set(stage: &Stage, name: &str, value: &str) -> Tried {
    let state = ["--state-value", value, "--state-reason", "by hand"];
    let call = ["cloudwatch", "set-alarm-state", "--alarm-name", name];
    stage.cloud.call(&[call.as_slice(), state.as_slice()].concat()).map(drop)
}

/// Nobody else may have taken it back: the log says that an alarm did.
pub(super) fn goes_back(stage: &Stage, flow: &str, id: &str) -> Tried {
    stage.until_over(id, "rolled-back")?;
    let environment = stage.cloud.environment(&format!("e2e-{flow}"))?;
    if environment.contains_key("EXAMPLE_PERCENT") {
        return Err(format!("e2e-{flow} still says {environment:?}"));
    }
    stage.log_says(id, "fired", &[&format!("e2e-{flow}")])
}

/// The same event about another alarm, which rings now.
fn renamed(mut event: Value, name: &str) -> Value {
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string();
    for data in ["/alarmData", "/detail"] {
        for (place, value) in [("alarmName", name), ("state/timestamp", &now)] {
            if let Some(slot) = event.pointer_mut(&format!("{data}/{place}")) {
                *slot = json!(value);
            }
        }
    }
    event
}
