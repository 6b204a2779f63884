//! The schema of the plan language: what editors are told agrees with what the loader reads.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it did not expect"
)]

use jsonschema::Validator;
use rollout::plan::{load, schema};
use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};
use std::{fs, path::PathBuf};

fn root(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// What `tidegate schema` prints.
fn printed() -> String {
    serde_json::to_string_pretty(&schema()).unwrap() + "\n"
}

fn validator() -> Validator {
    let schema = serde_json::to_value(schema()).unwrap();
    jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|why| panic!("no schema: {why}"));
    jsonschema::draft202012::new(&schema).unwrap()
}

/// What an editor sees in a YAML file: the core schema of YAML 1.2.
fn json_of(text: &str) -> Value {
    let mut events = Parser::new_from_str(text)
        .map(|event| event.unwrap().0)
        .filter(|event| !matches!(event, Event::Nothing | Event::StreamStart | Event::DocumentStart(_)));
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
    let files =
        files.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "yaml"));
    files.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_file_in_the_repository_is_what_the_program_prints() {
    let file = root("docs/plan.schema.json");
    let printed = printed();
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
/// A good plan, and what makes it a bad one: the transcript of the language's own tests.
const EXAMPLE: &str = include_str!("../../shared/rollout/tests/language/example.yaml");
const BAD: &str = include_str!("../../shared/rollout/tests/language/bad.txt");

/// What the loader says where an editor can see it, too: a wrong key, a missing one, another thing than belongs there.
const VISIBLE: [&str; 14] = [
    " has no key `",
    " needs `",
    " is a list, not ",
    " is a mapping, not ",
    " is none of ",
    " is neither `true` nor `false`",
    " is not a date",
    " is not a method",
    " is not a duration",
    " is not the name of a plan",
    " is not the name of a metric of the source",
    "unknown unit ",
    "unknown stat ",
    "a guardrail watches one kind of thing",
];

#[test]
fn what_an_editor_can_see_is_wrong_is_marked() {
    let validator = validator();
    let mut marked = 0;
    for line in BAD.lines().filter(|line| !line.starts_with(['#', ' '])) {
        let Some((old, new)) = line.split_once(" =>") else { continue };
        let new = new.strip_prefix(' ').unwrap_or(new).replace("\\n", "\n");
        let text = EXAMPLE.replacen(old, &new, 1);
        let Err(problems) = load("example.yaml", &text) else { continue };
        if problems.found.iter().any(|one| VISIBLE.iter().any(|words| one.what.contains(words))) {
            assert!(
                !validator.is_valid(&json_of(&text)),
                "the schema takes what the loader refuses:\n{problems}"
            );
            marked += 1;
        }
    }
    assert!(marked > 25, "only {marked} bad plans were looked at");
}

#[test]
fn every_key_of_the_schema_is_one_that_the_loader_reads() {
    let (whole, rich) = (serde_json::to_value(schema()).unwrap(), json_of(RICH));
    let wrong: Vec<String> =
        validator().iter_errors(&rich).map(|wrong| format!("{}: {wrong}", wrong.instance_path())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (table, key) in keys(&whole) {
        let mut without = whole.clone();
        without.pointer_mut(&format!("{table}/properties")).unwrap().as_object_mut().unwrap().remove(&key);
        let validator = jsonschema::draft202012::new(&without).unwrap();
        assert!(!validator.is_valid(&rich), "schema/rich.yaml has no `{key}` of {table}");
    }
    // The loader finds nothing but what it does not obey yet.
    let found = load("rich.yaml", RICH).map_or_else(|problems| problems.found, |_| vec![]);
    let other: Vec<&String> =
        found.iter().map(|one| &one.what).filter(|what| !what.contains("is not built yet")).collect();
    assert!(other.is_empty(), "{other:#?}");
}

/// Every key of the language, with the place in the schema of the mapping that it stands in.
fn keys(schema: &Value) -> Vec<(String, String)> {
    let tables = schema["$defs"].as_object().unwrap().keys().map(|name| format!("/$defs/{name}"));
    let keys = |table: String| {
        let properties = schema.pointer(&format!("{table}/properties")).and_then(Value::as_object);
        properties.into_iter().flatten().map(move |(key, _)| (table.clone(), key.clone())).collect::<Vec<_>>()
    };
    tables.chain([String::new()]).flat_map(keys).collect()
}

/// The page of the language with its tables made anew: prose is by hand, what a key is for is said once.
fn page(old: &str, schema: &Value) -> String {
    let mut page = String::new();
    let mut skipping = false;
    for line in old.lines() {
        skipping &= line != "<!-- end -->";
        if !skipping {
            page.push_str(line);
            page.push('\n');
        }
        let mark = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->")).unwrap_or_default();
        let table = match mark.strip_prefix("keys: ") {
            Some(name) => keys_of(name, schema),
            None if mark == "forms" => forms(schema),
            None => continue,
        };
        page.push_str(&table);
        skipping = true;
    }
    page
}

fn keys_of(name: &str, schema: &Value) -> String {
    let table = if name == "plan" { schema } else { &schema["$defs"][name] };
    let needed: Vec<&str> =
        table["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let rows = in_order(name).into_iter().map(|key| {
        let must = if needed.contains(&key.as_str()) { " (needed)" } else { "" };
        format!("| `{key}`{must} | {} |\n", table["properties"][&key]["description"].as_str().unwrap())
    });
    format!("\n| key | |\n|---|---|\n{}\n", rows.collect::<String>())
}

/// The keys of a mapping in the order of the schema's text, which is that of its readers.
fn in_order(name: &str) -> Vec<String> {
    let text = printed();
    let (plan, others) = text.split_once("\n  \"$defs\": {").unwrap();
    let table =
        if name == "plan" { plan } else { others.split_once(&format!("\n    \"{name}\": {{")).unwrap().1 };
    let depth = if name == "plan" { 2 } else { 6 };
    let margin = format!("\n{:depth$}", "");
    let (_, keys) = table.split_once(&format!("{margin}\"properties\": {{")).unwrap();
    let (keys, _) = keys.split_once(&format!("{margin}}}")).unwrap();
    let key = format!("{margin}  \"");
    let begins = keys.split(&key).skip(1);
    begins.map(|key| key.split('"').next().unwrap().to_owned()).collect()
}

/// Texts with a form of their own.
fn forms(schema: &Value) -> String {
    let forms = schema["$defs"].as_object().unwrap().iter().filter(|(_, form)| form["examples"].is_array());
    let rows = forms.map(|(name, form)| {
        let examples: Vec<String> = form["examples"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("`{}`", one.as_str().unwrap()))
            .collect();
        let about = form["description"].as_str().unwrap().replace('|', "\\|");
        format!("| {name} | {about} | {} |\n", examples.join("<br>"))
    });
    format!("\n| form | | such as |\n|---|---|---|\n{}\n", rows.collect::<String>())
}

#[test]
fn the_page_of_the_language_has_every_key() {
    let file = root("docs/language.md");
    let old = fs::read_to_string(&file).unwrap();
    let schema = serde_json::to_value(schema()).unwrap();
    let page = page(&old, &schema);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&file, &page).unwrap();
    }
    for (table, key) in keys(&schema) {
        let mark = format!(
            "<!-- keys: {} -->",
            table.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("plan")
        );
        assert!(page.contains(&mark), "docs/language.md has no place {mark} for `{key}`");
    }
    assert!(fs::read_to_string(&file).unwrap() == page, "BLESS=1 cargo test -p tests --test schema");
}
