//! When a matter counts as resolved. Two ways lead there, both read off complete weeks:
//!
//! - its failure rate fell clearly: the upper end of the last four weeks' interval lies below the lower end of the interval of
//!   the eight weeks before (Jeffreys, 95 % each; that the two do not touch is stricter than a test at 5 %);
//! - it went silent: nobody asked in the last four weeks, although the eight before predict at least five asks at the traffic
//!   that there was.
//!
//! It holds as long as these twelve weeks show it. What is newly resolved was not resolved a week earlier.

use crate::stats::effect::Count;
use serde::Serialize;

use super::surge::HISTORY;
use super::tally::Rate;

/// Weeks that must be better or silent.
const RECENT: usize = 4;
/// Asks that silence must be silent about.
const LEAST_EXPECTED: f64 = 5.0;

/// An intent or a finding by complete week, oldest first; the three are parallel.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// Asks of an intent, conversations with a finding.
    pub asks: &'a [u64],
    /// What these are out of.
    pub exposure: &'a [u64],
    /// (Failures, known outcomes) of an intent; (with, all) of a finding.
    pub failures: &'a [Count],
}

impl Course<'_> {
    /// The course as it was after its first `weeks` weeks.
    fn until(self, weeks: usize) -> Self {
        let first = |length: usize| weeks.min(length);
        Self {
            asks: self.asks.get(..first(self.asks.len())).unwrap_or_default(),
            exposure: self.exposure.get(..first(self.exposure.len())).unwrap_or_default(),
            failures: self.failures.get(..first(self.failures.len())).unwrap_or_default(),
        }
    }
}

/// How it was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum Resolved {
    /// Its failure rate fell.
    Improvement {
        /// The rate of the eight weeks before.
        earlier: Rate,
        /// The rate of the last four.
        recent: Rate,
    },
    /// Nobody asks any more.
    Silence {
        /// Asks that were to be expected in the last four weeks.
        expected: f64,
    },
}

/// Whether the matter is resolved after its last week. Needs five weeks at least.
pub fn resolved(course: Course<'_>) -> Option<Resolved> {
    let split = course.asks.len().checked_sub(RECENT).filter(|&weeks| weeks > 0)?;
    let since = split.saturating_sub(HISTORY);
    let sum = |weeks: &[u64], range: std::ops::Range<usize>| weeks.get(range).unwrap_or_default().iter().sum::<u64>();
    let all = course.asks.len();
    let (before, earlier) = (sum(course.asks, since..split), sum(course.exposure, since..split));
    if sum(course.asks, split..all) == 0 && earlier > 0 {
        let expected = before as f64 / earlier as f64 * sum(course.exposure, split..all) as f64;
        if expected >= LEAST_EXPECTED {
            return Some(Resolved::Silence { expected });
        }
    }
    let rate = |range: std::ops::Range<usize>| {
        let weeks = course.failures.get(range).unwrap_or_default();
        Rate::of(weeks.iter().fold((0, 0), |sum, week| (sum.0 + week.0, sum.1 + week.1)))
    };
    let (earlier, recent) = (rate(since..split)?, rate(split..all)?);
    (recent.interval.high < earlier.interval.low).then_some(Resolved::Improvement { earlier, recent })
}

/// The same, when it was not resolved a week before.
pub fn newly_resolved(course: Course<'_>) -> Option<Resolved> {
    let before = course.asks.len().checked_sub(1)?;
    resolved(course).filter(|_| resolved(course.until(before)).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAFFIC: [u64; 13] = [100; 13];

    fn course<'a>(asks: &'a [u64], failures: &'a [Count]) -> Course<'a> {
        Course { asks, exposure: &TRAFFIC[..asks.len()], failures }
    }

    #[test]
    fn a_failure_rate_that_fell_is_resolved() {
        let asks = [10; 12];
        let mut failures = [(6, 10); 12];
        failures[8..].fill((1, 10));
        let Some(Resolved::Improvement { earlier, recent }) = resolved(course(&asks, &failures)) else { panic!() };
        assert_eq!((earlier.failures, earlier.known, recent.failures, recent.known), (48, 80, 4, 40));
        // One conversation a week says too little.
        let mut few = [(1, 1), (0, 1)].repeat(6);
        few[8..].fill((0, 1));
        assert_eq!(resolved(course(&asks, &few)), None);
        // A rise is not resolved.
        failures.reverse();
        assert_eq!(resolved(course(&asks, &failures)), None);
    }

    #[test]
    fn silence_counts_when_asks_were_to_be_expected() {
        let nothing = [(0, 0); 13];
        let mut asks = [2; 12];
        asks[8..].fill(0);
        assert_eq!(resolved(course(&asks, &nothing[..12])), Some(Resolved::Silence { expected: 8.0 }));
        let mut rare = [0; 12];
        rare[..4].fill(2);
        assert_eq!(resolved(course(&rare, &nothing[..12])), None, "four were to be expected");
        // Nobody could ask: that is no silence.
        let closed = [100, 100, 100, 100, 100, 100, 100, 100, 0, 0, 0, 0];
        assert_eq!(resolved(Course { asks: &asks, exposure: &closed, failures: &nothing[..12] }), None);
    }

    #[test]
    fn newly_resolved_is_said_once() {
        let nothing = [(0, 0); 13];
        let mut asks = [2; 13];
        asks[8..].fill(0);
        assert!(newly_resolved(course(&asks[..12], &nothing[..12])).is_some());
        assert!(resolved(course(&asks, &nothing)).is_some());
        assert_eq!(newly_resolved(course(&asks, &nothing)), None, "it was so a week before");
    }

    #[test]
    fn too_few_weeks_resolve_nothing() {
        assert_eq!(resolved(course(&[], &[])), None);
        assert_eq!(resolved(course(&[0; 4], &[(0, 9); 4])), None);
        assert_eq!(newly_resolved(course(&[], &[])), None);
        // Missing outcomes are no outcomes.
        assert_eq!(resolved(course(&[5; 12], &[])), None);
    }
}
