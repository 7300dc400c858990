//! A case: one question to the agent and what its answer must be like. A case asks once: `messages` is the
//! conversation so far, given, and the agent answers its end. Dialogues are tested turn by turn, because only a given
//! history asks both revisions the same question.

use super::assertion::Assertion;
use super::template::{TemplateError, fill};
use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Short id of a case: `e-` and 8 hex digits of its content (variables, messages, assertions; not its description), so
/// that an edited case is another case and a renamed one is the same.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub String);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One message of the conversation so far, in the field order of a chat-completions request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: Speaker,
    /// The text; may be empty where tools are called.
    pub content: String,
    /// Calls that an assistant message made, as the format writes them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<Value>,
    /// The call that a tool message answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
}

/// Who speaks in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// The prompt under test; never part of a case.
    System,
    /// The person.
    User,
    /// The agent, earlier.
    Assistant,
    /// A tool's result.
    Tool,
}

impl Message {
    /// A message of plain text.
    pub fn text(role: Speaker, content: impl Into<String>) -> Self {
        Self { role, content: content.into(), tool_calls: Vec::new(), tool_call_id: None }
    }
}

/// One case of a suite.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Its description, or its place in the suite: `#3`.
    pub name: String,
    /// The suite's path.
    pub suite: String,
    /// Values for the holes of the prompt.
    pub variables: BTreeMap<String, Value>,
    /// The conversation so far, holes filled; ends with a user or tool message.
    pub messages: Vec<Message>,
    /// What must hold of the answer; never empty.
    pub assertions: Vec<Assertion>,
}

impl Case {
    /// A case with its id.
    pub fn new(
        name: String,
        suite: String,
        variables: BTreeMap<String, Value>,
        messages: Vec<Message>,
        assertions: Vec<Assertion>,
    ) -> Self {
        let checks: Vec<(String, Value)> =
            assertions.iter().map(|assertion| (assertion.type_name(), assertion.check.value())).collect();
        // Maps with text keys always serialise.
        let bytes = |value: serde_json::Result<Vec<u8>>| value.unwrap_or_default();
        let fields = [
            bytes(serde_json::to_vec(&variables)),
            bytes(serde_json::to_vec(&messages)),
            bytes(serde_json::to_vec(&checks)),
        ];
        let digest = Digest::of_fields(fields.iter().map(Vec::as_slice));
        Self { id: CaseId(format!("e-{}", digest.short(8))), name, suite, variables, messages, assertions }
    }

    /// The body that asks this case of an agent whose system prompt is `prompt` (holes are filled with the case's
    /// variables) and which has `tools`, each in the format's own form.
    pub fn request(&self, prompt: &str, tools: &[Value]) -> Result<String, TemplateError> {
        #[derive(Serialize)]
        struct Body<'a> {
            messages: Vec<&'a Message>,
            #[serde(skip_serializing_if = "<[Value]>::is_empty")]
            tools: &'a [Value],
        }
        let system = Message::text(Speaker::System, fill(prompt, &self.variables)?);
        let messages = std::iter::once(&system).chain(&self.messages).collect();
        Ok(serde_json::to_string(&Body { messages, tools }).unwrap_or_default())
    }
}

/// How a case takes part in a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The base has it and so does the head: counts.
    Shared,
    /// Only the base has it: counts all the same, since a change must not choose its own judges.
    Removed,
    /// Only the head has it, new or edited: runs and is shown, and does not count, since it may have been written for
    /// the very change.
    Added,
}

/// A case and its standing.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The case.
    pub case: Case,
    /// Its standing.
    pub standing: Standing,
}

/// The cases to run when `base` and `head` are the cases of the two revisions: base's in order, then head's own. A
/// content that occurs several times runs once.
pub fn entries(base: Vec<Case>, head: Vec<Case>) -> Vec<Entry> {
    let mut in_head: BTreeMap<CaseId, Case> = BTreeMap::new();
    let mut head_order = Vec::new();
    for case in head {
        if let std::collections::btree_map::Entry::Vacant(slot) = in_head.entry(case.id.clone()) {
            head_order.push(case.id.clone());
            slot.insert(case);
        }
    }
    let mut entries: Vec<Entry> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for case in base {
        if seen.insert(case.id.clone()) {
            let standing = if in_head.remove(&case.id).is_some() { Standing::Shared } else { Standing::Removed };
            entries.push(Entry { case, standing });
        }
    }
    for id in head_order {
        if let Some(case) = in_head.remove(&id) {
            entries.push(Entry { case, standing: Standing::Added });
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::super::assertion::Check;
    use super::*;
    use serde_json::json;

    fn case(name: &str, question: &str) -> Case {
        let assertions = vec![Assertion { negated: false, check: Check::IsJson }];
        let messages = vec![Message::text(Speaker::User, question)];
        Case::new(name.into(), "evals/a.yaml".into(), BTreeMap::new(), messages, assertions)
    }

    #[test]
    fn ids_follow_the_content_and_not_the_name() {
        assert_eq!(case("a", "hi").id, case("b", "hi").id);
        assert_ne!(case("a", "hi").id, case("a", "hi!").id);
        assert_eq!(case("a", "hi").id.0.len(), 10);
    }

    #[test]
    fn requests_hold_the_filled_prompt_first() {
        let mut case = case("a", "hi");
        case.variables.insert("shop".into(), json!("Ada's"));
        let body = case.request("You serve {{ shop }}.\n", &[]).unwrap();
        assert_eq!(
            body,
            r#"{"messages":[{"role":"system","content":"You serve Ada's.\n"},{"role":"user","content":"hi"}]}"#
        );
        let tools = [json!({"type": "function"})];
        assert!(case.request("x", &tools).unwrap().ends_with(r#","tools":[{"type":"function"}]}"#));
        assert_eq!(case.request("{{ city }}", &[]), Err(TemplateError::Undefined("city".into())));
    }

    #[test]
    fn a_change_cannot_choose_its_own_judges() {
        let base = vec![case("kept", "1"), case("removed", "2"), case("kept twice", "1")];
        let head = vec![case("new", "3"), case("kept, renamed", "1"), case("new too", "3")];
        let entries = entries(base, head);
        let summary: Vec<(&str, Standing)> =
            entries.iter().map(|entry| (entry.case.name.as_str(), entry.standing)).collect();
        assert_eq!(summary, [("kept", Standing::Shared), ("removed", Standing::Removed), ("new", Standing::Added)]);
    }
}
