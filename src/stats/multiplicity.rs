//! Many tests at once: adjusted p-values, in the order of the input, and the same for e-values. A value that is no p-value (NaN, outside
//! `[0, 1]`) counts as 1, no evidence.

use super::evalue::EValue;

/// Benjamini and Hochberg's adjusted p (1995): reject those at most `q` to keep the expected share of false
/// discoveries below `q`, for independent or positively dependent tests.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let m = p.len() as f64;
    // From the largest down: p * m / rank, never above what a larger p got.
    let mut least: f64 = 1.0;
    let mut adjusted = vec![1.0; p.len()];
    for (rank, (index, p)) in ascending(p).into_iter().enumerate().rev() {
        least = least.min(p * m / (rank as f64 + 1.0));
        adjusted[index] = least;
    }
    adjusted
}

/// Holm's adjusted p (1979): reject those at most `alpha` to keep the chance of any false rejection below
/// `alpha`, whatever the dependence.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut most: f64 = 0.0;
    let mut adjusted = vec![1.0; p.len()];
    for (rank, (index, value)) in ascending(p).into_iter().enumerate() {
        most = most.max(value * (p.len() - rank) as f64).min(1.0);
        adjusted[index] = most;
    }
    adjusted
}

/// The places, ascending, of the hypotheses refuted by their e-values at false discovery rate `alpha`, whatever the
/// dependence: the `k` largest for the largest `k` whose `k`-th e-value is at least `m / (k alpha)` (e-BH; Wang and Ramdas
/// 2022). Empty for an `alpha` outside (0, 1).
pub fn e_benjamini_hochberg(evidence: &[EValue], alpha: f64) -> Vec<usize> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Vec::new();
    }
    let mut places: Vec<usize> = (0..evidence.len()).collect();
    let ln = |place: &usize| evidence.get(*place).map_or(f64::NEG_INFINITY, |e| e.ln());
    places.sort_by(|left, right| ln(right).total_cmp(&ln(left)).then(left.cmp(right)));
    let bar = (evidence.len() as f64).ln() - alpha.ln();
    let refuted = (1..=places.len()).rev().find(|&k| places.get(k - 1).is_some_and(|p| ln(p) >= bar - (k as f64).ln()));
    places.truncate(refuted.unwrap_or(0));
    places.sort_unstable();
    places
}

fn ascending(p: &[f64]) -> Vec<(usize, f64)> {
    let valid = |p: f64| if (0.0..=1.0).contains(&p) { p } else { 1.0 };
    let mut sorted: Vec<(usize, f64)> = p.iter().map(|&p| valid(p)).enumerate().collect();
    sorted.sort_by(|left, right| left.1.total_cmp(&right.1));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(actual: &[f64], expected: &[f64]) {
        assert_eq!(actual.len(), expected.len());
        assert!(actual.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-9), "{actual:?} is not {expected:?}");
    }

    #[test]
    fn benjamini_hochberg_reproduces_its_vector() {
        close(
            &benjamini_hochberg(&[0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]),
            &[
                0.01,
                0.04,
                0.084,
                0.084,
                0.084,
                0.09999999999999999,
                0.10571428571428572,
                0.21600000000000003,
                0.21600000000000003,
                0.21600000000000003,
            ],
        );
    }

    #[test]
    fn holm_reproduces_its_vector() {
        close(&holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
    }

    #[test]
    fn e_benjamini_hochberg_reproduces_its_vectors() {
        let evidence = [120.0, 45.0, 30.0, 8.0, 2.0, 1.0].map(|value| EValue::of(value).unwrap());
        assert_eq!(e_benjamini_hochberg(&evidence, 0.10), [0, 1, 2]);
        assert_eq!(e_benjamini_hochberg(&evidence, 0.05), [0]);
        let turned: Vec<EValue> = evidence.iter().rev().copied().collect();
        assert_eq!(e_benjamini_hochberg(&turned, 0.10), [3, 4, 5]);
        assert!(e_benjamini_hochberg(&evidence, 0.0).is_empty());
        assert!(e_benjamini_hochberg(&[], 0.1).is_empty());
    }

    #[test]
    fn values_that_are_no_p_are_no_evidence() {
        close(&benjamini_hochberg(&[f64::NAN, 0.01, 7.0]), &[1.0, 0.03, 1.0]);
        assert!(benjamini_hochberg(&[]).is_empty());
        assert!(holm(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn adjusting_never_lowers_and_keeps_the_order(p in proptest::collection::vec(0.0f64..=1.0, 0..40)) {
            for adjusted in [benjamini_hochberg(&p), holm(&p)] {
                for (i, &p_i) in p.iter().enumerate() {
                    prop_assert!(adjusted[i] >= p_i - 1e-15 && adjusted[i] <= 1.0);
                    for (j, &p_j) in p.iter().enumerate() {
                        prop_assert!(p_i > p_j || adjusted[i] <= adjusted[j] + 1e-15);
                    }
                }
            }
        }
    }
}
