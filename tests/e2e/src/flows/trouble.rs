//! Rollouts that go badly, and doors that do.

use super::healthy::PROMOTED;
use crate::{Tried, stage::Stage};
use std::{process::Command, thread, time::Duration};

/// Half of the candidate's requests fail.
pub(super) fn breached(stage: &Stage) -> Tried {
    let target = stage.target("breached")?;
    stage.fails("breached", 50);
    let id = stage.start("breached", PROMOTED)?;
    stage.until_over(&id, "rolled-back")?;
    target.is_as_before()?;
    stage.log_says(&id, "fired", &["error_rate > 5%"])
}

/// Every few seconds, as long as it takes: a rollout gets on all the same.
pub(super) fn killed(stage: &Stage) -> Tried {
    let target = stage.target("killed")?;
    let id = stage.start("killed", PROMOTED)?;
    for _ in 0..20 {
        // The doors are processes of this machine, each named by the directory of its code.
        drop(Command::new("pkill").args(["-KILL", "-f", &stage.door("evaluate")]).status());
        thread::sleep(Duration::from_secs(3));
    }
    stage.until_over(&id, "completed")?;
    target.is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "100")])
}

/// For a minute nobody can wake the door that acts: its schedule comes again later.
pub(super) fn unwoken(stage: &Stage) -> Tried {
    let target = stage.target("unwoken")?;
    let door = stage.door("advance");
    let concurrency = ["--function-name", door.as_str(), "--reserved-concurrent-executions", "0"];
    let id = stage.start("unwoken", PROMOTED)?;
    stage.cloud.call(&[&["lambda", "put-function-concurrency"], concurrency.as_slice()].concat())?;
    thread::sleep(Duration::from_secs(20));
    stage.cloud.call(&["lambda", "delete-function-concurrency", "--function-name", &door])?;
    stage.until_over(&id, "completed")?;
    target.is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "100")])
}
