//! Why a record or a file cannot be read, and the limits that decide it.

use crate::digest::Digest;
use std::io;

/// Where a record is in its decompressed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// Limits of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub record: usize,
    /// Levels of nesting. The parser behind recurses, and refuses 128.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record: 64 << 20, depth: 100 }
    }
}

/// A record that could not be read: its place, the reason and enough of it to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct SetAside {
    /// First byte in the decompressed file.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// Why.
    pub reason: Reason,
    /// Its first 4 KiB.
    pub head: Vec<u8>,
    /// Digest of all of it.
    pub digest: Digest,
}

/// Why a record was set aside. The text never quotes the record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// More bytes than a record may have.
    #[error("the record is longer than {} MiB", .limit >> 20)]
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// What belongs to one session is more than is held at a time.
    #[error("the session is longer than {} MiB; what came before is kept", .limit >> 20)]
    LongSession {
        /// The limit in bytes.
        limit: u64,
    },
    /// Nested deeper than a record may be.
    #[error("the record is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Not JSON.
    #[error("the record is not valid JSON: {0}")]
    Syntax(String),
    /// The line or the file ends inside the record.
    #[error("it ends in the middle of the record")]
    Cut,
    /// The compressed stream stops here.
    #[error("the file cannot be read further: {0}")]
    Damaged(String),
    /// JSON, but not what the format promises.
    #[error("the record is not a conversation: {0}")]
    NotAConversation(String),
    /// Some items of a record of many; what the others say is kept.
    #[error("{refused} of {of} items: {why}")]
    Items {
        /// Items that could not be read.
        refused: usize,
        /// Items of the record.
        of: usize,
        /// Why the first of them could not be read.
        why: String,
    },
}

impl Reason {
    /// A short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::LongSession { .. } => "long-session",
            Self::TooDeep { .. } => "too-deep",
            Self::Syntax(_) => "syntax",
            Self::Cut => "cut",
            Self::Damaged(_) => "damaged",
            Self::NotAConversation(_) => "not-a-conversation",
            Self::Items { .. } => "items",
        }
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No bytes, or white space only.
    #[error("the file is empty")]
    Empty,
    /// Not text.
    #[error("the file is {0}, not a trace in JSON")]
    Binary(&'static str),
    /// A table by columns, where it cannot be read: by a program that was built without them, or in a stream.
    #[error("the file is a Parquet file, not a trace in JSON")]
    Parquet,
    /// Text in another encoding.
    #[error("the file is UTF-16 text, not UTF-8")]
    Utf16,
    /// Compressed twice.
    #[error("the file is compressed twice")]
    Nested,
    /// Compressed, and nothing comes out.
    #[error("the file cannot be decompressed: {0}")]
    Damaged(String),
    /// Too little of the first record is there to tell.
    #[error("the file ends in the middle of its first record")]
    Cut,
    /// The first record is nested deeper than any trace.
    #[error("the file's first record is nested deeper than {0} levels")]
    TooDeep(usize),
    /// Nothing known. The keys are trace text: escape them before printing.
    #[error("the file holds no trace format that is known")]
    Unknown {
        /// The first record's keys, at most eight.
        keys: Vec<String>,
    },
    /// The file failed.
    #[error("the file cannot be read")]
    Io(#[source] io::Error),
}
