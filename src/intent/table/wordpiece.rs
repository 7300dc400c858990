//! From one word to the pieces of the table's vocabulary: BERT's uncased tokenizer, for words that are lower-case
//! already. It reads no text (the normalizer has cut it) and makes no marker pieces; what BERT calls unknown is left
//! out here.

use super::number;
use regex::Regex;
use std::borrow::Cow;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;

/// What BERT drops: marks above and below letters, control and format characters.
#[expect(clippy::expect_used, reason = "the pattern is a constant")]
static DROPPED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\p{Mn}\p{Cc}\p{Cf}]").expect("a constant pattern"));
/// What is a word of its own wherever it stands: punctuation and the ideographs that BERT lists.
#[expect(clippy::expect_used, reason = "the pattern is a constant")]
static ALONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"[\p{P}[:punct:]\x{4e00}-\x{9fff}\x{3400}-\x{4dbf}\x{20000}-\x{2a6df}\x{2a700}-\x{2b73f}",
        r"\x{2b740}-\x{2b81f}\x{2b820}-\x{2ceaf}\x{f900}-\x{faff}\x{2f800}-\x{2fa1f}]",
    ))
    .expect("a constant pattern")
});
/// Characters of the longest word that BERT reads.
const LONGEST_WORD: usize = 100;

/// The pieces of `word`, in order: none for placeholders such as `<num>`, for what no piece covers and for words of
/// more than 100 characters.
pub(in crate::intent) fn pieces(word: &str) -> Vec<u16> {
    let mut pieces = Vec::new();
    let plain = plain(word);
    if word.starts_with('<') || plain.chars().nth(LONGEST_WORD).is_some() {
        return pieces;
    }
    let mut start = 0;
    for alone in ALONE.find_iter(&plain) {
        push_pieces(&plain[start..alone.start()], &mut pieces);
        push_pieces(alone.as_str(), &mut pieces);
        start = alone.end();
    }
    push_pieces(&plain[start..], &mut pieces);
    pieces
}

/// Whether `word` is a piece by itself, so that its row was made of just this word.
pub(in crate::intent) fn is_whole(word: &str) -> bool {
    number(&plain(word)).is_some_and(|whole| pieces(word) == [whole])
}

/// `word` as the vocabulary spells it.
fn plain(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Borrowed(word);
    }
    let decomposed: String = word.nfd().collect();
    Cow::Owned(DROPPED.replace_all(&decomposed, "").into_owned())
}

/// Cuts `run` into the longest pieces from the left; a run with a rest that is no piece is unknown as a whole.
fn push_pieces(run: &str, pieces: &mut Vec<u16>) {
    let known = pieces.len();
    let mut rest = run;
    let mut candidate = String::new();
    while !rest.is_empty() {
        let mut ends = rest.char_indices().rev().map(|(start, character)| start + character.len_utf8());
        let longest = ends.find_map(|end| {
            candidate.clear();
            if rest.len() < run.len() {
                candidate.push_str("##");
            }
            candidate.push_str(&rest[..end]);
            number(&candidate).map(|piece| (piece, end))
        });
        let Some((piece, end)) = longest else {
            pieces.truncate(known);
            return;
        };
        pieces.push(piece);
        rest = &rest[end..];
    }
}

#[cfg(test)]
mod tests {
    use super::super::TABLE;
    use super::super::tests::count;
    use super::*;
    use proptest::prelude::*;

    fn spelled(word: &str) -> Vec<&'static str> {
        pieces(word).into_iter().map(|piece| TABLE.pieces[usize::from(piece)]).collect()
    }

    #[test]
    fn words_are_cut_as_by_the_original_tokenizer() {
        // Its output less what it calls unknown.
        let expected: &[(&str, &[&str])] = &[
            ("card", &["card"]),
            ("cards", &["cards"]),
            ("topup", &["top", "##up"]),
            ("cancelling", &["cancel", "##ling"]),
            ("rescheduled", &["res", "##ched", "##uled"]),
            ("cryptocurrency", &["crypt", "##oc", "##ur", "##ren", "##cy"]),
            ("contactless", &["contact", "##less"]),
            ("mastercard", &["master", "##card"]),
            ("iban", &["ib", "##an"]),
            ("don't", &["don", "'", "t"]),
            ("o'clock", &["o", "'", "clock"]),
            ("rock'n'roll", &["rock", "'", "n", "'", "roll"]),
            ("s3", &["s", "##3"]),
            ("postgres15", &["post", "##gre", "##s", "##15"]),
            ("covid19", &["co", "##vid", "##19"]),
            ("h2o", &["h", "##2", "##o"]),
            ("café", &["cafe"]),
            ("naïve", &["naive"]),
            ("straße", &["st", "##raße"]),
            ("œuvre", &["œ", "##u", "##vre"]),
            ("señor", &["sen", "##or"]),
            ("e\u{301}te\u{301}", &["et", "##e"]),
            ("việt", &["viet"]),
            ("ångström", &["ang", "##strom"]),
            ("ø", &["ø"]),
            ("取消", &[]),
            ("キャンセル", &["キ", "##ャ", "##ン", "##セ", "##ル"]),
            ("ガ", &["カ"]),
            ("東京", &["東", "京"]),
            ("鬱x", &["x"]),
            ("주문", &["ᄌ", "##ᅮ", "##ᄆ", "##ᅮ", "##ᆫ"]),
            ("заказ", &["з", "##а", "##ка", "##з"]),
            ("ёлка", &["е", "##л", "##ка"]),
            ("κάρτα", &["κ", "##α", "##ρ", "##τ", "##α"]),
            ("بطاقة", &["ب", "##ط", "##ا", "##ق", "##ة"]),
            ("बैंक", &["ब", "##क"]),
            ("ไทย", &[]),
            ("👍", &[]),
            ("card👍", &[]),
            ("👍-card", &["-", "card"]),
            ("€20", &["€", "##20"]),
            ("c++", &["c", "+", "+"]),
            ("e-mail", &["e", "-", "mail"]),
            ("...", &[".", ".", "."]),
            ("zzzzqqqq", &["z", "##zz", "##z", "##q", "##q", "##q", "##q"]),
            ("i\u{307}stanbul", &["istanbul"]),
        ];
        for (word, pieces) in expected {
            assert_eq!(spelled(word), *pieces, "{word}");
        }
    }
    #[test]
    fn a_whole_word_is_one_piece_and_nothing_else() {
        for whole in ["card", "payment", "café", "x", "€"] {
            assert!(is_whole(whole), "{whole}");
        }
        for parted in ["topup", "s3", "don't", "<num>", "", "日本", "鬱x", "##s", "...", "zzz☃"] {
            assert!(!is_whole(parted), "{parted}");
        }
    }

    #[test]
    fn placeholders_and_endless_words_have_no_pieces() {
        for placeholder in ["<num>", "<url>", "<email>", "<id>"] {
            assert_eq!(pieces(placeholder), [0u16; 0]);
        }
        assert_eq!(pieces(&"a".repeat(101)), [0u16; 0]);
        assert!(!pieces(&"a".repeat(100)).is_empty());
    }

    proptest! {
        #[test]
        fn no_word_makes_pieces_fail(word in "\\PC*|[a-zé#'漢ガ\u{301}\u{ad}]{0,120}|[ -~]*") {
            let pieces = pieces(&word);
            prop_assert!(pieces.iter().all(|&piece| usize::from(piece) < count()));
            prop_assert!(!is_whole(&word) || pieces.len() == 1);
        }
    }
}
