//! A question and its answer in one record, as services log their calls without the messages around them. Records of one
//! session are one conversation, in the order of their times. `input` and `output` are not believed: they may be anybody's.

use super::Reason;
use super::dialect::{messages, numeric, scalar, text_of};
use super::found::Found;
use super::observed::{Member as _, nanos, session_in};
use super::table::{Format, Read};
use crate::digest::Digest;
use crate::trace::Role;
use crate::trace::fragment::{Address, Family, Fragment, Part, Step, StepKind};
use crate::trace::message::Message;
use serde_json::Value;

/// The names of what was asked.
const ASKED: [&str; 6] = ["prompt", "question", "query", "user_input", "user_message", "user_query"];
/// The names of what was answered.
const ANSWERED: [&str; 7] =
    ["response", "answer", "completion", "reply", "assistant_message", "bot_response", "ai_response"];
/// The names of what the agent is told.
const TOLD: [&str; 3] = ["system", "system_prompt", "instructions"];

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "questions and answers",
    slug: "pairs",
    about: "a question and its answer in each record (`prompt` and `response`, `question` and `answer`, …); those of one session are one conversation",
    is: |keys| keys.any(&ASKED) && keys.any(&ANSWERED),
    members: &[],
    envelope: &[],
    read: Read::Fragments(|record| fragment(record).map(|one| Found::from(vec![one]))),
};

fn fragment(record: &Value) -> Result<Fragment, Reason> {
    let Value::Object(map) = record else {
        return Err(Reason::NotAConversation("a record is not an object".to_string()));
    };
    let side = |keys: &[&str], speaker| map.at(keys).map(|said| messages(said, speaker)).unwrap_or_default();
    let (asked, output) = (side(&ASKED, Role::User), side(&ANSWERED, Role::Assistant));
    if asked.is_empty() || output.is_empty() {
        return Err(Reason::NotAConversation("it has no question or no answer".to_string()));
    }
    let told = map
        .at(&TOLD)
        .map(|told| text_of(Some(told)))
        .filter(|_| asked.iter().all(|message| message.role != Role::System));
    let mut input: Vec<Message> = told.map(|text| Message::new(Role::System, text)).into_iter().collect();
    input.extend(asked);
    let time = nanos(map.at(&["timestamp", "created_at", "createdAt", "time", "date", "created", "start_time"]));
    let step = Step {
        kind: StepKind::Model,
        start: time,
        end: time,
        user: map.text(&["user_id", "user", "userId", "end_user"]),
        agent: map.text(&["agent", "agent_name", "app"]),
        model: map.get("model").and_then(scalar),
        prompt_version: map.text(&["prompt_version"]),
        cost: ["cost", "cost_usd", "total_cost"].iter().find_map(|key| numeric(map.get(*key)?)),
        input,
        output,
        ..Step::default()
    };
    // The same record twice is one.
    let own = map.text(&["id", "request_id", "message_id", "run_id"]);
    let own = own.unwrap_or_else(|| Digest::of(serde_json::to_vec(&step).unwrap_or_default()).short(24));
    let address = Address { session: session_in(record), trace: Some(own.clone()), step: Some(own) };
    Ok(Fragment { family: Family::Calls, address, part: Part::Step(Box::new(step)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    #[test]
    fn questions_of_one_session_are_one_conversation() {
        let records = [
            json!({"session_id": "S", "prompt": "more", "response": "sure", "timestamp": "2026-01-01T00:00:09Z"}),
            json!({"session_id": "S", "prompt": "hi", "response": "hello", "timestamp": "2026-01-01T00:00:00Z", "system_prompt": "Be kind.", "cost": "0.5"}),
            json!({"question": "hi", "answer": {"text": "hello"}}),
        ];
        let read = assemble(records.iter().map(|record| fragment(record).unwrap())).conversations;
        let mut texts: Vec<Vec<&str>> =
            read.iter().map(|one| one.turns.iter().map(|turn| turn.text.as_str()).collect()).collect();
        texts.sort_by_key(Vec::len);
        assert_eq!(texts, [vec!["hi", "hello"], vec!["Be kind.", "hi", "hello", "more", "sure"]]);
        assert!(fragment(&json!({"prompt": "hi", "response": null})).is_err());
    }
}
