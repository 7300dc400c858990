//! The table of formats: one row per reader. Detection, the help of `--format`, messages and the page of documentation
//! are made from it. Rows are in the order in which they are asked: the more telling come first.

use super::detect::Keys;
use super::found::Found;
use super::{
    Reason, agents_sdk, atif, autogen, braintrust, call_log, chat, claude_code, claude_stream, codex, flat_spans,
    gemini_cli, inspect, jaeger, langfuse, langsmith, map, message_lines, mlflow, openai, openhands, opik, otlp,
    outcomes, pairs, platforms, sharegpt, swe_agent, tau_bench, tau2, vercel_ui,
};
use crate::trace::Conversation;
use crate::trace::outcome::Joined;
use serde_json::{Map, Value};
use std::fmt;

/// One format that is read.
pub struct Format {
    /// The name that people see.
    pub name: &'static str,
    /// The name that `--format` takes.
    pub slug: &'static str,
    /// What exports it and which of its exports are read, as half a sentence for the documentation.
    pub about: &'static str,
    /// Whether a record with these keys has this format.
    pub(super) is: fn(&Keys) -> bool,
    /// Arrays of one large object whose elements are records.
    pub(super) members: &'static [&'static str],
    /// Other members of that object that its records need, where these come before the array.
    pub(super) envelope: &'static [&'static str],
    /// How a record is read.
    pub(super) read: Read,
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug)
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.slug == other.slug
    }
}

impl Eq for Format {}

/// How the records of a format are read.
pub(super) enum Read {
    /// A record is a conversation. With [`Format::members`], the records are their elements.
    Conversation(fn(&Value, &Envelope) -> Result<Conversation, Reason>),
    /// As [`Read::Conversation`], with a way straight from the bytes of a record in the usual shape; `None` sends a record
    /// the other way.
    Direct(fn(&[u8]) -> Option<Conversation>, fn(&Value, &Envelope) -> Result<Conversation, Reason>),
    /// A record is a conversation with those of its sub-agents, each of which can be read or not.
    Conversations(fn(&Value) -> Vec<Result<Conversation, Reason>>),
    /// A record is pieces of conversations; none at all is no error. With [`Format::members`], an element comes inside
    /// of an object with that member, as if it were the only one. An error is the record's; items of it that are bad are
    /// counted beside what the others gave.
    Fragments(fn(&Value) -> Result<Found, Reason>),
    /// A record is what another system says of a conversation or of a user.
    Joined(fn(&Value) -> Result<Vec<Joined>, Reason>),
    /// The records of a file together, in their order, are conversations.
    Session(fn() -> Box<dyn Session>),
}

/// Members of the object around the records.
pub(super) type Envelope = Map<String, Value>;

/// Reads a file whose records mean something only in their order.
pub(super) trait Session: Send {
    /// Takes the next record.
    ///
    /// # Errors
    /// When it is not what the format promises; the record is set aside and reading goes on.
    fn add(&mut self, record: &Value) -> Result<(), Reason>;

    /// The conversations at the end of the file.
    ///
    /// # Errors
    /// When its records together are none.
    fn finish(self: Box<Self>) -> Result<Vec<Conversation>, Reason>;
}

/// All formats.
pub const FORMATS: [&Format; 37] = [
    &tau2::FORMAT,
    &tau_bench::FORMAT,
    &otlp::FORMAT,
    &platforms::KITARU,
    &platforms::DATADOG,
    &jaeger::FORMAT,
    &mlflow::FORMAT,
    &flat_spans::CONSOLE,
    &flat_spans::PHOENIX,
    &flat_spans::LOGFIRE,
    &flat_spans::PLAIN,
    &opik::FORMAT,
    &langfuse::FORMAT,
    &langsmith::FORMAT,
    &braintrust::FORMAT,
    &agents_sdk::FORMAT,
    &platforms::HELICONE,
    &platforms::WEAVE,
    &gemini_cli::FORMAT,
    &claude_code::FORMAT,
    &claude_stream::FORMAT,
    &codex::FORMAT,
    &inspect::FORMAT,
    &openai::BATCH,
    &openai::RESPONSES,
    &call_log::FORMAT,
    &atif::FORMAT,
    &openhands::FORMAT,
    &swe_agent::FORMAT,
    &autogen::FORMAT,
    &sharegpt::FORMAT,
    &vercel_ui::FORMAT,
    &chat::FORMAT,
    &message_lines::FORMAT,
    &outcomes::FORMAT,
    &pairs::FORMAT,
    &map::FORMAT,
];

impl Format {
    /// The format with this name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        FORMATS.into_iter().find(|format| format.name == name)
    }

    /// The format with this slug.
    pub fn by_slug(slug: &str) -> Option<&'static Self> {
        FORMATS.into_iter().find(|format| format.slug == slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_slugs_are_distinct() {
        let slugs: BTreeSet<&str> = FORMATS.iter().map(|format| format.slug).collect();
        let names: BTreeSet<&str> = FORMATS.iter().map(|format| format.name).collect();
        assert_eq!((slugs.len(), names.len()), (FORMATS.len(), FORMATS.len()));
    }
}
