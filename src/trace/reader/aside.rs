//! Records on their way out: kept as place, digest and the first few KiB, however long they are.

use super::{Place, Reason, SetAside};
use crate::digest::{Digest, Digester};

/// Bytes of a set-aside record that are kept.
pub(super) const HEAD: usize = 4 << 10;

/// Bytes on their way into a [`SetAside`].
pub(super) struct Taken {
    offset: u64,
    length: u64,
    head: Vec<u8>,
    digester: Digester,
}

impl Taken {
    /// Nothing yet; the first byte will be at `offset`.
    pub(super) fn new(offset: u64) -> Self {
        Self { offset, length: 0, head: Vec::new(), digester: Digester::default() }
    }

    /// The next bytes.
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        self.digester.update(bytes);
    }

    /// All of them, with the reason.
    pub(super) fn set_aside(self, reason: Reason) -> SetAside {
        SetAside { offset: self.offset, length: self.length, reason, head: self.head, digest: self.digester.finish() }
    }
}

/// A record that was cut well and turned out to be bad.
pub(super) fn set_aside(place: Place, bytes: &[u8], reason: Reason) -> SetAside {
    SetAside {
        offset: place.offset,
        length: place.length,
        reason,
        head: bytes[..bytes.len().min(HEAD)].to_vec(),
        digest: Digest::of(bytes),
    }
}
