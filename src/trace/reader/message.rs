//! OpenAI-style messages as turns: roles by many names, content as text or parts, tool calls joined with their
//! results. The formats that hold such messages share this; what is around the messages is theirs.

use super::Reason;
use crate::clock::Timestamp;
use crate::trace::{ErrorSource, Role, ToolCall, Turn};
use serde_json::{Map, Value};

/// What a message says about its tool result, where the format has a flag of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorFlag {
    /// The message names success or failure.
    Said(bool),
    /// Only the content can tell.
    Unsaid,
}

/// Collects messages into turns.
#[derive(Debug, Default)]
pub(super) struct Turns {
    turns: Vec<Turn>,
    /// Calls without a result yet: (turn, position).
    waiting: Vec<(usize, usize)>,
}

impl Turns {
    /// Adds one message.
    pub(super) fn add(&mut self, message: &Value) -> Result<(), Reason> {
        let Value::Object(message) = message else {
            return Err(Reason::NotAConversation("a message is not an object".to_string()));
        };
        let name = message.get("role").and_then(Value::as_str).unwrap_or("");
        let time = ["timestamp", "created_at", "created", "time"].iter().find_map(|key| moment(message.get(*key)?));
        match role(name) {
            Some(Role::Tool) => {
                let id = string(message, &["tool_call_id", "id", "call_id"]);
                let tool = string(message, &["name", "tool_name"]);
                self.result(id.as_deref(), tool.as_deref(), text_of(message.get("content")), flag(message));
            }
            Some(role) => self.say(role, message, time),
            None if name.is_empty() => {
                return Err(Reason::NotAConversation("a message has no role".to_string()));
            }
            None => return Err(Reason::NotAConversation("a message has an unknown role".to_string())),
        }
        Ok(())
    }

    /// Adds a turn of the system, the user or the agent with the calls it makes.
    fn say(&mut self, role: Role, message: &Map<String, Value>, time: Option<Timestamp>) {
        let content = message.get("content");
        let mut text = text_of(content);
        if text.is_empty()
            && let Some(Value::String(refusal)) = message.get("refusal")
        {
            text.clone_from(refusal);
        }
        let turn = self.turns.len();
        let mut calls = Vec::new();
        let listed = message.get("tool_calls").and_then(Value::as_array);
        let blocks = content.and_then(Value::as_array).into_iter().flatten();
        let uses = blocks.clone().filter(|part| part["type"] == "tool_use" || part["type"] == "tool-call");
        let legacy = message.get("function_call").filter(|call| call.is_object());
        for call in listed.into_iter().flatten().chain(uses).chain(legacy) {
            calls.push(call_of(call, turn, calls.len()));
        }
        let results: Vec<&Value> = blocks.filter(|part| part["type"] == "tool_result").collect();
        let only_results = !results.is_empty() && text.is_empty() && calls.is_empty();
        for part in results {
            let id = part["tool_use_id"].as_str();
            let flag = part["is_error"].as_bool().map_or(ErrorFlag::Unsaid, ErrorFlag::Said);
            self.result(id, None, text_of(part.get("content")), flag);
        }
        // Some interfaces carry tool results in a message of the user, who said nothing there.
        if !only_results {
            let turn = self.turns.len();
            self.waiting.extend((0..calls.len()).map(|position| (turn, position)));
            self.turns.push(Turn { role, text, calls, time });
        }
    }

    /// Joins a result with its call: by id where it has one, else with the first waiting call of that tool, else
    /// with the first waiting call. A result without a call becomes a turn of its own.
    pub(super) fn result(&mut self, id: Option<&str>, tool: Option<&str>, text: String, flag: ErrorFlag) {
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
        let error = failure(&text, flag);
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
    pub(super) fn push(&mut self, turn: Turn) {
        self.turns.push(turn);
    }

    /// The turns; at least one must be the user's or the agent's.
    pub(super) fn finish(self) -> Result<Vec<Turn>, Reason> {
        let spoken = |turn: &Turn| matches!(turn.role, Role::User | Role::Assistant);
        if self.turns.iter().any(spoken) {
            Ok(self.turns)
        } else {
            Err(Reason::NotAConversation("nobody says anything in it".to_string()))
        }
    }
}

/// Roles by the names that exporters use.
fn role(name: &str) -> Option<Role> {
    match name.to_ascii_lowercase().as_str() {
        "system" | "developer" | "instructions" => Some(Role::System),
        "user" | "human" => Some(Role::User),
        "assistant" | "model" | "gpt" | "ai" | "bot" | "gemini" => Some(Role::Assistant),
        "tool" | "function" | "observation" | "ipython" => Some(Role::Tool),
        _ => None,
    }
}

fn call_of(call: &Value, turn: usize, position: usize) -> ToolCall {
    let function = if call["function"].is_object() { &call["function"] } else { call };
    let first = |keys: &[&str], of: &Value| keys.iter().find_map(|key| of[*key].as_str().map(str::to_string));
    let arguments = ["arguments", "input", "args"].iter().find_map(|key| function.get(*key)).unwrap_or(&Value::Null);
    ToolCall {
        id: first(&["id", "toolCallId"], call).unwrap_or_else(|| format!("call-{turn}-{position}")),
        name: first(&["name", "toolName"], function).unwrap_or_default(),
        arguments: match arguments {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        },
        result: None,
        error: None,
        latency_ms: None,
    }
}

/// Content as text: a string, parts with text joined by line ends, anything else as JSON.
pub(super) fn text_of(content: Option<&Value>) -> String {
    match content {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts: Vec<String> = parts.iter().filter_map(part_text).collect();
            texts.join("\n")
        }
        Some(other) => other.to_string(),
    }
}

/// The text of one part; `None` for parts that are calls and results. What is not text shows as its kind.
fn part_text(part: &Value) -> Option<String> {
    match part {
        Value::String(text) => Some(text.clone()),
        Value::Object(map) => {
            if let Some(text) = string(map, &["text", "content", "refusal"]) {
                let kind = map.get("type").and_then(Value::as_str);
                return (kind != Some("tool_result")).then_some(text);
            }
            match map.get("type").and_then(Value::as_str) {
                Some("tool_use" | "tool_result" | "tool-call" | "tool-result") => None,
                Some(kind) => {
                    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
                    Some(format!("[{kind}]"))
                }
                None => Some(part.to_string()),
            }
        }
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// The error flag that a tool message carries, if any.
fn flag(message: &Map<String, Value>) -> ErrorFlag {
    for key in ["error", "is_error", "isError"] {
        match message.get(key) {
            Some(Value::Bool(said)) => return ErrorFlag::Said(*said),
            Some(Value::String(text)) if !text.is_empty() => return ErrorFlag::Said(true),
            Some(Value::Object(_)) => return ErrorFlag::Said(true),
            _ => {}
        }
    }
    match message.get("status").and_then(Value::as_str) {
        Some(status) if is_failure(status) => ErrorFlag::Said(true),
        Some(status) if matches!(status.to_ascii_lowercase().as_str(), "ok" | "success" | "completed") => {
            ErrorFlag::Said(false)
        }
        _ => ErrorFlag::Unsaid,
    }
}

/// Whether a result failed and how that is known. The format's own flag counts where there is one.
pub(super) fn failure(text: &str, flag: ErrorFlag) -> Option<ErrorSource> {
    match flag {
        ErrorFlag::Said(true) => Some(ErrorSource::Status),
        ErrorFlag::Said(false) => None,
        ErrorFlag::Unsaid => content_fails(text).then_some(ErrorSource::Content),
    }
}

/// Results that say that they failed: text that starts with `Error`, or a JSON object with an error in it.
fn content_fails(text: &str) -> bool {
    let text = text.trim_start();
    if text.starts_with("Error") {
        return true;
    }
    if !text.starts_with('{') {
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

fn is_failure(status: &str) -> bool {
    matches!(status.to_ascii_lowercase().as_str(), "error" | "failed" | "failure")
}

/// The first of these keys that holds a string.
pub(super) fn string(map: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| map.get(*key).and_then(Value::as_str)).map(str::to_string)
}

/// A time as text, as a number of whatever unit, or as a number in text.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => {
            Timestamp::parse(text).or_else(|| text.trim().parse::<f64>().ok().and_then(Timestamp::from_number))
        }
        Value::Number(number) => Timestamp::from_number(number.as_f64()?),
        _ => None,
    }
}

/// A number or a truth value as a number.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(said) => Some(f64::from(u8::from(*said))),
        Value::Number(number) => number.as_f64().filter(|number| number.is_finite()),
        _ => None,
    }
}

/// A short scalar as text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn turns(messages: &Value) -> Vec<Turn> {
        let mut turns = Turns::default();
        for message in messages.as_array().unwrap() {
            turns.add(message).unwrap();
        }
        turns.finish().unwrap()
    }

    #[test]
    fn roles_content_and_calls_become_turns() {
        let turns = turns(&json!([
            {"role": "developer", "content": [{"type": "text", "text": "Be"}, {"type": "text", "text": "kind."}]},
            {"role": "human", "content": [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "x"}}]},
            {"role": "model", "content": null, "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "find", "arguments": "{\"q\":1}"}},
                {"id": "b", "name": "book", "arguments": {"seat": "1A"}}
            ]},
            {"role": "tool", "tool_call_id": "b", "content": "Error: taken"},
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "[]"}]},
            {"role": "assistant", "content": "Sorry.", "timestamp": "2026-03-14T09:26:53Z"}
        ]));
        let roles: Vec<Role> = turns.iter().map(|turn| turn.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::Assistant]);
        assert_eq!((&*turns[0].text, &*turns[1].text), ("Be\nkind.", "Look:\n[imageurl]"));
        let [find, book] = &turns[2].calls[..] else { panic!() };
        assert_eq!(
            (&*find.name, &*find.arguments, find.result.as_deref(), find.error),
            ("find", "{\"q\":1}", Some("[]"), None)
        );
        assert_eq!((&*book.arguments, book.error), ("{\"seat\":\"1A\"}", Some(ErrorSource::Content)));
        assert_eq!(turns[3].time.unwrap().to_string(), "2026-03-14T09:26:53Z");
    }

    #[test]
    fn results_without_ids_join_by_tool_and_then_by_order() {
        let turns = turns(&json!([
            {"role": "assistant", "function_call": {"name": "find", "arguments": "{}"}},
            {"role": "function", "name": "find", "content": "one"},
            {"role": "assistant", "content": "", "tool_calls": [
                {"function": {"name": "x", "arguments": "{}"}}, {"function": {"name": "y", "arguments": "{}"}}
            ]},
            {"role": "tool", "name": "y", "content": "for y"},
            {"role": "tool", "content": "for x"},
            {"role": "tool", "content": "for nobody"}
        ]));
        assert_eq!(turns[0].calls[0].result.as_deref(), Some("one"));
        assert_eq!(turns[1].calls[0].result.as_deref(), Some("for x"));
        assert_eq!(turns[1].calls[1].result.as_deref(), Some("for y"));
        assert_eq!((turns[2].role, &*turns[2].text), (Role::Tool, "for nobody"));
        assert_eq!(turns[0].calls[0].id, "call-0-0");
    }

    #[test]
    fn content_blocks_with_tool_use_and_tool_result_are_calls() {
        let turns = turns(&json!([
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": [{"type": "text", "text": "Wait."},
                {"type": "tool_use", "id": "t", "name": "find", "input": {"q": 1}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "no", "is_error": true}]}
        ]));
        assert_eq!(turns.len(), 2);
        assert_eq!(turns[1].text, "Wait.");
        assert_eq!(turns[1].calls[0].error, Some(ErrorSource::Status));
    }

    #[test]
    fn failures_are_told_by_flag_first_and_by_content_else() {
        for (text, flag, expected) in [
            ("Error: x", ErrorFlag::Unsaid, Some(ErrorSource::Content)),
            ("Error: x", ErrorFlag::Said(false), None),
            ("fine", ErrorFlag::Said(true), Some(ErrorSource::Status)),
            ("fine", ErrorFlag::Unsaid, None),
            ("{\"error\": \"no\"}", ErrorFlag::Unsaid, Some(ErrorSource::Content)),
            ("{\"error\": null, \"rows\": []}", ErrorFlag::Unsaid, None),
            ("{\"response_status\": \"Error\"}", ErrorFlag::Unsaid, Some(ErrorSource::Content)),
            ("{\"status\": \"available\"}", ErrorFlag::Unsaid, None),
            ("{\"success\": false}", ErrorFlag::Unsaid, Some(ErrorSource::Content)),
            ("{\"errors\": []}", ErrorFlag::Unsaid, None),
            ("No errors were found", ErrorFlag::Unsaid, None),
        ] {
            assert_eq!(failure(text, flag), expected, "{text}");
        }
    }

    #[test]
    fn silence_and_strange_messages_are_reasons() {
        let system_only = Turns::default();
        assert!(system_only.finish().is_err());
        assert!(Turns::default().add(&json!("hello")).is_err());
        assert!(Turns::default().add(&json!({"role": "narrator", "content": "x"})).is_err());
        assert!(Turns::default().add(&json!({"content": "x"})).is_err());
    }
}
