//! OTLP in JSON, as the collector's file exporter writes it (one request a line), as APIs dump it, and as Tempo gives
//! it out (`batches`): in camel or snake case, with ids in hex or base64, numbers as numbers or texts. Log records with
//! GenAI events are joined to their spans. Metrics are passed over.

use super::Reason;
use super::dialect::scalar;
use super::found::Found;
use super::observed::Member as _;
use super::span::{self, Event, Span};
use super::table::{Format, Read};
use crate::trace::fragment::{Fragment, Part, Step, StepKind};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "OpenTelemetry (OTLP)",
    slug: "otlp",
    about: "OTLP in JSON or protobuf: the collector's file exporter, API dumps, Grafana Tempo; spans of all GenAI dialects and GenAI events in logs",
    is: |keys| {
        keys.any(&["resourceSpans[]", "resource_spans[]", "resourceLogs[]", "resource_logs[]", "scopeSpans[].spans[]"])
            || keys.any(&["batches[].scopeSpans[]", "batches[].instrumentationLibrarySpans[]", "batches[].resource"])
            || keys.any(&["trace.resourceSpans[]", "trace.batches[]", "result.resourceSpans[]", "resourceMetrics[]"])
    },
    members: &["resourceSpans", "resource_spans", "batches", "resourceLogs"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

/// The pieces in one request.
pub(super) fn fragments(record: &Value) -> Result<Found, Reason> {
    let Value::Object(map) = record else {
        return Err(Reason::NotAConversation("a request is not an object".to_string()));
    };
    // Tempo wraps a trace as `trace`, Jaeger's newer API as `result`.
    let map = ["trace", "result"].iter().find_map(|key| map.get(*key)?.as_object()).unwrap_or(map);
    let mut found = Found::default();
    // One resource may stand alone, without the request around it.
    let groups = list(map, &["resourceSpans", "resource_spans", "batches"]).iter().filter_map(Value::as_object);
    for group in groups.chain(list(map, &SCOPES).first().map(|_| map)) {
        let resource = attributes(group.get("resource").and_then(|resource| resource.get("attributes")));
        for scope in list(group, &SCOPES).iter().filter_map(Value::as_object) {
            for item in list(scope, &["spans"]) {
                found.item(|found| read_span(item, &resource).map(|span| found.push(span::fragment(span))));
            }
        }
    }
    let mut logs = Logs::default();
    for group in list(map, &["resourceLogs", "resource_logs"]).iter().filter_map(Value::as_object) {
        for scope in list(group, &["scopeLogs", "scope_logs"]).iter().filter_map(Value::as_object) {
            for item in list(scope, &["logRecords", "log_records"]) {
                found.item(|_| logs.add(item));
            }
        }
    }
    found.fragments.extend(logs.finish());
    Ok(found)
}

/// Where the spans of a resource are, in newer and older versions.
const SCOPES: [&str; 3] = ["scopeSpans", "scope_spans", "instrumentationLibrarySpans"];

fn list<'a>(map: &'a Map<String, Value>, keys: &[&str]) -> &'a [Value] {
    keys.iter().find_map(|key| map.get(*key)?.as_array()).map(Vec::as_slice).unwrap_or_default()
}

fn read_span(item: &Value, resource: &Map<String, Value>) -> Result<Span, Reason> {
    let Value::Object(map) = item else {
        return Err(Reason::NotAConversation("a span is not an object".to_string()));
    };
    let id = |keys: &[&str]| map.at(keys).and_then(span::id);
    let (Some(trace), Some(own)) = (id(&["traceId", "trace_id"]), id(&["spanId", "span_id"])) else {
        return Err(Reason::NotAConversation("a span has no id of its trace or of its own".to_string()));
    };
    let events = list(map, &["events"])
        .iter()
        .map(|event| Event { attributes: attributes(event.get("attributes")), ..Event::of(event) });
    Ok(Span {
        trace,
        id: own,
        parent: id(&["parentSpanId", "parent_span_id"]),
        name: map.text(&["name"]).unwrap_or_default(),
        start: span::nanos(map.at(&["startTimeUnixNano", "start_time_unix_nano"])),
        end: span::nanos(map.at(&["endTimeUnixNano", "end_time_unix_nano"])),
        failed: map.get("status").and_then(|status| status.get("code")).is_some_and(span::is_error),
        reason: map.get("status").and_then(|status| status.get("message")).and_then(scalar),
        attributes: attributes(map.get("attributes")),
        events: events.collect(),
        resource: resource.clone(),
    })
}

/// Attributes by name: a list of keys and typed values, or an object already.
pub(super) fn attributes(value: Option<&Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(map)) => map.clone(),
        Some(Value::Array(list)) => {
            let pair = |item: &Value| Some((item["key"].as_str()?.to_string(), typed(item.get("value")?)));
            list.iter().filter_map(pair).collect()
        }
        _ => Map::new(),
    }
}

/// A value without its type. Whole numbers in texts stay exact.
pub(super) fn typed(value: &Value) -> Value {
    let Value::Object(map) = value else { return value.clone() };
    let Some((kind, inner)) = map.iter().next() else { return Value::Null };
    match kind.as_str() {
        "stringValue" | "string_value" | "boolValue" | "bool_value" | "doubleValue" | "double_value" | "bytesValue"
        | "bytes_value" => inner.clone(),
        "intValue" | "int_value" => match inner {
            Value::String(text) => text.parse::<i64>().map_or_else(|_| inner.clone(), Value::from),
            other => other.clone(),
        },
        "arrayValue" | "array_value" => {
            Value::Array(inner["values"].as_array().into_iter().flatten().map(typed).collect())
        }
        "kvlistValue" | "kvlist_value" => {
            let pairs = inner["values"].as_array().into_iter().flatten();
            Value::Object(
                pairs.filter_map(|pair| Some((pair["key"].as_str()?.to_string(), typed(pair.get("value")?)))).collect(),
            )
        }
        _ => value.clone(),
    }
}

/// Log records with GenAI events, by the trace and the span that they belong to. A call's messages are one record each,
/// so that only all of them together are what went into it.
#[derive(Default)]
struct Logs(BTreeMap<(String, String), Vec<Dated>>);

/// An event and when it was.
type Dated = (Option<i64>, Event);

impl Logs {
    /// Adds a record, if it is an event of GenAI.
    ///
    /// # Errors
    /// When it does not say of which span.
    fn add(&mut self, item: &Value) -> Result<(), Reason> {
        let Value::Object(map) = item else {
            return Err(Reason::NotAConversation("a log record is not an object".to_string()));
        };
        let attributes = attributes(map.get("attributes"));
        let body = map.get("body").map(typed).unwrap_or_default();
        let name = map.text(&["eventName", "event_name"]).or_else(|| attributes.text(&["event.name"]));
        let name = name.unwrap_or_default();
        // CloudWatch keeps both sides in one record that has the name of its library.
        let sides = ["input", "output"].iter().any(|side| body[*side]["messages"].is_array());
        if !name.starts_with("gen_ai.") && !sides {
            return Ok(());
        }
        let id = |keys: &[&str]| map.at(keys).and_then(span::id);
        let (Some(trace), Some(own)) = (id(&["traceId", "trace_id"]), id(&["spanId", "span_id"])) else {
            return Err(Reason::NotAConversation("an event has no id of its trace or of its span".to_string()));
        };
        let times = ["timeUnixNano", "time_unix_nano", "observedTimeUnixNano", "observed_time_unix_nano"];
        let time = times.iter().find_map(|key| span::nanos(map.get(*key)).filter(|time| *time > 0));
        self.0.entry((trace, own)).or_default().push((time, Event { name, attributes, body }));
        Ok(())
    }

    /// Each span's records as another version of the span.
    fn finish(self) -> impl Iterator<Item = Fragment> {
        self.0.into_iter().map(|((trace, id), mut records)| {
            // Of records of one moment the order in the file counts.
            records.sort_by_key(|(time, _)| *time);
            let start = records.iter().find_map(|(time, _)| *time);
            let events: Vec<Event> = records.into_iter().map(|(_, event)| event).collect();
            // Where the span itself was not exported, its records tell that a model was called.
            let called = events.iter().any(|event| event.name == "gen_ai.choice" || event.name.ends_with(".details"));
            let kind = if called { StepKind::Model } else { StepKind::Other };
            // Of the attributes only those that tell whose conversation it is are the span's too.
            let attributes = events.iter().flat_map(|event| event.attributes.clone()).collect();
            let about = span::fragment(Span { trace: trace.clone(), id: id.clone(), attributes, ..Span::default() });
            let mut fragment = span::fragment(Span { trace, id, events, ..Span::default() });
            fragment.address.session = about.address.session;
            let (user, model) = if let Part::Step(step) = about.part { (step.user, step.model) } else { (None, None) };
            // The records know nothing of the span but its words: everything else is the span's own to say.
            if let Part::Step(step) = &mut fragment.part {
                let (input, output) = (std::mem::take(&mut step.input), std::mem::take(&mut step.output));
                **step = Step { kind, input, output, start, user, model, ..Step::default() };
            }
            fragment
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    #[test]
    fn both_cases_and_both_spellings_of_ids_are_one_trace() {
        let hex = json!({"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeSpans": [{"scope": {"name": "x"}, "spans": [
                {"traceId": "CC4F7EACF28A3BA393A51806A62FEBF8", "spanId": "40e37f40cc7d78a5", "parentSpanId": "", "name": "chat m",
                 "startTimeUnixNano": "1787297955670900503", "endTimeUnixNano": 1_787_297_955_670_945_879_i64, "status": {"code": "STATUS_CODE_OK"},
                 "attributes": [
                    {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                    {"key": "gen_ai.input.messages", "value": {"stringValue": "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"hi\"}]}]"}},
                    {"key": "gen_ai.output.messages", "value": {"arrayValue": {"values": [{"kvlistValue": {"values": [
                        {"key": "role", "value": {"stringValue": "assistant"}}, {"key": "content", "value": {"stringValue": "hello"}}]}}]}}}]}]}]}]});
        let base64 = json!({"resource_spans": [{"scope_spans": [{"spans": [
            {"trace_id": "zE9+rPKKO6OTpRgGpi/r+A==", "span_id": "QON/QMx9eKU=", "name": "chat m"}]}]}]});
        let found = [fragments(&hex).unwrap().fragments, fragments(&base64).unwrap().fragments].concat();
        assert_eq!(found[0].address, found[1].address);
        let read = assemble(found).conversations;
        assert_eq!((read.len(), read[0].turns.len(), &*read[0].metadata["service.name"]), (1, 2, "shop"));
    }

    #[test]
    fn events_in_logs_belong_to_their_spans() {
        let spans = json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708",
            "name": "chat", "startTimeUnixNano": "1", "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}]}]}]}]});
        let log = |name: &str, body: Value| {
            json!({"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708",
            "eventName": name, "body": body})
        };
        let logs = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [
            log("gen_ai.choice", json!({"kvlistValue": {"values": [{"key": "message", "value": {"kvlistValue": {"values": [
                {"key": "role", "value": {"stringValue": "assistant"}}, {"key": "content", "value": {"stringValue": "hello"}}]}}}]}})),
            log("gen_ai.user.message", json!({"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": "hi"}}]}})),
            log("other", json!({"stringValue": "x"}))]}]}]});
        let read = assemble([fragments(&spans).unwrap().fragments, fragments(&logs).unwrap().fragments].concat())
            .conversations;
        let texts: Vec<&str> = read[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["hi", "hello"]);
        let Part::Step(alone) = &fragments(&logs).unwrap().fragments[0].part else { panic!() };
        assert_eq!(alone.kind, StepKind::Model);
    }

    #[test]
    fn all_messages_in_logs_of_one_call_are_kept_in_their_order() {
        let log = |name: &str, time: &str, text: &str| {
            json!({"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708", "timeUnixNano": time,
                "attributes": [{"key": "event.name", "value": {"stringValue": name}}, {"key": "session.id", "value": {"stringValue": "S"}}],
                "body": {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": text}}]}}})
        };
        let logs = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [log("gen_ai.user.message", "1787297955670900509", "again")]}, {"logRecords": [
            log("gen_ai.system.message", "1787297955670900505", "be"), log("gen_ai.user.message", "1787297955670900505", "hi"), log("gen_ai.assistant.message", "1787297955670900505", "hello"),
            null, {"traceId": "01"}]}]}]});
        let found = fragments(&logs).unwrap().fragments;
        let [Fragment { address, part: Part::Step(step), .. }] = &found[..] else { panic!("{found:?}") };
        let texts: Vec<&str> = step.input.iter().map(|message| message.text.as_str()).collect();
        assert_eq!((texts, address.session.as_deref()), (vec!["be", "hi", "hello", "again"], Some("S")));
        let cloud = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708",
            "attributes": {"event.name": "strands.telemetry.tracer"}, "body": {"input": {"messages": [{"role": "user", "content": {"content": "hi"}}]},
                "output": {"messages": [{"role": "assistant", "content": {"message": "hello"}}]}}}]}]}]});
        let found = fragments(&cloud).unwrap().fragments;
        let Part::Step(step) = &found[0].part else { panic!() };
        assert_eq!((&*step.input[0].text, &*step.output[0].text), ("hi", "hello"));
    }

    #[test]
    fn a_resource_alone_is_read_and_a_bad_span_takes_no_other_with_it() {
        let record = json!({"resource": {"attributes": []}, "scopeSpans": [{"spans": [null, {"name": "x"},
            {"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708", "parentSpanId": "AAAAAAAAAAA=", "name": "x"}]}]});
        let found = fragments(&record).unwrap().fragments;
        let [Fragment { part: Part::Step(step), .. }] = &found[..] else { panic!("{found:?}") };
        assert_eq!(step.parent, None);
        assert_eq!(fragments(&json!({"result": {"resourceSpans": [record]}})).unwrap().fragments, found);
    }

    #[test]
    fn metrics_are_passed_over_and_spans_without_ids_refused() {
        let metrics = fragments(&json!({"resourceMetrics": []})).unwrap();
        assert_eq!((metrics.refusal(), metrics.fragments), (None, vec![]));
        let bad = fragments(&json!({"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "x"}]}]}]})).unwrap();
        assert!(bad.refusal().is_some());
        assert!(fragments(&json!([])).is_err());
    }
}
