//! Control charts for slow drift: what a single week cannot show, several in a row can. Both charts compare a series
//! with a mean known from before; where that mean is itself an estimate, its variance widens the limits of the one and is
//! the caller's business in the other.

use serde::{Deserialize, Serialize};

/// An exponentially weighted moving average with its control limits, one value per point of the series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ewma {
    /// The average after each point.
    pub values: Vec<f64>,
    /// Distance from the mean that the average stays within, by point.
    pub limits: Vec<f64>,
    /// The first point whose average lies outside.
    pub alarm: Option<usize>,
}

/// What a point of a series is expected to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Its mean.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
    /// The variance of `mean` as an estimate; 0 when it is known.
    pub mean_variance: f64,
}

/// The chart of Roberts (1959) with exact limits: `z_i = weight x_i + (1 - weight) z_(i-1)`, from the mean on, against
/// `width * sqrt(variance * weight / (2 - weight) * (1 - (1 - weight)^(2 i)) + mean_variance)`. `None` for a weight
/// outside (0, 1], a width or variance that is negative or not finite, or a point that is not finite.
pub fn ewma(series: &[f64], expected: Expected, weight: f64, width: f64) -> Option<Ewma> {
    let sound = |value: f64| value >= 0.0 && value.is_finite();
    let chartable =
        expected.mean.is_finite() && sound(expected.variance) && sound(expected.mean_variance) && sound(width);
    if !(weight > 0.0 && weight <= 1.0 && chartable) || series.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut chart = Ewma { values: Vec::new(), limits: Vec::new(), alarm: None };
    let (mut average, mut remembered) = (expected.mean, 1.0);
    for (index, value) in series.iter().enumerate() {
        average = weight * value + (1.0 - weight) * average;
        remembered *= (1.0 - weight) * (1.0 - weight);
        let spread = expected.variance * weight / (2.0 - weight) * (1.0 - remembered);
        let limit = width * (spread + expected.mean_variance).sqrt();
        if chart.alarm.is_none() && (average - expected.mean).abs() > limit {
            chart.alarm = Some(index);
        }
        chart.values.push(average);
        chart.limits.push(limit);
    }
    Some(chart)
}

/// A one-sided cumulative sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cusum {
    /// The sum after each point, at least 0.
    pub values: Vec<f64>,
    /// The first point whose sum exceeds the limit.
    pub alarm: Option<usize>,
}

/// The reference value of a Poisson chart between two means: `(m1 - m0) / ln(m1 / m0)`, the count that favours neither
/// (Lucas 1985). `None` unless both are positive, finite and different.
pub fn poisson_reference(in_control: f64, out_of_control: f64) -> Option<f64> {
    let usable = |mean: f64| mean > 0.0 && mean.is_finite();
    let reference = (out_of_control - in_control) / (out_of_control / in_control).ln();
    (usable(in_control) && usable(out_of_control) && reference.is_finite()).then_some(reference)
}

/// The sum `c_i = max(0, c_(i-1) + x_i - reference)` against `limit` (Page 1954), for a rise. `None` for a value that is not
/// finite.
pub fn cusum(series: &[f64], reference: f64, limit: f64) -> Option<Cusum> {
    if !reference.is_finite() || !limit.is_finite() || series.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let mut chart = Cusum { values: Vec::new(), alarm: None };
    let mut sum = 0.0;
    for (index, value) in series.iter().enumerate() {
        sum = f64::max(0.0, sum + value - reference);
        if chart.alarm.is_none() && sum > limit {
            chart.alarm = Some(index);
        }
        chart.values.push(sum);
    }
    Some(chart)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIES: [f64; 8] = [9.0, 11.0, 10.0, 12.0, 13.0, 15.0, 16.0, 18.0];
    const POISSON_TEN: Expected = Expected { mean: 10.0, variance: 10.0, mean_variance: 0.0 };

    fn close(actual: &[f64], expected: &[f64]) {
        assert_eq!(actual.len(), expected.len());
        assert!(actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-9), "{actual:?} is not {expected:?}");
    }

    #[test]
    fn ewma_reproduces_its_vector() {
        let chart = ewma(&SERIES, POISSON_TEN, 0.3, 3.0).unwrap();
        // The recursion by hand; the published values are these to four places.
        close(&chart.values, &[9.7, 10.09, 10.063, 10.6441, 11.35087, 12.445609, 13.5119263, 14.85834841]);
        let last = 10.0 + chart.limits[7];
        assert!((last - 13.9786).abs() < 5e-5, "{last}");
        assert!((last - (10.0 + 3.0 * f64::sqrt(3.0 / 1.7 * (1.0 - 0.7f64.powi(16))))).abs() < 1e-9);
        assert_eq!(chart.alarm, Some(7), "the eighth point");
    }

    #[test]
    fn cusum_reproduces_its_vector() {
        let reference = poisson_reference(10.0, 15.0).unwrap();
        assert!((reference - 5.0 / 1.5f64.ln()).abs() < 1e-12 && (reference - 12.331517).abs() < 5e-7);
        let chart = cusum(&SERIES, reference, 5.0).unwrap();
        let k = reference;
        close(&chart.values, &[0.0, 0.0, 0.0, 0.0, 13.0 - k, 28.0 - 2.0 * k, 44.0 - 3.0 * k, 62.0 - 4.0 * k]);
        for (actual, published) in chart.values.iter().zip([0.0, 0.0, 0.0, 0.0, 0.6685, 3.337, 7.0054, 12.6739]) {
            assert!((actual - published).abs() < 1e-4, "{actual} is not {published}");
        }
        assert_eq!(chart.alarm, Some(6), "the seventh point");
    }

    #[test]
    fn a_mean_that_is_an_estimate_widens_the_limits() {
        let estimated = Expected { mean_variance: 10.0 / 8.0, ..POISSON_TEN };
        let known = ewma(&SERIES, POISSON_TEN, 0.3, 3.0).unwrap();
        let chart = ewma(&SERIES, estimated, 0.3, 3.0).unwrap();
        assert!(chart.limits.iter().zip(&known.limits).all(|(wide, narrow)| wide > narrow));
        assert_eq!(chart.values, known.values);
    }

    #[test]
    fn what_is_no_series_has_no_chart() {
        assert_eq!(ewma(&[f64::NAN], POISSON_TEN, 0.3, 3.0), None);
        assert_eq!(ewma(&SERIES, POISSON_TEN, 0.0, 3.0), None);
        assert_eq!(cusum(&[f64::INFINITY], 1.0, 5.0), None);
        assert_eq!(poisson_reference(10.0, 10.0), None);
        assert_eq!(poisson_reference(0.0, 10.0), None);
        assert_eq!(ewma(&[], POISSON_TEN, 0.3, 3.0).unwrap().alarm, None);
    }
}
