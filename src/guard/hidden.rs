//! Characters that a reviewer does not see, or takes for others, in what a change adds.

use super::lines::hunks;
use super::{Rule, Violation};
use std::collections::BTreeSet;

/// Runs of white space within a line longer than this push text out of a reviewer's sight.
const MOST_SPACES: usize = 200;

/// What is hidden in the lines that lead from `before` to `after`.
pub fn find(path: &str, before: &str, after: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    for hunk in hunks(before, after) {
        let old = before.get(hunk.before.clone()).unwrap_or("");
        for (index, line) in after.get(hunk.after.clone()).unwrap_or("").lines().enumerate() {
            let names: BTreeSet<String> = hidden(line).into_iter().filter(|name| !hidden(old).contains(name)).collect();
            let at = hunk.line + index;
            if !names.is_empty() {
                let list = names.into_iter().collect::<Vec<_>>().join(", ");
                let explanation = format!("the line holds what a reader does not see: {list}");
                let advice = "Remove these characters; write plain text.";
                found.push(Violation::new(Rule::HiddenCharacters, path, explanation, advice).at_line(at));
            }
            if let Some(word) = mixed_word(line).filter(|word| !old.contains(word)) {
                let explanation = format!("the word `{word}` mixes letters that look alike from different scripts");
                let advice = "Write the word in one script.";
                found.push(Violation::new(Rule::HiddenCharacters, path, explanation, advice).at_line(at));
            }
        }
    }
    found
}

/// Names of the hidden things in `line`.
fn hidden(line: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut previous = ' ';
    let mut spaces = 0;
    for (at, character) in line.char_indices() {
        let mark = at == 0 && character == '\u{feff}';
        if is_hidden(character) && !mark && !joins(previous, character) {
            names.insert(format!("U+{:04X}", u32::from(character)));
        }
        spaces = if character.is_whitespace() { spaces + 1 } else { 0 };
        if spaces > MOST_SPACES {
            names.insert(format!("more than {MOST_SPACES} spaces in a row"));
        }
        previous = character;
    }
    names
}

/// Controls, direction marks, zero-width characters, tags, fillers and variation selectors of the supplement.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{b}'..='\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Joiners are a part of many emoji and of the spelling of several scripts.
fn joins(previous: char, character: char) -> bool {
    match character {
        '\u{200d}' => {
            matches!(previous, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}')
                || joins_letters(previous)
        }
        '\u{200c}' => joins_letters(previous),
        _ => false,
    }
}

fn joins_letters(previous: char) -> bool {
    matches!(previous, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{1780}'..='\u{17ff}')
}

/// A word with Latin letters and Cyrillic or Greek ones.
fn mixed_word(line: &str) -> Option<&str> {
    line.split(|character: char| !character.is_alphanumeric()).find(|word| {
        let latin = word.chars().any(|character| character.is_ascii_alphabetic());
        let other = word.chars().any(|character| matches!(character, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}'));
        // A single Greek letter is a symbol: `Δt`, `kΩ`, `µs`.
        let symbol = word.chars().filter(|character| matches!(character, '\u{370}'..='\u{3ff}')).count() == 1
            && word.chars().count() <= 3;
        latin && other && !symbol
    })
}
