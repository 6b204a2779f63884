//! A rollback that is rehearsed, by the command line alone.

use super::alarms::{ALARMED, QUIET, alarm};
use crate::{Tried, stage::Stage};
use serde_json::{Value, json};

/// By hand and by the alarm; then a rollout begins as if nothing had been.
pub(super) fn rehearsed(stage: &Stage) -> Tried {
    let target = stage.target("drilled")?;
    alarm(stage, "drilled", QUIET, Some(stage.output("AlarmTopic")?))?;
    let plan = stage.written("drilled", ALARMED)?;
    let by_hand = stage.cli.json(&stage.olga, &["drill", &plan])?;
    is_kept(&by_hand, "by_hand")?;
    target.is_as_before()?;
    // That whoever rings an alarm needs the right to is not seen here: this local AWS lets everybody.
    let by_alarm = stage.cli.json(&stage.olga, &["drill", &plan, "--alarm", "e2e-drilled", "--yes"])?;
    is_kept(&by_alarm, "rollback")?;
    target.is_as_before()?;
    let incident = stage.cli.json(&stage.olga, &["incidents"])?;
    let all = incident.get("incidents").and_then(Value::as_array).into_iter().flatten();
    let drills: Vec<&Value> =
        all.filter(|one| one.get("plan").is_some_and(|plan| plan == "e2e-drilled")).collect();
    if drills.len() < 2 || !drills.iter().all(|one| one.get("severity").is_some_and(|of| of == "P3")) {
        return Err(format!("each drill was to be an incident of the lowest kind: {drills:?}"));
    }
    // Nobody is asked why it is started again: nothing was ever taken back.
    let id = stage.start("drilled", ALARMED)?;
    stage.cli.run(&stage.olga, &["rollback", &id]).map(drop)
}

/// One drill, taken back this way.
fn is_kept(report: &Value, whole: &str) -> Tried {
    let drill = report.pointer("/drills/0").ok_or_else(|| format!("no drill: {report}"))?;
    let steps = drill.pointer("/times/steps").and_then(Value::as_array);
    let last = steps.and_then(|steps| steps.last()?.get("step")?.as_str());
    let is_kept = report.get("kept") == Some(&json!(true));
    if is_kept && last == Some(whole) { Ok(()) } else { Err(format!("not taken back by {whole}: {report}")) }
}
