//! The Agent Trajectory Interchange Format (`ATIF-v1.x`), which Harbor and others write: one trajectory a record.
//! Trajectories of sub-agents inside of a record are not read.

use super::dialect::{moment, number, scalar, text_of, text_or_json};
use super::identity::identify;
use super::table::{Envelope, Format, Read};
use super::{Reason, of_messages};
use crate::trace::message::{Call, Message};
use crate::trace::{Conversation, Role};
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "ATIF trajectories",
    slug: "atif",
    about: "agent trajectories with `schema_version` and `steps`",
    is: |keys| keys.has("steps[]") && keys.text("schema_version").is_some_and(|version| version.starts_with("ATIF")),
    members: &[],
    envelope: &[],
    read: Read::Conversation(conversation),
};

fn conversation(record: &Value, _: &Envelope) -> Result<Conversation, Reason> {
    let steps = record["steps"].as_array();
    let steps = steps.ok_or_else(|| Reason::NotAConversation("it has no list `steps`".to_string()))?;
    let mut messages = Vec::new();
    for step in steps {
        let time = step.get("timestamp").and_then(moment);
        let text = text_of(step.get("message"));
        let role = match step["source"].as_str() {
            Some("user") => Role::User,
            Some("system") => Role::System,
            Some("agent") => Role::Assistant,
            _ => return Err(Reason::NotAConversation("a step has an unknown source".to_string())),
        };
        let call = |call: &Value| Call {
            id: call.get("tool_call_id").and_then(scalar),
            name: call.get("function_name").and_then(scalar).unwrap_or_default(),
            arguments: call.get("arguments").map(text_or_json).unwrap_or_default(),
        };
        let calls = step["tool_calls"].as_array().map(|calls| calls.iter().map(call).collect()).unwrap_or_default();
        messages.push(Message { calls, time, ..Message::new(role, text) });
        for result in step.pointer("/observation/results").and_then(Value::as_array).into_iter().flatten() {
            let id = result.get("source_call_id").and_then(scalar);
            messages.push(Message { time, ..Message::result(id, None, text_of(result.get("content")), None) });
        }
    }
    let mut conversation = of_messages(messages)?;
    let agent = &record["agent"];
    conversation.agent = agent.get("name").and_then(scalar);
    conversation.prompt_version = agent.get("version").and_then(scalar);
    conversation.model = agent.get("model_name").and_then(scalar);
    conversation.cost = record.pointer("/final_metrics/total_cost_usd").and_then(number);
    let external = ["session_id", "trajectory_id"].iter().find_map(|key| record.get(*key).and_then(scalar));
    identify(&mut conversation, external.as_deref(), &[]);
    Ok(conversation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn steps_become_turns() {
        let record = json!({"schema_version": "ATIF-v1.5", "session_id": "s", "agent": {"name": "a", "version": "2", "model_name": "m"},
            "steps": [
                {"step_id": 1, "source": "user", "message": "Go.", "timestamp": "2026-01-01T00:00:00Z"},
                {"step_id": 2, "source": "agent", "message": "", "tool_calls": [{"tool_call_id": "c", "function_name": "ls", "arguments": {"p": "."}}],
                 "observation": {"results": [{"source_call_id": "c", "content": "x"}]}},
                {"step_id": 3, "source": "agent", "message": "Done."}]});
        let read = conversation(&record, &Envelope::new()).unwrap();
        assert_eq!((read.turns.len(), read.prompt_version.as_deref()), (3, Some("2")));
        assert_eq!(read.calls().next().unwrap().1.result.as_deref(), Some("x"));
    }
}
