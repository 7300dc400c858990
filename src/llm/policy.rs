//! Every time and bound of a call, as one value: the door passes the real ones, a test a faster clock. Nothing here
//! waits.

use std::time::Duration;

/// Times and bounds of calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// Name lookup, connection and TLS handshake together.
    pub connect: Duration,
    /// From the request's last byte to the reply's complete headers.
    pub first_byte: Duration,
    /// Between two pieces of the reply.
    pub idle: Duration,
    /// One exchange, all in all.
    pub total: Duration,
    /// Largest body that is read, in bytes.
    pub body: usize,
    /// Largest headers that are read, in bytes.
    pub headers: usize,
    /// What one second of `Retry-After` lasts. A second, except where a test is in a hurry.
    pub second: Duration,
    /// Longest `Retry-After` that is waited for, in its seconds; a longer one ends the call.
    pub longest_wait: u32,
    /// Waits that `Retry-After` asked for, per call; they do not count as attempts.
    pub most_waits: u32,
    /// Attempts per call.
    pub attempts: u32,
    /// First backoff; doubled for each attempt, and drawn between nothing and that (full jitter).
    pub backoff: Duration,
    /// Longest backoff.
    pub longest_backoff: Duration,
    /// Retries that any batch may make, however small.
    pub free_retries: f64,
    /// Further retries, as a share of calls.
    pub retry_share: f64,
    /// Failures in a row that open the circuit.
    pub breaker_row: u32,
    /// How long it stays open before one call tries again.
    pub breaker_open: Duration,
    /// After a signal: how long calls under way may take to end.
    pub grace: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(60),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(300),
            body: 16 << 20,
            headers: 64 << 10,
            second: Duration::from_secs(1),
            longest_wait: 120,
            most_waits: 10,
            attempts: 4,
            backoff: Duration::from_millis(500),
            longest_backoff: Duration::from_secs(30),
            free_retries: 12.0,
            retry_share: 0.1,
            breaker_row: 5,
            breaker_open: Duration::from_secs(30),
            grace: Duration::from_secs(5),
        }
    }
}

impl Policy {
    /// The same policy on a clock that runs `times` as fast.
    #[must_use]
    pub fn faster(self, times: u32) -> Self {
        let times = times.max(1);
        Self {
            connect: self.connect / times,
            first_byte: self.first_byte / times,
            idle: self.idle / times,
            total: self.total / times,
            second: self.second / times,
            backoff: self.backoff / times,
            longest_backoff: self.longest_backoff / times,
            breaker_open: self.breaker_open / times,
            grace: self.grace / times,
            ..self
        }
    }
}
