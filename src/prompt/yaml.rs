//! YAML as a plain tree, and where each part of it stands in the text. The tree keeps the order of keys and
//! refuses what a configuration never needs: duplicate keys, keys that are not text, tags, several documents.
//!
//! Positions are found on demand: the text is read once more by a reader that follows a path and stops on
//! purpose at its end, and the parser itself says where that was. Nothing about YAML is decided twice.

use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_yaml::Deserializer as YamlDeserializer;
use std::collections::BTreeSet;
use std::fmt;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// Another number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in file order.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// Reads one document. Empty text is [`Node::Null`].
    pub fn parse(text: &str) -> Result<Self, YamlError> {
        let mut documents = YamlDeserializer::from_str(without_bom(text));
        let Some(first) = documents.next() else { return Ok(Self::Null) };
        let node = NodeSeed.deserialize(first).map_err(|error| YamlError::from_parser(&error, text))?;
        match documents.next() {
            None => Ok(node),
            Some(_) => {
                let position = second_document(text);
                Err(YamlError { position, problem: "a second document begins here; only one is read".to_string() })
            }
        }
    }

    /// The value of `key`, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What kind of value this is, for error messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a true/false value",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map of keys",
        }
    }
}

/// A place in a text. Lines and columns count from 1, columns in characters; `offset` counts bytes from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The byte.
    pub offset: usize,
}

impl Position {
    /// The first place of every text.
    pub const START: Self = Self { line: 1, column: 1, offset: 0 };

    /// The place of the byte `offset` of `text` (its end when beyond).
    pub fn of(text: &str, offset: usize) -> Self {
        let offset = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let before = text.get(..offset).unwrap_or("");
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before.get(line_start..).unwrap_or("").chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column, offset }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Text that is not the YAML we read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {problem}")]
pub struct YamlError {
    /// Where.
    pub position: Position,
    /// What is wrong there, as a lower-case fragment.
    pub problem: String,
}

impl YamlError {
    fn from_parser(error: &serde_yaml::Error, text: &str) -> Self {
        let message = error.to_string();
        // The parser appends the place to its message, in one of two forms; we show it in front instead.
        let message = message.split(" at line ").next().unwrap_or(&message);
        let message = message.rsplit_once(MARK).map_or(message, |(_, own)| own);
        // Only a flood of aliases has no place of its own: show the first alias.
        let position = position(error, text)
            .or_else(|| first_alias(text).map(|offset| Position::of(text, offset)))
            .unwrap_or(Position::START);
        if let Some(tab) = tab_in_indentation(text, position.line) {
            let problem = "a tab stands in the indentation; YAML allows only spaces there".to_string();
            return Self { position: Position::of(text, tab), problem };
        }
        let problem = match message {
            "repetition limit exceeded" => "aliases repeat too much content".to_string(),
            "recursion limit exceeded" => "nested too deeply (more than 128 levels)".to_string(),
            other => other.to_string(),
        };
        Self { position, problem }
    }
}

/// Marks our own messages, so that the path that the parser puts before them can be cut off.
const MARK: char = '\u{1}';

/// The byte of a tab in the indentation of line `line` or the one before: where the parser gives up may be one
/// line later.
fn tab_in_indentation(text: &str, line: usize) -> Option<usize> {
    let mut offset = 0;
    for (index, content) in text.split_inclusive('\n').enumerate() {
        if index + 1 == line || index + 2 == line {
            let indent = content.len() - content.trim_start_matches([' ', '\t']).len();
            if let Some(tab) = content.get(..indent).and_then(|indent| indent.find('\t')) {
                return Some(offset + tab);
            }
        }
        offset += content.len();
    }
    None
}

fn first_alias(text: &str) -> Option<usize> {
    let mut previous = ' ';
    for (offset, character) in text.char_indices() {
        if character == '*' && matches!(previous, ' ' | '[' | ',' | '\n') {
            return Some(offset);
        }
        previous = character;
    }
    None
}

fn second_document(text: &str) -> Position {
    let mut offset = 0;
    let mut content = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") && content {
            return Position::of(text, offset);
        }
        let trimmed = line.trim();
        content |= !trimmed.is_empty() && !trimmed.starts_with('#') && !trimmed.starts_with('%');
        offset += line.len();
    }
    Position::of(text, text.len())
}

/// Builds [`Node`]s.
#[derive(Clone, Copy)]
struct NodeSeed;

impl<'de> DeserializeSeed<'de> for NodeSeed {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeSeed {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Integer(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Node, E> {
        Ok(i128::try_from(value).map_or(Node::Float(value as f64), Node::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut seen = BTreeSet::new();
        let once = |seen: &BTreeSet<String>, key: &str| {
            if seen.contains(key) { Err(format!("the key `{key}` is given twice")) } else { Ok(()) }
        };
        while let Some(key) = access.next_key_seed(KeySeed(|key: &str| once(&seen, key)))? {
            seen.insert(key.clone());
            entries.push((key, access.next_value_seed(self)?));
        }
        Ok(Node::Map(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Node, A::Error> {
        Err(de::Error::custom(format!("{MARK}tags (`!name`) are not supported here")))
    }
}

/// Reads a key as text and hands it to a check, whose refusal the parser reports at the key.
struct KeySeed<C>(C);

impl<'de, C: Fn(&str) -> Result<(), String>> DeserializeSeed<'de> for KeySeed<C> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, C: Fn(&str) -> Result<(), String>> Visitor<'de> for KeySeed<C> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key that is text")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<String, E> {
        (self.0)(value).map_err(|problem| E::custom(format!("{MARK}{problem}")))?;
        Ok(value.to_string())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<String, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<String, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<String, E> {
        self.visit_str(if value { "true" } else { "false" })
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<String, E> {
        self.visit_str(&value.to_string())
    }
}

/// One step from a value to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Into a map.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// Steps from the top to a value.
pub type Path = Vec<Step>;

/// Which end of an entry is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The key that the last step names.
    Key,
    /// The value.
    Value,
}

/// Where the value (or its key) at `path` begins. `None` when the path leads nowhere.
pub fn locate(text: &str, path: &[Step], part: Part) -> Option<Position> {
    let first = YamlDeserializer::from_str(without_bom(text)).next()?;
    let error = Locator { path, part }.deserialize(first).err()?;
    error.to_string().contains(FOUND).then(|| position(&error, text))?
}

/// A byte order mark is no content; left in, the parser takes it for the first key's first character.
fn without_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Where `error` happened in `text` with its byte order mark, if it has one.
fn position(error: &serde_yaml::Error, text: &str) -> Option<Position> {
    let skipped = text.len() - without_bom(text).len();
    error.location().map(|location| Position::of(text, location.index() + skipped))
}

/// The message by which the locator stops.
const FOUND: &str = "\u{1}found";

struct Locator<'a> {
    path: &'a [Step],
    part: Part,
}

impl<'de> DeserializeSeed<'de> for Locator<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Stops when the path is walked, passes over every other scalar.
macro_rules! scalar {
    ($($name:ident($($kind:ty)?);)*) => {
        $(fn $name<E: de::Error>(self, $(_: $kind)?) -> Result<(), E> {
            if self.path.is_empty() { Err(E::custom(FOUND)) } else { Ok(()) }
        })*
    };
}

impl<'de> Visitor<'de> for Locator<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    scalar! {
        visit_unit();
        visit_none();
        visit_bool(bool);
        visit_i64(i64);
        visit_u64(u64);
        visit_i128(i128);
        visit_u128(u128);
        visit_f64(f64);
        visit_str(&str);
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(de::Error::custom(if self.path.is_empty() { FOUND } else { "a tag" }))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.path.split_first() else { return Err(de::Error::custom(FOUND)) };
        let mut index = 0;
        loop {
            let more = if *step == Step::Index(index) {
                access.next_element_seed(Locator { path: rest, part: self.part })?.is_some()
            } else {
                access.next_element::<IgnoredAny>()?.is_some()
            };
            if !more {
                return Ok(());
            }
            index += 1;
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let Some((step, rest)) = self.path.split_first() else { return Err(de::Error::custom(FOUND)) };
        let Step::Key(name) = step else { return Ok(()) };
        let stop = rest.is_empty() && self.part == Part::Key;
        let check = |key: &str| if stop && key == name { Err(FOUND.to_string()) } else { Ok(()) };
        while let Some(key) = access.next_key_seed(KeySeed(check))? {
            if key == *name {
                access.next_value_seed(Locator { path: rest, part: self.part })?;
            } else {
                access.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &[&str]) -> Path {
        steps.iter().map(|step| step.parse().map_or_else(|_| Step::Key(step.to_string()), Step::Index)).collect()
    }

    #[test]
    fn keys_keep_their_order_and_scalars_their_type() {
        let node = Node::parse("b: 1\na: [x, 1.5, true, null, 'no', no]\n").unwrap();
        let Node::Map(entries) = &node else { panic!("{node:?}") };
        assert_eq!(entries[0], ("b".to_string(), Node::Integer(1)));
        let Node::List(items) = &entries[1].1 else { panic!("{node:?}") };
        assert_eq!(items[1..4], [Node::Float(1.5), Node::Bool(true), Node::Null]);
        assert_eq!(items[4], items[5]);
        assert_eq!(Node::parse(""), Ok(Node::Null));
        assert_eq!(Node::parse("# only a comment\n"), Ok(Node::Null));
    }

    #[test]
    fn every_problem_has_its_place() {
        let cases = [
            ("a: 1\nb: 2\na: 3\n", 3, 1, "given twice"),
            ("a:\n\tb: 1\n", 2, 1, "a tab"),
            ("a: [1, 2\n", 2, 1, ""),
            ("a: !tag 1\n", 1, 4, "tags"),
            ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
            ("é: 1\nb: *no\n", 2, 4, "unknown anchor"),
            ("[a]: 1\n", 1, 1, "a key that is text"),
            ("é: 'x\u{85}y'\nü: @\n", 2, 4, "cannot start"),
        ];
        for (text, line, column, problem) in cases {
            let error = Node::parse(text).unwrap_err();
            assert_eq!((error.position.line, error.position.column), (line, column), "{text:?}: {error}");
            assert!(error.problem.contains(problem), "{text:?}: {error}");
            assert!(!error.problem.contains(MARK), "{error:?}");
        }
    }

    #[test]
    fn alias_floods_and_deep_nesting_are_refused() {
        let mut flood = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_string();
        for level in 1..10 {
            let list = vec![format!("*a{}", level - 1); 9].join(", ");
            flood += &format!("a{level}: &a{level} [{list}]\n");
        }
        let error = Node::parse(&flood).unwrap_err();
        assert!(error.problem.contains("aliases"), "{error}");
        assert_eq!(error.position.line, 2);
        let error = Node::parse(&"[".repeat(20_000)).unwrap_err();
        assert!(error.problem.contains("nested too deeply"), "{error}");
    }

    #[test]
    fn locate_finds_keys_and_values_as_bytes_and_columns() {
        let text = "\u{feff}é: 1\nlist:\n  - name: ünique\n    text: |\n      body\n  - {name: other, 'n m': \"q\"}\n";
        let at = |steps: &[&str], part| {
            let position = locate(text, &path(steps), part).unwrap();
            assert_eq!(position, Position::of(text, position.offset));
            text.get(position.offset..).unwrap().chars().take(5).collect::<String>()
        };
        assert_eq!(at(&["é"], Part::Key), "é: 1\n");
        assert_eq!(at(&["list", "0", "name"], Part::Value), "üniqu");
        assert_eq!(at(&["list", "0", "text"], Part::Value), "|\n   ");
        assert_eq!(at(&["list", "1", "n m"], Part::Key), "'n m'");
        assert_eq!(at(&["list", "1", "n m"], Part::Value), "\"q\"}\n");
        assert_eq!(locate(text, &path(&["list", "7"]), Part::Value), None);
        assert_eq!(locate(text, &path(&["nowhere"]), Part::Key), None);
    }
}
