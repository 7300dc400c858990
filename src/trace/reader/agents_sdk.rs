//! Traces of the OpenAI Agents SDK, as its exporters send them: `trace` and `trace.span` objects. A trace is one run; its
//! group is the conversation. Spans of responses hold text only where a processor was set that keeps it.

use super::Reason;
use super::dialect::{messages, scalar};
use super::found::Found;
use super::observed::{self, Member as _, Raised, kept, nanos};
use super::table::{Format, Read};
use crate::trace::Role;
use crate::trace::fragment::{Address, Facts, Family, Fragment, Part, Step, StepKind};
use serde_json::{Map, Value};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "OpenAI Agents SDK",
    slug: "agents-sdk",
    about: "`trace` and `trace.span` objects of its exporters",
    is: |keys| {
        ["object", "data[].object", "items[].object"]
            .iter()
            .any(|path| matches!(keys.text(path), Some("trace" | "trace.span")))
            || keys.any(&["span_data.type", "spans[].span_data"])
    },
    members: &["data"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

fn fragments(record: &Value) -> Result<Found, Reason> {
    let list = ["data", "items", "spans"].iter().find_map(|key| record[*key].as_array());
    let list = list.map_or(std::slice::from_ref(record), Vec::as_slice);
    let mut found = Found::default();
    // Home-made exporters keep a trace beside its spans.
    let trace = record.get("trace").filter(|trace| trace["object"] == "trace");
    for item in trace.into_iter().chain(list) {
        found.item(|found| one(item).map(|fragment| found.push(fragment)));
    }
    Ok(found)
}

fn one(record: &Value) -> Result<Fragment, Reason> {
    let Value::Object(map) = record else {
        return Err(Reason::NotAConversation("a span is not an object".to_string()));
    };
    let Some(id) = map.text(&["id", "span_id"]) else {
        return Err(Reason::NotAConversation("it has no `id`".to_string()));
    };
    if map.get("object").is_some_and(|object| object == "trace") {
        let mut metadata = map.get("metadata").map(kept).unwrap_or_default();
        metadata.extend(map.text(&["workflow_name"]).map(|name| ("workflow".to_string(), name)));
        let user = map.get("metadata").and_then(Value::as_object).and_then(|given| given.text(&["user_id", "user"]));
        let facts = Facts { user, metadata, ..Facts::default() };
        let address = Address { session: map.text(&["group_id"]), trace: Some(id), step: None };
        return Ok(Fragment { family: Family::AgentsSdk, address, part: Part::Facts(facts) });
    }
    let Some(trace) = map.text(&["trace_id"]) else {
        return Err(Reason::NotAConversation("a span has no `trace_id`".to_string()));
    };
    let none = Map::new();
    let data = map.get("span_data").and_then(Value::as_object).unwrap_or(&none);
    let name = data.text(&["name"]).unwrap_or_default();
    let parent = map.text(&["parent_id"]);
    let (input, output) = (data.at(&["input", "_input"]), data.at(&["output", "_response"]));
    let kind = match data.get("type").and_then(Value::as_str).unwrap_or("") {
        "generation" | "response" => StepKind::Model,
        "function" | "mcp_tool" => StepKind::Tool,
        "agent" => StepKind::Agent,
        _ => StepKind::Other,
    };
    let built = observed::step(kind, &name, (input, output), Raised(map.get("error")), false);
    let mut step = Step {
        agent: (kind == StepKind::Agent).then(|| name.clone()).filter(|name| !name.is_empty()),
        start: nanos(map.at(&["started_at"])),
        end: nanos(map.at(&["ended_at"])),
        model: data
            .text(&["model"])
            .or_else(|| output?.get("model").and_then(scalar))
            .filter(|_| kind == StepKind::Model),
        reply: data.text(&["response_id"]).or(built.reply.clone()),
        parent,
        ..built
    };
    // A generation's output is a list of messages of the agent.
    if kind == StepKind::Model && step.output.is_empty() {
        step.output = output.map(|output| messages(output, Role::Assistant)).unwrap_or_default();
    }
    let address = Address { session: None, trace: Some(trace), step: Some(id) };
    Ok(Fragment { family: Family::AgentsSdk, address, part: Part::Step(Box::new(step)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    #[test]
    fn groups_agents_functions_and_handoffs_are_read() {
        let span = |id: &str, parent: Option<&str>, second: u8, data: Value| {
            json!({"object": "trace.span", "id": id, "trace_id": "t", "parent_id": parent,
            "started_at": format!("2026-01-01T00:00:{second:02}Z"), "ended_at": format!("2026-01-01T00:00:{:02}Z", second + 1), "span_data": data, "error": null})
        };
        let records = [
            json!({"object": "trace", "id": "t", "workflow_name": "support", "group_id": "S", "metadata": {"plan": "gold"}}),
            span("a", None, 0, json!({"type": "agent", "name": "triage", "tools": []})),
            span(
                "g",
                Some("a"),
                1,
                json!({"type": "generation", "model": "m", "input": [{"role": "user", "content": "hi"}],
                "output": [{"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "find", "arguments": "{}"}}]}]}),
            ),
            span("f", Some("a"), 2, json!({"type": "function", "name": "find", "input": "{}", "output": "none"})),
            span(
                "r",
                Some("a"),
                3,
                json!({"type": "response", "response_id": "resp_1",
                "_input": [{"role": "user", "content": "hi"}, {"type": "function_call", "call_id": "c", "name": "find", "arguments": "{}"}, {"type": "function_call_output", "call_id": "c", "output": "none"}],
                "_response": {"id": "resp_1", "instructions": "be", "model": "m", "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "sorry"}]}]}}),
            ),
        ];
        let found: Vec<Fragment> = records.iter().flat_map(|record| fragments(record).unwrap().fragments).collect();
        assert_eq!(fragments(&json!({"trace": records[0], "spans": records[1..]})).unwrap().fragments, found);
        let read = assemble(found).conversations;
        assert_eq!(
            (read.len(), read[0].external_id.as_deref(), read[0].agent.as_deref()),
            (1, Some("S"), Some("triage"))
        );
        let texts: Vec<&str> = read[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["be", "hi", "", "sorry"]);
        assert_eq!(read[0].calls().next().unwrap().1.result.as_deref(), Some("none"));
        assert_eq!(&*read[0].metadata["plan"], "gold");
    }
}
