//! Days as a plan's people count them: from one local midnight to the next, 23 to 25 hours where clocks change.

use crate::time::{Span, Timestamp};
use jiff::{
    civil::Date,
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A day of some calendar, written `2026-01-05`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(Date);

impl Day {
    /// The one after this; the last day of all is followed by itself.
    #[must_use]
    pub fn next(self) -> Day {
        Day(self.0.tomorrow().unwrap_or(self.0))
    }
}

/// Why a text is not a [`Day`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a day such as 2026-01-05")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Day, NotADay> {
        text.parse().map(Day).map_err(|_| NotADay)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Days one after the other, from the first to the last, both of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Days {
    pub first: Day,
    pub last: Day,
}

impl Days {
    /// Whether a day is one of them.
    pub fn contains(&self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// Each of them, in order.
    pub fn each(self) -> impl Iterator<Item = Day> {
        let first = (self.first <= self.last).then_some(self.first);
        std::iter::successors(first, move |day| (*day < self.last).then(|| day.next()))
    }
}

/// One hour of a day, counted from the day's beginning: a day has 23 to 25 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Hour {
    pub day: Day,
    pub hour: u8,
}

/// The days of a time zone.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
}

/// No day has more hours.
pub const HOURS_MAX: u8 = 26;

/// No clock goes back by more than what is left of a day after this hour.
const EVENING: i8 = 18;

impl Calendar {
    /// Of an IANA name. The names in plans are known; any other one counts in UTC.
    pub fn of(timezone: &str) -> Calendar {
        Calendar { zone: TimeZoneDatabase::bundled().get(timezone).unwrap_or(TimeZone::UTC) }
    }

    /// The day in which a moment lies.
    pub fn day(&self, at: Timestamp) -> Day {
        let at_zone = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        let shown = self.zone.to_datetime(at_zone);
        let day = Day(shown.date());
        // A clock that goes back over midnight shows the old date once more, but a day that has begun stays begun.
        if shown.hour() >= EVENING && self.begins(day.next()) <= at { day.next() } else { day }
    }

    /// The first moment of a day, whether or not the clocks show a midnight then.
    pub fn begins(&self, day: Day) -> Timestamp {
        let zoned = day.0.to_zoned(self.zone.clone()).and_then(|midnight| midnight.start_of_day());
        zoned.map_or(Timestamp::default(), |first| Timestamp(first.timestamp().as_millisecond()))
    }

    /// The hour in which a moment lies.
    pub fn hour(&self, at: Timestamp) -> Hour {
        let day = self.day(at);
        let hours = at.since(self.begins(day)).whole(Span::hours(1));
        Hour { day, hour: u8::try_from(hours).unwrap_or(HOURS_MAX).min(HOURS_MAX) }
    }

    /// The first moment of an hour.
    pub fn hour_begins(&self, Hour { day, hour }: Hour) -> Timestamp {
        self.begins(day).after(Span::hours(u64::from(hour)))
    }

    /// A moment as these clocks show it, RFC 3339: with `Z` in UTC, as everywhere else, and elsewhere with the offset.
    pub fn shown(&self, at: Timestamp) -> String {
        match jiff::Timestamp::from_millisecond(at.0) {
            Ok(moment) if self.zone != TimeZone::UTC => {
                moment.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
            }
            Ok(_) | Err(_) => at.to_string(),
        }
    }

    /// The first moment at or after this at which an hour begins.
    pub fn next_hour(&self, at: Timestamp) -> Timestamp {
        let hour = self.hour(at);
        let begins = self.hour_begins(hour);
        if begins == at { at } else { begins.after(Span::hours(1)).min(self.begins(hour.day.next())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
    }

    #[track_caller]
    fn check(zone: &str, moment: &str, day: &str, hour: u8) {
        let found = Calendar::of(zone).hour(at(moment));
        assert_eq!((found.day.to_string().as_str(), found.hour), (day, hour), "{moment} in {zone}");
    }

    #[track_caller]
    fn check_length(zone: &str, day: &str, hours: u64) {
        let (calendar, day): (_, Day) = (Calendar::of(zone), day.parse().unwrap());
        assert_eq!(calendar.begins(day.next()).since(calendar.begins(day)), Span::hours(hours));
    }

    #[test]
    fn a_day_is_the_plans_own() {
        check("UTC", "2026-01-05T23:59:59Z", "2026-01-05", 23);
        check("UTC", "2026-01-06T00:00:00Z", "2026-01-06", 0);
        check("Europe/Berlin", "2026-01-05T23:00:00Z", "2026-01-06", 0);
        check("America/New_York", "2026-01-06T04:59:59Z", "2026-01-05", 23);
    }

    #[test]
    fn where_clocks_change_a_day_has_more_or_fewer_hours() {
        check_length("Europe/Berlin", "2026-03-29", 23);
        check_length("Europe/Berlin", "2026-10-25", 25);
        check_length("Europe/Berlin", "2026-10-26", 24);
        // Half past two comes twice in that night, and these are two hours of the day.
        check("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25", 2);
        check("Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25", 3);
        check("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-25", 24);
    }

    #[test]
    fn a_day_without_midnight_begins_when_its_clocks_do() {
        let calendar = Calendar::of("Africa/Cairo");
        let day: Day = "2026-04-24".parse().unwrap();
        assert_eq!(calendar.begins(day), at("2026-04-23T22:00:00Z"), "when it was one o'clock");
        check_length("Africa/Cairo", "2026-04-24", 23);
    }

    #[test]
    fn a_day_that_has_begun_stays_begun() {
        // In that year the clocks of Newfoundland went back from one minute past midnight to one past eleven.
        check("America/St_Johns", "2010-11-07T02:29:59Z", "2010-11-06", 23);
        check("America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07", 0);
        check("America/St_Johns", "2010-11-07T02:31:00Z", "2010-11-07", 0);
        check("America/St_Johns", "2010-11-07T03:30:00Z", "2010-11-07", 1);
    }

    #[test]
    fn a_moment_is_shown_as_the_clocks_there_show_it() {
        let shown = |zone: &str, moment: &str| Calendar::of(zone).shown(at(moment));
        assert_eq!(shown("UTC", "2026-01-05T23:59:59.999Z"), "2026-01-05T23:59:59Z");
        assert_eq!(shown("Europe/Berlin", "2026-01-05T23:30:00Z"), "2026-01-06T00:30:00+01:00");
        // Half past two comes twice in that night, and the offset tells the two apart.
        assert_eq!(shown("Europe/Berlin", "2026-10-25T00:30:00Z"), "2026-10-25T02:30:00+02:00");
        assert_eq!(shown("Europe/Berlin", "2026-10-25T01:30:00Z"), "2026-10-25T02:30:00+01:00");
        assert_eq!(Timestamp(i64::MAX).to_string(), Calendar::of("Europe/Berlin").shown(Timestamp(i64::MAX)));
    }

    #[test]
    fn the_next_hour_is_never_behind() {
        let calendar = Calendar::of("Asia/Kolkata");
        assert_eq!(calendar.next_hour(at("2026-01-05T10:30:00Z")), at("2026-01-05T10:30:00Z"));
        assert_eq!(calendar.next_hour(at("2026-01-05T10:30:01Z")), at("2026-01-05T11:30:00Z"));
        // Where clocks change by half an hour, that much is left at the end of the day.
        let calendar = Calendar::of("Australia/Lord_Howe");
        assert_eq!(calendar.next_hour(at("2026-10-04T12:45:00Z")), at("2026-10-04T13:00:00Z"));
    }
}
