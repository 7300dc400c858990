//! Gemini CLI sessions: the older form, one JSON object with `messages`, and the newer one, a header line followed by
//! messages and patches. A message that is written again under its id counts as it was written last.

use super::dialect::{moment, scalar, text_of, text_or_json};
use super::identity::identify;
use super::table::{Format, Read, Session};
use super::{Reason, of_messages};
use crate::clock::Timestamp;
use crate::trace::message::{Call, Message};
use crate::trace::{Conversation, Role};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "Gemini CLI sessions",
    slug: "gemini-cli",
    about: "chats of the Gemini command line, as JSON and as JSONL",
    is: |keys| keys.has("projectHash") && keys.has("sessionId"),
    members: &[],
    envelope: &[],
    read: Read::Session(|| Box::<Chat>::default()),
};

/// What was read of one file.
#[derive(Debug, Default)]
struct Chat {
    header: Map<String, Value>,
    /// Messages in the order in which they first came.
    messages: Vec<Value>,
    by_id: BTreeMap<String, usize>,
}

impl Session for Chat {
    fn add(&mut self, record: &Value) -> Result<(), Reason> {
        let Value::Object(map) = record else {
            return Err(Reason::NotAConversation("a record is not an object".to_string()));
        };
        if let Some(Value::Object(patch)) = map.get("$set") {
            self.patch(patch);
        } else if let Some(from) = map.get("$rewindTo").and_then(scalar) {
            // What was said from there on was taken back; an id that is unknown takes back everything.
            let kept = self.by_id.get(&from).copied().unwrap_or(0);
            self.messages.truncate(kept);
            self.by_id.retain(|_, index| *index < kept);
        } else if map.contains_key("sessionId") {
            self.patch(map);
        } else if map.contains_key("type") {
            self.put(record);
        } else {
            return Err(Reason::NotAConversation("it is neither a header nor a message".to_string()));
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Vec<Conversation>, Reason> {
        let mut said = Vec::new();
        let (mut model, mut error) = (None, None);
        for message in &self.messages {
            let time = message.get("timestamp").and_then(moment);
            match message["type"].as_str() {
                Some("user") => {
                    // What was typed, without the files that were put in.
                    let typed = Some(text_of(message.get("displayContent"))).filter(|text| !text.trim().is_empty());
                    let text = typed.unwrap_or_else(|| text_of(message.get("content")));
                    said.push(Message { time, ..Message::new(Role::User, text) });
                }
                Some("gemini" | "model" | "assistant") => {
                    model = message.get("model").and_then(scalar).or(model);
                    said.extend(answer(message, time));
                }
                Some("error") => error = Some(text_of(message.get("content"))),
                _ => {}
            }
        }
        let Ok(mut conversation) = of_messages(said) else { return Ok(Vec::new()) };
        let fact = |name: &str| self.header.get(name).and_then(scalar);
        conversation.agent = Some("gemini-cli".to_string());
        conversation.model = model;
        conversation.started = self.header.get("startTime").and_then(moment).or(conversation.started);
        conversation.ended = self.header.get("lastUpdated").and_then(moment).or(conversation.ended);
        conversation.metadata.extend(error.map(|text| ("error".to_string(), text.chars().take(200).collect())));
        conversation.metadata.extend(fact("projectHash").map(|hash| ("project".to_string(), hash)));
        identify(&mut conversation, fact("sessionId").as_deref(), &[]);
        Ok(vec![conversation])
    }
}

impl Chat {
    fn patch(&mut self, fields: &Map<String, Value>) {
        for (name, value) in fields {
            if name == "messages" {
                value.as_array().into_iter().flatten().for_each(|message| self.put(message));
            } else {
                self.header.insert(name.clone(), value.clone());
            }
        }
    }

    fn put(&mut self, message: &Value) {
        let known = message.get("id").and_then(scalar).map(|id| *self.by_id.entry(id).or_insert(self.messages.len()));
        match known.and_then(|index| self.messages.get_mut(index)) {
            Some(slot) => *slot = message.clone(),
            None => self.messages.push(message.clone()),
        }
    }
}

fn answer(message: &Value, time: Option<Timestamp>) -> Vec<Message> {
    let list = message["toolCalls"].as_array().map(Vec::as_slice).unwrap_or_default();
    let calls: Vec<Call> = list
        .iter()
        .map(|call| Call {
            id: call.get("id").and_then(scalar),
            name: call.get("name").and_then(scalar).unwrap_or_default(),
            arguments: call.get("args").map(text_or_json).unwrap_or_default(),
        })
        .collect();
    let mut said = vec![Message { calls, time, ..Message::new(Role::Assistant, text_of(message.get("content"))) }];
    for call in list {
        let mut parts = call["result"].as_array().into_iter().flatten();
        let response = parts.find_map(|part| part.pointer("/functionResponse/response"));
        let text =
            response.and_then(|response| response.get("output").or_else(|| response.get("error")).or(Some(response)));
        let status = call["status"].as_str();
        let failed = status
            .map(|status| matches!(status, "error" | "cancelled"))
            .or_else(|| response?.get("error").map(|_| true));
        let done = text.or_else(|| call.get("result").filter(|result| result.is_string()));
        let done = done.or_else(|| call.get("resultDisplay"));
        said.extend(
            done.map(|text| Message::result(call.get("id").and_then(scalar), None, text_or_json(text), failed)),
        );
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(records: &[Value]) -> Vec<Conversation> {
        let mut session = Box::<Chat>::default();
        records.iter().for_each(|record| session.add(record).unwrap());
        session.finish().unwrap()
    }

    #[test]
    fn both_forms_are_one_conversation() {
        let user =
            json!({"id": "1", "timestamp": "2026-01-01T00:00:01Z", "type": "user", "content": [{"text": "List."}]});
        let draft = json!({"id": "2", "type": "gemini", "content": "…"});
        let answer = json!({"id": "2", "timestamp": "2026-01-01T00:00:02Z", "type": "gemini", "content": "Done.", "model": "g", "toolCalls": [
            {"id": "c", "name": "ls", "args": {"p": "."}, "status": "error", "result": [{"functionResponse": {"response": {"error": "denied"}}}]}]});
        let header = json!({"sessionId": "S", "projectHash": "h", "startTime": "2026-01-01T00:00:00Z", "lastUpdated": "2026-01-01T00:00:00Z"});
        let lines = read(&[
            header.clone(),
            user.clone(),
            draft,
            json!({"$set": {"lastUpdated": "2026-01-01T00:00:09Z"}}),
            answer.clone(),
        ]);
        let mut whole = header;
        whole["messages"] = json!([user, answer, {"id": "3", "type": "info", "content": "x"}]);
        whole["lastUpdated"] = json!("2026-01-01T00:00:09Z");
        assert_eq!(lines, read(&[whole]));
        let (_, call) = lines[0].calls().next().unwrap();
        assert_eq!((call.result.as_deref(), call.error.is_some(), lines[0].turns.len()), (Some("denied"), true, 2));
    }

    #[test]
    fn what_was_taken_back_is_gone_and_what_was_typed_counts() {
        let said = |id: &str, kind: &str, text: &str| json!({"id": id, "type": kind, "content": text});
        let mut typed = said("1", "user", "Read @a: the file's text");
        typed["displayContent"] = json!([{"text": "Read @a"}]);
        let records = [
            json!({"sessionId": "S", "projectHash": "h"}),
            typed,
            said("2", "gemini", "Wrong."),
            json!({"$rewindTo": "2"}),
            said("3", "gemini", "Right."),
        ];
        let texts: Vec<String> = read(&records)[0].turns.iter().map(|turn| turn.text.clone()).collect();
        assert_eq!(texts, ["Read @a", "Right."]);
        let all = [&records[..], &[json!({"$rewindTo": "unknown"}), said("4", "user", "Anew.")]].concat();
        assert_eq!(read(&all)[0].turns.len(), 1);
    }
}
