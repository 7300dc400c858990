//! Phrase packs: which words of a turn show which kind of feedback. A pack is a data file; a language without one
//! has no phrases, and only the signals that need no words remain.

use aho_corasick::AhoCorasick;
use rustc_hash::FxHashMap;
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
    /// An escalation only where the turn says nothing else: "agent".
    EscalationAlone,
    Apology,
    Thanks,
    Praise,
    NewGoal,
    /// A word before what is denied: "Monday, not Tuesday".
    Denial,
    /// At the start of a turn: it answers the agent.
    Answer,
    Contrast,
    Neutral,
    Stop,
}

const SECTIONS: [(&str, Shows); 15] = [
    ("correction", Shows::Correction),
    ("correction after a statement", Shows::CorrectionAfterStatement),
    ("frustration", Shows::Frustration),
    ("profanity", Shows::Profanity),
    ("escalation", Shows::Escalation),
    ("escalation alone", Shows::EscalationAlone),
    ("apology", Shows::Apology),
    ("thanks", Shows::Thanks),
    ("praise", Shows::Praise),
    ("new goal", Shows::NewGoal),
    ("denial", Shows::Denial),
    ("answer", Shows::Answer),
    ("contrast", Shows::Contrast),
    ("neutral", Shows::Neutral),
    ("stop", Shows::Stop),
];

/// The packs, by ISO 639-1 code of the language. The first is for what no stop word tells.
const PACKS: [(&str, &str); 10] = [
    ("en", include_str!("phrases/en.txt")),
    ("es", include_str!("phrases/es.txt")),
    ("fr", include_str!("phrases/fr.txt")),
    ("de", include_str!("phrases/de.txt")),
    ("pt", include_str!("phrases/pt.txt")),
    ("it", include_str!("phrases/it.txt")),
    ("nl", include_str!("phrases/nl.txt")),
    ("ja", include_str!("phrases/ja.txt")),
    ("zh", include_str!("phrases/zh.txt")),
    ("hi", include_str!("phrases/hi.txt")),
];

/// How much more often the words of one language must be there than those of any other before nothing else is asked.
const CLEAR: u32 = 4;

/// Of each of the agent's turns so many characters are looked at where the user's do not tell the language.
const GLIMPSE: usize = 400;

static LEXICONS: LazyLock<Lexicons> = LazyLock::new(Lexicons::new);

/// The text of all packs, for a digest of the rules.
pub(super) fn packs() -> impl Iterator<Item = &'static [u8]> {
    PACKS.iter().map(|(_, text)| text.as_bytes())
}

struct Lexicons {
    all: Vec<Lexicon>,
    words: FxHashMap<String, Known>,
}

impl Lexicons {
    fn new() -> Self {
        let mut words: FxHashMap<String, Known> = FxHashMap::default();
        let read = |(index, (_, text)): (usize, &(&str, &str))| Lexicon::parse(text, 1 << index, &mut words);
        let all = PACKS.iter().enumerate().map(read).collect();
        Self { all, words }
    }
}

/// What the packs know of a word, a bit for each language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// It says nothing about what a turn is about.
    pub(super) stop: u16,
    /// A phrase begins with it.
    pub(super) begins: u16,
}

/// What is known of a token.
pub(super) fn known(token: &str) -> Known {
    LEXICONS.words.get(token).copied().unwrap_or_default()
}

/// The lexicon of the language that a user writes, told by stop words; where the user's leave it open, by the agent's
/// too, and at last by the first words of phrases: a turn of one word has no other.
pub(super) fn lexicon_of<'a>(
    users: impl Iterator<Item = Known>,
    agents: impl Iterator<Item = &'a str>,
) -> &'static Lexicon {
    let (mut counts, mut phrases) = ([0_u32; PACKS.len()], [0_u32; PACKS.len()]);
    users.for_each(|word| {
        count(&mut counts, word.stop);
        count(&mut phrases, word.begins);
    });
    if !is_clear(&counts) {
        for text in agents {
            let end = text.char_indices().nth(GLIMPSE).map_or(text.len(), |(end, _)| end);
            tokens(&text[..end]).iter().for_each(|token| count(&mut counts, known(token).stop));
        }
    }
    let most = counts.iter().zip(&phrases).max();
    let chosen = counts.iter().zip(&phrases).position(|count| Some(count) == most).unwrap_or(0);
    // There is one for each pack.
    &LEXICONS.all[chosen]
}

/// Counts a word for each language that has a bit.
fn count(counts: &mut [u32], bits: u16) {
    let mut left = bits;
    while left != 0 {
        if let Some(count) = counts.get_mut(left.trailing_zeros() as usize) {
            *count += 1;
        }
        left &= left - 1;
    }
}

/// Whether one language is far ahead.
fn is_clear(counts: &[u32]) -> bool {
    let (mut first, mut second) = (0, 0);
    for &count in counts {
        (first, second) = if count > first { (count, first) } else { (first, second.max(count)) };
    }
    first - second >= CLEAR
}

/// A phrase in a turn: what it shows, its first token and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) shows: Shows,
    pub(super) token: usize,
    pub(super) length: usize,
}

/// One pack.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    /// By first word: the phrases, longest first.
    phrases: FxHashMap<String, Vec<(Vec<String>, Shows)>>,
    /// The bit of its language.
    bit: u16,
    /// Finds of each apology the longest word: a text without any of them holds none.
    apologies: Option<AhoCorasick>,
}

impl Lexicon {
    /// Reads a pack, and adds its stop words to those of all. A line under no known section is left out; the tests
    /// hold the packs to having none.
    fn parse(text: &str, bit: u16, known: &mut FxHashMap<String, Known>) -> Self {
        let mut lexicon = Self { bit, ..Self::default() };
        let mut section = None;
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = SECTIONS.iter().find(|(known, _)| *known == name).map(|(_, shows)| *shows);
                continue;
            }
            let words: Vec<String> = tokens(line).iter().map(str::to_string).collect();
            match (section, words.first()) {
                (Some(Shows::Stop), Some(_)) => {
                    words.into_iter().for_each(|word| known.entry(word).or_default().stop |= bit);
                }
                (Some(shows), Some(first)) => {
                    known.entry(first.clone()).or_default().begins |= bit;
                    lexicon.phrases.entry(first.clone()).or_default().push((words, shows));
                }
                _ => {}
            }
        }
        for phrases in lexicon.phrases.values_mut() {
            phrases.sort_by_key(|(words, _)| usize::MAX - words.len());
        }
        let apologies = lexicon.phrases.values().flatten().filter(|(_, shows)| *shows == Shows::Apology);
        let longest = apologies.filter_map(|(words, _)| words.iter().max_by_key(|word| word.len()));
        let longest: BTreeSet<String> = longest.flat_map(|word| [word.clone(), word.to_uppercase()]).collect();
        // Of so few words it can always be made.
        lexicon.apologies = AhoCorasick::builder().ascii_case_insensitive(true).build(&longest).ok();
        lexicon
    }

    /// The phrases in `tokens`, left to right. At each place the longest wins and its words are used up.
    pub(super) fn find(&self, tokens: &Tokens) -> Vec<Found> {
        self.find_among(tokens, |_| true)
    }

    /// As [`Lexicon::find`], where it is known at which tokens a phrase may begin.
    pub(super) fn find_among(&self, tokens: &Tokens, may_begin: impl Fn(usize) -> bool) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let here = if may_begin(at) { tokens.get(at).and_then(|word| self.phrases.get(word)) } else { None };
            let phrase = here
                .into_iter()
                .flatten()
                .filter(|(words, _)| tokens.starts_with(at, words))
                .map(|(words, shows)| (words.len(), *shows))
                .next();
            match phrase {
                Some((length, shows)) => {
                    found.push(Found { shows, token: at, length });
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }

    /// The bit of its language in [`languages_of`].
    pub(super) fn bit(&self) -> u16 {
        self.bit
    }

    /// Whether a text may hold an apology: cheaper to ask than to look.
    pub(super) fn may_apologize(&self, text: &str) -> bool {
        // Wide letters and loose accents are folded when a text is looked at closely.
        memchr::memchr3(0xef, 0xcc, 0xcd, text.as_bytes()).is_some()
            || self.apologies.as_ref().is_none_or(|words| words.is_match(text))
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

/// Marks inside words of Indian scripts which Unicode does not count as letters: virama and nukta.
fn is_joining(character: char) -> bool {
    matches!(character, '\u{93c}' | '\u{94d}')
}

/// Characters of scripts that write no spaces between words.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Words in lower case after NFKC, with inner apostrophes made straight; each Han, Hiragana and Katakana character is a
/// token, and so is each of `, . ! ?`; every other mark is dropped.
pub(super) fn tokens(text: &str) -> Tokens {
    let tokens = Tokens { text: String::with_capacity(text.len()), ends: Vec::with_capacity(text.len() / 5 + 1) };
    // Most turns are plain ASCII, and of most others NFKC changes nothing.
    if text.is_ascii() || is_nfkc_quick(text.chars().filter(|character| !character.is_ascii())) == IsNormalized::Yes {
        tokens.of(text.chars())
    } else {
        tokens.of(text.nfkc())
    }
}

impl Tokens {
    fn of(mut self, characters: impl Iterator<Item = char>) -> Self {
        let mut characters = characters.peekable();
        while let Some(character) = characters.next() {
            if character.is_ascii_alphanumeric() {
                self.text.push(character.to_ascii_lowercase());
            } else if matches!(character, '\'' | '’' | '‘' | 'ʼ') {
                if self.is_in_word() && characters.peek().is_some_and(|next| next.is_alphanumeric()) {
                    self.text.push('\'');
                } else {
                    self.end();
                }
            } else if character.is_ascii() {
                self.end();
                if matches!(character, ',' | '.' | '!' | '?') {
                    self.text.push(character);
                    self.end();
                }
            } else {
                character.to_lowercase().for_each(|character| self.put(character));
            }
        }
        self.end();
        self
    }

    /// One character that is not ASCII.
    fn put(&mut self, character: char) {
        let mark = match character {
            '。' | '।' => Some('.'),
            '、' => Some(','),
            _ => None,
        };
        if mark.is_some() || is_unspaced(character) {
            self.end();
            self.text.push(mark.unwrap_or(character));
            self.end();
        } else if character.is_alphanumeric() || (is_joining(character) && self.is_in_word()) {
            self.text.push(character);
        } else {
            self.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_pack_is_a_phrase_in_the_form_that_turns_are_compared_in() {
        for (language, pack) in PACKS {
            let mut section = None;
            for line in pack.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
                if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                    assert!(SECTIONS.iter().any(|(known, _)| *known == name), "{language}: unknown section {name}");
                    section = Some(name);
                    continue;
                }
                assert!(section.is_some(), "{language}: {line} is under no section");
                let compared: String = tokens(line).iter().collect();
                let written: String = line.chars().filter(|character| *character != ' ').collect();
                assert_eq!(compared, written, "{language}: written otherwise than compared");
            }
            let kinds = PACKS[0].1.matches("\n[").count();
            assert_eq!(pack.matches("\n[").count(), kinds, "{language} lacks a section");
        }
    }

    #[test]
    fn every_phrase_finds_itself() {
        for lexicon in &LEXICONS.all {
            for (first, phrases) in &lexicon.phrases {
                for (words, shows) in phrases {
                    let mut text = Tokens::default();
                    for word in words {
                        text.text.push_str(word);
                        text.end();
                    }
                    let found = lexicon.find(&text);
                    assert_eq!(
                        found.first(),
                        Some(&Found { shows: *shows, token: 0, length: words.len() }),
                        "{first}: {words:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_language_is_told_by_little_words() {
        let told = |user: &str, agent: &str| {
            let tokens = tokens(user);
            lexicon_of(tokens.iter().map(known), [agent].into_iter()).bit.trailing_zeros() as usize
        };
        for (user, agent, language) in [
            ("I would like to change my flight, please", "", "en"),
            ("quiero cambiar mi vuelo para el martes por favor", "", "es"),
            ("je voudrais changer mon vol s'il vous plaît", "", "fr"),
            ("ich möchte meinen Flug auf den Dienstag umbuchen", "", "de"),
            ("eu gostaria de mudar o meu voo para terça, você pode me ajudar?", "", "pt"),
            ("vorrei cambiare il mio volo, non posso partire di lunedì", "", "it"),
            ("ik wil graag mijn vlucht naar dinsdag wijzigen", "", "nl"),
            ("飛行機の予約を変更したいのですが", "", "ja"),
            ("我想把我的航班改到星期二", "", "zh"),
            ("मैं अपनी उड़ान बदलना चाहता हूँ", "", "hi"),
            ("no, Sevilla", "¿A qué ciudad quiere que le enviemos la tarjeta?", "es"),
            ("no, Sevilla", "Which city shall we send the card to?", "en"),
            ("??", "", "en"),
            ("Я хочу изменить рейс", "", "en"),
        ] {
            assert_eq!(PACKS[told(user, agent)].0, language, "{user}");
        }
    }

    #[test]
    fn tokens_are_words_and_the_marks_that_matter() {
        let words = |text: &str| tokens(text).iter().map(str::to_string).collect::<Vec<_>>();
        assert_eq!(words("No, that’s NOT it!"), ["no", ",", "that's", "not", "it", "!"]);
        assert_eq!(words("'quoted' (x-y)"), ["quoted", "x", "y"]);
        assert_eq!(words(""), [""; 0]);
        assert_eq!(words("これは、違う。"), ["こ", "れ", "は", ",", "違", "う", "."]);
        assert_eq!(words("नहीं, धन्यवाद।"), ["नहीं", ",", "धन्यवाद", "."]);
        assert_eq!(words("बिल्कुल"), ["बिल्कुल"]);
    }

    #[test]
    fn the_longest_phrase_hides_the_shorter_ones_in_it() {
        let english = &LEXICONS.all[0];
        let shows =
            |text: &str| -> Vec<Shows> { english.find(&tokens(text)).iter().map(|found| found.shows).collect() };
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
            let english = &LEXICONS.all[0];
            let apologies: Vec<&Vec<String>> =
                english.phrases.values().flatten().filter(|(_, shows)| *shows == Shows::Apology).map(|(words, _)| words).collect();
            let text = format!("{before} {} {after}", apologies[index.index(apologies.len())].join(" "));
            proptest::prop_assert!(english.may_apologize(&text));
        }
    }
}
