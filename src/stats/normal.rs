//! The standard normal distribution, to about eleven digits.

use statrs::function::erf;
use std::f64::consts::SQRT_2;

/// Probability that a standard normal variable exceeds `z`; 1 for NaN, which is no evidence of anything.
pub fn upper_p(z: f64) -> f64 {
    if z.is_nan() {
        return 1.0;
    }
    (0.5 * erf::erfc(z / SQRT_2)).clamp(0.0, 1.0)
}

/// Probability that a standard normal variable is at least as far from zero as `z`, on either side; 1 for NaN,
/// which is no evidence of anything.
pub fn two_sided_p(z: f64) -> f64 {
    if z.is_nan() {
        return 1.0;
    }
    erf::erfc(z.abs() / SQRT_2).clamp(0.0, 1.0)
}

/// The value that a standard normal variable stays below with probability `p`; `None` outside (0, 1).
pub fn quantile(p: f64) -> Option<f64> {
    (p > 0.0 && p < 1.0).then(|| -SQRT_2 * erf::erfc_inv(2.0 * p))
}

/// The half-width in standard errors of a two-sided interval: 1.96 for `confidence` 0.95.
pub fn half_width(confidence: f64) -> Option<f64> {
    (confidence > 0.0 && confidence < 1.0).then_some(())?;
    quantile(0.5 + confidence / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_tails_agree_with_tables() {
        assert!((half_width(0.95).unwrap() - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((quantile(0.95).unwrap() - 1.644_853_626_951_472_6).abs() < 1e-12);
        assert!((quantile(0.8).unwrap() - 0.841_621_233_572_914_2).abs() < 1e-12);
        assert!((two_sided_p(1.959_963_984_540_054) - 0.05).abs() < 1e-11);
        assert!((upper_p(1.644_853_626_951_472_6) - 0.05).abs() < 1e-11);
        assert!((two_sided_p(-3.0) - 0.002_699_796_063_260_189).abs() < 1e-11);
    }

    #[test]
    fn what_is_no_probability_has_no_quantile() {
        assert_eq!(quantile(0.0), None);
        assert_eq!(quantile(f64::NAN), None);
        assert_eq!(half_width(1.0), None);
        assert_eq!(two_sided_p(f64::NAN), 1.0);
        assert_eq!(two_sided_p(f64::INFINITY), 0.0);
        assert_eq!(upper_p(f64::NEG_INFINITY), 1.0);
    }
}
