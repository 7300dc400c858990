//! Contrast of one event between failing and passing conversations. For stochastic agents the log-odds z ranks
//! causes better than the formulas made for deterministic programs, which reward rare events that happen never
//! to occur in a success.

use serde::{Deserialize, Serialize};

/// How much more an event belongs to failures than to successes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contrast {
    /// Log of the odds ratio, failures over successes; positive where the event goes with failure.
    pub log_odds: f64,
    /// `log_odds` in standard errors.
    pub z: f64,
}

/// The contrast of an event seen in `ef` of `nf` failing and `ep` of `np` passing conversations, with half a count
/// added to each of the four cells (Haldane 1956, Gart 1966). `None` when a group is empty or a count exceeds
/// its group.
pub fn log_odds_z(ef: u64, ep: u64, nf: u64, np: u64) -> Option<Contrast> {
    if nf == 0 || np == 0 {
        return None;
    }
    let with_fail = ef as f64 + 0.5;
    let with_pass = ep as f64 + 0.5;
    let without_fail = nf.checked_sub(ef)? as f64 + 0.5;
    let without_pass = np.checked_sub(ep)? as f64 + 0.5;
    let log_odds = (with_fail * without_pass / (without_fail * with_pass)).ln();
    let variance = with_fail.recip() + with_pass.recip() + without_fail.recip() + without_pass.recip();
    Some(Contrast { log_odds, z: log_odds / variance.sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn log_odds_z_reproduces_its_vectors() {
        for (ef, ep, nf, np, log_odds, z) in [
            (14, 9, 20, 60, 2.4926364815881326, 4.228500158530387),
            (3, 0, 20, 60, 3.186352633162641, 2.0744087329490624),
        ] {
            let contrast = log_odds_z(ef, ep, nf, np).unwrap();
            assert!((contrast.log_odds - log_odds).abs() < 1e-9);
            assert!((contrast.z - z).abs() < 1e-9);
        }
    }

    #[test]
    fn raw_counts_do_not_mislead() {
        // 12 of 116 failing against 8 of 84 passing is nothing; 14 against 1 is something.
        assert!((log_odds_z(12, 8, 116, 84).unwrap().z - 0.16).abs() < 0.01);
        assert!((log_odds_z(14, 1, 116, 84).unwrap().z - 2.37).abs() < 0.01);
    }

    #[test]
    fn impossible_counts_have_no_contrast() {
        assert_eq!(log_odds_z(0, 0, 0, 5), None);
        assert_eq!(log_odds_z(6, 0, 5, 5), None);
    }

    proptest! {
        #[test]
        fn swapping_the_groups_flips_the_sign(ef in 0u64..99, ep in 0u64..99, f in 1u64..99, p in 1u64..99) {
            let one = log_odds_z(ef, ep, ef + f, ep + p).unwrap();
            let two = log_odds_z(ep, ef, ep + p, ef + f).unwrap();
            prop_assert!(one.z.is_finite() && (one.z + two.z).abs() < 1e-9);
        }
    }
}
