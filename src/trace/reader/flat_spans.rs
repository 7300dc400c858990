//! Spans that each stand alone as a record: of Phoenix (its interface and its command line), of the Python SDK's console
//! exporter, rows of Logfire, and plain dictionaries of spans as test suites and home-made exporters write them.

use super::Reason;
use super::dialect::{scalar, unpack};
use super::found::Found;
use super::observed::Member as _;
use super::otlp;
use super::span::{self, Event, Span};
use super::table::{Format, Read};
use crate::trace::fragment::{Address, Family, Fragment, Part, Score};
use serde_json::{Map, Value};

/// The row of the table for Phoenix.
pub(super) const PHOENIX: Format = Format {
    name: "Phoenix",
    slug: "phoenix",
    about: "spans of Arize Phoenix: JSONL of its interface, traces of its command line, CSV of its data frames",
    is: |keys| {
        keys.all(&["context.trace_id", "context.span_id"]) && keys.any(&["span_kind", "name"]) && !keys.has("resource")
            || keys.all(&["traceId", "spans[].context"])
            || keys.all(&["traceId", "spans[].span_kind"])
    },
    members: &[],
    envelope: &[],
    read: Read::Fragments(fragments),
};

/// The row of the table for the console exporter.
pub(super) const CONSOLE: Format = Format {
    name: "OpenTelemetry console spans",
    slug: "otel-console",
    about: "what the console exporter of the Python SDK prints",
    is: |keys| keys.all(&["context.trace_id", "context.span_id", "resource"]),
    members: &[],
    envelope: &[],
    read: Read::Fragments(fragments),
};

/// The row of the table for Logfire.
pub(super) const LOGFIRE: Format = Format {
    name: "Logfire",
    slug: "logfire",
    about: "rows of records, as JSON, JSONL or CSV",
    is: |keys| {
        keys.all(&["trace_id", "span_id"]) && keys.any(&["start_timestamp", "otel_scope_name"])
            || keys.all(&["rows[].trace_id", "rows[].span_id"])
            || keys.all(&["data[].trace_id", "data[].span_id", "data[].start_timestamp"])
    },
    members: &["rows", "data"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

/// The row of the table for plain spans.
pub(super) const PLAIN: Format = Format {
    name: "OpenTelemetry spans",
    slug: "otel-spans",
    about: "single spans with `trace_id`, `span_id` and `attributes`, as home-made exporters write them",
    is: |keys| {
        keys.all(&["trace_id", "span_id"]) && keys.any(&["attributes", "span_attributes", "scope"])
            || keys.all(&["traceId", "spanId"]) && keys.any(&["attributes", "tags"])
            // The JavaScript SDK's console and Zipkin.
            || keys.all(&["traceId", "id", "timestamp", "name"]) && keys.any(&["attributes", "tags"])
            || keys.all(&["spans[].span_id", "spans[].trace_id"])
    },
    members: &["spans"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

fn fragments(record: &Value) -> Result<Found, Reason> {
    let Value::Object(map) = record else {
        return Err(Reason::NotAConversation("a span is not an object".to_string()));
    };
    let list = ["spans", "rows", "data"].iter().find_map(|key| map.get(*key)?.as_array());
    let Some(list) = list else { return one(map).map(Found::from) };
    let mut found = Found::default();
    for item in list {
        found.item(|found| {
            let item = item.as_object();
            let item = item.ok_or_else(|| Reason::NotAConversation("a span is not an object".to_string()))?;
            one(item).map(|fragments| found.extend(fragments))
        });
    }
    let trace = map.at(&["traceId", "trace_id"]).and_then(span::id);
    found.fragments.extend(annotations(map.get("annotations"), &Address { trace, ..Address::default() }));
    Ok(found)
}

fn one(map: &Map<String, Value>) -> Result<Vec<Fragment>, Reason> {
    let none = Map::new();
    let context = map.get("context").and_then(Value::as_object).unwrap_or(&none);
    let id = |keys: &[&str], dotted: &str| {
        context.at(keys).or_else(|| map.at(keys)).or_else(|| map.get(dotted)).and_then(span::id)
    };
    // Phoenix has an id of its own beside the span's.
    let short = || map.get("id").filter(|_| map.contains_key("traceId")).and_then(span::id);
    let (Some(trace), Some(own)) = (
        id(&["trace_id", "traceId"], "context.trace_id"),
        id(&["span_id", "spanId"], "context.span_id").or_else(short),
    ) else {
        return Err(Reason::NotAConversation("a span has no id of its trace or of its own".to_string()));
    };
    let mut attributes = map
        .at(&["attributes", "span_attributes"])
        .or_else(|| map.get("tags").filter(|tags| tags.is_object()))
        .map(|given| otlp::attributes(Some(unpack(given).as_ref())))
        .unwrap_or_default();
    flatten(&mut attributes);
    // Columns of a data frame.
    for (key, value) in map {
        if let Some(name) = key.strip_prefix("attributes.") {
            attributes.insert(name.to_string(), cell(name, value));
        }
    }
    flatten(&mut attributes);
    let kind = map
        .text(&["span_kind"])
        .filter(|kind| !kind.contains("SpanKind") && !attributes.contains_key("openinference.span.kind"));
    attributes.extend(kind.map(|kind| ("openinference.span.kind".to_string(), Value::String(kind))));
    let status = |value: &Value| {
        span::is_error(value) || value.get("status_code").or_else(|| value.get("code")).is_some_and(span::is_error)
    };
    let failed = map.get("status").is_some_and(status)
        || map.at(&["status_code", "otel_status_code"]).is_some_and(span::is_error)
        || map.text(&["is_exception"]).is_some_and(|said| said.eq_ignore_ascii_case("true"));
    if map.get("kind").is_some_and(|kind| kind == "pending_span") {
        attributes.insert("logfire.span_type".to_string(), Value::from("pending_span"));
    }
    if let Some(tags) = map.at(&["tags"]) {
        attributes.entry("logfire.tags").or_insert_with(|| tags.clone());
    }
    let reason = map.get("status").and_then(|status| status.get("message").or_else(|| status.get("description")));
    let reason = reason.or_else(|| map.at(&["status_message", "otel_status_message", "exception_message"]));
    let listed = map.at(&["span_events", "events", "otel_events"]).map(unpack);
    let events = listed.as_deref().and_then(Value::as_array).into_iter().flatten().map(Event::of).collect();
    let address = Address { session: None, trace: Some(trace.clone()), step: Some(own.clone()) };
    let mut found = vec![span::fragment(Span {
        trace,
        id: own,
        parent: map
            .at(&["parent_id", "parent_span_id", "parentSpanId", "parentId"])
            .or_else(|| ["parent", "parentSpanContext"].iter().find_map(|key| inside(map.get(*key)?)))
            .and_then(span::id),
        name: map.text(&["name", "span_name"]).unwrap_or_default(),
        start: span::nanos(map.at(&[
            "start_time",
            "start_timestamp",
            "startTime",
            "startTimeUnixNano",
            "start_time_unix_nano",
            "timestamp",
        ])),
        end: span::nanos(map.at(&["end_time", "end_timestamp", "endTime", "endTimeUnixNano", "end_time_unix_nano"])),
        failed,
        reason: reason.and_then(scalar),
        attributes,
        events,
        resource: resource(map),
    })];
    for key in ["span_annotations", "annotations", "trace_annotations"] {
        found.extend(annotations(map.get(key), &address));
    }
    Ok(found)
}

/// The value of a column: in tables, lists of messages are texts as Python prints lists, or arrays without commas.
fn cell(name: &str, value: &Value) -> Value {
    match value {
        Value::String(text) if matches!(name, "llm.input_messages" | "llm.output_messages") => {
            let read = unpack(value);
            if read.is_string() {
                return unpack(&Value::String(text.replace("}\n {", "}, {"))).into_owned();
            }
            read.into_owned()
        }
        other => other.clone(),
    }
}

/// What is known of what emitted a span.
fn resource(map: &Map<String, Value>) -> Map<String, Value> {
    let given = map
        .get("resource")
        .map(|resource| resource.get("attributes").unwrap_or(resource))
        .or_else(|| map.get("otel_resource_attributes"));
    let mut resource = given.map(unpack).and_then(|given| given.as_object().cloned()).unwrap_or_default();
    for (name, key) in [
        ("service.name", "service_name"),
        ("service.version", "service_version"),
        ("deployment.environment", "deployment_environment"),
    ] {
        resource.extend(map.get(key).filter(|value| !value.is_null()).map(|value| (name.to_string(), value.clone())));
    }
    resource
}

/// The id of a span in its context.
fn inside(context: &Value) -> Option<&Value> {
    ["span_id", "spanId"].iter().find_map(|key| context.get(*key))
}

/// Phoenix's judgements on a span or a trace.
fn annotations(value: Option<&Value>, address: &Address) -> Vec<Fragment> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    let scored = list.filter_map(|item| {
        let result = item.get("result").unwrap_or(item);
        let score = Score {
            id: item.get("id").and_then(scalar),
            name: item.get("name").and_then(scalar)?,
            value: result.get("score").and_then(super::dialect::numeric),
            label: result.get("label").and_then(scalar),
            by: item
                .get("annotator_kind")
                .and_then(scalar)
                .map(|kind| if kind == "LLM" { "model".to_string() } else { kind.to_lowercase() }),
            time: span::nanos(item.get("updated_at").or_else(|| item.get("created_at"))),
        };
        Some(Fragment { family: Family::Otel, address: address.clone(), part: Part::Score(score) })
    });
    scored.collect()
}

/// Levels of nested attributes that are made flat.
const DEEPEST: usize = 8;

/// Makes nested attributes flat, where an exporter nested what is flat in the conventions: objects by dotted names,
/// lists of objects by number.
fn flatten(attributes: &mut Map<String, Value>) {
    let nested: Vec<String> =
        attributes.iter().filter(|(key, value)| is_nested(key, value)).map(|(key, _)| key.clone()).collect();
    for key in nested {
        if let Some(value) = attributes.remove(&key) {
            spread(key, value, 0, attributes);
        }
    }
}

/// Whether an attribute holds what the conventions spread over several.
fn is_nested(key: &str, value: &Value) -> bool {
    const CONVENTIONS: [&str; 12] = [
        "llm",
        "gen_ai",
        "openinference",
        "input",
        "output",
        "tool",
        "session",
        "user",
        "ai",
        "agent",
        "langfuse",
        "traceloop",
    ];
    if matches!(key, "input" | "output") {
        return value.get("value").is_some();
    }
    let conventional = key.split('.').next().is_some_and(|first| CONVENTIONS.contains(&first));
    let listed = || value.as_array().is_some_and(|list| key.starts_with("llm.") && list.iter().any(Value::is_object));
    // Messages and arguments are values, not names.
    conventional && (value.is_object() || listed()) && !key.ends_with(".messages") && !key.contains(".tool.call.")
}

fn spread(name: String, value: Value, depth: usize, into: &mut Map<String, Value>) {
    match value {
        Value::Object(map) if depth < DEEPEST && !is_value(&name) => {
            for (key, value) in map {
                spread(format!("{name}.{key}"), value, depth + 1, into);
            }
        }
        Value::Array(list) if depth < DEEPEST && list.iter().any(Value::is_object) && !is_value(&name) => {
            for (index, value) in list.into_iter().enumerate() {
                spread(format!("{name}.{index}"), value, depth + 1, into);
            }
        }
        other => {
            into.insert(name, other);
        }
    }
}

/// Names under which an object is what was said or given.
fn is_value(name: &str) -> bool {
    ["arguments", "value", "messages", "json_schema", "result", "parameters", "invocation_parameters"]
        .iter()
        .any(|end| name.ends_with(end))
        && !matches!(name, "llm.input_messages" | "llm.output_messages")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Role;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    fn texts(records: &[Value]) -> Vec<String> {
        let found: Vec<Fragment> = records.iter().flat_map(|record| fragments(record).unwrap().fragments).collect();
        let read = assemble(found).conversations;
        assert_eq!(read.len(), 1, "{read:?}");
        read[0].turns.iter().map(|turn| turn.text.clone()).collect()
    }

    #[test]
    fn spans_of_phoenix_are_read_with_their_annotations() {
        let record = json!({"id": "x", "name": "ChatOpenAI", "context": {"trace_id": "t", "span_id": "s"}, "span_kind": "LLM", "parent_id": null,
            "start_time": "2026-01-01T00:00:00+00:00", "end_time": "2026-01-01T00:00:01+00:00", "status_code": "OK",
            "attributes": {"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "hi",
                "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "hello", "session.id": "S"},
            "events": [], "span_annotations": [{"name": "correct", "annotator_kind": "HUMAN", "result": {"score": 1.0, "label": "yes"}}]});
        let found = fragments(&record).unwrap().fragments;
        let read = assemble(found).conversations;
        assert_eq!(
            (read[0].turns.len(), read[0].scores["correct"], read[0].external_id.as_deref()),
            (2, 1.0, Some("S"))
        );
        let nested = json!({"context.trace_id": "t", "context.span_id": "s", "name": "x", "span_kind": "LLM",
            "attributes.llm.input_messages": [{"message": {"role": "user", "content": "hi"}}],
            "attributes.llm.output_messages": [{"message": {"role": "assistant", "content": "hello"}}]});
        assert_eq!(texts(&[nested]), ["hi", "hello"]);
        let printed = json!({"context.trace_id": "t", "context.span_id": "s", "name": "x", "span_kind": "LLM",
            "attributes.llm.input_messages": "[{'message.role': 'system', 'message.content': \"it's\"}\n {'message.role': 'user', 'message.content': 'hi'}]",
            "attributes.llm.output_messages": "[{'message.role': 'assistant', 'message.content': 'hello'}]"});
        assert_eq!(texts(&[printed]), ["it's", "hi", "hello"]);
    }

    #[test]
    fn rows_of_logfire_and_of_the_console_are_read() {
        let row = json!({"trace_id": "t", "span_id": "s", "parent_span_id": null, "span_name": "chat gpt", "start_timestamp": "2026-01-01T00:00:00Z",
            "otel_scope_name": "pydantic-ai", "service_name": "shop", "attributes":
            "{\"gen_ai.request.model\":\"m\",\"events\":[{\"event.name\":\"gen_ai.user.message\",\"role\":\"user\",\"content\":\"hi\"},{\"event.name\":\"gen_ai.choice\",\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hello\"}}]}"});
        assert_eq!(texts(std::slice::from_ref(&row)), ["hi", "hello"]);
        assert_eq!(texts(&[json!({"type": "data", "rows": [row]})]), ["hi", "hello"]);
        // As the service answers a query, and as its client hands it on as CSV.
        assert_eq!(texts(&[json!({"schema": {"fields": []}, "data": [row]})]), ["hi", "hello"]);
        let tool = json!({"trace_id": "t", "span_id": "f", "span_name": "running tool", "start_timestamp": "2026-01-01T00:00:00Z", "is_exception": "true",
            "exception_type": "ValueError", "exception_message": "storm", "attributes": "{\"gen_ai.tool.name\": \"forecast\", \"tool_arguments\": \"{}\"}"});
        let Part::Step(step) = &fragments(&tool).unwrap().fragments[0].part else { panic!() };
        let result = step.tool.as_ref().and_then(|tool| tool.result.as_deref());
        assert_eq!((step.failed, result), (true, Some("storm")));
        let open = json!({"name": "chat", "context": {"trace_id": "0xab", "span_id": "0xcd"}, "kind": "SpanKind.CLIENT", "parent_id": null,
            "start_time": "2026-01-01T00:00:00Z", "end_time": null, "status": {"status_code": "UNSET"}, "resource": {"attributes": {"service.name": "x"}},
            "attributes": {"gen_ai.operation.name": "chat"}, "events": [
                {"name": "gen_ai.user.message", "attributes": {"content": "hi"}},
                {"name": "gen_ai.choice", "attributes": {"message": "{\"role\":\"assistant\",\"content\":\"hello\"}"}}]});
        assert_eq!(texts(&[open.clone(), open]), ["hi", "hello"]);
        let script = |id: &str, parent: Value, attributes: Value| json!({"traceId": "0af7651916cd43dd8448eb211c80319c", "id": id, "parentSpanContext": parent, "name": "chat", "timestamp": 1_767_225_600_000_000_i64, "duration": 9, "attributes": attributes});
        let agent = script(
            "00000000000000a1",
            Value::Null,
            json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"}),
        );
        let call = script(
            "00000000000000a2",
            json!({"spanId": "00000000000000a1"}),
            json!({"gen_ai.operation.name": "chat",
            "gen_ai.input.messages": [{"role": "user", "content": "hi"}], "gen_ai.output.messages": [{"role": "assistant", "content": "hello"}]}),
        );
        assert_eq!(texts(&[agent, call]), ["hi", "hello"]);
        assert!(fragments(&json!({"trace_id": "t"})).is_err());
    }

    #[test]
    fn bodies_of_events_hold_both_sides() {
        let record = json!({"trace_id": "t", "span_id": "s", "name": "chat", "attributes": {"gen_ai.operation.name": "chat"}, "scope": {"name": "x"},
            "span_events": [{"event_name": "x", "body": {
                "input": {"messages": [{"role": "user", "content": {"content": "[{\"text\": \"hi\"}]"}}]},
                "output": {"messages": [{"role": "assistant", "content": {"message": "hello", "finish_reason": "stop"}}]}}}]});
        let found = fragments(&record).unwrap().fragments;
        let Part::Step(step) = &found[0].part else { panic!() };
        assert_eq!((step.input[0].role, &*step.input[0].text, &*step.output[0].text), (Role::User, "hi", "hello"));
    }
}
