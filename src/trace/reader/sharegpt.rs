//! ShareGPT (`conversations` with `from` and `value`), and the rows of LMSYS-Chat and WildChat (`conversation` with
//! `role` and `content`): data sets of whole conversations. Nothing in them says when or how it went.

use super::dialect::{moment, role, scalar, strict, string, text_of};
use super::identity::identify;
use super::table::{Envelope, Format, Read};
use super::{Reason, of_messages};
use crate::trace::message::Message;
use crate::trace::{Conversation, Role};
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "ShareGPT, LMSYS-Chat, WildChat",
    slug: "sharegpt",
    about: "data sets of conversations: `conversations` with `from` and `value`, or `conversation` with `role` and `content`",
    is: |keys| {
        keys.any(&["conversations[].from", "conversations[].value"])
            || keys.has("conversation[].role")
                && keys.any(&["conversation_id", "conversation_hash", "conversation[].content"])
    },
    members: &[],
    envelope: &[],
    read: Read::Conversation(conversation),
};

fn conversation(record: &Value, _: &Envelope) -> Result<Conversation, Reason> {
    let list = ["conversations", "conversation"].iter().find_map(|key| record[*key].as_array());
    let list = list.ok_or_else(|| Reason::NotAConversation("it has no list `conversations`".to_string()))?;
    let mut messages = Vec::new();
    let system = ["system", "system_prompt"].iter().find_map(|key| record[*key].as_str());
    messages.extend(system.filter(|text| !text.is_empty()).map(|text| Message::new(Role::System, text)));
    for item in list {
        match item.get("from") {
            Some(from) => messages.push(said(from.as_str().unwrap_or(""), item)?),
            None => messages.extend(strict(item)?),
        }
    }
    let mut conversation = of_messages(messages)?;
    conversation.model = record.as_object().and_then(|record| string(record, &["model"]));
    conversation.started = record.get("timestamp").and_then(moment).or(conversation.started);
    conversation.user = record.get("hashed_ip").and_then(scalar);
    for name in ["language", "dataset", "source"] {
        conversation.metadata.extend(record.get(name).and_then(scalar).map(|value| (name.to_string(), value)));
    }
    let external =
        ["id", "conversation_id", "conversation_hash"].iter().find_map(|key| record.get(*key).and_then(scalar));
    identify(&mut conversation, external.as_deref(), &[]);
    Ok(conversation)
}

fn said(from: &str, item: &Value) -> Result<Message, Reason> {
    let text = text_of(item.get("value"));
    match from.to_ascii_lowercase().as_str() {
        // A call as the fine-tuning tools write it: JSON with a name and arguments.
        "function_call" | "tool_call" => {
            let call = serde_json::from_str(&text).map(|call| super::dialect::call_of(&call)).unwrap_or_default();
            Ok(Message { calls: vec![call], ..Message::new(Role::Assistant, "") })
        }
        "observation" | "function_response" | "tool_response" => Ok(Message::result(None, None, text, None)),
        name => match role(name)
            .or_else(|| matches!(name, "chatgpt" | "bing" | "bard" | "claude").then_some(Role::Assistant))
        {
            Some(Role::Tool) => Ok(Message::result(None, None, text, None)),
            Some(role) => Ok(Message::new(role, text)),
            None => Err(Reason::NotAConversation("a message has an unknown role".to_string())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_shapes_are_read() {
        let share = json!({"id": "x", "system": "Be kind.", "conversations": [
            {"from": "human", "value": "hi"},
            {"from": "function_call", "value": "{\"name\": \"find\", \"arguments\": {\"q\": 1}}"},
            {"from": "observation", "value": "Error: no"}, {"from": "gpt", "value": "hello"}]});
        let read = conversation(&share, &Envelope::new()).unwrap();
        assert_eq!((read.turns.len(), read.system_text().as_str()), (4, "Be kind."));
        assert!(read.calls().all(|(_, call)| call.name == "find" && call.error.is_some()));
        let wild = json!({"conversation_hash": "h", "model": "m", "timestamp": "2024-01-01T00:00:00Z", "conversation": [
            {"role": "user", "content": "hi", "language": "English"}, {"role": "assistant", "content": "hello"}]});
        let read = conversation(&wild, &Envelope::new()).unwrap();
        assert_eq!((read.model.as_deref(), read.started.is_some()), (Some("m"), true));
        assert!(
            conversation(&json!({"conversations": [{"from": "narrator", "value": "x"}]}), &Envelope::new()).is_err()
        );
    }
}
