//! Rows of each table, then real downloads against what Langfuse itself makes of them.

use super::*;
use crate::trace::assemble::assemble;
use crate::trace::message::Message;
use crate::trace::reader::Reader;
use crate::trace::reader::testing::pieces;
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
    let row =
        json!({"id": "o", "traceId": "t", "type": "TOOL", "name": "find", "level": "ERROR", "statusMessage": "boom"});
    let Part::Step(step) = &fragments(&row).unwrap().fragments[0].part else { panic!() };
    assert_eq!(step.tool.as_ref().unwrap().result.as_deref(), Some("boom"));
    let row = json!({"id": "o", "traceId": "t", "type": "SPAN", "name": "tools-node",
        "output": "{\"type\": \"tool\", \"name\": \"find\", \"content\": \"x\", \"tool_call_id\": \"c\"}"});
    let Part::Step(step) = &fragments(&row).unwrap().fragments[0].part else { panic!() };
    assert_eq!(step.tool.as_ref().unwrap().call.as_deref(), Some("c"));
    assert!(fragments(&json!({"trace_id": "t"})).unwrap().refusal().is_some());
}

fn all(rows: &[Value]) -> Vec<Fragment> {
    rows.iter().flat_map(|row| fragments(row).unwrap().fragments).collect()
}

/// The format that a file of these rows is taken for.
fn format(rows: &[Value]) -> String {
    let text: Vec<String> = rows.iter().map(Value::to_string).collect();
    let found = Reader::open(text.join("\n").as_bytes()).map(|reader| reader.format().slug.to_string());
    found.unwrap_or_else(|error| error.to_string())
}

#[test]
fn rows_of_observations_have_scores_in_columns_and_the_facts_of_their_trace() {
    let row = json!({"id": "o", "traceId": "t", "parentObservationId": "lost", "type": "GENERATION", "name": "chat", "sessionId": "s",
        "startTime": "2026-07-20 13:31:26.122000", "input": "hi", "output": "hello", "toolCallNames": ["find"], "tool_calls": ["{}"],
        "environment": "prod", "release": "r1", "tags": ["a"], "accuracy": [0.5, 1.0], "mood": ["good"], "empty": null});
    let root = json!({"id": "r", "traceId": "t", "parentObservationId": null, "type": "SPAN", "metadata": {"plan": "gold", "attributes.x": "y"}});
    let read = assemble(all(&[row, root])).conversations.remove(0);
    assert_eq!((read.scores.len(), read.scores["accuracy"], &*read.metadata["score.mood"]), (1, 0.75, "good"));
    let fact = |name: &str| read.metadata.get(name).map(String::as_str);
    assert_eq!(
        ["environment", "release", "tags", "plan", "attributes.x"].map(fact),
        [Some("prod"), Some("r1"), Some("a"), Some("gold"), None]
    );
}

#[test]
fn scores_of_older_exports_are_scores_and_no_traces() {
    let score = |name: &str, value: Value| json!({"id": "x", "timestamp": "2026-07-20T13:31:26Z", "traceId": "t", "name": name, "value": value, "source": "EVAL"});
    let found = all(&[score("good", json!(1)), score("fast", json!("0.5"))]);
    let values: Vec<Option<f64>> = found
        .iter()
        .map(|fragment| if let Part::Score(score) = &fragment.part { score.value } else { panic!("{fragment:?}") })
        .collect();
    assert_eq!(values, [Some(1.0), Some(0.5)]);
    assert_eq!(format(&[score("good", json!(1))]), "langfuse");
    // A score named `value` is a column of its trace.
    let trace = json!({"id": "t", "timestamp": "2026-07-20T13:31:26Z", "name": "chat", "value": [1], "source": null});
    assert!(all(&[trace]).iter().any(|fragment| matches!(fragment.part, Part::Step(_))));
}

#[test]
fn values_that_mean_nothing_are_left_out_and_truth_is_a_number() {
    let value = |kind: &str, value: Value, text: &str| {
        let row = json!({"traceId": "t", "name": "n", "dataType": kind, "value": value, "stringValue": text});
        let Part::Score(score) = all(&[row]).remove(0).part else { panic!() };
        (score.value, score.label)
    };
    assert_eq!(value("BOOLEAN", Value::Null, "True"), (Some(1.0), Some("True".to_string())));
    assert_eq!(value("BOOLEAN", json!(0), "False"), (Some(0.0), Some("False".to_string())));
    assert_eq!(value("TEXT", json!(0), "too slow"), (None, Some("too slow".to_string())));
    assert_eq!(value("CATEGORICAL", json!(3), "bad"), (None, Some("bad".to_string())));
    assert!(fragments(&json!({"name": "n", "dataType": "NUMERIC", "value": 1})).unwrap().refusal().is_some());
}

#[test]
fn what_is_inside_of_a_trace_belongs_to_it() {
    let download = json!({"trace": {"id": "t", "timestamp": "2026-07-20T13:31:26Z", "scores": [{"name": "good", "value": 1}, {"value": 1}]},
        "observations": [{"id": "o", "type": "GENERATION", "startTime": "2026-07-20T13:31:27Z", "input": "hi", "output": "hello"}]});
    let found = fragments(&download).unwrap();
    assert_eq!(found.refusal().unwrap().to_string(), "1 of 4 items: a score has no `name`");
    let read = assemble(found.fragments).conversations;
    assert_eq!((read.len(), read[0].turns.len(), read[0].scores["good"]), (1, 2, 1.0));
    let loose = json!({"observations": [{"id": "o", "type": "GENERATION"}]});
    assert_eq!(
        fragments(&loose).unwrap().refusal().unwrap().to_string(),
        "the record is not a conversation: an observation has no `traceId`"
    );
}

#[test]
fn a_long_download_of_a_session_is_one_conversation() {
    let trace = |number: u8| {
        json!({"id": format!("t{number}"), "timestamp": format!("2026-07-20T13:31:{number:02}Z"), "input": format!("{number} {}", "word ".repeat(100_000)),
            "output": format!("yes {number}"), "observations": [{"id": format!("o{number}"), "type": "SPAN"}]})
    };
    let session =
        json!({"createdAt": "2026-07-20", "id": "S", "traces": [trace(1), trace(2), trace(3), trace(4)]}).to_string();
    assert!(session.len() > 1 << 20);
    let read = assemble(pieces(&session, "langfuse").concat()).conversations;
    assert_eq!((read.len(), read[0].external_id.as_deref(), read[0].turns.len()), (1, Some("S"), 8));
}

#[test]
fn only_what_looks_like_langfuse_is_taken_for_it() {
    assert_ne!(format(&[json!({"id": "x", "bookmarked": true, "title": "a page"})]), "langfuse");
    assert_ne!(format(&[json!({"trace": "x", "observations": []})]), "langfuse");
    assert_ne!(format(&[json!({"trace": {"id": "x"}, "observations": [{"seen": 1}]})]), "langfuse");
    assert_eq!(
        format(&[json!({"id": "t", "timestamp": "x", "bookmarked": false, "sessionId": null, "userId": null})]),
        "langfuse"
    );
    assert_eq!(format(&[json!({"trace": {"id": "x", "timestamp": "x"}, "observations": []})]), "langfuse");
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

/// Two differences are meant. A reply that repeats its instructions tells us what went in; Langfuse leaves them out. What
/// a tool answers is the tool's; Langfuse has Gemini's user say it.
#[derive(Default, Debug, PartialEq)]
struct Meant {
    instructions: usize,
    answers: usize,
}

impl Meant {
    /// Takes the differences away that are meant, by what the observation itself holds.
    fn forgive(&mut self, observation: &Value, ours: &mut Vec<Said>, theirs: &mut [Said]) {
        let reply = unpack(&observation["output"]);
        let instructions = reply["instructions"].as_str().map(str::trim);
        if !theirs.iter().any(|message| message.0 == Role::System) {
            let before = ours.len();
            ours.retain(|message| message.0 != Role::System || Some(message.1.as_str()) != instructions);
            self.instructions += before - ours.len();
        }
        let gemini = observation["input"].to_string().contains("function_response");
        for (ours, theirs) in ours.iter().zip(theirs) {
            if gemini && (ours.0, theirs.0) == (Role::Tool, Role::User) {
                theirs.0 = ours.0;
                self.answers += 1;
            }
        }
    }
}

#[test]
fn downloads_are_read_as_langfuse_reads_them() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/traces/langfuse/framework-traces"));
    if !folder.is_dir() {
        println!("skipped: no shared data");
        return;
    }
    let (mut compared, mut meant) = (0, Meant::default());
    let mut wrong = Vec::new();
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for path in names.iter().filter(|path| path.to_string_lossy().ends_with(".trace.json")) {
        let read = |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
        let golden = read(Path::new(&path.to_string_lossy().replace(".trace.", ".chatml.")));
        let download = read(path);
        let found = fragments(&download).unwrap();
        assert_eq!(found.refusal(), None, "{}", path.display());
        for fragment in found.fragments {
            let Part::Step(step) = &fragment.part else { continue };
            if step.kind != StepKind::Model {
                continue;
            }
            let id = fragment.address.step.as_deref().unwrap_or("");
            let observations = download["observations"].as_array().unwrap();
            let observation = observations.iter().find(|observation| observation["id"] == id).unwrap();
            for (side, ours) in [("input", &step.input), ("output", &step.output)] {
                let theirs = &golden[id][side];
                if theirs["success"] != true {
                    continue;
                }
                compared += 1;
                let (mut ours, mut theirs) = (normal(ours), expected(&theirs["data"]));
                if side == "input" {
                    meant.forgive(observation, &mut ours, &mut theirs);
                }
                if ours != theirs {
                    wrong.push(format!("{} {id} {side}\n  ours   {ours:?}\n  theirs {theirs:?}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((compared, meant), (33, Meant { instructions: 2, answers: 1 }));
}
