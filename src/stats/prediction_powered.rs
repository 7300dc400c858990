//! A mean known from few human labels and many verdicts of a judge: the judge's mean, corrected by how much it is off
//! where both are known. The judge may be wrong; it must only be wrong in the same way on the rest.

use serde::{Deserialize, Serialize};

/// A mean with its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rectified {
    /// The estimate.
    pub mean: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// How much of the judge was used: 1 all, 0 none.
    pub weight: f64,
}

/// The mean of the human labels over everything judged: `mean(F) + mean(y - f)` with standard error
/// `sqrt(var(y - f)/n + var(F)/N)` (prediction-powered inference; Angelopoulos et al. 2023). `labelled` holds (human, judge)
/// of the cases that both have seen, `judged` the judge's verdicts on the rest. `None` for fewer than two of either or a value
/// that is not finite.
pub fn rectified_mean(labelled: &[(f64, f64)], judged: &[f64]) -> Option<Rectified> {
    weighted(labelled, judged, 1.0)
}

/// The same with the judge used as much as it deserves: `weight mean(F) + mean(y - weight f)` with
/// `weight = cov(y, f) / ((1 + n/N) var F)`, kept in `[0, 1]` (PPI++; Angelopoulos, Duchi and Zrnic 2023). A judge that never
/// varies gets weight 0, which leaves the mean of the human labels.
pub fn tuned_mean(labelled: &[(f64, f64)], judged: &[f64]) -> Option<Rectified> {
    let human: Vec<f64> = labelled.iter().map(|pair| pair.0).collect();
    let judge: Vec<f64> = labelled.iter().map(|pair| pair.1).collect();
    let (mean_human, mean_judge) = (mean(&human)?, mean(&judge)?);
    let products: f64 = labelled.iter().map(|(y, f)| (y - mean_human) * (f - mean_judge)).sum();
    let covariance = products / (labelled.len() as f64 - 1.0);
    let room = (1.0 + labelled.len() as f64 / judged.len() as f64) * variance(judged)?;
    let weight = if room > 0.0 { (covariance / room).clamp(0.0, 1.0) } else { 0.0 };
    weighted(labelled, judged, weight)
}

fn weighted(labelled: &[(f64, f64)], judged: &[f64], weight: f64) -> Option<Rectified> {
    let errors: Vec<f64> = labelled.iter().map(|(y, f)| y - weight * f).collect();
    let own = variance(&errors)? / labelled.len() as f64;
    let judges = weight * weight * variance(judged)? / judged.len() as f64;
    let rectified =
        Rectified { mean: weight * mean(judged)? + mean(&errors)?, standard_error: (own + judges).sqrt(), weight };
    (rectified.mean.is_finite() && rectified.standard_error.is_finite()).then_some(rectified)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// With `n - 1`; `None` for fewer than two values.
fn variance(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    Some(values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> (Vec<(f64, f64)>, Vec<f64>) {
        let human = [1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1];
        let judge = [1, 1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1];
        let labelled = human.iter().zip(judge).map(|(&y, f)| (f64::from(y), f64::from(f))).collect();
        let judged = (0..1000).map(|index| if index < 780 { 1.0 } else { 0.0 }).collect();
        (labelled, judged)
    }

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
    }

    #[test]
    fn rectified_and_tuned_means_reproduce_their_vectors() {
        let (labelled, judged) = example();
        let rectified = rectified_mean(&labelled, &judged).unwrap();
        close(rectified.mean, 0.68);
        close(rectified.standard_error, 0.07006150067644092);
        let tuned = tuned_mean(&labelled, &judged).unwrap();
        close(tuned.weight, 0.841109355041244);
        close(tuned.mean, 0.6831778128991751);
        close(tuned.standard_error, 0.06882192879254821);
    }

    #[test]
    fn a_judge_that_says_nothing_changes_nothing() {
        let (labelled, _) = example();
        let constant: Vec<(f64, f64)> = labelled.iter().map(|&(human, _)| (human, 1.0)).collect();
        let tuned = tuned_mean(&constant, &[1.0; 50]).unwrap();
        assert_eq!(tuned.weight, 0.0);
        close(tuned.mean, 0.7);
    }

    #[test]
    fn too_few_cases_have_no_mean() {
        let (labelled, judged) = example();
        assert_eq!(rectified_mean(&labelled[..1], &judged), None);
        assert_eq!(tuned_mean(&labelled, &judged[..1]), None);
        assert_eq!(tuned_mean(&[], &[]), None);
        assert_eq!(rectified_mean(&[(f64::NAN, 1.0), (1.0, 1.0)], &judged), None);
    }
}
