//! The never-rules of ARCHITECTURE.md, as far as no compiler checks them.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot read the sources has failed")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Longer files hide things.
const LINES_MAX: usize = 620;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests lie in the project").to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Every Rust file under a folder, with its path from the root.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = vec![];
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
        for path in entries.map(|entry| entry.expect("a readable folder").path()) {
            // Cargo puts this file into what it has built.
            if path.is_dir() && !path.join("CACHEDIR.TAG").exists() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root()).expect("under the root").display().to_string();
                found.push((name, fs::read_to_string(&path).expect("a readable file")));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has sources");
    found.sort();
    found
}

/// The names under `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> Vec<String> {
    let text = read(manifest);
    let (_, after) =
        text.split_once("\n[dependencies]\n").unwrap_or_else(|| panic!("{manifest} has dependencies"));
    let section = after.split("\n[").next().unwrap_or_default();
    let name = |line: &str| line.split(['.', ' ', '=']).next().map(str::to_owned);
    section.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(name).collect()
}

/// Lines of sources outside of `allowed` in which `word` stands; comments don't count.
fn offences(folder: &str, word: &str, allowed: &[&str]) -> Vec<String> {
    let mut found = vec![];
    for (path, text) in sources(folder) {
        if allowed.iter().any(|allowed| path.ends_with(allowed) || path.starts_with(allowed)) {
            continue;
        }
        for (number, line) in (1..).zip(text.lines()) {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains(word) {
                found.push(format!("{path}:{number}: {}", line.trim()));
            }
        }
    }
    found
}

#[track_caller]
fn check_never(folder: &str, word: &str, allowed: &[&str]) {
    let found = offences(folder, word, allowed);
    assert!(found.is_empty(), "`{word}` must not stand here:\n{}", found.join("\n"));
}

#[test]
fn the_mind_depends_on_nothing_that_acts() {
    let allowed = ["jiff", "saphyr-parser", "schemars", "serde", "serde_json", "sha2", "strsim", "thiserror"];
    for dependency in dependencies("shared/rollout/Cargo.toml") {
        assert!(allowed.contains(&dependency.as_str()), "the mind depends on {dependency}");
    }
    for word in [
        "async fn",
        "std::fs",
        "std::env",
        "std::net",
        "std::process",
        "SystemTime",
        "Instant::now",
        "tracing",
    ] {
        check_never("shared/rollout/src", word, &[]);
    }
}

#[test]
fn the_loop_and_the_face_know_no_vendor() {
    for manifest in ["shared/control/Cargo.toml", "shared/console/Cargo.toml"] {
        let found = dependencies(manifest);
        assert!(
            !found.iter().any(|name| name.starts_with("aws")),
            "{manifest} depends on a vendor: {found:?}"
        );
    }
    check_never("shared/control/src", "tokio", &[]);
}

#[test]
fn one_file_spells_the_keys_of_the_table() {
    for word in [
        "\"ROLLOUT#",
        "\"TARGET#",
        "\"ENTRY#",
        "\"RECORD#",
        "\"BUDGET#",
        "\"CHECK#",
        "\"WINDOW#",
        "\"HEAD\"",
        "\"ACTIVE\"",
        "\"HISTORY\"",
        "\"pk\"",
    ] {
        for folder in ["shared/aws", "shared/control", "shared/console", "cli"] {
            check_never(folder, word, &["shared/aws/src/store/item.rs"]);
        }
    }
}

#[test]
fn one_file_reads_the_environment() {
    for crate_ in ["rollout", "control", "aws", "console", "assign", "diff"] {
        check_never(&format!("shared/{crate_}/src"), "env::var", &["shared/aws/src/boot.rs"]);
    }
}

#[test]
fn one_function_changes_the_phase() {
    for word in [".phase = ", "phase = Phase"] {
        check_never("shared", word, &["shared/rollout/src/evolve.rs"]);
        check_never("cli", word, &[]);
    }
}

#[test]
fn floats_hold_neither_money_nor_exposure() {
    for file in [
        "plan/mod.rs",
        "plan/budget.rs",
        "rollout.rs",
        "event.rs",
        "condition.rs",
        "target.rs",
        "levels.rs",
        "gather/money.rs",
        "decide/cap.rs",
    ] {
        let text = read(&format!("shared/rollout/src/{file}"));
        assert!(!text.contains("f64") && !text.contains("f32"), "{file} has a float");
    }
    for word in ["f64", "f32"] {
        check_never("clients", word, &[]);
    }
}

#[test]
fn no_order_of_a_hash_decides_anything() {
    // The SDK's items are such maps: two files of the adapter touch them, and nothing is decided there.
    check_never("shared", "HashMap", &["shared/aws/src/store/item.rs", "shared/aws/src/errors.rs"]);
    check_never("shared", "HashSet", &[]);
}

#[test]
fn nothing_is_switched_off_or_put_off() {
    for folder in ["shared", "clients", "functions", "cli", "examples", "tests"] {
        for word in ["#[ignore", "todo!(", "unimplemented!(", "dbg!("] {
            check_never(folder, word, &["tests/tests/tidy.rs"]);
        }
    }
}

#[test]
fn files_are_short_enough_to_read() {
    for folder in ["shared", "clients", "functions", "cli", "examples", "tests"] {
        for (path, text) in sources(folder) {
            let lines = text.lines().count();
            assert!(lines <= LINES_MAX, "{path} has {lines} lines");
        }
    }
}
