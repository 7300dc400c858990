//! What is kept between runs: the frozen space, the intents with their centres, which wording belongs where, and
//! exemplar vectors to compare new goals with. No trace text is in it except key phrases and names.

use super::IntentId;
use super::fit::{MEAN_GOALS, NEEDED_GOALS};
use super::matrix::Dense;
use super::naming::Rules;
use super::naming::opinion::Opinions;
use super::scope::Scope;
use super::space::Space;
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::trace::ConversationId;
use serde::{Deserialize, Serialize};

/// A model is due for a refit when there are this many times as many goals as it was learned from, while it was
/// learned from few.
const OUTGROWN: usize = 3;
const FEW_GOALS: usize = 20 * NEEDED_GOALS;
/// Share of goals that may join the long tail before a refit is due, if they are enough for an intent.
const TAIL_SHARE: f64 = 0.05;

/// A fitted model.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(super) body: Body,
}

/// The parts of a model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Body {
    pub(super) space: Space,
    pub(super) resolution: f64,
    pub(super) stability: f64,
    pub(super) fitted: Timestamp,
    /// Goals and long tail when the space was learned; set by the first assembly.
    pub(super) at_fit: (usize, usize),
    /// Whose vectors the intents were made of, if not the space's own.
    pub(super) embedding: Option<Embedding>,
    pub(super) intents: Vec<IntentRecord>,
    /// One row per intent, length 1.
    pub(super) centres: Dense,
    /// Sorted by unit.
    pub(super) labels: Vec<Label>,
    pub(super) exemplars: Vec<Exemplar>,
    /// What strangeness is measured against; `None` in models of version 1 and where nothing could be learned.
    pub(super) scope: Option<Scope>,
}

/// Vectors of an endpoint: whose, and their mean over the corpus that was fitted, as bits (decimal text may come back
/// one unit off).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Embedding {
    pub(super) model: String,
    pub(super) mean: Vec<u32>,
}

/// An intent without its counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct IntentRecord {
    pub(super) id: IntentId,
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) named_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rules: Option<Rules>,
    #[serde(default, skip_serializing_if = "Opinions::is_empty")]
    pub(super) opinions: Opinions,
    pub(super) phrases: Vec<String>,
    pub(super) medoid: (ConversationId, u32),
    pub(super) born: Timestamp,
    /// Twentieth percentile of the members' cosine to the centre. Stored with the arrays.
    #[serde(skip)]
    pub(super) floor: f32,
    pub(super) retired: bool,
}

/// Where a wording belongs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Label {
    pub(super) unit: u64,
    /// Index into the intents.
    pub(super) intent: Option<u32>,
    pub(super) score: f32,
    /// How unlike everything that was known it was when it came.
    pub(super) out_of_scope: Option<f32>,
}

/// A vector that new goals are compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Exemplar {
    pub(super) intent: Option<u32>,
    pub(super) vector: Vec<f32>,
    /// Pieces of its wording, where the model looks for echoes.
    pub(super) pieces: Vec<u16>,
}

impl Model {
    /// Whose vectors it was made of and their length, if not the space's own.
    pub fn made_of(&self) -> Option<(&str, usize)> {
        self.body.embedding.as_ref().map(|embedding| (embedding.model.as_str(), embedding.mean.len()))
    }

    /// Digest of the bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_bytes())
    }

    /// Why a refit is due, if it is: the goals that there are now, and how many of them are in no intent.
    pub fn refit_due(&self, goals: usize, tail: usize) -> Option<String> {
        self.body.refit_due(goals, tail)
    }

    /// The resolution that was chosen when the model was fitted.
    pub fn resolution(&self) -> f64 {
        self.body.resolution
    }

    /// Agreement of the fit with those on subsamples, at most 1 (adjusted Rand index).
    pub fn stability(&self) -> f64 {
        self.body.stability
    }

    /// When the space was learned.
    pub fn fitted(&self) -> Timestamp {
        self.body.fitted
    }
}

impl Body {
    /// A model without intents.
    pub(super) fn new(
        space: Space,
        embedding: Option<Embedding>,
        resolution: f64,
        stability: f64,
        fitted: Timestamp,
    ) -> Self {
        let dimensions = embedding.as_ref().map_or(space.dimensions(), |embedding| embedding.mean.len());
        let centres = Dense::zeros(0, dimensions);
        let (intents, labels, exemplars) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            space,
            resolution,
            stability,
            fitted,
            at_fit: (0, 0),
            embedding,
            intents,
            centres,
            labels,
            exemplars,
            scope: None,
        }
    }

    /// Whether strangeness depends on what is said again.
    pub(super) fn echoes(&self) -> bool {
        self.scope.as_ref().is_some_and(|scope| scope.echo > 0.0)
    }

    /// The label of a wording.
    pub(super) fn label(&self, unit: u64) -> Option<&Label> {
        self.labels.binary_search_by_key(&unit, |label| label.unit).ok().map(|index| &self.labels[index])
    }

    /// Why a refit is due, if it is.
    pub(super) fn refit_due(&self, goals: usize, tail: usize) -> Option<String> {
        let (goals_then, tail_then) = self.at_fit;
        if goals_then < FEW_GOALS && goals >= OUTGROWN * goals_then {
            return Some(format!("there are {goals} goals now, {goals_then} when the model was fitted"));
        }
        let more = tail.saturating_sub(tail_then);
        if more as f64 >= MEAN_GOALS.max(TAIL_SHARE * goals as f64) {
            return Some(format!("{more} goals that came since it was fitted are like none of its intents"));
        }
        None
    }
}
