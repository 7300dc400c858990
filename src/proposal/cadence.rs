//! How often proposals may be made. The loop must not run away, and people must be able to keep up: one open
//! proposal per finding, a few per repository, some days between merged ones of a prompt, and after some attempts
//! that had to be taken back, a person decides.

use super::record::{ProposalId, Record};
use crate::clock::Timestamp;
use crate::diagnosis::FindingId;
use crate::prompt::config::Limits;

/// What git says about earlier proposals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// Branches of proposals that are not merged.
    pub open: Vec<Open>,
    /// Records of proposals that are merged.
    pub merged: Vec<Merged>,
}

/// A branch that waits for review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// The branch.
    pub branch: String,
    /// The finding it answers.
    pub finding: FindingId,
}

/// A proposal that was merged.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// Its record.
    pub record: Record,
    /// When it reached the branch that is looked at.
    pub at: Timestamp,
}

/// Why no proposal is made now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hold {
    /// The finding has an open proposal.
    #[error("finding {finding} has an open proposal already: `{branch}`")]
    OpenForFinding {
        /// The finding.
        finding: FindingId,
        /// Its branch.
        branch: String,
    },
    /// Too many open proposals.
    #[error("{open} proposals are open, and the limit is {limit}")]
    TooManyOpen {
        /// How many are open.
        open: usize,
        /// How many may be.
        limit: usize,
    },
    /// A proposal for the same prompt was merged a short time ago.
    #[error("proposal {proposal} for `{path}` was merged on {merged}; the next may come on {next}")]
    TooSoon {
        /// The merged one.
        proposal: ProposalId,
        /// The prompt.
        path: String,
        /// When it was merged.
        merged: String,
        /// From when on another may come.
        next: String,
    },
    /// Several attempts failed.
    #[error("{attempts} proposals for finding {finding} had to be taken back; now a person decides")]
    HandOver {
        /// The finding.
        finding: FindingId,
        /// How many.
        attempts: usize,
    },
}

impl Standing {
    /// Whether a proposal for `finding` that changes the file at `path` may be made now.
    pub fn allows(&self, finding: &FindingId, path: &str, limits: &Limits, now: Timestamp) -> Result<(), Hold> {
        let mut for_finding = self.open.iter().filter(|open| open.finding == *finding);
        if for_finding.clone().count() >= limits.open_per_finding
            && let Some(open) = for_finding.next()
        {
            return Err(Hold::OpenForFinding { finding: finding.clone(), branch: open.branch.clone() });
        }
        let failed = self
            .merged
            .iter()
            .filter(|merged| merged.record.finding == *finding && merged.record.rolled_back.is_some());
        let attempts = failed.count();
        if attempts >= limits.failed_attempts {
            return Err(Hold::HandOver { finding: finding.clone(), attempts });
        }
        if self.open.len() >= limits.open_per_repository {
            return Err(Hold::TooManyOpen { open: self.open.len(), limit: limits.open_per_repository });
        }
        let last = self.merged.iter().filter(|merged| merged.record.changes(path)).max_by_key(|merged| merged.at);
        if let Some(last) = last {
            let next = last.at.plus_days(limits.days_between);
            if now < next {
                return Err(Hold::TooSoon {
                    proposal: last.record.id.clone(),
                    path: path.to_string(),
                    merged: last.at.date(),
                    next: next.date(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures;
    use super::super::hunk::Hunk;
    use super::*;

    fn merged(days_ago: i64, rolled_back: bool) -> Merged {
        let finding = fixtures::finding();
        let hunk = Hunk { path: "a.md".to_string(), removed: String::new(), added: "- x\n".to_string() };
        let mut record = Record::new(&finding, &finding.levers[0], vec![hunk], None, 90, fixtures::NOW);
        record.rolled_back = rolled_back.then(|| "2026-03-01".to_string());
        Merged { record, at: fixtures::NOW.plus_days(-days_ago) }
    }

    fn open(finding: &str) -> Open {
        Open { branch: format!("reprompt/{finding}-00000000"), finding: FindingId(finding.to_string()) }
    }

    fn verdict(standing: &Standing, path: &str) -> Result<(), Hold> {
        standing.allows(&fixtures::finding().id, path, &Limits::default(), fixtures::NOW)
    }

    #[test]
    fn nothing_before_means_go() {
        assert_eq!(verdict(&Standing::default(), "a.md"), Ok(()));
    }

    #[test]
    fn one_open_proposal_per_finding_and_three_per_repository() {
        let id = fixtures::finding().id;
        let same = Standing { open: vec![open(&id.0)], merged: Vec::new() };
        assert!(matches!(verdict(&same, "a.md"), Err(Hold::OpenForFinding { .. })));
        let others = |count: usize| Standing { open: vec![open("f-11111111"); count], merged: Vec::new() };
        assert_eq!(verdict(&others(2), "a.md"), Ok(()));
        assert_eq!(verdict(&others(3), "a.md"), Err(Hold::TooManyOpen { open: 3, limit: 3 }));
    }

    #[test]
    fn seven_days_between_merged_proposals_of_a_prompt() {
        let standing = |days| Standing { open: Vec::new(), merged: vec![merged(days, false), merged(40, false)] };
        assert!(matches!(verdict(&standing(6), "a.md"), Err(Hold::TooSoon { .. })));
        assert_eq!(verdict(&standing(7), "a.md"), Ok(()));
        assert_eq!(verdict(&standing(6), "b.md"), Ok(()));
    }

    #[test]
    fn three_attempts_that_were_taken_back_hand_over_to_a_person() {
        let standing = |count| Standing { open: Vec::new(), merged: vec![merged(100, true); count] };
        assert_eq!(verdict(&standing(2), "a.md"), Ok(()));
        assert!(matches!(verdict(&standing(3), "a.md"), Err(Hold::HandOver { attempts: 3, .. })));
    }
}
