//! Readers: bytes of an exported trace file in, conversations and set-aside records out.

use crate::digest::Digest;

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
    /// Nested deeper than a record may be.
    #[error("the record is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Not JSON.
    #[error("the record is not valid JSON: {0}")]
    Syntax(String),
    /// The file ends inside the record.
    #[error("the file ends inside the record")]
    Cut,
    /// JSON, but not what the format promises.
    #[error("the record is not a conversation: {0}")]
    NotAConversation(String),
}

impl Reason {
    /// A short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::TooDeep { .. } => "too-deep",
            Self::Syntax(_) => "syntax",
            Self::Cut => "cut",
            Self::NotAConversation(_) => "not-a-conversation",
        }
    }
}
