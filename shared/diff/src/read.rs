//! Reads outputs, and pairs them.

use csv::{ErrorKind, Position, ReaderBuilder, StringRecord, Trim};
use std::{collections::BTreeMap, fmt};

/// After so many bad rows the rest is not told.
const BAD_MAX: usize = 50;
/// The columns, in their order.
const COLUMNS: [&str; 2] = ["id", "value"];

/// Whose outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Of the version that runs.
    Stable,
    /// Of the version that is tried.
    Canary,
}

impl Side {
    /// The side it is paired with.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::Stable => Side::Canary,
            Side::Canary => Side::Stable,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::Stable => "stable",
            Side::Canary => "canary",
        })
    }
}

/// What is wrong with a row. Rows are counted as an editor counts lines: the first holds the columns' names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {what}")]
pub struct BadRow {
    /// In whose outputs.
    pub side: Side,
    /// Its number.
    pub row: u64,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// What one version said.
#[derive(Debug)]
pub struct Outputs {
    side: Side,
    of: BTreeMap<String, Output>,
}

/// A value, finite, and the row that it stands in.
#[derive(Clone, Copy, Debug)]
struct Output {
    value: f64,
    row: u64,
}

/// What both versions said of one id. The values are finite, and so is their difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// What both were asked about.
    pub id: String,
    /// What the stable version said.
    pub stable: f64,
    /// What the canary said.
    pub canary: f64,
}

impl Outputs {
    /// Reads the text of a file of comma-separated values with the columns `id,value`.
    ///
    /// # Errors
    /// Every bad row, up to 50: one that is no row, has no id or an id that stands above it already, or a value that is
    /// not a finite number. Also other columns, and no rows at all.
    pub fn read(side: Side, text: &[u8]) -> Result<Outputs, Vec<BadRow>> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(text);
        let mut rows = Rows { text, at: 0, row: 1 };
        columns(reader.headers()).map_err(|what| vec![BadRow { side, row: 1, what }])?;
        let mut outputs = Outputs { side, of: BTreeMap::new() };
        let mut bad = Vec::new();
        for record in reader.records() {
            let (position, taken) = match &record {
                Ok(record) => (record.position(), Ok(record)),
                Err(error) => (error.position(), Err(unreadable(error))),
            };
            let row = rows.row(position);
            let taken = taken.and_then(|record| outputs.take(record, row));
            bad.extend(taken.err().map(|what| BadRow { side, row, what }));
            if bad.len() == BAD_MAX {
                break;
            }
        }
        if bad.is_empty() && outputs.of.is_empty() {
            bad.push(BadRow { side, row: 1, what: "no row follows: there is nothing to compare".to_owned() });
        }
        if bad.is_empty() { Ok(outputs) } else { Err(bad) }
    }

    fn take(&mut self, record: &StringRecord, row: u64) -> Result<(), String> {
        let (id, text) = (record.get(0).unwrap_or(""), record.get(1).unwrap_or(""));
        if id.is_empty() {
            return Err("the id is empty".to_owned());
        }
        let value = finite(text)?;
        match self.of.get(id) {
            Some(above) => {
                Err(format!("`{}` stands in row {} already: keep one", id.escape_debug(), above.row))
            }
            None => {
                self.of.insert(id.to_owned(), Output { value, row });
                Ok(())
            }
        }
    }
}

/// Counts rows. The reader's own count stands still at empty rows and between the two ends of a row that Windows writes.
struct Rows<'a> {
    text: &'a [u8],
    at: usize,
    row: u64,
}

impl Rows<'_> {
    /// The row of what begins here or after the ends of rows that stand here. Positions only go forward.
    fn row(&mut self, position: Option<&Position>) -> u64 {
        let from = position.map_or(self.at, |position| usize::try_from(position.byte()).unwrap_or(self.at));
        let rest = self.text.get(from..).unwrap_or_default();
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.text.get(self.at..from + ends).unwrap_or_default();
        self.row += passed.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.at = from + ends;
        self.row
    }
}

fn finite(text: &str) -> Result<f64, String> {
    let shown = text.escape_debug();
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => {
            Err(format!("`{shown}` is not a finite number: take the row out of both files, or put it right"))
        }
        Err(_) => Err(format!("`{shown}` is not a number such as 4 or 0.25")),
    }
}

fn columns(found: csv::Result<&StringRecord>) -> Result<(), String> {
    let found = found.map_err(|error| unreadable(&error))?;
    if found.iter().eq(COLUMNS) {
        return Ok(());
    }
    let found: Vec<&str> = found.iter().collect();
    Err(format!("the columns are `{}`, not `{}`", COLUMNS.join(","), found.join(",").escape_debug()))
}

/// Why a row is none.
fn unreadable(error: &csv::Error) -> String {
    if let ErrorKind::UnequalLengths { len, .. } = error.kind() {
        format!("it has {len} columns of {}", COLUMNS.len())
    } else if let ErrorKind::Utf8 { .. } = error.kind() {
        "it is not UTF-8".to_owned()
    } else {
        error.to_string()
    }
}

/// Puts together what was said of the same ids, in the order of the ids.
///
/// # Errors
/// Every id that has no partner, and every pair whose difference is beyond a float; up to 50.
pub fn pair(stable: Outputs, canary: Outputs) -> Result<Vec<Pair>, Vec<BadRow>> {
    let mut bad: Vec<BadRow> = alone(&stable, &canary).chain(alone(&canary, &stable)).collect();
    let mut pairs = Vec::with_capacity(stable.of.len());
    for (id, output) in stable.of {
        let Some(partner) = canary.of.get(&id) else { continue };
        if (partner.value - output.value).is_finite() {
            pairs.push(Pair { id, stable: output.value, canary: partner.value });
        } else {
            let what = format!("`{}` differs by more than a number can hold", id.escape_debug());
            bad.push(BadRow { side: canary.side, row: partner.row, what });
        }
    }
    bad.truncate(BAD_MAX);
    if bad.is_empty() { Ok(pairs) } else { Err(bad) }
}

/// Ids of one side that the other has not, in the order of their rows.
fn alone<'a>(here: &'a Outputs, there: &'a Outputs) -> impl Iterator<Item = BadRow> + use<'a> {
    let mut alone: Vec<(&String, &Output)> =
        here.of.iter().filter(|(id, _)| !there.of.contains_key(*id)).collect();
    alone.sort_by_key(|(_, output)| output.row);
    alone.into_iter().map(|(id, output)| {
        let (id, side) = (id.escape_debug(), there.side);
        let what = format!("`{id}` has no partner among the outputs of {side}");
        BadRow { side: here.side, row: output.row, what }
    })
}
