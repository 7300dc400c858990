//! How much a proposal may change.

use super::lines::hunks;
use super::token::drift;
use super::{Change, Rule, Violation};
use crate::prompt::PromptFile;
use crate::prompt::config::Limits;

const SMALLER: &str = "Make the change smaller.";

/// Hunks, lines and tokens of all files together; drift of each prompt.
pub(super) fn sizes(changes: &[Change], limits: &Limits, found: &mut Vec<Violation>) {
    let (mut places, mut lines, mut added, mut removed) = (0, 0, 0, 0);
    for change in changes {
        let hunks = hunks(&change.before, &change.after);
        places += hunks.len();
        lines += hunks.iter().map(|hunk| hunk.added + hunk.removed).sum::<usize>();
        let moved = drift(&change.before, &change.after);
        added += moved.added;
        removed += moved.removed;
        if change.prompt {
            found.extend(drifted(&change.path, &change.before, &change.after, "this change", limits.drift_one, limits));
        }
    }
    let Some(first) = changes.first() else { return };
    let totals = [
        (Rule::Hunks, places, limits.hunks, "places changed"),
        (Rule::ChangedLines, lines, limits.changed_lines, "lines changed"),
        (Rule::AddedTokens, added, limits.added_tokens, "tokens added"),
        (Rule::RemovedTokens, removed, limits.removed_tokens, "tokens removed"),
    ];
    for (rule, count, limit, what) in totals {
        if count > limit {
            found.push(Violation::new(rule, &first.path, format!("{count} {what}, {limit} at most"), SMALLER));
        }
    }
}

/// The drift of the prompt `path` to `after` from the last version that people made, and from the one in force 90
/// days ago, where these are known: what [`super::check`] cannot see from base and head alone.
pub fn drift_since(
    path: &str,
    last_human: Option<&str>,
    ninety_days_ago: Option<&str>,
    after: &str,
    limits: &Limits,
) -> Vec<Violation> {
    let ways = [
        (last_human, "all proposals since people last wrote it", limits.drift_all),
        (ninety_days_ago, "90 days of proposals", limits.drift_90_days),
    ];
    let known = ways.iter().filter_map(|(before, what, limit)| before.map(|before| (before, *what, *limit)));
    known.filter_map(|(before, what, limit)| drifted(path, before, after, what, limit, limits)).collect()
}

fn drifted(path: &str, before: &str, after: &str, what: &str, limit: f64, limits: &Limits) -> Option<Violation> {
    let moved = drift(before, after);
    if moved.share <= limit || moved.added + moved.removed <= limits.drift_tokens {
        return None;
    }
    let explanation =
        format!("{what} would make a drift of {:.1} %, {:.0} % at most", 100.0 * moved.share, 100.0 * limit);
    let advice = "Let people revise the prompt first, or make the change smaller.";
    Some(Violation::new(Rule::Drift, path, explanation, advice))
}

/// Learned rules are added one by one, short, few, and never replace each other.
pub(super) fn learned_rules(before: &PromptFile, after: &PromptFile, limits: &Limits, found: &mut Vec<Violation>) {
    let (old, new) = (before.learned_rules().rules, after.learned_rules().rules);
    if new.len() > limits.learned_rules && new.len() > old.len() {
        let explanation = format!("{} learned rules, {} at most", new.len(), limits.learned_rules);
        let advice = "Let people consolidate the learned rules first.";
        found.push(Violation::new(Rule::LearnedRules, &after.path, explanation, advice));
    }
    let mut rest = new.iter();
    for rule in &old {
        if !rest.any(|other| other.text == rule.text) {
            let line = before.position(rule.range.start).line;
            let explanation = "an earlier learned rule is gone or rewritten";
            let advice = "Add a new rule and leave the others as they are.";
            found.push(Violation::new(Rule::RuleLost, &after.path, explanation, advice).at_line(line));
            break;
        }
    }
    for rule in new.iter().filter(|rule| !old.iter().any(|other| other.text == rule.text)) {
        let words = rule.text.split_whitespace().count();
        if words > limits.rule_words {
            let line = after.position(rule.range.start).line;
            let explanation = format!("a learned rule of {words} words, {} at most", limits.rule_words);
            found.push(Violation::new(Rule::RuleWords, &after.path, explanation, SMALLER).at_line(line));
        }
    }
}
