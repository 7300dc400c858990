//! What a message is made of, as a sparse weighted vector: content words, pairs of neighbouring content words,
//! and character n-grams inside words, which carry misspellings and word families.
//! Features are kept as 64-bit keys, not texts: names come from elsewhere, and a key is eight bytes whatever it
//! stands for.

use super::matrix::Sparse;
use super::normalize::{Word, WordKind};
use super::random::key;
use rustc_hash::FxHashMap;

/// Weight of a character n-gram against a word.
const CHARACTER_WEIGHT: f32 = 0.3;
/// Lengths of character n-grams, with `^` and `$` at the word's ends.
const CHARACTER_LENGTHS: std::ops::RangeInclusive<usize> = 3..=5;
/// Features in a larger share of the documents say nothing.
const MAX_SHARE: f64 = 0.5;

/// The features a corpus taught us, with their inverse document frequencies.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Vocabulary {
    /// Sorted keys; a feature's column is its place.
    pub(super) keys: Vec<u64>,
    /// `ln((1 + N) / (1 + df)) + 1`, one per key.
    pub(super) idf: Vec<f32>,
}

impl Vocabulary {
    /// Learns from documents given as their features.
    pub(super) fn learn(documents: &[Vec<(u64, u32)>]) -> Self {
        let mut frequency: FxHashMap<u64, usize> = FxHashMap::default();
        for document in documents {
            for &(key, _) in document {
                *frequency.entry(key).or_default() += 1;
            }
        }
        let least = minimum_documents(documents.len());
        // A corpus of a few templates has every word in many documents; the ceiling is for larger ones.
        let most = (MAX_SHARE * documents.len() as f64).max(10.0) as usize;
        let mut kept: Vec<(u64, usize)> =
            frequency.into_iter().filter(|&(_, count)| (least..=most).contains(&count)).collect();
        kept.sort_unstable();
        let all = 1.0 + documents.len() as f32;
        Self {
            keys: kept.iter().map(|&(key, _)| key).collect(),
            idf: kept.iter().map(|&(_, count)| (all / (1.0 + count as f32)).ln() + 1.0).collect(),
        }
    }

    /// The weighted features of one document that the vocabulary knows: `(1 + ln count) * idf`, length 1.
    pub(super) fn weigh(&self, document: &[(u64, u32)]) -> Vec<(u32, f32)> {
        let mut row: Vec<(u32, f32)> = Vec::with_capacity(document.len());
        let mut squares = 0.0f32;
        for &(key, count) in document {
            if let Ok(column) = self.keys.binary_search(&key) {
                let kind = if is_character_key(key) { CHARACTER_WEIGHT } else { 1.0 };
                let value = kind * (1.0 + (count as f32).ln()) * self.idf[column];
                squares += value * value;
                row.push((column as u32, value));
            }
        }
        if squares > 0.0 {
            let scale = squares.sqrt().recip();
            row.iter_mut().for_each(|(_, value)| *value *= scale);
        }
        row
    }

    /// All documents as one matrix.
    pub(super) fn matrix(&self, documents: &[Vec<(u64, u32)>]) -> Sparse {
        let mut matrix = Sparse::new(self.keys.len());
        for document in documents {
            matrix.push(self.weigh(document));
        }
        matrix
    }
}

/// Documents that must hold a feature before it is learned, by size of the corpus.
fn minimum_documents(documents: usize) -> usize {
    match documents {
        // Quick replies: a handful of wordings, each said by many.
        0..20 => 1,
        20..9_000 => 2,
        9_000..25_000 => 3,
        25_000..250_000 => 5,
        _ => 10,
    }
}

/// The features of a message and how often each occurs, sorted by key.
pub(super) fn features(words: &[Word]) -> Vec<(u64, u32)> {
    let mut keys: Vec<u64> = Vec::new();
    let mut before: Option<&Word> = None;
    let mut text = String::new();
    for word in words.iter().filter(|word| word.kind != WordKind::Stop) {
        keys.push(word_key(0, [word.stem.as_str()]));
        if let Some(before) = before {
            keys.push(word_key(1, [before.stem.as_str(), word.stem.as_str()]));
        }
        before = Some(word);
        if word.is_content() {
            text.clear();
            text.push('^');
            text.push_str(&word.surface);
            text.push('$');
            character_keys(&text, &mut keys);
        }
    }
    keys.sort_unstable();
    let mut counted: Vec<(u64, u32)> = Vec::with_capacity(keys.len());
    for key in keys {
        match counted.last_mut() {
            Some((last, count)) if *last == key => *count += 1,
            _ => counted.push((key, 1)),
        }
    }
    counted
}

fn character_keys(text: &str, keys: &mut Vec<u64>) {
    let starts: Vec<usize> = text.char_indices().map(|(index, _)| index).chain([text.len()]).collect();
    for length in CHARACTER_LENGTHS {
        for window in starts.windows(length + 1) {
            if let Some(gram) = text.get(window[0]..window[length]) {
                keys.push(key(2, [gram]) | 1);
            }
        }
    }
}

/// Words and pairs have even keys, character n-grams odd ones.
fn word_key<'a>(kind: u8, parts: impl IntoIterator<Item = &'a str>) -> u64 {
    key(kind, parts) & !1
}

fn is_character_key(key: u64) -> bool {
    key & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::entity::Entities;
    use crate::intent::normalize::{Language, Normalizer};

    fn read(text: &str) -> Vec<(u64, u32)> {
        features(&Normalizer::new(Language::English, Entities::default()).words(text))
    }

    #[test]
    fn pairs_skip_stop_words_and_counts_add_up() {
        let document = read("cancel my order, cancel the order");
        let pair = word_key(1, ["cancel", "order"]);
        assert_eq!(document.iter().find(|(key, _)| *key == pair).map(|(_, count)| *count), Some(2));
    }

    #[test]
    fn vocabulary_drops_single_features_and_rows_have_length_one() {
        let documents: Vec<_> =
            ["cancel order"; 10].into_iter().chain(["refund"; 1]).chain(["track parcel"; 10]).map(read).collect();
        let vocabulary = Vocabulary::learn(&documents);
        assert!(vocabulary.keys.binary_search(&word_key(0, ["refund"])).is_err());
        let row = vocabulary.weigh(&documents[0]);
        let length: f32 = row.iter().map(|(_, value)| value * value).sum();
        assert!((length - 1.0).abs() < 1e-5);
        assert!(vocabulary.weigh(&read("unseen")).is_empty());
        // df 10 of 21: ln(22 / 11) + 1
        let column = vocabulary.keys.binary_search(&word_key(0, ["cancel"])).unwrap();
        assert!((vocabulary.idf[column] - 1.693_147_2).abs() < 1e-6);
    }
}
