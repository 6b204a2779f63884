//! Every scenario comes to its golden transcript. `BLESS=1 cargo test -p scenarios` writes them anew.
#![expect(clippy::expect_used, reason = "a test that cannot read its own files has failed")]

use rollout::{
    event::Event,
    plan::{Plan, When},
    units::{ConditionId, RuleId},
};
use scenarios::{
    difference::difference,
    scenario::{GOLDEN, Played, Scenario, files},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex},
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

/// Scenarios that were run, each with what came of it; and what was wrong with the others.
type All = (Vec<(Scenario, Played)>, Vec<String>);

static PLAYED: LazyLock<All> = LazyLock::new(|| play_all(false));

fn play_all(asks_all: bool) -> All {
    let left = Mutex::new(found().0);
    let (played, wrong) = (Mutex::new(vec![]), Mutex::new(vec![]));
    let play = |story: &Path| {
        let scenario = Scenario::read(story)?;
        let played = scenario.run(root(), asks_all)?;
        Ok::<_, String>((scenario, played))
    };
    let next = || left.lock().expect("no scenario panics").pop();
    let work = || {
        while let Some(story) = next() {
            match play(&story) {
                Ok(one) => played.lock().expect("no scenario panics").push(one),
                Err(why) => wrong.lock().expect("no scenario panics").push(why),
            }
        }
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| (0..workers).for_each(|_| drop(scope.spawn(work))));
    let all = "no scenario panics";
    (played.into_inner().expect(all), wrong.into_inner().expect(all))
}

/// What is wrong with a transcript, if anything.
fn compare(scenario: &Scenario, told: &str, bless: bool) -> Result<(), String> {
    let golden = scenario.golden();
    let known = fs::read_to_string(&golden).unwrap_or_default();
    if known == told {
        return Ok(());
    }
    if bless {
        return fs::write(&golden, told).map_err(|why| format!("{}: {why}", golden.display()));
    }
    let name = golden.strip_prefix(root()).unwrap_or(&golden).display();
    Err(format!("--- {name}\n+++ as it is told now\n{}", difference(&known, told)))
}

#[test]
fn every_scenario_is_told_as_its_transcript_says() {
    let bless = env::var_os("BLESS").is_some();
    let (played, wrong) = &*PLAYED;
    let differ = played.iter().filter_map(|(scenario, played)| compare(scenario, &played.told, bless).err());
    let mut wrong: Vec<String> = wrong.iter().cloned().chain(differ).collect();
    wrong.sort();
    let help = "`BLESS=1 cargo test -p scenarios` writes the transcripts anew: read them before you commit";
    assert!(wrong.is_empty(), "{} scenarios differ\n\n{}\n{help}", wrong.len(), wrong.join("\n"));
}

/// What is known beforehand of a guardrail is what it would have said, had it been asked on each tick.
#[test]
fn what_is_foreseen_changes_nothing() {
    let (played, wrong) = play_all(true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let by_path = |all: &[(Scenario, Played)]| -> BTreeMap<PathBuf, String> {
        all.iter()
            .map(|(scenario, played)| (scenario.path.clone(), format!("{:#?}", played.entries)))
            .collect()
    };
    let (all_asked, foreseen) = (by_path(&played), by_path(&PLAYED.0));
    assert_eq!(all_asked.len(), foreseen.len());
    for (path, asked) in all_asked {
        let Some(told) = foreseen.get(&path).filter(|told| **told != asked) else { continue };
        panic!("{}\n--- asked\n+++ foreseen\n{}", path.display(), difference(&asked, told));
    }
}

/// Each trigger of each real plan goes off in some story: every condition of a guardrail by itself.
#[test]
fn every_trigger_of_a_real_plan_goes_off() {
    let real = PLAYED.0.iter().filter(|(scenario, _)| scenario.path.starts_with(folder().join("real")));
    let mut plans: BTreeMap<&str, (&Plan, BTreeSet<String>)> = BTreeMap::new();
    for (_, played) in real {
        let (_, fired) = plans.entry(&played.plan.name).or_insert_with(|| (&played.plan, BTreeSet::new()));
        for entry in &played.entries {
            let Event::Fired { rule, on, .. } = &entry.event else { continue };
            let those: Vec<ConditionId> = on.iter().map(|seen| seen.condition).collect();
            fired.extend(triggers(*rule, &those));
        }
    }
    assert_eq!(plans.len(), 5, "the real plans");
    for (name, (plan, fired)) in plans {
        let all = plan.rules().flat_map(|(id, rule)| match &rule.when {
            When::Any(conditions) => triggers(id, conditions),
            When::Signal(_) | When::Alarm { .. } | When::Drift => triggers(id, &[]),
        });
        let never: Vec<String> = all.filter(|trigger| !fired.contains(trigger)).collect();
        let words = plan.rules().map(|(id, rule)| format!("{}: {}", id.0, rule.text)).collect::<Vec<_>>();
        assert!(never.is_empty(), "{name}: no story sets off {never:?} of\n{}", words.join("\n"));
    }
}

/// One text for each condition of a guardrail; one for all of a guardrail without.
fn triggers(rule: RuleId, conditions: &[ConditionId]) -> Vec<String> {
    if conditions.is_empty() {
        return vec![format!("guardrail {}", rule.0)];
    }
    conditions.iter().map(|condition| format!("guardrail {}, condition {}", rule.0, condition.0)).collect()
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
