//! Braintrust: spans of logs and experiments, as lines, arrays or pages (`events`). Rows of the interface have no ids of
//! spans and are traces of one span each. Answers of the query interface have their rows under `data`.

use super::Reason;
use super::dialect::{numeric, scalar, unpack};
use super::found::Found;
use super::observed::{self, Member as _, Raised, kept, nanos};
use super::table::{Format, Read};
use crate::clock::seconds_to_nanos;
use crate::trace::Role;
use crate::trace::fragment::{Address, Family, Fragment, Part, Score, Step, StepKind};
use crate::trace::message::Message;
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Braintrust",
    slug: "braintrust",
    about: "spans of logs and experiments, as JSONL, JSON, CSV or pages of the API; export spans, not one row per trace",
    is: |keys| {
        keys.any(&[
            "span_attributes",
            "span_parents",
            "root_span_id",
            "events[].span_attributes",
            "events[].root_span_id",
            "data[].span_attributes",
            "data[].root_span_id",
        ]) || keys.all(&["input", "output", "scores", "metrics"])
    },
    members: &["events", "data"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

fn fragments(record: &Value) -> Result<Found, Reason> {
    let list = record["events"].as_array().or_else(|| record["data"].as_array());
    let list = list.map_or(std::slice::from_ref(record), Vec::as_slice);
    let mut found = Found::default();
    list.iter().for_each(|item| found.item(|found| one(item, found)));
    Ok(found)
}

fn one(item: &Value, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let Value::Object(map) = item else {
        return Err(Reason::NotAConversation("a span is not an object".to_string()));
    };
    let Some(id) = map.text(&["span_id", "id"]) else {
        return Err(Reason::NotAConversation("a span has no id".to_string()));
    };
    let trace = map.text(&["root_span_id"]).unwrap_or_else(|| id.clone());
    let parents = map.at(&["span_parents"]).map(unpack);
    let parent = parents.as_deref().and_then(Value::as_array).and_then(|list| list.first()).and_then(scalar);
    // With ids of OpenTelemetry, the root has another id than its trace.
    let top = map.get("is_root") == Some(&Value::Bool(true)) || map.contains_key("span_parents");
    let parent = parent.or_else(|| (!top && trace != id).then(|| trace.clone()));
    let root = parent.is_none();
    let attributes = map.at(&["span_attributes"]).map(unpack).unwrap_or_default();
    let given = map.at(&["metadata"]).map(unpack).unwrap_or_default();
    let name = attributes.get("name").and_then(scalar).or_else(|| map.text(&["name"])).unwrap_or_default();
    // Judges look at the conversation and are no part of it, nor are the models that they ask.
    let judges = attributes.get("purpose").is_some_and(|purpose| purpose == "scorer");
    let kind = match attributes.get("type").and_then(Value::as_str).unwrap_or("") {
        "llm" if !judges => StepKind::Model,
        "tool" if !judges => StepKind::Tool,
        _ => StepKind::Other,
    };
    let metrics = map.at(&["metrics"]).map(unpack).unwrap_or_default();
    let metric = |name: &str| metrics.get(name).and_then(numeric);
    let moment = |name: &str| metric(name).and_then(seconds_to_nanos);
    let fact = |keys: &[&str]| given.as_object().and_then(|given| given.text(keys));
    let mut metadata = if root { kept(&given) } else { std::collections::BTreeMap::new() };
    let tags = map.at(&["tags"]).map(unpack);
    let tags: Vec<String> =
        tags.as_deref().and_then(Value::as_array).into_iter().flatten().filter_map(scalar).collect();
    if !tags.is_empty() {
        metadata.insert("tags".to_string(), tags.join(","));
    }
    let (input, output) = (map.at(&["input"]), map.at(&["output"]));
    let mut built = observed::step(kind, &name, (input, output), Raised(map.get("error")), root);
    instructions_first(&mut built.input);
    let step = Step {
        parent,
        start: moment("start").or_else(|| nanos(map.at(&["created"]))),
        end: moment("end"),
        user: fact(&["user_id", "userId", "user"]),
        agent: fact(&["agent", "agent_name"]),
        model: fact(&["model"]).filter(|_| kind == StepKind::Model),
        prompt_version: prompt_version(&given),
        cost: metric("estimated_cost").filter(|_| kind == StepKind::Model),
        metadata,
        ..built
    };
    let address = Address { session: observed::session_in(&given), trace: Some(trace), step: Some(id) };
    for (name, value) in map.at(&["scores"]).map(unpack).as_deref().and_then(Value::as_object).into_iter().flatten() {
        if let Some(value) = numeric(value) {
            let score = Score {
                id: None,
                name: name.clone(),
                value: Some(value),
                label: None,
                by: None,
                time: step.end.or(step.start),
            };
            found.push(Fragment { family: Family::Braintrust, address: address.clone(), part: Part::Score(score) });
        }
    }
    found.push(Fragment { family: Family::Braintrust, address, part: Part::Step(Box::new(step)) });
    Ok(())
}

/// The kit's wrapper of Anthropic puts the instructions, which stand beside the messages, after the last of them.
fn instructions_first(input: &mut [Message]) {
    let last = input.len().saturating_sub(1);
    if input.iter().position(|message| message.role == Role::System) == Some(last) {
        input.rotate_right(1);
    }
}

/// The prompt in a span's metadata with its version, by its name where it has one.
fn prompt_version(metadata: &Value) -> Option<String> {
    let given = metadata.as_object()?;
    let prompt = given.get("prompt").map(unpack);
    let prompt = prompt.as_deref().and_then(Value::as_object);
    let name = prompt
        .and_then(|prompt| prompt.text(&["name", "slug", "key", "id"]))
        .or_else(|| given.text(&["prompt_name", "prompt_slug"]));
    let version = prompt.and_then(|prompt| prompt.text(&["version"])).or_else(|| given.text(&["prompt_version"]));
    match (name, version) {
        (Some(name), Some(version)) => Some(format!("{name}@{version}")),
        (name, version) => version.or(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    #[test]
    fn spans_have_kinds_times_and_scores() {
        let records = [
            json!({"id": "1", "span_id": "root", "root_span_id": "root", "span_parents": null, "span_attributes": {"name": "agent", "type": "task"},
                "input": "hi", "output": "hello", "metadata": {"session_id": "S", "user_id": "u"}, "scores": {"good": 0.5}, "metrics": {"start": 1_785_000_000.0, "end": 1_785_000_002.0}}),
            json!({"id": "2", "span_id": "m", "root_span_id": "root", "span_parents": ["root"], "span_attributes": {"name": "gpt", "type": "llm"},
                "input": [{"role": "user", "content": "hi"}], "output": [{"finish_reason": "stop", "index": 0, "message": {"role": "assistant", "content": "hello"}}],
                "metadata": {"model": "gpt"}, "metrics": {"start": 1_785_000_000.5, "end": 1_785_000_001.0, "estimated_cost": 0.25}}),
            json!({"id": "3", "span_id": "t", "root_span_id": "root", "span_parents": ["root"], "span_attributes": {"name": "find", "type": "tool"},
                "input": {"q": 1}, "output": null, "error": "boom", "metrics": {"start": 1_785_000_000.7}}),
        ];
        let found: Vec<Fragment> = records.iter().flat_map(|record| fragments(record).unwrap().fragments).collect();
        let read = assemble(found).conversations;
        assert_eq!((read.len(), read[0].scores["good"], read[0].cost), (1, 0.5, Some(0.25)));
        assert_eq!(
            (read[0].external_id.as_deref(), read[0].user.as_deref(), read[0].model.as_deref()),
            (Some("S"), Some("u"), Some("gpt"))
        );
        assert!(read[0].calls().all(|(_, call)| call.error.is_some()));
        let version = |metadata: Value| prompt_version(&metadata);
        let named = json!({"prompt": {"id": "p", "name": "support", "version": 4}});
        assert_eq!(version(named).as_deref(), Some("support@4"));
        assert_eq!(version(json!({"prompt": {"id": "p"}})).as_deref(), Some("p"));
        assert_eq!(version(json!({"prompt": "free text", "prompt_version": "v2"})).as_deref(), Some("v2"));
        let flat = json!({"id": "9", "input": "hi", "output": "hello", "scores": {}, "metrics": {}, "metadata": {}});
        assert_eq!(assemble(fragments(&flat).unwrap().fragments).conversations[0].turns.len(), 2);
    }

    #[test]
    fn roots_have_other_ids_than_their_traces_and_judges_are_no_part() {
        // As newer kits write it, with ids of OpenTelemetry; the judge's purpose goes down to the models it asks.
        let span = |id: &str, parents: Value, attributes: Value, input: Value, output: Value| {
            json!({"id": id, "span_id": id, "root_span_id": "0af7651916cd43dd8448eb211c80319c", "span_parents": parents, "is_root": parents == json!([]),
                "span_attributes": attributes, "input": input, "output": output, "metadata": {}, "metrics": {"start": 1_785_000_000.0}})
        };
        let mut root = span(
            "00000000000000a1",
            json!([]),
            json!({"name": "answer", "type": "task"}),
            json!({"question": "hi"}),
            json!("hello"),
        );
        root["metadata"] = json!({"plan": "gold", "conversation_id": "S"});
        let judge = [
            span(
                "00000000000000a2",
                json!(["00000000000000a1"]),
                json!({"name": "fact", "type": "score", "purpose": "scorer"}),
                json!({"output": "hello"}),
                json!({"score": 1}),
            ),
            span(
                "00000000000000a3",
                json!(["00000000000000a2"]),
                json!({"name": "Chat Completion", "type": "llm", "purpose": "scorer"}),
                json!([{"role": "user", "content": "Is it true?"}]),
                json!([{"message": {"role": "assistant", "content": "A"}}]),
            ),
        ];
        let found: Vec<Fragment> =
            judge.iter().chain([&root]).flat_map(|record| fragments(record).unwrap().fragments).collect();
        let read = assemble(found).conversations;
        let texts: Vec<&str> = read[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!((read.len(), texts.as_slice()), (1, &["hi", "hello"][..]));
        assert_eq!((read[0].external_id.as_deref(), &*read[0].metadata["plan"]), (Some("S"), "gold"));
    }

    #[test]
    fn calls_of_anthropic_have_their_instructions_last() {
        let user = |text: &str| json!({"role": "user", "content": text});
        let system = json!({"role": "system", "content": "Be kind."});
        let used = json!([{"type": "text", "text": "Let me look."}, {"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}}]);
        let found =
            json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "none"}]});
        let call = |id: &str, start: f64, input: Value, output: Value| {
            json!({"id": id, "span_id": id, "root_span_id": "r", "span_parents": ["r"], "span_attributes": {"name": "anthropic.messages.create", "type": "llm"},
                "input": input, "output": output, "metadata": {"model": "claude", "provider": "anthropic"}, "metrics": {"start": start}})
        };
        let answered = json!({"role": "assistant", "content": used});
        let page = json!({"data": [
            call("2", 1_785_000_002.0, json!([user("hi"), answered, found, system]), json!([{"type": "text", "text": "Nothing."}])),
            call("1", 1_785_000_001.0, json!([user("hi"), system]), used)], "schema": {}});
        let reader = crate::trace::reader::Reader::open(std::io::Cursor::new(page.to_string())).unwrap();
        assert_eq!(reader.format().slug, "braintrust");
        let read = assemble(fragments(&page).unwrap().fragments).conversations;
        let texts: Vec<&str> = read[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!((read.len(), texts.as_slice()), (1, &["Be kind.", "hi", "Let me look.", "Nothing."][..]));
        assert_eq!(read[0].calls().next().unwrap().1.result.as_deref(), Some("none"));
    }
}
