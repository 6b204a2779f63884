//! Other people's hands.

use super::{alarms, healthy::PROMOTED};
use crate::{Tried, stage::Stage};
use serde_json::json;

/// A pipeline sets a variable of its own, with a read, a change and a write of everything.
pub(super) fn edited(stage: &Stage) -> Tried {
    let mut target = stage.target("edited")?;
    stage.fails("edited", 1);
    let id = stage.start("edited", PROMOTED)?;
    stage.until(&id, "at its first stage", |status| {
        status.get("phase").is_some_and(|phase| phase == "baking")
    })?;
    target.edit("DATABASE_URL", "postgres://elsewhere/app")?;
    target.edit("NEW_SETTING", "made in between")?;
    stage.until_over(&id, "completed")?;
    target.is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "100")])
}

/// Somebody raises what the rollout manages: nobody writes over it before a person has seen it, and said so.
pub(super) fn drifted(stage: &Stage) -> Tried {
    let id = alarms::exposed(stage, "drifted")?;
    let mut changed = stage.cloud.environment("e2e-drifted")?;
    changed.insert("EXAMPLE_PERCENT".to_owned(), "50".to_owned());
    stage.cloud.set_environment("e2e-drifted", &changed)?;
    // A function that is quiet is looked at every five minutes: this is a hint.
    stage.cloud.invoke(&stage.door("advance"), &json!({ "rollout": id }))?;
    let is = |phase: &'static str| {
        move |status: &serde_json::Value| status.get("phase").is_some_and(|now| now == phase)
    };
    stage.until(&id, "paused", is("paused"))?;
    stage.log_says(&id, "drifted", &["EXAMPLE_PERCENT=50 instead of 10"])?;
    let now = stage.cloud.environment("e2e-drifted")?;
    if now != changed {
        return Err(format!("written over before anybody had seen it: {now:?}"));
    }
    stage.cli.run(&stage.olga, &["resume", &id, "--note", "a slip of the hand"])?;
    stage.until(&id, "as it was decided", |status| {
        let percent =
            stage.cloud.environment("e2e-drifted").ok().and_then(|mut now| now.remove("EXAMPLE_PERCENT"));
        is("baking")(status) && percent.as_deref() == Some("10")
    })?;
    stage.cli.run(&stage.olga, &["rollback", &id])?;
    stage.until_over(&id, "rolled-back")
}
