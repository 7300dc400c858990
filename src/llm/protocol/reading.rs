//! Reading JSON from a provider without trust: whole, once, to a bounded depth, and without two keys of one name (of
//! which one reader would see the first and another the last).

use super::Malformed;
use crate::llm::answer::Usage;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// A body.
pub(super) fn body(bytes: &[u8]) -> Result<Value, Malformed> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Malformed::NotJson)?;
    match value.get("error") {
        None | Some(Value::Null) if value.is_object() => Ok(value),
        None | Some(Value::Null) => Err(Malformed::WrongShape("object")),
        Some(error) => Err(Malformed::ErrorInside(super::error::code(error))),
    }
}

/// A count of tokens; nonsense is no count.
fn count(value: Option<&Value>) -> Option<u64> {
    value?.as_u64().filter(|count| *count <= 1_000_000_000)
}

/// Tokens from a usage object. Several fields are added where a provider counts them apart; the first must be there.
pub(super) fn usage(value: &Value, input: &[&str], output: &[&str]) -> Usage {
    let sum = |fields: &[&str]| {
        let (first, more) = fields.split_first()?;
        let mut total = count(value.get(*first))?;
        for field in more {
            if let Some(given) = value.get(*field).filter(|given| !given.is_null()) {
                total += count(Some(given))?;
            }
        }
        Some(total)
    };
    Usage { input: sum(input), output: sum(output) }
}

/// The JSON value that a model was asked for. The only repair is the removal of one code fence around all of it; text
/// before or after, a second value or a key given twice is an error.
pub fn parse_reply(text: &str) -> Result<Value, &'static str> {
    let mut text = text.trim();
    if let Some(fenced) = text.strip_prefix("```") {
        let fenced = fenced.strip_suffix("```").ok_or("the code fence around it must end it")?;
        text = fenced.strip_prefix("json").unwrap_or(fenced).trim();
    }
    serde_json::from_str::<Strict>(text)
        .map(|strict| strict.0)
        .map_err(|_| "it must be one JSON value and nothing else")
}

/// A value whose objects have each key once.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, Strict>()? {
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("a key twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_value_with_or_without_a_fence_is_read_and_nothing_else() {
        assert_eq!(parse_reply(" {\"a\": [1, \"x\", null, true, 1.5]} "), Ok(json!({"a": [1, "x", null, true, 1.5]})));
        assert_eq!(parse_reply("```json\n{\"a\": 1}\n```"), Ok(json!({"a": 1})));
        assert_eq!(parse_reply("```\n{\"a\": 1}\n```\n"), Ok(json!({"a": 1})));
        for bad in
            ["", "Sure! {\"a\": 1}", "{\"a\": 1} Done.", "{\"a\": 1}{\"a\": 1}", "{\"a\": 1, \"a\": 2}", "```json\n{}"]
        {
            assert!(parse_reply(bad).is_err(), "{bad}");
        }
        assert!(parse_reply(&"[".repeat(5000)).is_err());
    }

    #[test]
    fn nonsense_is_no_count() {
        let read = |value| usage(&value, &["in", "cached"], &["out"]);
        assert_eq!(read(json!({"in": 3, "cached": 4, "out": 5})), Usage { input: Some(7), output: Some(5) });
        assert_eq!(read(json!({"in": 3, "cached": null})), Usage { input: Some(3), output: None });
        for bad in [json!(-1), json!(1.5), json!("7"), json!(1e12), json!(null)] {
            assert_eq!(read(json!({"in": bad, "out": bad})), Usage::default());
        }
    }
}
