//! One conversation of each platform.

use super::*;
use crate::trace::Conversation;
use crate::trace::assemble::assemble;
use crate::trace::reader::{agents_sdk, braintrust, langsmith};
use serde_json::json;

fn read(format: &Format, records: &[Value]) -> Conversation {
    let Read::Fragments(fragments) = format.read else { panic!() };
    let found: Vec<Fragment> = records.iter().flat_map(|record| fragments(record).unwrap().fragments).collect();
    let mut read = assemble(found).conversations;
    assert_eq!(read.len(), 1, "{read:?}");
    read.remove(0)
}

fn texts(conversation: &Conversation) -> Vec<&str> {
    conversation.turns.iter().map(|turn| turn.text.as_str()).collect()
}

#[test]
fn requests_of_helicone() {
    let request = |id: &str, second: u8, messages: Value, reply: &str| {
        json!({"request_id": id, "request_created_at": format!("2026-01-01T00:00:{second:02}Z"),
        "request_body": {"model": "m", "messages": messages}, "response_status": 200, "request_user_id": "u", "costUSD": 0.5, "feedback_rating": true,
        "request_properties": {"Helicone-Session-Id": "S"}, "response_body": {"id": format!("c-{id}"), "choices": [{"message": {"role": "assistant", "content": reply}}]}})
    };
    let (hi, hello) = (json!({"role": "user", "content": "hi"}), json!({"role": "assistant", "content": "hello"}));
    let found = read(
        &HELICONE,
        &[
            request("2", 5, json!([hi, hello, {"role": "user", "content": "more"}]), "sure"),
            request("1", 0, json!([hi]), "hello"),
        ],
    );
    assert_eq!(texts(&found), ["hi", "hello", "more", "sure"]);
    assert_eq!((found.cost, found.user.as_deref(), found.scores["feedback"]), (Some(1.0), Some("u"), 1.0));
}

#[test]
fn spans_of_datadog() {
    let found = read(
        &DATADOG,
        &[json!({"data": [
        {"id": "1", "type": "span", "attributes": {"span_id": "1", "trace_id": "t", "parent_id": "undefined", "span_kind": "llm", "name": "chat", "model_name": "m",
         "input": {"value": "x", "messages": [{"role": "user", "content": "hi"}]}, "output": {"messages": [{"role": "assistant", "content": "hello"}]},
         "metrics": {"estimated_total_cost": 7500}, "start_ns": 1_761_833_858_897_i64, "duration": 83_000, "status": "ok", "tags": ["session_id:S", "env:prod"]}}]})],
    );
    assert_eq!(texts(&found), ["hi", "hello"]);
    assert_eq!((found.external_id.as_deref(), found.cost, &*found.metadata["env"]), (Some("S"), Some(7.5e-6), "prod"));
}

#[test]
fn calls_of_weave() {
    let found = read(
        &WEAVE,
        &[
            json!({"id": "r", "trace_id": "t", "parent_id": null, "thread_id": "S", "op_name": "weave:///e/p/op/agent:abc", "started_at": "2026-01-01T00:00:00Z",
            "inputs": {"question": "hi"}, "output": "hello", "attributes": {"env": "prod"}, "summary": {"weave": {"feedback": [{"feedback_type": "thumbs", "payload": {"value": 1}}]}}}),
            json!({"id": "m", "trace_id": "t", "parent_id": "r", "op_name": "weave:///e/p/op/openai.chat.completions.create:def", "started_at": "2026-01-01T00:00:01Z",
            "inputs": {"model": "m", "messages": [{"role": "user", "content": "hi"}]}, "output": {"id": "c", "choices": [{"message": {"role": "assistant", "content": "hello"}}]},
            "summary": {"usage": {"gpt": {}}, "weave": {"costs": {"gpt": {"prompt_tokens": 9, "prompt_tokens_total_cost": 0.25, "completion_tokens_total_cost": "0.5", "prompt_token_cost": 1e-6}}}}}),
        ],
    );
    assert_eq!(texts(&found), ["hi", "hello"]);
    assert_eq!(
        (found.model.as_deref(), found.scores["thumbs"], &*found.metadata["op_version"], found.cost),
        (Some("gpt"), 1.0, "abc", Some(0.75))
    );
}

#[test]
fn numbers_in_text_and_facts_in_text_are_read() {
    let call = json!({"request_id": "1", "request_created_at": "2026-01-01T00:00:00Z", "costUSD": "0.5", "scores": "{\"good\": {\"value\": \"0.75\"}}",
        "request_body": {"messages": [{"role": "user", "content": "hi"}]}, "response_body": {"choices": [{"message": {"role": "assistant", "content": "hello"}}]}});
    let found = read(&HELICONE, &[call]);
    assert_eq!((found.cost, found.scores["good"]), (Some(0.5), 0.75));
    let span = json!({"span_id": "1", "trace_id": "t", "span_kind": "llm", "input": {"value": "hi"}, "output": {"value": "hello"},
        "metrics": {"estimated_total_cost": "7500"}, "metadata": "{\"plan\": \"gold\"}", "tags": "[\"session_id:S\"]"});
    let found = read(&DATADOG, &[span]);
    assert_eq!((found.cost, found.external_id.as_deref(), &*found.metadata["plan"]), (Some(7.5e-6), Some("S"), "gold"));
    let trace = json!({"trace_id": "t", "input": "hi", "output": "hello", "metadata": "{\"session_id\": \"S\"}",
        "spans": [{"span_id": "m", "kind": "llm", "cost": "0.25", "input": "hi", "output": "hello"}]});
    let found = read(&KITARU, &[trace]);
    assert_eq!((found.cost, found.external_id.as_deref()), (Some(0.25), Some("S")));
    let run = json!({"id": "r", "run_type": "llm", "inputs": {"input": "hi"}, "outputs": {"output": "hello"},
        "extra": "{\"metadata\": \"{\\\"thread_id\\\": \\\"S\\\"}\"}", "feedback_stats": {"good": {"avg": "0.5"}}});
    let found = read(&langsmith::FORMAT, &[run]);
    assert_eq!((found.external_id.as_deref(), found.scores["good"]), (Some("S"), 0.5));
    let span = json!({"span_id": "r", "span_attributes": {"type": "llm"}, "input": "hi", "output": "hello", "scores": {"good": "0.5"}});
    assert_eq!(read(&braintrust::FORMAT, &[span]).scores["good"], 0.5);
}

/// The step that a record is, of a format that has one a record.
fn step(format: &Format, record: &Value) -> Step {
    let Read::Fragments(fragments) = format.read else { panic!() };
    match fragments(record).unwrap().fragments.pop().map(|fragment| fragment.part) {
        Some(Part::Step(step)) => *step,
        other => panic!("{other:?}"),
    }
}

#[test]
fn tools_that_raised_give_their_error_where_they_gave_nothing_else() {
    let cases = [
        (
            &WEAVE,
            json!({"id": "f", "trace_id": "t", "op_name": "find_tool", "inputs": {"q": 1}, "output": null, "exception": "boom"}),
        ),
        (
            &super::super::opik::FORMAT,
            json!({"trace": {"id": "t"}, "spans": [{"id": "f", "type": "tool", "name": "find", "error_info": {"exception_type": "KeyError", "message": "boom"}}]}),
        ),
        (
            &DATADOG,
            json!({"span_id": "1", "trace_id": "t", "span_kind": "tool", "name": "find", "status": "error", "meta": {"error": {"message": "boom"}}}),
        ),
        (
            &KITARU,
            json!({"trace_id": "t", "spans": [{"span_id": "f", "kind": "tool", "name": "find", "error": "boom"}]}),
        ),
        (
            &langsmith::FORMAT,
            json!({"id": "f", "trace_id": "t", "run_type": "tool", "name": "find", "outputs": null, "error": "boom"}),
        ),
        (
            &braintrust::FORMAT,
            json!({"span_id": "f", "span_attributes": {"type": "tool", "name": "find"}, "output": "", "error": {"message": "boom"}}),
        ),
        (
            &agents_sdk::FORMAT,
            json!({"object": "trace.span", "id": "f", "trace_id": "t", "span_data": {"type": "function", "name": "find", "output": null}, "error": {"message": "boom", "data": {}}}),
        ),
    ];
    for (format, record) in cases {
        let step = step(format, &record);
        let result = step.tool.and_then(|tool| tool.result);
        assert_eq!((step.failed, result.as_deref()), (true, Some("boom")), "{format:?}");
    }
    // What a model's call raised is not what it said.
    let model = step(&KITARU, &json!({"trace_id": "t", "spans": [{"span_id": "m", "kind": "llm", "error": "503"}]}));
    assert_eq!((model.failed, model.output.len()), (true, 0));
}

#[test]
fn traces_of_kitaru() {
    let found = read(
        &KITARU,
        &[
            json!({"trace_id": "t", "name": "x", "input": {"question": "How much?"}, "output": {"answer": "Unavailable."}, "metadata": {"env": "staging"},
        "started_at": "2026-01-01T00:00:00Z", "spans": [
            {"span_id": "a", "kind": "llm", "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:01Z", "model": "m", "cost": 0.5,
             "input": [{"role": "user", "content": "How much?"}], "output": {"content": "Fetching.", "tool_calls": [{"name": "rate", "arguments": {"b": 1}}]}},
            {"span_id": "b", "kind": "tool", "name": "rate", "started_at": "2026-01-01T00:00:02Z", "input": {"b": 1}, "output": null, "error": "503"}]}),
        ],
    );
    let (_, call) = found.calls().next().unwrap();
    assert_eq!((&*call.name, call.result.as_deref(), call.error.is_some()), ("rate", Some("503"), true));
    assert_eq!(texts(&found), ["How much?", "Fetching.", "Unavailable."]);
}

#[test]
fn requests_of_helicone_hold_tools_streams_and_feedback() {
    let asked = json!({"role": "user", "content": "Rain?"});
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "forecast", "arguments": "{\"city\":\"Oslo\"}"}});
    let request = |id: &str, second: u8, status: i64, request: Value, response: Value| {
        json!({"request_id": id, "request_created_at": format!("2026-01-01T00:00:{second:02}Z"), "response_status": status, "request_model": "gpt-4o", "cost": 0.25,
        "request_user_id": "u", "helicone_user": "account", "request_properties": {"Helicone-Session-Id": "S", "Helicone-Session-Path": "/a"},
        "scores": {"helicone-score-feedback": 1, "tone": {"value": 3, "valueType": "int"}}, "request_body": request, "response_body": response})
    };
    let streamed = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Can\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"not say.\"}}]}\n\ndata: [DONE]\n";
    let called = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let found = read(
        &HELICONE,
        &[
            request(
                "1",
                0,
                200,
                json!({"model": "gpt-4o", "messages": [asked]}),
                json!({"choices": [{"message": called}]}),
            ),
            request(
                "2",
                1,
                500,
                json!({"_type": "tool", "toolName": "forecast", "input": {"city": "Oslo"}}),
                json!({"_type": "tool", "result": "storm"}),
            ),
            request(
                "3",
                2,
                200,
                json!({"_type": "vector_db", "operation": "search", "text": "x"}),
                json!({"_type": "vector_db", "message": "y"}),
            ),
            request("4", 3, 429, json!({"messages": [asked]}), json!({"error": {"message": "slow down"}})),
            request(
                "5",
                4,
                200,
                json!({"messages": [asked, called, {"role": "tool", "tool_call_id": "c1", "content": "storm"}]}),
                json!({"streamed_data": streamed}),
            ),
        ],
    );
    assert_eq!(texts(&found), ["Rain?", "", "Cannot say."]);
    let (_, ran) = found.calls().next().unwrap();
    assert_eq!((found.calls().count(), ran.result.as_deref(), ran.error.is_some()), (1, Some("storm"), true));
    assert_eq!(
        (found.external_id.as_deref(), found.user.as_deref(), found.model.as_deref()),
        (Some("S"), Some("u"), Some("gpt-4o"))
    );
    assert_eq!((found.scores["feedback"], found.scores["tone"]), (1.0, 3.0));
}
