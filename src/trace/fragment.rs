//! Pieces of conversations. Most tools export spans, runs, observations or single calls instead of whole
//! conversations: one conversation lies in many records, in any order, over any number of files, and often twice. A
//! reader turns each record into [`Fragment`]s in one neutral form; the store keeps every distinct one; and a
//! conversation is a pure function of the set of its fragments ([`assemble`](super::assemble)), so that order,
//! repetition and lateness of records cannot change it.

use super::message::Message;
use crate::clock::Timestamp;
use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fragment {
    /// Whose ids these are: the same trace exported by two tools of one family is one trace, equal ids of two
    /// families are two.
    #[serde(rename = "f")]
    pub family: Family,
    /// Where it belongs.
    #[serde(rename = "a")]
    pub address: Address,
    /// What it says.
    #[serde(rename = "p")]
    pub part: Part,
}

impl Fragment {
    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Plain structs with string keys always serialise.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the bytes are not one fragment.
    pub fn from_bytes(bytes: &[u8]) -> serde_json::Result<Self> {
        serde_json::from_slice(bytes)
    }

    /// Digest of the stored form: two fragments with the same say the same.
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_bytes())
    }
}

impl Fragment {
    /// The ids by which it belongs together with others: two fragments of one family that share one are pieces of one
    /// whole. A step's own id is one only where scores or replies name nothing else.
    pub fn links(&self) -> Vec<(&'static str, &str)> {
        let Address { session, trace, step } = &self.address;
        let mut links = Vec::new();
        links.extend(session.as_deref().map(|id| ("session", id)));
        links.extend(trace.as_deref().map(|id| ("trace", id)));
        let by_step = matches!(self.family, Family::LangSmith | Family::OpenAi | Family::Helicone);
        if by_step || links.is_empty() {
            links.extend(step.as_deref().map(|id| ("step", id)));
        }
        if let (Family::OpenAi, Part::Step(step)) = (self.family, &self.part) {
            links.extend(step.follows.as_deref().map(|id| ("step", id)));
        }
        links
    }
}

/// Where ids come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// OpenTelemetry, whatever stored and exported the spans.
    Otel,
    /// Langfuse.
    Langfuse,
    /// LangSmith.
    LangSmith,
    /// Braintrust.
    Braintrust,
    /// OpenAI Agents SDK.
    AgentsSdk,
    /// Datadog.
    Datadog,
    /// Opik.
    Opik,
    /// Weave.
    Weave,
    /// Helicone.
    Helicone,
    /// OpenAI Responses and Batch.
    OpenAi,
    /// Single calls of a model without ids of a conversation.
    Calls,
    /// Claude Code sessions.
    ClaudeCode,
    /// OpenHands events.
    OpenHands,
    /// MLflow.
    Mlflow,
    /// Messages of the Vercel AI SDK's interface.
    VercelUi,
    /// reprompt's neighbours with a native record form of one step a line.
    Native,
}

impl Family {
    /// A short stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Otel => "otel",
            Self::Langfuse => "langfuse",
            Self::LangSmith => "langsmith",
            Self::Braintrust => "braintrust",
            Self::AgentsSdk => "agents-sdk",
            Self::Datadog => "datadog",
            Self::Opik => "opik",
            Self::Weave => "weave",
            Self::Helicone => "helicone",
            Self::OpenAi => "openai",
            Self::Calls => "calls",
            Self::ClaudeCode => "claude-code",
            Self::OpenHands => "openhands",
            Self::Mlflow => "mlflow",
            Self::VercelUi => "vercel-ui",
            Self::Native => "native",
        }
    }
}

/// Where a fragment belongs: at least one of session, trace and step is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Address {
    /// The conversation (session, thread), where the record names it. One step that names it speaks for its trace.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The trace: usually one request to the agent, one turn of a conversation.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// The step itself; for a score, the step it is about.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
}

/// What a fragment says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// Something that was done.
    Step(Box<Step>),
    /// Something that is known of the whole session or trace.
    Facts(Facts),
    /// A judgement.
    Score(Score),
}

/// What a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepKind {
    /// A call of a model: its input is the history that it was given, its output what it said.
    Model,
    /// A run of a tool.
    Tool,
    /// An agent at work; steps below it are its own.
    Agent,
    /// One message of a session's log: not a history but the next thing said, in `output`.
    Said,
    /// Anything else. Its input and output count only where no model call says more.
    #[default]
    Other,
}

/// Something that was done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What it is.
    #[serde(rename = "k")]
    pub kind: StepKind,
    /// The step that it was done in.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The step that it follows: the message before it, the reply that a call of a model goes on from.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// Its name: of the span, run or observation.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Nanoseconds since 1970.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub start: Option<i64>,
    /// Nanoseconds since 1970.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub end: Option<i64>,
    /// Place among steps that started in the same moment, where the format has one (a message's number).
    #[serde(rename = "o", default, skip_serializing_if = "is_zero")]
    pub order: u64,
    /// The agent that does it, where the record names one.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The user.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The model that answered.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The prompt version that the record names.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub prompt_version: Option<String>,
    /// What went in, as messages.
    #[serde(rename = "in", default, skip_serializing_if = "Vec::is_empty")]
    pub input: Vec<Message>,
    /// What came out, as messages.
    #[serde(rename = "out", default, skip_serializing_if = "Vec::is_empty")]
    pub output: Vec<Message>,
    /// Of a tool's run: the call and its result.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<ToolRun>,
    /// The record's own status says that it failed.
    #[serde(rename = "x", default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
    /// US dollars, where the record gives them.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// The provider's id of the reply: two steps with the same are one call seen twice.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// Scalar facts.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Step {
    /// The moment it began.
    pub fn started(&self) -> Option<Timestamp> {
        self.start.map(|nanos| Timestamp(nanos.div_euclid(1_000_000)))
    }

    /// The moment it ended.
    pub fn ended(&self) -> Option<Timestamp> {
        self.end.map(|nanos| Timestamp(nanos.div_euclid(1_000_000)))
    }
}

/// One run of a tool, as its own record shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolRun {
    /// The model's id of the call.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The tool.
    #[serde(rename = "n")]
    pub name: String,
    /// Arguments as JSON text.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
    /// The result's text.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}

/// What is known of a whole session or trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The user.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The agent.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The prompt version.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub prompt_version: Option<String>,
    /// The system text, where it stands outside of all steps.
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Scalar facts.
    #[serde(rename = "d", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// A judgement on a session, a trace or a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The record's own id: a score that was corrected later has the same.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(rename = "n")]
    pub name: String,
    /// A number; categories without one stay in `label` alone.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// A category or a comment's kind, as text.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Who judged: `human`, `model`, `code`, or as the record says.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, in nanoseconds since 1970.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub time: Option<i64>,
}
