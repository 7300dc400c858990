//! Chat-message JSON: an object with `messages` and whatever stands beside them, or a bare array of messages. The
//! commonest thing on disk, and no two look alike, so that every field besides the messages is optional.

mod direct;

use super::detect::Keys;
use super::dialect::{moment, number, scalar, strict, string};
use super::identity::identify;
use super::table::{Envelope, Format, Read};
use super::{Reason, new_conversation, spoken};
use crate::trace::message::{Message, Turns};
use crate::trace::{Conversation, system_text_digest};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Longest value of a field beside `metadata` that is taken over: longer ones are content, not facts.
const LONGEST_FACT: usize = 200;

/// Fields that mean something else than a fact to keep.
const KNOWN: [&str; 34] = [
    "messages",
    "id",
    "conversation_id",
    "session_id",
    "thread_id",
    "user",
    "user_id",
    "timestamp",
    "created",
    "created_at",
    "started",
    "started_at",
    "start_time",
    "ended",
    "ended_at",
    "end_time",
    "updated_at",
    "model",
    "agent",
    "agent_name",
    "service.name",
    "prompt_version",
    "scores",
    "metadata",
    "cost",
    "cost_usd",
    "reward",
    "score",
    "resolved",
    "success",
    "tools",
    "functions",
    "parallel_tool_calls",
    "tool_choice",
];

/// Where the messages may be, the usual name first.
const LISTS: [&str; 16] = [
    "messages",
    "conversation",
    "conversations",
    "dialogue",
    "dialog",
    "clientHistory",
    "history",
    "chat_history",
    "message_history",
    "turns",
    "transcript",
    "chat_messages",
    "chat",
    "data",
    "items",
    "events",
];

/// Whether the elements of this list have someone who speaks and something said.
fn of_messages(keys: &Keys, list: &str) -> bool {
    let has = |name: &str| keys.has(&format!("{list}[].{name}"));
    let typed = || {
        let kind = keys.text(&format!("{list}[].type"));
        matches!(kind, Some("human" | "ai" | "system" | "user" | "assistant" | "HumanMessage" | "AIMessage"))
    };
    let said = ["content", "text", "message", "value", "parts", "tool_calls", "data", "body"].into_iter().any(has);
    // The name `role` says enough where the list has the usual name.
    let speaks = ["role", "sender", "speaker", "author"].into_iter().any(has) || typed();
    // pydantic-ai says who speaks part by part.
    (speaks && said) || (list == "messages" && has("role")) || (has("parts") && has("kind"))
}

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "chat messages",
    slug: "chat",
    about: "messages with roles in JSON or JSONL, one conversation a record: fine-tuning files and most home-made logs",
    is: |keys| {
        let listed = keys.text("object") == Some("list");
        let beside = keys.has("response.choices[]") || keys.has("object") && !listed;
        (LISTS.iter().any(|list| of_messages(keys, list)) && !beside) || of_messages(keys, "")
    },
    members: &[],
    envelope: &[],
    read: Read::Direct(direct::read, conversation),
};

/// One record as a conversation.
fn conversation(record: &Value, _: &Envelope) -> Result<Conversation, Reason> {
    let empty = Map::new();
    let (fields, messages) = match record {
        Value::Array(messages) => (&empty, messages),
        Value::Object(fields) => match LISTS.iter().find_map(|list| fields.get(*list)?.as_array()) {
            Some(messages) => (fields, messages),
            _ => return Err(Reason::NotAConversation("it has no list `messages`".to_string())),
        },
        _ => return Err(Reason::NotAConversation("it is neither an object nor a list of messages".to_string())),
    };
    let mut read = Vec::new();
    for message in messages {
        read.extend(strict(message)?);
    }
    // Interfaces list what was said last first.
    let times: Option<Vec<_>> = read.iter().map(|message| message.time).collect();
    if times.is_some_and(|times| times.len() > 1 && times.is_sorted_by(|one, next| one > next)) {
        read.reverse();
    }
    built(fields, read)
}

/// A conversation of these messages, with what stands beside them.
fn built(fields: &Map<String, Value>, messages: Vec<Message>) -> Result<Conversation, Reason> {
    let empty = Map::new();
    let mut turns = Turns::default();
    messages.into_iter().for_each(|message| turns.add(message));
    let mut conversation = new_conversation(spoken(turns)?);
    let metadata = fields.get("metadata").and_then(Value::as_object).unwrap_or(&empty);
    let either = |keys: &[&str]| name(fields, keys).or_else(|| name(metadata, keys));

    conversation.user = either(&["user", "user_id", "userId"]);
    conversation.agent = either(&["agent", "agent_name", "service.name", "appName", "app_name"]);
    conversation.prompt_version = either(&["prompt_version"]);
    conversation.model = string(fields, &["model"]).or_else(|| string(metadata, &["model"]));
    let first_moment = |keys: &[&str]| keys.iter().find_map(|key| moment(fields.get(*key)?));
    let started = first_moment(&["started", "started_at", "start_time", "timestamp", "created", "created_at"]);
    let ended = first_moment(&["ended", "ended_at", "end_time", "updated_at"]);
    conversation.started = started.or(conversation.started);
    conversation.ended = ended.or(conversation.ended);
    conversation.cost = ["cost", "cost_usd"].iter().find_map(|key| number(fields.get(*key)?));
    conversation.system_digest = system_text_digest(&conversation.system_text());
    conversation.scores = scores(fields);
    conversation.metadata = facts(fields, metadata);

    let external = either(&["conversation_id", "id"])
        .or_else(|| either(&["session_id", "thread_id", "chat_id", "dialogue_id", "conversationId", "sessionId"]))
        .or_else(|| either(&["threadId", "chatId", "uuid"]));
    let when = conversation.started.map(|moment| moment.0.to_string()).unwrap_or_default();
    identify(&mut conversation, external.as_deref(), &[&when]);
    Ok(conversation)
}

/// The first of these fields that names something: text, a number, or an object with an `id` or a `name`.
fn name(fields: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| match fields.get(*key)? {
        Value::Object(inner) => ["id", "name"].iter().find_map(|key| scalar(inner.get(*key)?)),
        other => scalar(other).filter(|text| !text.is_empty()),
    })
}

/// `scores` as an object or a list of `{name, value}`, and the usual scores that stand alone.
fn scores(fields: &Map<String, Value>) -> BTreeMap<String, f64> {
    let mut scores = BTreeMap::new();
    for key in ["reward", "score", "resolved", "success"] {
        if let Some(value) = fields.get(key).and_then(number) {
            scores.insert(key.to_string(), value);
        }
    }
    match fields.get("scores") {
        Some(Value::Object(map)) => {
            scores.extend(map.iter().filter_map(|(name, value)| {
                let value = number(value).or_else(|| number(value.get("value")?))?;
                Some((name.clone(), value))
            }));
        }
        Some(Value::Array(list)) => {
            scores.extend(
                list.iter()
                    .filter_map(|item| Some((item.get("name")?.as_str()?.to_string(), number(item.get("value")?)?))),
            );
        }
        _ => {}
    }
    scores
}

/// Scalars of `metadata` (nested ones by dotted names) and short ones beside it.
fn facts(fields: &Map<String, Value>, metadata: &Map<String, Value>) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    for (name, value) in fields.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str())) {
        if let Some(text) = scalar(value).filter(|text| text.len() <= LONGEST_FACT) {
            facts.insert(name.clone(), text);
        }
    }
    // Two levels are what exporters write; a deeper tree is content.
    for (name, value) in metadata {
        match value {
            Value::Object(inner) => {
                facts.extend(inner.iter().filter_map(|(key, value)| Some((format!("{name}.{key}"), scalar(value)?))));
            }
            other => facts.extend(scalar(other).map(|text| (name.clone(), text))),
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(record: &Value) -> Result<Conversation, Reason> {
        super::conversation(record, &Envelope::new())
    }
    use crate::clock::Timestamp;
    use serde_json::json;

    #[test]
    fn every_optional_field_finds_its_place() {
        let conversation = conversation(&json!({
            "id": "conv-0001",
            "user_id": 42,
            "started": 1_772_000_000,
            "ended_at": "2026-02-25T07:00:00Z",
            "model": "small-1",
            "metadata": {"service.name": "onboarding-agent", "plan": "free", "trial": true, "client": {"os": "mac"}},
            "prompt_version": "v3",
            "scores": {"resolved": true, "csat": 4, "text": "good"},
            "channel": "web",
            "cost": 0.02,
            "messages": [
                {"role": "system", "content": "Be kind.  \n"},
                {"role": "user", "content": "hi"},
                {"role": "assistant", "content": "hello"}
            ]
        }))
        .unwrap();
        assert_eq!(conversation.external_id.as_deref(), Some("conv-0001"));
        assert_eq!(conversation.user.as_deref(), Some("42"));
        assert_eq!(conversation.agent.as_deref(), Some("onboarding-agent"));
        assert_eq!(conversation.prompt_version.as_deref(), Some("v3"));
        assert_eq!(conversation.started, Some(Timestamp(1_772_000_000_000)));
        assert_eq!(conversation.ended, Timestamp::parse("2026-02-25T07:00:00Z"));
        assert_eq!(conversation.system_digest, system_text_digest("Be kind."));
        assert_eq!(conversation.scores, BTreeMap::from([("csat".to_string(), 4.0), ("resolved".to_string(), 1.0)]));
        let facts: Vec<(&str, &str)> =
            conversation.metadata.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            facts,
            [
                ("channel", "web"),
                ("client.os", "mac"),
                ("plan", "free"),
                ("service.name", "onboarding-agent"),
                ("trial", "true")
            ]
        );
    }

    #[test]
    fn identity_is_stable_over_growth_and_names_but_not_over_openings() {
        let record = |id: Value, opening: &str, more: bool| {
            let mut messages = vec![json!({"role": "user", "content": opening})];
            if more {
                messages.push(json!({"role": "assistant", "content": "ok"}));
            }
            let mut record = json!({ "messages": messages });
            if !id.is_null() {
                record["id"] = id;
            }
            conversation(&record).unwrap().id
        };
        assert_eq!(record(json!("c1"), "hi", false), record(json!("c1"), "hi", true));
        assert_ne!(record(json!("c1"), "hi", false), record(json!("c1"), "bye", false));
        let uuid = json!("9b2c1f64-7d0e-4a53-8a55-0c9b6f3f5d11");
        assert_eq!(record(uuid.clone(), "hi", false), record(uuid, "bye", true));
        assert_eq!(record(Value::Null, "hi", true), record(Value::Null, "hi", true));
        assert_ne!(record(Value::Null, "hi", true), record(Value::Null, "hi", false));
    }

    #[test]
    fn home_made_names_are_found_and_lists_may_begin_at_the_end() {
        for record in [
            json!({"transcript": [{"speaker": "Customer", "text": "hi"}, {"speaker": "Agent", "text": "hello"}]}),
            json!({"history": [{"sender": "human", "text": "hi"}, {"sender": "bot", "text": "hello"}]}),
            json!({"turns": [{"author": {"role": "user"}, "content": {"parts": ["hi"]}}, {"author": {"role": "assistant"}, "message": "hello"}]}),
            json!({"messages": [{"type": "human", "data": {"content": "hi"}}, {"type": "ai", "content": "hello"}]}),
            json!([{"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "hi"}]}, {"kind": "response", "parts": [{"part_kind": "text", "content": "hello"}]}]),
            json!({"messages": [{"role": "user", "parts": [{"type": "text", "text": "hi"}]}, {"role": "assistant", "parts": [{"type": "data-x", "data": {}}, {"type": "text", "text": "hello"}]}]}),
            json!([{"role": "user", "content": "hi"}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hello"}]}]),
            json!({"object": "list", "data": [
                {"role": "assistant", "created_at": 1_700_000_009, "content": [{"type": "text", "text": {"value": "hello", "annotations": []}}]},
                {"role": "user", "created_at": 1_700_000_000, "content": [{"type": "text", "text": {"value": "hi", "annotations": []}}]}]}),
        ] {
            let turns = conversation(&record).unwrap().turns;
            let texts: Vec<&str> = turns.iter().map(|turn| turn.text.as_str()).collect();
            assert_eq!(texts, ["hi", "hello"], "{record}");
        }
        let items = conversation(
            &json!([{"role": "user", "content": "hi"}, {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "r"}]),
        );
        assert_eq!(items.unwrap().calls().next().unwrap().1.result.as_deref(), Some("r"));
    }

    #[test]
    fn a_bare_array_of_messages_is_a_conversation_and_other_things_are_not() {
        assert!(conversation(&json!([{"role": "user", "content": "hi"}])).is_ok());
        assert!(conversation(&json!({"messages": []})).is_err());
        assert!(conversation(&json!({"text": "hi"})).is_err());
        assert!(conversation(&json!(7)).is_err());
    }
}
