//! What the deployed doors weigh, and how fast they are there: from the start of the process to its first poll for work.
//!
//! Build them first, as they are shipped, and say where they are:
//!
//!     (cd functions && cargo build --release --target x86_64-unknown-linux-gnu -p advance -p api ...)
//!     cargo run --release -p bench doors target/x86_64-unknown-linux-gnu/release

use crate::{Measured, median};
use flate2::{Compression, write::DeflateEncoder};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Instant,
};

const DOORS: [&str; 7] = ["advance", "api", "budget", "evaluate", "notify", "probe", "rollback"];
const ROUNDS: usize = 11;
/// The table that each door is told.
pub(crate) const TABLE: &str = "tidegate-bench";

pub(crate) fn measure() -> Measured {
    let Some(programs) = std::env::args().nth(2).map(PathBuf::from) else {
        println!("doors: say where they are built, as the source of this measurement does");
        return Ok(());
    };
    for door in DOORS {
        let program = programs.join(door);
        if !program.exists() {
            println!("{door}: not built");
            continue;
        }
        let (bytes, zipped) = weight(&program)?;
        let mut millis = vec![];
        for _ in 0..ROUNDS {
            millis.push(first_poll(&program)?);
        }
        println!(
            "{door}: {:.1} MB, zipped {:.2} MB (aim 4); first poll after {:.1} ms (aim 15)",
            bytes as f64 / 1e6,
            zipped as f64 / 1e6,
            median(millis)
        );
    }
    Ok(())
}

/// The bytes of a program, and of the same compressed as in a zip.
fn weight(program: &Path) -> Result<(usize, usize), Box<dyn std::error::Error>> {
    let bytes = fs::read(program)?;
    let mut zip = DeflateEncoder::new(vec![], Compression::best());
    zip.write_all(&bytes)?;
    Ok((bytes.len(), zip.finish()?.len()))
}

/// A door as Lambda runs it, with a runtime that listens here.
pub(crate) fn run(program: &Path, runtime: &str) -> Command {
    let mut door = Command::new(program);
    door.env_clear().stdout(Stdio::null()).envs([
        ("AWS_LAMBDA_RUNTIME_API", runtime),
        ("AWS_LAMBDA_FUNCTION_NAME", "door"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "log"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "log"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("TIDEGATE_STACK", "bench"),
        ("TIDEGATE_TABLE", TABLE),
        ("TIDEGATE_UPDATES", "arn:aws:sns:us-east-1:000000000000:updates"),
        ("TIDEGATE_ALERTS", "arn:aws:sns:us-east-1:000000000000:alerts"),
        ("TIDEGATE_PAGES", "arn:aws:sns:us-east-1:000000000000:pages"),
        ("TIDEGATE_BUS", "default"),
    ]);
    door
}

/// Milliseconds until a door asks the runtime for its first event. It gets none.
fn first_poll(program: &Path) -> Result<f64, Box<dyn std::error::Error>> {
    let runtime = TcpListener::bind("127.0.0.1:0")?;
    let began = Instant::now();
    let mut door = run(program, &runtime.local_addr()?.to_string()).spawn()?;
    let (poll, _) = runtime.accept()?;
    let mut line = String::new();
    BufReader::new(poll).read_line(&mut line)?;
    let millis = began.elapsed().as_secs_f64() * 1e3;
    door.kill()?;
    door.wait()?;
    if line.starts_with("GET") && line.contains("/next") {
        Ok(millis)
    } else {
        Err(format!("it asked for {line:?}").into())
    }
}
