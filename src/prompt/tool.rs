//! Tool files: the functions an agent can call, as schemas in JSON or YAML. Descriptions are levers and come with
//! their place in the file; names, types and accepted values are what the program under the agent understands, and
//! are never edited.
//!
//! Read are OpenAI function schemas (`{type: function, function: {…}}` or the bare inner map), alone, in a list, or
//! under `tools` at the top or one level down; parameters as JSON Schema (`parameters`, `input_schema`) or as a
//! list of named parameters.

use super::edit::{Edit, EditError, splice_all};
use super::file::{Format, PromptError, PromptErrorKind, bom, string_at, text, tree};
use super::scalar::{self, Scalar};
use super::yaml::{Node, Part, Path, Step, locate};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::ops::Range;

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned {
    /// The text.
    pub value: String,
    /// Its bytes in the file, without quotes; `None` when it is written in a way that cannot be edited in place.
    pub range: Option<Range<usize>>,
}

/// A parameter of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it means, as the agent is told.
    pub description: Option<Spanned>,
    /// Whether a call must give it.
    pub required: bool,
    /// The values that are accepted, where the schema lists them.
    pub accepted: Vec<String>,
}

/// A function that the agent can call.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it does, as the agent is told.
    pub description: Option<Spanned>,
    /// Its parameters in file order (JSON: by name).
    pub parameters: Vec<Parameter>,
    /// The whole schema.
    pub raw: serde_json::Value,
}

impl Tool {
    /// The parameter `name`.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The schema without any description: what no proposal may change.
    pub fn contract(&self) -> serde_json::Value {
        without_descriptions(&self.raw)
    }
}

/// A tool file, read.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolFile {
    /// Its path from the repository folder.
    pub path: String,
    /// The tools, in file order.
    pub tools: Vec<Tool>,
    file: String,
    scalars: Vec<Scalar>,
}

impl ToolFile {
    /// Reads the tool file `path`, whose content is `bytes`; JSON by extension, else YAML.
    pub fn parse(path: &str, bytes: &[u8]) -> Result<Self, PromptError> {
        let file = text(path, bytes)?;
        let format = if Format::of(path) == Format::Json { Format::Json } else { Format::Yaml };
        let node = tree(path, file, format)?;
        let mut reader = Reader { file, format, offsets: BTreeMap::new(), scalars: Vec::new() };
        if format == Format::Json {
            json_strings(file, file.get(bom(file)..).unwrap_or("").trim_start(), &mut Vec::new(), &mut reader.offsets);
        }
        let mut tools: Vec<Tool> = Vec::new();
        let mut schemas = Vec::new();
        collect(&node, &mut Vec::new(), 0, &mut schemas);
        for (at, schema) in schemas {
            let tool = reader.tool(&node, schema, &at).map_err(|problem| {
                let position = (format == Format::Yaml).then(|| locate(file, &at, Part::Value)).flatten();
                let kind = Box::new(PromptErrorKind::NotATool(problem));
                PromptError { path: path.to_string(), position, kind }
            })?;
            tools.push(tool);
        }
        let mut scalars = reader.scalars;
        scalars.sort_by_key(|scalar| scalar.span.start);
        Ok(Self { path: path.to_string(), tools, file: file.to_string(), scalars })
    }

    /// The tool `name`.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        self.file.as_bytes()
    }

    /// The file with `edits` of descriptions made. As for prompts, all other bytes stay, and the result is read
    /// again: the descriptions must say what was asked for, and the schemas what they said before.
    pub fn apply(&self, edits: &[Edit]) -> Result<Vec<u8>, EditError> {
        let scalars: Vec<&Scalar> = self.scalars.iter().collect();
        let edited = splice_all(&self.file, &scalars, edits)?;
        let after = Self::parse(&self.path, edited.file.as_bytes()).map_err(EditError::Unreadable)?;
        let contracts = |file: &Self| file.tools.iter().map(Tool::contract).collect::<Vec<_>>();
        let texts: Vec<&str> = after.scalars.iter().map(|scalar| scalar.text.as_str()).collect();
        if texts != edited.texts || contracts(self) != contracts(&after) {
            return Err(EditError::NotExpressible);
        }
        Ok(edited.file.into_bytes())
    }
}

/// Adds the schemas in `node` to `found`: a schema itself, the items of a list, and what stands under `tools`.
fn collect<'n>(node: &'n Node, at: &mut Path, depth: usize, found: &mut Vec<(Path, &'n Node)>) {
    match node {
        Node::List(items) => {
            for (index, item) in items.iter().enumerate() {
                at.push(Step::Index(index));
                found.push((at.clone(), item));
                at.pop();
            }
        }
        Node::Map(_) if node.get("function").is_some() || node.get("name").is_some() => {
            found.push((at.clone(), node));
        }
        Node::Map(entries) => {
            let here = entries.iter().find(|(key, _)| key == "tools");
            let below = entries.iter().filter(|(_, value)| depth == 0 && value.get("tools").is_some());
            for (key, value) in here.into_iter().chain(below) {
                at.push(Step::Key(key.clone()));
                collect(value, at, depth + 1, found);
                at.pop();
            }
        }
        _ => {}
    }
}

struct Reader<'a> {
    file: &'a str,
    format: Format,
    /// Where each string of a JSON file begins.
    offsets: BTreeMap<Path, usize>,
    scalars: Vec<Scalar>,
}

impl Reader<'_> {
    fn tool(&mut self, top: &Node, schema: &Node, at: &[Step]) -> Result<Tool, String> {
        let mut at = at.to_vec();
        let inner = match schema.get("function") {
            Some(inner) => {
                at.push(Step::Key("function".to_string()));
                inner
            }
            None => schema,
        };
        let name = inner.get("name").and_then(Node::as_text).filter(|name| !name.trim().is_empty());
        let name = name.ok_or("not a tool: a function schema has a `name`")?.to_string();
        let description = self.description(top, inner, &at);
        let mut parameters = Vec::new();
        for key in ["parameters", "input_schema"] {
            let Some(value) = inner.get(key) else { continue };
            at.push(Step::Key(key.to_string()));
            self.parameters(top, value, &mut at, &mut parameters);
            at.pop();
        }
        Ok(Tool { name, description, parameters, raw: json(schema) })
    }

    fn parameters(&mut self, top: &Node, schema: &Node, at: &mut Path, found: &mut Vec<Parameter>) {
        if let Node::List(items) = schema {
            for (index, item) in items.iter().enumerate() {
                let Some(name) = item.get("name").and_then(Node::as_text) else { continue };
                let required = item.get("required") == Some(&Node::Bool(true));
                at.push(Step::Index(index));
                found.push(self.parameter(top, name, item, required, at));
                at.pop();
            }
            return;
        }
        let required = match schema.get("required") {
            Some(Node::List(names)) => names.iter().filter_map(Node::as_text).collect(),
            _ => Vec::new(),
        };
        let Some(Node::Map(properties)) = schema.get("properties") else { return };
        at.push(Step::Key("properties".to_string()));
        for (name, property) in properties {
            at.push(Step::Key(name.clone()));
            found.push(self.parameter(top, name, property, required.contains(&name.as_str()), at));
            at.pop();
        }
        at.pop();
    }

    fn parameter(&mut self, top: &Node, name: &str, schema: &Node, required: bool, at: &[Step]) -> Parameter {
        let accepted = match schema.get("enum") {
            Some(Node::List(values)) => values.iter().filter_map(scalar_text).collect(),
            _ => Vec::new(),
        };
        let description = self.description(top, schema, at);
        Parameter { name: name.to_string(), description, required, accepted }
    }

    fn description(&mut self, top: &Node, schema: &Node, at: &[Step]) -> Option<Spanned> {
        let value = schema.get("description")?.as_text()?.to_string();
        let mut at = at.to_vec();
        at.push(Step::Key("description".to_string()));
        let scalar = match self.format {
            Format::Json => self.offsets.get(&at).and_then(|start| scalar::json(self.file, *start, &value)),
            _ => string_at(self.file, self.format, top, &at),
        };
        let range = scalar.as_ref().map(|scalar| scalar.span.clone());
        self.scalars.extend(scalar);
        Some(Spanned { value, range })
    }
}

/// Where every string of the JSON value `raw`, a slice of `file`, begins.
fn json_strings(file: &str, raw: &str, at: &mut Path, offsets: &mut BTreeMap<Path, usize>) {
    match raw.as_bytes().first() {
        Some(b'"') => {
            offsets
                .extend((raw.as_ptr() as usize).checked_sub(file.as_ptr() as usize).map(|start| (at.clone(), start)));
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
            for (index, item) in items.into_iter().enumerate() {
                at.push(Step::Index(index));
                json_strings(file, item.get(), at, offsets);
                at.pop();
            }
        }
        Some(b'{') => {
            let entries: BTreeMap<String, &RawValue> = serde_json::from_str(raw).unwrap_or_default();
            for (key, value) in entries {
                at.push(Step::Key(key));
                json_strings(file, value.get(), at, offsets);
                at.pop();
            }
        }
        _ => {}
    }
}

fn scalar_text(node: &Node) -> Option<String> {
    match node {
        Node::Text(text) => Some(text.clone()),
        Node::Bool(value) => Some(value.to_string()),
        Node::Integer(value) => Some(value.to_string()),
        Node::Float(value) => Some(value.to_string()),
        _ => None,
    }
}

fn json(node: &Node) -> serde_json::Value {
    use serde_json::Value;
    match node {
        Node::Null => Value::Null,
        Node::Bool(value) => Value::Bool(*value),
        Node::Integer(value) => i64::try_from(*value).map_or_else(|_| Value::from(*value as f64), Value::from),
        Node::Float(value) => Value::from(*value),
        Node::Text(text) => Value::String(text.clone()),
        Node::List(items) => items.iter().map(json).collect(),
        Node::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), json(value))).collect(),
    }
}

/// A schema without the descriptions of the tool and its parameters, at any depth. A property that is called
/// `description` is kept: its value is a map, a description is text.
fn without_descriptions(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Array(items) => items.iter().map(without_descriptions).collect(),
        Value::Object(entries) => entries
            .iter()
            .filter(|(key, value)| !(key.as_str() == "description" && value.is_string()))
            .map(|(key, value)| (key.clone(), without_descriptions(value)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "\
# The tools.
- type: function
  function:
    name: create_connection
    description: >-
      Creates a connection
      to a database.
    parameters:
      type: object
      properties:
        region:
          type: string
          enum: [eu-west-1, us-east-1]
          description: Where the database runs
        description: {type: string, description: \"A \\\"note\\\"\"}
      required: [region]
";

    #[test]
    fn a_schema_becomes_a_tool_with_places() {
        let file = ToolFile::parse("tools/a.yaml", YAML.as_bytes()).unwrap();
        let tool = file.tool("create_connection").unwrap();
        let text = |spanned: &Option<Spanned>| YAML[spanned.clone().unwrap().range.unwrap()].to_string();
        assert_eq!(tool.description.as_ref().unwrap().value, "Creates a connection to a database.");
        assert_eq!(text(&tool.description), "Creates a connection\n      to a database.");
        let region = tool.parameter("region").unwrap();
        assert!(region.required && region.accepted == ["eu-west-1", "us-east-1"]);
        assert_eq!(text(&region.description), "Where the database runs");
        let note = tool.parameter("description").unwrap();
        assert_eq!((note.required, text(&note.description).as_str()), (false, "A \\\"note\\\""));
        assert!(tool.contract()["function"]["parameters"]["properties"]["description"].is_object());
    }

    #[test]
    fn descriptions_are_edited_and_contracts_are_not() {
        let file = ToolFile::parse("a.yaml", YAML.as_bytes()).unwrap();
        let region = file.tools[0].parameter("region").unwrap().description.clone().unwrap().range.unwrap();
        let edit = Edit { start: region.end, end: region.end, replacement: "; ask the user for it.".to_string() };
        let after = String::from_utf8(file.apply(std::slice::from_ref(&edit)).unwrap()).unwrap();
        assert_eq!(after, YAML.replace("database runs\n", "database runs; ask the user for it.\n"));
        let name = YAML.find("create_connection").unwrap();
        let outside = Edit { start: name, end: name + 6, replacement: "delete".to_string() };
        assert!(matches!(file.apply(&[outside]), Err(EditError::Outside { .. })));
        // A description that would become another value is refused.
        let comment = Edit { start: region.end, end: region.end, replacement: " # hidden".to_string() };
        assert!(file.apply(&[comment]).is_err());
    }

    #[test]
    fn json_shapes_are_read() {
        let tool =
            r#"{"name": "t", "description": "D\u00e9", "input_schema": {"properties": {"a": {"enum": [1, true]}}}}"#;
        let texts = [
            tool.to_string(),
            format!("[{tool}]"),
            format!("{{\"tools\": [{tool}]}}"),
            format!("{{\"x\": {{\"tools\": [{tool}]}}}}"),
        ];
        for text in texts {
            let file = ToolFile::parse("a.json", text.as_bytes()).unwrap();
            assert_eq!(file.tools.len(), 1, "{text}");
            assert_eq!(file.tools[0].parameters[0].accepted, ["1", "true"]);
            let range = file.tools[0].description.clone().unwrap().range.unwrap();
            let edit = Edit { start: range.end, end: range.end, replacement: "\"x\"\n".to_string() };
            let after = String::from_utf8(file.apply(&[edit]).unwrap()).unwrap();
            assert_eq!(after, text.replace("00e9", "00e9\\\"x\\\"\\n"));
        }
        assert!(ToolFile::parse("a.json", b"[{\"x\": 1}]").unwrap_err().to_string().contains("has a `name`"));
        assert!(ToolFile::parse("a.yaml", b"").unwrap().tools.is_empty());
    }

    #[test]
    fn real_tool_files_are_read_and_every_description_has_its_place() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/traces");
        let files = [
            ("tau-bench/tools/airline.tools.json", 14),
            ("tau-bench/tools/retail.tools.json", 16),
            ("tau2-bench/tools/tools-data.json", 0),
        ];
        for (path, tools) in files {
            let Ok(bytes) = std::fs::read(format!("{root}/{path}")) else {
                println!("skipped: {path} is not here");
                continue;
            };
            let file = ToolFile::parse(path, &bytes).unwrap();
            assert!(if tools > 0 { file.tools.len() == tools } else { file.tools.len() > 30 }, "{}", file.tools.len());
            for tool in &file.tools {
                assert!(!tool.parameters.is_empty() || tool.raw.to_string().len() < 600, "{tool:?}");
                let notes = tool.parameters.iter().filter_map(|parameter| parameter.description.as_ref());
                for spanned in notes.chain(&tool.description) {
                    assert!(spanned.range.is_some(), "{spanned:?}");
                }
            }
            assert_eq!(file.apply(&[]), Ok(bytes));
        }
    }
}
