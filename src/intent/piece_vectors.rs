//! Vectors of messages from the compiled-in table of sub-word vectors: what words mean elsewhere, where the corpus alone
//! is too small to tell. Pieces are weighed by how rare they are in the user's own corpus, and the table is turned to
//! the directions in which that corpus differs. How much the part counts goes by the share of the corpus' words that the
//! table holds: in a language that it does not know, there is no such part.

use super::matrix::{Dense, Sparse, add_scaled, normalize};
use super::normalize::Word;
use super::svd;
use super::table;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// Dimensions kept of the table's.
const RANK: usize = 64;
/// Part of the squared length of a message's vector where the table holds all words.
const SHARE: f32 = 0.6;
/// Share of long content words that are one piece of the table, below which it says nothing, and from which it says all
/// it can. English has nine in ten; French, the nearest other, has two.
const COVERAGE: std::ops::Range<f32> = 0.3..0.6;
/// Letters of a word that tells: short words of all Latin scripts are in the table.
const LONG: usize = 5;
const POWER_ITERATIONS: usize = 3;
/// Messages weighed at once by one thread.
const AT_ONCE: usize = 2_048;

/// The table as seen by a corpus.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PieceVectors {
    /// Part of the squared length of a message's vector; 0 where there is no such part.
    pub(super) share: f32,
    /// Pieces that the corpus uses, sorted.
    pub(super) pieces: Vec<u32>,
    /// Inverse document frequency, one per piece.
    pub(super) idf: Vec<f32>,
    /// That of any other piece.
    pub(super) unseen: f32,
    /// Mean of the corpus' message vectors, in the table's dimensions.
    pub(super) mean: Vec<f32>,
    /// From the table's dimensions to the corpus' leading ones.
    pub(super) projection: Dense,
}

impl PieceVectors {
    /// Learns from what may state a goal.
    pub(super) fn learn(documents: &[&[Word]], seed: u64) -> Self {
        let share = SHARE * ramp(coverage(documents));
        if share <= 0.0 {
            return Self::default();
        }
        let mut frequency: FxHashMap<u32, u32> = FxHashMap::default();
        for document in documents {
            let mut pieces: Vec<u32> =
                document.iter().flat_map(|word| word.pieces.iter().map(|&p| u32::from(p))).collect();
            pieces.sort_unstable();
            pieces.dedup();
            for piece in pieces {
                *frequency.entry(piece).or_default() += 1;
            }
        }
        let mut frequency: Vec<(u32, u32)> = frequency.into_iter().collect();
        frequency.sort_unstable();
        let idf = |count: u32| ((1.0 + documents.len() as f32) / (1.0 + count as f32)).ln() + 1.0;
        let mut learned = Self {
            share,
            pieces: frequency.iter().map(|&(piece, _)| piece).collect(),
            idf: frequency.iter().map(|&(_, count)| idf(count)).collect(),
            unseen: idf(0),
            mean: vec![0.0; table::DIMENSIONS],
            projection: Dense::default(),
        };
        let (mean, covariance) = learned.moments(documents);
        learned.mean = mean;
        learned.projection = svd::decompose(&covariance, RANK, POWER_ITERATIONS, seed).right;
        // A single wording differs in no direction.
        if learned.dimensions() > 0 { learned } else { Self::default() }
    }

    /// How well the table knows the corpus' language: 1 where it says all it can, 0 where there is no such part.
    pub(super) fn fluency(&self) -> f32 {
        self.share / SHARE
    }

    /// Number of dimensions.
    pub(super) fn dimensions(&self) -> usize {
        self.projection.columns
    }

    /// Whether the table holds the word.
    pub(super) fn knows(&self, word: &Word) -> bool {
        self.share > 0.0 && word.whole
    }

    /// The vector of a message: length 1, or zero when no word of it says what is wanted.
    pub(super) fn vector(&self, words: &[Word]) -> Vec<f32> {
        let mut vector = vec![0.0; self.dimensions()];
        let Some(mut wide) = self.wide(words) else { return vector };
        add_scaled(&mut wide, &self.mean, -1.0);
        for (dimension, value) in wide.iter().enumerate() {
            add_scaled(&mut vector, self.projection.row(dimension), *value);
        }
        normalize(&mut vector);
        vector
    }

    /// The direction of a message in the table's dimensions.
    fn wide(&self, words: &[Word]) -> Option<Vec<f32>> {
        let mut sum = vec![0.0; table::DIMENSIONS];
        let mut known = false;
        for word in words {
            for &piece in &word.pieces {
                let place = self.pieces.binary_search(&u32::from(piece));
                let weight = place.map_or(self.unseen, |place| self.idf[place]);
                table::add(piece, weight, &mut sum);
                known |= word.is_content();
            }
        }
        if !known {
            return None;
        }
        normalize(&mut sum);
        Some(sum)
    }

    /// Mean and covariance of the messages' directions.
    fn moments(&self, documents: &[&[Word]]) -> (Vec<f32>, Sparse) {
        const WIDTH: usize = table::DIMENSIONS;
        let blocks = documents.par_chunks(AT_ONCE).map(|block| {
            let values: Vec<f32> = block.iter().filter_map(|words| self.wide(words)).flatten().collect();
            let rows = Dense { rows: values.len() / WIDTH, columns: WIDTH, values };
            let mut sum = vec![0.0f64; WIDTH];
            for row in rows.values.chunks(WIDTH) {
                sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
            }
            (rows.rows, sum, rows.gram())
        });
        // In the order of the blocks, however many threads there are.
        let (mut count, mut sum, mut gram) = (0, vec![0.0; WIDTH], vec![0.0; WIDTH * WIDTH]);
        for (rows, part, products) in blocks.collect::<Vec<_>>() {
            count += rows;
            sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
            gram.iter_mut().zip(products).for_each(|(sum, value)| *sum += value);
        }
        let count = f64::from(count.max(1) as u32);
        let mean: Vec<f64> = sum.iter().map(|sum| sum / count).collect();
        let mut covariance = Sparse::new(WIDTH);
        for (row, products) in gram.chunks(WIDTH).enumerate() {
            let values = products.iter().zip(&mean).map(|(product, other)| product / count - mean[row] * other);
            covariance.push(values.enumerate().map(|(column, value)| (column as u32, value as f32)));
        }
        (mean.iter().map(|&value| value as f32).collect(), covariance)
    }
}

/// Share of the long content words that are one piece of the table.
fn coverage(documents: &[&[Word]]) -> f32 {
    let tells = |word: &&Word| word.is_content() && word.surface.chars().count() >= LONG;
    let content = || documents.iter().flat_map(|words| words.iter()).filter(tells);
    let whole = content().filter(|word| word.whole).count();
    whole as f32 / content().count().max(1) as f32
}

/// 0 below the range, 1 above, a straight line between.
fn ramp(coverage: f32) -> f32 {
    ((coverage - COVERAGE.start) / (COVERAGE.end - COVERAGE.start)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intent::entity::Entities;
    use crate::intent::matrix::dot;
    use crate::intent::normalize::{Language, Normalizer};

    fn learn(texts: &[&str], language: Language) -> (PieceVectors, Normalizer) {
        let normalizer = Normalizer::new(language, Entities::default());
        let messages: Vec<Vec<Word>> = texts.iter().map(|text| normalizer.words(text)).collect();
        let views: Vec<&[Word]> = messages.iter().map(Vec::as_slice).collect();
        (PieceVectors::learn(&views, 1), normalizer)
    }

    const ENGLISH: [&str; 8] = [
        "cancel my order",
        "where is the parcel",
        "refund the purchase",
        "my package did not arrive",
        "the card was declined",
        "change the delivery address",
        "reset the password",
        "I cannot log in",
    ];

    #[test]
    fn words_that_mean_the_same_lie_together_though_the_corpus_never_says_so() {
        let (vectors, normalizer) = learn(&ENGLISH, Language::English);
        let vector = |text: &str| vectors.vector(&normalizer.words(text));
        let (parcel, shipment, login) = (vector("parcel"), vector("shipment"), vector("password"));
        assert!(dot(&parcel, &shipment) > dot(&parcel, &login) + 0.3);
        assert!((dot(&parcel, &parcel) - 1.0).abs() < 1e-5);
        assert!(vector("the of and").iter().all(|&value| value == 0.0), "nothing is wanted");
    }

    #[test]
    fn a_language_that_the_table_does_not_hold_has_no_such_part() {
        for texts in [
            ["取消我的订单", "我的包裹在哪里", "退款申请"],
            ["quiero cancelar mi pedido", "dónde está el paquete", "necesito un reembolso de la compra"],
            ["je voudrais annuler ma commande", "où est le colis", "remboursement de mon achat"],
            ["ich möchte die Bestellung stornieren", "wo ist das Paket", "Erstattung für den Einkauf"],
        ] {
            let (vectors, _) = learn(&texts, Language::Other);
            assert_eq!((vectors.share, vectors.fluency(), vectors.dimensions()), (0.0, 0.0, 0), "{texts:?}");
        }
        let (vectors, _) = learn(&ENGLISH, Language::English);
        assert_eq!((vectors.share, vectors.fluency()), (SHARE, 1.0));
    }

    #[test]
    fn the_part_grows_with_what_is_covered() {
        assert_eq!((ramp(0.2), ramp(0.7)), (0.0, 1.0));
        assert!((ramp(0.45) - 0.5).abs() < 1e-6);
    }
}
