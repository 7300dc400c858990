//! Spans of OpenTelemetry, in whatever file they come and in whatever dialect they speak of models and tools. A
//! container reader makes [`Span`]s of its file; here a span becomes one piece of a conversation. Every span of a trace
//! is kept, those that say nothing of a conversation without their content, because the way from a span up to its
//! agent leads through them.

mod content;
mod facts;
mod indexed;
mod tool;

use super::dialect::unpack;
pub(super) use super::observed::nanos;
use crate::trace::fragment::{Address, Family, Fragment, Part, Step, StepKind};
use crate::trace::message::is_failure;
use base64::Engine as _;
use facts::Attributes;
use serde_json::{Map, Value};

/// One span, whatever it came from.
#[derive(Clone, Debug, Default)]
pub(super) struct Span {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: Option<String>,
    pub(super) name: String,
    /// Nanoseconds since 1970.
    pub(super) start: Option<i64>,
    /// Nanoseconds since 1970.
    pub(super) end: Option<i64>,
    /// The status says that it failed.
    pub(super) failed: bool,
    /// What the status says about it.
    pub(super) reason: Option<String>,
    pub(super) attributes: Map<String, Value>,
    pub(super) events: Vec<Event>,
    /// Of what emitted it.
    pub(super) resource: Map<String, Value>,
}

/// One event of a span.
#[derive(Clone, Debug, Default)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) attributes: Map<String, Value>,
    pub(super) body: Value,
}

impl Event {
    /// From `{name, attributes, body}` in the spellings of the exporters; attributes flat.
    pub(super) fn of(value: &Value) -> Self {
        let map = |key: &str| value[key].as_object().cloned().unwrap_or_default();
        let attributes = map("attributes");
        let name = ["name", "event_name", "eventName"].iter().find_map(|key| value[*key].as_str());
        let name = name.or_else(|| attributes.get("event.name").and_then(Value::as_str)).unwrap_or("").to_string();
        Self { name, body: value["body"].clone(), attributes }
    }
}

/// The piece of a conversation that a span is.
pub(super) fn fragment(span: Span) -> Fragment {
    let attributes = Attributes(&span.attributes);
    let kind = kind(&span);
    let root = span.parent.is_none();
    let says = match kind {
        StepKind::Model | StepKind::Agent => true,
        StepKind::Tool | StepKind::Said => false,
        StepKind::Other => root,
    };
    let (input, output) = if says { content::sides(&span, root) } else { (Vec::new(), Vec::new()) };
    let failed = span.failed || kind == StepKind::Tool && broke(&span);
    let (tool, failed) = match (kind == StepKind::Tool).then(|| tool::run(&span, failed)) {
        Some((run, failed)) => (Some(run), failed),
        None => (None, failed),
    };
    let step = Step {
        kind,
        start: span.start,
        end: span.end,
        agent: attributes.agent().or_else(|| (kind == StepKind::Agent).then(|| agent_name(&span.name))),
        user: attributes.user(),
        model: match kind {
            StepKind::Model => attributes.model().or_else(|| attributes.requested()),
            StepKind::Agent => attributes.model(),
            _ => None,
        },
        prompt_version: attributes.prompt_version(),
        input,
        output,
        tool,
        failed,
        cost: attributes.cost().filter(|_| kind == StepKind::Model),
        reply: attributes.reply().filter(|_| kind == StepKind::Model),
        metadata: if root || kind == StepKind::Agent { facts::metadata(&span, root) } else { Default::default() },
        name: Some(span.name.clone()).filter(|name| !name.is_empty()),
        parent: span.parent,
        ..Step::default()
    };
    let address = Address { session: attributes.session(), trace: Some(span.trace), step: Some(span.id) };
    Fragment { family: Family::Otel, address, part: Part::Step(Box::new(step)) }
}

/// What a span is, by the words of each instrumentation.
fn kind(span: &Span) -> StepKind {
    let attributes = Attributes(&span.attributes);
    let word =
        |key: &str| attributes.text(&[key]).map(|word| word.trim_matches('"').to_ascii_lowercase()).unwrap_or_default();
    // Logfire announces a span that is still open by a span inside of it that repeats its attributes.
    if word("logfire.span_type") == "pending_span" {
        return StepKind::Other;
    }
    // Google's kit repeats the results of parallel calls as one more tool.
    if word("gen_ai.tool.name") == "(merged tools)" {
        return StepKind::Other;
    }
    // Phoenix calls spans of other conventions unknown.
    match word("openinference.span.kind").as_str() {
        "llm" => return StepKind::Model,
        "tool" => return StepKind::Tool,
        "agent" => return StepKind::Agent,
        "" | "unknown" => {}
        _ => return StepKind::Other,
    }
    match word("langfuse.observation.type").as_str() {
        "generation" => return StepKind::Model,
        "tool" => return StepKind::Tool,
        "agent" => return StepKind::Agent,
        "embedding" | "retriever" | "guardrail" | "evaluator" => return StepKind::Other,
        _ => {}
    }
    match word("langsmith.span.kind").as_str() {
        "llm" => return StepKind::Model,
        "tool" => return StepKind::Tool,
        "retriever" | "embedding" | "prompt" | "parser" => return StepKind::Other,
        _ => {}
    }
    match word("gen_ai.operation.name").as_str() {
        "chat" | "text_completion" | "generate_content" | "completion" | "responses" => return StepKind::Model,
        "execute_tool" => return StepKind::Tool,
        "invoke_agent" | "create_agent" => return StepKind::Agent,
        "embeddings" | "invoke_workflow" | "retrieval" => return StepKind::Other,
        _ => {}
    }
    match word("traceloop.span.kind").as_str() {
        "tool" => return StepKind::Tool,
        "agent" => return StepKind::Agent,
        "workflow" | "task" => return StepKind::Other,
        _ => {}
    }
    if let Some(kind) = told_to_braintrust(span) {
        return kind;
    }
    match word("mlflow.spanType").as_str() {
        "llm" | "chat_model" => return StepKind::Model,
        "tool" => return StepKind::Tool,
        "agent" => return StepKind::Agent,
        "" | "unknown" => {}
        _ => return StepKind::Other,
    }
    match word("genkit:metadata:subtype").as_str() {
        "model" => return StepKind::Model,
        "tool" => return StepKind::Tool,
        _ => {}
    }
    match word("ai.operationId").as_str() {
        "" => {}
        "ai.toolcall" => return StepKind::Tool,
        "ai.embed" | "ai.embedmany" | "ai.embed.doembed" | "ai.embedmany.doembed" => return StepKind::Other,
        _ => return StepKind::Model,
    }
    if attributes.any(&["gen_ai.tool.name", "tool.name", "tool_arguments", "lk.function_tool.name"]) {
        return StepKind::Tool;
    }
    if matches!(word("llm.request.type").as_str(), "embedding" | "rerank") {
        return StepKind::Other;
    }
    speaking(span)
}

/// What a span is that no word names, by what it holds.
fn speaking(span: &Span) -> StepKind {
    let attributes = Attributes(&span.attributes);
    let silent = |key: &str| attributes.text(&[key]).is_none_or(|text| text == "{}");
    if !silent("gcp.vertex.agent.llm_request") || !silent("gcp.vertex.agent.llm_response") {
        return StepKind::Model;
    }
    if attributes.any(&["pydantic_ai.all_messages", "all_messages_events"])
        || ["invoke_agent", "agent_run ["].iter().any(|start| span.name.starts_with(start))
    {
        return StepKind::Agent;
    }
    let speaks = [
        "gen_ai.request.model",
        "gen_ai.response.model",
        "llm.model_name",
        "llm.request.type",
        "gen_ai.prompt.0.role",
        "gen_ai.prompt.0.content",
        "gen_ai.input.messages",
    ];
    let events = span.events.iter().any(|event| event.name.starts_with("gen_ai."));
    // Logfire keeps the whole request.
    let asked = || attributes.value(&["request_data"]).is_some_and(|asked| unpack(asked).get("messages").is_some());
    if attributes.any(&speaks) || events || asked() { StepKind::Model } else { StepKind::Other }
}

/// What Braintrust's kits say that a span is. Models that judges ask are no part of the conversation.
fn told_to_braintrust(span: &Span) -> Option<StepKind> {
    let given = unpack(span.attributes.get("braintrust.span_attributes")?);
    let judges = given.get("purpose").is_some_and(|purpose| purpose == "scorer");
    match given.get("type").and_then(Value::as_str) {
        _ if judges => Some(StepKind::Other),
        Some("llm") => Some(StepKind::Model),
        Some("tool") => Some(StepKind::Tool),
        Some("task" | "score" | "eval" | "function") => Some(StepKind::Other),
        _ => None,
    }
}

fn agent_name(span: &str) -> String {
    let name = ["invoke_agent ", "create_agent ", "agent_run ["]
        .iter()
        .find_map(|prefix| span.strip_prefix(prefix))
        .unwrap_or(span);
    // Older versions of Google's kit put the name in brackets.
    let name = name.strip_suffix(']').filter(|_| span.starts_with("agent_run [")).unwrap_or(name);
    name.strip_suffix(".agent").unwrap_or(name).trim().to_string()
}

/// Whether a tool's span says elsewhere than in its status that the run failed.
fn broke(span: &Span) -> bool {
    let attributes = Attributes(&span.attributes);
    span.events.iter().any(|event| event.name == "exception")
        || attributes.any(&["error.type"])
        || attributes.text(&["lk.function_tool.is_error"]).is_some_and(|said| said == "true")
        || attributes.text(&["gen_ai.tool.status", "tool.status"]).is_some_and(|status| is_failure(&status))
}

/// What a span says about its failure.
fn reason(span: &Span) -> Option<String> {
    let thrown = || {
        let mut events = span.events.iter().filter(|event| event.name == "exception");
        events.find_map(|event| Attributes(&event.attributes).text(&["exception.message", "exception.type"]))
    };
    let own = || Attributes(&span.attributes).text(&["error.message", "exception.message", "error.type"]);
    span.reason.clone().filter(|reason| !reason.is_empty()).or_else(thrown).or_else(own)
}

/// An id of a trace or span in one spelling: lower-case hex without a prefix. Ids that are neither hex nor base64 of
/// an id's bytes stay as they are; nothing and zero are none.
pub(super) fn id(value: &Value) -> Option<String> {
    let text = super::dialect::scalar(value)?;
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    if text.is_empty() || text == "undefined" || (text.len() >= 16 && text.bytes().all(|byte| byte == b'0')) {
        return None;
    }
    let hex = |length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex(16) || hex(32) {
        return Some(text.to_ascii_lowercase());
    }
    // 12 and 24 characters are base64 of 8 and of 16 bytes.
    if matches!(text.len(), 12 | 24)
        && let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(text)
        && matches!(bytes.len(), 8 | 16)
    {
        if bytes.iter().all(|byte| *byte == 0) {
            return None;
        }
        return Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    }
    Some(text.to_string())
}

/// Whether a status in any spelling is an error.
pub(super) fn is_error(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            matches!(text.to_ascii_uppercase().as_str(), "ERROR" | "STATUS_CODE_ERROR" | "STATUSCODE.ERROR" | "2")
        }
        Value::Number(number) => number.as_i64() == Some(2),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
