//! Codex sessions: rollout files of the command line (`session_meta`, `response_item`, …), their older form of bare
//! items, and the events of `codex exec --json`. Every text stands in a rollout twice, as an item and as an event; the
//! items are read, and the events only where there are no items. What the tool puts in the user's name is not the
//! user's.

use super::dialect::{messages, moment, scalar, text_of, text_or_json, unpack};
use super::identity::{identify, named};
use super::table::{Format, Read, Session};
use super::{Reason, of_messages};
use crate::clock::Timestamp;
use crate::trace::message::{Call, Message};
use crate::trace::{Conversation, Role};
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Codex sessions",
    slug: "codex",
    about: "rollout files of the Codex command line, and the events of `codex exec --json`",
    is: |keys| {
        keys.all(&["payload", "type"])
            && matches!(
                keys.text("type"),
                Some("session_meta" | "response_item" | "event_msg" | "turn_context" | "compacted" | "world_state")
            )
            || keys.text("type").is_some_and(|kind| {
                kind.starts_with("item.") || kind.starts_with("thread.") || kind.starts_with("turn.")
            })
            || keys.has("items[].call_id")
            || keys.has("events[].item.type")
            || matches!(keys.text("type"), Some("function_call" | "function_call_output"))
                && keys.has("call_id")
                && !keys.has("object")
    },
    members: &[],
    envelope: &[],
    read: Read::Session(|| Box::<Rollout>::default()),
};

/// What was read of one file.
#[derive(Debug, Default)]
struct Rollout {
    id: Option<String>,
    instructions: Option<String>,
    version: Option<String>,
    branch: Option<String>,
    parent: Option<String>,
    model: Option<String>,
    started: Option<Timestamp>,
    items: Vec<Message>,
    events: Vec<Message>,
    error: Option<String>,
}

impl Session for Rollout {
    fn add(&mut self, record: &Value) -> Result<(), Reason> {
        if !record.is_object() {
            return Err(Reason::NotAConversation("a record is not an object".to_string()));
        }
        for (list, event) in [("items", false), ("events", true)] {
            for item in record[list].as_array().into_iter().flatten() {
                if event { self.executed(item) } else { self.item(item, None) }
            }
        }
        let time = record.get("timestamp").and_then(moment);
        self.started = self.started.or(time);
        let payload = &record["payload"];
        match record["type"].as_str() {
            Some("session_meta") => self.meta(payload),
            Some("turn_context") => self.model = payload.get("model").and_then(scalar).or(self.model.take()),
            Some("response_item") => self.item(payload, time),
            Some("event_msg") => self.event(payload, time),
            Some(kind) if ["item.", "thread.", "turn."].iter().any(|start| kind.starts_with(start)) => {
                self.executed(record);
            }
            Some(
                "message"
                | "function_call"
                | "function_call_output"
                | "custom_tool_call"
                | "custom_tool_call_output"
                | "local_shell_call"
                | "web_search_call"
                | "local_shell_call_output",
            ) => {
                self.item(record, time);
            }
            // The first line of an old file.
            None if record.get("id").is_some() => self.meta(record),
            _ => {}
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<Conversation>, Reason> {
        let Self { id, instructions, version, branch, parent, model, started, items, events, error } = *self;
        let spoken = items.iter().any(|message| matches!(message.role, Role::User | Role::Assistant));
        let mut messages: Vec<Message> =
            instructions.map(|text| Message::new(Role::System, text)).into_iter().collect();
        messages.extend(if spoken { items } else { events });
        let Ok(mut conversation) = of_messages(messages) else { return Ok(Vec::new()) };
        conversation.agent = Some("codex".to_string());
        conversation.model = model;
        conversation.started = started.or(conversation.started);
        let facts = [("cli_version", version), ("git_branch", branch), ("error", error)];
        conversation.metadata.extend(facts.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))));
        identify(&mut conversation, id.as_deref(), &[]);
        conversation.parent = parent.as_deref().and_then(named).filter(|parent| *parent != conversation.id);
        Ok(vec![conversation])
    }
}

impl Rollout {
    fn meta(&mut self, payload: &Value) {
        self.id = payload.get("id").or_else(|| payload.get("session_id")).and_then(scalar).or(self.id.take());
        let text =
            payload.pointer("/base_instructions/text").or_else(|| payload.get("instructions")).and_then(Value::as_str);
        self.instructions = text.filter(|text| !text.is_empty()).map(str::to_string).or(self.instructions.take());
        self.version = payload.get("cli_version").and_then(scalar).or(self.version.take());
        // A sub-agent has a file of its own.
        let spawned = payload.pointer("/source/subagent/thread_spawn/parent_thread_id");
        self.parent = spawned.and_then(scalar).or(self.parent.take());
        self.branch = payload.pointer("/git/branch").and_then(scalar).or(self.branch.take());
    }

    /// An item of the conversation as the model had it.
    fn item(&mut self, item: &Value, time: Option<Timestamp>) {
        let mut read = match item["type"].as_str() {
            Some("function_call_output" | "custom_tool_call_output" | "local_shell_call_output") => {
                let (text, failed) = result(&item["output"]);
                vec![Message::result(item.get("call_id").and_then(scalar), None, text, failed)]
            }
            Some("message") => messages(item, Role::Assistant),
            Some(kind) if kind.ends_with("_call") => messages(item, Role::Assistant),
            // Reasoning, snapshots, lists of tools: nothing is said in them.
            _ => Vec::new(),
        };
        // The rules of the sandbox come as the developer's words in every turn.
        read.retain(|message| !(matches!(message.role, Role::User | Role::System) && is_the_tools(&message.text)));
        self.items.extend(read.into_iter().map(|message| Message { time: message.time.or(time), ..message }));
    }

    fn event(&mut self, payload: &Value, time: Option<Timestamp>) {
        let text = || text_of(payload.get("message").or_else(|| payload.get("text")));
        let role = match payload["type"].as_str() {
            Some("user_message") => Role::User,
            Some("thread_rolled_back") => {
                let turns = payload["num_turns"].as_u64().and_then(|turns| usize::try_from(turns).ok()).unwrap_or(0);
                for list in [&mut self.items, &mut self.events] {
                    take_back(list, turns);
                }
                return;
            }
            Some("agent_message") => Role::Assistant,
            Some("error" | "stream_error") => {
                let error = payload
                    .pointer("/error/kind")
                    .or_else(|| payload.pointer("/error/message"))
                    .or_else(|| payload.get("message"));
                self.error = error.and_then(scalar).or(self.error.take());
                return;
            }
            _ => return,
        };
        let text = text();
        if !is_the_tools(&text) {
            self.events.push(Message { time, ..Message::new(role, text) });
        }
    }

    /// An event of `codex exec --json`.
    fn executed(&mut self, event: &Value) {
        if let Some(id) = event.get("thread_id").and_then(scalar) {
            self.id = Some(id);
        }
        if event["type"] == "turn.failed" {
            self.error = event.pointer("/error/message").and_then(scalar).or(self.error.take());
        }
        if event["type"] != "item.completed" {
            return;
        }
        let item = &event["item"];
        let id = item.get("id").and_then(scalar);
        let call = |name: &str, arguments: &Value| {
            let call = Call { id: id.clone(), name: name.to_string(), arguments: text_or_json(arguments) };
            Message { calls: vec![call], ..Message::new(Role::Assistant, "") }
        };
        let failed = || {
            item["exit_code"]
                .as_i64()
                .map(|code| code != 0)
                .or_else(|| item["status"].as_str().map(|status| status == "failed"))
        };
        match item["type"].as_str() {
            Some("agent_message") => self.items.push(Message::new(Role::Assistant, text_of(item.get("text")))),
            Some("user_message") => self.items.push(Message::new(Role::User, text_of(item.get("text")))),
            Some("command_execution") => {
                self.items.push(call("shell", &item["command"]));
                self.items.push(Message::result(id.clone(), None, text_of(item.get("aggregated_output")), failed()));
            }
            Some("mcp_tool_call") => {
                self.items.push(call(item["tool"].as_str().unwrap_or("mcp"), &item["arguments"]));
                let answer =
                    ["result", "error"].iter().find_map(|key| item.get(*key).filter(|answer| !answer.is_null()));
                self.items.extend(answer.map(|answer| {
                    Message::result(
                        id.clone(),
                        None,
                        text_of(Some(answer.get("content").or_else(|| answer.get("message")).unwrap_or(answer))),
                        failed(),
                    )
                }));
            }
            Some("file_change") => {
                self.items.push(call("apply_patch", &item["changes"]));
                self.items.push(Message::result(id.clone(), None, text_of(item.get("status")), failed()));
            }
            Some("web_search") => self.items.push(call("web_search", &item["query"])),
            _ => {}
        }
    }
}

/// Takes back the last turns: what the user said and what came of it.
fn take_back(list: &mut Vec<Message>, turns: usize) {
    let asked = list.iter().enumerate().rev().filter(|(_, message)| message.role == Role::User);
    if let Some((first, _)) = asked.take(turns).last() {
        list.truncate(first);
    }
}

/// The text of a result, and whether the program behind it failed.
fn result(output: &Value) -> (String, Option<bool>) {
    let unpacked = unpack(output);
    if let Some(code) = unpacked.pointer("/metadata/exit_code").and_then(Value::as_i64) {
        return (text_of(unpacked.get("output")), Some(code != 0));
    }
    let text = match output {
        Value::Object(map) if map.contains_key("text") => text_of(map.get("text")),
        Value::Object(map) if map.contains_key("content") => text_of(map.get("content")),
        other => text_of(Some(other)),
    };
    let code = ["Process exited with code ", "Exit code: "].iter().find_map(|mark| {
        let (_, after) = text.get(..text.len().min(400)).unwrap_or(&text).split_once(mark)?;
        after.split_whitespace().next()?.parse::<i64>().ok()
    });
    // What the user broke off gave nothing.
    let code = code.or_else(|| text.starts_with("aborted by user").then_some(1));
    let failed = code.map(|code| code != 0).or_else(|| output["success"].as_bool().map(|success| !success));
    (text, failed)
}

/// What the tool puts in the user's name.
fn is_the_tools(text: &str) -> bool {
    const MARKS: [&str; 9] = [
        "<environment_context>",
        "<user_instructions>",
        "# AGENTS.md instructions",
        "<INSTRUCTIONS>",
        "<turn_aborted>",
        "<permissions instructions>",
        "<collaboration_mode>",
        "<skills_instructions>",
        "<apps_instructions>",
    ];
    let text = text.trim_start();
    MARKS.iter().any(|mark| text.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(records: &[Value]) -> Vec<Conversation> {
        let mut session = Box::<Rollout>::default();
        records.iter().for_each(|record| session.add(record).unwrap());
        session.finish().unwrap()
    }

    fn item(payload: impl serde::Serialize) -> Value {
        json!({"timestamp": "2026-01-01T00:00:01Z", "type": "response_item", "payload": payload})
    }

    #[test]
    fn items_are_read_once_with_results_and_exit_codes() {
        let found = read(&[
            json!({"timestamp": "2026-01-01T00:00:00Z", "type": "session_meta", "payload": {"id": "S", "cli_version": "0.9", "instructions": "Be kind.", "git": {"branch": "main"}}}),
            json!({"type": "turn_context", "payload": {"model": "m"}}),
            item(
                json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "<environment_context>x</environment_context>"}]}),
            ),
            json!({"type": "event_msg", "payload": {"type": "user_message", "message": "List."}}),
            item(json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "List."}]})),
            item(json!({"type": "reasoning", "summary": []})),
            item(
                json!({"type": "function_call", "call_id": "c", "name": "shell", "arguments": "{\"command\":[\"ls\"]}"}),
            ),
            item(
                json!({"type": "function_call_output", "call_id": "c", "output": "{\"output\":\"no such file\",\"metadata\":{\"exit_code\":2}}"}),
            ),
            item(json!({"type": "function_call", "call_id": "d", "name": "exec", "arguments": "{}"})),
            item(
                json!({"type": "function_call_output", "call_id": "d", "output": "Wall time: 0\nProcess exited with code 0\nOutput:\nx"}),
            ),
            item(
                json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Done."}]}),
            ),
            json!({"type": "event_msg", "payload": {"type": "agent_message", "message": "Done."}}),
        ]);
        let texts: Vec<&str> = found[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["Be kind.", "List.", "", "", "Done."]);
        let calls: Vec<_> = found[0].calls().map(|(_, call)| (&*call.name, call.error.is_some())).collect();
        assert_eq!(calls, [("shell", true), ("exec", false)]);
        assert_eq!(
            (found[0].external_id.as_deref(), found[0].model.as_deref(), &*found[0].metadata["git_branch"]),
            (Some("S"), Some("m"), "main")
        );
    }

    #[test]
    fn events_alone_bare_items_and_executions_are_read() {
        let events = read(&[
            json!({"type": "event_msg", "payload": {"type": "user_message", "message": "hi"}}),
            json!({"type": "event_msg", "payload": {"type": "agent_message", "message": "hello"}}),
        ]);
        assert_eq!(events[0].turns.len(), 2);
        let bare = read(&[
            json!({"id": "S", "timestamp": "2025-01-01T00:00:00Z", "instructions": null}),
            json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]}),
        ]);
        assert_eq!((bare[0].turns.len(), bare[0].external_id.as_deref()), (1, Some("S")));
        let executed = read(&[
            json!({"type": "thread.started", "thread_id": "T"}),
            json!({"type": "item.started", "item": {"id": "i", "type": "command_execution", "command": "ls"}}),
            json!({"type": "item.completed", "item": {"id": "i", "type": "command_execution", "command": "ls", "aggregated_output": "x", "exit_code": 1}}),
            json!({"type": "item.completed", "item": {"id": "m", "type": "mcp_tool_call", "tool": "f", "arguments": {}, "result": null, "error": {"message": "x"}, "status": "failed"}}),
            json!({"type": "item.completed", "item": {"id": "j", "type": "agent_message", "text": "Done."}}),
            json!({"type": "turn.failed", "error": {"message": "broken"}}),
        ]);
        assert_eq!((executed[0].calls().count(), &*executed[0].metadata["error"]), (2, "broken"));
        assert!(executed[0].calls().all(|(_, call)| call.error.is_some() && call.result.as_deref() == Some("x")));
        assert!(read(&[json!({"type": "event_msg", "payload": {"type": "token_count"}})]).is_empty());
    }

    #[test]
    fn sub_agents_name_the_session_that_began_them() {
        let session = |id: &str, source: Value| {
            let meta = json!({"type": "session_meta", "payload": {"id": id, "source": source}});
            read(&[
                meta,
                item(json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Go."}]})),
            ])
        };
        let (boss, helper) = ("019a2d7a-41c4-78b1-b7cc-a45d62a89cd5", "019a2d7a-41c4-78b1-b7cc-a45d62a89cd6");
        let spawned = session(helper, json!({"subagent": {"thread_spawn": {"parent_thread_id": boss, "depth": 1}}}));
        assert_eq!(spawned[0].parent.as_ref(), Some(&session(boss, json!("cli"))[0].id));
        assert_eq!(session(boss, json!("cli"))[0].parent, None);
    }

    #[test]
    fn shells_join_their_results_and_turns_are_taken_back() {
        let user = |text: &str| {
            item(json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}))
        };
        let found = read(&[
            user("List."),
            item(
                json!({"type": "local_shell_call", "id": "l", "call_id": "c", "action": {"type": "exec", "command": ["ls"]}}),
            ),
            item(
                json!({"type": "function_call_output", "call_id": "c", "output": "{\"output\":\"a\",\"metadata\":{\"exit_code\":0}}"}),
            ),
            item(json!({"type": "function_call", "call_id": "d", "name": "exec", "arguments": "{}"})),
            item(json!({"type": "function_call_output", "call_id": "d", "output": "aborted by user after 3.0s"})),
            user("Wrong."),
            item(
                json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "What?"}]}),
            ),
            json!({"type": "event_msg", "payload": {"type": "thread_rolled_back", "num_turns": 1}}),
            user("Right."),
        ]);
        let calls: Vec<_> =
            found[0].calls().map(|(_, call)| (&*call.name, call.result.is_some(), call.error.is_some())).collect();
        assert_eq!(calls, [("local_shell", true, false), ("exec", true, true)]);
        let texts: Vec<&str> = found[0].user_turns().map(|(_, turn)| turn.text.as_str()).collect();
        assert_eq!(texts, ["List.", "Right."]);
    }
}
