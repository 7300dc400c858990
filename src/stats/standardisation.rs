//! Two periods (or groups) whose traffic is mixed differently: how much of the difference of their failure rates is the
//! mix, and how much is a rate that moved. All three answers are always given together, because the crude difference
//! alone can have the wrong sign (Simpson's paradox).
//!
//! What this does not do: it does not choose the strata. A stratum that itself hides a shift of mix is taken at its word.

use super::effect::{Count, Effect};
use super::interval::Interval;
use super::normal::half_width;
use serde::{Deserialize, Serialize};

/// One kind of traffic in both periods, each as (failures, trials).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// The earlier period, whose mix is the standard.
    pub base: Count,
    /// The later one.
    pub head: Count,
}

impl Stratum {
    /// Both strata as one; counts saturate.
    pub fn plus(self, other: Self) -> Self {
        let sum = |a: Count, b: Count| (a.0.saturating_add(b.0), a.1.saturating_add(b.1));
        Self { base: sum(self.base, other.base), head: sum(self.head, other.head) }
    }

    fn least_trials(self) -> u64 {
        self.base.1.min(self.head.1)
    }
}

/// What one stratum adds to the difference of the crude rates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// By its share of the traffic: `(W1 - W0) (p1 + p0) / 2`.
    pub mix: f64,
    /// By its rate: `(p1 - p0) (W1 + W0) / 2`.
    pub rate: f64,
}

/// The difference of two crude rates, head minus base, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decomposition {
    /// Rate over all of head minus rate over all of base.
    pub crude: f64,
    /// The difference that is left when head has base's mix (direct standardisation), with the standard error of
    /// independent binomial rates.
    pub standardised: Effect,
    /// The part of `crude` that comes from the mix (Kitagawa 1955); `crude = mix + rate`.
    pub mix: f64,
    /// The part that comes from the rates.
    pub rate: f64,
    /// Mantel and Haenszel's pooled risk difference (1959, in the form of Greenland and Robins 1985): the rates'
    /// difference again, weighted by information instead of by base's mix.
    pub mantel_haenszel: f64,
    /// Parallel to the strata.
    pub parts: Vec<Part>,
}

/// Takes the difference of two periods apart. `None` without strata, for a stratum without trials in either period or
/// with more failures than trials, and for a confidence outside (0, 1).
pub fn decompose(strata: &[Stratum], confidence: f64) -> Option<Decomposition> {
    let z = half_width(confidence)?;
    if strata.is_empty() || strata.iter().any(|s| s.least_trials() == 0 || s.base.0 > s.base.1 || s.head.0 > s.head.1) {
        return None;
    }
    let all = strata.iter().fold(Stratum::default(), |sum, stratum| sum.plus(*stratum));
    let rate = |(x, n): Count| x as f64 / n as f64;
    let (mut standardised, mut variance, mut above, mut below) = (0.0, 0.0, 0.0, 0.0);
    let mut parts = Vec::with_capacity(strata.len());
    for stratum in strata {
        let (p0, p1) = (rate(stratum.base), rate(stratum.head));
        let (n0, n1) = (stratum.base.1 as f64, stratum.head.1 as f64);
        let (w0, w1) = (n0 / all.base.1 as f64, n1 / all.head.1 as f64);
        standardised += w0 * (p1 - p0);
        variance += w0 * w0 * (rate_variance(stratum.base) + rate_variance(stratum.head));
        above += (stratum.head.0 as f64 * n0 - stratum.base.0 as f64 * n1) / (n0 + n1);
        below += n0 * n1 / (n0 + n1);
        parts.push(Part { mix: (w1 - w0) * (p1 + p0) / 2.0, rate: (p1 - p0) * (w1 + w0) / 2.0 });
    }
    let standard_error = f64::sqrt(variance);
    let half = z * standard_error;
    Some(Decomposition {
        crude: rate(all.head) - rate(all.base),
        standardised: Effect {
            estimate: standardised,
            standard_error,
            interval: Interval { low: standardised - half, high: standardised + half },
        },
        mix: parts.iter().map(|part| part.mix).sum(),
        rate: parts.iter().map(|part| part.rate).sum(),
        mantel_haenszel: above / below,
        parts,
    })
}

/// The variance of an observed rate. A rate of 0 or 1 is read half a count off, so that ten trials without a failure do
/// not pass for certainty.
fn rate_variance((x, n): Count) -> f64 {
    let trials = n as f64;
    let rate = if x == 0 || x == n { (x as f64 + 0.5) / (trials + 1.0) } else { x as f64 / trials };
    rate * (1.0 - rate) / trials
}

/// Strata fit to be compared: the places of those that stand alone and of those that go together into one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pooling {
    /// Large enough in both periods.
    pub alone: Vec<usize>,
    /// Too small in one of them; together one stratum.
    pub together: Vec<usize>,
}

/// Puts strata with fewer than `least` trials in a period together. While that rest is too small itself, the smallest of
/// the others joins it (ties: the later one), so only a comparison too small as a whole ends in a rest below `least`.
pub fn pool_small(strata: &[Stratum], least: u64) -> Pooling {
    let size = |place: &usize| strata.get(*place).map_or(0, |stratum| stratum.least_trials());
    let (mut alone, mut together): (Vec<usize>, Vec<usize>) = (0..strata.len()).partition(|place| size(place) >= least);
    let rest = |places: &[usize]| {
        let chosen = places.iter().filter_map(|&place| strata.get(place));
        chosen.fold(Stratum::default(), |sum, stratum| sum.plus(*stratum)).least_trials()
    };
    while !together.is_empty() && rest(&together) < least {
        let Some(smallest) = (0..alone.len()).rev().min_by_key(|&index| alone.get(index).map_or(0, &size)) else {
            break;
        };
        together.push(alone.remove(smallest));
    }
    together.sort_unstable();
    Pooling { alone, together }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn example() -> Vec<Stratum> {
        vec![
            Stratum { base: (50, 500), head: (18, 200) },
            Stratum { base: (60, 300), head: (50, 250) },
            Stratum { base: (80, 200), head: (210, 550) },
        ]
    }

    #[test]
    fn decompose_reproduces_its_vector() {
        let shift = decompose(&example(), 0.95).unwrap();
        let close =
            |actual: f64, expected: f64| assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
        // The definitions by hand, term by term.
        close(shift.crude, 0.088);
        close(shift.standardised.estimate, -0.5 * 0.01 + 0.2 * (210.0 / 550.0 - 0.4));
        close(shift.mix, -0.3 * 0.19 / 2.0 - 0.05 * 0.4 / 2.0 + 0.35 * (210.0 / 550.0 + 0.4) / 2.0);
        close(shift.rate, -0.01 * 0.35 + (210.0 / 550.0 - 0.4) * 0.375);
        // The published digits.
        let near = |actual: f64, expected: f64| assert!((actual - expected).abs() < 5e-6, "{actual} is not {expected}");
        near(shift.standardised.estimate, -0.00864);
        near(shift.standardised.standard_error, 0.01784);
        assert!((shift.standardised.interval.low - -0.0436).abs() < 5e-5);
        assert!((shift.standardised.interval.high - 0.0263).abs() < 5e-5);
        near(shift.mix, 0.09832);
        near(shift.rate, -0.01032);
        near(shift.mantel_haenszel, -0.00962);
    }

    #[test]
    fn nothing_to_compare_has_no_answer() {
        assert_eq!(decompose(&[], 0.95), None);
        assert_eq!(decompose(&[Stratum { base: (0, 0), head: (1, 2) }], 0.95), None);
        assert_eq!(decompose(&[Stratum { base: (3, 2), head: (1, 2) }], 0.95), None);
        assert_eq!(decompose(&example(), 1.0), None);
    }

    #[test]
    fn rates_of_zero_are_not_certain() {
        let shift = decompose(&[Stratum { base: (0, 10), head: (0, 10) }], 0.95).unwrap();
        assert_eq!(shift.standardised.estimate, 0.0);
        assert!(shift.standardised.interval.high > 0.1);
    }

    #[test]
    fn small_strata_go_together_until_they_are_large_enough() {
        let of = |base, head| Stratum { base: (0, base), head: (0, head) };
        let large = Pooling { alone: vec![0, 1], together: vec![] };
        assert_eq!(pool_small(&[of(10, 10), of(50, 50)], 10), large);
        let two = Pooling { alone: vec![0], together: vec![1, 2] };
        assert_eq!(pool_small(&[of(90, 90), of(9, 40), of(3, 5)], 10), two);
        // The rest has 9 in base: the smaller of the two others joins it.
        let joined = Pooling { alone: vec![0], together: vec![1, 2] };
        assert_eq!(pool_small(&[of(90, 90), of(20, 20), of(9, 9)], 10), joined);
        let all = Pooling { alone: vec![], together: vec![0, 1] };
        assert_eq!(pool_small(&[of(3, 3), of(2, 2)], 10), all);
        assert_eq!(pool_small(&[], 10), Pooling::default());
    }

    fn strata() -> impl Strategy<Value = Vec<Stratum>> {
        let count = || (0u64..400).prop_flat_map(|failures| (Just(failures), failures.max(1)..800));
        proptest::collection::vec((count(), count()).prop_map(|(base, head)| Stratum { base, head }), 1..8)
    }

    proptest! {
        #[test]
        fn crude_is_mix_and_rate(strata in strata()) {
            let shift = decompose(&strata, 0.95).unwrap();
            prop_assert!((shift.crude - shift.mix - shift.rate).abs() < 1e-12);
        }

        #[test]
        fn equal_rates_leave_no_difference_but_the_mix(
            strata in proptest::collection::vec((0u64..5, 5u64..9, 1u64..50, 1u64..50), 1..8)
        ) {
            let strata: Vec<Stratum> =
                strata.iter().map(|(x, n, base, head)| Stratum { base: (x * base, n * base), head: (x * head, n * head) }).collect();
            let shift = decompose(&strata, 0.95).unwrap();
            prop_assert!(shift.standardised.estimate.abs() < 1e-12 && shift.rate.abs() < 1e-12);
            prop_assert!(shift.mantel_haenszel.abs() < 1e-12);
        }

        #[test]
        fn an_equal_mix_has_no_part(rows in proptest::collection::vec((0u64..5, 0u64..5, 5u64..50), 1..8), times in 1u64..9) {
            let strata: Vec<Stratum> =
                rows.iter().map(|&(one, two, n)| Stratum { base: (one, n), head: (two * times, n * times) }).collect();
            let shift = decompose(&strata, 0.95).unwrap();
            prop_assert!(shift.mix.abs() < 1e-12);
            prop_assert!((shift.standardised.estimate - shift.crude).abs() < 1e-12);
        }

        #[test]
        fn pooling_keeps_every_stratum_once(strata in strata(), least in 0u64..300) {
            let pooling = pool_small(&strata, least);
            let mut places: Vec<usize> = pooling.alone.iter().chain(&pooling.together).copied().collect();
            places.sort_unstable();
            prop_assert_eq!(places, (0..strata.len()).collect::<Vec<_>>());
            prop_assert!(pooling.alone.iter().all(|&place| strata[place].least_trials() >= least));
        }
    }
}
