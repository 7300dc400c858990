//! Immutable sentences: a prompt that has one keeps it, as often as it had it, where the agent can read it.

use super::{Rule, Violation};
use crate::prompt::PromptFile;
use crate::prompt::config::Config;
use regex::Regex;

/// Compares two versions of a prompt.
pub(super) fn compare(before: &PromptFile, after: &PromptFile, config: &Config, found: &mut Vec<Violation>) {
    let (old, new) = (readable(before.system_text()), readable(after.system_text()));
    for sentence in &config.guardrails.immutable {
        let wanted = readable(sentence);
        if wanted.is_empty() || new.matches(&wanted).count() >= old.matches(&wanted).count() {
            continue;
        }
        let explanation = format!("the immutable sentence `{}` is gone", sentence.trim());
        let advice = "Put it back word for word.";
        let violation = Violation::new(Rule::Immutable, &after.path, explanation, advice);
        found.push(Violation { line: line(before, &wanted), ..violation });
    }
}

/// The line of the base's file where `sentence` begins.
fn line(file: &PromptFile, sentence: &str) -> Option<usize> {
    let words: Vec<String> = sentence.split(' ').map(regex::escape).collect();
    let place = Regex::new(&words.join(r"\s+")).ok()?.find(file.system_text())?.start();
    Some(file.position(file.file_offset(place)).line)
}

/// Whether `text` has an immutable sentence.
pub(super) fn holds_any(text: &str, config: &Config) -> bool {
    let text = readable(text);
    config
        .guardrails
        .immutable
        .iter()
        .map(|sentence| readable(sentence))
        .any(|wanted| !wanted.is_empty() && text.contains(&wanted))
}

/// `text` without comments, with single spaces.
fn readable(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::new();
    while let Some((start, end)) = next_comment(rest) {
        kept.push_str(rest.get(..start).unwrap_or(""));
        kept.push(' ');
        rest = rest.get(end..).unwrap_or("");
    }
    kept.push_str(rest);
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first HTML or template comment in `text`.
fn next_comment(text: &str) -> Option<(usize, usize)> {
    [("<!--", "-->"), ("{#", "#}")]
        .iter()
        .filter_map(|(open, close)| {
            let start = text.find(open)?;
            let rest = text.get(start + open.len()..)?;
            Some((start, rest.find(close).map_or(text.len(), |end| start + open.len() + end + close.len())))
        })
        .min()
}
