//! Names of git objects, in our own vocabulary.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of a git object: 20 bytes (SHA-1) or 32 bytes (SHA-256), shown as lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Oid {
    bytes: [u8; 32],
    length: u8,
}

impl Oid {
    /// From raw bytes; `None` unless there are 20 or 32 of them.
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        if raw.len() != 20 && raw.len() != 32 {
            return None;
        }
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(raw) {
            *to = *from;
        }
        Some(Self { bytes, length: u8::try_from(raw.len()).ok()? })
    }

    /// The raw bytes: 20 or 32.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or(&self.bytes)
    }

    /// The first ten hex digits, for people.
    pub fn short(&self) -> String {
        let mut hex = self.to_string();
        hex.truncate(10);
        hex
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.as_bytes() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({})", self.short())
    }
}

/// The text is not 40 or 64 hex digits.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not the name of a git object (40 or 64 hex digits)")]
pub struct ParseOidError(String);

impl FromStr for Oid {
    type Err = ParseOidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseOidError(text.chars().take(80).collect());
        let digits: Option<Vec<u8>> =
            text.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
        let digits = digits.ok_or_else(error)?;
        let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect();
        if digits.len() != 40 && digits.len() != 64 {
            return Err(error());
        }
        Self::from_bytes(&bytes).ok_or_else(error)
    }
}

impl TryFrom<String> for Oid {
    type Error = ParseOidError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Oid> for String {
    fn from(oid: Oid) -> Self {
        oid.to_string()
    }
}

impl From<git2::Oid> for Oid {
    fn from(oid: git2::Oid) -> Self {
        // libgit2 names are 20 bytes, or 32 in its SHA-256 builds; both fit.
        Self::from_bytes(oid.as_bytes()).unwrap_or(Self { bytes: [0; 32], length: 20 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lengths_survive_their_own_text() {
        for digits in [40, 64] {
            let text: String = "0123456789abcdef".chars().cycle().take(digits).collect();
            let oid: Oid = text.parse().unwrap();
            assert_eq!(oid.to_string(), text);
            assert_eq!(serde_json::from_str::<Oid>(&serde_json::to_string(&oid).unwrap()).unwrap(), oid);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "abc", &"g".repeat(40), &"é".repeat(20), &"a".repeat(41), &"a".repeat(39)] {
            assert!(text.parse::<Oid>().is_err(), "{text}");
        }
    }
}
