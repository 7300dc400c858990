//! Langfuse: the download of a trace or a session, table exports (traces, observations, events, scores), rows of blob
//! storage and pages of the API. Rows of different tables belong together by trace, in whatever files they lie. Rows
//! of the table of sessions say nothing that the others do not.

mod observation;
mod score;

use super::Reason;
use super::dialect::{messages, scalar, unpack};
use super::found::Found;
use super::observed::{Member as _, kept, nanos, session_in};
use super::table::{Format, Read};
use crate::trace::Role;
use crate::trace::fragment::{Address, Family, Fragment, Part, Step, StepKind};
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
            // Older exports have no type of their data.
            let judged = has(&["dataType", "data_type", "stringValue", "string_value"])
                || has(&["observationId", "observation_id"])
                || keys.text(&format!("{prefix}source")).is_some_and(score::is_source);
            let score = trace && has(&["name"]) && has(&["value"]) && judged;
            let of_trace = has(&["timestamp"])
                && has(&["sessionId", "session_id"])
                && has(&["userId", "user_id"])
                && has(&["release", "public", "bookmarked"]);
            observation || score || of_trace
        };
        let download = keys.all(&["trace.id", "observations[]"])
            && keys.any(&[
                "trace.timestamp",
                "trace.projectId",
                "observations[].traceId",
                "observations[].parentObservationId",
            ]);
        download || keys.has("traces[].observations") || row("") || row("data[].")
    },
    members: &["data", "traces"],
    // The session's.
    envelope: &["id"],
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
    list_or_row(record, &Around::default(), &mut found)?;
    Ok(found)
}

/// What is said around a row and holds for it too, where it does not say it itself.
#[derive(Clone, Default)]
struct Around {
    session: Option<String>,
    trace: Option<String>,
}

/// Lists of rows, and a trace that is around some of them.
const LISTS: [&str; 4] = ["data", "traces", "observations", "scores"];

/// What a record holds: lists of rows, a trace with them, or one row.
fn list_or_row(record: &Value, around: &Around, found: &mut Found) -> Result<(), Reason> {
    let map = object(record)?;
    let trace = match map.get("trace").filter(|trace| trace.is_object()) {
        Some(trace) => Some(trace),
        None if LISTS.iter().any(|list| map.get(*list).is_some_and(Value::is_array))
            && map.at(&["timestamp"]).is_none() =>
        {
            None
        }
        None => Some(record),
    };
    let mut around = around.clone();
    if map.contains_key("traces") {
        around.session = map.get("id").and_then(scalar).or(around.session);
    }
    if let Some(trace) = trace {
        found.item(|found| row(trace, &around, found));
        let id = trace.as_object().filter(|trace| is_trace(trace)).and_then(|trace| trace.text(&["id"]));
        around.trace = id.or(around.trace);
        // A download has the observations beside the trace, and the scores in it.
        let scores = trace.get("scores").filter(|_| map.contains_key("trace")).and_then(Value::as_array);
        for item in scores.into_iter().flatten() {
            found.item(|found| row_of("scores", item, &around, found));
        }
    }
    for list in LISTS {
        for item in map.get(list).and_then(Value::as_array).into_iter().flatten() {
            // A page or a session holds traces that hold observations.
            if item.is_object() && (item["observations"].is_array() || item["scores"].is_array()) {
                let mut inner = Found::default();
                let read = list_or_row(item, &around, &mut inner);
                found.add(read.map(|()| inner));
            } else {
                found.item(|found| row_of(list, item, &around, found));
            }
        }
    }
    Ok(())
}

/// One row of a list that says of which table it is, if it does.
fn row_of(list: &str, item: &Value, around: &Around, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    match (list, item) {
        // Pages of traces may list the ids of observations and scores alone.
        (_, Value::String(_)) => Ok(()),
        ("scores", item) => score::score(object(item)?, around).map(|score| found.push(score)),
        _ => row(item, around, found),
    }
}

fn object(value: &Value) -> Result<&Map<String, Value>, Reason> {
    value.as_object().ok_or_else(|| Reason::NotAConversation("a row is not an object".to_string()))
}

/// Whether a row is one of the table of traces, by what the other tables do not have.
fn is_trace(map: &Map<String, Value>) -> bool {
    map.contains_key("id") && map.at(&["timestamp"]).is_some() && !is_observation(map) && !score::is(map)
}

fn is_observation(map: &Map<String, Value>) -> bool {
    map.get("type").and_then(Value::as_str).is_some_and(is_kind)
        || map.at(&["parentObservationId", "parent_observation_id"]).is_some()
}

/// One row of any table.
fn row(row: &Value, around: &Around, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let map = object(row)?;
    let before = found.len();
    if is_observation(map) {
        observation::add(map, around, found)?;
    } else if score::is(map) {
        found.push(score::score(map, around)?);
    } else if is_trace(map) {
        of_trace(map, found)?;
    } else if !map.contains_key("id") {
        return Err(Reason::NotAConversation("it is no row of a known table".to_string()));
    }
    // Else it is a session: its traces say all that it says.
    for fragment in found.iter_mut().skip(before).filter(|fragment| fragment.address.session.is_none()) {
        fragment.address.session.clone_from(&around.session);
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
    let whole = Address { step: None, ..address.clone() };
    score::columns(map, &whole, step.start, found);
    found.push(Fragment { family: Family::Langfuse, address, part: Part::Step(Box::new(step)) });
    Ok(())
}

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

#[cfg(test)]
mod tests;
