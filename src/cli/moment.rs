//! A moment as people type it: a date, a date with a time, or how long ago.

use crate::clock::{DAY_MS, Timestamp};
use std::str::FromStr;

/// From when on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// This moment.
    At(Timestamp),
    /// So many milliseconds before now.
    Ago(i64),
}

impl Since {
    /// The moment, seen from `now`.
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::Ago(milliseconds) => Timestamp(now.0.saturating_sub(milliseconds)),
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let ago = || {
            let unit = text.chars().last()?;
            let number: i64 = text[..text.len() - unit.len_utf8()].parse().ok().filter(|number| *number >= 0)?;
            let milliseconds = match unit {
                'm' => 60_000,
                'h' => 3_600_000,
                'd' => DAY_MS,
                'w' => 7 * DAY_MS,
                _ => return None,
            };
            number.checked_mul(milliseconds)
        };
        let day = || Timestamp::parse(&format!("{text}T00:00:00"));
        ago().map(Self::Ago).or_else(|| Timestamp::parse(text).or_else(day).map(Self::At)).ok_or_else(|| {
            "write a date (2026-03-14), a date with a time, or how long ago (30m, 24h, 7d, 4w)".to_string()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_lengths_are_moments() {
        let now = Timestamp(10 * DAY_MS);
        assert_eq!("7d".parse::<Since>().unwrap().moment(now), Timestamp(3 * DAY_MS));
        assert_eq!("24h".parse::<Since>().unwrap().moment(now), Timestamp(9 * DAY_MS));
        assert_eq!("1970-01-03".parse::<Since>().unwrap().moment(now), Timestamp(2 * DAY_MS));
        assert_eq!("1970-01-03T01:00:00Z".parse::<Since>().unwrap().moment(now), Timestamp(2 * DAY_MS + 3_600_000));
        for text in ["", "d", "-3d", "yesterday", "7x", "99999999999999999d"] {
            assert!(text.parse::<Since>().is_err(), "{text}");
        }
    }
}
