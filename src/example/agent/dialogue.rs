//! The conversation so far, replayed from the messages: which goal the user is on, what they stated, which calls
//! were made for it and what came back.

use super::facts::Facts;
use super::wish::{Wish, wish};
use serde_json::Value;

/// How clearly another wish has to be expressed to count as a new goal: after a question of the agent, and else.
const CLEAR_DURING_QUESTION: u32 = 6;
const CLEAR: u32 = 4;

/// One call of a tool.
#[derive(Clone, Debug)]
pub struct Call {
    /// The tool.
    pub name: String,
    /// Its arguments.
    pub arguments: Value,
    /// What came back, once it is there.
    pub result: Option<String>,
}

impl Call {
    /// The reason of a failure: what follows `Error:`.
    pub fn error(&self) -> Option<&str> {
        self.result.as_deref()?.trim().strip_prefix("Error:").map(str::trim)
    }

    /// An argument's text.
    pub fn argument(&self, name: &str) -> Option<&str> {
        self.arguments.get(name).and_then(Value::as_str)
    }
}

/// Where a conversation stands.
#[derive(Clone, Debug, Default)]
pub struct Dialogue {
    /// What the user wants at the moment.
    pub wish: Option<Wish>,
    /// What they stated for it; the workspace also from before.
    pub facts: Facts,
    /// What they said since it came up, in order.
    pub user: Vec<String>,
    /// What the agent said since it came up, in order.
    pub agent: Vec<String>,
    /// The calls since it came up, in order.
    pub made: Vec<Call>,
    /// Calls in the whole conversation.
    pub calls: usize,
    /// Whether the last message is a tool's result.
    pub after_call: bool,
    /// What the user says besides the goal in their last message: thanks, that they give up, or that they want a
    /// person.
    pub aside: Option<Wish>,
}

impl Dialogue {
    /// Replays the messages of a request. Messages of unknown shape are passed over.
    pub fn replay(messages: &[Value]) -> Self {
        let mut dialogue = Self::default();
        for message in messages {
            match message.get("role").and_then(Value::as_str) {
                Some("user") => dialogue.hear(&text_of(message)),
                Some("assistant") => dialogue.recall(message),
                Some("tool" | "function") => dialogue.receive(message),
                _ => {}
            }
        }
        dialogue
    }

    fn hear(&mut self, text: &str) {
        self.after_call = false;
        self.aside = None;
        let question = self.agent.last().filter(|said| said.ends_with('?')).cloned().unwrap_or_default();
        let needed = if question.is_empty() { CLEAR } else { CLEAR_DURING_QUESTION };
        match wish(text) {
            Some((aside @ (Wish::Thanks | Wish::Person | Wish::Nothing), _))
                if self.wish.is_some() || aside == Wish::Person =>
            {
                self.aside = Some(aside);
            }
            Some((new, clearness)) if self.wish.is_none() || (self.wish != Some(new) && clearness >= needed) => {
                // What people complain about while they wait for a reset is the same wish.
                let same = self.wish == Some(Wish::Access) && matches!(new, Wish::Invitation | Wish::Invite);
                if !same {
                    let workspace = self.facts.workspace.take();
                    *self = Self { wish: Some(new), calls: self.calls, ..Self::default() };
                    self.facts.workspace = workspace;
                }
            }
            _ => {}
        }
        self.facts.learn(text, &question);
        self.user.push(text.to_string());
    }

    fn recall(&mut self, message: &Value) {
        self.after_call = false;
        let text = text_of(message);
        if !text.is_empty() {
            self.agent.push(text);
        }
        let calls = message.get("tool_calls").and_then(Value::as_array);
        for call in calls.into_iter().flatten() {
            let arguments = call.pointer("/function/arguments");
            let parsed = arguments.and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
            self.made.push(Call {
                name: call.pointer("/function/name").and_then(Value::as_str).unwrap_or_default().to_string(),
                arguments: parsed.or_else(|| arguments.cloned()).unwrap_or(Value::Null),
                result: None,
            });
            self.calls += 1;
        }
    }

    fn receive(&mut self, message: &Value) {
        // Results come in the order of their calls.
        if let Some(call) = self.made.iter_mut().find(|call| call.result.is_none()) {
            call.result = Some(text_of(message));
            self.after_call = true;
        }
    }

    /// The last call for this goal.
    pub fn last_call(&self) -> Option<&Call> {
        self.made.last()
    }

    /// How often the agent's texts for this goal mention `word`.
    pub fn times_said(&self, word: &str) -> usize {
        self.agent.iter().filter(|text| text.to_lowercase().contains(word)).count()
    }

    /// How often the last call was made in a row with the same arguments.
    pub fn repetitions(&self) -> usize {
        let Some(last) = self.made.last() else {
            return 0;
        };
        let same = |call: &&Call| call.name == last.name && call.arguments == last.arguments;
        self.made.iter().rev().take_while(same).count()
    }
}

/// The text of a message: its content, or the text parts of it.
pub fn text_of(message: &Value) -> String {
    match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
            texts.join(" ")
        }
        _ => String::new(),
    }
}
