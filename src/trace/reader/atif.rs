//! The Agent Trajectory Interchange Format (`ATIF-v1.x`), which Harbor and others write: one trajectory a record, with those
//! of its sub-agents inside of it, which become conversations of their own. A trajectory in a file of its own is a child
//! where it names its parent, or where its session is named after the parent's, as Harbor's Terminus does. The format lets a
//! parent name the files of its sub-agents instead: what it names is kept as a fact, and no more, since a file's name is
//! not known here and a conversation's parent is set when it is read.

use super::dialect::{moment, number, scalar, text_of, text_or_json};
use super::identity::{identify, is_unique, named};
use super::table::{Format, Read};
use super::{Reason, of_messages};
use crate::trace::message::{Call, Message};
use crate::trace::{Conversation, ConversationId, Role};
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "ATIF trajectories",
    slug: "atif",
    about: "agent trajectories with `schema_version` and `steps`, and those of sub-agents inside of them",
    is: |keys| keys.has("steps[]") && keys.text("schema_version").is_some_and(|version| version.starts_with("ATIF")),
    members: &[],
    envelope: &[],
    read: Read::Conversations(|record| {
        let mut found = Vec::new();
        with_subagents(record, None, None, &mut found);
        found
    }),
};

/// A trajectory and those inside of it. The parser bounds how deep they lie in each other.
fn with_subagents(
    record: &Value,
    parent: Option<&ConversationId>,
    run: Option<&str>,
    found: &mut Vec<Result<Conversation, Reason>>,
) {
    let read = conversation(record, parent, run);
    let id = read.as_ref().ok().map(|conversation| conversation.id.clone());
    found.push(read);
    let own = record.get("session_id").and_then(scalar);
    for inner in record["subagent_trajectories"].as_array().into_iter().flatten() {
        with_subagents(inner, id.as_ref().or(parent), own.as_deref().or(run), found);
    }
}

fn conversation(record: &Value, parent: Option<&ConversationId>, run: Option<&str>) -> Result<Conversation, Reason> {
    let steps = record["steps"].as_array();
    let steps = steps.ok_or_else(|| Reason::NotAConversation("it has no list `steps`".to_string()))?;
    let mut messages = Vec::new();
    let mut subagents: Vec<String> = Vec::new();
    for step in steps {
        let time = step.get("timestamp").and_then(moment);
        let text = text_of(step.get("message"));
        let role = match step["source"].as_str() {
            Some("user") => Role::User,
            Some("system") => Role::System,
            Some("agent") => Role::Assistant,
            _ => return Err(Reason::NotAConversation("a step has an unknown source".to_string())),
        };
        let call = |call: &Value| Call {
            id: call.get("tool_call_id").and_then(scalar),
            name: call.get("function_name").and_then(scalar).unwrap_or_default(),
            arguments: call.get("arguments").map(text_or_json).unwrap_or_default(),
        };
        let calls: Vec<Call> =
            step["tool_calls"].as_array().map(|calls| calls.iter().map(call).collect()).unwrap_or_default();
        // A step of the system may be there for what it observed alone.
        if role != Role::System || !text.is_empty() {
            messages.push(Message { calls, time, ..Message::new(role, text) });
        }
        let results = step.pointer("/observation/results").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for result in results {
            let named = references(&result["subagent_trajectory_ref"]);
            let message = result_of(result, &named, step, results.len() == 1);
            messages.extend(message.map(|message| Message { time, ..message }));
            subagents.extend(named);
        }
    }
    let mut conversation = of_messages(messages)?;
    let agent = &record["agent"];
    conversation.agent = agent.get("name").and_then(scalar);
    conversation.prompt_version = agent.get("version").and_then(scalar);
    conversation.model = std::iter::once(agent).chain(steps).find_map(|of| of.get("model_name").and_then(scalar));
    conversation.cost = record.pointer("/final_metrics/total_cost_usd").and_then(number);
    let mut seen = std::collections::BTreeSet::new();
    subagents.retain(|id| seen.insert(id.clone()));
    if !subagents.is_empty() {
        conversation.metadata.insert("subagents".to_string(), subagents.join(","));
    }
    let mark = parent.map_or("", |parent| parent.0.as_str());
    identify(&mut conversation, external(record, run).as_deref(), &[mark]);
    conversation.parent = parent.cloned().or_else(|| named_parent(record));
    Ok(conversation)
}

/// What an observation says. One that only names a sub-agent's trajectory is no empty result.
fn result_of(result: &Value, subagents: &[String], step: &Value, alone: bool) -> Option<Message> {
    let id = result.get("source_call_id").and_then(scalar);
    let mut text = text_of(result.get("content"));
    if text.is_empty() && !subagents.is_empty() {
        id.as_ref()?;
        text = format!("[sub-agent {}]", subagents.join(", "));
    }
    // Harbor's converters say it of the step, which then has one result.
    let of_step = step.pointer("/extra/tool_result_is_error").filter(|_| alone);
    let failed = result.pointer("/extra/is_error").or_else(|| result.pointer("/extra/tool_result_is_error"));
    Some(Message::result(id, None, text, failed.or(of_step).and_then(Value::as_bool)))
}

/// The trajectories that are named, each by what tells it best.
fn references(named: &Value) -> Vec<String> {
    let list = named.as_array().map_or(std::slice::from_ref(named), Vec::as_slice);
    let keys = ["trajectory_id", "trajectory_path", "session_id"];
    list.iter().filter_map(|one| keys.iter().find_map(|key| one.get(*key).and_then(scalar))).collect()
}

/// The trajectory's id in the world: since version 1.7 a session is a whole run, in which a trajectory has a name.
fn external(record: &Value, run: Option<&str>) -> Option<String> {
    let session = record.get("session_id").and_then(scalar);
    match (record.get("trajectory_id").and_then(scalar), session.as_deref().or(run)) {
        (Some(id), Some(run)) if !is_unique(&id) && id != run => Some(format!("{run}/{id}")),
        (Some(id), _) => Some(id),
        // Without a name of its own, a sub-agent is not its run.
        (None, _) => session.filter(|session| Some(session.as_str()) != run),
    }
}

/// The parent that a trajectory names itself, or that its session is named after.
fn named_parent(record: &Value) -> Option<ConversationId> {
    let of = &record["parent_trajectory_ref"];
    let id = ["trajectory_id", "session_id"].iter().find_map(|key| of.get(*key).and_then(scalar));
    // `<session>-summarization-<number>-<part>`
    let after = || record["session_id"].as_str()?.split_once("-summarization-").map(|(session, _)| session.to_string());
    named(&id.or_else(after)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(record: &Value) -> Vec<Conversation> {
        let Read::Conversations(read) = FORMAT.read else { panic!() };
        read(record).into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn steps_become_turns() {
        let record = json!({"schema_version": "ATIF-v1.5", "session_id": "s", "agent": {"name": "a", "version": "2", "model_name": "m"},
            "steps": [
                {"step_id": 1, "source": "user", "message": "Go.", "timestamp": "2026-01-01T00:00:00Z"},
                {"step_id": 2, "source": "agent", "message": "", "tool_calls": [{"tool_call_id": "c", "function_name": "ls", "arguments": {"p": "."}}],
                 "observation": {"results": [{"source_call_id": "c", "content": "x"}]}},
                {"step_id": 3, "source": "agent", "message": [{"type": "text", "text": "Done."}, {"type": "image", "source": {"media_type": "image/png", "path": "a.png"}}]}]});
        let read = &read(&record)[0];
        assert_eq!(
            (read.turns.len(), read.prompt_version.as_deref(), read.model.as_deref()),
            (3, Some("2"), Some("m"))
        );
        assert_eq!(read.calls().next().unwrap().1.result.as_deref(), Some("x"));
        assert_eq!(read.turns[2].text, "Done.\n[image]");
    }

    #[test]
    fn results_fail_where_the_record_says_so() {
        let step = |extra: Value, results: Value| {
            json!({"source": "agent", "message": "x", "tool_calls": [{"tool_call_id": "c", "function_name": "ls", "arguments": {}}],
                "extra": extra, "observation": {"results": results}})
        };
        let record = json!({"steps": [
            step(json!({"tool_result_is_error": true}), json!([{"source_call_id": "c", "content": "x"}])),
            step(json!(null), json!([{"source_call_id": "c", "content": "x", "extra": {"is_error": true}}])),
            step(json!(null), json!([{"source_call_id": "c", "content": "x"}]))]});
        let read = &read(&record)[0];
        assert_eq!(read.calls().map(|(_, call)| call.error.is_some()).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn trajectories_of_sub_agents_are_conversations_with_a_parent() {
        let said = |text: &str| json!([{"step_id": 1, "source": "user", "message": text}, {"step_id": 2, "source": "agent", "message": "ok"}]);
        let record = json!({"schema_version": "ATIF-v1.7", "session_id": "run-1", "trajectory_id": "root", "steps": [
                {"step_id": 1, "source": "user", "message": "Go."},
                {"step_id": 2, "source": "agent", "message": "", "tool_calls": [{"tool_call_id": "c", "function_name": "task", "arguments": {}}],
                 "observation": {"results": [{"source_call_id": "c", "subagent_trajectory_ref": [{"trajectory_id": "sub-1"}]}]}},
                {"step_id": 3, "source": "system", "message": "", "observation": {"results": [{"subagent_trajectory_ref": {"trajectory_path": "a.json"}}]}}],
            "subagent_trajectories": [
                {"trajectory_id": "sub-1", "agent": {"name": "helper"}, "steps": said("Help."),
                 "subagent_trajectories": [{"session_id": "run-1", "steps": said("Help more.")}]},
                {"trajectory_id": "sub-2", "steps": []}]});
        let Read::Conversations(all) = FORMAT.read else { panic!() };
        let mut all = all(&record);
        assert!(all.pop().unwrap().is_err());
        let all: Vec<Conversation> = all.into_iter().map(Result::unwrap).collect();
        let ids: Vec<_> = all.iter().map(|one| one.external_id.as_deref()).collect();
        assert_eq!(ids, [Some("run-1/root"), Some("run-1/sub-1"), None]);
        let parents: Vec<_> = all.iter().map(|one| one.parent.as_ref()).collect();
        assert_eq!(parents, [None, Some(&all[0].id), Some(&all[1].id)]);
        assert_eq!((all[0].turns.len(), &*all[0].metadata["subagents"]), (2, "sub-1,a.json"));
        assert_eq!(all[0].calls().next().unwrap().1.result.as_deref(), Some("[sub-agent sub-1]"));
        assert_eq!(all[1].agent.as_deref(), Some("helper"));
    }

    #[test]
    fn a_file_of_its_own_is_a_child_where_it_names_its_parent() {
        let steps = json!([{"step_id": 1, "source": "user", "message": "x"}]);
        let id = "9b2c1f64-7d0e-4a53-8a55-0c9b6f3f5d11";
        let parent = &read(&json!({"session_id": id, "steps": steps}))[0];
        let child =
            &read(&json!({"session_id": "other", "parent_trajectory_ref": {"session_id": id}, "steps": steps}))[0];
        assert_eq!(child.parent.as_ref(), Some(&parent.id));
        let child = &read(&json!({"session_id": format!("{id}-summarization-1-summary"), "steps": steps}))[0];
        assert_eq!(child.parent.as_ref(), Some(&parent.id));
    }
}
