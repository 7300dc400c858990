//! Messages in one neutral form, and how they become turns: tool results joined with their calls. What a vendor's
//! JSON means as messages is the readers' knowledge (`reader/dialect`); here nothing is parsed.

use super::{ErrorSource, Role, ToolCall, Turn};
use crate::clock::Timestamp;
use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    #[serde(rename = "r")]
    pub role: Role,
    /// The text; of a tool's message, the result.
    #[serde(rename = "t", default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Calls of tools that it makes, in order.
    #[serde(rename = "c", default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
    /// Of a tool's message: the id of the call it answers.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// Of a tool's message: the tool's name.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Of a tool's message: what the format's own flag says of failure, where it has one.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<bool>,
    /// When, where the message itself says.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
}

impl Message {
    /// A message with this text and nothing else.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into(), calls: Vec::new(), answers: None, tool: None, failed: None, time: None }
    }

    /// A tool's result.
    pub fn result(answers: Option<String>, tool: Option<String>, text: String, failed: Option<bool>) -> Self {
        Self { answers, tool, failed, ..Self::new(Role::Tool, text) }
    }
}

/// One call of a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The source's id.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The tool.
    #[serde(rename = "n")]
    pub name: String,
    /// Arguments as JSON text, or as they came.
    #[serde(rename = "a", default, skip_serializing_if = "String::is_empty")]
    pub arguments: String,
}

/// Collects messages into turns.
#[derive(Debug, Default)]
pub struct Turns {
    turns: Vec<Turn>,
    /// Calls without a result yet: (turn, position).
    waiting: Vec<(usize, usize)>,
}

impl Turns {
    /// Adds one message.
    pub fn add(&mut self, message: Message) {
        let Message { role, text, calls, answers, tool, failed, time } = message;
        if role == Role::Tool {
            return self.result(answers.as_deref(), tool.as_deref(), text, failed);
        }
        let turn = self.turns.len();
        let calls: Vec<ToolCall> = calls.into_iter().enumerate().map(|(at, call)| tool_call(call, turn, at)).collect();
        self.waiting.extend((0..calls.len()).map(|position| (turn, position)));
        self.turns.push(Turn { role, text, calls, time });
    }

    /// Joins a result with its call: by id where it has one, else with the first waiting call of that tool, else
    /// with the first waiting call. A result without a call becomes a turn of its own.
    fn result(&mut self, id: Option<&str>, tool: Option<&str>, text: String, failed: Option<bool>) {
        let call = |place: &(usize, usize)| self.turns.get(place.0).and_then(|turn| turn.calls.get(place.1));
        let found = match (id, tool) {
            // The newest call with this id: exporters number calls from 0 in every turn.
            (Some(id), _) => self.waiting.iter().rposition(|place| call(place).is_some_and(|call| call.id == id)),
            (None, Some(tool)) => self
                .waiting
                .iter()
                .position(|place| call(place).is_some_and(|call| call.name == tool))
                .or(if self.waiting.is_empty() { None } else { Some(0) }),
            (None, None) => (!self.waiting.is_empty()).then_some(0),
        };
        let error = failure(&text, failed);
        let target = found.map(|index| self.waiting.remove(index));
        match target.and_then(|(turn, position)| self.turns.get_mut(turn)?.calls.get_mut(position)) {
            Some(call) => {
                call.error = error;
                call.result = Some(text);
            }
            None => self.turns.push(Turn { role: Role::Tool, text, calls: Vec::new(), time: None }),
        }
    }

    /// Adds a turn that the format itself knows of.
    pub fn push(&mut self, turn: Turn) {
        self.turns.push(turn);
    }

    /// The turns so far.
    pub fn finish(self) -> Vec<Turn> {
        self.turns
    }
}

fn tool_call(call: Call, turn: usize, position: usize) -> ToolCall {
    ToolCall {
        id: call.id.unwrap_or_else(|| format!("call-{turn}-{position}")),
        name: call.name,
        arguments: call.arguments,
        result: None,
        error: None,
        latency_ms: None,
    }
}

/// Whether a result failed and how that is known. The format's own flag counts where there is one.
pub fn failure(text: &str, flag: Option<bool>) -> Option<ErrorSource> {
    match flag {
        Some(true) => Some(ErrorSource::Status),
        Some(false) => None,
        None => content_fails(text).then_some(ErrorSource::Content),
    }
}

/// What names in a result of which one may say that it failed; a name may be escaped.
static TELLING: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(["rror", "success", "\"ok\"", "status", "\\u"]).ok());

/// How frameworks tell the model that a tool failed: OpenAI's Agents SDK, LlamaIndex, CrewAI.
const OPENINGS: [&str; 3] = [
    "An error occurred while running the tool",
    "Encountered error:",
    "I encountered an error while trying to use the tool",
];
/// How pydantic-ai ends what it tells the model of arguments that do not fit.
const RETRY: &str = "Fix the errors and try again.";

/// Results that say that they failed: text that starts with `Error`, or a JSON object with an error in it.
fn content_fails(text: &str) -> bool {
    use serde_json::Value;
    let text = text.trim();
    if text.starts_with("Error") || OPENINGS.iter().any(|opening| text.starts_with(opening)) || text.ends_with(RETRY) {
        return true;
    }
    // Reading a long result to find that it says nothing of failure is dear, and looking for the words is not.
    if !text.starts_with('{') || !TELLING.as_ref().is_none_or(|words| words.is_match(text)) {
        return false;
    }
    let Ok(Value::Object(map)) = serde_json::from_str(text) else { return false };
    let told = |key: &str| match map.get(key) {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::Object(inner)) => !inner.is_empty(),
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::Bool(true)) => true,
    };
    let status = ["status", "response_status"].iter().filter_map(|key| map.get(*key).and_then(Value::as_str));
    told("error")
        || told("errors")
        || map.get("isError") == Some(&Value::Bool(true))
        || map.get("success") == Some(&Value::Bool(false))
        || map.get("ok") == Some(&Value::Bool(false))
        || status.into_iter().any(is_failure)
}

/// Words for a status that mean failure.
pub fn is_failure(status: &str) -> bool {
    matches!(status.to_ascii_lowercase().as_str(), "error" | "failed" | "failure")
}
