//! Changing the file: only the lines that say something else are touched. Comments, order, quotes and blank lines of
//! what people wrote stay byte for byte, and a second writing of the same changes nothing.
//!
//! It edits the usual style, one key a line. What it wrote is read again and must say exactly what was meant; where a
//! file's style cannot be edited so, it says which entry a person must change, and changes nothing.

use super::{Entry, Event, MAX_BYTES, REGISTRY_FILE, Registry, Status, VERSION};
use crate::intent::IntentId;
use crate::prompt::yaml::{Node, Part, Path, Position, Step, locate};
use std::ops::Range;

/// First lines of a new file.
const HEADER: &str = "\
# What users want, by the names that this repository gives it. `reprompt intents` writes here what is saved or decided,
# and keeps comments and order; edit it by hand where you like, and review it like code.
";
/// Keys in the order in which they are written.
const ORDER: [&str; 10] =
    ["id", "name", "description", "phrases", "split_from", "containing", "status", "into", "reason", "lineage"];

/// A file that cannot be changed as decided.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// Its style cannot be edited without touching more.
    #[error(
        "{REGISTRY_FILE}:{line}: {what} is not written one key a line, so it cannot be changed without rewriting it; \
         write it that way, or make the change by hand"
    )]
    Style {
        /// Line of the entry, from 1.
        line: usize,
        /// What it is: an entry's id, or the list.
        what: String,
    },
    /// It would be too long to be read again.
    #[error("{REGISTRY_FILE} would have {kib} KiB; at most {} are read. Delete entries of which nothing was decided", MAX_BYTES / 1024)]
    TooLong {
        /// Its length.
        kib: usize,
    },
}

/// The registry that says `entries`: those of `old`, changed or not, in their order, and new ones after them.
pub(super) fn rewrite(old: &Registry, entries: Vec<Entry>) -> Result<Registry, Unwritable> {
    if old.entries == entries {
        return Ok(old.clone());
    }
    let mut file = File { text: &old.text, edits: Vec::new() };
    for (index, (before, after)) in old.entries.iter().zip(&entries).enumerate() {
        if before != after {
            file.change(index, before, after).ok_or_else(|| file.unwritable(index, &before.id))?;
        }
    }
    let new = entries.get(old.entries.len()..).unwrap_or_default();
    let list = |file: &File<'_>| {
        let line = file.locate(&[Step::Key("intents".to_string())], Part::Key).map_or(1, |position| position.line);
        Unwritable::Style { line, what: "the list".to_string() }
    };
    if !new.is_empty() {
        file.append(old.entries.len(), new).ok_or_else(|| list(&file))?;
    }
    let text = file.edited();
    if text.len() > MAX_BYTES {
        return Err(Unwritable::TooLong { kib: text.len().div_ceil(1024) });
    }
    match Registry::parse(&text) {
        Ok(registry) if registry.entries == entries => Ok(registry),
        _ => {
            let changed = old.entries.iter().zip(&entries).position(|(before, after)| before != after);
            let entry = changed.and_then(|index| Some(file.unwritable(index, &old.entries.get(index)?.id)));
            Err(entry.unwrap_or_else(|| list(&file)))
        }
    }
}

struct File<'a> {
    text: &'a str,
    /// Replacements by bytes of the text. Of two at one place the earlier stands first.
    edits: Vec<(Range<usize>, String)>,
}

fn entry_path(index: usize) -> Path {
    vec![Step::Key("intents".to_string()), Step::Index(index)]
}

impl<'a> File<'a> {
    fn locate(&self, path: &[Step], part: Part) -> Option<Position> {
        locate(self.text, path, part)
    }

    fn unwritable(&self, index: usize, id: &IntentId) -> Unwritable {
        let line = self.locate(&entry_path(index), Part::Value).map_or(1, |position| position.line);
        Unwritable::Style { line, what: format!("the entry of {id}") }
    }

    /// Plans the edits that turn one entry into another. `None` when its style does not allow them.
    fn change(&mut self, index: usize, before: &Entry, after: &Entry) -> Option<()> {
        let start = self.locate(&entry_path(index), Part::Value)?;
        if self.text.get(start.offset..)?.starts_with('{') {
            return None;
        }
        let entry = BlockEntry { path: entry_path(index), indent: start.column - 1 };
        let (old, new) = (scalars(before), scalars(after));
        let removed: Vec<&str> = old
            .iter()
            .zip(&new)
            .filter(|((_, old), (_, new))| old.is_some() && new.is_none())
            .map(|((key, _), _)| *key)
            .collect();
        for ((key, old), (_, new)) in old.iter().zip(&new) {
            match (old, new) {
                (old, new) if old == new => {}
                (_, Some(value)) => self.set(&entry, key, value, &removed)?,
                (_, None) => self.remove(&entry, key)?,
            }
        }
        let more = after.lineage.strip_prefix(before.lineage.as_slice())?;
        self.append_events(&entry, before.lineage.len(), more, &removed)
    }

    /// Where a key of an entry stands, and where its value's last line ends.
    fn key(&self, entry: &BlockEntry, key: &str) -> Option<(Position, usize)> {
        let path = [entry.path.as_slice(), &[Step::Key(key.to_string())]].concat();
        let position = self.locate(&path, Part::Key)?;
        Some((position, self.extent(position.offset, entry.indent, true)))
    }

    /// End of the block that begins on the line of `offset`: the lines after it that are indented deeper than
    /// `indent`, without the comments and blank lines that end it. A list may stand as deep as its key.
    fn extent(&self, offset: usize, indent: usize, of_key: bool) -> usize {
        let rest = self.text.get(offset..).unwrap_or_default();
        let mut at = offset;
        let mut end = offset;
        for (number, line) in rest.split_inclusive('\n').enumerate() {
            let bare = line.trim_end_matches(['\n', '\r']);
            let content = bare.trim_start_matches(' ');
            let depth = bare.len() - content.len();
            let blank = content.is_empty() || content.starts_with('#');
            let item = of_key && depth == indent && (content.starts_with("- ") || content == "-");
            if number > 0 && !blank && depth <= indent && !item {
                break;
            }
            if number == 0 || !blank {
                end = at + bare.len();
            }
            at += line.len();
        }
        end
    }

    /// Plans to write `value` for `key`: in the place of its old value, or on a line of its own.
    fn set(&mut self, entry: &BlockEntry, key: &str, value: &str, removed: &[&str]) -> Option<()> {
        let path = [entry.path.as_slice(), &[Step::Key(key.to_string())]].concat();
        if let Some((_, end)) = self.key(entry, key) {
            let start = self.locate(&path, Part::Value)?.offset;
            let block = self.text.get(start..end)?;
            let length = match (block.lines().count() <= 1, scalar_length(block)) {
                (true, Some(length)) => length,
                (true, None) => return None,
                (false, _) => block.len(),
            };
            self.edits.push((start..start + length, scalar(value, false)));
            return Some(());
        }
        self.add_line(entry, key, &format!(" {}", scalar(value, false)), removed)
    }

    /// Plans a line for `key` after the last of the keys that come before it.
    fn add_line(&mut self, entry: &BlockEntry, key: &str, rest: &str, removed: &[&str]) -> Option<()> {
        let place = ORDER.iter().position(|other| *other == key)?;
        let mut before = ORDER.iter().take(place).rev().filter(|other| !removed.contains(other));
        let (_, end) = before.find_map(|other| self.key(entry, other))?;
        let line = format!("{}{}{key}:{rest}", self.newline(), " ".repeat(entry.indent));
        self.edits.push((end..end, line));
        Some(())
    }

    fn remove(&mut self, entry: &BlockEntry, key: &str) -> Option<()> {
        let (position, end) = self.key(entry, key)?;
        let start = position.offset - (position.column - 1);
        // The first key of an entry shares its line with the dash.
        if !self.text.get(start..position.offset)?.bytes().all(|byte| byte == b' ') {
            return None;
        }
        let after = self.text.get(end..)?;
        let newline = after.find('\n').map_or(after.len(), |at| at + 1);
        self.edits.push((start..end + newline, String::new()));
        Some(())
    }

    fn append_events(&mut self, entry: &BlockEntry, had: usize, events: &[Event], removed: &[&str]) -> Option<()> {
        if events.is_empty() {
            return Some(());
        }
        let newline = self.newline();
        let items = |indent: usize| -> String {
            events.iter().map(|one| format!("{newline}{}- {}", " ".repeat(indent), event(one))).collect()
        };
        let path = [entry.path.as_slice(), &[Step::Key("lineage".to_string())]].concat();
        let Some((_, end)) = self.key(entry, "lineage") else {
            return self.add_line(entry, "lineage", &items(entry.indent + 2), removed);
        };
        if had == 0 {
            // `lineage:` alone, or with an empty list.
            let key = self.key(entry, "lineage")?.0.offset + "lineage:".len();
            let value = self.text.get(key..end)?;
            let empty = value.find("[]").map_or(key..key, |at| key..key + at + 2);
            let rest = self.text.get(empty.end..end)?.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                return None;
            }
            if !empty.is_empty() {
                self.edits.push((empty, String::new()));
            }
            self.edits.push((end..end, items(entry.indent + 2)));
            return Some(());
        }
        let last = self.locate(&[path.as_slice(), &[Step::Index(had - 1)]].concat(), Part::Value)?;
        let line = self.text.get(last.offset + 1 - last.column.min(last.offset + 1)..last.offset)?;
        let dash = line.find(|character: char| character != ' ')?;
        if !line.get(dash..)?.starts_with("- ") {
            return None;
        }
        self.edits.push((end..end, items(dash)));
        Some(())
    }

    /// Plans new entries after the last of the `had` old ones.
    fn append(&mut self, had: usize, new: &[Entry]) -> Option<()> {
        let newline = self.newline();
        let lines = |indent: usize| -> String {
            let lines = new.iter().flat_map(entry_lines).map(|line| format!("{newline}{}{line}", " ".repeat(indent)));
            lines.collect()
        };
        if let Some(last) = had.checked_sub(1) {
            let start = self.locate(&entry_path(last), Part::Value)?;
            let line = start.offset + 1 - start.column.min(start.offset + 1);
            let before = self.text.get(line..start.offset)?.trim_start_matches('\u{feff}');
            let dash = before.find('-')?;
            if !before.get(..dash)?.bytes().all(|byte| byte == b' ') {
                return None;
            }
            let end = self.extent(start.offset, dash, false);
            self.edits.push((end..end, lines(dash)));
            return Some(());
        }
        let end = self.text.len();
        let gap = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { newline };
        let Some(list) = self.locate(&[Step::Key("intents".to_string())], Part::Key) else {
            let version = match self.locate(&[Step::Key("version".to_string())], Part::Key) {
                Some(_) => String::new(),
                None => format!("version: {VERSION}{newline}"),
            };
            let header = if self.text.trim_start_matches('\u{feff}').is_empty() { HEADER } else { "" };
            let header = header.replace('\n', newline);
            self.edits.push((end..end, format!("{gap}{header}{version}intents:{}{newline}", lines(2))));
            return Some(());
        };
        let key = list.offset + "intents:".len();
        let end = self.extent(list.offset, list.column - 1, true);
        if let Some(at) = self.text.get(key..end)?.find("[]") {
            self.edits.push((key + at - usize::from(at > 0)..key + at + 2, String::new()));
        }
        self.edits.push((end..end, lines(2)));
        Some(())
    }

    fn newline(&self) -> &'static str {
        if self.text.contains("\r\n") { "\r\n" } else { "\n" }
    }

    fn edited(&self) -> String {
        let mut edits: Vec<(usize, &(Range<usize>, String))> = self.edits.iter().enumerate().collect();
        edits.sort_by_key(|(order, (range, _))| (range.start, range.end, *order));
        let mut text = self.text.to_string();
        for (_, (range, replacement)) in edits.into_iter().rev() {
            if text.get(range.clone()).is_some() {
                text.replace_range(range.clone(), replacement);
            }
        }
        text
    }
}

/// An entry with one key a line.
struct BlockEntry {
    path: Path,
    /// Spaces before its keys.
    indent: usize,
}

/// The values of an entry that may change, by key.
fn scalars(entry: &Entry) -> [(&'static str, Option<String>); 5] {
    let into = match &entry.status {
        Status::Merged(into) => Some(into.0.clone()),
        _ => None,
    };
    [
        ("name", Some(entry.name.clone())),
        ("description", entry.description.clone()),
        ("status", Some(entry.status.name().to_string())),
        ("into", into),
        ("reason", entry.reason.clone()),
    ]
}

/// Length of the scalar that `line` begins with; `None` when it does not end on the line.
fn scalar_length(line: &str) -> Option<usize> {
    match line.chars().next()? {
        '"' => {
            let mut escaped = false;
            line.char_indices().skip(1).find_map(|(at, character)| {
                let ends = character == '"' && !escaped;
                escaped = character == '\\' && !escaped;
                ends.then_some(at + 1)
            })
        }
        '\'' => {
            // Two quotes in a row are one quote of the text.
            let mut at = 1;
            loop {
                let found = at + line.get(at..)?.find('\'')?;
                if !line.get(found + 1..)?.starts_with('\'') {
                    return Some(found + 1);
                }
                at = found + 2;
            }
        }
        '|' | '>' | '&' | '*' | '!' => None,
        _ => Some(line.find(" #").unwrap_or(line.len())).map(|end| line.get(..end).unwrap_or(line).trim_end().len()),
    }
}

/// The lines of a new entry, from its dash on.
fn entry_lines(entry: &Entry) -> Vec<String> {
    let list = |texts: &[String]| texts.iter().map(|text| scalar(text, true)).collect::<Vec<_>>().join(", ");
    let mut lines = vec![format!("- id: {}", entry.id)];
    let [name, description, status, into, reason] = scalars(entry);
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            lines.push(format!("  {key}: {value}"));
        }
    };
    let written = |(key, value): (&'static str, Option<String>)| (key, value.map(|value| scalar(&value, false)));
    let lists = [
        ("phrases", (!entry.phrases.is_empty()).then(|| format!("[{}]", list(&entry.phrases)))),
        ("split_from", entry.split_from.as_ref().map(ToString::to_string)),
        ("containing", (!entry.containing.is_empty()).then(|| format!("[{}]", list(&entry.containing)))),
    ];
    let before = [name, description].map(written);
    let after = [status, into, reason].map(written);
    for (key, value) in before.into_iter().chain(lists).chain(after) {
        add(key, value);
    }
    if !entry.lineage.is_empty() {
        lines.push("  lineage:".to_string());
        lines.extend(entry.lineage.iter().map(|one| format!("    - {}", event(one))));
    }
    lines
}

fn event(event: &Event) -> String {
    let mut text = format!("{{ at: {}, event: {}", event.at, event.kind.name());
    let other = event.other.as_ref().map(|other| other.0.as_str());
    for (key, value) in [("other", other), ("from", event.from.as_deref()), ("by", event.by.as_deref())] {
        if let Some(value) = value {
            text.push_str(&format!(", {key}: {}", scalar(value, true)));
        }
    }
    text.push_str(" }");
    text
}

/// `text` as YAML on one line: bare where it means itself, else in double quotes. In a list or in braces, bare text
/// must not hold their signs.
fn scalar(text: &str, inside: bool) -> String {
    let plain = |character: char| {
        character.is_alphanumeric()
            || matches!(character, ' ' | '-' | '_' | '/' | '.' | '\'' | '(' | ')')
            || (!inside && matches!(character, ',' | ';' | '?' | '!'))
    };
    let bare = text.starts_with(char::is_alphanumeric) && text.chars().all(plain) && !text.ends_with(' ');
    if bare
        && Node::parse(&format!("a: {text}\n")) == Ok(Node::Map(vec![("a".to_string(), Node::Text(text.to_string()))]))
    {
        text.to_string()
    } else {
        serde_json::Value::from(text).to_string()
    }
}
