//! What went into a span and what came out, as messages: of each side the first dialect that says something, those
//! with roles before those with bare text.

use super::facts::Attributes;
use super::{Event, Span, indexed};
use crate::trace::Role;
use crate::trace::message::{Call, Message};
use crate::trace::reader::dialect::{messages, numeric, text_of, text_or_json, unpack};
use crate::trace::reader::observed;
use serde_json::{Map, Value};

/// Both sides of a span.
pub(super) fn sides(span: &Span, root: bool) -> (Vec<Message>, Vec<Message>) {
    let attributes = &span.attributes;
    let (event_input, event_output) = of_events(span);
    let (told_input, told_output) = whole_histories(attributes);
    let mut input = first([
        &|| plain(attributes, &["gen_ai.input.messages"], Role::User),
        &|| indexed::collect(attributes, "llm.input_messages.", Role::User),
        &|| indexed::collect(attributes, "gen_ai.prompt.", Role::User),
        &|| event_input.clone(),
        &|| vercel_input(attributes),
        &|| google(attributes, "gcp.vertex.agent.llm_request", Role::User),
        &|| told_input.clone(),
        &|| plain(attributes, &INPUTS, Role::User),
        &|| if root { plain(attributes, &["langfuse.trace.input"], Role::User) } else { Vec::new() },
    ]);
    let output = first([
        &|| said(attributes),
        &|| indexed::collect(attributes, "llm.output_messages.", Role::Assistant),
        &|| indexed::collect(attributes, "gen_ai.completion.", Role::Assistant),
        &|| event_output.clone(),
        &|| vercel_output(attributes),
        &|| google(attributes, "gcp.vertex.agent.llm_response", Role::Assistant),
        &|| told_output.clone(),
        &|| plain(attributes, &OUTPUTS, Role::Assistant),
        &|| if root { plain(attributes, &["langfuse.trace.output"], Role::Assistant) } else { Vec::new() },
    ]);
    instruct(&mut input, Attributes(attributes).value(&INSTRUCTIONS));
    observed::sides(input, output)
}

/// Attributes with what the agent is told, beside the messages.
const INSTRUCTIONS: [&str; 5] =
    ["gen_ai.system_instructions", "instructions", "system_prompt", "gen_ai.agent.system_prompt", "ai.prompt.system"];

/// Attributes with a whole input.
const INPUTS: [&str; 13] = [
    "langfuse.observation.input",
    "genkit:input",
    "mlflow.spanInputs",
    "braintrust.input_json",
    "braintrust.input",
    "traceloop.entity.input",
    "input.value",
    "gen_ai.prompt",
    "lk.chat_ctx",
    "input",
    "prompt",
    "request_data",
    "request.body",
];
/// Attributes with a whole output.
const OUTPUTS: [&str; 13] = [
    "langfuse.observation.output",
    "genkit:output",
    "mlflow.spanOutputs",
    "braintrust.output_json",
    "braintrust.output",
    "traceloop.entity.output",
    "output.value",
    "gen_ai.completion",
    "final_result",
    "lk.response.text",
    "output",
    "response_data",
    "response.body",
];

type Source<'a> = &'a dyn Fn() -> Vec<Message>;

fn first<const N: usize>(sources: [Source<'_>; N]) -> Vec<Message> {
    sources.into_iter().map(|source| source()).find(|found| !found.is_empty()).unwrap_or_default()
}

fn plain(attributes: &Map<String, Value>, keys: &[&str], speaker: Role) -> Vec<Message> {
    keys.iter()
        .filter_map(|key| attributes.get(*key))
        .map(|value| messages(value, speaker))
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

/// What came out, by the semantic conventions since 1.37: each alternative has a reason why it ended, and the first was
/// shown to the user.
fn said(attributes: &Map<String, Value>) -> Vec<Message> {
    let list = attributes.get("gen_ai.output.messages").map(unpack);
    let choice = |item: &Value| item["role"] == "assistant" && item["finish_reason"].is_string();
    match list.as_deref().and_then(Value::as_array).map(Vec::as_slice) {
        Some([first, rest @ ..]) if choice(first) && rest.iter().all(choice) => messages(first, Role::Assistant),
        _ => plain(attributes, &["gen_ai.output.messages"], Role::Assistant),
    }
}

/// Puts the instructions before the messages, where these have none.
fn instruct(found: &mut Vec<Message>, text: Option<&Value>) {
    let text = text.map(|text| text_of(Some(&unpack(text)))).unwrap_or_default();
    if !text.is_empty() && !found.iter().any(|message| message.role == Role::System) {
        found.insert(0, Message::new(Role::System, text));
    }
}

/// Google's kit writes `{}` where there is nothing.
fn google(attributes: &Map<String, Value>, key: &str, speaker: Role) -> Vec<Message> {
    match attributes.get(key).map(unpack) {
        Some(value) if value.as_object().is_none_or(|map| !map.is_empty()) => messages(&value, speaker),
        _ => Vec::new(),
    }
}

fn vercel_input(attributes: &Map<String, Value>) -> Vec<Message> {
    // Sentry has names of its own.
    plain(attributes, &["ai.prompt.messages", "ai.prompt", "gen_ai.request.messages"], Role::User)
}

fn vercel_output(attributes: &Map<String, Value>) -> Vec<Message> {
    let attributes = Attributes(attributes);
    let text = attributes.text(&["ai.response.text", "ai.result.text", "ai.response.object", "ai.result.object"]);
    // Sentry's texts are a list as JSON.
    let listed = || Some(text_of(Some(&unpack(attributes.value(&["gen_ai.response.text"])?))));
    let text = text.or_else(listed);
    let calls = attributes
        .value(&[
            "ai.response.toolCalls",
            "ai.result.toolCalls",
            "ai.response.tool_calls",
            "gen_ai.response.tool_calls",
        ])
        .map(unpack);
    let calls: Vec<Call> = calls
        .as_deref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(crate::trace::reader::dialect::call_of)
        .collect();
    if text.is_none() && calls.is_empty() {
        return Vec::new();
    }
    vec![Message { calls, ..Message::new(Role::Assistant, text.unwrap_or_default()) }]
}

/// Attributes with the whole conversation of an agent or a call: what was said last came out, the rest went in.
fn whole_histories(attributes: &Map<String, Value>) -> (Vec<Message>, Vec<Message>) {
    let keys = ["pydantic_ai.all_messages", "all_messages", "mlflow.chat.messages"];
    let mut all = plain(attributes, &keys, Role::User);
    if all.is_empty()
        && let Some(events) = attributes.get("all_messages_events").map(unpack)
    {
        let events: Vec<Event> = events.as_array().into_iter().flatten().map(logged).collect();
        let (input, output) = of_list(&events);
        all = input;
        all.extend(output);
    }
    let spoken = all.iter().rposition(|message| message.role != Role::Assistant).map_or(0, |last| last + 1);
    let output = all.split_off(spoken);
    (all, output)
}

/// Messages in the span's events, or in the attribute in which Logfire keeps them.
pub(super) fn of_events(span: &Span) -> (Vec<Message>, Vec<Message>) {
    let (mut input, mut output) = of_list(&span.events);
    if input.is_empty()
        && output.is_empty()
        && let Some(list) = span.attributes.get("events").map(unpack)
    {
        let events: Vec<Event> = list.as_array().into_iter().flatten().map(logged).collect();
        (input, output) = of_list(&events);
    }
    (input, output)
}

/// An event of Logfire: its body lies beside its name. Some versions leave the name out: then what it holds tells.
fn logged(value: &Value) -> Event {
    let name = match (value["event.name"].as_str(), value["role"].as_str()) {
        (Some(name), _) => name.to_string(),
        (None, Some(role)) => format!("gen_ai.{role}.message"),
        (None, None) if value["message"].is_object() => "gen_ai.choice".to_string(),
        (None, None) => String::new(),
    };
    Event { name, body: value.clone(), attributes: Map::new() }
}

/// The body of an event. Azure's libraries keep it as JSON in one of its attributes.
fn told(event: &Event) -> Value {
    let body = unpack(&event.body);
    if body.is_null()
        && let Some(content) = event.attributes.get("gen_ai.event.content").map(unpack)
    {
        let inner = content.as_array().and_then(|list| list.first()).unwrap_or(&content);
        let whole = ["content", "message", "tool_calls", "role"].iter().any(|key| inner.get(*key).is_some());
        if whole {
            return inner.clone();
        }
    }
    body.into_owned()
}

fn of_list(events: &[Event]) -> (Vec<Message>, Vec<Message>) {
    let (mut input, mut output) = (Vec::new(), Vec::new());
    // They may come in an event of their own.
    let mut instructed = None;
    for event in events {
        let map = &event.attributes;
        let body = told(event);
        match event.name.as_str() {
            "gen_ai.client.inference.operation.details" | "gen_ai.client.operation.details" => {
                input.extend(plain(map, &["gen_ai.input.messages"], Role::User));
                instructed = instructed.or_else(|| map.get("gen_ai.system_instructions"));
                output.extend(said(map));
                continue;
            }
            "gen_ai.content.prompt" => input.extend(plain(map, &["gen_ai.prompt"], Role::User)),
            "gen_ai.content.completion" => output.extend(plain(map, &["gen_ai.completion"], Role::Assistant)),
            // Of alternatives the first was shown to the user.
            "gen_ai.choice"
                if body.get("index").or_else(|| map.get("index")).and_then(numeric).is_some_and(|at| at > 0.0) => {}
            "gen_ai.choice" => {
                let message = body.get("message").or_else(|| map.get("message")).cloned();
                let value = message.unwrap_or_else(|| merged(map, &body, "assistant"));
                output.extend(messages(&value, Role::Assistant));
            }
            name => {
                let speaker = name.strip_prefix("gen_ai.").and_then(|name| name.strip_suffix(".message"));
                if let Some(speaker) =
                    speaker.filter(|speaker| matches!(*speaker, "system" | "user" | "assistant" | "tool"))
                {
                    input.extend(messages(&merged(map, &body, speaker), Role::User));
                    continue;
                }
            }
        }
        // CloudWatch keeps both sides in the body of one event.
        for (side, found, speaker) in [("input", &mut input, Role::User), ("output", &mut output, Role::Assistant)] {
            if let Some(list) = body.get(side).and_then(|side| side.get("messages")).and_then(Value::as_array) {
                for item in list {
                    // The content is often an object that holds the content.
                    let unwrapped = item.pointer("/content/content").or_else(|| item.pointer("/content/message"));
                    let value = match (unwrapped, item.get("role")) {
                        (Some(content), Some(role)) => serde_json::json!({"role": role, "content": unpack(content)}),
                        _ => item.clone(),
                    };
                    found.extend(messages(&value, speaker));
                }
            }
        }
    }
    instruct(&mut input, instructed);
    (input, output)
}

/// One message of which the role is in the event's name and the rest in its attributes or body.
fn merged(attributes: &Map<String, Value>, body: &Value, role: &str) -> Value {
    // Google's kit puts the whole message in the content, and calls everybody a user.
    if let Some(content) = body.get("content")
        && content.get("role").is_some()
        && content.get("parts").is_some()
    {
        return content.clone();
    }
    let mut message: Map<String, Value> = match body {
        Value::Object(body) => body.clone(),
        Value::Null => Map::new(),
        other => Map::from_iter([("content".to_string(), other.clone())]),
    };
    for (key, value) in attributes {
        // It was the body already.
        if key == "gen_ai.event.content" && body.is_object() {
            continue;
        }
        let name = key.strip_prefix("gen_ai.event.").unwrap_or(key);
        if matches!(name, "content" | "role" | "tool_calls" | "id" | "name" | "tool_call_id") {
            message.entry(name.to_string()).or_insert_with(|| value.clone());
        }
    }
    for key in ["content", "tool_calls"] {
        if let Some(value) = message.get(key).filter(|value| value.is_string()) {
            let value = unpack(value);
            // What a person or a tool said may be JSON; it is a list of parts only when its elements are.
            let parts = value.as_array().is_some_and(|list| {
                !list.is_empty()
                    && list.iter().all(|part| {
                        part.get("type")
                            .or_else(|| part.get("text"))
                            .or_else(|| part.get("function"))
                            .or_else(|| part.get("toolUse"))
                            .or_else(|| part.get("toolResult"))
                            .is_some()
                    })
            });
            if parts {
                let value = value.into_owned();
                message.insert(key.to_string(), value);
            }
        }
    }
    message.entry("role".to_string()).or_insert_with(|| Value::String(role.to_string()));
    if role == "tool" && message.get("content").is_some_and(Value::is_object) {
        let text = message.get("content").map(text_or_json).unwrap_or_default();
        message.insert("content".to_string(), Value::String(text));
    }
    Value::Object(message)
}
