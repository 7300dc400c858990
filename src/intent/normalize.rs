//! From a message as typed to the words that say what is wanted. Code fences, stack traces and quoted mail go;
//! addresses, numbers and opaque ids become placeholders, so that two people with the same wish look the same.
//! It does not correct spelling and translates nothing.

use super::entity::Entities;
use super::stop_words::is_english_stop_word;
use super::table::wordpiece;
use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// How words of a corpus are reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Language {
    /// Porter 2 stems and the English stop list.
    English,
    /// Words as they are; the character n-grams of the features stand in for stems.
    Other,
}

/// What a [`Word`] is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum WordKind {
    /// Says what is wanted.
    Content,
    /// A function word or a courtesy.
    Stop,
    /// `<num>`, `<url>`, `<email>` or `<id>`.
    Placeholder,
}

/// One word of a message. Equal words of one normalizer share their parts: a message costs eight bytes a word, and a
/// million messages fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word(Arc<Parts>);

/// What a [`Word`] is, read through it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// Lower-case, as written.
    pub(super) surface: String,
    /// What two forms of one word share.
    pub(super) stem: String,
    /// What it is good for.
    pub(super) kind: WordKind,
    /// Pieces of the compiled-in table that spell it; none for a placeholder or what the table cannot spell.
    pub(super) pieces: Box<[u16]>,
    /// Whether the word is one of those pieces, so that the table holds its meaning and not only its letters.
    pub(super) whole: bool,
}

impl Deref for Word {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Word {
    /// Whether the word says what is wanted.
    pub(super) fn is_content(&self) -> bool {
        self.kind == WordKind::Content
    }
}

const NUMBER: &str = "<num>";
const URL: &str = "<url>";
const EMAIL: &str = "<email>";
const ID: &str = "<id>";
/// Characters of the longest word that people type; what is longer is a key, a token or a path.
const LONGEST_WORD: usize = 40;

/// Turns messages into words.
pub(super) struct Normalizer {
    language: Language,
    stemmer: Stemmer,
    entities: Entities,
    /// Words so far, by kind and surface.
    known: Mutex<FxHashMap<(WordKind, String), Word>>,
}

impl Normalizer {
    /// For a corpus in `language` with these names of things.
    pub(super) fn new(language: Language, entities: Entities) -> Self {
        Self { language, stemmer: Stemmer::create(Algorithm::English), entities, known: Mutex::default() }
    }

    /// The language and the names of things.
    pub(super) fn into_parts(self) -> (Language, Entities) {
        (self.language, self.entities)
    }

    /// The words of `text` in order; runs of one placeholder are one word.
    pub(super) fn words(&self, text: &str) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let mut before = None;
        for chunk in without_quotations(text).split_whitespace() {
            if self.entities.is_name(before, chunk) {
                self.push_placeholder(&mut words, ID);
            } else {
                self.read_chunk(chunk, &mut words);
            }
            before = Some(chunk);
        }
        words
    }

    fn read_chunk(&self, chunk: &str, words: &mut Vec<Word>) {
        let chunk: Cow<'_, str> =
            if chunk.is_ascii() { Cow::Borrowed(chunk) } else { Cow::Owned(chunk.nfkc().collect()) };
        let bare = chunk.trim_matches(|character: char| !character.is_alphanumeric() && character != '/');
        if bare.contains("://") || bare.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
            return self.push_placeholder(words, URL);
        }
        if bare.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')) {
            return self.push_placeholder(words, EMAIL);
        }
        if is_opaque(bare) || is_identifier(bare) {
            return self.push_placeholder(words, ID);
        }
        for run in
            chunk.split(|character: char| !(is_word_character(character) || character == '\'' || character == '’'))
        {
            self.read_run(run, words);
        }
    }

    /// One run of letters, digits and apostrophes.
    fn read_run(&self, run: &str, words: &mut Vec<Word>) {
        let run = run.trim_matches(['\'', '’']);
        if run.is_empty() {
            return;
        }
        if run.chars().any(is_unspaced_script) {
            return self.read_unspaced(run, words);
        }
        let mut surface: String = run.to_lowercase().replace('’', "'");
        if surface.chars().any(char::is_numeric) {
            match number_or_code(&surface) {
                Some(placeholder) => self.push_placeholder(words, placeholder),
                None => words.push(self.word(surface, WordKind::Content, str::to_string)),
            }
            return;
        }
        if surface.chars().count() > LONGEST_WORD {
            return self.push_placeholder(words, ID);
        }
        let stop = self.language == Language::English && is_english_stop_word(&surface);
        if stop {
            words.push(self.word(surface, WordKind::Stop, str::to_string));
            return;
        }
        if let Some(owner) = surface.strip_suffix("'s") {
            surface = owner.to_string();
        }
        surface.retain(|character| character != '\'');
        words.push(self.word(surface, WordKind::Content, |surface| match self.language {
            Language::English => self.stemmer.stem(surface).into_owned(),
            Language::Other => surface.to_string(),
        }));
    }

    /// The word of this surface and kind, the same each time.
    fn word(&self, surface: String, kind: WordKind, stem: impl FnOnce(&str) -> String) -> Word {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.entry((kind, surface)) {
            Entry::Occupied(entry) => entry.get().clone(),
            Entry::Vacant(entry) => {
                let surface = entry.key().1.clone();
                let pieces = match kind {
                    WordKind::Placeholder => Box::default(),
                    WordKind::Content | WordKind::Stop => wordpiece::pieces(&surface).into_boxed_slice(),
                };
                let whole = wordpiece::is_whole(&surface);
                let word = Word(Arc::new(Parts { stem: stem(&surface), surface, kind, pieces, whole }));
                entry.insert(word).clone()
            }
        }
    }

    fn push_placeholder(&self, words: &mut Vec<Word>, placeholder: &'static str) {
        if words.last().is_some_and(|word| word.kind == WordKind::Placeholder && word.stem == placeholder) {
            return;
        }
        words.push(self.word(placeholder.to_string(), WordKind::Placeholder, str::to_string));
    }

    /// Scripts written without spaces: overlapping pairs of characters stand in for words.
    fn read_unspaced(&self, run: &str, words: &mut Vec<Word>) {
        let characters: Vec<char> = run.chars().collect();
        let mut start = 0;
        while start < characters.len() {
            let unspaced = is_unspaced_script(characters[start]);
            let length = characters[start..].iter().take_while(|&&c| is_unspaced_script(c) == unspaced).count();
            let part = &characters[start..start + length];
            if unspaced {
                for pair in part.windows(2.min(part.len())) {
                    let surface: String = pair.iter().collect();
                    words.push(self.word(surface, WordKind::Content, str::to_string));
                }
            } else {
                self.read_run(&part.iter().collect::<String>(), words);
            }
            start += length;
        }
    }
}

/// Words of a corpus, and how many of them are English function words: what its language is told by.
#[derive(Clone, Copy, Default)]
pub(super) struct FunctionWords {
    stop: usize,
    all: usize,
}

impl FunctionWords {
    /// Counts one text.
    pub(super) fn hear(&mut self, text: &str) {
        for word in text.split(|character: char| !(is_word_character(character) || character == '\'')) {
            if !word.is_empty() {
                self.all += 1;
                self.stop += usize::from(is_english_stop_word(&word.to_lowercase()));
            }
        }
    }

    /// Adds what was counted elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        self.stop += other.stop;
        self.all += other.all;
    }

    /// The language that most of it is in.
    pub(super) fn language(self) -> Language {
        // Running English has 40 to 55 % function words by our list; short commands ("reset password") far fewer.
        // Related languages share a handful ("me", "no", "on"), which stay below a tenth.
        if self.stop * 8 >= self.all { Language::English } else { Language::Other }
    }
}

/// Letters, digits, and the signs that some scripts set on them: without these, Hindi and Thai words fall apart.
fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

/// A name as programs write names: `orders_prod`.
fn is_identifier(chunk: &str) -> bool {
    chunk.contains('_')
}

/// Hex or base64 of 16 characters or more, with or without dashes: nobody's word.
fn is_opaque(chunk: &str) -> bool {
    if chunk.len() < 16 || !chunk.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte)) {
        return false;
    }
    let digits = chunk.bytes().filter(u8::is_ascii_digit).count();
    let hex = chunk.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let mixed =
        chunk.bytes().any(|byte| byte.is_ascii_uppercase()) && chunk.bytes().any(|byte| byte.is_ascii_lowercase());
    digits > 0 && (hex || (mixed && digits >= 2))
}

/// What stands for a run that holds digits; `None` for names like `s3` or `postgres15`, which are words.
fn number_or_code(run: &str) -> Option<&'static str> {
    let letters = run.chars().take_while(|character| character.is_alphabetic()).count();
    if letters == 0 {
        // `30`, `5pm`, `2nd`: how many or when; `3a9f77c2` is a code.
        let tail = run.chars().skip_while(|character| character.is_numeric());
        return if tail.clone().count() <= 2 && tail.clone().all(char::is_alphabetic) {
            Some(NUMBER)
        } else {
            Some(ID)
        };
    }
    let digits = run.chars().count() - letters;
    let digits_last = run.chars().skip(letters).all(char::is_numeric);
    if digits_last && digits <= 2 { None } else { Some(ID) }
}

/// Whether a script is written without spaces.
pub(super) fn is_unspaced_script(character: char) -> bool {
    // Thai and Lao, Burmese, Khmer; then the scripts of Chinese and Japanese.
    matches!(u32::from(character), 0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x2fa1f)
}

/// `text` without what the user quotes rather than says. A text that is nothing but quotation keeps it.
fn without_quotations(text: &str) -> Cow<'_, str> {
    if !text.contains(['\n', '>', '`']) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => {
                // A fence opened and closed on one line is a quotation within it.
                let closes =
                    trimmed.len() > mark.len() && trimmed.get(mark.len()..).is_some_and(|rest| rest.contains(mark));
                fence = (!closes).then_some(mark);
                continue;
            }
            (Some(open), Some(mark)) if open == mark => {
                fence = None;
                continue;
            }
            (Some(_), _) => continue,
            (None, None) => {}
        }
        if starts_quoted_mail(trimmed) {
            break;
        }
        if !trimmed.starts_with('>') && !is_stack_frame(trimmed) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    if kept.chars().any(char::is_alphanumeric) { Cow::Owned(kept) } else { Cow::Borrowed(text) }
}

fn starts_quoted_mail(line: &str) -> bool {
    (line.starts_with("On ") && line.ends_with("wrote:")) || line.starts_with("-----Original Message")
}

fn is_stack_frame(line: &str) -> bool {
    (line.starts_with("at ") && (line.contains('(') || line.contains("::")))
        || (line.starts_with("File \"") && line.contains(", line "))
        || line.starts_with("Traceback (most recent call")
        || (line.starts_with("... ") && line.ends_with(" more"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stems(text: &str) -> Vec<String> {
        Normalizer::new(Language::English, Entities::default())
            .words(text)
            .into_iter()
            .map(|word| word.stem.clone())
            .collect()
    }

    fn content(text: &str) -> Vec<String> {
        let words = Normalizer::new(Language::English, Entities::default()).words(text);
        words.into_iter().filter(Word::is_content).map(|word| word.stem.clone()).collect()
    }

    #[test]
    fn words_are_stemmed_and_stop_words_marked() {
        assert_eq!(content("I'd like to CANCEL my flights, please"), ["cancel", "flight"]);
        assert_eq!(content("cancelling the user’s reservations"), ["cancel", "user", "reserv"]);
    }

    #[test]
    fn equal_words_are_one() {
        let normalizer = Normalizer::new(Language::English, Entities::default());
        let words = normalizer.words("cancel order and cancel orders");
        assert!(Arc::ptr_eq(&words[0].0, &words[3].0));
        assert_eq!((words[4].surface.as_str(), words[4].stem.as_str()), ("orders", "order"));
    }

    #[test]
    fn signs_that_are_set_on_letters_are_part_of_their_words() {
        let normalizer = Normalizer::new(Language::Other, Entities::default());
        let surfaces =
            |text: &str| -> Vec<String> { normalizer.words(text).iter().map(|word| word.surface.clone()).collect() };
        assert_eq!(surfaces("मेरा कार्ड कहाँ है?"), ["मेरा", "कार्ड", "कहाँ", "है"]);
        assert_eq!(surfaces("cafe\u{301} crème"), ["café", "crème"]);
        assert_eq!(surfaces("ที่ไหน").concat().chars().filter(|&character| character == 'ไ').count(), 2, "in two pairs");
    }

    #[test]
    fn addresses_numbers_and_ids_become_placeholders() {
        assert_eq!(stems("see https://example.com/a?b=1 (now)"), ["see", "<url>", "now"]);
        assert_eq!(stems("mail jane.doe@example.org."), ["mail", "<email>"]);
        assert_eq!(stems("pay $1,200.50 by 10:30"), ["pay", "<num>", "by", "<num>"]);
        assert_eq!(stems("flight HAT039"), ["flight", "<id>"]);
        assert_eq!(stems("user mia_li_3668"), ["user", "<id>"]);
        assert_eq!(stems("id 3fa85f64-5717-4562-b3fc-2c963f66afa6"), ["id", "<id>"]);
        assert_eq!(stems("my s3 bucket on postgres15"), ["my", "s3", "bucket", "on", "postgres15"]);
    }

    #[test]
    fn code_stack_traces_and_quoted_mail_are_not_what_the_user_wants() {
        assert_eq!(content("deploy fails\n```\nlet x = 1;\n```\nwhy"), ["deploy", "fail"]);
        assert_eq!(
            content("crash on login\nTraceback (most recent call last):\n  File \"a.py\", line 3, in f\nboom"),
            ["crash", "login", "boom"]
        );
        assert_eq!(content("close account\nOn Monday Bob wrote:\n> hello world"), ["close", "account"]);
        assert_eq!(content("```\nselect invoices\n```"), ["select", "invoic"], "nothing else was said");
    }

    #[test]
    fn scripts_without_spaces_are_read_in_pairs() {
        assert_eq!(content("取消订单 please"), ["取消", "消订", "订单"]);
    }

    fn detect_language(texts: &[&str]) -> Language {
        let mut words = FunctionWords::default();
        texts.iter().for_each(|text| words.hear(text));
        words.language()
    }

    #[test]
    fn english_is_told_from_other_languages() {
        assert_eq!(detect_language(&["I want to cancel my order", "reset password"]), Language::English);
        assert_eq!(detect_language(&["quiero cancelar mi pedido", "necesito un reembolso"]), Language::Other);
        assert_eq!(detect_language(&[""]), Language::English);
    }

    proptest! {
        #[test]
        fn no_text_makes_words_fail_or_empty(text in "\\PC*|[a-z0-9@:/_' \n`>]*") {
            for word in Normalizer::new(Language::English, Entities::default()).words(&text) {
                prop_assert!(!word.surface.is_empty() && !word.stem.is_empty());
            }
        }
    }
}
