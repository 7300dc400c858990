//! Time as a value. Rooms receive a [`Timestamp`]; only the door asks a [`Clock`].

use serde::{Deserialize, Serialize};
use std::fmt;

/// A moment in UTC, in milliseconds since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

impl Timestamp {
    /// Parses an ISO 8601 date or date-time. Without an offset, or with ` UTC` for one, it is read as UTC.
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self(instant(text)?.as_millisecond()))
    }

    /// Reads a number whose unit is told by its size: seconds, milliseconds, microseconds or nanoseconds
    /// since 1970. Anything before 1971 in seconds is refused as not a time.
    pub fn from_number(value: f64) -> Option<Self> {
        let magnitude = value.abs();
        let ms = if !value.is_finite() || magnitude < 3.2e7 {
            return None;
        } else if magnitude < 1e11 {
            value * 1e3
        } else if magnitude < 1e14 {
            value
        } else if magnitude < 1e17 {
            value / 1e3
        } else {
            value / 1e6
        };
        Some(Self(ms as i64))
    }

    /// The Monday 00:00 UTC that starts this moment's ISO week.
    pub fn week_start(self) -> Self {
        let day = self.0.div_euclid(DAY_MS);
        // 1970-01-01 was a Thursday, so day 4 is the first Monday.
        let monday = day - (day - 4).rem_euclid(7);
        Self(monday * DAY_MS)
    }

    /// `2026-03-14`.
    pub fn date(self) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => moment.strftime("%Y-%m-%d").to_string(),
            Err(_) => "(no date)".to_string(),
        }
    }

    /// This moment plus a number of whole days, saturating.
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(DAY_MS)))
    }
}

impl fmt::Display for Timestamp {
    /// `2026-03-14T09:26:53Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => write!(f, "{}", moment.strftime("%Y-%m-%dT%H:%M:%SZ")),
            Err(_) => write!(f, "(no time)"),
        }
    }
}

fn instant(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim();
    // Go prints `2026-03-14 09:26:53.5 +0000 UTC`, SQL engines leave the offset out.
    let text = text.strip_suffix(" UTC").map_or(text, |text| text.strip_suffix(" +0000").unwrap_or(text));
    if let Ok(moment) = text.parse() {
        return Some(moment);
    }
    let civil = text.parse::<jiff::civil::DateTime>().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

/// Nanoseconds since 1970 of what [`Timestamp::parse`] parses: digits that a millisecond would lose tell apart what
/// happened in one. `None` also before 1678 and after 2262.
pub fn parse_nanos(text: &str) -> Option<i64> {
    i64::try_from(instant(text)?.as_nanosecond()).ok()
}

/// Nanoseconds since 1970 of a number of seconds.
pub fn seconds_to_nanos(seconds: f64) -> Option<i64> {
    i64::try_from(jiff::SignedDuration::try_from_secs_f64(seconds).ok()?.as_nanos()).ok()
}

/// Where the door gets the time from.
pub trait Clock: Send + Sync {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Timestamp(since.map_or(0, |elapsed| i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// A clock that stands still, for tests and for `REPROMPT_NOW`.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub Timestamp);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_times_parse_with_and_without_offset() {
        let utc = Timestamp::parse("2026-03-14T09:26:53Z").unwrap();
        assert_eq!(Timestamp::parse("2026-03-14T10:26:53+01:00"), Some(utc));
        assert_eq!(Timestamp::parse("2026-03-14T09:26:53"), Some(utc));
        assert_eq!(utc.to_string(), "2026-03-14T09:26:53Z");
        assert_eq!(Timestamp::parse("2026-03-14").unwrap().date(), "2026-03-14");
        assert_eq!(Timestamp::parse("yesterday"), None);
        for text in ["2026-03-14 09:26:53 UTC", "2026-03-14 09:26:53 +0000 UTC", "2026-03-14T09:26:53Z"] {
            assert_eq!(Timestamp::parse(text), Some(utc), "{text}");
        }
    }

    #[test]
    fn nanoseconds_are_kept() {
        assert_eq!(parse_nanos("2026-03-14T09:26:53.123456789Z"), Some(1_773_480_413_123_456_789));
        assert_eq!(parse_nanos("2026-03-14 09:26:53.123456 UTC"), Some(1_773_480_413_123_456_000));
        assert_eq!(parse_nanos("9999-01-01"), None);
        assert_eq!(seconds_to_nanos(1_773_480_413.5), Some(1_773_480_413_500_000_000));
        assert_eq!((seconds_to_nanos(f64::NAN), seconds_to_nanos(1e300)), (None, None));
    }

    #[test]
    fn numeric_times_are_read_by_magnitude() {
        let expected = Some(Timestamp(1_700_000_000_000));
        assert_eq!(Timestamp::from_number(1_700_000_000.0), expected);
        assert_eq!(Timestamp::from_number(1_700_000_000_000.0), expected);
        assert_eq!(Timestamp::from_number(1_700_000_000_000_000.0), expected);
        assert_eq!(Timestamp::from_number(7.0), None);
        assert_eq!(Timestamp::from_number(f64::NAN), None);
    }

    #[test]
    fn weeks_start_on_monday() {
        let sunday = Timestamp::parse("2026-03-15T23:59:59Z").unwrap();
        assert_eq!(sunday.week_start().date(), "2026-03-09");
        let monday = Timestamp::parse("2026-03-16T00:00:00Z").unwrap();
        assert_eq!(monday.week_start(), monday);
        assert_eq!(Timestamp(-1).week_start().date(), "1969-12-29");
    }
}
