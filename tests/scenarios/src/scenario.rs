//! A scenario: a story whose first comment says what it shows, and with which plan.

use crate::transcript::transcript;
use control::{
    lab::{metrics_file::Recorded, story},
    simulate::{START, Simulated, Simulation, simulate},
};
use rollout::{
    log::Entry,
    plan::{Plan, load},
};
use std::{
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// How a golden transcript ends.
pub const GOLDEN: &str = "txt";
const STORY: &str = "story";
const COMMENT: char = '#';

/// A story with what its first comment asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// Where it is written.
    pub path: PathBuf,
    /// What it shows: a sentence.
    pub shows: String,
    /// The plan, as named.
    pub plan: String,
    /// Recorded metrics instead of the lab's, as named.
    pub metrics: Option<String>,
    /// The built-in persons tick, approve, answer and complete.
    pub auto_approve: bool,
    /// Of the lab's noise.
    pub seed: u64,
    /// The stage from which on it is told; what came before is another story.
    pub told_from: Option<String>,
    text: String,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// What is wrong with the file or with its first comment, for a person.
    pub fn read(path: &Path) -> Result<Scenario, String> {
        let text = fs::read_to_string(path).map_err(|why| wrong(path, why))?;
        let mut scenario = Scenario { path: path.to_owned(), seed: 1, ..Scenario::default() };
        let mut shows = vec![];
        for line in text.lines().map_while(|line| line.strip_prefix(COMMENT)).map(str::trim) {
            match line.split_once(": ") {
                Some(("plan", name)) => name.clone_into(&mut scenario.plan),
                Some(("told from", stage)) => scenario.told_from = Some(stage.to_owned()),
                Some(("metrics", name)) => scenario.metrics = Some(name.to_owned()),
                Some(("seed", number)) => {
                    scenario.seed = number.parse().map_err(|why| wrong(path, why))?;
                }
                _ if line == "auto-approve" => scenario.auto_approve = true,
                _ => shows.push(line),
            }
        }
        scenario.shows = shows.join(" ");
        scenario.text = text;
        if scenario.shows.is_empty() {
            return Err(wrong(path, "the first comment does not say what it shows"));
        }
        if scenario.plan.is_empty() {
            return Err(wrong(path, "the first comment names no plan: `# plan: ../plans/quick.yaml`"));
        }
        Ok(scenario)
    }

    /// Where the transcript stands that it must come to.
    pub fn golden(&self) -> PathBuf {
        self.path.with_extension(GOLDEN)
    }

    /// Runs it; with `asks_all`, without passing over what is known beforehand.
    ///
    /// # Errors
    /// Why it could not be run, for a person.
    pub fn run(&self, root: &Path, asks_all: bool) -> Result<Played, String> {
        let file = self.find(root, &self.plan)?;
        let text = fs::read_to_string(&file).map_err(|why| wrong(&file, why))?;
        let plan = load(&self.plan, &text).map_err(|problems| problems.to_string())?.plan;
        let story = story::parse(&self.text).map_err(|misread| wrong(&self.path, list(&misread)))?;
        let figures = self.metrics.as_ref().map(|name| {
            let file = self.find(root, name)?;
            let recorded = fs::File::open(&file).map_err(|why| wrong(&file, why))?;
            Recorded::read(recorded, &plan, START).map_err(|bad| wrong(&file, list(&bad)))
        });
        let plan = Arc::new(plan);
        let simulated = simulate(Simulation {
            plan: Arc::clone(&plan),
            story,
            figures: figures.transpose()?,
            auto_approve: self.auto_approve,
            seed: self.seed,
            asks_all,
        });
        let simulated = simulated.map_err(|why| wrong(&self.path, why))?;
        let skipped = self.skipped(&simulated)?;
        let told = transcript(&self.shows, &plan, &simulated, skipped);
        Ok(Played { plan, told, entries: simulated.entries })
    }

    /// How many entries come before the stage from which on it is told.
    fn skipped(&self, simulated: &Simulated) -> Result<usize, String> {
        let Some(stage) = &self.told_from else { return Ok(0) };
        let first = simulated.told.iter().position(|told| told.stage.as_ref() == Some(stage));
        first.ok_or_else(|| wrong(&self.path, format!("it never comes to {stage}")))
    }

    /// A file that the scenario names, beside it or from the root of the project.
    fn find(&self, root: &Path, name: &str) -> Result<PathBuf, String> {
        let beside = self.path.parent().unwrap_or(root).join(name);
        let found = [beside, root.join(name)].into_iter().find(|path| path.is_file());
        found.ok_or_else(|| wrong(&self.path, format!("there is no file {name}")))
    }
}

/// A scenario that was run.
#[derive(Debug)]
pub struct Played {
    /// What was rolled out.
    pub plan: Arc<Plan>,
    /// The transcript.
    pub told: String,
    /// The log.
    pub entries: Vec<Entry>,
}

fn wrong(path: &Path, why: impl Display) -> String {
    format!("{}: {why}", path.display())
}

fn list(all: &[impl Display]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Every story under a folder, and every transcript.
///
/// # Errors
/// What cannot be read.
pub fn files(folder: &Path) -> io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut stories, mut goldens, mut folders) = (vec![], vec![], vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == STORY) {
                stories.push(path);
            } else if path.extension().is_some_and(|extension| extension == GOLDEN) {
                goldens.push(path);
            }
        }
    }
    stories.sort();
    goldens.sort();
    Ok((stories, goldens))
}
