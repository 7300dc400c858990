//! What a paired comparison can see, said before it is run. `discordance` is the share of cases expected to differ
//! between the arms, `difference` the pass rate gained, both in (0, 1); 5 % two-sided and 80 % power throughout.

use super::normal::quantile;

/// Pairs needed to see `difference`: `((1.96 sqrt(pd) + 0.84 sqrt(pd - d^2)) / d)^2` (Miettinen 1968, with exact
/// normal quantiles). `None` unless `0 < difference <= discordance <= 1`: cases that do not differ cannot gain.
pub fn pairs_needed(discordance: f64, difference: f64) -> Option<f64> {
    if !(difference > 0.0 && difference <= discordance && discordance <= 1.0) {
        return None;
    }
    let alpha = quantile(0.975)?;
    let beta = quantile(0.8)?;
    let root = alpha * discordance.sqrt() + beta * (discordance - difference * difference).max(0.0).sqrt();
    Some((root / difference).powi(2))
}

/// The smallest effect that a number of pairs can see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detectable {
    /// The difference in pass rate, in (0, 1].
    pub difference: f64,
    /// Whether it is seen with 80 % power. `false`: `difference` is all that the discordance allows, and even that is
    /// missed more often.
    pub powered: bool,
}

/// The smallest difference that `pairs` pairs can see. `None` for no pairs or a discordance outside (0, 1].
pub fn detectable(pairs: u64, discordance: f64) -> Option<Detectable> {
    if pairs == 0 || !(discordance > 0.0 && discordance <= 1.0) {
        return None;
    }
    let n = pairs as f64;
    if pairs_needed(discordance, discordance)? > n {
        return Some(Detectable { difference: discordance, powered: false });
    }
    // Larger differences need fewer pairs.
    let (mut unseen, mut seen) = (0.0, discordance);
    for _ in 0..200 {
        let middle = f64::midpoint(unseen, seen);
        if pairs_needed(discordance, middle).is_some_and(|needed| needed <= n) {
            seen = middle;
        } else {
            unseen = middle;
        }
    }
    Some(Detectable { difference: seen, powered: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_needed_reproduces_its_vectors() {
        for (discordance, difference, expected) in
            [(0.2, 0.1, 154.59856956021105), (0.15, 0.05, 468.5679794603193), (0.3, 0.1, 233.0945382046739)]
        {
            assert!((pairs_needed(discordance, difference).unwrap() - expected).abs() < 1e-9);
        }
        assert_eq!(pairs_needed(0.1, 0.2), None);
        assert_eq!(pairs_needed(0.1, 0.0), None);
        assert_eq!(pairs_needed(f64::NAN, 0.1), None);
    }

    #[test]
    fn detectable_reproduces_its_vectors() {
        for (pairs, expected, powered) in [
            (30, 0.2, false),
            (50, 0.1730417001835013, true),
            (100, 0.12381933148441379, true),
            (200, 0.08807269345160358, true),
            (500, 0.055899692822084776, true),
        ] {
            let detectable = detectable(pairs, 0.2).unwrap();
            assert!((detectable.difference - expected).abs() < 1e-9, "{pairs}: {detectable:?}");
            assert_eq!(detectable.powered, powered);
        }
        assert_eq!(detectable(0, 0.2), None);
        assert_eq!(detectable(10, 0.0), None);
    }
}
