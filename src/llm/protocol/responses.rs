//! OpenAI responses, for the models that answer nowhere else.

use super::reading::usage;
use super::{Decoded, Encoded, Malformed, Question, Stop};
use crate::llm::name::Provider;
use serde_json::{Value, json};

pub(super) fn encode(question: &Question<'_>) -> Encoded {
    let Question { model, request, .. } = question;
    let mut input = vec![json!({"role": "user", "content": request.input})];
    if let Some(correction) = question.correction {
        input.push(json!({"role": "assistant", "content": correction.previous}));
        input.push(json!({"role": "user", "content": correction.sentence()}));
    }
    let mut body = json!({
        "model": model,
        "instructions": request.instructions.text(),
        "input": input,
        "max_output_tokens": question.max_output,
        // Kept by us, and by nobody else.
        "store": false,
        "text": {"format": {
            "type": "json_schema",
            "name": request.shape,
            "strict": true,
            "schema": request.schema.to_json(),
        }},
    });
    if !question.reasons() {
        body["temperature"] = json!(0);
    }
    let path = match question.provider {
        Provider::Azure => question.azure("responses"),
        _ => "/responses".to_string(),
    };
    Encoded::json(path, Vec::new(), &body)
}

pub(super) fn decode(body: &Value) -> Result<Decoded, Malformed> {
    let output = body.get("output").and_then(Value::as_array).ok_or(Malformed::WrongShape("output"))?;
    let usage = body.get("usage").map(|value| usage(value, &["input_tokens"], &["output_tokens"])).unwrap_or_default();
    let reason = body.pointer("/incomplete_details/reason").and_then(Value::as_str);
    let mut stop = match (body.get("status").and_then(Value::as_str), reason) {
        (Some("completed"), _) => Stop::Done,
        (Some("incomplete"), Some("max_output_tokens")) => Stop::Length,
        (Some("incomplete"), Some("content_filter")) => Stop::Refused,
        (Some("failed" | "cancelled"), _) => return Err(Malformed::ErrorInside(None)),
        (Some("in_progress" | "queued" | "incomplete"), _) => return Err(Malformed::Truncated),
        _ => return Err(Malformed::WrongShape("status")),
    };
    let mut text = String::new();
    let messages = output.iter().filter(|item| item.get("type").and_then(Value::as_str) == Some("message"));
    for part in messages.filter_map(|item| item.get("content")?.as_array()).flatten() {
        match part.get("type").and_then(Value::as_str) {
            Some("output_text") => text += part.get("text").and_then(Value::as_str).unwrap_or(""),
            Some("refusal") => stop = Stop::Refused,
            _ => return Err(Malformed::WrongShape("content")),
        }
    }
    if stop == Stop::Done && text.is_empty() {
        return Err(Malformed::WrongShape("content"));
    }
    Ok(Decoded { text, stop, usage })
}
