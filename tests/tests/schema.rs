//! The schema of the plan language: what editors are told agrees with what the loader reads.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use jsonschema::Validator;
use rollout::plan::{load, schema};
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};
use std::{fs, path::PathBuf};

fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn validator() -> Validator {
    let schema = serde_json::to_value(schema()).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|why| panic!("no schema: {why}"));
    jsonschema::draft202012::new(&schema).unwrap()
}

/// What an editor sees in a YAML file: the core schema of YAML 1.2.
fn json_of(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0).filter(|event| {
        !matches!(event, Event::Nothing | Event::StreamStart | Event::DocumentStart(_))
    });
    let first = events.next().unwrap();
    value(first, &mut events)
}

fn value<'a>(event: Event<'a>, rest: &mut impl Iterator<Item = Event<'a>>) -> Value {
    match event {
        Event::Scalar(text, ScalarStyle::Plain, ..) => plain(&text),
        Event::Scalar(text, ..) => Value::String(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut items = vec![];
            loop {
                match rest.next().unwrap() {
                    Event::SequenceEnd => return Value::Array(items),
                    item => items.push(value(item, rest)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut entries = Map::new();
            loop {
                let Event::Scalar(key, ..) = rest.next().unwrap() else { return Value::Object(entries) };
                let event = rest.next().unwrap();
                entries.insert(key.into_owned(), value(event, rest));
            }
        }
        other => panic!("{other:?} in a plan"),
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        number if number.parse::<f64>().is_ok() && !number.starts_with(['i', 'n', 'I', 'N']) => {
            number.parse::<u64>().map_or_else(|_| json!(number.parse::<f64>().unwrap()), Value::from)
        }
        text => text.into(),
    }
}

/// Every plan of the project.
fn plans() -> Vec<(PathBuf, String)> {
    let folders = ["plans", "tests/scenarios/plans", "cli/tests/plans"];
    let files = folders.into_iter().flat_map(|folder| fs::read_dir(root(folder)).unwrap());
    let files = files.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "yaml"));
    files.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_file_in_the_repository_is_what_the_program_prints() {
    let file = root("docs/plan.schema.json");
    let printed = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &printed).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == printed, "cargo run -- schema > docs/plan.schema.json");
}

#[test]
fn what_the_loader_reads_the_schema_allows() {
    let validator = validator();
    let mut seen = 0;
    for (path, text) in plans() {
        if load("plan.yaml", &text).is_err() {
            continue;
        }
        seen += 1;
        let plan = json_of(&text);
        let wrong: Vec<String> =
            validator.iter_errors(&plan).map(|wrong| format!("{}: {wrong}", wrong.instance_path())).collect();
        assert!(wrong.is_empty(), "{}:\n{}", path.display(), wrong.join("\n"));
    }
    assert!(seen > 10, "only {seen} plans were looked at");
}

#[test]
fn whatever_may_be_written_has_a_word_that_says_what_it_is_for() {
    fn check(schema: &Value, path: &str) {
        for (key, under) in schema["properties"].as_object().into_iter().flatten() {
            let about = under["description"].as_str().unwrap_or_default();
            assert!(about.len() > 5 && about.ends_with('.'), "{path}/{key}: {about:?}");
        }
        for (name, under) in schema["$defs"].as_object().into_iter().flatten() {
            check(under, &format!("{path}/{name}"));
            let is_form = under.get("pattern").is_some();
            assert!(!is_form || under["description"].is_string(), "{name}");
        }
    }
    check(&serde_json::to_value(schema()).unwrap(), "");
}

/// A plan in which everything that may be written is.
const RICH: &str = include_str!("schema/rich.yaml");

/// Each line of the file, with what is written instead of a part of it: refused by the loader and by the schema.
const WRONG: &str = include_str!("schema/wrong.txt");

#[test]
fn what_an_editor_can_see_is_wrong_is_marked() {
    let validator = validator();
    let rich = json_of(RICH);
    let wrong: Vec<String> =
        validator.iter_errors(&rich).map(|wrong| format!("{}: {wrong}", wrong.instance_path())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for line in WRONG.lines().filter(|line| !line.starts_with('#')) {
        let (right, wrong) = line.split_once(" => ").unwrap_or_else(|| panic!("{line}"));
        assert_eq!(RICH.matches(right).count(), 1, "{right:?} stands once in the plan");
        let text = RICH.replacen(right, wrong, 1);
        assert!(load("plan.yaml", &text).is_err(), "the loader takes {wrong:?}");
        assert!(!validator.is_valid(&json_of(&text)), "the schema takes {wrong:?}");
    }
}

#[test]
fn every_key_of_the_schema_is_one_that_the_loader_knows() {
    let schema = serde_json::to_value(schema()).unwrap();
    let mut keys: Vec<String> = vec![];
    let tables = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for table in tables {
        keys.extend(table["properties"].as_object().into_iter().flatten().map(|(key, _)| key.clone()));
    }
    let missing: Vec<&String> = keys.iter().filter(|key| !RICH.contains(&format!("{key}:"))).collect();
    assert!(missing.is_empty(), "not in schema/rich.yaml: {missing:?}");
    if let Err(problems) = load("rich.yaml", RICH) {
        let unknown: Vec<String> = problems.found.iter().map(|one| one.what.clone()).filter(|what| what.contains("has no key")).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
