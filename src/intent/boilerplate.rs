//! Phrases that many messages open or close with whatever they are about ("hope you are well", a signature, a
//! form's preamble). They are learned from the corpus: a phrase that is frequent at an edge and is followed by
//! almost anything says nothing about what is wanted.

use super::normalize::Word;
use super::random::key;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// Words in a phrase.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=6;
/// A phrase must be in this many messages, and in this share of them.
const MIN_MESSAGES: usize = 20;
const MIN_SHARE: f64 = 0.002;
/// Bits of entropy of the word beyond the phrase.
const MIN_ENTROPY: f64 = 6.0;
/// Words that must stay after stripping.
const MIN_LEFT: usize = 3;

/// Learned phrases, as sorted keys of their stems.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Boilerplate {
    openings: Vec<u64>,
    closings: Vec<u64>,
}

#[derive(Clone, Copy)]
enum Edge {
    Opening,
    Closing,
}

impl Boilerplate {
    /// Learns from distinct messages.
    pub(super) fn learn(messages: &[&[Word]]) -> Self {
        Self { openings: learn_edge(messages, Edge::Opening), closings: learn_edge(messages, Edge::Closing) }
    }

    /// `words` without the longest learned opening and closing that leave at least three words.
    pub(super) fn strip<'a>(&self, words: &'a [Word]) -> &'a [Word] {
        let mut rest = words;
        for length in LENGTHS.rev() {
            if rest.len() >= length + MIN_LEFT && self.openings.binary_search(&phrase(&rest[..length])).is_ok() {
                rest = &rest[length..];
                break;
            }
        }
        for length in LENGTHS.rev() {
            let end = rest.len().saturating_sub(length);
            if end >= MIN_LEFT && self.closings.binary_search(&phrase(&rest[end..])).is_ok() {
                rest = &rest[..end];
                break;
            }
        }
        rest
    }
}

fn phrase(words: &[Word]) -> u64 {
    key(0, words.iter().map(|word| word.stem.as_str()))
}

fn learn_edge(messages: &[&[Word]], edge: Edge) -> Vec<u64> {
    let needed = MIN_MESSAGES.max((MIN_SHARE * messages.len() as f64).ceil() as usize);
    let mut beyond: FxHashMap<u64, FxHashMap<u64, usize>> = FxHashMap::default();
    for words in messages {
        for length in LENGTHS {
            if words.len() <= length {
                break;
            }
            let (inside, next) = match edge {
                Edge::Opening => (&words[..length], &words[length]),
                Edge::Closing => (&words[words.len() - length..], &words[words.len() - length - 1]),
            };
            *beyond.entry(phrase(inside)).or_default().entry(key(1, [next.stem.as_str()])).or_default() += 1;
        }
    }
    let mut learned: Vec<u64> = beyond
        .into_iter()
        .filter(|(_, counts)| counts.values().sum::<usize>() >= needed && entropy(counts) >= MIN_ENTROPY)
        .map(|(phrase, _)| phrase)
        .collect();
    learned.sort_unstable();
    learned
}

fn entropy(counts: &FxHashMap<u64, usize>) -> f64 {
    // Sorted, so that the sum does not depend on the map's order.
    let mut counts: Vec<usize> = counts.values().copied().collect();
    counts.sort_unstable();
    let total: usize = counts.iter().sum();
    counts.iter().map(|&count| count as f64 / total as f64).map(|share| -share * share.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::entity::Entities;
    use crate::intent::normalize::{Language, Normalizer};

    #[test]
    fn frequent_opening_before_many_wishes_is_stripped_and_a_wish_is_not() {
        let normalizer = Normalizer::new(Language::English, Entities::default());
        let letters = |n: usize| -> String { [n / 26, n % 26].iter().map(|&d| char::from(b'a' + d as u8)).collect() };
        let mut messages: Vec<Vec<Word>> = Vec::new();
        for n in 0..200 {
            let wish = letters(n);
            messages.push(normalizer.words(&format!("hope you are well z{wish} x{wish} y{wish}")));
            messages.push(normalizer.words(&format!("cancel my order because q{}", letters(n % 4))));
        }
        let views: Vec<&[Word]> = messages.iter().map(Vec::as_slice).collect();
        let boilerplate = Boilerplate::learn(&views);
        assert_eq!(boilerplate.strip(&messages[0]).len(), 3);
        assert_eq!(boilerplate.strip(&messages[1]).len(), messages[1].len());
    }
}
