//! Effects with their standard errors: before and after against untouched traffic, and means over clustered cases.

use super::interval::Interval;
use super::normal::half_width;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An estimate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The two-sided interval asked for.
    pub interval: Interval,
}

/// Failures and trials of one group in one period.
pub type Count = (u64, u64);

/// Difference in differences of rates: (treated after - before) - (control after - before), with the standard error of
/// four independent rates. Assumes that both would have moved in parallel. `None` when a group has no trials or more
/// failures than trials.
pub fn difference_in_differences(treated: (Count, Count), control: (Count, Count), confidence: f64) -> Option<Effect> {
    let z = half_width(confidence)?;
    let rate = |(x, n): Count| (n > 0 && x <= n).then(|| x as f64 / n as f64);
    let variance = |count: Count| rate(count).map(|rate| rate * (1.0 - rate) / count.1 as f64);
    let estimate = (rate(treated.1)? - rate(treated.0)?) - (rate(control.1)? - rate(control.0)?);
    let total = variance(treated.0)? + variance(treated.1)? + variance(control.0)? + variance(control.1)?;
    let standard_error = total.sqrt();
    let half = z * standard_error;
    Some(Effect { estimate, standard_error, interval: Interval { low: estimate - half, high: estimate + half } })
}

/// A mean over values that come in clusters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClusteredMean {
    /// The mean over all values.
    pub mean: f64,
    /// Standard error as if the values were independent.
    pub naive_error: f64,
    /// CR1: `sqrt(G/(G-1)) sqrt(sum_g (sum_i (d_i - mean))²) / n`, robust to any dependence within clusters.
    pub cluster_error: f64,
    /// Number of clusters `G`. Below 15 the cluster error is itself uncertain.
    pub clusters: usize,
}

/// The mean of `values`, each with the key of its cluster. `None` for fewer than two clusters or a value that is not
/// finite.
pub fn clustered_mean<K: Ord>(values: impl IntoIterator<Item = (K, f64)>) -> Option<ClusteredMean> {
    let mut clusters: BTreeMap<K, Vec<f64>> = BTreeMap::new();
    for (cluster, value) in values {
        if !value.is_finite() {
            return None;
        }
        clusters.entry(cluster).or_default().push(value);
    }
    let count = clusters.len();
    if count < 2 {
        return None;
    }
    let n = clusters.values().map(Vec::len).sum::<usize>() as f64;
    let mean = clusters.values().flatten().sum::<f64>() / n;
    let squares: f64 = clusters.values().flatten().map(|value| (value - mean).powi(2)).sum();
    let between: f64 =
        clusters.values().map(|values| values.iter().map(|value| value - mean).sum::<f64>().powi(2)).sum();
    let correction = (count as f64 / (count as f64 - 1.0)).sqrt();
    Some(ClusteredMean {
        mean,
        naive_error: (squares / (n - 1.0) / n).sqrt(),
        cluster_error: correction * between.sqrt() / n,
        clusters: count,
    })
}

/// Outcomes adjusted by what was known of the same unit before.
#[derive(Clone, Debug, PartialEq)]
pub struct Adjusted {
    /// How much of the earlier measure is taken off: `cov(X, Y) / var(X)`.
    pub theta: f64,
    /// `Y - theta (X - mean X)`, in the order of the input; the mean is that of `Y`.
    pub values: Vec<f64>,
    /// Variance of the values over that of `Y`, in `[0, 1]`; `1 - correlation²`.
    pub variance_left: f64,
}

/// Takes off the outcomes what an earlier measure of the same units predicts, so that the same data show a smaller
/// difference (CUPED; Deng, Xu, Kohavi and Walker 2013). Each pair is (before, outcome); the earlier measure must not be
/// touched by what is being judged. `None` for fewer than two pairs, a value that is not finite, or a measure or an outcome
/// that never varies.
pub fn adjusted_by_before(pairs: &[(f64, f64)]) -> Option<Adjusted> {
    let n = pairs.len() as f64;
    if pairs.len() < 2 || pairs.iter().any(|(x, y)| !x.is_finite() || !y.is_finite()) {
        return None;
    }
    let mean_x = pairs.iter().map(|pair| pair.0).sum::<f64>() / n;
    let mean_y = pairs.iter().map(|pair| pair.1).sum::<f64>() / n;
    let spread_x: f64 = pairs.iter().map(|pair| (pair.0 - mean_x).powi(2)).sum();
    let spread_y: f64 = pairs.iter().map(|pair| (pair.1 - mean_y).powi(2)).sum();
    let together: f64 = pairs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    if !(spread_x > 0.0 && spread_y > 0.0) {
        return None;
    }
    let theta = together / spread_x;
    let values = pairs.iter().map(|(x, y)| y - theta * (x - mean_x)).collect();
    Some(Adjusted { theta, values, variance_left: (1.0 - together / spread_x * together / spread_y).clamp(0.0, 1.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_in_differences_reproduces_its_vector() {
        let effect = difference_in_differences(((120, 400), (84, 400)), ((300, 2000), (280, 2000)), 0.95).unwrap();
        let close = |actual: f64, expected: f64| assert!((actual - expected).abs() < 1e-9, "{actual}");
        close(effect.estimate, -0.08000000000000002);
        close(effect.standard_error, 0.03261441399136278);
        // The vector's interval is 1.96 standard errors wide on each side, ours 1.95996.
        assert!((effect.interval.low - -0.14392425142307105).abs() < 2e-6);
        assert!((effect.interval.high - -0.016075748576928978).abs() < 2e-6);
        assert_eq!(difference_in_differences(((0, 0), (1, 2)), ((1, 2), (1, 2)), 0.95), None);
        assert_eq!(difference_in_differences(((3, 2), (1, 2)), ((1, 2), (1, 2)), 0.95), None);
    }

    #[test]
    fn adjusting_by_before_reproduces_its_vector() {
        let outcomes = [2.0, 1.5, 3.9, 3.1, 5.8, 4.4, 7.9, 6.6];
        let pairs: Vec<(f64, f64)> = (1..).map(f64::from).zip(outcomes).collect();
        let adjusted = adjusted_by_before(&pairs).unwrap();
        // 34.2 / 42, exactly.
        assert!((adjusted.theta - 34.2 / 42.0).abs() < 1e-9, "{}", adjusted.theta);
        assert!((adjusted.theta - 0.814286).abs() < 5e-7);
        assert!((adjusted.variance_left - (1.0 - 0.792)).abs() < 5e-4, "{}", adjusted.variance_left);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        assert!((mean(&adjusted.values) - mean(&outcomes)).abs() < 1e-12);
        let variance = |values: &[f64]| values.iter().map(|v| (v - mean(values)).powi(2)).sum::<f64>();
        assert!((variance(&adjusted.values) / variance(&outcomes) - adjusted.variance_left).abs() < 1e-12);
        assert_eq!(adjusted_by_before(&[(1.0, 1.0)]), None);
        assert_eq!(adjusted_by_before(&[(1.0, 1.0), (1.0, 2.0)]), None);
        assert_eq!(adjusted_by_before(&[(1.0, f64::NAN), (1.0, 2.0)]), None);
    }

    fn example() -> Vec<(usize, f64)> {
        let clusters: [&[f64]; 5] = [&[1.0, 1.0, 0.0], &[0.0, 0.0], &[1.0, -1.0, 0.0, 0.0], &[1.0, 1.0], &[0.0; 3]];
        clusters.iter().enumerate().flat_map(|(key, values)| values.iter().map(move |value| (key, *value))).collect()
    }

    #[test]
    fn clustered_mean_reproduces_its_vector() {
        let result = clustered_mean(example()).unwrap();
        assert!((result.mean - 0.285714).abs() < 5e-7);
        assert!((result.naive_error - 0.163363).abs() < 5e-7, "{result:?}");
        assert!((result.cluster_error - 0.190901).abs() < 5e-7, "{result:?}");
        assert_eq!(result.clusters, 5);
    }

    #[test]
    fn duplicating_within_every_cluster_leaves_the_cluster_error_unchanged() {
        let twice = example().into_iter().flat_map(|item| [item, item]);
        let (once, twice) = (clustered_mean(example()).unwrap(), clustered_mean(twice).unwrap());
        assert!((once.cluster_error - twice.cluster_error).abs() < 1e-12);
        assert!(twice.naive_error < once.naive_error);
    }

    #[test]
    fn one_cluster_has_no_error() {
        assert_eq!(clustered_mean([(0, 1.0), (0, 2.0)]), None);
        assert_eq!(clustered_mean([(0, 1.0), (1, f64::NAN)]), None);
    }
}
