//! ROOM 2: what was wanted. Conversations are cut into goals, goals are placed in a space learned from the corpus and
//! from a table of word pieces, neighbours in it are grouped into intents, and each intent gets an id that it keeps and a
//! name out of the users' own words. A later run folds new conversations into the frozen space, so that an intent's
//! trend is about the users and not about the clustering.
//!
//! What this room does not do: it never looks at tool calls or replies to decide what was wanted (a wrong tool would
//! move the conversation to another intent and hide the failure), it drops nothing (what fits no intent is counted
//! as the long tail), and it runs no model of language.

mod agreement;
mod boilerplate;
mod bytes;
mod cue;
mod echo;
mod embedded;
mod entity;
mod features;
mod fit;
mod graph;
mod identity;
mod index;
mod knn;
mod leiden;
mod matrix;
mod model;
mod name;
pub mod naming;
mod normalize;
mod people;
mod piece_vectors;
mod random;
pub mod rank;
pub mod registry;
mod resolution;
mod rows;
mod scope;
mod segment;
mod source;
mod space;
mod stop_words;
mod svd;
mod table;
pub mod trend;
mod unit;
mod word_vectors;

#[cfg(test)]
mod tests;

pub use bytes::ModelError;
pub use embedded::{Embedded, Wording, wordings};
pub use fit::{Elsewhere, fit, fit_embedded};
pub use model::Model;
pub use source::{Source, Sources};

use crate::clock::Timestamp;
use crate::trace::ConversationId;
use naming::{Rules, Suggestion};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Our short id of an intent: `i-` and 6 hex digits, fixed when the intent is born.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub String);

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing that a user wanted: consecutive turns of a conversation that serve it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// The conversation.
    pub conversation: ConversationId,
    /// 0 for the conversation's first goal, which is the primary one.
    pub ordinal: u32,
    /// Index of the first turn that serves it.
    pub first_turn: u32,
    /// Index of the last turn that serves it, replies included.
    pub last_turn: u32,
    /// How the user put it, as typed; empty where [`Options::texts`] says that nobody reads it.
    pub text: String,
}

/// Where a goal belongs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assignment {
    /// The intent; `None` in the long tail.
    pub intent: Option<IntentId>,
    /// Share of the goal's nearest neighbours, by weight, that belong to the same intent, in `[0, 1]`; 0 in the
    /// long tail.
    pub score: f32,
    /// How unlike everything that was known the goal was when it came, in `[0, 1]`; from 0.5 it is stranger than nine in
    /// ten of those that the model was fitted on. `None` where that is not measured: a wording without a place, vectors of
    /// many dimensions, models of an older version.
    pub out_of_scope: Option<f32>,
}

/// A group of goals that want the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Its id.
    pub id: IntentId,
    /// Its name, unique among the intents of a model.
    pub name: String,
    /// The language model that found the name; `None` for our own key phrases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named_by: Option<String>,
    /// What belongs to it and what does not, in that model's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Rules>,
    /// Key phrases, most telling first, in the users' words.
    pub phrases: Vec<String>,
    /// The most central goal: its conversation and first stating turn.
    pub medoid: (ConversationId, u32),
    /// Goals in it.
    pub goals: u32,
    /// Conversations with at least one goal in it.
    pub conversations: u32,
    /// When it was first seen as an intent.
    pub born: Timestamp,
    /// The intents nearest to it, nearest first: related, not parents.
    pub related: Vec<IntentId>,
    /// What a language model takes it for, if not for one of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
}

/// What happened to an intent between two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineageEvent {
    /// When.
    pub at: Timestamp,
    /// To which intent.
    pub intent: IntentId,
    /// What.
    pub kind: LineageKind,
    /// The intent it became (merged) or came from (split).
    pub other: Option<IntentId>,
}

/// Kinds of [`LineageEvent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LineageKind {
    /// New.
    Born,
    /// Went into another.
    Merged,
    /// Came out of another.
    Split,
    /// Nobody wants it any more.
    Retired,
}

impl LineageKind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Born, Self::Merged, Self::Split, Self::Retired].into_iter().find(|kind| kind.name() == name)
    }

    /// The kind as stored and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Born => "born",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Retired => "retired",
        }
    }
}

/// Choices of a fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Factor on the chosen resolution: below 1 coarser, above 1 finer.
    pub granularity: f64,
    /// Learn everything anew even when there is a previous model; ids are carried over where intents match.
    pub refit: bool,
    /// Seed of the random projections and of the subsamples.
    pub seed: u64,
    /// Keep the texts of goals, which only a language model that names intents reads.
    pub texts: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { granularity: 1.0, refit: false, seed: 0x1d5, texts: true }
    }
}

/// The result of a fit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// What to keep for the next run.
    pub model: Model,
    /// Goals by conversation id and ordinal.
    pub goals: Vec<Goal>,
    /// Parallel to `goals`.
    pub assignments: Vec<Assignment>,
    /// Intents with at least one goal, largest first, ties by id.
    pub intents: Vec<Intent>,
    /// What happened since the previous model; empty for a first fit.
    pub lineage: Vec<LineageEvent>,
    /// Goals in no intent.
    pub long_tail: u32,
    /// Why the frozen model no longer fits well, if so: then a refit is due.
    pub refit_due: Option<String>,
}

/// Why there are no intents.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntentError {
    /// There are conversations, but no user says anything in them.
    #[error("no user turns in {conversations} conversations: there is nothing to name intents from")]
    NoUserTurns {
        /// How many conversations.
        conversations: usize,
    },
    /// Fewer goals than intents can be told apart in.
    #[error("too little data to name intents: {found} goal{}, {needed} needed", if *found == 1 { "" } else { "s" })]
    TooFewGoals {
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Goals enough, but no group of them is large enough to be an intent.
    #[error("no intent stands out: {goals} goals, no {needed} of them alike")]
    NothingAlike {
        /// How many goals.
        goals: usize,
        /// Size of the smallest intent.
        needed: usize,
    },
}
