//! Turns as the rules see them: words, phrases of the language that the user writes, and what a turn is about.

use crate::trace::lexicon::{Found, Known, Lexicon, Shows, Tokens, is_unspaced, known, lexicon_of, tokens};
use crate::trace::{Role, Turn};
use rustc_hash::FxHasher;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::hash::{Hash as _, Hasher as _};

/// Bytes of a turn that are looked at: what is longer holds a document, and a user's words come first.
const LOOKED_AT: usize = 64 << 10;
/// A correction stands at the start of a turn.
const CORRECTION_TOKENS: usize = 6;
/// The same where a token is one character.
const CORRECTION_CHARACTERS: usize = 12;
/// How far into a turn something may be denied.
const DENIAL_TOKENS: usize = 12;
/// More tokens than this are no mere request for a person.
const ALONE_TOKENS: usize = 24;
/// How far behind a phrase its sentence is looked for.
const SENTENCE_TOKENS: usize = 60;
/// Letters from which capitals are shouting.
const FEWEST_SHOUTED_LETTERS: usize = 8;
/// Share of capitals from which text is shouted.
const SHOUTED_SHARE: f64 = 0.6;

/// One turn as the rules see it.
#[derive(Default)]
pub(super) struct Read {
    pub(super) tokens: Tokens,
    pub(super) found: Vec<Found>,
    /// What a user's turn sets against something, behind its denial: "not" and "tuesday" of "Monday, not Tuesday".
    pub(super) denied: Vec<(String, String)>,
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
                let (found, denied) = match own_words(beginning(&turn.text)) {
                    Cow::Owned(own) => {
                        let own = crate::trace::lexicon::tokens(&own);
                        let found = lexicon.find(&own);
                        (meant(&found, &own), denied(&found, &own, lexicon))
                    }
                    Cow::Borrowed(_) => {
                        let found = lexicon.find_among(&tokens, may_begin);
                        (meant(&found, &tokens), denied(&found, &tokens, lexicon))
                    }
                };
                Read { found, denied, content, tokens }
            }),
            // Of the agent's words only apologies are looked for.
            Role::Assistant if lexicon.may_apologize(beginning(&turn.text)) => {
                let tokens = tokens(beginning(&turn.text));
                Read { found: lexicon.find(&tokens), tokens, ..Read::default() }
            }
            _ => Read::default(),
        })
        .collect()
}

/// The phrases that show what they say at the place where they stand.
fn meant(found: &[Found], tokens: &Tokens) -> Vec<Found> {
    let unspaced = |at: usize| tokens.get(at).and_then(|token| token.chars().next()).is_some_and(is_unspaced);
    let reach = |at: usize| if unspaced(at) { CORRECTION_CHARACTERS } else { CORRECTION_TOKENS };
    let meant = found.iter().filter_map(|phrase| match phrase.shows {
        Shows::Correction if phrase.token >= reach(phrase.token) => None,
        Shows::Praise if is_asked(phrase, tokens) => Some(Found { shows: Shows::Answer, ..*phrase }),
        Shows::EscalationAlone if !says_nothing_else(found, tokens) => None,
        Shows::EscalationAlone => Some(Found { shows: Shows::Escalation, ..*phrase }),
        _ => Some(*phrase),
    });
    meant.collect()
}

/// Whether the sentence goes on to a question: "a great jacket, is it waterproof?" praises nobody's answer.
fn is_asked(phrase: &Found, tokens: &Tokens) -> bool {
    let end = phrase.token + phrase.length;
    let mut after = (end..end + SENTENCE_TOKENS).filter_map(|at| tokens.get(at));
    after.find(|token| matches!(*token, "." | "!" | "?")) == Some("?")
}

/// Whether there are only marks beside a request for a person and a yes or no.
fn says_nothing_else(found: &[Found], tokens: &Tokens) -> bool {
    let said = |at: usize| {
        found.iter().any(|phrase| {
            matches!(phrase.shows, Shows::EscalationAlone | Shows::Answer | Shows::CorrectionAfterStatement)
                && (phrase.token..phrase.token + phrase.length).contains(&at)
        })
    };
    tokens.len() <= ALONE_TOKENS && (0..tokens.len()).all(|at| said(at) || tokens.get(at).is_some_and(is_mark))
}

/// The marks that are tokens.
fn is_mark(token: &str) -> bool {
    matches!(token, "," | "." | "!" | "?")
}

/// What is set against something: the word after a denial that begins the turn or follows a comma, with at most one
/// little word between.
fn denied(found: &[Found], tokens: &Tokens, lexicon: &Lexicon) -> Vec<(String, String)> {
    let denials = found.iter().filter(|phrase| phrase.shows == Shows::Denial && phrase.token < DENIAL_TOKENS);
    let contrasts = denials.filter(|phrase| match phrase.token.checked_sub(1) {
        Some(before) => tokens.get(before) == Some(","),
        None => true,
    });
    let words = contrasts.filter_map(|phrase| {
        let after = phrase.token + phrase.length;
        let mut near = (after..after + 2).filter_map(|at| tokens.get(at));
        let word = near.find(|token| known(token).stop & lexicon.bit() == 0).filter(|token| !is_mark(token))?;
        Some((tokens.get(phrase.token)?.to_string(), word.to_string()))
    });
    words.collect()
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

/// Tokens before a word in which a denial is its own.
const DENIED_WITHIN: usize = 3;

/// Whether a text has a word that it does not deny itself: who answers "not refundable" to "it is not refundable" agrees.
pub(super) fn says(text: &str, word: &str, denial: &str) -> bool {
    let tokens = tokens(beginning(text));
    let denied = |at: usize| (at.saturating_sub(DENIED_WITHIN)..at).any(|before| tokens.get(before) == Some(denial));
    tokens.iter().enumerate().any(|(at, said)| said == word && !denied(at))
}

/// Whether a word says what a turn is about in any language that is known.
pub(super) fn tells(word: &str) -> bool {
    known(word).stop == 0
}

impl Read {
    /// The tokens that are no marks.
    pub(super) fn words(&self) -> Vec<&str> {
        self.tokens.iter().filter(|token| !is_mark(token)).collect()
    }

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
        let contrasts = self.found.iter().filter(|found| found.shows == Shows::Contrast);
        let last = contrasts.map(|contrast| contrast.token).max();
        self.found.iter().any(|found| found.shows == what && last.is_none_or(|last| last <= found.token))
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
