//! Outputs of two versions, compared by the built program.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod common;

use common::{Local, Place, Ran};
use std::fmt::Write;

/// Asks for a figure before its only stage is left.
const PLAN: &str = "tidegate: 1\nname: compared\nowner: lead\npeople:\n  lead: {members: [lena]}\n\
    targets:\n  - function: worker\n    set: {PERCENT: \"${percent}\"}\n\
    metrics:\n  differ: {pairs: outputs-differ, from: 400}\n\
    stages:\n  - {name: canary, percent: 10, bake: 1h, leave: [differ < 1%]}\n";

/// So many pairs, of which each hundredth is a tenth apart and the others a thousandth.
fn write(place: &Place, count: usize) {
    let (mut stable, mut canary) = ("id,value\n".to_owned(), "id,value\n".to_owned());
    for n in 0..count {
        let apart = if n % 100 == 7 { 0.1 } else { 0.001 };
        writeln!(stable, "case-{n:04},{n}.5").unwrap();
        writeln!(canary, "case-{n:04},{}", n as f64 + 0.5 + apart).unwrap();
    }
    place.write("a.csv", &stable);
    place.write("b.csv", &canary);
}

fn diff(place: &Place, more: &[&str]) -> Ran {
    let files = ["diff", "--stable", "a.csv", "--canary", "b.csv"];
    place.run(&files.iter().chain(more).copied().collect::<Vec<_>>())
}

#[test]
fn help_tells_of_the_columns_and_the_exit_codes() {
    insta::assert_snapshot!("help", Place::new("diff-help").run(&["diff", "--help"]).out);
}

#[test]
fn a_pass_and_a_failure_have_codes_and_reasons() {
    let place = Place::new("diff-codes");
    write(&place, 400);
    let failed = diff(&place, &["--tolerance", "0.005"]);
    assert_eq!((failed.code, failed.err.as_str()), (7, ""));
    insta::assert_snapshot!("fail", failed.out);
    for (more, code, says) in [
        (&["--tolerance", "0.1001"][..], 0, "pass: none of 400 pairs differs"),
        (&["--tolerance", "0.005", "--allow", "1%"], 0, "pass: 4 of 400 pairs (1%) differ"),
        (&["--tolerance", "0.005", "--allow", "0.99"], 7, "fail: 4 of 400 pairs (1%) differ"),
        (&["--tolerance", "0"], 7, "fail: 400 of 400 pairs (100%)"),
    ] {
        let ran = diff(&place, more);
        assert_eq!(ran.code, code, "{more:?}: {ran:?}");
        assert!(ran.out.contains(says), "{more:?}: {ran:?}");
    }
}

#[test]
fn a_sample_is_the_same_for_a_seed_and_says_which() {
    let place = Place::new("diff-sample");
    write(&place, 400);
    let sampled =
        |more: &[&str]| diff(&place, &[&["--tolerance", "0.005", "--samples", "50"], more].concat());
    let first = sampled(&[]);
    assert!(first.out.contains("50 of 400 pairs, taken with seed 1"), "{first:?}");
    assert_eq!(first.out, sampled(&["--sampling-seed", "1"]).out);
    let found: Vec<serde_json::Value> = (1..=20)
        .map(|seed| sampled(&["--sampling-seed", &seed.to_string(), "--format", "json"]).json())
        .collect();
    assert!(found.iter().all(|told| told["pairs"] == 400 && told["compared"] == 50), "{found:?}");
    assert!(found.iter().any(|told| told["differ"] != found[0]["differ"]), "every seed takes the same");
}

#[test]
fn programs_get_one_value_with_everything() {
    let place = Place::new("diff-json");
    write(&place, 400);
    for format in ["json", "jsonl"] {
        let told = diff(&place, &["--tolerance", "0.005", "--format", format]).json();
        assert_eq!(
            (&told["pairs"], &told["compared"], &told["differ"]),
            (&400.into(), &400.into(), &4.into())
        );
        assert_eq!((&told["percent"], &told["passed"]), (&"1".into(), &false.into()));
        assert_eq!(told["outliers"].as_array().map(Vec::len), Some(4));
        assert_eq!(told["histogram"].as_array().map(Vec::len), Some(11));
        assert!(told["reported"].is_null() && told["difference"]["median"].is_f64());
    }
}

#[test]
fn every_bad_row_of_a_file_is_named() {
    let place = Place::new("diff-bad");
    place.write("a.csv", "id,value\na,1\n");
    for (text, says) in [
        ("value,id\na,1\n", "b.csv: row 1: the columns are `id,value`"),
        ("id,value\n", "b.csv: row 1: no row follows"),
        ("id,value\na,1\na,2\n", "b.csv: row 3: `a` stands in row 2 already"),
        ("id,value\na,nan\n", "b.csv: row 2: `nan` is not a finite number"),
        ("id,value\r\na,1\r\nb,inf\r\n", "b.csv: row 3: `inf` is not a finite number"),
        ("id,value\na,one\n", "b.csv: row 2: `one` is not a number"),
        ("id,value\na\n", "b.csv: row 2: it has 1 columns of 2"),
        ("id,value\na,1\nb,1\n", "b.csv: row 3: `b` has no partner among the outputs of stable"),
        ("id,value\nb,1\n", "a.csv: row 2: `a` has no partner among the outputs of canary"),
    ] {
        place.write("b.csv", text);
        let ran = diff(&place, &["--tolerance", "1", "--svg", "d.svg"]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{text:?}: {ran:?}");
        assert!(ran.err.contains(says) && ran.err.contains("= help: "), "{text:?}: {ran:?}");
        assert!(!place.path("d.svg").exists(), "{text:?}");
    }
}

#[test]
fn a_bad_argument_is_the_callers() {
    let place = Place::new("diff-arguments");
    write(&place, 4);
    for (more, says) in [
        (&[][..], "--tolerance"),
        (&["--tolerance", "-1"], "a distance is a number from 0"),
        (&["--tolerance", "nan"], "a distance is a number from 0"),
        (&["--tolerance", "inf"], "a distance is a number from 0"),
        (&["--tolerance", "1", "--allow", "0.125%"], "at most two decimals"),
        (&["--tolerance", "1", "--allow", "101%"], "a percentage is 0 to 100"),
        (&["--tolerance", "1", "--samples", "0"], "--samples"),
        (&["--tolerance", "1", "--report", "x-1"], "--figure"),
        (&["--tolerance", "1", "--figure", "x"], "--report"),
        (&["--tolerance", "1", "--stable", "c.csv"], "--stable"),
    ] {
        let ran = diff(&place, more);
        assert_eq!(ran.code, 1, "{more:?}: {ran:?}");
        assert!(ran.err.contains(says), "{more:?}: {ran:?}");
    }
    let none = place.run(&["diff", "--stable", "a.csv", "--canary", "none.csv", "--tolerance", "1"]);
    assert!(none.code == 1 && none.err.contains("none.csv: ") && none.err.contains("--canary"), "{none:?}");
}

#[test]
fn the_picture_is_written_and_a_place_without_room_for_it_is_told() {
    let place = Place::new("diff-svg");
    write(&place, 400);
    let drawn = diff(&place, &["--tolerance", "0.005", "--svg", "d.svg"]);
    assert_eq!(drawn.code, 7, "{drawn:?}");
    insta::assert_snapshot!("svg", std::fs::read_to_string(place.path("d.svg")).unwrap());
    let not = diff(&place, &["--tolerance", "0.2", "--svg", "no/such/d.svg"]);
    assert!(not.code == 1 && not.err.contains("--svg") && not.out.contains("pass: "), "{not:?}");
}

#[test]
fn the_percentage_is_reported_as_a_figure_of_the_plan() {
    let place = Place::new("diff-report");
    write(&place, 400);
    let plan = place.write("compared.yaml", PLAN);
    let mut local = Local::start(&place, &["local", plan.to_str().unwrap(), "--speed", "1000", "--stay"]);
    local.until("canary 10%");
    let endpoint = local.endpoint.clone();
    let report = |figure: &str, more: &[&str]| {
        let fixed = ["--tolerance", "0.005", "--report", "compared-1", "--figure", figure];
        diff(&place, &[&fixed, &["--endpoint", &endpoint][..], more].concat())
    };
    let nobody = report("outputs-differ", &[]);
    assert!(nobody.code == 1 && nobody.err.contains("who acts is not said"), "{nobody:?}");
    let unknown = report("nonsense", &["--as", "lena"]);
    assert!(unknown.code == 1 && unknown.err.contains("asks for no figure nonsense"), "{unknown:?}");
    assert!(unknown.out.contains("fail: 4 of 400 pairs"), "what was found is told anyway: {unknown:?}");

    let told = report("outputs-differ", &["--as", "lena", "--format", "json"]);
    assert_eq!(told.code, 7, "{told:?}");
    assert_eq!(told.json()["reported"]["changed"], true, "{told:?}");
    let log = place.run(&["log", "--endpoint", &endpoint]).out;
    assert!(log.contains("outputs-differ is 1% of 400 samples"), "{log}");
}
