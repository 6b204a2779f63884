//! Every scenario comes to its golden transcript. `BLESS=1 cargo test -p scenarios` writes them anew.
#![expect(clippy::expect_used, reason = "a test that cannot read its own files has failed")]

use scenarios::{
    difference::difference,
    scenario::{GOLDEN, Scenario, files},
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
};

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn root() -> &'static Path {
    folder().parent().and_then(Path::parent).expect("the scenarios lie two folders deep in the project")
}

fn found() -> (Vec<PathBuf>, Vec<PathBuf>) {
    files(folder()).expect("the scenarios can be read")
}

/// Runs a scenario; what it answers is what is wrong with it.
fn check(story: &Path, bless: bool) -> Result<(), String> {
    let scenario = Scenario::read(story)?;
    let told = scenario.run(root())?;
    let golden = scenario.golden();
    let known = fs::read_to_string(&golden).unwrap_or_default();
    if known == told {
        return Ok(());
    }
    if bless {
        return fs::write(&golden, told).map_err(|why| format!("{}: {why}", golden.display()));
    }
    let name = golden.strip_prefix(root()).unwrap_or(&golden).display();
    Err(format!("--- {name}\n+++ as it is told now\n{}", difference(&known, &told)))
}

#[test]
fn every_scenario_is_told_as_its_transcript_says() {
    let bless = env::var_os("BLESS").is_some();
    let wrong = Mutex::new(vec![]);
    let left = Mutex::new(found().0);
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        while let Some(story) = left.lock().expect("no scenario panics").pop() {
            wrong.lock().expect("no scenario panics").extend(check(&story, bless).err());
        }
    };
    thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let mut wrong = wrong.into_inner().expect("no scenario panics");
    wrong.sort();
    let help = "`BLESS=1 cargo test -p scenarios` writes the transcripts anew: read them before you commit";
    assert!(wrong.is_empty(), "{} scenarios differ\n\n{}\n{help}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_scenario_says_what_it_shows() {
    let (stories, _) = found();
    assert!(!stories.is_empty(), "there are scenarios");
    for story in stories {
        let scenario = Scenario::read(&story).unwrap_or_else(|why| panic!("{why}"));
        assert!(scenario.shows.ends_with('.'), "{}: a sentence ends with a full stop", story.display());
    }
}

#[test]
fn no_transcript_is_left_behind() {
    let (stories, goldens) = found();
    let told: Vec<PathBuf> = stories.iter().map(|story| story.with_extension(GOLDEN)).collect();
    for golden in goldens {
        assert!(told.contains(&golden), "{} has no story", golden.display());
    }
}
