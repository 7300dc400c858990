//! Smaller platforms, each with one shape of record: Helicone (requests), Datadog (spans of LLM Observability), Weave
//! (calls) and Kitaru (its native traces).

use super::Reason;
use super::dialect::{messages, numeric, scalar, unpack};
use super::found::Found;
use super::observed::{self, Member as _, Raised, kept, nanos};
use super::span;
use super::table::{Format, Read};
use crate::trace::Role;
use crate::trace::fragment::{Address, Family, Fragment, Part, Score, Step, StepKind};
use serde_json::{Map, Value};

/// The row of the table for Helicone.
pub(super) const HELICONE: Format = Format {
    name: "Helicone",
    slug: "helicone",
    about: "requests with their bodies (`npx @helicone/export --include-body`)",
    is: |keys| {
        keys.any(&["request_id", "request_created_at"])
            && keys.any(&["request_body", "response_body", "signed_body_url", "request_properties"])
            || keys.all(&["data[].request_id", "data[].request_body"])
    },
    members: &["data"],
    envelope: &[],
    read: Read::Fragments(|record| each(record, "data", helicone)),
};

/// The row of the table for Datadog.
pub(super) const DATADOG: Format = Format {
    name: "Datadog LLM Observability",
    slug: "datadog",
    about: "pages of spans from the export API",
    is: |keys| {
        keys.all(&["data[].attributes.span_id", "data[].attributes.trace_id"])
            || keys.all(&["attributes.span_id", "attributes.trace_id", "attributes.span_kind"])
    },
    members: &["data"],
    envelope: &[],
    read: Read::Fragments(|record| each(record, "data", datadog)),
};

/// The row of the table for Weave.
pub(super) const WEAVE: Format = Format {
    name: "Weave",
    slug: "weave",
    about: "calls of W&B Weave, as JSONL, JSON or CSV",
    is: |keys| keys.all(&["op_name", "trace_id"]) || keys.all(&["calls[].op_name", "calls[].trace_id"]),
    members: &["calls"],
    envelope: &[],
    read: Read::Fragments(|record| each(record, "calls", weave)),
};

/// The row of the table for Kitaru.
pub(super) const KITARU: Format = Format {
    name: "Kitaru native traces",
    slug: "kitaru",
    about: "one trace a line, with its spans",
    is: |keys| keys.all(&["trace_id", "spans[].span_id", "spans[].kind"]),
    members: &[],
    envelope: &[],
    read: Read::Fragments(kitaru),
};

type One = fn(&Map<String, Value>, &mut Vec<Fragment>) -> Result<(), Reason>;

fn each(record: &Value, member: &str, one: One) -> Result<Found, Reason> {
    let list = record[member].as_array().map_or(std::slice::from_ref(record), Vec::as_slice);
    let mut found = Found::default();
    list.iter().for_each(|item| found.item(|found| one(object(item)?, found)));
    Ok(found)
}

pub(super) fn object(item: &Value) -> Result<&Map<String, Value>, Reason> {
    item.as_object().ok_or_else(|| Reason::NotAConversation("it is not an object".to_string()))
}

pub(super) fn missing(what: &str) -> Reason {
    Reason::NotAConversation(format!("it has no {what}"))
}

pub(super) fn push(found: &mut Vec<Fragment>, family: Family, address: Address, step: Step) {
    found.push(Fragment { family, address, part: Part::Step(Box::new(step)) });
}

pub(super) fn push_score(
    found: &mut Vec<Fragment>,
    family: Family,
    address: &Address,
    name: String,
    value: &Value,
    by: Option<String>,
) {
    let number = numeric(value);
    let label = value.as_str().filter(|_| number.is_none()).map(str::to_string);
    if number.is_some() || label.is_some() {
        let score = Score { id: None, name, value: number, label, by, time: None };
        found.push(Fragment { family, address: address.clone(), part: Part::Score(score) });
    }
}

fn helicone(map: &Map<String, Value>, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let id = map.text(&["request_id", "id"]).ok_or_else(|| missing("`request_id`"))?;
    let properties = map.at(&["request_properties", "properties"]).map(unpack).unwrap_or_default();
    let property = |keys: &[&str]| properties.as_object().and_then(|map| map.text(keys));
    let (request, response) =
        (map.at(&["request_body"]).map(unpack).unwrap_or_default(), map.at(&["response_body"]).map(unpack));
    // What was too large to keep is said in the body's place.
    let kept_body = |body: &Value| body.get("helicone_message").is_none();
    let status =
        map.at(&["response_status"]).and_then(|status| status.as_i64().or_else(|| status.as_str()?.parse().ok()));
    let failed = status.is_some_and(|status| status >= 400);
    let step = Step {
        kind: StepKind::Model,
        start: nanos(map.at(&["request_created_at", "created_at"])),
        end: nanos(map.at(&["response_created_at"])),
        user: map.text(&["request_user_id", "user_id"]),
        agent: property(&["Helicone-Session-Name"]),
        model: map.text(&["response_model", "request_model", "model"]),
        prompt_version: map.text(&["prompt_id"]).map(|prompt| match map.text(&["prompt_version"]) {
            Some(version) => format!("{prompt}@{version}"),
            None => prompt,
        }),
        cost: map.at(&["costUSD", "cost_usd", "cost"]).and_then(numeric),
        input: if kept_body(&request) { messages(&request, Role::User) } else { Vec::new() },
        output: response
            .as_deref()
            .filter(|body| kept_body(body) && !failed)
            .map(|body| messages(body, Role::Assistant))
            .unwrap_or_default(),
        reply: response.as_deref().and_then(observed::reply_id),
        failed,
        metadata: kept(&properties),
        ..Step::default()
    };
    let session = property(&["Helicone-Session-Id"]);
    let address = Address { trace: session.is_none().then(|| id.clone()), session, step: Some(id) };
    if let Some(rating) = map.at(&["feedback_rating"]).filter(|rating| rating.is_boolean()) {
        push_score(found, Family::Helicone, &address, "feedback".to_string(), rating, Some("human".to_string()));
    }
    for (name, value) in map.at(&["scores"]).map(unpack).as_deref().and_then(Value::as_object).into_iter().flatten() {
        push_score(found, Family::Helicone, &address, name.clone(), value.get("value").unwrap_or(value), None);
    }
    push(found, Family::Helicone, address, step);
    Ok(())
}

fn datadog(map: &Map<String, Value>, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let map = map.get("attributes").and_then(Value::as_object).unwrap_or(map);
    let id = map.at(&["span_id"]).and_then(span::id).ok_or_else(|| missing("`span_id`"))?;
    let trace = map.at(&["trace_id"]).and_then(span::id).ok_or_else(|| missing("`trace_id`"))?;
    let parent = map.at(&["parent_id"]).and_then(span::id);
    let kind = match map.text(&["span_kind"]).as_deref() {
        Some("llm") => StepKind::Model,
        Some("tool") => StepKind::Tool,
        Some("agent") => StepKind::Agent,
        _ => StepKind::Other,
    };
    let side = |key: &str| {
        let value = map.get(key)?;
        let listed = value.get("messages").filter(|list| list.as_array().is_some_and(|list| !list.is_empty()));
        listed.or_else(|| value.get("value")).or(Some(value))
    };
    let tags = map.at(&["tags"]).map(unpack);
    let tags: Vec<String> =
        tags.as_deref().and_then(Value::as_array).into_iter().flatten().filter_map(scalar).collect();
    let tag = |name: &str| {
        tags.iter().find_map(|tag| {
            Some(tag.strip_prefix(name)?.strip_prefix(':')?.to_string()).filter(|value| !value.is_empty())
        })
    };
    let name = map.text(&["name"]).unwrap_or_default();
    let start = nanos(map.at(&["start_ns", "start"]));
    // Nanoseconds, whatever unit the start has in the documentation's example.
    let length = map.at(&["duration"]).and_then(Value::as_i64);
    let root = parent.is_none();
    let mut metadata = if root {
        map.get("metadata").map(|given| kept(&unpack(given))).unwrap_or_default()
    } else {
        Default::default()
    };
    for fact in ["env", "version", "service"] {
        metadata.extend(tag(fact).map(|value| (fact.to_string(), value)).filter(|_| root));
    }
    let error = map.get("error").or_else(|| map.get("meta")?.get("error"));
    let built = observed::step(kind, &name, (side("input"), side("output")), Raised(error), root);
    let nanodollars =
        map.get("metrics").map(unpack).and_then(|metrics| metrics.get("estimated_total_cost").and_then(numeric));
    let step = Step {
        parent,
        start,
        end: start.zip(length).and_then(|(start, length)| start.checked_add(length)),
        agent: (kind == StepKind::Agent).then(|| name.clone()),
        user: tag("user_id").or_else(|| tag("usr.id")),
        model: map.text(&["model_name"]).filter(|_| kind == StepKind::Model),
        prompt_version: map.get("input").and_then(|input| input.pointer("/prompt/version")).and_then(scalar),
        cost: nanodollars.map(|cost| cost / 1e9).filter(|_| kind == StepKind::Model),
        failed: built.failed || map.text(&["status"]).as_deref() == Some("error"),
        metadata,
        ..built
    };
    let session = map.text(&["session_id"]).or_else(|| tag("session_id"));
    push(found, Family::Datadog, Address { session, trace: Some(trace), step: Some(id) }, step);
    Ok(())
}

fn weave(map: &Map<String, Value>, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let id = map.text(&["id"]).ok_or_else(|| missing("`id`"))?;
    let operation = map.text(&["op_name"]).unwrap_or_default();
    // weave:///entity/project/op/name:digest
    let (path, version) =
        operation.rsplit_once(':').filter(|(path, _)| path.contains("/op/")).unwrap_or((&operation, ""));
    let name = path.rsplit('/').next().unwrap_or(path).to_string();
    let attributes = map.at(&["attributes"]).map(unpack).unwrap_or_default();
    let summary = map.at(&["summary"]).map(unpack).unwrap_or_default();
    let used = summary.get("usage").and_then(Value::as_object).and_then(|usage| usage.keys().next().cloned());
    let output = map.at(&["output"]).map(unpack).unwrap_or_default();
    let word = attributes
        .get("kind")
        .and_then(scalar)
        .or_else(|| attributes.pointer("/weave/kind").and_then(scalar))
        .unwrap_or_default();
    let parent = map.text(&["parent_id"]);
    let lower = name.to_ascii_lowercase();
    let speaks = ["choices", "candidates", "content"].iter().any(|key| output.get(*key).is_some_and(Value::is_array));
    // Calls of providers' libraries carry the library's name; of a library's parts only the innermost has a reply.
    let library = [
        "chat.completions.create",
        "messages.create",
        "responses.create",
        "generate_content",
        "completion",
        "chatopenai",
    ];
    let kind = match word.as_str() {
        "llm" => StepKind::Model,
        "tool" => StepKind::Tool,
        "agent" => StepKind::Agent,
        _ if speaks || library.iter().any(|part| lower.contains(part)) => StepKind::Model,
        _ if lower.contains("tool") => StepKind::Tool,
        _ => StepKind::Other,
    };
    let root = parent.is_none();
    let mut metadata = if root { kept(&attributes) } else { Default::default() };
    if root && !version.is_empty() {
        metadata.insert("op_version".to_string(), version.to_string());
    }
    let address = Address { session: map.text(&["thread_id"]), trace: map.text(&["trace_id"]), step: Some(id) };
    for feedback in summary.pointer("/weave/feedback").and_then(Value::as_array).into_iter().flatten() {
        let name = feedback.get("feedback_type").and_then(scalar).unwrap_or_default();
        let payload = &feedback["payload"];
        let value =
            payload.get("output").or_else(|| payload.get("value")).or_else(|| payload.get("emoji")).unwrap_or(payload);
        push_score(found, Family::Weave, &address, name, value, Some("human".to_string()));
    }
    let step = Step {
        parent,
        start: nanos(map.at(&["started_at"])),
        end: nanos(map.at(&["ended_at"])),
        user: map.text(&["wb_user_id"]),
        model: used.filter(|_| kind == StepKind::Model),
        cost: weave_cost(&summary).filter(|_| kind == StepKind::Model),
        metadata,
        ..observed::step(kind, &name, (map.at(&["inputs"]), map.at(&["output"])), Raised(map.get("exception")), root)
    };
    push(found, Family::Weave, address, step);
    Ok(())
}

/// What the calls of all models in it cost: of each, what its tokens cost in sum.
fn weave_cost(summary: &Value) -> Option<f64> {
    let models = summary.pointer("/weave/costs").map(unpack)?;
    let tokens = models.as_object()?.values().filter_map(Value::as_object).flatten();
    let costs: Vec<f64> =
        tokens.filter(|(name, _)| name.ends_with("_total_cost")).filter_map(|(_, cost)| numeric(cost)).collect();
    (!costs.is_empty()).then(|| costs.iter().sum())
}

fn kitaru(record: &Value) -> Result<Found, Reason> {
    let map = record.as_object().ok_or_else(|| missing("object"))?;
    let trace = map.text(&["trace_id"]).ok_or_else(|| missing("`trace_id`"))?;
    let given = map.get("metadata").map(unpack).unwrap_or_default();
    let session = map.text(&["session_id", "thread_id"]).or_else(|| observed::session_in(&given));
    let address = |step: String| Address { session: session.clone(), trace: Some(trace.clone()), step: Some(step) };
    let root = Step {
        start: nanos(map.at(&["started_at"])),
        end: nanos(map.at(&["ended_at"])),
        user: map.text(&["user_id"]).or_else(|| given.as_object().and_then(|given| given.text(&["user_id", "user"]))),
        metadata: kept(&given),
        ..observed::step(
            StepKind::Other,
            &map.text(&["name"]).unwrap_or_default(),
            (map.at(&["input"]), map.at(&["output"])),
            Raised(map.get("error")),
            true,
        )
    };
    let mut fragments = Vec::new();
    push(&mut fragments, Family::Native, address(trace.clone()), root);
    let mut found = Found::from(fragments);
    for item in map.get("spans").and_then(Value::as_array).into_iter().flatten() {
        found.item(|found| {
            let item = object(item)?;
            let id = item.text(&["span_id"]).ok_or_else(|| missing("id of a span"))?;
            let kind = match item.text(&["kind"]).as_deref() {
                Some("llm" | "model") => StepKind::Model,
                Some("tool") => StepKind::Tool,
                Some("agent") => StepKind::Agent,
                _ => StepKind::Other,
            };
            let step = Step {
                parent: item.text(&["parent_span_id", "parent_id"]).or_else(|| Some(trace.clone())),
                start: nanos(item.at(&["started_at"])),
                end: nanos(item.at(&["ended_at"])),
                model: item.text(&["model"]),
                cost: item.at(&["cost"]).and_then(numeric).filter(|_| kind == StepKind::Model),
                ..observed::step(
                    kind,
                    &item.text(&["name"]).unwrap_or_default(),
                    (item.at(&["input"]), item.at(&["output"])),
                    Raised(item.get("error")),
                    false,
                )
            };
            push(found, Family::Native, address(id), step);
            Ok(())
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
