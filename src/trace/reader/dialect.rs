//! Messages in whatever dialect: the JSON of OpenAI (completions and responses), Anthropic, Gemini, Bedrock, LangChain,
//! pydantic-ai, the Vercel AI SDK and OpenTelemetry's GenAI parts, as [`Message`]s. Formats differ in what stands
//! around messages; what a message looks like, any of them may take from any vendor, so that one place knows it all.
//!
//! [`strict`] is for formats that promise messages and refuses what is none; [`messages`] is for fields that hold
//! "the input" or "the output" of something and finds what messages there are.

mod block;
mod builder;
mod labelled;
mod literal;
mod stream;
mod value;
mod vendor;

pub(in crate::trace::reader) use value::{moment, number, numeric, scalar, string, text_of};

use super::Reason;
use crate::trace::Role;
use crate::trace::message::{Call, Message, is_failure};
pub(super) use block::is_part;
use block::{Block, block};
use builder::Builder;
use labelled::said;
use serde_json::{Map, Value};
use std::borrow::Cow;
use vendor::{item, langchain, pydantic};

/// Wrappers around messages that are looked through, one in the other.
const MOST_WRAPPERS: usize = 8;

/// Roles by the names that exporters use.
pub(super) fn role(name: &str) -> Option<Role> {
    match name.to_ascii_lowercase().as_str() {
        "system" | "developer" | "instructions" => Some(Role::System),
        "user" | "human" => Some(Role::User),
        "assistant" | "model" | "gpt" | "ai" | "bot" | "gemini" | "chatbot" => Some(Role::Assistant),
        "tool" | "function" | "observation" | "ipython" | "tool_result" => Some(Role::Tool),
        _ => None,
    }
}

/// Who speaks, by the names that home-made logs have for it.
fn speaker(map: &Map<String, Value>) -> Option<&str> {
    let author = || map.get("author").and_then(|author| author.get("role").unwrap_or(author).as_str());
    let other = || ["sender", "speaker", "from"].iter().find_map(|key| map.get(*key)?.as_str());
    let kind = || {
        let kind = map.get("type").and_then(Value::as_str);
        kind.filter(|kind| role(kind).is_some_and(|role| role != Role::Tool) && !map.contains_key("data"))
    };
    map.get("role").and_then(Value::as_str).or_else(author).or_else(other).or_else(kind)
}

/// Roles by the names that services have for those who talk in them.
fn house_role(name: &str) -> Option<Role> {
    match name.to_ascii_lowercase().as_str() {
        "customer" | "client" | "visitor" | "caller" | "guest" | "end_user" | "enduser" | "patient" | "student" => {
            Some(Role::User)
        }
        "agent" | "support" | "operator" | "representative" | "advisor" | "chatgpt" | "claude" | "llm" | "copilot" => {
            Some(Role::Assistant)
        }
        _ => None,
    }
}

/// One message of a format that promises messages with roles.
///
/// # Errors
/// When it is no object or its role is missing or unknown.
pub(super) fn strict(message: &Value) -> Result<Vec<Message>, Reason> {
    let Value::Object(map) = message else {
        return Err(Reason::NotAConversation("a message is not an object".to_string()));
    };
    let name = speaker(map).unwrap_or("");
    // Google's kit names the agent, and says in the content who speaks.
    if role(name).is_none()
        && let Some(Value::Object(content)) = map.get("content")
        && let Some(role) = content.get("role").and_then(Value::as_str).and_then(role)
    {
        return Ok(with_role(content, role));
    }
    if role(name).is_none()
        // Items of OpenAI's Responses and LangChain's messages say by their type what they are.
        && let Some(found) = item(map, Role::Assistant).or_else(|| langchain(map)).or_else(|| pydantic(map))
    {
        return Ok(found);
    }
    match role(name).or_else(|| house_role(name)) {
        Some(role) => Ok(with_role(map, role)),
        None if name.is_empty() => Err(Reason::NotAConversation("a message has no role".to_string())),
        None => Err(Reason::NotAConversation("a message has an unknown role".to_string())),
    }
}

/// The messages in a field that holds what went into something or came out of it. What has no role of its own is
/// said by `speaker`. Empty when there is nothing.
pub(super) fn messages(value: &Value, speaker: Role) -> Vec<Message> {
    let mut found = Vec::new();
    collect(&unpack(value), speaker, 0, &mut found);
    found.retain(|message| !is_silent(message));
    found
}

/// Whether a message says nothing at all. A tool's empty result is one.
fn is_silent(message: &Message) -> bool {
    message.role != Role::Tool && message.text.trim().is_empty() && message.calls.is_empty()
}

/// JSON in a string, up to three levels, then a Python literal; anything else as it is.
pub(super) fn unpack(value: &Value) -> Cow<'_, Value> {
    let mut current = Cow::Borrowed(value);
    for _ in 0..3 {
        let Value::String(text) = current.as_ref() else { break };
        let trimmed = text.trim();
        if !matches!(trimmed.as_bytes().first(), Some(b'{' | b'[' | b'"')) {
            break;
        }
        match serde_json::from_str(trimmed) {
            Ok(inner @ (Value::Object(_) | Value::Array(_) | Value::String(_))) => current = Cow::Owned(inner),
            _ => {
                return match literal::parse(trimmed) {
                    Some(inner) => Cow::Owned(inner),
                    None => current,
                };
            }
        }
    }
    current
}

/// Members that hold a text and nothing else, in the order in which they are believed.
const TEXTS: [&str; 15] = [
    "content",
    "text",
    "input",
    "output",
    "query",
    "question",
    "answer",
    "prompt",
    "completion",
    "response",
    "result",
    "user_input",
    "message",
    "final_output",
    // Logfire, of what came in pieces.
    "combined_chunk_content",
];

fn collect(value: &Value, speaker: Role, depth: usize, found: &mut Vec<Message>) {
    match value {
        Value::Null => {}
        Value::String(text) if speaker == Role::Assistant && depth <= MOST_WRAPPERS && stream::is_events(text) => {
            match stream::reply(value) {
                Some(reply) => collect(&reply, speaker, depth + 1, found),
                None => found.extend(said(text, speaker)),
            }
        }
        Value::String(text) => found.extend(said(text, speaker)),
        Value::Array(items) => list(items, speaker, depth, found),
        Value::Object(map) => object(map, speaker, depth, found),
        other => found.push(Message::new(speaker, other.to_string())),
    }
}

fn list(items: &[Value], speaker: Role, depth: usize, found: &mut Vec<Message>) {
    if depth > MOST_WRAPPERS {
        return;
    }
    // Blocks of one message without the message around them.
    let is_block = |item: &Value| {
        item.get("role").is_none()
            && item.get("data").is_none()
            && item.get("content").is_none_or(|content| content.is_string() && item.get("tool_calls").is_none())
            && is_part(item)
    };
    if !items.is_empty() && items.iter().all(is_block) {
        let mut builder = Builder::new(speaker);
        items.iter().for_each(|item| builder.add(block(item)));
        found.extend(builder.finish());
        return;
    }
    // LangChain's short form of a message.
    if let [Value::String(name), Value::String(text)] = items
        && matches!(name.as_str(), "system" | "user" | "human" | "assistant" | "ai")
    {
        found.push(Message::new(role(name).unwrap_or(speaker), text.as_str()));
        return;
    }
    for item in items {
        collect(&unpack(item), speaker, depth + 1, found);
    }
}

fn object(map: &Map<String, Value>, speaker: Role, depth: usize, found: &mut Vec<Message>) {
    if depth > MOST_WRAPPERS {
        return;
    }
    let speaker_named = map.get("role").and_then(Value::as_str);
    // What OpenLLMetry calls the model's reasoning.
    if matches!(speaker_named, Some("thinking" | "reasoning")) {
        return;
    }
    if let Some(role) = speaker_named.and_then(role) {
        found.extend(with_role(map, role));
        return;
    }
    if let Some(messages) = item(map, speaker).or_else(|| langchain(map)).or_else(|| pydantic(map)) {
        found.extend(messages);
        return;
    }
    if map.get("tool_calls").is_some_and(Value::is_array) {
        found.extend(with_role(map, speaker));
        return;
    }
    let inner = |value: &Value, speaker: Role, found: &mut Vec<Message>| {
        collect(&unpack(value), speaker, depth + 1, found);
    };
    found.extend(instructions(map));
    let before = found.len();
    for key in ["messages", "contents", "all_messages", "chat_history", "prompts"] {
        if let Some(value @ (Value::Array(_) | Value::String(_))) = map.get(key) {
            inner(value, speaker, found);
            break;
        }
    }
    // A state may hold the history and, apart from it, what was said last.
    if found.len() == before || map.contains_key("chat_history") {
        for key in ["choices", "candidates", "generations", "outputs"] {
            if let Some(Value::Array(options)) = map.get(key) {
                // Of alternatives the first was shown to the user.
                if let Some(first) = options.first() {
                    inner(first, Role::Assistant, found);
                }
                return;
            }
        }
        for key in [
            "message", "content", "request", "inputs", "outputs", "kwargs", "body", "data", "output", "input",
            "response", "value", "update",
        ] {
            match map.get(key) {
                Some(value @ (Value::Object(_) | Value::Array(_))) if looks_said(value) => {
                    inner(value, speaker, found);
                    return;
                }
                Some(value @ Value::String(text))
                    if matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'[')) =>
                {
                    let value = unpack(value);
                    if looks_said(&value) {
                        collect(&value, speaker, depth + 1, found);
                        return;
                    }
                }
                _ => {}
            }
        }
        if let Some(text) = TEXTS.iter().find_map(|key| map.get(*key)?.as_str()) {
            found.extend(said(text, speaker));
        } else if let Some(reply) = map.get("streamed_data").and_then(stream::reply) {
            inner(&reply, Role::Assistant, found);
        } else if found.len() == before && !map.is_empty() {
            found.push(Message::new(speaker, Value::Object(map.clone()).to_string()));
        }
    }
}

/// What a request has beside its messages.
fn instructions(map: &Map<String, Value>) -> Vec<Message> {
    let config = map.get("config").or_else(|| map.get("generationConfig"));
    let keys =
        ["system", "instructions", "system_instruction", "systemInstruction", "system_prompt", "system_instructions"];
    let told = keys.iter().filter_map(|key| map.get(*key).or_else(|| config?.get(*key)));
    let texts = told.map(|text| text_of(Some(&unpack(text)))).filter(|text| !text.is_empty());
    texts.map(|text| Message::new(Role::System, text)).collect()
}

/// Whether a value inside a wrapper holds messages rather than data.
fn looks_said(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.first().is_some_and(looks_said),
        Value::Object(map) => {
            [
                "role",
                "messages",
                "choices",
                "candidates",
                "generations",
                "contents",
                "parts",
                "content",
                "text",
                "kwargs",
            ]
            .iter()
            .any(|key| map.contains_key(*key))
                || map.get("type").is_some_and(Value::is_string)
        }
        _ => false,
    }
}

/// A message whose role is known.
fn with_role(map: &Map<String, Value>, role: Role) -> Vec<Message> {
    let time =
        ["timestamp", "created_at", "createdAt", "created", "time"].iter().find_map(|key| moment(map.get(*key)?));
    let empty = |value: &&Value| !matches!(value, Value::Null) && value.as_array().is_none_or(|list| !list.is_empty());
    // UI messages repeat their parts as content.
    let content = map.get("parts").filter(empty).or_else(|| map.get("content")).or_else(|| map.get("contents"));
    let elsewhere = || ["text", "message", "value", "body"].iter().find_map(|key| map.get(*key).filter(empty));
    let content = content.filter(|content| !content.is_null()).or_else(elsewhere);
    let mut builder = Builder::new(role);
    builder.time = time;
    // Datadog lists results beside the content, in whoever's message.
    let results = map.get("tool_results").and_then(Value::as_array).filter(|results| !results.is_empty());
    if role == Role::Tool {
        if let Some(results) = results {
            results.iter().for_each(|result| builder.add(listed_result(result)));
            return builder.finish();
        }
        // LangChain's tracer lists the tools that the model may call among its messages.
        if map.get("content").is_some_and(|content| content.pointer("/function/parameters").is_some()) {
            return Vec::new();
        }
        // AutoGen 0.2 keeps the results of all calls in one message.
        if let Some(each) = map.get("tool_responses").and_then(Value::as_array).filter(|each| !each.is_empty()) {
            let of = |one: &Map<String, Value>| {
                let result =
                    Message::result(string(one, &["tool_call_id"]), None, text_of(one.get("content")), flag(one));
                Message { time, ..result }
            };
            return each.iter().filter_map(Value::as_object).map(of).collect();
        }
        let blocks = content.and_then(Value::as_array);
        let calls = blocks.is_some_and(|blocks| blocks.iter().any(|part| matches!(block(part), Block::Call(_))));
        if calls {
            // What went into a run of a tool, in the form of a message.
            builder.role = Role::Assistant;
        }
        let whole = |part: &Value| calls || matches!(block(part), Block::Result(_));
        if let Some(blocks) = blocks.filter(|blocks| blocks.iter().any(whole)) {
            blocks.iter().for_each(|part| builder.add(block(part)));
            return builder.finish();
        }
        let id = string(map, &["tool_call_id", "toolCallId", "tool_id", "id", "call_id"]);
        let text = content
            .map_or_else(|| text_of(map.get("result").or_else(|| map.get("output"))), |content| text_of(Some(content)));
        // Of a run that gave nothing, the error is what the model gets to know.
        let told = || map.get("error").map(|error| text_of(Some(error.get("message").unwrap_or(error))));
        let failed = flag(map);
        let text = if text.trim().is_empty() && failed == Some(true) { told().unwrap_or(text) } else { text };
        return vec![Message {
            time,
            ..Message::result(id, string(map, &["name", "tool_name", "toolName"]), text, failed)
        }];
    }
    match content {
        Some(Value::Array(parts)) => parts.iter().for_each(|part| builder.add(block(part))),
        // One part without the list around it, as Gemini's instructions are.
        Some(Value::Object(part)) if part.contains_key("parts") => {
            part.get("parts").and_then(Value::as_array).into_iter().flatten().for_each(|part| builder.add(block(part)));
        }
        Some(other) => builder.add(Block::Text(text_of(Some(other)))),
        None => {}
    }
    if builder.is_empty()
        && let Some(Value::String(refusal)) = map.get("refusal")
    {
        builder.add(Block::Text(refusal.clone()));
    }
    let extra = map.get("additional_kwargs").and_then(Value::as_object);
    let list =
        |key: &str| map.get(key).or_else(|| extra?.get(key)).map(unpack).and_then(|calls| calls.as_array().cloned());
    let listed =
        list("tool_calls").filter(|calls| !calls.is_empty()).or_else(|| list("toolInvocations")).unwrap_or_default();
    let legacy = map.get("function_call").or_else(|| extra?.get("function_call")).filter(|call| call.is_object());
    for call in listed.iter().chain(legacy) {
        builder.list(call);
    }
    results.into_iter().flatten().for_each(|result| builder.add(listed_result(result)));
    builder.finish()
}

/// A result in a list of results: `{name, result, tool_id}`.
fn listed_result(result: &Value) -> Block {
    let Value::Object(map) = result else { return Block::Nothing };
    let text = ["result", "content", "output"].iter().find_map(|key| map.get(*key));
    let id = string(map, &["tool_id", "tool_call_id", "tool_use_id", "id"]);
    Block::Result(Message::result(id, string(map, &["name"]), text_of(text), flag(map)))
}

/// The call that a JSON object describes, in whichever naming.
pub(super) fn call_of(call: &Value) -> Call {
    let function = if call["function"].is_object() { &call["function"] } else { call };
    let first = |keys: &[&str], of: &Value| keys.iter().find_map(|key| of[*key].as_str().map(str::to_string));
    let arguments = function.as_object().map(arguments).unwrap_or_default();
    Call {
        id: first(&["id", "toolCallId", "tool_call_id", "call_id", "toolUseId", "tool_id", "callId"], call),
        name: first(&["name", "toolName", "tool_name"], function)
            .or_else(|| first(&["function"], call))
            .unwrap_or_default(),
        arguments,
    }
}

/// The arguments of a call as JSON text.
fn arguments(map: &Map<String, Value>) -> String {
    ["arguments", "input", "args"].iter().find_map(|key| map.get(*key)).map(text_or_json).unwrap_or_default()
}

/// Text as it is, nothing as nothing, anything else as JSON.
pub(super) fn text_or_json(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The error flag that a tool's message carries, if any.
fn flag(message: &Map<String, Value>) -> Option<bool> {
    for key in ["error", "is_error", "isError"] {
        match message.get(key) {
            Some(Value::Bool(said)) => return Some(*said),
            Some(Value::String(text)) if !text.is_empty() => return Some(true),
            Some(Value::Object(_)) => return Some(true),
            _ => {}
        }
    }
    match message.get("status").and_then(Value::as_str) {
        Some(status) if is_failure(status) => Some(true),
        Some(status) if matches!(status.to_ascii_lowercase().as_str(), "ok" | "success" | "completed") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
