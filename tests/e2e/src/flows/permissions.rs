//! Functions that may not be touched, or are not there.

use super::healthy::PROMOTED;
use crate::{Tried, stage::Stage};
use serde_json::Value;

const TAG: &str = "tidegate:managed";

/// Nobody has said that it may be rolled out: every write is denied, and the rollout says so until it is given up.
pub(super) fn untagged(stage: &Stage) -> Tried {
    let target = stage.target("untagged")?;
    tag(stage, &target.function, false)?;
    let id = stage.insist("untagged", PROMOTED)?;
    stage.until(&id, "stopped by a missing tag", |status| says(status, "AccessDenied"))?;
    target.is_untouched()?;
    stage.cli.run(&stage.olga, &["abandon", &id, "--note", "it has no tag"])?;
    target.is_untouched()
}

/// It cannot be reached from here, and nothing was begun.
pub(super) fn elsewhere(stage: &Stage) -> Tried {
    let there = "arn:aws:lambda:eu-west-1:000000000000:function:e2e-elsewhere";
    let plan = PROMOTED.replace("{function: e2e-FLOW", &format!("{{function: \"{there}\""));
    let refused = stage.start("elsewhere", &plan).err().unwrap_or_default();
    if !refused.contains("it is in eu-west-1") {
        return Err(format!("what is elsewhere was to be refused at the start: {refused:?}"));
    }
    let id = stage.insist("elsewhere", &plan)?;
    stage.until_over(&id, "refused")?;
    stage.log_says(&id, "refused", &["it is in eu-west-1"])
}

/// Whoever takes it away stops the way up and the way back: both go on as soon as it is given back.
pub(super) fn revoked(stage: &Stage) -> Tried {
    let target = stage.target("revoked")?;
    let id = stage.start("revoked", PROMOTED)?;
    stage.until(&id, "at its first stage", |status| at(status, "/phase") == "baking")?;
    tag(stage, &target.function, false)?;
    stage.cli.run(&stage.olga, &["rollback", &id, "--note", "while nobody may"])?;
    stage.until(&id, "stopped by a missing permission", |status| says(status, "AccessDenied"))?;
    tag(stage, &target.function, true)?;
    stage.until_over(&id, "rolled-back")?;
    target.is_as_before()
}

/// Nothing is left that anybody could be exposed by; the rollout says what is missing.
pub(super) fn deleted(stage: &Stage) -> Tried {
    let target = stage.target("deleted")?;
    let id = stage.start("deleted", PROMOTED)?;
    stage.until(&id, "at its first stage", |status| at(status, "/phase") == "baking")?;
    stage.cloud.call(&["lambda", "delete-function", "--function-name", &target.function])?;
    stage.until(&id, "stopped by a missing function", |status| says(status, "is it there, and tagged"))?;
    stage.cli.run(&stage.olga, &["abandon", &id, "--note", "the function is gone"]).map(drop)
}

pub(super) fn tag(stage: &Stage, function: &str, managed: bool) -> Tried {
    let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{function}");
    let resource = ["--resource", arn.as_str()];
    let tags = format!("{TAG}=true");
    let call =
        if managed { ["tag-resource", "--tags", &tags] } else { ["untag-resource", "--tag-keys", TAG] };
    let [verb, option, value] = call;
    stage.cloud.call(&[&["lambda", verb], resource.as_slice(), &[option, value]].concat()).map(drop)
}

fn at<'a>(status: &'a Value, place: &str) -> &'a str {
    status.pointer(place).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn says(status: &Value, words: &str) -> bool {
    at(status, "/why").contains(words)
}
