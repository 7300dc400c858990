//! Replies that were logged as they came, in pieces: chunks of OpenAI's completions and events of its Responses and of
//! Anthropic's messages, as a list or as the text of server-sent events.

use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The reply that these pieces are, as a message or a whole response.
pub(super) fn reply(pieces: &Value) -> Option<Value> {
    let pieces: Vec<Cow<'_, Value>> = match pieces {
        Value::Array(list) => list.iter().map(Cow::Borrowed).collect(),
        Value::String(text) if is_events(text) => text.lines().filter_map(event).map(Cow::Owned).collect(),
        _ => return None,
    };
    let mut whole = Reply::default();
    for piece in &pieces {
        // The last event of the Responses holds all of it.
        if piece["type"] == "response.completed" {
            return piece.get("response").cloned();
        }
        whole.add(piece);
    }
    whole.message()
}

/// Whether a text is server-sent events.
pub(super) fn is_events(text: &str) -> bool {
    let text = text.trim_start();
    (text.starts_with("data:") || text.starts_with("event:")) && text.contains("data: {") || text.starts_with("data:{")
}

fn event(line: &str) -> Option<Value> {
    serde_json::from_str(line.trim().strip_prefix("data:")?.trim()).ok()
}

#[derive(Default)]
struct Reply {
    text: String,
    /// Calls by their place in the reply: name, id and arguments.
    calls: BTreeMap<u64, (String, String, String)>,
}

impl Reply {
    fn add(&mut self, piece: &Value) {
        let said = |value: &Value| value.as_str().unwrap_or("").to_string();
        let place = piece["index"].as_u64().unwrap_or(0);
        match piece["type"].as_str() {
            Some("content_block_start") => {
                let block = &piece["content_block"];
                match block["type"].as_str() {
                    Some("tool_use") => {
                        self.calls.insert(place, (said(&block["name"]), said(&block["id"]), String::new()));
                    }
                    _ => self.text.push_str(&said(&block["text"])),
                }
            }
            Some("content_block_delta") => {
                self.text.push_str(&said(&piece["delta"]["text"]));
                if let Some(call) = self.calls.get_mut(&place) {
                    call.2.push_str(&said(&piece["delta"]["partial_json"]));
                }
            }
            _ => {
                let choice = piece["choices"].as_array().and_then(|choices| choices.first());
                let Some(delta) = choice.map(|choice| &choice["delta"]) else { return };
                self.text.push_str(&said(&delta["content"]));
                for call in delta["tool_calls"].as_array().into_iter().flatten() {
                    let known = self.calls.entry(call["index"].as_u64().unwrap_or(0)).or_default();
                    known.0.push_str(&said(&call["function"]["name"]));
                    known.1.push_str(&said(&call["id"]));
                    known.2.push_str(&said(&call["function"]["arguments"]));
                }
            }
        }
    }

    fn message(self) -> Option<Value> {
        let mut message = Map::from_iter([("role".to_string(), json!("assistant"))]);
        if self.text.is_empty() && self.calls.is_empty() {
            return None;
        }
        message.insert("content".to_string(), Value::String(self.text));
        if !self.calls.is_empty() {
            let calls = self.calls.into_values();
            let call = |(name, id, arguments)| json!({"id": id, "name": name, "arguments": arguments});
            message.insert("tool_calls".to_string(), calls.map(call).collect());
        }
        Some(Value::Object(message))
    }
}

#[cfg(test)]
mod tests {
    use super::super::messages;
    use super::*;
    use crate::trace::Role;

    fn read(value: &Value) -> (String, Vec<(String, String)>) {
        let [message] = &messages(value, Role::Assistant)[..] else { panic!("{value}") };
        let calls = message.calls.iter().map(|call| (call.name.clone(), call.arguments.clone()));
        (message.text.clone(), calls.collect())
    }

    #[test]
    fn pieces_make_one_reply() {
        let openai = [
            json!({"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Let me "}}]}),
            json!({"choices": [{"index": 0, "delta": {"content": "look."}}]}),
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": {"name": "find", "arguments": ""}}]}}]}),
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": "{\"q\":"}}]}}]}),
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}, "finish_reason": "tool_calls"}]}),
            json!({"choices": [], "usage": {"total_tokens": 9}}),
        ];
        let anthropic = [
            json!({"type": "message_start", "message": {"id": "m", "role": "assistant", "content": []}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Let me look."}}),
            json!({"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "c1", "name": "find", "input": {}}}),
            json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "{\"q\":"}}),
            json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": "1}"}}),
            json!({"type": "message_stop"}),
        ];
        let expected = ("Let me look.".to_string(), vec![("find".to_string(), "{\"q\":1}".to_string())]);
        for pieces in [&openai[..], &anthropic[..]] {
            let lines: Vec<String> = pieces.iter().map(|piece| format!("event: x\ndata: {piece}\n")).collect();
            let text = Value::String(format!("{}\ndata: [DONE]\n", lines.join("\n")));
            assert_eq!(read(&text), expected);
            assert_eq!(read(&json!({"streamed_data": text})), expected);
            assert_eq!(read(&json!({"streamed_data": pieces})), expected);
        }
        let done = json!({"type": "response.completed", "response": {"id": "r", "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]}]}});
        assert_eq!(read(&json!({"streamed_data": [{"type": "response.created"}, done]})).0, "hi");
        // What was put together already is not told twice, and a text about events is a text.
        let both = json!({"choices": [{"message": {"role": "assistant", "content": "hi"}}], "streamed_data": openai});
        assert_eq!(read(&both).0, "hi");
        assert_eq!(read(&json!("data: see below")).0, "data: see below");
    }
}
