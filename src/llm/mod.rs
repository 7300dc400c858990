//! WALL: everything that talks to a language model, and only here. From a batch of typed questions it makes typed
//! answers: serialised for the provider's protocol, scanned by the egress guard, looked up in the reply cache,
//! paid for out of a budget that is reserved on disk first, sent with bounded retries, parsed strictly, and stored
//! before they are handed on. Synchronous outside, async inside.
//!
//! What it does not do: it decides nothing about prompts, knows no conversation (callers redact what they send, the
//! guard holds them to it), never repairs the content of a reply, and never falls back to another model.

pub mod answer;
mod bookkeeper;
pub mod books;
mod call;
pub mod client;
mod drive;
mod embed;
pub mod endpoint;
#[cfg(test)]
mod fake_books;
pub mod name;
mod pace;
pub mod plan;
pub mod policy;
pub mod price;
pub mod protocol;
mod random;
pub mod request;
mod retry;
mod run;
pub mod schema;
pub mod secret;
mod tape;
pub mod tokens;
mod transport;

pub use answer::{Answer, Failure, FailureKind, Reply, Usage};
pub use client::{Guard, HttpModel, Sending, Settings, Storing, Taping};
pub use name::{ModelName, Provider};
pub use request::{Instructions, Request, Stage};
pub use run::Run;
pub use schema::Schema;
pub use transport::{AddressRule, Route};

/// Something that answers questions. The wall's own models implement it, and so does a table in a test.
pub trait Model {
    /// The model as `provider/model`, for records and messages.
    fn name(&self) -> &str;

    /// Asks `requests` and hands over each answer, with the request's index, once it is stored; in the order in which
    /// they arrive. A request that fails for itself alone is an [`Answer`]; an error ends the whole batch, and what was
    /// handed over before stays good.
    fn complete(&self, requests: &[Request], done: &mut dyn FnMut(usize, Answer)) -> Result<(), ModelError>;
}

/// Something that turns texts into vectors of one length each.
pub trait Embedder {
    /// The model as `provider/model`.
    fn name(&self) -> &str;

    /// One vector for each text, in the texts' order.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, ModelError>;
}

/// Why a batch ended. Everything in it is ours to print: no key, no text of a request or a reply.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// The provider refuses every request, or cannot be reached.
    #[error("{model}: {failure}")]
    Provider {
        /// The model.
        model: String,
        /// What happened.
        failure: Failure,
    },
    /// A cap would be passed.
    #[error("the budget is spent: {spent} of {cap} {scope}, and the next call could cost {next}")]
    Budget {
        /// Which cap: `in this run`, `this month`.
        scope: &'static str,
        /// Spent or reserved so far.
        spent: books::Usd,
        /// The cap.
        cap: books::Usd,
        /// Worst case of the call that was not made.
        next: books::Usd,
    },
    /// The ledger holds a month that is still far off, so the month's cap cannot be kept.
    #[error("the ledger has costs of {booked}, which is still to come: a clock is wrong, or was")]
    Clock {
        /// That month.
        booked: String,
    },
    /// The egress guard found something that must not leave.
    #[error("nothing was sent: {reason}")]
    Guarded {
        /// Which detector, in which stage; never the text.
        reason: String,
    },
    /// Nothing may be sent and the reply is not stored.
    #[error("{missing} of {asked} replies are not stored, and {why}")]
    NotStored {
        /// Replies that are missing.
        missing: usize,
        /// Requests asked.
        asked: usize,
        /// Which mode forbids sending.
        why: String,
    },
    /// The ledger cannot be written: then nothing may be sent either.
    #[error("cannot keep the books")]
    Books(#[from] books::BooksError),
    /// The command's deadline passed.
    #[error("{model}: the deadline of {seconds} s passed with {missing} of {asked} answers missing")]
    Deadline {
        /// The model.
        model: String,
        /// The deadline.
        seconds: u64,
        /// Answers that are missing.
        missing: usize,
        /// Requests asked.
        asked: usize,
    },
    /// A signal asked this program to end.
    #[error("interrupted")]
    Interrupted {
        /// Its number.
        signal: u8,
    },
    /// Nothing was to be sent; what would have been is known.
    #[error("nothing was sent, as asked")]
    Planned,
    /// Recorded exchanges cannot be read or written.
    #[error("cannot use the recorded exchanges: {0}")]
    Tape(String),
    /// The runtime or the HTTP client cannot be made.
    #[error("cannot set up HTTP: {0}")]
    Machinery(String),
}
