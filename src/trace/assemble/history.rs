//! Histories: lists of messages that mostly repeat each other. Every call of a model is given the whole conversation so
//! far, as the tracer saw it: cut at the front when it grew too long, with white space changed, with ids left out. A
//! [`History`] grows by what a later list adds.

use crate::clock::Timestamp;
use crate::trace::Role;
use crate::trace::message::Message;
use rustc_hash::FxHasher;
use std::hash::{Hash as _, Hasher as _};

/// What identifies a message wherever it is repeated.
pub(super) type Key = u64;

/// A message and when it was first seen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) message: Message,
    pub(super) key: Key,
    pub(super) time: Option<Timestamp>,
}

impl Entry {
    pub(super) fn new(message: &Message, time: Option<Timestamp>) -> Self {
        Self { key: key(message), time: message.time.or(time), message: message.clone() }
    }
}

/// The messages of a conversation so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct History {
    pub(super) entries: Vec<Entry>,
    /// Places where a part of the conversation is missing.
    pub(super) gaps: u64,
}

/// How a list of messages lies on a history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// The history is in the list's first so many messages, and the list goes on.
    Extends(usize),
    /// The list is in the history, and ends before the history's message of this number.
    Within(usize),
    /// The list begins in the middle of the history: so many of its first messages are the history's last.
    Overlaps(usize),
    /// Equal in so many messages at the beginning; then the history's calls and results are in the list in another order
    /// or in other messages, and the list goes on.
    Reorders(usize),
    /// Equal at the beginning, then the user says the same and more while the agent's words differ: the list is
    /// another, fuller telling of the history.
    Retells,
    /// Equal in so many messages at the beginning, then another conversation.
    Forks(usize),
    /// Nothing in common.
    Apart,
}

impl History {
    /// How `list` lies on this history.
    pub(super) fn fit(&self, list: &[Entry]) -> Fit {
        let common = self.entries.iter().zip(list).take_while(|(ours, theirs)| same(ours, theirs)).count();
        if self.entries.is_empty() || list.is_empty() {
            return Fit::Apart;
        }
        if common == self.entries.len() {
            return Fit::Extends(common);
        }
        if common == list.len() {
            return Fit::Within(common);
        }
        if self.added(list, common).is_some() {
            return Fit::Reorders(common);
        }
        if self.entries[..common].iter().any(|entry| entry.message.role == Role::User) {
            return if retells(&self.entries, list) { Fit::Retells } else { Fit::Forks(common) };
        }
        match self.overlap(list) {
            0 if retells(&self.entries, list) => Fit::Retells,
            0 => Fit::Apart,
            length => Fit::Overlaps(length),
        }
    }

    /// Which messages of the list are new, when after the first `common` messages the history has nothing but calls and
    /// results and the list has all of them: some libraries give each call a message of its own, or put its result
    /// right behind it.
    fn added(&self, list: &[Entry], common: usize) -> Option<Vec<bool>> {
        let rest = self.entries.get(common..)?;
        let mut open: Vec<Key> = Vec::new();
        for entry in rest {
            let message = &entry.message;
            let quiet =
                message.role == Role::Tool || (message.role == Role::Assistant && message.text.trim().is_empty());
            if !quiet || message.calls.is_empty() && message.role != Role::Tool {
                return None;
            }
            open.extend(atoms(message));
        }
        let mut new = vec![false; common];
        for entry in list.get(common..)? {
            let parts = atoms(&entry.message);
            let mut known = !parts.is_empty() && !open.is_empty();
            for part in parts {
                match open.iter().position(|waiting| *waiting == part) {
                    Some(at) if known => {
                        open.swap_remove(at);
                    }
                    _ => known = false,
                }
            }
            new.push(!known);
        }
        open.is_empty().then_some(new)
    }

    /// Adds the messages of a reordered list that are new.
    pub(super) fn complete(&mut self, list: Vec<Entry>, common: usize) {
        let Some(new) = self.added(&list, common) else { return };
        self.entries.extend(list.into_iter().zip(new).filter(|(_, new)| *new).map(|(entry, _)| entry));
    }

    /// The most of the list's first messages that are the history's last, if they are more than the agent's words.
    fn overlap(&self, list: &[Entry]) -> usize {
        // The failure function of Knuth, Morris and Pratt over the list, then the history's end run through it: linear.
        let keys: Vec<Key> = list.iter().map(|entry| entry.key).collect();
        let mut failure = vec![0_usize; keys.len()];
        for at in 1..keys.len() {
            let mut length = failure[at - 1];
            while length > 0 && keys[at] != keys[length] {
                length = failure[length - 1];
            }
            failure[at] = length + usize::from(keys[at] == keys[length]);
        }
        let mut length = 0;
        for entry in &self.entries {
            if length == keys.len() {
                length = failure[length - 1];
            }
            while length > 0 && entry.key != keys[length] {
                length = failure[length - 1];
            }
            length += usize::from(entry.key == keys[length]);
        }
        while length > 0 && !list[..length].iter().any(|entry| entry.message.role != Role::Assistant) {
            length = failure[length - 1];
        }
        length
    }

    /// Adds what comes after the first `known` messages of the list.
    pub(super) fn extend(&mut self, list: Vec<Entry>, known: usize) {
        self.entries.extend(list.into_iter().skip(known));
    }

    /// Puts a fuller telling in the place of this one, keeping the times of what is equal.
    pub(super) fn retell(&mut self, mut list: Vec<Entry>) {
        for (theirs, ours) in list.iter_mut().zip(&self.entries) {
            if theirs.key == ours.key {
                theirs.time = ours.time.or(theirs.time);
            }
        }
        self.entries = list;
    }

    /// The key of the first message, by which histories are found.
    pub(super) fn opening(&self) -> Option<Key> {
        self.entries.first().map(|entry| entry.key)
    }
}

/// Shorter texts that begin alike are not for that the same.
const TELLING: usize = 20;

/// Whether two messages are the same: of an agent's, one tracer may keep the calls as calls and another as text behind
/// the words.
fn same(ours: &Entry, theirs: &Entry) -> bool {
    if ours.key == theirs.key {
        return true;
    }
    let (ours, theirs) = (&ours.message, &theirs.message);
    let (one, other) = (ours.text.trim(), theirs.text.trim());
    let calls = ours.calls.is_empty() != theirs.calls.is_empty();
    ours.role == Role::Assistant
        && theirs.role == Role::Assistant
        && calls
        && one.len().min(other.len()) >= TELLING
        && (one.starts_with(other) || other.starts_with(one))
}

/// The calls of a message one by one, or a tool's result.
fn atoms(message: &Message) -> Vec<Key> {
    match message.role {
        Role::Tool => vec![key(message)],
        Role::Assistant if message.text.trim().is_empty() => {
            let alone = |call| Message { calls: vec![call], ..Message::new(Role::Assistant, "") };
            message.calls.iter().cloned().map(alone).map(|message| key(&message)).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the user says in `list` all that they say in `ours`, in order from the start, and there is something said.
fn retells(ours: &[Entry], list: &[Entry]) -> bool {
    let users = |entries: &[Entry]| -> Vec<Key> {
        entries.iter().filter(|entry| entry.message.role == Role::User).map(|entry| entry.key).collect()
    };
    let (ours, theirs) = (users(ours), users(list));
    // One equal word of greeting is no retelling.
    ours.len() > 1 && theirs.starts_with(&ours)
}

/// The key of a message: who speaks and what, without ids and without differences that tracers make.
pub(super) fn key(message: &Message) -> Key {
    let mut hasher = FxHasher::default();
    message.role.hash(&mut hasher);
    message.text.split_whitespace().for_each(|word| word.hash(&mut hasher));
    for call in &message.calls {
        call.name.hash(&mut hasher);
        canonical(&call.arguments).hash(&mut hasher);
    }
    hasher.finish()
}

/// Arguments without differences of spacing and order.
pub(super) fn canonical(arguments: &str) -> String {
    let trimmed = arguments.trim();
    match serde_json::from_str::<serde_json::Value>(trimmed) {
        Ok(serde_json::Value::Object(map)) if map.is_empty() => String::new(),
        Ok(value) => value.to_string(),
        Err(_) => trimmed.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<Entry> {
        let message = |word: &str| {
            let role = if word.starts_with('u') { Role::User } else { Role::Assistant };
            Entry::new(&Message::new(role, word), None)
        };
        text.split(' ').filter(|word| !word.is_empty()).map(message).collect()
    }

    fn history(text: &str) -> History {
        History { entries: list(text), gaps: 0 }
    }

    #[test]
    fn a_list_lies_on_a_history_in_one_of_six_ways() {
        for (ours, theirs, fit) in [
            ("u1 a1", "u1 a1 u2", Fit::Extends(2)),
            ("u1 a1", "u1 a1", Fit::Extends(2)),
            ("u1 a1 u2 a2", "u1 a1", Fit::Within(2)),
            ("u1 a1 u2 a2", "u2 a2 u3", Fit::Overlaps(2)),
            ("u1 a1 u2 a2", "a2 u3", Fit::Apart),
            ("u1 a1 u2 a2", "u1 b1 u2 b2 u3", Fit::Retells),
            ("u1 a1 u2 a2", "u1 b1 u3 b2", Fit::Forks(1)),
            ("u1 a1", "u1 b1", Fit::Forks(1)),
            ("u1 a1", "u7", Fit::Apart),
            ("", "u1", Fit::Apart),
        ] {
            assert_eq!(history(ours).fit(&list(theirs)), fit, "{ours} | {theirs}");
        }
    }

    #[test]
    fn calls_in_other_messages_and_another_order_are_the_same_calls() {
        let call = |names: &[&str]| {
            let calls = names
                .iter()
                .map(|name| crate::trace::message::Call { name: (*name).to_string(), ..Default::default() });
            Entry::new(&Message { calls: calls.collect(), ..Message::new(Role::Assistant, "") }, None)
        };
        let result = |text: &str| Entry::new(&Message::result(None, None, text.to_string(), None), None);
        let mut history = History { entries: [list("u1"), vec![call(&["f", "g"])]].concat(), gaps: 0 };
        let later = [list("u1"), vec![call(&["f"]), result("1"), call(&["g"]), result("2")], list("u2")].concat();
        assert_eq!(history.fit(&later), Fit::Reorders(1));
        history.complete(later, 1);
        let shown: Vec<_> =
            history.entries.iter().map(|entry| (entry.message.text.as_str(), entry.message.calls.len())).collect();
        assert_eq!(shown, [("u1", 0), ("", 2), ("1", 0), ("2", 0), ("u2", 0)]);
        let other = [list("u1"), vec![call(&["f"]), result("1")]].concat();
        assert_ne!(history.fit(&other), Fit::Reorders(1));
    }

    #[test]
    fn overlaps_are_found_among_repetitions() {
        assert_eq!(history("u1 u1 u2 u1 u1").fit(&list("u1 u1 u1 u3")), Fit::Forks(2));
        assert_eq!(history("u0 u1 u2 u1 u2").fit(&list("u1 u2 u1 u2 u3")), Fit::Overlaps(4));
        assert_eq!(history("u0 u1 u2 u1").fit(&list("u1 u2 u1 u2 u3")), Fit::Overlaps(3));
    }

    #[test]
    fn keys_see_through_spacing_and_order_of_arguments() {
        let call = |arguments: &str, id: &str| Message {
            calls: vec![crate::trace::message::Call {
                id: Some(id.to_string()),
                name: "find".to_string(),
                arguments: arguments.to_string(),
            }],
            ..Message::new(Role::Assistant, " Let me  look.\n")
        };
        assert_eq!(key(&call("{\"a\":1, \"b\":2}", "1")), key(&call("{\"b\":2,\"a\":1}", "2")));
        assert_ne!(key(&call("{\"a\":1}", "1")), key(&call("{\"a\":2}", "1")));
    }
}
