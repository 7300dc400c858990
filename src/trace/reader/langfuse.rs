//! Langfuse: the download of a trace or a session, table exports (traces, observations, events, scores), rows of blob
//! storage and pages of the API. Rows of different tables belong together by trace, in whatever files they lie. Rows
//! of the table of sessions say nothing that the others do not.

use super::Reason;
use super::dialect::{messages, moment, number, scalar, text_or_json, unpack};
use super::found::Found;
use super::observed::{Member as _, kept, nanos, session_in, sides, tool_message, tool_name};
use super::table::{Format, Read};
use crate::trace::Role;
use crate::trace::fragment::{Address, Family, Fragment, Part, Score, Step, StepKind, ToolRun};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Langfuse",
    slug: "langfuse",
    about: "trace and session downloads, table exports as JSON, JSONL or CSV, blob storage and API pages; traces, observations and scores join by trace",
    is: |keys| {
        let row = |prefix: &str| {
            let has = |names: &[&str]| names.iter().any(|name| keys.has(&format!("{prefix}{name}")));
            let kind = keys.text(&format!("{prefix}type")).is_some_and(is_kind);
            let trace = has(&["traceId", "trace_id"]);
            let observation = trace && (has(&["parentObservationId", "parent_observation_id"]) || kind);
            let score = trace
                && has(&["name"])
                && has(&["dataType", "data_type", "stringValue", "string_value"])
                && has(&["value"]);
            let of_trace = has(&["bookmarked"])
                || has(&["timestamp"])
                    && has(&["sessionId", "session_id"])
                    && has(&["userId", "user_id"])
                    && has(&["release", "public"]);
            observation || score || of_trace
        };
        keys.all(&["trace", "observations[]"]) || keys.has("traces[].observations") || row("") || row("data[].")
    },
    members: &["data", "traces"],
    envelope: &[],
    read: Read::Fragments(fragments),
};

fn is_kind(kind: &str) -> bool {
    matches!(
        kind,
        "GENERATION"
            | "SPAN"
            | "EVENT"
            | "AGENT"
            | "TOOL"
            | "CHAIN"
            | "RETRIEVER"
            | "EVALUATOR"
            | "EMBEDDING"
            | "GUARDRAIL"
    )
}

fn fragments(record: &Value) -> Result<Found, Reason> {
    let mut found = Found::default();
    let Value::Object(map) = record else {
        return Err(Reason::NotAConversation("a row is not an object".to_string()));
    };
    let lists = ["data", "traces", "observations", "scores"];
    match map.get("trace").filter(|trace| trace.is_object()) {
        Some(trace) => found.item(|found| row(trace, found)),
        None if lists.iter().any(|list| map.get(*list).is_some_and(Value::is_array))
            && map.at(&["timestamp"]).is_none() => {}
        None => found.item(|found| row(record, found)),
    }
    let session = map.contains_key("traces").then(|| map.get("id").and_then(scalar)).flatten();
    for list in lists {
        for item in map.get(list).and_then(Value::as_array).into_iter().flatten() {
            let before = found.fragments.len();
            // A page or a session holds traces that hold observations.
            if item.is_object() && (item["observations"].is_array() || item["scores"].is_array()) {
                found.add(fragments(item));
            } else {
                found.item(|found| row(item, found));
            }
            let new = found.fragments.iter_mut().skip(before);
            for fragment in new.filter(|fragment| fragment.address.session.is_none()) {
                fragment.address.session.clone_from(&session);
            }
        }
    }
    Ok(found)
}

/// One row of any table.
fn row(row: &Value, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let map = match row {
        Value::Object(map) => map,
        // The lists of observations of a page of traces hold ids alone.
        Value::String(_) => return Ok(()),
        _ => return Err(Reason::NotAConversation("a row is not an object".to_string())),
    };
    let typed = map.get("type").and_then(Value::as_str).is_some_and(is_kind);
    let trace = map.text(&["traceId", "trace_id"]);
    if trace.is_some() && (typed || map.at(&["parentObservationId", "parent_observation_id"]).is_some()) {
        found.push(observation(map)?);
    } else if map.at(&["dataType", "data_type", "stringValue", "string_value"]).is_some() && map.contains_key("name") {
        found.push(score(map)?);
    } else if map.contains_key("id") && map.at(&["timestamp"]).is_some() {
        of_trace(map, found)?;
    } else if typed {
        return Err(Reason::NotAConversation("an observation has no `traceId`".to_string()));
    } else if map.contains_key("id") {
        // A session: its traces say all that it says.
    } else {
        return Err(Reason::NotAConversation("it is no row of a known table".to_string()));
    }
    Ok(())
}

fn of_trace(map: &Map<String, Value>, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let Some(id) = map.text(&["id"]) else {
        return Err(Reason::NotAConversation("a trace has no `id`".to_string()));
    };
    let given = map.at(&["metadata"]).map(unpack);
    let mut metadata = given.as_deref().map(kept).unwrap_or_default();
    facts(map, &mut metadata);
    let session = map.text(&["sessionId", "session_id"]).or_else(|| session_in(given.as_deref()?));
    let address = Address { session, trace: Some(id.clone()), step: Some(id.clone()) };
    let side = |key: &str, speaker| map.at(&[key]).map(|value| messages(value, speaker)).unwrap_or_default();
    let step = Step {
        kind: StepKind::Other,
        name: map.text(&["name"]),
        start: nanos(map.at(&["timestamp"])),
        user: map.text(&["userId", "user_id"]),
        input: side("input", Role::User),
        output: side("output", Role::Assistant),
        metadata,
        ..Step::default()
    };
    // Table exports have a column per score, with a list in it.
    let columns = map.iter().filter(|(name, _)| !COLUMNS.contains(&name.as_str()));
    for (name, value) in columns {
        let value = unpack(value);
        let Some(list) = value.as_array().filter(|list| !list.is_empty()) else { continue };
        let values: Vec<f64> =
            list.iter().filter_map(|value| number(value).or_else(|| value.as_str()?.parse().ok())).collect();
        let label = list.last().and_then(Value::as_str).map(str::to_string);
        let mean = (values.len() == list.len()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        if mean.is_some() || label.is_some() {
            let score = Score {
                id: None,
                name: name.clone(),
                value: mean,
                label: label.filter(|_| mean.is_none()),
                by: None,
                time: step.start,
            };
            let address = Address { step: None, ..address.clone() };
            found.push(Fragment { family: Family::Langfuse, address, part: Part::Score(score) });
        }
    }
    for item in map.get("scores").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        found.extend(score(item).ok().map(|mut score| {
            score.address.trace = score.address.trace.or_else(|| Some(id.clone()));
            score
        }));
    }
    found.push(Fragment { family: Family::Langfuse, address, part: Part::Step(Box::new(step)) });
    Ok(())
}

/// Columns of a trace that may hold lists and are no scores.
const COLUMNS: [&str; 14] = [
    "tags",
    "scores",
    "observations",
    "input",
    "output",
    "metadata",
    "corrections",
    "usage",
    "usageDetails",
    "costDetails",
    "levelCounts",
    "comments",
    "toolCalls",
    "tool_calls",
];

/// Scalar facts beside a row's metadata.
fn facts(map: &Map<String, Value>, metadata: &mut BTreeMap<String, String>) {
    for (name, keys) in [
        ("trace_name", &["traceName", "trace_name"][..]),
        ("release", &["release"]),
        ("version", &["version"]),
        ("environment", &["environment"]),
    ] {
        metadata.extend(map.text(keys).map(|value| (name.to_string(), value)));
    }
    let tags = map.at(&["tags"]).map(unpack);
    let tags: Vec<String> =
        tags.as_deref().and_then(Value::as_array).into_iter().flatten().filter_map(scalar).collect();
    if !tags.is_empty() {
        metadata.insert("tags".to_string(), tags.join(","));
    }
}

fn observation(map: &Map<String, Value>) -> Result<Fragment, Reason> {
    let (Some(id), Some(trace)) = (map.text(&["id"]), map.text(&["traceId", "trace_id"])) else {
        return Err(Reason::NotAConversation("an observation has no `id`".to_string()));
    };
    let given = map.at(&["metadata"]).map(unpack).unwrap_or_default();
    let parent = map.text(&["parentObservationId", "parent_observation_id"]);
    let root = parent.is_none();
    let name = map.text(&["name"]).unwrap_or_default();
    let (input, output) = (map.at(&["input"]).map(unpack), map.at(&["output"]).map(unpack));
    let answered = output.as_deref().and_then(tool_message);
    let attribute = |name: &str| {
        let direct = given.get(format!("attributes.{name}"));
        direct.or_else(|| given.get("attributes")?.get(name)).and_then(scalar)
    };
    let ran_tool = attribute("gen_ai.operation.name").as_deref() == Some("execute_tool");
    let kind = match map.get("type").and_then(Value::as_str).unwrap_or("") {
        "GENERATION" => StepKind::Model,
        "TOOL" => StepKind::Tool,
        "AGENT" => StepKind::Agent,
        // Older exports know three types only; what came out tells a tool.
        "SPAN" if answered.is_some() || ran_tool => StepKind::Tool,
        _ => StepKind::Other,
    };
    let failed = map.text(&["level"]).as_deref() == Some("ERROR");
    let mut metadata = BTreeMap::new();
    if root {
        facts(map, &mut metadata);
    }
    let said = kind == StepKind::Model || (kind != StepKind::Tool && (root || kind == StepKind::Agent));
    let side = |value: &Option<std::borrow::Cow<'_, Value>>, speaker| {
        value.as_deref().filter(|_| said).map(|value| messages(value, speaker)).unwrap_or_default()
    };
    let (said_to, said_by) = sides(side(&input, Role::User), side(&output, Role::Assistant));
    let tool = (kind == StepKind::Tool).then(|| {
        let message = answered.clone();
        ToolRun {
            call: message
                .as_ref()
                .and_then(|message| message.answers.clone())
                .or_else(|| attribute("gen_ai.tool.call.id")),
            name: message
                .as_ref()
                .and_then(|message| message.tool.clone())
                .or_else(|| attribute("gen_ai.tool.name"))
                .unwrap_or_else(|| tool_name(&name)),
            arguments: input.as_deref().map(text_or_json),
            result: message.map(|message| message.text).or_else(|| output.as_deref().map(text_or_json)),
        }
    });
    let prompt =
        map.text(&["promptName", "prompt_name"]).map(|prompt| match map.text(&["promptVersion", "prompt_version"]) {
            Some(version) => format!("{prompt}@{version}"),
            None => prompt,
        });
    let step = Step {
        kind,
        // A trace's own row has the trace's id.
        parent: Some(parent.unwrap_or_else(|| trace.clone())),
        start: nanos(map.at(&["startTime", "start_time"])),
        end: nanos(map.at(&["endTime", "end_time"])),
        agent: attribute("gen_ai.agent.name"),
        user: map.text(&["userId", "user_id"]),
        model: map.text(&["providedModelName", "provided_model_name", "model"]),
        prompt_version: prompt,
        input: said_to,
        output: said_by,
        tool,
        failed,
        cost: map
            .at(&["totalCost", "total_cost", "calculatedTotalCost"])
            .and_then(amount)
            .filter(|_| kind == StepKind::Model),
        reply: output.as_deref().and_then(super::observed::reply_id),
        metadata,
        name: Some(name).filter(|name| !name.is_empty()),
        ..Step::default()
    };
    let session = map.text(&["sessionId", "session_id"]).or_else(|| session_in(&given));
    let address = Address { session, trace: Some(trace), step: Some(id) };
    Ok(Fragment { family: Family::Langfuse, address, part: Part::Step(Box::new(step)) })
}

fn amount(value: &Value) -> Option<f64> {
    number(value).or_else(|| value.as_str()?.parse().ok()).filter(|amount: &f64| amount.is_finite() && *amount > 0.0)
}

fn score(map: &Map<String, Value>) -> Result<Fragment, Reason> {
    let none = || Reason::NotAConversation("a score has no name, or says not of what it is".to_string());
    let value = map.at(&["value"]).and_then(|value| number(value).or_else(|| value.as_str()?.parse().ok()));
    let label = map.text(&["stringValue", "string_value"]);
    let score = Score {
        id: map.text(&["id"]),
        name: map.text(&["name"]).ok_or_else(none)?,
        // A category has a number too, which means nothing.
        value: value.filter(|_| map.text(&["dataType", "data_type"]).as_deref() != Some("CATEGORICAL")),
        label,
        by: map.text(&["source"]).map(|source| match source.as_str() {
            "ANNOTATION" => "human".to_string(),
            "EVAL" => "model".to_string(),
            "API" => "code".to_string(),
            _ => source,
        }),
        time: map
            .at(&["timestamp", "updatedAt", "updated_at", "createdAt"])
            .and_then(moment)
            .and_then(|at| at.0.checked_mul(1_000_000)),
    };
    let address = Address {
        session: map.text(&["sessionId", "session_id"]),
        trace: map.text(&["traceId", "trace_id"]),
        step: map.text(&["observationId", "observation_id"]),
    };
    let placed = address != Address::default();
    placed.then_some(Fragment { family: Family::Langfuse, address, part: Part::Score(score) }).ok_or_else(none)
}

#[cfg(test)]
mod tests;
