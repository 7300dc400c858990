//! Which of several arms to try next when every try costs. The index below explores more than a product should by
//! default (a sample from each arm's posterior loses less); it is here as the option that others know.

/// The upper confidence bound of an arm with mean reward `mean` over `pulls` tries, of `total` tries of all arms:
/// `mean + sqrt(2 ln total / pulls)` (UCB1; Auer, Cesa-Bianchi and Fischer 2002). `None` for an arm never tried (which goes
/// first), more tries than the total, or a mean outside `[0, 1]`.
pub fn upper_confidence_bound(mean: f64, pulls: u64, total: u64) -> Option<f64> {
    if pulls == 0 || pulls > total || !(0.0..=1.0).contains(&mean) {
        return None;
    }
    Some(mean + (2.0 * (total as f64).ln() / pulls as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_confidence_bound_reproduces_its_vectors() {
        for (mean, pulls, expected) in
            [(0.62, 600, 0.7717427129385146), (0.66, 300, 0.8745966026289347), (0.60, 100, 0.9716922188849838)]
        {
            let bound = upper_confidence_bound(mean, pulls, 1000).unwrap();
            assert!((bound - expected).abs() < 1e-9, "{bound} is not {expected}");
        }
    }

    #[test]
    fn an_arm_never_tried_has_no_bound() {
        assert_eq!(upper_confidence_bound(0.5, 0, 10), None);
        assert_eq!(upper_confidence_bound(0.5, 11, 10), None);
        assert_eq!(upper_confidence_bound(1.5, 1, 10), None);
        assert_eq!(upper_confidence_bound(f64::NAN, 1, 10), None);
        assert_eq!(upper_confidence_bound(0.5, 1, 1), Some(0.5));
    }
}
