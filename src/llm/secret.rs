//! A key or another secret value: never printed, compared or stored, and overwritten when it is dropped as far as
//! safe code can do that (a copy that the HTTP client or the allocator made is out of reach).

use std::fmt;
use std::sync::Arc;

/// A secret text.
#[derive(Clone)]
pub struct Secret(Arc<Wiped>);

struct Wiped(String);

impl Drop for Wiped {
    fn drop(&mut self) {
        let length = self.0.len();
        self.0.clear();
        // Within the capacity, so the same memory is written over.
        self.0.extend(std::iter::repeat_n('\0', length));
    }
}

impl Secret {
    /// Keeps `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Wiped(text.into())))
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0.0
    }

    /// Whether the secret stands in `bytes`. Very short ones would be found by chance and are not looked for.
    pub fn is_in(&self, bytes: &[u8]) -> bool {
        let needle = self.expose().as_bytes();
        needle.len() >= 8 && memchr::memmem::find(bytes, needle).is_some()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed_and_is_found_where_it_stands() {
        let secret = Secret::new("obviously-fake-key");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert!(secret.is_in(b"{\"error\": \"bad key obviously-fake-key\"}"));
        assert!(!secret.is_in(b"{\"error\": \"bad key\"}"));
        assert!(!Secret::new("short").is_in(b"short"));
    }
}
