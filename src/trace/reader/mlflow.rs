//! MLflow traces, one a record: `info` and `data.spans`, of version 2 (attributes as JSON texts) and 3 (ids in base64,
//! assessments); rows of searches, where the members of `info` stand beside `spans`; answers of the service, with
//! `trace_info`; and rows of the table of spans of its database. Expected answers are no judgements, and the traces
//! that scorers leave of their own work are no conversations: both are passed over.

use super::Reason;
use super::dialect::{numeric, scalar, unpack};
use super::found::Found;
use super::observed::{self, Member as _};
use super::otlp;
use super::span::{self, Event, Span};
use super::table::{Format, Read};
use crate::trace::fragment::{Address, Facts, Family, Fragment, Part, Score};
use serde_json::{Map, Value};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "MLflow",
    slug: "mlflow",
    about: "traces of MLflow 2 and 3 with `info` and `data`, rows of searches, answers of the service, rows of the database's spans",
    is: |keys| {
        let row = |prefix: &str| {
            let has = |name: &str| keys.has(&format!("{prefix}{name}"));
            has("data.spans[]") && has("info")
                || ["spans[]", "spans"].into_iter().any(has)
                    && ["trace_info", "trace_metadata", "request_metadata"].into_iter().any(has)
        };
        row("")
            || row("traces[].")
            || row("trace.")
            || keys.all(&["trace_id", "span_id", "parent_span_id", "content", "start_time_unix_nano"])
            || keys.all(&["trace_id", "span_id", "content", "experiment_id"])
    },
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
    // A row of the table of spans of its database.
    if let Some(content) = record.get("content").filter(|_| record.get("span_id").is_some()) {
        let trace = record.get("trace_id").and_then(scalar);
        let mut found = Found::default();
        found.item(|found| {
            let span = read_span(&unpack(content), trace.as_deref())?;
            found.push(Fragment { family: Family::Mlflow, ..span::fragment(span) });
            Ok(())
        });
        return Ok(found);
    }
    let record = record.get("trace").filter(|inner| inner.is_object()).unwrap_or(record);
    let info = record.get("info").or_else(|| record.get("trace_info")).unwrap_or(record);
    let info = info.as_object().unwrap_or(&none);
    let listed = record.pointer("/data/spans").or_else(|| record.get("spans")).map(unpack);
    let spans = listed.as_deref().and_then(Value::as_array);
    let spans = spans.ok_or_else(|| Reason::NotAConversation("a trace has no list `data.spans`".to_string()))?;
    let given = info.at(&["trace_id", "request_id"]).and_then(scalar);
    // The service gives lists of keys and values for maps.
    let pairs = |keys: &[&str]| otlp::attributes(info.at(keys).map(unpack).as_deref());
    let (around, tags) = (pairs(&["trace_metadata", "request_metadata"]), pairs(&["tags"]));
    if tags.text(&["mlflow.trace.sourceScorer"]).is_some() {
        return Ok(Found::default());
    }
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
            .chain(&around)
            .filter(|(name, _)| own(name))
            .filter_map(|(name, value)| Some((name.clone(), scalar(value).filter(|text| text.len() <= 200)?)))
            .collect(),
        ..Facts::default()
    };
    if facts != Facts::default() {
        found.fragments.push(Fragment { family: Family::Mlflow, address: address.clone(), part: Part::Facts(facts) });
    }
    let judged = info.get("assessments").map(unpack);
    for item in judged.as_deref().and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
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
    for (name, value) in &otlp::attributes(item.get("attributes")) {
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
    let value = item.get("feedback")?.get("value").filter(|value| !value.is_null())?;
    // A judgement that another has taken the place of is kept beside it.
    if item.get("valid") == Some(&Value::Bool(false)) {
        return None;
    }
    let by = item.get("source").and_then(|source| source.get("source_type")).and_then(scalar);
    let score = Score {
        id: item.text(&["assessment_id"]),
        name: item.text(&["assessment_name", "name"])?,
        value: numeric(value),
        label: value.as_str().filter(|_| numeric(value).is_none()).map(str::to_string),
        by: by.map(|by| match by.as_str() {
            "LLM_JUDGE" | "AI_JUDGE" | "LLM" => "model".to_string(),
            _ => by.to_lowercase(),
        }),
        time: observed::nanos(item.at(&["last_update_time", "last_update_time_ms", "create_time", "create_time_ms"])),
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

    /// A trace as newer versions write it.
    fn newer() -> (Value, Value) {
        let span = |id: &str, parent: Value, name: &str, kind: &str, second: u64, more: Value| {
            let mut attributes = json!({"mlflow.traceRequestId": "\"tr-9\"", "mlflow.spanType": format!("\"{kind}\"")});
            attributes.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"trace_id": "zE9+rPKKO6OTpRgGpi/r+A==", "span_id": id, "parent_span_id": parent, "name": name,
                "start_time_unix_nano": 1_750_000_000_000_000_000 + second * 1_000_000_000,
                "end_time_unix_nano": 1_750_000_000_500_000_000 + second * 1_000_000_000, "events": [],
                "status": {"code": "STATUS_CODE_OK", "message": ""}, "attributes": attributes})
        };
        let question = json!([[{"content": "Rain?", "additional_kwargs": {}, "response_metadata": {}, "type": "human", "name": null, "id": null}]]);
        let said = |content: &str, calls: Value| {
            json!({"generations": [[{"text": content, "type": "ChatGeneration", "message": {"content": content, "type": "ai",
            "additional_kwargs": {}, "tool_calls": calls, "id": "run-1"}}]], "llm_output": {"model_name": "gpt-4o-mini"}}).to_string()
        };
        let mut tool = span(
            "AAAAAAAAAAM=",
            json!("AAAAAAAAAAE="),
            "weather",
            "TOOL",
            2,
            json!({"mlflow.spanInputs": "{\"city\": \"Oslo\"}"}),
        );
        tool["status"] = json!({"code": "STATUS_CODE_ERROR", "message": "ToolException: storm"});
        tool["events"] = json!([{"name": "exception", "time_unix_nano": 1, "attributes": {"exception.message": "storm", "exception.type": "ToolException"}}]);
        let spans = json!([
            span(
                "AAAAAAAAAAE=",
                json!(""),
                "agent",
                "AGENT",
                0,
                json!({"mlflow.spanInputs": "{\"messages\": [{\"role\": \"user\", \"content\": \"Rain?\"}]}",
                "mlflow.spanOutputs": "{\"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": \"Cannot say.\"}}]}"})
            ),
            span(
                "AAAAAAAAAAI=",
                json!("AAAAAAAAAAE="),
                "ChatOpenAI",
                "CHAT_MODEL",
                1,
                json!({"mlflow.spanInputs": question.to_string(),
                "mlflow.llm.model": "\"gpt-4o-mini\"", "mlflow.llm.cost": "{\"input_cost\": 0.1, \"output_cost\": 0.15, \"total_cost\": 0.25}",
                "mlflow.spanOutputs": said("", json!([{"name": "weather", "args": {"city": "Oslo"}, "id": "c1", "type": "tool_call"}]))})
            ),
            tool,
        ]);
        let info = json!({"trace_id": "tr-9", "trace_location": {"type": "MLFLOW_EXPERIMENT"}, "request_time": "2025-06-15T15:06:40Z", "execution_duration": "3s", "state": "OK",
            "trace_metadata": {"mlflow.trace.session": "S", "mlflow.trace.user": "u", "mlflow.user": "developer", "tier": "gold"},
            "tags": {"mlflow.traceName": "agent", "mlflow.linkedPrompts": "[{\"name\": \"support\", \"version\": \"3\"}]"},
            "assessments": [
                {"assessment_id": "a-1", "assessment_name": "correct", "source": {"source_type": "LLM_JUDGE", "source_id": "m"}, "feedback": {"value": 0.5}, "create_time": "2025-06-15T15:07:00Z", "valid": true},
                {"assessment_id": "a-2", "assessment_name": "correct", "source": {"source_type": "LLM_JUDGE"}, "feedback": {"value": 0.0}, "valid": false},
                {"assessment_id": "a-3", "assessment_name": "most_words", "source": {"source_type": "HUMAN"}, "expectation": {"value": 40}},
                {"assessment_id": "a-4", "assessment_name": "tone", "source": {"source_type": "AI_JUDGE"}, "feedback": {"value": null, "error": {"error_code": "TIMEOUT"}}}]});
        (info, spans)
    }

    fn check(record: &Value) {
        let mut reader = super::super::Reader::open(std::io::Cursor::new(record.to_string())).unwrap();
        assert_eq!(reader.format().slug, "mlflow");
        assert!(matches!(reader.next_item().unwrap(), Some(super::super::Item::Fragments(..))));
        let read = assemble(fragments(record).unwrap().fragments).conversations;
        assert_eq!(read.len(), 1, "{read:?}");
        let texts: Vec<&str> = read[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["Rain?", "", "Cannot say."]);
        let (_, call) = read[0].calls().next().unwrap();
        assert_eq!(
            (&*call.name, call.result.as_deref(), call.error.is_some()),
            ("weather", Some("ToolException: storm"), true)
        );
        assert_eq!(
            (read[0].external_id.as_deref(), read[0].user.as_deref(), read[0].model.as_deref(), read[0].cost),
            (Some("S"), Some("u"), Some("gpt-4o-mini"), Some(0.25))
        );
        assert_eq!((read[0].scores.len(), read[0].scores["correct"], &*read[0].metadata["tier"]), (1, 0.5, "gold"));
    }

    #[test]
    fn rows_of_the_database_are_read() {
        let (_, spans) = newer();
        let row = |span: &Value| {
            json!({"trace_id": "tr-9", "experiment_id": 1, "span_id": span["span_id"], "parent_span_id": span["parent_span_id"], "name": span["name"], "type": "LLM",
                "status": "OK", "start_time_unix_nano": span["start_time_unix_nano"], "content": span.to_string()})
        };
        let rows: Vec<Value> = spans.as_array().unwrap().iter().map(row).collect();
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        assert_eq!(super::super::Reader::open(std::io::Cursor::new(lines.join("\n"))).unwrap().format().slug, "mlflow");
        let found: Vec<Fragment> = rows.iter().flat_map(|row| fragments(row).unwrap().fragments).collect();
        let read = assemble(found).conversations;
        assert_eq!((read.len(), read[0].turns.len(), read[0].calls().count()), (1, 3, 1));
    }

    #[test]
    fn traces_rows_of_searches_and_answers_of_the_service_are_read() {
        let (info, spans) = newer();
        check(&json!({"info": info, "data": {"spans": spans}}));
        let mut row = info.clone();
        row["spans"] = spans.clone();
        row["request"] = json!("{}");
        check(&row);
        // In a table, lists and objects are texts.
        for (key, value) in row.as_object_mut().unwrap() {
            if key == "spans" || value.is_object() || value.is_array() {
                *value = Value::from(value.to_string());
            }
        }
        check(&row);
        check(&json!({"trace": {"trace_info": info, "spans": spans}}));
        // The service gives attributes as a list.
        let mut listed = spans.clone();
        for span in listed.as_array_mut().unwrap() {
            let attributes = span["attributes"].as_object().unwrap().iter();
            span["attributes"] =
                attributes.map(|(key, value)| json!({"key": key, "value": {"stringValue": value}})).collect();
        }
        check(&json!({"trace": {"trace_info": info, "spans": listed}}));
        let list = |map: &Value| -> Value {
            map.as_object().unwrap().iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
        };
        let mut older = info.clone();
        older["request_metadata"] = list(&info["trace_metadata"]);
        older["tags"] = list(&info["tags"]);
        older.as_object_mut().unwrap().remove("trace_metadata");
        check(&json!({"info": older, "data": {"spans": spans}}));
        let mut scorer = info.clone();
        scorer["tags"]["mlflow.trace.sourceScorer"] = json!("correct");
        assert!(fragments(&json!({"info": scorer, "data": {"spans": spans}})).unwrap().fragments.is_empty());
    }
}
