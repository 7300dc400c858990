//! The blocks of one transaction: bytes of one kind are put together until a block is full, which is compressed then.

use super::Writer;
use crate::store::StoreError;
use crate::store::block::{BLOCK_BYTES, Packer};
use crate::store::rows::signed;
use rusqlite::params;

/// A block that is being filled.
#[derive(Debug, Default)]
pub(super) struct Open {
    id: i64,
    bytes: Vec<u8>,
}

/// What a block is filled with: text of one kind compresses best with its like.
#[derive(Clone, Copy)]
pub(super) enum Kept {
    Conversation,
    Fragment,
}

/// Where bytes are.
#[derive(Clone, Copy)]
pub(super) struct Location {
    pub(super) block: i64,
    pub(super) offset: i64,
    pub(super) length: i64,
}

impl Writer<'_> {
    /// Puts bytes into the open block of their kind, and closes it when it is full.
    pub(super) fn keep(&mut self, kind: Kept, bytes: &[u8]) -> Result<Location, StoreError> {
        let next = self.next_block;
        if bytes.len() >= BLOCK_BYTES {
            // A block of its own, without a copy.
            self.next_block += 1;
            self.written += bytes.len() as u64;
            self.insert_block(next, bytes)?;
            return Ok(Location { block: next, offset: 0, length: signed(bytes.len() as u64) });
        }
        let open = self.open(kind);
        let opened = open.bytes.is_empty();
        if opened {
            open.id = next;
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let location = Location { block: open.id, offset: count(open.bytes.len()), length: count(bytes.len()) };
        open.bytes.extend_from_slice(bytes);
        let full = open.bytes.len() >= BLOCK_BYTES;
        self.next_block += i64::from(opened);
        self.written += bytes.len() as u64;
        if full {
            self.close_block(kind)?;
        }
        Ok(location)
    }

    fn open(&mut self, kind: Kept) -> &mut Open {
        match kind {
            Kept::Conversation => &mut self.payloads,
            Kept::Fragment => &mut self.fragments,
        }
    }

    pub(super) fn close_block(&mut self, kind: Kept) -> Result<(), StoreError> {
        let Open { id, mut bytes } = std::mem::take(self.open(kind));
        if bytes.is_empty() {
            return Ok(());
        }
        self.insert_block(id, &bytes)?;
        // The next one takes as much room.
        bytes.clear();
        self.open(kind).bytes = bytes;
        Ok(())
    }

    fn insert_block(&mut self, id: i64, bytes: &[u8]) -> Result<(), StoreError> {
        let failed = |source| StoreError::Io { attempt: "compress for", path: self.path.clone(), source };
        let mut packer = match self.packer.take() {
            Some(packer) => packer,
            None => Packer::new().map_err(failed)?,
        };
        let packed = packer.pack(bytes).map_err(failed)?;
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.execute("INSERT INTO block (id, size, data) VALUES (?, ?, ?)", params![id, size, packed])?;
        self.packer = Some(packer);
        Ok(())
    }
}
