//! The built program, as a person runs it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

/// Whoever says nothing for so long will not say it.
const PATIENCE: Duration = Duration::from_secs(120);

/// A place of its own for each test, which is gone afterwards.
pub(crate) struct Place(PathBuf);

impl Place {
    pub(crate) fn new(name: &str) -> Place {
        let place = std::env::temp_dir().join(format!("tidegate-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&place);
        fs::create_dir_all(&place).unwrap();
        Place(place)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    /// The program, in this place, with nothing of the surroundings that could matter.
    pub(crate) fn tidegate(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
        command.current_dir(&self.0).args(arguments);
        for variable in ["TIDEGATE_ENDPOINT", "TIDEGATE_TOKEN", "COLUMNS", "http_proxy", "HTTP_PROXY"] {
            command.env_remove(variable);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.tidegate(arguments).output().unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What came of one run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }
}

/// A file of the project.
pub(crate) fn project(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path).display().to_string()
}

/// A plan of these tests.
pub(crate) fn plan(name: &str) -> String {
    project(&format!("cli/tests/plans/{name}"))
}

/// Local mode, running. It is killed when the test is over.
pub(crate) struct Local {
    child: Child,
    lines: Receiver<String>,
    /// Everything that it has printed so far.
    pub(crate) said: String,
    pub(crate) endpoint: String,
}

impl Local {
    pub(crate) fn start(place: &Place, arguments: &[&str]) -> Local {
        let mut command = place.tidegate(arguments);
        command.args(["--port", "0"]);
        Local::of(command)
    }

    pub(crate) fn of(mut command: Command) -> Local {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, (says, lines)) = (BufReader::new(child.stdout.take().unwrap()), channel());
        // A line that nobody waits for any more is for nobody.
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| says.send(line)));
        let mut local = Local { child, lines, said: String::new(), endpoint: String::new() };
        let line = local.until("API http://");
        let (_, after) = line.split_once("API ").unwrap();
        local.endpoint = after.split(',').next().unwrap().to_owned();
        local
    }

    /// Reads on until a line says this.
    pub(crate) fn until(&mut self, text: &str) -> String {
        loop {
            let Some(line) = self.line(text) else {
                let err = self.err();
                panic!("it ended before it said {text:?}:\n{}\n{err}", self.said);
            };
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The next line, while something is waited for; none when it has ended.
    fn line(&mut self, wanted: &str) -> Option<String> {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => {
                self.said.push_str(&line);
                self.said.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("it never said {wanted:?}:\n{}", self.said),
        }
    }

    /// SIGKILL, and no time to tidy up.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        std::mem::take(&mut self.said)
    }

    /// Waits until it ends by itself.
    pub(crate) fn end(mut self) -> Ran {
        while self.line("that it is over").is_some() {}
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        Ran { code, out: std::mem::take(&mut self.said), err: self.err() }
    }

    fn err(&mut self) -> String {
        let mut text = String::new();
        if let Some(mut err) = self.child.stderr.take() {
            let _ = self.child.kill();
            let _ = std::io::Read::read_to_string(&mut err, &mut text);
        }
        text
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
