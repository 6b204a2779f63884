//! One row of a file of recorded metrics.

use super::{BadRow, Last};
use crate::lab::nearest;
use csv::StringRecord;
use rollout::{
    plan::{Kind, Lookup, Metric, Plan, Source},
    units::{DimensionId, SeriesId},
};
use std::io::Read;

/// The columns, in their order.
const COLUMNS: [&str; 6] = ["at", "metric", "arm", "dimension", "value", "samples"];
/// A time beyond this many minutes (a century) is a slip of the finger.
const MINUTES_MAX: i64 = 52_596_000;

/// What a row says.
pub(super) struct Row {
    pub(super) number: u64,
    /// Counted from the start.
    pub(super) minute: i64,
    /// What the source would have measured.
    pub(super) tells: Vec<(SeriesId, f64)>,
    /// Of what it is the next value.
    of: (usize, bool, Option<(u16, u16)>),
}

/// The file must have the columns.
pub(super) fn columns(reader: &mut csv::Reader<impl Read>) -> Result<(), BadRow> {
    let found = reader.headers().map_err(|error| unreadable(1, &error))?;
    if found.iter().map(str::trim).eq(COLUMNS) {
        return Ok(());
    }
    let found: Vec<&str> = found.iter().collect();
    let what = format!("the columns are `{}`, not `{}`", COLUMNS.join(","), found.join(","));
    Err(BadRow { row: 1, column: "the names of the columns", what })
}

/// A row that is none.
pub(super) fn unreadable(row: u64, error: &csv::Error) -> BadRow {
    // Its own words count rows in another way.
    let what = if let csv::ErrorKind::UnequalLengths { len, .. } = error.kind() {
        format!("it has {len} columns, not {}", COLUMNS.len())
    } else if let csv::ErrorKind::Utf8 { .. } = error.kind() {
        "it is no text in UTF-8".to_owned()
    } else {
        error.to_string()
    };
    BadRow { row, column: "the whole row", what }
}

impl Row {
    pub(super) fn of(number: u64, record: &StringRecord, plan: &Plan) -> Result<Row, BadRow> {
        let bad = |column: usize| move |what: String| BadRow { row: number, column: COLUMNS[column], what };
        let text = |column: usize| record.get(column).unwrap_or("");
        let minute = at(text(0)).map_err(bad(0))?;
        let (place, metric) = metric(plan, text(1)).map_err(bad(1))?;
        let is_canary = arm(text(2)).map_err(bad(2))?;
        let member = member(plan, metric, text(3)).map_err(bad(3))?;
        let value = number_of(text(4)).map_err(bad(4))?;
        let samples = samples(text(5), metric).map_err(bad(5))?;
        let pick = |lookup: &Lookup| series(lookup, is_canary, member);
        let what = || format!("`{}` is not measured in the baseline", metric.name);
        let tells = tells(metric, value, samples, pick).ok_or_else(what).map_err(bad(2))?;
        let of = (place, is_canary, member.map(|(dimension, member)| (dimension.0, member)));
        Ok(Row { number, minute, tells, of })
    }

    /// Times of one metric, arm and member only go forward.
    pub(super) fn follows(&self, last: &mut Last) -> Result<(), BadRow> {
        match last.insert(self.of, self.minute) {
            Some(before) if before >= self.minute => {
                let (before, at) = (before * 60, self.minute * 60);
                let what =
                    format!("{at} does not come after {before}, which stands above it for the same figure");
                Err(BadRow { row: self.number, column: COLUMNS[0], what })
            }
            Some(_) | None => Ok(()),
        }
    }
}

fn at(text: &str) -> Result<i64, String> {
    let seconds: i64 =
        text.parse().map_err(|_| format!("`{text}` is not a number of seconds since the start"))?;
    let minute = seconds.div_euclid(60);
    if !(-MINUTES_MAX..=MINUTES_MAX).contains(&minute) {
        return Err(format!("{seconds} seconds are more than a century"));
    }
    if seconds % 60 != 0 {
        let floor = minute * 60;
        return Err(format!("{seconds} is not the beginning of a minute: write {floor} or {}", floor + 60));
    }
    Ok(minute)
}

fn metric<'a>(plan: &'a Plan, name: &str) -> Result<(usize, &'a Metric), String> {
    let found = plan.metrics.iter().enumerate().find(|(_, metric)| metric.name == name);
    let (place, metric) = found.ok_or_else(|| {
        let known: Vec<&str> = plan.metrics.iter().map(|metric| metric.name.as_str()).collect();
        format!("unknown metric `{name}`: {}", nearest::help(name, &known))
    })?;
    match &metric.source {
        Source::Ratio { .. } | Source::Average { .. } | Source::Series { .. } => Ok((place, metric)),
        Source::Budget(_) => Err(format!("`{name}` is counted: let a story spend it, with `{name} $12`")),
        Source::Signal(_) | Source::Reported { .. } => {
            Err(format!("`{name}` is not measured: let a story tell it with `signal` or `report`"))
        }
    }
}

fn arm(text: &str) -> Result<bool, String> {
    match text {
        "canary" => Ok(true),
        "baseline" => Ok(false),
        other => Err(format!("unknown arm `{other}`: write `canary` or `baseline`")),
    }
}

/// A member by its name, or as `dimension=member` where the name alone could mean two.
fn member(plan: &Plan, metric: &Metric, text: &str) -> Result<Option<(DimensionId, u16)>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let (dimension, name) =
        text.split_once('=').map_or((None, text), |(dimension, name)| (Some(dimension), name));
    let mut meant = Vec::new();
    let mut known = Vec::new();
    for (id, of) in (0u16..).map(DimensionId).zip(&plan.dimensions) {
        let is_asked = lookups(metric).iter().any(|lookup| lookup.members.contains_key(&id));
        if !is_asked || dimension.is_some_and(|dimension| dimension != of.name) {
            continue;
        }
        known.extend(of.members.iter().map(String::as_str));
        meant.extend(
            (0u16..).zip(&of.members).filter(|(_, member)| *member == name).map(|(place, _)| (id, place)),
        );
    }
    match meant.as_slice() {
        [one] => Ok(Some(*one)),
        [] if known.is_empty() => {
            Err(format!("`{}` is not judged by `{text}`: leave the column empty", metric.name))
        }
        [] => Err(format!("unknown member `{text}`: {}", nearest::help(name, &known))),
        [..] => Err(format!("`{text}` is a member of two dimensions: write `DIMENSION={name}`")),
    }
}

fn lookups(metric: &Metric) -> Vec<&Lookup> {
    crate::lab::world::lookups(&metric.source)
}

/// A number; NaN and infinities are kept, for the mind to judge.
fn number_of(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

fn samples(text: &str, metric: &Metric) -> Result<Option<f64>, String> {
    let is_needed = matches!(metric.source, Source::Ratio { .. } | Source::Average { .. });
    if text.is_empty() {
        let what = || format!("`{}` is a quotient: its denominator is missing", metric.name);
        return if is_needed { Err(what()) } else { Ok(None) };
    }
    let samples = number_of(text)?;
    if samples < 0.0 { Err(format!("{samples} samples are fewer than none")) } else { Ok(Some(samples)) }
}

fn series(lookup: &Lookup, is_canary: bool, member: Option<(DimensionId, u16)>) -> Option<SeriesId> {
    let (canary, baseline) = match member {
        None => (lookup.canary, lookup.baseline),
        Some((dimension, place)) => *lookup.members.get(&dimension)?.get(usize::from(place))?,
    };
    if is_canary { Some(canary) } else { baseline }
}

/// What the source would have measured; none where a series is not asked for.
fn tells(
    metric: &Metric,
    value: f64,
    samples: Option<f64>,
    pick: impl Fn(&Lookup) -> Option<SeriesId>,
) -> Option<Vec<(SeriesId, f64)>> {
    let picked = |lookups: &[Lookup]| lookups.iter().map(&pick).collect::<Option<Vec<SeriesId>>>();
    match &metric.source {
        Source::Ratio { of, to, without } => {
            let is_percent = metric.kind == Kind::Percent && metric.unit != "fraction";
            let quotient = if is_percent { value / 100.0 } else { value };
            let quotient = if *without { 1.0 - quotient } else { quotient };
            Some(ratio(&picked(of)?, &picked(to)?, quotient, samples?))
        }
        Source::Average { sum, count } => {
            let samples = samples?;
            Some(vec![(pick(sum)?, value * samples), (pick(count)?, samples)])
        }
        Source::Series { values, count, .. } => {
            let count = count.as_ref().and_then(&pick).zip(samples);
            Some(std::iter::once((pick(values)?, value)).chain(count).collect())
        }
        Source::Signal(_) | Source::Reported { .. } | Source::Budget(_) => None,
    }
}

/// A quotient's two sums, each in the first series that is free for it and nothing in the others.
fn ratio(of: &[SeriesId], to: &[SeriesId], quotient: f64, samples: f64) -> Vec<(SeriesId, f64)> {
    let above = quotient * samples;
    let others: Vec<SeriesId> = to.iter().filter(|id| !of.contains(id)).copied().collect();
    let below = if others.len() < to.len() { samples - above } else { samples };
    let first = |ids: Vec<SeriesId>, sum: f64| {
        ids.into_iter().enumerate().map(move |(place, id)| (id, if place == 0 { sum } else { 0.0 }))
    };
    first(of.to_vec(), above).chain(first(others, below)).collect()
}
