//! What must be true of an answer. The types carry promptfoo's names, so that its suites read as they are; those
//! that a model would have to judge are not among them.

use regex::Regex;
use serde_json::{Map, Value};
use std::fmt;

/// One condition on an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Assertion {
    /// Whether the check must not hold.
    pub negated: bool,
    /// What is checked.
    pub check: Check,
}

/// What an assertion looks at. Text is the answer's, without white space around it.
#[derive(Clone, Debug)]
pub enum Check {
    /// The text contains this.
    Contains(String),
    /// The same, whatever the case of letters.
    ContainsIgnoringCase(String),
    /// The pattern is found in the text.
    Matches(Regex),
    /// The text is this, white space at both ends aside.
    Equals(String),
    /// The text starts with this.
    StartsWith(String),
    /// The text is one JSON document.
    IsJson,
    /// A tool of this name is called, with at least these arguments.
    CallsTool {
        /// The tool.
        name: String,
        /// Arguments that the call must have, with these values; it may have others.
        arguments: Map<String, Value>,
    },
}

/// The assertion types in the order of the documentation.
pub const TYPES: [&str; 14] = [
    "contains",
    "icontains",
    "not-contains",
    "not-icontains",
    "regex",
    "not-regex",
    "equals",
    "not-equals",
    "starts-with",
    "not-starts-with",
    "is-json",
    "not-is-json",
    "tool-called",
    "tool-not-called",
];

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.value() == other.value()
    }
}

impl Check {
    /// The type's name without its negation.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Contains(_) => "contains",
            Self::ContainsIgnoringCase(_) => "icontains",
            Self::Matches(_) => "regex",
            Self::Equals(_) => "equals",
            Self::StartsWith(_) => "starts-with",
            Self::IsJson => "is-json",
            Self::CallsTool { .. } => "tool-called",
        }
    }

    /// What it compares with, as JSON; null for a check that needs nothing.
    pub fn value(&self) -> Value {
        match self {
            Self::Contains(text) | Self::ContainsIgnoringCase(text) | Self::Equals(text) | Self::StartsWith(text) => {
                Value::String(text.clone())
            }
            Self::Matches(pattern) => Value::String(pattern.as_str().to_string()),
            Self::IsJson => Value::Null,
            Self::CallsTool { name, arguments } if arguments.is_empty() => Value::String(name.clone()),
            Self::CallsTool { name, arguments } => serde_json::json!({ "name": name, "arguments": arguments }),
        }
    }
}

impl Assertion {
    /// The type's name as a suite writes it.
    pub fn type_name(&self) -> String {
        match (self.negated, &self.check) {
            (false, check) => check.name().to_string(),
            (true, Check::CallsTool { .. }) => "tool-not-called".to_string(),
            (true, check) => format!("not-{}", check.name()),
        }
    }
}

impl fmt::Display for Assertion {
    /// `contains "Which region"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.check.value() {
            Value::Null => f.write_str(&self.type_name()),
            value => write!(f, "{} {value}", self.type_name()),
        }
    }
}
