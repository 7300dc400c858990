//! Vectors of words learned from the corpus' own neighbourhoods, and of messages as weighted sums of them: words
//! that keep the same company come to lie together, which bags of words cannot see.
//! Positive pointwise mutual information with context smoothing 0.75 (Levy, Goldberg and Dagan, 2015), reduced
//! by SVD; summed with smooth inverse frequency (Arora, Liang and Ma, 2017).

use super::matrix::{Dense, Sparse, add_scaled, normalize};
use super::normalize::Word;
use super::random::key;
use super::svd;
use rustc_hash::FxHashMap;

/// Words to each side.
const WINDOW: usize = 8;
/// Exponent that lifts rare contexts.
const SMOOTHING: f64 = 0.75;
/// Arora's `a`.
const SMOOTH_FREQUENCY: f32 = 1e-3;
/// A word must occur this often to have a vector.
const MIN_COUNT: u64 = 2;
const POWER_ITERATIONS: usize = 3;

/// Learned vectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct WordVectors {
    /// Sorted keys of stems, stop words included.
    pub(super) keys: Vec<u64>,
    /// `a / (a + p(word))`, one per key.
    pub(super) weights: Vec<f32>,
    /// One row per key, length 1.
    pub(super) vectors: Dense,
    /// Mean of the corpus' message vectors, subtracted from each.
    pub(super) mean: Vec<f32>,
}

impl WordVectors {
    /// Learns `rank` dimensions from all `messages`; the mean is that of `documents`.
    pub(super) fn learn(messages: &[&[Word]], documents: &[&[Word]], rank: usize, seed: u64) -> Self {
        let mut counts: FxHashMap<u64, u64> = FxHashMap::default();
        for message in messages {
            for word in *message {
                *counts.entry(word_key(word)).or_default() += 1;
            }
        }
        let total: u64 = counts.values().sum();
        let mut kept: Vec<(u64, u64)> = counts.into_iter().filter(|&(_, count)| count >= MIN_COUNT).collect();
        kept.sort_unstable();
        let keys: Vec<u64> = kept.iter().map(|&(key, _)| key).collect();
        let share = |count: u64| count as f32 / total.max(1) as f32;
        let weights = kept.iter().map(|&(_, count)| SMOOTH_FREQUENCY / (SMOOTH_FREQUENCY + share(count))).collect();
        let information = mutual_information(messages, &keys);
        let decomposition = svd::decompose(&information, rank, POWER_ITERATIONS, seed);
        let mut vectors = decomposition.left;
        for row in 0..vectors.rows {
            let row = vectors.row_mut(row);
            for (value, singular) in row.iter_mut().zip(&decomposition.values) {
                *value *= singular.sqrt();
            }
            normalize(row);
        }
        let mut learned = Self { keys, weights, mean: vec![0.0; vectors.columns], vectors };
        let mut mean = vec![0.0f32; learned.mean.len()];
        for document in documents {
            add_scaled(&mut mean, &learned.vector(document), 1.0 / documents.len() as f32);
        }
        learned.mean = mean;
        learned
    }

    /// Number of dimensions.
    pub(super) fn dimensions(&self) -> usize {
        self.vectors.columns
    }

    /// Whether the word has a vector.
    pub(super) fn knows(&self, word: &Word) -> bool {
        self.keys.binary_search(&word_key(word)).is_ok()
    }

    /// The vector of a message: length 1, or zero when no word is known.
    pub(super) fn vector(&self, words: &[Word]) -> Vec<f32> {
        let mut sum = vec![0.0; self.dimensions()];
        let mut known = false;
        for word in words {
            if let Ok(row) = self.keys.binary_search(&word_key(word)) {
                add_scaled(&mut sum, self.vectors.row(row), self.weights[row]);
                known |= word.is_content();
            }
        }
        if !known {
            sum.fill(0.0);
            return sum;
        }
        normalize(&mut sum);
        add_scaled(&mut sum, &self.mean, -1.0);
        normalize(&mut sum);
        sum
    }
}

fn word_key(word: &Word) -> u64 {
    key(3, [word.stem.as_str()])
}

/// The positive pointwise mutual information of every pair of words seen within a window.
fn mutual_information(messages: &[&[Word]], keys: &[u64]) -> Sparse {
    let mut pairs: FxHashMap<(u32, u32), f64> = FxHashMap::default();
    for message in messages {
        let columns: Vec<Option<u32>> =
            message.iter().map(|word| keys.binary_search(&word_key(word)).ok().map(|column| column as u32)).collect();
        for (place, &word) in columns.iter().enumerate() {
            let Some(word) = word else { continue };
            for (distance, &other) in columns[place + 1..].iter().take(WINDOW).enumerate() {
                let Some(other) = other else { continue };
                let weight = 1.0 / ((distance + 1) as f64).sqrt();
                *pairs.entry((word.min(other), word.max(other))).or_default() += weight;
            }
        }
    }
    let mut entries: Vec<((u32, u32), f64)> = Vec::with_capacity(2 * pairs.len());
    for ((a, b), weight) in pairs {
        // A word beside itself is one pair seen from both sides.
        if a == b {
            entries.push(((a, a), 2.0 * weight));
        } else {
            entries.extend([((a, b), weight), ((b, a), weight)]);
        }
    }
    entries.sort_unstable_by_key(|&(pair, _)| pair);
    let mut sums = vec![0.0f64; keys.len()];
    for &((word, _), weight) in &entries {
        sums[word as usize] += weight;
    }
    let total: f64 = sums.iter().sum();
    let smoothed: Vec<f64> = sums.iter().map(|sum| sum.powf(SMOOTHING)).collect();
    let smoothed_total: f64 = smoothed.iter().sum();
    let mut matrix = Sparse::new(keys.len());
    let mut rest = entries.as_slice();
    for word in 0..keys.len() as u32 {
        let length = rest.partition_point(|&((row, _), _)| row == word);
        let (row, after) = rest.split_at(length);
        rest = after;
        matrix.push(row.iter().filter_map(|&((_, context), weight)| {
            let joint = weight / total;
            let apart = (sums[word as usize] / total) * (smoothed[context as usize] / smoothed_total);
            let information = (joint / apart).ln();
            (information > 0.0).then_some((context, information as f32))
        }));
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::entity::Entities;
    use crate::intent::matrix::dot;
    use crate::intent::normalize::{Language, Normalizer};

    #[test]
    fn words_with_the_same_company_lie_together() {
        let normalizer = Normalizer::new(Language::English, Entities::default());
        let mut messages = Vec::new();
        for _ in 0..6 {
            for animal in ["cat", "dog"] {
                messages.push(normalizer.words(&format!("feed {animal} dry food bowl")));
                messages.push(normalizer.words(&format!("walk {animal} park leash")));
            }
            for money in ["invoice", "payment"] {
                messages.push(normalizer.words(&format!("declined {money} bank card")));
                messages.push(normalizer.words(&format!("overdue {money} bank statement")));
            }
        }
        let views: Vec<&[Word]> = messages.iter().map(Vec::as_slice).collect();
        let vectors = WordVectors::learn(&views, &views, 8, 1);
        let vector = |text: &str| vectors.vector(&normalizer.words(text));
        let (cat, dog, invoice) = (vector("cat"), vector("dog"), vector("invoice"));
        assert!(dot(&cat, &dog) > 0.8, "{}", dot(&cat, &dog));
        assert!(dot(&cat, &invoice) < 0.2, "{}", dot(&cat, &invoice));
        assert!(vector("unheard").iter().all(|&value| value == 0.0));
    }
}
