//! MLflow traces, one a record: `info` and `data.spans`, of version 2 (attributes as JSON texts) and 3 (ids in base64,
//! assessments).

use super::Reason;
use super::dialect::{numeric, scalar, unpack};
use super::found::Found;
use super::observed::{self, Member as _};
use super::span::{self, Event, Span};
use super::table::{Format, Read};
use crate::trace::fragment::{Address, Facts, Family, Fragment, Part, Score};
use serde_json::{Map, Value};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "MLflow",
    slug: "mlflow",
    about: "traces of MLflow 2 and 3 with `info` and `data`",
    is: |keys| keys.has("data.spans[]") && keys.has("info") || keys.has("traces[].data.spans[]"),
    members: &["traces"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

fn fragments(record: &Value) -> Result<Found, Reason> {
    let traces = record["traces"].as_array().map_or(std::slice::from_ref(record), Vec::as_slice);
    let mut found = Found::default();
    traces.iter().for_each(|item| found.add(trace(item)));
    Ok(found)
}

fn trace(record: &Value) -> Result<Found, Reason> {
    let none = Map::new();
    let info = record["info"].as_object().unwrap_or(&none);
    let spans = record.pointer("/data/spans").and_then(Value::as_array);
    let spans = spans.ok_or_else(|| Reason::NotAConversation("a trace has no list `data.spans`".to_string()))?;
    let given = info.at(&["trace_id", "request_id"]).and_then(scalar);
    let around = info.at(&["trace_metadata", "request_metadata"]).and_then(Value::as_object).unwrap_or(&none);
    let tags = info.get("tags").and_then(Value::as_object).unwrap_or(&none);
    let session = around
        .text(&["mlflow.trace.session", "mlflow.traceSession"])
        .or_else(|| tags.text(&["mlflow.trace.session", "session_id"]));
    let mut found = Found::default();
    let mut trace_id = None;
    for item in spans {
        found.item(|found| {
            let mut span = read_span(item, given.as_deref())?;
            if span.parent.is_none() {
                span.resource
                    .extend(tags.get("mlflow.source.name").map(|name| ("service.name".to_string(), name.clone())));
            }
            trace_id.get_or_insert_with(|| span.trace.clone());
            found.push(span::fragment(span));
            Ok(())
        });
    }
    let Some(trace) = trace_id.or(given) else { return Ok(found) };
    for fragment in &mut found.fragments {
        fragment.family = Family::Mlflow;
        fragment.address.session = fragment.address.session.take().or_else(|| session.clone());
    }
    let address = Address { session, trace: Some(trace), step: None };
    let own = |name: &&String| !name.starts_with("mlflow.");
    let facts = Facts {
        user: around.text(&["mlflow.trace.user"]).or_else(|| tags.text(&["mlflow.trace.user", "user_id"])),
        prompt_version: tags.at(&["mlflow.linkedPrompts"]).and_then(prompt),
        metadata: tags
            .iter()
            .chain(around)
            .filter(|(name, _)| own(name))
            .filter_map(|(name, value)| Some((name.clone(), scalar(value).filter(|text| text.len() <= 200)?)))
            .collect(),
        ..Facts::default()
    };
    if facts != Facts::default() {
        found.fragments.push(Fragment { family: Family::Mlflow, address: address.clone(), part: Part::Facts(facts) });
    }
    for item in info.get("assessments").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        found.fragments.extend(assessment(item, &address));
    }
    Ok(found)
}

/// The registered prompt that a trace used, if it is one.
fn prompt(linked: &Value) -> Option<String> {
    match unpack(linked).as_array().map(Vec::as_slice) {
        Some([one]) => Some(format!("{}@{}", scalar(one.get("name")?)?, scalar(one.get("version")?)?)),
        _ => None,
    }
}

fn read_span(item: &Value, trace: Option<&str>) -> Result<Span, Reason> {
    let Value::Object(item) = item else {
        return Err(Reason::NotAConversation("a span is not an object".to_string()));
    };
    let none = Map::new();
    let context = item.get("context").and_then(Value::as_object).unwrap_or(&none);
    let id = |keys: &[&str]| context.at(keys).or_else(|| item.at(keys)).and_then(span::id);
    let own = id(&["span_id"]).ok_or_else(|| Reason::NotAConversation("a span has no id".to_string()))?;
    // Version 2 gives spans a trace id of another system than the trace.
    let trace = trace.map(str::to_string).or_else(|| id(&["trace_id"]));
    let trace = trace.ok_or_else(|| Reason::NotAConversation("a span has no id of its trace".to_string()))?;
    let mut attributes = Map::new();
    for (name, value) in item.get("attributes").and_then(Value::as_object).into_iter().flatten() {
        attributes.insert(name.clone(), unpack(value).into_owned());
    }
    let status = item.get("status").and_then(|status| status.get("code")).or_else(|| item.get("status_code"));
    let events = item.get("events").and_then(Value::as_array).into_iter().flatten().map(Event::of);
    Ok(Span {
        trace,
        id: own,
        parent: item.at(&["parent_id", "parent_span_id"]).and_then(span::id),
        name: item.text(&["name"]).unwrap_or_default(),
        start: span::nanos(item.at(&["start_time", "start_time_unix_nano", "start_time_ns"])),
        end: span::nanos(item.at(&["end_time", "end_time_unix_nano", "end_time_ns"])),
        failed: status.is_some_and(span::is_error),
        reason: item
            .get("status")
            .and_then(|status| status.get("message"))
            .or_else(|| item.get("status_message"))
            .and_then(scalar),
        attributes,
        events: events.collect(),
        ..Span::default()
    })
}

fn assessment(item: &Map<String, Value>, address: &Address) -> Option<Fragment> {
    let value = item.get("feedback").or_else(|| item.get("expectation"))?.get("value")?;
    let by = item.get("source").and_then(|source| source.get("source_type")).and_then(scalar);
    let score = Score {
        id: item.text(&["assessment_id"]),
        name: item.text(&["assessment_name", "name"])?,
        value: numeric(value),
        label: value.as_str().filter(|_| numeric(value).is_none()).map(str::to_string),
        by: by.map(|by| if by.starts_with("LLM") { "model".to_string() } else { by.to_lowercase() }),
        time: observed::nanos(item.at(&["last_update_time", "create_time"])),
    };
    let step = item.at(&["span_id"]).and_then(span::id);
    Some(Fragment { family: Family::Mlflow, address: Address { step, ..address.clone() }, part: Part::Score(score) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    #[test]
    fn versions_2_and_3_are_read() {
        let second = json!({"info": {"request_id": "tr-1", "timestamp_ms": 1, "status": "OK", "request_metadata": {}, "tags": {"team": "a"}},
            "data": {"spans": [{"name": "chat", "context": {"trace_id": "0x1", "span_id": "0x2"}, "parent_id": null, "start_time": 1_700_000_000_000_000_000_i64,
                "end_time": 1_700_000_001_000_000_000_i64, "status_code": "OK", "events": [], "attributes": {"mlflow.spanType": "\"CHAT_MODEL\"",
                "mlflow.spanInputs": "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]}",
                "mlflow.spanOutputs": "{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": \"hello\"}}]}"}}]}});
        let read = assemble(fragments(&second).unwrap().fragments).conversations;
        assert_eq!((read[0].turns.len(), &*read[0].metadata["team"]), (2, "a"));
        let third = json!({"info": {"trace_id": "tr-2", "trace_metadata": {"mlflow.trace.session": "S", "mlflow.trace.user": "u"},
                "assessments": [{"assessment_name": "good", "feedback": {"value": true}, "source": {"source_type": "HUMAN"}}]},
            "data": {"spans": [{"name": "chat", "trace_id": "zE9+rPKKO6OTpRgGpi/r+A==", "span_id": "QON/QMx9eKU=", "parent_span_id": "",
                "start_time_unix_nano": 1, "status": {"code": "STATUS_CODE_OK"}, "attributes": {"mlflow.spanType": "\"LLM\"",
                "mlflow.spanInputs": "\"hi\"", "mlflow.spanOutputs": "\"hello\""}}]}});
        let read = assemble(fragments(&third).unwrap().fragments).conversations;
        assert_eq!(
            (read[0].external_id.as_deref(), read[0].user.as_deref(), read[0].scores["good"]),
            (Some("S"), Some("u"), 1.0)
        );
        assert_eq!(read[0].turns.len(), 2);
    }
}
