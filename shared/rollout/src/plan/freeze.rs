//! Freezes: days on which nothing is promoted, asked or completed, in the plan's own time zone.
//!
//! A freeze is made of whole local days, so it begins and ends with the midnights of the people who asked for it, also
//! where a day has 23 or 25 hours. What protects goes on meanwhile, and so does the clock of a bake.

use super::Plan;
use crate::time::{Span, Timestamp};
use jiff::{
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};

/// Days on which nothing is promoted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Freeze {
    /// These days of every week.
    Days(BTreeSet<Day>),
    /// Every day from one to another.
    Dates {
        /// The first.
        from: Date,
        /// The last: it is frozen, too.
        to: Date,
    },
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are everybody's")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

impl Day {
    /// The week, from Monday on.
    pub const WEEK: [Day; 7] = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];

    /// As written in a plan.
    pub fn word(self) -> &'static str {
        match self {
            Day::Mon => "mon",
            Day::Tue => "tue",
            Day::Wed => "wed",
            Day::Thu => "thu",
            Day::Fri => "fri",
            Day::Sat => "sat",
            Day::Sun => "sun",
        }
    }

    fn of(date: Date) -> Option<Day> {
        let monday = usize::try_from(date.weekday().to_monday_zero_offset()).ok()?;
        Day::WEEK.get(monday).copied()
    }
}

impl Freeze {
    /// The last day in a row, from this one on, that this freeze alone covers; none when it does not cover this one.
    fn last(&self, date: Date) -> Option<Date> {
        match self {
            Freeze::Days(days) => Day::of(date).filter(|day| days.contains(day)).map(|_| date),
            Freeze::Dates { from, to } => (*from <= date && date <= *to).then_some(*to),
        }
    }
}

impl fmt::Display for Freeze {
    /// `sat, sun`, or `2026-12-20 to 2027-01-03`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Freeze::Days(days) => {
                let words: Vec<&str> = days.iter().map(|day| day.word()).collect();
                f.write_str(&words.join(", "))
            }
            Freeze::Dates { from, to } if from == to => write!(f, "{from}"),
            Freeze::Dates { from, to } => write!(f, "{from} to {to}"),
        }
    }
}

impl Plan {
    /// Until when nothing is promoted; none while there is no freeze.
    pub fn frozen_until(&self, at: Timestamp) -> Option<Timestamp> {
        if self.freeze.is_empty() {
            return None;
        }
        let zone = self.zone();
        let mut date = local(at, &zone)?;
        let mut frozen = false;
        // Each round passes a day of the week or a freeze between two dates: this is more than there can be.
        for _ in 0..=Day::WEEK.len() * (self.freeze.len() + 1) {
            let Some(last) = self.freeze.iter().filter_map(|freeze| freeze.last(date)).max() else { break };
            frozen = true;
            let Ok(next) = last.tomorrow() else { break };
            date = next;
        }
        if frozen { begins(date, &zone) } else { None }
    }

    /// How much of a time was frozen.
    pub fn frozen_time(&self, from: Timestamp, to: Timestamp) -> Span {
        let zone = self.zone();
        let mut frozen = Span::ZERO;
        let mut at = from;
        while !self.freeze.is_empty() && at < to {
            let tomorrow = || begins(local(at, &zone)?.tomorrow().ok()?, &zone);
            let until = self.frozen_until(at);
            let Some(next) = until.or_else(tomorrow).filter(|next| *next > at) else { break };
            frozen = frozen.plus(until.map_or(Span::ZERO, |until| until.min(to).since(at)));
            at = next;
        }
        frozen
    }

    /// A moment in the plan's own time: `2027-01-04 00:00 in Europe/Berlin`; none where that is UTC.
    pub fn local(&self, at: Timestamp) -> Option<String> {
        let zone = self.zone();
        let at = jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone);
        (self.timezone != "UTC").then(|| format!("{} in {}", at.strftime("%Y-%m-%d %H:%M"), self.timezone))
    }

    /// The time zone was known when the plan was loaded; should a later program not know it, its days are those of UTC.
    fn zone(&self) -> TimeZone {
        TimeZoneDatabase::bundled().get(&self.timezone).unwrap_or(TimeZone::UTC)
    }
}

/// The date that a moment has for the people of a time zone.
fn local(at: Timestamp, zone: &TimeZone) -> Option<Date> {
    Some(jiff::Timestamp::from_millisecond(at.0).ok()?.to_zoned(zone.clone()).date())
}

/// The first moment of a day, which is not midnight where the clocks jump over it.
fn begins(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    let first = date.to_zoned(zone.clone()).and_then(|at| at.start_of_day()).ok()?;
    Some(Timestamp(first.timestamp().as_millisecond()))
}
