//! ROOM 1: what was said. A [`Conversation`] is one dialogue between a user and the agent, complete, in the form
//! every later stage reads. Readers (`reader/`) turn exported files into conversations; `signal` and `outcome`
//! say how it went. This room opens no file and no database: a reader is handed a `BufRead`.

pub mod assemble;
pub mod fragment;
mod lexicon;
pub mod message;
pub mod outcome;
pub mod reader;
pub mod redact;
pub mod signal;
pub mod words;

use crate::clock::Timestamp;
use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Our own short id of a conversation: `c-` and 12 hex digits, derived from what identifies it in its source,
/// so that the same record always gets the same id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationId(pub String);

impl ConversationId {
    /// The id for a conversation whose identity in its source is `identity`.
    pub fn of(identity: Digest) -> Self {
        Self(format!("c-{}", identity.short(12)))
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One dialogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Our id.
    pub id: ConversationId,
    /// The id the source gave, where it gave one.
    pub external_id: Option<String>,
    /// The conversation that this one was part of: set for the threads of sub-agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ConversationId>,
    /// The user, where known; the unit of quorum rules and of sealed splits.
    pub user: Option<String>,
    /// The agent or service that answered, where the trace names it.
    pub agent: Option<String>,
    /// The prompt version that the trace itself names.
    pub prompt_version: Option<String>,
    /// Digest of the system text (see [`system_text_digest`]); `None` when the trace holds no system text.
    pub system_digest: Option<Digest>,
    /// The model that answered, where known.
    pub model: Option<String>,
    /// First and last known moments.
    pub started: Option<Timestamp>,
    /// See `started`.
    pub ended: Option<Timestamp>,
    /// What was said, in order. Tool results are attached to their calls.
    pub turns: Vec<Turn>,
    /// Scores and rewards that came with the trace, by name.
    pub scores: BTreeMap<String, f64>,
    /// Other scalar facts that came with the trace, as text.
    pub metadata: BTreeMap<String, String>,
    /// Cost in US dollars where the trace gives it.
    pub cost: Option<f64>,
}

impl Conversation {
    /// The user, or the conversation itself when the source names no user: what quorum rules count.
    pub fn principal(&self) -> &str {
        self.user.as_deref().unwrap_or(&self.id.0)
    }

    /// All calls to tools in order, each with the index of its turn.
    pub fn calls(&self) -> impl Iterator<Item = (usize, &ToolCall)> {
        self.turns.iter().enumerate().flat_map(|(index, turn)| turn.calls.iter().map(move |call| (index, call)))
    }

    /// User turns in order, each with its index in `turns`.
    pub fn user_turns(&self) -> impl Iterator<Item = (usize, &Turn)> {
        self.turns.iter().enumerate().filter(|(_, turn)| turn.role == Role::User)
    }

    /// The system text: all system turns joined by a blank line; empty when there is none.
    pub fn system_text(&self) -> String {
        let texts: Vec<&str> =
            self.turns.iter().filter(|turn| turn.role == Role::System).map(|turn| turn.text.as_str()).collect();
        texts.join("\n\n")
    }

    /// Digest of everything that was said (roles, texts, calls, results, scores): two copies of one conversation
    /// have the same, whatever file they came from.
    pub fn content_digest(&self) -> Digest {
        // Serialising plain structs with string keys cannot fail; an empty digest input would only merge two
        // conversations that both failed to serialise, which are none.
        let bytes = serde_json::to_vec(&(&self.turns, &self.scores, &self.user, &self.metadata)).unwrap_or_default();
        Digest::of(bytes)
    }
}

/// Digest of a system text with trailing white space of each line and of the whole removed, and line ends as
/// `\n`: editors and exporters differ in these and nobody means a new prompt version by them.
pub fn system_text_digest(text: &str) -> Option<Digest> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let text = lines.join("\n");
    let text = text.trim_end();
    (!text.is_empty()).then(|| Digest::of(text))
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The prompt in force.
    System,
    /// The person.
    User,
    /// The agent.
    Assistant,
    /// A tool result whose call is not in the trace; others hang on their [`ToolCall`].
    Tool,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// The text; empty for a turn that only calls tools.
    pub text: String,
    /// Calls that this turn makes, in order, with their results.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// When, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

/// One call of a tool and what came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The source's id of the call, or one synthesised from its position.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments as JSON text; what could not be parsed as JSON is kept as it came.
    pub arguments: String,
    /// The result's text; `None` when the trace holds none.
    pub result: Option<String>,
    /// Whether the call failed, and how we know.
    pub error: Option<ErrorSource>,
    /// Milliseconds, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
}

impl ToolCall {
    /// The arguments as a JSON object; empty when they are not one.
    pub fn argument_map(&self) -> serde_json::Map<String, serde_json::Value> {
        match serde_json::from_str(&self.arguments) {
            Ok(serde_json::Value::Object(map)) => map,
            _ => serde_json::Map::new(),
        }
    }

    /// Whether the result is there and says nothing: blank, `null`, `[]`, `{}` or `""`.
    pub fn is_empty_result(&self) -> bool {
        self.result
            .as_deref()
            .is_some_and(|result| matches!(result.trim(), "" | "null" | "None" | "[]" | "{}" | "\"\""))
    }
}

/// How a failed call is known to have failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorSource {
    /// The trace's own status or error field.
    Status,
    /// The text of the result.
    Content,
}

/// What kind of implicit feedback a [`Signal`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// The user corrects the agent.
    Correction,
    /// The user says the same again in other words.
    Rephrase,
    /// The user says the same again.
    Repetition,
    /// The user is annoyed.
    Frustration,
    /// The user asks for a person, or the agent hands over.
    Escalation,
    /// The conversation stops on a question, an error or an apology.
    Abandonment,
    /// The agent apologises twice or more.
    ApologyChain,
    /// The last tool call failed or was empty.
    FinalToolError,
    /// The user thanks.
    Thanks,
    /// The user praises.
    Praise,
    /// A tool ran that the config names as success.
    SuccessTool,
    /// The user moves on to another goal.
    NewGoal,
}

/// One piece of implicit feedback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// What it is.
    pub kind: SignalKind,
    /// Index into `Conversation::turns` of the turn that shows it.
    pub turn: u32,
    /// Log-odds weight towards failure (negative: towards success).
    pub weight: f64,
}

/// How a conversation went. Silence is never success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The user got what they came for.
    Success,
    /// They did not.
    Failure,
    /// Nothing says.
    Unknown,
}

/// An [`Outcome`] and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// The outcome.
    pub outcome: Outcome,
    /// What decided: `score reward`, `metadata churned`, `signals`, or `nothing`.
    pub basis: String,
    /// Estimated probability of failure when signals decided, in `[0, 1]`.
    pub p_fail: Option<f64>,
}
