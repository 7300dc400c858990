//! Turns as the rules see them: words, phrases of the language that the user writes, and what a turn is about.

use crate::trace::lexicon::{Found, Lexicon, Shows, Tokens, is_unspaced, languages_of, lexicon_of, tokens};
use crate::trace::{Role, Turn};
use std::borrow::Cow;
use std::collections::BTreeSet;

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
    /// What a user's turn is about, in alphabetical order: the token of a term and how often it is there.
    pub(super) content: Vec<(usize, f64)>,
}

/// All turns, with the phrases of the language that the user writes.
pub(super) fn read(turns: &[Turn]) -> Vec<Read> {
    let of = |role| turns.iter().filter(move |turn| turn.role == role);
    let users: Vec<(Tokens, Vec<u16>)> = of(Role::User)
        .map(|turn| {
            let tokens = tokens(beginning(&turn.text));
            let languages = tokens.iter().map(languages_of).collect();
            (tokens, languages)
        })
        .collect();
    let said = users.iter().flat_map(|(_, languages)| languages.iter().copied());
    let lexicon = lexicon_of(said, of(Role::Assistant).map(|turn| &*turn.text));
    let mut users = users.into_iter();
    turns
        .iter()
        .map(|turn| match turn.role {
            Role::User => users.next().map_or_else(Read::default, |(tokens, languages)| {
                let content = content(&tokens, &languages, lexicon);
                let found = match own_words(beginning(&turn.text)) {
                    Cow::Owned(own) => lexicon.find(&crate::trace::lexicon::tokens(&own)),
                    Cow::Borrowed(_) => lexicon.find(&tokens),
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
    if !text.contains(QUOTES.map(|(opening, _)| opening)) {
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
fn content(tokens: &Tokens, languages: &[u16], lexicon: &Lexicon) -> Vec<(usize, f64)> {
    let says = |index: &usize| {
        languages.get(*index).is_some_and(|languages| languages & lexicon.bit() == 0)
            && tokens
                .get(*index)
                .is_some_and(|token| token.chars().next().is_some_and(char::is_alphanumeric) && !token.contains('\''))
    };
    let mut terms: Vec<usize> = (0..tokens.len()).filter(says).collect();
    terms.sort_by(|one, other| term(tokens, *one).cmp(&term(tokens, *other)));
    let mut content: Vec<(usize, f64)> = Vec::new();
    for index in terms {
        match content.last_mut() {
            Some((last, count)) if term(tokens, *last) == term(tokens, index) => *count += 1.0,
            _ => content.push((index, 1.0)),
        }
    }
    content
}

/// The term that begins with a token.
pub(super) fn term(tokens: &Tokens, index: usize) -> (&str, &str) {
    let unspaced = |index| tokens.get(index).filter(|token| token.chars().next().is_some_and(is_unspaced));
    let first = tokens.get(index).unwrap_or_default();
    (first, unspaced(index).and_then(|_| unspaced(index + 1)).unwrap_or_default())
}

/// Whether a text asks something.
pub(super) fn asks(text: &str) -> bool {
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
        let letters = text.chars().filter(|character| character.is_alphabetic()).count();
        let capitals = text.chars().filter(|character| character.is_uppercase()).count();
        let shouted = letters >= FEWEST_SHOUTED_LETTERS && capitals as f64 >= SHOUTED_SHARE * letters as f64;
        let signs = [text.contains("!!") || text.contains("！！"), shouted, self.shows(Shows::Profanity)];
        signs.iter().filter(|sign| **sign).count() >= 2
    }
}
