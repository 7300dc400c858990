//! Calls of W&B Weave: of its decorated functions, of providers' libraries, of LangChain's tracer and of spans that came
//! over OpenTelemetry. `wb_user_id` is whose key sent the call and no user of the agent.

use super::{each, missing, push, push_score};
use crate::trace::fragment::{Address, Family, Fragment, Step, StepKind};
use crate::trace::reader::Reason;
use crate::trace::reader::dialect::{numeric, scalar, unpack};
use crate::trace::reader::observed::{self, Member as _, Raised, kept, nanos};
use crate::trace::reader::table::{Format, Read};
use serde_json::{Map, Value};

/// The row of the table.
pub(in crate::trace::reader) const FORMAT: Format = Format {
    name: "Weave",
    slug: "weave",
    about: "calls of W&B Weave, as JSONL, JSON or CSV",
    is: |keys| keys.all(&["op_name", "trace_id"]) || keys.all(&["calls[].op_name", "calls[].trace_id"]),
    members: &["calls"],
    envelope: &[],
    read: Read::Fragments(|record| each(record, "calls", one)),
};

/// Under which names spans of OpenTelemetry have what went in, in the order of the service.
const INPUTS: [&str; 9] = [
    "ai.prompt",
    "gen_ai.prompt",
    "input.value",
    "mlflow.spanInputs",
    "gen_ai.input.messages",
    "pydantic_ai.all_messages",
    "traceloop.entity.input",
    "gcp.vertex.agent.tool_call_args",
    "gcp.vertex.agent.llm_request",
];
/// And what came out.
const OUTPUTS: [&str; 9] = [
    "ai.response",
    "gen_ai.completion",
    "output.value",
    "gen_ai.output.messages",
    "mlflow.spanOutputs",
    "final_result",
    "traceloop.entity.output",
    "gcp.vertex.agent.tool_response",
    "gcp.vertex.agent.llm_response",
];

fn one(map: &Map<String, Value>, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let id = map.text(&["id"]).ok_or_else(|| missing("`id`"))?;
    let operation = map.text(&["op_name"]).unwrap_or_default();
    // weave:///entity/project/op/name:digest
    let (path, version) =
        operation.rsplit_once(':').filter(|(path, _)| path.contains("/op/")).unwrap_or((&operation, ""));
    let name = path.rsplit('/').next().unwrap_or(path);
    let attributes = map.at(&["attributes"]).map(unpack).unwrap_or_default();
    let summary = map.at(&["summary"]).map(unpack).unwrap_or_default();
    let used = summary.get("usage").and_then(Value::as_object).and_then(|usage| usage.keys().next().cloned());
    let (inputs, output) = (map.at(&["inputs"]).map(unpack), map.at(&["output"]).map(unpack));
    let input = inputs.as_deref().map(|inputs| chosen(inputs, &INPUTS));
    let output = output.as_deref().map(|output| chosen(traced(name, output), &OUTPUTS));
    let kind = kind(name, &attributes, output);
    let parent = map.text(&["parent_id"]);
    let root = parent.is_none();
    let mut metadata = if root { kept(&attributes) } else { Default::default() };
    if root && !version.is_empty() {
        metadata.insert("op_version".to_string(), version.to_string());
    }
    let session = map.text(&["thread_id"]).or_else(|| observed::session_in(&attributes));
    let address = Address { session, trace: map.text(&["trace_id"]), step: Some(id) };
    for feedback in summary.pointer("/weave/feedback").and_then(Value::as_array).into_iter().flatten() {
        judged(feedback, &address, found);
    }
    let asked =
        || inputs.as_deref()?.get("model").and_then(scalar).or_else(|| attributes.get("model").and_then(scalar));
    let name = name.strip_prefix("langchain.Tool.").unwrap_or(name);
    let built = observed::step(kind, name, (input, output), Raised(map.get("exception")), root);
    let step = Step {
        parent,
        start: nanos(map.at(&["started_at"])),
        end: nanos(map.at(&["ended_at"])),
        user: attributes.as_object().and_then(|given| given.text(&["user_id", "userId", "user.id", "user"])),
        model: used.or_else(asked).filter(|_| kind == StepKind::Model),
        cost: cost(&summary).filter(|_| kind == StepKind::Model),
        failed: built.failed || summary.pointer("/weave/status").is_some_and(|status| status == "error"),
        metadata,
        ..built
    };
    push(found, Family::Weave, address, step);
    Ok(())
}

/// What a call is, by the word that it has for it or by its name.
fn kind(name: &str, attributes: &Value, output: Option<&Value>) -> StepKind {
    let word = attributes.get("kind").or_else(|| attributes.pointer("/weave/kind")).and_then(scalar);
    let lower = name.to_ascii_lowercase();
    let has = |key: &str| output.is_some_and(|output| output.get(key).is_some_and(Value::is_array));
    let speaks = ["choices", "candidates", "content"].into_iter().any(has);
    // Calls of providers' libraries carry the library's name; of a library's parts only the innermost has a reply.
    let library = [
        "chat.completions.create",
        "chat.completions.parse",
        "messages.create",
        "messages.stream",
        "responses.create",
        "generate_content",
        "completion",
        "chatopenai",
        "langchain.llm.",
        "langchain.chat_model.",
    ];
    match word.unwrap_or_default().to_ascii_lowercase().as_str() {
        "llm" => StepKind::Model,
        "tool" => StepKind::Tool,
        "agent" => StepKind::Agent,
        _ if lower.starts_with("langchain.tool.") => StepKind::Tool,
        // Chains and parsers hand on what models said.
        _ if ["langchain.chain.", "langchain.parser.", "langchain.prompt."]
            .iter()
            .any(|part| lower.starts_with(part)) =>
        {
            StepKind::Other
        }
        _ if speaks || library.iter().any(|part| lower.contains(part)) => StepKind::Model,
        _ if lower.contains("tool") => StepKind::Tool,
        _ => StepKind::Other,
    }
}

/// What a run of LangChain gave: the tracer puts the run around it.
fn traced<'a>(name: &str, output: &'a Value) -> &'a Value {
    let inner = output.get("outputs").filter(|_| name.starts_with("langchain."));
    match inner.and_then(Value::as_array).map(Vec::as_slice) {
        Some([one]) => one,
        _ => output,
    }
}

/// The member of a side that says most, where its members are attributes of a span.
fn chosen<'a>(side: &'a Value, names: &[&str]) -> &'a Value {
    side.as_object().and_then(|map| map.at(names)).unwrap_or(side)
}

/// The scores that a feedback is: reactions and annotations of people, and what scorers gave.
fn judged(feedback: &Value, address: &Address, found: &mut Vec<Fragment>) {
    let kind = feedback.get("feedback_type").and_then(scalar).unwrap_or_default();
    let payload = feedback.get("payload").map(unpack).unwrap_or_default();
    let scorer = kind.strip_prefix("wandb.runnable.");
    let name = scorer.or_else(|| kind.strip_prefix("wandb.annotation.")).unwrap_or(&kind);
    let name = if name == "wandb.reaction.1" { "reaction" } else { name };
    let by = scorer.is_none().then(|| "human".to_string());
    let value = ["output", "value", "emoji"].iter().find_map(|key| payload.get(*key)).unwrap_or(&payload);
    push_score(found, Family::Weave, address, name.to_string(), value, by.clone());
    // Scorers give several numbers at once.
    for (part, value) in value.as_object().into_iter().flatten().filter(|(_, value)| numeric(value).is_some()) {
        push_score(found, Family::Weave, address, format!("{name}.{part}"), value, by.clone());
    }
}

/// What the calls of all models in it cost: of each, what its tokens cost in sum.
fn cost(summary: &Value) -> Option<f64> {
    let models = summary.pointer("/weave/costs").map(unpack)?;
    let tokens = models.as_object()?.values().filter_map(Value::as_object).flatten();
    let costs: Vec<f64> =
        tokens.filter(|(name, _)| name.ends_with("_total_cost")).filter_map(|(_, cost)| numeric(cost)).collect();
    (!costs.is_empty()).then(|| costs.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Conversation;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    fn read(records: &[Value]) -> Conversation {
        let mut found = Vec::new();
        records.iter().for_each(|record| one(record.as_object().unwrap(), &mut found).unwrap());
        let mut read = assemble(found).conversations;
        assert_eq!(read.len(), 1, "{read:?}");
        read.remove(0)
    }

    fn texts(conversation: &Conversation) -> Vec<&str> {
        conversation.turns.iter().map(|turn| turn.text.as_str()).collect()
    }

    #[expect(clippy::needless_pass_by_value, reason = "`json!` makes values")]
    fn call(id: &str, parent: Value, name: &str, second: u8, inputs: Value, output: Value) -> Value {
        json!({"id": id, "project_id": "e/p", "trace_id": "t", "parent_id": parent, "op_name": format!("weave:///e/p/op/{name}:d1"), "wb_user_id": "VXNlcjoxMg==",
            "started_at": format!("2026-01-01T00:00:{second:02}.000000Z"), "inputs": inputs, "output": output, "exception": null, "attributes": {},
            "summary": {"weave": {"status": "success"}}})
    }

    #[test]
    fn calls_of_a_library_keep_calls_of_tools_errors_and_scores_and_no_account_for_a_user() {
        let asked = json!({"role": "user", "content": "Rain?"});
        let used = json!({"type": "tool_use", "id": "c1", "name": "forecast", "input": {"city": "Oslo"}});
        let mut root = call("r", Value::Null, "agent", 0, json!({"question": "Rain?"}), json!("Cannot say."));
        root["thread_id"] = json!("T");
        root["attributes"] = json!({"user_id": "u"});
        root["summary"]["weave"]["feedback"] = json!([
            {"feedback_type": "wandb.reaction.1", "payload": {"emoji": "👍", "alias": ":thumbs_up:"}},
            {"feedback_type": "wandb.note.1", "payload": {"note": "a long story"}},
            {"feedback_type": "wandb.annotation.quality", "payload": {"value": 4}},
            {"feedback_type": "wandb.runnable.grounded", "payload": {"output": {"score": 0.5, "ok": true, "why": "x"}}}]);
        let first = call(
            "m",
            json!("r"),
            "anthropic.Messages.create",
            1,
            json!({"self": "x", "model": "claude", "system": "Be kind.", "messages": [asked]}),
            json!({"id": "msg_1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "Let me look."}, used]}),
        );
        let mut tool = call("f", json!("r"), "forecast", 2, json!({"city": "Oslo"}), Value::Null);
        tool["attributes"] = json!({"weave": {"kind": "tool"}});
        tool["exception"] = json!("ValueError: storm");
        tool["summary"]["weave"]["status"] = json!("error");
        let found = read(&[root, first, tool]);
        assert_eq!(texts(&found), ["Be kind.", "Rain?", "Let me look.", "Cannot say."]);
        let (_, run) = found.calls().next().unwrap();
        assert_eq!((&*run.name, run.error.is_some()), ("forecast", true));
        assert_eq!(
            (found.external_id.as_deref(), found.user.as_deref(), found.model.as_deref()),
            (Some("T"), Some("u"), Some("claude"))
        );
        let scores: Vec<(&str, f64)> = found.scores.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        assert_eq!(scores, [("grounded.ok", 1.0), ("grounded.score", 0.5), ("quality", 4.0)]);
    }

    #[test]
    fn runs_of_langchain_and_spans_are_unwrapped() {
        let message = |class: &str, fields: Value| json!({"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", class], "kwargs": fields});
        let asked = message("HumanMessage", json!({"content": "Rain?", "type": "human"}));
        let called = message(
            "AIMessage",
            json!({"content": "", "type": "ai", "tool_calls": [{"name": "forecast", "args": {"city": "Oslo"}, "id": "c1", "type": "tool_call"}]}),
        );
        let run = |outputs: Value| json!({"id": "x", "run_type": "llm", "name": "x", "outputs": [outputs], "extra": {"metadata": {}}});
        let found = read(&[
            call(
                "r",
                Value::Null,
                "langchain.Chain.RunnableSequence",
                0,
                json!({"question": "Rain?"}),
                run(json!({"output": "Storm."})),
            ),
            call(
                "m",
                json!("r"),
                "langchain.Llm.ChatAnthropic",
                1,
                json!({"messages": [[asked]]}),
                run(json!({"generations": [[{"text": "", "message": called}]]})),
            ),
            call(
                "f",
                json!("r"),
                "langchain.Tool.forecast",
                2,
                json!({"input": "{'city': 'Oslo'}"}),
                run(json!({"output": "storm"})),
            ),
        ]);
        assert_eq!(texts(&found), ["Rain?", "", "Storm."]);
        let (_, ran) = found.calls().next().unwrap();
        assert_eq!((found.calls().count(), &*ran.name, ran.result.as_deref()), (1, "forecast", Some("storm")));

        let mut span = call(
            "s",
            Value::Null,
            "chat",
            0,
            json!({"gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]}], "gen_ai.request.model": "m"}),
            json!({"gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "hello"}]}]}),
        );
        span["attributes"] = json!({"kind": "LLM", "otel_span": {"name": "chat"}});
        assert_eq!(texts(&read(&[span])), ["hi", "hello"]);
    }
}
