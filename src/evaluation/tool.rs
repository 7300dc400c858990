//! Tool files as the agent is told of them: entries of a chat-completions request's `tools`. A file holds one tool or
//! a list of them, each either in the request's own form (`type: function`, `function: …`) or as its inside (`name`,
//! `description`, `parameters`). YAML and JSON are read alike.

use super::suite::json;
use crate::prompt::yaml::{Node, YamlError};
use serde_json::{Value, json};

/// A tool file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// Not YAML or JSON.
    #[error("{0}")]
    Syntax(#[from] YamlError),
    /// No tool.
    #[error("it holds no tool: a tool has a `name`, or a `function` that has one")]
    NoTool,
}

/// The tools in a tool file, in order.
pub fn read(text: &str) -> Result<Vec<Value>, ToolError> {
    let tools = match json(&Node::parse(text)?) {
        Value::Array(items) => items,
        Value::Object(mut map) => match map.remove("tools") {
            Some(Value::Array(items)) => items,
            Some(other) => {
                map.insert("tools".to_string(), other);
                vec![Value::Object(map)]
            }
            None => vec![Value::Object(map)],
        },
        _ => return Err(ToolError::NoTool),
    };
    if tools.is_empty() {
        return Err(ToolError::NoTool);
    }
    tools.into_iter().map(entry).collect()
}

fn entry(tool: Value) -> Result<Value, ToolError> {
    let named = |value: &Value| value.get("name").is_some_and(Value::is_string);
    match tool.get("function") {
        Some(function) if named(function) => {
            let mut tool = tool;
            if let Value::Object(map) = &mut tool {
                map.entry("type").or_insert_with(|| json!("function"));
            }
            Ok(tool)
        }
        None if named(&tool) => Ok(json!({ "type": "function", "function": tool })),
        _ => Err(ToolError::NoTool),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_and_lists_are_read() {
        let inside = "name: search\ndescription: Looks things up.\nparameters: {type: object}\n";
        let expected = json!({"type": "function", "function": {
            "name": "search", "description": "Looks things up.", "parameters": {"type": "object"}}});
        assert_eq!(read(inside).unwrap(), vec![expected.clone()]);
        assert_eq!(read(&expected.to_string()).unwrap(), vec![expected.clone()]);
        assert_eq!(read(r#"[{"function": {"name": "a"}}, {"name": "b"}]"#).unwrap().len(), 2);
        assert_eq!(read("tools:\n  - name: a\n").unwrap()[0]["function"]["name"], "a");
    }

    #[test]
    fn files_without_a_tool_are_refused() {
        for text in ["", "[]", "- 1", "description: x", "function: x", "function: {}", "just text"] {
            assert_eq!(read(text), Err(ToolError::NoTool), "{text}");
        }
        assert!(matches!(read("a: [1"), Err(ToolError::Syntax(_))));
    }
}
