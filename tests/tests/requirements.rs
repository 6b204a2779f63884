//! Every row of what teams asked for is shown by a scenario or a test, or says what is still to come.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{collections::BTreeSet, fmt::Write, fs, path::PathBuf};

const ROWS: &str = include_str!("../requirements.txt");
const PLANS: [&str; 5] = ["ilana", "valine", "elite", "cohorts", "cst"];
/// How many rows each part has.
const PARTS: [(char, usize); 6] = [('A', 10), ('B', 14), ('C', 12), ('D', 8), ('E', 5), ('F', 8)];

/// A row: its id, what is asked for, and the lines that show it.
struct Row<'a> {
    part: &'a str,
    id: &'a str,
    asked: &'a str,
    shown: Vec<(&'a str, &'a str)>,
}

fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn rows() -> Vec<Row<'static>> {
    let mut rows: Vec<Row<'static>> = vec![];
    let mut part = "";
    for line in ROWS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        if let Some(shown) = line.strip_prefix("    ") {
            let shown = shown.split_once(' ').unwrap_or((shown, ""));
            rows.last_mut().unwrap_or_else(|| panic!("{line:?} stands under no row")).shown.push(shown);
        } else if line.as_bytes().get(1) == Some(&b'.') {
            part = line;
        } else {
            let (id, asked) = line.split_once(' ').unwrap_or_else(|| panic!("{line:?} is no row"));
            rows.push(Row { part, id, asked: asked.trim(), shown: vec![] });
        }
    }
    rows
}

#[test]
fn every_row_is_here_once() {
    let ids: Vec<&str> = rows().iter().map(|row| row.id).collect();
    let expected: Vec<String> = PARTS
        .iter()
        .flat_map(|(part, count)| (1..=*count).map(move |number| format!("{part}{number}")))
        .collect();
    assert_eq!(ids, expected);
}

#[test]
fn what_shows_a_row_exists() {
    let mut wrong = String::new();
    for row in rows() {
        let mut shows = 0;
        for (how, what) in &row.shown {
            let is_there = match (*how, what.split_once(' ')) {
                ("plan", _) => what.split(' ').all(|plan| plan == "all" || PLANS.contains(&plan)),
                ("scenario", _) => {
                    shows += 1;
                    let exists = |end: &str| root(&format!("tests/scenarios/{what}.{end}")).exists();
                    exists("story") && exists("txt")
                }
                ("test", Some((file, name))) => {
                    shows += 1;
                    let text = fs::read_to_string(root(file)).unwrap_or_default();
                    text.contains(&format!("fn {name}("))
                }
                ("coming", _) => {
                    shows += 1;
                    true
                }
                _ => false,
            };
            if !is_there {
                writeln!(wrong, "{}: there is no {how} {what}", row.id).unwrap();
            }
        }
        if shows == 0 {
            writeln!(wrong, "{}: nothing shows it", row.id).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_plans_of_the_rows_are_the_plans_of_the_house() {
    let named: BTreeSet<&str> = rows()
        .iter()
        .flat_map(|row| row.shown.clone())
        .filter(|(how, _)| *how == "plan")
        .flat_map(|(_, plans)| plans.split(' ').collect::<Vec<_>>())
        .filter(|plan| *plan != "all")
        .collect();
    assert_eq!(named, PLANS.into_iter().collect());
    for plan in PLANS {
        assert!(root(&format!("plans/{plan}.yaml")).exists(), "there is no plans/{plan}.yaml");
    }
}

#[test]
fn the_page_says_the_same() {
    let page = page(&rows());
    let path = root("docs/requirements.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, page).unwrap();
        return;
    }
    let told = fs::read_to_string(path).unwrap_or_default();
    assert!(told == page, "docs/requirements.md is old: `BLESS=1 cargo test -p tests --test requirements`");
}

fn page(rows: &[Row<'_>]) -> String {
    let mut page = "# What teams asked for, and what shows it\n\n\
        Made from `tests/requirements.txt`, whose every line is checked: a scenario is a story with its transcript, a\n\
        test is one by its name. What is marked *coming* is not built yet.\n"
        .to_owned();
    let mut part = "";
    for row in rows {
        if row.part != part {
            part = row.part;
            write!(page, "\n## {part}\n\n| row | asked for | by | shown by |\n|---|---|---|---|\n").unwrap();
        }
        let (mut by, mut shown) = (String::new(), vec![]);
        for (how, what) in &row.shown {
            match (*how, what.split_once(' ')) {
                ("plan", _) => by = what.replace(' ', ", "),
                ("scenario", _) => shown.push(format!("[{what}](../tests/scenarios/{what}.txt)")),
                ("test", Some((file, name))) => shown.push(format!("[`{name}`](../{file})")),
                (_, _) => shown.push(format!("*coming: {what}*")),
            }
        }
        writeln!(page, "| {} | {} | {by} | {} |", row.id, row.asked, shown.join("<br>")).unwrap();
    }
    page
}
