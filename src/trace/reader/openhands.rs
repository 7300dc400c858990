//! OpenHands: the events of one conversation in one file (JSONL, an array or an answer of its API), or in a zip archive with
//! one event a file, which [`archive`](super::archive) puts together. Version 1 tells events by `kind`, version 0 by `action`
//! and `observation`. Events do not name their conversation, so that one alone in a file is part of nothing that is known
//! and is refused. Calls of tools by sub-agents of an ACP server are left out.

use super::detect::Keys;
use super::dialect::{messages, moment, number, scalar, text_of, text_or_json};
use super::identity::{identify, is_unique, named};
use super::table::{Format, Read, Session};
use super::{Reason, of_messages};
use crate::clock::Timestamp;
use crate::trace::message::{Call, Message};
use crate::trace::{Conversation, Role};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "OpenHands",
    slug: "openhands",
    about: "the events of a conversation, of version 1 or 0: in one file, or one event a file in a zip archive",
    is: |keys| ["", "trajectory[].", "events[].", "items[]."].iter().any(|around| is_event(keys, around)),
    members: &["trajectory", "events", "items"],
    envelope: &[],
    read: Read::Session(|| Box::<Events>::default()),
};

fn is_event(keys: &Keys, around: &str) -> bool {
    let at = |name: &str| format!("{around}{name}");
    let any = |names: &[&str]| names.iter().any(|name| keys.has(&at(name)));
    keys.has(&at("source"))
        && (keys.text(&at("kind")).is_some_and(|kind| kind.ends_with("Event"))
            || keys.has(&at("timestamp")) && any(&["action", "observation"]) && any(&["args", "content", "message"]))
}

/// The events so far.
#[derive(Debug, Default)]
struct Events {
    /// What they say, each with the number of its event where events have numbers.
    messages: Vec<(Option<u64>, Message)>,
    seen: BTreeSet<String>,
    count: usize,
    /// When the first and the last happened.
    times: Option<(Timestamp, Timestamp)>,
    /// The first event's id.
    first: Option<String>,
    /// Calls through an ACP server, which are told of again as they go on: where they are and whether they are over.
    running: BTreeMap<String, (usize, bool)>,
    model: Option<String>,
    cost: Option<f64>,
    user: Option<String>,
    /// The conversation's id, and that of the conversation that began it.
    id: Option<String>,
    parent: Option<String>,
    metadata: BTreeMap<String, String>,
}

impl Session for Events {
    fn add(&mut self, event: &Value) -> Result<(), Reason> {
        if !event.is_object() {
            return Err(Reason::NotAConversation("an event is not an object".to_string()));
        }
        if ["kind", "action", "observation"].iter().all(|key| event.get(*key).is_none()) {
            self.about(event);
            return Ok(());
        }
        let id = event.get("id").and_then(scalar);
        if let Some(id) = &id
            && !self.seen.insert(id.clone())
        {
            return Ok(());
        }
        self.count += 1;
        if self.count == 1 {
            self.first.clone_from(&id);
        }
        let time = event.get("timestamp").and_then(moment);
        if let Some(time) = time {
            self.times = Some((self.times.map_or(time, |(first, _)| first), time));
        }
        let added = match event["kind"].as_str() {
            Some("ACPToolCallEvent") => self.call(event),
            Some("ConversationStateUpdateEvent") => {
                self.state(event);
                Vec::new()
            }
            Some("ConversationErrorEvent") => {
                let error = ["detail", "code"].iter().find_map(|key| event.get(*key).and_then(scalar));
                self.metadata.extend(error.map(|error| ("error".to_string(), error)));
                Vec::new()
            }
            Some(kind) => version_1(kind, event),
            None => version_0(event),
        };
        let place = id.and_then(|id| id.parse().ok());
        self.messages.extend(added.into_iter().map(|message| (place, Message { time, ..message })));
        // What was spent up to now.
        self.cost = event.pointer("/llm_metrics/accumulated_cost").and_then(number).or(self.cost);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<Conversation>, Reason> {
        if self.count == 1 {
            let reason = "it is one event of OpenHands, which does not name its conversation; export the trajectory, or \
                          give the files of all its events in a zip archive";
            return Err(Reason::NotAConversation(reason.to_string()));
        }
        let Self { mut messages, times, .. } = *self;
        if messages.iter().all(|(number, _)| number.is_some()) {
            messages.sort_by_key(|(number, _)| *number);
        } else if times.is_some_and(|(first, last)| last < first) {
            // Pages of the API may have the newest first.
            messages.reverse();
        }
        let messages = messages.into_iter().map(|(_, message)| message).collect();
        let Ok(mut conversation) = of_messages(messages) else { return Ok(Vec::new()) };
        conversation.model = self.model;
        conversation.cost = self.cost.filter(|cost| *cost > 0.0);
        conversation.user = self.user;
        conversation.metadata = self.metadata;
        // Events have ids of their own in the world since version 1, and the first stays the first.
        let first = self.first.unwrap_or_default();
        let known = self.id.as_deref().map(plain).or_else(|| is_unique(&first).then(|| first.clone()));
        identify(&mut conversation, known.as_deref(), &[&first]);
        conversation.external_id = self.id;
        conversation.parent = self.parent.and_then(|parent| named(&plain(&parent)));
        Ok(vec![conversation])
    }
}

/// A UUID is written with and without its dashes.
fn plain(id: &str) -> String {
    id.chars().filter(|letter| *letter != '-').collect()
}

impl Events {
    /// What is known of the conversation: `meta.json` of an export, `base_state.json` of version 1, `metadata.json` of
    /// version 0.
    fn about(&mut self, about: &Value) {
        let marks = ["agent", "llm_model", "title", "sandbox_id", "selected_repository"];
        if marks.iter().all(|mark| about.get(*mark).is_none()) {
            return;
        }
        let first = |keys: &[&str]| keys.iter().find_map(|key| about.get(*key).and_then(scalar));
        self.id = first(&["conversation_id", "id"]).or(self.id.take());
        self.parent = first(&["parent_conversation_id"]).or(self.parent.take());
        self.user = first(&["created_by_user_id", "user_id", "github_user_id"]).or(self.user.take());
        let model = about.pointer("/agent/llm/model").and_then(scalar).or_else(|| first(&["llm_model"]));
        self.model = model.or(self.model.take());
        let cost = about.pointer("/metrics/accumulated_cost").or_else(|| about.get("accumulated_cost"));
        self.cost = cost.and_then(number).or(self.cost);
        for name in ["title", "trigger", "selected_repository"] {
            self.metadata.extend(first(&[name]).map(|value| (name.to_string(), value)));
        }
    }

    /// A part of the conversation's state that changed, or all of it.
    fn state(&mut self, event: &Value) {
        let value = &event["value"];
        if event["key"] == "full_state" {
            self.about(value);
        }
        let usage = value.get("usage_to_metrics").or_else(|| value.pointer("/stats/usage_to_metrics"));
        let Some(usage) = usage.and_then(Value::as_object) else { return };
        let model = usage.get("default").or_else(|| usage.get("agent")).and_then(|of| of.get("model_name"));
        self.model = model.and_then(scalar).or(self.model.take());
        let costs = usage.values().filter_map(|of| of.get("accumulated_cost").and_then(number));
        self.cost = Some(costs.sum());
    }

    /// A call through an ACP server: new, or one that goes on.
    fn call(&mut self, event: &Value) -> Vec<Message> {
        if event.get("parent_tool_call_id").is_some_and(Value::is_string) {
            return Vec::new();
        }
        let id = event.get("tool_call_id").and_then(scalar);
        let name = ["tool_kind", "title"].iter().find_map(|key| event.get(*key).and_then(scalar));
        let arguments = event.get("raw_input").map(text_or_json).unwrap_or_default();
        let output = ["raw_output", "content"].iter().map(|key| &event[*key]).find(|output| !output.is_null());
        let failed = event["is_error"] == true || event["status"] == "failed";
        let over = failed || event["status"] == "completed" || event["status"].is_null() && output.is_some();
        let mut found = Vec::new();
        let known = id.as_ref().and_then(|id| self.running.get_mut(id));
        let ended = match known {
            Some((place, ended)) => {
                let call = self.messages.get_mut(*place).and_then(|(_, message)| message.calls.first_mut());
                if let Some(call) = call.filter(|call| call.arguments.is_empty()) {
                    call.arguments = arguments;
                }
                std::mem::replace(ended, *ended || over)
            }
            None => {
                self.running.extend(id.clone().map(|id| (id, (self.messages.len(), over))));
                let call = Call { id: id.clone(), name: name.unwrap_or_default(), arguments };
                found.push(Message { calls: vec![call], ..Message::new(Role::Assistant, "") });
                false
            }
        };
        if over && !ended {
            let text = match output {
                Some(Value::Array(parts)) => parts
                    .iter()
                    .map(|part| text_of(Some(part.get("content").unwrap_or(part))))
                    .collect::<Vec<_>>()
                    .join("\n"),
                output => text_of(output),
            };
            found.push(Message::result(id, None, text, failed.then_some(true)));
        }
        found
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
            // What it says last it says as a call.
            let said = event.pointer("/action/message").filter(|_| name == "finish");
            let text = Some(text_of(event.get("thought"))).filter(|text| !text.is_empty());
            let text = text.unwrap_or_else(|| text_of(said));
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
    use crate::trace::reader::{Item, Reader};
    use serde_json::json;

    fn read(events: &[Value]) -> Conversation {
        let mut session = Box::<Events>::default();
        events.iter().for_each(|event| session.add(event).unwrap());
        session.finish().unwrap().remove(0)
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

    /// Conversations of a file, and why something of it is set aside.
    fn file(text: &str) -> (Vec<Conversation>, Vec<String>) {
        let mut reader = Reader::open(text.as_bytes()).unwrap();
        assert_eq!(reader.format().slug, "openhands");
        let (mut found, mut aside) = (Vec::new(), Vec::new());
        while let Some(item) = reader.next_item().unwrap() {
            match item {
                Item::Conversation(conversation, _) => found.push(*conversation),
                Item::SetAside(record) => aside.push(record.reason.to_string()),
                other => panic!("{other:?}"),
            }
        }
        (found, aside)
    }

    fn said(id: &Value, source: &str, text: &str, time: &str) -> Value {
        json!({"id": id, "timestamp": time, "source": source, "action": "message", "args": {"content": text}})
    }

    #[test]
    fn one_event_alone_is_refused_with_what_to_do() {
        for event in [
            said(&json!(1), "user", "Go.", "2026-01-01T00:00:00"),
            json!({"id": "4", "kind": "ObservationEvent", "source": "environment", "tool_call_id": "c", "observation": {"content": "x"}}),
        ] {
            let (found, aside) = file(&format!("{event:#}"));
            assert!(found.is_empty() && aside.len() == 1 && aside[0].contains("zip archive"), "{aside:?}");
        }
    }

    #[test]
    fn arrays_and_pages_are_conversations_in_the_order_of_their_events() {
        let (one, two) = (
            said(&json!(1), "user", "Go.", "2026-01-01T00:00:00"),
            said(&json!(2), "agent", "Ok.", "2026-01-01T00:00:01"),
        );
        let (first, last) = (
            said(&json!("a"), "user", "Go.", "2026-01-01T00:00:00"),
            said(&json!("b"), "agent", "Ok.", "2026-01-01T00:00:01"),
        );
        for text in [
            json!([one, two]).to_string(),
            format!("{:#}", json!([two, one])),
            json!({"trajectory": [one, two]}).to_string(),
            format!("{:#}", json!({"events": [two, one], "has_more": false})),
            json!({"items": [last, first], "next_page_id": null}).to_string(),
        ] {
            let (found, aside) = file(&text);
            assert_eq!((found.len(), aside.len()), (1, 0), "{text}");
            let texts: Vec<&str> = found[0].turns.iter().map(|turn| turn.text.as_str()).collect();
            assert_eq!(texts, ["Go.", "Ok."], "{text}");
        }
    }

    #[test]
    fn a_conversation_is_known_by_its_id_or_by_its_first_event() {
        let first = "9b2c1f64-7d0e-4a53-8a55-0c9b6f3f5d11";
        let event = |id: &str, text: &str| json!({"id": id, "kind": "MessageEvent", "source": "user", "llm_message": {"role": "user", "content": text}});
        let long = read(&[event(first, "a"), event("2", "b"), event("3", "c")]);
        assert_eq!((&read(&[event(first, "a"), event("2", "b")]).id, long.external_id), (&long.id, None));
        let meta = |id: &str, parent: Value| {
            json!({"id": id, "created_by_user_id": "u", "sandbox_id": "s", "title": "t", "llm_model": "m",
            "metrics": {"accumulated_cost": 0.5}, "parent_conversation_id": parent})
        };
        let id = "11111111222233334444555555555555";
        let told = read(&[event(first, "a"), event("2", "b"), meta(id, json!(null))]);
        assert_eq!((told.external_id.as_deref(), told.user.as_deref(), told.cost), (Some(id), Some("u"), Some(0.5)));
        let child =
            read(&[event("5", "a"), event("6", "b"), meta("other", json!("11111111-2222-3333-4444-555555555555"))]);
        assert_eq!(child.parent, Some(told.id));
        let state = json!({"id": "7", "kind": "ConversationStateUpdateEvent", "source": "environment", "key": "full_state",
            "value": {"id": "11111111-2222-3333-4444-555555555555", "agent": {"llm": {"model": "m"}},
                "stats": {"usage_to_metrics": {"default": {"accumulated_cost": 0.25}, "condenser": {"accumulated_cost": 0.5}}}}});
        let stated = read(&[state, event(first, "a")]);
        assert_eq!(
            (Some(&stated.id), stated.model.as_deref(), stated.cost),
            (child.parent.as_ref(), Some("m"), Some(0.75))
        );
    }

    #[test]
    fn calls_through_an_acp_server_are_calls_with_their_last_result() {
        let call = |id: &str, event: &str, status: &str, input: Value, output: Value, parent: Value| {
            json!({"id": event, "kind": "ACPToolCallEvent",
            "source": "agent", "tool_call_id": id, "title": "Run ls", "tool_kind": "execute", "status": status, "raw_input": input,
            "raw_output": output, "parent_tool_call_id": parent})
        };
        let none = || Value::Null;
        let read = read(&[
            call("c", "1", "in_progress", none(), none(), none()),
            call("d", "2", "completed", none(), json!("inner"), json!("c")),
            call("c", "3", "completed", json!({"command": "ls"}), json!("a.py"), none()),
            call("c", "4", "completed", none(), json!("again"), none()),
            call("e", "5", "failed", json!({}), json!("no"), none()),
        ]);
        let calls: Vec<_> = read
            .calls()
            .map(|(_, call)| (&*call.name, &*call.arguments, call.result.as_deref(), call.error.is_some()))
            .collect();
        assert_eq!(
            calls,
            [("execute", "{\"command\":\"ls\"}", Some("a.py"), false), ("execute", "{}", Some("no"), true)]
        );
        assert_eq!(read.turns.len(), 2);
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
