//! Rates of small groups, read through what all groups have in common: a Beta prior fitted over the groups, and
//! quantiles of the posterior, so that two failures out of four cannot lead the list.

use super::special::{ln_beta, ln_beta_cdf};

/// The value that a Beta(a, b) variable stays below with probability `p`. `None` unless `a` and `b` are positive and
/// finite and `p` is in `[0, 1]`.
pub fn beta_quantile(a: f64, b: f64, p: f64) -> Option<f64> {
    if !(a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite() && (0.0..=1.0).contains(&p)) {
        return None;
    }
    if p == 0.0 || p == 1.0 {
        return Some(p);
    }
    // Positive floats are ordered as their bits are, so halving the bits reaches the nearest float in 62 steps,
    // however close to zero it lies.
    let (mut low, mut high) = (0u64, 1f64.to_bits());
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if ln_beta_cdf(a, b, f64::from_bits(middle))? < p.ln() {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::from_bits(high))
}

/// Probability that the rate behind `first` exceeds the rate behind `second`, each (successes, trials), both under a
/// uniform prior: `sum_(i <= x) B(a + i, b + n - x + 1) / ((n - x + 1 + i) B(1 + i, n - x + 1) B(a, b))` with `x` of `n` the
/// first and Beta(a, b) the second's posterior; exact, in as many steps as the first has successes. For display: decisions
/// that may be looked at while results arrive belong to `evalue`. `None` for more successes than trials.
pub fn probability_greater(first: (u64, u64), second: (u64, u64)) -> Option<f64> {
    let missed = first.1.checked_sub(first.0)? as f64 + 1.0;
    let (a, b) = (second.0 as f64 + 1.0, second.1.checked_sub(second.0)? as f64 + 1.0);
    let common = ln_beta(a, b)?;
    let mut probability = 0.0;
    for step in 0..=first.0 {
        let i = step as f64;
        let term = ln_beta(a + i, b + missed)? - (missed + i).ln() - ln_beta(1.0 + i, missed)? - common;
        probability += term.exp();
    }
    Some(probability.clamp(0.0, 1.0))
}

/// A Beta prior `(a, b)` over groups' failure rates, each group as (failures, trials), by moments: the mean is the
/// pooled rate (kept half a count off 0 and 1), the spread is Kleinman's estimate for proportions weighted by trials
/// (1973), with `a + b` kept in `[1, 1000]`. Groups without trials, or with more failures than trials, are left out; with
/// fewer than two groups nothing can be said about spread and the answer is Jeffreys' (1/2, 1/2).
pub fn fit_beta_prior(groups: &[(u64, u64)]) -> (f64, f64) {
    const LEAST: f64 = 1.0;
    const MOST: f64 = 1000.0;
    let groups: Vec<(f64, f64)> =
        groups.iter().filter(|(x, n)| *n > 0 && x <= n).map(|&(x, n)| (x as f64, n as f64)).collect();
    if groups.len() < 2 {
        return (0.5, 0.5);
    }
    let trials: f64 = groups.iter().map(|group| group.1).sum();
    let failures: f64 = groups.iter().map(|group| group.0).sum();
    let mean = (failures + 0.5) / (trials + 1.0);
    let spread: f64 = groups.iter().map(|(x, n)| n * (x / n - failures / trials).powi(2)).sum();
    let squares: f64 = groups.iter().map(|group| group.1 * group.1).sum();
    let chance = groups.len() as f64 - 1.0;
    let room = trials - squares / trials - chance;
    // Correlation within a group: 1 / (a + b + 1).
    let correlation = if room > 0.0 { (spread / (mean * (1.0 - mean)) - chance) / room } else { 0.0 };
    let strength = if correlation > 0.0 { (1.0 / correlation - 1.0).clamp(LEAST, MOST) } else { MOST };
    (strength * mean, strength * (1.0 - mean))
}

#[cfg(test)]
mod tests {
    use super::super::special::beta_cdf;
    use super::*;
    use proptest::prelude::*;

    /// Pain of an intent under Jeffreys' prior: trials * max(0, 10 % quantile - reference).
    fn pain(failures: f64, trials: f64, reference: f64) -> f64 {
        let low = beta_quantile(failures + 0.5, trials - failures + 0.5, 0.1).unwrap();
        trials * (low - reference).max(0.0)
    }

    #[test]
    fn small_groups_cannot_lead() {
        assert!((pain(30.0, 90.0, 0.2) - 6.543).abs() < 5e-4);
        assert_eq!(pain(60.0, 280.0, 0.2), 0.0);
        assert!((pain(2.0, 4.0, 0.2) - 0.098).abs() < 5e-4);
    }

    #[test]
    fn quantiles_reach_into_the_tails() {
        // Beta(a, 1) has quantile p^(1/a).
        let tiny = beta_quantile(0.01, 1.0, 0.05).unwrap();
        assert!((tiny / 0.05f64.powi(100) - 1.0).abs() < 1e-9);
        assert_eq!(beta_quantile(1.0, 1.0, 0.0), Some(0.0));
        assert_eq!(beta_quantile(1.0, 1.0, 1.0), Some(1.0));
        assert_eq!(beta_quantile(0.0, 1.0, 0.5), None);
        assert_eq!(beta_quantile(1.0, 1.0, f64::NAN), None);
    }

    #[test]
    fn probability_greater_reproduces_its_vector() {
        let probability = probability_greater((46, 50), (40, 50)).unwrap();
        assert!((probability - 0.954463627737097).abs() < 1e-9, "{probability}");
        assert!((probability_greater((3, 9), (3, 9)).unwrap() - 0.5).abs() < 1e-12);
        assert!((probability_greater((0, 0), (0, 0)).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(probability_greater((2, 1), (0, 1)), None);
        assert_eq!(probability_greater((0, 1), (2, 1)), None);
    }

    #[test]
    fn priors_follow_the_spread_of_the_groups() {
        let (a, b) = fit_beta_prior(&[(20, 100), (21, 100), (19, 100), (20, 100)]);
        assert!((a / (a + b) - 0.2).abs() < 0.01);
        assert_eq!((a + b).round(), 1000.0);
        let (a, b) = fit_beta_prior(&[(5, 100), (60, 100), (10, 100), (80, 100)]);
        assert!(a + b < 5.0);
    }

    #[test]
    fn priors_exist_for_any_input() {
        assert_eq!(fit_beta_prior(&[]), (0.5, 0.5));
        assert_eq!(fit_beta_prior(&[(3, 2), (1, 4), (0, 0)]), (0.5, 0.5));
        for groups in [[(0, 5), (0, 9)], [(5, 5), (9, 9)], [(1, 1), (0, 1)]] {
            let (a, b) = fit_beta_prior(&groups);
            assert!(a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite());
        }
    }

    /// Groups drawn by quantiles from a known Beta give it back.
    #[test]
    fn priors_recover_a_known_beta() {
        let groups: Vec<(u64, u64)> = (0..200)
            .map(|index| {
                let rate = beta_quantile(3.0, 9.0, (f64::from(index) + 0.5) / 200.0).unwrap();
                ((rate * 10_000.0).round() as u64, 10_000)
            })
            .collect();
        let (a, b) = fit_beta_prior(&groups);
        assert!((a - 3.0).abs() < 0.1 && (b - 9.0).abs() < 0.3, "{a} {b}");
    }

    proptest! {
        #[test]
        fn one_of_two_rates_is_the_greater(a in 0u64..60, n in 60u64..90, c in 0u64..60, m in 60u64..90) {
            let one = probability_greater((a, n), (c, m)).unwrap();
            let two = probability_greater((c, m), (a, n)).unwrap();
            prop_assert!((one + two - 1.0).abs() < 1e-9);
        }

        #[test]
        fn quantile_inverts_the_distribution(a in 0.1f64..500.0, b in 0.1f64..500.0, p in 0.001f64..0.999) {
            let x = beta_quantile(a, b, p).unwrap();
            // Near one a float step of x is a step of the distribution, so compare the neighbours.
            let below = beta_cdf(a, b, f64::from_bits(x.to_bits() - 1)).unwrap();
            let at = beta_cdf(a, b, x).unwrap();
            prop_assert!(below <= p + 1e-9 && at >= p - 1e-9, "{below} {p} {at}");
        }

        #[test]
        fn fitted_priors_are_always_usable(groups in proptest::collection::vec((0u64..50, 0u64..50), 0..30)) {
            let (a, b) = fit_beta_prior(&groups);
            prop_assert!(a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite());
        }
    }
}
