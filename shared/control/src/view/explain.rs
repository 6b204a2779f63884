//! A status in sentences.

use super::Status;
use rollout::words::{Judged, exposed};
use std::fmt::Write;

/// Why it is where it is, what it waits for, and who may act.
pub fn explain(status: &Status) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", headline(status));
    let _ = writeln!(text, "\nWhy: {}", status.why);
    if let Some(rung) = &status.rung {
        let _ = writeln!(text, "     rung {} of 11: {}", rung.number, rung.name);
    }
    list(&mut text, "It waits for", &status.waits_for);
    let open: Vec<String> = status.gates.iter().filter(|gate| gate.verdict != "true").map(line).collect();
    list(&mut text, "Lines of the door that do not hold now", &open);
    let going_on = status.guardrails.iter().filter(|_| status.outcome.is_none());
    let loud = going_on.filter(|rule| rule.state == "fired" || rule.verdict == "true");
    let loud: Vec<String> =
        loud.map(|rule| format!("{} ({}): {}", rule.text, rule.state, rule.figure)).collect();
    list(&mut text, "Guardrails that are true", &loud);
    list(&mut text, "What is off", &status.off);
    list(&mut text, "What comes by itself", &status.later);
    let is_asked = status.answers.review.is_some();
    if !loud.is_empty() || is_asked || matches!(status.phase.as_str(), "paused" | "lowering") {
        let whom: Vec<String> = status.escalate.iter().map(ToString::to_string).collect();
        list(&mut text, "Whom to call, in order", &whom);
    }
    let budgets: Vec<String> = status.budgets.iter().map(spending).collect();
    list(&mut text, "Money of today", &budgets);
    let who: Vec<String> = status.who.iter().map(may).collect();
    list(&mut text, "Who may act", &who);
    if status.outcome.is_none() {
        let id = &status.id;
        let pause = if status.phase == "paused" { String::new() } else { format!("tidegate pause {id}, ") };
        let _ = writeln!(text, "\nAnybody who is known may at any time: {pause}tidegate rollback {id}");
    }
    let promise: Vec<String> = status.promise.iter().map(|(step, span)| format!("{step}: {span}")).collect();
    list(&mut text, "A rollback is promised within", &promise);
    let took =
        status.times.iter().flat_map(|times| &times.steps).map(ToString::to_string).collect::<Vec<_>>();
    list(&mut text, "The last rollback took", &took);
    let links: Vec<String> = status.links.iter().map(|(name, link)| format!("{name}: {link}")).collect();
    list(&mut text, "Where to look", &links);
    text
}

fn headline(status: &Status) -> String {
    let id = &status.id;
    let wanted = status
        .stage
        .as_ref()
        .map(|stage| format!("{stage} at {}", exposed(status.percent.0, &status.cohorts)));
    let given_up = matches!(status.phase.as_str(), "abandoning" | "abandoned");
    let place = match (wanted.filter(|_| !given_up), &status.still) {
        (Some(wanted), None) => format!("in {wanted}"),
        (None, None) => "with nobody exposed".to_owned(),
        (None, Some(still)) if given_up => format!("and may still be in {still}"),
        (wanted, Some(still)) => {
            format!("to {}, and may still be in {still}", wanted.unwrap_or("nobody exposed".to_owned()))
        }
    };
    let bake = match &status.bake {
        Some(bake) if status.outcome.is_none() && status.still.is_none() => {
            let of = bake.min.as_ref().map_or("open".to_owned(), |min| format!("of {min}"));
            format!(", baked {} ({of})", bake.baked)
        }
        Some(_) | None => String::new(),
    };
    let drill = if status.drill { ", a drill," } else { "" };
    format!("{id}{drill} is {} {place}{bake}.", status.phase)
}

fn line(gate: &Judged) -> String {
    format!("{}: {}, {}", gate.text, gate.verdict, gate.figure)
}

fn spending(of: &super::Spending) -> String {
    let spent = of.spent.as_ref().map_or("not known".to_owned(), |spent| format!("${spent}"));
    let off = if of.off.is_empty() { String::new() } else { format!("; off: {}", of.off.join(", ")) };
    let untold = of.untold.as_ref().map_or(String::new(), |why| format!("; not all of it is known: {why}"));
    format!("{}: {spent} of ${} on {}{off}{untold}", of.name, of.cap, of.day)
}

fn may(may: &super::May) -> String {
    let who = may.role.as_deref().unwrap_or(may.needs.words());
    let members =
        if may.members.is_empty() { String::new() } else { format!(" ({})", may.members.join(", ")) };
    format!("{who}{members}: {}", may.command)
}

fn list(text: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{title}:");
    for line in lines {
        let _ = writeln!(text, "  - {line}");
    }
}
