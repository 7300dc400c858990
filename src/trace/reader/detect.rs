//! Which format a file has, told by the keys of its first records and never by its name. The same look tells how
//! the records lie in the file.

use super::message_lines;
use super::scan::{Scan, Scanner};
use super::split::Layout;
use super::table::{FORMATS, Format, Read};
use std::collections::{BTreeMap, BTreeSet};

/// Records looked at.
const MOST_RECORDS: usize = 50;
/// Keys noted per record: enough to recognise any format, little enough for hostile input.
const MOST_PATHS: usize = 400;
/// Levels of nesting noted.
const MOST_LEVELS: usize = 4;
/// Characters of a key that are noted.
const LONGEST_KEY: usize = 60;
/// Keys of an unknown format that are shown.
const SHOWN_KEYS: usize = 8;

/// What the look told.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Detection {
    /// A format that is read, how sure we are in `[0, 1]`, and how records lie.
    Known(&'static Format, f64, Layout),
    /// Nothing we know; the first record's keys.
    Unknown(Vec<String>),
    /// No record at all.
    Nothing,
}

/// Looks at the beginning of a file; `whole` says that it is all of it.
pub(super) fn detect(sample: &[u8], whole: bool) -> Detection {
    let sample = sample.trim_ascii_start();
    let Some(first) = sample.first() else { return Detection::Nothing };
    let root = keys(sample);
    if *first == b'{'
        && let Some(format) = FORMATS.into_iter().find(|format| (format.is)(&root))
        && let Some(member) = member(format, &root, matches!(Scanner::default().feed(sample), Scan::Complete(_)))
    {
        return Detection::Known(format, 1.0, Layout::Member(member));
    }
    let layout = layout(sample, whole, &root);
    let records = records(sample, layout);
    let mut votes: Vec<(&'static Format, usize)> = Vec::new();
    for record in &records {
        if let Some(format) = FORMATS.into_iter().find(|format| (format.is)(record)) {
            match votes.iter_mut().find(|(known, _)| *known == format) {
                Some((_, count)) => *count += 1,
                None => votes.push((format, 1)),
            }
        }
    }
    // A stable sort: of equal votes the format that was seen first wins.
    votes.sort_by_key(|(_, count)| usize::MAX - count);
    let wrapping = if votes.is_empty() { wrapped(sample, &root) } else { None };
    match votes.first() {
        Some((format, count)) => {
            // Broken records are set aside and counted as such; they say nothing about the others.
            let whole = records.iter().filter(|record| record.complete).count();
            let share = *count as f64 / whole.max(*count) as f64;
            // Where records count only in their order, the first speaks for the file.
            let speaks =
                matches!(format.read, Read::Session(_)) && records.first().is_some_and(|first| (format.is)(first));
            let share = if speaks { 1.0 } else { share };
            Detection::Known(format, share, layout)
        }
        None if wrapping.is_some() => wrapping.unwrap_or(Detection::Nothing),
        None => {
            let keys = records.iter().map(|record| &record.top).find(|keys| !keys.is_empty());
            Detection::Unknown(keys.cloned().unwrap_or_default())
        }
    }
}

/// Lists of records in an object around them, as interfaces give out what they are asked for.
const WRAPPERS: [&str; 12] = [
    "data",
    "items",
    "results",
    "records",
    "conversations",
    "sessions",
    "threads",
    "chats",
    "traces",
    "runs",
    "logs",
    "samples",
];

/// The format of the records in a list of one object, when the object itself has none that is known.
fn wrapped(sample: &[u8], root: &Keys) -> Option<Detection> {
    if sample.first() != Some(&b'{') {
        return None;
    }
    WRAPPERS.into_iter().filter(|member| root.has(&format!("{member}[]"))).find_map(|member| {
        let name = format!("\"{member}\"");
        let after = sample.get(memchr::memmem::find(sample, name.as_bytes())? + name.len()..)?;
        let list = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"[")?;
        let inner = keys(list.trim_ascii_start());
        let format = FORMATS.into_iter().find(|format| (format.is)(&inner))?;
        Some(Detection::Known(format, 1.0, Layout::Member(member)))
    })
}

/// How records lie in a file whose format is known.
pub(super) fn lay_out(sample: &[u8], whole: bool, format: &'static Format) -> Detection {
    let sample = sample.trim_ascii_start();
    let Some(first) = sample.first() else { return Detection::Nothing };
    let root = keys(sample);
    let complete = matches!(Scanner::default().feed(sample), Scan::Complete(_));
    let layout = match (*first, member(format, &root, complete)) {
        (b'{', Some(member)) => Layout::Member(member),
        _ => layout(sample, whole, &root),
    };
    Detection::Known(format, 1.0, layout)
}

/// Whether records are lines, elements or values.
fn layout(sample: &[u8], whole: bool, root: &Keys) -> Layout {
    // Messages of several conversations are records of their own.
    let rows = message_lines::IDS.iter().any(|id| root.has(&format!("[].{id}")));
    let messages = !rows
        && (root.has("[].role") && root.any(&["[].content", "[].tool_calls", "[].parts", "[].text"])
            || root.all(&["[].sender", "[].text"])
            || root.all(&["[].parts", "[].kind"]))
        || root.all(&["[].source", "[].models_usage"]);
    if sample.first() == Some(&b'[') && !messages {
        Layout::Elements
    } else if by_lines(sample, whole) {
        Layout::Lines
    } else {
        Layout::Values
    }
}

/// The array of the first value whose elements are the records, when the value is better read by elements: always
/// where a record is one conversation or one step of one, else when it is large.
fn member(format: &'static Format, root: &Keys, complete: bool) -> Option<&'static str> {
    let whole_records = matches!(format.read, Read::Conversation(_) | Read::Session(_));
    let found = format.members.iter().find(|member| root.has(&format!("{member}[]")));
    // The array may come after more than the sample holds.
    let expected = || (!complete && root.any(format.envelope)).then(|| format.members.first()).flatten();
    if whole_records { found.or_else(expected).copied() } else { found.filter(|_| !complete).copied() }
}

/// The keys of one value.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// `info`, `info.policy`, `messages[]`, `messages[].role`.
    all: BTreeSet<String>,
    /// Keys of the value itself, in their order, as many as are shown.
    top: Vec<String>,
    /// The value is whole.
    complete: bool,
    /// Short strings that stand at paths of at most two levels.
    texts: BTreeMap<String, String>,
}

impl Keys {
    /// Whether there is a member at this path: `info`, `info.policy`, `messages[]`, `messages[].role`.
    pub(super) fn has(&self, path: &str) -> bool {
        self.all.contains(path)
    }

    /// Whether all of these are there.
    pub(super) fn all(&self, paths: &[&str]) -> bool {
        paths.iter().all(|path| self.has(path))
    }

    /// Whether one of these is there.
    pub(super) fn any(&self, paths: &[&str]) -> bool {
        paths.iter().any(|path| self.has(path))
    }

    /// The first short string at this path of at most two levels (`object`, `data[].type`).
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }
}

/// Whether records stand on lines of their own: some line at the left margin is a whole value, and the first line is
/// not just a bracket of a value that goes on.
fn by_lines(sample: &[u8], whole: bool) -> bool {
    let mut lines = sample.split(|byte| *byte == b'\n').collect::<Vec<_>>();
    if !whole {
        // The last line of the sample may go on.
        let last = lines.pop();
        if lines.is_empty() {
            // One line fills the whole sample: a long record, and what follows it will be on the next line.
            return last.is_some();
        }
    }
    let complete = |line: &[u8]| {
        let line = line.trim_ascii_end();
        matches!(line.first(), Some(b'{' | b'['))
            && matches!(Scanner::default().feed(line), Scan::Complete(end) if matches!(line[end..].trim_ascii_start().first(), None | Some(b'{' | b'[')))
    };
    let mut lines = lines.into_iter().filter(|line| !line.trim_ascii().is_empty()).take(MOST_RECORDS);
    match lines.next() {
        Some(first) if complete(first) => true,
        Some(first) if first.trim_ascii().len() > 1 => lines.any(complete),
        _ => false,
    }
}

/// The paths of the first records, the last of which may be cut by the sample's end.
fn records(sample: &[u8], layout: Layout) -> Vec<Keys> {
    let mut found = Vec::new();
    let mut rest = sample;
    if layout == Layout::Elements {
        rest = rest.get(1..).unwrap_or_default();
    }
    while found.len() < MOST_RECORDS {
        rest = rest.trim_ascii_start();
        while let Some(after) = rest.strip_prefix(b",").or_else(|| rest.strip_prefix(b"]")) {
            rest = after.trim_ascii_start();
        }
        if rest.is_empty() {
            break;
        }
        if !matches!(rest[0], b'{' | b'[') {
            // Not a record: from the next line on there may be one.
            rest = memchr::memchr(b'\n', rest).and_then(|end| rest.get(end..)).unwrap_or_default();
            continue;
        }
        let value = match layout {
            Layout::Lines => rest.split(|byte| *byte == b'\n').next().unwrap_or_default(),
            _ => rest,
        };
        let mut keys = keys(value);
        let scan = Scanner::default().feed(value);
        keys.complete = matches!(scan, Scan::Complete(_));
        found.push(keys);
        rest = match scan {
            Scan::Complete(end) => &rest[end..],
            Scan::More => &rest[value.len()..],
            Scan::Broken(..) => memchr::memchr(b'\n', rest).and_then(|end| rest.get(end..)).unwrap_or_default(),
        };
    }
    found
}

/// One level of the value that is being read.
struct Level {
    /// Length of the path of the container itself.
    path: usize,
    array: bool,
    /// In an object: the next string is a key.
    key_next: bool,
}

/// Keys of keys in one JSON value, which may be cut anywhere or be no JSON at all. Without recursion.
fn keys(value: &[u8]) -> Keys {
    let mut found = Keys::default();
    let mut levels: Vec<Level> = Vec::new();
    let mut path = String::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < value.len() && found.all.len() < MOST_PATHS {
        match value[at] {
            byte @ (b'{' | b'[') => {
                depth += 1;
                if depth <= MOST_LEVELS {
                    let array = byte == b'[';
                    levels.push(Level { path: path.len(), array, key_next: !array });
                    if array {
                        path.push_str("[]");
                        if depth > 1 {
                            found.all.insert(path.clone());
                        }
                    }
                }
            }
            b'}' | b']' => {
                if depth <= MOST_LEVELS
                    && let Some(level) = levels.pop()
                {
                    path.truncate(level.path);
                }
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            b',' if depth <= MOST_LEVELS => {
                if let Some(level) = levels.last_mut() {
                    level.key_next = !level.array;
                    if !level.array {
                        path.truncate(level.path);
                    }
                }
            }
            b'"' => {
                let Some(end) = string_end(value, at) else { break };
                if depth <= 3
                    && levels.last().is_some_and(|level| !level.key_next)
                    && end - at <= LONGEST_KEY
                    && !path.is_empty()
                {
                    let text = String::from_utf8_lossy(&value[at + 1..end]).into_owned();
                    found.texts.entry(path.clone()).or_insert(text);
                } else if depth <= MOST_LEVELS
                    && let Some(level) = levels.last_mut()
                    && level.key_next
                {
                    level.key_next = false;
                    path.truncate(level.path);
                    if !path.is_empty() {
                        path.push('.');
                    }
                    let key = String::from_utf8_lossy(&value[at + 1..end]);
                    path.extend(key.chars().take(LONGEST_KEY));
                    if depth == 1 && found.top.len() < SHOWN_KEYS {
                        found.top.push(path.clone());
                    }
                    found.all.insert(path.clone());
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// The index of the quote that ends the string that starts at `start`.
fn string_end(value: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', value.get(at..)?)?;
        if value[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{chat, tau_bench, tau2};
    use super::*;
    use proptest::prelude::*;

    fn look(text: &str) -> Detection {
        detect(text.as_bytes(), true)
    }

    #[test]
    fn formats_and_layouts_are_told_by_keys() {
        use Layout::{Elements, Lines, Member, Values};
        let chat = "{\"id\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        let pretty = "{\n  \"messages\": [\n    {\"role\": \"user\", \"content\": \"x\"}\n  ]\n}";
        let array = "[{\"role\":\"user\",\"content\":\"x\"}]";
        let tau = "{\"task_id\":0,\"reward\":1.0,\"traj\":[{\"role\":\"user\"}]}";
        let simulation = "{\"id\":\"x\",\"termination_reason\":\"user_stop\",\"messages\":[{\"role\":\"user\"}]}";
        for (text, format, layout) in [
            (chat.to_string(), &chat::FORMAT, Lines),
            (format!("{chat}\n{chat}\n"), &chat::FORMAT, Lines),
            (format!("not json\n{chat}\n"), &chat::FORMAT, Lines),
            (format!("{{\"messages\":[\n{chat}\n"), &chat::FORMAT, Lines),
            (format!("{pretty}\n{pretty}"), &chat::FORMAT, Values),
            (format!("[{chat},\n{chat}]"), &chat::FORMAT, Elements),
            (format!("[\n  {chat}\n]"), &chat::FORMAT, Elements),
            (array.to_string(), &chat::FORMAT, Lines),
            (format!("{array}\n{array}\n"), &chat::FORMAT, Lines),
            (format!("[{array},{array}]"), &chat::FORMAT, Elements),
            (format!("[{tau}]"), &tau_bench::FORMAT, Elements),
            (tau.to_string(), &tau_bench::FORMAT, Lines),
            (format!("[{simulation}]"), &tau2::FORMAT, Elements),
            (
                format!(
                    "{{\"info\":{{\"environment_info\":{{}},\"agent_info\":{{}}}},\"tasks\":[],\"simulations\":[{simulation}]}}"
                ),
                &tau2::FORMAT,
                Member("simulations"),
            ),
            (format!("{{\"agent\":\"a\",\"simulations\":[{simulation}]}}"), &tau2::FORMAT, Member("simulations")),
        ] {
            let Detection::Known(found, confidence, found_layout) = look(&text) else {
                panic!("{text}: {:?}", look(&text))
            };
            assert_eq!((found, found_layout), (format, layout), "{text}");
            assert!(confidence > 0.0 && confidence <= 1.0);
        }
    }

    #[test]
    fn unknown_formats_are_described_by_their_keys() {
        assert_eq!(look("{\"b\":1,\"a\":{\"c\":2}}"), Detection::Unknown(vec!["b".to_string(), "a".to_string()]));
        assert_eq!(look("a,b\n1,2\n"), Detection::Unknown(vec![]));
        assert_eq!(look("  \n"), Detection::Nothing);
    }

    #[test]
    fn lists_in_an_object_hold_the_records() {
        for text in [
            "{\"total\": 2, \"data\": [ {\"id\":1,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}]}",
            "{\"conversations\":[{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}]}",
        ] {
            assert!(
                matches!(look(text), Detection::Known(format, _, Layout::Member("data" | "conversations")) if format.slug == "chat"),
                "{text}"
            );
        }
    }

    #[test]
    fn short_texts_are_noted_with_their_paths() {
        let keys = keys(b"{\"object\":\"trace.span\",\"data\":[{\"type\":\"span\",\"x\":{\"y\":\"z\"}}]}");
        assert_eq!(
            (keys.text("object"), keys.text("data[].type"), keys.text("data")),
            (Some("trace.span"), Some("span"), None)
        );
    }

    #[test]
    fn a_sample_that_cuts_a_record_is_enough() {
        let text = "{\"messages\":[{\"role\":\"user\",\"content\":\"a very long";
        assert!(
            matches!(detect(text.as_bytes(), false), Detection::Known(format, _, Layout::Lines) if format.slug == "chat")
        );
    }

    proptest! {
        #[test]
        fn no_input_panics(text in "[\\[\\]{}\",:\\\\a1 \n]{0,80}", whole in any::<bool>()) {
            detect(text.as_bytes(), whole);
        }
    }
}
