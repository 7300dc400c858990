//! What to do after one exchange: use the reply, wait and try again, or give up; decided by one function over a
//! plain description of what happened. Also `Retry-After` in all its forms. Nothing here waits or sends.

use super::answer::FailureKind;
use super::policy::Policy;
use super::protocol::ErrorBody;
use std::time::Duration;

/// What an HTTP answer that is not a success says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// `Retry-After` or `retry-after-ms`, if there is a usable one.
    pub retry_after: Option<RetryAfter>,
    /// `x-should-retry`.
    pub should_retry: Option<bool>,
    /// What the body says.
    pub body: ErrorBody,
}

/// How long a provider asks to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryAfter {
    /// In milliseconds.
    pub millis: u64,
}

impl RetryAfter {
    /// From the headers' texts: `retry-after-ms` first, then `retry-after` as seconds or as an HTTP date, compared with
    /// `now` (milliseconds since 1970). A date in the past is no wait; a negative number or anything else is as if
    /// there were no header.
    pub fn parse(retry_after_ms: Option<&str>, retry_after: Option<&str>, now_ms: i64) -> Option<Self> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite() && *value >= 0.0);
        if let Some(millis) = retry_after_ms.and_then(number) {
            return Some(Self { millis: millis.ceil() as u64 });
        }
        let text = retry_after?.trim();
        if let Some(seconds) = number(text) {
            return Some(Self { millis: (seconds * 1000.0).ceil() as u64 });
        }
        let at = http_date(text)?;
        Some(Self { millis: u64::try_from(at.saturating_sub(now_ms)).unwrap_or(0) })
    }
}

/// An HTTP date (RFC 9110, 5.6.7), in milliseconds since 1970.
fn http_date(text: &str) -> Option<i64> {
    let moment = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(moment.timestamp().as_millisecond())
}

/// What went wrong in one exchange.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// An HTTP status that is no success.
    Status(Refusal),
    /// The exchange itself failed. Whether the provider may have billed it is told apart.
    Exchange {
        /// What failed.
        kind: FailureKind,
        /// The request was sent, so a reply may have been made.
        sent: bool,
    },
    /// HTTP 200 whose body is not a whole reply.
    Body {
        /// What is wrong with it.
        kind: FailureKind,
        /// Another try may bring a better one.
        again: bool,
        /// The provider's error code inside it.
        code: Option<String>,
    },
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Wait as the provider asks; does not count as an attempt.
    Wait(Duration),
    /// Back off and try again.
    Backoff,
    /// Give up.
    GiveUp(FailureKind),
}

/// Decides, after `waits` waits that the provider asked for.
pub fn next(trouble: &Trouble, policy: &Policy, waits: u32) -> Next {
    match trouble {
        Trouble::Status(refusal) => after_status(refusal, policy, waits),
        Trouble::Exchange { kind, .. } => match kind {
            FailureKind::Dns
            | FailureKind::Connect
            | FailureKind::TimedOut(_)
            | FailureKind::Broken
            | FailureKind::NotTheProtocol => Next::Backoff,
            kind => Next::GiveUp(*kind),
        },
        Trouble::Body { again: true, .. } => Next::Backoff,
        Trouble::Body { kind, .. } => Next::GiveUp(*kind),
    }
}

fn after_status(refusal: &Refusal, policy: &Policy, waits: u32) -> Next {
    let kind = kind_of(refusal);
    if refusal.should_retry == Some(false) {
        return Next::GiveUp(kind);
    }
    match refusal.status {
        429 | 503 | 529 if !refusal.body.spend_limit => match refusal.retry_after {
            Some(RetryAfter { millis }) => {
                let longest = u64::from(policy.longest_wait) * 1000;
                if millis > longest || waits >= policy.most_waits {
                    Next::GiveUp(kind)
                } else {
                    // One second of theirs lasts `policy.second` of ours.
                    Next::Wait(policy.second.mul_f64(millis as f64 / 1000.0))
                }
            }
            None => Next::Backoff,
        },
        429 => Next::GiveUp(kind),
        408 | 409 | 500..=599 => Next::Backoff,
        _ if refusal.should_retry == Some(true) && refusal.status >= 400 && !is_final(kind) => Next::Backoff,
        _ => Next::GiveUp(kind),
    }
}

/// How long a provider asks to be left alone before the next try, on our clock and up to the longest wait.
pub fn asked(trouble: &Trouble, policy: &Policy) -> Duration {
    match trouble {
        Trouble::Status(Refusal { retry_after: Some(RetryAfter { millis }), .. }) => {
            let millis = (*millis).min(u64::from(policy.longest_wait) * 1000);
            policy.second.mul_f64(millis as f64 / 1000.0)
        }
        _ => Duration::ZERO,
    }
}

/// Statuses that a provider's wish to retry does not change.
fn is_final(kind: FailureKind) -> bool {
    !matches!(kind, FailureKind::Rejected(_))
}

/// What a status and its body mean.
pub fn kind_of(refusal: &Refusal) -> FailureKind {
    let body = &refusal.body;
    match refusal.status {
        _ if body.spend_limit => FailureKind::SpendLimit,
        402 => FailureKind::SpendLimit,
        401 | 403 => FailureKind::Unauthorized,
        404 if body.unknown_model => FailureKind::UnknownModel,
        404 => FailureKind::WrongUrl,
        413 => FailureKind::ContextTooLong,
        400 | 422 if body.context_too_long => FailureKind::ContextTooLong,
        400 if body.unknown_model => FailureKind::UnknownModel,
        429 | 529 => FailureKind::RateLimited,
        300..=399 => FailureKind::Redirected,
        500..=599 => FailureKind::ServerError(refusal.status),
        status => FailureKind::Rejected(status),
    }
}

/// Retries that a batch may make: some at once, and a share of its calls. Keeps a failing provider from being asked
/// four times as much as a healthy one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryBudget {
    left: f64,
    share: f64,
}

impl RetryBudget {
    /// The budget of `policy`.
    pub fn new(policy: &Policy) -> Self {
        Self { left: policy.free_retries, share: policy.retry_share }
    }

    /// A call begins.
    pub fn call(&mut self) {
        self.left += self.share;
    }

    /// Takes one retry, if there is one.
    pub fn take(&mut self) -> bool {
        let may = self.left >= 1.0;
        if may {
            self.left -= 1.0;
        }
        may
    }
}

/// The upper bound of the wait before attempt `attempt` (1: the first retry); the caller draws from nothing up to it.
pub fn backoff(policy: &Policy, attempt: u32) -> Duration {
    policy.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(policy.longest_backoff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16) -> Refusal {
        Refusal { status, ..Refusal::default() }
    }

    fn decide(refusal: &Refusal) -> Next {
        next(&Trouble::Status(refusal.clone()), &Policy::default(), 0)
    }

    #[test]
    fn every_status_is_retried_or_not_as_the_table_says() {
        let retried: Vec<u16> =
            (300..600).filter(|status| matches!(decide(&refusal(*status)), Next::Backoff | Next::Wait(_))).collect();
        let expected: Vec<u16> = [408, 409, 429].into_iter().chain(500..600).collect();
        assert_eq!(retried, expected);
    }

    #[test]
    fn a_wait_that_is_asked_for_is_kept_and_a_too_long_one_ends_the_call() {
        for status in [429, 503, 529] {
            let mut asked = refusal(status);
            asked.retry_after = Some(RetryAfter { millis: 2500 });
            assert_eq!(decide(&asked), Next::Wait(Duration::from_millis(2500)), "{status}");
            assert!(matches!(next(&Trouble::Status(asked.clone()), &Policy::default(), 10), Next::GiveUp(_)));
            asked.retry_after = Some(RetryAfter { millis: 120_001 });
            assert!(matches!(decide(&asked), Next::GiveUp(_)), "{status}");
        }
    }

    #[test]
    fn a_server_that_fails_is_asked_again_as_an_attempt_and_not_before_it_says() {
        let policy = Policy::default();
        for (millis, wait) in [(2500, 2500), (u64::MAX, 120_000)] {
            for status in [408, 409, 500, 502, 504] {
                let mut failing = refusal(status);
                failing.retry_after = Some(RetryAfter { millis });
                assert_eq!(decide(&failing), Next::Backoff, "{status}");
                assert_eq!(asked(&Trouble::Status(failing), &policy), Duration::from_millis(wait), "{status}");
            }
        }
        assert_eq!(asked(&Trouble::Status(refusal(500)), &policy), Duration::ZERO);
    }

    #[test]
    fn an_account_without_money_is_not_asked_again() {
        let mut broke = refusal(429);
        broke.retry_after = Some(RetryAfter { millis: 1 });
        broke.body.spend_limit = true;
        assert_eq!(decide(&broke), Next::GiveUp(FailureKind::SpendLimit));
        assert_eq!(decide(&refusal(402)), Next::GiveUp(FailureKind::SpendLimit));
    }

    #[test]
    fn a_providers_no_is_obeyed_and_its_yes_cannot_undo_a_final_answer() {
        let with = |status, should_retry| Refusal { should_retry: Some(should_retry), ..refusal(status) };
        assert_eq!(decide(&with(500, false)), Next::GiveUp(FailureKind::ServerError(500)));
        assert_eq!(decide(&with(429, false)), Next::GiveUp(FailureKind::RateLimited));
        assert_eq!(decide(&with(400, true)), Next::Backoff);
        assert_eq!(decide(&with(401, true)), Next::GiveUp(FailureKind::Unauthorized));
    }

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        let now = 1_795_000_000_000;
        let read = |ms, after| RetryAfter::parse(ms, after, now).map(|wait| wait.millis);
        assert_eq!(read(None, Some("3")), Some(3000));
        assert_eq!(read(None, Some("0.25")), Some(250));
        assert_eq!(read(Some("1500"), Some("9")), Some(1500));
        assert_eq!(read(Some("x"), Some("9")), Some(9000));
        assert_eq!(read(None, Some("-1")), None);
        assert_eq!(read(None, Some("soon")), None);
        assert_eq!(read(None, None), None);
        assert_eq!(read(None, Some("Wed, 21 Oct 2015 07:28:00 GMT")), Some(0));
        let date = jiff::Timestamp::from_millisecond(now + 7000).unwrap();
        let text = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        assert_eq!(read(None, Some(&text)), Some(7000));
    }

    #[test]
    fn backoff_doubles_up_to_its_bound() {
        let policy = Policy::default();
        let seconds: Vec<f64> = (1..9).map(|attempt| backoff(&policy, attempt).as_secs_f64()).collect();
        assert_eq!(seconds, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
    }

    #[test]
    fn retries_are_a_share_of_calls() {
        let mut budget = RetryBudget::new(&Policy { free_retries: 2.0, ..Policy::default() });
        assert!(budget.take() && budget.take() && !budget.take());
        for _ in 0..10 {
            budget.call();
        }
        // Ten times a tenth is a hair below one.
        budget.call();
        assert!(budget.take() && !budget.take());
    }
}
