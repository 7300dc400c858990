//! Weekly volume and outcomes of a set of conversations, and what they mean: surges, drift, changes after a release, mix
//! shifts, lifts, walls, what is resolved. Weeks start on Monday, UTC; weeks without conversations are there with zeros, so
//! that a series has no holes. An intent and a finding are read alike: both are counts by week out of an exposure.
//!
//! What this room does not do: it claims no causes (a change after a release is a change after a release), it sees no
//! seasons longer than a week, and it does not judge a week that is not over, except where it says "provisional".

pub mod calendar;
pub mod drift;
pub mod lift;
pub mod mix;
pub mod release;
pub mod report;
pub mod resolution;
pub mod surge;
pub mod tally;
pub mod wall;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod simulation;

use crate::clock::Timestamp;
use crate::stats::effect::Count;
use crate::trace::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Conversations by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeCounts {
    /// The user got what they came for.
    pub success: u32,
    /// They did not.
    pub failure: u32,
    /// Nothing says.
    pub unknown: u32,
}

impl OutcomeCounts {
    /// Counts one more.
    pub fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Success => self.success += 1,
            Outcome::Failure => self.failure += 1,
            Outcome::Unknown => self.unknown += 1,
        }
    }

    /// Conversations whose outcome is known.
    pub fn known(&self) -> u32 {
        self.success + self.failure
    }

    /// Failures and known outcomes, as the rates' tests take them.
    pub fn failures(&self) -> Count {
        (u64::from(self.failure), u64::from(self.known()))
    }

    /// All conversations.
    pub fn all(&self) -> u32 {
        self.known() + self.unknown
    }
}

impl FromIterator<Outcome> for OutcomeCounts {
    fn from_iter<T: IntoIterator<Item = Outcome>>(outcomes: T) -> Self {
        let mut counts = Self::default();
        outcomes.into_iter().for_each(|outcome| counts.add(outcome));
        counts
    }
}

/// One week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    /// Its Monday.
    pub start: Timestamp,
    /// What happened in it.
    pub counts: OutcomeCounts,
}

/// The longest series: two years. A clock gone wrong in a trace must not make a table of ten thousand weeks.
pub const MOST_WEEKS: usize = 104;

/// The weeks from the first to the last of `span` (both taken from all conversations, so that the series of several
/// intents line up), with the conversations of `records` counted in. Conversations outside the span, or before the
/// last two years of it, are left out.
pub fn weekly(records: impl IntoIterator<Item = (Timestamp, Outcome)>, span: (Timestamp, Timestamp)) -> Vec<Week> {
    let (first, last) = (span.0.week_start(), span.1.week_start());
    let mut weeks: Vec<Week> = Vec::new();
    let mut start = last;
    while start >= first && weeks.len() < MOST_WEEKS {
        weeks.push(Week { start, counts: OutcomeCounts::default() });
        start = start.plus_days(-7);
    }
    weeks.reverse();
    let place: BTreeMap<Timestamp, usize> = weeks.iter().enumerate().map(|(index, week)| (week.start, index)).collect();
    for (time, outcome) in records {
        if let Some(week) = place.get(&time.week_start()).and_then(|&index| weeks.get_mut(index)) {
            week.counts.add(outcome);
        }
    }
    weeks
}

/// First and last moment of `times`.
pub fn span(times: impl IntoIterator<Item = Timestamp>) -> Option<(Timestamp, Timestamp)> {
    times.into_iter().fold(None, |span, time| match span {
        None => Some((time, time)),
        Some((first, last)) => Some((time.min(first), time.max(last))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn weekly_fills_holes_with_zeros() {
        let records = [
            (day("2026-03-02"), Outcome::Success),
            (day("2026-03-08T23:59:59"), Outcome::Failure),
            (day("2026-03-16"), Outcome::Unknown),
        ];
        let span = span(records.iter().map(|record| record.0)).unwrap();
        let weeks = weekly(records, span);
        let shown: Vec<(String, u32)> = weeks.iter().map(|week| (week.start.date(), week.counts.all())).collect();
        assert_eq!(shown, [("2026-03-02".into(), 2), ("2026-03-09".into(), 0), ("2026-03-16".into(), 1)]);
        assert_eq!(weeks[0].counts.known(), 2);
    }

    #[test]
    fn weekly_is_bounded_however_wrong_the_clocks() {
        let records = [(Timestamp(0), Outcome::Success), (day("2026-03-02"), Outcome::Success)];
        let weeks = weekly(records, (records[0].0, records[1].0));
        assert_eq!(weeks.len(), MOST_WEEKS);
        assert_eq!(weeks[MOST_WEEKS - 1].start, day("2026-03-02"));
        assert!(span([]).is_none());
    }
}
