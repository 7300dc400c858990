//! Facts about a span: which conversation, whose, by which agent, with which model and prompt.

use super::Span;
use crate::trace::reader::dialect::{number, scalar, unpack};
use crate::trace::reader::observed::{is_placeholder, kept};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Attributes by name, flat.
pub(super) struct Attributes<'a>(pub(super) &'a Map<String, Value>);

/// Where the id of the conversation is, in the order in which it is believed.
/// `langsmith.trace.session_id` is not one: a session of LangSmith is a project.
const SESSIONS: [&str; 24] = [
    "langfuse.session.id",
    "session.id",
    "gen_ai.conversation.id",
    "langfuse.observation.metadata.langfuse_session_id",
    "langfuse.trace.metadata.langfuse_session_id",
    "ai.telemetry.metadata.sessionId",
    "session_id",
    "conversation_id",
    "thread_id",
    "conversation.id",
    "gcp.vertex.agent.session_id",
    "gen_ai.thread.id",
    "mlflow.trace.session",
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.thread_id",
    "traceloop.association.properties.chat_id",
    "langsmith.metadata.session_id",
    "langsmith.metadata.thread_id",
    "langsmith.metadata.conversation_id",
    "ai.telemetry.metadata.session_id",
    "ai.telemetry.metadata.conversationId",
    "ai.telemetry.metadata.threadId",
    "ai.telemetry.metadata.chatId",
    "traceloop.association.properties.conversation_id",
];

const USERS: [&str; 14] = [
    "langfuse.user.id",
    "user.id",
    "enduser.id",
    "ai.telemetry.metadata.userId",
    "kagent.user_id",
    "traceloop.association.properties.user_id",
    "langsmith.metadata.user_id",
    "mlflow.trace.user",
    "user_id",
    "gen_ai.user.id",
    "langfuse.trace.metadata.langfuse_user_id",
    "langfuse.observation.metadata.langfuse_user_id",
    "ai.telemetry.metadata.user_id",
    "gen_ai.request.user",
];

/// Attributes that are facts for everybody, by prefix.
const PREFIXES: [&str; 5] = [
    "langfuse.trace.metadata.",
    "ai.telemetry.metadata.",
    "traceloop.association.properties.",
    "langsmith.metadata.",
    "gen_ai.custom.",
];

impl<'a> Attributes<'a> {
    /// The first of these that is a non-empty scalar. MLflow writes its texts as JSON texts.
    pub(super) fn text(&self, keys: &[&str]) -> Option<String> {
        keys.iter()
            .filter_map(|key| scalar(self.0.get(*key)?))
            .map(|text| unquoted(&text))
            .find(|text| !text.is_empty())
    }

    /// The first of these that says something.
    pub(super) fn value(&self, keys: &[&str]) -> Option<&'a Value> {
        keys.iter().filter_map(|key| self.0.get(*key)).find(|value| !value.is_null() && **value != "")
    }

    pub(super) fn any(&self, keys: &[&str]) -> bool {
        self.value(keys).is_some()
    }

    pub(super) fn session(&self) -> Option<String> {
        SESSIONS.iter().filter_map(|key| self.text(&[*key])).find(|id| !is_placeholder(id)).or_else(|| {
            // Langfuse's own key may be in the JSON of OpenInference's metadata.
            let metadata = unpack(self.0.get("metadata").or_else(|| self.0.get("braintrust.metadata"))?);
            crate::trace::reader::observed::session_in(&metadata)
        })
    }

    pub(super) fn user(&self) -> Option<String> {
        USERS.iter().filter_map(|key| self.text(&[*key])).find(|id| !is_placeholder(id)).or_else(|| {
            let metadata = unpack(self.0.get("metadata")?);
            let id = ["user_id", "userId", "langfuse_user_id"].iter().find_map(|key| scalar(metadata.get(*key)?));
            id.filter(|id| !is_placeholder(id))
        })
    }

    pub(super) fn agent(&self) -> Option<String> {
        self.text(&["gen_ai.agent.name", "agent.name", "agent_name", "graph.node.id", "ai.telemetry.functionId"])
    }

    pub(super) fn model(&self) -> Option<String> {
        let own = || scalar(unpack(self.0.get("braintrust.metadata")?).get("model")?);
        let named = self.text(&[
            "gen_ai.response.model",
            "gen_ai.request.model",
            "llm.model_name",
            "ai.response.model",
            "ai.model.id",
            "langfuse.observation.model.name",
            "llm.response.model",
            "llm.request.model",
            "model_name",
            "mlflow.llm.model",
        ]);
        named.or_else(own)
    }

    /// The model in a whole request or reply.
    pub(super) fn requested(&self) -> Option<String> {
        ["mlflow.spanOutputs", "mlflow.spanInputs", "output.value", "input.value", "request_data"]
            .iter()
            .find_map(|key| unpack(self.0.get(*key)?).get("model")?.as_str().map(str::to_string))
    }

    pub(super) fn prompt_version(&self) -> Option<String> {
        let name = self.text(&[
            "langfuse.observation.prompt.name",
            "langfuse.prompt.name",
            "gen_ai.prompt.name",
            "llm.prompt_template.name",
            "prompt.name",
            "traceloop.prompt.key",
        ]);
        let version = self.text(&[
            "langfuse.observation.prompt.version",
            "langfuse.prompt.version",
            "gen_ai.prompt.version",
            "llm.prompt_template.version",
            "prompt.version",
            "traceloop.prompt.version",
            "prompt_version",
        ]);
        // A house's own name for it.
        let own =
            || self.0.iter().find(|(key, _)| key.ends_with(".prompt_version")).and_then(|(_, value)| scalar(value));
        match (name, version.or_else(own)) {
            (Some(name), Some(version)) => Some(format!("{name}@{version}")),
            (name, version) => version.or(name),
        }
    }

    pub(super) fn cost(&self) -> Option<f64> {
        let keys = [
            "gen_ai.usage.cost",
            "operation.cost",
            "llm.cost.total",
            "gen_ai.usage.total_cost",
            "llm.usage.cost",
            "langfuse.observation.cost_details",
            "mlflow.llm.cost",
            "langsmith.usage_metadata",
        ];
        let amount = |value: &Value| number(value).or_else(|| value.as_str()?.trim().parse().ok());
        // Langfuse, MLflow and LangSmith keep the cost of each kind of token and their sum in an object.
        let sum = |value: &Value| {
            amount(value).or_else(|| {
                let parts = unpack(value);
                amount(parts.get("total").or_else(|| parts.get("total_cost"))?)
            })
        };
        keys.iter().find_map(|key| sum(self.0.get(*key)?)).filter(|cost: &f64| cost.is_finite() && *cost >= 0.0)
    }

    pub(super) fn reply(&self) -> Option<String> {
        let direct = self.text(&["gen_ai.response.id", "llm.response.id", "ai.response.id"]);
        direct.or_else(|| crate::trace::reader::observed::reply_id(&unpack(self.0.get("output.value")?)))
    }
}

/// Without the quotes of a JSON text.
fn unquoted(text: &str) -> String {
    let quoted = text.len() >= 2 && text.starts_with('"') && text.ends_with('"');
    let inner = quoted.then(|| serde_json::from_str::<String>(text).ok()).flatten();
    inner.unwrap_or_else(|| text.to_string())
}

/// Facts of a whole trace that stand on its root, or of an agent.
pub(super) fn metadata(span: &Span, root: bool) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    let attributes = Attributes(&span.attributes);
    if root {
        let resource = Attributes(&span.resource);
        for (name, keys) in [
            ("service.name", &["service.name"][..]),
            ("service.version", &["service.version"]),
            ("environment", &["deployment.environment.name", "deployment.environment"]),
        ] {
            let value = resource.text(keys).or_else(|| attributes.text(keys));
            facts.extend(value.map(|value| (name.to_string(), value)));
        }
    }
    if let Some(given) = span.attributes.get("metadata") {
        facts.extend(kept(&unpack(given)));
    }
    for (key, value) in &span.attributes {
        if let Some(name) = PREFIXES.iter().find_map(|prefix| key.strip_prefix(prefix)) {
            facts.extend(scalar(value).filter(|text| text.len() <= 200).map(|text| (name.to_string(), text)));
        }
    }
    for (name, keys) in [
        ("release", &["langfuse.release"][..]),
        ("version", &["langfuse.version"]),
        ("environment", &["langfuse.environment"]),
    ] {
        facts.extend(attributes.text(keys).map(|value| (name.to_string(), value)));
    }
    let tags = ["langfuse.trace.tags", "tag.tags", "logfire.tags", "langsmith.span.tags"];
    if let Some(tags) = attributes.value(&tags) {
        let tags = unpack(tags);
        let tags: Vec<String> = match tags.as_ref() {
            Value::String(text) => text.split(',').map(|tag| tag.trim().to_string()).collect(),
            list => list.as_array().into_iter().flatten().filter_map(scalar).collect(),
        };
        if !tags.is_empty() {
            facts.insert("tags".to_string(), tags.join(","));
        }
    }
    facts
}
