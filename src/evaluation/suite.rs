//! Suites, in the shape of a promptfoo config:
//!
//! ```yaml
//! description: Connection questions
//! defaultTest:
//!   vars: { plan: free }
//!   assert: [{ type: not-contains, value: "password" }]
//! tests:
//!   - description: asks for the region
//!     vars: { message: "Connect my Postgres on the {{ plan }} plan" }
//!     assert:
//!       - { type: icontains, value: region }
//!       - { type: tool-not-called, value: create_connection }
//!   - description: uses the region it was given
//!     messages:
//!       - { role: user, content: "Connect my Postgres" }
//!       - { role: assistant, content: "Which region?" }
//!       - { role: user, content: "eu-west-1" }
//!     assert:
//!       - { type: tool-called, value: { name: create_connection, arguments: { region: eu-west-1 } } }
//! ```
//!
//! What the user says is `messages`, or else the one variable among [`MESSAGE_VARIABLES`]. The prompt is not part of a
//! suite: it is the agent's, as system message, at both revisions. `prompts` and `providers` say what promptfoo would
//! run and are passed over. Everything else that is not described here is refused, never ignored; so are `file://`
//! references and variables that are lists (which promptfoo multiplies into several tests).

use super::assertion::{Assertion, Check, TYPES};
use super::case::{Case, Message, Speaker};
use super::template::{TemplateError, fill};
use crate::prompt::config::cursor::{Cursor, Source, nearest};
use crate::prompt::config::{ConfigError, ConfigProblem};
use crate::prompt::yaml::{Node, YamlError};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Variables that hold the user's message of a case without `messages`. A case has exactly one of them.
pub const MESSAGE_VARIABLES: [&str; 4] = ["message", "input", "question", "query"];

/// Longest suite that is read, in bytes.
pub const MAX_BYTES: usize = 16 << 20;

/// One suite.
#[derive(Clone, Debug, PartialEq)]
pub struct Suite {
    /// Its path.
    pub path: String,
    /// Its description.
    pub description: Option<String>,
    /// Its cases in order; never empty.
    pub cases: Vec<Case>,
}

type Result<T> = std::result::Result<T, ConfigError>;

impl Suite {
    /// Reads the suite `text`, which is called `path` in errors and cases.
    pub fn parse(path: &str, text: &str) -> Result<Self> {
        let refuse = |YamlError { position, problem }| ConfigError {
            path: path.to_string(),
            position,
            problem: ConfigProblem::Syntax(problem).into(),
        };
        if text.len() > MAX_BYTES {
            let problem = format!("the suite is longer than {} MiB", MAX_BYTES >> 20);
            return Err(refuse(YamlError { position: crate::prompt::yaml::Position::START, problem }));
        }
        let node = Node::parse(text).map_err(refuse)?;
        let top = Cursor::top(Source { path, text }, &node);
        let mut description = None;
        let mut defaults = Test::default();
        let mut tests = None;
        for (key, value) in top.map(&["description", "prompts", "providers", "defaultTest", "tests"], &["scenarios"])? {
            match key {
                "description" => description = Some(value.text()?),
                "defaultTest" => defaults = Test::read(&value, &["vars", "assert"])?,
                "tests" => tests = Some(value),
                _ => {}
            }
        }
        let tests = tests.ok_or_else(|| top.missing("tests"))?;
        let mut cases = Vec::new();
        for (index, test) in tests.list()?.iter().enumerate() {
            let read = Test::read(test, &["description", "vars", "assert", "messages"])?;
            cases.push(read.case(test, &defaults, path, index)?);
        }
        if cases.is_empty() {
            return Err(tests.bad("a suite has at least one test"));
        }
        Ok(Self { path: path.to_string(), description, cases })
    }
}

/// One entry of `tests`, or `defaultTest`, before both meet.
#[derive(Default)]
struct Test<'a> {
    description: Option<String>,
    variables: BTreeMap<String, Value>,
    assertions: Vec<Cursor<'a>>,
    messages: Option<Cursor<'a>>,
}

impl<'a> Test<'a> {
    fn read(test: &Cursor<'a>, known: &'static [&'static str]) -> Result<Self> {
        let mut read = Self::default();
        for (key, value) in test.map(known, &["options", "threshold", "metadata", "provider", "repeat"])? {
            match key {
                "description" => read.description = Some(value.text()?),
                "vars" => read.variables = variables(&value)?,
                "assert" => read.assertions = value.list()?,
                _ => read.messages = Some(value),
            }
        }
        Ok(read)
    }

    fn case(self, test: &Cursor<'_>, defaults: &Test<'_>, path: &str, index: usize) -> Result<Case> {
        let mut variables = defaults.variables.clone();
        variables.extend(self.variables);
        let messages = match &self.messages {
            Some(list) => messages(list, &variables)?,
            None => vec![single_message(test, &variables)?],
        };
        let assertions: Vec<Assertion> = defaults
            .assertions
            .iter()
            .chain(&self.assertions)
            .map(|cursor| assertion(cursor, &variables))
            .collect::<Result<_>>()?;
        if assertions.is_empty() {
            return Err(test.bad("a test without `assert` passes whatever the agent says"));
        }
        let name = self.description.unwrap_or_else(|| format!("#{}", index + 1));
        Ok(Case::new(name, path.to_string(), variables, messages, assertions))
    }
}

fn variables(cursor: &Cursor<'_>) -> Result<BTreeMap<String, Value>> {
    let mut variables = BTreeMap::new();
    for (name, value) in cursor.any_map()? {
        match value.node {
            Node::List(_) => return Err(value.bad("a list would mean several tests; write them out")),
            Node::Text(text) if text.starts_with("file://") => {
                return Err(value.later_value("file:// in a suite".to_string()));
            }
            node => variables.insert(name.to_string(), json(node)),
        };
    }
    Ok(variables)
}

/// A node as JSON; a number that JSON lacks becomes null.
pub(super) fn json(node: &Node) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(value) => Value::Bool(*value),
        Node::Integer(value) => i64::try_from(*value).map_or_else(|_| Value::from(*value as f64), Value::from),
        Node::Float(value) => Value::from(*value),
        Node::Text(text) => Value::String(text.clone()),
        Node::List(items) => Value::Array(items.iter().map(json).collect()),
        Node::Map(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), json(value))).collect::<Map<_, _>>())
        }
    }
}

/// The user's only message, from the variable that holds it.
fn single_message(test: &Cursor<'_>, variables: &BTreeMap<String, Value>) -> Result<Message> {
    let present: Vec<&str> = MESSAGE_VARIABLES.into_iter().filter(|name| variables.contains_key(*name)).collect();
    let list = MESSAGE_VARIABLES.join("`, `");
    match present.as_slice() {
        [] => Err(test.bad(format!("it has neither `messages` nor one of the variables `{list}`"))),
        [name] => match variables.get(*name) {
            Some(Value::String(text)) => {
                // The message may use the other variables.
                let text = fill(text, variables).map_err(|error| unfilled(test, &error))?;
                Ok(Message::text(Speaker::User, text))
            }
            _ => Err(test.bad(format!("the variable `{name}` holds the user's message and must be text"))),
        },
        _ => Err(test.bad(format!("it has several of the variables `{list}`; write `messages` instead"))),
    }
}

fn unfilled(cursor: &Cursor<'_>, error: &TemplateError) -> ConfigError {
    cursor.bad(error.to_string())
}

fn messages(list: &Cursor<'_>, variables: &BTreeMap<String, Value>) -> Result<Vec<Message>> {
    let mut messages = Vec::new();
    for item in list.list()? {
        let mut message = Message::text(Speaker::User, "");
        let (mut role, mut content) = (None, None);
        for (key, value) in item.map(&["role", "content", "tool_calls", "tool_call_id"], &["name"])? {
            match key {
                "role" => role = Some(speaker(&value)?),
                "content" if *value.node == Node::Null => content = Some(String::new()),
                "content" => content = Some(filled(&value, variables)?),
                "tool_calls" => message.tool_calls = value.list()?.iter().map(|call| json(call.node)).collect(),
                _ => message.tool_call_id = Some(value.scalar()?),
            }
        }
        message.role = role.ok_or_else(|| item.missing("role"))?;
        message.content = match content {
            Some(content) => content,
            None if message.tool_calls.is_empty() => return Err(item.missing("content")),
            None => String::new(),
        };
        messages.push(message);
    }
    match messages.last().map(|message| message.role) {
        Some(Speaker::User | Speaker::Tool) => Ok(messages),
        Some(_) => Err(list.bad("the last message must be the user's or a tool's: the agent answers it")),
        None => Err(list.bad("a conversation has at least one message")),
    }
}

fn speaker(role: &Cursor<'_>) -> Result<Speaker> {
    match role.text()?.as_str() {
        "user" => Ok(Speaker::User),
        "assistant" => Ok(Speaker::Assistant),
        "tool" => Ok(Speaker::Tool),
        "system" | "developer" => {
            Err(role.bad("the system message is the agent's prompt and cannot be part of a case"))
        }
        _ => Err(role.bad("a role is `user`, `assistant` or `tool`")),
    }
}

/// A scalar as text, holes filled.
fn filled(cursor: &Cursor<'_>, variables: &BTreeMap<String, Value>) -> Result<String> {
    let text = cursor.scalar()?;
    if text.starts_with("file://") {
        return Err(cursor.later_value("file:// in a suite".to_string()));
    }
    fill(&text, variables).map_err(|error| unfilled(cursor, &error))
}

fn assertion(cursor: &Cursor<'_>, variables: &BTreeMap<String, Value>) -> Result<Assertion> {
    let (mut kind, mut value) = (None, None);
    for (key, entry) in cursor.map(&["type", "value"], &["threshold", "weight", "metric", "transform", "provider"])? {
        if key == "type" {
            kind = Some(entry);
        } else {
            value = Some(entry);
        }
    }
    let kind = kind.ok_or_else(|| cursor.missing("type"))?;
    let type_name = kind.text()?;
    if !TYPES.contains(&type_name.as_str()) {
        let reason = match nearest(&type_name, TYPES.iter()) {
            Some(nearest) => format!("there is no such assertion; did you mean `{nearest}`?"),
            None => format!("there is no such assertion; known: {}", TYPES.join(", ")),
        };
        return Err(kind.bad(reason));
    }
    let negated = type_name.contains("not-");
    let name = type_name.replace("not-", "");
    let wanted = || value.clone().ok_or_else(|| cursor.missing("value"));
    let text = || {
        let value = wanted()?;
        let text = filled(&value, variables)?;
        if text.trim().is_empty() { Err(value.bad("it must not be blank")) } else { Ok(text) }
    };
    let check = match name.as_str() {
        "contains" => Check::Contains(text()?),
        "icontains" => Check::ContainsIgnoringCase(text()?),
        "regex" => {
            let pattern = text()?;
            Check::Matches(regex::Regex::new(&pattern).map_err(|error| match wanted() {
                Ok(value) => value.bad(format!("not a regular expression: {}", last_line(&error.to_string()))),
                Err(missing) => missing,
            })?)
        }
        "equals" => Check::Equals(text()?),
        "starts-with" => Check::StartsWith(text()?),
        "is-json" => match &value {
            None => Check::IsJson,
            Some(schema) => return Err(schema.later_value("a schema for is-json".to_string())),
        },
        _ => called_tool(&wanted()?, variables)?,
    };
    Ok(Assertion { negated, check })
}

/// The regex crate draws the pattern on several lines and ends with the reason.
fn last_line(message: &str) -> &str {
    message.lines().last().unwrap_or(message).trim_start_matches("error: ")
}

fn called_tool(value: &Cursor<'_>, variables: &BTreeMap<String, Value>) -> Result<Check> {
    if !matches!(value.node, Node::Map(_)) {
        return Ok(Check::CallsTool { name: filled(value, variables)?, arguments: Map::new() });
    }
    let (mut name, mut arguments) = (None, Map::new());
    for (key, entry) in value.map(&["name", "arguments"], &[])? {
        if key == "name" {
            name = Some(filled(&entry, variables)?);
            continue;
        }
        for (argument, wanted) in entry.any_map()? {
            let wanted = match wanted.node {
                Node::Text(_) => Value::String(filled(&wanted, variables)?),
                node => json(node),
            };
            arguments.insert(argument.to_string(), wanted);
        }
    }
    Ok(Check::CallsTool { name: name.ok_or_else(|| value.missing("name"))?, arguments })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const EXAMPLE: &str = r#"
description: Connection questions
prompts: [file://prompt.txt]
providers: [{ id: openai:gpt-4.1-mini, config: { temperature: 0 } }]
defaultTest:
  vars: { plan: free }
  assert: [{ type: not-contains, value: password }]
tests:
  - description: asks for the region
    vars: { message: "Connect my Postgres on the {{ plan }} plan" }
    assert:
      - { type: icontains, value: region }
      - { type: tool-not-called, value: create_connection }
  - vars: { region: eu-west-1 }
    messages:
      - { role: user, content: Connect my Postgres }
      - { role: assistant, content: null, tool_calls: [{ id: c1, function: { name: list } }] }
      - { role: tool, tool_call_id: c1, content: "[]" }
      - { role: user, content: "{{ region }}" }
    assert:
      - { type: tool-called, value: { name: create_connection, arguments: { region: "{{ region }}", port: 5432 } } }
      - { type: is-json }
      - { type: not-regex, value: "^(Sorry|I cannot)" }
"#;

    #[test]
    fn a_promptfoo_config_is_read_with_defaults_and_holes_filled() {
        let suite = Suite::parse("evals/connect.yaml", EXAMPLE).unwrap();
        assert_eq!(suite.description.as_deref(), Some("Connection questions"));
        let [first, second] = suite.cases.as_slice() else { panic!("{suite:?}") };
        assert_eq!(first.name, "asks for the region");
        assert_eq!(first.messages, [Message::text(Speaker::User, "Connect my Postgres on the free plan")]);
        let shown: Vec<String> = first.assertions.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["not-contains \"password\"", "icontains \"region\"", "tool-not-called \"create_connection\""]
        );
        assert_eq!(second.name, "#2");
        assert_eq!(second.messages.len(), 4);
        assert_eq!(second.messages[1].tool_calls[0]["function"]["name"], "list");
        assert_eq!(second.messages[3].content, "eu-west-1");
        assert_eq!(
            second.assertions[1].check.value(),
            json!({"name": "create_connection", "arguments": {"region": "eu-west-1", "port": 5432}})
        );
    }

    /// Where a mistake is found, and what is said about it.
    #[test]
    fn every_mistake_is_refused_with_its_place() {
        let test = |body: &str| format!("tests:\n  - {body}\n");
        let ok = "vars: {message: hi}";
        let cases = [
            ("{}".to_string(), 1, "`tests` is missing"),
            ("tests: []\n".to_string(), 1, "at least one test"),
            ("tests: file://x.csv\n".to_string(), 1, "must be a list"),
            ("test: []\n".to_string(), 1, "unknown key `test`; did you mean `tests`?"),
            (test("{vars: {message: hi}}"), 2, "passes whatever"),
            (test("{assert: [{type: is-json}]}"), 2, "neither `messages` nor"),
            (test("{vars: {message: hi, input: ho}, assert: [{type: is-json}]}"), 2, "several of"),
            (test("{vars: {message: [a, b]}, assert: [{type: is-json}]}"), 2, "several tests"),
            (test("{vars: {message: 4}, assert: [{type: is-json}]}"), 2, "must be text"),
            (test("{vars: {message: 'file://a'}, assert: [{type: is-json}]}"), 2, "not yet supported"),
            (test("{vars: {message: '{{ who }}'}, assert: [{type: is-json}]}"), 2, "needs the variable `who`"),
            (test(&format!("{{{ok}, assert: [{{type: contain, value: x}}]}}")), 2, "did you mean `contains`"),
            (test(&format!("{{{ok}, assert: [{{type: llm-rubric, value: x}}]}}")), 2, "no such assertion; known"),
            (test(&format!("{{{ok}, assert: [{{type: contains}}]}}")), 2, "value` is missing"),
            (test(&format!("{{{ok}, assert: [{{type: contains, value: ' '}}]}}")), 2, "must not be blank"),
            (test(&format!("{{{ok}, assert: [{{type: regex, value: '(a'}}]}}")), 2, "unclosed group"),
            (test(&format!("{{{ok}, assert: [{{value: x}}]}}")), 2, "type` is missing"),
            (test(&format!("{{{ok}, assert: [{{type: contains, value: x, weight: 2}}]}}")), 2, "not yet supported"),
            (test("{messages: [], assert: [{type: is-json}]}"), 2, "at least one message"),
            (test("{messages: [{role: system, content: x}], assert: [{type: is-json}]}"), 2, "the agent's prompt"),
            (test("{messages: [{role: assistant, content: x}], assert: [{type: is-json}]}"), 2, "the last message"),
            (test("{messages: [{role: user}], assert: [{type: is-json}]}"), 2, "content` is missing"),
            ("tests:\n\t- a\n".to_string(), 2, "tab"),
        ];
        for (text, line, problem) in cases {
            let error = Suite::parse("s.yaml", &text).unwrap_err();
            assert!(error.to_string().contains(problem), "{text}: {error}");
            assert_eq!(error.position.line, line, "{text}: {error}");
        }
    }

    #[test]
    fn every_assertion_type_is_read_and_named_as_written() {
        for name in TYPES {
            let value = if name.ends_with("is-json") { String::new() } else { ", value: x".to_string() };
            let text = format!("tests: [{{vars: {{input: hi}}, assert: [{{type: {name}{value}}}]}}]");
            let suite = Suite::parse("s.yaml", &text).unwrap();
            assert_eq!(suite.cases[0].assertions[0].type_name(), name);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_suite_or_an_error(text in "(tests|assert|vars|- |: |\\{|\\}|\\[|\\]|\n|  |x|type|contains|'|\\{\\{){0,40}") {
            let _suite = Suite::parse("s.yaml", &text);
        }
    }
}
