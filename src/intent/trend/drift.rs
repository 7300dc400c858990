//! Slow drift, for display: an intent that grows a little every week never has a surprising one. Two charts look at the
//! last half year against its first eight weeks; both take weeks' overdispersion into account, so that a wild intent has wide
//! limits. No alert is made of it.

use crate::stats::drift::{Expected, cusum, ewma, poisson_reference};
use serde::Serialize;

/// Weeks looked at, at most.
const WINDOW: usize = 26;
/// Of these the first, which say what is usual.
const BASELINE: usize = 8;
/// Weeks after the baseline that a drift needs at least.
const LEAST_AFTER: usize = 4;
/// Asks in the baseline below which nothing is usual.
const LEAST_ASKS: u64 = 8;
/// Weight of the newest week in the average.
const WEIGHT: f64 = 0.3;
/// Limits in standard errors.
const WIDTH: f64 = 3.0;
/// The rise that the cumulative sum is tuned to.
const RISE: f64 = 1.5;
/// Where the cumulative sum alarms.
const CUSUM_LIMIT: f64 = 5.0;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// More than usual.
    Rising,
    /// Less than usual.
    Falling,
}

/// The state of both charts after the newest week.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// Asks a week that were usual, at the window's mean exposure.
    pub usual: f64,
    /// The weighted average now, at the same exposure.
    pub now: f64,
    /// Set when that average lies outside its limits now.
    pub direction: Option<Direction>,
    /// Whether the cumulative sum for a rise by half is above its limit now.
    pub risen_by_half: bool,
    /// Weeks since the cumulative sum last was zero: how long the rise has lasted. 0 when there is none.
    pub weeks: usize,
}

/// Reads the drift off complete weeks' asks and exposures, oldest first, with the overdispersion that all series share.
/// `None` with too little: fewer than twelve weeks with exposure, or fewer than eight asks in the first eight.
pub fn drift(asks: &[u64], exposure: &[u64], size: f64) -> Option<Drift> {
    let all: Vec<(u64, f64)> =
        asks.iter().copied().zip(exposure.iter().map(|&all| all as f64)).filter(|week| week.1 > 0.0).collect();
    let window = all.get(all.len().saturating_sub(WINDOW)..)?;
    if window.len() < BASELINE + LEAST_AFTER || size.is_nan() || size <= 0.0 {
        return None;
    }
    let (before, after) = window.split_at(BASELINE);
    let usual_asks: u64 = before.iter().map(|week| week.0).sum();
    if usual_asks < LEAST_ASKS {
        return None;
    }
    let mean_exposure = window.iter().map(|week| week.1).sum::<f64>() / window.len() as f64;
    let usual = usual_asks as f64 / before.iter().map(|week| week.1).sum::<f64>() * mean_exposure;
    let level: Vec<f64> = after.iter().map(|(asks, exposure)| *asks as f64 / exposure * mean_exposure).collect();
    let variance = usual + usual * usual / size;
    let expected = Expected { mean: usual, variance, mean_variance: variance / BASELINE as f64 };
    let average = ewma(&level, expected, WEIGHT, WIDTH)?;
    let (now, limit) = (*average.values.last()?, *average.limits.last()?);
    // Divided by variance over mean, counts have the variance of a Poisson process again. A sum remembers, so a baseline
    // that was low by chance would alarm in the end: what is usual is taken one standard error higher.
    let inflation = variance / usual;
    let even: Vec<f64> = level.iter().map(|value| value / inflation).collect();
    let cautious = (usual + (variance / BASELINE as f64).sqrt()) / inflation;
    let reference = poisson_reference(cautious, RISE * cautious)?;
    let sum = cusum(&even, reference, CUSUM_LIMIT)?;
    let direction =
        if now - usual > limit { Some(Direction::Rising) } else { (usual - now > limit).then_some(Direction::Falling) };
    Some(Drift {
        usual,
        now,
        direction,
        risen_by_half: sum.values.last().is_some_and(|&sum| sum > CUSUM_LIMIT),
        weeks: sum.values.iter().rev().take_while(|&&sum| sum > 0.0).count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POISSON: f64 = 1000.0;

    fn of(asks: &[u64]) -> Option<Drift> {
        drift(asks, &vec![500; asks.len()], POISSON)
    }

    #[test]
    fn a_slow_rise_is_seen_and_dated() {
        let asks = [20, 22, 18, 21, 19, 20, 23, 17, 21, 23, 26, 27, 29, 31, 34, 36];
        let drift = of(&asks).unwrap();
        assert_eq!(drift.usual, 20.0);
        assert_eq!((drift.direction, drift.risen_by_half), (Some(Direction::Rising), true));
        assert_eq!(drift.weeks, 5, "the reference is 26.6: from 27 on");
        assert!(drift.now > 30.0);
        // With weeks that vary as much as here assumed, the same rise is not beyond chance.
        assert_eq!(super::drift(&asks, &[500; 16], 3.0).unwrap().direction, None);
    }

    #[test]
    fn a_fall_is_seen_and_a_steady_series_is_not() {
        let falling = of(&[30, 33, 28, 31, 29, 30, 34, 27, 25, 22, 20, 17, 15, 13, 12, 10]).unwrap();
        assert_eq!((falling.direction, falling.risen_by_half, falling.weeks), (Some(Direction::Falling), false, 0));
        let steady = of(&[20, 22, 18, 21, 19, 20, 23, 17, 21, 19, 20, 22, 18, 20]).unwrap();
        assert_eq!((steady.direction, steady.risen_by_half), (None, false));
    }

    #[test]
    fn more_traffic_is_no_drift() {
        let asks: Vec<u64> = (0..16).map(|week| 20 + 3 * week).collect();
        let exposure: Vec<u64> = asks.iter().map(|asks| asks * 40).collect();
        let drift = drift(&asks, &exposure, POISSON).unwrap();
        assert_eq!((drift.direction, drift.risen_by_half), (None, false));
    }

    #[test]
    fn too_little_has_no_drift() {
        assert_eq!(of(&[20; 11]), None);
        assert_eq!(of(&[0, 1, 0, 0, 1, 0, 0, 0, 9, 9, 9, 9]), None);
        assert_eq!(drift(&[20; 12], &[0; 12], POISSON), None);
        assert_eq!(drift(&[20; 12], &[500; 12], f64::NAN), None);
        assert!(of(&[20; 12]).is_some());
    }
}
