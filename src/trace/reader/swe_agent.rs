//! SWE-agent trajectories (`.traj`): one run a file. Demonstrations that were shown to the model are no part of the
//! conversation. Older runs write their actions as text in the reply; the action is then the call of a tool named
//! after its first word, and the next message of the user is what came back.

use super::dialect::{number, scalar, strict, text_of};
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
    about: "trajectories (`.traj`) with `history` and `info`",
    is: |keys| {
        keys.has("history[].role")
            && keys.any(&[
                "info.exit_status",
                "info.submission",
                "trajectory[].action",
                "history[].message_type",
                "history[].is_demo",
            ])
    },
    members: &[],
    envelope: &[],
    read: Read::Conversation(conversation),
};

fn conversation(record: &Value, _: &Envelope) -> Result<Conversation, Reason> {
    let list = record["history"].as_array().filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| Reason::NotAConversation("it has no list `history`".to_string()))?;
    let mut messages: Vec<Message> = Vec::new();
    let mut acted = false;
    for item in list.iter().filter(|item| item["is_demo"] != true) {
        let read = strict(item)?;
        for mut message in read {
            if acted && message.role == Role::User {
                message = Message::result(None, None, message.text, None);
            }
            acted = false;
            let action = item["action"].as_str().map(str::trim).filter(|action| !action.is_empty());
            if let (Role::Assistant, true, Some(action)) = (message.role, message.calls.is_empty(), action) {
                message.calls.push(Call {
                    id: None,
                    name: first_word(action),
                    arguments: json!({"command": action}).to_string(),
                });
                if let Some(thought) = item["thought"].as_str() {
                    message.text = thought.trim().to_string();
                }
                acted = true;
            }
            messages.push(message);
        }
    }
    let mut conversation = of_messages(messages)?;
    let info = &record["info"];
    conversation.agent = list.iter().find_map(|item| item.get("agent").and_then(scalar));
    conversation.cost = info["model_stats"].get("instance_cost").and_then(number).filter(|cost| *cost > 0.0);
    for (name, value) in [("exit_status", &info["exit_status"]), ("environment", &record["environment"])] {
        conversation.metadata.extend(scalar(value).map(|value| (name.to_string(), value)));
    }
    if let Some(task) = record.pointer("/replay_config").filter(|config| !config.is_null()) {
        // The task's own id is in there, as text of JSON.
        let config = super::dialect::unpack(task);
        let id = config.pointer("/env/problem_statement/id").or_else(|| config.pointer("/problem_statement/id"));
        conversation.metadata.extend(id.map(|id| ("task".to_string(), text_of(Some(id)))));
    }
    identify(&mut conversation, None, &[]);
    Ok(conversation)
}

/// The program that an action runs.
fn first_word(action: &str) -> String {
    let word = action.split_whitespace().next().unwrap_or("command");
    word.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
