//! Claude Code sessions: one record a line, of a session that may lie in several files (it was resumed) and have
//! sub-agents in the same file, in the progress of their parent, or in files of their own. Records are read as they
//! stand in time, not up from the last one: calls in parallel make forks that are no other versions. What the tool
//! writes in the user's name (commands, their output, summaries after compaction) is not the user's.

use super::Reason;
use super::dialect::{messages, moment, number, scalar};
use super::found::Found;
use super::observed::Member as _;
use super::table::{Format, Read};
use crate::digest::Digest;
use crate::trace::Role;
use crate::trace::fragment::{Address, Family, Fragment, Part, Step, StepKind};
use crate::trace::message::Message;
use serde_json::{Map, Value, json};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Claude Code sessions",
    slug: "claude-code",
    about: "the session files of Claude Code with their sub-agents",
    is: |keys| {
        keys.any(&["parentUuid", "isSidechain"]) && keys.any(&["sessionId", "uuid"])
            || keys.all(&["sessionId", "type"])
                && keys.any(&["message.role", "uuid", "operation"])
                && !keys.has("projectHash")
            || matches!(keys.text("type"), Some("file-history-snapshot" | "queue-operation"))
            || keys.text("type") == Some("summary") && keys.has("leafUuid")
            || keys.has("messages[].message.role")
    },
    members: &[],
    envelope: &[],
    read: Read::Fragments(|record| fragments(record).map(Found::from)),
};

fn fragments(record: &Value) -> Result<Vec<Fragment>, Reason> {
    let Value::Object(map) = record else {
        return Err(Reason::NotAConversation("a record is not an object".to_string()));
    };
    if let Some(list) = map.get("messages").and_then(Value::as_array) {
        return Ok(bare(record, list));
    }
    match map.get("type").and_then(Value::as_str) {
        Some("user" | "assistant") => Ok(said(map, map, None).into_iter().collect()),
        Some("progress") => {
            // A sub-agent's message inside of its parent's progress.
            let inner = map.get("data").and_then(|data| data.get("message")).and_then(Value::as_object);
            let agent = map.get("data").and_then(|data| data.get("agentId")).and_then(scalar);
            Ok(inner
                .and_then(|inner| said(inner, map, Some(agent.unwrap_or_else(|| "sub-agent".to_string()))))
                .into_iter()
                .collect())
        }
        Some("attachment") => Ok(typed_meanwhile(map).into_iter().collect()),
        Some(_) => Ok(Vec::new()),
        None => Err(Reason::NotAConversation("a record has no `type`".to_string())),
    }
}

/// What the user said while the agent was at work.
fn typed_meanwhile(map: &Map<String, Value>) -> Option<Fragment> {
    let attachment = map.get("attachment")?.as_object()?;
    let is = |key: &str, word: &str| attachment.get(key).is_none_or(|value| value == word);
    if !(attachment.get("type")? == "queued_command" && is("commandMode", "prompt") && is_persons(attachment)) {
        return None;
    }
    let message = json!({"role": "user", "content": attachment.get("prompt")?});
    let mut record = map.clone();
    record.extend([("type".to_string(), Value::from("user")), ("message".to_string(), message)]);
    said(&record, map, None)
}

/// Whether the record does not say that something else than a person speaks in the user's name.
fn is_persons(record: &Map<String, Value>) -> bool {
    record
        .get("origin")
        .and_then(|origin| origin.get("kind"))
        .and_then(Value::as_str)
        .is_none_or(|kind| kind == "human")
}

/// One message, by its record and the record around it.
fn said(record: &Map<String, Value>, around: &Map<String, Value>, agent: Option<String>) -> Option<Fragment> {
    let either = |keys: &[&str]| record.text(keys).or_else(|| around.text(keys));
    let message = record.get("message")?.as_object()?;
    let is = |key: &str| record.get(key) == Some(&Value::Bool(true));
    let speaker = if record.get("type").is_some_and(|kind| kind == "user") { Role::User } else { Role::Assistant };
    let mut own = message.clone();
    if let (Role::User, Some(Value::Array(parts))) = (speaker, own.get_mut("content")) {
        // The editor puts what it shows beside what the user said.
        parts.retain(|part| !part.get("text").and_then(Value::as_str).is_some_and(is_the_tools));
        if parts.is_empty() {
            return None;
        }
    }
    let mut output = messages(&Value::Object(own), speaker);
    let meta = is("isMeta") || is("isCompactSummary") || !is_persons(record);
    output.retain(|message| !(message.role == Role::User && (meta || is_the_tools(&message.text))));
    let interrupted =
        |message: &Message| message.role == Role::User && message.text.starts_with("[Request interrupted");
    output.retain(|message| !interrupted(message));
    if output.is_empty() {
        return None;
    }
    let model = message.get("model").and_then(scalar);
    let failed = is("isApiErrorMessage") || model.as_deref() == Some("<synthetic>");
    let sidechain = is("isSidechain").then(|| record.text(&["agentId"]).unwrap_or_else(|| "sub-agent".to_string()));
    let time = record.get("timestamp").or_else(|| around.get("timestamp")).and_then(moment);
    let nanos = time.and_then(|time| time.0.checked_mul(1_000_000));
    let mut step = Step {
        kind: StepKind::Said,
        follows: record.text(&["parentUuid", "logicalParentUuid"]),
        start: nanos,
        end: nanos,
        agent: agent.or(sidechain),
        model: model.filter(|model| model != "<synthetic>"),
        output,
        failed,
        // Older versions gave each reply's cost.
        cost: record.get("costUSD").and_then(number),
        // Several lines with one id are one message.
        reply: message.get("id").and_then(scalar),
        ..Step::default()
    };
    for (name, keys) in [("cli_version", &["version"][..]), ("git_branch", &["gitBranch"])] {
        step.metadata.extend(either(keys).map(|value| (name.to_string(), value)));
    }
    let session = either(&["sessionId", "session_id"]);
    let own =
        record.text(&["uuid"]).unwrap_or_else(|| Digest::of(serde_json::to_vec(&step).unwrap_or_default()).short(24));
    let address = Address { session, trace: None, step: Some(own) };
    Some(Fragment { family: Family::ClaudeCode, address, part: Part::Step(Box::new(step)) })
}

/// What the tool writes in the user's name.
fn is_the_tools(text: &str) -> bool {
    const MARKS: [&str; 14] = [
        "<command-name>",
        "<command-message>",
        "<local-command-",
        "<bash-input>",
        "<bash-stdout>",
        "<system-reminder>",
        "Caveat: The messages below were generated by the user while running local commands",
        "<user-memory-input>",
        "<bash-stderr>",
        "<task-notification>",
        "<teammate-message",
        "<ide_opened_file>",
        "<ide_selection>",
        "<ide_diagnostics>",
    ];
    let text = text.trim_start();
    MARKS.iter().any(|mark| text.starts_with(mark))
}

/// Messages that some tool kept without their session.
fn bare(record: &Value, list: &[Value]) -> Vec<Fragment> {
    let trace = Digest::of(serde_json::to_vec(record).unwrap_or_default()).short(24);
    let mut found = Vec::new();
    for (index, item) in list.iter().enumerate() {
        let Some(mut fragment) = item.as_object().and_then(|item| said(item, item, None)) else { continue };
        fragment.address = Address { session: None, trace: Some(trace.clone()), step: Some(index.to_string()) };
        if let Part::Step(step) = &mut fragment.part {
            step.order = index as u64;
        }
        found.push(fragment);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::assemble::assemble;
    use serde_json::json;

    fn line(kind: &str, uuid: &str, parent: Option<&str>, second: u8, content: impl serde::Serialize) -> Value {
        json!({"type": kind, "uuid": uuid, "parentUuid": parent, "sessionId": "S", "isSidechain": false, "version": "2.1",
            "timestamp": format!("2026-01-01T00:00:{second:02}Z"), "message": {"role": kind, "id": format!("m-{second}"), "content": content}})
    }

    fn read(records: &[Value]) -> Vec<crate::trace::Conversation> {
        assemble(records.iter().flat_map(|record| fragments(record).unwrap())).conversations
    }

    #[test]
    fn lines_of_one_message_are_one_turn_and_results_join_their_calls() {
        let mut second = line(
            "assistant",
            "c",
            Some("b"),
            2,
            json!([{"type": "tool_use", "id": "t2", "name": "Read", "input": {}}]),
        );
        second["message"]["id"] = json!("m-1");
        let records = [
            line("user", "a", None, 0, json!("Fix it.")),
            line(
                "assistant",
                "b",
                Some("a"),
                1,
                json!([{"type": "text", "text": "Looking."}, {"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}}]),
            ),
            second,
            line(
                "user",
                "d",
                Some("b"),
                3,
                json!([{"type": "tool_result", "tool_use_id": "t1", "content": "no", "is_error": true}]),
            ),
            line("user", "e", Some("c"), 4, json!([{"type": "tool_result", "tool_use_id": "t2", "content": "yes"}])),
            line("user", "f", Some("e"), 5, json!("<command-name>/clear</command-name>")),
            line("assistant", "g", Some("f"), 6, json!([{"type": "text", "text": "Done."}])),
            json!({"type": "file-history-snapshot", "messageId": "x"}),
        ];
        let found = read(&records);
        assert_eq!(found.len(), 1);
        let texts: Vec<&str> = found[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["Fix it.", "Looking.", "Done."]);
        let calls: Vec<_> =
            found[0].calls().map(|(_, call)| (&*call.name, call.result.as_deref(), call.error.is_some())).collect();
        assert_eq!(calls, [("Bash", Some("no"), true), ("Read", Some("yes"), false)]);
        let mut backwards = records.to_vec();
        backwards.reverse();
        assert_eq!(read(&backwards), found);
    }

    #[test]
    fn only_a_persons_words_are_the_users() {
        let mut noted = line("user", "c", Some("b"), 2, json!("A task ended."));
        noted["origin"] = json!({"kind": "task-notification"});
        let queued = |uuid: &str, second: u8, mode: &str, prompt: &str| {
            json!({"type": "attachment", "uuid": uuid, "parentUuid": "b", "sessionId": "S", "isSidechain": false, "timestamp": format!("2026-01-01T00:00:{second:02}Z"),
                "attachment": {"type": "queued_command", "commandMode": mode, "prompt": prompt}})
        };
        let found = read(&[
            line(
                "user",
                "a",
                None,
                0,
                json!([{"type": "text", "text": "<ide_opened_file>x</ide_opened_file>"}, {"type": "text", "text": "Fix it."}]),
            ),
            line("assistant", "b", Some("a"), 1, json!([{"type": "text", "text": "Yes."}])),
            noted,
            queued("d", 3, "prompt", "And the tests."),
            queued("e", 4, "task-notification", "Ended."),
            line("user", "f", Some("d"), 5, json!("<task-notification>x</task-notification>")),
            line("assistant", "g", Some("f"), 6, json!([{"type": "text", "text": "Done."}])),
        ]);
        let texts: Vec<&str> = found[0].turns.iter().map(|turn| turn.text.as_str()).collect();
        assert_eq!(texts, ["Fix it.", "Yes.", "And the tests.", "Done."]);
    }

    #[test]
    fn sub_agents_are_conversations_of_their_own() {
        let mut side = line("user", "x", None, 1, json!("Search."));
        side["isSidechain"] = json!(true);
        let progress = json!({"type": "progress", "sessionId": "S", "uuid": "p", "timestamp": "2026-01-01T00:00:09Z",
            "data": {"type": "agent_progress", "agentId": "a7", "message": {"type": "assistant", "uuid": "y", "message": {"role": "assistant", "content": [{"type": "text", "text": "Found."}]}}}});
        let found = read(&[line("user", "a", None, 0, json!("Go.")), side, progress]);
        assert_eq!(found.iter().filter(|found| found.parent.is_some()).count(), 2);
        assert!(fragments(&json!({"sessionId": "S"})).is_err());
    }
}
