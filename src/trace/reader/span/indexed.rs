//! Messages that lie in numbered attributes: `gen_ai.prompt.0.role` of OpenLLMetry, `llm.input_messages.0.message.role`
//! of OpenInference. Numbers may have gaps.

use crate::trace::Role;
use crate::trace::message::Message;
use crate::trace::reader::dialect::{is_part, messages, unpack};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Numbered things that are read: an attribute's number is not believed further.
const MOST: usize = 100_000;

/// The messages under `prefix` (`gen_ai.prompt.`), in order.
pub(super) fn collect(attributes: &Map<String, Value>, prefix: &str, speaker: Role) -> Vec<Message> {
    let mut found: BTreeMap<usize, Parts<'_>> = BTreeMap::new();
    for (key, value) in attributes {
        let Some((number, rest)) = key.strip_prefix(prefix).and_then(|rest| rest.split_once('.')) else { continue };
        let Some(number) = number.parse::<usize>().ok().filter(|number| *number < MOST) else { continue };
        found.entry(number).or_default().put(rest.strip_prefix("message.").unwrap_or(rest), value);
    }
    found.into_values().flat_map(|parts| messages(&parts.message(), speaker)).collect()
}

/// The attributes of one message.
#[derive(Default)]
struct Parts<'a> {
    fields: Map<String, Value>,
    calls: BTreeMap<usize, Map<String, Value>>,
    contents: BTreeMap<usize, Map<String, Value>>,
    texts: BTreeMap<usize, &'a Value>,
}

impl<'a> Parts<'a> {
    fn put(&mut self, path: &str, value: &'a Value) {
        let numbered = |prefix: &str| {
            let (number, rest) = path.strip_prefix(prefix)?.split_once('.').unwrap_or((path.strip_prefix(prefix)?, ""));
            Some((number.parse::<usize>().ok().filter(|number| *number < MOST)?, rest.to_string()))
        };
        if let Some((number, rest)) = numbered("tool_calls.") {
            let name = rest.strip_prefix("tool_call.").unwrap_or(&rest);
            let name = name.strip_prefix("function.").unwrap_or(name);
            self.calls.entry(number).or_default().insert(name.to_string(), value.clone());
        } else if let Some((number, rest)) = numbered("contents.") {
            let name = rest.strip_prefix("message_content.").unwrap_or(&rest);
            self.contents.entry(number).or_default().insert(name.to_string(), value.clone());
        } else if let Some((number, rest)) = numbered("content.")
            && rest.is_empty()
        {
            self.texts.insert(number, value);
        } else {
            self.fields.insert(path.to_string(), value.clone());
        }
    }

    fn message(mut self) -> Value {
        // A part that only says what it is: what it holds stands beside the parts.
        let says = |part: &Map<String, Value>| part.len() > 1 || !part.contains_key("type");
        let parts: Vec<Value> = self.contents.into_values().filter(says).map(Value::Object).collect();
        if !parts.is_empty() {
            self.fields.insert("content".to_string(), Value::Array(parts));
        } else if !self.texts.is_empty() {
            let texts: Vec<Value> =
                self.texts.into_values().map(|text| json!({"type": "text", "text": text})).collect();
            self.fields.insert("content".to_string(), Value::Array(texts));
        } else if let Some(content) = self.fields.get("content") {
            // A list of parts as text; any other JSON is what was said.
            let unpacked = unpack(content);
            if unpacked.as_array().is_some_and(|list| {
                !list.is_empty() && list.iter().all(|part| part.get("type").is_some() || is_part(part))
            }) {
                let unpacked = unpacked.into_owned();
                self.fields.insert("content".to_string(), unpacked);
            }
        }
        // Anthropic's results come in the user's name.
        if self.fields.contains_key("tool_call_id") && self.fields.get("role").is_some_and(|role| role == "user") {
            self.fields.insert("role".to_string(), Value::from("tool"));
        }
        // The older way to record a call.
        if let Some(name) = self.fields.get("function_call_name").filter(|name| name.is_string()).cloned() {
            let arguments = self.fields.get("function_call_arguments_json").cloned().unwrap_or_default();
            self.calls
                .entry(0)
                .or_insert_with(|| Map::from_iter([("name".to_string(), name), ("arguments".to_string(), arguments)]));
        }
        let calls: Vec<Value> =
            self.calls.into_values().filter(|call| call.contains_key("name")).map(Value::Object).collect();
        if !calls.is_empty() {
            self.fields.insert("tool_calls".to_string(), Value::Array(calls));
        }
        Value::Object(self.fields)
    }
}
