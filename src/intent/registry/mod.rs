//! The intent registry, `intents.yaml`: the names that a repository gives its intents, and what people decided about
//! them. It lies beside the prompts in git, is reviewed like code, and outlives every cache; the decisions in it are
//! laid over whatever a fit or a fold-in finds, so that they hold on every rerun.
//!
//! A registry is its file: text in, text out, and whatever nobody decided about stays byte for byte. Nothing here
//! opens a file, and no decision ever changes the clustering: a merge shows two intents as one, and taking the entry
//! back shows them apart again.

mod circle;
mod decision;
mod history;
mod overlay;
mod phrase;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use decision::{Decision, Part, Refusal};
pub use overlay::{OverlayProblem, Placed};
pub(in crate::intent) use phrase::{PhraseReader, holds};
pub use read::{Fault, RegistryError};
pub use write::Unwritable;

use super::IntentId;
use crate::digest::Digest;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Name of the file, in the folder of `reprompt.yaml`.
pub const REGISTRY_FILE: &str = "intents.yaml";
/// Version of the file's shape.
const VERSION: i128 = 1;
/// Longest file that is read, in bytes: more than two thousand intents with all that can be said of them.
const MAX_BYTES: usize = 1 << 20;
/// Longest name and longest description or reason, in characters.
const LONGEST_NAME: usize = 80;
const LONGEST_TEXT: usize = 400;
/// Hex digits in the id of an intent that a fit found, and in that of a part that people split off. They differ, so
/// that no later birth can ever take the id of a part.
const BORN_DIGITS: usize = 6;
const PART_DIGITS: usize = 8;

/// The registry: the file's text and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    text: String,
    entries: Vec<Entry>,
    /// Index of each entry.
    places: BTreeMap<IntentId, usize>,
}

/// What the registry says of one intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The intent.
    pub id: IntentId,
    /// Its name, unlike that of every other entry that is shown.
    pub name: String,
    /// What belongs to it, in people's words.
    pub description: Option<String>,
    /// Its key phrases when it was saved.
    pub phrases: Vec<String>,
    /// For a part that people split off: which intent it comes from.
    pub split_from: Option<IntentId>,
    /// For a part: a goal of that intent belongs here when it holds one of these phrases.
    pub containing: Vec<String>,
    /// What was decided about it.
    pub status: Status,
    /// Why it is ignored.
    pub reason: Option<String>,
    /// What happened to it, oldest first.
    pub lineage: Vec<Event>,
}

/// What was decided about an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is shown and worked on.
    Active,
    /// Its goals are shown under another intent.
    Merged(IntentId),
    /// Parts of it are shown as intents of their own; the rest stays with it.
    Split,
    /// It is counted, and nothing is diagnosed or proposed for it.
    Ignored,
    /// Nobody wants it any more. If somebody does again, it is as before.
    Retired,
}

impl Status {
    /// The status as it is written.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Merged(_) => "merged",
            Self::Split => "split",
            Self::Ignored => "ignored",
            Self::Retired => "retired",
        }
    }
}

/// Something that happened to an intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The day, as in `2026-03-14`.
    pub at: String,
    /// What.
    pub kind: EventKind,
    /// The other intent: the one it went into, came from, or gave a part to.
    pub other: Option<IntentId>,
    /// The name before, of a renaming.
    pub from: Option<String>,
    /// The language model that asked for it; people are named by git.
    pub by: Option<String>,
}

/// Kinds of [`Event`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// A fit found it, or it was split off.
    Born,
    /// It got another name.
    Renamed,
    /// It went into `other`, by decision.
    Merged,
    /// A part of it became `other`, by decision.
    Split,
    /// It was ignored.
    Ignored,
    /// It was no longer ignored.
    Unignored,
    /// Nobody wanted it any more, or a refit made it part of `other`.
    Retired,
    /// Somebody wanted it again.
    Returned,
}

impl EventKind {
    const ALL: [Self; 8] = [
        Self::Born,
        Self::Renamed,
        Self::Merged,
        Self::Split,
        Self::Ignored,
        Self::Unignored,
        Self::Retired,
        Self::Returned,
    ];

    /// The kind as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Born => "born",
            Self::Renamed => "renamed",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Ignored => "ignored",
            Self::Unignored => "unignored",
            Self::Retired => "retired",
            Self::Returned => "returned",
        }
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::empty()
    }
}

impl Registry {
    /// A registry without a file.
    pub fn empty() -> Self {
        Self::new(String::new(), Vec::new())
    }

    fn new(text: String, entries: Vec<Entry>) -> Self {
        let places = entries.iter().enumerate().map(|(index, entry)| (entry.id.clone(), index)).collect();
        Self { text, entries, places }
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says, in the file's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What it says of `id`.
    pub fn entry(&self, id: &IntentId) -> Option<&Entry> {
        self.places.get(id).and_then(|index| self.entries.get(*index))
    }

    /// The reviewed name of `id`, which may stand in a commit when this is the registry of the base. That of a merged
    /// intent is the name of the one that its goals are shown under.
    pub fn name_of(&self, id: &IntentId) -> Option<&str> {
        self.entry(self.shown_as(id)).map(|entry| entry.name.as_str())
    }

    /// The intent that the goals of `id` are shown under: itself, or the end of its merges. Findings and records that
    /// carry the id of a merged intent find it by this.
    pub fn shown_as<'a>(&'a self, id: &'a IntentId) -> &'a IntentId {
        let mut shown = id;
        // Reading refuses circles; the bound keeps a wrong belief in that from hanging the program.
        for _ in 0..=self.entries.len() {
            match self.entry(shown).map(|entry| &entry.status) {
                Some(Status::Merged(into)) => shown = into,
                _ => break,
            }
        }
        shown
    }

    /// Whether nothing is to be diagnosed or proposed for `id`, by itself or as part of what it was merged into.
    pub fn is_ignored(&self, id: &IntentId) -> bool {
        self.entry(self.shown_as(id)).is_some_and(|entry| entry.status == Status::Ignored)
    }

    /// Lines of the file on which entries give their ids, by id. Found by the letters, not by the parser: a line that
    /// is off in an odd file costs a reader a glance, and reading the file once per entry would cost seconds.
    fn lines(&self) -> BTreeMap<&str, usize> {
        let own_id = |line: &'_ str| -> Option<(usize, usize)> {
            let start = line.find("id:")?;
            let before = line.get(..start)?;
            let value = start + "id:".len();
            let bare = line.get(value..)?.trim_start_matches([' ', '"', '\'']);
            let from = line.len() - bare.len();
            let length = bare.find(|c: char| !(c == '-' || c.is_ascii_alphanumeric())).unwrap_or(bare.len());
            let only_marks = before.chars().all(|mark| matches!(mark, ' ' | '-' | '{' | '\u{feff}'));
            only_marks.then_some((from, from + length))
        };
        let mut lines = BTreeMap::new();
        for (index, line) in self.text.lines().enumerate() {
            if let Some(id) = own_id(line).and_then(|(from, to)| line.get(from..to)) {
                lines.entry(id).or_insert(index + 1);
            }
        }
        lines
    }
}

impl Entry {
    /// An entry of which nothing was decided.
    fn new(id: IntentId, name: String) -> Self {
        Self {
            id,
            name,
            description: None,
            phrases: Vec::new(),
            split_from: None,
            containing: Vec::new(),
            status: Status::Active,
            reason: None,
            lineage: Vec::new(),
        }
    }

    /// Whether goals may be shown under it.
    fn is_shown(&self) -> bool {
        !matches!(self.status, Status::Merged(_))
    }
}

impl Event {
    fn new(at: &str, kind: EventKind) -> Self {
        Self { at: at.to_string(), kind, other: None, from: None, by: None }
    }

    fn with(self, other: &IntentId) -> Self {
        Self { other: Some(other.clone()), ..self }
    }

    fn by(self, model: Option<&str>) -> Self {
        Self { by: model.map(str::to_string), ..self }
    }
}

/// The id of the part of `parent` that holds `phrases`: the same for the same phrases in any order, so that a split
/// that is decided twice is one.
fn part_id(parent: &IntentId, phrases: &[String]) -> IntentId {
    let phrases: BTreeSet<&str> = phrases.iter().map(String::as_str).collect();
    let fields = std::iter::once(parent.0.as_bytes()).chain(phrases.into_iter().map(str::as_bytes));
    IntentId(format!("i-{}", Digest::of_fields(fields).short(PART_DIGITS)))
}

/// Whether `text` is `i-` and `digits` lower-case hex digits.
fn is_id(text: &str, digits: usize) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("i-").is_some_and(|rest| rest.len() == digits && rest.bytes().all(hex))
}

/// Why `name` cannot be the name of an intent; `None` when it can.
fn unfit_name(name: &str) -> Option<&'static str> {
    if name.trim().is_empty() {
        Some("a name must not be blank")
    } else if name.trim() != name {
        Some("a name does not begin or end with a space")
    } else if name.chars().any(is_hidden) {
        Some("a name is one line of visible text")
    } else if name.chars().count() > LONGEST_NAME {
        Some("a name has at most 80 characters")
    } else if name.strip_prefix("i-").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        Some("this looks like an id; a name must not")
    } else {
        None
    }
}

/// Why `text` cannot be a description or a reason; `None` when it can.
fn unfit_text(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("it must not be blank")
    } else if text.trim() != text {
        Some("it must not begin or end with a space")
    } else if text.chars().any(is_hidden) {
        Some("it must be one line of visible text")
    } else if text.chars().count() > LONGEST_TEXT {
        Some("it may have at most 400 characters")
    } else {
        None
    }
}

/// Characters that a reviewer would not see, or that break a line.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Names as they are compared: without regard to case.
pub fn same_name(name: &str) -> String {
    name.to_lowercase()
}

/// An intent with its name, for sentences.
struct Called<'a>(&'a IntentId, Option<&'a str>);

impl fmt::Display for Called<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Entries by id.
fn by_id(entries: &[Entry]) -> BTreeMap<&IntentId, &Entry> {
    entries.iter().map(|entry| (&entry.id, entry)).collect()
}
