//! What `ingest` says: one line of fidelity per file, what was set aside and where, and how far outcomes are known.

use super::engine::{Aside, FileReport};
use crate::cli::untrusted::{excerpt, one_line};
use crate::cli::view::number::{counted, percent, thousands};
use crate::store::Counts;
use crate::trace::Outcome;
use serde::Serialize;

/// The JSON document: `reprompt/ingest/v1`.
#[derive(Debug, Serialize)]
pub struct Document {
    /// Files that were read, in order.
    pub files: Vec<FileDocument>,
    /// What could not be read, as a sentence each.
    pub failures: Vec<String>,
    /// Sums over the files that were read now.
    pub counts: Counts,
    /// Conversations in the cache.
    pub conversations: u64,
    /// Outcomes of all conversations in the cache.
    pub outcomes: Vec<OutcomeDocument>,
    /// Distinct system texts in the cache.
    pub system_texts: u64,
    /// Of these, how many are versions of a prompt in this repository's history.
    pub system_texts_known: u64,
}

/// One file.
#[derive(Debug, Serialize)]
pub struct FileDocument {
    /// Its name as typed, or found below what was typed.
    pub path: String,
    /// Its format.
    pub format: String,
    /// Share of its first records that have this format.
    pub confidence: f64,
    /// The same bytes were read before.
    pub unchanged: bool,
    /// What became of its records.
    pub counts: Counts,
    /// What they held.
    pub fidelity: crate::trace::reader::Fidelity,
    /// The first records that were set aside.
    pub set_aside: Vec<Aside>,
}

/// How many conversations went how.
#[derive(Debug, Serialize)]
pub struct OutcomeDocument {
    /// success, failure, unknown.
    pub outcome: Outcome,
    /// What that rests on.
    pub basis: String,
    /// How many.
    pub conversations: u64,
}

impl FileDocument {
    /// From a report.
    pub fn new(path: &str, report: &FileReport) -> Self {
        Self {
            path: path.to_string(),
            format: report.format.clone(),
            confidence: report.confidence,
            unchanged: report.unchanged,
            counts: report.counts,
            fidelity: report.fidelity.clone(),
            set_aside: report.set_aside.clone(),
        }
    }
}

/// The fidelity line of one file.
pub fn fidelity_line(path: &str, report: &FileReport) -> String {
    let (fidelity, counts) = (&report.fidelity, &report.counts);
    let share = |part: u64, whole: u64| percent(if whole == 0 { 1.0 } else { part as f64 / whole as f64 });
    let mut format = report.format.clone();
    if report.confidence < 1.0 {
        format.push_str(&format!(", {} sure", percent(report.confidence)));
    }
    let known = if report.unchanged { "unchanged: " } else { "" };
    let head = format!("{} ({format}): {known}", one_line(path));
    if fidelity.conversations == 0 {
        let aside =
            if counts.set_aside > 0 { format!("; {} set aside", thousands(counts.set_aside)) } else { String::new() };
        let silent = match fidelity.without_content {
            0 => String::new(),
            count => format!("; {} without a word of what was said", counted(count, "trace")),
        };
        let large = match fidelity.too_large {
            0 => String::new(),
            count => format!("; {} too large to be put together", counted(count, "session")),
        };
        let nothing = match counts.passed_over {
            0 => String::new(),
            count => format!("; {} with nothing of one", counted(count, "record")),
        };
        return format!("{head}no conversations{nothing}{silent}{large}{aside}");
    }
    let mut parts = vec![counted(fidelity.conversations, "conversation")];
    if !report.unchanged {
        let changes = [(fidelity.new, "new"), (fidelity.updated, "updated"), (fidelity.unchanged, "unchanged")];
        let changes: Vec<String> = changes
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{} {name}", thousands(*count)))
            .collect();
        if !changes.is_empty() {
            parts[0].push_str(&format!(" ({})", changes.join(", ")));
        }
    }
    parts.push(format!(
        "{}, {} with text",
        counted(fidelity.turns, "turn"),
        share(fidelity.turns_with_text, fidelity.speaking_turns)
    ));
    if fidelity.calls > 0 {
        parts.push(format!(
            "{}, {} with results",
            counted(fidelity.calls, "tool call"),
            share(fidelity.calls_with_result, fidelity.calls)
        ));
    }
    let flaws = [
        (fidelity.without_system, "without system prompt"),
        (fidelity.without_content, "traces without a word of what was said"),
        (fidelity.too_large, "sessions too large to be put together"),
        (fidelity.suspected_truncations, "suspected of truncation"),
        (fidelity.repaired, "repaired"),
        (counts.set_aside, "set aside"),
    ];
    parts.extend(
        flaws.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{} {name}", thousands(*count))),
    );
    format!("{head}{}", parts.join("; "))
}

/// Where the first set-aside records are and why, and how many more there are.
pub fn set_aside_lines(path: &str, report: &FileReport) -> Vec<String> {
    let mut lines: Vec<String> = report
        .set_aside
        .iter()
        .map(|record| {
            let place = format!("byte {}, {}", thousands(record.offset), counted(record.length, "byte"));
            format!("  {} at {place}: {}", excerpt(path, 60), record.reason)
        })
        .collect();
    let rest = report.counts.set_aside.saturating_sub(report.set_aside.len() as u64);
    if rest > 0 && !report.set_aside.is_empty() {
        lines.push(format!("  and {} more in {}", thousands(rest), excerpt(path, 60)));
    }
    lines
}

/// How far outcomes are known: `Outcomes: 84 success, 116 failure, 0 unknown (100 % known; 200 by score reward)`.
pub fn outcome_line(outcomes: &[(Outcome, String, u64)]) -> String {
    let count = |wanted: Outcome| -> u64 {
        outcomes.iter().filter(|(outcome, ..)| *outcome == wanted).map(|(.., count)| count).sum()
    };
    let (success, failure, unknown) = (count(Outcome::Success), count(Outcome::Failure), count(Outcome::Unknown));
    let all = success + failure + unknown;
    let mut bases: Vec<(&str, u64)> = Vec::new();
    for (outcome, basis, count) in outcomes.iter().filter(|(outcome, ..)| *outcome != Outcome::Unknown) {
        debug_assert_ne!(*outcome, Outcome::Unknown);
        match bases.iter_mut().find(|(known, _)| known == basis) {
            Some((_, sum)) => *sum += count,
            None => bases.push((basis, *count)),
        }
    }
    bases.sort_by_key(|(basis, count)| (u64::MAX - count, *basis));
    let mut known = format!("{} known", percent(if all == 0 { 0.0 } else { (success + failure) as f64 / all as f64 }));
    for (basis, count) in bases.iter().take(3) {
        known.push_str(&format!("; {} by {}", thousands(*count), excerpt(basis, 40)));
    }
    format!(
        "Outcomes: {} success, {} failure, {} unknown ({known})",
        thousands(success),
        thousands(failure),
        thousands(unknown)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::Fidelity;

    fn report() -> FileReport {
        FileReport {
            format: "chat messages".to_string(),
            confidence: 1.0,
            counts: Counts { seen: 203, inserted: 150, merged: 10, duplicate: 40, passed_over: 0, set_aside: 3 },
            fidelity: Fidelity {
                conversations: 200,
                new: 150,
                updated: 10,
                unchanged: 40,
                turns: 2000,
                speaking_turns: 1500,
                turns_with_text: 1480,
                calls: 1164,
                calls_with_result: 1164,
                without_system: 4,
                ..Fidelity::default()
            },
            set_aside: vec![Aside {
                offset: 1234,
                length: 1,
                code: "cut".to_string(),
                reason: "it ends in the middle of the record".to_string(),
            }],
            unchanged: false,
            by_lines: true,
        }
    }

    #[test]
    fn the_fidelity_line_says_everything_once() {
        assert_eq!(
            fidelity_line("a.jsonl", &report()),
            "a.jsonl (chat messages): 200 conversations (150 new, 10 updated, 40 unchanged); 2,000 turns, 99 % with text; \
             1,164 tool calls, 100 % with results; 4 without system prompt; 3 set aside"
        );
        let again = FileReport { unchanged: true, confidence: 0.5, ..report() };
        assert!(
            fidelity_line("a.jsonl", &again)
                .starts_with("a.jsonl (chat messages, 50 % sure): unchanged: 200 conversations;")
        );
    }

    #[test]
    fn set_aside_records_are_listed_with_place_and_reason() {
        assert_eq!(
            set_aside_lines("a\x1b.jsonl", &report()),
            [
                "  a\\x1b.jsonl at byte 1,234, 1 byte: it ends in the middle of the record",
                "  and 2 more in a\\x1b.jsonl"
            ]
        );
    }

    #[test]
    fn outcomes_name_what_they_rest_on() {
        let outcomes = [
            (Outcome::Failure, "score reward".to_string(), 100),
            (Outcome::Failure, "signals".to_string(), 16),
            (Outcome::Success, "score reward".to_string(), 84),
            (Outcome::Unknown, "nothing".to_string(), 50),
        ];
        assert_eq!(
            outcome_line(&outcomes),
            "Outcomes: 84 success, 116 failure, 50 unknown (80 % known; 184 by score reward; 16 by signals)"
        );
    }
}
