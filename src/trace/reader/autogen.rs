//! AutoGen (AG2): runs and states of its current version (`agentchat`), and logs as the Who&When collection publishes
//! them, one group conversation a file. Of these every speaker that is no human is an agent of the team; which one spoke
//! stands before its words. Labels of the collection (which agent made the mistake) are kept as facts.

mod agentchat;

use super::dialect::{role, scalar, text_of};
use super::identity::identify;
use super::table::{Format, Read};
use super::{Reason, of_messages};
use crate::trace::message::Message;
use crate::trace::{Conversation, Role};
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "AutoGen",
    slug: "autogen",
    about: "runs and saved states of AgentChat and AutoGen Studio, and group conversations with `history`, as the Who&When \
            collection publishes them",
    is: |keys| {
        keys.has("history[].content") && keys.any(&["mistake_agent", "question_ID", "mistake_step"])
            || agentchat::is(keys)
    },
    members: &[],
    envelope: &[],
    read: Read::Conversations(|record| {
        if record["history"].is_array() { vec![conversation(record)] } else { agentchat::read(record) }
    }),
};

fn conversation(record: &Value) -> Result<Conversation, Reason> {
    let list = record["history"].as_array();
    let list = list.ok_or_else(|| Reason::NotAConversation("it has no list `history`".to_string()))?;
    let mut messages = Vec::new();
    if let Some(prompts) = record["system_prompt"].as_object() {
        let texts = prompts.iter().map(|(agent, text)| format!("{agent}: {}", text_of(Some(text))));
        messages.push(Message::new(Role::System, texts.collect::<Vec<_>>().join("\n\n")));
    }
    let question = record["question"].as_str().unwrap_or("").trim();
    for (index, item) in list.iter().enumerate() {
        let text = text_of(item.get("content"));
        let given = item["role"].as_str().unwrap_or("");
        let speaker = item["name"].as_str().unwrap_or(given);
        // The task is given to the first agent under any name.
        let asks = index == 0 && !question.is_empty() && text.contains(question);
        let message = match role(given) {
            Some(Role::User) if asks || item.get("name").is_none() => Message::new(Role::User, text),
            _ if asks => Message::new(Role::User, text),
            _ if is_tool(speaker) => Message::result(None, Some(speaker.to_string()), text, None),
            _ => Message::new(Role::Assistant, format!("[{speaker}] {text}")),
        };
        messages.push(message);
    }
    let mut conversation = of_messages(messages)?;
    for name in ["mistake_agent", "mistake_step", "mistake_reason", "level", "ground_truth", "groundtruth"] {
        conversation.metadata.extend(record.get(name).and_then(scalar).map(|value| (name.to_string(), value)));
    }
    if let Some(correct) = record["is_correct"].as_bool().or_else(|| record["is_corrected"].as_bool()) {
        conversation.scores.insert("correct".to_string(), f64::from(u8::from(correct)));
    }
    let external = ["question_ID", "question_id", "id"].iter().find_map(|key| record.get(*key).and_then(scalar));
    identify(&mut conversation, external.as_deref(), &[]);
    Ok(conversation)
}

/// Terminals answer with what a program printed.
fn is_tool(speaker: &str) -> bool {
    speaker.eq_ignore_ascii_case("Computer_terminal") || speaker.eq_ignore_ascii_case("ComputerTerminal")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn humans_ask_agents_speak_and_terminals_answer() {
        let record = json!({"question": "How many?", "question_ID": "q1", "is_correct": false, "mistake_agent": "Expert",
            "system_prompt": {"Expert": "You count."},
            "history": [
                {"role": "assistant", "name": "Manager", "content": "Task: How many?"},
                {"role": "user", "name": "Expert", "content": "Let me count."},
                {"role": "assistant", "name": "Computer_terminal", "content": "3"}]});
        let read = conversation(&record).unwrap();
        let roles: Vec<Role> = read.turns.iter().map(|turn| turn.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::Tool]);
        assert_eq!((&*read.turns[2].text, read.scores["correct"]), ("[Expert] Let me count.", 0.0));
        let magentic = json!({"question": "How many?", "question_ID": "q2", "history": [
            {"role": "human", "content": "How many?"},
            {"role": "Orchestrator (-> WebSurfer)", "content": "Search."}]});
        let read = conversation(&magentic).unwrap();
        assert_eq!(read.turns[1].text, "[Orchestrator (-> WebSurfer)] Search.");
    }
}
