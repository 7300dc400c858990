//! Phrase packs: which words of a turn show which kind of feedback, one data file a language. A language without one
//! has no phrases, and only the signals that need no words remain.

mod tokens;

pub(super) use tokens::{Tokens, is_spaceless};

use crate::digest::Digest;
use regex::Regex;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

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
}

/// The sections of a pack. Words under `[stop]` say nothing about what a turn is about, and tell the language.
const SECTIONS: [(&str, Option<Shows>); 13] = [
    ("correction", Some(Shows::Correction)),
    ("correction after a statement", Some(Shows::CorrectionAfterStatement)),
    ("frustration", Some(Shows::Frustration)),
    ("profanity", Some(Shows::Profanity)),
    ("escalation", Some(Shows::Escalation)),
    ("apology", Some(Shows::Apology)),
    ("thanks", Some(Shows::Thanks)),
    ("praise", Some(Shows::Praise)),
    ("new goal", Some(Shows::NewGoal)),
    ("answer", Some(Shows::Answer)),
    ("contrast", Some(Shows::Contrast)),
    ("neutral", Some(Shows::Neutral)),
    ("stop", None),
];

/// The packs. The first is taken where nothing tells the language.
const FILES: [(&str, &str); 1] = [("en", include_str!("phrases/en.txt"))];

/// All packs, read once.
pub(super) static PACKS: LazyLock<Packs> = LazyLock::new(|| Packs::read(&FILES));

/// Digest of all packs' texts.
pub(super) fn digest() -> Digest {
    Digest::of_fields(FILES.iter().flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]))
}

/// A phrase in a turn: what it shows and its first token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) shows: Shows,
    pub(super) token: usize,
}

/// A word of some pack, by number; 0 is every other word.
type Word = u32;

/// One pack's index in [`FILES`].
type Language = usize;

/// Packs with a common list of words, so that a text is looked up once.
#[derive(Debug, Default)]
pub(super) struct Packs {
    words: FxHashMap<String, Word>,
    /// By word: the packs in which it is a stop word, as bits.
    stop_in: Vec<u16>,
    packs: Vec<Pack>,
}

/// One language.
#[derive(Debug, Default)]
pub(super) struct Pack {
    language: Language,
    /// By first word: the phrases, longest first.
    phrases: FxHashMap<Word, Vec<(Vec<Word>, Shows)>>,
    /// Finds a word of every apology; a text without one needs no closer look. `None`: no apologies.
    apologies: Option<Regex>,
}

/// A text as the packs see it.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) tokens: Tokens,
    words: Vec<Word>,
}

impl Packs {
    /// Reads packs. A line under no known section is left out; the tests hold the packs to having none.
    fn read(files: &[(&str, &str)]) -> Self {
        let mut packs = Self { stop_in: vec![0], ..Self::default() };
        for (language, (_, text)) in files.iter().enumerate() {
            let mut pack = Pack { language, ..Pack::default() };
            let mut apologies = Vec::new();
            let mut section = None;
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
                if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                    section = SECTIONS.iter().find(|(known, _)| *known == name).map(|(_, shows)| *shows);
                    continue;
                }
                let tokens = Tokens::of(line);
                let words: Vec<Word> = tokens.words().map(|word| packs.number(word)).collect();
                match (section, words.first()) {
                    (Some(None), _) => {
                        let mask = 1_u16.checked_shl(u32::try_from(language).unwrap_or(0)).unwrap_or(0);
                        for word in &words {
                            if let Some(stop_in) = packs.stop_in.get_mut(*word as usize) {
                                *stop_in |= mask;
                            }
                        }
                    }
                    (Some(Some(shows)), Some(first)) => {
                        if shows == Shows::Apology {
                            let longest = tokens.words().max_by_key(|word| word.len()).unwrap_or_default();
                            let spaceless = line.chars().any(is_spaceless);
                            apologies.push(regex::escape(if spaceless { line } else { longest }));
                        }
                        pack.phrases.entry(*first).or_default().push((words, shows));
                    }
                    _ => {}
                }
            }
            for phrases in pack.phrases.values_mut() {
                phrases.sort_by_key(|(words, _)| usize::MAX - words.len());
            }
            apologies.sort();
            apologies.dedup();
            let any = format!("(?i)(?:{})", apologies.join("|"));
            pack.apologies = Regex::new(&any).ok().filter(|_| !apologies.is_empty());
            packs.packs.push(pack);
        }
        packs
    }

    fn number(&mut self, word: &str) -> Word {
        if let Some(known) = self.words.get(word) {
            return *known;
        }
        let new = Word::try_from(self.stop_in.len()).unwrap_or(0);
        self.stop_in.push(0);
        self.words.insert(word.to_string(), new);
        new
    }

    /// Looks a text up.
    pub(super) fn look_up(&self, text: &str) -> Reading {
        let tokens = Tokens::of(text);
        let words = tokens.words().map(|word| self.words.get(word).copied().unwrap_or(0)).collect();
        Reading { tokens, words }
    }

    /// The pack for what one person says: by its script where that is telling, else by the stop words in it.
    pub(super) fn of<'a>(&self, readings: impl Iterator<Item = &'a Reading>) -> &Pack {
        let mut scores = vec![0_u32; self.packs.len()];
        let (mut kana, mut han, mut indic, mut all) = (0_u32, 0_u32, 0_u32, 0_u32);
        for reading in readings {
            for (index, word) in reading.words.iter().enumerate() {
                let mask = self.stop_in.get(*word as usize).copied().unwrap_or(0);
                if mask != 0 {
                    // A word of many languages tells little of each.
                    let weight = 60 / mask.count_ones();
                    for (language, score) in scores.iter_mut().enumerate() {
                        *score += weight * u32::from(mask >> language & 1);
                    }
                }
                let first = reading.tokens.word(index).chars().next().unwrap_or(' ');
                all += u32::from(first.is_alphanumeric());
                match first {
                    '\u{3040}'..='\u{30ff}' => kana += 1,
                    '\u{900}'..='\u{97f}' => indic += 1,
                    other => han += u32::from(is_spaceless(other)),
                }
            }
        }
        let script = match () {
            () if kana > 0 && (kana + han) * 3 > all => Some("ja"),
            () if han * 3 > all => Some("zh"),
            () if indic * 3 > all => Some("hi"),
            () => None,
        };
        let by_script = script.and_then(|name| FILES.iter().position(|(known, _)| *known == name));
        let by_words = || {
            let best = scores.iter().copied().max().unwrap_or(0);
            scores.iter().position(|score| *score == best).unwrap_or(0)
        };
        static NONE: LazyLock<Pack> = LazyLock::new(Pack::default);
        self.packs.get(by_script.unwrap_or_else(by_words)).unwrap_or(&NONE)
    }

    /// Whether a token says nothing about what a turn is about.
    pub(super) fn is_stop(&self, pack: &Pack, reading: &Reading, token: usize) -> bool {
        let word = reading.words.get(token).copied().unwrap_or(0);
        let mask = self.stop_in.get(word as usize).copied().unwrap_or(0);
        mask.checked_shr(u32::try_from(pack.language).unwrap_or(u32::MAX)).unwrap_or(0) & 1 == 1
    }
}

impl Pack {
    /// The phrases in a text, left to right. At each place the longest wins and its words are used up.
    pub(super) fn find(&self, reading: &Reading) -> Vec<Found> {
        let words = &reading.words;
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
            let here = rest.first().and_then(|word| self.phrases.get(word)).into_iter().flatten();
            match here.into_iter().find(|(phrase, _)| rest.starts_with(phrase)) {
                Some((phrase, shows)) => {
                    found.push(Found { shows: *shows, token: at });
                    at += phrase.len();
                }
                None => at += 1,
            }
        }
        found
    }

    /// Whether an agent's turn apologises.
    pub(super) fn apologises(&self, packs: &Packs, text: &str) -> bool {
        let may = self.apologies.as_ref().is_some_and(|any| any.is_match(text));
        may && self.find(&packs.look_up(text)).iter().any(|found| found.shows == Shows::Apology)
    }
}

#[cfg(test)]
mod tests;
