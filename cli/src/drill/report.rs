//! What drills came to, beside what the plan promises.

use control::view::{Status, Times, Took};
use serde::Serialize;
use std::fmt::Write;

/// One drill.
#[derive(Serialize)]
pub(super) struct Drill {
    /// Its rollout.
    id: String,
    /// By what.
    set_off_by: String,
    times: Times,
    /// No promise was missed.
    kept: bool,
}

/// Several of them.
#[derive(Serialize)]
pub(super) struct Report {
    drills: Vec<Drill>,
    /// Each step over all of them.
    steps: Vec<Spread>,
    /// No promise was missed in any.
    pub(super) kept: bool,
}

/// How long a step took, in milliseconds.
#[derive(Serialize)]
struct Spread {
    step: String,
    min: u64,
    median: u64,
    p99: u64,
    promised: Option<String>,
    /// So often it took longer.
    missed: usize,
}

impl Drill {
    /// Of a rollout that is over; none when it was not taken back.
    pub(super) fn of(status: &Status, alarm: Option<&str>) -> Option<Drill> {
        let times = status.times.clone().filter(|_| status.outcome.as_deref() == Some("rolled-back"))?;
        let set_off_by = alarm.map_or("hand".to_owned(), |alarm| format!("alarm {alarm}"));
        let kept = !times.steps.iter().any(|step| step.missed);
        Some(Drill { id: status.id.clone(), set_off_by, times, kept })
    }

    fn table(&self) -> String {
        let Times { began, detected, decided, applied, verified, steps } = &self.times;
        let took = |name: &str| steps.iter().find(|step| step.step == name);
        let mut text = format!("{}, a drill, set off by {}\n", self.id, self.set_off_by);
        line(&mut text, "STEP", "AT", "TOOK", "PROMISED", "");
        for (step, at, took) in [
            ("breach began", began.as_ref(), None),
            ("detected", Some(detected), took("detect")),
            ("decided", Some(decided), took("decide")),
            ("applied", applied.as_ref(), took("apply")),
            ("verified", verified.as_ref(), took("verify")),
            ("all of it", None, took("rollback").or(took("by_hand"))),
        ] {
            let at = at.map_or("-", String::as_str);
            let (span, promised, kept) = took.map_or(("-", "-", ""), |took| {
                (took.took.as_str(), took.promised.as_deref().unwrap_or("-"), kept(took))
            });
            line(&mut text, step, at, span, promised, kept);
        }
        text
    }
}

fn kept(took: &Took) -> &'static str {
    match (took.promised.is_some(), took.missed) {
        (false, _) => "",
        (true, false) => "kept",
        (true, true) => "MISSED",
    }
}

fn line(text: &mut String, step: &str, at: &str, took: &str, promised: &str, kept: &str) {
    let line = format!("{step:<14}{at:<26}{took:>10}  {promised:>8}  {kept}");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", line.trim_end());
}

impl Report {
    pub(super) fn of(drills: Vec<Drill>) -> Report {
        let mut names: Vec<&str> = vec![];
        for step in drills.iter().flat_map(|drill| &drill.times.steps) {
            if !names.contains(&step.step.as_str()) {
                names.push(&step.step);
            }
        }
        let steps = names.iter().filter_map(|name| spread(name, &drills)).collect();
        let kept = drills.iter().all(|drill| drill.kept);
        Report { steps, kept, drills }
    }

    pub(super) fn text(&self) -> String {
        let promises = || self.steps.iter().any(|step| step.promised.is_some());
        let verdict = match (self.kept, promises()) {
            (_, false) => "taken back; the plan promises nothing of it",
            (true, true) => "taken back, and every promise was kept",
            (false, true) => "taken back, and a promise was MISSED",
        };
        if let [drill] = self.drills.as_slice() {
            return format!("{}{verdict}", drill.table());
        }
        let mut text = format!("{} drills\n", self.drills.len());
        let row = |cells: [&str; 6]| {
            let [step, min, median, p99, promised, missed] = cells;
            format!("{step:<10}{min:>10}{median:>10}{p99:>10}  {promised:>8}  {missed}").trim_end().to_owned()
        };
        let _ = writeln!(text, "{}", row(["STEP", "MIN", "MEDIAN", "P99", "PROMISED", "MISSED"]));
        for Spread { step, min, median, p99, promised, missed } in &self.steps {
            let [min, median, p99] = [min, median, p99].map(|millis| format!("{millis}ms"));
            let missed = promised.as_ref().map_or(String::new(), |_| missed.to_string());
            let (name, promised) = (step.replace('_', " "), promised.as_deref().unwrap_or("-"));
            let _ = writeln!(text, "{}", row([&name, &min, &median, &p99, promised, &missed]));
        }
        format!("{text}{verdict}")
    }
}

fn spread(name: &str, drills: &[Drill]) -> Option<Spread> {
    let all = drills.iter().flat_map(|drill| &drill.times.steps).filter(|step| step.step == name);
    let all: Vec<&Took> = all.collect();
    let mut millis: Vec<u64> = all.iter().map(|took| took.millis).collect();
    millis.sort_unstable();
    let of_a_hundred = |part: usize| {
        // The smallest value that so many of a hundred do not pass.
        let nth = (millis.len() * part).div_ceil(100).max(1);
        millis.get(nth - 1).copied()
    };
    Some(Spread {
        step: name.to_owned(),
        min: *millis.first()?,
        median: of_a_hundred(50)?,
        p99: of_a_hundred(99)?,
        promised: all.iter().find_map(|took| took.promised.clone()),
        missed: all.iter().filter(|took| took.missed).count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drill(millis: u64) -> Drill {
        let took = Took {
            step: "by_hand".to_owned(),
            took: format!("{millis}ms"),
            seconds: millis / 1_000,
            millis,
            promised: Some("1s".to_owned()),
            missed: millis > 1_000,
        };
        let at = "2026-01-01T00:00:00Z".to_owned();
        let times = Times {
            began: None,
            detected: at.clone(),
            decided: at.clone(),
            applied: Some(at.clone()),
            verified: Some(at),
            steps: vec![took],
        };
        Drill { id: "one-1".to_owned(), set_off_by: "hand".to_owned(), times, kept: millis <= 1_000 }
    }

    #[test]
    fn a_distribution_names_values_that_were_measured_and_counts_what_was_missed() {
        let report = Report::of((1..=100).map(|nth| drill(nth * 11)).collect());
        let [step] = report.steps.as_slice() else { panic!("one step") };
        assert_eq!((step.min, step.median, step.p99, step.missed), (11, 550, 1_089, 10));
        assert!(!report.kept && report.text().contains("MISSED"), "{}", report.text());
    }

    #[test]
    fn one_drill_is_a_table_of_its_steps() {
        let text = Report::of(vec![drill(40)]).text();
        assert!(
            text.contains("all of it") && text.contains("kept") && text.contains("breach began"),
            "{text}"
        );
        assert!(text.ends_with("every promise was kept"), "{text}");
    }
}
