//! The special functions that the tests stand on. `ln_gamma` is `statrs`'s; the incomplete beta function is our
//! own because `statrs` stops its continued fraction after 140 terms, which is too few from some ten thousand
//! counts on, and because tails must be available in logarithms.

/// Natural logarithm of the gamma function, for positive finite arguments.
pub fn ln_gamma(x: f64) -> Option<f64> {
    (x > 0.0 && x.is_finite()).then(|| statrs::function::gamma::ln_gamma(x))
}

/// Natural logarithm of the beta function, for positive finite arguments.
pub fn ln_beta(a: f64, b: f64) -> Option<f64> {
    Some(ln_gamma(a)? + ln_gamma(b)? - ln_gamma(a + b)?)
}

/// Natural logarithm of the binomial coefficient "`n` over `k`"; `None` for `k > n`.
pub fn ln_choose(n: u64, k: u64) -> Option<f64> {
    let rest = n.checked_sub(k)?;
    if k == 0 || rest == 0 {
        return Some(0.0);
    }
    Some(ln_gamma(n as f64 + 1.0)? - ln_gamma(k as f64 + 1.0)? - ln_gamma(rest as f64 + 1.0)?)
}

/// The regularised incomplete beta function `I_x(a, b)`: the probability that a Beta(a, b) variable is at most
/// `x`. `None` unless `a`, `b` are positive and finite and `x` is in `[0, 1]`.
pub fn beta_cdf(a: f64, b: f64, x: f64) -> Option<f64> {
    Some(ln_beta_cdf(a, b, x)?.exp().clamp(0.0, 1.0))
}

/// Natural logarithm of [`beta_cdf`]; negative infinity where that is zero. Precise far into the lower tail.
///
/// By the continued fraction of DLMF 8.17.22, evaluated with the modified Lentz algorithm, on whichever side of
/// the mean it converges quickly. The number of terms grows with the square root of the larger parameter;
/// parameters that would need more than a million terms (beyond about 10^10) give `None`. Relative precision is
/// 10^-10 for parameters up to 10^5 and falls to 10^-5 at 10^9, where the logarithms lose digits.
pub fn ln_beta_cdf(a: f64, b: f64, x: f64) -> Option<f64> {
    if !(a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite() && (0.0..=1.0).contains(&x)) {
        return None;
    }
    if x == 0.0 {
        return Some(f64::NEG_INFINITY);
    }
    if x == 1.0 {
        return Some(0.0);
    }
    if x < (a + 1.0) / (a + b + 2.0) {
        ln_lower_tail(a, b, x, 1.0 - x)
    } else {
        let upper = ln_lower_tail(b, a, 1.0 - x, x)?.exp();
        Some((-upper.min(1.0)).ln_1p())
    }
}

/// `ln I_x(a, b)` for `x` below the mean; `y` is `1 - x`.
fn ln_lower_tail(a: f64, b: f64, x: f64, y: f64) -> Option<f64> {
    let front = a * x.ln() + b * y.ln() - ln_beta(a, b)? - a.ln();
    Some(front + beta_fraction(a, b, x)?.ln())
}

fn beta_fraction(a: f64, b: f64, x: f64) -> Option<f64> {
    const TINY: f64 = 1e-300;
    const MOST_TERMS: u32 = 1_000_000;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut numerators = 1.0;
    let mut denominators = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction: f64 = denominators;
    for term in 1..MOST_TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for coefficient in [even, odd] {
            denominators = 1.0 / away_from_zero(1.0 + coefficient * denominators);
            numerators = away_from_zero(1.0 + coefficient / numerators);
            change = numerators * denominators;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-15 {
            return (fraction.is_finite() && fraction > 0.0).then_some(fraction);
        }
    }
    None
}

/// The cumulative distribution of Binomial(n, 1/2) at `k`, in natural logarithm; `None` for `k > n`.
pub fn ln_half_binomial_cdf(k: u64, n: u64) -> Option<f64> {
    let rest = n.checked_sub(k)?;
    if rest == 0 { Some(0.0) } else { ln_beta_cdf(rest as f64, k as f64 + 1.0, 0.5) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn beta_cdf_matches_closed_forms() {
        // I_x(1, b) = 1 - (1-x)^b, I_x(a, 1) = x^a, I_x(1/2, 1/2) = 2/pi asin(sqrt x).
        for x in [1e-6, 0.1, 0.5, 0.9, 0.999_999] {
            assert!((beta_cdf(1.0, 7.0, x).unwrap() - (1.0 - (1.0f64 - x).powi(7))).abs() < 1e-12);
            assert!((beta_cdf(3.0, 1.0, x).unwrap() - x.powi(3)).abs() < 1e-12);
            let arcsine = 2.0 / std::f64::consts::PI * x.sqrt().asin();
            assert!((beta_cdf(0.5, 0.5, x).unwrap() - arcsine).abs() < 1e-12);
        }
    }

    #[test]
    fn beta_cdf_holds_at_huge_parameters() {
        // Symmetric, so one half exactly; and one standard deviation off the mean, about Phi(1).
        assert!((beta_cdf(1e5, 1e5, 0.5).unwrap() - 0.5).abs() < 1e-9);
        assert!((beta_cdf(1e9, 1e9, 0.5).unwrap() - 0.5).abs() < 1e-5);
        let sd = (0.25f64 / 2e6).sqrt();
        assert!((beta_cdf(1e6, 1e6, 0.5 + sd).unwrap() - 0.841_344_7).abs() < 1e-4);
        assert!(ln_beta_cdf(1e6, 10.0, 0.5).unwrap() < -600_000.0);
    }

    #[test]
    fn impossible_parameters_have_no_value() {
        assert_eq!(beta_cdf(0.0, 1.0, 0.5), None);
        assert_eq!(beta_cdf(1.0, f64::NAN, 0.5), None);
        assert_eq!(beta_cdf(1.0, 1.0, 1.5), None);
        assert_eq!(ln_choose(3, 4), None);
        assert_eq!(ln_gamma(-1.0), None);
    }

    proptest! {
        #[test]
        fn beta_cdf_is_a_distribution(a in 0.01f64..1e5, b in 0.01f64..1e5, x in 0.0f64..1.0, y in 0.0f64..1.0) {
            let (low, high) = (x.min(y), x.max(y));
            let (at_low, at_high) = (beta_cdf(a, b, low).unwrap(), beta_cdf(a, b, high).unwrap());
            prop_assert!((0.0..=1.0).contains(&at_low));
            prop_assert!(at_low <= at_high + 1e-9);
            let mirrored = 1.0 - beta_cdf(b, a, 1.0 - low).unwrap();
            prop_assert!((at_low - mirrored).abs() < 1e-8);
        }
    }
}
