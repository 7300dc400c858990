//! Which intent hurts most: failures per week that would not happen if the intent failed no more than a reference does,
//! weighted by how bad a failure of it is. The rate is read at the 10 % quantile of its posterior under a prior fitted over
//! all intents, so that two failures out of four cannot lead the list.
//!
//! The reference is the failure rate of all traffic together. An intent that used to be better than that can be held
//! against its own best four weeks instead; that rate is read at its 90 % quantile, because the best of many short stretches
//! is mostly luck.

use super::trend::OutcomeCounts;
use crate::stats::interval::{Interval, jeffreys};
use crate::stats::shrinkage::{beta_quantile, fit_beta_prior};
use serde::{Deserialize, Serialize};

/// Posterior quantile that an intent is judged by.
const CAUTIOUS: f64 = 0.1;
/// Confidence of the printed interval.
const CONFIDENCE: f64 = 0.95;
/// Weeks of an intent's own best stretch.
const BEST_WEEKS: usize = 4;

/// How much an intent hurts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pain {
    /// Failures over conversations with a known outcome; `None` when none is known.
    pub failure_rate: Option<f64>,
    /// Jeffreys 95 % interval of that rate, from no data `[0, 1]`.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Share of conversations whose outcome nobody knows, in `[0, 1]`.
    pub unknown_share: f64,
    /// Expected preventable failures per week times severity, at least 0.
    pub preventable_per_week: f64,
}

/// What an intent's failure rate is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// The rate of all intents together.
    #[default]
    Traffic,
    /// The lower of that and the rate of the intent's own best four weeks running.
    OwnBest,
}

/// An intent to be ranked.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Its outcomes over the whole window.
    pub counts: OutcomeCounts,
    /// The same by complete week, oldest first; only read for [`Reference::OwnBest`].
    pub weeks: &'a [OutcomeCounts],
    /// How bad one of its failures is; 1 is usual. What is not positive and finite counts as 1.
    pub severity: f64,
}

/// The pain of each intent from its outcomes over `weeks` weeks (at least one is counted), all equally severe. The
/// reference is the failure rate of all of them together.
pub fn pain(intents: &[OutcomeCounts], weeks: f64) -> Vec<Pain> {
    let cases: Vec<Case<'_>> = intents.iter().map(|&counts| Case { counts, weeks: &[], severity: 1.0 }).collect();
    weighted_pain(&cases, weeks, Reference::Traffic)
}

/// The pain of each intent from its outcomes over `weeks` weeks (at least one is counted), by severity and against a
/// reference.
pub fn weighted_pain(cases: &[Case<'_>], weeks: f64, reference: Reference) -> Vec<Pain> {
    let groups: Vec<(u64, u64)> = cases.iter().map(|case| case.counts.failures()).collect();
    let prior = fit_beta_prior(&groups);
    let failures: u64 = groups.iter().map(|group| group.0).sum();
    let known: u64 = groups.iter().map(|group| group.1).sum();
    let traffic = failures as f64 / known.max(1) as f64;
    cases
        .iter()
        .map(|case| {
            let held_against = match reference {
                Reference::Traffic => traffic,
                Reference::OwnBest => own_best(case.weeks, prior).map_or(traffic, |best| best.min(traffic)),
            };
            one(case, prior, held_against, weeks.max(1.0))
        })
        .collect()
}

fn one(case: &Case<'_>, prior: (f64, f64), reference: f64, weeks: f64) -> Pain {
    let counts = case.counts;
    let (failures, known) = counts.failures();
    let Interval { low, high } = jeffreys(failures, known, CONFIDENCE).unwrap_or(Interval { low: 0.0, high: 1.0 });
    let excess = (posterior(prior, (failures, known), CAUTIOUS).unwrap_or(0.0) - reference).max(0.0);
    let severity = if case.severity > 0.0 && case.severity.is_finite() { case.severity } else { 1.0 };
    Pain {
        failure_rate: (known > 0).then(|| failures as f64 / known as f64),
        low,
        high,
        unknown_share: f64::from(counts.unknown) / f64::from(counts.all().max(1)),
        preventable_per_week: known as f64 * excess * severity / weeks,
    }
}

fn posterior((a, b): (f64, f64), (failures, known): (u64, u64), quantile: f64) -> Option<f64> {
    beta_quantile(a + failures as f64, b + (known - failures) as f64, quantile)
}

/// The failure rate of the best four weeks running, read so that luck cannot lower it. `None` with fewer weeks, or without
/// four weeks in which an outcome is known.
fn own_best(weeks: &[OutcomeCounts], prior: (f64, f64)) -> Option<f64> {
    let stretches = weeks.windows(BEST_WEEKS).filter_map(|stretch| {
        let count = stretch.iter().fold((0, 0), |sum, week| {
            let (failures, known) = week.failures();
            (sum.0 + failures, sum.1 + known)
        });
        if count.1 == 0 { None } else { posterior(prior, count, 1.0 - CAUTIOUS) }
    });
    stretches.min_by(f64::total_cmp)
}

/// Places of the intents, most preventable failures first; ties by failure rate, then by size, then as given.
pub fn order(pains: &[Pain], sizes: &[u32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pains.len()).collect();
    order.sort_by(|&a, &b| {
        let key = |index: usize| (pains[index].preventable_per_week, pains[index].failure_rate.unwrap_or(0.0));
        let ((pain_a, rate_a), (pain_b, rate_b)) = (key(a), key(b));
        pain_b.total_cmp(&pain_a).then(rate_b.total_cmp(&rate_a)).then(sizes[b].cmp(&sizes[a])).then(a.cmp(&b))
    });
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(failure: u32, known: u32) -> OutcomeCounts {
        OutcomeCounts { failure, success: known - failure, unknown: 0 }
    }

    fn case(failure: u32, known: u32, severity: f64) -> Case<'static> {
        Case { counts: counts(failure, known), weeks: &[], severity }
    }

    #[test]
    fn small_intents_cannot_lead() {
        let jeffreys_prior = (0.5, 0.5);
        let pain = |failure, known, severity| {
            one(&case(failure, known, severity), jeffreys_prior, 0.2, 1.0).preventable_per_week
        };
        assert!((pain(30, 90, 1.0) - 6.543).abs() < 5e-4);
        assert_eq!(pain(60, 280, 1.0), 0.0);
        assert!((pain(2, 4, 1.0) - 0.098).abs() < 5e-4);
        assert!((pain(30, 90, 3.0) / pain(30, 90, 1.0) - 3.0).abs() < 1e-12);
        for nonsense in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(pain(30, 90, nonsense), pain(30, 90, 1.0));
        }
    }

    #[test]
    fn severity_decides_between_equal_intents() {
        let cases = [case(30, 90, 1.0), case(30, 90, 2.0), case(2, 90, 9.0)];
        let pains = weighted_pain(&cases, 4.0, Reference::Traffic);
        assert_eq!(order(&pains, &[90, 90, 90])[0], 1);
        assert_eq!(pains[2].preventable_per_week, 0.0, "severity of what does not fail too often");
    }

    /// An intent at the rate of all traffic, which for a month did much better.
    #[test]
    fn an_intent_can_be_held_against_its_own_best_weeks() {
        let weeks: Vec<OutcomeCounts> =
            (0..12).map(|week| if week < 6 { counts(1, 50) } else { counts(16, 50) }).collect();
        let fell = Case { counts: counts(102, 600), weeks: &weeks, severity: 1.0 };
        let cases = [fell, case(102, 600, 1.0), case(20, 400, 1.0), case(130, 400, 1.0), case(60, 400, 1.0)];
        let traffic = weighted_pain(&cases, 12.0, Reference::Traffic);
        let best = weighted_pain(&cases, 12.0, Reference::OwnBest);
        assert_eq!(traffic[0].preventable_per_week, 0.0);
        assert!(best[0].preventable_per_week > 4.0, "{best:?}");
        assert_eq!(best[1], traffic[1], "without weeks there is no own best");
    }

    /// Four lucky weeks of two conversations each do not make a reference of zero.
    #[test]
    fn a_lucky_month_is_no_reference() {
        let weeks: Vec<OutcomeCounts> = (0..8).map(|week| counts(u32::from(week >= 4), 2)).collect();
        let lucky = Case { counts: counts(4, 16), weeks: &weeks, severity: 1.0 };
        let cases = [lucky, case(100, 400, 1.0), case(80, 400, 1.0), case(120, 400, 1.0)];
        assert_eq!(weighted_pain(&cases, 8.0, Reference::OwnBest)[0].preventable_per_week, 0.0);
        assert_eq!(own_best(&weeks[..3], (0.5, 0.5)), None);
        assert_eq!(own_best(&[OutcomeCounts::default(); 6], (0.5, 0.5)), None);
    }

    #[test]
    fn pain_is_finite_and_ordered_for_any_counts() {
        let intents =
            [counts(0, 0), counts(50, 60), counts(3, 100), OutcomeCounts { unknown: 9, ..Default::default() }];
        let pains = pain(&intents, 0.0);
        assert!(pains.iter().all(|pain| pain.preventable_per_week.is_finite() && pain.low <= pain.high));
        assert_eq!(pains[0].failure_rate, None);
        assert_eq!(pains[3].unknown_share, 1.0);
        let sizes: Vec<u32> = intents.iter().map(OutcomeCounts::all).collect();
        assert_eq!(order(&pains, &sizes)[0], 1);
        assert!(pain(&[], 8.0).is_empty());
    }

    proptest! {
        /// Nobody can prevent more failures than there were.
        #[test]
        fn no_more_is_preventable_than_failed(rows in proptest::collection::vec((0u32..60, 0u32..60), 1..20), weeks in 1.0f64..20.0) {
            let intents: Vec<OutcomeCounts> = rows.iter().map(|&(failed, passed)| counts(failed, failed + passed)).collect();
            for (pain, intent) in pain(&intents, weeks).iter().zip(&intents) {
                prop_assert!(pain.preventable_per_week >= 0.0);
                prop_assert!(pain.preventable_per_week * weeks <= f64::from(intent.failure) + 1.0);
            }
        }
    }
}
