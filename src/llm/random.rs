//! Jitter from a seed (SplitMix64; Steele, Lea and Flood, 2014), so that a run can be repeated.

use std::time::Duration;

/// A stream of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jitter(u64);

impl Jitter {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number in `[0, 1)`.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A wait between nothing and `most`.
    pub fn up_to(&mut self, most: Duration) -> Duration {
        most.mul_f64(self.share())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_waits_within_their_bound() {
        let most = Duration::from_secs(1);
        let draw = || {
            let mut jitter = Jitter::new(7);
            (0..1000).map(|_| jitter.up_to(most)).collect::<Vec<_>>()
        };
        assert_eq!(draw(), draw());
        assert!(draw().iter().all(|wait| *wait < most));
        let mean: f64 = draw().iter().map(Duration::as_secs_f64).sum::<f64>() / 1000.0;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
    }
}
