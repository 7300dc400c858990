//! Blocks: the payloads of many conversations concatenated and compressed together, so that what conversations
//! share (the system text, tool results) is stored once per block.

use std::io::{self, Read as _};

/// A block is closed when its payloads reach this many bytes: large enough that a system text of some kilobytes
/// hardly counts, small enough that reading one conversation stays cheap.
pub(super) const BLOCK_BYTES: usize = 256 << 10;

/// zstd's fastest ordinary level: with the default one a cache is 1.5 % smaller, and ingest takes 6 % more of the
/// processor.
const LEVEL: i32 = 1;

/// Compresses blocks and texts. What it needs for that is made once.
pub(super) struct Packer {
    compressor: zstd::bulk::Compressor<'static>,
    packed: Vec<u8>,
}

impl Packer {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { compressor: zstd::bulk::Compressor::new(LEVEL)?, packed: Vec::new() })
    }

    /// The compressed bytes, until it is asked again.
    pub(super) fn pack(&mut self, bytes: &[u8]) -> io::Result<&[u8]> {
        self.packed.clear();
        self.packed.reserve(zstd::zstd_safe::compress_bound(bytes.len()));
        self.compressor.compress_to_buffer(bytes, &mut self.packed)?;
        Ok(&self.packed)
    }
}

impl std::fmt::Debug for Packer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Packer")
    }
}

/// Compresses one text.
pub(super) fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    zstd::bulk::compress(bytes, LEVEL)
}

/// Decompresses into exactly `size` bytes; anything else is an error, so that a damaged size cannot make us
/// allocate more than the block claims.
pub(super) fn unpack(bytes: &[u8], size: usize) -> io::Result<Vec<u8>> {
    let unpacked = zstd::bulk::decompress(bytes, size)?;
    if unpacked.len() == size {
        Ok(unpacked)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "the decompressed size differs"))
    }
}

/// Decompresses bytes of unknown size, at most `limit` of them, taking no more memory than they need.
pub(super) fn unpack_at_most(bytes: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    zstd::Decoder::new(bytes)?.take(limit).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

/// Decompresses a text of unknown size, up to `limit` bytes.
pub(super) fn unpack_text(bytes: &[u8], limit: usize) -> io::Result<String> {
    let unpacked = zstd::bulk::decompress(bytes, limit)?;
    String::from_utf8(unpacked).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
