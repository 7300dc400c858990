//! One block (part) of a message's content.

use super::value::{string, text_of};
use super::{Call, Message, Role, Value, arguments, call_of, flag, text_or_json};
use serde_json::Map;

/// What a block is.
#[derive(Debug, PartialEq)]
pub(super) enum Block {
    /// Text of the message's own role.
    Text(String),
    /// Text of another role: pydantic-ai mixes roles in one message.
    Said(Role, String),
    /// A call of a tool.
    Call(Call),
    /// A tool's result.
    Result(Message),
    /// Both in one: interfaces keep a call and its result together.
    CallWithResult(Call, Option<Message>),
    /// Nothing that is said: reasoning, marks of steps.
    Nothing,
}

/// Reads one block. What is not text shows as its kind in brackets.
pub(super) fn block(part: &Value) -> Block {
    match part {
        Value::String(text) => Block::Text(text.clone()),
        Value::Null => Block::Nothing,
        Value::Object(map) => of_object(part, map),
        other => Block::Text(other.to_string()),
    }
}

/// Whether an object can be nothing but a part of a message.
pub(in crate::trace::reader) fn is_part(value: &Value) -> bool {
    let Value::Object(map) = value else { return false };
    match map.get("type").and_then(Value::as_str) {
        Some(kind) => matches!(
            kind,
            "text"
                | "input_text"
                | "output_text"
                | "tool_use"
                | "tool_call"
                | "tool-call"
                | "tool_result"
                | "tool-result"
                | "tool_call_response"
                | "server_tool_use"
                | "thinking"
                | "redacted_thinking"
                | "reasoning"
                | "image"
                | "image_url"
        ),
        None => without_kind(map).is_some() || map.len() == 1 && map.get("text").is_some_and(Value::is_string),
    }
}

fn of_object(part: &Value, map: &Map<String, Value>) -> Block {
    let kind = ["type", "part_kind", "kind"].iter().find_map(|key| map.get(*key)?.as_str());
    if let Some(found) = without_kind(map) {
        return found;
    }
    match kind {
        Some(
            "thinking"
            | "redacted_thinking"
            | "reasoning"
            | "reasoning-file"
            | "step-start"
            | "step-finish"
            | "source-url"
            | "source-document"
            | "source"
            | "tool-approval-request"
            | "tool-approval-response",
        ) => Block::Nothing,
        // What an interface draws of its own data.
        Some(kind) if kind.starts_with("data-") => Block::Nothing,
        Some("tool_use" | "tool-call" | "tool_call" | "server_tool_use" | "builtin-tool-call") => {
            Block::Call(call_of(part))
        }
        Some(
            "tool_result" | "tool-result" | "tool_call_response" | "tool-return" | "retry-prompt" | "mcp_tool_result",
        ) => result(kind, map),
        Some("system-prompt") => Block::Said(Role::System, text_of(map.get("content"))),
        Some("user-prompt") => Block::Said(Role::User, text_of(map.get("content"))),
        Some("dynamic-tool") => interface_call(string(map, &["toolName"]).unwrap_or_default(), map),
        Some("tool-invocation") => map
            .get("toolInvocation")
            .and_then(Value::as_object)
            .map_or(Block::Nothing, |call| interface_call(string(call, &["toolName"]).unwrap_or_default(), call)),
        Some(kind) if kind.starts_with("tool-") && map.contains_key("toolCallId") => {
            interface_call(kind["tool-".len()..].to_string(), map)
        }
        Some("server_tool_call") => Block::Call(Call {
            id: string(map, &["id"]),
            name: string(map, &["name"]).unwrap_or_default(),
            arguments: map.get("server_tool_call").map(text_or_json).unwrap_or_default(),
        }),
        Some("server_tool_call_response") => {
            let content = map.get("server_tool_call_response").or_else(|| map.get("response"));
            Block::Result(Message::result(string(map, &["id"]), None, text_of(content), flag(map)))
        }
        Some(kind) if kind.ends_with("_tool_result") => result(Some(kind), map),
        // What they hold is no text, even where it is called content.
        Some("blob" | "binary" | "uri" | "media" | "image" | "audio" | "video" | "file") => {
            let keys = ["modality", "media_type", "mime_type", "mimeType", "mediaType"];
            shown(keys.iter().find_map(|key| map.get(*key)?.as_str()), kind.unwrap_or("file"))
        }
        kind => {
            if let Some(text) = string(map, &["text", "content", "refusal", "value", "logs"]) {
                return Block::Text(text);
            }
            match kind {
                Some("text" | "input_text" | "output_text") => {
                    Block::Text(text_of(map.get("text").or_else(|| map.get("content"))))
                }
                Some(kind) => {
                    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
                    Block::Text(format!("[{kind}]"))
                }
                None => Block::Text(part.to_string()),
            }
        }
    }
}

/// Blocks of Gemini, Genkit and Bedrock, which name their kind by the member that they have.
fn without_kind(map: &Map<String, Value>) -> Option<Block> {
    let inner = |keys: &[&str]| keys.iter().find_map(|key| map.get(*key)).filter(|value| value.is_object());
    if let Some(call) = inner(&["functionCall", "function_call", "toolUse", "toolRequest"]) {
        return Some(Block::Call(call_of(call)));
    }
    if let Some(Value::Object(answer)) = inner(&["functionResponse", "function_response", "toolResult", "toolResponse"])
    {
        let id = string(answer, &["id", "toolUseId", "ref"]);
        let content = ["response", "content", "output"].iter().find_map(|key| answer.get(*key));
        // Gemini wraps every text in an object of one member.
        let content = match content {
            Some(Value::Object(inner)) if inner.len() == 1 => {
                inner.get("output").or_else(|| inner.get("result")).or(content)
            }
            other => other,
        };
        let json: Option<Vec<String>> = content.and_then(Value::as_array).map(|parts| {
            parts
                .iter()
                .map(|part| {
                    part.get("json").map_or_else(|| text_of(Some(part.get("text").unwrap_or(part))), text_or_json)
                })
                .collect()
        });
        let text = json.map_or_else(|| text_of(content), |parts| parts.join("\n"));
        return Some(Block::Result(Message::result(id, string(answer, &["name"]), text, flag(answer))));
    }
    // Pictures and files: their bytes are no text.
    let bytes = [
        ("inlineData", "file"),
        ("inline_data", "file"),
        ("fileData", "file"),
        ("file_data", "file"),
        ("image", "image"),
        ("video", "video"),
        ("audio", "audio"),
        ("document", "document"),
    ];
    if !map.contains_key("type")
        && let Some((data, word)) = bytes.iter().find_map(|(key, word)| Some((map.get(*key)?.as_object()?, *word)))
    {
        let mime = string(data, &["mimeType", "mime_type"]);
        return Some(shown(mime.as_deref(), word));
    }
    if let Some(Value::Object(code)) = inner(&["executableCode", "executable_code"]) {
        let arguments = string(code, &["code"]).unwrap_or_default();
        return Some(Block::Call(Call { id: string(code, &["id"]), name: "code_execution".to_string(), arguments }));
    }
    if let Some(Value::Object(gave)) = inner(&["codeExecutionResult", "code_execution_result"]) {
        let failed = string(gave, &["outcome"]).map(|outcome| !outcome.ends_with("OK"));
        return Some(Block::Result(Message::result(string(gave, &["id"]), None, text_of(gave.get("output")), failed)));
    }
    if map.len() == 1 && map.contains_key("cachePoint") {
        return Some(Block::Nothing);
    }
    // Gemini marks its reasoning.
    if map.get("thought") == Some(&Value::Bool(true)) || map.contains_key("reasoningContent") {
        return Some(Block::Nothing);
    }
    None
}

/// What stands for something that is no text: its kind in brackets, by its media type where that says it.
fn shown(media: Option<&str>, kind: &str) -> Block {
    let word = media.and_then(|media| media.split('/').next()).filter(|word| !matches!(*word, "application" | ""));
    let word: String = word.unwrap_or(kind).chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    Block::Text(format!("[{word}]"))
}

fn result(kind: Option<&str>, map: &Map<String, Value>) -> Block {
    let id = string(map, &["tool_use_id", "toolCallId", "tool_call_id", "id"]);
    let name = string(map, &["toolName", "tool_name", "name"]);
    let content = ["content", "response", "result", "output"].iter().find_map(|key| map.get(*key));
    // The Vercel AI SDK tells how an output is meant: `{type: "text", value}`.
    let (content, failed) = match content {
        Some(Value::Object(typed)) if typed.contains_key("value") && typed.contains_key("type") => {
            let kind = typed.get("type").and_then(Value::as_str).unwrap_or("");
            (typed.get("value"), kind.starts_with("error").then_some(true))
        }
        other => (other, None),
    };
    let failed = failed.or_else(|| flag(map)).or((kind == Some("retry-prompt")).then_some(true));
    Block::Result(Message::result(id, name, text_of(content), failed))
}

/// A call of the Vercel AI SDK's interface: its state tells whether the result is there.
fn interface_call(name: String, map: &Map<String, Value>) -> Block {
    let id = string(map, &["toolCallId"]);
    let mut call = Call { id: id.clone(), name: name.clone(), arguments: arguments(map) };
    if call.arguments.is_empty() {
        // Of arguments that were no valid ones only the text is there.
        call.arguments = map.get("rawInput").map(text_or_json).unwrap_or_default();
    }
    let result = match map.get("state").and_then(Value::as_str) {
        Some("output-error") => Some((text_of(map.get("errorText")), Some(true))),
        Some("output-denied") => {
            let reason = map.get("approval").and_then(|approval| approval.get("reason"));
            let reason = text_of(reason);
            let text = if reason.is_empty() { "denied".to_string() } else { format!("denied: {reason}") };
            Some((text, Some(true)))
        }
        _ => map.get("output").or_else(|| map.get("result")).map(|output| (text_of(Some(output)), None)),
    };
    Block::CallWithResult(call, result.map(|(text, failed)| Message::result(id, Some(name), text, failed)))
}
