//! Phrase packs: which words of a turn show which kind of feedback. A pack is a data file; a language without one
//! has no phrases, and only the signals that need no words remain.

use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

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
    stop: FxHashSet<String>,
    /// Of each apology the longest word: a text without any of them holds none.
    apologies: Vec<String>,
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
        let apologies = lexicon.phrases.values().flatten().filter(|(_, shows)| *shows == Shows::Apology);
        let longest = apologies.filter_map(|(words, _)| words.iter().max_by_key(|word| word.len()).cloned());
        let longest: BTreeSet<String> = longest.collect();
        lexicon.apologies = longest.into_iter().collect();
        lexicon
    }

    /// The phrases in `tokens`, left to right. At each place the longest wins and its words are used up.
    pub(super) fn find(&self, tokens: &Tokens) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let here = tokens.get(at).and_then(|word| self.phrases.get(word)).into_iter().flatten();
            let phrase = here
                .filter(|(words, _)| tokens.starts_with(at, words))
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
        self.stop.contains(word)
    }

    /// Whether a text may hold an apology: cheaper to ask than to look.
    pub(super) fn may_apologize(&self, text: &str) -> bool {
        // Other scripts and marks are folded when a text is looked at closely.
        if !text.is_ascii() {
            return true;
        }
        let lower = text.to_ascii_lowercase();
        self.apologies.iter().any(|word| memchr::memmem::find(lower.as_bytes(), word.as_bytes()).is_some())
    }
}

/// The words and marks of a text, one after the other in one buffer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    text: String,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Tokens {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(index)?)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    fn starts_with(&self, at: usize, words: &[String]) -> bool {
        words.iter().enumerate().all(|(offset, word)| self.get(at + offset) == Some(word))
    }

    /// Ends the word that is being written, if there is one.
    fn end(&mut self) {
        if self.text.len() > self.ends.last().copied().unwrap_or(0) {
            self.ends.push(self.text.len());
        }
    }

    fn is_in_word(&self) -> bool {
        self.text.len() > self.ends.last().copied().unwrap_or(0)
    }
}

/// Words in lower case after NFKC, with inner apostrophes made straight; `, . ! ?` are tokens of their own and every
/// other mark is dropped.
pub(super) fn tokens(text: &str) -> Tokens {
    let mut tokens = Tokens { text: String::with_capacity(text.len()), ends: Vec::with_capacity(text.len() / 5 + 1) };
    // Most turns are plain ASCII, which NFKC leaves as it is.
    if text.is_ascii() {
        let bytes = text.as_bytes();
        for (index, byte) in bytes.iter().enumerate() {
            if byte.is_ascii_alphanumeric() {
                tokens.text.push(char::from(byte.to_ascii_lowercase()));
            } else if *byte == b'\''
                && tokens.is_in_word()
                && bytes.get(index + 1).is_some_and(u8::is_ascii_alphanumeric)
            {
                tokens.text.push('\'');
            } else {
                tokens.end();
                if matches!(byte, b',' | b'.' | b'!' | b'?') {
                    tokens.text.push(char::from(*byte));
                    tokens.end();
                }
            }
        }
        tokens.end();
        return tokens;
    }
    let normal: String = match is_nfkc_quick(text.chars()) {
        IsNormalized::Yes => text.chars().flat_map(char::to_lowercase).collect(),
        _ => text.nfkc().flat_map(char::to_lowercase).collect(),
    };
    let mut characters = normal.chars().peekable();
    while let Some(character) = characters.next() {
        let apostrophe = matches!(character, '\'' | '’' | '‘' | 'ʼ');
        if character.is_alphanumeric() {
            tokens.text.push(character);
        } else if apostrophe && tokens.is_in_word() && characters.peek().is_some_and(|next| next.is_alphanumeric()) {
            tokens.text.push('\'');
        } else {
            tokens.end();
            if matches!(character, ',' | '.' | '!' | '?') {
                tokens.text.push(character);
                tokens.end();
            }
        }
    }
    tokens.end();
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
            assert_eq!(tokens(line).iter().collect::<Vec<_>>().join(" "), line, "written otherwise than compared");
        }
    }

    #[test]
    fn every_phrase_finds_itself() {
        for (first, phrases) in &ENGLISH.phrases {
            for (words, shows) in phrases {
                let found = ENGLISH.find(&tokens(&words.join(" ")));
                assert_eq!(found.first(), Some(&Found { shows: *shows, token: 0 }), "{first}: {words:?}");
            }
        }
    }

    #[test]
    fn tokens_are_words_and_the_marks_that_matter() {
        let words = |text: &str| tokens(text).iter().map(str::to_string).collect::<Vec<_>>();
        assert_eq!(words("No, that’s NOT it!"), ["no", ",", "that's", "not", "it", "!"]);
        assert_eq!(words("'quoted' (x-y)"), ["quoted", "x", "y"]);
        assert_eq!(words(""), [""; 0]);
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

    proptest::proptest! {
        #[test]
        fn plain_text_is_cut_as_any_other(text in "[a-zA-Z0-9 ',.!?()\\-]{0,40}") {
            // A mark that is dropped anyway sends the text the longer way.
            let long = tokens(&format!("{text} –"));
            proptest::prop_assert_eq!(tokens(&text), long);
        }

        #[test]
        fn no_apology_is_overlooked(before in "[a-z ,.]{0,20}", index in proptest::prelude::any::<proptest::sample::Index>(), after in "[a-z ,.]{0,20}") {
            let apologies: Vec<&Vec<String>> =
                ENGLISH.phrases.values().flatten().filter(|(_, shows)| *shows == Shows::Apology).map(|(words, _)| words).collect();
            let text = format!("{before} {} {after}", apologies[index.index(apologies.len())].join(" "));
            proptest::prop_assert!(ENGLISH.may_apologize(&text));
        }
    }
}
