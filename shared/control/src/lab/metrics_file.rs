//! Metrics that were recorded, as a file of comma-separated values: `at,metric,arm,dimension,value,samples`.
//!
//! Each row is the value of a metric in the minute that begins `at` seconds after the start. `docs/stories.md`
//! describes the columns.

mod row;

use super::{
    held,
    minutes::{self, Minutes, begin, minute},
};
use crate::ports::Metrics;
use rollout::{
    evidence::{Answer, Query},
    plan::{Plan, Source, Stat},
    time::Timestamp,
    units::SeriesId,
};
use row::Row;
use std::{collections::BTreeMap, io::Read, ops::Range, sync::Mutex};

/// After so many bad rows the rest of a file is not read.
const BAD_MAX: usize = 50;
/// Rows that tell the same series apart by less than this share are taken to agree.
const AGREES: f64 = 1e-6;

/// What is wrong with a row of a file. Rows are counted as an editor counts lines: the first holds the columns' names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}, {column}: {what}")]
pub struct BadRow {
    /// Its number.
    pub row: u64,
    /// In which column.
    pub column: &'static str,
    /// What is wrong.
    pub what: String,
}

/// A source that knows what was recorded.
pub struct Recorded {
    stats: Vec<Stat>,
    /// For values whose samples are counted apart: where.
    counts: BTreeMap<SeriesId, SeriesId>,
    series: BTreeMap<SeriesId, BTreeMap<i64, Told>>,
    now: Mutex<Timestamp>,
}

/// What a row said of one minute of one series.
#[derive(Clone, Copy)]
struct Told {
    value: f64,
    row: u64,
}

impl Recorded {
    /// Reads a file for a plan whose first minute begins at `start`.
    ///
    /// # Errors
    /// Every bad row, up to a limit.
    pub fn read(file: impl Read, plan: &Plan, start: Timestamp) -> Result<Recorded, Vec<BadRow>> {
        let mut recorded = Recorded {
            stats: plan.series.iter().map(|series| series.stat).collect(),
            counts: counts(plan),
            series: BTreeMap::new(),
            now: Mutex::new(start),
        };
        let text = with_plain_ends(file).map_err(|bad| vec![bad])?;
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_slice());
        row::columns(&mut reader).map_err(|bad| vec![bad])?;
        let mut bad = Vec::new();
        let mut last = BTreeMap::new();
        let mut record = csv::StringRecord::new();
        while bad.len() < BAD_MAX {
            let before = reader.position().line();
            let read = reader.read_record(&mut record);
            // Its end is behind it, whatever was passed over before it; a text in quotes may have ends of lines in it.
            let within = record.iter().flat_map(str::bytes).filter(|byte| *byte == b'\n').count();
            let number = reader.position().line().saturating_sub(1 + within as u64).max(before);
            record.trim();
            let row = match read {
                Ok(false) => break,
                Ok(true) => Row::of(number, &record, plan),
                Err(error) => Err(row::unreadable(number, &error)),
            };
            let told = row.and_then(|row| {
                row.follows(&mut last)?;
                recorded.take(&row, minute(start))
            });
            bad.extend(told.err());
        }
        if bad.is_empty() { Ok(recorded) } else { Err(bad) }
    }

    /// It is this time now: minutes that have ended by then can be asked for.
    pub fn advance(&self, now: Timestamp) {
        let mut known = held(&self.now);
        *known = (*known).max(now);
    }

    /// The end of the last recorded minute, if there is any.
    pub fn end(&self) -> Option<Timestamp> {
        self.series
            .values()
            .filter_map(|minutes| minutes.keys().next_back())
            .max()
            .map(|last| begin(last + 1))
    }

    fn take(&mut self, row: &Row, start: i64) -> Result<(), BadRow> {
        for (series, value) in &row.tells {
            let minutes = self.series.entry(*series).or_default();
            let told = minutes.entry(start + row.minute).or_insert(Told { value: *value, row: row.number });
            let differs = (told.value - value).abs() > AGREES * value.abs().max(told.value.abs());
            if differs {
                let what = format!("it says {value} of what row {} says {}", told.row, told.value);
                return Err(BadRow { row: row.number, column: "value", what });
            }
        }
        Ok(())
    }

    fn answer(&self, query: &Query, now: Timestamp) -> Answer {
        let of = |series: &SeriesId| self.series.get(series);
        let count = self.counts.get(&query.series).and_then(of);
        match (of(&query.series), self.stats.get(usize::from(query.series.0))) {
            (Some(values), Some(stat)) => minutes::answer(query, *stat, now, &Kept { values, count }),
            _ => Answer::default(),
        }
    }
}

/// The whole file, every line with a plain end, so that lines can be counted.
fn with_plain_ends(mut file: impl Read) -> Result<Vec<u8>, BadRow> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| row::unreadable(1, &error.into()))?;
    let mut text: Vec<u8> = Vec::with_capacity(bytes.len() + 1);
    for byte in bytes {
        if byte == b'\n' && text.last() == Some(&b'\r') {
            text.pop();
        }
        text.push(byte);
    }
    text.push(b'\n');
    Ok(text)
}

/// Which series count the samples of which.
fn counts(plan: &Plan) -> BTreeMap<SeriesId, SeriesId> {
    let mut counts = BTreeMap::new();
    for metric in &plan.metrics {
        if let Source::Series { values, count: Some(count), .. } = &metric.source {
            let pair = |lookup: &rollout::plan::Lookup| {
                let members = lookup.members.values().flatten().copied();
                std::iter::once((lookup.canary, lookup.baseline)).chain(members).collect::<Vec<_>>()
            };
            for (values, count) in pair(values).into_iter().zip(pair(count)) {
                counts.insert(values.0, count.0);
                counts.extend(values.1.zip(count.1));
            }
        }
    }
    counts
}

/// The minutes of one series, and of what counts its samples.
struct Kept<'a> {
    values: &'a BTreeMap<i64, Told>,
    count: Option<&'a BTreeMap<i64, Told>>,
}

impl Minutes for Kept<'_> {
    fn at(&self, minute: i64) -> Option<f64> {
        self.values.get(&minute).map(|told| told.value)
    }

    fn each(&self, minutes: Range<i64>) -> impl Iterator<Item = f64> {
        // A range that ends before it begins has nothing in it.
        let end = minutes.end.max(minutes.start);
        self.values.range(minutes.start..end).map(|(_, told)| told.value)
    }

    /// Without a number of samples each minute weighs the same.
    fn weight(&self, minute: i64) -> f64 {
        self.count.and_then(|count| count.get(&minute)).map_or(1.0, |told| told.value)
    }
}

impl Metrics for Recorded {
    async fn ask(&self, _plan: &Plan, queries: &[Query]) -> Vec<Answer> {
        let now = *held(&self.now);
        queries.iter().map(|query| self.answer(query, now)).collect()
    }
}

/// The last minute of each metric, arm and member that was read.
type Last = BTreeMap<(usize, bool, Option<(u16, u16)>), i64>;

#[cfg(test)]
mod tests;
