//! Turns as the rules see them: words, phrases of the language that the user writes, and what a turn is about.

use crate::trace::lexicon::{Found, Known, Lexicon, Shows, Tokens, is_unspaced, known, lexicon_of, tokens};
use crate::trace::{Role, Turn};
use rustc_hash::FxHasher;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::{Hash as _, Hasher as _};

/// Bytes of a turn that are looked at: what is longer holds a document, and a user's words come first.
const LOOKED_AT: usize = 64 << 10;
/// Letters from which capitals are shouting.
const FEWEST_SHOUTED_LETTERS: usize = 8;
/// Share of capitals from which text is shouted.
const SHOUTED_SHARE: f64 = 0.6;

/// One turn as the rules see it.
#[derive(Default)]
pub(super) struct Read {
    pub(super) tokens: Tokens,
    pub(super) found: Vec<Found>,
    /// What a user's turn is about: the hash of each term, in order, and how often it is there.
    pub(super) content: Vec<(u64, f64)>,
}

/// All turns, with the phrases of the language that the user writes.
pub(super) fn read(turns: &[Turn]) -> Vec<Read> {
    let of = |role| turns.iter().filter(move |turn| turn.role == role);
    let users: Vec<(Tokens, Vec<Known>)> = of(Role::User)
        .map(|turn| {
            let tokens = tokens(beginning(&turn.text));
            let words = tokens.iter().map(known).collect();
            (tokens, words)
        })
        .collect();
    let said = users.iter().flat_map(|(_, words)| words.iter().copied());
    let lexicon = lexicon_of(said, of(Role::Assistant).map(|turn| &*turn.text));
    let mut users = users.into_iter();
    turns
        .iter()
        .map(|turn| match turn.role {
            Role::User => users.next().map_or_else(Read::default, |(tokens, words)| {
                let content = content(&tokens, &words, lexicon);
                let may_begin = |index| words.get(index).is_some_and(|word: &Known| word.begins & lexicon.bit() != 0);
                let found = match own_words(beginning(&turn.text)) {
                    Cow::Owned(own) => lexicon.find(&crate::trace::lexicon::tokens(&own)),
                    Cow::Borrowed(_) => lexicon.find_among(&tokens, may_begin),
                };
                Read { found, content, tokens }
            }),
            // Of the agent's words only apologies are looked for.
            Role::Assistant if lexicon.may_apologize(beginning(&turn.text)) => {
                let tokens = tokens(beginning(&turn.text));
                Read { found: lexicon.find(&tokens), content: Vec::new(), tokens }
            }
            _ => Read::default(),
        })
        .collect()
}

/// What of a text is looked at.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Marks around what somebody else said, or is to be written: beginning and end.
const QUOTES: [(char, char); 7] =
    [('"', '"'), ('“', '”'), ('„', '“'), ('„', '”'), ('«', '»'), ('「', '」'), ('『', '』')];

/// A text without what it quotes: a user who dictates a greeting thanks nobody.
fn own_words(text: &str) -> Cow<'_, str> {
    let may_quote = memchr::memchr(b'"', text.as_bytes()).is_some()
        || !text.is_ascii() && text.contains(QUOTES.map(|(opening, _)| opening));
    if !may_quote {
        return Cow::Borrowed(text);
    }
    let (mut own, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(QUOTES.map(|(opening, _)| opening)) {
        let opening = rest[at..].chars().next().unwrap_or_default();
        let after = &rest[at + opening.len_utf8()..];
        own.push_str(&rest[..at]);
        let ends =
            QUOTES.iter().filter(|(mark, _)| *mark == opening).filter_map(|(_, end)| Some((after.find(*end)?, end)));
        match ends.min() {
            Some((end, mark)) => {
                // Something was said here: what comes after does not begin the turn.
                own.push_str(" , ");
                rest = &after[end + mark.len_utf8()..];
            }
            None => rest = after,
        }
    }
    own.push_str(rest);
    Cow::Owned(own)
}

/// What a turn is about. Where words are not told apart a term is two characters.
fn content(tokens: &Tokens, words: &[Known], lexicon: &Lexicon) -> Vec<(u64, f64)> {
    let says = |(token, word): &(&str, &Known)| {
        word.stop & lexicon.bit() == 0
            && token.chars().next().is_some_and(char::is_alphanumeric)
            && !token.contains('\'')
    };
    let unspaced = |token: &str| token.chars().next().is_some_and(is_unspaced);
    let mut terms: Vec<u64> = Vec::with_capacity(words.len());
    let mut before: Option<&str> = None;
    for (token, word) in tokens.iter().zip(words) {
        // A character is a term with the one before it.
        let other = if unspaced(token) { before.replace(token) } else { before.take().and(None) };
        if says(&(token, word)) {
            let mut hasher = FxHasher::default();
            (other, token).hash(&mut hasher);
            terms.push(hasher.finish());
        }
    }
    terms.sort_unstable();
    let mut content: Vec<(u64, f64)> = Vec::with_capacity(terms.len());
    for term in terms {
        match content.last_mut() {
            Some((last, count)) if *last == term => *count += 1.0,
            _ => content.push((term, 1.0)),
        }
    }
    content
}

/// Whether a text asks something.
pub(super) fn asks(text: &str) -> bool {
    if text.is_ascii() {
        return memchr::memchr(b'?', text.as_bytes()).is_some();
    }
    text.contains(['?', '？', '؟'])
        || ["か。", "吗。", "嗎。"].iter().any(|end| text.contains(end))
        || ends_asking(text)
}

/// Whether the last thing in a text is a question.
pub(super) fn ends_asking(text: &str) -> bool {
    let text = text.trim_end();
    text.ends_with(['?', '？', '؟']) || ["か", "吗", "嗎"].iter().any(|end| text.trim_end_matches('。').ends_with(end))
}

impl Read {
    pub(super) fn trigrams(&self) -> BTreeSet<[char; 3]> {
        let words: Vec<&str> = self.tokens.iter().collect();
        let text: Vec<char> = words.join(" ").chars().collect();
        text.windows(3).map(|window| [window[0], window[1], window[2]]).collect()
    }

    pub(super) fn shows(&self, what: Shows) -> bool {
        self.found.iter().any(|found| found.shows == what)
    }

    /// Whether a phrase stands here and nothing after it takes it back.
    pub(super) fn means(&self, what: Shows) -> bool {
        self.found.iter().any(|found| {
            found.shows == what
                && !self.found.iter().any(|other| other.shows == Shows::Contrast && other.token > found.token)
        })
    }

    pub(super) fn frustrated(&self, text: &str) -> bool {
        if self.shows(Shows::Frustration) {
            return true;
        }
        let told = [text.contains("!!") || text.contains("！！"), self.shows(Shows::Profanity)];
        match told.iter().filter(|sign| **sign).count() {
            0 => false,
            1 => is_shouted(text),
            _ => true,
        }
    }
}

fn is_shouted(text: &str) -> bool {
    let letters = text.chars().filter(|character| character.is_alphabetic()).count();
    let capitals = text.chars().filter(|character| character.is_uppercase()).count();
    letters >= FEWEST_SHOUTED_LETTERS && capitals as f64 >= SHOUTED_SHARE * letters as f64
}
