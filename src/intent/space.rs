//! The frozen space that messages are placed in. It is learned once from a corpus; a message seen later is folded
//! in by one sparse product and one sum, so that places (and with them intents) stay comparable over time.
//!
//! The vector of a message is the concatenation of three parts, each of length 1 before it is weighed: latent semantics
//! of its features and the sum of its word vectors, which are learned from the corpus and weigh the same, and the sum of
//! its pieces in a table that came with the program, which weighs as much as that table knows the corpus' language.

use super::boilerplate::Boilerplate;
use super::entity::Entities;
use super::features::{Vocabulary, features};
use super::matrix::{Dense, add_scaled, dot, normalize};
use super::normalize::{Language, Normalizer, Word};
use super::piece_vectors::PieceVectors;
use super::svd;
use super::word_vectors::WordVectors;

/// Dimensions of each part. More makes clusters worse, not better.
const RANK: usize = 64;
/// A corpus of few messages has fewer things to tell apart than dimensions.
const DOCUMENTS_PER_DIMENSION: usize = 8;
/// Openings kept to compare with.
const OPENINGS: usize = 1024;
/// So many of them must be this near (cosine) for a later turn to look like one: chosen on the dialogues of odd place of
/// SGD's development set.
const LIKE_OPENINGS: usize = 3;
const LIKE_AN_OPENING: f32 = 0.4;
const POWER_ITERATIONS: usize = 2;

/// Everything needed to place a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Space {
    pub(super) language: Language,
    pub(super) entities: Entities,
    pub(super) boilerplate: Boilerplate,
    pub(super) vocabulary: Vocabulary,
    /// Right singular vectors: one row per feature.
    pub(super) projection: Dense,
    pub(super) words: WordVectors,
    pub(super) pieces: PieceVectors,
    /// Places of some messages that open conversations: what a goal looks like here.
    pub(super) openings: Dense,
}

impl Space {
    /// Learns from `documents` (what may state a goal) and `messages` (all that users said). All three are distinct and
    /// in an order that does not depend on what they say.
    pub(super) fn learn(
        (language, entities): (Language, Entities),
        openings: &[&[Word]],
        documents: &[&[Word]],
        messages: &[&[Word]],
        seed: u64,
    ) -> Self {
        let boilerplate = Boilerplate::learn(documents);
        let documents: Vec<&[Word]> = documents.iter().map(|words| boilerplate.strip(words)).collect();
        let messages: Vec<&[Word]> = messages.iter().map(|words| boilerplate.strip(words)).collect();
        let rank = (documents.len() / DOCUMENTS_PER_DIMENSION).clamp(2, RANK);
        let bags: Vec<Vec<(u64, u32)>> = documents.iter().map(|words| features(words)).collect();
        let vocabulary = Vocabulary::learn(&bags);
        let projection = svd::decompose(&vocabulary.matrix(&bags), rank, POWER_ITERATIONS, seed).right;
        let words = WordVectors::learn(&messages, &documents, rank, seed ^ 1);
        let pieces = PieceVectors::learn(&documents, seed ^ 2);
        // Placed below, when there is a space.
        let none = Dense::default();
        let mut space = Self { language, entities, boilerplate, vocabulary, projection, words, pieces, openings: none };
        let openings: Vec<Vec<f32>> = openings.iter().take(OPENINGS).map(|words| space.vector(words)).collect();
        space.openings = Dense { rows: openings.len(), columns: space.dimensions(), values: openings.concat() };
        space
    }

    /// What turns messages into this space's words.
    pub(super) fn normalizer(&self) -> Normalizer {
        Normalizer::new(self.language, self.entities.clone())
    }

    /// Number of dimensions.
    pub(super) fn dimensions(&self) -> usize {
        self.projection.columns + self.words.dimensions() + self.pieces.dimensions()
    }

    /// The place of a message: length 1, or zero when nothing in it is known.
    pub(super) fn vector(&self, words: &[Word]) -> Vec<f32> {
        let words = self.boilerplate.strip(words);
        let mut vector = vec![0.0; self.projection.columns];
        for (column, value) in self.vocabulary.weigh(&features(words)) {
            add_scaled(&mut vector, self.projection.row(column as usize), value);
        }
        normalize(&mut vector);
        vector.extend(self.words.vector(words));
        let learned = ((1.0 - self.pieces.share) / 2.0).sqrt();
        vector.iter_mut().for_each(|value| *value *= learned);
        let given = self.pieces.share.sqrt();
        vector.extend(self.pieces.vector(words).iter().map(|value| given * value));
        normalize(&mut vector);
        vector
    }

    /// Whether most of what the message says is in words that the space was not taught and the table does not hold.
    pub(super) fn is_foreign(&self, words: &[Word]) -> bool {
        let content = || self.boilerplate.strip(words).iter().filter(|word| word.is_content());
        let known = content().filter(|word| self.words.knows(word) || self.pieces.knows(word)).count();
        2 * known < content().count()
    }

    /// Whether at least three conversations open with something like this.
    pub(super) fn resembles_openings(&self, vector: &[f32]) -> bool {
        let near = (0..self.openings.rows).filter(|&row| dot(self.openings.row(row), vector) >= LIKE_AN_OPENING);
        near.take(LIKE_OPENINGS).count() == LIKE_OPENINGS
    }
}
