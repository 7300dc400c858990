//! A model as bytes, for the store: a magic line, the version, a JSON header with everything small, then the large arrays
//! as little-endian words. Equal models have equal bytes; what is read never indexes out of its own bounds. The caller
//! compresses.

use super::boilerplate::Boilerplate;
use super::entity::Entities;
use super::features::Vocabulary;
use super::matrix::Dense;
use super::model::{Body, Embedding, Exemplar, IntentRecord, Label, Model};
use super::normalize::Language;
use super::piece_vectors::PieceVectors;
use super::scope::Scope;
use super::space::Space;
use super::table;
use super::word_vectors::WordVectors;
use crate::clock::Timestamp;
use serde::{Deserialize, Serialize};

pub(super) const MAGIC: &[u8] = b"reprompt intent model\n";
/// Raised when the bytes or what they mean change. Version 1 had no table of pieces, version 2 no echo: what they placed
/// and measured stays as it is, and only a refit, which is asked for, uses what they had not.
const VERSION: u32 = 3;
const OLDEST_VERSION: u32 = 1;

/// The stored bytes are not a model that this version reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Not a model at all, or damaged.
    #[error("the stored intent model is damaged ({0})")]
    Damaged(&'static str),
    /// Written by a newer version.
    #[error("the stored intent model has version {found}; this program reads version {VERSION}")]
    Version {
        /// The version found.
        found: u32,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    language: Language,
    entities: Entities,
    boilerplate: Boilerplate,
    /// Bits of the number: decimal text may come back one unit off.
    resolution: u64,
    /// See `resolution`.
    stability: u64,
    fitted: Timestamp,
    at_fit: (usize, usize),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    embedding: Option<Embedding>,
    intents: Vec<IntentRecord>,
    features: usize,
    rank: usize,
    words: usize,
    word_rank: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pieces: Option<PieceHeader>,
    openings: usize,
    labels: usize,
    exemplars: usize,
    /// Bits of the middle and the boundary of [`Scope`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<(u32, u32)>,
    /// Bits of the echo's weight in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    echo: Option<u32>,
}

/// The small numbers of [`PieceVectors`]; `f32` as bits.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PieceHeader {
    share: u32,
    unseen: u32,
    pieces: usize,
    rank: usize,
}

/// How "no intent" is written where an index is expected.
const NONE: u32 = u32::MAX;

impl Model {
    /// The model as bytes, the same for equal models.
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = &self.body;
        let Space { language, entities, boilerplate, vocabulary, projection, words, pieces, openings } = &body.space;
        let header = Header {
            language: *language,
            entities: entities.clone(),
            boilerplate: boilerplate.clone(),
            resolution: body.resolution.to_bits(),
            stability: body.stability.to_bits(),
            fitted: body.fitted,
            at_fit: body.at_fit,
            embedding: body.embedding.clone(),
            intents: body.intents.clone(),
            features: vocabulary.keys.len(),
            rank: projection.columns,
            words: words.keys.len(),
            word_rank: words.vectors.columns,
            pieces: (pieces.dimensions() > 0).then(|| PieceHeader {
                share: pieces.share.to_bits(),
                unseen: pieces.unseen.to_bits(),
                pieces: pieces.pieces.len(),
                rank: pieces.dimensions(),
            }),
            openings: openings.rows,
            labels: body.labels.len(),
            exemplars: body.exemplars.len(),
            scope: body.scope.as_ref().map(|scope| (scope.middle.to_bits(), scope.boundary.to_bits())),
            echo: body.scope.as_ref().filter(|_| body.echoes()).map(|scope| scope.echo.to_bits()),
        };
        // A struct of numbers, strings and lists always serialises; an empty header would be refused when read.
        let header = serde_json::to_vec(&header).unwrap_or_default();
        let mut bytes = Vec::new();
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(header.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&header);
        let mut put_keys = |keys: &[u64]| keys.iter().for_each(|key| bytes.extend_from_slice(&key.to_le_bytes()));
        put_keys(&vocabulary.keys);
        put_keys(&words.keys);
        body.labels.iter().for_each(|label| put_keys(&[label.unit]));
        let intents = body.labels.iter().map(|label| label.intent).chain(body.exemplars.iter().map(|e| e.intent));
        for number in intents.map(|intent| intent.unwrap_or(NONE)).chain(pieces.pieces.iter().copied()) {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let mut put = |values: &[f32]| values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        body.labels.iter().for_each(|label| put(&[label.score]));
        body.intents.iter().for_each(|record| put(&[record.floor]));
        put(&vocabulary.idf);
        put(&projection.values);
        put(&words.weights);
        put(&words.vectors.values);
        put(&words.mean);
        put(&pieces.idf);
        put(&pieces.mean);
        put(&pieces.projection.values);
        put(&openings.values);
        put(&body.centres.values);
        body.exemplars.iter().for_each(|exemplar| put(&exemplar.vector));
        if let Some(scope) = &body.scope {
            body.labels.iter().for_each(|label| put(&[label.out_of_scope.unwrap_or(f32::NAN)]));
            put(&scope.whitening.values);
            put(&scope.mean);
            put(&scope.means.values);
        }
        if body.echoes() {
            let mut put =
                |values: &[u16]| values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
            body.exemplars.iter().for_each(|exemplar| put(&[exemplar.pieces.len() as u16]));
            body.exemplars.iter().for_each(|exemplar| put(&exemplar.pieces));
        }
        bytes
    }

    /// Reads what [`Model::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`ModelError`] for anything else; never a model that would index out of its own bounds.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut rest = Rest(bytes.strip_prefix(MAGIC).ok_or(ModelError::Damaged("it does not begin as one"))?);
        let version = rest.u32s(1)?.first().copied().unwrap_or(0);
        if !(OLDEST_VERSION..=VERSION).contains(&version) {
            return Err(ModelError::Version { found: version });
        }
        let length = rest.u64s(1)?.first().copied().unwrap_or(0);
        let mut header: Header = serde_json::from_slice(rest.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            .map_err(|_| ModelError::Damaged("its header cannot be read"))?;
        let piece_rank = header.pieces.map_or(0, |pieces| pieces.rank);
        let dimensions = header.rank.saturating_add(header.word_rank).saturating_add(piece_rank);
        let contradictory = header.rank > header.features
            || header.word_rank > header.words
            || piece_rank > table::DIMENSIONS
            || header.openings > rest.0.len();
        if contradictory {
            return Err(ModelError::Damaged("its sizes contradict each other"));
        }
        let feature_keys = rest.u64s(header.features)?;
        let word_keys = rest.u64s(header.words)?;
        let units = rest.u64s(header.labels)?;
        let mut intents = |count| -> Result<Vec<Option<u32>>, ModelError> {
            let known = header.intents.len() as u64;
            let indices = rest.u32s(count)?;
            if indices.iter().any(|&index| index != NONE && u64::from(index) >= known) {
                return Err(ModelError::Damaged("a wording belongs to an unknown intent"));
            }
            Ok(indices.into_iter().map(|index| (index != NONE).then_some(index)).collect())
        };
        let label_intents = intents(header.labels)?;
        let exemplar_intents = intents(header.exemplars)?;
        let piece_numbers = rest.u32s(header.pieces.map_or(0, |pieces| pieces.pieces))?;
        let scores = rest.f32s(header.labels)?;
        for record in &mut header.intents {
            record.floor = rest.f32s(1)?.first().copied().unwrap_or(0.0);
        }
        let idf = rest.f32s(header.features)?;
        let projection = rest.dense(header.features, header.rank)?;
        let weights = rest.f32s(header.words)?;
        let vectors = rest.dense(header.words, header.word_rank)?;
        let mean = rest.f32s(header.word_rank)?;
        let pieces = match header.pieces {
            None => PieceVectors::default(),
            Some(PieceHeader { share, unseen, pieces, rank }) => PieceVectors {
                share: f32::from_bits(share),
                unseen: f32::from_bits(unseen),
                pieces: piece_numbers,
                idf: rest.f32s(pieces)?,
                mean: rest.f32s(table::DIMENSIONS)?,
                projection: rest.dense(table::DIMENSIONS, rank)?,
            },
        };
        let openings = rest.dense(header.openings, dimensions)?;
        let dimensions = header.embedding.as_ref().map_or(dimensions, |embedding| embedding.mean.len());
        let centres = rest.dense(header.intents.len(), dimensions)?;
        let exemplars = rest.dense(header.exemplars, dimensions)?;
        let unmeasured = header.intents.is_empty() || dimensions == 0;
        if header.scope.is_some() && unmeasured || header.echo.is_some() && header.scope.is_none() {
            return Err(ModelError::Damaged("it measures nothing"));
        }
        let mut strange = vec![None; header.labels];
        let mut scope = None;
        if let Some((middle, boundary)) = header.scope {
            strange = rest.f32s(header.labels)?.into_iter().map(|score| (!score.is_nan()).then_some(score)).collect();
            scope = Some(Scope {
                whitening: rest.dense(dimensions, dimensions)?,
                mean: rest.f32s(dimensions)?,
                means: rest.dense(header.intents.len(), dimensions)?,
                middle: f32::from_bits(middle),
                boundary: f32::from_bits(boundary),
                echo: f32::from_bits(header.echo.unwrap_or(0)),
            });
        }
        let mut exemplar_pieces = vec![Vec::new(); header.exemplars];
        if header.echo.is_some() {
            let lengths = rest.u16s(header.exemplars)?;
            for (pieces, length) in exemplar_pieces.iter_mut().zip(lengths) {
                *pieces = rest.u16s(usize::from(length))?;
            }
        }
        if !rest.0.is_empty() {
            return Err(ModelError::Damaged("there is more than it announces"));
        }
        let sorted = |keys: &[u64]| keys.is_sorted_by(|a, b| a < b);
        let pieces_sorted = pieces.pieces.is_sorted_by(|a, b| a < b);
        if !(sorted(&feature_keys) && sorted(&word_keys) && sorted(&units) && pieces_sorted) {
            return Err(ModelError::Damaged("its keys are out of order"));
        }
        let labels = units.into_iter().zip(label_intents).zip(scores.into_iter().zip(strange));
        let label = |((unit, intent), (score, out_of_scope))| Label { unit, intent, score, out_of_scope };
        let space = Space {
            language: header.language,
            entities: header.entities,
            boilerplate: header.boilerplate,
            vocabulary: Vocabulary { keys: feature_keys, idf },
            projection,
            words: WordVectors { keys: word_keys, weights, vectors, mean },
            pieces,
            openings,
        };
        let body = Body {
            space,
            resolution: f64::from_bits(header.resolution),
            stability: f64::from_bits(header.stability),
            fitted: header.fitted,
            at_fit: header.at_fit,
            embedding: header.embedding,
            intents: header.intents,
            centres,
            labels: labels.map(label).collect(),
            exemplars: exemplar_intents
                .into_iter()
                .zip(exemplar_pieces)
                .enumerate()
                .map(|(row, (intent, pieces))| Exemplar { intent, vector: exemplars.row(row).to_vec(), pieces })
                .collect(),
            scope,
        };
        Ok(Self { body })
    }
}

/// Bytes still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ModelError::Damaged("it is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn words<const SIZE: usize>(&mut self, count: usize) -> Result<impl Iterator<Item = [u8; SIZE]>, ModelError> {
        let bytes = self.take(count.saturating_mul(SIZE))?;
        Ok(bytes.chunks_exact(SIZE).map(|chunk| {
            let mut word = [0; SIZE];
            word.copy_from_slice(chunk);
            word
        }))
    }

    fn u64s(&mut self, count: usize) -> Result<Vec<u64>, ModelError> {
        Ok(self.words(count)?.map(u64::from_le_bytes).collect())
    }

    fn u32s(&mut self, count: usize) -> Result<Vec<u32>, ModelError> {
        Ok(self.words(count)?.map(u32::from_le_bytes).collect())
    }

    fn u16s(&mut self, count: usize) -> Result<Vec<u16>, ModelError> {
        Ok(self.words(count)?.map(u16::from_le_bytes).collect())
    }

    fn f32s(&mut self, count: usize) -> Result<Vec<f32>, ModelError> {
        Ok(self.words(count)?.map(f32::from_le_bytes).collect())
    }

    fn dense(&mut self, rows: usize, columns: usize) -> Result<Dense, ModelError> {
        Ok(Dense { rows, columns, values: self.f32s(rows.saturating_mul(columns))? })
    }
}
