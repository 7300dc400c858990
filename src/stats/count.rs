//! Weekly counts: how surprising is this week, given the weeks before? Counts of an intent vary more than a Poisson
//! process, so the prediction is negative binomial with the overdispersion pooled over all intents.

use super::special::beta_cdf;
use serde::{Deserialize, Serialize};
use statrs::function::gamma::checked_gamma_lr;

/// Probability that a Poisson variable of mean `mean` is at least `count`; `None` for a mean that is not positive and
/// finite.
pub fn poisson_tail(count: u64, mean: f64) -> Option<f64> {
    if !(mean > 0.0 && mean.is_finite()) {
        return None;
    }
    if count == 0 {
        return Some(1.0);
    }
    checked_gamma_lr(count as f64, mean).ok().filter(|p| !p.is_nan()).map(|p| p.clamp(0.0, 1.0))
}

/// Probability that a negative binomial variable of mean `mean` and size `size` (variance `mean + mean²/size`) is at
/// least `count`; `None` for parameters that are not positive and finite.
pub fn negative_binomial_tail(count: u64, mean: f64, size: f64) -> Option<f64> {
    if !(mean > 0.0 && mean.is_finite() && size > 0.0 && size.is_finite()) {
        return None;
    }
    if count == 0 { Some(1.0) } else { beta_cdf(count as f64, size, mean / (mean + size)) }
}

/// What was expected of a week and how surprising it turned out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surprise {
    /// Expected count.
    pub mean: f64,
    /// Variance of the prediction, including that of the estimated mean.
    pub variance: f64,
    /// Size of the negative binomial with that mean and variance.
    pub size: f64,
    /// Probability of this week's count or more.
    pub p: f64,
}

/// How surprising `now` (count, exposure) is after the weeks of `history` (counts, exposures; exposure is all asks of
/// the week, in any unit): mean `N_now (sum x + 1/2) / sum N`, variance `V = w + w/h` with `w = mean + mean²/size` and
/// `h` weeks, size of the prediction `mean² / (V - mean)`. `None` without history or exposure, or for a size that is not
/// positive and finite.
pub fn surprise(history: &[(u64, f64)], now: (u64, f64), size: f64) -> Option<Surprise> {
    let valid = |exposure: f64| exposure >= 0.0 && exposure.is_finite();
    if history.is_empty() || !history.iter().all(|week| valid(week.1)) || !valid(now.1) || now.1 == 0.0 {
        return None;
    }
    let exposure: f64 = history.iter().map(|week| week.1).sum();
    if exposure <= 0.0 || !(size > 0.0 && size.is_finite()) {
        return None;
    }
    let total: f64 = history.iter().map(|week| week.0 as f64).sum();
    let mean = now.1 * (total + 0.5) / exposure;
    let within = mean + mean * mean / size;
    let variance = within + within / history.len() as f64;
    let size = mean * mean / (variance - mean);
    Some(Surprise { mean, variance, size, p: negative_binomial_tail(now.0, mean, size)? })
}

/// The overdispersion (size) shared by several series of weekly (count, exposure), by moments: with the week's expected
/// count `mu_t = N_t sum x / sum N`, `sum(mean(mu_t²) - v/h) / sum(v - m)` over series with mean `m`, mean squared deviation
/// `v` from `mu_t` and `h` weeks, kept in `[1, 1000]`. With equal exposure `mu_t = m`. The exposure must not hold the series'
/// own counts, or its own swings pass for traffic. Weeks without exposure are left out; series shorter than two weeks say
/// nothing; without any, or without overdispersion, 1000 (near Poisson).
///
/// `v` is divided by `h`, not `h - 1`: over eight weeks the size comes out about a fifth too large.
pub fn pooled_size<'a>(series: impl IntoIterator<Item = &'a [(u64, f64)]>) -> f64 {
    let (mut squares, mut excess) = (0.0, 0.0);
    for weeks in series {
        let exposed = || weeks.iter().filter(|week| week.1 > 0.0 && week.1.is_finite());
        let h = exposed().count() as f64;
        if h < 2.0 {
            continue;
        }
        let total: f64 = exposed().map(|week| week.0 as f64).sum();
        let rate = total / exposed().map(|week| week.1).sum::<f64>();
        let expected_squares: f64 = exposed().map(|week| (rate * week.1).powi(2)).sum();
        let deviations: f64 = exposed().map(|week| (week.0 as f64 - rate * week.1).powi(2)).sum();
        let variance = deviations / h;
        squares += expected_squares / h - variance / h;
        excess += variance - total / h;
    }
    if excess > 0.0 && squares.is_finite() { (squares / excess).clamp(1.0, 1000.0) } else { 1000.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
    }

    #[test]
    fn tails_reproduce_their_vectors() {
        close(poisson_tail(12, 4.5).unwrap(), 0.0024042835731011847);
        close(negative_binomial_tail(12, 4.5, 2.0).unwrap(), 0.05688219781143866);
        close(negative_binomial_tail(12, 4.5, 10.0).unwrap(), 0.011690055606024985);
        assert_eq!(poisson_tail(0, 4.5), Some(1.0));
        assert_eq!(negative_binomial_tail(0, 4.5, 2.0), Some(1.0));
    }

    #[test]
    fn surprise_reproduces_its_vectors() {
        let busy = surprise(&weeks(&[6, 8, 5, 9, 7, 6, 10, 7]), (16, 100.0), 8.0).unwrap();
        close(busy.mean, 7.3125);
        close(busy.variance, 15.74615478515625);
        close(busy.size, 6.34038950042337);
        close(busy.p, 0.03641382279846073);
        close(poisson_tail(16, busy.mean).unwrap(), 0.0036434255214926603);
        let quiet = surprise(&weeks(&[0, 0, 1, 0, 0, 0, 0, 0]), (4, 100.0), 8.0).unwrap();
        close(quiet.mean, 0.1875);
        close(quiet.variance, 0.21588134765625);
        close(quiet.size, 1.238709677419355);
        close(quiet.p, 0.00046141369448060576);
        close(poisson_tail(4, quiet.mean).unwrap(), 4.434610100878533e-05);
    }

    #[test]
    fn weeks_without_exposure_surprise_nobody() {
        assert_eq!(surprise(&[], (4, 1.0), 8.0), None);
        assert_eq!(surprise(&[(0, 0.0)], (4, 1.0), 8.0), None);
        assert_eq!(surprise(&[(1, f64::NAN)], (4, 1.0), 8.0), None);
        assert_eq!(surprise(&[(1, 1.0)], (4, 0.0), 8.0), None);
        assert_eq!(surprise(&[(1, 1.0)], (4, 1.0), 0.0), None);
        assert_eq!(poisson_tail(1, 0.0), None);
        assert_eq!(negative_binomial_tail(1, 1.0, f64::INFINITY), None);
    }

    fn weeks(counts: &[u64]) -> Vec<(u64, f64)> {
        counts.iter().map(|&count| (count, 100.0)).collect()
    }

    #[test]
    fn pooled_size_is_large_for_steady_counts_and_small_for_wild_ones() {
        assert_eq!(pooled_size([]), 1000.0);
        assert_eq!(pooled_size([weeks(&[7, 7, 7, 7]).as_slice()]), 1000.0);
        assert_eq!(pooled_size([weeks(&[3]).as_slice()]), 1000.0);
        assert!(pooled_size([weeks(&[0, 40, 1, 60]).as_slice()]) < 2.0);
    }

    /// Two series by hand: means 10 and 4, variances 72/4 and 14/4, four weeks.
    #[test]
    fn pooled_size_is_the_ratio_of_the_pooled_moments() {
        let (one, two) = (weeks(&[10, 4, 16, 10]), weeks(&[4, 6, 1, 5]));
        let (v1, v2) = (72.0 / 4.0, 14.0 / 4.0);
        let expected = (100.0 - v1 / 4.0 + 16.0 - v2 / 4.0) / (v1 - 10.0 + v2 - 4.0);
        close(pooled_size([one.as_slice(), two.as_slice()]), expected);
    }

    /// Counts that only follow the traffic are not overdispersed, however much the traffic moves.
    #[test]
    fn traffic_is_not_overdispersion() {
        let following: Vec<(u64, f64)> = [40u64, 10, 80, 20].iter().map(|&count| (count, count as f64 * 9.0)).collect();
        assert_eq!(pooled_size([following.as_slice()]), 1000.0);
        let with_empty_weeks: Vec<(u64, f64)> = following.iter().copied().chain([(0, 0.0)]).collect();
        assert_eq!(pooled_size([with_empty_weeks.as_slice()]), 1000.0);
    }
}
