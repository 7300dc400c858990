//! What the agent answered. Three forms are read: a chat-completions body, a bare assistant message, and plain
//! text. JSON that has neither shape is a plain text answer that happens to be JSON.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The text without white space around it; may be empty when tools are called.
    pub text: String,
    /// Tools called, in order.
    pub calls: Vec<CalledTool>,
}

/// One call of a tool in an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalledTool {
    /// The tool's name.
    pub name: String,
    /// The arguments; what is not JSON is kept as text.
    pub arguments: Value,
}

/// The agent wrote something that is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// Nothing at all.
    #[error("it is empty")]
    Empty,
    /// Bytes that are not text.
    #[error("it is not UTF-8 text")]
    NotText,
    /// An error object where an answer was expected.
    #[error("it is an error object")]
    ErrorObject,
    /// A message whose parts are not as the format says.
    #[error("its `{0}` does not have the form of a chat completion")]
    Malformed(&'static str),
}

impl Reply {
    /// Reads an answer.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReplyError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ReplyError::NotText)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
        if text.is_empty() {
            return Err(ReplyError::Empty);
        }
        let plain = || Ok(Self { text: text.to_string(), calls: Vec::new() });
        let Ok(Value::Object(body)) = serde_json::from_str::<Value>(text) else { return plain() };
        let message = match body.get("choices") {
            Some(Value::Array(choices)) => match choices.first() {
                Some(choice) => choice.get("message"),
                // A body without any choice has the shape of a completion and holds no answer.
                None if body.contains_key("object") => return Err(ReplyError::Malformed("choices")),
                None => None,
            },
            _ if body.get("role").and_then(Value::as_str) == Some("assistant") => return Self::message(&body),
            _ if body.get("error").is_some_and(Value::is_object) => return Err(ReplyError::ErrorObject),
            _ => None,
        };
        match message {
            Some(Value::Object(message)) => Self::message(message),
            _ => plain(),
        }
    }

    fn message(message: &serde_json::Map<String, Value>) -> Result<Self, ReplyError> {
        let text = match message.get("content") {
            None | Some(Value::Null) => message.get("refusal").and_then(Value::as_str).unwrap_or("").to_string(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => {
                let texts: Vec<&str> =
                    parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
                texts.join("")
            }
            Some(_) => return Err(ReplyError::Malformed("content")),
        };
        let calls = match message.get("tool_calls") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(calls)) => calls.iter().map(CalledTool::read).collect::<Result<_, _>>()?,
            Some(_) => return Err(ReplyError::Malformed("tool_calls")),
        };
        if text.trim().is_empty() && calls.is_empty() {
            return Err(ReplyError::Empty);
        }
        Ok(Self { text: text.trim().to_string(), calls })
    }
}

impl CalledTool {
    fn read(call: &Value) -> Result<Self, ReplyError> {
        let function = call.get("function").unwrap_or(call);
        let name = function.get("name").and_then(Value::as_str).ok_or(ReplyError::Malformed("tool_calls"))?;
        let arguments = match function.get("arguments") {
            None => Value::Object(serde_json::Map::new()),
            Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
            Some(other) => other.clone(),
        };
        Ok(Self { name: name.to_string(), arguments })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn parse(value: &Value) -> Result<Reply, ReplyError> {
        Reply::parse(value.to_string().as_bytes())
    }

    #[test]
    fn completions_bare_messages_and_text_are_read() {
        let message = json!({"role": "assistant", "content": " Which region? ", "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "search", "arguments": "{\"q\": 1}"}},
            {"function": {"name": "stop"}}]});
        let expected = Reply {
            text: "Which region?".into(),
            calls: vec![
                CalledTool { name: "search".into(), arguments: json!({"q": 1}) },
                CalledTool { name: "stop".into(), arguments: json!({}) },
            ],
        };
        assert_eq!(parse(&message), Ok(expected.clone()));
        assert_eq!(parse(&json!({"object": "chat.completion", "choices": [{"message": message}]})), Ok(expected));
        assert_eq!(Reply::parse(b"Hello\n").unwrap().text, "Hello");
        let parts = json!({"role": "assistant", "content": [{"type": "text", "text": "a"}, {"text": "b"}]});
        assert_eq!(parse(&parts).unwrap().text, "ab");
    }

    #[test]
    fn json_of_another_shape_is_a_plain_answer() {
        for value in [
            json!({"answer": 4}),
            json!([1, 2]),
            json!({"role": "user", "content": "x"}),
            json!({"choices": ["a", "b"]}),
            json!({"choices": []}),
            json!({"error": "none"}),
            json!(null),
        ] {
            assert_eq!(parse(&value).unwrap().text, value.to_string());
        }
    }

    #[test]
    fn what_is_no_answer_is_refused_with_the_reason() {
        assert_eq!(Reply::parse(b" \n"), Err(ReplyError::Empty));
        assert_eq!(Reply::parse(b"\xff\xfe"), Err(ReplyError::NotText));
        assert_eq!(parse(&json!({"error": {"message": "quota"}})), Err(ReplyError::ErrorObject));
        assert_eq!(parse(&json!({"object": "chat.completion", "choices": []})), Err(ReplyError::Malformed("choices")));
        assert_eq!(parse(&json!({"role": "assistant", "content": 4})), Err(ReplyError::Malformed("content")));
        assert_eq!(parse(&json!({"role": "assistant", "content": null})), Err(ReplyError::Empty));
        let nameless = json!({"role": "assistant", "content": "x", "tool_calls": [{"function": {}}]});
        assert_eq!(parse(&nameless), Err(ReplyError::Malformed("tool_calls")));
    }

    #[test]
    fn deep_nesting_is_a_plain_answer() {
        assert!(Reply::parse("[".repeat(10_000).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(reply) = Reply::parse(&bytes) {
                prop_assert!(!reply.text.is_empty() || !reply.calls.is_empty());
            }
        }
    }
}
