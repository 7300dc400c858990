//! LangSmith: runs, as lines, arrays, pages or trees (`child_runs`), and feedback. The `session_id` of a run is its
//! project; the conversation is named in its metadata. The tree of runs comes from their parents, or from
//! `dotted_order` where those are missing.

use super::Reason;
use super::dialect::{numeric, scalar, text_of, unpack};
use super::found::Found;
use super::observed::{self, Member as _, Raised, kept, nanos};
use super::table::{Format, Read};
use crate::trace::fragment::{Address, Family, Fragment, Part, Score, Step, StepKind};
use serde_json::{Map, Value};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "LangSmith",
    slug: "langsmith",
    about: "runs and feedback, as JSONL, JSON, CSV or pages of the API",
    is: |keys| {
        let run = |prefix: &str| {
            let has = |names: &[&str]| names.iter().any(|name| keys.has(&format!("{prefix}{name}")));
            has(&["run_type"]) && has(&["inputs", "outputs", "dotted_order", "parent_run_id", "trace_id", "name"])
                || has(&["run_id"]) && has(&["key"]) && has(&["score", "value", "feedback_source"])
        };
        ["", "runs[].", "data[].", "items[].", "feedback[]."].into_iter().any(run)
    },
    members: &["runs", "data", "items"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

fn fragments(record: &Value) -> Result<Found, Reason> {
    let lists: Vec<&Vec<Value>> =
        ["runs", "data", "items", "feedback"].iter().filter_map(|key| record[*key].as_array()).collect();
    let mut found = Found::default();
    if lists.is_empty() {
        tree(record, &mut found);
    }
    lists.into_iter().flatten().for_each(|item| tree(item, &mut found));
    Ok(found)
}

/// A run and those below it, which the kit nests where it is asked to load them.
fn tree(run: &Value, found: &mut Found) {
    let mut waiting = vec![run];
    while let Some(run) = waiting.pop() {
        found.item(|found| one(run, found));
        waiting.extend(run.get("child_runs").and_then(Value::as_array).into_iter().flatten());
    }
}

fn one(record: &Value, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let Value::Object(map) = record else {
        return Err(Reason::NotAConversation("a run is not an object".to_string()));
    };
    if map.contains_key("run_id") && map.contains_key("key") {
        found.push(feedback(map)?);
        return Ok(());
    }
    let Some(id) = map.text(&["id", "run_id"]) else {
        return Err(Reason::NotAConversation("a run has no `id`".to_string()));
    };
    let (first, parent) = order(map, &id);
    // Those above it, from the root down.
    let above = || map.get("parent_run_ids").and_then(Value::as_array)?.last().and_then(scalar);
    let parent = map.text(&["parent_run_id", "parent_id"]).or(parent).or_else(above);
    let root = parent.is_none();
    // Newer answers of the service write it in capitals.
    let kind = match map.text(&["run_type"]).unwrap_or_default().to_ascii_lowercase().as_str() {
        "llm" | "chat_model" => StepKind::Model,
        "tool" => StepKind::Tool,
        _ => StepKind::Other,
    };
    let extra = map.at(&["extra"]).map(unpack).unwrap_or_default();
    let around = extra.get("metadata").or_else(|| map.get("metadata")).map(unpack).unwrap_or_default();
    let fact = |keys: &[&str]| around.as_object().and_then(|around| around.text(keys));
    let name = map.text(&["name"]).unwrap_or_default();
    let built =
        observed::step(kind, &name, (map.at(&["inputs"]), map.at(&["outputs"])), Raised(map.get("error")), root);
    let mut metadata = if root { kept(&around) } else { std::collections::BTreeMap::new() };
    if root {
        let tags = map.at(&["tags"]).map(unpack);
        let tags: Vec<String> =
            tags.as_deref().and_then(Value::as_array).into_iter().flatten().filter_map(scalar).collect();
        if !tags.is_empty() {
            metadata.insert("tags".to_string(), tags.join(","));
        }
    }
    let token_usage =
        |pointer: &str| map.at(&["outputs"]).map(unpack).and_then(|outputs| outputs.pointer(pointer).and_then(scalar));
    let step = Step {
        parent,
        start: nanos(map.at(&["start_time"])),
        end: nanos(map.at(&["end_time"])),
        user: fact(&["user_id", "userId", "user"]),
        agent: fact(&["lc_agent_name", "agent_name"]),
        model: fact(&["ls_model_name"])
            .or_else(|| {
                extra
                    .pointer("/invocation_params/model")
                    .or_else(|| extra.pointer("/invocation_params/model_name"))
                    .and_then(scalar)
            })
            .or_else(|| token_usage("/llm_output/model_name"))
            .filter(|_| kind == StepKind::Model),
        prompt_version: fact(&["lc_hub_commit_hash", "prompt_version", "revision_id"]),
        failed: built.failed || map.text(&["status"]).is_some_and(|status| status.eq_ignore_ascii_case("error")),
        cost: map
            .at(&["total_cost"])
            .and_then(numeric)
            // What the application itself said that it cost.
            .or_else(|| extra.pointer("/metadata/usage_metadata/total_cost").and_then(numeric))
            .filter(|_| kind == StepKind::Model),
        reply: built.reply.clone().or_else(|| reply(map)).filter(|_| kind == StepKind::Model),
        metadata,
        ..built
    };
    let session = observed::session_in(&around).or_else(|| map.text(&["thread_id"]));
    let trace = map.text(&["trace_id"]).or(first).or_else(|| root.then(|| id.clone()));
    let address = Address { session, trace, step: Some(id) };
    for (name, stats) in
        map.at(&["feedback_stats"]).map(unpack).as_deref().and_then(Value::as_object).into_iter().flatten()
    {
        if let Some(mean) = unpack(stats).get("avg").and_then(numeric) {
            // Single judgements, where they are exported, have a time and count before their mean.
            let score = Score { id: None, name: name.clone(), value: Some(mean), label: None, by: None, time: None };
            found.push(Fragment { family: Family::LangSmith, address: address.clone(), part: Part::Score(score) });
        }
    }
    found.push(Fragment { family: Family::LangSmith, address, part: Part::Step(Box::new(step)) });
    Ok(())
}

/// The provider's id of the reply in LangChain's outputs.
fn reply(map: &Map<String, Value>) -> Option<String> {
    let outputs = map.at(&["outputs"]).map(unpack)?;
    let message =
        outputs.pointer("/generations/0/0/message/kwargs").or_else(|| outputs.pointer("/generations/0/0/message"))?;
    message.pointer("/response_metadata/id").or_else(|| message.get("id")).and_then(scalar)
}

/// The ids of the trace and of the parent in `dotted_order`: `<time>Z<id>.<time>Z<id>`.
fn order(map: &Map<String, Value>, own: &str) -> (Option<String>, Option<String>) {
    let Some(order) = map.text(&["dotted_order"]) else { return (None, None) };
    let ids: Vec<&str> = order.split('.').filter_map(|part| part.split_once('Z')).map(|(_, id)| id).collect();
    // Files made by hand do not follow the form: then the last id is not the run's own.
    if ids.last() != Some(&own) {
        return (None, None);
    }
    let parent = ids.len().checked_sub(2).and_then(|before| ids.get(before));
    (ids.first().map(|id| (*id).to_string()), parent.map(|id| (*id).to_string()))
}

fn feedback(map: &Map<String, Value>) -> Result<Fragment, Reason> {
    let (Some(name), Some(run)) = (map.text(&["key"]), map.text(&["run_id"])) else {
        return Err(Reason::NotAConversation("feedback has no `key` or no `run_id`".to_string()));
    };
    let value = map.at(&["value"]);
    let score = Score {
        id: map.text(&["id"]),
        name,
        value: map.at(&["score"]).and_then(numeric),
        label: value.filter(|value| value.is_string()).map(|value| text_of(Some(value))),
        by: map.get("feedback_source").and_then(|source| source.get("type")).and_then(scalar).map(|kind| {
            match kind.as_str() {
                "app" => "human".to_string(),
                "model" | "auto_eval" => "model".to_string(),
                _ => kind,
            }
        }),
        time: nanos(map.at(&["modified_at", "created_at"])),
    };
    let address = Address { session: None, trace: map.text(&["trace_id"]), step: Some(run) };
    Ok(Fragment { family: Family::LangSmith, address, part: Part::Score(score) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    fn all(records: &[Value]) -> Vec<Fragment> {
        records.iter().flat_map(|record| fragments(record).unwrap().fragments).collect()
    }

    #[test]
    fn runs_and_feedback_make_a_conversation() {
        let message = |class: &str, content: &str| json!({"lc": 1, "type": "constructor", "id": ["langchain", "schema", class], "kwargs": {"content": content}});
        let root = json!({"id": "r", "trace_id": "r", "run_type": "chain", "name": "agent", "start_time": "2026-01-01T00:00:00", "session_id": "project",
            "inputs": {"question": "hi"}, "outputs": {"answer": "hello"}, "extra": {"metadata": {"thread_id": "S", "user_id": "u", "plan": "gold"}},
            "feedback_stats": {"good": {"n": 1, "avg": 0.0}}, "tags": ["a"]});
        let model = json!({"id": "m", "dotted_order": "20260101T000000000000Zr.20260101T000001000000Zm", "run_type": "llm", "name": "ChatOpenAI",
            "start_time": "2026-01-01T00:00:01", "total_cost": "0.5", "inputs": {"messages": [[message("SystemMessage", "be"), message("HumanMessage", "hi")]]},
            "outputs": "{\"generations\":[[{\"text\":\"hello\",\"message\":{\"lc\":1,\"type\":\"constructor\",\"id\":[\"x\",\"AIMessage\"],\"kwargs\":{\"content\":\"hello\"}}}]]}",
            "extra": "{\"metadata\":{\"ls_model_name\":\"gpt\"}}"});
        let tool = json!({"id": "t", "trace_id": "r", "parent_run_id": "r", "run_type": "tool", "name": "find", "start_time": "2026-01-01T00:00:02",
            "inputs": {"input": "{'q': 1}"}, "outputs": {"output": "none"}, "error": "boom"});
        let judged = json!({"run_id": "r", "key": "good", "score": 1, "feedback_source": {"type": "app"}, "created_at": "2026-01-02T00:00:00", "id": "f"});
        let read = assemble(all(&[judged, tool, model, root])).conversations;
        assert_eq!(read.len(), 1);
        let texts: Vec<&str> = read[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["be", "hi", "hello", ""]);
        assert_eq!(
            (read[0].external_id.as_deref(), read[0].user.as_deref(), read[0].model.as_deref(), read[0].cost),
            (Some("S"), Some("u"), Some("gpt"), Some(0.5))
        );
        assert_eq!(
            (read[0].scores["good"], &*read[0].metadata["plan"], &*read[0].metadata["tags"]),
            (1.0, "gold", "a")
        );
        let (_, call) = read[0].calls().next().unwrap();
        assert_eq!(
            (&*call.name, &*call.arguments, call.result.as_deref(), call.error.is_some()),
            ("find", "{\"q\":1}", Some("none"), true)
        );
    }

    #[test]
    fn answers_of_the_second_interface_are_read() {
        let page = json!({"items": [
            {"id": "m", "trace_id": "r", "parent_run_ids": ["r"], "is_root": false, "run_type": "LLM", "name": "ChatOpenAI", "status": "SUCCESS", "metadata": {"ls_model_name": "gpt"},
             "start_time": "2026-01-01T00:00:01Z", "inputs": {"messages": [{"role": "user", "content": "hi"}]}, "outputs": {"choices": [{"message": {"role": "assistant", "content": "hello"}}]}},
            {"id": "r", "trace_id": "r", "parent_run_ids": [], "is_root": true, "run_type": "CHAIN", "name": "agent", "metadata": {"thread_id": "T"},
             "start_time": "2026-01-01T00:00:00Z", "inputs": {"question": "hi"}, "outputs": {"answer": "hello"}}], "next_cursor": null});
        let reader = crate::trace::reader::Reader::open(std::io::Cursor::new(page.to_string())).unwrap();
        assert_eq!(reader.format().slug, "langsmith");
        let read = assemble(all(&[page])).conversations;
        assert_eq!(
            (read.len(), read[0].turns.len(), read[0].model.as_deref(), read[0].external_id.as_deref()),
            (1, 2, Some("gpt"), Some("T"))
        );
    }

    #[test]
    fn pages_and_strange_orders_are_read_and_runs_without_ids_refused() {
        let run = json!({"id": "a", "run_type": "llm", "dotted_order": "2025Z.1.1", "inputs": {"prompt": "hi"}, "outputs": {"output": "yo"}});
        let found = all(&[json!({"runs": [run]})]);
        assert_eq!(found[0].address.trace.as_deref(), Some("a"));
        assert!(fragments(&json!({"run_type": "llm"})).unwrap().refusal().is_some());
    }

    #[test]
    fn trees_of_runs_are_read_and_tools_say_in_their_message_that_they_failed() {
        // As the kit gives it with `load_child_runs`, of an agent of LangGraph.
        let calls = json!([{"name": "weather", "args": {"city": "Oslo"}, "id": "c1", "type": "tool_call"}]);
        let message = |kind: &str, fields: Value| {
            let mut message = json!({"type": kind, "additional_kwargs": {}, "response_metadata": {}, "id": null});
            message.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
            message
        };
        let asked = message("human", json!({"content": "Rain?"}));
        let called = message("ai", json!({"content": "", "tool_calls": calls, "usage_metadata": {"input_tokens": 3}}));
        let answered =
            message("tool", json!({"content": "storm", "name": "weather", "tool_call_id": "c1", "status": "error"}));
        let said = message("ai", json!({"content": "Cannot say."}));
        let run = |id: &str, parent: Value, kind: &str, second: u8, inputs: Value, outputs: Value, children: Value| {
            json!({"id": id, "trace_id": "r", "parent_run_id": parent, "run_type": kind, "name": if kind == "tool" { "weather" } else { "x" },
                "start_time": format!("2026-01-01T00:00:{second:02}.000000"), "session_id": "project", "status": "success", "error": null,
                "inputs": inputs, "outputs": outputs, "child_runs": children, "extra": {"metadata": {"thread_id": "T", "ls_model_name": "gpt"}}})
        };
        let reply = |message: &Value| json!({"generations": [[{"text": "", "type": "ChatGeneration", "message": message}]], "llm_output": null, "type": "LLMResult"});
        let node = run(
            "n",
            json!("r"),
            "chain",
            1,
            json!({}),
            json!({}),
            json!([run("m1", json!("n"), "llm", 2, json!({"messages": [[asked]]}), reply(&called), json!([]))]),
        );
        let tool = run(
            "t",
            json!("r"),
            "tool",
            3,
            json!({"input": "{'city': 'Oslo'}"}),
            json!({"output": answered}),
            Value::Null,
        );
        let last = run(
            "m2",
            json!("r"),
            "llm",
            4,
            json!({"messages": [[asked, called, answered]]}),
            reply(&said),
            Value::Null,
        );
        let root = run(
            "r",
            Value::Null,
            "chain",
            0,
            json!({"messages": [asked]}),
            json!({"messages": [asked, called, answered, said]}),
            json!([node, tool, last]),
        );
        let found = all(&[root]);
        let failed = found
            .iter()
            .any(|fragment| matches!(&fragment.part, Part::Step(step) if step.kind == StepKind::Tool && step.failed));
        let read = assemble(found).conversations;
        let texts: Vec<&str> = read[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!((read.len(), texts.as_slice(), failed), (1, &["Rain?", "", "Cannot say."][..], true));
        let (_, call) = read[0].calls().next().unwrap();
        assert_eq!((read[0].calls().count(), call.result.as_deref(), call.error.is_some()), (1, Some("storm"), true));
        assert_eq!((read[0].external_id.as_deref(), read[0].model.as_deref()), (Some("T"), Some("gpt")));
    }
}
