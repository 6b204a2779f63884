//! How long it takes from a person's approval to the environment that is written, in local mode at real speed.
//!
//! Build the program first: `cargo build --release`. Takes a minute: a question is put at a tick.

use crate::{Measured, median};
use serde_json::{Value, json};
use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// At once, so that all of them wait for the same minute.
const ROLLOUTS: usize = 5;
/// Whoever consents waits no longer.
const MOST_MS: f64 = 2_000.0;
/// A tick comes each minute; nobody asks after more than two.
const PATIENCE: Duration = Duration::from_secs(130);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);

type Failed = Box<dyn Error>;

pub(crate) fn measure() -> Measured {
    let program = std::env::current_exe()?.with_file_name("tidegate");
    if !program.exists() {
        return Err(format!("{} is not built: run `cargo build --release` first", program.display()).into());
    }
    let laptops: Vec<Laptop> =
        (0..ROLLOUTS).map(|number| Laptop::start(&program, number)).collect::<Result<_, _>>()?;
    let took: Vec<f64> = laptops.iter().map(Laptop::consent).collect::<Result<_, _>>()?;
    let longest = took.iter().copied().fold(0.0, f64::max);
    let middle = median(took);
    println!(
        "consent: from an approval to the environment that is written, local mode at real speed: {middle:.0} ms, \
         at most {longest:.0} ms of {ROLLOUTS}"
    );
    if longest > MOST_MS { Err(format!("it may take {MOST_MS} ms").into()) } else { Ok(()) }
}

/// Local mode, with a rollout that will ask.
struct Laptop {
    process: Child,
    state: PathBuf,
    url: String,
    token: String,
    /// Kept open to the end: a program whose reader has gone away stops.
    _lines: Lines<BufReader<ChildStdout>>,
}

impl Drop for Laptop {
    fn drop(&mut self) {
        // Nothing is left to be done about a process that is gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.state);
    }
}

impl Laptop {
    fn start(program: &Path, number: usize) -> Result<Laptop, Failed> {
        let state =
            std::env::temp_dir().join(format!("tidegate-bench-consent-{}-{number}", std::process::id()));
        let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/plans/consent.yaml");
        let mut process = Command::new(program)
            .args([
                "local",
                plan,
                "--story",
                "no-approval",
                "--plain",
                "--speed",
                "1",
                "--port",
                "0",
                "--state",
            ])
            .arg(&state)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("local mode has no output")?).lines();
        let first = lines.next().ok_or("local mode says nothing")??;
        let url = first.split("API ").nth(1).and_then(|rest| rest.split(',').next());
        let url = url.ok_or_else(|| format!("no address in: {first}"))?.to_owned();
        let mut laptop = Laptop { process, state, url, token: String::new(), _lines: lines };
        laptop.token = laptop.of_lena()?;
        Ok(laptop)
    }

    fn of_lena(&self) -> Result<String, Failed> {
        let tokens: Value = serde_json::from_str(&fs::read_to_string(self.state.join("tokens"))?)?;
        let people = tokens["people"].as_array().ok_or("no people in the tokens")?;
        let lena = people.iter().find(|person| person["name"] == "lena").ok_or("lena has no token")?;
        Ok(lena["token"].as_str().ok_or("lena's token is no text")?.to_owned())
    }

    /// Milliseconds until the environment shows what was consented to.
    fn consent(&self) -> Result<f64, Failed> {
        let ask = self.until(|| Ok(self.status()?["answers"]["ask"].as_u64()))?;
        let began = Instant::now();
        let path = format!("{}/v1/rollouts/consent-1/approve", self.url);
        let sent =
            ureq::post(&path).header("authorization", self.bearer()).send(json!({"at": ask}).to_string());
        sent?;
        let function = self.state.join("functions/worker.json");
        self.until(|| Ok(fs::read_to_string(&function)?.contains(r#""PERCENT": "10""#).then_some(())))?;
        Ok(began.elapsed().as_secs_f64() * 1e3)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    fn status(&self) -> Result<Value, Failed> {
        let path = format!("{}/v1/rollouts/consent-1", self.url);
        let mut answer = ureq::get(&path).header("authorization", self.bearer()).call()?;
        Ok(serde_json::from_str(&answer.body_mut().read_to_string()?)?)
    }

    fn until<T>(&self, look: impl Fn() -> Result<Option<T>, Failed>) -> Result<T, Failed> {
        let began = Instant::now();
        loop {
            if let Some(found) = look()? {
                return Ok(found);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("nothing came within {PATIENCE:?}").into());
            }
            thread::sleep(PAUSE);
        }
    }
}
