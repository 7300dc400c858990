//! In which order cases run. Base and head take turns on the same case, and who begins takes turns too (base head,
//! head base, …), so that a server that slows down or a model that drifts during the run meets both arms alike. All
//! cases run once before any runs again.

use super::agent::AgentFailure;
use super::grade::Miss;
use super::reply::Reply;
use serde::Serialize;

/// Which revision answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arm {
    /// What is there.
    Base,
    /// What is proposed.
    Head,
}

/// One question to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Place in the order; comes back to [`Schedule::record`].
    pub id: usize,
    /// Index of the case.
    pub case: usize,
    /// Who answers.
    pub arm: Arm,
    /// Which repetition, from 0.
    pub sample: u32,
}

/// What came of one question.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Every assertion held.
    Passed,
    /// Some did not.
    Missed {
        /// Which.
        misses: Vec<Miss>,
        /// The answer: untrusted text.
        reply: Reply,
    },
    /// There is no answer.
    Failed(AgentFailure),
}

/// Largest share of questions that may stay without an answer before the comparison is invalid.
pub const TOLERATED_FAILURES: f64 = 0.02;

/// Failures after which a run that can only be invalid asks no further: enough to see what they have in common.
const ENOUGH_FAILURES: usize = 3;

/// The questions of one comparison and their outcomes.
#[derive(Clone, Debug)]
pub struct Schedule {
    cases: usize,
    repeat: u32,
    asked: usize,
    failures: usize,
    outcomes: Vec<Option<Outcome>>,
}

impl Schedule {
    /// All questions for `cases` cases, each asked `repeat` times of both arms (at least once).
    pub fn new(cases: usize, repeat: u32) -> Self {
        let repeat = repeat.max(1);
        let total = cases.saturating_mul(2).saturating_mul(repeat as usize);
        Self { cases, repeat, asked: 0, failures: 0, outcomes: vec![None; total] }
    }

    /// Number of questions in all.
    pub fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether there is nothing to ask.
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty()
    }

    /// Times each case is asked of each arm.
    pub fn repeat(&self) -> u32 {
        self.repeat
    }

    /// Questions without an answer so far.
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// Whether so many questions failed that the comparison is invalid whatever the others say.
    pub fn is_spoiled(&self) -> bool {
        self.failures as f64 > TOLERATED_FAILURES * self.len() as f64
    }

    /// The next question. `None` when all are asked, or when asking on cannot make the comparison valid.
    pub fn next_run(&mut self) -> Option<Run> {
        if self.asked >= self.len() || (self.is_spoiled() && self.failures >= ENOUGH_FAILURES) {
            return None;
        }
        let run = self.run(self.asked);
        self.asked += 1;
        Some(run)
    }

    /// The question at place `id` of the order.
    pub fn run(&self, id: usize) -> Run {
        let pair = id / 2;
        let (sample, case) = (pair / self.cases.max(1), pair % self.cases.max(1));
        let head_begins = (case + sample) % 2 == 1;
        let arm = if (id % 2 == 1) == head_begins { Arm::Base } else { Arm::Head };
        Run { id, case, arm, sample: u32::try_from(sample).unwrap_or(u32::MAX) }
    }

    /// Takes the outcome of the question `id`. A second outcome for one question is ignored.
    pub fn record(&mut self, id: usize, outcome: Outcome) {
        let Some(slot @ None) = self.outcomes.get_mut(id) else { return };
        self.failures += usize::from(matches!(outcome, Outcome::Failed(_)));
        *slot = Some(outcome);
    }

    /// The outcomes so far with their questions, by case, then base before head, then repetition.
    pub fn outcomes(&self) -> Vec<(Run, &Outcome)> {
        let mut outcomes: Vec<(Run, &Outcome)> = self
            .outcomes
            .iter()
            .enumerate()
            .filter_map(|(id, outcome)| outcome.as_ref().map(|outcome| (self.run(id), outcome)))
            .collect();
        outcomes.sort_by_key(|(run, _)| (run.case, run.arm, run.sample));
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(cases: usize, repeat: u32) -> String {
        let mut schedule = Schedule::new(cases, repeat);
        let mut order = String::new();
        while let Some(run) = schedule.next_run() {
            let arm = if run.arm == Arm::Base { 'b' } else { 'h' };
            order += &format!("{}{arm} ", run.case);
        }
        order
    }

    #[test]
    fn arms_take_turns_and_so_does_who_begins() {
        assert_eq!(order(3, 1), "0b 0h 1h 1b 2b 2h ");
        assert_eq!(order(2, 2), "0b 0h 1h 1b 0h 0b 1b 1h ");
        assert_eq!(order(0, 2), "");
        assert_eq!(order(1, 0), "0b 0h ");
    }

    #[test]
    fn a_spoiled_comparison_asks_no_further() {
        let failure = || Outcome::Failed(AgentFailure::TooLong { limit: 1 });
        let mut schedule = Schedule::new(100, 1);
        for asked in 0..5 {
            let run = schedule.next_run().unwrap();
            assert_eq!(run.id, asked);
            schedule.record(run.id, failure());
        }
        assert!(schedule.is_spoiled());
        assert_eq!(schedule.next_run(), None);
        let mut schedule = Schedule::new(5, 1);
        let run = schedule.next_run().unwrap();
        schedule.record(run.id, failure());
        assert!(schedule.is_spoiled() && schedule.next_run().is_some());
    }

    #[test]
    fn outcomes_are_recorded_once() {
        let mut schedule = Schedule::new(1, 1);
        schedule.record(0, Outcome::Passed);
        schedule.record(0, Outcome::Failed(AgentFailure::TooLong { limit: 1 }));
        schedule.record(7, Outcome::Passed);
        assert_eq!((schedule.failures(), schedule.outcomes().len()), (0, 1));
    }

    proptest! {
        #[test]
        fn every_question_is_asked_exactly_once(cases in 0usize..20, repeat in 1u32..5) {
            let mut schedule = Schedule::new(cases, repeat);
            let mut seen = std::collections::BTreeSet::new();
            let mut first = 0i64;
            while let Some(run) = schedule.next_run() {
                prop_assert!(run.case < cases && run.sample < repeat);
                prop_assert!(seen.insert((run.case, run.arm, run.sample)));
                if run.id % 2 == 0 {
                    first += if run.arm == Arm::Base { 1 } else { -1 };
                }
            }
            prop_assert_eq!(seen.len(), cases * 2 * repeat as usize);
            // Neither arm begins more often than the other by more than one a round.
            prop_assert!(first.unsigned_abs() <= u64::from(repeat));
        }
    }
}
