//! What the built program takes as a process: memory of a simulation, first screen and idle memory of local mode.
//!
//! Reads `/proc`, so it measures on Linux only. Build the program first: `cargo build --release`.

use crate::{Measured, median};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

const ROUNDS: usize = 5;
/// Local mode has nothing to do after this: what it holds then is its idle memory.
const IDLE_AFTER: Duration = Duration::from_secs(10);

pub(crate) fn measure() -> Measured {
    let program = std::env::current_exe()?.with_file_name("tidegate");
    if !program.exists() {
        return Err(format!("{} is not built: run `cargo build --release` first", program.display()).into());
    }
    simulation(&program)?;
    local(&program)
}

fn simulation(program: &Path) -> Measured {
    let mut millis = vec![];
    let mut peak = 0.0;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(["simulate", "plans/cst.yaml", "--story", "healthy", "--auto-approve"])
            .stdout(Stdio::null())
            .spawn()?;
        while child.try_wait()?.is_none() {
            peak = memory(&child, "VmHWM").unwrap_or(0.0).max(peak);
            sleep(Duration::from_millis(1));
        }
        millis.push(began.elapsed().as_secs_f64() * 1e3);
    }
    println!(
        "tidegate simulate plans/cst.yaml, as a process: {:.0} ms, {peak:.0} MB at most",
        median(millis)
    );
    Ok(())
}

fn local(program: &Path) -> Measured {
    let mut millis = vec![];
    let mut idle = vec![];
    for round in 0..ROUNDS {
        let state = scratch(round);
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(["local", "plans/elite.yaml", "--plain", "--speed", "1", "--port", "0", "--state"])
            .arg(&state)
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().ok_or("local mode has no output")?;
        // Kept open to the end: a program whose reader has gone away stops.
        let mut lines = BufReader::new(out);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        millis.push(began.elapsed().as_secs_f64() * 1e3);
        if round == 0 {
            sleep(IDLE_AFTER);
            idle.extend(memory(&child, "VmRSS"));
        }
        child.kill()?;
        child.wait()?;
        fs::remove_dir_all(&state)?;
    }
    println!("tidegate local, a new state folder: first line after {:.0} ms", median(millis));
    println!("tidegate local, idle after {} s: {:.0} MB", IDLE_AFTER.as_secs(), median(idle));
    Ok(())
}

fn scratch(round: usize) -> PathBuf {
    std::env::temp_dir().join(format!("tidegate-bench-{}-{round}", std::process::id()))
}

/// A figure of `/proc/PID/status`, in megabytes.
fn memory(child: &Child, what: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with(what))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kilobytes| kilobytes / 1000.0)
}
