//! Vectors of an embeddings endpoint in the place of the space's own: the same graph, the same identity. The mean of the
//! corpus that was fitted is taken off, because such models put all texts near one direction, and frozen with the
//! model, so that places stay comparable.

use super::Sources;
use super::matrix::{Dense, normalize};
use super::model::{Body, Embedding, Model};
use super::space::Space;
use super::unit::{Corpus, Unit};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Units that one thread places at once.
const PLACED_AT_ONCE: usize = 64;

/// A wording that needs a vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    key: u64,
    /// How somebody put it.
    pub text: String,
}

/// Vectors for wordings.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    model: String,
    vectors: BTreeMap<u64, Vec<f32>>,
    length: usize,
}

/// The distinct wordings of `sources`, in the order of their keys: as `previous` reads them, which is to go on, or for
/// a first fit.
///
/// # Errors
/// [`IntentError::NoUserTurns`](super::IntentError::NoUserTurns) when there are none, or that of the sources.
pub fn wordings<S: Sources + ?Sized>(
    sources: &S,
    previous: Option<&Model>,
    seed: u64,
) -> Result<Vec<Wording>, S::Error> {
    let goals = match previous {
        Some(previous) => {
            let space = &previous.body.space;
            Corpus::read(sources, Some(space.normalizer()), true)?.goals(space)
        }
        None => {
            let corpus = Corpus::read(sources, None, true)?;
            let space = corpus.learn_space(seed);
            corpus.goals(&space)
        }
    };
    let wording = |unit: &Unit| {
        let text = goals.goals.get(unit.first).map(|goal| goal.text.clone()).unwrap_or_default();
        Wording { key: unit.key, text }
    };
    Ok(goals.units.iter().map(wording).collect())
}

impl Embedded {
    /// The vectors of `model` for `wordings`, in their order; all of one length.
    pub fn new(model: &str, wordings: &[Wording], vectors: Vec<Vec<f32>>) -> Self {
        let length = vectors.first().map_or(0, Vec::len);
        let vectors = wordings.iter().map(|wording| wording.key).zip(vectors).collect();
        Self { model: model.to_string(), vectors, length }
    }

    /// What a first fit freezes.
    fn frozen(&self) -> Embedding {
        let mut mean = vec![0.0f64; self.length];
        for vector in self.vectors.values() {
            for (sum, value) in mean.iter_mut().zip(unit_length(vector)) {
                *sum += f64::from(value);
            }
        }
        let count = self.vectors.len().max(1) as f64;
        Embedding { model: self.model.clone(), mean: mean.iter().map(|sum| ((sum / count) as f32).to_bits()).collect() }
    }

    /// Whether a model was fitted with these vectors' maker.
    fn made(&self, embedding: &Embedding) -> bool {
        embedding.model == self.model && embedding.mean.len() == self.length
    }
}

/// Whether what is frozen and what is given come from the same maker.
pub(super) fn same_maker(body: &Body, embedded: Option<&Embedded>) -> bool {
    match (&body.embedding, embedded) {
        (None, None) => true,
        (Some(embedding), Some(embedded)) => embedded.made(embedding),
        _ => false,
    }
}

/// Where wordings are placed.
pub(super) struct Placing<'a> {
    space: &'a Space,
    embedded: Option<(&'a Embedded, Embedding)>,
}

impl<'a> Placing<'a> {
    /// For a first fit.
    pub(super) fn first(space: &'a Space, embedded: Option<&'a Embedded>) -> Self {
        Self { space, embedded: embedded.map(|embedded| (embedded, embedded.frozen())) }
    }

    /// In a frozen model.
    pub(super) fn frozen(body: &'a Body, embedded: Option<&'a Embedded>) -> Self {
        Self { space: &body.space, embedded: embedded.zip(body.embedding.clone()) }
    }

    /// What the model keeps.
    pub(super) fn embedding(&self) -> Option<Embedding> {
        self.embedded.as_ref().map(|(_, embedding)| embedding.clone())
    }

    /// Whether most of a wording's words are unknown, so that its place means nothing.
    pub(super) fn is_foreign(&self, unit: &Unit) -> bool {
        match &self.embedded {
            Some((embedded, _)) => !embedded.vectors.contains_key(&unit.key),
            None => self.space.is_foreign(&unit.words),
        }
    }

    /// The units' places.
    pub(super) fn place(&self, units: &[&Unit]) -> Dense {
        let width = self.embedded.as_ref().map_or(self.space.dimensions(), |(_, frozen)| frozen.mean.len());
        let mut vectors = Dense::zeros(units.len(), width);
        let rows = vectors.values.par_chunks_mut(width.max(1)).zip(units);
        rows.with_min_len(PLACED_AT_ONCE).for_each(|(row, unit)| self.place_one(unit, row));
        vectors
    }

    fn place_one(&self, unit: &Unit, row: &mut [f32]) {
        let Some((embedded, frozen)) = &self.embedded else {
            return row.copy_from_slice(&self.space.vector(&unit.words));
        };
        let Some(vector) = embedded.vectors.get(&unit.key) else { return };
        for ((slot, value), mean) in row.iter_mut().zip(unit_length(vector)).zip(&frozen.mean) {
            *slot = value - f32::from_bits(*mean);
        }
        normalize(row);
    }
}

fn unit_length(vector: &[f32]) -> Vec<f32> {
    let mut vector = vector.to_vec();
    normalize(&mut vector);
    vector
}
