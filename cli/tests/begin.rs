//! A first plan: written once, well for the loader, and it runs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

#[expect(dead_code, reason = "each test file uses its own part of what they share")]
mod common;

use common::Place;
use std::fs;

#[test]
fn a_first_plan_is_well_and_runs_to_its_end() {
    let place = Place::new("init");
    for (arguments, file) in [
        (&["init", "--function", "search-service"][..], "search-service.yaml"),
        (&["init", "mine.yaml", "--function", "f", "--name", "search", "--variable", "SHARE"], "mine.yaml"),
        (
            &[
                "init",
                "full.yaml",
                "--function",
                "arn:aws:lambda:eu-west-1:123456789012:function:api",
                "--stages",
                "1,10,50,100",
                "--owner",
                "lena",
                "--error-metric",
                "Api/Errors",
            ],
            "full.yaml",
        ),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.out.contains(&format!("tidegate check {file}")), "{ran:?}");
        let checked = place.run(&["check", file, "--format", "json"]);
        assert_eq!((checked.code, checked.json()), (0, serde_json::json!([])), "{file}");
        let simulated = place.run(&["simulate", file, "--auto-approve", "--format", "json"]);
        assert_eq!(simulated.code, 0, "{simulated:?}");
        assert!(simulated.out.contains("\"completed\""), "{simulated:?}");
    }
}

#[test]
fn an_editor_finds_the_language_beside_a_first_plan() {
    let place = Place::new("init-schema");
    fs::create_dir(place.path("mine")).unwrap();
    let ran = place.run(&["init", "--function", "search", "mine/search.yaml"]);
    assert!(ran.out.contains("tidegate schema > mine/plan.schema.json"), "{ran:?}");
    let written = fs::read_to_string(place.path("mine/search.yaml")).unwrap();
    assert_eq!(written.lines().next(), Some("# yaml-language-server: $schema=plan.schema.json"));
    for format in [&["schema"][..], &["schema", "--format", "json"]] {
        assert_eq!(place.run(format).out, include_str!("../../docs/plan.schema.json"));
    }
}

#[test]
fn a_file_that_is_there_is_left_as_it_is() {
    let place = Place::new("init-twice");
    place.write("search.yaml", "mine");
    let ran = place.run(&["init", "--function", "search"]);
    assert!(ran.code == 1 && ran.err.contains("search.yaml is there already"), "{ran:?}");
    assert_eq!(fs::read_to_string(place.path("search.yaml")).unwrap(), "mine");
    let ran = place.run(&["init", "--function", "search", "other.yaml", "--format", "json"]);
    assert_eq!(ran.json(), serde_json::json!({ "file": "other.yaml", "name": "search" }));
    // A folder that is missing is made.
    let ran = place.run(&["init", "--function", "search", "plans/new/search.yaml"]);
    assert!(ran.code == 0 && place.path("plans/new/search.yaml").exists(), "{ran:?}");
}

#[test]
fn what_makes_no_plan_is_refused_in_the_words_of_the_loader_and_nothing_is_written() {
    let place = Place::new("init-bad");
    for (arguments, says) in [
        (&["--stages", "5,25,100"][..], "say --function NAME"),
        (&["--function", "f", "--stages", "50,5"], "no list of growing percentages such as 5,25,100"),
        (&["--function", "f", "--variable", "AWS_REGION"], "the variable `AWS_REGION` is reserved"),
        (&["--function", "f", "--name", "My Plan"], "`My Plan` is not the name of a plan"),
        (&["--function", "f", "--owner", "Lena K."], "is not the name of a person"),
        (&["--function", "f", "--error-metric", "Errors"], "Namespace/Name"),
        (&["--function", "no such fn!!"], "is neither the name nor the ARN of a function"),
    ] {
        let ran = place.run(&[&["init"], arguments].concat());
        assert!(ran.code == 1 && ran.err.contains(says), "{ran:?}");
    }
    assert_eq!(fs::read_dir(place.path("")).unwrap().count(), 0);
}
