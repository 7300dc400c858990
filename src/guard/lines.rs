//! What a change adds and removes, by lines.

use super::token::{Token, tokens};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// One changed place: whole lines, as byte ranges of the two texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// What went.
    pub before: Range<usize>,
    /// What came.
    pub after: Range<usize>,
    /// Lines that went.
    pub removed: usize,
    /// Lines that came.
    pub added: usize,
    /// The first line that came, counted from 1.
    pub line: usize,
}

/// The hunks that lead from `before` to `after`.
pub fn hunks(before: &str, after: &str) -> Vec<Hunk> {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (before.split_inclusive('\n').collect(), after.split_inclusive('\n').collect());
    let starts = |lines: &[&str]| -> Vec<usize> {
        let mut at = 0;
        let mut starts = vec![0];
        for line in lines {
            at += line.len();
            starts.push(at);
        }
        starts
    };
    let (old_starts, new_starts) = (starts(&old), starts(&new));
    capture_diff_slices(Algorithm::Myers, &old, &new)
        .into_iter()
        .filter(|operation| !matches!(operation, DiffOp::Equal { .. }))
        .map(|operation| {
            let (went, came) = (operation.old_range(), operation.new_range());
            Hunk {
                before: old_starts[went.start]..old_starts[went.end],
                after: new_starts[came.start]..new_starts[came.end],
                removed: went.len(),
                added: came.len(),
                line: came.start + 1,
            }
        })
        .collect()
}

/// A stretch of text that a change adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The file.
    pub path: String,
    /// Its line in the new text, counted from 1.
    pub line: usize,
    /// The stretch: whole lines where lines were added, words where a line was changed.
    pub text: String,
}

/// What leads from `before` to `after` in the file `path`.
pub fn added(path: &str, before: &str, after: &str) -> Vec<Added> {
    let mut found = Vec::new();
    for hunk in hunks(before, after) {
        let (old, new) = (before.get(hunk.before.clone()).unwrap_or(""), after.get(hunk.after.clone()).unwrap_or(""));
        let (old, new_tokens) = (tokens(old), tokens(new));
        let texts = |tokens: &[Token<'_>]| tokens.iter().map(|token| token.text.to_string()).collect::<Vec<_>>();
        for operation in capture_diff_slices(Algorithm::Myers, &texts(&old), &texts(&new_tokens)) {
            let range = operation.new_range();
            let (Some(first), Some(last)) = (new_tokens.get(range.start), new_tokens.get(range.end.saturating_sub(1)))
            else {
                continue;
            };
            if matches!(operation, DiffOp::Equal { .. }) || range.is_empty() {
                continue;
            }
            let text = new.get(first.start..last.start + last.text.len()).unwrap_or("");
            let line = hunk.line + new.get(..first.start).unwrap_or("").matches('\n').count();
            found.push(Added { path: path.to_string(), line, text: text.to_string() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_stretches_are_words_with_their_lines() {
        let found = added("p", "a\nb c d\ne\n", "a\nb x y d\ne\nnew line\n");
        let found: Vec<(usize, &str)> = found.iter().map(|added| (added.line, added.text.as_str())).collect();
        assert_eq!(found, [(2, "x y"), (4, "new line")]);
        assert_eq!(added("p", "a", "a"), []);
        assert_eq!(hunks("", "a\nb")[0], Hunk { before: 0..0, after: 0..3, removed: 0, added: 2, line: 1 });
    }
}
