//! Scalars as exporters write them: times in any unit, numbers in text, content as text or parts.

use super::block::{Block, block};
use crate::clock::Timestamp;
use serde_json::{Map, Value};

/// Content as text: a string, parts with text joined by line ends, anything else as JSON.
pub(in crate::trace::reader) fn text_of(content: Option<&Value>) -> String {
    match content {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts: Vec<String> = parts.iter().filter_map(part_text).collect();
            texts.join("\n")
        }
        // The Assistants API keeps a text with its annotations.
        Some(Value::Object(map)) if map.get("value").is_some_and(Value::is_string) && is_text(map) => {
            text_of(map.get("value"))
        }
        Some(Value::Object(map)) if map.len() == 1 && map.get("text").is_some_and(|text| !text.is_null()) => {
            text_of(map.get("text"))
        }
        Some(Value::Object(map)) if map.get("parts").is_some_and(Value::is_array) => text_of(map.get("parts")),
        Some(other) => other.to_string(),
    }
}

fn is_text(map: &Map<String, Value>) -> bool {
    map.keys().all(|key| matches!(key.as_str(), "value" | "annotations"))
}

/// The text of one part; `None` for parts that are calls and results.
fn part_text(part: &Value) -> Option<String> {
    match block(part) {
        Block::Text(text) | Block::Said(_, text) => Some(text),
        _ => None,
    }
}

/// The first of these keys that holds a string.
pub(in crate::trace::reader) fn string(map: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| map.get(*key).and_then(Value::as_str)).map(str::to_string)
}

/// A time as text, as a number of whatever unit, or as a number in text.
pub(in crate::trace::reader) fn moment(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => {
            Timestamp::parse(text).or_else(|| text.trim().parse::<f64>().ok().and_then(Timestamp::from_number))
        }
        Value::Number(number) => Timestamp::from_number(number.as_f64()?),
        _ => None,
    }
}

/// A number or a truth value as a number.
pub(in crate::trace::reader) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(said) => Some(f64::from(u8::from(*said))),
        Value::Number(number) => number.as_f64().filter(|number| number.is_finite()),
        _ => None,
    }
}

/// A number or a truth value as a number, also where it stands in text: exports of tables have no other numbers.
pub(in crate::trace::reader) fn numeric(value: &Value) -> Option<f64> {
    number(value).or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
}

/// A short scalar as text.
pub(in crate::trace::reader) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}
