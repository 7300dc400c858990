//! The same cases under two arms: only the discordant pairs carry information. `base_only` counts cases that pass
//! under the base alone (losses), `head_only` those that pass under the head alone (gains), `pairs` all cases.
//!
//! [`mcnemar_mid_p`] is for display; decisions that may be looked at while results arrive belong to
//! [`evalue`](super::evalue).

use super::interval::{Interval, wilson};
use super::normal::{half_width, quantile, upper_p};
use super::special::{ln_choose, ln_half_binomial_cdf};

/// McNemar's exact two-sided test: twice the smaller binomial tail, at most 1. Without discordant pairs 1.
/// `None` only for counts that overflow.
pub fn mcnemar_exact(base_only: u64, head_only: u64) -> Option<f64> {
    let n = base_only.checked_add(head_only)?;
    let tail = ln_half_binomial_cdf(base_only.min(head_only), n)?;
    Some((2.0 * tail.exp()).min(1.0))
}

/// McNemar's mid-p test: the exact test less the probability of the observed count (Fagerland, Lydersen and Laake
/// 2013, BMC Medical Research Methodology 13:91). Without discordant pairs 1: nothing was observed.
pub fn mcnemar_mid_p(base_only: u64, head_only: u64) -> Option<f64> {
    let n = base_only.checked_add(head_only)?;
    if n == 0 {
        return Some(1.0);
    }
    let smaller = base_only.min(head_only);
    let point = (ln_choose(n, smaller)? - n as f64 * std::f64::consts::LN_2).exp();
    // In a tie both tails hold the observed count, and the general formula would give 1 exactly.
    let p =
        if base_only == head_only { 1.0 - point / 2.0 } else { 2.0 * ln_half_binomial_cdf(smaller, n)?.exp() - point };
    Some(p.clamp(0.0, 1.0))
}

/// Tango's score statistic for "head's pass rate minus base's is `difference`": positive when the data lie above it
/// (Tango 1998, Statistics in Medicine 17:891; the constrained estimate is the root of a quadratic). `None` for no
/// pairs, more discordant pairs than pairs, or a difference outside (-1, 1).
pub fn tango_statistic(base_only: u64, head_only: u64, pairs: u64, difference: f64) -> Option<f64> {
    if pairs == 0 || base_only.checked_add(head_only)? > pairs || !(difference > -1.0 && difference < 1.0) {
        return None;
    }
    let (losses, gains, n) = (base_only as f64, head_only as f64, pairs as f64);
    let a = 2.0 * n;
    let b = -gains - losses + (2.0 * n - gains + losses) * difference;
    let c = -losses * difference * (1.0 - difference);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    // Of the two equal forms of the root, the one without cancellation.
    let losses_rate = if b <= 0.0 {
        (root - b) / (2.0 * a)
    } else if root + b > 0.0 {
        -2.0 * c / (root + b)
    } else {
        0.0
    };
    let variance = n * (2.0 * losses_rate + difference * (1.0 - difference));
    let distance = gains - losses - n * difference;
    if variance > 0.0 {
        Some(distance / variance.sqrt())
    } else {
        // No variance under the hypothesis: the data either are what it says or refute it.
        Some(if distance == 0.0 { 0.0 } else { distance.signum() * f64::MAX })
    }
}

/// Tango's score interval for head's pass rate minus base's: the differences that the score statistic does not
/// refute. `None` as for [`tango_statistic`].
pub fn tango_interval(base_only: u64, head_only: u64, pairs: u64, confidence: f64) -> Option<Interval> {
    let z = half_width(confidence)?;
    tango_statistic(base_only, head_only, pairs, 0.0)?;
    let estimate = (head_only as f64 - base_only as f64) / pairs as f64;
    // The statistic falls as the difference grows, so each end is found by halving.
    let end = |mut inside: f64, mut outside: f64| {
        for _ in 0..200 {
            let middle = f64::midpoint(inside, outside);
            let refuted = tango_statistic(base_only, head_only, pairs, middle).is_none_or(|t| t.abs() > z);
            if refuted {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        inside
    };
    Some(Interval { low: end(estimate, -1.0), high: end(estimate, 1.0) })
}

/// The outcome of a non-inferiority test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NonInferiority {
    /// Tango's statistic at minus the margin.
    pub statistic: f64,
    /// Its one-sided p.
    pub p: f64,
}

/// Tests that head's pass rate is worse than base's by less than `margin` (a share of cases, in (0, 1)). A small
/// `p` shows it. `None` as for [`tango_statistic`] or for a margin outside (0, 1).
pub fn non_inferiority(base_only: u64, head_only: u64, pairs: u64, margin: f64) -> Option<NonInferiority> {
    if !(margin > 0.0 && margin < 1.0) {
        return None;
    }
    let statistic = tango_statistic(base_only, head_only, pairs, -margin)?;
    Some(NonInferiority { statistic, p: upper_p(statistic) })
}

/// The smallest number of pairs that can show non-inferiority at `margin` and level `alpha` when no pair is
/// discordant: with fewer, even a perfect result is inconclusive. Then the statistic is `sqrt(n M / (1 - M))`.
pub fn pairs_for_non_inferiority(margin: f64, alpha: f64) -> Option<u64> {
    if !(margin > 0.0 && margin < 1.0 && alpha < 0.5) {
        return None;
    }
    let z = quantile(1.0 - alpha)?;
    let pairs = (z * z * (1.0 - margin) / margin).ceil();
    (pairs < 1e15).then_some(pairs as u64)
}

/// Newcombe's interval for a difference of paired rates, head minus base, from Wilson intervals and the
/// correlation of the arms, which is corrected towards zero where positive (Newcombe 1998, "paired data", method 10).
pub fn newcombe_paired(both: u64, base_only: u64, head_only: u64, neither: u64, confidence: f64) -> Option<Interval> {
    let head_passes = both.checked_add(head_only)?;
    let base_passes = both.checked_add(base_only)?;
    let pairs = head_passes.checked_add(base_only)?.checked_add(neither)?;
    let head = wilson(head_passes, pairs, confidence)?;
    let base = wilson(base_passes, pairs, confidence)?;
    let n = pairs as f64;
    let (p, q) = (head_passes as f64 / n, base_passes as f64 / n);
    let spread = (p * (1.0 - p) * q * (1.0 - q)).sqrt();
    // Over n² where Newcombe counts, hence the correction of half a pair as 1/(2n).
    let covariance = both as f64 / n * (neither as f64 / n) - base_only as f64 / n * (head_only as f64 / n);
    let covariance = if covariance > 0.0 { (covariance - 0.5 / n).max(0.0) } else { covariance };
    let correlation = if spread > 0.0 { (covariance / spread).clamp(-1.0, 1.0) } else { 0.0 };
    let joined = |one: f64, two: f64| (one * one - 2.0 * correlation * one * two + two * two).max(0.0).sqrt();
    Some(Interval {
        low: (p - q - joined(p - head.low, base.high - q)).max(-1.0),
        high: (p - q + joined(head.high - p, q - base.low)).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
    }

    #[test]
    fn mcnemar_reproduces_its_vectors() {
        for (base_only, head_only, exact, mid_p) in [
            (3, 12, 0.03515625000000005, 0.021270751953125035),
            (1, 7, 0.07031249999999992, 0.03906249999999996),
            (5, 5, 1.0, 0.8769531250000003),
            (0, 6, 0.031250000000000014, 0.015625000000000007),
            (0, 5, 0.0625, 0.03125),
        ] {
            close(mcnemar_exact(base_only, head_only).unwrap(), exact);
            close(mcnemar_mid_p(base_only, head_only).unwrap(), mid_p);
            close(mcnemar_mid_p(head_only, base_only).unwrap(), mid_p);
        }
        assert_eq!(mcnemar_exact(0, 0), Some(1.0));
        assert_eq!(mcnemar_mid_p(0, 0), Some(1.0));
    }

    #[test]
    fn mcnemar_survives_huge_counts() {
        assert!(mcnemar_mid_p(5_000_000, 5_010_000).unwrap() < 0.01);
        assert!(mcnemar_exact(u64::MAX, 1).is_none());
        assert_eq!(mcnemar_exact(0, 1_000_000_000), Some(0.0));
    }

    #[test]
    fn tango_interval_reproduces_its_vector() {
        let interval = tango_interval(3, 12, 100, 0.95).unwrap();
        close(interval.low, 0.015977141703534613);
        close(interval.high, 0.17374284469267404);
    }

    #[test]
    fn tango_interval_without_discordant_pairs_narrows_with_the_number_of_pairs() {
        let few = tango_interval(0, 0, 10, 0.95).unwrap();
        let many = tango_interval(0, 0, 1000, 0.95).unwrap();
        assert!(few.low < -0.2 && few.high > 0.2);
        assert!(many.low > -0.01 && many.high < 0.01 && many.low < 0.0);
    }

    #[test]
    fn non_inferiority_reproduces_its_vectors() {
        let test = non_inferiority(6, 4, 200, 0.05).unwrap();
        close(test.statistic, 2.0954838209177296);
        close(test.p, 0.018064002601794638);
        assert!((non_inferiority(0, 0, 40, 0.05).unwrap().p - 0.0734).abs() < 5e-5);
        assert_eq!(pairs_for_non_inferiority(0.05, 0.05), Some(52));
        assert_eq!(pairs_for_non_inferiority(0.02, 0.05), Some(133));
        assert!(non_inferiority(0, 0, 52, 0.05).unwrap().p <= 0.05);
        assert!(non_inferiority(0, 0, 51, 0.05).unwrap().p > 0.05);
    }

    #[test]
    fn newcombe_paired_reproduces_its_vector() {
        let interval = newcombe_paired(60, 3, 12, 25, 0.95).unwrap();
        close(interval.low, 0.01342872651278007);
        close(interval.high, 0.1655921139472534);
        assert_eq!(newcombe_paired(0, 0, 0, 0, 0.95), None);
    }

    #[test]
    fn impossible_pairs_have_no_statistic() {
        assert_eq!(tango_statistic(3, 3, 5, 0.0), None);
        assert_eq!(tango_statistic(0, 0, 0, 0.0), None);
        assert_eq!(tango_statistic(1, 1, 5, 1.0), None);
        assert_eq!(non_inferiority(1, 1, 5, 0.0), None);
        assert_eq!(pairs_for_non_inferiority(0.0, 0.05), None);
    }

    proptest! {
        #[test]
        fn swapping_the_arms_mirrors_everything(b in 0u64..60, c in 0u64..60, agree in 0u64..200, d in -0.99f64..0.99) {
            let n = b + c + agree;
            prop_assume!(n > 0);
            let (one, two) = (tango_interval(b, c, n, 0.9).unwrap(), tango_interval(c, b, n, 0.9).unwrap());
            prop_assert!((one.low + two.high).abs() < 1e-9 && (one.high + two.low).abs() < 1e-9);
            let t = tango_statistic(b, c, n, d).unwrap();
            prop_assert!((t + tango_statistic(c, b, n, -d).unwrap()).abs() < 1e-6 * t.abs().max(1.0));
            prop_assert_eq!(mcnemar_mid_p(b, c), mcnemar_mid_p(c, b));
            prop_assert!(one.low <= one.high && one.low.is_finite() && one.high.is_finite());
        }
    }
}
