//! Frozen text: the same bytes, in the same order, under the same headings, in the same template branch.

use super::{Rule, Violation};
use crate::prompt::PromptFile;

/// Compares two versions of a prompt, both read with the base's frozen list.
pub(super) fn compare(before: &PromptFile, after: &PromptFile, found: &mut Vec<Violation>) {
    let (old, new) = (before.frozen_texts(), after.frozen_texts());
    let refuse = |line: usize, explanation: String, advice: &str| {
        Violation::new(Rule::Frozen, &after.path, explanation, advice).at_line(line)
    };
    // More may be frozen than before, so the old spans are looked for among the new ones, in order.
    let mut next = 0;
    for (span, text) in before.frozen.iter().zip(&old) {
        let same = (next..new.len()).find(|index| new.get(*index) == Some(text));
        let Some((index, now)) = same.and_then(|index| Some((index, after.frozen.get(index)?))) else {
            let changed = after.frozen.iter().skip(next).find(|other| other.reason == span.reason);
            found.push(match changed {
                Some(now) => {
                    let explanation = format!("the frozen part `{}` changed", span.reason);
                    let advice = "Undo the change there, or ask a maintainer to allow it.";
                    refuse(after.position(now.range.start).line, explanation, advice)
                }
                None => {
                    let explanation = format!("the frozen part `{}` is gone from its place", span.reason);
                    refuse(before.position(span.range.start).line, explanation, "Put it back as it was.")
                }
            });
            continue;
        };
        next = index + 1;
        let line = after.position(now.range.start).line;
        if surroundings(before, span.range.start, after) != surroundings(after, now.range.start, before) {
            let explanation = format!("the frozen part `{}` moved", span.reason);
            found.push(refuse(line, explanation, "Leave it where it was among the other sections."));
        } else if branches(before, span.range.start) != branches(after, now.range.start) {
            let explanation = format!("the frozen part `{}` stands in another template branch or comment", span.reason);
            found.push(refuse(line, explanation, "Leave it outside, so that the agent always gets it."));
        }
    }
    // A second section of the same heading would give the agent two versions of what is frozen.
    for span in &before.frozen {
        let named = |file: &PromptFile| file.sections.iter().filter(|section| section.is_named(&span.reason)).count();
        if named(after) > named(before) {
            let last = after.sections.iter().rev().find(|section| section.is_named(&span.reason));
            let line = last.map_or(1, |section| after.position(section.whole.start).line);
            let explanation = format!("there is a second `{}`", span.reason);
            found.push(refuse(line, explanation, "Give the new section another heading."));
        }
    }
}

/// Headings before byte `at` of `file` that `other` has too, and the one that `at` stands under.
fn surroundings<'f>(file: &'f PromptFile, at: usize, other: &PromptFile) -> (Vec<&'f str>, Option<&'f str>) {
    let shared = |heading: &&str| other.sections.iter().any(|section| section.heading.as_deref() == Some(heading));
    let headings = file.sections.iter().filter(|section| section.whole.start < at);
    let before = headings.filter_map(|section| section.heading.as_deref()).filter(shared).collect();
    (before, file.section_at(at).and_then(|section| section.heading.as_deref()))
}

/// Template branches and comments that are open at byte `at` of `file`.
fn branches(file: &PromptFile, at: usize) -> (i64, i64) {
    let before = file.text_of(&(file.span().start..at)).unwrap_or("");
    let count = |mark: &str| i64::try_from(before.matches(mark).count()).unwrap_or(i64::MAX);
    let opened = |word: &str| count(&format!("{{% {word}")) + count(&format!("{{%- {word}"));
    let blocks = ["if", "for", "macro", "raw", "filter", "block", "call"].iter().map(|word| opened(word)).sum::<i64>();
    (blocks - opened("end"), count("{#") - count("#}"))
}
