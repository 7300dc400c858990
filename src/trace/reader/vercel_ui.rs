//! Messages as the Vercel AI SDK's interface keeps them (`UIMessage`): a list of them, an object with `id` and `messages` as
//! applications store a chat, or rows of a table of messages that each name their chat. Streams of chunks are not read:
//! they are what a message is made of.

use super::Reason;
use super::dialect::{moment, scalar, strict};
use super::found::Found;
use super::observed::Member as _;
use super::table::{Format, Read};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::trace::Role;
use crate::trace::fragment::{Address, Family, Fragment, Part, Step, StepKind};
use serde_json::{Map, Value};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Vercel AI SDK messages",
    slug: "vercel-ui",
    about: "chats of UIMessages with `parts`, as applications store them, whole or a message a row",
    is: |keys| {
        keys.all(&["[].role", "[].parts[].type"])
            // Home-made logs with parts in their messages say more around them, which the reader of those keeps.
            || keys.all(&["messages[].id", "messages[].role", "messages[].parts[]"])
                && !keys.any(&["metadata", "scores", "prompt_version", "agent"])
            || keys.all(&["role", "parts[].type"]) && !keys.has("messages[]")
    },
    members: &[],
    envelope: &[],
    read: Read::Fragments(fragments),
};

/// Where a message names its chat.
const CHATS: [&str; 7] =
    ["chatId", "chat_id", "threadId", "thread_id", "conversationId", "conversation_id", "sessionId"];
const BEGUN: [&str; 2] = ["createdAt", "created_at"];
const CHANGED: [&str; 2] = ["updatedAt", "updated_at"];

fn fragments(record: &Value) -> Result<Found, Reason> {
    let empty = Map::new();
    let chat = record.as_object().unwrap_or(&empty);
    let list = record.as_array().or_else(|| record["messages"].as_array());
    // A bare message's id is no chat's.
    let id = chat.text(&CHATS).or_else(|| chat.text(&["id"]).filter(|_| list.is_some()));
    // Without an id, what stands in one record is one chat.
    let unnamed = || Digest::of(serde_json::to_vec(record).unwrap_or_default()).short(24);
    let trace = id.is_none().then(unnamed);
    let around = Around { id, trace, user: chat.text(&["userId", "user_id", "user"]), model: model(chat) };
    let mut found = Found::default();
    let Some(list) = list else {
        found.item(|found| around.message(record, 0, &mut None, found));
        return Ok(found);
    };
    if chat.contains_key("messages") {
        found.fragments.push(around.chat(chat));
    }
    let mut time = None;
    for (index, item) in list.iter().enumerate() {
        found.item(|found| around.message(item, index, &mut time, found));
    }
    Ok(found)
}

/// What is known of all messages of a record.
struct Around {
    id: Option<String>,
    trace: Option<String>,
    user: Option<String>,
    model: Option<String>,
}

impl Around {
    fn address(&self, id: Option<String>, step: String) -> Address {
        let session = id.or_else(|| self.id.clone());
        Address { trace: self.trace.clone().filter(|_| session.is_none()), session, step: Some(step) }
    }

    /// The chat itself, in which nothing is said.
    fn chat(&self, chat: &Map<String, Value>) -> Fragment {
        let mut step = Step {
            kind: StepKind::Said,
            start: nanos(chat.at(&BEGUN).and_then(moment)),
            end: nanos(chat.at(&CHANGED).and_then(moment)),
            user: self.user.clone(),
            model: self.model.clone(),
            ..Step::default()
        };
        for name in ["title", "visibility"] {
            step.metadata.extend(chat.text(&[name]).map(|value| (name.to_string(), value)));
        }
        fragment(self.address(None, "chat".to_string()), step)
    }

    /// One message; `time` is that of the one before it.
    fn message(
        &self,
        item: &Value,
        index: usize,
        time: &mut Option<Timestamp>,
        found: &mut Vec<Fragment>,
    ) -> Result<(), Reason> {
        let mut output = strict(item)?;
        output.retain(|said| said.role == Role::Tool || !said.text.trim().is_empty() || !said.calls.is_empty());
        let Some(map) = item.as_object().filter(|_| !output.is_empty()) else { return Ok(()) };
        let inner = map.get("metadata").and_then(Value::as_object);
        let within = |keys: &[&str]| map.at(keys).or_else(|| inner?.at(keys));
        *time = within(&[BEGUN[0], BEGUN[1], "timestamp"]).and_then(moment).or(*time);
        let step = Step {
            kind: StepKind::Said,
            start: nanos(*time),
            end: nanos(*time),
            order: index as u64,
            user: map.text(&["userId", "user_id"]).or_else(|| self.user.clone()),
            model: model(map).or_else(|| model(inner?)).or_else(|| self.model.clone()),
            output,
            ..Step::default()
        };
        let own = map.text(&["id"]).unwrap_or_else(|| index.to_string());
        found.push(fragment(self.address(map.text(&CHATS), own), step));
        Ok(())
    }
}

fn fragment(address: Address, step: Step) -> Fragment {
    Fragment { family: Family::VercelUi, address, part: Part::Step(Box::new(step)) }
}

fn nanos(time: Option<Timestamp>) -> Option<i64> {
    time.and_then(|time| time.0.checked_mul(1_000_000))
}

fn model(map: &Map<String, Value>) -> Option<String> {
    ["model", "modelId", "model_id"].iter().find_map(|key| map.get(*key).and_then(scalar))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Conversation;
    use crate::trace::assemble::assemble;
    use crate::trace::reader::testing::pieces;
    use serde_json::json;

    fn read(text: &str) -> Vec<Conversation> {
        assemble(pieces(text, "vercel-ui").concat()).conversations
    }

    fn texts(read: &Conversation) -> Vec<&str> {
        read.turns.iter().map(|turn| turn.text.as_str()).collect()
    }

    #[test]
    fn parts_become_turns_calls_and_results() {
        let record = json!({"id": "chat-1", "title": "Weather", "userId": "u", "createdAt": "2026-01-01T00:00:00Z", "messages": [
            {"id": "m1", "role": "user", "parts": [{"type": "text", "text": "Weather?"}]},
            {"id": "m2", "role": "assistant", "metadata": {"model": "m", "totalTokens": 9}, "parts": [
                {"type": "step-start"}, {"type": "reasoning", "text": "hm"}, {"type": "data-status", "data": {"text": "busy"}},
                {"type": "tool-weather", "toolCallId": "c1", "state": "output-available", "input": {"city": "Bonn"}, "output": "rain"},
                {"type": "dynamic-tool", "toolName": "map", "toolCallId": "c2", "state": "output-error", "rawInput": "{bad", "errorText": "no map"},
                {"type": "tool-send", "toolCallId": "c3", "state": "output-denied", "input": {}, "approval": {"id": "a", "approved": false, "reason": "not now"}},
                {"type": "tool-wait", "toolCallId": "c4", "state": "approval-requested", "input": {}, "approval": {"id": "b"}},
                {"type": "source-document", "sourceId": "s", "mediaType": "text/plain", "title": "t"},
                {"type": "text", "text": "Rain."}]},
            {"id": "m3", "role": "assistant", "parts": [{"type": "data-chart", "data": {"x": 1}}]}]});
        let read = &read(&record.to_string())[0];
        let calls: Vec<_> = read
            .calls()
            .map(|(_, call)| (&*call.name, &*call.arguments, call.result.as_deref(), call.error.is_some()))
            .collect();
        let expected = [
            ("weather", "{\"city\":\"Bonn\"}", Some("rain"), false),
            ("map", "{bad", Some("no map"), true),
            ("send", "{}", Some("denied: not now"), true),
            ("wait", "{}", None, false),
        ];
        assert_eq!(calls, expected);
        assert_eq!(
            (read.turns.first().unwrap().text.as_str(), read.turns.last().unwrap().text.as_str()),
            ("Weather?", "Rain.")
        );
        assert_eq!(
            (read.external_id.as_deref(), read.user.as_deref(), read.model.as_deref()),
            (Some("chat-1"), Some("u"), Some("m"))
        );
        assert_eq!((read.started, &*read.metadata["title"]), (Timestamp::parse("2026-01-01T00:00:00Z"), "Weather"));
    }

    #[test]
    fn rows_of_messages_find_their_chat_in_any_order() {
        let row = |id: &str, chat: &str, role: &str, text: &str, time: &str| json!({"id": id, "chatId": chat, "role": role, "parts": [{"type": "text", "text": text}], "attachments": [], "createdAt": time});
        let rows = [
            row("3", "b", "user", "Other.", "2026-01-01T00:00:02Z"),
            row("2", "a", "assistant", "Rain.", "2026-01-01T00:00:01Z"),
            row("1", "a", "user", "Weather?", "2026-01-01T00:00:00Z"),
        ];
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        let table = "id,chatId,role,parts,createdAt\n\
            2,a,assistant,\"[{\"\"type\"\": \"\"text\"\", \"\"text\"\": \"\"Rain.\"\"}]\",2026-01-01T00:00:01Z\n\
            3,b,user,\"[{\"\"type\"\": \"\"text\"\", \"\"text\"\": \"\"Other.\"\"}]\",2026-01-01T00:00:02Z\n\
            1,a,user,\"[{\"\"type\"\": \"\"text\"\", \"\"text\"\": \"\"Weather?\"\"}]\",2026-01-01T00:00:00Z\n";
        for text in [lines.as_str(), &format!("{:#}", json!(rows)), table] {
            let mut found = read(text);
            found.sort_by_key(|one| one.external_id.clone());
            assert_eq!(
                found.iter().map(texts).collect::<Vec<_>>(),
                [vec!["Weather?", "Rain."], vec!["Other."]],
                "{text}"
            );
        }
    }

    #[test]
    fn a_bare_list_is_one_chat_with_or_without_content() {
        for content in [json!(null), json!("Weather?")] {
            let list = json!([
                {"id": "1", "role": "user", "content": content, "parts": [{"type": "text", "text": "Weather?"}]},
                {"id": "2", "role": "assistant", "parts": [{"type": "text", "text": "Rain."}]}]);
            let found = read(&format!("{list:#}"));
            assert_eq!((found.len(), texts(&found[0])), (1, vec!["Weather?", "Rain."]));
        }
        let list = json!([{"role": "user", "parts": [{"type": "text", "text": "hi"}]}, {"role": "assistant", "parts": [{"type": "text", "text": "yes"}]}]);
        assert_eq!(texts(&read(&list.to_string())[0]), ["hi", "yes"]);
    }
}
