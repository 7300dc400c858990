//! Which intent hurts most: failures per week that would not happen if the intent failed no more than traffic
//! does on average. The rate is read at the 10 % quantile of its posterior under a prior fitted over all intents,
//! so that two failures out of four cannot lead the list.

use super::trend::OutcomeCounts;
use crate::stats::interval::{Interval, jeffreys};
use crate::stats::shrinkage::{beta_quantile, fit_beta_prior};
use serde::{Deserialize, Serialize};

/// Posterior quantile that an intent is judged by.
const CAUTIOUS: f64 = 0.1;
/// Confidence of the printed interval.
const CONFIDENCE: f64 = 0.95;

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
    /// Expected preventable failures per week, at least 0.
    pub preventable_per_week: f64,
}

/// The pain of each intent from its outcomes over `weeks` weeks (at least one is counted). The reference is the
/// failure rate of all of them together.
pub fn pain(intents: &[OutcomeCounts], weeks: f64) -> Vec<Pain> {
    let groups: Vec<(u64, u64)> =
        intents.iter().map(|counts| (u64::from(counts.failure), u64::from(counts.known()))).collect();
    let (a, b) = fit_beta_prior(&groups);
    let failures: u64 = groups.iter().map(|group| group.0).sum();
    let known: u64 = groups.iter().map(|group| group.1).sum();
    let reference = failures as f64 / known.max(1) as f64;
    intents.iter().zip(groups).map(|(counts, group)| one(counts, group, (a, b), reference, weeks.max(1.0))).collect()
}

fn one(counts: &OutcomeCounts, group: (u64, u64), prior: (f64, f64), reference: f64, weeks: f64) -> Pain {
    let (failures, known) = group;
    let Interval { low, high } = jeffreys(failures, known, CONFIDENCE).unwrap_or(Interval { low: 0.0, high: 1.0 });
    let cautious = beta_quantile(prior.0 + failures as f64, prior.1 + (known - failures) as f64, CAUTIOUS);
    let excess = (cautious.unwrap_or(0.0) - reference).max(0.0);
    Pain {
        failure_rate: (known > 0).then(|| failures as f64 / known as f64),
        low,
        high,
        unknown_share: f64::from(counts.unknown) / f64::from(counts.all().max(1)),
        preventable_per_week: known as f64 * excess / weeks,
    }
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

    fn counts(failure: u32, known: u32) -> OutcomeCounts {
        OutcomeCounts { failure, success: known - failure, unknown: 0 }
    }

    #[test]
    fn small_intents_cannot_lead() {
        let jeffreys_prior = (0.5, 0.5);
        let pain = |failure, known| {
            let counts = counts(failure, known);
            one(&counts, (u64::from(failure), u64::from(known)), jeffreys_prior, 0.2, 1.0).preventable_per_week
        };
        assert!((pain(30, 90) - 6.543).abs() < 5e-4);
        assert_eq!(pain(60, 280), 0.0);
        assert!((pain(2, 4) - 0.098).abs() < 5e-4);
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
}
