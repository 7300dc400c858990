//! What follows from the pairs. Two questions are asked of the same counts, each with its own kind of evidence:
//!
//! - **Is the head better?** One-sided e-value over the discordant pairs ([`head_gains`]), which may be looked at while
//!   answers arrive; `1/alpha` decides. The same with the arms exchanged shows that the head is worse.
//! - **Is the head no worse?** Tango's non-inferiority test at the margin. It needs a number of cases fixed before the
//!   run, which a suite is.
//!
//! `--expect better` passes on the first, `--expect no-worse` on the second; both fail when the head is shown to be
//! worse. Under `no-worse` a loss that is real but proven smaller than the margin passes: that is what the margin is
//! for. Everything else is inconclusive, with the number of cases that would decide. Mid-p and Tango's interval are for
//! the reader and decide nothing.

use super::comparison::{Comparison, Counts};
use super::schedule::TOLERATED_FAILURES;
use crate::stats::evalue::{EValue, head_gains};
use crate::stats::interval::Interval;
use crate::stats::normal::quantile;
use crate::stats::paired::{
    NonInferiority, mcnemar_mid_p, non_inferiority, pairs_for_non_inferiority, tango_interval, tango_statistic,
};
use serde::Serialize;

/// What the head claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expect {
    /// Not worse by the margin or more: a pull request.
    NoWorse,
    /// Better: a proposal's own claim.
    Better,
}

/// How to decide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rule {
    expect: Expect,
    alpha: f64,
    margin: f64,
}

/// Numbers that make no rule.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum RuleError {
    /// alpha.
    #[error("alpha is {0}, but must lie above 0 and below 0.5")]
    Alpha(f64),
    /// margin.
    #[error("the margin is {0}, but must lie above 0 and below 1")]
    Margin(f64),
}

impl Rule {
    /// A rule with the chance `alpha` (in (0, 0.5)) of a wrong decision and the `margin` (share of cases, in (0, 1)) by
    /// which the head may be worse.
    pub fn new(expect: Expect, alpha: f64, margin: f64) -> Result<Self, RuleError> {
        if !(alpha > 0.0 && alpha < 0.5) {
            return Err(RuleError::Alpha(alpha));
        }
        if !(margin > 0.0 && margin < 1.0) {
            return Err(RuleError::Margin(margin));
        }
        Ok(Self { expect, alpha, margin })
    }

    /// The claim.
    pub fn expect(&self) -> Expect {
        self.expect
    }

    /// Chance of a wrong decision.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Share of cases by which the head may be worse.
    pub fn margin(&self) -> f64 {
        self.margin
    }

    /// The fewest cases with which this rule can pass at all: all alike for `no-worse`, all gains for `better`.
    pub fn fewest_cases(&self) -> Option<u64> {
        match self.expect {
            Expect::NoWorse => pairs_for_non_inferiority(self.margin, self.alpha),
            Expect::Better => crate::stats::evalue::gains_missing(0, 0, self.alpha),
        }
    }
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum Verdict {
    /// The claim holds.
    Pass,
    /// The head is worse.
    Fail,
    /// The cases cannot tell.
    Inconclusive {
        /// Cases with which these rates would decide for the head; `None` when the rates do not favour it.
        cases_needed: Option<u64>,
    },
    /// The run proves nothing.
    Invalid {
        /// Why.
        why: Invalid,
    },
}

/// Why a run proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Invalid {
    /// No case was run.
    #[error("there are no cases")]
    NoCases,
    /// Too many questions have no answer.
    #[error("{failed} of {asked} questions have no answer; up to {} % may", TOLERATED_FAILURES * 100.0)]
    Unanswered {
        /// Without an answer.
        failed: usize,
        /// Asked.
        asked: usize,
    },
    /// No case passes under either arm: the suite or the agent is broken, and "no worse" would be true of anything.
    #[error("none of the {cases} cases passes under either revision")]
    NothingPasses {
        /// Cases.
        cases: u64,
    },
}

/// A verdict and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The counts it rests on.
    pub counts: Counts,
    /// Head's pass rate minus base's; `None` without cases, like all that follows.
    pub difference: Option<f64>,
    /// Tango's interval for the difference at `1 - alpha`.
    pub interval: Option<Interval>,
    /// McNemar's mid-p.
    pub mid_p: Option<f64>,
    /// Evidence that the head is better.
    pub better: EValue,
    /// Evidence that the head is worse.
    pub worse: EValue,
    /// The non-inferiority test.
    pub no_worse: Option<NonInferiority>,
}

/// Judges a comparison.
pub fn judge(comparison: &Comparison, rule: &Rule) -> Judgement {
    let mut judgement = judge_counts(comparison.counted, rule);
    let spoiled = comparison.failed as f64 > TOLERATED_FAILURES * comparison.asked as f64;
    if spoiled {
        let why = Invalid::Unanswered { failed: comparison.failed, asked: comparison.asked };
        judgement.verdict = Verdict::Invalid { why };
    } else if comparison.counted.total() == 0 && !comparison.pairs.is_empty() {
        // The head brings the first cases: none may count, and that is no fault.
        judgement.verdict = Verdict::Inconclusive { cases_needed: rule.fewest_cases() };
    }
    judgement
}

/// Judges counts alone.
pub fn judge_counts(counts: Counts, rule: &Rule) -> Judgement {
    let (losses, gains, pairs) = (counts.base_only, counts.head_only, counts.total());
    let better = head_gains(losses, gains).unwrap_or(EValue::ONE);
    let worse = head_gains(gains, losses).unwrap_or(EValue::ONE);
    let no_worse = non_inferiority(losses, gains, pairs, rule.margin);
    let holds = match rule.expect {
        Expect::Better => better.refutes_at(rule.alpha),
        Expect::NoWorse => no_worse.is_some_and(|test| test.p <= rule.alpha),
    };
    let verdict = if pairs == 0 {
        Verdict::Invalid { why: Invalid::NoCases }
    } else if counts.neither == pairs {
        Verdict::Invalid { why: Invalid::NothingPasses { cases: pairs } }
    } else if holds {
        Verdict::Pass
    } else if worse.refutes_at(rule.alpha) {
        Verdict::Fail
    } else {
        Verdict::Inconclusive { cases_needed: cases_needed(counts, rule) }
    };
    Judgement {
        verdict,
        counts,
        difference: (pairs > 0).then(|| (gains as f64 - losses as f64) / pairs as f64),
        interval: tango_interval(losses, gains, pairs, 1.0 - rule.alpha),
        mid_p: (pairs > 0).then(|| mcnemar_mid_p(losses, gains)).flatten(),
        better,
        worse,
        no_worse,
    }
}

/// Cases (these included) with which the rule would pass if gains and losses stayed as frequent as they are.
fn cases_needed(counts: Counts, rule: &Rule) -> Option<u64> {
    const MOST: u64 = 1_000_000;
    let pairs = counts.total();
    match rule.expect {
        Expect::NoWorse => {
            // At fixed rates the statistic grows with the square root of the number of cases.
            let statistic = tango_statistic(counts.base_only, counts.head_only, pairs, -rule.margin)?;
            let ratio = quantile(1.0 - rule.alpha)? / statistic;
            let needed = (pairs as f64 * ratio * ratio).ceil();
            (statistic > 0.0 && needed <= MOST as f64).then_some(needed as u64)
        }
        Expect::Better => {
            if counts.head_only <= counts.base_only {
                return None;
            }
            let scaled = |count: u64, cases: u64| (count as f64 * cases as f64 / pairs as f64).round() as u64;
            let decides = |cases: u64| {
                head_gains(scaled(counts.base_only, cases), scaled(counts.head_only, cases))
                    .is_some_and(|evidence| evidence.refutes_at(rule.alpha))
            };
            if !decides(MOST) {
                return None;
            }
            let (mut few, mut enough) = (pairs.min(MOST - 1), MOST);
            while enough - few > 1 {
                let middle = u64::midpoint(few, enough);
                if decides(middle) {
                    enough = middle;
                } else {
                    few = middle;
                }
            }
            Some(enough)
        }
    }
}

/// Share of cases that are assumed to differ between the arms when power is stated before a run.
pub const ASSUMED_DISCORDANCE: f64 = 0.2;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rule(expect: Expect) -> Rule {
        Rule::new(expect, 0.05, 0.05).unwrap()
    }

    fn counts(both: u64, base_only: u64, head_only: u64, neither: u64) -> Counts {
        Counts { both, base_only, head_only, neither }
    }

    fn verdict(expect: Expect, counts: Counts) -> Verdict {
        judge_counts(counts, &rule(expect)).verdict
    }

    #[test]
    fn better_needs_seven_straight_gains() {
        assert_eq!(verdict(Expect::Better, counts(20, 0, 7, 3)), Verdict::Pass);
        assert!(matches!(verdict(Expect::Better, counts(20, 0, 6, 3)), Verdict::Inconclusive { .. }));
        assert_eq!(verdict(Expect::Better, counts(20, 7, 0, 3)), Verdict::Fail);
        assert_eq!(verdict(Expect::NoWorse, counts(20, 7, 0, 3)), Verdict::Fail);
    }

    #[test]
    fn no_worse_needs_52_equal_cases() {
        assert_eq!(verdict(Expect::NoWorse, counts(52, 0, 0, 0)), Verdict::Pass);
        let few = verdict(Expect::NoWorse, counts(20, 0, 0, 5));
        assert_eq!(few, Verdict::Inconclusive { cases_needed: Some(52) });
        assert_eq!(rule(Expect::NoWorse).fewest_cases(), Some(52));
        assert_eq!(rule(Expect::Better).fewest_cases(), Some(7));
    }

    #[test]
    fn cases_needed_is_where_the_verdict_would_turn() {
        let Verdict::Inconclusive { cases_needed: Some(needed) } = verdict(Expect::NoWorse, counts(40, 3, 3, 10))
        else {
            panic!("decided");
        };
        let scale = |share: u64| (share as f64 * needed as f64 / 56.0).round() as u64;
        assert_eq!(verdict(Expect::NoWorse, counts(needed - 2 * scale(3), scale(3), scale(3), 0)), Verdict::Pass);
        let Verdict::Inconclusive { cases_needed: Some(needed) } = verdict(Expect::Better, counts(40, 2, 8, 10)) else {
            panic!("decided");
        };
        assert!((61..200).contains(&needed), "{needed}");
        let none = Verdict::Inconclusive { cases_needed: None };
        assert_eq!(verdict(Expect::Better, counts(40, 5, 5, 10)), none);
        assert_eq!(verdict(Expect::NoWorse, counts(40, 5, 1, 4)), none);
    }

    #[test]
    fn a_real_loss_within_the_margin_passes_no_worse_and_fails_better() {
        let small_loss = counts(9_820, 120, 60, 0);
        assert_eq!(verdict(Expect::NoWorse, small_loss), Verdict::Pass);
        assert_eq!(verdict(Expect::Better, small_loss), Verdict::Fail);
    }

    #[test]
    fn runs_that_prove_nothing_are_invalid() {
        assert_eq!(verdict(Expect::NoWorse, counts(0, 0, 0, 0)), Verdict::Invalid { why: Invalid::NoCases });
        let nothing = Verdict::Invalid { why: Invalid::NothingPasses { cases: 80 } };
        assert_eq!(verdict(Expect::NoWorse, counts(0, 0, 0, 80)), nothing);
        let comparison =
            Comparison { pairs: Vec::new(), unanswered: vec![0], counted: counts(60, 0, 0, 0), asked: 122, failed: 3 };
        let why = Invalid::Unanswered { failed: 3, asked: 122 };
        assert_eq!(judge(&comparison, &rule(Expect::NoWorse)).verdict, Verdict::Invalid { why });
        assert_eq!(why.to_string(), "3 of 122 questions have no answer; up to 2 % may");
    }

    #[test]
    fn a_head_that_brings_the_first_cases_is_inconclusive() {
        use super::super::comparison::{Pair, Tally};
        let tally = Tally { passed: 1, of: 1 };
        let pairs = vec![Pair { entry: 0, base: tally, head: tally }];
        let comparison = Comparison { pairs, unanswered: Vec::new(), counted: Counts::default(), asked: 2, failed: 0 };
        let expected = Verdict::Inconclusive { cases_needed: Some(52) };
        assert_eq!(judge(&comparison, &rule(Expect::NoWorse)).verdict, expected);
    }

    #[test]
    fn rules_have_bounds() {
        assert_eq!(Rule::new(Expect::Better, 0.0, 0.05), Err(RuleError::Alpha(0.0)));
        assert!(matches!(Rule::new(Expect::Better, f64::NAN, 0.05), Err(RuleError::Alpha(_))));
        assert_eq!(Rule::new(Expect::Better, 0.05, 1.0), Err(RuleError::Margin(1.0)));
    }

    /// Steele, Lea and Flood 2014; enough for a simulation.
    struct SplitMix(u64);

    impl SplitMix {
        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
        }
    }

    /// Whether one arm passes a case that passes with probability `p`, by majority of `repeat` answers.
    fn passes(random: &mut SplitMix, p: f64, repeat: u32) -> bool {
        let passed = (0..repeat).filter(|_| random.uniform() < p).count() as u32;
        super::super::comparison::Tally { passed, of: repeat }.passes()
    }

    /// Share of null suites in which somebody who looks after every case sees the verdict `wrong`.
    fn false_decisions(expect: Expect, wrong: Verdict, repeat: u32) -> f64 {
        const SUITES: u32 = 2_000;
        let mut random = SplitMix(20_260_314);
        let mut wrongly = 0;
        for _ in 0..SUITES {
            let mut seen = Counts::default();
            for _ in 0..150 {
                // Some cases are easy, some hard, some a coin.
                let p = random.uniform();
                match (passes(&mut random, p, repeat), passes(&mut random, p, repeat)) {
                    (true, true) => seen.both += 1,
                    (true, false) => seen.base_only += 1,
                    (false, true) => seen.head_only += 1,
                    (false, false) => seen.neither += 1,
                }
                let evidence = match expect {
                    Expect::Better => head_gains(seen.base_only, seen.head_only),
                    Expect::NoWorse => head_gains(seen.head_only, seen.base_only),
                };
                if evidence.unwrap().refutes_at(0.05) {
                    // A look is wrong only if the whole rule says so.
                    wrongly += u32::from(verdict(expect, seen) == wrong);
                    break;
                }
            }
        }
        f64::from(wrongly) / f64::from(SUITES)
    }

    #[test]
    fn equal_arms_are_rarely_told_apart_even_by_somebody_who_looks_after_every_case() {
        for repeat in [1, 2, 3] {
            let better = false_decisions(Expect::Better, Verdict::Pass, repeat);
            let worse = false_decisions(Expect::NoWorse, Verdict::Fail, repeat);
            assert!(better <= 0.05 && worse <= 0.05, "repeat {repeat}: {better} {worse}");
            // And the test is not vacuous.
            assert!(better > 0.0);
        }
    }

    /// At the margin itself the test passes about one in twenty.
    #[test]
    fn a_head_worse_by_the_margin_rarely_passes_no_worse() {
        let mut random = SplitMix(7);
        let mut passed = 0;
        for _ in 0..2_000 {
            let mut seen = Counts::default();
            for _ in 0..200 {
                match random.uniform() {
                    u if u < 0.15 => seen.base_only += 1,
                    u if u < 0.25 => seen.head_only += 1,
                    _ => seen.both += 1,
                }
            }
            passed += u32::from(verdict(Expect::NoWorse, seen) == Verdict::Pass);
        }
        let share = f64::from(passed) / 2_000.0;
        assert!((0.02..=0.06).contains(&share), "{share}");
    }

    proptest! {
        #[test]
        fn swapping_the_arms_flips_every_sign(both in 0u64..300, b in 0u64..60, c in 0u64..60, neither in 0u64..90) {
            let counts = counts(both, b, c, neither);
            let one = judge_counts(counts, &rule(Expect::Better));
            let two = judge_counts(counts.swapped(), &rule(Expect::Better));
            prop_assert_eq!(one.difference.map(|d| -d), two.difference.map(|d| if d == 0.0 { -0.0 } else { d }));
            prop_assert_eq!(one.mid_p, two.mid_p);
            prop_assert_eq!((one.better, one.worse), (two.worse, two.better));
            if let (Some(one), Some(two)) = (one.interval, two.interval) {
                prop_assert!((one.low + two.high).abs() < 1e-9 && (one.high + two.low).abs() < 1e-9);
            }
            prop_assert!(one.verdict != Verdict::Pass || two.verdict == Verdict::Fail);
        }

        #[test]
        fn no_counts_make_a_number_that_is_none(a in any::<u32>(), b in any::<u32>(), c in any::<u32>(), d in any::<u32>()) {
            let counts = counts(a.into(), (b % 100_000).into(), (c % 100_000).into(), d.into());
            for expect in [Expect::Better, Expect::NoWorse] {
                let judgement = judge_counts(counts, &rule(expect));
                let numbers = [judgement.difference, judgement.mid_p, judgement.interval.map(|i| i.low)];
                prop_assert!(numbers.iter().flatten().all(|number| number.is_finite()));
                prop_assert!(judgement.better.ln().is_finite() && judgement.worse.ln().is_finite());
            }
        }
    }
}
