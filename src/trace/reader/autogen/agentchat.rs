//! AutoGen since 0.4 (AgentChat): the result of a run with its messages and events, as it is written down or as AutoGen
//! Studio keeps it, and the saved state of an agent or a team. A team's thread holds what its agents told each other, and
//! the calls of tools are in the memory of each: what an agent remembers is a conversation of its own, with a parent. Teams
//! inside of teams are not read.

use super::super::detect::Keys;
use super::super::dialect::{call_of, moment, scalar, text_of, text_or_json};
use super::super::identity::{identify, is_unique};
use super::super::{Reason, of_messages};
use crate::trace::message::{Call, Message};
use crate::trace::{Conversation, Role};
use serde_json::Value;
use std::collections::BTreeSet;

/// Where a record has its messages.
const LISTS: [&str; 6] = [
    "/messages",
    "/task_result/messages",
    "/team_result/task_result/messages",
    "/llm_context/messages",
    "/llm_messages",
    "/message_thread",
];

/// Whether a record with these keys is one of AgentChat's.
pub(super) fn is(keys: &Keys) -> bool {
    const TYPES: [&str; 5] = ["TextMessage", "MultiModalMessage", "UserMessage", "SystemMessage", "AssistantMessage"];
    let listed = |list: &str| {
        keys.has(&format!("{list}[].source"))
            && (keys.has(&format!("{list}[].models_usage"))
                || keys.text(&format!("{list}[].type")).is_some_and(|kind| TYPES.contains(&kind)))
    };
    let state = match keys.text("type") {
        Some("TeamState") => keys.has("agent_states"),
        Some("AssistantAgentState") => keys.any(&["llm_context", "llm_messages"]),
        _ => false,
    };
    state
        || keys.has("team_result.task_result.messages")
        || ["", "messages", "task_result.messages", "llm_messages", "message_thread"].into_iter().any(listed)
}

/// The conversations of a record.
pub(super) fn read(record: &Value) -> Vec<Result<Conversation, Reason>> {
    match record["agent_states"].as_object() {
        Some(states) => team(record, states),
        None => vec![listed(record, "")],
    }
}

/// The thread of a team, and what each of its agents remembers.
fn team(record: &Value, states: &serde_json::Map<String, Value>) -> Vec<Result<Conversation, Reason>> {
    let id = record.get("team_id").and_then(scalar).unwrap_or_default();
    let thread = states.values().find(|state| state["message_thread"].is_array());
    let mut found: Vec<_> = thread.map(|thread| listed(thread, &id)).into_iter().collect();
    let main = found.first().and_then(|main| main.as_ref().ok()).map(|main| main.id.clone());
    for (name, state) in states {
        let state = if state["agent_state"].is_object() { &state["agent_state"] } else { state };
        let has_spoken = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty());
        if !["/llm_context/messages", "/llm_messages"].iter().filter_map(|at| state.pointer(at)).any(has_spoken) {
            continue;
        }
        // Where an agent has a number of its own, it is new with every team.
        let name = name.split('/').next().unwrap_or(name);
        found.push(listed(state, &format!("{id}/{name}")).map(|mut one| {
            one.agent = Some(name.to_string());
            one.parent.clone_from(&main);
            one
        }));
    }
    if found.is_empty() {
        found.push(Err(Reason::NotAConversation("no agent of the team remembers anything".to_string())));
    }
    found
}

fn listed(record: &Value, id: &str) -> Result<Conversation, Reason> {
    let list = record.as_array().or_else(|| LISTS.iter().find_map(|at| record.pointer(at)?.as_array()));
    let list = list.ok_or_else(|| Reason::NotAConversation("it has no list `messages`".to_string()))?;
    // What the interface keeps of a message may be inside of its own record.
    let list: Vec<&Value> =
        list.iter().map(|item| item.get("config").filter(|inner| inner.is_object()).unwrap_or(item)).collect();
    let speakers: BTreeSet<&str> =
        list.iter().filter_map(|item| item["source"].as_str()).filter(|source| !is_user(source)).collect();
    let mut messages = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let Some(item) = item.as_object() else {
            return Err(Reason::NotAConversation("a message is not an object".to_string()));
        };
        let time = item.get("created_at").and_then(moment);
        let said = message(&Value::Object(item.clone()), index == 0, speakers.len() > 1);
        messages.extend(said.into_iter().map(|message| Message { time, ..message }));
    }
    let mut conversation = of_messages(messages)?;
    let mut speakers = speakers.into_iter();
    conversation.agent = speakers.next().filter(|_| speakers.next().is_none()).map(str::to_string);
    let stopped = ["/stop_reason", "/task_result/stop_reason", "/team_result/task_result/stop_reason"];
    let stopped = stopped.iter().find_map(|at| record.pointer(at).and_then(scalar));
    conversation.metadata.extend(stopped.map(|reason| ("stop_reason".to_string(), reason)));
    let given = ["id", "run_id", "session_id"].iter().find_map(|key| record.get(*key).and_then(scalar));
    let external = Some(id.to_string()).filter(|id| !id.is_empty()).or(given);
    // Messages have ids in the world since 0.5, and the first stays the first.
    let first = list.first().and_then(|item| item.get("id")).and_then(scalar).filter(|id| is_unique(id));
    identify(&mut conversation, external.as_deref().or(first.as_deref()), &[]);
    conversation.external_id = external;
    Ok(conversation)
}

fn is_user(source: &str) -> bool {
    ["user", "human", "user_proxy", "userproxy"].iter().any(|name| source.eq_ignore_ascii_case(name))
}

/// One message or event. The first message is the task, whoever gives it; of several agents each is named.
fn message(item: &Value, first: bool, named: bool) -> Vec<Message> {
    let source = item["source"].as_str().unwrap_or("");
    let content = &item["content"];
    let list = content.as_array().map_or(&[][..], Vec::as_slice);
    let kind = item["type"].as_str().unwrap_or("");
    let agent = |text: String, calls: Vec<Call>| {
        let text = if named && !text.is_empty() && !source.is_empty() { format!("[{source}] {text}") } else { text };
        vec![Message { calls, ..Message::new(Role::Assistant, text) }]
    };
    match kind {
        "ToolCallRequestEvent" | "ToolCallMessage" => agent(String::new(), list.iter().map(call_of).collect()),
        "AssistantMessage" if content.is_array() => agent(String::new(), list.iter().map(call_of).collect()),
        "ToolCallExecutionEvent" | "ToolCallResultMessage" | "FunctionExecutionResultMessage" => {
            list.iter().map(result).collect()
        }
        "CodeGenerationEvent" => {
            let arguments = item.get("code_blocks").map(text_or_json).unwrap_or_default();
            agent(text(content), vec![Call { id: None, name: "code".to_string(), arguments }])
        }
        "CodeExecutionEvent" => {
            let result = &item["result"];
            let failed = result["exit_code"].as_i64().map(|code| code != 0);
            let text = text_of(Some(result.get("output").unwrap_or(result)));
            vec![Message::result(None, Some("code".to_string()), text, failed)]
        }
        "ThoughtEvent"
        | "MemoryQueryEvent"
        | "ModelClientStreamingChunkEvent"
        | "UserInputRequestedEvent"
        | "SelectSpeakerEvent"
        | "SelectorEvent" => Vec::new(),
        "SystemMessage" => vec![Message::new(Role::System, text(content))],
        "UserMessage" => vec![Message::new(Role::User, text(content))],
        "AssistantMessage" => agent(text(content), Vec::new()),
        _ if first || is_user(source) => vec![Message::new(Role::User, text(content))],
        _ => agent(text(content), Vec::new()),
    }
}

fn result(item: &Value) -> Message {
    let of = |key: &str| item.get(key).and_then(scalar);
    Message::result(of("call_id"), of("name"), text(&item["content"]), item["is_error"].as_bool())
}

/// The text of a content: of several parts those that are text, and a mark for pictures.
fn text(content: &Value) -> String {
    let part = |part: &Value| match part {
        Value::Object(_) if part.get("data").is_some() => "[image]".to_string(),
        other => text_or_json(other),
    };
    match content {
        Value::Array(parts) => parts.iter().map(part).collect::<Vec<_>>().join("\n"),
        other => text_or_json(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::{Item, Reader};
    use serde_json::json;

    fn read(record: &Value) -> Vec<Conversation> {
        let text = format!("{record:#}");
        let mut reader = Reader::open(text.as_bytes()).unwrap();
        assert_eq!(reader.format().slug, "autogen");
        let mut found = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            let Item::Conversation(conversation, _) = item else { panic!("{item:?}") };
            found.push(*conversation);
        }
        found
    }

    fn turns(read: &Conversation) -> Vec<(Role, &str)> {
        read.turns.iter().map(|turn| (turn.role, turn.text.as_str())).collect()
    }

    fn message(kind: &str, source: &str, content: &Value) -> Value {
        json!({"id": "9b2c1f64-7d0e-4a53-8a55-0c9b6f3f5d11", "source": source, "models_usage": null, "metadata": {},
            "created_at": "2026-01-01T00:00:00Z", "content": content, "type": kind})
    }

    #[test]
    fn results_of_runs_are_read_as_they_are_written_down() {
        let list = json!([
            message("TextMessage", "user", &json!("Weather?")),
            message("ThoughtEvent", "helper", &json!("hm")),
            message(
                "ToolCallRequestEvent",
                "helper",
                &json!([{"id": "c", "arguments": "{\"at\": \"Bonn\"}", "name": "look"}])
            ),
            message(
                "ToolCallExecutionEvent",
                "helper",
                &json!([{"content": "no", "name": "look", "call_id": "c", "is_error": true}])
            ),
            message("MultiModalMessage", "user", &json!(["See", {"data": "base64"}])),
            message("ToolCallSummaryMessage", "helper", &json!("no"))
        ]);
        for record in [
            list.clone(),
            json!({"messages": list, "stop_reason": "done"}),
            json!({"task_result": {"messages": list, "stop_reason": "done"}, "usage": "", "duration": 1.5}),
            json!({"id": 7, "team_result": {"task_result": {"messages": list, "stop_reason": "done"}}}),
        ] {
            let found = read(&record);
            let expected = [
                (Role::User, "Weather?"),
                (Role::Assistant, ""),
                (Role::User, "See\n[image]"),
                (Role::Assistant, "no"),
            ];
            assert_eq!((found.len(), &turns(&found[0])[..]), (1, &expected[..]), "{record}");
            let (_, call) = found[0].calls().next().unwrap();
            assert_eq!((&*call.name, call.result.as_deref(), call.error.is_some()), ("look", Some("no"), true));
            assert_eq!((found[0].agent.as_deref(), found[0].started.is_some()), (Some("helper"), true));
            assert_eq!(found[0].metadata.contains_key("stop_reason"), record.is_object());
        }
    }

    #[test]
    fn several_agents_are_named_and_code_is_a_call() {
        let list = json!([
            message("TextMessage", "boss", &json!("Count.")),
            json!({"source": "coder", "models_usage": null, "type": "CodeGenerationEvent", "content": "```python\n1/0\n```",
                "code_blocks": [{"code": "1/0", "language": "python"}]}),
            json!({"source": "coder", "type": "CodeExecutionEvent", "result": {"exit_code": 1, "output": "boom"}}),
            message("HandoffMessage", "coder", &json!("Over to you.")),
            message("StopMessage", "critic", &json!("Stop."))
        ]);
        let found = read(&list);
        let expected = [
            (Role::User, "Count."),
            (Role::Assistant, "[coder] ```python\n1/0\n```"),
            (Role::Assistant, "[coder] Over to you."),
            (Role::Assistant, "[critic] Stop."),
        ];
        assert_eq!(turns(&found[0]), expected);
        let (_, call) = found[0].calls().next().unwrap();
        assert_eq!((&*call.name, call.result.as_deref(), call.error.is_some()), ("code", Some("boom"), true));
    }

    #[test]
    fn saved_states_are_what_the_agents_remember() {
        let memory = json!({"messages": [
            {"content": "Be kind.", "type": "SystemMessage"},
            {"content": "Weather?", "source": "user", "type": "UserMessage"},
            {"content": [{"id": "c", "arguments": "{}", "name": "look"}], "thought": "hm", "source": "helper", "type": "AssistantMessage"},
            {"content": [{"content": "rain", "name": "look", "call_id": "c", "is_error": false}], "type": "FunctionExecutionResultMessage"},
            {"content": "Rain.", "thought": null, "source": "helper", "type": "AssistantMessage"}]});
        let agent = json!({"type": "AssistantAgentState", "version": "1.0.0", "llm_context": memory});
        let found = read(&agent);
        let expected =
            [(Role::System, "Be kind."), (Role::User, "Weather?"), (Role::Assistant, ""), (Role::Assistant, "Rain.")];
        assert_eq!((turns(&found[0]), found[0].calls().count()), (expected.to_vec(), 1));
        let team = json!({"type": "TeamState", "version": "1.0.0", "team_id": "t", "agent_states": {
            "helper/t": {"type": "ChatAgentContainerState", "agent_state": agent, "message_buffer": []},
            "idle": {"type": "ChatAgentContainerState", "agent_state": {"type": "AssistantAgentState", "llm_context": {"messages": []}}},
            "RoundRobinGroupChatManager/t": {"type": "RoundRobinManagerState", "message_thread": [
                message("TextMessage", "user", &json!("Weather?")), message("TextMessage", "helper", &json!("Rain."))]}}});
        let found = read(&team);
        assert_eq!((found.len(), turns(&found[0]).len(), turns(&found[1]).len()), (2, 2, 4));
        assert_eq!((found[1].parent.as_ref(), found[1].agent.as_deref()), (Some(&found[0].id), Some("helper")));
    }
}
