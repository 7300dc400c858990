//! Home-made shapes: the user says by JSON Pointers (RFC 6901) where the fields of a record are, and a record is read as
//! one conversation. Everything that is not mapped is left out; messages may be in any dialect, or have their role and
//! text where the map says.

use super::dialect::{messages, moment, number, role, scalar, text_of, text_or_json};
use super::identity::identify;
use super::table::{Format, Read};
use super::{Reason, new_conversation, spoken};
use crate::trace::message::{Call, Message, Turns};
use crate::trace::{Conversation, Role, system_text_digest};
use serde_json::Value;

/// The row that mapped records are counted under. It never claims a file: only the map does.
pub(super) const FORMAT: Format = Format {
    name: "mapped records",
    slug: "map",
    about: "records of any shape, one conversation each, whose fields `--map` or the config names",
    is: |_| false,
    members: &[],
    envelope: &[],
    read: Read::Conversation(|_, _| Err(Reason::NotAConversation("there is no map of its fields".to_string()))),
};

/// Where the fields of a record are. `turns` points into the record, `role`, `content`, `tool_call`, `tool_result` and
/// `time` into each element of `turns`, the others into the record.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldMap {
    /// The conversation's id.
    pub id: Option<String>,
    /// The list of messages.
    pub turns: Option<String>,
    /// Who speaks.
    pub role: Option<String>,
    /// What is said.
    pub content: Option<String>,
    /// A call of a tool, or a list of them.
    pub tool_call: Option<String>,
    /// A tool's result.
    pub tool_result: Option<String>,
    /// When it was said.
    pub time: Option<String>,
    /// The system text.
    pub system: Option<String>,
    /// A number, truth value or word that says how it went.
    pub outcome: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// The agent.
    pub agent: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The version of the prompt.
    pub version: Option<String>,
}

/// Why a map cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// Not JSON, or an unknown field.
    #[error("the map is not a JSON object of known fields and JSON Pointers: {0}")]
    Syntax(String),
    /// Not a pointer.
    #[error("`{0}` is not a JSON Pointer: it must be empty or begin with `/`")]
    Pointer(String),
    /// Nothing to read.
    #[error("the map does not say where the messages are: it needs `turns`")]
    NoTurns,
}

impl FieldMap {
    /// Reads a map from the text of a JSON object.
    ///
    /// # Errors
    /// When it is none, names an unknown field, or holds what is no pointer.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let map: Self = serde_json::from_str(text).map_err(|error| MapError::Syntax(error.to_string()))?;
        map.checked()
    }

    /// The map, if every pointer is one.
    ///
    /// # Errors
    /// When one is not, or the messages are nowhere.
    pub fn checked(self) -> Result<Self, MapError> {
        let all = [
            &self.id,
            &self.turns,
            &self.role,
            &self.content,
            &self.tool_call,
            &self.tool_result,
            &self.time,
            &self.system,
            &self.outcome,
            &self.user,
            &self.agent,
            &self.model,
            &self.version,
        ];
        if let Some(wrong) = all.into_iter().flatten().find(|pointer| !pointer.is_empty() && !pointer.starts_with('/'))
        {
            return Err(MapError::Pointer(wrong.clone()));
        }
        if self.turns.is_none() {
            return Err(MapError::NoTurns);
        }
        Ok(self)
    }

    /// One record as a conversation.
    pub(super) fn conversation(&self, record: &Value) -> Result<Conversation, Reason> {
        let at = |pointer: &Option<String>| record.pointer(pointer.as_deref()?).filter(|value| !value.is_null());
        let pointer = self.turns.as_deref().unwrap_or_default();
        let Some(list) = record.pointer(pointer).and_then(Value::as_array) else {
            return Err(Reason::NotAConversation("there is no list where the map says the messages are".to_string()));
        };
        let mut turns = Turns::default();
        if let Some(system) = at(&self.system) {
            turns.add(Message::new(Role::System, text_of(Some(system))));
        }
        for item in list {
            self.turn(item)?.into_iter().for_each(|message| turns.add(message));
        }
        let mut conversation = new_conversation(spoken(turns)?);
        conversation.user = at(&self.user).and_then(scalar);
        conversation.agent = at(&self.agent).and_then(scalar);
        conversation.model = at(&self.model).and_then(scalar);
        conversation.prompt_version = at(&self.version).and_then(scalar);
        match at(&self.outcome) {
            Some(Value::String(word)) => {
                conversation.metadata.insert("outcome".to_string(), word.clone());
            }
            Some(value) => conversation.scores.extend(number(value).map(|value| ("outcome".to_string(), value))),
            None => {}
        }
        conversation.system_digest = system_text_digest(&conversation.system_text());
        identify(&mut conversation, at(&self.id).and_then(scalar).as_deref(), &[]);
        Ok(conversation)
    }

    /// One element of the list of messages.
    fn turn(&self, item: &Value) -> Result<Vec<Message>, Reason> {
        let at = |pointer: &Option<String>| item.pointer(pointer.as_deref()?).filter(|value| !value.is_null());
        if self.role.is_none() && self.content.is_none() {
            return Ok(messages(item, Role::User));
        }
        let name = at(&self.role).and_then(Value::as_str).unwrap_or("");
        let Some(role) = role(name) else {
            let reason = if name.is_empty() { "a message has no role" } else { "a message has an unknown role" };
            return Err(Reason::NotAConversation(reason.to_string()));
        };
        let time = at(&self.time).and_then(moment);
        let said = text_of(at(&self.content));
        if role == Role::Tool {
            let text = at(&self.tool_result).map_or(said, text_or_json);
            return Ok(vec![Message { time, ..Message::result(None, None, text, None) }]);
        }
        let calls = match at(&self.tool_call) {
            Some(Value::Array(list)) => list.iter().map(call).collect(),
            Some(one) => vec![call(one)],
            None => Vec::new(),
        };
        let asked = !calls.is_empty();
        let mut found = vec![Message { calls, time, ..Message::new(role, said) }];
        // Shapes that keep the result beside the call.
        if let Some(result) = at(&self.tool_result).filter(|_| asked) {
            found.push(Message { time, ..Message::result(None, None, text_or_json(result), None) });
        }
        Ok(found)
    }
}

fn call(value: &Value) -> Call {
    match value {
        Value::String(name) => Call { name: name.clone(), ..Call::default() },
        other => super::dialect::call_of(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::{Options, Reader};
    use serde_json::json;

    #[test]
    fn fields_are_found_where_the_map_says() {
        let map = FieldMap::parse(
            r#"{"id":"/meta/key","turns":"/log","role":"/who","content":"/says","tool_call":"/did","tool_result":"/got",
                "system":"/prompt","outcome":"/meta/won","user":"/meta/user","time":"/at"}"#,
        )
        .unwrap();
        let record = json!({
            "meta": {"key": "k-1", "won": true, "user": 7}, "prompt": "Be kind.",
            "log": [
                {"who": "human", "says": "Find it.", "at": "2026-01-02T03:04:05Z"},
                {"who": "bot", "says": null, "did": {"name": "find", "args": {"q": 1}}, "got": "Error: none"},
                {"who": "bot", "says": "There is none."}
            ]
        });
        let conversation = map.conversation(&record).unwrap();
        let roles: Vec<Role> = conversation.turns.iter().map(|turn| turn.role).collect();
        assert_eq!(roles, [Role::System, Role::User, Role::Assistant, Role::Assistant]);
        let (_, call) = conversation.calls().next().unwrap();
        assert_eq!((&*call.name, call.result.as_deref(), call.error.is_some()), ("find", Some("Error: none"), true));
        assert_eq!((conversation.user.as_deref(), conversation.scores["outcome"]), (Some("7"), 1.0));
        assert_eq!(conversation.external_id.as_deref(), Some("k-1"));
        assert!(map.conversation(&json!({"log": 1})).is_err());
        assert!(map.conversation(&json!({"log": [{"who": "narrator", "says": "x"}]})).is_err());
    }

    #[test]
    fn maps_that_say_nothing_are_refused() {
        assert!(matches!(FieldMap::parse("{"), Err(MapError::Syntax(_))));
        assert!(matches!(FieldMap::parse("{\"turn\":\"/x\"}"), Err(MapError::Syntax(_))));
        assert!(matches!(FieldMap::parse("{\"turns\":\"x\"}"), Err(MapError::Pointer(_))));
        assert!(matches!(FieldMap::parse("{\"id\":\"/x\"}"), Err(MapError::NoTurns)));
    }

    #[test]
    fn a_map_for_what_no_format_claims_counts_for_more_than_a_question_and_an_answer() {
        let record = "{\"prompt\":\"p\",\"response\":\"r\",\"log\":[{\"who\":\"user\",\"says\":\"hi\"}]}\n";
        let format = |map: Option<FieldMap>| {
            let options = Options { map, map_unclaimed: true, ..Options::default() };
            Reader::with(record.as_bytes(), options).unwrap().format().slug
        };
        assert_eq!(format(None), "pairs");
        assert_eq!(format(FieldMap::parse("{\"turns\":\"/log\",\"role\":\"/who\",\"content\":\"/says\"}").ok()), "map");
    }
}
