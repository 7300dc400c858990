//! Whether the evidence carries a proposal: enough conversations of enough users, none of whom decides alone. What
//! one person says to an agent must never be able to change its prompt.

use crate::diagnosis::Support;
use crate::prompt::config::Limits;
use crate::stats::contrast::log_odds_z;

/// Smallest z that must remain without the most frequent user: one-sided p of 0.05.
const LEAST_Z_WITHOUT: f64 = 1.645;

/// Evidence that does not carry a proposal.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum EvidenceRefusal {
    /// Too few conversations.
    #[error("{found} conversations show the cause, and {needed} are needed")]
    Conversations {
        /// How many show it.
        found: u32,
        /// How many must.
        needed: usize,
    },
    /// Too few users.
    #[error("{found} users show the cause, and {needed} are needed")]
    Users {
        /// How many show it.
        found: u32,
        /// How many must.
        needed: usize,
    },
    /// One user holds too much of it.
    #[error("one user holds {:.0} % of the evidence, and {:.0} % is the limit", share * 100.0, limit * 100.0)]
    OneUser {
        /// That user's share, in `[0, 1]`.
        share: f64,
        /// The limit.
        limit: f64,
    },
    /// It does not survive without one user.
    #[error("without the user who shows it most, the cause is no longer told from chance (z {z:.2})")]
    LeavingOneOut {
        /// The z that remains; 0 when none can be computed.
        z: f64,
    },
}

/// Checks `support` against the limits of a proposal. Leaving out the most frequent user stands for leaving out any
/// one: nobody else's absence takes more conversations away.
pub fn check(support: &Support, limits: &Limits) -> Result<(), EvidenceRefusal> {
    let at_least = |found: u32, needed: usize| usize::try_from(found).is_ok_and(|found| found >= needed);
    if !at_least(support.failing_with, limits.evidence_conversations) {
        return Err(EvidenceRefusal::Conversations {
            found: support.failing_with,
            needed: limits.evidence_conversations,
        });
    }
    if !at_least(support.users, limits.evidence_users) {
        return Err(EvidenceRefusal::Users { found: support.users, needed: limits.evidence_users });
    }
    if support.top_user_share.is_nan() || support.top_user_share > limits.evidence_user_share {
        return Err(EvidenceRefusal::OneUser { share: support.top_user_share, limit: limits.evidence_user_share });
    }
    let most = (support.top_user_share * f64::from(support.failing_with)).round() as u64;
    let (with, all) = (u64::from(support.failing_with), u64::from(support.failing));
    let without = log_odds_z(
        with.saturating_sub(most),
        u64::from(support.passing_with),
        all.saturating_sub(most),
        u64::from(support.passing),
    );
    let z = without.map_or(0.0, |contrast| contrast.z);
    if z >= LEAST_Z_WITHOUT { Ok(()) } else { Err(EvidenceRefusal::LeavingOneOut { z }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Support = Support {
        failing_with: 12,
        passing_with: 2,
        failing: 20,
        passing: 60,
        users: 11,
        top_user_share: 2.0 / 12.0,
        z: 4.3,
        q: 0.001,
    };

    fn verdict(support: Support) -> Result<(), EvidenceRefusal> {
        check(&support, &Limits::default())
    }

    #[test]
    fn broad_evidence_carries() {
        assert_eq!(verdict(GOOD), Ok(()));
    }

    #[test]
    fn each_limit_is_held_by_itself() {
        let few = Support { failing_with: 2, ..GOOD };
        assert_eq!(verdict(few), Err(EvidenceRefusal::Conversations { found: 2, needed: 3 }));
        assert_eq!(verdict(Support { users: 2, ..GOOD }), Err(EvidenceRefusal::Users { found: 2, needed: 3 }));
        let one = Support { top_user_share: 0.31, ..GOOD };
        assert!(matches!(verdict(one), Err(EvidenceRefusal::OneUser { .. })));
        assert!(matches!(verdict(Support { top_user_share: f64::NAN, ..GOOD }), Err(EvidenceRefusal::OneUser { .. })));
    }

    #[test]
    fn a_contrast_that_hangs_on_one_user_does_not_carry() {
        let thin = Support {
            failing_with: 4,
            passing_with: 3,
            failing: 20,
            passing: 60,
            users: 4,
            top_user_share: 0.25,
            ..GOOD
        };
        assert!(matches!(verdict(thin), Err(EvidenceRefusal::LeavingOneOut { .. })));
    }
}
