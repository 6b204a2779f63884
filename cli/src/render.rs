//! A status as lines: the same in a live panel, on a plain terminal and without colour.

use control::view::{Baking, Guardrail, Place, Status};
use ratatui::{
    style::{Color, Modifier, Style},
    text::{Line, Span},
};
use rollout::{
    plan::Plan,
    time,
    units::StageIndex,
    words::{Judged, exposed},
};
use std::io::IsTerminal;

/// A reason that is longer than this is cut.
const WHY_LINES: usize = 3;
/// Headline, stages, reason, bake, two commands and two titles.
const HEAD_LINES: usize = 6 + WHY_LINES;
/// The bar of a bake, in characters.
const BAR: usize = 30;
/// Beside a figure a text is cut to two fifths of the width: to so much at least, and at most.
const TEXT_WIDTH: (usize, usize) = (24, 48);

/// How a line of a list stands. The words come first: colour only repeats them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Ok,
    No,
    Bad,
    Unknown,
    Off,
}

impl Mark {
    fn span(self) -> Span<'static> {
        let (word, colour) = match self {
            Mark::Ok => (" ok ", Color::Green),
            Mark::No => (" no ", Color::Yellow),
            Mark::Bad => (" !! ", Color::Red),
            Mark::Unknown => (" ?? ", Color::Yellow),
            Mark::Off => (" -- ", Color::DarkGray),
        };
        Span::styled(word, Style::new().fg(colour))
    }

    fn gate(gate: &Judged) -> Mark {
        match gate.verdict.as_str() {
            "true" => Mark::Ok,
            "false" => Mark::No,
            _ => Mark::Unknown,
        }
    }

    fn guardrail(rule: &Guardrail) -> Mark {
        match (rule.state.as_str(), rule.verdict.as_str()) {
            ("not in force", _) => Mark::Off,
            ("fired", _) | (_, "true") => Mark::Bad,
            (_, "false") => Mark::Ok,
            (_, _) => Mark::Unknown,
        }
    }
}

/// All of it, without colour.
pub(crate) fn text(status: &Status) -> String {
    let plain = |line: &Line<'_>| line.spans.iter().map(|span| span.content.as_ref()).collect::<String>();
    panel(status, usize::MAX, usize::MAX)
        .iter()
        .map(|line| plain(line).trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The lines that a plan's panel needs at most.
pub(crate) fn height(plan: &Plan) -> usize {
    let doors = |index: StageIndex| {
        let enter = plan.after(index).map_or(0, |next| plan.stage(next).enter.len());
        plan.stage(index).leave.len() + enter
    };
    let gates = plan.stages().map(|(index, _)| doors(index)).max().unwrap_or(0);
    HEAD_LINES + plan.rules.len() + gates.max(plan.stages.first().map_or(0, |first| first.enter.len()))
}

/// At most `room` lines of `width`: what does not hold is shown first.
pub(crate) fn panel(status: &Status, width: usize, room: usize) -> Vec<Line<'static>> {
    let mut lines = vec![headline(status), stages(status)];
    lines.extend(why(status, width));
    lines.extend(status.bake.as_ref().filter(|_| status.outcome.is_none()).map(bake));
    lines.extend(status.who.iter().take(2).map(|may| Line::from(format!("type   {}", may.command))));
    let beside = (width / 5).saturating_mul(2).clamp(TEXT_WIDTH.0, TEXT_WIDTH.1);
    let guardrails = status.guardrails.iter().map(|rule| {
        // What it does is in the plan; here counts what sets it off.
        let text = rule.text.split(" -> ").next().unwrap_or_default();
        (Mark::guardrail(rule), row(Mark::guardrail(rule), text, &rule.figure, beside))
    });
    let gates = status
        .gates
        .iter()
        .map(|gate| (Mark::gate(gate), row(Mark::gate(gate), &gate.text, &gate.figure, beside)));
    let (guardrails, gates): (Vec<_>, Vec<_>) = (guardrails.collect(), gates.collect());
    let left = room.saturating_sub(lines.len());
    // Guardrails have the first half at least, and what gates leave.
    let for_guards = left.saturating_sub((gates.len() + 1).min(left / 2));
    let guards = list("guardrails", "quiet", guardrails, for_guards);
    let left = left.saturating_sub(guards.len());
    lines.extend(guards);
    lines.extend(list("gates", "open", gates, left));
    lines
}

fn headline(status: &Status) -> Line<'static> {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let stage = status.stage.as_deref().unwrap_or("nobody exposed");
    Line::from(vec![
        Span::styled(status.id.clone(), bold),
        Span::raw(format!(
            "  {}  {stage} {}  {}",
            status.phase,
            exposed(status.percent.0, &status.cohorts),
            status.at
        )),
    ])
}

fn stages(status: &Status) -> Line<'static> {
    let step = |step: &control::view::Step| {
        let (mark, style) = match step.place {
            Place::Passed => ("[x]", Style::new().fg(Color::Green)),
            Place::Here => ("[>]", Style::new().add_modifier(Modifier::BOLD)),
            Place::Ahead => ("[ ]", Style::new()),
            Place::Skipped => ("[-]", Style::new().fg(Color::DarkGray)),
        };
        Span::styled(format!("{mark} {} {}  ", step.name, exposed(step.percent.0, &step.cohorts)), style)
    };
    Line::from(status.stages.iter().map(step).collect::<Vec<_>>())
}

/// The most telling line: it is broken rather than cut.
fn why(status: &Status, width: usize) -> Vec<Line<'static>> {
    let rung = status.rung.as_ref().map(|rung| format!("rung {} of 11 ({}): ", rung.number, rung.name));
    let text = format!("why    {}{}", rung.unwrap_or_default(), status.why);
    wrap(&text, width, "       ").into_iter().take(WHY_LINES).map(Line::from).collect()
}

/// In a terminal that is narrower nothing can be set in.
const WIDTH_MIN: u16 = 60;
/// What goes on in the next row of a log stands under the reason.
pub(crate) const SET_IN: &str = "                                       ";
/// So much of it is for the number of the entry.
const NUMBER: usize = 5;

/// A line of a log for stdout: broken at blanks where that is a terminal.
pub(crate) fn log_line(line: &str) -> String {
    fitted(line, &SET_IN[NUMBER..])
}

/// The same under the number of its entry.
pub(crate) fn numbered_line(line: &str) -> String {
    fitted(line, SET_IN)
}

/// The same for a sentence.
pub(crate) fn paragraph(line: &str) -> String {
    fitted(line, "")
}

fn fitted(line: &str, set_in: &str) -> String {
    // Where stdout is no terminal, asking for its size would run other programs to find out.
    let width = std::io::stdout().is_terminal().then(ratatui::crossterm::terminal::size).and_then(Result::ok);
    match width {
        Some((width, _)) if width >= WIDTH_MIN => wrap(line, usize::from(width), set_in).join("\n"),
        Some(_) | None => line.to_owned(),
    }
}

/// Broken at blanks; what goes on begins with `set_in`.
pub(crate) fn wrap(text: &str, width: usize, set_in: &str) -> Vec<String> {
    let mut lines = vec![];
    for whole in text.lines() {
        let mut line = String::new();
        for word in whole.split_inclusive(' ') {
            if line.chars().count() + word.trim_end().chars().count() > width && !line.trim().is_empty() {
                lines.push(std::mem::replace(&mut line, set_in.to_owned()));
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

fn bake(bake: &Baking) -> Line<'static> {
    let Some(min) = bake.seconds.min else {
        return Line::from(format!("bake   {} so far; open until a person completes it", bake.baked));
    };
    let baked = bake.seconds.baked.min(min);
    let share = |of: u64| usize::try_from((baked * of).checked_div(min).unwrap_or(of)).unwrap_or(0);
    let filled = share(BAR as u64).min(BAR);
    let left = match min - baked {
        0 => "done".to_owned(),
        seconds => format!("{} left", time::Span::seconds(seconds)),
    };
    let bar = format!("[{}{}]", "#".repeat(filled), ".".repeat(BAR - filled));
    Line::from(format!("bake   {bar} {}%, {left}", share(100)))
}

fn row(mark: Mark, text: &str, figure: &str, beside: usize) -> Line<'static> {
    let shown: String = text.chars().take(beside).collect();
    Line::from(vec![mark.span(), Span::raw(format!("{shown:<beside$}  {figure}"))])
}

/// A list that fits into its room. What does not hold comes before what does.
fn list(
    title: &'static str,
    well: &'static str,
    mut rows: Vec<(Mark, Line<'static>)>,
    room: usize,
) -> Vec<Line<'static>> {
    if rows.is_empty() || room < 2 {
        return vec![];
    }
    let mut lines = vec![Line::styled(title, Style::new().add_modifier(Modifier::BOLD))];
    if rows.len() < room {
        lines.extend(rows.into_iter().map(|(_, line)| line));
        return lines;
    }
    rows.sort_by_key(|(mark, _)| match mark {
        Mark::Bad => 0,
        Mark::No => 1,
        Mark::Unknown => 2,
        Mark::Ok => 3,
        Mark::Off => 4,
    });
    let hidden = rows.split_off(room.saturating_sub(2));
    let quiet = hidden.iter().all(|(mark, _)| matches!(mark, Mark::Ok | Mark::Off));
    lines.extend(rows.into_iter().map(|(_, line)| line));
    let rest =
        if quiet { format!(", all of them {well}") } else { ": `tidegate status` shows all".to_owned() };
    lines.push(Line::from(format!("     and {} more{rest}", hidden.len())));
    lines
}
