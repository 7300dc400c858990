//! From outcomes to pairs: how each case went under both arms.
//!
//! A case that is asked several times passes under an arm when **more than half** of its answers pass; with two
//! repetitions that is both. Any rule that treats the arms alike keeps the verdict honest (when both arms are equally
//! good, gains and losses are equally likely); the majority is chosen because one lucky or unlucky answer among many
//! then changes nothing, and a tie does not count as a pass because an agent that is right half the time is not
//! right. Cases whose answers disagree are listed as unsteady.

use super::case::{Entry, Standing};
use super::schedule::{Arm, Outcome, Schedule};
use serde::Serialize;

/// How often a case passed under one arm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Answers that passed.
    pub passed: u32,
    /// Answers.
    pub of: u32,
}

impl Tally {
    /// Whether more than half passed.
    pub fn passes(self) -> bool {
        u64::from(self.passed) * 2 > u64::from(self.of)
    }

    /// Whether some passed and some did not.
    pub fn is_unsteady(self) -> bool {
        self.passed > 0 && self.passed < self.of
    }
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Passes under the base, not under the head.
    Lost,
    /// Passes under the head, not under the base.
    Gained,
    /// Passes under neither.
    StillFails,
    /// Passes under both.
    StillPasses,
}

/// One case under both arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Index of its entry.
    pub entry: usize,
    /// Under the base.
    pub base: Tally,
    /// Under the head.
    pub head: Tally,
}

impl Pair {
    /// What became of it.
    pub fn change(&self) -> Change {
        match (self.base.passes(), self.head.passes()) {
            (true, false) => Change::Lost,
            (false, true) => Change::Gained,
            (false, false) => Change::StillFails,
            (true, true) => Change::StillPasses,
        }
    }

    /// Whether the answers of either arm disagree among themselves.
    pub fn is_unsteady(&self) -> bool {
        self.base.is_unsteady() || self.head.is_unsteady()
    }
}

/// Cases by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Pass under both.
    pub both: u64,
    /// Pass under the base only: losses.
    pub base_only: u64,
    /// Pass under the head only: gains.
    pub head_only: u64,
    /// Pass under neither.
    pub neither: u64,
}

impl Counts {
    /// All pairs.
    pub fn total(&self) -> u64 {
        self.both + self.base_only + self.head_only + self.neither
    }

    /// Cases that pass under the base.
    pub fn base_passes(&self) -> u64 {
        self.both + self.base_only
    }

    /// Cases that pass under the head.
    pub fn head_passes(&self) -> u64 {
        self.both + self.head_only
    }

    /// The same with the arms exchanged.
    #[must_use]
    pub fn swapped(self) -> Self {
        Self { base_only: self.head_only, head_only: self.base_only, ..self }
    }

    fn add(&mut self, change: Change) {
        match change {
            Change::Lost => self.base_only += 1,
            Change::Gained => self.head_only += 1,
            Change::StillFails => self.neither += 1,
            Change::StillPasses => self.both += 1,
        }
    }
}

/// All cases that have every answer, and those that do not.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Cases with all answers of both arms, in the order of the entries.
    pub pairs: Vec<Pair>,
    /// Entries that lack an answer; they are compared in nothing.
    pub unanswered: Vec<usize>,
    /// Those of `pairs` that count.
    pub counted: Counts,
    /// Questions asked.
    pub asked: usize,
    /// Questions without an answer.
    pub failed: usize,
}

impl Comparison {
    /// Pairs up the outcomes of `schedule`, whose case indices are those of `entries`.
    pub fn new(entries: &[Entry], schedule: &Schedule) -> Self {
        let mut tallies = vec![[Tally::default(); 2]; entries.len()];
        let outcomes = schedule.outcomes();
        for (run, outcome) in &outcomes {
            let Some(tally) = tallies.get_mut(run.case).map(|both| &mut both[usize::from(run.arm == Arm::Head)]) else {
                continue;
            };
            if !matches!(outcome, Outcome::Failed(_)) {
                tally.of += 1;
                tally.passed += u32::from(**outcome == Outcome::Passed);
            }
        }
        let (mut pairs, mut unanswered, mut counted) = (Vec::new(), Vec::new(), Counts::default());
        for (entry, ([base, head], of)) in tallies.into_iter().zip(entries).enumerate() {
            if base.of < schedule.repeat() || head.of < schedule.repeat() {
                unanswered.push(entry);
                continue;
            }
            let pair = Pair { entry, base, head };
            if of.standing != Standing::Added {
                counted.add(pair.change());
            }
            pairs.push(pair);
        }
        Self { pairs, unanswered, counted, asked: outcomes.len(), failed: schedule.failures() }
    }

    /// The pairs that changed, losses first, each in the order of the entries.
    pub fn flips(&self) -> Vec<Pair> {
        let changed = |wanted: Change| self.pairs.iter().filter(move |pair| pair.change() == wanted).copied();
        changed(Change::Lost).chain(changed(Change::Gained)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::agent::AgentFailure;
    use super::super::assertion::{Assertion, Check};
    use super::super::case::{Case, Message, Speaker};
    use super::super::reply::Reply;
    use super::*;

    pub(crate) fn entry(name: &str, standing: Standing) -> Entry {
        let assertions = vec![Assertion { negated: false, check: Check::IsJson }];
        let messages = vec![Message::text(Speaker::User, name)];
        let case = Case::new(name.into(), "s.yaml".into(), std::collections::BTreeMap::new(), messages, assertions);
        Entry { case, standing }
    }

    /// Runs `plan`: for each case and arm, one character per sample: `+` passes, `-` misses, `!` fails.
    fn compare(plan: &[(Standing, &str, &str)]) -> Comparison {
        let entries: Vec<Entry> =
            plan.iter().enumerate().map(|(index, case)| entry(&index.to_string(), case.0)).collect();
        let mut schedule = Schedule::new(entries.len(), plan[0].1.len() as u32);
        while let Some(run) = schedule.next_run() {
            let answers = if run.arm == Arm::Base { plan[run.case].1 } else { plan[run.case].2 };
            let outcome = match answers.as_bytes()[run.sample as usize] {
                b'+' => Outcome::Passed,
                b'-' => Outcome::Missed { misses: Vec::new(), reply: Reply::default() },
                _ => Outcome::Failed(AgentFailure::TooLong { limit: 1 }),
            };
            schedule.record(run.id, outcome);
        }
        Comparison::new(&entries, &schedule)
    }

    #[test]
    fn a_case_passes_by_majority_and_a_tie_is_no_pass() {
        let tally = |passed, of| Tally { passed, of };
        assert!(tally(1, 1).passes() && tally(2, 2).passes() && tally(2, 3).passes());
        assert!(!tally(0, 1).passes() && !tally(1, 2).passes() && !tally(1, 3).passes() && !tally(0, 0).passes());
        assert!(tally(1, 2).is_unsteady() && !tally(2, 2).is_unsteady() && !tally(0, 2).is_unsteady());
    }

    #[test]
    fn pairs_count_by_standing_and_flips_come_losses_first() {
        use Standing::{Added, Removed, Shared};
        let comparison = compare(&[
            (Shared, "++", "++"),
            (Shared, "--", "++"),
            (Shared, "++", "+-"),
            (Removed, "++", "--"),
            (Added, "--", "++"),
            (Shared, "--", "--"),
        ]);
        assert_eq!(comparison.counted, Counts { both: 1, base_only: 2, head_only: 1, neither: 1 });
        let flips: Vec<usize> = comparison.flips().iter().map(|pair| pair.entry).collect();
        assert_eq!(flips, [2, 3, 1, 4]);
        assert!(comparison.pairs[2].is_unsteady() && !comparison.pairs[0].is_unsteady());
    }

    #[test]
    fn a_case_that_lacks_an_answer_is_left_out() {
        let mut plan = vec![(Standing::Shared, "+", "+"); 60];
        plan[7].2 = "!";
        let comparison = compare(&plan);
        assert_eq!((comparison.unanswered, comparison.failed, comparison.asked), (vec![7], 1, 120));
        assert_eq!(comparison.counted.total(), 59);
    }
}
