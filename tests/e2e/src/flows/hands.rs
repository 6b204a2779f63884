//! Other people's hands.

use super::healthy::PROMOTED;
use crate::{Tried, stage::Stage};

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
