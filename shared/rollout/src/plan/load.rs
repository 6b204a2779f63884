//! From the text of a plan to a [`Plan`] in which nothing is left to be looked up, defaulted or doubted.
//!
//! Every reader reports what is wrong and goes on with what is left, so that a person sees all problems at once.
//! A plan comes out only when there are none.

mod actions;
mod budgets;
mod checks;
mod cohorts;
mod conditions;
mod doors;
mod fields;
mod freeze;
mod keys;
mod metrics;
mod people;
mod rules;
mod schema;
mod series;
mod sources;
mod stages;
mod targets;
mod units;
mod unknown;

use super::{
    OnNewCode, Plan, Problem, Problems,
    check::{About, warnings},
    parse, yaml,
    yaml::{Node, Place},
};
pub use schema::{Schema, schema};

use conditions::Book;
use doors::Door;
use fields::{Fields, integer, label, strings, text, word};

/// A plan without a problem, and what is unwise about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The plan.
    pub plan: Plan,
    /// Legal but unwise.
    pub warnings: Vec<Problem>,
}

/// The version of the language that this program reads.
const LANGUAGE: u64 = 1;
/// Characters of the name of a plan or of a stage.
const LONGEST_NAME: usize = 63;

/// Reads a plan; `file` is its name, for people.
///
/// # Errors
/// All problems of the file at once, in the order of their places.
pub fn load(file: &str, text: &str) -> Result<Loaded, Problems> {
    let mut found = Vec::new();
    let loaded = yaml::read(text, &mut found).and_then(|root| plan(&root, &mut found));
    match loaded {
        Some((plan, places)) if found.is_empty() => {
            let mut warnings: Vec<Problem> = warnings(&plan).iter().map(|w| places.problem(w)).collect();
            sort(&mut warnings);
            Ok(Loaded { plan, warnings })
        }
        Some(_) | None => {
            sort(&mut found);
            Err(Problems { file: file.to_owned(), text: text.to_owned(), found })
        }
    }
}

fn sort(problems: &mut Vec<Problem>) {
    problems.sort_by(|a, b| (a.line, a.column, &a.what).cmp(&(b.line, b.column, &b.what)));
    problems.dedup();
}

/// Where the parts of a plan stand, for warnings about it.
struct Places {
    start: Place,
    conditions: Vec<Place>,
    rules: Vec<Place>,
    stages: Vec<Place>,
    budgets: Vec<Place>,
    promise: Place,
}

impl Places {
    fn problem(&self, warning: &super::check::Warning) -> Problem {
        let place = match warning.about {
            About::Plan => Some(&self.start),
            About::Promise => Some(&self.promise),
            About::Condition(id) => self.conditions.get(usize::from(id.0)),
            About::Rule(id) => self.rules.get(usize::from(id.0)),
            About::Stage(index) => self.stages.get(index.at()),
            About::Budget(id) => self.budgets.get(usize::from(id.0)),
        };
        let place = place.copied().unwrap_or(Place::START);
        Problem { fatal: false, ..place.problem(warning.what.clone(), warning.help.clone()) }
    }
}

/// Reads the whole document; what it returns is whole only if nothing was found.
fn plan(root: &Node, found: &mut Vec<Problem>) -> Option<(Plan, Places)> {
    let fields = Fields::of(root, "a plan", &keys::PLAN, found)?;
    version(&fields, found);
    let name = fields.need("name", found).and_then(|node| plan_name(node, found)).unwrap_or_default();
    let people = people::read(&fields, found);
    let pauses = choice(&fields, "code", ["restart", "pause"], found) == 1;
    let on_new_code = if pauses { OnNewCode::Pause } else { OnNewCode::Restart };
    let features = fields.get("features").map_or_else(Vec::new, |node| names(node, "a feature", found));
    let cohorts = cohorts::read(&fields, &features, found);
    let targets = targets::read(&fields, &features, &cohorts, found);
    let mut measures = metrics::read(&fields, found);
    let (checks, known_checks) = checks::read(&fields, found);
    let outline = stages::outline(&fields, &features, &cohorts, found);
    let scope = stages::Scope {
        people: &people.people,
        features: &features,
        cohorts: &cohorts,
        checks: &known_checks,
        stages: &outline,
    };
    let (budgets, budget_places) = scope.budgets(&fields, &mut measures, found);
    let mut book = Book::new(&measures);
    let gates = fields.get("gates").map_or_else(Door::default, |node| scope.door(node, &mut book, found));
    let mut rules = scope.rules(&fields, &mut book, found);
    let stages = scope.stages(&gates, &people.owner, &mut book, &mut rules, found);
    let Book { conditions, places, spreads, .. } = book;
    series::spread(&mut measures, &spreads, found);
    let plan = Plan {
        name,
        owner: people.owner,
        timezone: people.timezone,
        links: people.links,
        people: people.people,
        escalate: people.escalate,
        respond: people.respond,
        notify: people.notify,
        promise: people.promise,
        targets: targets.targets,
        series: measures.table.series,
        dimensions: measures.dimensions,
        metrics: measures.metrics,
        budgets,
        version: fields.get("version").and_then(|node| text(node, found)),
        features,
        cohorts,
        checks,
        freeze: freeze::read(&fields, found),
        conditions,
        rules: rules.rules,
        stages: stages.stages,
        self_approval: choice(&fields, "self_approval", ["barred", "allowed"], found) == 1,
        on_new_code,
        drill: false,
        recalled: super::Recalled::default(),
    };
    let places = Places {
        start: root.place,
        conditions: places,
        rules: rules.places,
        stages: stages.places,
        budgets: budget_places,
        promise: fields.get("promise").map_or(root.place, |node| node.place),
    };
    across(&plan, &stages.doors, &places, targets.place, found);
    Some((plan, places))
}

/// Checks across the parts, which would only repeat what is wrong with one of them.
fn across(plan: &Plan, doors: &[(Door, Door)], places: &Places, targets: Place, found: &mut Vec<Problem>) {
    if found.is_empty() {
        doors::check(plan, doors, &places.rules, found);
        targets::check_size(plan, targets, found);
    }
}

fn version(fields: &Fields<'_>, found: &mut Vec<Problem>) {
    let Some(node) = fields.need("tidegate", found) else { return };
    if let Some(version) = integer(node, found).filter(|version| *version != LANGUAGE) {
        let what = format!("this program does not read version {version} of the language");
        found.push(node.place.problem(what, Some(format!("write `tidegate: {LANGUAGE}`"))));
    }
}

/// Which of two words stands under a key; the first is the default.
fn choice(fields: &Fields<'_>, key: &str, words: [&str; 2], found: &mut Vec<Problem>) -> usize {
    fields.get(key).and_then(|node| word(node, &words, found)).unwrap_or(0)
}

/// `[a-z][a-z0-9-]*`, at most 63.
fn plan_name(node: &Node, found: &mut Vec<Problem>) -> Option<String> {
    let name = text(node, found)?;
    if parse::is_label(&name) && !name.contains('_') && name.len() <= LONGEST_NAME {
        return Some(name);
    }
    let help = format!("lower-case letters, digits and `-`, a letter first, at most {LONGEST_NAME}");
    found.push(node.place.problem(format!("`{name}` is not the name of a plan"), Some(help)));
    None
}

/// A list of different labels.
fn names(node: &Node, what: &str, found: &mut Vec<Problem>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for item in strings(node, found) {
        let Some(name) = label(item, what, found) else { continue };
        if names.contains(&name) {
            found.push(
                item.place
                    .problem(format!("`{name}` is written twice"), Some("leave one of them out".to_owned())),
            );
        } else {
            names.push(name);
        }
    }
    names
}
