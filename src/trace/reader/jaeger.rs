//! Jaeger: what its interface and its API give out, `data` with traces of `spans` and `processes`. Times are in
//! microseconds.

use super::Reason;
use super::found::Found;
use super::observed::Member as _;
use super::span::{self, Event, Span};
use super::table::{Format, Read};
use serde_json::{Map, Value};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Jaeger",
    slug: "jaeger",
    about: "traces from Jaeger's interface or API",
    is: |keys| {
        keys.any(&["data[].traceID", "data[].spans[].operationName"]) || keys.all(&["traceID", "spans[].operationName"])
    },
    members: &["data"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

fn fragments(record: &Value) -> Result<Found, Reason> {
    let traces = record["data"].as_array().map_or(std::slice::from_ref(record), Vec::as_slice);
    let mut found = Found::default();
    for trace in traces {
        let none = Map::new();
        let processes = trace["processes"].as_object().unwrap_or(&none);
        let Some(spans) = trace["spans"].as_array() else {
            found.item(|_| Err(Reason::NotAConversation("a trace has no list `spans`".to_string())));
            continue;
        };
        for item in spans {
            found.item(|found| read_span(item, processes).map(|span| found.push(span::fragment(span))));
        }
    }
    Ok(found)
}

/// An id with the zeros in front that older versions left out.
fn id(value: &Value) -> Option<String> {
    let id = span::id(value)?;
    let length = if id.len() > 16 { 32 } else { 16 };
    let hex = id.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(if hex { format!("{:0>length$}", id.to_ascii_lowercase()) } else { id })
}

fn read_span(item: &Value, processes: &Map<String, Value>) -> Result<Span, Reason> {
    let Value::Object(item) = item else {
        return Err(Reason::NotAConversation("a span is not an object".to_string()));
    };
    let process = item.get("process").or_else(|| processes.get(item.get("processID")?.as_str()?));
    let process = process.unwrap_or(&Value::Null);
    let own_id = |keys: &[&str]| item.at(keys).and_then(id);
    let (Some(trace), Some(own)) = (own_id(&["traceID", "traceId"]), own_id(&["spanID", "spanId"])) else {
        return Err(Reason::NotAConversation("a span has no id of its trace or of its own".to_string()));
    };
    let attributes = tags(item.get("tags"));
    let references = item.get("references").and_then(Value::as_array).into_iter().flatten();
    let mut parents = references.filter(|reference| reference["refType"] != "FOLLOWS_FROM");
    let parent = parents.find_map(|reference| reference.get("spanID").or_else(|| reference.get("spanId")).and_then(id));
    let micros = |key: &str| item.get(key).and_then(|value| value.as_i64().or_else(|| value.as_str()?.parse().ok()));
    let start = micros("startTime").and_then(|micros| micros.checked_mul(1000));
    let length = micros("duration").and_then(|micros| micros.checked_mul(1000));
    let error = attributes.get("error").is_some_and(|error| *error == Value::Bool(true) || error == "true");
    let logs = item.get("logs").and_then(Value::as_array).into_iter().flatten().map(|log| {
        let attributes = tags(log.get("fields"));
        let name = attributes.text(&["event", "name", "message"]).unwrap_or_default();
        Event { name, attributes, body: Value::Null }
    });
    let mut resource = tags(process.get("tags"));
    resource.extend(process.get("serviceName").map(|name| ("service.name".to_string(), name.clone())));
    Ok(Span {
        trace,
        id: own,
        parent: parent.or_else(|| own_id(&["parentSpanID", "parentSpanId"])),
        name: item.text(&["operationName"]).unwrap_or_default(),
        start,
        end: start.zip(length).and_then(|(start, length)| start.checked_add(length)),
        failed: error || attributes.get("otel.status_code").is_some_and(span::is_error),
        reason: attributes.text(&["otel.status_description"]),
        attributes,
        events: logs.collect(),
        resource,
    })
}

fn tags(value: Option<&Value>) -> Map<String, Value> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|tag| Some((tag["key"].as_str()?.to_string(), tag.get("value")?.clone()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;
    use crate::trace::fragment::Part;
    use serde_json::json;

    #[test]
    fn spans_have_their_parents_times_and_words() {
        let record = json!({"data": [{"traceID": "dd547580319ab0312cee07f1def50dad", "processes": {"p1": {"serviceName": "shop", "tags": []}}, "spans": [
            {"traceID": "dd547580319ab0312cee07f1def50dad", "spanID": "01", "operationName": "POST /", "references": [], "startTime": 1_700_000_000_000_000_i64,
             "duration": 9, "tags": [], "logs": [], "processID": "p1"},
            {"traceID": "dd547580319ab0312cee07f1def50dad", "spanID": "02", "operationName": "openai.chat", "startTime": 1_700_000_000_000_002_i64, "duration": 5,
             "references": [{"refType": "CHILD_OF", "traceID": "x", "spanID": "01"}], "processID": "p1", "logs": [], "tags": [
                {"key": "llm.request.type", "type": "string", "value": "chat"},
                {"key": "gen_ai.prompt.0.role", "value": "user"}, {"key": "gen_ai.prompt.0.content", "value": "list"},
                {"key": "gen_ai.completion.0.role", "value": "assistant"},
                {"key": "gen_ai.completion.0.tool_calls.0.name", "value": "ls"}, {"key": "gen_ai.completion.0.tool_calls.0.id", "value": "c"},
                {"key": "gen_ai.completion.0.tool_calls.0.arguments", "value": "{}"}]},
            {"traceID": "dd547580319ab0312cee07f1def50dad", "spanID": "03", "operationName": "execute_tool ls", "startTime": 1_700_000_000_000_009_i64,
             "duration": 2000, "references": [{"refType": "CHILD_OF", "spanID": "01"}], "tags": [
                {"key": "gen_ai.operation.name", "value": "execute_tool"}, {"key": "gen_ai.tool.name", "value": "ls"}, {"key": "gen_ai.tool.call.id", "value": "c"},
                {"key": "gen_ai.tool.call.result", "value": "gone"}, {"key": "error", "type": "bool", "value": true}], "logs": []}]}]});
        let read = assemble(fragments(&record).unwrap().fragments).conversations;
        assert_eq!((read.len(), read[0].turns.len()), (1, 2));
        let (_, call) = read[0].calls().next().unwrap();
        assert_eq!((call.result.as_deref(), call.error.is_some(), call.latency_ms), (Some("gone"), true, Some(2)));
    }

    #[test]
    fn ids_have_their_zeros_in_front() {
        let found = fragments(
            &json!({"traceID": "c4145316d2eb3d0d1", "spans": [{"traceID": "c4145316d2eb3d0d1", "spanID": "Ab1",
            "references": [{"refType": "CHILD_OF", "spanID": "c"}]}]}),
        )
        .unwrap()
        .fragments;
        let Part::Step(step) = &found[0].part else { panic!() };
        assert_eq!(found[0].address.trace.as_deref(), Some("000000000000000c4145316d2eb3d0d1"));
        assert_eq!(
            (found[0].address.step.as_deref(), step.parent.as_deref()),
            (Some("0000000000000ab1"), Some("000000000000000c"))
        );
    }
}
