//! Every vector of the shared file, read in place: a key that nothing here reproduces is a failure, so a vector added
//! there cannot be overlooked here. What lives in other rooms is named with the file whose test reproduces it.

use super::bandit::upper_confidence_bound;
use super::contrast::{log_odds_z, suspicion};
use super::count::{negative_binomial_tail, poisson_tail, surprise};
use super::effect::difference_in_differences;
use super::evalue::{EValue, arms_differ, head_gains, mean_exceeds, means_differ};
use super::interval::{Interval, clopper_pearson, jeffreys, newcombe_independent, wilson};
use super::multiplicity::{benjamini_hochberg, e_benjamini_hochberg, holm};
use super::paired::{
    mcnemar_exact, mcnemar_mid_p, newcombe_paired, non_inferiority, pairs_for_non_inferiority, tango_interval,
};
use super::power::{detectable, pairs_needed};
use super::prediction_powered::{rectified_mean, tuned_mean};
use super::shrinkage::probability_greater;
use serde_json::Value;
use std::collections::BTreeMap;

/// Vectors of other rooms.
const ELSEWHERE: [(&str, &str); 3] = [
    ("murmur3_x86_32", "release/bucket.rs"),
    ("flagd_bucket_of_100", "release/bucket.rs"),
    ("nmi_ari", "intent/agreement.rs"),
];

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn ends(interval: Option<Interval>) -> Vec<f64> {
    interval.map_or_else(Vec::new, |interval| vec![interval.low, interval.high])
}

/// The whole numbers in a key, in order: "b3_c12" gives 3 and 12.
fn counts(key: &str) -> Vec<u64> {
    key.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).map(|part| part.parse().unwrap()).collect()
}

/// The decimal numbers in a key such as "pd.15_d.05".
fn decimals(key: &str) -> Vec<f64> {
    let parts = key.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|part| !part.is_empty());
    parts.map(|part| part.parse().unwrap()).collect()
}

struct Check {
    checked: usize,
}

impl Check {
    fn close(&mut self, name: &str, actual: &[f64], expected: &[f64], within: f64) {
        assert_eq!(actual.len(), expected.len(), "{name}: {actual:?} is not {expected:?}");
        for (actual, expected) in actual.iter().zip(expected) {
            assert!((actual - expected).abs() < within, "{name}: {actual} is not {expected}");
            self.checked += 1;
        }
    }

    fn rates(&mut self, key: &str, value: &Value, method: fn(u64, u64, f64) -> Option<Interval>) {
        for (counted, expected) in value.as_object().unwrap() {
            let [successes, trials] = counts(counted)[..] else { panic!("{counted}") };
            self.close(key, &ends(method(successes, trials, 0.95)), &numbers(expected), 1e-9);
        }
    }

    /// Whether somebody knows how to reproduce the vector of this name.
    fn vector(&mut self, key: &str, value: &Value) -> bool {
        match key {
            "wilson95" => self.rates(key, value, wilson),
            "jeffreys95" => self.rates(key, value, jeffreys),
            "clopper95" => self.rates(key, value, clopper_pearson),
            "newcombe_indep95_30/40_minus_24/40" => {
                self.close(key, &ends(newcombe_independent((30, 40), (24, 40), 0.95)), &numbers(value), 1e-9);
            }
            "newcombe_paired95_a60_b3_c12_d25" => {
                let interval = ends(newcombe_paired(60, 3, 12, 25, 0.95));
                self.close(key, &interval, &numbers(value)[1..], 1e-9);
            }
            "mcnemar" => {
                for (counted, expected) in value.as_object().unwrap() {
                    let [losses, gains] = counts(counted)[..] else { panic!("{counted}") };
                    let actual = [mcnemar_exact(losses, gains).unwrap(), mcnemar_mid_p(losses, gains).unwrap()];
                    self.close(key, &actual, &[number(&expected["exact"]), number(&expected["midp"])], 1e-9);
                    // The asymptotic form is here for comparison; no decision uses it.
                    let z = (gains as f64 - losses as f64) / ((gains + losses) as f64).sqrt();
                    self.close(key, &[super::two_sided_p(z)], &[number(&expected["asym"])], 1e-9);
                }
            }
            "tango" => self.tango(value),
            "pairs_needed" => {
                for (given, expected) in value.as_object().unwrap() {
                    let [discordance, difference] = decimals(given)[..] else { panic!("{given}") };
                    self.close(key, &[pairs_needed(discordance, difference).unwrap()], &[number(expected)], 1e-9);
                }
            }
            "mde_pd.2" => {
                for (pairs, expected) in value.as_object().unwrap() {
                    let actual = detectable(pairs.parse().unwrap(), 0.2).unwrap().difference;
                    self.close(key, &[actual], &[number(expected)], 1e-9);
                }
            }
            "evalue" => {
                for (counted, expected) in value.as_object().unwrap() {
                    let [gains, losses] = counts(counted)[..] else { panic!("{counted}") };
                    let actual = [head_gains(losses, gains), arms_differ(losses, gains)].map(|e| e.unwrap().value());
                    self.close(key, &actual, &[number(&expected["one"]), number(&expected["two"])], 1e-9);
                }
            }
            "betting" => {
                let wealth = mean_exceeds(&numbers(&value["xs"]), number(&value["H0_mean_le"]), 0.05).unwrap();
                let wealth: Vec<f64> = wealth.iter().map(|e| e.value()).collect();
                self.close(key, &wealth, &numbers(&value["E"]), 1e-9);
            }
            "msprt" => {
                for (given, difference) in [("n400_d.06_s2.5_t2.0025", 0.06), ("n400_d.12", 0.12)] {
                    let actual = means_differ(400, difference, 0.5, 0.0025).unwrap().value();
                    self.close(key, &[actual], &[number(&value[given])], 1e-9);
                }
                assert_eq!(value.as_object().unwrap().len(), 2);
            }
            "ebh" => {
                let evidence: Vec<EValue> = numbers(&value["es"]).into_iter().map(|e| EValue::of(e).unwrap()).collect();
                for (given, alpha) in [("a.10", 0.1), ("a.05", 0.05)] {
                    let places: Vec<f64> =
                        e_benjamini_hochberg(&evidence, alpha).into_iter().map(|place| place as f64).collect();
                    self.close(key, &places, &numbers(&value[given]), 1e-9);
                }
            }
            "bh" => self.close(key, &benjamini_hochberg(&numbers(&value["p"])), &numbers(&value["adj"]), 1e-9),
            "holm" => self.close(key, &holm(&numbers(&value["p"])), &numbers(&value["adj"]), 1e-9),
            "poisson_sf_12_4.5" => self.close(key, &[poisson_tail(12, 4.5).unwrap()], &[number(value)], 1e-9),
            "nb_sf_12_mu4.5" => {
                for (size, expected) in value.as_object().unwrap() {
                    let tail = negative_binomial_tail(12, 4.5, counts(size)[0] as f64).unwrap();
                    self.close(key, &[tail], &[number(expected)], 1e-9);
                }
            }
            "nb_predictive" => {
                for (given, expected) in value.as_object().unwrap() {
                    let all = counts(given);
                    let (history, rest) = all.split_at(8);
                    let history: Vec<(u64, f64)> = history.iter().map(|&count| (count, 1.0)).collect();
                    let found = surprise(&history, (rest[0], 1.0), rest[1] as f64).unwrap();
                    let poisson = poisson_tail(rest[0], found.mean).unwrap();
                    let actual = [found.mean, found.variance, found.size, found.p, poisson];
                    let names = ["mean", "var", "r_eff", "p_nb", "p_pois"];
                    self.close(key, &actual, &names.map(|name| number(&expected[name])), 1e-9);
                }
            }
            "did" => {
                let effect = difference_in_differences(((120, 400), (84, 400)), ((300, 2000), (280, 2000)), 0.95);
                let (effect, expected) = (effect.unwrap(), numbers(value));
                self.close(key, &[effect.estimate, effect.standard_error], &expected[..2], 1e-9);
                // The vector's interval is 1.96 standard errors wide on each side; with that half-width it is ours.
                let half = 1.96 * effect.standard_error;
                self.close(key, &[effect.estimate - half, effect.estimate + half], &expected[2..], 1e-9);
            }
            "sbfl" => {
                for (given, expected) in value.as_object().unwrap() {
                    let [ef, ep, nf, np] = counts(given)[..] else { panic!("{given}") };
                    let (scores, contrast) = (suspicion(ef, ep, nf, np).unwrap(), log_odds_z(ef, ep, nf, np).unwrap());
                    let actual = [scores.ochiai, scores.tarantula, scores.dstar2, contrast.log_odds, contrast.z];
                    let names = ["ochiai", "tarantula", "dstar2", "logodds", "z"];
                    self.close(key, &actual, &names.map(|name| number(&expected[name])), 1e-9);
                }
            }
            "ppi" => {
                let labelled: Vec<(f64, f64)> = numbers(&value["y"]).into_iter().zip(numbers(&value["f"])).collect();
                let judged: Vec<f64> = (0..1000).map(|index| f64::from(u8::from(index < 780))).collect();
                let plain = rectified_mean(&labelled, &judged).unwrap();
                self.close(key, &[plain.mean, plain.standard_error], &numbers(&value["ppi"]), 1e-9);
                let tuned = tuned_mean(&labelled, &judged).unwrap();
                self.close(key, &[tuned.mean, tuned.standard_error], &numbers(&value["ppi++"]), 1e-9);
                self.close(key, &[tuned.weight], &[number(&value["lambda"])], 1e-9);
            }
            "ucb1" => {
                for (given, (mean, pulls)) in
                    [("m.62_n600_N1000", (0.62, 600)), ("m.66_n300", (0.66, 300)), ("m.60_n100", (0.6, 100))]
                {
                    let bound = upper_confidence_bound(mean, pulls, 1000).unwrap();
                    self.close(key, &[bound], &[number(&value[given])], 1e-9);
                }
                assert_eq!(value.as_object().unwrap().len(), 3);
            }
            "beta_P_head_gt_base_46/50_40/50" => {
                self.close(key, &[probability_greater((46, 50), (40, 50)).unwrap()], &[number(value)], 1e-9);
            }
            _ => return ELSEWHERE.iter().any(|(name, _)| *name == key),
        }
        true
    }

    fn tango(&mut self, value: &Value) {
        let known: BTreeMap<&str, Vec<f64>> = BTreeMap::from([
            ("ci95_ho12_bo3_n100", ends(tango_interval(3, 12, 100, 0.95))),
            ("NI_T_ho4_bo6_n200_M.05", vec![non_inferiority(6, 4, 200, 0.05).unwrap().statistic]),
            ("NI_p", vec![non_inferiority(6, 4, 200, 0.05).unwrap().p]),
            ("min_n_zero_discordant_M.05", vec![pairs_for_non_inferiority(0.05, 0.05).unwrap() as f64]),
            ("min_n_zero_discordant_M.02", vec![pairs_for_non_inferiority(0.02, 0.05).unwrap() as f64]),
        ]);
        for (name, expected) in value.as_object().unwrap() {
            let actual = known.get(name.as_str()).unwrap_or_else(|| panic!("nobody reproduces tango {name}"));
            let expected = if expected.is_array() { numbers(expected) } else { vec![number(expected)] };
            self.close(name, actual, &expected, 1e-9);
        }
    }
}

#[test]
fn every_shared_vector_is_reproduced() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/test_vectors.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: no ../shared/data/test_vectors.json");
        return;
    };
    let vectors: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    let mut check = Check { checked: 0 };
    let unknown: Vec<&String> =
        vectors.iter().filter(|(key, value)| !check.vector(key, value)).map(|(key, _)| key).collect();
    assert!(unknown.is_empty(), "nobody reproduces {unknown:?}");
    assert!(check.checked > 100, "only {} numbers were compared", check.checked);
}
