//! Gemini `generateContent`.

use super::reading::usage;
use super::{Decoded, Encoded, Malformed, Question, Stop};
use serde_json::{Value, json};

pub(super) fn encode(question: &Question<'_>) -> Encoded {
    let Question { model, request, .. } = question;
    let say = |role: &str, text: &str| json!({"role": role, "parts": [{"text": text}]});
    let mut contents = vec![say("user", &request.input)];
    if let Some(correction) = question.correction {
        contents.push(say("model", &correction.previous));
        contents.push(say("user", &correction.sentence()));
    }
    let mut schema = request.schema.to_json();
    without_closed_objects(&mut schema);
    let body = json!({
        "systemInstruction": {"parts": [{"text": request.instructions.text()}]},
        "contents": contents,
        "generationConfig": {
            "temperature": 0,
            "maxOutputTokens": question.max_output,
            "responseMimeType": "application/json",
            "responseSchema": schema,
        },
    });
    Encoded::json(format!("/models/{model}:generateContent"), Vec::new(), &body)
}

/// Its schemas know no `additionalProperties`.
fn without_closed_objects(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.remove("additionalProperties");
            map.values_mut().for_each(without_closed_objects);
        }
        Value::Array(list) => list.iter_mut().for_each(without_closed_objects),
        _ => {}
    }
}

pub(super) fn decode(body: &Value) -> Result<Decoded, Malformed> {
    let usage = body
        .get("usageMetadata")
        .map(|value| usage(value, &["promptTokenCount"], &["candidatesTokenCount", "thoughtsTokenCount"]))
        .unwrap_or_default();
    let blocked = body.pointer("/promptFeedback/blockReason").is_some_and(Value::is_string);
    if blocked {
        return Ok(Decoded { text: String::new(), stop: Stop::Refused, usage });
    }
    let candidates = body.get("candidates").and_then(Value::as_array).ok_or(Malformed::WrongShape("candidates"))?;
    let [candidate] = candidates.as_slice() else { return Err(Malformed::WrongShape("candidates")) };
    let stop = match candidate.get("finishReason").and_then(Value::as_str) {
        Some("STOP") => Stop::Done,
        Some("MAX_TOKENS") => Stop::Length,
        Some("SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE" | "OTHER") => {
            Stop::Refused
        }
        _ => return Err(Malformed::WrongShape("finishReason")),
    };
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
    let is_thought = |part: &&Value| part.get("thought").and_then(Value::as_bool) == Some(true);
    let texts = parts.into_iter().flatten().filter(|part| !is_thought(part));
    let text: String = texts.filter_map(|part| part.get("text")?.as_str()).collect();
    if stop == Stop::Done && text.is_empty() {
        return Err(Malformed::WrongShape("parts"));
    }
    Ok(Decoded { text, stop, usage })
}
