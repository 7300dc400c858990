//! A prompt file: the prompt's text in it, its sections, and its frozen spans. All byte ranges are ranges of the
//! file, whatever its format; all texts are what the agent gets.

use super::config::PromptConfig;
use super::frozen::{self, Frozen};
use super::scalar::{self, Scalar};
use super::section::{self, Section};
use super::yaml::{self, Node, Part, Path, Position, Step};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// Longest prompt or tool file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 8 << 20;

/// How a prompt file is written; the extension decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `.md`, `.markdown`, `.mdc`, `.prompt`, `.prompty`: text, after front matter if there is any.
    Markdown,
    /// Any other text, templates included.
    Text,
    /// `.yaml`, `.yml`: the prompt is one string in it.
    Yaml,
    /// `.json`: the prompt is one string in it.
    Json,
}

impl Format {
    /// The format of the file `path`.
    pub fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "md" | "markdown" | "mdc" | "prompt" | "prompty" => Self::Markdown,
            "yaml" | "yml" => Self::Yaml,
            "json" => Self::Json,
            _ => Self::Text,
        }
    }
}

/// A prompt file that cannot be used: which, where, why.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub struct PromptError {
    /// The file.
    pub path: String,
    /// Where in it, if anywhere.
    pub position: Option<Position>,
    /// Why.
    pub kind: Box<PromptErrorKind>,
}

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "{}:{}:{}: {}", self.path, position.line, position.column, self.kind),
            None => write!(f, "{}: {}", self.path, self.kind),
        }
    }
}

/// Kinds of [`PromptError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptErrorKind {
    /// The path is a symbolic link; the reader of the repository tells.
    #[error("is a symbolic link, and links are never followed; list the file it points to")]
    Symlink,
    /// Longer than [`MAX_FILE_BYTES`].
    #[error("is longer than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLong,
    /// Not UTF-8.
    #[error("is not UTF-8 text")]
    NotUtf8,
    /// A NUL byte.
    #[error("holds a NUL byte, so it is not a text file")]
    Nul,
    /// Not the YAML or JSON that its name promises.
    #[error("{0}")]
    Syntax(String),
    /// No string that could be the prompt.
    #[error("holds no prompt: looked for the text of {}", PROMPT_KEYS.map(|key| format!("`{key}`")).join(", ") + " and of a message with role `system`")]
    NoPrompt,
    /// The string is written in a way that cannot be edited in place.
    #[error(
        "writes the prompt in a way that cannot be edited in place; write it as a `|` block or as one quoted string"
    )]
    NotInPlace,
    /// A frozen heading that no section has.
    #[error("has no heading `{heading}`, which the config freezes; it has {}", list(known))]
    UnknownHeading {
        /// The heading.
        heading: String,
        /// All headings.
        known: Vec<String>,
    },
    /// A marker that nothing closes.
    #[error("the frozen part that `{0}` opens here is never closed")]
    UnclosedMarker(String),
    /// A marker that closes nothing.
    #[error("`{0}` closes a frozen part that is not open")]
    StrayMarker(String),
    /// A frozen part within another.
    #[error("a frozen part begins here before the one that `{0}` opened is closed")]
    NestedMarker(String),
    /// A tool without a name, or not a tool at all.
    #[error("{0}")]
    NotATool(String),
}

fn list(items: &[String]) -> String {
    match items {
        [] => "none".to_string(),
        items => items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", "),
    }
}

/// Top-level keys of structured files whose text is the prompt, first found first.
const PROMPT_KEYS: [&str; 6] = ["system", "system_prompt", "prompt", "template", "instructions", "content"];

/// A prompt file, read.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptFile {
    /// Its path from the repository folder.
    pub path: String,
    /// How it is written.
    pub format: Format,
    /// Sections in order; their headings and bodies together are the prompt.
    pub sections: Vec<Section>,
    /// Frozen spans in order. They may overlap.
    pub frozen: Vec<Frozen>,
    pub(super) file: String,
    pub(super) scalar: Scalar,
    pub(super) config: PromptConfig,
}

impl PromptFile {
    /// Reads the prompt file `path`, whose content is `bytes`, with the frozen headings of `config`.
    pub fn parse(path: &str, bytes: &[u8], config: &PromptConfig) -> Result<Self, PromptError> {
        let file = text(path, bytes)?;
        let error = |position, kind| PromptError { path: path.to_string(), position, kind: Box::new(kind) };
        let format = Format::of(path);
        let scalar = match format {
            Format::Text => Scalar::raw(file, bom(file)),
            Format::Markdown => Scalar::raw(file, after_front_matter(file)),
            Format::Yaml | Format::Json => {
                let node = tree(path, file, format)?;
                let steps = prompt_path(&node).ok_or_else(|| error(None, PromptErrorKind::NoPrompt))?;
                string_at(file, format, &node, &steps).ok_or_else(|| error(None, PromptErrorKind::NotInPlace))?
            }
        };
        let mut sections = section::outline(&scalar.text, 0);
        for section in &mut sections {
            section.whole = scalar.range_in_file(&section.whole);
            section.body = scalar.range_in_file(&section.body);
            for bullet in &mut section.bullets {
                bullet.range = scalar.range_in_file(&bullet.range);
            }
        }
        let structured = matches!(format, Format::Yaml);
        let frozen = frozen::find(file, &scalar, structured, &sections, &config.frozen).map_err(|(at, kind)| {
            let position = (!matches!(kind, PromptErrorKind::UnknownHeading { .. })).then(|| Position::of(file, at));
            error(position, kind)
        })?;
        let (path, file, config) = (path.to_string(), file.to_string(), config.clone());
        Ok(Self { path, format, sections, frozen, file, scalar, config })
    }

    /// The prompt's text: what the agent gets as its instructions.
    pub fn system_text(&self) -> &str {
        &self.scalar.text
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        self.file.as_bytes()
    }

    /// The bytes of the file that hold the prompt.
    pub fn span(&self) -> Range<usize> {
        self.scalar.span.clone()
    }

    /// The prompt's text in a byte range of the file; `None` for a range outside the prompt or within a character.
    pub fn text_of(&self, range: &Range<usize>) -> Option<&str> {
        self.scalar.text.get(self.scalar.range_in_text(range)?)
    }

    /// The byte of the file at which the byte `offset` of the prompt's text stands.
    pub fn file_offset(&self, offset: usize) -> usize {
        self.scalar.to_file(offset)
    }

    /// The file's bytes of every frozen span, in order: two versions of a file that agree on these agree on what is
    /// frozen.
    pub fn frozen_texts(&self) -> Vec<&str> {
        self.frozen.iter().map(|span| self.file.get(span.range.clone()).unwrap_or("")).collect()
    }

    /// The section with the byte `offset` of the file in its heading or its own text.
    pub fn section_at(&self, offset: usize) -> Option<&Section> {
        self.sections.iter().find(|section| (section.whole.start..section.body.end).contains(&offset))
    }

    /// Line and column of a byte of the file.
    pub fn position(&self, offset: usize) -> Position {
        Position::of(&self.file, offset)
    }
}

/// The text of a file that must be text.
pub(super) fn text<'a>(path: &str, bytes: &'a [u8]) -> Result<&'a str, PromptError> {
    let error = |position, kind| PromptError { path: path.to_string(), position, kind: Box::new(kind) };
    if bytes.len() > MAX_FILE_BYTES {
        return Err(error(None, PromptErrorKind::TooLong));
    }
    let text = std::str::from_utf8(bytes).map_err(|utf8| {
        let valid = bytes.get(..utf8.valid_up_to()).and_then(|valid| std::str::from_utf8(valid).ok());
        error(valid.map(|valid| Position::of(valid, valid.len())), PromptErrorKind::NotUtf8)
    })?;
    match text.find('\0') {
        Some(at) => Err(error(Some(Position::of(text, at)), PromptErrorKind::Nul)),
        None => Ok(text),
    }
}

/// The tree of a YAML or JSON file.
pub(super) fn tree(path: &str, file: &str, format: Format) -> Result<Node, PromptError> {
    let error = |position, problem: String| PromptError {
        path: path.to_string(),
        position: Some(position),
        kind: Box::new(PromptErrorKind::Syntax(problem)),
    };
    if format == Format::Json {
        let body = file.get(bom(file)..).unwrap_or("");
        let value = serde_json::from_str(body).map_err(|json| {
            let line_start =
                file.split_inclusive('\n').take(json.line().saturating_sub(1)).map(str::len).sum::<usize>();
            let message = json.to_string();
            let message = message.split(" at line ").next().unwrap_or("").to_string();
            error(Position::of(file, line_start + json.column().saturating_sub(1)), format!("not JSON: {message}"))
        })?;
        return Ok(node_of_json(value));
    }
    Node::parse(file).map_err(|yaml| error(yaml.position, format!("not YAML: {}", yaml.problem)))
}

fn node_of_json(value: serde_json::Value) -> Node {
    use serde_json::Value;
    match value {
        Value::Null => Node::Null,
        Value::Bool(value) => Node::Bool(value),
        Value::Number(number) => {
            number.as_i128().map_or_else(|| Node::Float(number.as_f64().unwrap_or(f64::NAN)), Node::Integer)
        }
        Value::String(text) => Node::Text(text),
        Value::Array(items) => Node::List(items.into_iter().map(node_of_json).collect()),
        Value::Object(entries) => {
            Node::Map(entries.into_iter().map(|(key, value)| (key, node_of_json(value))).collect())
        }
    }
}

/// The path to the prompt's text in a structured file.
fn prompt_path(node: &Node) -> Option<Path> {
    for key in PROMPT_KEYS {
        if node.get(key).is_some_and(|value| value.as_text().is_some()) {
            return Some(vec![Step::Key(key.to_string())]);
        }
    }
    let Node::List(messages) = node.get("messages")? else { return None };
    let is_system = |message: &Node| message.get("role").and_then(Node::as_text) == Some("system");
    let index = messages.iter().position(is_system)?;
    let mut path = vec![Step::Key("messages".to_string()), Step::Index(index), Step::Key("content".to_string())];
    match messages.get(index)?.get("content")? {
        Node::Text(_) => Some(path),
        Node::List(parts) if parts.len() == 1 && parts.first()?.get("text")?.as_text().is_some() => {
            path.extend([Step::Index(0), Step::Key("text".to_string())]);
            Some(path)
        }
        _ => None,
    }
}

/// The value at `steps` below `node`.
pub(super) fn value_at<'n>(node: &'n Node, steps: &[Step]) -> Option<&'n Node> {
    steps.iter().try_fold(node, |node, step| match (step, node) {
        (Step::Key(key), node) => node.get(key),
        (Step::Index(index), Node::List(items)) => items.get(*index),
        (Step::Index(_), _) => None,
    })
}

/// The string at `steps` of a structured file, aligned with its bytes.
pub(super) fn string_at(file: &str, format: Format, node: &Node, steps: &[Step]) -> Option<Scalar> {
    let value = value_at(node, steps)?.as_text()?;
    if format == Format::Json {
        return scalar::json(file, json_value(file, steps)?, value);
    }
    scalar::yaml(file, yaml::locate(file, steps, Part::Value)?.offset, value)
}

/// The byte at which the JSON value at `steps` begins.
fn json_value(file: &str, steps: &[Step]) -> Option<usize> {
    let mut raw = file.get(bom(file)..)?.trim_start();
    for step in steps {
        let value: &RawValue = match step {
            Step::Key(key) => serde_json::from_str::<BTreeMap<String, &RawValue>>(raw).ok()?.get(key).copied()?,
            Step::Index(index) => serde_json::from_str::<Vec<&RawValue>>(raw).ok()?.get(*index).copied()?,
        };
        raw = value.get();
    }
    // Raw values are slices of the text that they were read from.
    (raw.as_ptr() as usize).checked_sub(file.as_ptr() as usize)
}

/// Bytes of a byte order mark at the begin of `file`.
pub(super) fn bom(file: &str) -> usize {
    if file.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

/// The byte after YAML front matter (`---` to `---` at the very begin), or after the byte order mark.
fn after_front_matter(file: &str) -> usize {
    let begin = bom(file);
    let mut at = begin;
    for (index, line) in file.get(begin..).unwrap_or("").split_inclusive('\n').enumerate() {
        at += line.len();
        let fence = line.trim_end() == "---";
        match (index, fence) {
            (0, false) => return begin,
            (0, true) | (_, false) => {}
            (_, true) => return at,
        }
    }
    begin
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::config::LEARNED_RULES;
    use crate::prompt::edit::Edit;

    /// Every version of a real prompt, as (path, text).
    fn history() -> Vec<(String, String)> {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/prompt-history");
        let mut versions = Vec::new();
        for name in ["gemini-cli/rendered_versions.jsonl", "openhands/versions.jsonl"] {
            let Ok(lines) = std::fs::read_to_string(format!("{root}/{name}")) else {
                println!("skipped: {name} is not here");
                continue;
            };
            for line in lines.lines() {
                let record: serde_json::Value = serde_json::from_str(line).unwrap();
                let path = record["path"].as_str().unwrap_or("gemini.md").to_string();
                versions.extend(record["text"].as_str().map(|text| (path, text.to_string())));
            }
        }
        versions
    }

    #[test]
    fn real_prompts_are_covered_by_their_sections_and_survive_edits() {
        for (path, text) in history() {
            let config = PromptConfig {
                name: "p".into(),
                path: path.clone(),
                frozen: vec![],
                learned_rules: LEARNED_RULES.into(),
            };
            let file = PromptFile::parse(&path, text.as_bytes(), &config).unwrap();
            let joined: String = file
                .sections
                .iter()
                .filter_map(|section| file.text_of(&(section.whole.start..section.body.end)))
                .collect();
            assert_eq!(joined, text);
            assert_eq!(file.apply(&[]).unwrap(), text.as_bytes());
            let edit = file.rule_edit("Ask the user for the region.").unwrap();
            let after = file.apply(std::slice::from_ref(&edit)).unwrap();
            assert!(after.starts_with(&text.as_bytes()[..edit.start]) && after.ends_with(&text.as_bytes()[edit.end..]));
            let undo = Edit { start: edit.start, end: edit.start + edit.replacement.len(), replacement: String::new() };
            let after = PromptFile::parse(&path, &after, &config).unwrap();
            assert_eq!(after.learned_rules().rules.len(), 1);
            assert_eq!(after.apply(&[undo]).unwrap(), text.as_bytes());
        }
    }

    #[test]
    fn headings_of_a_real_prompt_can_be_frozen() {
        let Some((path, text)) = history().into_iter().find(|(path, _)| path == "gemini.md") else { return };
        let config = PromptConfig {
            name: "p".into(),
            path: path.clone(),
            frozen: vec!["# Core Mandates".into()],
            learned_rules: LEARNED_RULES.into(),
        };
        let file = PromptFile::parse(&path, text.as_bytes(), &config).unwrap();
        let frozen = file.frozen[0].range.clone();
        let edit = Edit { start: frozen.end - 3, end: frozen.end - 2, replacement: "x".into() };
        assert!(matches!(file.apply(&[edit]), Err(crate::prompt::EditError::Frozen { .. })));
    }
}
