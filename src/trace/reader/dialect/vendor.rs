//! Messages that say by something else than a role whose they are: items of OpenAI's Responses, LangChain's classes, and
//! pydantic-ai's parts.

use super::block::block;
use super::builder::Builder;
use super::value::{string, text_of};
use super::{Call, Message, Role, arguments, flag, messages, role, text_or_json, with_role};
use serde_json::{Map, Value};

/// An item of OpenAI's Responses.
pub(super) fn item(map: &Map<String, Value>, speaker: Role) -> Option<Vec<Message>> {
    let id = || string(map, &["call_id", "id"]);
    Some(match map.get("type").and_then(Value::as_str)? {
        "reasoning" | "item_reference" | "mcp_list_tools" | "compaction" => Vec::new(),
        kind if kind.ends_with("_call")
            && (map.contains_key("name") || id().is_some() || map.contains_key("action")) =>
        {
            let name = string(map, &["name"]).unwrap_or_else(|| kind.trim_end_matches("_call").to_string());
            let about = ["action", "queries", "code", "operation"].iter().find_map(|key| map.get(*key));
            let given = Some(arguments(map)).filter(|given| !given.is_empty());
            let given = given.or_else(|| about.map(text_or_json)).unwrap_or_default();
            let call = Call { id: id(), name, arguments: given };
            let mut messages = vec![Message { calls: vec![call], ..Message::new(Role::Assistant, "") }];
            // Some tools run with the provider, which keeps their results in the item.
            let there = |gave: &&Value| !gave.is_null() && gave.as_array().is_none_or(|list| !list.is_empty());
            let gave = ["output", "outputs", "results", "error"].iter().find_map(|key| map.get(*key).filter(there));
            if let Some(gave) = gave {
                messages.push(Message::result(id(), None, text_of(Some(gave)), flag(map)));
            }
            messages
        }
        kind if kind.ends_with("_call_output") => {
            vec![Message::result(string(map, &["call_id"]), None, text_of(map.get("output")), flag(map))]
        }
        "response" if map.contains_key("output") => messages(map.get("output")?, speaker),
        _ => return None,
    })
}

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
