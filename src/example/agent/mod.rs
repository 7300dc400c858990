//! The scripted agent: a chat-completions body in, a chat-completions body out. It is a program with a fixed set of
//! dialogues; what the prompt changes about them is exactly [`Policies`]. The same request always gets the same
//! reply, and the agent keeps nothing between requests: everything it knows is in the messages.
//!
//! It is deliberately no better than its prompt: where an instruction is missing it does the plausible wrong thing.

mod dialogue;
mod facts;
mod flow;
mod wish;

use self::dialogue::Dialogue;
use self::flow::Act;
use super::reading::Policies;
use crate::digest::Digest;
use serde_json::{Value, json};

pub use self::wish::{Wish, wish};

/// The region that the agent assumes when its prompt does not make it ask.
pub const ASSUMED_REGION: &str = "us-east-1";

/// The name that the agent gives for its model.
pub const MODEL: &str = "tidewater-script-1";

/// How often in all the agent tries a failing import when its prompt does not stop it.
pub const ATTEMPTS: usize = 4;

/// Answers one request (the body of a chat-completions call: `messages`, `tools`). Whatever is missing from the
/// request or has an unexpected shape is treated as absent.
pub fn reply(request: &Value) -> Value {
    let (messages, tools) = (list(request, "messages"), list(request, "tools"));
    let policies = Policies::read(&system_text(messages), tools);
    let message = answer(&policies, messages, tools);
    let called = message.get("tool_calls").is_some();
    json!({
        "id": format!("chatcmpl-{}", Digest::of(request.to_string()).short(16)),
        "object": "chat.completion",
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": if called { "tool_calls" } else { "stop" }}],
    })
}

/// The assistant's message that continues `messages`, by an agent whose prompt has been read already.
pub fn answer(policies: &Policies, messages: &[Value], tools: &[Value]) -> Value {
    let dialogue = Dialogue::replay(messages);
    match flow::next(&dialogue, policies) {
        Act::Call(name, arguments) if offered(tools, name) => {
            let call = json!({
                "id": format!("call_{}", dialogue.calls + 1),
                "type": "function",
                "function": {"name": name, "arguments": arguments.to_string()},
            });
            json!({"role": "assistant", "content": null, "tool_calls": [call]})
        }
        Act::Call(name, _) => {
            let text = format!("I am sorry, I have no way to do that here: `{name}` is not available to me.");
            json!({"role": "assistant", "content": text})
        }
        Act::Say(text) => json!({"role": "assistant", "content": text}),
    }
}

fn list<'a>(request: &'a Value, name: &str) -> &'a [Value] {
    request.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn system_text(messages: &[Value]) -> String {
    let system = |message: &&Value| matches!(message.get("role").and_then(Value::as_str), Some("system" | "developer"));
    let texts: Vec<String> = messages.iter().filter(system).map(dialogue::text_of).collect();
    texts.join("\n\n")
}

/// Without any list of tools the agent takes all of its own to be there.
fn offered(tools: &[Value], name: &str) -> bool {
    tools.is_empty()
        || tools.iter().any(|tool| {
            tool.pointer("/function/name").or_else(|| tool.get("name")).and_then(Value::as_str) == Some(name)
        })
}
