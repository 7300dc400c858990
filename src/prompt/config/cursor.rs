//! A walk over a config's tree that remembers where it is, so that every refusal can name the key and the place.

use super::error::{ConfigError, ConfigProblem};
use crate::prompt::yaml::{Node, Part, Path, Position, Step, locate};

/// The text being read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// Its name in messages.
    pub path: &'a str,
    /// All of it.
    pub text: &'a str,
}

/// A value and the path to it.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    pub source: Source<'a>,
    pub node: &'a Node,
    path: Path,
}

pub(crate) type Result<T> = std::result::Result<T, ConfigError>;

impl<'a> Cursor<'a> {
    pub fn top(source: Source<'a>, node: &'a Node) -> Self {
        Self { source, node, path: Vec::new() }
    }

    /// The dotted name of this value.
    pub fn name(&self) -> String {
        let steps = self.path.iter().map(|step| match step {
            Step::Key(key) => key.clone(),
            Step::Index(index) => index.to_string(),
        });
        let name = steps.collect::<Vec<_>>().join(".");
        if name.is_empty() { "the file".to_string() } else { name }
    }

    fn error_at(&self, part: Part, problem: ConfigProblem) -> ConfigError {
        let position = locate(self.source.text, &self.path, part).unwrap_or(Position::START);
        ConfigError { path: self.source.path.to_string(), position, problem: Box::new(problem) }
    }

    /// An error about this value.
    pub fn error(&self, problem: ConfigProblem) -> ConfigError {
        self.error_at(Part::Value, problem)
    }

    /// An error about this value's key.
    pub fn key_error(&self, problem: ConfigProblem) -> ConfigError {
        self.error_at(Part::Key, problem)
    }

    /// The error for a value that cannot be used.
    pub fn bad(&self, reason: impl Into<String>) -> ConfigError {
        let value = match self.node {
            Node::Text(text) => text.chars().take(80).collect(),
            Node::Bool(value) => value.to_string(),
            Node::Integer(value) => value.to_string(),
            Node::Float(value) => value.to_string(),
            other => other.kind().to_string(),
        };
        self.error(ConfigProblem::BadValue { key: self.name(), value, reason: reason.into() })
    }

    /// The error for a key of a later version.
    pub fn later(&self) -> ConfigError {
        self.key_error(ConfigProblem::NotYetSupported(self.name()))
    }

    /// The error for a value of a later version.
    pub fn later_value(&self, what: String) -> ConfigError {
        self.error(ConfigProblem::NotYetSupported(what))
    }

    fn wrong(&self, expected: &'static str) -> ConfigError {
        let found = match self.node {
            Node::Text(text) => format!("the text `{}`", text.chars().take(40).collect::<String>()),
            Node::Bool(value) => format!("`{value}`"),
            Node::Integer(value) => format!("`{value}`"),
            Node::Float(value) => format!("`{value}`"),
            other => other.kind().to_string(),
        };
        self.error(ConfigProblem::WrongKind { key: self.name(), expected, found })
    }

    fn step(&self, step: Step, node: &'a Node) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self { source: self.source, node, path }
    }

    /// The entries of this map, each with a key in `known` or `later`; keys in `later` and all others are refused.
    /// Nothing (`key:` with no value) is an empty map.
    pub fn map(&self, known: &'static [&'static str], later: &[&str]) -> Result<Vec<(&'a str, Self)>> {
        let mut entries = Vec::new();
        for (key, value) in self.any_map()? {
            if later.contains(&key) {
                return Err(value.later());
            }
            if !known.contains(&key) {
                let problem = ConfigProblem::UnknownKey {
                    key: value.name(),
                    nearest: nearest(key, known.iter().chain(later)).map(str::to_string),
                    known: known.to_vec(),
                };
                return Err(value.key_error(problem));
            }
            entries.push((key, value));
        }
        Ok(entries)
    }

    /// The entries of this map, whatever their keys.
    pub fn any_map(&self) -> Result<Vec<(&'a str, Self)>> {
        match self.node {
            Node::Null => Ok(Vec::new()),
            Node::Map(entries) => Ok(entries
                .iter()
                .map(|(key, value)| (key.as_str(), self.step(Step::Key(key.clone()), value)))
                .collect()),
            _ => Err(self.wrong("a map of keys")),
        }
    }

    /// The items of this list. Nothing is an empty list.
    pub fn list(&self) -> Result<Vec<Self>> {
        match self.node {
            Node::Null => Ok(Vec::new()),
            Node::List(items) => {
                Ok(items.iter().enumerate().map(|(index, item)| self.step(Step::Index(index), item)).collect())
            }
            _ => Err(self.wrong("a list")),
        }
    }

    /// Text that is not blank.
    pub fn text(&self) -> Result<String> {
        match self.node {
            Node::Text(text) if text.trim().is_empty() => Err(self.bad("it must not be blank")),
            Node::Text(text) => Ok(text.clone()),
            _ => Err(self.wrong("text")),
        }
    }

    /// A list of texts that are not blank.
    pub fn texts(&self) -> Result<Vec<String>> {
        self.list()?.iter().map(Self::text).collect()
    }

    /// Text, a number or a true/false value, as text.
    pub fn scalar(&self) -> Result<String> {
        match self.node {
            Node::Text(text) => Ok(text.clone()),
            Node::Bool(value) => Ok(value.to_string()),
            Node::Integer(value) => Ok(value.to_string()),
            Node::Float(value) => Ok(value.to_string()),
            _ => Err(self.wrong("text, a number, true or false")),
        }
    }

    /// A finite number.
    pub fn number(&self) -> Result<f64> {
        match self.node {
            Node::Integer(value) => Ok(*value as f64),
            Node::Float(value) if value.is_finite() => Ok(*value),
            _ => Err(self.wrong("a number")),
        }
    }

    /// A share in `[0, 1]`: `0.05`, or `5 %`.
    pub fn share(&self) -> Result<f64> {
        let value = match self.node {
            Node::Text(text) => {
                let percent = text.strip_suffix('%').and_then(|digits| digits.trim().parse::<f64>().ok());
                percent.filter(|value| value.is_finite()).ok_or_else(|| self.wrong("a share, as in 0.05 or 5 %"))?
                    / 100.0
            }
            _ => self.number()?,
        };
        if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(self.bad("it must lie between 0 and 1")) }
    }

    /// A whole number of at least `least`.
    pub fn whole(&self, least: u32) -> Result<u32> {
        match self.node {
            Node::Integer(value) => match u32::try_from(*value) {
                Ok(value) if value >= least => Ok(value),
                _ => Err(self.bad(format!("it must be at least {least} and at most {}", u32::MAX))),
            },
            _ => Err(self.wrong("a whole number")),
        }
    }

    /// A path inside the repository folder, with `/` between names.
    pub fn relative_path(&self) -> Result<String> {
        let path = self.text()?;
        let outside = path.starts_with(['/', '~']) || path.split('/').any(|name| name == "..");
        let drive = path.as_bytes().get(1) == Some(&b':');
        if outside || drive {
            return Err(self.bad("paths are relative to the folder of the config and stay inside it"));
        }
        if path.contains('\\') || path.chars().any(char::is_control) {
            return Err(self.bad("write the path with `/` and without control characters"));
        }
        if path.split('/').any(|name| name.eq_ignore_ascii_case(".git")) {
            return Err(self.bad("nothing inside `.git` can be used"));
        }
        Ok(path.strip_prefix("./").unwrap_or(&path).to_string())
    }

    /// The error for a missing key of this map.
    pub fn missing(&self, key: &str) -> ConfigError {
        let name = if self.path.is_empty() { key.to_string() } else { format!("{}.{key}", self.name()) };
        self.error(ConfigProblem::Missing(name))
    }
}

/// The candidate most like `word`, if one is like it at all: at most a third of its letters differ.
pub(crate) fn nearest<'k>(word: &str, candidates: impl Iterator<Item = &'k &'k str>) -> Option<&'k str> {
    let close = |candidate: &str| word.chars().count().max(candidate.chars().count()).div_ceil(3);
    candidates
        .map(|candidate| (edit_distance(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= close(candidate))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Letters to insert, delete, replace or swap with their neighbour (optimal string alignment).
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(64).flat_map(char::to_lowercase).collect();
    let right: Vec<char> = right.chars().take(64).flat_map(char::to_lowercase).collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in 0..=left.len() {
        for j in 0..=right.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
                let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                    best = best.min(rows[i - 2][j - 2] + 1);
                }
                best
            };
        }
    }
    rows[left.len()][right.len()]
}
