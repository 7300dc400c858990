//! Words of a text in the form that phrases are compared in.

use unicode_normalization::UnicodeNormalization as _;

/// A text in lower case after NFKC, with inner apostrophes made straight, and where its tokens are: words; `,` `.` `!`
/// `?`; and, of scripts that put no spaces between words, single characters. Every other mark is dropped.
#[derive(Debug, Default)]
pub(in crate::trace) struct Tokens {
    text: String,
    at: Vec<(u32, u32)>,
}

impl Tokens {
    /// The tokens of `text`.
    pub(in crate::trace) fn of(text: &str) -> Self {
        // Most turns are plain ASCII, which NFKC leaves as it is.
        let ascii = text.is_ascii();
        let text: String = if ascii {
            text.to_ascii_lowercase()
        } else {
            text.nfkc().flat_map(char::to_lowercase).map(mark).collect()
        };
        let at = if ascii { ascii_tokens(text.as_bytes()) } else { tokens(&text) };
        Self { text, at }
    }

    /// How many there are.
    pub(in crate::trace) fn len(&self) -> usize {
        self.at.len()
    }

    /// The token at `index`; empty beyond the end.
    pub(in crate::trace) fn word(&self, index: usize) -> &str {
        self.slice(index, index)
    }

    /// The text from one token to another, both included.
    pub(in crate::trace) fn slice(&self, first: usize, last: usize) -> &str {
        let place = |index: usize| self.at.get(index);
        match (place(first), place(last)) {
            (Some((start, _)), Some((_, end))) => self.text.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => "",
        }
    }

    /// All of them.
    pub(in crate::trace) fn words(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|index| self.word(index))
    }

    /// Whether a token and the next are characters of one run of text without spaces.
    pub(in crate::trace) fn touches_next(&self, index: usize) -> bool {
        let next = (self.at.get(index), self.at.get(index + 1));
        matches!(next, (Some((_, end)), Some((start, _))) if end == start)
    }
}

/// Marks that mean the same as an ASCII one.
fn mark(character: char) -> char {
    match character {
        '’' | '‘' | 'ʼ' => '\'',
        '。' | '।' => '.',
        '、' => ',',
        other => other,
    }
}

/// Characters of scripts without spaces between words: Han, Hiragana, Katakana.
pub(in crate::trace) fn is_spaceless(character: char) -> bool {
    matches!(character, '\u{3005}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Letters and digits, and the signs that stand inside the words of Indic scripts without being letters.
fn in_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\u{93c}' | '\u{94d}' | '\u{200c}' | '\u{200d}')
}

fn place(start: usize, end: usize) -> (u32, u32) {
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (number(start), number(end))
}

fn ascii_tokens(text: &[u8]) -> Vec<(u32, u32)> {
    let mut found = Vec::with_capacity(text.len() / 5);
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let begin = at;
        at += 1;
        if byte.is_ascii_alphanumeric() {
            while let Some(byte) = text.get(at) {
                let inner = *byte == b'\'' && text.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
                if !byte.is_ascii_alphanumeric() && !inner {
                    break;
                }
                at += 1;
            }
            found.push(place(begin, at));
        } else if matches!(byte, b',' | b'.' | b'!' | b'?') {
            found.push(place(begin, at));
        }
    }
    found
}

fn tokens(text: &str) -> Vec<(u32, u32)> {
    let mut found = Vec::with_capacity(text.len() / 5);
    let mut word: Option<usize> = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map(|(_, next)| *next);
        let spaceless = is_spaceless(character);
        let inner =
            character == '\'' && word.is_some() && next.is_some_and(|next| in_word(next) && !is_spaceless(next));
        if (in_word(character) && !spaceless) || inner {
            word.get_or_insert(at);
            continue;
        }
        found.extend(word.take().map(|begin| place(begin, at)));
        if spaceless || matches!(character, ',' | '.' | '!' | '?') {
            found.push(place(at, at + character.len_utf8()));
        }
    }
    found.extend(word.map(|begin| place(begin, text.len())));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        Tokens::of(text).words().map(str::to_string).collect()
    }

    #[test]
    fn tokens_are_words_and_the_marks_that_matter() {
        assert_eq!(words("No, that’s NOT it!"), ["no", ",", "that's", "not", "it", "!"]);
        assert_eq!(words("'quoted' (x-y)"), ["quoted", "x", "y"]);
        assert_eq!(words("¿Qué? C’est l'agent"), ["qué", "?", "c'est", "l'agent"]);
    }

    #[test]
    fn scripts_without_spaces_give_characters_and_indic_words_stay_whole() {
        assert_eq!(words("違います。SSO！"), ["違", "い", "ま", "す", ".", "sso", "!"]);
        assert_eq!(words("नहीं, यह ग़लत है।"), ["नहीं", ",", "यह", "ग़लत".nfkc().collect::<String>().as_str(), "है", "."]);
    }

    proptest! {
        #[test]
        fn both_ways_to_read_ascii_agree(text in "[ -~]{0,60}") {
            let lower = text.to_ascii_lowercase();
            prop_assert_eq!(ascii_tokens(lower.as_bytes()), tokens(&lower));
        }
    }
}
