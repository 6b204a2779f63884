//! A rollout without a stack: `tidegate run`, on the account alone.

use super::healthy::PROMOTED;
use crate::{
    Tried,
    stage::{PATIENCE, Stage},
};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
};

/// Killed each time that something was just decided, and edited by somebody while nobody runs.
pub(super) fn killed(stage: &Stage) -> Tried {
    let mut target = stage.target("laptop")?;
    let plan = stage.cli.file("laptop.yaml", &PROMOTED.replace("FLOW", "laptop"))?;
    let mut first = Running::start(stage, &plan)?;
    first.until("promoted       some 10%")?;
    first.kill()?;
    target.edit("DATABASE_URL", "postgres://elsewhere/app")?;
    let mut second = Running::start(stage, &plan)?;
    // Where the first had recorded that before it was killed, the second says what it waits for next.
    second.until_one(&["generation 1 is in effect", "rung 5 of 11", "rung 6 of 11"])?;
    target.is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "10")])?;
    second.until("promoted       all 100%")?;
    second.kill()?;
    let mut third = Running::start(stage, &plan)?;
    third.until("e2e-laptop-1 is over: completed")?;
    target.is(&[("EXAMPLE_ENABLED", "true"), ("EXAMPLE_PERCENT", "100")])
}

/// The process, and what it says.
struct Running {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Running {
    fn start(stage: &Stage, plan: &Path) -> Tried<Running> {
        let failed = |why| format!("{}: {why}", stage.cli.program.display());
        let mut child = Command::new(&stage.cli.program)
            .arg("run")
            .arg(plan)
            .args(["--state", "laptop", "--port", "0", "--plain"])
            .current_dir(&stage.cli.directory)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let out = child.stdout.take().ok_or("a process without a voice")?;
        let (says, lines) = channel();
        thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| says.send(line))
        });
        Ok(Running { child, lines, said: String::new() })
    }

    /// Reads on until a line says this.
    fn until(&mut self, text: &str) -> Tried {
        self.until_one(&[text])
    }

    /// Reads on until a line says one of these.
    fn until_one(&mut self, texts: &[&str]) -> Tried {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).map_err(|why| match why {
                RecvTimeoutError::Timeout => format!("it never said {texts:?}:\n{}", self.said),
                RecvTimeoutError::Disconnected => {
                    format!("it ended before it said {texts:?}:\n{}", self.said)
                }
            })?;
            self.said.push_str(&line);
            self.said.push('\n');
            if texts.iter().any(|text| line.contains(text)) {
                return Ok(());
            }
        }
    }

    /// SIGKILL, and no time to tidy up.
    fn kill(mut self) -> Tried {
        self.child.kill().and_then(|()| self.child.wait()).map(drop).map_err(|why| why.to_string())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
