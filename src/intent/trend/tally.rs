//! One week of an intent or a finding, counted: asks, conversations by outcome, failure rate with its interval, share of all
//! asks, cost and latency. Numbers only; what they mean is said by the other modules of this folder.

use super::calendar::Calendar;
use super::{Count, OutcomeCounts};
use crate::clock::Timestamp;
use crate::stats::interval::{Interval, jeffreys};
use crate::trace::Outcome;
use serde::Serialize;

/// Confidence of every interval that is printed.
pub const CONFIDENCE: f64 = 0.95;

/// One conversation that dealt with the subject.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Visit<U> {
    /// When it started.
    pub at: Timestamp,
    /// How often the subject was asked for in it; for a finding 1.
    pub asks: u32,
    /// How it went.
    pub outcome: Outcome,
    /// Its user, where known.
    pub user: Option<U>,
    /// Its cost in US dollars, where known.
    pub cost: Option<f64>,
    /// Its latency in milliseconds, where known.
    pub latency_ms: Option<f64>,
}

/// A failure rate with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// Conversations that failed.
    pub failures: u64,
    /// Conversations whose outcome is known.
    pub known: u64,
    /// The one over the other.
    pub share: f64,
    /// Jeffreys' 95 % interval of it.
    pub interval: Interval,
}

impl Rate {
    /// The rate of (failures, known); `None` when nothing is known or the counts are impossible.
    pub fn of((failures, known): Count) -> Option<Self> {
        let interval = jeffreys(failures, known, CONFIDENCE)?;
        Some(Self { failures, known, share: failures as f64 / known as f64, interval })
    }
}

/// What a week's conversations cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Cost {
    /// Conversations whose cost is known.
    pub known: u32,
    /// Their mean in US dollars.
    pub mean: f64,
}

/// How long a week's conversations took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Conversations whose latency is known.
    pub known: u32,
    /// Their median in milliseconds.
    pub median_ms: f64,
    /// The value that 95 % of them do not exceed, in milliseconds.
    pub p95_ms: f64,
}

/// One week.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tally {
    /// Its Monday.
    pub start: Timestamp,
    /// Whether it is over; see [`Calendar`].
    pub complete: bool,
    /// Asks of the subject.
    pub asks: u64,
    /// All asks of the week, the subject's included.
    pub exposure: u64,
    /// Asks over exposure; `None` in a week without any.
    pub share: Option<f64>,
    /// Conversations by outcome.
    pub counts: OutcomeCounts,
    /// Failure rate; `None` when no outcome is known.
    pub failure: Option<Rate>,
    /// Cost; `None` when no conversation's is known.
    pub cost: Option<Cost>,
    /// Latency; `None` when no conversation's is known.
    pub latency: Option<Latency>,
}

/// Asks by week of the calendar: over all intents the exposure of each. Visits outside the calendar are left out.
pub fn asks_by_week(visits: impl IntoIterator<Item = (Timestamp, u32)>, calendar: &Calendar) -> Vec<u64> {
    let mut asks = vec![0u64; calendar.weeks().len()];
    for (at, count) in visits {
        if let Some(week) = calendar.place(at).and_then(|place| asks.get_mut(place)) {
            *week += u64::from(count);
        }
    }
    asks
}

/// Counts a subject's visits by week. `exposure` is parallel to the calendar's weeks; a missing one counts as 0. Visits
/// outside the calendar are left out.
pub fn tally<U>(visits: &[Visit<U>], calendar: &Calendar, exposure: &[u64]) -> Vec<Tally> {
    let mut weeks: Vec<Vec<&Visit<U>>> = calendar.weeks().iter().map(|_| Vec::new()).collect();
    for visit in visits {
        if let Some(week) = calendar.place(visit.at).and_then(|place| weeks.get_mut(place)) {
            week.push(visit);
        }
    }
    let starts = calendar.weeks().iter().enumerate();
    starts
        .zip(weeks)
        .map(|((place, &start), visits)| {
            let exposure = exposure.get(place).copied().unwrap_or(0);
            one(start, place < calendar.complete(), &visits, exposure)
        })
        .collect()
}

fn one<U>(start: Timestamp, complete: bool, visits: &[&Visit<U>], exposure: u64) -> Tally {
    let counts: OutcomeCounts = visits.iter().map(|visit| visit.outcome).collect();
    let asks: u64 = visits.iter().map(|visit| u64::from(visit.asks)).sum();
    let known = |value: fn(&Visit<U>) -> Option<f64>| {
        let mut values: Vec<f64> = visits.iter().filter_map(|visit| value(visit)).filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let (costs, latencies) = (known(|visit| visit.cost), known(|visit| visit.latency_ms));
    let size = |values: &[f64]| u32::try_from(values.len()).unwrap_or(u32::MAX);
    Tally {
        start,
        complete,
        asks,
        exposure,
        share: (exposure > 0).then(|| asks as f64 / exposure as f64),
        failure: Rate::of(counts.failures()),
        counts,
        cost: (!costs.is_empty())
            .then(|| Cost { known: size(&costs), mean: costs.iter().sum::<f64>() / costs.len() as f64 }),
        latency: quantile(&latencies, 0.5).zip(quantile(&latencies, 0.95)).map(|(median_ms, p95_ms)| Latency {
            known: size(&latencies),
            median_ms,
            p95_ms,
        }),
    }
}

/// The smallest of the ascending values that a share `p` of them does not exceed (nearest rank), so it is always a value
/// that occurred.
fn quantile(ascending: &[f64], p: f64) -> Option<f64> {
    let rank = (p * ascending.len() as f64).ceil() as usize;
    ascending.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn visit(at: &str, outcome: Outcome, cost: Option<f64>, latency_ms: Option<f64>) -> Visit<u32> {
        Visit { at: day(at), asks: 2, outcome, user: None, cost, latency_ms }
    }

    #[test]
    fn tally_counts_each_week_by_itself() {
        let calendar = Calendar::new((day("2026-03-02"), day("2026-03-18")), day("2026-03-18T09:00"));
        let visits = [
            visit("2026-03-02", Outcome::Failure, Some(0.25), Some(900.0)),
            visit("2026-03-08T23:00", Outcome::Success, Some(0.75), None),
            visit("2026-03-03", Outcome::Unknown, None, Some(100.0)),
            visit("2026-03-17", Outcome::Failure, Some(f64::NAN), None),
            visit("2027-01-01", Outcome::Failure, None, None),
        ];
        let weeks = tally(&visits, &calendar, &[60, 0, 5]);
        assert_eq!(weeks.len(), 3);
        let first = &weeks[0];
        assert_eq!((first.asks, first.exposure, first.share, first.complete), (6, 60, Some(0.1), true));
        assert_eq!(first.counts, OutcomeCounts { success: 1, failure: 1, unknown: 1 });
        assert_eq!(first.failure.unwrap().share, 0.5);
        assert_eq!(first.cost, Some(Cost { known: 2, mean: 0.5 }));
        assert_eq!(first.latency, Some(Latency { known: 2, median_ms: 100.0, p95_ms: 900.0 }));
        let empty = &weeks[1];
        assert_eq!((empty.asks, empty.share, empty.failure, empty.cost, empty.latency), (0, None, None, None, None));
        assert_eq!((weeks[2].complete, weeks[2].cost), (false, None), "NaN is not a cost");
        let asks = asks_by_week(visits.iter().map(|visit| (visit.at, visit.asks)), &calendar);
        assert_eq!(asks, [6, 0, 2]);
    }

    #[test]
    fn rates_are_read_with_jeffreys_interval() {
        let rate = Rate::of((7, 20)).unwrap();
        assert!((rate.interval.low - 0.17227621363191203).abs() < 1e-9);
        assert_eq!(Rate::of((0, 0)), None);
    }

    #[test]
    fn quantiles_are_values_that_occurred() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!((quantile(&values, 0.5), quantile(&values, 0.95)), (Some(50.0), Some(95.0)));
        assert_eq!((quantile(&[7.0], 0.95), quantile(&[], 0.5)), (Some(7.0), None));
    }
}
