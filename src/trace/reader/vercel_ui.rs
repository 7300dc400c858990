//! Messages as the Vercel AI SDK's interface keeps them (`UIMessage`): a list of them, or an object with `id` and
//! `messages` as applications store a chat. Streams of chunks are not read: they are what a message is made of.

use super::dialect::{moment, scalar, strict};
use super::identity::identify;
use super::table::{Envelope, Format, Read};
use super::{Reason, of_messages};
use crate::trace::Conversation;
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Vercel AI SDK messages",
    slug: "vercel-ui",
    about: "chats of UIMessages with `parts`, as applications store them",
    is: |keys| {
        keys.all(&["[].role", "[].parts[].type"])
            || keys.all(&["messages[].role", "messages[].parts[].type"])
            || keys.all(&["role", "parts[].type"]) && !keys.has("messages[]")
    },
    members: &[],
    envelope: &[],
    read: Read::Conversation(conversation),
};

fn conversation(record: &Value, _: &Envelope) -> Result<Conversation, Reason> {
    let one = std::slice::from_ref(record);
    let list = record.as_array().or_else(|| record["messages"].as_array()).map_or(one, Vec::as_slice);
    let mut messages = Vec::new();
    for item in list {
        messages.extend(strict(item)?);
    }
    let mut conversation = of_messages(messages)?;
    let fact = |keys: &[&str]| keys.iter().find_map(|key| record.get(*key).and_then(scalar));
    conversation.user = fact(&["userId", "user_id", "user"]);
    conversation.model = fact(&["model", "modelId"]);
    let time = |keys: &[&str]| keys.iter().find_map(|key| record.get(*key).and_then(moment));
    conversation.started = time(&["createdAt", "created_at"]).or(conversation.started);
    conversation.ended = time(&["updatedAt", "updated_at"]).or(conversation.ended);
    // A bare message's id is no conversation's.
    let external = fact(&["chatId", "chat_id"]).or_else(|| record.get("messages").and_then(|_| fact(&["id"])));
    identify(&mut conversation, external.as_deref(), &[]);
    Ok(conversation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_become_turns_calls_and_results() {
        let record = json!({"id": "chat-1", "messages": [
            {"id": "m1", "role": "user", "parts": [{"type": "text", "text": "Weather?"}]},
            {"id": "m2", "role": "assistant", "parts": [
                {"type": "step-start"}, {"type": "reasoning", "text": "hm"},
                {"type": "tool-weather", "toolCallId": "c1", "state": "output-available", "input": {"city": "Bonn"}, "output": "rain"},
                {"type": "dynamic-tool", "toolName": "map", "toolCallId": "c2", "state": "output-error", "input": {}, "errorText": "no map"},
                {"type": "text", "text": "Rain."}]}]});
        let read = conversation(&record, &Envelope::new()).unwrap();
        let calls: Vec<_> =
            read.calls().map(|(_, call)| (&*call.name, call.result.as_deref(), call.error.is_some())).collect();
        assert_eq!(calls, [("weather", Some("rain"), false), ("map", Some("no map"), true)]);
        assert_eq!(read.turns.last().unwrap().text, "Rain.");
        assert_eq!(read.external_id.as_deref(), Some("chat-1"));
    }
}
