//! Rows of the tables of observations and of events: what was done in a trace.

use super::{Around, facts, score};
use crate::trace::Role;
use crate::trace::fragment::{Address, Family, Fragment, Part, Step, StepKind, ToolRun};
use crate::trace::reader::Reason;
use crate::trace::reader::dialect::{messages, numeric, scalar, text_or_json, unpack};
use crate::trace::reader::observed::{Member as _, kept, nanos, reply_id, session_in, sides, tool_message, tool_name};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Adds the step that a row says was done, and the scores in its columns.
pub(super) fn add(map: &Map<String, Value>, around: &Around, found: &mut Vec<Fragment>) -> Result<(), Reason> {
    let Some(id) = map.text(&["id"]) else {
        return Err(Reason::NotAConversation("an observation has no `id`".to_string()));
    };
    let Some(trace) = map.text(&["traceId", "trace_id"]).or_else(|| around.trace.clone()) else {
        return Err(Reason::NotAConversation("an observation has no `traceId`".to_string()));
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
    // An export of observations alone has the trace's facts here and nowhere else.
    let mut metadata = if root || kind == StepKind::Agent { kept(&given) } else { BTreeMap::new() };
    facts(map, &mut metadata);
    let said = kind == StepKind::Model || (kind != StepKind::Tool && (root || kind == StepKind::Agent));
    let side = |value: &Option<Cow<'_, Value>>, speaker| {
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
            result: message
                .map(|message| message.text)
                .or_else(|| output.as_deref().map(text_or_json))
                .or_else(|| map.text(&["statusMessage", "status_message"]).filter(|_| failed)),
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
        reply: output.as_deref().and_then(reply_id),
        metadata,
        name: Some(name).filter(|name| !name.is_empty()),
        ..Step::default()
    };
    let session = map.text(&["sessionId", "session_id"]).or_else(|| session_in(&given));
    let address = Address { session, trace: Some(trace), step: Some(id) };
    score::columns(map, &address, step.end.or(step.start), found);
    found.push(Fragment { family: Family::Langfuse, address, part: Part::Step(Box::new(step)) });
    Ok(())
}

fn amount(value: &Value) -> Option<f64> {
    numeric(value).filter(|amount| *amount > 0.0)
}
