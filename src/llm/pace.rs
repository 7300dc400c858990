//! How many calls are under way: one more after each window without a complaint, half as many after one (additive
//! increase, multiplicative decrease: Chiu and Jain, 1989), and no more than the provider says it will take. Also the
//! circuit breaker. Values only; nothing here waits.

use super::policy::Policy;
use std::time::Duration;

/// The number of calls that may be under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    limit: usize,
    most: usize,
    /// Calls that ended well since the limit last changed.
    clean: usize,
    /// Calls that were begun before the last cut are not held against the new limit.
    cut_at: Duration,
}

impl Pace {
    /// Starts at `start` and never passes `most`; both at least one.
    pub fn new(start: usize, most: usize) -> Self {
        let most = most.max(1);
        Self { limit: start.clamp(1, most), most, clean: 0, cut_at: Duration::ZERO }
    }

    /// Calls that may be under way.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// A call ended well.
    pub fn clean(&mut self) {
        self.clean += 1;
        if self.clean >= self.limit {
            self.clean = 0;
            self.limit = (self.limit + 1).min(self.most);
        }
    }

    /// The provider complained (429, 529) about a call that was begun at `begun`, at `now`: halves the limit, once for
    /// all calls that were under way together.
    pub fn complaint(&mut self, begun: Duration, now: Duration) {
        if begun >= self.cut_at {
            self.limit = (self.limit / 2).max(1);
            self.clean = 0;
            self.cut_at = now;
        }
    }

    /// The provider says that it takes `remaining` more calls for now.
    pub fn remaining(&mut self, remaining: u64) {
        let remaining = usize::try_from(remaining).unwrap_or(usize::MAX).max(1);
        if remaining < self.limit {
            self.limit = remaining;
            self.clean = 0;
        }
    }
}

/// Stops sending to a provider that fails: after some failures in a row, or when more than half of the last 20 calls
/// failed. After a while one call tries again; soon, where no call has ended well yet, since a provider that was never
/// there is not one that recovers.
#[derive(Clone, Debug, PartialEq)]
pub struct Breaker {
    row: u32,
    last: Vec<bool>,
    opened: Option<Duration>,
    probing: bool,
    /// A call has ended well.
    proven: bool,
    most_row: u32,
    pause: Duration,
}

/// The pause of a provider that has never answered is this much shorter.
const UNPROVEN: u32 = 6;

/// What the breaker says to a call that wants to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permit {
    /// Send it.
    Send,
    /// Ask again after this long.
    Wait(Duration),
}

/// Calls that the failing share is counted over.
const WINDOW: usize = 20;

impl Breaker {
    /// Closed.
    pub fn new(policy: &Policy) -> Self {
        Self {
            row: 0,
            last: Vec::new(),
            opened: None,
            probing: false,
            proven: false,
            most_row: policy.breaker_row,
            pause: policy.breaker_open,
        }
    }

    /// Whether a call may be sent at `now`.
    pub fn permit(&mut self, now: Duration) -> Permit {
        let Some(opened) = self.opened else { return Permit::Send };
        let pause = if self.proven { self.pause } else { self.pause / UNPROVEN };
        let reopens = opened + pause;
        if now < reopens {
            Permit::Wait(reopens - now)
        } else if self.probing {
            // Somebody else's call is trying; look again when it may have ended.
            Permit::Wait(pause / 20)
        } else {
            self.probing = true;
            Permit::Send
        }
    }

    /// A call ended. Returns whether the provider is to be given up: the call that tried again failed too.
    pub fn ended(&mut self, well: bool, now: Duration) -> bool {
        self.proven |= well;
        if self.probing {
            if well {
                *self = Self { row: 0, last: Vec::new(), opened: None, probing: false, ..self.clone() };
            }
            return !well;
        }
        self.row = if well { 0 } else { self.row + 1 };
        self.last.push(well);
        if self.last.len() > WINDOW {
            self.last.remove(0);
        }
        let failed = self.last.iter().filter(|well| !**well).count();
        let half = self.last.len() == WINDOW && failed * 2 > WINDOW;
        if self.opened.is_none() && (self.row >= self.most_row || half) {
            self.opened = Some(now);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn one_more_after_a_clean_window_and_half_after_a_complaint() {
        let mut pace = Pace::new(4, 6);
        (0..4).for_each(|_| pace.clean());
        assert_eq!(pace.limit(), 5);
        (0..50).for_each(|_| pace.clean());
        assert_eq!(pace.limit(), 6);
        pace.complaint(10 * MS, 20 * MS);
        assert_eq!(pace.limit(), 3);
    }

    #[test]
    fn calls_that_were_under_way_together_cut_the_limit_once() {
        let mut pace = Pace::new(32, 32);
        for _ in 0..10 {
            pace.complaint(10 * MS, 20 * MS);
        }
        assert_eq!(pace.limit(), 16);
        pace.complaint(21 * MS, 30 * MS);
        assert_eq!(pace.limit(), 8);
        for begun in 40..60 {
            pace.complaint(begun * MS, (begun + 1) * MS);
        }
        assert_eq!(pace.limit(), 1);
    }

    #[test]
    fn what_the_provider_still_takes_is_the_limit() {
        let mut pace = Pace::new(32, 32);
        pace.remaining(5);
        assert_eq!(pace.limit(), 5);
        pace.remaining(0);
        assert_eq!(pace.limit(), 1);
        pace.remaining(100);
        assert_eq!(pace.limit(), 1);
    }

    #[test]
    fn failures_in_a_row_open_the_circuit_and_one_call_tries_again() {
        let policy = Policy::default();
        let mut breaker = Breaker::new(&policy);
        breaker.ended(true, MS);
        for _ in 0..5 {
            assert_eq!(breaker.permit(MS), Permit::Send);
            assert!(!breaker.ended(false, MS));
        }
        assert_eq!(breaker.permit(MS), Permit::Wait(policy.breaker_open));
        let later = MS + policy.breaker_open;
        assert_eq!(breaker.permit(later), Permit::Send);
        assert!(matches!(breaker.permit(later), Permit::Wait(_)), "one call only");
        assert!(!breaker.ended(true, later));
        assert_eq!(breaker.permit(later), Permit::Send);
    }

    #[test]
    fn when_the_call_that_tries_again_fails_the_provider_is_given_up() {
        let policy = Policy::default();
        let mut breaker = Breaker::new(&policy);
        assert!((0..5).all(|_| !breaker.ended(false, MS)));
        assert_eq!(breaker.permit(MS + policy.breaker_open), Permit::Send);
        assert!(breaker.ended(false, MS + policy.breaker_open));
    }

    #[test]
    fn a_provider_that_never_answered_is_tried_again_soon() {
        let policy = Policy::default();
        let mut breaker = Breaker::new(&policy);
        assert!((0..5).all(|_| !breaker.ended(false, MS)));
        assert_eq!(breaker.permit(MS), Permit::Wait(policy.breaker_open / UNPROVEN));
        assert_eq!(breaker.permit(MS + policy.breaker_open / UNPROVEN), Permit::Send);
    }

    #[test]
    fn more_than_half_of_twenty_opens_it_without_a_row() {
        let mut breaker = Breaker::new(&Policy::default());
        for index in 0..20 {
            breaker.ended(index % 5 == 0 || index % 5 == 3, MS);
        }
        assert!(matches!(breaker.permit(MS), Permit::Wait(_)));
    }
}
