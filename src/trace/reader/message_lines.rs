//! One message a line, with the id of its conversation: how many services log what is said. Lines of one conversation
//! count in their order in the file, or by their times where all have one.

use super::dialect::{scalar, strict};
use super::identity::identify;
use super::observed::Member as _;
use super::table::{Format, Read, Session};
use super::{Reason, of_messages};
use crate::trace::Conversation;
use crate::trace::message::Message;
use serde_json::Value;
use std::collections::BTreeMap;

/// The names of the id of a conversation.
pub(super) const IDS: [&str; 10] = [
    "conversation_id",
    "session_id",
    "thread_id",
    "chat_id",
    "dialogue_id",
    "dialog_id",
    "conversationId",
    "sessionId",
    "threadId",
    "chatId",
];

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "messages by line",
    slug: "message-lines",
    about: "one message a line or element, with its role, its text and the id of its conversation",
    is: |keys| keys.any(&IDS) && keys.any(&["role", "sender", "speaker"]) && keys.any(&["content", "text", "message"]),
    members: &[],
    envelope: &[],
    read: Read::Session(|| Box::<Lines>::default()),
};

/// What was read of one conversation.
#[derive(Debug, Default)]
struct Talk {
    messages: Vec<Message>,
    user: Option<String>,
    agent: Option<String>,
    model: Option<String>,
}

/// What was read of one file.
#[derive(Debug, Default)]
struct Lines {
    /// In the order in which they began.
    talks: Vec<(String, Talk)>,
    by_id: BTreeMap<String, usize>,
}

impl Session for Lines {
    fn add(&mut self, record: &Value) -> Result<(), Reason> {
        let id = record.as_object().and_then(|map| map.text(&IDS));
        let (Some(map), Some(id)) = (record.as_object(), id) else {
            return Err(Reason::NotAConversation("it has no id of a conversation".to_string()));
        };
        let messages = strict(record)?;
        let at = *self.by_id.entry(id.clone()).or_insert(self.talks.len());
        if at == self.talks.len() {
            self.talks.push((id, Talk::default()));
        }
        let Some((_, talk)) = self.talks.get_mut(at) else { return Ok(()) };
        talk.messages.extend(messages);
        let own = |keys: &[&str]| map.text(keys);
        talk.user = talk.user.take().or_else(|| own(&["user_id", "user", "userId"]));
        talk.agent = talk.agent.take().or_else(|| own(&["agent", "agent_name", "agent_id"]));
        talk.model = map.get("model").and_then(scalar).or(talk.model.take());
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<Conversation>, Reason> {
        let read = self.talks.into_iter().filter_map(|(id, mut talk)| {
            if talk.messages.iter().all(|message| message.time.is_some()) {
                talk.messages.sort_by_key(|message| message.time);
            }
            let mut conversation = of_messages(talk.messages).ok()?;
            (conversation.user, conversation.agent, conversation.model) = (talk.user, talk.agent, talk.model);
            identify(&mut conversation, Some(&id), &[]);
            Some(conversation)
        });
        Ok(read.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_of_several_conversations_may_be_mixed() {
        let mut lines = Box::<Lines>::default();
        for (id, role, text, second) in [
            ("a", "user", "hi", 1),
            ("b", "user", "yo", 2),
            ("a", "assistant", "bye", 9),
            ("a", "assistant", "hello", 3),
        ] {
            let time = format!("2026-01-01T00:00:0{second}Z");
            lines
                .add(&json!({"session_id": id, "role": role, "content": text, "timestamp": time, "user_id": 7}))
                .unwrap();
        }
        assert!(lines.add(&json!({"role": "user", "content": "x"})).is_err());
        let found = lines.finish().unwrap();
        let texts: Vec<&str> = found[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!((texts, found.len(), found[1].user.as_deref()), (vec!["hi", "hello", "bye"], 2, Some("7")));
    }
}
