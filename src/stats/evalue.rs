//! Evidence that may be looked at after every result. An e-value is the wealth of a fair-odds bettor against the
//! hypothesis: it reaches `1/alpha` with probability at most `alpha` at any time while the hypothesis is true
//! (Ville 1939), however often somebody looks and whenever they stop. Values are kept as natural logarithms,
//! because wealth overflows long before evidence runs out.

use super::special::{ln_beta, ln_half_binomial_cdf};
use serde::{Deserialize, Serialize};
use std::f64::consts::LN_2;

/// An e-value, kept as its natural logarithm.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EValue {
    ln: f64,
}

impl EValue {
    /// No evidence either way: 1.
    pub const ONE: Self = Self { ln: 0.0 };

    /// An e-value of its size; `None` for NaN or below 0. Zero and what overflows are kept at the ends of `f64`.
    pub fn of(value: f64) -> Option<Self> {
        (value >= 0.0).then(|| Self { ln: value.ln().clamp(-f64::MAX, f64::MAX) })
    }

    /// The natural logarithm; never NaN.
    pub fn ln(self) -> f64 {
        self.ln
    }

    /// The value itself, at most `f64::MAX`.
    pub fn value(self) -> f64 {
        self.ln.exp().min(f64::MAX)
    }

    /// Whether the hypothesis is refuted at level `alpha`.
    pub fn refutes_at(self, alpha: f64) -> bool {
        alpha > 0.0 && self.ln >= -alpha.ln()
    }
}

/// Evidence that the head gains more cases than it loses, from discordant pairs in any order:
/// `2^(n+1) B(c+1, b+1) (1 - I_1/2(c+1, b+1))` with `c` gains, `b` losses and `n = b + c`. It is the mean likelihood
/// ratio of a gain probability spread evenly over (1/2, 1) against 1/2, hence a martingale while gains and losses are
/// equally likely and a supermartingale while losses are likelier. `None` for counts beyond some 10^10.
pub fn head_gains(base_only: u64, head_only: u64) -> Option<EValue> {
    let n = base_only.checked_add(head_only)?;
    let (gains, losses) = (head_only as f64, base_only as f64);
    // 1 - I_1/2(c+1, b+1) is the chance that Binomial(n+1, 1/2) is at most c.
    let upper = ln_half_binomial_cdf(head_only, n.checked_add(1)?)?;
    let ln = (n as f64 + 1.0) * LN_2 + ln_beta(gains + 1.0, losses + 1.0)? + upper;
    Some(EValue { ln })
}

/// Evidence that gains and losses are not equally likely, whichever leads: `2^n B(c + 1/2, b + 1/2) / B(1/2, 1/2)`, the mean
/// likelihood ratio of a gain probability under Jeffreys' prior against 1/2 (Krichevsky and Trofimov 1981). `None` for counts
/// that overflow.
pub fn arms_differ(base_only: u64, head_only: u64) -> Option<EValue> {
    let n = base_only.checked_add(head_only)? as f64;
    let (gains, losses) = (head_only as f64, base_only as f64);
    Some(EValue { ln: n * LN_2 + ln_beta(gains + 0.5, losses + 0.5)? - ln_beta(0.5, 0.5)? })
}

/// The fewest further gains, none lost, with which [`head_gains`] would refute at level `alpha`; `Some(0)` when
/// it already does. `None` for an `alpha` outside (0, 1) or when a million would not suffice.
pub fn gains_missing(base_only: u64, head_only: u64, alpha: f64) -> Option<u64> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let enough = |more: u64| head_gains(base_only, head_only + more).is_some_and(|e| e.refutes_at(alpha));
    if enough(0) {
        return Some(0);
    }
    let (mut few, mut many) = (0, 1_000_000);
    head_only.checked_add(many)?;
    if !enough(many) {
        return None;
    }
    while many - few > 1 {
        let middle = u64::midpoint(few, many);
        if enough(middle) {
            many = middle;
        } else {
            few = middle;
        }
    }
    Some(many)
}

/// Evidence that two arms of `n` trials each differ, from the difference of their means: the mixture sequential
/// probability ratio `sqrt(s/(s + n t)) exp(n² t d² / (2 s (s + n t)))` of a difference drawn from Normal(0, `t`) against
/// none, where `s` is the variance of one pair's difference (Robbins 1970; Johari, Pekelis and Walsh 2015). It is two-sided:
/// the caller looks at the sign. `None` for a variance that is not positive and finite, or a difference that is not finite.
pub fn means_differ(n: u64, difference: f64, pair_variance: f64, mixing_variance: f64) -> Option<EValue> {
    let usable = |variance: f64| variance > 0.0 && variance.is_finite();
    if !usable(pair_variance) || !usable(mixing_variance) || !difference.is_finite() {
        return None;
    }
    let n = n as f64;
    let widened = pair_variance + n * mixing_variance;
    let ln = 0.5 * (pair_variance / widened).ln()
        + n * n * mixing_variance * difference * difference / (2.0 * pair_variance * widened);
    (!ln.is_nan()).then(|| EValue { ln: ln.clamp(-f64::MAX, f64::MAX) })
}

/// Evidence that the mean of scores in `[0, 1]` exceeds `mean`: the wealth after each score of a bettor who stakes
/// `min(sqrt(2 ln(1/alpha) / (v i ln(i+1))), 1/(2 mean))` on the `i`-th, where `v` is the variance so far with one
/// pseudo-observation at 1/2 of variance 1/4 (the predictable plug-in bet of Waudby-Smith and Ramdas 2024). For
/// paired differences `d` in `[-1, 1]` use `(d+1)/2` and 1/2. `None` when a score is outside `[0, 1]`, or `mean` or
/// `alpha` outside (0, 1).
pub fn mean_exceeds(scores: &[f64], mean: f64, alpha: f64) -> Option<Vec<EValue>> {
    if !(mean > 0.0 && mean < 1.0 && alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let mut wealth = Vec::with_capacity(scores.len());
    let (mut ln, mut sum, mut squares) = (0.0, 0.5, 0.25);
    for (index, &score) in scores.iter().enumerate() {
        if !(0.0..=1.0).contains(&score) {
            return None;
        }
        let i = index as f64 + 1.0;
        let variance: f64 = squares / i;
        let stake = (2.0 * -alpha.ln() / (variance * i * i.ln_1p())).sqrt().min(0.5 / mean);
        // At least half: the stake is at most 1/(2 mean), the loss at most mean.
        ln += (stake * (score - mean)).ln_1p();
        wealth.push(EValue { ln });
        sum += score;
        let average = sum / (i + 1.0);
        squares += (score - average) * (score - average);
    }
    Some(wealth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn head_gains_reproduces_its_vectors() {
        for (gains, losses, expected) in [
            (12, 3, 8.906456043956036),
            (7, 1, 6.972222222222241),
            (6, 0, 18.142857142857157),
            (9, 1, 18.50909090909085),
            (15, 5, 6.355521155830741),
            (8, 8, 0.2995383701266058),
            (7, 0, 31.87500000000005),
        ] {
            let actual = head_gains(losses, gains).unwrap().value();
            assert!((actual - expected).abs() < 1e-9, "{gains} to {losses}: {actual} is not {expected}");
        }
        assert!((head_gains(0, 0).unwrap().value() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn arms_differ_reproduces_its_vectors() {
        for (gains, losses, expected) in [
            (12, 3, 3.6274414062500058),
            (7, 1, 3.351562500000004),
            (6, 0, 14.43749999999994),
            (9, 1, 9.496093750000009),
            (15, 5, 2.4044609069824094),
            (8, 8, 0.19638061523437536),
            (7, 0, 26.81249999999999),
        ] {
            for evidence in [arms_differ(losses, gains), arms_differ(gains, losses)] {
                let actual = evidence.unwrap().value();
                assert!((actual - expected).abs() < 1e-9, "{gains} to {losses}: {actual} is not {expected}");
            }
        }
        assert!(arms_differ(0, 0).unwrap().ln().abs() < 1e-12);
        assert_eq!(arms_differ(u64::MAX, 1), None);
    }

    #[test]
    fn head_gains_does_not_overflow() {
        let overwhelming = head_gains(0, 100_000_000).unwrap();
        assert!(overwhelming.ln() > 6e7 && overwhelming.value() == f64::MAX && overwhelming.refutes_at(1e-300));
        assert!(head_gains(100_000_000, 0).unwrap().value() < 1e-6);
        assert!(head_gains(100_000_000, 100_000_000).unwrap().value() < 1.0);
        assert_eq!(head_gains(u64::MAX, 1), None);
        assert_eq!(head_gains(u64::MAX, 0), None);
    }

    #[test]
    fn seven_straight_gains_suffice_at_five_percent() {
        assert_eq!(gains_missing(0, 0, 0.05), Some(7));
        assert_eq!(gains_missing(0, 7, 0.05), Some(0));
        assert_eq!(gains_missing(0, 0, 0.0), None);
        let more = gains_missing(3, 5, 0.05).unwrap();
        assert!(head_gains(3, 5 + more).unwrap().refutes_at(0.05));
        assert!(!head_gains(3, 4 + more).unwrap().refutes_at(0.05));
    }

    #[test]
    fn means_differ_reproduces_its_vectors() {
        for (difference, expected) in [(0.06, 1.5078636619724333), (0.12, 26.861495191987345)] {
            let evidence = means_differ(400, difference, 0.5, 0.0025).unwrap();
            assert!((evidence.value() - expected).abs() < 1e-9, "{}", evidence.value());
            assert_eq!(evidence, means_differ(400, -difference, 0.5, 0.0025).unwrap());
        }
        assert!(means_differ(0, 0.0, 0.5, 0.0025).unwrap().ln().abs() < 1e-12);
        assert!(means_differ(400, 0.0, 0.5, 0.0025).unwrap().value() < 1.0);
        assert_eq!(means_differ(400, f64::NAN, 0.5, 0.0025), None);
        assert_eq!(means_differ(400, 0.1, 0.0, 0.0025), None);
    }

    #[test]
    fn values_become_evidence() {
        assert_eq!(EValue::of(1.0), Some(EValue::ONE));
        assert_eq!(EValue::of(0.0).unwrap().value(), 0.0);
        assert_eq!(EValue::of(-1.0), None);
        assert_eq!(EValue::of(f64::NAN), None);
        assert!(EValue::of(f64::INFINITY).unwrap().ln().is_finite());
    }

    #[test]
    fn mean_exceeds_reproduces_its_vector() {
        let scores = [0.9, 0.7, 1.0, 0.8, 0.6, 1.0, 0.9, 0.8, 1.0, 0.7];
        let expected = [
            1.4,
            1.68,
            2.52,
            3.2760000000000002,
            3.6036000000000006,
            5.405400000000001,
            7.567560000000001,
            9.837828000000002,
            14.756742000000003,
            17.708090400000003,
        ];
        let actual = mean_exceeds(&scores, 0.5, 0.05).unwrap();
        for (actual, expected) in actual.iter().zip(expected) {
            assert!((actual.value() - expected).abs() < 1e-9, "{} is not {expected}", actual.value());
        }
        assert_eq!(mean_exceeds(&[1.5], 0.5, 0.05), None);
        assert_eq!(mean_exceeds(&[f64::NAN], 0.5, 0.05), None);
        assert_eq!(mean_exceeds(&[], 1.0, 0.05), None);
    }

    /// For a martingale, the value now is the mean of the two values after the next fair pair.
    #[test]
    fn head_gains_is_a_martingale_under_even_odds() {
        for losses in 0..20 {
            for gains in 0..20 {
                let now = head_gains(losses, gains).unwrap().value();
                let gain = head_gains(losses, gains + 1).unwrap().value();
                let loss = head_gains(losses + 1, gains).unwrap().value();
                assert!((now - f64::midpoint(gain, loss)).abs() < 1e-9 * now.max(1.0));
            }
        }
    }

    proptest! {
        #[test]
        fn more_gains_never_weaken_the_evidence(losses in 0u64..2000, gains in 0u64..2000) {
            let now = head_gains(losses, gains).unwrap();
            prop_assert!(head_gains(losses, gains + 1).unwrap() > now);
            prop_assert!(head_gains(losses + 1, gains).unwrap() < now);
        }
    }
}
