//! One question to a model: fixed instructions, an input, the shape of the answer. What identifies it (and so its
//! stored reply) is its serialised form for a provider; nothing here depends on one.

use super::schema::Schema;
use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a question is for; costs are listed by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Naming intents (a reader).
    Name,
    /// Labelling what events cannot show (a reader).
    Label,
    /// Drafting a change (the writer).
    Draft,
    /// Embedding texts.
    Embed,
}

impl Stage {
    /// All stages, in the order of the loop.
    pub const ALL: [Self; 4] = [Self::Embed, Self::Name, Self::Label, Self::Draft];

    /// The stage as stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Label => "label",
            Self::Draft => "draft",
            Self::Embed => "embed",
        }
    }

    /// The stage with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == name)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A model's standing instructions: a Markdown file, known by its digest in every stored reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instructions {
    text: String,
    digest: Digest,
}

impl Instructions {
    /// The instructions in `text`.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let digest = Digest::of(&text);
        Self { text, digest }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the text.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What it is for.
    pub stage: Stage,
    /// What it is about, by an id of ours (`intent i-…`): for messages only, never sent.
    pub about: String,
    /// Standing instructions: the system message.
    pub instructions: Instructions,
    /// The user message: redacted by the caller.
    pub input: String,
    /// A shorter user message that is sent, once, when the first is longer than the model's context.
    pub shorter_input: Option<String>,
    /// A short name of the answer's shape, letters, digits and `_` (`intent_name`).
    pub shape: &'static str,
    /// The answer's shape.
    pub schema: Schema,
    /// Most tokens of an answer.
    pub max_output: u32,
    /// 0, or the index of a repetition that must not be answered by the first one's stored reply.
    pub repeat: u32,
}

impl Request {
    /// The same question with the shorter input.
    pub(super) fn shorter(&self) -> Option<Self> {
        let input = self.shorter_input.clone()?;
        Some(Self { input, shorter_input: None, ..self.clone() })
    }
}
