//! How much of what was known is said again. Each piece of a known wording looks for the nearest piece of an utterance in
//! the compiled-in table; the mean of these cosines is what is said again of the wording. A sum of vectors loses this: many
//! words that all lie somewhat near outweigh the few that were meant.
//!
//! All pieces count alike, function words too. The order of the arguments matters: an utterance may say much besides.

use super::normalize::Word;
use super::table;
use rustc_hash::FxHashMap;

/// Distinct pieces of a wording that count: who says more has said before what is wanted.
const MOST_PIECES: usize = 64;

/// The distinct pieces of a wording, in rising order; of a long one, those that come first.
pub(super) fn pieces(words: &[Word]) -> Vec<u16> {
    let mut pieces: Vec<u16> = Vec::new();
    for &piece in words.iter().flat_map(|word| &word.pieces) {
        if pieces.len() == MOST_PIECES {
            break;
        }
        if !pieces.contains(&piece) {
            pieces.push(piece);
        }
    }
    pieces.sort_unstable();
    pieces
}

/// What an utterance of the pieces `said`, which are in rising order, says again of that one of the `known` wordings of
/// which it says most: 1 for all of it, 0 where either has no pieces.
pub(super) fn echo(said: &[u16], known: impl IntoIterator<Item = impl AsRef<[u16]>>) -> f32 {
    // Neighbours share most of their words.
    let mut heard: FxHashMap<u16, f32> = FxHashMap::default();
    let mut again = |piece: u16| *heard.entry(piece).or_insert_with(|| nearest(piece, said));
    let mut of_wording =
        |wording: &[u16]| wording.iter().map(|&piece| again(piece)).sum::<f32>() / wording.len() as f32;
    known
        .into_iter()
        .filter(|wording| !wording.as_ref().is_empty())
        .map(|wording| of_wording(wording.as_ref()))
        .fold(0.0, f32::max)
}

/// Cosine of `piece` and the nearest of `said`.
fn nearest(piece: u16, said: &[u16]) -> f32 {
    if said.binary_search(&piece).is_ok() {
        return 1.0;
    }
    said.iter().map(|&other| table::cosine(piece, other)).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::entity::Entities;
    use crate::intent::normalize::{Language, Normalizer};
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<u16> {
        pieces(&Normalizer::new(Language::English, Entities::default()).words(text))
    }

    fn said_again(known: &str, said: &str) -> f32 {
        echo(&read(said), [read(known)])
    }

    #[test]
    fn what_is_said_in_the_same_words_is_said_again_whole() {
        assert_eq!(said_again("cancel my order", "cancel my order"), 1.0);
        assert_eq!(said_again("cancel my order", "my order, please cancel my order at once"), 1.0);
        assert_eq!((said_again("cancel my order", ""), said_again("", "cancel my order")), (0.0, 0.0));
        assert_eq!((said_again("", ""), echo(&read("cancel"), [[0u16; 0]; 0])), (0.0, 0.0));
    }

    #[test]
    fn what_means_the_same_is_said_again_in_part() {
        let near = said_again("cancel my order", "please stop the purchase");
        let far = said_again("cancel my order", "purple guitar weather");
        assert!(near > far + 0.1 && near < 1.0 && far < 0.4, "{near} {far}");
    }

    #[test]
    fn an_utterance_may_say_more_and_not_less() {
        let (short, long) = ("cancel my order", "cancel my order and play some loud music in the kitchen");
        assert_eq!(said_again(short, long), 1.0);
        assert!(said_again(long, short) < 0.8, "{}", said_again(long, short));
    }

    #[test]
    fn the_wording_of_which_most_is_said_counts() {
        let said = read("refund the purchase");
        assert_eq!(echo(&said, [read("weather"), read("refund the purchase"), read("")]), 1.0);
    }

    #[test]
    fn pieces_are_told_once_and_those_of_a_long_wording_as_far_as_they_count() {
        assert_eq!(read("cancel order, cancel"), read("order cancel"));
        assert!(read("cancel my order").is_sorted_by(|a, b| a < b));
        let normalizer = Normalizer::new(Language::English, Entities::default());
        let long = ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("{a}{b}"))).collect::<Vec<_>>().join(" ");
        let words = normalizer.words(&long);
        assert_eq!(pieces(&words).len(), MOST_PIECES);
        assert_eq!(pieces(&words), pieces(&words[..MOST_PIECES]), "each of these words is one piece");
    }

    proptest! {
        #[test]
        fn no_wording_that_is_known_lowers_an_echo_and_the_utterance_itself_makes_it_whole(
            said in proptest::collection::btree_set(any::<u16>(), 1..8),
            known in proptest::collection::vec(proptest::collection::vec(any::<u16>(), 0..8), 0..4),
        ) {
            let said: Vec<u16> = said.into_iter().collect();
            let before = echo(&said, &known);
            prop_assert!((0.0..=1.0).contains(&before), "{before}");
            prop_assert!((1..known.len()).all(|count| echo(&said, &known[..count]) <= before));
            prop_assert_eq!(echo(&said, known.iter().chain([&said])), 1.0);
        }
    }
}
