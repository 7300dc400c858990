//! tau2-bench: an object with `info`, `tasks` and `simulations`, or simulations alone. The policy stands in the
//! envelope and not among the messages, so it becomes the first turn. The simulated user may have tools of its own
//! (a telephone to try things on): the agent neither makes nor sees those calls, so they are counted as a fact and
//! are no turns.

use super::dialect::{moment, number, scalar, strict, string, text_of};
use super::identity::identify;
use super::table::{Envelope, Format, Read};
use super::{Reason, new_conversation, spoken};
use crate::trace::message::{Message, Turns};
use crate::trace::{Conversation, Role, Turn, system_text_digest};
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "tau2-bench",
    slug: "tau2-bench",
    about: "result files with `info`, `tasks` and `simulations`, or simulations alone",
    is: |keys| {
        keys.has("simulations[]") && !keys.has("messages[].role")
            || keys.has("info.environment_info") && keys.any(&["info.agent_info", "info.user_info"])
            || keys.any(&["messages[]", "ticks[]"])
                && (keys.has("termination_reason") || keys.all(&["reward_info", "task_id"]))
    },
    members: &["simulations"],
    envelope: &["info", "agent", "domain", "model"],
    read: Read::Conversation(conversation),
};

/// One simulation as a conversation.
fn conversation(record: &Value, envelope: &Envelope) -> Result<Conversation, Reason> {
    let Some(messages) = record.get("messages").and_then(Value::as_array) else {
        let reason = if record.get("ticks").is_some() {
            "it is a voice recording without messages"
        } else {
            "it has no list `messages`"
        };
        return Err(Reason::NotAConversation(reason.to_string()));
    };
    let around = |pointer: &str, key: &str| {
        let info = envelope.get("info").and_then(|info| info.pointer(pointer));
        info.or_else(|| envelope.get(key)).and_then(scalar).filter(|text| !text.is_empty())
    };
    let domain = around("/environment_info/domain_name", "domain");
    let mut turns = Turns::default();
    let mut device = Device::default();
    if let Some(policy) = around("/environment_info/policy", "policy") {
        turns.push(Turn { role: Role::System, text: policy, calls: Vec::new(), time: None });
    }
    for message in messages {
        // One message may carry the results of several calls.
        match message.get("tool_messages").and_then(Value::as_array) {
            Some(results) => results.iter().for_each(|result| device.tool(result, &mut turns)),
            None => match message.get("role").and_then(Value::as_str) {
                Some("tool") => device.tool(message, &mut turns),
                Some("user") => device.user(message, &mut turns)?,
                _ => strict(message)?.into_iter().for_each(|message| turns.add(message)),
            },
        }
    }
    let mut conversation = new_conversation(spoken(turns)?);
    conversation.system_digest = system_text_digest(&conversation.system_text());
    conversation.agent = around("/agent_info/implementation", "agent");
    conversation.model = around("/agent_info/llm", "model");
    let fact = |name: &str| record.get(name).and_then(scalar);
    let task = fact("task_id");
    // Trials of one task have the same simulated user; tasks of two domains do not.
    conversation.user = task.as_ref().map(|task| format!("{}/{task}", domain.as_deref().unwrap_or("task")));
    conversation.started = record.get("start_time").and_then(moment).or(conversation.started);
    conversation.ended = record.get("end_time").and_then(moment).or(conversation.ended);
    conversation.cost = record.get("agent_cost").and_then(number);
    if let Some(reward) = record.pointer("/reward_info/reward").and_then(number) {
        conversation.scores.insert("reward".to_string(), reward);
    }
    let facts = [
        ("task_id", task),
        ("trial", fact("trial")),
        ("termination_reason", fact("termination_reason")),
        ("domain", domain),
        ("git_commit", around("/git_commit", "git_commit")),
        ("user_tool_calls", (device.calls > 0).then(|| device.calls.to_string())),
        ("user_tool_errors", (device.errors > 0).then(|| device.errors.to_string())),
    ];
    conversation.metadata.extend(facts.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))));
    let when = conversation.started.map(|moment| moment.0.to_string()).unwrap_or_default();
    identify(&mut conversation, fact("id").as_deref(), &[&when]);
    Ok(conversation)
}

/// What the simulated user does with tools of its own.
#[derive(Debug, Default)]
struct Device {
    calls: usize,
    errors: usize,
}

impl Device {
    fn tool(&mut self, message: &Value, turns: &mut Turns) {
        let failed = message.get("error").and_then(Value::as_bool);
        if message.get("requestor").and_then(Value::as_str) == Some("user") {
            self.errors += usize::from(failed == Some(true));
            return;
        }
        let id = message.as_object().and_then(|message| string(message, &["id", "tool_call_id"]));
        turns.add(Message::result(id, None, text_of(message.get("content")), failed));
    }

    fn user(&mut self, message: &Value, turns: &mut Turns) -> Result<(), Reason> {
        let calls = message.get("tool_calls").and_then(Value::as_array).map_or(0, Vec::len);
        self.calls += calls;
        let text = text_of(message.get("content"));
        if calls > 0 && text.is_empty() {
            return Ok(());
        }
        if calls == 0 {
            strict(message)?.into_iter().for_each(|message| turns.add(message));
            return Ok(());
        }
        let time = message.get("timestamp").and_then(moment);
        turns.push(Turn { role: Role::User, text, calls: Vec::new(), time });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn device_calls_of_the_user_are_a_fact_and_no_turns() {
        let info = json!({
            "git_commit": "abc",
            "agent_info": {"implementation": "llm_agent", "llm": "m"},
            "environment_info": {"domain_name": "telecom", "policy": "# Policy"}
        });
        let envelope = Envelope::from_iter([("info".to_string(), info)]);
        let conversation = conversation(&json!({
            "id": "9b2c1f64-7d0e-4a53-8a55-0c9b6f3f5d11", "task_id": "7", "trial": 0, "start_time": "2025-07-17T15:10:58.495594",
            "termination_reason": "user_stop", "reward_info": {"reward": 1.0},
            "messages": [
                {"role": "assistant", "content": "Hi! How can I help you today?"},
                {"role": "user", "content": "No data."},
                {"role": "assistant", "content": null, "tool_calls": [
                    {"id": "a", "name": "get", "arguments": {"x": 1}, "requestor": "assistant"},
                    {"id": "b", "name": "get", "arguments": {"x": 2}, "requestor": "assistant"}]},
                {"role": "tool", "tool_messages": [
                    {"id": "a", "role": "tool", "content": "one", "requestor": "assistant", "error": false},
                    {"id": "b", "role": "tool", "content": "Error: two", "requestor": "assistant", "error": true}]},
                {"role": "user", "content": null, "tool_calls": [{"id": "u", "name": "toggle", "arguments": {}, "requestor": "user"}]},
                {"role": "tool", "id": "u", "content": "on", "requestor": "user", "error": true},
                {"role": "user", "content": "It works."}
            ]
        }), &envelope).unwrap();
        let roles: Vec<Role> = conversation.turns.iter().map(|turn| turn.role).collect();
        assert_eq!(roles, [Role::System, Role::Assistant, Role::User, Role::Assistant, Role::User]);
        assert_eq!(conversation.calls().count(), 2);
        let errors: Vec<bool> = conversation.calls().map(|(_, call)| call.error.is_some()).collect();
        assert_eq!(errors, [false, true]);
        assert_eq!(conversation.user.as_deref(), Some("telecom/7"));
        assert_eq!(conversation.metadata["user_tool_calls"], "1");
        assert_eq!(conversation.metadata["user_tool_errors"], "1");
        assert_eq!(conversation.scores["reward"], 1.0);
        assert_eq!(conversation.system_text(), "# Policy");
        assert_eq!(conversation.prompt_version, None);
    }
}
