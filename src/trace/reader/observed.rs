//! What the exports of observability platforms have in common: members under several spellings, sessions in metadata,
//! runs of tools that show by what they give back, names with the framework's words around them.

use super::dialect::{messages, moment, scalar, text_or_json, unpack};
use crate::clock::{parse_nanos, seconds_to_nanos};
use crate::trace::Role;
use crate::trace::fragment::{Step, StepKind, ToolRun};
use crate::trace::message::Message;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Longest value of a fact that is kept: longer ones are content.
const LONGEST_FACT: usize = 200;
/// Facts of one record that are kept.
const MOST_FACTS: usize = 64;

/// Members under several names.
pub(super) trait Member {
    /// The first of these that is there and says something.
    fn at(&self, keys: &[&str]) -> Option<&Value>;

    /// The first of these that is a non-empty scalar, as text.
    fn text(&self, keys: &[&str]) -> Option<String>;
}

impl Member for Map<String, Value> {
    fn at(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter()
            .filter_map(|key| self.get(*key))
            .find(|value| !matches!(value, Value::Null) && *value != "" && *value != "null")
    }

    fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter().filter_map(|key| scalar(self.get(*key)?)).find(|text| !text.is_empty() && text != "null")
    }
}

/// Where frameworks put the ids of conversations, in the order in which they are believed.
const SESSIONS: [&str; 14] = [
    "langfuse_session_id",
    "session_id",
    "sessionId",
    "thread_id",
    "threadId",
    "conversation_id",
    "conversationId",
    "chat_id",
    "session.id",
    "gen_ai.conversation.id",
    "attributes.session.id",
    "attributes.gen_ai.conversation.id",
    "conversation.id",
    "ls_thread_id",
];

/// The id of a conversation in a record's metadata.
pub(super) fn session_in(metadata: &Value) -> Option<String> {
    let map = metadata.as_object()?;
    let found = |map: &Map<String, Value>| map.text(&SESSIONS).filter(|id| !is_placeholder(id));
    found(map).or_else(|| found(map.get("attributes")?.as_object()?))
}

/// What redaction leaves in the place of an id.
pub(super) fn is_placeholder(id: &str) -> bool {
    matches!(
        id.trim().to_ascii_lowercase().as_str(),
        "" | "[redacted]" | "[scrubbed]" | "redacted" | "undefined" | "none" | "null"
    )
}

/// Scalar facts of a record's metadata, two levels deep; what is long is content.
pub(super) fn kept(metadata: &Value) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let short = |value: &Value| scalar(value).filter(|text| !text.is_empty() && text.len() <= LONGEST_FACT);
    for (name, value) in metadata.as_object().into_iter().flatten() {
        // What describes the tracer does not describe the conversation.
        if matches!(name.as_str(), "resourceAttributes" | "scope" | "attributes")
            || ["resourceAttributes.", "scope.", "attributes."].iter().any(|prefix| name.starts_with(prefix))
        {
            continue;
        }
        match unpack(value).as_ref() {
            Value::Object(inner) => {
                facts.extend(inner.iter().filter_map(|(key, value)| Some((format!("{name}.{key}"), short(value)?))));
            }
            other => facts.extend(short(other).map(|text| (name.clone(), text))),
        }
        if facts.len() >= MOST_FACTS {
            break;
        }
    }
    facts
}

/// The message of a tool that an output is, if it is one and nothing else: so a run of a tool shows that is recorded as
/// an ordinary span.
pub(super) fn tool_message(output: &Value) -> Option<Message> {
    let map = output.as_object()?;
    let class = map.get("id").and_then(Value::as_array).and_then(|path| path.last()).and_then(Value::as_str);
    let is_tool = class == Some("ToolMessage")
        || map.contains_key("tool_call_id")
            && (map.get("type").is_some_and(|kind| kind == "tool")
                || map.get("role").is_some_and(|role| role == "tool"));
    if !is_tool {
        return None;
    }
    match &mut messages(output, Role::Tool)[..] {
        [message] if message.role == Role::Tool => Some(message.clone()),
        _ => None,
    }
}

/// The tool's name in the name of its span.
pub(super) fn tool_name(span: &str) -> String {
    const AROUND: [&str; 6] =
        ["execute_tool ", "running tool: ", "running tool ", "tool: ", "tool_call ", "MCP Tool: "];
    let name = AROUND.iter().find_map(|prefix| span.strip_prefix(prefix)).unwrap_or(span);
    name.strip_suffix(".tool").unwrap_or(name).trim().to_string()
}

/// What a record has in its member for an error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raised<'a>(pub(super) Option<&'a Value>);

impl Raised<'_> {
    /// Whether it is an error and not only the place for one.
    pub(super) fn failed(self) -> bool {
        self.0.is_some_and(|error| match error {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty() && text != "null",
            Value::Object(map) => !map.is_empty(),
            // Some count errors.
            Value::Number(count) => count.as_f64() != Some(0.0),
            _ => true,
        })
    }

    /// What it says.
    pub(super) fn text(self) -> Option<String> {
        let error = self.0.filter(|_| self.failed()).map(unpack)?;
        let text = match error.as_ref() {
            Value::Object(map) => map
                .text(&["message", "error", "exception_message", "reason", "exception_type", "type"])
                .unwrap_or_else(|| error.to_string()),
            Value::Bool(_) | Value::Number(_) => return None,
            other => text_or_json(other),
        };
        Some(text).filter(|text| !text.trim().is_empty())
    }
}

/// A step of this kind with what went into it and came out. Steps that are neither a model's, a tool's nor an agent's say
/// what went in and out only where nothing is around them. Of a tool that failed and gave nothing back, the error is
/// what the model gets to know.
pub(super) fn step(
    kind: StepKind,
    name: &str,
    (input, output): (Option<&Value>, Option<&Value>),
    error: Raised<'_>,
    root: bool,
) -> Step {
    let failed = error.failed();
    let name_kept = Some(name.to_string()).filter(|name| !name.is_empty());
    let (input, output) = (input.map(unpack), output.map(unpack));
    if kind == StepKind::Tool {
        let answered =
            output.as_deref().and_then(|output| tool_message(output).or_else(|| tool_message(output.get("output")?)));
        // Frameworks that catch what a tool raises say so in its message alone.
        let failed = failed || answered.as_ref().is_some_and(|message| message.failed == Some(true));
        let tool = ToolRun {
            call: answered.as_ref().and_then(|message| message.answers.clone()),
            name: tool_name(name),
            arguments: input.as_deref().map(|input| text_or_json(&alone(input, "input"))),
            result: answered
                .map(|message| message.text)
                .or_else(|| output.as_deref().map(|output| text_or_json(&alone(output, "output"))))
                .filter(|result| !failed || !result.trim().is_empty())
                .or_else(|| error.text()),
        };
        return Step { kind, name: name_kept, tool: Some(tool), failed, ..Step::default() };
    }
    let says = root || matches!(kind, StepKind::Model | StepKind::Agent);
    let side = |value: &Option<Cow<'_, Value>>, speaker| {
        value.as_deref().filter(|_| says).map(|value| messages(value, speaker)).unwrap_or_default()
    };
    let reply = output.as_deref().and_then(reply_id).filter(|_| kind == StepKind::Model);
    let (input, output) = sides(side(&input, Role::User), side(&output, Role::Assistant));
    Step { kind, name: name_kept, input, output, reply, failed, ..Step::default() }
}

/// The one member of an object that wraps a value.
fn alone<'a>(value: &'a Value, key: &str) -> Cow<'a, Value> {
    match value {
        Value::Object(map) if map.len() == 1 && map.contains_key(key) => {
            map.get(key).map_or(Cow::Borrowed(value), unpack)
        }
        other => Cow::Borrowed(other),
    }
}

/// What went into a call and came out of it: the instructions that some replies repeat went in.
pub(super) fn sides(input: Vec<Message>, output: Vec<Message>) -> (Vec<Message>, Vec<Message>) {
    let (repeated, said): (Vec<Message>, Vec<Message>) =
        output.into_iter().partition(|message| message.role == Role::System);
    let known = input.iter().any(|message| message.role == Role::System);
    let mut given = if known { Vec::new() } else { repeated };
    given.extend(input);
    (given, said)
}

/// The provider's id of a reply.
pub(super) fn reply_id(output: &Value) -> Option<String> {
    let map = output.as_object()?;
    let reply = ["choices", "output", "candidates"].iter().any(|key| map.contains_key(*key))
        || map.get("type").is_some_and(|kind| kind == "message");
    map.text(&["id", "response_id", "responseId"]).filter(|_| reply)
}

/// Nanoseconds since 1970 of a time in any form and unit, with the digits that a whole number of milliseconds would lose:
/// they tell apart what happened in one.
pub(super) fn nanos(value: Option<&Value>) -> Option<i64> {
    let value = value?;
    let exact = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()).and_then(|number: i64| {
        // Units are told as for milliseconds.
        match number.unsigned_abs() {
            100_000_000_000_000_000.. => Some(number),
            100_000_000_000_000.. => number.checked_mul(1000),
            _ => None,
        }
    });
    let fraction = || {
        let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        (3.2e7..1e11).contains(&number.abs()).then(|| seconds_to_nanos(number)).flatten()
    };
    exact.or_else(fraction).or_else(|| parse_nanos(value.as_str()?)).or_else(|| moment(value)?.0.checked_mul(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_sessions_and_facts_are_found() {
        assert_eq!(tool_name("execute_tool say_hello"), "say_hello");
        assert_eq!(tool_name("get_weather"), "get_weather");
        assert_eq!(
            session_in(&json!({"session_id": "[redacted]", "attributes": {"session.id": "s"}})).as_deref(),
            Some("s")
        );
        let facts =
            kept(&json!({"plan": "gold", "deep": "{\"a\": 1}", "long": "x".repeat(300), "scope": {"name": "y"}}));
        assert_eq!(
            facts,
            BTreeMap::from([("plan".to_string(), "gold".to_string()), ("deep.a".to_string(), "1".to_string())])
        );
        let tool = json!({"lc": 1, "type": "constructor", "id": ["x", "ToolMessage"], "kwargs": {"content": "rain", "tool_call_id": "c", "name": "weather"}});
        let message = tool_message(&tool).unwrap();
        assert_eq!(
            (message.answers.as_deref(), message.tool.as_deref(), &*message.text),
            (Some("c"), Some("weather"), "rain")
        );
        let error = |value: Value| Raised(Some(&value)).text();
        assert_eq!(error(json!({"exception_type": "ValueError", "traceback": "x"})).as_deref(), Some("ValueError"));
        assert_eq!(error(json!("{\"message\": \"gone\"}")).as_deref(), Some("gone"));
        assert_eq!((error(json!("")), error(json!({})), error(Value::Null)), (None, None, None));
        assert!(!Raised(Some(&json!(0))).failed() && Raised(Some(&json!(1))).failed());
        assert_eq!(nanos(Some(&json!("1700000000123456789"))), Some(1_700_000_000_123_456_789));
        assert_eq!(nanos(Some(&json!("2023-11-14 22:13:20.123456"))), Some(1_700_000_000_123_456_000));
        assert_eq!(nanos(Some(&json!("2023-11-14 22:13:20.123456 UTC"))), Some(1_700_000_000_123_456_000));
        assert_eq!(nanos(Some(&json!(1_700_000_000_123_456_i64))), Some(1_700_000_000_123_456_000));
        assert_eq!(nanos(Some(&json!(1_700_000_000.25))), Some(1_700_000_000_250_000_000));
        assert_eq!(nanos(Some(&json!("1700000000123"))), Some(1_700_000_000_123_000_000));
        assert_eq!(nanos(Some(&json!(1_700_000_000))), Some(1_700_000_000_000_000_000));
    }
}
