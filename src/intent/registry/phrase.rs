//! Whether a goal holds a phrase: the words that say what is wanted, reduced to what their forms share, one after the
//! other. It is the rule by which people split an intent, so it depends on the two texts alone: not on the corpus, not
//! on a model, and not on what else was ingested.

use crate::intent::entity::Entities;
use crate::intent::normalize::{Language, Normalizer, Word, WordKind};

/// Reads phrases and texts the same way.
pub(in crate::intent) struct PhraseReader(Normalizer);

impl PhraseReader {
    /// English stems for every text: a corpus' language can change with the corpus. In other languages this may join
    /// two words that differ in an English ending, and never parts two that are the same.
    pub(in crate::intent) fn new() -> Self {
        Self(Normalizer::new(Language::English, Entities::default()))
    }

    /// The stems that `phrase` asks for; `None` when it has no word to go by, or holds a number or an address, which
    /// all look the same here.
    pub(in crate::intent) fn phrase(&self, phrase: &str) -> Option<Vec<String>> {
        let words = self.0.words(phrase);
        let unfit = words.iter().any(|word| word.kind == WordKind::Placeholder);
        let stems: Vec<String> = words.into_iter().filter(Word::is_content).map(|word| word.stem.clone()).collect();
        (!unfit && !stems.is_empty()).then_some(stems)
    }

    /// The stems of what a goal says.
    pub(in crate::intent) fn text(&self, text: &str) -> Vec<String> {
        self.0.words(text).into_iter().filter(Word::is_content).map(|word| word.stem.clone()).collect()
    }
}

/// Whether `phrase` stands in `text`.
pub(in crate::intent) fn holds(text: &[String], phrase: &[String]) -> bool {
    !phrase.is_empty() && text.windows(phrase.len()).any(|window| window == phrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, phrase: &str) -> bool {
        let reader = PhraseReader::new();
        holds(&reader.text(text), &reader.phrase(phrase).unwrap())
    }

    #[test]
    fn a_phrase_is_found_in_other_forms_and_between_small_words() {
        assert!(found("How do I cancel my order?", "cancel order"));
        assert!(found("CANCELLING the orders, please", "cancelled order"));
        assert!(found("quiero cancelar mi pedido", "cancelar mi pedido"));
        assert!(found("请取消订单", "取消订单"));
        assert!(!found("order was cancelled", "cancel order"), "the order of the words counts");
        assert!(!found("cancel the second order", "cancel order"));
        assert!(!found("border", "order"), "whole words only");
    }

    #[test]
    fn a_phrase_needs_a_word_to_go_by() {
        let reader = PhraseReader::new();
        for phrase in ["", "the", "of the", "30 days", "order 1234", "jane@example.org", "?!"] {
            assert_eq!(reader.phrase(phrase), None, "{phrase:?}");
        }
    }
}
