//! Intervals for rates and for differences of independent rates. Which to use: [`jeffreys`] or [`wilson`] for one
//! rate, [`newcombe_independent`] for two groups of different conversations, and `paired` for the same cases
//! under two arms. `confidence` is two-sided: 0.95 leaves 2.5 % on each side.

use super::normal::half_width;
use super::shrinkage::beta_quantile;
use serde::{Deserialize, Serialize};

/// A closed interval; `low <= high`, both finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies inside or on an end.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// Wilson's score interval for a rate (Wilson 1927). `None` for no trials, more successes than trials, or a
/// confidence outside (0, 1).
pub fn wilson(successes: u64, trials: u64, confidence: f64) -> Option<Interval> {
    let z = half_width(confidence)?;
    if trials == 0 || successes > trials {
        return None;
    }
    let (n, rate) = (trials as f64, successes as f64 / trials as f64);
    let center = (rate + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    // At the edges the formula is exact in theory and off by rounding in practice.
    Some(Interval {
        low: if successes == 0 { 0.0 } else { (center - half).clamp(0.0, 1.0) },
        high: if successes == trials { 1.0 } else { (center + half).clamp(0.0, 1.0) },
    })
}

/// Jeffreys' interval for a rate: quantiles of Beta(successes + 1/2, failures + 1/2), opened to 0 or 1 at the
/// edges (Brown, Cai and DasGupta 2001). `None` as for [`wilson`].
pub fn jeffreys(successes: u64, trials: u64, confidence: f64) -> Option<Interval> {
    beta_interval(successes, trials, confidence, (0.5, 0.5))
}

/// Clopper and Pearson's exact interval for a rate (1934); never too narrow, often too wide. `None` as for
/// [`wilson`].
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> Option<Interval> {
    beta_interval(successes, trials, confidence, (0.0, 1.0))
}

/// Lower end: quantile of Beta(k + low, n - k + high); upper end: of Beta(k + high, n - k + low).
fn beta_interval(successes: u64, trials: u64, confidence: f64, (near, far): (f64, f64)) -> Option<Interval> {
    if trials == 0 || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let failures = trials.checked_sub(successes)? as f64;
    let (k, tail) = (successes as f64, (1.0 - confidence) / 2.0);
    Some(Interval {
        low: if successes == 0 { 0.0 } else { beta_quantile(k + near, failures + far, tail)? },
        high: if successes == trials { 1.0 } else { beta_quantile(k + far, failures + near, 1.0 - tail)? },
    })
}

/// Newcombe's interval for the difference of two independent rates, first minus second, from their Wilson
/// intervals (Newcombe 1998, "independent proportions", method 10). Each group is (successes, trials).
pub fn newcombe_independent(first: (u64, u64), second: (u64, u64), confidence: f64) -> Option<Interval> {
    let one = wilson(first.0, first.1, confidence)?;
    let two = wilson(second.0, second.1, confidence)?;
    let (p, q) = (first.0 as f64 / first.1 as f64, second.0 as f64 / second.1 as f64);
    Some(Interval {
        low: (p - q - (p - one.low).hypot(two.high - q)).max(-1.0),
        high: (p - q + (one.high - p).hypot(q - two.low)).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn assert_interval(actual: Option<Interval>, low: f64, high: f64) {
        let actual = actual.unwrap();
        assert!((actual.low - low).abs() < 1e-9 && (actual.high - high).abs() < 1e-9, "{actual:?}");
    }

    #[test]
    fn wilson_reproduces_its_vectors() {
        assert_interval(wilson(7, 20, 0.95), 0.18119182410108206, 0.5671457233147638);
        assert_interval(wilson(0, 15, 0.95), 0.0, 0.20388330103584856);
        assert_interval(wilson(30, 40, 0.95), 0.5980603857923198, 0.8581288136090369);
    }

    #[test]
    fn jeffreys_and_clopper_pearson_reproduce_their_vectors() {
        assert_interval(jeffreys(7, 20, 0.95), 0.17227621363191203, 0.5677660938414961);
        assert_interval(jeffreys(0, 15, 0.95), 0.0, 0.15181666211439765);
        assert_interval(clopper_pearson(7, 20, 0.95), 0.15390920478454118, 0.5921885345328282);
    }

    #[test]
    fn newcombe_independent_reproduces_its_vector() {
        let interval = newcombe_independent((30, 40), (24, 40), 0.95);
        assert_interval(interval, -0.05426078313713348, 0.33820331969663586);
    }

    #[test]
    fn rates_without_trials_have_no_interval() {
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(wilson(2, 1, 0.95), None);
        assert_eq!(jeffreys(2, 1, 0.95), None);
        assert_eq!(clopper_pearson(1, 2, 1.0), None);
        assert_eq!(newcombe_independent((1, 1), (0, 0), 0.95), None);
    }

    proptest! {
        #[test]
        fn intervals_hold_the_rate_and_mirror(k in 0u64..500, more in 0u64..500, confidence in 0.5f64..0.999) {
            let n = k + more;
            prop_assume!(n > 0);
            let rate = k as f64 / n as f64;
            for method in [wilson, jeffreys, clopper_pearson] {
                let interval = method(k, n, confidence).unwrap();
                let mirror = method(n - k, n, confidence).unwrap();
                prop_assert!(0.0 <= interval.low && interval.low <= interval.high && interval.high <= 1.0);
                // Jeffreys at one success and low confidence may miss the rate by a little; the others never.
                prop_assert!(interval.low <= rate + 0.5 / n as f64 && rate <= interval.high + 0.5 / n as f64);
                prop_assert!((interval.low - (1.0 - mirror.high)).abs() < 1e-9);
            }
        }
    }
}
