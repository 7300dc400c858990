//! OpenHands: the events of one conversation in one file (JSONL or an array). Version 1 tells events by `kind`, version
//! 0 by `action` and `observation`. Events do not name their conversation, so that a folder with one event a file
//! cannot be put together again and is not read.

use super::dialect::{messages, moment, scalar, text_of, text_or_json};
use super::identity::identify;
use super::table::{Format, Read, Session};
use super::{Reason, of_messages};
use crate::trace::message::{Call, Message};
use crate::trace::{Conversation, Role};
use serde_json::Value;
use std::collections::BTreeSet;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "OpenHands",
    slug: "openhands",
    about: "the events of a conversation in one file, of version 1 or 0",
    is: |keys| {
        keys.text("kind").is_some_and(|kind| kind.ends_with("Event")) && keys.has("source")
            || keys.has("source")
                && keys.has("timestamp")
                && keys.any(&["action", "observation"])
                && keys.any(&["args", "content", "message"])
    },
    members: &[],
    envelope: &[],
    read: Read::Session(|| Box::<Events>::default()),
};

/// The events so far.
#[derive(Debug, Default)]
struct Events {
    messages: Vec<Message>,
    seen: BTreeSet<String>,
    model: Option<String>,
    first: Option<String>,
}

impl Session for Events {
    fn add(&mut self, event: &Value) -> Result<(), Reason> {
        if !event.is_object() {
            return Err(Reason::NotAConversation("an event is not an object".to_string()));
        }
        if let Some(id) = event.get("id").and_then(scalar)
            && !self.seen.insert(id.clone())
        {
            return Ok(());
        } else if self.first.is_none() {
            self.first = event.get("id").and_then(scalar);
        }
        let time = event.get("timestamp").and_then(moment);
        let added = match event["kind"].as_str() {
            Some(kind) => version_1(kind, event),
            None => version_0(event),
        };
        self.messages.extend(added.into_iter().map(|message| Message { time, ..message }));
        if let Some(usage) = event.pointer("/value/usage_to_metrics/default/model_name").and_then(scalar) {
            self.model = Some(usage);
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Vec<Conversation> {
        let Ok(mut conversation) = of_messages(self.messages) else { return Vec::new() };
        conversation.model = self.model;
        identify(&mut conversation, None, &[self.first.as_deref().unwrap_or("")]);
        vec![conversation]
    }
}

fn version_1(kind: &str, event: &Value) -> Vec<Message> {
    match kind {
        "SystemPromptEvent" => vec![Message::new(Role::System, text_of(event.get("system_prompt")))],
        "MessageEvent" => {
            let speaker = if event["source"] == "user" { Role::User } else { Role::Assistant };
            messages(&event["llm_message"], speaker)
        }
        "ActionEvent" => {
            let id = event.get("tool_call_id").and_then(scalar);
            let name = event.get("tool_name").and_then(scalar).unwrap_or_default();
            let given =
                event.pointer("/tool_call/arguments").or_else(|| event.pointer("/tool_call/function/arguments"));
            let arguments = given.or_else(|| event.get("action")).map(text_or_json).unwrap_or_default();
            let text = text_of(event.get("thought"));
            vec![Message { calls: vec![Call { id, name, arguments }], ..Message::new(Role::Assistant, text) }]
        }
        "ObservationEvent" | "AgentErrorEvent" | "UserRejectObservation" => {
            let observation = &event["observation"];
            let content = observation.get("content").or_else(|| observation.get("output"));
            let content = content.or_else(|| event.get("error")).or_else(|| event.get("rejection_reason"));
            let failed = observation["is_error"].as_bool().or_else(|| (kind != "ObservationEvent").then_some(true));
            let tool = event.get("tool_name").and_then(scalar);
            vec![Message::result(event.get("tool_call_id").and_then(scalar), tool, text_of(content), failed)]
        }
        _ => Vec::new(),
    }
}

fn version_0(event: &Value) -> Vec<Message> {
    let text = || text_of(event.get("content").or_else(|| event.get("message")));
    match (event["action"].as_str(), event["observation"].as_str()) {
        (Some("message"), _) => {
            let role = if event["source"] == "user" { Role::User } else { Role::Assistant };
            let said = event.pointer("/args/content").map_or_else(text, |content| text_of(Some(content)));
            vec![Message::new(role, said)]
        }
        (Some("system"), _) => vec![Message::new(Role::System, text_of(event.pointer("/args/content")))],
        (Some("finish"), _) => {
            let said = event.pointer("/args/final_thought").map_or_else(text, |content| text_of(Some(content)));
            vec![Message::new(Role::Assistant, said)]
        }
        (Some(action), _) if !matches!(action, "recall" | "change_agent_state" | "null") => {
            let id = event.pointer("/tool_call_metadata/tool_call_id").and_then(scalar);
            let arguments = event.get("args").map(text_or_json).unwrap_or_default();
            let call = Call { id, name: action.to_string(), arguments };
            let thought = text_of(event.pointer("/args/thought"));
            vec![Message { calls: vec![call], ..Message::new(Role::Assistant, thought) }]
        }
        (None, Some(observation)) if !matches!(observation, "agent_state_changed" | "recall" | "null") => {
            let id = event.pointer("/tool_call_metadata/tool_call_id").and_then(scalar);
            let failed = (observation == "error").then_some(true);
            let failed = failed.or_else(|| event.pointer("/extras/metadata/exit_code")?.as_i64().map(|code| code > 0));
            vec![Message::result(id, None, text(), failed)]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(events: &[Value]) -> Conversation {
        let mut session = Box::<Events>::default();
        events.iter().for_each(|event| session.add(event).unwrap());
        session.finish().remove(0)
    }

    #[test]
    fn events_of_version_1_are_messages_calls_and_results() {
        let read = read(&[
            json!({"id": "1", "kind": "SystemPromptEvent", "source": "agent", "system_prompt": {"type": "text", "text": "Be kind."}}),
            json!({"id": "2", "kind": "MessageEvent", "source": "user", "llm_message": {"role": "user", "content": [{"type": "text", "text": "Go."}]}}),
            json!({"id": "3", "kind": "ActionEvent", "source": "agent", "thought": [{"type": "text", "text": "Look."}], "tool_name": "bash",
                "tool_call_id": "c", "tool_call": {"id": "c", "name": "bash", "arguments": "{\"command\":\"ls\"}"}, "action": {"command": "ls"}}),
            json!({"id": "4", "kind": "ObservationEvent", "source": "environment", "tool_call_id": "c",
                "observation": {"content": [{"type": "text", "text": "no"}], "is_error": true}}),
            json!({"id": "4", "kind": "ObservationEvent", "source": "environment", "tool_call_id": "c", "observation": {"content": "again"}}),
            json!({"id": "5", "kind": "ConversationStateUpdateEvent", "source": "environment"}),
        ]);
        assert_eq!(read.turns.len(), 3);
        let (_, call) = read.calls().next().unwrap();
        assert_eq!((call.result.as_deref(), call.error.is_some()), (Some("no"), true));
    }

    #[test]
    fn events_of_version_0_too() {
        let read = read(&[
            json!({"id": 0, "source": "user", "action": "message", "args": {"content": "Go."}}),
            json!({"id": 1, "source": "agent", "action": "run", "args": {"command": "ls", "thought": "Look."}}),
            json!({"id": 2, "source": "agent", "observation": "run", "content": "x", "extras": {"metadata": {"exit_code": 1}}}),
            json!({"id": 3, "source": "agent", "action": "finish", "args": {"final_thought": "Done."}}),
        ]);
        let texts: Vec<&str> = read.turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["Go.", "Look.", "Done."]);
        assert!(read.calls().next().unwrap().1.error.is_some());
    }
}
