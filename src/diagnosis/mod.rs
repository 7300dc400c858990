//! ROOM 3: what went wrong, and where to put the lever. From failing and passing conversations of one intent it
//! makes [`Finding`]s: a cause out of a closed set, the events that prove it, quotes verified byte for byte and a
//! ranked list of levers. Where the evidence does not carry a cause it abstains and says why. It changes nothing
//! and drafts nothing.

pub mod assemble;
pub mod contrast;
pub mod correction;
pub mod decide;
pub mod events;
pub mod evidence;
#[cfg(test)]
mod fixtures;
pub mod grounding;
pub mod lever;
pub mod reading;
pub mod wrong_tool;

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::intent::IntentId;
use crate::trace::{Conversation, ConversationId, Outcome, Role, Signal};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The part of a conversation that belongs to one intent, and how the conversation went.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Its implicit feedback.
    pub signals: &'a [Signal],
    /// Its outcome.
    pub outcome: Outcome,
    /// First turn of the part.
    pub start: usize,
    /// One past its last turn.
    pub end: usize,
}

impl<'a> Case<'a> {
    /// The whole of a conversation.
    pub fn whole(conversation: &'a Conversation, signals: &'a [Signal], outcome: Outcome) -> Self {
        Self { conversation, signals, outcome, start: 0, end: conversation.turns.len() }
    }

    /// The text of the part's first user turn; empty when there is none.
    pub fn opening(&self) -> &'a str {
        let turns = self.conversation.turns.get(self.start..self.end).unwrap_or_default();
        turns.iter().find(|turn| turn.role == Role::User).map_or("", |turn| &turn.text)
    }
}

/// Our short id of a finding: `f-` and 8 hex digits of (intent, cause), so that the same problem found again is
/// the same finding.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FindingId(pub String);

impl FindingId {
    /// The id of `cause` within `intent`.
    pub fn of(intent: &IntentId, cause: &Cause) -> Self {
        let digest = Digest::of_fields([intent.0.as_bytes(), cause.key().as_bytes()]);
        Self(format!("f-{}", digest.short(8)))
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why the agent fails, as far as events can prove it. The set is closed; what is not covered is named by
/// [`UNCOVERED`] and never guessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Cause {
    /// The agent filled `argument` of `tool` with a value that nobody gave and the user was never asked for.
    ArgumentGuessed {
        /// The tool.
        tool: String,
        /// The argument.
        argument: String,
    },
    /// The agent sends values for `argument` of `tool` outside the set that the tool's error names.
    ArgumentRejected {
        /// The tool.
        tool: String,
        /// The argument.
        argument: String,
        /// The accepted values that the errors name, in the errors' order.
        accepted: Vec<String>,
    },
    /// Failures call `called` where successes call `instead`.
    WrongTool {
        /// What failures call.
        called: String,
        /// What successes call.
        instead: String,
    },
    /// The agent repeats a call of `tool` that has just failed, with the same arguments.
    RepeatedFailure {
        /// The tool.
        tool: String,
    },
    /// Many users correct the agent in the same way.
    RepeatedCorrection {
        /// What they want, as content words shared by the corrections, most frequent first.
        wanted: Vec<String>,
        /// What the agent did instead, as content words shared by the corrected replies but not by the wish.
        instead: Vec<String>,
    },
}

impl Cause {
    /// The kind's name as printed and as matched by filters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ArgumentGuessed { .. } => "argument guessed",
            Self::ArgumentRejected { .. } => "argument outside the accepted set",
            Self::WrongTool { .. } => "wrong tool",
            Self::RepeatedFailure { .. } => "failing call repeated",
            Self::RepeatedCorrection { .. } => "repeated correction",
        }
    }

    /// What makes two causes the same problem. The accepted values and the exact words of corrections are
    /// evidence that may grow, so they are left out where something steadier names the cause.
    pub fn key(&self) -> String {
        match self {
            Self::ArgumentGuessed { tool, argument } => format!("guessed {tool}.{argument}"),
            Self::ArgumentRejected { tool, argument, .. } => format!("rejected {tool}.{argument}"),
            Self::WrongTool { called, instead } => format!("wrong-tool {called} {instead}"),
            Self::RepeatedFailure { tool } => format!("repeated {tool}"),
            Self::RepeatedCorrection { wanted, .. } => {
                format!("correction {}", wanted.first().map_or("", String::as_str))
            }
        }
    }

    /// The tool that the cause is about, if any.
    pub fn tool(&self) -> Option<&str> {
        match self {
            Self::ArgumentGuessed { tool, .. }
            | Self::ArgumentRejected { tool, .. }
            | Self::RepeatedFailure { tool }
            | Self::WrongTool { called: tool, .. } => Some(tool),
            Self::RepeatedCorrection { .. } => None,
        }
    }
}

/// How often the cause's event occurs in failing and in passing conversations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Support {
    /// Failing conversations with the event.
    pub failing_with: u32,
    /// Passing conversations with the event.
    pub passing_with: u32,
    /// All failing conversations compared.
    pub failing: u32,
    /// All passing conversations compared.
    pub passing: u32,
    /// Distinct users (or conversations where no user is known) among the failing with the event.
    pub users: u32,
    /// Share of the failing-with-event conversations that the most frequent user holds, in `[0, 1]`.
    pub top_user_share: f64,
    /// Log-odds z of the contrast.
    pub z: f64,
    /// Benjamini-Hochberg adjusted p of the contrast.
    pub q: f64,
}

/// A place in the repository that could carry the fix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lever {
    /// Path from the repository's root.
    pub path: String,
    /// What kind of place.
    pub kind: LeverKind,
    /// Heading, tool or parameter that a reader would look for.
    pub label: String,
    /// Byte range of the span in the file at the diagnosed revision.
    pub start: usize,
    /// See `start`.
    pub end: usize,
    /// BM25 relevance; higher is better, comparable within one finding only.
    pub score: f64,
}

/// Kinds of [`Lever`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeverKind {
    /// The section for learned rules, or the place where it would be created (then `start == end`).
    LearnedRules,
    /// A section of a prompt.
    Section,
    /// A tool's description.
    ToolDescription,
    /// A parameter's description.
    ParameterDescription,
}

/// An exact piece of a stored conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// The conversation.
    pub conversation: ConversationId,
    /// Index into its turns.
    pub turn: u32,
    /// Which text of that turn.
    pub part: QuotePart,
    /// Byte range in that text.
    pub start: usize,
    /// See `start`.
    pub end: usize,
    /// SHA-256 of those bytes.
    pub digest: Digest,
}

/// Which text of a turn a [`Quote`] cuts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuotePart {
    /// The turn's own text.
    Text,
    /// Arguments of the call with this index.
    Arguments(u32),
    /// Result of the call with this index.
    Result(u32),
}

/// Life of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FindingState {
    /// Seen, nothing done.
    Open,
    /// A proposal branch exists.
    Proposed,
    /// A proposal was merged.
    Shipped,
    /// Shipped, and gone from later traffic.
    Resolved,
    /// Shipped, and back.
    Regressed,
    /// A person said that it does not matter.
    Ignored,
}

/// An intent with one cause: the thing that is opened, fixed, measured and closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Our id.
    pub id: FindingId,
    /// The intent it occurs in.
    pub intent: IntentId,
    /// That intent's name when it was diagnosed.
    pub intent_name: String,
    /// The agent (config name) whose prompts are the levers.
    pub agent: String,
    /// The cause.
    pub cause: Cause,
    /// Normalised evidence for this cause among all causes weighed, in `[0, 1]`.
    pub score: f64,
    /// Counts and contrast.
    pub support: Support,
    /// Levers, best first.
    pub levers: Vec<Lever>,
    /// Verified quotes, at least three conversations where that many exist.
    pub quotes: Vec<Quote>,
    /// Every failing conversation that shows the event, by id.
    pub conversations: Vec<ConversationId>,
    /// Failing conversations with the event by week: (Monday, with event, all conversations of the intent).
    pub weeks: Vec<(Timestamp, u32, u32)>,
    /// Its state.
    pub state: FindingState,
    /// Start of the last conversation considered.
    pub cohort_end: Option<Timestamp>,
}
