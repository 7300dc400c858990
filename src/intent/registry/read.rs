//! From text to [`Registry`]. Every fault is told with its line, all of them at once, because the file is edited by
//! hand and reviewed; a registry with a fault is not used in part.

use super::circle::{circle, circle_problem};
use super::phrase::PhraseReader;
use super::{
    BORN_DIGITS, Called, Entry, Event, EventKind, MAX_BYTES, PART_DIGITS, REGISTRY_FILE, Registry, Status, VERSION,
    is_id, same_name, unfit_name, unfit_text,
};
use crate::clock::Timestamp;
use crate::intent::IntentId;
use crate::prompt::yaml::{Node, Part, Path, Position, Step, locate};
use std::collections::BTreeMap;
use std::fmt;

/// Faults that are told at most.
const MOST_FAULTS: usize = 20;

/// A registry that cannot be used: everything that is wrong with it, in the file's order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", told(.faults))]
pub struct RegistryError {
    /// The first twenty faults.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where.
    pub position: Position,
    /// What, and what to do.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{REGISTRY_FILE}:{}:{}: {}", self.position.line, self.position.column, self.problem)
    }
}

fn told(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl Registry {
    /// Reads a registry.
    ///
    /// # Errors
    /// [`RegistryError`] with every fault of the file, up to a number.
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        let one = |position, problem| RegistryError { faults: vec![Fault { position, problem }] };
        if text.len() > MAX_BYTES {
            let problem = format!(
                "the file has {} KiB; at most {} are read. Delete entries of which nothing was decided",
                text.len().div_ceil(1024),
                MAX_BYTES / 1024
            );
            return Err(one(Position::START, problem));
        }
        let node = Node::parse(text).map_err(|error| one(error.position, format!("not YAML: {}", error.problem)))?;
        let mut reader = Reader { text, faults: Vec::new() };
        let entries = reader.file(&node);
        if reader.faults.is_empty() {
            reader.check(&entries);
        }
        let mut faults = reader.faults;
        if faults.is_empty() {
            let entries = entries.into_iter().map(|(_, entry)| entry).collect();
            return Ok(Self::new(text.to_string(), entries));
        }
        faults.sort();
        faults.truncate(MOST_FAULTS);
        Err(RegistryError { faults })
    }
}

/// A value and the way to it.
#[derive(Clone)]
struct At<'a> {
    node: &'a Node,
    path: Path,
}

impl<'a> At<'a> {
    fn into(&self, step: Step, node: &'a Node) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self { node, path }
    }
}

/// Keys and values of one map.
type Keys<'a> = BTreeMap<&'a str, At<'a>>;

/// Reads the tree and collects what is wrong with it.
struct Reader<'a> {
    text: &'a str,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// Finding a place means reading the text again, so only faults that will be told are placed.
    fn fault(&mut self, path: &[Step], part: Part, problem: String) {
        if self.faults.len() <= MOST_FAULTS {
            let position = locate(self.text, path, part).unwrap_or(Position::START);
            self.faults.push(Fault { position, problem });
        }
    }

    fn wrong(&mut self, at: &At<'_>, problem: impl Into<String>) {
        self.fault(&at.path, Part::Value, problem.into());
    }

    fn file(&mut self, top: &'a Node) -> Vec<(usize, Entry)> {
        let top = At { node: top, path: Vec::new() };
        if *top.node == Node::Null {
            return Vec::new();
        }
        let Some(keys) = self.map(&top, "the file", &["version", "intents"]) else { return Vec::new() };
        match keys.get("version") {
            None => self.wrong(&top, format!("`version` is missing; write `version: {VERSION}`")),
            Some(at) if *at.node == Node::Integer(VERSION) => {}
            Some(at) => {
                let found = shown(at.node);
                self.wrong(at, format!("`version` is {found}; this program reads version {VERSION}"));
            }
        }
        let list = keys.get("intents").map(|at| self.list(at, "`intents`")).unwrap_or_default();
        list.iter().enumerate().filter_map(|(index, at)| Some((index, self.entry(at)?))).collect()
    }

    fn entry(&mut self, at: &At<'a>) -> Option<Entry> {
        const KNOWN: [&str; 10] =
            ["id", "name", "description", "phrases", "split_from", "containing", "status", "into", "reason", "lineage"];
        let keys = self.map(at, "an intent", &KNOWN)?;
        let digits = if keys.contains_key("split_from") { PART_DIGITS } else { BORN_DIGITS };
        let id = match keys.get("id") {
            None => {
                self.wrong(at, "an intent without `id`");
                None
            }
            Some(at) => self.id(at, digits, "`id`"),
        };
        let name = match keys.get("name") {
            None => {
                let whose = id.as_ref().map(|id| format!(" of {id}")).unwrap_or_default();
                self.wrong(at, format!("the `name`{whose} is missing"));
                None
            }
            Some(at) => {
                let name = self.text_of(at, "`name`");
                if let Some(problem) = name.as_deref().and_then(unfit_name) {
                    self.wrong(at, format!("`name`: {problem}"));
                }
                name
            }
        };
        let description = self.sentence(&keys, "description");
        let reason = self.sentence(&keys, "reason");
        let phrases = keys.get("phrases").map(|at| self.texts(at, "`phrases`")).unwrap_or_default();
        let parent = keys.get("split_from").and_then(|at| self.id_of_either(at, "`split_from`"));
        let containing = self.containing(&keys);
        let status = self.status(at, &keys);
        let lineage = keys.get("lineage").map(|at| self.lineage(at)).unwrap_or_default();
        Some(Entry {
            description,
            phrases,
            split_from: parent,
            containing,
            status,
            reason,
            lineage,
            ..Entry::new(id?, name?)
        })
    }

    fn status(&mut self, entry: &At<'_>, keys: &Keys<'a>) -> Status {
        let into = keys.get("into").and_then(|at| self.id_of_either(at, "`into`"));
        let status = match keys.get("status") {
            None => None,
            Some(at) => self.text_of(at, "`status`"),
        };
        let found = match (status.as_deref(), into) {
            (Some("merged"), Some(into)) => Status::Merged(into),
            (Some("merged"), None) => {
                if !keys.contains_key("into") {
                    self.wrong(entry, "`status: merged` needs `into`: the id of the intent that it is part of");
                }
                Status::Active
            }
            (None | Some("active"), _) => Status::Active,
            (Some("split"), _) => Status::Split,
            (Some("ignored"), _) => Status::Ignored,
            (Some("retired"), _) => Status::Retired,
            (Some(other), _) => {
                let problem =
                    format!("`status` is `{}`; it is one of active, merged, split, ignored, retired", short(other));
                if let Some(at) = keys.get("status") {
                    self.wrong(at, problem);
                }
                return Status::Active;
            }
        };
        for (key, goes_with) in [("into", "merged"), ("reason", "ignored")] {
            if keys.contains_key(key) && found.name() != goes_with && status.as_deref() != Some(goes_with) {
                let path = [entry.path.as_slice(), &[Step::Key(key.to_string())]].concat();
                self.fault(&path, Part::Key, format!("`{key}` goes with `status: {goes_with}` only"));
            }
        }
        found
    }

    fn containing(&mut self, keys: &Keys<'a>) -> Vec<String> {
        let Some(at) = keys.get("containing") else {
            if let Some(at) = keys.get("split_from") {
                self.wrong(at, "a part needs `containing`: phrases, one of which each of its goals holds");
            }
            return Vec::new();
        };
        if !keys.contains_key("split_from") {
            self.fault(&at.path, Part::Key, "`containing` goes with `split_from` only".to_string());
        }
        let phrases = self.texts(at, "`containing`");
        if phrases.is_empty() {
            self.wrong(at, "`containing` must hold at least one phrase");
        }
        let reader = PhraseReader::new();
        for phrase in phrases.iter().filter(|phrase| reader.phrase(phrase).is_none()) {
            self.wrong(at, format!("`{}` cannot be looked for: {UNFIT_PHRASE}", short(phrase)));
        }
        phrases
    }

    fn lineage(&mut self, at: &At<'a>) -> Vec<Event> {
        self.list(at, "`lineage`").iter().filter_map(|at| self.event(at)).collect()
    }

    fn event(&mut self, at: &At<'a>) -> Option<Event> {
        let keys = self.map(at, "an event", &["at", "event", "other", "from", "by"])?;
        let (Some(day), Some(kind)) = (keys.get("at"), keys.get("event")) else {
            self.wrong(at, "an event needs `at` (a day) and `event`");
            return None;
        };
        let date = self.text_of(day, "`at`")?;
        if Timestamp::parse(&date).is_none_or(|moment| moment.date() != date) {
            self.wrong(day, format!("`at` is `{}`; write a day as in 2026-03-14", short(&date)));
        }
        let name = self.text_of(kind, "`event`")?;
        let Some(found) = EventKind::ALL.into_iter().find(|kind| kind.name() == name) else {
            let known = EventKind::ALL.map(EventKind::name).join(", ");
            self.wrong(kind, format!("`event` is `{}`; it is one of {known}", short(&name)));
            return None;
        };
        let other = keys.get("other").and_then(|at| self.id_of_either(at, "`other`"));
        let from = keys.get("from").and_then(|at| self.text_of(at, "`from`"));
        let by = keys.get("by").and_then(|at| self.text_of(at, "`by`"));
        Some(Event { other, from, by, ..Event::new(&date, found) })
    }

    fn map(&mut self, at: &At<'a>, what: &str, known: &[&str]) -> Option<Keys<'a>> {
        let Node::Map(entries) = at.node else {
            self.wrong(at, format!("{what} must be a map of keys, but is {}", shown(at.node)));
            return None;
        };
        let mut keys = Keys::new();
        for (key, value) in entries {
            let value = at.into(Step::Key(key.clone()), value);
            if known.contains(&key.as_str()) {
                keys.insert(key, value);
            } else {
                let problem = format!("unknown key `{}`; known here: {}", short(key), known.join(", "));
                self.fault(&value.path, Part::Key, problem);
            }
        }
        Some(keys)
    }

    /// The items of a list. Nothing is an empty list.
    fn list(&mut self, at: &At<'a>, what: &str) -> Vec<At<'a>> {
        match at.node {
            Node::Null => Vec::new(),
            Node::List(items) => {
                items.iter().enumerate().map(|(index, item)| at.into(Step::Index(index), item)).collect()
            }
            other => {
                self.wrong(at, format!("{what} must be a list, but is {}", shown(other)));
                Vec::new()
            }
        }
    }

    fn texts(&mut self, at: &At<'a>, what: &str) -> Vec<String> {
        let items = self.list(at, what);
        let texts: Vec<String> = items.iter().filter_map(|item| self.text_of(item, what)).collect();
        for (item, text) in items.iter().zip(&texts) {
            if let Some(problem) = unfit_text(text) {
                self.wrong(item, format!("{what}: {problem}"));
            }
        }
        texts
    }

    /// A description or a reason. People may write it over several lines; it is one.
    fn sentence(&mut self, keys: &Keys<'a>, key: &str) -> Option<String> {
        let at = keys.get(key)?;
        let text = self.text_of(at, &format!("`{key}`"))?;
        let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(problem) = unfit_text(&text) {
            self.wrong(at, format!("`{key}`: {problem}"));
        }
        Some(text)
    }

    fn text_of(&mut self, at: &At<'_>, what: &str) -> Option<String> {
        match at.node {
            Node::Text(text) => Some(text.clone()),
            other => {
                let hint = if matches!(other, Node::List(_) | Node::Map(_)) { "" } else { "; put it in quotes" };
                self.wrong(at, format!("{what} must be text, but is {}{hint}", shown(other)));
                None
            }
        }
    }

    fn id(&mut self, at: &At<'_>, digits: usize, what: &str) -> Option<IntentId> {
        let text = self.text_of(at, what)?;
        if is_id(&text, digits) {
            return Some(IntentId(text));
        }
        let why = if digits == PART_DIGITS { ", for a part that was split off," } else { "" };
        self.wrong(at, format!("{what} is `{}`; an id is{why} `i-` and {digits} of 0-9 and a-f", short(&text)));
        None
    }

    fn id_of_either(&mut self, at: &At<'_>, what: &str) -> Option<IntentId> {
        let text = self.text_of(at, what)?;
        if is_id(&text, PART_DIGITS) { Some(IntentId(text)) } else { self.id(at, BORN_DIGITS, what) }
    }

    /// What no entry shows by itself: doubles, and entries that point at each other.
    fn check(&mut self, entries: &[(usize, Entry)]) {
        let key = |index: usize, key: &str| -> Path {
            vec![Step::Key("intents".to_string()), Step::Index(index), Step::Key(key.to_string())]
        };
        let mut ids: BTreeMap<&IntentId, usize> = BTreeMap::new();
        let mut names: BTreeMap<String, &IntentId> = BTreeMap::new();
        for (index, entry) in entries {
            if let Some(first) = ids.insert(&entry.id, *index) {
                let first = locate(self.text, &key(first, "id"), Part::Value).map_or(0, |position| position.line);
                self.fault(
                    &key(*index, "id"),
                    Part::Value,
                    format!("{} has an entry already, on line {first}", entry.id),
                );
                continue;
            }
            if !entry.is_shown() {
                continue;
            }
            if let Some(other) = names.insert(same_name(&entry.name), &entry.id) {
                let problem = format!("{other} is called `{}` too; names must differ", entry.name);
                self.fault(&key(*index, "name"), Part::Value, problem);
            }
        }
        let values: Vec<Entry> = entries.iter().map(|(_, entry)| entry.clone()).collect();
        for (index, entry) in entries {
            for (what, other) in pointers(entry) {
                if *other == entry.id {
                    let problem = match what {
                        "into" => format!("{other} cannot be merged into itself"),
                        _ => format!("{other} cannot be a part of itself"),
                    };
                    self.fault(&key(*index, what), Part::Value, problem);
                } else if !ids.contains_key(other) {
                    self.fault(&key(*index, what), Part::Value, missing_target(entry, what, other));
                }
            }
            let has_parts = values.iter().any(|part| part.split_from.as_ref() == Some(&entry.id));
            if entry.status == Status::Split && !has_parts {
                let problem = format!(
                    "{} says `split`, but no entry has `split_from: {}`; write `status: active`",
                    entry.id, entry.id
                );
                self.fault(&key(*index, "status"), Part::Value, problem);
            }
        }
        if self.faults.is_empty()
            && let Some(circle) = circle(&values)
        {
            let problem = circle_problem(&values, &circle);
            let first = circle.first().and_then(|id| entries.iter().find(|(_, entry)| entry.id == *id));
            if let Some((index, entry)) = first {
                let what = if entry.is_shown() { "split_from" } else { "into" };
                let what = if pointers(entry).is_empty() { "id" } else { what };
                self.fault(&key(*index, what), Part::Value, problem);
            }
        }
    }
}

/// Why a phrase is no rule.
pub(super) const UNFIT_PHRASE: &str = "a phrase needs a word that says what is wanted, and no number or address";

/// The other entries that an entry points at, by key.
fn pointers(entry: &Entry) -> Vec<(&'static str, &IntentId)> {
    let into = match &entry.status {
        Status::Merged(into) => Some(("into", into)),
        _ => None,
    };
    into.into_iter().chain(entry.split_from.iter().map(|parent| ("split_from", parent))).collect()
}

fn missing_target(entry: &Entry, what: &str, other: &IntentId) -> String {
    let called = Called(&entry.id, Some(&entry.name));
    let verb = if what == "into" { "is merged into" } else { "is a part of" };
    format!("{called} {verb} {other}, which has no entry; add one with its id and name, or change `{what}`")
}

fn shown(node: &Node) -> String {
    match node {
        Node::Text(text) => format!("the text `{}`", short(text)),
        Node::Bool(value) => format!("`{value}`"),
        Node::Integer(value) => format!("`{value}`"),
        Node::Float(value) => format!("`{value}`"),
        other => other.kind().to_string(),
    }
}

/// A value as far as it fits into a message.
pub(super) fn short(text: &str) -> String {
    let visible = |character: char| if super::is_hidden(character) { ' ' } else { character };
    text.chars().take(40).map(visible).collect()
}
