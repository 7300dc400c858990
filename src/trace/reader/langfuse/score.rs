//! Judgements: rows of the table of scores, and the columns that other tables have for them.

use super::Around;
use crate::trace::fragment::{Address, Family, Fragment, Part, Score};
use crate::trace::reader::Reason;
use crate::trace::reader::dialect::{numeric, unpack};
use crate::trace::reader::observed::{Member as _, nanos};
use serde_json::{Map, Value};

/// Who may have judged.
pub(super) fn is_source(name: &str) -> bool {
    matches!(name, "API" | "EVAL" | "ANNOTATION")
}

/// Whether a row is one of the table of scores. Older exports do not say what type its value has; the tables of
/// traces and observations may have a score named `value`, but then its column holds a list.
pub(super) fn is(map: &Map<String, Value>) -> bool {
    let valued = map.at(&["value"]).and_then(numeric).is_some()
        && map.at(&["traceId", "trace_id", "observationId", "observation_id", "source"]).is_some();
    map.contains_key("name") && (valued || map.at(&["dataType", "data_type", "stringValue", "string_value"]).is_some())
}

/// A row of the table of scores.
///
/// # Errors
/// When it has no name, or does not say of what it is.
pub(super) fn score(map: &Map<String, Value>, around: &Around) -> Result<Fragment, Reason> {
    let Some(name) = map.text(&["name"]) else {
        return Err(Reason::NotAConversation("a score has no `name`".to_string()));
    };
    let label = map.text(&["stringValue", "string_value"]);
    let number = map.at(&["value"]).and_then(numeric);
    let value = match map.text(&["dataType", "data_type"]).as_deref() {
        // These have a number too, which means nothing.
        Some("CATEGORICAL" | "TEXT" | "CORRECTION") => None,
        Some("BOOLEAN") => number.or_else(|| truth(label.as_deref()?)),
        _ => number,
    };
    let score = Score {
        id: map.text(&["id"]),
        name,
        value,
        label,
        by: map.text(&["source"]).map(|source| match source.as_str() {
            "ANNOTATION" => "human".to_string(),
            "EVAL" => "model".to_string(),
            "API" => "code".to_string(),
            _ => source,
        }),
        time: nanos(map.at(&["timestamp", "updatedAt", "updated_at", "createdAt"])),
    };
    let session = map.text(&["sessionId", "session_id"]);
    let trace = map.text(&["traceId", "trace_id"]);
    // The score of a session is of no trace of it.
    let trace = trace.or_else(|| around.trace.clone().filter(|_| session.is_none()));
    let address = Address { session, trace, step: map.text(&["observationId", "observation_id"]) };
    if address == Address::default() {
        return Err(Reason::NotAConversation("a score does not say of what it is".to_string()));
    }
    Ok(Fragment { family: Family::Langfuse, address, part: Part::Score(score) })
}

fn truth(word: &str) -> Option<f64> {
    match word.trim().to_ascii_lowercase().as_str() {
        "true" => Some(1.0),
        "false" => Some(0.0),
        _ => None,
    }
}

/// Columns of the other tables that may hold lists and are no scores, without underscores and in lower case.
const COLUMNS: [&str; 26] = [
    "tags",
    "scores",
    "observations",
    "input",
    "output",
    "metadata",
    "metadatanames",
    "metadatavalues",
    "corrections",
    "usage",
    "usagedetails",
    "providedusagedetails",
    "costdetails",
    "providedcostdetails",
    "levelcounts",
    "comments",
    "toolcalls",
    "toolcallnames",
    "tooldefinitions",
    "modelparameters",
    "events",
    "userids",
    "scoresavg",
    "scorecategories",
    "datasetrunids",
    "experiments",
];

/// Table exports have a column per score, with a list in it: of several with one name the mean counts, and of
/// categories the last.
pub(super) fn columns(map: &Map<String, Value>, address: &Address, time: Option<i64>, found: &mut Vec<Fragment>) {
    let known = |name: &str| COLUMNS.contains(&name.replace('_', "").to_ascii_lowercase().as_str());
    for (name, column) in map.iter().filter(|(name, _)| !known(name)) {
        let column = unpack(column);
        let Some(list) = column.as_array().filter(|list| !list.is_empty()) else { continue };
        let values: Vec<f64> = list.iter().filter_map(numeric).collect();
        let label = list.last().and_then(Value::as_str).map(str::to_string);
        let mean = (values.len() == list.len()).then(|| values.iter().sum::<f64>() / values.len() as f64);
        if mean.is_some() || label.is_some() {
            let label = label.filter(|_| mean.is_none());
            let score = Score { id: None, name: name.clone(), value: mean, label, by: None, time };
            found.push(Fragment { family: Family::Langfuse, address: address.clone(), part: Part::Score(score) });
        }
    }
}
