//! Opik: the files of its command line, one trace with its spans each, as JSON or as CSV with a row a span. Files of prompts
//! (`prompt_*.json`: the current version and its history) hold no conversations: they are known for what they are and passed
//! over. Their templates are not what was said either, and a trace names the commit of its prompt itself, so that nothing
//! of them is joined to a conversation.

use super::Reason;
use super::dialect::{numeric, scalar, unpack};
use super::found::Found;
use super::observed::{self, Member as _, Raised, kept, nanos};
use super::platforms::{missing, object, push, push_score};
use super::table::{Format, Read};
use crate::trace::fragment::{Address, Family, Step, StepKind};
use serde_json::{Map, Value, json};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Opik",
    slug: "opik",
    about: "the files of `opik export`: a trace with its spans each, as JSON or CSV; its files of prompts hold no conversations and are passed over",
    is: |keys| {
        keys.has("trace")
            && keys.has("spans[]")
            && keys.any(&["downloaded_at", "project_name", "trace.thread_id", "trace.feedback_scores"])
            || keys.all(&["trace_id", "trace_name", "trace_start_time"])
                && keys.any(&["span_id", "trace_input", "trace_output"])
            || keys.all(&["current_version.prompt", "history[]"])
            || keys.all(&["prompt_current_version", "prompt_history"])
    },
    members: &[],
    envelope: &[],
    read: Read::Fragments(fragments),
};

fn fragments(record: &Value) -> Result<Found, Reason> {
    let map = object(record)?;
    if map.contains_key("current_version") || map.contains_key("prompt_current_version") {
        return Ok(Found::default());
    }
    if map.contains_key("trace") { opik(record) } else { opik(&unflattened(map)) }
}

/// A row of a table: the members of its trace and of its span have its name before theirs.
fn unflattened(row: &Map<String, Value>) -> Value {
    let of = |prefix: &str| -> Map<String, Value> {
        row.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?.to_string(), value.clone()))).collect()
    };
    let (mut trace, span) = (of("trace_"), of("span_"));
    // Scores are a literal of Python.
    if let Some(scores) = trace.get_mut("feedback_scores") {
        *scores = unpack(scores).into_owned();
    }
    // A trace without spans has empty cells for one.
    let spans: Vec<Value> = span.contains_key("id").then_some(Value::Object(span)).into_iter().collect();
    json!({"trace": trace, "spans": spans})
}

fn opik(record: &Value) -> Result<Found, Reason> {
    let trace = record["trace"].as_object().ok_or_else(|| missing("`trace`"))?;
    let id = trace.text(&["id"]).ok_or_else(|| missing("id of its trace"))?;
    let session = trace.text(&["thread_id"]);
    let address = |step: Option<String>| Address { session: session.clone(), trace: Some(id.clone()), step };
    let given = trace.get("metadata").map(unpack).unwrap_or_default();
    let mut metadata = kept(&given);
    let tags = trace.at(&["tags"]).map(unpack);
    let tags: Vec<String> =
        tags.as_deref().and_then(Value::as_array).into_iter().flatten().filter_map(scalar).collect();
    if !tags.is_empty() {
        metadata.insert("tags".to_string(), tags.join(","));
    }
    metadata.extend(record.get("project_name").and_then(scalar).map(|name| ("project".to_string(), name)));
    let root = Step {
        start: nanos(trace.at(&["start_time"])),
        end: nanos(trace.at(&["end_time"])),
        user: given.as_object().and_then(|given| given.text(&["user_id", "user"])),
        prompt_version: opik_prompt(&given),
        metadata,
        ..observed::step(
            StepKind::Other,
            &trace.text(&["name"]).unwrap_or_default(),
            (trace.at(&["input"]), trace.at(&["output"])),
            Raised(trace.get("error_info")),
            true,
        )
    };
    let mut fragments = Vec::new();
    push(&mut fragments, Family::Opik, address(Some(id.clone())), root);
    for score in trace.get("feedback_scores").and_then(Value::as_array).into_iter().flatten() {
        if let Some(name) = score.get("name").and_then(scalar) {
            let by = score
                .get("source")
                .and_then(scalar)
                .map(|source| if source == "ui" { "human".to_string() } else { source });
            push_score(&mut fragments, Family::Opik, &address(None), name, &score["value"], by);
        }
    }
    let mut found = Found::from(fragments);
    for item in record["spans"].as_array().into_iter().flatten() {
        found.item(|found| {
            let item = object(item)?;
            let own = item.text(&["id"]).ok_or_else(|| missing("id of a span"))?;
            let kind = match item.text(&["type"]).as_deref() {
                Some("llm") => StepKind::Model,
                Some("tool") => StepKind::Tool,
                _ => StepKind::Other,
            };
            let step = Step {
                parent: item.text(&["parent_span_id"]).or_else(|| Some(id.clone())),
                start: nanos(item.at(&["start_time"])),
                end: nanos(item.at(&["end_time"])),
                model: item.text(&["model"]).filter(|_| kind == StepKind::Model),
                cost: item.at(&["total_estimated_cost"]).and_then(numeric).filter(|_| kind == StepKind::Model),
                prompt_version: item.at(&["metadata"]).map(unpack).and_then(|given| opik_prompt(&given)),
                ..observed::step(
                    kind,
                    &item.text(&["name"]).unwrap_or_default(),
                    (item.at(&["input"]), item.at(&["output"])),
                    Raised(item.get("error_info")),
                    false,
                )
            };
            push(found, Family::Opik, address(Some(own)), step);
            Ok(())
        });
    }
    Ok(found)
}

/// The prompt that a trace or a span names, with its commit: the first, where several were used.
fn opik_prompt(metadata: &Value) -> Option<String> {
    let first = |key: &str| metadata.get(key)?.get(0)?.as_object();
    // Newer kits write short references.
    let prompt = first("opik_prompts").or_else(|| first("_prompt_references"))?;
    let version = prompt.get("version").and_then(Value::as_object).unwrap_or(prompt);
    match (prompt.text(&["name"]), version.text(&["commit", "id"])) {
        (Some(name), Some(commit)) => Some(format!("{name}@{commit}")),
        (name, commit) => commit.or(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Conversation;
    use crate::trace::assemble::assemble;
    use crate::trace::reader::testing::pieces;

    /// The pieces of a file, and how many records held none.
    fn read(text: &str) -> (Vec<Conversation>, usize) {
        let found = pieces(text, "opik");
        let passed_over = found.iter().filter(|pieces| pieces.is_empty()).count();
        (assemble(found.concat()).conversations, passed_over)
    }

    #[test]
    fn traces_are_read_with_their_spans_and_scores() {
        let file = json!({"trace": {"id": "t", "name": "chat", "start_time": "2026-01-01T00:00:00Z", "input": {"question": "hi"}, "output": {"answer": "hello"},
            "thread_id": "S", "tags": ["a"], "feedback_scores": [{"name": "good", "value": "0.5", "source": "ui"}]}, "downloaded_at": "x", "project_name": "p",
        "spans": [{"id": "m", "type": "llm", "parent_span_id": null, "model": "m", "start_time": "2026-01-01T00:00:00Z", "total_estimated_cost": "0.25",
            "input": {"messages": [{"role": "user", "content": "hi"}]}, "output": {"choices": [{"message": {"role": "assistant", "content": "hello"}}]}},
            {"id": "f", "type": "tool", "name": "find", "input": {"q": 1}, "output": {"output": "none"}, "start_time": "2026-01-01T00:00:00Z"}]});
        let (found, _) = read(&file.to_string());
        assert_eq!((found.len(), found[0].external_id.as_deref()), (1, Some("S")));
        assert_eq!((found[0].scores["good"], found[0].cost, found[0].calls().count()), (0.5, Some(0.25), 1));
    }

    #[test]
    fn rows_of_a_table_are_spans_of_their_trace() {
        let text = "trace_id,trace_name,trace_start_time,trace_input,trace_output,trace_thread_id,trace_feedback_scores,trace_metadata,\
            span_id,span_name,span_type,span_start_time,span_parent_span_id,span_input,span_output\n\
            t,chat,2026-01-01 00:00:00+00:00,{'q': 'hi'},{'a': 'hello'},S,\"[{'name': 'good', 'value': 1.0, 'source': 'ui'}]\",\
            \"{'opik_prompts': [{'name': 'p', 'version': {'commit': 'c'}}]}\",\
            m,call,llm,2026-01-01 00:00:00+00:00,,\"{'messages': [{'role': 'user', 'content': 'hi'}]}\",\
            \"{'choices': [{'message': {'role': 'assistant', 'content': 'hello'}}]}\"\n\
            t,chat,2026-01-01 00:00:00+00:00,{'q': 'hi'},{'a': 'hello'},S,\"[{'name': 'good', 'value': 1.0, 'source': 'ui'}]\",\
            \"{'opik_prompts': [{'name': 'p', 'version': {'commit': 'c'}}]}\",\
            f,find,tool,2026-01-01 00:00:01+00:00,,{'q': 1},{'output': 'none'}\n";
        let (found, _) = read(text);
        assert_eq!((found.len(), found[0].external_id.as_deref()), (1, Some("S")));
        assert_eq!((found[0].scores["good"], found[0].prompt_version.as_deref()), (1.0, Some("p@c")));
        assert_eq!((found[0].turns[0].text.as_str(), found[0].calls().count()), ("hi", 1));
        let (found, _) = read(
            "trace_id,trace_name,trace_start_time,trace_input,trace_output,span_id,span_name,span_parent_span_id\nt,chat,2026-01-01T00:00:00Z,hi,hello,,,\n",
        );
        assert_eq!(found[0].turns.len(), 2);
    }

    #[test]
    fn prompts_are_known_and_passed_over() {
        let version = |text: Value| json!({"prompt": text, "metadata": null, "type": "MUSTACHE", "commit": "c1", "template_structure": "text"});
        let text = json!({"id": "p", "name": "support", "current_version": version(json!("Be {{kind}}.")),
            "history": [version(json!("Be kind."))], "downloaded_at": "2026-01-01T00:00:00"});
        let chat = json!([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "{{question}}"}]);
        let chat = json!({"prompt": {"id": "p", "name": "support"}, "current_version": version(chat.clone()), "history": [version(chat)]});
        let table = "prompt_id,prompt_name,prompt_current_version,prompt_history,prompt_downloaded_at\np,support,{'prompt': 'x'},[],2026\n";
        for file in [text.to_string(), format!("{chat:#}"), table.to_string()] {
            assert_eq!(read(&file), (Vec::new(), 1), "{file}");
        }
    }

    #[test]
    fn prompts_are_named_with_their_commit() {
        let whole = json!({"opik_prompts": [{"name": "support", "id": "p", "version": {"commit": "c1", "template": "Be kind."}}]});
        assert_eq!(opik_prompt(&whole).as_deref(), Some("support@c1"));
        let reference = json!({"_prompt_references": [{"name": "support", "commit": "c1", "prompt_id": "p"}]});
        assert_eq!(opik_prompt(&reference).as_deref(), Some("support@c1"));
        assert_eq!(opik_prompt(&json!({"plan": "gold"})), None);
    }
}
