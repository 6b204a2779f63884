//! What was measured, and what was reduced from it. A figure carries all that its verdict rests on.

use crate::{
    condition::Relation,
    levels::Levels,
    time::{Span, Timestamp},
    units::{ConditionId, Decimal, Generation, MetricId, SeriesId, Version},
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What one condition came to: a value and its limit, or why they are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// The telling value: the one that decides, in the metric's base unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<Decimal>,
    /// What it was compared with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<Decimal>,
    /// The number of samples behind the value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub samples: Option<u64>,
    /// The end of the window of the telling value.
    pub at: Timestamp,
    /// The telling member of the condition's dimension.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub member: Option<u16>,
    /// Why it is not known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gap: Option<Gap>,
}

impl Figure {
    /// Not known, for this reason.
    pub fn unknown(gap: Gap, at: Timestamp) -> Figure {
        Figure { value: None, limit: None, samples: None, at, member: None, gap: Some(gap) }
    }

    /// A value against its limit.
    pub fn known(value: Decimal, limit: Decimal, samples: Option<u64>, at: Timestamp) -> Figure {
        Figure { value: Some(value), limit: Some(limit), samples, at, member: None, gap: None }
    }
}

/// Why something is not known. Absence of evidence is never a pass and never a breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gap {
    /// The source was not asked this time.
    NotAsked,
    /// The source has nothing, or too little of the window.
    NoData,
    /// Fewer samples than asked for.
    TooFew {
        /// What there is.
        have: u64,
        /// What it takes.
        need: u64,
    },
    /// The window does not fit into the time since the exposure was in effect.
    TooEarly {
        /// When it will.
        until: Timestamp,
    },
    /// The source says that its answer is not whole.
    Partial,
    /// The source may not be asked.
    Forbidden,
    /// The newest that there is, is too old.
    Stale,
    /// The source did not answer.
    Failing,
    /// The source answered what cannot be: NaN, an infinity, a negative count, a time that goes backwards.
    Invalid(Nonsense),
    /// The baseline is not known, or is zero where a ratio to it is asked for.
    NoBaseline,
    /// There is no such alarm.
    NoAlarm,
    /// The metric's own history is too short to say what is usual.
    ShortHistory {
        /// How many values it has.
        values: u64,
        /// The time of these values.
        covered: Span,
        /// The time that the plan asks for, of which it takes half.
        over: Span,
    },
}

/// A history of fewer values says nothing of how far they stray.
pub const HISTORY_MIN: u64 = 30;

/// What cannot be in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nonsense {
    /// NaN, an infinity or a number beyond 10^18.
    NotANumber,
    /// Fewer than nothing were counted.
    NegativeCount,
    /// A point is not later than the one before it.
    TimeGoesBack,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gap::NotAsked => f.write_str("not asked this time"),
            Gap::NoData => f.write_str("no data"),
            Gap::TooFew { have, need } => write!(f, "too few samples: {have} of {need}"),
            Gap::TooEarly { until } => write!(f, "the window does not fit before {until}"),
            Gap::Partial => f.write_str("the source's answer is partial"),
            Gap::Forbidden => f.write_str("the source may not be asked: permission is missing"),
            Gap::Stale => f.write_str("the newest figure is too old"),
            Gap::Failing => f.write_str("the source does not answer"),
            Gap::Invalid(Nonsense::NotANumber) => {
                f.write_str("the source answered something that is no number")
            }
            Gap::Invalid(Nonsense::NegativeCount) => f.write_str("the source answered a negative count"),
            Gap::Invalid(Nonsense::TimeGoesBack) => f.write_str("the source's times go backwards"),
            Gap::NoBaseline => f.write_str("there is no baseline to compare with"),
            Gap::NoAlarm => f.write_str("there is no alarm of this name"),
            Gap::ShortHistory { values, covered, over } => write!(
                f,
                "too little history: {values} values over {covered}; it takes {HISTORY_MIN}, and half of {over}"
            ),
        }
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A gate passes; a guardrail is breached.
    True,
    /// A gate does not pass; a guardrail is quiet.
    False,
    /// Neither.
    NotKnown(Gap),
}

/// Judges a figure. Nothing but the figure is looked at, so that a reader of the log judges the same.
pub fn judge(relation: Relation, figure: &Figure) -> Verdict {
    match (figure.gap, figure.value, figure.limit) {
        (Some(gap), _, _) => Verdict::NotKnown(gap),
        (None, Some(value), Some(limit)) if relation.holds(value, limit) => Verdict::True,
        (None, Some(_), Some(_)) => Verdict::False,
        (None, _, _) => Verdict::NotKnown(Gap::NoData),
    }
}

/// A baseline's figure that is kept, because it can no longer be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Of which metric.
    pub metric: MetricId,
    /// Of which member of which dimension.
    pub member: Option<(crate::units::DimensionId, u16)>,
    /// In the metric's base unit.
    pub value: Decimal,
    /// The samples behind it.
    pub samples: Option<u64>,
    /// The length of the window: counts are scaled by it.
    pub over: Span,
    /// The end of the window.
    pub at: Timestamp,
}

/// Everything that a turn of the clock is decided on, and what it was gathered for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// What promotes holds when the head has moved on from this.
    pub version: Version,
    /// What protects holds when the exposure has moved on from this.
    pub generation: Generation,
    /// When it was gathered.
    pub at: Timestamp,
    /// By condition; none where nothing was asked.
    pub figures: Vec<Option<Figure>>,
    /// Baseline figures to keep with the next step.
    pub frozen: Vec<Frozen>,
    /// Money and alarms, as they stand.
    pub levels: Levels,
    /// The stop line, if it is pulled.
    pub stop: Option<StopLine>,
}

impl Evidence {
    /// The figure of a condition, if it was asked for.
    pub fn figure(&self, id: ConditionId) -> Option<&Figure> {
        self.figures.get(usize::from(id.0)).and_then(Option::as_ref)
    }
}

/// One switch for everything: nothing rises anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopLine {
    /// Names this pull: whoever lets go says which one they have seen.
    pub id: String,
    /// Who pulled it; of several the last one first.
    pub by: String,
    /// When it was pulled last.
    pub at: Timestamp,
    /// Everything goes back, too.
    pub roll_back: bool,
    /// Why.
    pub note: Option<String>,
}

/// Characters that are kept of what many people say: a line that no longer fits the table could not be pulled.
const SAID_MAX: usize = 1_000;

impl StopLine {
    /// Who pulled it and why, for people: `ann (network incident 77)`.
    pub fn who(&self) -> String {
        match &self.note {
            Some(note) => format!("{} ({})", self.by, crate::words::one_line(note)),
            None => self.by.clone(),
        }
    }

    /// This pull, on top of an earlier one: nobody who has pulled is forgotten, and what was to go back still is.
    #[must_use]
    pub fn on_top_of(self, earlier: &StopLine) -> StopLine {
        let note = match (self.note, &earlier.note) {
            (Some(note), Some(before)) => Some(said(note, before, "; ")),
            (note, before) => note.or_else(|| before.clone()),
        };
        StopLine {
            by: said(self.by, &earlier.by, ", "),
            roll_back: self.roll_back || earlier.roll_back,
            note,
            ..self
        }
    }
}

/// What is said now, and what was said before; the same only once.
fn said(now: String, before: &str, between: &str) -> String {
    let others = before.split(between).filter(|part| *part != now);
    let all: Vec<&str> = std::iter::once(now.as_str()).chain(others).collect();
    all.join(between).chars().take(SAID_MAX).collect()
}

/// One question to the source of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// Of which series of the plan.
    pub series: SeriesId,
    /// The time of one point.
    pub period: Span,
    /// The start of the first period; periods are counted from here.
    pub from: Timestamp,
    /// The end of the last period.
    pub to: Timestamp,
}

/// What the source said to one [`Query`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// In the order of their times; a period without samples has none.
    pub points: Vec<Point>,
    /// Whether that is all there is.
    pub status: Status,
}

/// The value of one period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The start of the period.
    pub at: Timestamp,
    /// As measured: the only float, turned into a [`Decimal`] before anything is compared.
    pub value: f64,
}

/// Whether an answer is all there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Yes.
    #[default]
    Whole,
    /// The source says that there is more.
    Partial,
    /// The source may not be asked.
    Forbidden,
    /// The source did not answer.
    Failing,
}
