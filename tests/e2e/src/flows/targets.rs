//! Two functions that move as one.

use super::{
    alarms::{QUIET, alarm, bring, ring},
    permissions::{says, tag},
};
use crate::{Tried, stage::Stage};

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
