//! Spans of Datadog's LLM Observability: of its export API (facts beside each other), as its libraries write them (what
//! is known under `meta`), and as its intake takes them (`data.attributes.spans`, with tags and the session around them).

use super::{missing, object, push, push_score};
use crate::trace::fragment::{Address, Family, Fragment, Step, StepKind};
use crate::trace::reader::detect::Keys;
use crate::trace::reader::dialect::{numeric, scalar, unpack};
use crate::trace::reader::found::Found;
use crate::trace::reader::observed::{self, Member as _, Raised, kept, nanos};
use crate::trace::reader::table::{Format, Read};
use crate::trace::reader::{Reason, span};
use serde_json::{Map, Value};

/// The row of the table.
pub(in crate::trace::reader) const FORMAT: Format = Format {
    name: "Datadog LLM Observability",
    slug: "datadog",
    about: "pages of spans from the export API, and spans as the libraries send them",
    is,
    members: &["data"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

fn is(keys: &Keys) -> bool {
    let sent = |prefix: &str| {
        let has = |name: &str| keys.has(&format!("{prefix}{name}"));
        has("span_id") && has("start_ns") && ["meta.kind", "meta.span.kind"].into_iter().any(has)
    };
    keys.all(&["data[].attributes.span_id", "data[].attributes.trace_id"])
        || keys.all(&["attributes.span_id", "attributes.trace_id", "attributes.span_kind"])
        || keys.all(&["span_id", "trace_id", "span_kind", "start_ns", "ml_app"])
        || sent("")
        || sent("spans[].")
        // What is deeper is not noted.
        || keys.has("data.attributes.spans[]") && keys.has("data.attributes.ml_app")
}

fn fragments(record: &Value) -> Result<Found, Reason> {
    let none = Map::new();
    let around = record.pointer("/data/attributes").and_then(Value::as_object);
    let list = record["spans"].as_array().or_else(|| around?.get("spans")?.as_array());
    let list = list.or_else(|| record["data"].as_array()).map_or(std::slice::from_ref(record), Vec::as_slice);
    let mut found = Found::default();
    list.iter().for_each(|item| found.item(|found| one(object(item)?, around.unwrap_or(&none), found)));
    Ok(found)
}

/// What a span says, wherever it stands.
struct Given<'a> {
    map: &'a Map<String, Value>,
    meta: &'a Map<String, Value>,
    tags: Vec<String>,
}

impl<'a> Given<'a> {
    fn at(&self, key: &str) -> Option<&'a Value> {
        self.map.at(&[key]).or_else(|| self.meta.at(&[key]))
    }

    fn text(&self, key: &str) -> Option<String> {
        self.at(key).and_then(scalar)
    }

    fn tag(&self, name: &str) -> Option<String> {
        self.tags.iter().find_map(|tag| {
            Some(tag.strip_prefix(name)?.strip_prefix(':')?.to_string()).filter(|value| !value.is_empty())
        })
    }

    fn kind(&self) -> StepKind {
        let word = self.map.text(&["span_kind"]).or_else(|| self.meta.text(&["span.kind", "kind"]));
        let word = word.or_else(|| self.meta.get("span")?.get("kind").and_then(scalar));
        match word.as_deref() {
            Some("llm") => StepKind::Model,
            Some("tool") => StepKind::Tool,
            Some("agent") => StepKind::Agent,
            _ => StepKind::Other,
        }
    }

    /// What went in or came out: messages before their plain text.
    fn side(&self, key: &str) -> Option<&'a Value> {
        let value = self.at(key)?;
        let listed = value.get("messages").filter(|list| list.as_array().is_some_and(|list| !list.is_empty()));
        listed.or_else(|| value.get("value")).or(Some(value))
    }

    /// What it raised: what is said of it before the mark that it is there.
    fn error(&self) -> Option<&'a Value> {
        let said = self.meta.at(&["error", "error.message", "error.type"]).or_else(|| self.map.at(&["status_message"]));
        let empty = |value: &&Value| value.as_object().is_none_or(|map| !map.is_empty());
        said.filter(empty).or_else(|| self.map.get("error"))
    }
}

fn tags(map: &Map<String, Value>) -> Vec<String> {
    let tags = map.at(&["tags"]).map(unpack);
    tags.as_deref().and_then(Value::as_array).into_iter().flatten().filter_map(scalar).collect()
}

fn one(map: &Map<String, Value>, around: &Map<String, Value>, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let none = Map::new();
    let map = map.get("attributes").and_then(Value::as_object).unwrap_or(map);
    let id = map.at(&["span_id"]).and_then(span::id).ok_or_else(|| missing("`span_id`"))?;
    let trace = map.at(&["trace_id"]).and_then(span::id).ok_or_else(|| missing("`trace_id`"))?;
    let parent = map.at(&["parent_id"]).and_then(span::id);
    let root = parent.is_none();
    let meta = map.get("meta").and_then(Value::as_object).unwrap_or(&none);
    let mut given = Given { map, meta, tags: tags(map) };
    given.tags.extend(tags(around));
    let kind = given.kind();
    let name = map.text(&["name"]).unwrap_or_default();
    let start = nanos(map.at(&["start_ns", "start"]));
    // Nanoseconds, whatever unit the start has in the documentation's example.
    let length = map.at(&["duration"]).and_then(Value::as_i64);
    let mut metadata = if root {
        given.at("metadata").map(|given| kept(&unpack(given))).unwrap_or_default()
    } else {
        Default::default()
    };
    for fact in ["env", "version", "service"] {
        metadata.extend(given.tag(fact).map(|value| (fact.to_string(), value)).filter(|_| root));
    }
    let app = map.text(&["ml_app"]).or_else(|| given.tag("ml_app")).or_else(|| around.text(&["ml_app"]));
    metadata.extend(app.filter(|_| root).map(|app| ("ml_app".to_string(), app)));
    let built = observed::step(kind, &name, (given.side("input"), given.side("output")), Raised(given.error()), root);
    let nanodollars =
        map.get("metrics").map(unpack).and_then(|metrics| metrics.get("estimated_total_cost").and_then(numeric));
    let prompt = given.at("input").and_then(|input| input.get("prompt")).and_then(Value::as_object);
    let step = Step {
        parent,
        start,
        end: start.zip(length).and_then(|(start, length)| start.checked_add(length)),
        agent: (kind == StepKind::Agent).then(|| name.clone()),
        user: given.tag("user_id").or_else(|| given.tag("usr.id")),
        model: given.text("model_name").filter(|_| kind == StepKind::Model),
        prompt_version: prompt.and_then(|prompt| prompt.text(&["version"])),
        cost: nanodollars.map(|cost| cost / 1e9).filter(|_| kind == StepKind::Model),
        failed: built.failed || map.text(&["status"]).as_deref() == Some("error"),
        metadata,
        ..built
    };
    let session =
        map.text(&["session_id"]).or_else(|| given.tag("session_id")).or_else(|| around.text(&["session_id"]));
    let address = Address { session, trace: Some(trace), step: Some(id) };
    for (name, judged) in map.get("evaluation").and_then(Value::as_object).into_iter().flatten() {
        let value = judged.get("value").filter(|value| !value.is_null());
        if let Some(value) = value.or_else(|| judged.get("assessment")) {
            push_score(found, Family::Datadog, &address, name.clone(), value, None);
        }
    }
    push(found, Family::Datadog, address, step);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Role;
    use crate::trace::assemble::assemble;
    use crate::trace::reader::testing::pieces;
    use serde_json::json;

    fn read(text: &str) -> Vec<Fragment> {
        pieces(text, "datadog").concat()
    }

    /// The spans of one run, as the libraries write them.
    fn sent() -> [Value; 4] {
        let user = json!({"role": "user", "content": "Will it rain?"});
        let called = json!({"role": "assistant", "content": "", "tool_calls": [
            {"name": "forecast", "arguments": {"city": "Oslo"}, "tool_id": "c1", "type": "function"}]});
        let answered = json!({"role": "tool", "content": "", "tool_results": [
            {"name": "forecast", "result": "storm", "tool_id": "c1", "type": "tool_result"}]});
        let span = |id: &str, parent: &str, kind: &str, second: i64, meta: Value| {
            let mut span = json!({"span_id": id, "trace_id": "6903738200000000af2d3775dfc70530", "parent_id": parent, "name": kind,
                "start_ns": 1_761_833_858_000_000_000_i64 + second * 1_000_000_000, "duration": 500_000_000, "status": "ok", "error": 0,
                "tags": ["ml_app:weather", "user_id:u7"], "metrics": {"input_tokens": 9}, "meta": meta});
            span["meta"]["span.kind"] = json!(kind);
            span
        };
        let model = |input: Value, output: Value| {
            json!({"model_name": "gpt-4o", "model_provider": "openai",
            "input": {"messages": input}, "output": {"messages": [output]}, "metadata": {"temperature": 0}})
        };
        let mut tool = span(
            "3",
            "1",
            "tool",
            2,
            json!({"input": {"value": "{\"city\": \"Oslo\"}"}, "output": {"value": ""},
            "error": {"message": "storm", "type": "ValueError", "stack": "Traceback"}}),
        );
        tool["error"] = json!(1);
        tool["status"] = json!("error");
        tool["name"] = json!("forecast");
        [
            span(
                "1",
                "undefined",
                "agent",
                0,
                json!({"input": {"value": "Will it rain?"}, "output": {"value": "Yes."}}),
            ),
            span("2", "1", "llm", 1, model(json!([user]), called.clone())),
            tool,
            span(
                "4",
                "1",
                "llm",
                3,
                model(json!([user, called, answered]), json!({"role": "assistant", "content": "Yes."})),
            ),
        ]
    }

    fn check(found: Vec<Fragment>, session: Option<&str>) {
        let read = assemble(found).conversations;
        assert_eq!(read.len(), 1, "{read:?}");
        let texts: Vec<(Role, &str)> = read[0].turns.iter().map(|turn| (turn.role, turn.text.as_str())).collect();
        assert_eq!(texts, [(Role::User, "Will it rain?"), (Role::Assistant, ""), (Role::Assistant, "Yes.")]);
        let calls: Vec<_> = read[0].calls().map(|(_, call)| call).collect();
        assert_eq!(calls.len(), 1);
        assert_eq!(
            (&*calls[0].name, calls[0].result.as_deref(), calls[0].error.is_some()),
            ("forecast", Some("storm"), true)
        );
        assert_eq!(
            (read[0].model.as_deref(), read[0].user.as_deref(), read[0].external_id.as_deref()),
            (Some("gpt-4o"), Some("u7"), session.or(Some("6903738200000000af2d3775dfc70530")))
        );
        assert_eq!(&*read[0].metadata["ml_app"], "weather");
    }

    #[test]
    fn spans_are_read_as_the_libraries_write_them() {
        let lines: Vec<String> = sent().iter().map(Value::to_string).collect();
        check(read(&lines.join("\n")), None);
        let envelopes: Vec<Value> =
            sent().into_iter().map(|span| json!({"_dd.stage": "raw", "event_type": "span", "spans": [span]})).collect();
        check(read(&Value::from(envelopes).to_string()), None);
        // Newer libraries nest the kind.
        let nested = sent().map(|mut span| {
            let kind = span["meta"].as_object_mut().unwrap().remove("span.kind");
            span["meta"]["span"] = json!({"kind": kind});
            span.to_string()
        });
        check(read(&nested.join("\n")), None);
    }

    #[test]
    fn spans_are_read_as_the_intake_takes_them() {
        let spans: Vec<Value> = sent()
            .into_iter()
            .map(|mut span| {
                let meta = span["meta"].as_object_mut().unwrap();
                let kind = meta.remove("span.kind").unwrap();
                meta.insert("kind".to_string(), kind);
                span["tags"] = json!([]);
                span
            })
            .collect();
        let request = json!({"data": {"type": "span", "attributes": {"ml_app": "weather", "session_id": "S", "tags": ["user_id:u7"], "spans": spans}}});
        check(read(&request.to_string()), Some("S"));
    }

    #[test]
    fn evaluations_are_scores() {
        let page = json!({"data": [{"id": "1", "type": "span", "attributes": {"span_id": "1", "trace_id": "t", "span_kind": "llm", "ml_app": "a",
            "input": {"value": "hi"}, "output": {"value": "hello"}, "evaluation": {
                "helpful": {"value": 0.5, "eval_metric_type": "score", "status": "OK", "assessment": "pass"},
                "tone": {"value": "polite", "eval_metric_type": "categorical"}, "safe": {"value": true, "eval_metric_type": "boolean"}}}}]});
        let scores: Vec<(String, Option<f64>, Option<String>)> = read(&page.to_string())
            .into_iter()
            .filter_map(|fragment| match fragment.part {
                crate::trace::fragment::Part::Score(score) => Some((score.name, score.value, score.label)),
                _ => None,
            })
            .collect();
        let score = |name: &str, value, label: Option<&str>| (name.to_string(), value, label.map(str::to_string));
        assert_eq!(
            scores,
            [score("helpful", Some(0.5), None), score("safe", Some(1.0), None), score("tone", None, Some("polite"))]
        );
    }
}
