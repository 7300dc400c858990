//! tau-bench, first version: an array of runs, each with `traj` (messages), `reward`, `task_id` and `trial`. The
//! policy is the first message. Users are simulated, several trials of one task have the same user, and quorum
//! rules must count users, so the task's user is taken.

use super::dialect::{call_of, number, scalar, strict, text_of};
use super::identity::identify;
use super::table::{Envelope, Format, Read};
use super::{Reason, new_conversation, spoken};
use crate::trace::message::{Call, Message, Turns};
use crate::trace::{Conversation, Role, system_text_digest};
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "tau-bench",
    slug: "tau-bench",
    about: "result files of the first version: an array of runs with `traj` and `reward`",
    is: |keys| keys.has("traj[].role") && keys.any(&["reward", "task_id"]),
    members: &[],
    envelope: &[],
    read: Read::Conversation(conversation),
};

/// What stands before an action in the agent's words, and before what it gave in the user's.
const ACTION: &str = "Action:";
const GAVE: &str = "API output:";

/// A message of an agent that was run without calls of tools: what it does stands in its words, and what came of it in
/// the user's.
fn acted(mut message: Message, asked: &mut usize) -> Message {
    match message.role {
        Role::Assistant if message.calls.is_empty() => {
            let action = message.text.rsplit_once(ACTION);
            let read = action.and_then(|(_, json)| serde_json::from_str::<Value>(json.trim()).ok());
            let Some(action) = read.filter(|action| action["name"].is_string()) else { return message };
            let call = call_of(&action);
            if call.name == "respond" {
                message.text = text_of(action.pointer("/arguments/content"));
            } else {
                *asked += 1;
                message.text = String::new();
                message.calls = vec![Call { id: Some(format!("action-{asked}")), ..call }];
            }
            message
        }
        Role::User if *asked > 0 && message.text.starts_with(GAVE) => {
            let text = message.text.strip_prefix(GAVE).unwrap_or_default().trim_start().to_string();
            Message { time: message.time, ..Message::result(Some(format!("action-{asked}")), None, text, None) }
        }
        _ => message,
    }
}

/// One record as a conversation.
fn conversation(record: &Value, _: &Envelope) -> Result<Conversation, Reason> {
    let Some(messages) = record.get("traj").and_then(Value::as_array) else {
        return Err(Reason::NotAConversation("it has no list `traj`".to_string()));
    };
    let mut turns = Turns::default();
    let mut asked = 0;
    for message in messages {
        strict(message)?.into_iter().for_each(|message| turns.add(acted(message, &mut asked)));
    }
    let mut conversation = new_conversation(spoken(turns)?);
    conversation.system_digest = system_text_digest(&conversation.system_text());
    let fact = |name: &str| record.get(name).and_then(scalar);
    let (task, trial) = (fact("task_id"), fact("trial"));
    let user = record.pointer("/info/task/user_id").and_then(scalar);
    conversation.user = user.or_else(|| task.as_ref().map(|task| format!("task-{task}")));
    if let Some(reward) = record.get("reward").and_then(number) {
        conversation.scores.insert("reward".to_string(), reward);
    }
    for (name, value) in [("task_id", &task), ("trial", &trial)] {
        conversation.metadata.extend(value.clone().map(|value| (name.to_string(), value)));
    }
    // Task and trial are unique in one file only, so they count together with what was said.
    let marks = [task.as_deref().unwrap_or(""), trial.as_deref().unwrap_or("")];
    identify(&mut conversation, None, &marks);
    Ok(conversation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn actions_in_words_are_calls() {
        let record = json!({"task_id": 1, "reward": 1.0, "traj": [
            {"role": "system", "content": "Policy"}, {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "Thought: x\nAction:\n{\"name\": \"get\", \"arguments\": {\"a\": 1}}"},
            {"role": "user", "content": "API output: Error: none"},
            {"role": "assistant", "content": "Thought: y\nAction:\n{\"name\": \"respond\", \"arguments\": {\"content\": \"Sorry.\"}}"},
            {"role": "assistant", "content": "Action: none"}]});
        let read = conversation(&record, &Envelope::new()).unwrap();
        let texts: Vec<&str> = read.turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["Policy", "hi", "", "Sorry.", "Action: none"]);
        let (_, call) = read.calls().next().unwrap();
        assert_eq!((&*call.name, call.result.as_deref(), call.error.is_some()), ("get", Some("Error: none"), true));
    }
}
