//! The form in which every change is proposed, whoever drafts it: a file, a span of it, what to look for there, and
//! what to put in its place. A drafter never gives byte offsets that are taken on trust: what it looks for must
//! stand exactly once in the span, or the span's end is the place.

use crate::prompt::Edit;
use std::ops::Range;

/// One proposed replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Path from the repository folder.
    pub path: String,
    /// Where to look: bytes of the file.
    pub span: Range<usize>,
    /// What to look for, as the file writes it; empty: the place is the span's end.
    pub search: String,
    /// What to put there, as text.
    pub replace: String,
}

/// A change that does not say which place it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The span is not a part of the file.
    #[error("the span is not a part of the file")]
    Outside,
    /// What was looked for is not there.
    #[error("what should be replaced is not in the span")]
    NotFound,
    /// It is there more than once.
    #[error("what should be replaced stands in the span more than once")]
    Ambiguous,
    /// The replacement is what stands there.
    #[error("the change would change nothing")]
    Nothing,
}

impl Change {
    /// The edit of `file` that this change means.
    pub fn edit(&self, file: &str) -> Result<Edit, ChangeError> {
        let span = file.get(self.span.clone()).ok_or(ChangeError::Outside)?;
        if self.search == self.replace {
            return Err(ChangeError::Nothing);
        }
        if self.search.is_empty() {
            return Ok(Edit { start: self.span.end, end: self.span.end, replacement: self.replace.clone() });
        }
        let at = span.find(&self.search).ok_or(ChangeError::NotFound)?;
        if span.rfind(&self.search) != Some(at) {
            return Err(ChangeError::Ambiguous);
        }
        let start = self.span.start + at;
        Ok(Edit { start, end: start + self.search.len(), replacement: self.replace.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "a b a\nc é\n";

    fn edit(span: Range<usize>, search: &str, replace: &str) -> Result<Edit, ChangeError> {
        let (search, replace) = (search.to_string(), replace.to_string());
        Change { path: "x".to_string(), span, search, replace }.edit(FILE)
    }

    #[test]
    fn what_is_looked_for_must_stand_exactly_once_in_the_span() {
        assert_eq!(edit(0..5, "b", "z"), Ok(Edit { start: 2, end: 3, replacement: "z".to_string() }));
        assert_eq!(edit(2..5, "a", "z"), Ok(Edit { start: 4, end: 5, replacement: "z".to_string() }));
        assert_eq!(edit(0..5, "a", "z"), Err(ChangeError::Ambiguous));
        assert_eq!(edit(0..5, "c", "z"), Err(ChangeError::NotFound));
        assert_eq!(edit(0..5, "b", "b"), Err(ChangeError::Nothing));
    }

    #[test]
    fn nothing_to_look_for_means_the_end_of_the_span() {
        assert_eq!(edit(0..5, "", "z"), Ok(Edit { start: 5, end: 5, replacement: "z".to_string() }));
        assert_eq!(edit(0..5, "", ""), Err(ChangeError::Nothing));
    }

    #[test]
    fn spans_outside_the_file_or_inside_a_character_are_refused() {
        for span in [0..99, 9..10, 99..100] {
            assert_eq!(edit(span, "", "z"), Err(ChangeError::Outside));
        }
    }
}
