//! What comes back for one question: a reply that fits its schema, or one of the ways in which there is none. A
//! refusal, a truncation and an invalid reply are data for the caller; machinery that fails is a [`Failure`].

use super::books::Usd;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The answer to one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A reply that fits the schema.
    Reply(Reply),
    /// The model will not answer; never asked again by itself.
    Refused,
    /// The answer was cut at the token limit, also with a higher one.
    Truncated,
    /// The reply did not fit the schema, also after the validator's message was sent back.
    Invalid {
        /// The validator's message: paths and kinds of the schema, no text of the reply.
        reason: String,
    },
    /// This request failed; others of the batch may not have.
    Failed(Failure),
}

/// A reply that fits its schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The value.
    pub value: serde_json::Value,
    /// Tokens, as the provider counts them.
    pub usage: Usage,
    /// What it cost, retries included; nothing when it was stored.
    pub cost: Usd,
    /// It was stored by an earlier call.
    pub stored: bool,
}

/// Tokens of one call as the provider counts them; `None` where it does not say, or says nonsense.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the request.
    pub input: Option<u64>,
    /// Tokens of the reply, hidden reasoning included.
    pub output: Option<u64>,
}

/// Why a request failed, in our own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong last.
    pub kind: FailureKind,
    /// Requests sent for it.
    pub attempts: u32,
    /// From the first try to giving up, in milliseconds.
    pub took_ms: u64,
    /// The provider's own error code, if it is a plain word (`model_not_found`); never its message, which may hold
    /// a key or text of the request.
    pub code: Option<String>,
}

/// Kinds of [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// 401 or 403: the key is wrong, or may not use the model.
    Unauthorized,
    /// The model does not exist there.
    UnknownModel,
    /// 404 at an address that should speak the protocol.
    WrongUrl,
    /// The request is longer than the model's context.
    ContextTooLong,
    /// Another 4xx: the request is not what the provider wants.
    Rejected(u16),
    /// The account's money or quota is used up; waiting does not help.
    SpendLimit,
    /// 429 or 529 to the end.
    RateLimited,
    /// 5xx to the end.
    ServerError(u16),
    /// A redirect, which is never followed with credentials.
    Redirected,
    /// The reply is not the protocol's: HTML, another content type, a broken body.
    NotTheProtocol,
    /// No address for the host's name.
    Dns,
    /// The connection is refused or cannot be made in time.
    Connect,
    /// The certificate or the TLS handshake is bad.
    Tls,
    /// Nothing came in time: `first byte`, `next byte` or `whole reply`.
    TimedOut(&'static str),
    /// The connection broke in the middle.
    Broken,
    /// Body or headers are larger than is read.
    TooLarge,
    /// Replaying, and the folder holds no answer to this request.
    NotRecorded,
}

impl FailureKind {
    /// Whether every request of the batch would fail in the same way.
    pub fn is_for_all(self) -> bool {
        matches!(
            self,
            Self::Unauthorized
                | Self::UnknownModel
                | Self::WrongUrl
                | Self::SpendLimit
                | Self::Redirected
                | Self::Tls
                | Self::NotRecorded
        )
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized => f.write_str("the key is not accepted"),
            Self::UnknownModel => f.write_str("there is no such model"),
            Self::WrongUrl => f.write_str("the address does not speak the protocol (404)"),
            Self::ContextTooLong => f.write_str("the request is longer than the model's context"),
            Self::Rejected(status) => write!(f, "the request is refused ({status})"),
            Self::SpendLimit => f.write_str("the account's quota or credit is used up"),
            Self::RateLimited => f.write_str("the rate limit did not lift"),
            Self::ServerError(status) => write!(f, "the server fails ({status})"),
            Self::Redirected => f.write_str("the address redirects, and keys are not sent along"),
            Self::NotTheProtocol => f.write_str("the reply is not what the protocol says"),
            Self::Dns => f.write_str("the host's name is not known"),
            Self::Connect => f.write_str("no connection"),
            Self::Tls => f.write_str("no trusted TLS connection"),
            Self::TimedOut(phase) => write!(f, "no {phase} in time"),
            Self::Broken => f.write_str("the connection broke off"),
            Self::TooLarge => f.write_str("the reply is larger than is read"),
            Self::NotRecorded => f.write_str("no answer to this request is recorded"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, attempts, took_ms, code } = self;
        write!(f, "{kind}")?;
        if let Some(code) = code {
            write!(f, " ({code})")?;
        }
        let plural = if *attempts == 1 { "" } else { "s" };
        write!(f, " after {attempts} attempt{plural} in {:.1} s", *took_ms as f64 / 1000.0)
    }
}
