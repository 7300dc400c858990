//! Ratios with intervals on the log scale: of risks (who churns, with and without), and of rates per exposure before and
//! after a moment. A ratio says how strongly two things go together, never that one causes the other.

use super::effect::Count;
use super::interval::Interval;
use super::normal::half_width;
use serde::{Deserialize, Serialize};

/// A ratio with its interval; estimate and ends are positive and finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ratio {
    /// The estimate.
    pub estimate: f64,
    /// Standard error of its natural logarithm.
    pub log_error: f64,
    /// The two-sided interval asked for.
    pub interval: Interval,
}

impl Ratio {
    fn from_log(log: f64, variance: f64, z: f64) -> Option<Self> {
        let log_error = variance.sqrt();
        let half = z * log_error;
        let interval = Interval { low: (log - half).exp(), high: (log + half).exp() };
        let ratio = Self { estimate: log.exp(), log_error, interval };
        (ratio.interval.low > 0.0 && ratio.interval.high.is_finite()).then_some(ratio)
    }

    /// Whether the interval lies above 1 (`Some(true)`), below it (`Some(false)`) or holds it.
    pub fn direction(&self) -> Option<bool> {
        if self.interval.contains(1.0) { None } else { Some(self.interval.low > 1.0) }
    }
}

/// The risk in `first` over the risk in `second`, each (events, people), with the interval of its logarithm (Katz,
/// Baptista, Azen and Pike 1978). When either has no events, or everybody has them, half an event is added to both and one
/// person to both groups: no sample supports a variance of zero.
/// `None` for an empty group, more events than people, or a confidence outside (0, 1).
pub fn risk_ratio(first: Count, second: Count, confidence: f64) -> Option<Ratio> {
    let z = half_width(confidence)?;
    if first.1 == 0 || second.1 == 0 || first.0 > first.1 || second.0 > second.1 {
        return None;
    }
    let all_have_it = first.0 == first.1 && second.0 == second.1;
    let (half, one) = if first.0 == 0 || second.0 == 0 || all_have_it { (0.5, 1.0) } else { (0.0, 0.0) };
    let (a, n) = (first.0 as f64 + half, first.1 as f64 + one);
    let (c, m) = (second.0 as f64 + half, second.1 as f64 + one);
    Ratio::from_log((a / n / (c / m)).ln(), 1.0 / a - 1.0 / n + 1.0 / c - 1.0 / m, z)
}

/// The risk ratio common to several strata, each (first, second) as for [`risk_ratio`], so that a third thing that both
/// depend on (a plan, a tenure) does not pass for their association: Mantel and Haenszel's estimate with the variance of
/// Greenland and Robins (1985). Strata without people in one group say nothing. `None` when no stratum says anything or
/// when one group has no events at all.
pub fn stratified_risk_ratio(strata: &[(Count, Count)], confidence: f64) -> Option<Ratio> {
    let z = half_width(confidence)?;
    let (mut above, mut below, mut spread) = (0.0, 0.0, 0.0);
    for &(first, second) in strata {
        if first.0 > first.1 || second.0 > second.1 {
            return None;
        }
        if first.1 == 0 || second.1 == 0 {
            continue;
        }
        let (a, n) = (first.0 as f64, first.1 as f64);
        let (c, m) = (second.0 as f64, second.1 as f64);
        let all = n + m;
        above += a * m / all;
        below += c * n / all;
        spread += (n * m * (a + c) - a * c * all) / (all * all);
    }
    if above <= 0.0 || below <= 0.0 {
        return None;
    }
    Ratio::from_log((above / below).ln(), spread.max(0.0) / (above * below), z)
}

/// The rate after over the rate before, from weekly (count, exposure) of each side, when counts are negative binomial of
/// size `size`: the logarithm of a side's rate has variance `1/X + sum (N_t/N)² / size` with its total count `X` and
/// exposures `N_t` (delta method), so weeks that vary more than a Poisson process widen the interval. When a side has no
/// counts, half a count is added to both. `None` for a side without exposure, an exposure that is negative or not finite,
/// a size that is not positive, no counts at all, or a confidence outside (0, 1).
pub fn rate_ratio(before: &[(u64, f64)], after: &[(u64, f64)], size: f64, confidence: f64) -> Option<Ratio> {
    let z = half_width(confidence)?;
    let valid = |weeks: &[(u64, f64)]| weeks.iter().all(|week| week.1 >= 0.0 && week.1.is_finite());
    if size.is_nan() || size <= 0.0 || !valid(before) || !valid(after) {
        return None;
    }
    let sums = |weeks: &[(u64, f64)]| {
        let exposure: f64 = weeks.iter().map(|week| week.1).sum();
        let squares: f64 = weeks.iter().map(|week| week.1 * week.1).sum();
        (weeks.iter().map(|week| week.0 as f64).sum::<f64>(), exposure, squares / (exposure * exposure))
    };
    let ((x0, n0, s0), (x1, n1, s1)) = (sums(before), sums(after));
    if !(n0 > 0.0 && n1 > 0.0) || x0 + x1 <= 0.0 {
        return None;
    }
    let half = if x0 == 0.0 || x1 == 0.0 { 0.5 } else { 0.0 };
    let (x0, x1) = (x0 + half, x1 + half);
    Ratio::from_log((x1 / n1 / (x0 / n0)).ln(), 1.0 / x0 + 1.0 / x1 + (s0 + s1) / size, z)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(actual: f64, expected: f64, within: f64) {
        assert!((actual - expected).abs() < within, "{actual} is not {expected}");
    }

    #[test]
    fn risk_ratio_reproduces_its_vector() {
        let lift = risk_ratio((45, 300), (60, 800), 0.95).unwrap();
        close(lift.estimate, 2.0, 1e-12);
        close(lift.interval.low, 1.391, 5e-4);
        close(lift.interval.high, 2.875, 5e-4);
        let half = 1.959963984540054 * f64::sqrt(1.0 / 45.0 - 1.0 / 300.0 + 1.0 / 60.0 - 1.0 / 800.0);
        close(lift.interval.low, 2.0 / half.exp(), 1e-9);
        assert_eq!(lift.direction(), Some(true));
    }

    #[test]
    fn groups_without_events_have_a_wide_ratio() {
        let none = risk_ratio((0, 20), (0, 20), 0.95).unwrap();
        close(none.estimate, 1.0, 1e-12);
        assert!(none.interval.high > 10.0 && none.direction().is_none());
        let all = risk_ratio((20, 20), (20, 20), 0.95).unwrap();
        assert!(all.interval.low < all.interval.high);
        assert_eq!(risk_ratio((0, 0), (1, 2), 0.95), None);
        assert_eq!(risk_ratio((3, 2), (1, 2), 0.95), None);
        assert_eq!(risk_ratio((1, 2), (1, 2), 0.0), None);
    }

    /// In each plan the risk is the same with and without; only the plans differ.
    #[test]
    fn stratifying_removes_what_a_third_thing_explains() {
        let plans = [((40, 200), (4, 20)), ((2, 40), (20, 400))];
        let crude = risk_ratio((42, 240), (24, 420), 0.95).unwrap();
        assert_eq!(crude.direction(), Some(true));
        let within = stratified_risk_ratio(&plans, 0.95).unwrap();
        close(within.estimate, 1.0, 1e-12);
        assert_eq!(stratified_risk_ratio(&[((0, 5), (1, 5))], 0.95), None);
        assert_eq!(stratified_risk_ratio(&[], 0.95), None);
    }

    #[test]
    fn rate_ratio_widens_with_overdispersion() {
        let (before, after) = ([(10, 100.0); 8], [(31, 100.0); 4]);
        let wide = rate_ratio(&before, &after, 8.0, 0.95).unwrap();
        let narrow = rate_ratio(&before, &after, 1e9, 0.95).unwrap();
        close(wide.estimate, 3.1, 1e-12);
        close(narrow.estimate, 3.1, 1e-12);
        let half = 1.959963984540054 * f64::sqrt(1.0 / 80.0 + 1.0 / 124.0 + (1.0 / 8.0 + 1.0 / 4.0) / 8.0);
        close(wide.interval.high, 3.1 * half.exp(), 1e-9);
        assert!(wide.interval.low < narrow.interval.low && narrow.interval.high < wide.interval.high);
        // Twice the traffic explains twice the count.
        let same = rate_ratio(&[(10, 100.0)], &[(20, 200.0)], 8.0, 0.95).unwrap();
        close(same.estimate, 1.0, 1e-12);
        assert_eq!(rate_ratio(&[], &after, 8.0, 0.95), None);
        assert_eq!(rate_ratio(&[(0, 5.0)], &[(0, 5.0)], 8.0, 0.95), None);
        assert_eq!(rate_ratio(&before, &after, f64::NAN, 0.95), None);
        let from_nothing = rate_ratio(&[(0, 50.0)], &[(9, 50.0)], 8.0, 0.95).unwrap();
        close(from_nothing.estimate, 19.0, 1e-12);
        assert_eq!(from_nothing.direction(), None, "nine after an empty week prove nothing when weeks vary");
    }

    proptest! {
        #[test]
        fn swapping_the_groups_inverts_the_ratio(a in 0u64..50, n in 50u64..500, c in 0u64..50, m in 50u64..500) {
            let one = risk_ratio((a, n), (c, m), 0.95).unwrap();
            let two = risk_ratio((c, m), (a, n), 0.95).unwrap();
            prop_assert!((one.estimate * two.estimate - 1.0).abs() < 1e-9);
            prop_assert!((one.interval.low * two.interval.high - 1.0).abs() < 1e-9);
        }

        #[test]
        fn one_stratum_is_the_plain_ratio(a in 1u64..50, n in 50u64..500, c in 1u64..50, m in 50u64..500) {
            let plain = risk_ratio((a, n), (c, m), 0.95).unwrap();
            let pooled = stratified_risk_ratio(&[((a, n), (c, m))], 0.95).unwrap();
            prop_assert!((plain.estimate - pooled.estimate).abs() < 1e-9 * plain.estimate);
            prop_assert!((plain.interval.low - pooled.interval.low).abs() < 1e-9);
        }
    }
}
