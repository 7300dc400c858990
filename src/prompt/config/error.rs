//! What can be wrong with `reprompt.yaml`.

use crate::prompt::yaml::Position;
use std::fmt;

/// A config that cannot be used: where, and why.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{path}:{}:{}: {problem}", position.line, position.column)]
pub struct ConfigError {
    /// The file, as the caller named it.
    pub path: String,
    /// Where in it.
    pub position: Position,
    /// What is wrong there.
    pub problem: Box<ConfigProblem>,
}

/// Kinds of [`ConfigError`]. Keys are dotted paths from the top, as in `agents.0.name`.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigProblem {
    /// Longer than [`super::MAX_BYTES`].
    TooLong,
    /// Not YAML, or YAML that no config needs.
    Syntax(String),
    /// A key that does not exist.
    UnknownKey {
        /// The key.
        key: String,
        /// The known key that looks most like it.
        nearest: Option<String>,
        /// All keys that are known there.
        known: Vec<&'static str>,
    },
    /// A key or value of a later version.
    NotYetSupported(String),
    /// A key that must be there.
    Missing(String),
    /// A value of the wrong kind.
    WrongKind {
        /// The key.
        key: String,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A value of the right kind that cannot be used.
    BadValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// Why not.
        reason: String,
    },
    /// A limit made wider than it may be.
    Loosened {
        /// The limit.
        key: String,
        /// The value.
        value: String,
        /// The widest allowed, which is the default.
        bound: String,
        /// Whether smaller is stricter.
        smaller_is_stricter: bool,
    },
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the file is longer than {} KiB", super::MAX_BYTES / 1024),
            Self::Syntax(problem) => f.write_str(problem),
            Self::UnknownKey { key, nearest: Some(nearest), .. } => {
                write!(f, "unknown key `{key}`; did you mean `{nearest}`?")
            }
            Self::UnknownKey { key, nearest: None, known } => {
                write!(f, "unknown key `{key}`; known here: {}", known.join(", "))
            }
            Self::NotYetSupported(what) => write!(f, "`{what}` is not yet supported"),
            Self::Missing(key) => write!(f, "`{key}` is missing"),
            Self::WrongKind { key, expected, found } => write!(f, "`{key}` must be {expected}, but is {found}"),
            Self::BadValue { key, value, reason } => write!(f, "`{key}` is `{value}`: {reason}"),
            Self::Loosened { key, value, bound, smaller_is_stricter } => {
                let side = if *smaller_is_stricter { "at most" } else { "at least" };
                write!(f, "`{key}` is `{value}`, but must be {side} {bound}: this limit can only be made stricter")
            }
        }
    }
}
