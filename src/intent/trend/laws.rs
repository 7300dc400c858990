//! What holds of every series: related intents only ever silence, a verdict does not depend on the order of the series, and
//! the unit of exposure does not matter.

use super::surge::{Series, Tier, surges};
use crate::stats::count::surprise;
use proptest::prelude::*;

fn many() -> impl Strategy<Value = Vec<Series>> {
    let week = prop_oneof![8 => 0u64..30, 1 => 30u64..200];
    let one = (proptest::collection::vec(week, 9), proptest::collection::vec(0usize..12, 0..3));
    (proptest::collection::vec(one, 1..12), proptest::collection::vec(300u64..900, 9)).prop_map(|(all, exposure)| {
        all.into_iter().map(|(asks, related)| Series { asks, exposure: exposure.clone(), related }).collect()
    })
}

fn alone(series: &[Series]) -> Vec<Series> {
    series.iter().map(|one| Series { related: Vec::new(), ..one.clone() }).collect()
}

proptest! {
    #[test]
    fn related_intents_only_ever_silence(series in many()) {
        let (with, without) = (surges(&series), surges(&alone(&series)));
        for (one, other) in with.verdicts.iter().zip(&without.verdicts) {
            let (Some(one), Some(other)) = (one, other) else {
                prop_assert_eq!(one, other);
                continue;
            };
            prop_assert!(one.tier <= other.tier);
            prop_assert_eq!((one.p, one.q), (other.p, other.q));
            prop_assert_eq!(one.tier == other.tier, one.explained_by.is_none());
        }
    }

    /// What explains a silenced series is itself not silenced, so a rise is never lost altogether.
    #[test]
    fn whoever_explains_is_heard(series in many()) {
        let verdicts = surges(&series).verdicts;
        for carrier in verdicts.iter().flatten().filter_map(|surge| surge.explained_by) {
            let surge = verdicts[carrier].unwrap();
            prop_assert!(surge.tier > Tier::Quiet && surge.explained_by.is_none());
        }
    }

    #[test]
    fn the_order_of_the_series_does_not_matter(series in many()) {
        let forwards = surges(&alone(&series));
        let turned: Vec<Series> = alone(&series).into_iter().rev().collect();
        let backwards = surges(&turned);
        for (one, other) in forwards.verdicts.iter().zip(backwards.verdicts.iter().rev()) {
            prop_assert_eq!(one.map(|surge| surge.tier), other.map(|surge| surge.tier));
        }
        prop_assert!((forwards.size - backwards.size).abs() <= 1e-9 * forwards.size);
    }

    #[test]
    fn the_unit_of_exposure_does_not_matter(series in many(), times in 2.0f64..50.0, size in 1.0f64..100.0) {
        for one in &series {
            let weeks = |unit: f64| -> Vec<(u64, f64)> {
                one.asks.iter().copied().zip(one.exposure.iter().map(|&all| all as f64 * unit)).collect()
            };
            let (plain, scaled) = (weeks(1.0), weeks(times));
            let p = |weeks: &[(u64, f64)]| surprise(&weeks[..8], weeks[8], size).unwrap().p;
            prop_assert!((p(&plain) - p(&scaled)).abs() <= 1e-9);
        }
    }

    #[test]
    fn more_asks_are_never_less_surprising(series in many(), more in 1u64..100) {
        let mut raised = alone(&series);
        let before = surges(&raised);
        raised[0].asks[8] += more;
        let after = surges(&raised);
        if let (Some(before), Some(after)) = (before.verdicts[0], after.verdicts[0]) {
            prop_assert!(after.p <= before.p + 1e-9);
        }
    }
}
