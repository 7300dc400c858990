//! Money and stored replies, as the wall needs them kept. [`Books`] is what a ledger must do; `store` does it with
//! SQLite. A call is made in three steps: money is reserved on disk, the request is sent, reply and true cost are
//! written in one transaction. A program that dies in between leaves its reservation standing, which counts as
//! spent, so that no cap is passed however often it dies.

use super::answer::Usage;
use super::request::Stage;
use crate::clock::Timestamp;
use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// An amount of US dollars, kept as whole billionths so that sums are exact: a token of a cheap model costs tens of
/// them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Usd(pub u64);

impl Usd {
    /// Billionths in a dollar.
    pub const DOLLAR: u64 = 1_000_000_000;

    /// From dollars, rounded up: a cost is never understated. `None` for what is no amount.
    pub fn from_dollars(dollars: f64) -> Option<Self> {
        let nanos = (dollars * Self::DOLLAR as f64).ceil();
        (0.0..1.0e18).contains(&nanos).then_some(Self(nanos as u64))
    }

    /// In dollars.
    pub fn dollars(self) -> f64 {
        self.0 as f64 / Self::DOLLAR as f64
    }

    /// `self - other`, or nothing.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self * count`.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

impl Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), Add::add)
    }
}

/// `$1.25`; small amounts with more digits: `$0.0042`.
impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dollars = self.dollars();
        match self.0 {
            0 => f.write_str("$0.00"),
            1..1_000 => f.write_str("less than $0.000001"),
            1_000..100_000 => write!(f, "${dollars:.6}"),
            100_000..100_000_000 => write!(f, "${dollars:.4}"),
            _ => write!(f, "${dollars:.2}"),
        }
    }
}

/// One run of one command that may spend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub i64);

/// Money set aside for the next calls of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub i64);

/// What a stored reply is found by: SHA-256 over provider, model, base URL, the canonical request with its schema,
/// the redactor's version and the repetition's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplyKey(pub Digest);

/// A reply as it is kept: the protocol's whole body, so that it can be checked again by newer rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReply {
    /// The body that the provider sent.
    pub body: Vec<u8>,
    /// Digest of the instructions that it answers.
    pub instructions: Digest,
    /// When it came.
    pub at: Timestamp,
}

/// How much may be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// By one run.
    pub run: Option<Usd>,
    /// By all runs of this ledger in a calendar month (UTC).
    pub month: Option<Usd>,
}

/// What became of a wish for money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// This much is set aside: at least what was needed, at most what was wanted.
    Granted(BlockId, Usd),
    /// A cap would be passed.
    Denied {
        /// `in this run` or `this month`.
        scope: &'static str,
        /// Spent and reserved so far, by that cap's count.
        spent: Usd,
        /// That cap.
        cap: Usd,
    },
    /// The books hold a month that is still far off: this clock or an earlier one is wrong, and which cannot be known.
    Ahead {
        /// That month, `2027-03`.
        booked: String,
    },
}

/// How one call ended, for the ledger's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallEnd {
    /// A valid reply, stored.
    Reply,
    /// A reply that was refused, truncated or invalid: paid, not stored.
    Unusable,
    /// The connection ended without a reply that could be read; the provider may have billed it.
    Unknown,
    /// An answer that providers do not bill (an HTTP error).
    NotBilled,
}

impl CallEnd {
    /// All ends.
    pub const ALL: [Self; 4] = [Self::Reply, Self::Unusable, Self::Unknown, Self::NotBilled];

    /// As stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Unusable => "unusable",
            Self::Unknown => "unknown",
            Self::NotBilled => "not billed",
        }
    }
}

/// One call that ended: written with its reply in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The block that paid.
    pub block: BlockId,
    /// What was set aside for it inside the block.
    pub reserved: Usd,
    /// What it cost; more than reserved only when the provider says so.
    pub cost: Usd,
    /// What it was for.
    pub stage: Stage,
    /// Who answered: `provider/model`.
    pub model: String,
    /// Tokens.
    pub usage: Usage,
    /// How it ended.
    pub end: CallEnd,
    /// When.
    pub at: Timestamp,
    /// What is kept of the reply, if it is valid and may be kept: the whole of it, or one vector for each text.
    pub replies: Vec<(ReplyKey, StoredReply)>,
}

/// Why the books cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BooksError(pub String);

/// A ledger. Whatever returns `Ok` is on disk and survives the loss of power.
pub trait Books: Send {
    /// Says that a run is under way for as long as these books are open, to whoever would close its blocks.
    fn hold(&mut self) -> Result<(), BooksError>;

    /// Begins a run of `command`.
    fn begin(&mut self, command: &str, at: Timestamp) -> Result<RunId, BooksError>;

    /// Sets money aside for `run`: `wanted` if the caps allow, else what they allow, but not less than `needed`. Both
    /// caps are looked at in the same transaction, so that two programs cannot spend the same dollar.
    fn reserve(&mut self, run: RunId, needed: Usd, wanted: Usd, caps: Caps, at: Timestamp)
    -> Result<Grant, BooksError>;

    /// Writes calls that ended, in one transaction.
    fn settle(&mut self, settlements: &[Settlement]) -> Result<(), BooksError>;

    /// Gives back what is left of a block. Only when no call of it is under way.
    fn release(&mut self, block: BlockId) -> Result<(), BooksError>;

    /// The reply with this key.
    fn stored(&self, key: &ReplyKey) -> Result<Option<StoredReply>, BooksError>;
}
