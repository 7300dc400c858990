//! Messages as frameworks write them: LangChain and pydantic-ai.

use super::block::block;
use super::builder::Builder;
use super::{role, with_role};
use crate::trace::Role;
use crate::trace::message::Message;
use serde_json::{Map, Value};

/// A message of LangChain: as its constructor, with its fields under `data`, or flat with `type` for a role.
pub(super) fn langchain(map: &Map<String, Value>) -> Option<Vec<Message>> {
    let class = |name: &str| {
        let name = name.trim_end_matches("Chunk").trim_end_matches("Message").trim_end_matches("Prompt");
        if name.eq_ignore_ascii_case("chat") { Some(Role::Assistant) } else { role(name) }
    };
    let kind = map.get("type").and_then(Value::as_str)?;
    if let (true, Some(Value::Array(path)), Some(Value::Object(fields))) =
        (matches!(kind, "constructor"), map.get("id"), map.get("kwargs"))
    {
        let class = path.last().and_then(Value::as_str).and_then(class)?;
        return Some(with_role(fields, class));
    }
    if let Some(Value::Object(fields)) = map.get("data")
        && fields.contains_key("content")
    {
        return Some(with_role(fields, class(kind)?));
    }
    (map.contains_key("content") && !map.contains_key("role"))
        .then(|| class(kind))
        .flatten()
        .map(|role| with_role(map, role))
}

/// A message of pydantic-ai: parts that each have a role of their own.
pub(super) fn pydantic(map: &Map<String, Value>) -> Option<Vec<Message>> {
    let parts = map.get("parts")?.as_array()?;
    let first = parts.first()?;
    first.get("part_kind").or_else(|| first.get("type")).or_else(|| map.get("kind"))?;
    let speaker = if map.get("kind").is_some_and(|kind| kind == "request") { Role::User } else { Role::Assistant };
    let mut builder = Builder::new(speaker);
    parts.iter().for_each(|part| builder.add(block(part)));
    Some(builder.finish())
}
