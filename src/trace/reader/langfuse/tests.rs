//! Rows of each table, then real downloads against what Langfuse itself makes of them.

use super::*;
use crate::trace::assemble::assemble;
use crate::trace::message::Message;
use serde_json::json;
use std::fs;
use std::path::Path;

#[test]
fn rows_of_three_tables_make_one_conversation() {
    let trace = json!({"id": "t", "timestamp": "2026-07-20 13:31:26.122000", "session_id": "s", "user_id": "u", "release": null,
        "public": false, "tags": "[\"a\",\"b\"]", "metadata": "{\"plan\":\"gold\"}", "accuracy": [0.5, 1.0], "mood": ["good"]});
    let observation = json!({"id": "o", "trace_id": "t", "type": "GENERATION", "parent_observation_id": null,
        "start_time": "2026-07-20 13:31:27.000000", "end_time": "2026-07-20 13:31:28.000000", "provided_model_name": "m",
        "prompt_name": "support", "prompt_version": 4, "total_cost": "0.25",
        "input": "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"tools\":[]}", "output": "\"hello\""});
    let score = json!({"id": "x", "trace_id": "t", "name": "resolved", "value": 1, "data_type": "BOOLEAN", "source": "ANNOTATION"});
    let mut found = Vec::new();
    for row in [&score, &observation, &trace] {
        found.extend(fragments(row).unwrap().fragments);
    }
    let read = assemble(found).conversations;
    assert_eq!(read.len(), 1);
    let texts: Vec<&str> = read[0].turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(texts, ["hi", "hello"]);
    assert_eq!(
        (read[0].user.as_deref(), read[0].external_id.as_deref(), read[0].cost),
        (Some("u"), Some("s"), Some(0.25))
    );
    assert_eq!(read[0].prompt_version.as_deref(), Some("support@4"));
    assert_eq!((read[0].scores["resolved"], read[0].scores["accuracy"]), (1.0, 0.75));
    assert_eq!((&*read[0].metadata["tags"], &*read[0].metadata["score.mood"]), ("a,b", "good"));
}

#[test]
fn failed_tools_and_spans_that_are_tools_are_told() {
    let row = json!({"id": "o", "traceId": "t", "type": "TOOL", "name": "execute_tool find", "level": "ERROR", "input": {"q": 1}, "output": "gone"});
    let Part::Step(step) = &fragments(&row).unwrap().fragments[0].part else { panic!() };
    assert_eq!((step.kind, step.failed, &*step.tool.as_ref().unwrap().name), (StepKind::Tool, true, "find"));
    let row = json!({"id": "o", "traceId": "t", "type": "SPAN", "name": "tools-node",
        "output": "{\"type\": \"tool\", \"name\": \"find\", \"content\": \"x\", \"tool_call_id\": \"c\"}"});
    let Part::Step(step) = &fragments(&row).unwrap().fragments[0].part else { panic!() };
    assert_eq!(step.tool.as_ref().unwrap().call.as_deref(), Some("c"));
    assert!(fragments(&json!({"trace_id": "t"})).unwrap().refusal().is_some());
}

/// What is compared: role, text and calls.
type Said = (Role, String, Vec<(String, Value)>);

fn normal(messages: &[Message]) -> Vec<Said> {
    let arguments = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_string()));
    messages
        .iter()
        .map(|message| {
            let calls = message.calls.iter().map(|call| (call.name.clone(), arguments(&call.arguments))).collect();
            (message.role, message.text.trim().to_string(), calls)
        })
        .collect()
}

/// Langfuse's own normal form. Where it leaves a message inside of its wrapper, that is opened.
fn expected(list: &Value) -> Vec<Said> {
    let mut found = Vec::new();
    for item in list.as_array().into_iter().flatten() {
        let item = item.get("message").or_else(|| item.pointer("/json/message")).unwrap_or(item);
        let role = super::super::dialect::role(item["role"].as_str().unwrap_or("user")).unwrap_or(Role::User);
        let calls: Vec<(String, Value)> = item["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|call| {
                let call = if call["function"].is_object() { &call["function"] } else { call };
                (call["name"].as_str().unwrap_or("").to_string(), unpack(&call["arguments"]).into_owned())
            })
            .collect();
        let text = match &item["content"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => super::super::dialect::text_of(Some(other)),
        };
        if !text.trim().is_empty() || !calls.is_empty() {
            found.push((role, text.trim().to_string(), calls));
        }
    }
    found
}

#[test]
fn downloads_are_read_as_langfuse_reads_them() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/traces/langfuse/framework-traces"));
    if !folder.is_dir() {
        println!("skipped: no shared data");
        return;
    }
    let mut compared = 0;
    let mut wrong = Vec::new();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for path in names.iter().filter(|path| path.to_string_lossy().ends_with(".trace.json")) {
        let read = |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
        let golden = read(Path::new(&path.to_string_lossy().replace(".trace.", ".chatml.")));
        for fragment in fragments(&read(path)).unwrap().fragments {
            let Part::Step(step) = &fragment.part else { continue };
            if step.kind != StepKind::Model {
                continue;
            }
            let id = fragment.address.step.as_deref().unwrap_or("");
            for (side, ours) in [("input", &step.input), ("output", &step.output)] {
                let theirs = &golden[id][side];
                if theirs["success"] != true {
                    continue;
                }
                compared += 1;
                let (mut ours, mut theirs) = (normal(ours), expected(&theirs["data"]));
                // Two differences are meant: a reply that repeats its instructions tells us what went in, and what a
                // tool answers is the tool's even where Gemini has the user say it.
                if !theirs.iter().any(|message| message.0 == Role::System) {
                    ours.retain(|message| message.0 != Role::System);
                }
                for (ours, theirs) in ours.iter().zip(&mut theirs).filter(|(ours, _)| ours.0 == Role::Tool) {
                    theirs.0 = ours.0;
                }
                if ours != theirs {
                    wrong.push(format!("{} {id} {side}\n  ours   {ours:?}\n  theirs {theirs:?}", path.display()));
                }
            }
        }
    }
    println!("{compared} compared, {} differ", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 20);
}
