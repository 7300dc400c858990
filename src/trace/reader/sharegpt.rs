//! ShareGPT (`conversations` with `from` and `value`), the rows of LMSYS-Chat and WildChat (`conversation` with `role` and
//! `content`), and those of Chatbot Arena (`conversation_a` and `conversation_b`, of which people prefer one): data sets of
//! whole conversations. Fine-tuning files write calls of tools into the text, between marks; they are taken out of it.

use super::dialect::{call_of, moment, role, scalar, strict, string, text_of, unpack};
use super::identity::identify;
use super::table::{Format, Read};
use super::{Reason, of_messages};
use crate::trace::message::{Call, Message};
use crate::trace::{Conversation, Role};
use serde_json::Value;

/// The row of the table.
pub(super) const FORMAT: Format = Format {
    name: "ShareGPT, LMSYS-Chat, WildChat",
    slug: "sharegpt",
    about: "data sets of conversations: `conversations` with `from` and `value`, `conversation` with `role` and `content`, or two to \
            compare as Chatbot Arena has them",
    is: |keys| {
        keys.any(&["conversations[].from", "conversations[].value"])
            || keys.has("conversation[].role")
                && keys.any(&["conversation_id", "conversation_hash", "conversation[].content"])
            || keys.all(&["conversation_a[].role", "conversation_b[].role"])
    },
    members: &[],
    envelope: &[],
    read: Read::Conversations(|record| {
        if record["conversation_a"].is_array() {
            return [("a", "b"), ("b", "a")].map(|(own, other)| compared(record, own, other)).into();
        }
        vec![conversation(record)]
    }),
};

/// Facts of a record that are kept.
const FACTS: [&str; 8] = ["language", "dataset", "source", "toxic", "redacted", "country", "state", "judge"];

fn conversation(record: &Value) -> Result<Conversation, Reason> {
    let list = ["conversations", "conversation"].iter().find_map(|key| record[*key].as_array());
    let list = list.ok_or_else(|| Reason::NotAConversation("it has no list `conversations`".to_string()))?;
    let mut conversation = of_list(record, list)?;
    conversation.model = record.as_object().and_then(|record| string(record, &["model"]));
    // Older rows know the person by the turns alone.
    let user = std::iter::once(record).chain(list).find_map(|of| of.get("hashed_ip").and_then(scalar));
    conversation.user = user;
    let external =
        ["id", "conversation_id", "conversation_hash"].iter().find_map(|key| record.get(*key).and_then(scalar));
    identify(&mut conversation, external.as_deref(), &[]);
    Ok(conversation)
}

/// One of two conversations of which a person preferred one.
fn compared(record: &Value, own: &str, other: &str) -> Result<Conversation, Reason> {
    let list = record[format!("conversation_{own}")].as_array();
    let list = list.ok_or_else(|| Reason::NotAConversation(format!("it has no list `conversation_{own}`")))?;
    let mut conversation = of_list(record, list)?;
    conversation.model = record.get(format!("model_{own}")).and_then(scalar);
    let is = |winner: &str, side: &str| winner == format!("model_{side}") || winner == side;
    let preferred = record["winner"].as_str().and_then(|winner| match winner {
        winner if is(winner, own) => Some(1.0),
        winner if is(winner, other) => Some(0.0),
        "tie" => Some(0.5),
        "tie (bothbad)" | "both_bad" => Some(0.0),
        _ => None,
    });
    conversation.scores.extend(preferred.map(|score| ("preferred".to_string(), score)));
    let id = ["question_id", "id"].iter().find_map(|key| record.get(*key).and_then(scalar));
    identify(&mut conversation, id.map(|id| format!("{id}/{own}")).as_deref(), &[own]);
    Ok(conversation)
}

fn of_list(record: &Value, list: &[Value]) -> Result<Conversation, Reason> {
    let mut messages = Vec::new();
    let system = ["system", "system_prompt"].iter().find_map(|key| record[*key].as_str());
    messages.extend(system.filter(|text| !text.is_empty()).map(|text| Message::new(Role::System, text)));
    for item in list {
        match item.get("from") {
            Some(from) => messages.extend(said(from.as_str().unwrap_or(""), item)?),
            None => messages.extend(strict(item)?),
        }
    }
    let mut conversation = of_messages(messages)?;
    let started = ["timestamp", "tstamp"].iter().find_map(|key| record.get(*key).and_then(moment));
    conversation.started = started.or(conversation.started);
    for name in FACTS {
        conversation.metadata.extend(record.get(name).and_then(scalar).map(|value| (name.to_string(), value)));
    }
    // Of the whole, or of each turn.
    let judged = &record["openai_moderation"];
    let flagged: Vec<bool> = judged
        .as_array()
        .map_or(std::slice::from_ref(judged), Vec::as_slice)
        .iter()
        .filter_map(|one| one["flagged"].as_bool())
        .collect();
    if !flagged.is_empty() {
        conversation.metadata.insert("flagged".to_string(), flagged.contains(&true).to_string());
    }
    Ok(conversation)
}

fn said(from: &str, item: &Value) -> Result<Vec<Message>, Reason> {
    let text = text_of(item.get("value"));
    let from = from.to_ascii_lowercase().replace('-', "_");
    let speaker = match from.as_str() {
        // Calls as the fine-tuning tools write them: JSON with a name and arguments, or a list of such.
        "function_call" | "tool_call" => {
            let calls = calls(&between(&text, "tool_call").map_or(text, |(_, inner)| inner.join("\n")));
            return Ok(vec![Message { calls, ..Message::new(Role::Assistant, "") }]);
        }
        "observation" | "function_response" | "tool_response" => Role::Tool,
        "chatgpt" | "bing" | "bard" | "claude" => Role::Assistant,
        name => role(name).ok_or_else(|| Reason::NotAConversation("a message has an unknown role".to_string()))?,
    };
    Ok(match speaker {
        Role::Assistant => match between(&text, "tool_call") {
            Some((rest, inner)) => {
                let calls = inner.iter().flat_map(|inner| calls(inner)).collect();
                vec![Message { calls, ..Message::new(Role::Assistant, rest) }]
            }
            None => vec![Message::new(Role::Assistant, text)],
        },
        Role::Tool => match between(&text, "tool_response") {
            Some((_, inner)) => inner.into_iter().map(|text| Message::result(None, None, text, None)).collect(),
            None => vec![Message::result(None, None, text, None)],
        },
        speaker => vec![Message::new(speaker, text)],
    })
}

/// The calls that a text of JSON or of Python's literals describes: one, or several in a list or on lines of their own.
fn calls(text: &str) -> Vec<Call> {
    let of = |text: &str| match unpack(&Value::String(text.to_string())).into_owned() {
        Value::Array(list) if list.iter().all(Value::is_object) => Some(list.iter().map(call_of).collect::<Vec<_>>()),
        call @ Value::Object(_) => Some(vec![call_of(&call)]),
        _ => None,
    };
    let by_lines = || text.lines().filter(|line| !line.trim().is_empty()).map(of).collect::<Option<Vec<_>>>();
    let found = of(text).or_else(|| Some(by_lines()?.concat())).filter(|calls| !calls.is_empty());
    // What cannot be read is kept as it came.
    found.unwrap_or_else(|| vec![Call { arguments: text.to_string(), ..Call::default() }])
}

/// What stands between the marks `<mark>` and `</mark>`, and the text without it; `None` when there are no marks.
fn between(text: &str, mark: &str) -> Option<(String, Vec<String>)> {
    let (open, close) = (format!("<{mark}>"), format!("</{mark}>"));
    let (mut rest, mut inner, mut left) = (String::new(), Vec::new(), text);
    while let Some((before, after)) = left.split_once(&open) {
        rest.push_str(before);
        // The last one of a text that was cut has no end.
        let (found, after) = after.split_once(&close).unwrap_or((after, ""));
        inner.push(found.trim().to_string());
        left = after;
    }
    rest.push_str(left);
    (!inner.is_empty()).then(|| (rest.trim().to_string(), inner))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(record: &Value) -> Vec<Conversation> {
        let Read::Conversations(read) = FORMAT.read else { panic!() };
        read(record).into_iter().map(Result::unwrap).collect()
    }

    type Called<'a> = (&'a str, &'a str, Option<&'a str>);

    fn called(read: &Conversation) -> Vec<Called<'_>> {
        read.calls().map(|(_, call)| (&*call.name, &*call.arguments, call.result.as_deref())).collect()
    }

    #[test]
    fn both_shapes_are_read() {
        let share = json!({"id": "x", "system": "Be kind.", "conversations": [
            {"from": "human", "value": "hi"},
            {"from": "function_call", "value": "{\"name\": \"find\", \"arguments\": {\"q\": 1}}"},
            {"from": "observation", "value": "Error: no"}, {"from": "gpt", "value": "hello"}]});
        let one = &read(&share)[0];
        assert_eq!((one.turns.len(), one.system_text().as_str()), (4, "Be kind."));
        assert!(one.calls().all(|(_, call)| call.name == "find" && call.error.is_some()));
        let wild = json!({"conversation_hash": "h", "model": "m", "timestamp": "2024-01-01T00:00:00Z", "language": "English",
            "toxic": false, "redacted": true, "country": "Spain",
            "openai_moderation": [{"flagged": false}, {"flagged": true, "categories": {"violence": true}}], "conversation": [
            {"role": "user", "content": "hi", "language": "English", "hashed_ip": "i", "turn_identifier": 1, "timestamp": null},
            {"role": "assistant", "content": "hello", "hashed_ip": null, "timestamp": "2024-01-01T00:00:09Z"}]});
        let one = &read(&wild)[0];
        assert_eq!((one.model.as_deref(), one.user.as_deref()), (Some("m"), Some("i")));
        assert_eq!((one.started.is_some(), one.ended > one.started), (true, true));
        let facts: Vec<(&str, &str)> = one.metadata.iter().map(|(name, value)| (&**name, &**value)).collect();
        let expected = [
            ("country", "Spain"),
            ("flagged", "true"),
            ("language", "English"),
            ("redacted", "true"),
            ("toxic", "false"),
        ];
        assert_eq!(facts, expected);
        assert!(conversation(&json!({"conversations": [{"from": "narrator", "value": "x"}]})).is_err());
    }

    #[test]
    fn calls_in_the_text_are_taken_out_of_it() {
        let hermes = json!({"conversations": [
            {"from": "system", "value": "Call <tool_call> with care."}, {"from": "human", "value": "Weather?"},
            {"from": "gpt", "value": "Let me see.\n<tool_call>\n{\"name\": \"look\", \"arguments\": {\"at\": \"Bonn\"}}\n</tool_call>\n<tool_call>\n{'name': 'look', 'arguments': {'at': 'Rome'}}\n</tool_call>"},
            {"from": "tool", "value": "<tool_response>\nrain\n</tool_response>\n<tool_response>\nsun\n</tool_response>"},
            {"from": "gpt", "value": "Rain and sun."}]});
        let one = &read(&hermes)[0];
        assert_eq!(
            called(one),
            [("look", "{\"at\":\"Bonn\"}", Some("rain")), ("look", "{\"at\":\"Rome\"}", Some("sun"))]
        );
        assert_eq!((&*one.turns[0].text, &*one.turns[2].text), ("Call <tool_call> with care.", "Let me see."));
        let several = json!({"conversations": [{"from": "human", "value": "x"},
            {"from": "function-call", "value": "{\"name\": \"add\", \"arguments\": '{\"who\": \"J\"}'}"}, {"from": "function-response", "value": "ok"},
            {"from": "function_call", "value": "[{\"name\": \"a\", \"arguments\": {}}, {\"name\": \"b\", \"arguments\": {}}]"},
            {"from": "function_call", "value": "look('x')"}]});
        let expected =
            [("add", "{\"who\": \"J\"}", Some("ok")), ("a", "{}", None), ("b", "{}", None), ("", "look('x')", None)];
        assert_eq!(called(&read(&several)[0]), expected);
    }

    #[test]
    fn two_that_are_compared_are_two_with_a_score_each() {
        let said = |text: &str| json!([{"role": "user", "content": "hi"}, {"role": "assistant", "content": text}]);
        let arena = |winner: &str| {
            json!({"question_id": "q", "model_a": "m", "model_b": "n", "winner": winner, "judge": "arena_user_1",
            "conversation_a": said("a"), "conversation_b": said("b"), "turn": 1, "language": "English", "tstamp": 1682351591.1,
            "openai_moderation": {"flagged": false}})
        };
        for (winner, scores) in
            [("model_a", [1.0, 0.0]), ("model_b", [0.0, 1.0]), ("tie", [0.5, 0.5]), ("tie (bothbad)", [0.0, 0.0])]
        {
            let two = read(&arena(winner));
            assert_eq!(two.iter().map(|one| one.scores["preferred"]).collect::<Vec<_>>(), scores);
            assert_eq!((two[0].model.as_deref(), two[1].turns[1].text.as_str()), (Some("m"), "b"));
            assert!(two[0].id != two[1].id && two[0].started.is_some() && two[0].metadata["flagged"] == "false");
        }
    }
}
