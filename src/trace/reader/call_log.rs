//! Logs of single calls of a model: request and reply beside each other, as LiteLLM, gateways and loggers around the
//! Anthropic and OpenAI libraries write them. Calls of one conversation repeat its beginning, so that they find each
//! other by it; where a record names a session, that counts.

use super::Reason;
use super::dialect::{messages, numeric, scalar, string, text_of, unpack};
use super::found::Found;
use super::observed::nanos;
use super::table::{Format, Read};
use crate::clock::seconds_to_nanos;
use crate::digest::Digest;
use crate::trace::Role;
use crate::trace::fragment::{Address, Family, Fragment, Part, Step, StepKind};
use crate::trace::message::{Message, is_failure};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "model call logs",
    slug: "call-log",
    about: "requests and replies of single model calls, as LiteLLM, gateways and loggers write them",
    is: |keys| {
        keys.all(&["messages[].role", "response"])
            // LiteLLM keeps both sides in text, and the request beside the messages.
            || keys.all(&["messages", "response"]) && keys.any(&["call_type", "proxy_server_request"])
            || keys.any(&[
                "request.messages[]",
                "request_body.messages[]",
                "request.input",
                "request.contents[]",
                "request.body.messages[]",
                "request.body.input",
            ])
                && keys.any(&["response", "response_body"])
    },
    members: &[],
    envelope: &[],
    read: Read::Fragments(|record| fragments(record).map(Found::from)),
};

/// Where loggers put the ids of conversations.
const SESSIONS: [&str; 8] = [
    "session_id",
    "sessionId",
    "conversation_id",
    "conversationId",
    "thread_id",
    "threadId",
    "litellm_session_id",
    "chat_id",
];

fn fragments(record: &Value) -> Result<Vec<Fragment>, Reason> {
    let Value::Object(record) = record else {
        return Err(Reason::NotAConversation("a call is not an object".to_string()));
    };
    let record = &*opened(record);
    let side = |keys: &[&str]| keys.iter().find_map(|key| record.get(*key)).map(unpack);
    let request = side(&["request", "request_body", "proxy_server_request"]);
    // LiteLLM's own copy of a request may be empty, or have the web's request around it.
    let request = request.filter(|request| request.as_object().is_some_and(|map| !map.is_empty()));
    let request = request.map(|request| match request.get("body") {
        Some(body) if body.is_object() && request.get("messages").is_none() => Cow::Owned(body.clone()),
        _ => request,
    });
    let given = request.as_deref().and_then(Value::as_object).unwrap_or(record);
    let reply = side(&["response", "response_body"]).unwrap_or_default();
    let reply = reply.get("body").map_or(Cow::Borrowed(reply.as_ref()), unpack);
    let mut input = said(given);
    // Some keep the conversation beside a request that holds only settings.
    if input.is_empty() && record.contains_key("messages") {
        input = said(record);
    }
    let output = messages(&reply, Role::Assistant);
    if input.is_empty() && output.is_empty() {
        return Err(Reason::NotAConversation("the call has neither messages nor a reply".to_string()));
    }
    let facts = Facts { record, given };
    let reply_id = reply.get("id").and_then(scalar);
    let ended = first_moment(record, &["timestamp", "end_time", "endTime", "created_at", "created", "time"])
        .or_else(|| nanos(reply.get("created")));
    let latency = ["latency_sec", "latency", "duration"].iter().find_map(|key| numeric(record.get(*key)?));
    let started =
        first_moment(record, &["start_time", "startTime"]).or_else(|| ended?.checked_sub(seconds_to_nanos(latency?)?));
    let session = facts.find(&SESSIONS);
    let trace = session.is_none().then(|| opening(&input, &output));
    let step = Step {
        kind: StepKind::Model,
        start: started.or(ended),
        end: ended,
        user: facts.find(&[
            "user_id",
            "end_user",
            "user",
            "userId",
            "user_api_key_end_user_id",
            "user_api_key_user_id",
        ]),
        agent: facts.find(&["agent", "agent_name", "app"]),
        model: reply
            .get("model")
            .and_then(scalar)
            .or_else(|| string(given, &["model"]))
            .or_else(|| string(record, &["model"])),
        prompt_version: facts.find(&["prompt_version"]),
        failed: record.get("error").is_some_and(|error| !error.is_null())
            || reply.get("error").is_some_and(|error| !error.is_null())
            || record.get("status").and_then(Value::as_str).is_some_and(is_failure),
        cost: ["cost", "response_cost", "cost_usd", "total_cost", "spend"]
            .iter()
            .find_map(|key| numeric(record.get(*key)?)),
        reply: reply_id.clone(),
        input,
        output,
        ..Step::default()
    };
    let id = reply_id.or_else(|| string(record, &["id", "request_id", "call_id"]));
    // Without any id the same call logged twice is one.
    let id = id.unwrap_or_else(|| Digest::of(serde_json::to_vec(&step).unwrap_or_default()).short(24));
    let address = Address { session, trace, step: Some(id) };
    Ok(vec![Fragment { family: Family::Calls, address, part: Part::Step(Box::new(step)) }])
}

/// The record with its metadata opened, where they are in text.
fn opened(record: &Map<String, Value>) -> Cow<'_, Map<String, Value>> {
    match record.get("metadata").filter(|metadata| metadata.is_string()).map(unpack) {
        Some(Cow::Owned(inner)) => {
            let mut record = record.clone();
            record.insert("metadata".to_string(), inner);
            Cow::Owned(record)
        }
        _ => Cow::Borrowed(record),
    }
}

/// The messages of a request, in whichever vendor's form.
fn said(request: &Map<String, Value>) -> Vec<Message> {
    let only = |keys: &[&str]| {
        let kept = keys.iter().filter_map(|key| Some(((*key).to_string(), request.get(*key)?.clone())));
        Value::Object(kept.collect())
    };
    let value = if request.contains_key("messages") {
        only(&["messages", "system"])
    } else if request.contains_key("contents") {
        only(&["contents", "systemInstruction", "system_instruction", "config"])
    } else if let Some(input) = request.get("input") {
        let mut found: Vec<Message> = request
            .get("instructions")
            .map(|text| Message::new(Role::System, text_of(Some(text))))
            .into_iter()
            .collect();
        found.extend(messages(input, Role::User));
        return found;
    } else {
        only(&["prompt"])
    };
    if value.as_object().is_none_or(Map::is_empty) { Vec::new() } else { messages(&value, Role::User) }
}

/// What all calls of one conversation begin with: the system text and the first message.
fn opening(input: &[Message], output: &[Message]) -> String {
    let system = input.iter().take_while(|message| message.role == Role::System);
    let first = input.iter().find(|message| message.role != Role::System).or(output.first());
    let texts: Vec<&[u8]> = system.chain(first).map(|message| message.text.trim().as_bytes()).collect();
    Digest::of_fields(texts).short(32)
}

/// Facts beside the request, in its metadata or in that of the library around it.
struct Facts<'a> {
    record: &'a Map<String, Value>,
    given: &'a Map<String, Value>,
}

impl Facts<'_> {
    fn find(&self, keys: &[&str]) -> Option<String> {
        let inner = |map: &'_ Map<String, Value>, path: &[&str]| -> Option<String> {
            let mut at = map;
            for key in path {
                at = at.get(*key)?.as_object()?;
            }
            keys.iter().find_map(|key| at.get(*key).and_then(scalar).filter(|text| !text.is_empty()))
        };
        let paths: [&[&str]; 7] = [
            &[],
            &["metadata"],
            &["kwargs", "metadata"],
            &["kwargs", "extra_body", "metadata"],
            &["litellm_params", "metadata"],
            &["metadata", "requester_metadata"],
            &["metadata", "spend_logs_metadata"],
        ];
        paths.iter().find_map(|path| inner(self.record, path).or_else(|| inner(self.given, path)))
    }
}

fn first_moment(record: &Map<String, Value>, keys: &[&str]) -> Option<i64> {
    keys.iter().find_map(|key| nanos(record.get(*key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    #[test]
    fn calls_find_each_other_by_how_they_begin() {
        let call = |id: &str, messages: Value, reply: &str| {
            json!({"messages": messages, "timestamp": 1_700_000_000, "latency_sec": 1.5, "cost": 0.5,
                "response": {"id": id, "model": "m", "choices": [{"message": {"role": "assistant", "content": reply}}]}})
        };
        let (system, hi) = (json!({"role": "system", "content": "Be kind."}), json!({"role": "user", "content": "hi"}));
        let records = [
            call("1", json!([system, hi]), "hello"),
            call(
                "2",
                json!([system, hi, {"role": "assistant", "content": "hello"}, {"role": "user", "content": "more"}]),
                "sure",
            ),
            call("3", json!([system, {"role": "user", "content": "other"}]), "yes"),
        ];
        let found: Vec<Fragment> = records.iter().flat_map(|record| fragments(record).unwrap()).collect();
        assert_eq!(found[0].address.trace, found[1].address.trace);
        assert_ne!(found[0].address.trace, found[2].address.trace);
        let together = assemble(found[..2].to_vec()).conversations;
        assert_eq!((together.len(), together[0].turns.len(), together[0].cost), (1, 5, Some(1.0)));
    }

    #[test]
    fn spend_logs_of_litellm_keep_all_in_text() {
        let said = json!([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}]);
        let response =
            json!({"id": "c", "model": "m", "choices": [{"message": {"role": "assistant", "content": "hello"}}]});
        for (messages, request) in [
            (json!("{}"), json!({"model": "m", "messages": said}).to_string()),
            (json!(said.to_string()), "{}".to_string()),
            (json!({}), json!({"url": "x", "body": {"model": "m", "messages": said}}).to_string()),
        ] {
            let found = fragments(&json!({"request_id": "c", "session_id": "S", "call_type": "acompletion", "spend": 0.5, "user": "", "end_user": "eve",
                "metadata": "{\"user_api_key_alias\": null}", "messages": messages, "response": response.to_string(), "proxy_server_request": request}))
            .unwrap();
            let Part::Step(step) = &found[0].part else { panic!() };
            let texts: Vec<&str> = step.input.iter().chain(&step.output).map(|message| message.text.as_str()).collect();
            assert_eq!(texts, ["Be kind.", "hi", "hello"]);
            assert_eq!(
                (step.user.as_deref(), step.cost, found[0].address.session.as_deref()),
                (Some("eve"), Some(0.5), Some("S"))
            );
        }
    }

    #[test]
    fn anthropic_requests_and_text_in_text_are_read() {
        let record = json!({
            "request": {"model": "claude", "system": [{"type": "text", "text": "Be kind."}], "metadata": {"user_id": "u"},
                "messages": [{"role": "user", "content": "hi"}]},
            "response": "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"hello\"}]}",
            "session_id": "s"});
        let found = fragments(&record).unwrap();
        let Part::Step(step) = &found[0].part else { panic!() };
        let roles: Vec<Role> = step.input.iter().chain(&step.output).map(|message| message.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant]);
        assert_eq!((step.user.as_deref(), found[0].address.session.as_deref()), (Some("u"), Some("s")));
        assert!(fragments(&json!({"request": {}, "response": {}})).is_err());
    }
}
