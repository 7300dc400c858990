//! What Claude Code and its SDK give out while they work (`--output-format stream-json`): lines without times, in their
//! order. Sub-agents are told by the call that began them. Pieces of messages that are not whole yet are passed over.

use super::dialect::{messages, number, scalar};
use super::identity::identify;
use super::table::{Format, Read, Session};
use super::{Reason, of_messages};
use crate::trace::message::Message;
use crate::trace::{Conversation, Role};
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Claude Code streams",
    slug: "claude-stream",
    about: "what `claude --output-format stream-json` and the Claude Agent SDK give out",
    is: |keys| {
        let kind = keys.text("type");
        keys.has("session_id")
            && !keys.any(&["sessionId", "parentUuid"])
            && (matches!(kind, Some("user" | "assistant")) && keys.has("message.content")
                || matches!(kind, Some("system" | "result")) && keys.has("subtype")
                || kind == Some("stream_event"))
    },
    members: &[],
    envelope: &[],
    read: Read::Session(|| Box::<Stream>::default()),
};

/// What was read of one file.
#[derive(Debug, Default)]
struct Stream {
    session: Option<String>,
    model: Option<String>,
    cost: Option<f64>,
    error: Option<String>,
    main: Vec<Message>,
    /// By the call that began them, in the order in which they began.
    agents: Vec<(String, Vec<Message>)>,
    /// The message whose last part was read, by its id.
    last: Option<String>,
}

impl Session for Stream {
    fn add(&mut self, record: &Value) -> Result<(), Reason> {
        if !record.is_object() {
            return Err(Reason::NotAConversation("a record is not an object".to_string()));
        }
        self.session = self.session.take().or_else(|| record.get("session_id").and_then(scalar));
        match record["type"].as_str() {
            Some("system") => self.model = record.get("model").and_then(scalar).or(self.model.take()),
            Some("user") => self.said(record, Role::User),
            Some("assistant") => self.said(record, Role::Assistant),
            Some("result") => {
                // Of a session with several turns each result has the sum so far.
                self.cost = record.get("total_cost_usd").and_then(number).or(self.cost);
                let failed = record["is_error"] == true;
                let text = record.get("result").or_else(|| record.get("subtype")).and_then(scalar);
                self.error = text.filter(|_| failed).map(|text| text.chars().take(200).collect());
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<Conversation>, Reason> {
        let Self { session, model, cost, error, main, agents, .. } = *self;
        let mut found: Vec<Conversation> = Vec::new();
        let named = |messages: Vec<Message>, marks: &[&str]| {
            let mut conversation = of_messages(messages).ok()?;
            conversation.model.clone_from(&model);
            identify(&mut conversation, session.as_deref().filter(|_| marks.is_empty()), marks);
            Some(conversation)
        };
        if let Some(mut conversation) = named(main, &[]) {
            conversation.cost = cost;
            conversation.metadata.extend(error.map(|text| ("error".to_string(), text)));
            found.push(conversation);
        }
        let parent = found.first().map(|conversation| conversation.id.clone());
        for (call, messages) in agents {
            found.extend(named(messages, &[&call]).map(|mut conversation| {
                conversation.parent.clone_from(&parent);
                conversation
            }));
        }
        Ok(found)
    }
}

impl Stream {
    fn said(&mut self, record: &Value, speaker: Role) {
        let message = &record["message"];
        let own = record["isSynthetic"] == true || record["isReplay"] == true && message["content"].is_array();
        let read = messages(message, speaker);
        let list = match record.get("parent_tool_use_id").and_then(scalar) {
            None => &mut self.main,
            Some(call) => match self.agents.iter().position(|(known, _)| *known == call) {
                Some(at) => &mut self.agents[at].1,
                None => {
                    self.agents.push((call, Vec::new()));
                    let at = self.agents.len() - 1;
                    &mut self.agents[at].1
                }
            },
        };
        let id = message.get("id").and_then(scalar).filter(|_| speaker == Role::Assistant);
        let more = id.is_some() && id == self.last;
        for message in read {
            if own && message.role == Role::User {
                continue;
            }
            match list.last_mut() {
                // Each part of a message comes on a line of its own.
                Some(last) if more && last.role == Role::Assistant && message.role == Role::Assistant => {
                    if !last.text.is_empty() && !message.text.is_empty() {
                        last.text.push('\n');
                    }
                    last.text.push_str(&message.text);
                    last.calls.extend(message.calls);
                }
                _ => list.push(message),
            }
        }
        self.last = id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parts_are_one_message_and_sub_agents_stand_apart() {
        let line = |kind: &str, id: &str, parent: Option<&str>, part: Value| json!({"type": kind, "session_id": "S", "parent_tool_use_id": parent, "message": {"role": kind, "id": id, "content": [part]}});
        let mut stream = Box::<Stream>::default();
        for record in [
            json!({"type": "system", "subtype": "init", "session_id": "S", "model": "m"}),
            json!({"type": "user", "session_id": "S", "message": {"role": "user", "content": "List."}}),
            line("assistant", "1", None, json!({"type": "text", "text": "Looking."})),
            line("assistant", "1", None, json!({"type": "tool_use", "id": "t", "name": "Task", "input": {}})),
            line("user", "", Some("t"), json!({"type": "text", "text": "Look."})),
            line("assistant", "2", Some("t"), json!({"type": "text", "text": "Two files."})),
            line("user", "", None, json!({"type": "tool_result", "tool_use_id": "t", "content": "Two files."})),
            line("assistant", "3", None, json!({"type": "text", "text": "Two."})),
            json!({"type": "result", "subtype": "success", "session_id": "S", "total_cost_usd": 0.5, "result": "Two."}),
        ] {
            stream.add(&record).unwrap();
        }
        let found = stream.finish().unwrap();
        let texts = |at: usize| found[at].turns.iter().map(|turn| turn.text.as_str()).collect::<Vec<_>>();
        assert_eq!((texts(0), texts(1)), (vec!["List.", "Looking.", "Two."], vec!["Look.", "Two files."]));
        assert_eq!((found[0].cost, found[0].model.as_deref()), (Some(0.5), Some("m")));
        assert_eq!(found[0].calls().next().unwrap().1.result.as_deref(), Some("Two files."));
        assert_eq!(found[1].parent.as_ref(), Some(&found[0].id));
    }
}
