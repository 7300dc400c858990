//! OpenAI chat completions, and whatever speaks them; Azure's deployments too.

use super::reading::usage;
use super::{Decoded, Encoded, Malformed, Question, Stop};
use crate::llm::name::Provider;
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
    let mut body = json!({
        "model": model,
        "messages": messages,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": request.shape, "strict": true, "schema": request.schema.to_json()},
        },
    });
    if question.reasons() {
        body["max_completion_tokens"] = json!(question.max_output);
    } else {
        body["max_tokens"] = json!(question.max_output);
        body["temperature"] = json!(0);
    }
    let path = match question.provider {
        Provider::Azure => question.azure("chat/completions"),
        _ => "/chat/completions".to_string(),
    };
    Encoded::json(path, Vec::new(), &body)
}

pub(super) fn decode(body: &Value) -> Result<Decoded, Malformed> {
    let choices = body.get("choices").and_then(Value::as_array).ok_or(Malformed::WrongShape("choices"))?;
    let [choice] = choices.as_slice() else { return Err(Malformed::WrongShape("choices")) };
    let message = choice.get("message").filter(|message| message.is_object());
    let message = message.ok_or(Malformed::WrongShape("message"))?;
    let usage =
        body.get("usage").map(|value| usage(value, &["prompt_tokens"], &["completion_tokens"])).unwrap_or_default();
    let refused = message.get("refusal").is_some_and(|refusal| refusal.as_str().is_some_and(|text| !text.is_empty()));
    let stop = match choice.get("finish_reason").and_then(Value::as_str) {
        _ if refused => Stop::Refused,
        Some("stop") => Stop::Done,
        Some("length") => Stop::Length,
        Some("content_filter") => Stop::Refused,
        _ => return Err(Malformed::WrongShape("finish_reason")),
    };
    let text = message.get("content").and_then(Value::as_str).unwrap_or("").to_string();
    if stop == Stop::Done && text.is_empty() {
        return Err(Malformed::WrongShape("content"));
    }
    Ok(Decoded { text, stop, usage })
}
