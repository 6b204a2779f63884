//! Two functions that move as one, and one behind an alias.

use super::{
    alarms::{ALARMED, QUIET, alarm, bring, goes_back, ring},
    permissions::{says, tag},
};
use crate::{Tried, stage::Stage};
use serde_json::Value;

/// Both bake for a day, unless the alarm e2e-FLOW rings.
const BOTH: &str = include_str!("../../plans/both.yaml");

/// The second waits for the first; an alarm takes both back.
pub(super) fn both(stage: &Stage) -> Tried {
    let (first, second) = (stage.target("both-first")?, stage.target("both-second")?);
    stage.fails("both", 0);
    crate::traffic::report(stage);
    alarm(stage, "both", QUIET, None)?;
    // The first cannot be written: nobody raises the second before it.
    tag(stage, &first.function, false)?;
    let id = stage.insist("both", BOTH)?;
    stage.until(&id, "stopped by a missing tag", |status| says(status, "AccessDenied"))?;
    second.is_untouched()?;
    tag(stage, &first.function, true)?;
    stage.until(&id, "exposed", |status| status.get("phase").is_some_and(|phase| phase == "baking"))?;
    for target in [&first, &second] {
        target.is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "10")])?;
    }
    ring(stage, "both", None)?;
    bring(
        stage,
        &stage.door("rollback"),
        "both",
        include_str!("../../../../events/alarm-direct-metric.json"),
    )?;
    stage.until_over(&id, "rolled-back")?;
    first.is_as_before()?;
    second.is_as_before()
}

/// The function whose callers come by the alias `live`.
const ALIASED: &str = "e2e-aliased";

/// An exposure is a version of its own, which the alias is moved to; an alarm moves it back to the version that was
/// released.
pub(super) fn aliased(stage: &Stage) -> Tried {
    let mut target = stage.target("aliased")?;
    let released = stage.cloud.call(&["lambda", "publish-version", "--function-name", ALIASED])?;
    let released = version(&released, "/Version")?;
    let alias = ["lambda", "create-alias", "--function-name", ALIASED, "--name", "live"];
    stage.cloud.call(&[alias.as_slice(), &["--function-version", &released]].concat())?;
    alarm(stage, "aliased", QUIET, None)?;
    let plan = ALARMED.replace("function: e2e-FLOW,", "function: e2e-FLOW, alias: live,");
    refused_while_unreleased(stage, &plan)?;
    let id = stage.start("aliased", &plan)?;
    stage.until(&id, "exposed", |status| status.get("phase").is_some_and(|phase| phase == "baking"))?;
    if live(stage)? == released {
        return Err("nobody is exposed: the alias was not moved".to_owned());
    }
    target.function = format!("{ALIASED}:live");
    target.is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "10")])?;
    ring(stage, "aliased", None)?;
    let event = include_str!("../../../../events/alarm-direct-metric.json");
    bring(stage, &stage.door("rollback"), "aliased", event)?;
    goes_back(stage, "aliased", &id)?;
    let now = live(stage)?;
    if now != released {
        return Err(format!("the alias is at version {now}, and {released} was released before"));
    }
    // The version that was released was never written; the function behind it has its variables back, with a mark.
    target.is_untouched()?;
    target.function = ALIASED.to_owned();
    target.is_as_before()
}

/// A publish would release what somebody has changed besides: nothing starts before it is released, or put back.
fn refused_while_unreleased(stage: &Stage, plan: &str) -> Tried {
    let update = |setting: &str, to: &str| {
        let function = ["lambda", "update-function-configuration", "--function-name", ALIASED];
        stage.cloud.call(&[function.as_slice(), &[setting, to]].concat())
    };
    let read = stage.cloud.call(&["lambda", "get-function-configuration", "--function-name", ALIASED])?;
    let before = read.get("Timeout").and_then(Value::as_u64).ok_or("a function without a timeout")?;
    update("--timeout", "77")?;
    let id = stage.insist("aliased", plan)?;
    stage.until_over(&id, "refused")?;
    stage.log_says(&id, "refused", &["its timeout"])?;
    update("--timeout", &before.to_string()).map(drop)
}

/// The version that the alias is at.
fn live(stage: &Stage) -> Tried<String> {
    let call = ["lambda", "get-alias", "--function-name", ALIASED, "--name", "live"];
    version(&stage.cloud.call(&call)?, "/FunctionVersion")
}

fn version(answer: &Value, place: &str) -> Tried<String> {
    let version = answer.pointer(place).and_then(Value::as_str);
    version.map(str::to_owned).ok_or_else(|| format!("no version: {answer}"))
}
