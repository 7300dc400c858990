//! The question whether two intents are one, with requests of both. The answer is a suggestion, never a merge.

use super::said::Said;
use crate::intent::IntentId;
use crate::llm::{Instructions, Request, Schema, Stage};
use serde_json::{Value, json};

/// Requests of each that the model sees.
const EXEMPLARS: usize = 8;

/// Two intents, the lower id first.
#[derive(Clone, Debug)]
pub(super) struct PairQuestion {
    pub(super) first: IntentId,
    pub(super) second: IntentId,
}

/// The question about two intents.
pub(super) fn question(
    (first, second): (&IntentId, &IntentId),
    said: &Said<'_>,
    instructions: &Instructions,
) -> (PairQuestion, Request) {
    let input = |most| json!({"first": said.quoted(first, most), "second": said.quoted(second, most)}).to_string();
    let request = Request {
        stage: Stage::Name,
        about: format!("intents {first} and {second}"),
        instructions: instructions.clone(),
        input: input(EXEMPLARS),
        shorter_input: Some(input(EXEMPLARS / 4)),
        shape: "same_intent",
        schema: Schema::Object(vec![("same", Schema::Truth)]),
        max_output: 30,
        repeat: 0,
    };
    (PairQuestion { first: first.clone(), second: second.clone() }, request)
}

/// Whether the model takes them for one.
pub(super) fn same(reply: &Value) -> bool {
    reply.get("same").and_then(Value::as_bool).unwrap_or(false)
}
