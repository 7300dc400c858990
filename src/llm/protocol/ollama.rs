//! Ollama's own chat.

use super::reading::usage;
use super::{Decoded, Encoded, Malformed, Question, Stop};
use serde_json::{Value, json};

pub(super) fn encode(question: &Question<'_>) -> Encoded {
    let Question { model, request, .. } = question;
    let mut messages = vec![
        json!({"role": "system", "content": request.instructions.text()}),
        json!({"role": "user", "content": request.input}),
    ];
    if let Some(correction) = question.correction {
        messages.push(json!({"role": "assistant", "content": correction.previous}));
        messages.push(json!({"role": "user", "content": correction.sentence()}));
    }
    let body = json!({
        "model": model,
        "messages": messages,
        "stream": false,
        "format": request.schema.to_json(),
        "options": {"temperature": 0, "num_predict": question.max_output},
    });
    Encoded::json("/api/chat".to_string(), Vec::new(), &body)
}

pub(super) fn decode(body: &Value) -> Result<Decoded, Malformed> {
    match body.get("done").and_then(Value::as_bool) {
        Some(true) => {}
        Some(false) => return Err(Malformed::Truncated),
        None => return Err(Malformed::WrongShape("done")),
    }
    let text = body.pointer("/message/content").and_then(Value::as_str).ok_or(Malformed::WrongShape("content"))?;
    let usage = usage(body, &["prompt_eval_count"], &["eval_count"]);
    let stop = match body.get("done_reason").and_then(Value::as_str) {
        Some("length") => Stop::Length,
        Some("stop") => Stop::Done,
        _ => return Err(Malformed::WrongShape("done_reason")),
    };
    if stop == Stop::Done && text.is_empty() {
        return Err(Malformed::WrongShape("content"));
    }
    Ok(Decoded { text: text.to_string(), stop, usage })
}
