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
        let common = self.entries.iter().zip(list).take_while(|(ours, theirs)| ours.key == theirs.key).count();
        if self.entries.is_empty() || list.is_empty() {
            return Fit::Apart;
        }
        if common == self.entries.len() {
            return Fit::Extends(common);
        }
        if common == list.len() {
            return Fit::Within(common);
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
