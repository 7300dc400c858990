//! Chat records straight from their bytes, without a tree of JSON values in between: for the shape that nearly all of
//! them have. Anything unusual gives nothing, and the record is read the long way, which alone decides what is wrong.

use super::built;
use crate::trace::message::{Call, Message};
use crate::trace::reader::dialect::role;
use crate::trace::{Conversation, Role};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::fmt;

/// One record, if it has the usual shape.
pub(in crate::trace::reader) fn read(bytes: &[u8]) -> Option<Conversation> {
    let record: Record = serde_json::from_slice(bytes).ok()?;
    built(&record.fields, record.messages).ok()
}

/// A name or a short text, borrowed where it holds no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

struct Record {
    messages: Vec<Message>,
    fields: Map<String, Value>,
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Record;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a record with messages")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Record, A::Error> {
                let (mut messages, mut fields) = (None, Map::new());
                while let Some(Text(key)) = access.next_key()? {
                    if key == "messages" && messages.is_none() {
                        messages = Some(access.next_value::<Messages>()?.0);
                    } else if key == "tools" || key == "functions" {
                        // Long, and nothing of a conversation.
                        access.next_value::<IgnoredAny>()?;
                    } else if key == "messages" || fields.insert(key.into_owned(), access.next_value()?).is_some() {
                        return Err(A::Error::custom("a name twice"));
                    }
                }
                let messages = messages.ok_or_else(|| A::Error::custom("no messages"))?;
                Ok(Record { messages, fields })
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

struct Messages(Vec<Message>);

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Messages;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("messages")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Messages, A::Error> {
                let mut messages = Vec::new();
                while let Some(One(message)) = access.next_element()? {
                    messages.push(message);
                }
                Ok(Messages(messages))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

struct One(Message);

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = One;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a message")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<One, A::Error> {
                let mut message = Message::new(Role::Tool, "");
                let (mut speaker, mut said) = (None, false);
                while let Some(Text(key)) = access.next_key()? {
                    match &*key {
                        "role" => {
                            let Text(name) = access.next_value()?;
                            speaker = role(&name);
                            if speaker.is_none() {
                                return Err(A::Error::custom("an unknown role"));
                            }
                        }
                        // Parts are read the long way.
                        "content" if !said => {
                            said = true;
                            message.text = access.next_value::<Option<String>>()?.unwrap_or_default();
                        }
                        "tool_calls" if message.calls.is_empty() => {
                            let calls: Option<Vec<Asked>> = access.next_value()?;
                            message.calls = calls.unwrap_or_default().into_iter().map(|Asked(call)| call).collect();
                        }
                        "tool_call_id" if message.answers.is_none() => message.answers = access.next_value()?,
                        "name" if message.tool.is_none() => message.tool = access.next_value()?,
                        "weight" | "index" => {
                            access.next_value::<IgnoredAny>()?;
                        }
                        // Fields that say something only when they are not null.
                        "refusal" | "audio" | "function_call" | "annotations" | "reasoning_content" => {
                            access
                                .next_value::<Option<IgnoredAny>>()?
                                .map_or(Ok(()), |_| Err(A::Error::custom("more")))?;
                        }
                        _ => return Err(A::Error::custom("a field that is not usual")),
                    }
                }
                message.role = speaker.ok_or_else(|| A::Error::custom("no role"))?;
                if message.role == Role::Tool {
                    if !message.calls.is_empty() {
                        return Err(A::Error::custom("a tool that calls"));
                    }
                } else {
                    // What a person or an agent is called is no tool.
                    message.tool = None;
                    if message.answers.take().is_some() {
                        return Err(A::Error::custom("an answer to a call"));
                    }
                }
                Ok(One(message))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// One call in the usual form.
struct Asked(Call);

impl<'de> Deserialize<'de> for Asked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Whole {
            id: String,
            #[serde(rename = "type", default)]
            _kind: IgnoredAny,
            #[serde(default)]
            _index: IgnoredAny,
            function: Function,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Function {
            name: String,
            arguments: String,
        }
        let Whole { id, function: Function { name, arguments }, .. } = Whole::deserialize(deserializer)?;
        Ok(Self(Call { id: Some(id), name, arguments }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::table::Envelope;
    use proptest::prelude::*;

    /// What the long way makes of the same bytes.
    fn long(text: &str) -> Option<Conversation> {
        super::super::conversation(&serde_json::from_str(text).ok()?, &Envelope::new()).ok()
    }

    #[test]
    fn usual_records_are_read_as_the_long_way_reads_them() {
        let usual = r#"{"id":"c-1","user":"u","timestamp":1770000000,"scores":{"resolved":1},"metadata":{"plan":{"name":"gold"}},"tools":[{}],
            "messages":[{"role":"system","content":"Be \"kind\"."},{"role":"user","content":"hi","name":"Ann"},
            {"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"a","name":"f","content":"Error: no"},{"role":"assistant","content":"Sorry \u00e9."}]}"#;
        let read = read(usual.as_bytes()).unwrap();
        assert_eq!(Some(read), long(usual));
        for unusual in [
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}"#,
            r#"{"messages":[{"role":"user","content":"hi","timestamp":1}]}"#,
            r#"{"messages":[{"role":"narrator","content":"hi"}]}"#,
            r#"{"messages":[{"content":"hi"}]}"#,
            r#"{"messages":[],"messages":[]}"#,
            r#"[{"role":"user","content":"hi"}]"#,
            "{",
        ] {
            assert!(super::read(unusual.as_bytes()).is_none(), "{unusual}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_directly_is_what_the_long_way_reads(
            messages in prop::collection::vec((0usize..5, "[a-c\"\\\\é ]{0,6}", any::<bool>(), 0usize..4), 0..5),
            extra in prop::option::of(("[a-z_]{1,8}", prop_oneof![Just("1"), Just("\"x\""), Just("null"), Just("[1]"), Just("{\"a\":1}")])),
        ) {
            let roles = ["user", "assistant", "tool", "system", "function"];
            let messages: Vec<Value> = messages.iter().map(|(who, text, call, more)| {
                let mut message = serde_json::json!({"role": roles[*who], "content": text});
                if *call {
                    message["tool_calls"] = serde_json::json!([{"id": "a", "type": "function", "function": {"name": "f", "arguments": text}}]);
                }
                match more {
                    1 => message["tool_call_id"] = serde_json::json!("a"),
                    2 => message["name"] = serde_json::json!("f"),
                    3 => message["content"] = Value::Null,
                    _ => {}
                }
                message
            }).collect();
            let mut record = serde_json::json!({"id": "c", "messages": messages});
            if let Some((name, value)) = extra {
                record[name] = serde_json::from_str(value).unwrap();
            }
            let text = record.to_string();
            if let Some(direct) = read(text.as_bytes()) {
                prop_assert_eq!(Some(direct), long(&text));
            }
        }
    }
}
