//! The last look at the bytes of a request before they leave. It fails closed: what it cannot read, or what makes it
//! fail, is not sent.

use super::super::words::MARK;
use super::{DEPTH, Kind, Redactor, view};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Longest request that is looked at, in bytes; a longer one is not sent.
const MOST: usize = 8 << 20;

/// Scans serialised requests.
#[derive(Clone)]
pub struct EgressGuard {
    redactor: Redactor,
    /// Values that must not leave, whatever they look like: keys of this program's environment, without white space.
    known: Vec<String>,
}

impl std::fmt::Debug for EgressGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EgressGuard").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

/// A text without white space: a value that was wrapped or indented is the same value.
fn bare(text: &str) -> String {
    text.split_whitespace().collect()
}

impl EgressGuard {
    /// A guard with the redactor's rules that also knows some secret values.
    pub fn new(redactor: Redactor, known: impl IntoIterator<Item = String>) -> Self {
        let known = known.into_iter().map(|value| bare(&value)).filter(|value| value.len() >= 8).collect();
        Self { redactor, known }
    }

    /// An error names the detector, never what it found.
    pub fn check(&self, body: &[u8]) -> Result<(), String> {
        let looked = catch_unwind(AssertUnwindSafe(|| self.look(body)));
        looked.unwrap_or_else(|_| Err("the detector failed".to_string()))
    }

    fn look(&self, body: &[u8]) -> Result<(), String> {
        if body.len() > MOST {
            return Err(format!("more than {MOST} bytes cannot be checked"));
        }
        let text = std::str::from_utf8(body).map_err(|_| "bytes that are no text".to_string())?;
        // Quoted text carries marks for its spaces; what stands in it is looked for as it was.
        let plain = text.replace(MARK, " ");
        let stands = |view: &str| {
            let view = bare(view);
            self.known.iter().any(|value| view.contains(value.as_str()))
        };
        if !self.known.is_empty() && view::any(&plain, DEPTH, &stands) {
            return Err("the value of a secret environment variable stands".to_string());
        }
        match self.redactor.find(&plain).iter().map(|finding| finding.kind).min() {
            None => Ok(()),
            Some(kind @ Kind::UrlCredentials) => Err(format!("{} stand", kind.words())),
            Some(kind) => Err(format!("{} stands", kind.words())),
        }
    }
}
