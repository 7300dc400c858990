//! Where the next record begins after a bad one: where it looks like the others of its file.

use memchr::{memchr, memmem};

/// How the records of a file begin, learned from one of them: to recognise the next after a bad one.
pub(super) enum Beginning {
    /// Line end, indentation, bracket and first key.
    OwnLine(Vec<u8>),
    /// Bracket and first key, after a comma.
    AfterComma(Vec<u8>),
    /// Nothing is known: at the next line.
    AnyLine,
}

impl Beginning {
    /// Where a record begins in `bytes`, not before `from`.
    pub(super) fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        match self {
            Self::OwnLine(line) => {
                let found = memmem::find(bytes.get(from..)?, line)? + from;
                let bracket = line.iter().position(|byte| *byte == b'{')?;
                Some(found + bracket)
            }
            Self::AfterComma(key) => memmem::find_iter(bytes, key)
                .filter(|found| *found >= from)
                .find(|found| bytes[..*found].trim_ascii_end().ends_with(b",")),
            Self::AnyLine => Some(memchr(b'\n', bytes.get(from..)?)? + from + 1),
        }
    }

    /// Bytes that must be kept to find it across two pieces, with some room for white space.
    pub(super) fn reach(&self) -> usize {
        match self {
            Self::OwnLine(text) | Self::AfterComma(text) => text.len() + 64,
            Self::AnyLine => 1,
        }
    }
}

/// An object's bytes up to the end of its first key.
pub(super) fn first_key(value: &[u8]) -> Option<&[u8]> {
    if value.first() != Some(&b'{') {
        return None;
    }
    let open = value.iter().position(|byte| *byte == b'"')?;
    if !value[1..open].iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    let close = memchr(b'"', &value[open + 1..])? + open + 1;
    (memchr(b'\n', &value[open..close]).is_none()).then(|| &value[..=close])
}
