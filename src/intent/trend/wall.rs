//! The same user at the same wall again: users who failed at one thing in two or more conversations. One who comes back to
//! fail again is a stronger sign than two who fail once.

use crate::clock::Timestamp;
use crate::stats::interval::{Interval, jeffreys};
use crate::trace::Outcome;
use serde::Serialize;
use std::collections::BTreeMap;

use super::tally::{CONFIDENCE, Visit};

/// Failing conversations of one subject that make a wall.
const TWICE: u32 = 2;

/// How many users run into it again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Wall {
    /// Known users who came for the subject in the window.
    pub users: u64,
    /// Of these, with two or more failing conversations.
    pub stuck: u64,
    /// `stuck` over `users`.
    pub share: f64,
    /// Jeffreys' 95 % interval of the share.
    pub interval: Interval,
    /// Failing conversations of the stuck users.
    pub failures: u64,
}

/// Counts users in the visits from `since` up to, not including, `until`. Conversations without a known user say nothing.
/// `None` when no user is known.
pub fn wall<U: Ord + Copy>(visits: &[Visit<U>], since: Timestamp, until: Timestamp) -> Option<Wall> {
    let mut failures: BTreeMap<U, u32> = BTreeMap::new();
    for visit in visits.iter().filter(|visit| since <= visit.at && visit.at < until) {
        if let Some(user) = visit.user {
            *failures.entry(user).or_default() += u32::from(visit.outcome == Outcome::Failure);
        }
    }
    let stuck: Vec<u64> = failures.values().filter(|&&count| count >= TWICE).map(|&count| u64::from(count)).collect();
    let (users, again) = (failures.len() as u64, stuck.len() as u64);
    Some(Wall {
        users,
        stuck: again,
        share: again as f64 / users as f64,
        interval: jeffreys(again, users, CONFIDENCE)?,
        failures: stuck.iter().sum(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(at: i64, user: Option<&str>, outcome: Outcome) -> Visit<&str> {
        Visit { at: Timestamp(at), asks: 1, outcome, user, cost: None, latency_ms: None }
    }

    #[test]
    fn users_who_fail_twice_are_stuck() {
        use Outcome::{Failure, Success, Unknown};
        let visits = [
            visit(10, Some("ann"), Failure),
            visit(11, Some("ann"), Failure),
            visit(12, Some("ann"), Failure),
            visit(10, Some("bob"), Failure),
            visit(11, Some("bob"), Success),
            visit(10, Some("eve"), Unknown),
            visit(10, None, Failure),
            visit(11, None, Failure),
            visit(99, Some("bob"), Failure),
        ];
        let wall = wall(&visits, Timestamp(10), Timestamp(99)).unwrap();
        assert_eq!((wall.users, wall.stuck, wall.failures), (3, 1, 3), "bob's second failure is too late");
        assert!((wall.share - 1.0 / 3.0).abs() < 1e-12 && wall.interval.contains(wall.share));
    }

    #[test]
    fn without_known_users_there_is_no_wall() {
        assert_eq!(wall(&[visit(1, None, Outcome::Failure)], Timestamp(0), Timestamp(9)), None);
        assert_eq!(wall::<u32>(&[], Timestamp(0), Timestamp(9)), None);
    }
}
