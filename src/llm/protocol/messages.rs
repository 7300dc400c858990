//! Anthropic messages. The answer's shape is the input of a tool that the model is made to call.

use super::reading::usage;
use super::{Decoded, Encoded, Malformed, Question, Stop};
use serde_json::{Value, json};

/// The version of the protocol.
const VERSION: &str = "2023-06-01";

pub(super) fn encode(question: &Question<'_>) -> Encoded {
    let Question { model, request, .. } = question;
    let mut messages = vec![json!({"role": "user", "content": request.input})];
    if let Some(correction) = question.correction {
        messages.push(json!({"role": "assistant", "content": correction.previous}));
        messages.push(json!({"role": "user", "content": correction.sentence()}));
    }
    let body = json!({
        "model": model,
        "max_tokens": question.max_output,
        "temperature": 0,
        "system": request.instructions.text(),
        "messages": messages,
        "tools": [{
            "name": request.shape,
            "description": "Takes the answer.",
            "input_schema": request.schema.to_json(),
        }],
        "tool_choice": {"type": "tool", "name": request.shape, "disable_parallel_tool_use": true},
    });
    Encoded::json("/messages".to_string(), vec![("anthropic-version", VERSION.to_string())], &body)
}

pub(super) fn decode(body: &Value) -> Result<Decoded, Malformed> {
    if body.get("type").and_then(Value::as_str) != Some("message") {
        return Err(Malformed::WrongShape("type"));
    }
    let content = body.get("content").and_then(Value::as_array).ok_or(Malformed::WrongShape("content"))?;
    let input = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    let usage = body.get("usage").map(|value| usage(value, &input, &["output_tokens"])).unwrap_or_default();
    let stop = match body.get("stop_reason").and_then(Value::as_str) {
        Some("tool_use" | "end_turn" | "stop_sequence") => Stop::Done,
        Some("max_tokens" | "model_context_window_exceeded") => Stop::Length,
        Some("refusal") => Stop::Refused,
        Some("pause_turn") => return Err(Malformed::Truncated),
        _ => return Err(Malformed::WrongShape("stop_reason")),
    };
    let kind = |part: &Value, wanted: &str| part.get("type").and_then(Value::as_str) == Some(wanted);
    let calls: Vec<&Value> = content.iter().filter(|part| kind(part, "tool_use")).collect();
    let text = match calls.as_slice() {
        [call] => call.get("input").filter(|input| input.is_object()).map(Value::to_string),
        // A server that speaks the protocol but has no tools answers in text.
        [] => {
            let texts = content.iter().filter(|part| kind(part, "text"));
            Some(texts.filter_map(|part| part.get("text")?.as_str()).collect())
        }
        _ => None,
    };
    let text = text.ok_or(Malformed::WrongShape("content"))?;
    if stop == Stop::Done && text.is_empty() {
        return Err(Malformed::WrongShape("content"));
    }
    Ok(Decoded { text, stop, usage })
}
