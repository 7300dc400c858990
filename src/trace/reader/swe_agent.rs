//! SWE-agent trajectories (`.traj`): one run a file; and those of mini-swe-agent, which has `messages`. Demonstrations that
//! were shown to the model are no part of the conversation. Where actions are text in the reply, the action is the call of
//! a tool named after its first word, and the next message of the user is what came back.

use super::dialect::{messages as said, moment, number, role, scalar, strict, text_of, unpack};
use super::identity::identify;
use super::table::{Envelope, Format, Read};
use super::{Reason, of_messages};
use crate::trace::message::{Call, Message};
use crate::trace::{Conversation, Role};
use serde_json::{Value, json};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "SWE-agent",
    slug: "swe-agent",
    about: "trajectories (`.traj`) with `history` and `info`, and those of mini-swe-agent",
    is: |keys| {
        keys.has("history[].role")
            && keys.any(&[
                "info.exit_status",
                "info.submission",
                "trajectory[].action",
                "history[].message_type",
                "history[].is_demo",
            ])
            || keys.has("messages[]")
                && (keys.text("trajectory_format").is_some_and(|format| format.starts_with("mini-swe-agent"))
                    || keys.has("info.mini_version"))
    },
    members: &[],
    envelope: &[],
    read: Read::Conversation(conversation),
};

fn conversation(record: &Value, _: &Envelope) -> Result<Conversation, Reason> {
    let list = ["history", "messages"].iter().find_map(|key| record[*key].as_array()).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| Reason::NotAConversation("it has no list `history`".to_string()))?;
    let mut messages: Vec<Message> = Vec::new();
    let mut acted = false;
    for item in list.iter().filter(|item| item["is_demo"] != true) {
        let time = item.pointer("/extra/timestamp").and_then(moment);
        for mut message in turns(item)? {
            let observed = acted && message.role == Role::User;
            if observed {
                message = Message::result(None, None, message.text, None);
            }
            if message.role == Role::Tool {
                message.failed = message.failed.or_else(|| failed(item, &message.text));
            }
            acted = false;
            if message.role == Role::Assistant
                && message.calls.is_empty()
                && let Some(action) = action(item, &message.text)
            {
                message.calls.push(Call {
                    id: None,
                    name: first_word(&action),
                    arguments: json!({"command": action}).to_string(),
                });
                if let Some(thought) = item["thought"].as_str() {
                    message.text = thought.trim().to_string();
                }
                acted = true;
            }
            messages.push(Message { time: message.time.or(time), ..message });
        }
    }
    let mut conversation = of_messages(messages)?;
    let info = &record["info"];
    conversation.agent = list.iter().find_map(|item| item.get("agent").and_then(scalar));
    conversation.cost = info["model_stats"].get("instance_cost").and_then(number).filter(|cost| *cost > 0.0);
    conversation.model = info.pointer("/config/model/model_name").and_then(scalar);
    let facts = [
        ("exit_status", &info["exit_status"]),
        ("environment", &record["environment"]),
        ("task", &record["instance_id"]),
        ("version", info.get("swe_agent_version").unwrap_or(&info["mini_version"])),
    ];
    for (name, value) in facts {
        conversation.metadata.extend(scalar(value).map(|value| (name.to_string(), value)));
    }
    if let Some(task) = record.pointer("/replay_config").filter(|config| !config.is_null()) {
        // The task's own id is in there, as text of JSON.
        let config = unpack(task);
        let id = config.pointer("/env/problem_statement/id").or_else(|| config.pointer("/problem_statement/id"));
        conversation.metadata.extend(id.map(|id| ("task".to_string(), text_of(Some(id)))));
        conversation.model = config.pointer("/agent/model/name").and_then(scalar).or(conversation.model);
    }
    identify(&mut conversation, None, &[]);
    Ok(conversation)
}

/// The messages in one entry of the history.
fn turns(item: &Value) -> Result<Vec<Message>, Reason> {
    match item["role"].as_str() {
        // How the run ended, which nobody says.
        Some("exit") => Ok(Vec::new()),
        Some(name) if role(name).is_some() => {
            let mut read = strict(item)?;
            // Results name the calls that they answer in a list.
            let ids = item["tool_call_ids"].as_array().map_or(&[][..], Vec::as_slice);
            if let ([message], [id]) = (&mut read[..], ids)
                && message.role == Role::Tool
            {
                message.answers = message.answers.take().or_else(|| scalar(id));
            }
            Ok(read)
        }
        // Replies of OpenAI's Responses, and results as its items.
        None if item.get("output").is_some() => Ok(said(item, Role::Assistant)),
        _ => strict(item),
    }
}

/// The action that a reply names in its text.
fn action(item: &Value, text: &str) -> Option<String> {
    // One with an id stands among the calls already.
    let listed = item.pointer("/extra/actions/0").filter(|action| action["tool_call_id"].is_null());
    let named = item["action"].as_str().or_else(|| listed?["command"].as_str());
    // mini-swe-agent's first version kept the reply alone; of several blocks none was run.
    let block = || {
        let (_, rest) = text.split_once("```bash\n").filter(|_| item.get("extra").is_some())?;
        let (block, rest) = rest.split_once("\n```")?;
        (!rest.contains("```bash")).then_some(block)
    };
    named.or_else(block).map(str::trim).filter(|action| !action.is_empty()).map(str::to_string)
}

/// Whether a result says that its command failed.
fn failed(item: &Value, text: &str) -> Option<bool> {
    let told = item.pointer("/extra/returncode").and_then(Value::as_i64);
    let (_, rest) = text.trim_start().split_once("<returncode>").filter(|(before, _)| before.is_empty()).unzip();
    let written = || rest?.split_once('<')?.0.trim().parse().ok();
    told.or_else(written).map(|code: i64| code != 0)
}

/// The program that an action runs.
fn first_word(action: &str) -> String {
    let word = action.split_whitespace().next().unwrap_or("command");
    word.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::{Item, Reader};

    #[test]
    fn actions_in_text_are_calls_and_demonstrations_are_left_out() {
        let record = json!({"environment": "swe", "info": {"exit_status": "submitted"}, "trajectory": [], "history": [
            {"role": "system", "content": "Fix.", "agent": "primary"},
            {"role": "user", "content": "a demonstration", "is_demo": true},
            {"role": "user", "content": "The issue."},
            {"role": "assistant", "content": "Look.\n```\nls -a\n```", "thought": "Look.\n", "action": "ls -a\n"},
            {"role": "user", "content": "a.py"},
            {"role": "assistant", "content": "Done.", "action": "", "thought": "Done."}]});
        let read = conversation(&record, &Envelope::new()).unwrap();
        let roles: Vec<Role> = read.turns.iter().map(|turn| turn.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::Assistant]);
        let (_, call) = read.calls().next().unwrap();
        assert_eq!((&*call.name, call.result.as_deref()), ("ls", Some("a.py")));
        assert_eq!((read.agent.as_deref(), &*read.metadata["exit_status"]), (Some("primary"), "submitted"));
    }

    #[test]
    fn called_functions_join_their_results() {
        let record = json!({"info": {"exit_status": null}, "history": [
            {"role": "user", "content": "The issue."},
            {"role": "assistant", "content": "Look.", "action": "ls", "tool_calls":
                [{"id": "c1", "type": "function", "function": {"name": "bash", "arguments": "{\"command\":\"ls\"}"}}]},
            {"role": "tool", "content": [{"type": "text", "text": "a.py"}], "tool_call_ids": ["c1"]}]});
        let read = conversation(&record, &Envelope::new()).unwrap();
        let (_, call) = read.calls().next().unwrap();
        assert_eq!((&*call.name, call.result.as_deref()), ("bash", Some("a.py")));
    }

    #[test]
    fn current_runs_name_their_model_version_and_parallel_calls() {
        let text = |text: &str| json!([{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]);
        let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "bash", "arguments": "{\"command\": \"ls\"}"}});
        let record = json!({"environment": "main", "trajectory": [], "replay_config": "{\"agent\": {\"model\": {\"name\": \"m\"}}, \"env\": {}}",
            "info": {"exit_status": "submitted", "model_stats": {"instance_cost": 0.5}, "swe_agent_version": "1.1.0"}, "history": [
            {"role": "system", "content": "Fix.", "agent": "main", "message_type": "system_prompt"},
            {"role": "user", "content": text("The issue."), "agent": "main", "message_type": "observation"},
            {"role": "assistant", "content": "Look.", "thought": "Look.", "action": "ls", "agent": "main", "message_type": "action", "tool_calls": [call("a"), call("b")]},
            {"role": "tool", "content": text("two"), "agent": "main", "message_type": "observation", "tool_call_ids": ["b"]},
            {"role": "tool", "content": text("one"), "agent": "main", "message_type": "observation", "tool_call_ids": ["a"]}]});
        let read = conversation(&record, &Envelope::new()).unwrap();
        let results: Vec<_> = read.calls().map(|(_, call)| call.result.as_deref()).collect();
        assert_eq!(results, [Some("one"), Some("two")]);
        assert_eq!((read.model.as_deref(), &*read.metadata["version"], read.cost), (Some("m"), "1.1.0", Some(0.5)));
    }

    #[test]
    fn runs_of_mini_swe_agent_are_read_in_all_its_forms() {
        let info = json!({"exit_status": "Submitted", "submission": "diff", "model_stats": {"instance_cost": 0.25, "api_calls": 2},
            "mini_version": "1.17.0", "config": {"model": {"model_name": "m"}}});
        let record = |format: &str, messages: Value| json!({"info": info, "messages": messages, "trajectory_format": format, "instance_id": "django__1"});
        let first = record(
            "mini-swe-agent-1",
            json!([
            {"role": "system", "content": "Fix."}, {"role": "user", "content": "The issue. Answer in ```bash\nblocks\n```"},
            {"role": "assistant", "content": "THOUGHT: look\n\n```bash\nls -a\n```", "extra": {"response": {"model": "m"}}},
            {"role": "user", "content": "<returncode>1</returncode>\n<output>\nno\n</output>"},
            {"role": "assistant", "content": "two\n```bash\na\n```\n```bash\nb\n```", "extra": {"response": {}}},
            {"role": "user", "content": "Please always provide EXACTLY ONE action."}]),
        );
        let called = record(
            "mini-swe-agent-1.1",
            json!([
            {"role": "system", "content": "Fix."}, {"role": "user", "content": "The issue."},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function", "function": {"name": "bash", "arguments": "{\"command\": \"ls\"}"}}],
             "extra": {"actions": [{"command": "ls", "tool_call_id": "a"}], "timestamp": 1_767_225_600.5}},
            {"role": "tool", "tool_call_id": "a", "content": "<returncode>0</returncode>\n<output>\na.py\n</output>", "extra": {"raw_output": "a.py", "returncode": 0, "timestamp": 1_767_225_601.0}},
            {"role": "exit", "content": "diff", "extra": {"exit_status": "Submitted", "submission": "diff"}}]),
        );
        let responses = record(
            "mini-swe-agent-1.1",
            json!([
            {"role": "user", "content": "The issue."},
            {"object": "response", "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Look."}]},
                {"type": "function_call", "call_id": "a", "name": "bash", "arguments": "{\"command\": \"ls\"}"}], "extra": {"actions": [{"command": "ls", "tool_call_id": "a"}]}},
            {"type": "function_call_output", "call_id": "a", "output": "a.py", "extra": {"returncode": 0}}]),
        );
        for (record, name, result, failed, turns) in [
            (first, "ls", "<returncode>1</returncode>\n<output>\nno\n</output>", true, 5),
            (called, "bash", "<returncode>0</returncode>\n<output>\na.py\n</output>", false, 3),
            (responses, "bash", "a.py", false, 3),
        ] {
            let text = record.to_string();
            let mut reader = Reader::open(text.as_bytes()).unwrap();
            assert_eq!(reader.format().slug, "swe-agent");
            let Some(Item::Conversation(read, _)) = reader.next_item().unwrap() else { panic!("{record}") };
            let calls: Vec<_> =
                read.calls().map(|(_, call)| (&*call.name, call.result.as_deref(), call.error.is_some())).collect();
            assert_eq!(calls, [(name, Some(result), failed)]);
            assert_eq!((read.turns.len(), read.model.as_deref(), read.cost), (turns, Some("m"), Some(0.25)));
            assert_eq!((&*read.metadata["task"], &*read.metadata["exit_status"]), ("django__1", "Submitted"));
        }
    }
}
