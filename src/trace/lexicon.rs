//! Phrase packs: which words of a turn show which kind of feedback. A pack is a data file; a language without one
//! has no phrases, and only the signals that need no words remain.

use rustc_hash::FxHashMap;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;

/// What a phrase shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    Correction,
    /// A correction only where the agent had not asked anything.
    CorrectionAfterStatement,
    Frustration,
    Profanity,
    Escalation,
    Apology,
    Thanks,
    Praise,
    NewGoal,
    /// At the start of a turn: it answers the agent.
    Answer,
    Contrast,
    Neutral,
    Stop,
}

const SECTIONS: [(&str, Shows); 13] = [
    ("correction", Shows::Correction),
    ("correction after a statement", Shows::CorrectionAfterStatement),
    ("frustration", Shows::Frustration),
    ("profanity", Shows::Profanity),
    ("escalation", Shows::Escalation),
    ("apology", Shows::Apology),
    ("thanks", Shows::Thanks),
    ("praise", Shows::Praise),
    ("new goal", Shows::NewGoal),
    ("answer", Shows::Answer),
    ("contrast", Shows::Contrast),
    ("neutral", Shows::Neutral),
    ("stop", Shows::Stop),
];

/// The English pack.
pub(super) static ENGLISH: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::parse(include_str!("phrases/en.txt")));

/// The text of all packs, for a digest of the rules.
pub(super) const PACKS: &str = include_str!("phrases/en.txt");

/// A phrase in a turn: what it shows and its first token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) shows: Shows,
    pub(super) token: usize,
}

/// One pack.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    /// By first word: the phrases, longest first.
    phrases: FxHashMap<String, Vec<(Vec<String>, Shows)>>,
    stop: Vec<String>,
}

impl Lexicon {
    /// Reads a pack. A line under no known section is left out; the tests hold the packs to having none.
    fn parse(text: &str) -> Self {
        let mut lexicon = Self::default();
        let mut section = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = SECTIONS.iter().find(|(known, _)| *known == name).map(|(_, shows)| *shows);
                continue;
            }
            let words: Vec<String> = line.split_whitespace().map(str::to_string).collect();
            match (section, words.first()) {
                (Some(Shows::Stop), Some(_)) => lexicon.stop.extend(words),
                (Some(shows), Some(first)) => {
                    lexicon.phrases.entry(first.clone()).or_default().push((words, shows));
                }
                _ => {}
            }
        }
        for phrases in lexicon.phrases.values_mut() {
            phrases.sort_by_key(|(words, _)| usize::MAX - words.len());
        }
        lexicon.stop.sort();
        lexicon
    }

    /// The phrases in `tokens`, left to right. At each place the longest wins and its words are used up.
    pub(super) fn find(&self, tokens: &[String]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let here = self.phrases.get(&tokens[at]).into_iter().flatten();
            let phrase = here
                .filter(|(words, _)| tokens[at..].starts_with(words))
                .map(|(words, shows)| (words.len(), *shows))
                .next();
            match phrase {
                Some((length, shows)) => {
                    found.push(Found { shows, token: at });
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }

    /// Whether a word says nothing about what a turn is about.
    pub(super) fn is_stop(&self, word: &str) -> bool {
        self.stop.binary_search_by(|stop| stop.as_str().cmp(word)).is_ok()
    }
}

/// Words in lower case after NFKC, with inner apostrophes made straight; `, . ! ?` are tokens of their own and every
/// other mark is dropped.
pub(super) fn tokens(text: &str) -> Vec<String> {
    // Most turns are plain ASCII, which NFKC leaves as it is.
    let text: String =
        if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfkc().flat_map(char::to_lowercase).collect() };
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let apostrophe = matches!(character, '\'' | '’' | '‘' | 'ʼ');
        if character.is_alphanumeric() {
            word.push(character);
        } else if apostrophe && !word.is_empty() && characters.peek().is_some_and(|next| next.is_alphanumeric()) {
            word.push('\'');
        } else {
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            if matches!(character, ',' | '.' | '!' | '?') {
                tokens.push(character.to_string());
            }
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_pack_is_a_phrase_in_the_form_that_turns_are_compared_in() {
        let mut section = None;
        for line in PACKS.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                assert!(SECTIONS.iter().any(|(known, _)| *known == name), "unknown section {name}");
                section = Some(name);
                continue;
            }
            assert!(section.is_some(), "{line} is under no section");
            assert_eq!(tokens(line).join(" "), line, "written otherwise than compared");
        }
    }

    #[test]
    fn every_phrase_finds_itself() {
        for (first, phrases) in &ENGLISH.phrases {
            for (words, shows) in phrases {
                let found = ENGLISH.find(words);
                assert_eq!(found.first(), Some(&Found { shows: *shows, token: 0 }), "{first}: {words:?}");
            }
        }
    }

    #[test]
    fn tokens_are_words_and_the_marks_that_matter() {
        assert_eq!(tokens("No, that’s NOT it!"), ["no", ",", "that's", "not", "it", "!"]);
        assert_eq!(tokens("'quoted' (x-y)"), ["quoted", "x", "y"]);
    }

    #[test]
    fn the_longest_phrase_hides_the_shorter_ones_in_it() {
        let shows =
            |text: &str| -> Vec<Shows> { ENGLISH.find(&tokens(text)).iter().map(|found| found.shows).collect() };
        assert_eq!(shows("thanks for nothing"), [Shows::Frustration]);
        assert_eq!(shows("no problem"), [Shows::Neutral]);
        assert_eq!(shows("no, thank you"), [Shows::Neutral]);
        assert_eq!(shows("I said thank you"), [Shows::Neutral]);
        assert_eq!(shows("thank you"), [Shows::Thanks]);
    }
}
