//! The run of a tool that a span records: its arguments and its result stand under many names, and frameworks wrap both.

use super::facts::Attributes;
use super::{Span, content, reason};
use crate::trace::fragment::ToolRun;
use crate::trace::message::Message;
use crate::trace::reader::dialect::{scalar, text_of, text_or_json, unpack};
use crate::trace::reader::observed;
use serde_json::Value;
use std::borrow::Cow;

/// The run of a tool, and whether it failed. Of one that failed and gave nothing back, the reason is what the model
/// gets to know.
pub(super) fn run(span: &Span, failed: bool) -> (ToolRun, bool) {
    let attributes = Attributes(&span.attributes);
    let name = attributes.text(&[
        "gen_ai.tool.name",
        "tool.name",
        "ai.toolCall.name",
        "traceloop.entity.name",
        "tool_name",
        "lk.function_tool.name",
        "genkit:name",
    ]);
    let arguments = attributes.value(&[
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.input",
        "gcp.vertex.agent.tool_call_args",
        "ai.toolCall.args",
        "ai.toolCall.input",
        "tool_arguments",
        "lk.function_tool.arguments",
        "langfuse.observation.input",
        "input.value",
        "tool.parameters",
        "braintrust.input_json",
        "traceloop.entity.input",
        "mlflow.spanInputs",
        "genkit:input",
        "gen_ai.prompt",
        "input",
    ]);
    let result = attributes.value(&[
        "gen_ai.tool.call.result",
        "gen_ai.tool.output",
        "gcp.vertex.agent.tool_response",
        "ai.toolCall.result",
        "ai.toolCall.output",
        "tool_response",
        "lk.function_tool.output",
        "langfuse.observation.output",
        "output.value",
        "braintrust.output_json",
        "traceloop.entity.output",
        "mlflow.spanOutputs",
        "genkit:output",
        "gen_ai.completion",
        "output",
    ]);
    let (said_input, said_output) = content::of_events(span);
    let call = attributes.text(&[
        "gen_ai.tool.call.id",
        "tool.id",
        "tool_call.id",
        "ai.toolCall.id",
        "tool_call_id",
        "lk.function_tool.id",
    ]);
    let asked = || {
        let message = said_input.into_iter().next()?;
        Some(message.calls.into_iter().next().map_or(message.text, |call| call.arguments))
    };
    let answer = result.map(answer);
    let failed = failed || answer.as_ref().is_some_and(|answer| answer.failed == Some(true));
    let (answers, text) = answer.map(|answer| (answer.answers, answer.text)).unzip();
    let told = || said_output.into_iter().next().map(|message| message.text);
    let run = ToolRun {
        // Google's kit says so where the model gave none.
        call: call.filter(|call| call != "<not specified>").or(answers.flatten()),
        name: name.unwrap_or_else(|| observed::tool_name(&span.name)),
        arguments: arguments.map(given).or_else(asked),
        result: text.or_else(told).or_else(|| reason(span).filter(|_| failed)),
    };
    (run, failed)
}

/// The arguments, without what frameworks put around them; as JSON, also where they were written by Python.
fn given(value: &Value) -> String {
    let unpacked = unpack(value);
    let Some(map) = unpacked.as_object() else { return text_or_json(value) };
    let none = |key: &str| map.get(key).is_none_or(|value| value.as_array().is_some_and(Vec::is_empty));
    // LangChain's callbacks and decorated functions, as OpenLLMetry writes them.
    let inner = match (map.get("inputs"), map.get("input_str"), map.get("kwargs")) {
        (Some(inputs @ Value::Object(_)), _, Some(_)) => Some(Cow::Borrowed(inputs)),
        (_, Some(text), Some(_)) => Some(unpack(text)),
        (None, None, Some(named @ Value::Object(_))) if none("args") && map.len() <= 3 => Some(Cow::Borrowed(named)),
        (None, None, None) if map.len() == 1 => map.get("input").map(unpack).filter(|inner| inner.is_object()),
        _ => None,
    };
    match (inner, value) {
        (Some(inner), _) => text_or_json(&inner),
        (None, Value::String(text)) if serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok() => {
            text.clone()
        }
        (None, _) => unpacked.to_string(),
    }
}

/// The result as a tool's message: frameworks give the whole message, or wrap a bare text.
fn answer(value: &Value) -> Message {
    let unpacked = unpack(value);
    let wrapped = unpacked.as_object().and_then(|map| match map.get("output").or_else(|| map.get("result")) {
        Some(inner) if map.len() == 1 || map.len() == 2 && map.contains_key("kwargs") => Some(inner),
        _ => None,
    });
    let inner = wrapped.map_or(Cow::Borrowed(unpacked.as_ref()), unpack);
    if let Some(message) = observed::tool_message(&inner) {
        return message;
    }
    if let Some(map) = inner.as_object()
        && map.contains_key("content")
        && map.contains_key("tool_call_id")
    {
        let answers = map.get("tool_call_id").and_then(scalar);
        let failed = map.get("status").and_then(Value::as_str).map(crate::trace::message::is_failure);
        return Message::result(answers, None, text_of(map.get("content")), failed);
    }
    // A text that was written as JSON, or any other value as it came.
    let whole = if unpacked.is_string() { unpacked.as_ref() } else { value };
    Message::result(None, None, text_or_json(wrapped.unwrap_or(whole)), None)
}
