//! Inspect logs: one log a file with `eval` and `samples` (a `.eval` archive is read as one). A sample is a
//! conversation; long texts stand apart, under `attachments`. Only messages are read, not events: the messages are
//! what the scorers saw.

use super::dialect::{moment, number, scalar, strict};
use super::identity::identify;
use super::table::{Envelope, Format, Read};
use super::{Reason, of_messages};
use crate::trace::Conversation;
use crate::trace::message::Message;
use serde_json::{Map, Value};

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Inspect logs",
    slug: "inspect",
    about: "logs of Inspect AI, `.json` and `.eval`",
    is: |keys| {
        keys.all(&["eval", "version", "status"]) && keys.any(&["eval.task", "eval.run_id", "samples[]"])
            || keys.all(&["epoch", "messages[].role", "target"])
    },
    members: &["samples"],
    envelope: &["eval"],
    read: Read::Conversation(conversation),
};

/// What stands in the place of a long text.
const ATTACHMENT: &str = "attachment://";

fn conversation(sample: &Value, envelope: &Envelope) -> Result<Conversation, Reason> {
    let list = sample["messages"].as_array();
    let list = list.ok_or_else(|| Reason::NotAConversation("the sample has no list `messages`".to_string()))?;
    let attachments =
        sample["attachments"].as_object().or_else(|| sample.pointer("/transcript/content").and_then(Value::as_object));
    let mut messages = Vec::new();
    for item in list {
        for mut message in strict(item)? {
            resolve(&mut message, attachments);
            if message.role == crate::trace::Role::Tool {
                message.tool = message.tool.or_else(|| item.get("function").and_then(scalar));
            }
            messages.push(message);
        }
    }
    let mut conversation = of_messages(messages)?;
    let eval = |name: &str| envelope.get("eval").and_then(|eval| eval.get(name)).and_then(scalar);
    conversation.agent = eval("task");
    conversation.model =
        sample.pointer("/output/model").and_then(scalar).filter(|model| !model.is_empty()).or_else(|| eval("model"));
    let revision = envelope.get("eval").and_then(|eval| eval.pointer("/revision/commit")).and_then(scalar);
    conversation.prompt_version = revision;
    conversation.started =
        sample.get("started_at").and_then(moment).or_else(|| envelope.get("eval")?.get("created").and_then(moment));
    conversation.ended = sample.get("completed_at").and_then(moment).or(conversation.ended);
    let scores = sample["scores"].as_object().into_iter().flatten();
    let single = sample.get("score").filter(|score| score.is_object()).map(|score| ("score", score));
    for (name, score) in scores.map(|(name, score)| (name.as_str(), score)).chain(single) {
        put_score(&mut conversation, name, &score["value"]);
    }
    let fact = |name: &str| sample.get(name).and_then(scalar);
    let failed = sample.pointer("/error/message").and_then(scalar);
    let facts = [("sample", fact("id")), ("epoch", fact("epoch")), ("run", eval("run_id")), ("error", failed)];
    conversation.metadata.extend(facts.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))));
    let run = eval("eval_id").or_else(|| eval("run_id")).unwrap_or_default();
    let sample_id = fact("id").unwrap_or_default();
    let epoch = fact("epoch").unwrap_or_default();
    identify(&mut conversation, fact("uuid").as_deref(), &[&run, &sample_id, &epoch]);
    Ok(conversation)
}

/// A letter that the scorers use, a number, or a record of several.
fn put_score(conversation: &mut Conversation, name: &str, value: &Value) {
    let one = |value: &Value| match value.as_str() {
        Some("C") => Some(1.0),
        Some("P") => Some(0.5),
        Some("I" | "N") => Some(0.0),
        Some(other) => other.parse().ok(),
        None => number(value),
    };
    match value {
        Value::Object(several) => {
            let several = several.iter().filter_map(|(key, value)| Some((format!("{name}.{key}"), one(value)?)));
            conversation.scores.extend(several);
        }
        other => conversation.scores.extend(one(other).map(|value| (name.to_string(), value))),
    }
}

/// Puts long texts back in their place.
fn resolve(message: &mut Message, attachments: Option<&Map<String, Value>>) {
    let Some(attachments) = attachments else { return };
    let calls = message.calls.iter_mut().map(|call| &mut call.arguments);
    for text in std::iter::once(&mut message.text).chain(calls) {
        let mut from = 0;
        while let Some(found) = text.get(from..).and_then(|rest| rest.find(ATTACHMENT)) {
            let start = from + found;
            let name: String = text[start + ATTACHMENT.len()..].chars().take_while(char::is_ascii_hexdigit).collect();
            match attachments.get(&name).and_then(Value::as_str) {
                Some(whole) => {
                    text.replace_range(start..start + ATTACHMENT.len() + name.len(), whole);
                    // What was put in is text and names no attachments.
                    from = start + whole.len();
                }
                None => from = start + ATTACHMENT.len(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn samples_have_scores_attachments_and_the_log_around_them() {
        let eval = json!({"task": "trivia", "run_id": "r", "model": "m/x", "revision": {"commit": "abc"}, "created": "2025-01-01T00:00:00+00:00"});
        let envelope = Envelope::from_iter([("eval".to_string(), eval)]);
        let sample = json!({"id": 1, "epoch": 2, "target": "x", "attachments": {"a1b2": "a long text"},
            "messages": [
                {"role": "user", "content": "Read: attachment://a1b2."},
                {"role": "assistant", "content": "", "tool_calls": [{"id": "c", "function": "look", "arguments": {"q": 1}}]},
                {"role": "tool", "content": [{"type": "text", "text": ""}], "tool_call_id": "c", "function": "look", "error": {"type": "timeout", "message": "slow"}},
                {"role": "assistant", "content": "No."}],
            "scores": {"match": {"value": "I"}, "both": {"value": {"a": "C", "b": 0.5}}}});
        let read = conversation(&sample, &envelope).unwrap();
        assert_eq!(read.turns[0].text, "Read: a long text.");
        let (_, call) = read.calls().next().unwrap();
        assert_eq!((&*call.name, call.result.as_deref(), call.error.is_some()), ("look", Some("slow"), true));
        assert_eq!((read.scores["match"], read.scores["both.a"], read.scores["both.b"]), (0.0, 1.0, 0.5));
        assert_eq!((read.agent.as_deref(), read.prompt_version.as_deref()), (Some("trivia"), Some("abc")));
        let again = json!({"id": 1, "epoch": 3, "messages": sample["messages"]});
        assert_ne!(conversation(&again, &envelope).unwrap().id, read.id);
    }
}
