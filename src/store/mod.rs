//! WALL: SQLite, and only here. Two databases: [`TraceStore`] (`traces.db`) holds what can be rebuilt from
//! exported files, in plain columns that any SQLite client can query, with message text in compressed blocks;
//! [`Ledger`] (`ledger.db`) holds what nothing can rebuild. [`ProcessLock`] keeps two writing commands apart.
//! The store decides nothing: it keeps the rooms' values, gives them back unchanged or says that they are damaged.

mod block;
mod books;
pub mod findings;
mod forgotten;
mod house;
pub mod intents;
mod joined;
mod ledger;
mod lock;
mod open;
mod reading;
mod rows;
mod search;
mod source;
#[cfg(test)]
mod testing;
mod traces;
mod upgrade;
mod writer;

pub use books::{SpendingRow, Standing};
pub use forgotten::Forgotten;
pub use house::{Erased, Freed, Health};
pub use ledger::{Attempt, AuditEntry, Ledger};
pub use lock::ProcessLock;
pub use reading::{Selection, Stored};
pub use rows::{ConversationRow, QuarantineRow, SourceRow};
pub use search::SearchIndex;
pub use source::{Counts, SourceMark};
pub use traces::TraceStore;
pub use writer::{Pieces, Prepared, PreparedFragment, Put, Regrouped, Rejoined, Writer};

use std::io;
use std::path::PathBuf;

/// Why the store cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite would read `file:…` names as URIs; an absolute path never is one.
    #[error("cannot open `{0}`: a cache folder must be an absolute path")]
    NotAbsolute(PathBuf),
    /// Nothing was ever ingested here.
    #[error("cannot open `{0}`: there is no such file")]
    NotFound(PathBuf),
    /// The file is not ours, or holds more or less than we put there.
    #[error("cannot use `{path}`: {reason}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What gives it away.
        reason: String,
    },
    /// A newer program wrote the file; nothing was changed.
    #[error("cannot use `{path}`: its schema is version {found} and this program knows up to {known}")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that we know.
        known: i64,
    },
    /// The linked SQLite has known defects.
    #[error("cannot use SQLite {found}: at least {needed} is needed")]
    OldSqlite {
        /// The linked version.
        found: &'static str,
        /// The oldest accepted.
        needed: &'static str,
    },
    /// Another process writes.
    #[error("cannot lock `{path}`: {holder} holds it")]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who, as far as the lock file says: `process 4711 (ingest)`.
        holder: String,
    },
    /// Stored data is not what was stored.
    #[error("cannot trust {thing} in `{path}`: {reason}")]
    Integrity {
        /// What is damaged: a conversation's id, an audit row.
        thing: String,
        /// The database.
        path: PathBuf,
        /// How we know.
        reason: String,
    },
    /// The disk has no room; what was committed before is safe.
    #[error("cannot write `{path}`: the disk is full")]
    Full {
        /// The database.
        path: PathBuf,
        /// SQLite's words.
        #[source]
        source: rusqlite::Error,
    },
    /// Nothing was begun, since the disk has no room for it.
    #[error("cannot upgrade `{path}`: {needed} bytes are needed on its disk and {free} are free")]
    NoRoom {
        /// The database.
        path: PathBuf,
        /// Bytes that a copy and the upgrade may take.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// A file operation failed.
    #[error("cannot {attempt} `{path}`")]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// On which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// SQLite failed.
    #[error("cannot {attempt} `{path}`")]
    Sqlite {
        /// What was attempted.
        attempt: &'static str,
        /// On which database.
        path: PathBuf,
        /// Why not.
        #[source]
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// A failure of SQLite on the database at `path`, sorted by what the user can do about it.
    pub(crate) fn sqlite(attempt: &'static str, path: &std::path::Path, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let path = path.to_path_buf();
        let holder = || "another process".to_string();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path, source },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { path, holder: holder() },
            Some(ErrorCode::DatabaseCorrupt) => {
                Self::Integrity { thing: "the database".to_string(), path, reason: source.to_string() }
            }
            Some(ErrorCode::NotADatabase) => Self::Foreign { path, reason: "it is not a SQLite database".to_string() },
            _ => Self::Sqlite { attempt, path, source },
        }
    }
}
