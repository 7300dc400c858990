//! What OpenAI gives back: lines of a batch's output and input files, which belong together by `custom_id`, and stored
//! responses and completions. A response does not repeat what came before it; the one that it follows is named.

use super::Reason;
use super::dialect::{messages, scalar, text_of, unpack};
use super::found::Found;
use super::observed::nanos;
use super::table::{Format, Read};
use crate::trace::Role;
use crate::trace::fragment::{Address, Facts, Family, Fragment, Part, Step, StepKind};
use crate::trace::message::Message;
use serde_json::{Value, json};

/// The row of the table for batches.
pub(super) const BATCH: Format = Format {
    name: "OpenAI batches",
    slug: "openai-batch",
    about: "lines of a batch's output, error and input files; a question and its answer are joined by `custom_id`",
    is: |keys| keys.has("custom_id") && keys.any(&["response", "body", "error", "params", "result"]),
    members: &[],
    envelope: &[],
    read: Read::Fragments(|record| batch(record).map(Found::from)),
};

/// The row of the table for stored responses and completions.
pub(super) const RESPONSES: Format = Format {
    name: "OpenAI responses",
    slug: "openai-responses",
    about: "stored responses and completions, alone or as a list",
    is: |keys| {
        matches!(keys.text("object"), Some("response" | "chat.completion"))
            || matches!(keys.text("data[].object"), Some("response" | "chat.completion"))
            || matches!(keys.text("[].object"), Some("response" | "chat.completion"))
    },
    members: &["data"],
    envelope: &[],
    read: Read::Fragments(responses),
};

fn batch(record: &Value) -> Result<Vec<Fragment>, Reason> {
    let Some(id) = record.get("custom_id").and_then(scalar) else {
        return Err(Reason::NotAConversation("the line has no `custom_id`".to_string()));
    };
    let address = |step: &str| Address { session: None, trace: Some(id.clone()), step: Some(step.to_string()) };
    let mut step = Step { kind: StepKind::Model, ..Step::default() };
    if let Some(body) = record.get("body").or_else(|| record.get("params")) {
        // The question: the answer may be in another file.
        step.input = asked(body);
        step.model = body.get("model").and_then(scalar);
    } else {
        // Anthropic's batches name the same differently.
        let body = record.pointer("/response/body").or_else(|| record.pointer("/result/message"));
        let body = body.map(unpack).unwrap_or_default();
        step.output = messages(&body, Role::Assistant);
        step.model = body.get("model").and_then(scalar);
        step.reply = body.get("id").and_then(scalar);
        step.end = nanos(body.get("created").or_else(|| body.get("created_at")));
        let status = record.pointer("/response/status_code").and_then(Value::as_i64);
        step.failed = record.get("error").is_some_and(|error| !error.is_null())
            || status.is_some_and(|status| status >= 400)
            || record.pointer("/result/type").is_some_and(|kind| kind != "succeeded");
        if step.failed {
            // An error is no answer.
            step.output.clear();
        }
    }
    Ok(vec![Fragment { family: Family::OpenAi, address: address("answer"), part: Part::Step(Box::new(step)) }])
}

fn responses(record: &Value) -> Result<Found, Reason> {
    let list = record["data"].as_array().map_or(std::slice::from_ref(record), Vec::as_slice);
    let mut found = Found::default();
    for item in list {
        found.item(|found| response(item).map(|fragments| found.extend(fragments)));
    }
    Ok(found)
}

fn response(record: &Value) -> Result<Vec<Fragment>, Reason> {
    let Some(id) = record.get("id").and_then(scalar) else {
        return Err(Reason::NotAConversation("it has no `id`".to_string()));
    };
    let session = record.pointer("/conversation/id").or_else(|| record.get("conversation")).and_then(scalar);
    let step = Step {
        kind: StepKind::Model,
        follows: record.get("previous_response_id").and_then(scalar),
        start: nanos(record.get("created_at").or_else(|| record.get("created"))),
        end: nanos(record.get("completed_at").or_else(|| record.get("created_at")).or_else(|| record.get("created"))),
        model: record.get("model").and_then(scalar),
        prompt_version: record.pointer("/prompt/id").and_then(scalar).map(|prompt| {
            let version = record.pointer("/prompt/version").and_then(scalar);
            version.map_or(prompt.clone(), |version| format!("{prompt}@{version}"))
        }),
        user: record.get("user").or_else(|| record.get("safety_identifier")).and_then(scalar),
        input: asked(record),
        output: record
            .get("output")
            .map(|output| messages(output, Role::Assistant))
            // Without the messages that a stored completion may have beside its choices.
            .or_else(|| Some(messages(&json!({"choices": record.get("choices")?}), Role::Assistant)))
            .unwrap_or_default(),
        failed: record["status"] == "failed" || record.get("error").is_some_and(|error| !error.is_null()),
        ..Step::default()
    };
    let address = Address { session, trace: None, step: Some(id) };
    let mut found = Vec::new();
    let facts: std::collections::BTreeMap<String, String> = record["metadata"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), scalar(value)?)))
        .collect();
    if !facts.is_empty() {
        let part = Part::Facts(Facts { metadata: facts, ..Facts::default() });
        found.push(Fragment { family: Family::OpenAi, address: address.clone(), part });
    }
    found.push(Fragment { family: Family::OpenAi, address, part: Part::Step(Box::new(step)) });
    Ok(found)
}

/// What a request or a response that repeats its request was asked.
fn asked(body: &Value) -> Vec<Message> {
    let mut found = Vec::new();
    if let Some(text) = body.get("instructions").or_else(|| body.get("system")).filter(|text| !text.is_null()) {
        found.push(Message::new(Role::System, text_of(Some(text))));
    }
    if let Some(input) = body.get("messages").or_else(|| body.get("input")) {
        found.extend(messages(input, Role::User));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;

    #[test]
    fn questions_and_answers_of_a_batch_are_joined() {
        let question = json!({"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions",
            "body": {"model": "m", "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}]}});
        let answer = json!({"id": "b", "custom_id": "r1", "error": null, "response": {"status_code": 200,
            "body": {"id": "c", "object": "chat.completion", "created": 1_700_000_000, "choices": [{"message": {"role": "assistant", "content": "hello"}}]}}});
        let both: Vec<Fragment> = [batch(&answer).unwrap(), batch(&question).unwrap()].concat();
        let read = assemble(both).conversations;
        assert_eq!((read.len(), read[0].turns.len()), (1, 3));
        let asked = json!({"custom_id": "r3", "params": {"model": "m", "system": "Be kind.", "messages": [{"role": "user", "content": "hi"}]}});
        let told = json!({"custom_id": "r3", "result": {"type": "succeeded", "message": {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "hello"}]}}});
        let read = assemble([batch(&told).unwrap(), batch(&asked).unwrap()].concat()).conversations;
        assert_eq!((read.len(), read[0].turns.len()), (1, 3));
        let stored = json!({"id": "c", "object": "chat.completion", "messages": [{"role": "user", "content": "hi"}], "choices": [{"message": {"role": "assistant", "content": "hello"}}]});
        let read = assemble(responses(&stored).unwrap().fragments).conversations;
        assert_eq!((read[0].turns[0].role, &*read[0].turns[1].text), (Role::User, "hello"));
        let failed = json!({"custom_id": "r2", "response": {"status_code": 500, "body": {"error": {"message": "no"}}}});
        let Part::Step(step) = &batch(&failed).unwrap()[0].part else { panic!() };
        assert!(step.failed && step.output.is_empty());
    }

    #[test]
    fn responses_follow_the_one_that_they_name() {
        let said = |id: &str, previous: Option<&str>, asked: &str, text: &str, at: i64| {
            json!({"id": id, "object": "response", "previous_response_id": previous, "created_at": at, "instructions": "Be kind.",
                "input": [{"role": "user", "content": asked}], "metadata": {"plan": "gold"},
                "output": [{"type": "reasoning"}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}]})
        };
        let records =
            [said("2", Some("1"), "more", "sure", 1_700_000_100), said("1", None, "hi", "hello", 1_700_000_000)];
        let found: Vec<Fragment> = records.iter().flat_map(|record| responses(record).unwrap().fragments).collect();
        let read = assemble(found).conversations;
        assert_eq!(read.len(), 1);
        let texts: Vec<&str> = read[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["Be kind.", "hi", "hello", "more", "sure"]);
        assert_eq!(read[0].metadata["plan"], "gold");
    }
}
