//! When each stage begins and ends at the earliest, before anything has started.

use super::{Bake, Item, Plan};
use crate::{time::Span, units::Share, words::exposed};
use std::fmt;

/// The plan as a calendar, counted in time from the start; every gate passes at once and everybody answers at once.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Timeline {
    /// One for each stage.
    pub rows: Vec<Row>,
    /// From the start until the last stage may be left, or, if that is open, until it begins.
    pub total: Span,
    /// The days on which nothing is promoted, whatever is counted here, with their time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze: Option<String>,
}

/// A stage in the calendar.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Row {
    /// Of the stage.
    pub name: String,
    /// Of everybody.
    pub share: Share,
    /// Exposed in full.
    pub cohorts: Vec<String>,
    /// The earliest it can begin.
    pub from: Span,
    /// The earliest it can be left; none when it is never left by itself.
    pub to: Option<Span>,
    /// How long it bakes.
    pub bake: Bake,
    /// The roles whose consent it needs, to enter and to leave.
    pub approvals: Vec<String>,
}

/// The calendar of a plan.
pub fn timeline(plan: &Plan) -> Timeline {
    let mut clock = Span::ZERO;
    let mut rows = Vec::with_capacity(plan.stages.len());
    for (index, stage) in plan.stages() {
        let from = clock;
        let to = match stage.bake {
            Bake::Timed { min, .. } => {
                let enter =
                    plan.after(index).map(|next| plan.stage(next).enter.as_slice()).unwrap_or_default();
                let stable = stage.leave.iter().chain(enter).filter_map(stable).max();
                Some(from.plus(min.max(stable.unwrap_or(min))))
            }
            Bake::Open => None,
        };
        let approvals = stage.enter.iter().chain(&stage.leave).filter_map(approval).collect();
        rows.push(Row {
            name: stage.name.clone(),
            share: stage.share,
            cohorts: plan.cohorts_of(index).into_iter().map(str::to_owned).collect(),
            from,
            to,
            bake: stage.bake,
            approvals,
        });
        clock = to.unwrap_or(from);
    }
    Timeline { rows, total: clock, freeze: freeze(plan) }
}

/// `sat, sun; 2026-12-20 to 2027-01-03, in Europe/Berlin`
fn freeze(plan: &Plan) -> Option<String> {
    let days: Vec<String> = plan.freeze.iter().map(ToString::to_string).collect();
    (!days.is_empty()).then(|| format!("{}, in {}", days.join("; "), plan.timezone))
}

/// To be stable takes its time, too.
fn stable(item: &Item) -> Option<Span> {
    if let Item::Stable(span) = item { Some(*span) } else { None }
}

fn approval(item: &Item) -> Option<String> {
    match item {
        Item::Approve(consent) if consent.count > 1 => Some(format!("{} of {}", consent.count, consent.role)),
        Item::Approve(consent) => Some(consent.role.clone()),
        Item::Condition(_) | Item::Stable(_) | Item::Check(_) | Item::Tick(_) => None,
    }
}

impl Row {
    /// `7-9`, `19+`; days with a fraction where a stage does not end with one.
    fn days(&self) -> String {
        match self.to {
            Some(to) => format!("{}-{}", days(self.from), days(to)),
            None => format!("{}+", days(self.from)),
        }
    }
}

impl Timeline {
    /// Whether the last stage is never left by itself.
    fn is_open(&self) -> bool {
        self.rows.last().is_some_and(|row| row.to.is_none())
    }
}

/// In days, with at most one decimal, rounded half up.
fn days(span: Span) -> String {
    let tenths = span.plus(Span::minutes(72)).whole(Span::minutes(144));
    if tenths.is_multiple_of(10) {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

impl fmt::Display for Timeline {
    /// A table: stage, percentage, duration, total days, approvals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["stage", "percentage", "duration", "total days", "approvals"].map(str::to_owned);
        let mut table = vec![head];
        table.extend(self.rows.iter().map(|row| {
            let approvals = row.approvals.join(", ");
            let exposed = exposed(row.share.percent(), &row.cohorts);
            [row.name.clone(), exposed, row.bake.to_string(), row.days(), approvals]
        }));
        let widths: [usize; 5] = std::array::from_fn(|column| {
            table.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        });
        for row in &table {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        let open = if self.is_open() { ", then open" } else { "" };
        write!(f, "total: {} days{open}", days(self.total))?;
        match &self.freeze {
            Some(days) => write!(f, "\nfreeze: {days}: nothing is promoted then, so it takes longer"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Bake {
    /// As in a plan, for people: `48h` as `2d`, `open`, `none`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bake::Open => f.write_str("open"),
            Bake::Timed { min: Span::ZERO, .. } => f.write_str("none"),
            Bake::Timed { min, max } if *max == min.times(2) => write!(f, "{min}"),
            Bake::Timed { min, max } => write!(f, "{min} to {max}"),
        }
    }
}
