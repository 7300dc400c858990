//! What spans say in each dialect.

use super::*;
use crate::trace::Role;
use serde_json::json;

fn step(name: &str, attributes: impl std::borrow::Borrow<Value>) -> Step {
    let span = Span {
        trace: "t".to_string(),
        id: "s".to_string(),
        name: name.to_string(),
        attributes: attributes.borrow().as_object().unwrap().clone(),
        ..Span::default()
    };
    let Part::Step(step) = fragment(span).part else { panic!() };
    *step
}

fn said(step: &Step) -> String {
    let show = |message: &crate::trace::message::Message| {
        let role = match message.role {
            Role::System => "s",
            Role::User => "u",
            Role::Assistant => "a",
            Role::Tool => "t",
        };
        let calls: String = message.calls.iter().map(|call| format!("({}{})", call.name, call.arguments)).collect();
        format!("{role}:{}{calls}", message.text)
    };
    let side = |messages: &[crate::trace::message::Message]| messages.iter().map(show).collect::<Vec<_>>().join(" ");
    format!("{} > {}", side(&step.input), side(&step.output))
}

#[test]
fn every_dialect_says_what_went_in_and_out() {
    let genai = step(
        "chat m",
        json!({"gen_ai.operation.name": "chat", "gen_ai.system_instructions": "[{\"type\":\"text\",\"content\":\"be\"}]",
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "hi"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": "rain"}]}],
        "gen_ai.output.messages": "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"tool_call\",\"id\":\"c\",\"name\":\"f\",\"arguments\":{\"a\":1}}],\"finish_reason\":\"tool_call\"}]"}),
    );
    assert_eq!(said(&genai), "s:be u:hi t:rain > a:(f{\"a\":1})");
    let vercel = step(
        "ai.generateText.doGenerate",
        json!({"ai.operationId": "ai.generateText.doGenerate", "ai.prompt.messages":
        "[{\"role\":\"system\",\"content\":\"be\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}]",
        "ai.response.text": "", "ai.response.toolCalls": "[{\"toolCallId\":\"c\",\"toolName\":\"f\",\"args\":\"{}\"}]"}),
    );
    assert_eq!(said(&vercel), "s:be u:hi > a:(f{})");
    let inference = step(
        "x",
        json!({"openinference.span.kind": "LLM", "llm.input_messages.2.message.role": "user", "llm.input_messages.2.message.contents.0.message_content.type": "text",
        "llm.input_messages.2.message.contents.0.message_content.text": "hi", "llm.input_messages.10.message.role": "tool", "llm.input_messages.10.message.content": "rain",
        "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{}", "input.value": "not this"}),
    );
    assert_eq!(said(&inference), "u:hi t:rain > a:(f{})");
    let older = step(
        "x",
        json!({"openinference.span.kind": "LLM", "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "rain", "llm.input_messages.0.message.tool_call_id": "c",
        "llm.input_messages.0.message.contents.0.message_content.type": "tool_result", "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.function_call_name": "f", "llm.output_messages.0.message.function_call_arguments_json": "{}"}),
    );
    assert_eq!(said(&older), "t:rain > a:(f{})");
    let loop_ = step(
        "openai.chat",
        json!({"llm.request.type": "chat", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi",
        "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": "hello"}),
    );
    assert_eq!(said(&loop_), "u:hi > a:hello");
    let sentry = step(
        "chat m",
        json!({"gen_ai.operation.name": "chat", "ai.prompt.system": "be", "gen_ai.request.messages": "[{\"role\":\"user\",\"content\":\"hi\"}]", "gen_ai.response.text": "[\"hello\"]",
        "gen_ai.response.tool_calls": "[{\"callId\":\"c\",\"toolName\":\"f\",\"input\":{}}]"}),
    );
    assert_eq!(said(&sentry), "s:be u:hi > a:hello(f{})");
    let parts = step(
        "bedrock.converse",
        json!({"llm.request.type": "chat", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "[{\"text\": \"hi\"}]", "gen_ai.completion.0.role": "thinking", "gen_ai.completion.0.content": "hm",
        "gen_ai.completion.1.role": "assistant", "gen_ai.completion.1.content": "[{\"text\": \"hello\"}, {\"toolUse\": {\"toolUseId\": \"c\", \"name\": \"f\", \"input\": {}}}]", "metadata": "{\"user_id\": \"u\"}"}),
    );
    assert_eq!((said(&parts).as_str(), parts.user.as_deref()), ("u:hi > a:hello(f{})", Some("u")));
    let google = step(
        "call_llm",
        json!({"gcp.vertex.agent.llm_request": "{\"model\":\"m\",\"config\":{\"system_instruction\":\"be\"},\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi\"}]}]}",
        "gcp.vertex.agent.llm_response": "{\"content\":{\"parts\":[{\"function_call\":{\"id\":\"c\",\"args\":{},\"name\":\"f\"}}],\"role\":\"model\"}}"}),
    );
    assert_eq!(said(&google), "s:be u:hi > a:(f{})");
    let older = step("agent_run [helper]", json!({}));
    assert_eq!((older.kind, older.agent.as_deref()), (StepKind::Agent, Some("helper")));
    let pydantic = step(
        "agent run",
        json!({"agent_name": "helper", "all_messages_events": "[{\"event.name\":\"gen_ai.system.message\",\"content\":\"be\",\"role\":\"system\"},{\"event.name\":\"gen_ai.user.message\",\"content\":\"hi\",\"role\":\"user\"},{\"event.name\":\"gen_ai.assistant.message\",\"role\":\"assistant\",\"content\":\"hello\"}]"}),
    );
    assert_eq!(
        (pydantic.kind, pydantic.agent.as_deref(), said(&pydantic).as_str()),
        (StepKind::Agent, Some("helper"), "s:be u:hi > a:hello")
    );
    let bare = step(
        "x",
        json!({"openinference.span.kind": "CHAIN", "input.value": "hi", "output.value": "{\"answer\": \"hello\"}"}),
    );
    assert_eq!(said(&bare), "u:hi > a:hello");
    let pieces = step(
        "x",
        json!({"request_data": {"messages": [{"role": "user", "content": "hi"}], "model": "m"}, "response_data": {"combined_chunk_content": "hello", "chunk_count": 2}}),
    );
    assert_eq!((said(&pieces).as_str(), pieces.model.as_deref()), ("u:hi > a:hello", Some("m")));
}

#[test]
fn runs_of_tools_have_names_arguments_and_results() {
    for attributes in [
        json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f", "gen_ai.tool.call.id": "c", "gen_ai.tool.call.arguments": "{}", "gen_ai.tool.call.result": "r"}),
        json!({"openinference.span.kind": "TOOL", "tool.name": "f", "tool.id": "c", "input.value": "{}", "output.value": "r"}),
        json!({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "f", "ai.toolCall.id": "c", "ai.toolCall.args": "{}", "ai.toolCall.result": "r"}),
        json!({"traceloop.span.kind": "tool", "traceloop.entity.name": "f", "tool_call_id": "c", "traceloop.entity.input": "{}", "traceloop.entity.output": "r"}),
        json!({"openinference.span.kind": "TOOL", "tool.name": "f", "input.value": "{}", "output.value": "{\"content\": \"r\", \"tool_call_id\": \"c\", \"status\": \"success\"}"}),
        json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f", "gen_ai.tool.call.id": "c", "gcp.vertex.agent.llm_request": "{}",
            "gcp.vertex.agent.tool_call_args": "{}", "gcp.vertex.agent.tool_response": "r"}),
        json!({"traceloop.span.kind": "tool", "traceloop.entity.name": "f", "traceloop.entity.input": "{\"input_str\": \"{}\", \"tags\": [], \"inputs\": {}, \"kwargs\": {}}",
            "traceloop.entity.output": "{\"output\": {\"lc\": 1, \"type\": \"constructor\", \"id\": [\"ToolMessage\"], \"kwargs\": {\"content\": \"r\", \"tool_call_id\": \"c\"}}, \"kwargs\": {}}"}),
        json!({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "f", "ai.toolCall.id": "c", "ai.toolCall.args": "{}", "ai.toolCall.result": "\"r\""}),
        json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f", "gen_ai.tool.call.id": "c", "gen_ai.tool.input": "{}", "gen_ai.tool.output": "r"}),
        json!({"langsmith.span.kind": "tool", "tool.name": "f", "gen_ai.prompt": "{\"input\": \"{}\"}", "gen_ai.completion": "{\"output\": {\"content\": \"r\", \"type\": \"tool\", \"tool_call_id\": \"c\"}}"}),
        json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "f", "gen_ai.tool.call.id": "c",
            "gcp.vertex.agent.tool_call_args": "{}", "gcp.vertex.agent.tool_response": "{\"result\": \"r\"}"}),
    ] {
        let run = step("execute_tool f", &attributes).tool.unwrap();
        assert_eq!(
            (run.call.as_deref(), &*run.name, run.arguments.as_deref(), run.result.as_deref()),
            (Some("c"), "f", Some("{}"), Some("r")),
            "{attributes}"
        );
    }
}

#[test]
fn ids_have_one_spelling() {
    assert_eq!(id(&json!("0x00AB00AB00AB00AB")).as_deref(), Some("00ab00ab00ab00ab"));
    assert_eq!(id(&json!("QON/QMx9eKU=")).as_deref(), Some("40e37f40cc7d78a5"));
    assert_eq!(id(&json!("0000000000000000")), None);
    assert_eq!(id(&json!("")), None);
    assert_eq!(id(&json!("chain-root")).as_deref(), Some("chain-root"));
    assert_eq!(id(&json!(42)).as_deref(), Some("42"));
}

#[test]
fn conversations_users_prompts_and_costs_are_found() {
    let span = Span {
        attributes: json!({"gen_ai.operation.name": "chat", "langfuse.session.id": "[scrubbed]", "gen_ai.conversation.id": "S", "metadata": "{\"plan\":\"gold\"}",
            "enduser.id": "u", "shop.prompt_version": "v4", "operation.cost": 0.25, "gen_ai.response.id": "r", "gen_ai.response.model": "m"}).as_object().unwrap().clone(),
        ..Span::default()
    };
    let found = fragment(span);
    let Part::Step(step) = found.part else { panic!() };
    assert_eq!((step.user.as_deref(), step.prompt_version.as_deref(), step.cost), (Some("u"), Some("v4"), Some(0.25)));
    assert_eq!((step.reply.as_deref(), step.model.as_deref(), &*step.metadata["plan"]), (Some("r"), Some("m"), "gold"));
    assert_eq!(found.address.session.as_deref(), Some("S"));
}

#[test]
fn kinds_are_told_where_the_first_word_says_nothing() {
    for (attributes, kind) in [
        (json!({"openinference.span.kind": "UNKNOWN", "gen_ai.operation.name": "chat"}), StepKind::Model),
        (json!({"langsmith.span.kind": "llm"}), StepKind::Model),
        (json!({"lk.function_tool.name": "f"}), StepKind::Tool),
        (json!({"llm.request.type": "embedding", "gen_ai.request.model": "m"}), StepKind::Other),
        (json!({"request_data": {"messages": [], "model": "m"}}), StepKind::Model),
        (json!({"request_data": {"input": "x"}}), StepKind::Other),
        (json!({"logfire.span_type": "pending_span", "gen_ai.operation.name": "chat"}), StepKind::Other),
    ] {
        assert_eq!(step("x", &attributes).kind, kind, "{attributes}");
    }
}

#[test]
fn a_failed_run_gives_its_reason_where_it_gave_no_result() {
    let run = step("f", json!({"gen_ai.operation.name": "execute_tool", "error.type": "TimeoutError"}));
    assert_eq!((run.failed, run.tool.unwrap().result.as_deref()), (true, Some("TimeoutError")));
    let run = step(
        "f",
        json!({"lk.function_tool.name": "f", "lk.function_tool.output": "no", "lk.function_tool.is_error": true}),
    );
    assert_eq!((run.failed, run.tool.unwrap().result.as_deref()), (true, Some("no")));
}

#[test]
fn what_chat_messages_of_mlflow_end_with_came_out() {
    let call = step(
        "x",
        json!({"mlflow.spanType": "LLM", "mlflow.chat.messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
        "langfuse.observation.cost_details": "{\"input\": 0.1, \"total\": 0.25}"}),
    );
    assert_eq!((said(&call).as_str(), call.cost), ("u:hi > a:hello", Some(0.25)));
}

#[test]
fn a_project_of_langsmith_is_no_conversation() {
    let span = |attributes: Value| {
        let attributes = attributes.as_object().unwrap().clone();
        fragment(Span { trace: "t".to_string(), id: "s".to_string(), attributes, ..Span::default() })
    };
    // What the kit's exporter writes of a run in a project.
    let found = span(
        json!({"langsmith.span.id": "018f", "langsmith.trace.id": "018f", "langsmith.span.kind": "llm", "langsmith.trace.name": "ChatOpenAI",
        "langsmith.trace.session_id": "5f4d2f5e-0000-4000-8000-000000000001", "langsmith.trace.session_name": "default", "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o", "langsmith.span.tags": "a, b", "langsmith.metadata.thread_id": "T", "langsmith.metadata.user_id": "u", "langsmith.usage_metadata": "{\"input_tokens\":9,\"total_cost\":0.25}",
        "gen_ai.prompt": "{\"messages\":[[{\"lc\":1,\"type\":\"constructor\",\"id\":[\"langchain\",\"schema\",\"messages\",\"HumanMessage\"],\"kwargs\":{\"content\":\"hi\",\"type\":\"human\"}}]]}",
        "gen_ai.completion": "{\"generations\":[[{\"text\":\"hello\",\"type\":\"ChatGeneration\",\"message\":{\"lc\":1,\"type\":\"constructor\",\"id\":[\"langchain\",\"schema\",\"messages\",\"AIMessage\"],\"kwargs\":{\"content\":\"hello\",\"type\":\"ai\"}}}]],\"llm_output\":{\"model_name\":\"gpt-4o\"}}"}),
    );
    assert_eq!(found.address.session.as_deref(), Some("T"));
    let Part::Step(step) = found.part else { panic!() };
    assert_eq!(
        (said(&step).as_str(), step.user.as_deref(), &*step.metadata["tags"], step.cost),
        ("u:hi > a:hello", Some("u"), "a,b", Some(0.25))
    );
    let found = span(json!({"langsmith.span.kind": "chain", "langsmith.trace.session_id": "project"}));
    assert_eq!(found.address.session, None);
}

#[test]
fn spans_of_the_kits_of_braintrust_say_what_they_are() {
    let call = |purpose: &str| {
        step(
            "Chat Completion",
            json!({"braintrust.parent": "project_name:shop", "braintrust.span_attributes": format!("{{\"type\":\"llm\",\"purpose\":\"{purpose}\"}}"),
            "braintrust.input_json": "[{\"role\":\"user\",\"content\":\"hi\"}]", "braintrust.metadata": "{\"provider\":\"openai\",\"model\":\"gpt-4o\"}",
            "braintrust.output_json": "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hello\"},\"finish_reason\":\"stop\"}]"}),
        )
    };
    let found = call("");
    assert_eq!(
        (found.kind, said(&found).as_str(), found.model.as_deref()),
        (StepKind::Model, "u:hi > a:hello", Some("gpt-4o"))
    );
    assert_eq!(call("scorer").kind, StepKind::Other);
}

#[test]
fn results_of_parallel_calls_are_not_one_more_tool_and_written_by_python_is_json() {
    let merged = step(
        "execute_tool (merged)",
        json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "(merged tools)"}),
    );
    assert_eq!(merged.kind, StepKind::Other);
    let run = step(
        "f",
        json!({"openinference.span.kind": "TOOL", "input.value": "{'city': 'Rome', 'deep': None}", "gen_ai.tool.call.id": "<not specified>",
            "output.value": "{\"content\": \"no\", \"type\": \"tool\", \"tool_call_id\": \"c\", \"status\": \"error\"}"}),
    );
    let tool = run.tool.unwrap();
    assert_eq!(
        (tool.arguments.as_deref(), tool.call.as_deref(), run.failed),
        (Some("{\"city\":\"Rome\",\"deep\":null}"), Some("c"), true)
    );
    assert!(step("f", json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.status": "error"})).failed);
}

#[test]
fn events_without_names_and_instructions_in_events_of_their_own_are_read() {
    let nameless = step(
        "chat m",
        json!({"gen_ai.operation.name": "chat", "events": "[{\"content\":\"be\",\"role\":\"system\"},{\"content\":\"hi\",\"role\":\"user\"},{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hello\"}}]"}),
    );
    assert_eq!(said(&nameless), "s:be u:hi > a:hello");
    let details = |attributes: Value| Event {
        name: "gen_ai.client.inference.operation.details".to_string(),
        attributes: attributes.as_object().unwrap().clone(),
        body: Value::Null,
    };
    let with = |operation: &str, events: Vec<Event>| {
        let attributes =
            json!({"gen_ai.operation.name": operation, "gen_ai.tool.name": "f"}).as_object().unwrap().clone();
        let Part::Step(step) = fragment(Span { attributes, events, ..Span::default() }).part else { panic!() };
        *step
    };
    let apart = with(
        "chat",
        vec![
            details(json!({"gen_ai.system_instructions": "[{\"type\":\"text\",\"content\":\"be\"}]"})),
            details(
                json!({"gen_ai.input.messages": "[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"content\":\"hi\"}]}]"}),
            ),
            details(
                json!({"gen_ai.output.messages": "[{\"role\":\"assistant\",\"parts\":[{\"type\":\"text\",\"content\":\"hello\"}]}]"}),
            ),
        ],
    );
    assert_eq!(said(&apart), "s:be u:hi > a:hello");
    let tool = with(
        "execute_tool",
        vec![
            details(
                json!({"gen_ai.input.messages": [{"role": "tool", "parts": [{"type": "tool_call", "id": "c", "name": "f", "arguments": {"a": 1}}]}]}),
            ),
            details(
                json!({"gen_ai.output.messages": [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "c", "response": [{"text": "r"}]}]}]}),
            ),
        ],
    );
    let run = tool.tool.unwrap();
    assert_eq!((run.arguments.as_deref(), run.result.as_deref()), (Some("{\"a\":1}"), Some("r")));
    let told = step(
        "invoke_agent f",
        json!({"gen_ai.operation.name": "invoke_agent", "system_prompt": "be", "input.value": "hi"}),
    );
    assert_eq!(said(&told), "s:be u:hi > ");
    let blocks = json!([{"text": "Looking."}, {"toolUse": {"toolUseId": "c", "name": "f", "input": {}}}]);
    let choice = Event {
        name: "gen_ai.choice".to_string(),
        attributes: json!({"message": blocks.to_string()}).as_object().unwrap().clone(),
        body: Value::Null,
    };
    assert_eq!(said(&with("chat", vec![choice])), " > a:Looking.(f{})");
}

#[test]
fn of_alternatives_the_first_counts_and_bytes_are_no_text() {
    let two = step(
        "chat m",
        json!({"gen_ai.operation.name": "chat", "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "what?"}, {"type": "blob", "modality": "image", "content": "AAAA"}, {"type": "uri", "mime_type": "video/mp4", "uri": "x"}]}],
        "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "one"}], "finish_reason": "stop"}, {"role": "assistant", "parts": [{"type": "text", "content": "two"}], "finish_reason": "stop"}]}),
    );
    assert_eq!(said(&two), "u:what?\n[image]\n[video] > a:one");
    let choice = |index: u8, text: &str| Event {
        name: "gen_ai.choice".to_string(),
        attributes: json!({"index": index, "message": {"role": "assistant", "content": text}})
            .as_object()
            .unwrap()
            .clone(),
        body: Value::Null,
    };
    let span = Span {
        attributes: json!({"gen_ai.operation.name": "chat"}).as_object().unwrap().clone(),
        events: vec![choice(0, "one"), choice(1, "two")],
        ..Span::default()
    };
    let Part::Step(told) = fragment(span).part else { panic!() };
    assert_eq!(said(&told), " > a:one");
    let google = step(
        "call_llm",
        json!({"gcp.vertex.agent.llm_request": {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}, {"text": "what?"}]}]},
        "gcp.vertex.agent.llm_response": {"content": {"role": "model", "parts": [{"executableCode": {"code": "1+1"}}, {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}}, {"text": "two"}]}}}),
    );
    assert_eq!(said(&google), "u:[image]\nwhat? > a:(code_execution1+1) t:2 a:two");
}
