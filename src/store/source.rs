//! A file as the store knows it: its marker, and the counts that must add up.

use crate::clock::Timestamp;
use crate::digest::Digest;
use std::ops::AddAssign;

/// The conservation law of a run: every record seen is in exactly one of the others. A record of many items of which some
/// are bad is seen twice: once for what is kept of it, once as set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Records found in the input.
    pub seen: u64,
    /// Records with something new.
    pub inserted: u64,
    /// Records that met another version of themselves.
    pub merged: u64,
    /// Records whose contents were there already.
    pub duplicate: u64,
    /// Records that hold nothing of a conversation.
    pub passed_over: u64,
    /// Records set aside.
    pub set_aside: u64,
}

impl Counts {
    /// Whether nothing was lost or counted twice.
    pub fn balanced(&self) -> bool {
        self.seen == self.inserted + self.merged + self.duplicate + self.passed_over + self.set_aside
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.seen += other.seen;
        self.inserted += other.inserted;
        self.merged += other.merged;
        self.duplicate += other.duplicate;
        self.passed_over += other.passed_over;
        self.set_aside += other.set_aside;
    }
}

/// What the store remembers of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceMark {
    /// The file's path as shown to people.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// When it was last changed, where the file system says.
    pub modified: Option<Timestamp>,
    /// Its format's name.
    pub format: String,
    /// How sure the detection was, in `[0, 1]`.
    pub confidence: f64,
    /// Digest of the rules that judged its conversations.
    pub rules: Digest,
}
