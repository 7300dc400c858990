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

/// Scores of spectrum-based fault localisation, for comparison with what other tools print; none decides anything here.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suspicion {
    /// `ef / sqrt(nf (ef + ep))` (Ochiai; Abreu, Zoeteweij and van Gemund 2007), in `[0, 1]`.
    pub ochiai: f64,
    /// Share among failures over the sum of the shares (Jones and Harrold 2005), in `[0, 1]`.
    pub tarantula: f64,
    /// `ef² / (ep + nf - ef)` (Wong, Debroy, Gao and Li 2014); `f64::MAX` for an event that separates the groups.
    pub dstar2: f64,
}

/// The suspicion of an event, with counts as for [`log_odds_z`]. An event that never happened is not suspicious: 0.
pub fn suspicion(ef: u64, ep: u64, nf: u64, np: u64) -> Option<Suspicion> {
    let missed = nf.checked_sub(ef)?;
    if nf == 0 || np == 0 || ep > np {
        return None;
    }
    if ef == 0 {
        return Some(Suspicion { ochiai: 0.0, tarantula: 0.0, dstar2: 0.0 });
    }
    let (fails, passes, failed, passed) = (ef as f64, ep as f64, nf as f64, np as f64);
    let apart = passes + missed as f64;
    Some(Suspicion {
        ochiai: fails / (failed * (fails + passes)).sqrt(),
        tarantula: (fails / failed) / (fails / failed + passes / passed),
        dstar2: if apart > 0.0 { fails * fails / apart } else { f64::MAX },
    })
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
    fn suspicion_reproduces_its_vectors() {
        for (ef, ep, ochiai, tarantula, dstar2) in [
            (14, 9, 0.6527533657682196, 0.8235294117647058, 13.066666666666666),
            (3, 0, 0.3872983346207417, 1.0, 0.5294117647058824),
        ] {
            let scores = suspicion(ef, ep, 20, 60).unwrap();
            assert!((scores.ochiai - ochiai).abs() < 1e-9, "{scores:?}");
            assert!((scores.tarantula - tarantula).abs() < 1e-9, "{scores:?}");
            assert!((scores.dstar2 - dstar2).abs() < 1e-9, "{scores:?}");
        }
        assert_eq!(suspicion(0, 5, 20, 60).unwrap().dstar2, 0.0);
        assert_eq!(suspicion(20, 0, 20, 60).unwrap().dstar2, f64::MAX);
        assert_eq!(suspicion(21, 0, 20, 60), None);
        assert_eq!(suspicion(1, 0, 20, 0), None);
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
