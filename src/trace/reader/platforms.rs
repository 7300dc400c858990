//! Smaller platforms, each with one shape of record: Helicone (requests), Datadog (spans of LLM Observability), Weave
//! (calls) and Kitaru (its native traces).

mod datadog;
mod weave;

pub(super) use datadog::FORMAT as DATADOG;
pub(super) use weave::FORMAT as WEAVE;

use super::Reason;
use super::dialect::{messages, numeric, scalar, unpack};
use super::found::Found;
use super::observed::{self, Member as _, Raised, kept, nanos};
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
    let status =
        map.at(&["response_status"]).and_then(|status| status.as_i64().or_else(|| status.as_str()?.parse().ok()));
    let failed = status.is_some_and(|status| status >= 400);
    // Beside calls of models, the kit logs runs of tools and searches.
    let logged = request.get("_type").and_then(Value::as_str);
    let built = match logged {
        Some("tool") => {
            let name = request.get("toolName").and_then(scalar).unwrap_or_default();
            let sides = (request.get("input"), response.as_deref().map(|body| body.get("result").unwrap_or(body)));
            Step { failed, ..observed::step(StepKind::Tool, &name, sides, Raised(None), false) }
        }
        Some(_) => Step { failed, ..Step::default() },
        None => said_to_model(&request, response.as_deref(), failed),
    };
    let model = built.kind == StepKind::Model;
    let step = Step {
        start: nanos(map.at(&["request_created_at", "created_at"])),
        end: nanos(map.at(&["response_created_at"])),
        user: map.text(&["request_user_id", "user_id"]),
        agent: property(&["Helicone-Session-Name"]),
        model: map.text(&["response_model", "request_model", "model"]).filter(|_| model),
        prompt_version: map.text(&["prompt_id"]).map(|prompt| match map.text(&["prompt_version"]) {
            Some(version) => format!("{prompt}@{version}"),
            None => prompt,
        }),
        cost: map.at(&["costUSD", "cost_usd", "cost"]).and_then(numeric),
        metadata: kept(&properties),
        ..built
    };
    let session = property(&["Helicone-Session-Id"]);
    let address = Address { trace: session.is_none().then(|| id.clone()), session, step: Some(id) };
    if let Some(rating) = map.at(&["feedback_rating"]).filter(|rating| rating.is_boolean()) {
        push_score(found, Family::Helicone, &address, "feedback".to_string(), rating, Some("human".to_string()));
    }
    for (name, value) in map.at(&["scores"]).map(unpack).as_deref().and_then(Value::as_object).into_iter().flatten() {
        let (name, by) = match name.as_str() {
            "helicone-score-feedback" => ("feedback", Some("human".to_string())),
            name => (name, None),
        };
        push_score(found, Family::Helicone, &address, name.to_string(), value.get("value").unwrap_or(value), by);
    }
    push(found, Family::Helicone, address, step);
    Ok(())
}

/// The call of a model that these bodies are. What was too large to keep is said in the body's place.
fn said_to_model(request: &Value, response: Option<&Value>, failed: bool) -> Step {
    let kept_body = |body: &&Value| body.get("helicone_message").is_none();
    Step {
        kind: StepKind::Model,
        input: Some(request).filter(kept_body).map(|body| messages(body, Role::User)).unwrap_or_default(),
        output: response
            .filter(|body| kept_body(body) && !failed)
            .map(|body| messages(body, Role::Assistant))
            .unwrap_or_default(),
        reply: response.and_then(observed::reply_id),
        failed,
        ..Step::default()
    }
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
