//! tau-bench, first version: an array of runs, each with `traj` (messages), `reward`, `task_id` and `trial`. The
//! policy is the first message. Users are simulated, several trials of one task have the same user, and quorum
//! rules must count users, so the task's user is taken.

use super::dialect::{number, scalar, strict};
use super::identity::identify;
use super::table::{Envelope, Format, Read};
use super::{Reason, new_conversation, spoken};
use crate::trace::message::Turns;
use crate::trace::{Conversation, system_text_digest};
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

/// One record as a conversation.
fn conversation(record: &Value, _: &Envelope) -> Result<Conversation, Reason> {
    let Some(messages) = record.get("traj").and_then(Value::as_array) else {
        return Err(Reason::NotAConversation("it has no list `traj`".to_string()));
    };
    let mut turns = Turns::default();
    for message in messages {
        strict(message)?.into_iter().for_each(|message| turns.add(message));
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
