//! What a model may put into words that are shown: plain words, each of them common or used by several people. A reply
//! that holds anything else is not shown at all, because nobody could say which part of it gives a person away.

use crate::intent::stop_words::is_english_stop_word;
use crate::trace::words::is_common;
use std::collections::BTreeSet;

/// Why a name, a rule or a phrase is not taken. Its words are not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Unfit {
    /// The model sees nothing in common.
    #[error("the requests have nothing in common")]
    Mixed,
    /// Empty, too long, or with other characters than letters.
    #[error("not a few plain words")]
    NotPlain,
    /// A word that is neither common nor used by several people.
    #[error("a word that few of the requests use")]
    StrangeWord,
    /// Another intent has the name.
    #[error("another intent has this name")]
    Taken,
    /// No phrase of several people tells the parts apart.
    #[error("no phrase tells its parts apart")]
    Undivided,
}

/// How long a wording may be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Words.
    pub(super) words: usize,
    /// Characters.
    pub(super) characters: usize,
    /// Whether commas may follow words.
    pub(super) commas: bool,
}

/// `text` in lower case, if it is plain and its words are common or among `used`.
pub(super) fn plain(text: &str, room: Room, used: &BTreeSet<String>) -> Result<String, Unfit> {
    let text = text.trim().to_lowercase();
    let bare = |word| if room.commas { str::strip_suffix(word, ',').unwrap_or(word) } else { word };
    let words: Vec<&str> = text.split(' ').map(bare).collect();
    let letters = |word: &&str| {
        word.starts_with(char::is_alphabetic) && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'')
    };
    if words.len() > room.words || text.chars().count() > room.characters || !words.iter().all(letters) {
        return Err(Unfit::NotPlain);
    }
    let known = |word: &str| used.contains(word) || is_common(word) || is_english_stop_word(word);
    let parts = |word: &&str| word.split('-').all(known) || known(word);
    if words.iter().all(parts) { Ok(text) } else { Err(Unfit::StrangeWord) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { words: 4, characters: 30, commas: false };

    #[test]
    fn a_wording_is_a_few_words_that_are_common_or_that_several_people_use() {
        let used = BTreeSet::from(["shard".to_string()]);
        let said = |text: &str, commas| plain(text, Room { commas, ..ROOM }, &used);
        assert_eq!(said("Cancel a shard", false), Ok("cancel a shard".to_string()));
        assert_eq!(said("cancel zorblax", false), Err(Unfit::StrangeWord));
        assert_eq!(said("cancel, change", true), Ok("cancel, change".to_string()));
        assert_eq!(said("cancel, zorblax", true), Err(Unfit::StrangeWord));
        let odd =
            ["", "cancel, it", "cancel <b>", "order 66", "a\nb", "https://x.example", "a b c d e", "- cancel", "a  b"];
        for odd in odd {
            assert_eq!(said(odd, false), Err(Unfit::NotPlain), "{odd:?}");
        }
        assert_eq!(said("cancel,, it", true), Err(Unfit::NotPlain));
    }
}
