//! A simulation as people read it: a line an event, then where it ended, then what the functions say.

use control::simulate::{Percent, Simulated, Told, clock, few};
use rollout::{plan::Plan, target::MARK, words::exposed};
use std::collections::BTreeMap;

/// Longer lines are folded.
const WIDTH: usize = 120;
/// Of a longer value only the beginning is shown; a mark is shorter.
const VALUE_MAX: usize = 200;
/// Doors that act by themselves: no line says so.
const DOORS: [&str; 3] = ["evaluate", "advance", "probe"];

/// Tells a simulation under the sentence that says what it shows, without so many entries at its beginning.
pub fn transcript(shows: &str, plan: &Plan, simulated: &Simulated, skipped: usize) -> String {
    let mut lines = folded("", shows);
    lines.push(String::new());
    if skipped > 0 {
        lines.push(format!("    ... {skipped} entries before"));
    }
    lines.extend(simulated.told.iter().skip(skipped).flat_map(event));
    let ending = &simulated.ending;
    lines.push(String::new());
    lines.push(format!("outcome  {} at {}", ending.outcome, clock(ending.at).trim_start()));
    lines.push(format!("stage    {}", place(ending.stage.as_deref(), ending.percent, &ending.cohorts)));
    lines.extend(folded("why      ", &ending.reason));
    for (function, environment) in &simulated.environments {
        lines.push(String::new());
        lines.push(format!("{function} says"));
        lines.extend(variables(plan, function, environment));
    }
    lines.join("\n") + "\n"
}

fn event(told: &Told) -> Vec<String> {
    let by = if DOORS.contains(&told.by.as_str()) { String::new() } else { format!(" [{}]", told.by) };
    let place = place(told.stage.as_deref(), told.percent, &few(&told.cohorts));
    let head = format!("{}  {:<15}  {place:<18}  ", clock(told.at), told.event);
    folded(&head, &format!("{}{by}", told.reason))
}

fn place(stage: Option<&str>, percent: Percent, cohorts: &[String]) -> String {
    stage.map_or("-".to_owned(), |stage| format!("{stage} {}", exposed(percent.0, cohorts)))
}

/// What the plan manages, the mark, and what is somebody else's.
fn variables(plan: &Plan, function: &str, environment: &BTreeMap<String, String>) -> Vec<String> {
    let is_of = |name: &str| function == name || function.starts_with(&format!("{name}:"));
    let set = plan.targets.iter().find(|target| is_of(&target.function)).map(|target| &target.set);
    let is_managed = |name: &String| set.is_some_and(|set| set.contains_key(name));
    let whose = |name: &String| match (is_managed(name), name == MARK) {
        (true, _) => (0, "managed"),
        (false, true) => (1, "mark"),
        (false, false) => (2, "foreign"),
    };
    let mut lines: Vec<_> = environment.iter().map(|(name, value)| (whose(name), name, value)).collect();
    lines.extend(set.iter().flat_map(|set| set.keys()).filter(|name| !environment.contains_key(*name)).map(
        |name| {
            const ABSENT: &String = &String::new();
            (whose(name), name, ABSENT)
        },
    ));
    lines.sort();
    let tell = |((_, whose), name, value): (_, &String, &String)| {
        let said = if environment.contains_key(name) { cut(value) } else { "(absent)".to_owned() };
        folded(&format!("  {whose:<8} {name}="), &said)
    };
    lines.into_iter().flat_map(tell).collect()
}

/// The beginning of a long value.
fn cut(value: &str) -> String {
    let length = value.chars().count();
    if length <= VALUE_MAX {
        return value.to_owned();
    }
    let begin: String = value.chars().take(VALUE_MAX).collect();
    format!("{begin}... ({length} characters)")
}

/// Behind a head, in lines that are short enough to read; the next begin where the first did.
fn folded(head: &str, text: &str) -> Vec<String> {
    let indent = head.chars().count();
    let room = WIDTH.saturating_sub(indent);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let used = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(line) if used == 0 => line.push_str(word),
            Some(line) if used + 1 + word.chars().count() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let begin = |at| if at == 0 { head.to_owned() } else { " ".repeat(indent) };
    let line = |(at, line): (usize, String)| format!("{}{line}", begin(at)).trim_end().to_owned();
    lines.into_iter().enumerate().map(line).collect()
}
