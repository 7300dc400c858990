//! The hunks of a change: which lines of a file went and which came. A record keeps them, so that a change can be
//! taken back later from a file that has moved on, without asking git what else the merge held.

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// One changed place of a file: whole lines with their line ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hunk {
    /// Path from the repository folder.
    pub path: String,
    /// The lines that went; empty for an addition.
    pub removed: String,
    /// The lines that came; empty for a removal.
    pub added: String,
}

impl Hunk {
    /// Lines removed plus lines added.
    pub fn changed_lines(&self) -> usize {
        lines(&self.removed).len() + lines(&self.added).len()
    }
}

/// Why a hunk cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevertError {
    /// The lines it added are not there any more.
    #[error("the lines that the proposal added to `{0}` have changed since")]
    Changed(String),
    /// The lines it added are there more than once.
    #[error("the lines that the proposal added to `{0}` occur more than once")]
    Ambiguous(String),
    /// It only removed lines, so nothing in the file says where they were.
    #[error("the proposal only removed lines from `{0}`")]
    NoPlace(String),
}

/// The hunks that lead from `before` to `after`, in file order.
pub fn hunks(path: &str, before: &str, after: &str) -> Vec<Hunk> {
    let (old, new) = (lines(before), lines(after));
    let text = |lines: &[&str], range: std::ops::Range<usize>| lines.get(range).unwrap_or_default().concat();
    capture_diff_slices(Algorithm::Myers, &old, &new)
        .iter()
        .filter(|operation| !matches!(operation, DiffOp::Equal { .. }))
        .map(|operation| Hunk {
            path: path.to_string(),
            removed: text(&old, operation.old_range()),
            added: text(&new, operation.new_range()),
        })
        .collect()
}

/// `current` with the hunks of one file taken back, each where the lines it added stand, which must be one place.
pub fn revert(current: &str, hunks: &[&Hunk]) -> Result<String, RevertError> {
    let mut text = current.to_string();
    for hunk in hunks.iter().rev() {
        if hunk.added.is_empty() {
            return Err(RevertError::NoPlace(hunk.path.clone()));
        }
        let at = place(&text, &hunk.added).map_err(|found| match found {
            0 => RevertError::Changed(hunk.path.clone()),
            _ => RevertError::Ambiguous(hunk.path.clone()),
        })?;
        text.replace_range(at..at + hunk.added.len(), &hunk.removed);
    }
    Ok(text)
}

/// Where `wanted`, which is whole lines, stands in `text` as whole lines; else in how many places.
fn place(text: &str, wanted: &str) -> Result<usize, usize> {
    let at_line_start = |at: &usize| *at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
    let places: Vec<usize> = text.match_indices(wanted).map(|(at, _)| at).filter(at_line_start).collect();
    match places.as_slice() {
        [one] => Ok(*one),
        several => Err(several.len()),
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BEFORE: &str = "# Role\nBe kind.\n\n## Learned rules\n\n- One.\n";
    const AFTER: &str = "# Role\nBe kind.\n\n## Learned rules\n\n- One.\n- Two.\n";

    fn references(hunks: &[Hunk]) -> Vec<&Hunk> {
        hunks.iter().collect()
    }

    #[test]
    fn an_added_rule_is_one_hunk_of_one_line() {
        let hunks = hunks("a.md", BEFORE, AFTER);
        let expected = Hunk { path: "a.md".to_string(), removed: String::new(), added: "- Two.\n".to_string() };
        assert_eq!(hunks, [expected]);
        assert_eq!(hunks[0].changed_lines(), 1);
    }

    #[test]
    fn a_hunk_is_taken_back_from_a_file_that_moved_on() {
        let hunks = hunks("a.md", BEFORE, AFTER);
        let current = AFTER.replace("Be kind.", "Be very kind.\nAnd brief.") + "- Three.\n";
        let reverted = revert(&current, &references(&hunks)).unwrap();
        assert_eq!(reverted, current.replace("- Two.\n", ""));
    }

    #[test]
    fn what_cannot_be_taken_back_says_why() {
        let hunks = hunks("a.md", BEFORE, AFTER);
        let refused = |current: &str| revert(current, &references(&hunks)).unwrap_err();
        assert_eq!(refused(BEFORE), RevertError::Changed("a.md".to_string()));
        assert_eq!(refused(&AFTER.replace("Two", "Second")), RevertError::Changed("a.md".to_string()));
        assert_eq!(refused(&format!("{AFTER}- Two.\n")), RevertError::Ambiguous("a.md".to_string()));
        let removal = super::hunks("a.md", AFTER, BEFORE);
        assert_eq!(revert(BEFORE, &references(&removal)), Err(RevertError::NoPlace("a.md".to_string())));
    }

    #[test]
    fn a_missing_last_line_end_survives() {
        let (before, after) = ("a\n- One.", "a\n- One.\n- Two.");
        let hunks = hunks("a.md", before, after);
        assert_eq!(revert(after, &references(&hunks)).unwrap(), before);
    }

    proptest! {
        #[test]
        fn taking_back_a_fresh_change_gives_the_old_text(
            old in proptest::collection::vec("[a-e]", 0..12),
            new in proptest::collection::vec("[f-j]{3}", 1..4),
            at in 0_usize..12,
        ) {
            let mut lines = old.clone();
            let at = at.min(lines.len());
            for line in new {
                lines.insert(at, line);
            }
            let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
            let (before, after) = (text(&old), text(&lines));
            let hunks = hunks("x", &before, &after);
            if let Ok(reverted) = revert(&after, &references(&hunks)) {
                prop_assert_eq!(reverted, before);
            }
        }
    }
}
