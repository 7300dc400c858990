//! Names that users give to their own things (`wind-farm`, `feature/login`), told from English compounds
//! (`sign-up`, `one-way`) by where they stand: after one word ("workspace …") come many different ones. They say whose
//! thing it is, not what is wanted; left in, they draw the goals about one workspace together, and customers' names
//! end up in the names of intents.
//!
//! Only compounds are looked at. A name that is a plain word cannot be told from a word this way.

use super::random::key;
use super::stop_words::is_english_stop_word;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

/// Different compounds after a word that make it one which names follow.
const DIFFERENT: usize = 6;
/// Share of the word's occurrences that a compound follows.
const SHARE: f64 = 0.25;

/// What was learned: keys of the words that names follow, and of the names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entities {
    heads: Vec<u64>,
    names: Vec<u64>,
}

#[derive(Default)]
struct Followers {
    occurrences: usize,
    compounds: FxHashMap<u64, usize>,
}

/// What follows each word in all that users say, counted.
#[derive(Default)]
pub(super) struct Heard {
    followers: FxHashMap<u64, Followers>,
}

impl Heard {
    /// Counts one text.
    pub(super) fn hear(&mut self, text: &str) {
        let mut head: Option<u64> = None;
        for chunk in text.split_whitespace() {
            let chunk = bare(chunk);
            let compound = is_compound(&chunk).then(|| chunk_key(&chunk));
            if let Some(head) = head {
                let followers = self.followers.entry(head).or_default();
                followers.occurrences += 1;
                if let Some(compound) = compound {
                    *followers.compounds.entry(compound).or_default() += 1;
                }
            }
            let content = compound.is_none() && !chunk.is_empty() && !is_english_stop_word(&chunk);
            head = content.then(|| chunk_key(&chunk));
        }
    }

    /// Adds what was counted elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        for (head, counted) in other.followers {
            let followers = self.followers.entry(head).or_default();
            followers.occurrences += counted.occurrences;
            for (compound, count) in counted.compounds {
                *followers.compounds.entry(compound).or_default() += count;
            }
        }
    }

    /// What is learned from it.
    pub(super) fn learn(mut self) -> Entities {
        self.followers.retain(|_, followers| {
            let followed: usize = followers.compounds.values().sum();
            followers.compounds.len() >= DIFFERENT && followed as f64 >= SHARE * followers.occurrences as f64
        });
        let names: FxHashSet<u64> =
            self.followers.values().flat_map(|followers| followers.compounds.keys().copied()).collect();
        let mut learned = Entities { heads: self.followers.into_keys().collect(), names: names.into_iter().collect() };
        learned.heads.sort_unstable();
        learned.names.sort_unstable();
        learned
    }
}

impl Entities {
    /// Whether `chunk`, which stands after `before`, is a name.
    pub(super) fn is_name(&self, before: Option<&str>, chunk: &str) -> bool {
        if self.heads.is_empty() {
            return false;
        }
        let chunk = bare(chunk);
        is_compound(&chunk)
            && (self.names.binary_search(&chunk_key(&chunk)).is_ok()
                || before.is_some_and(|before| self.heads.binary_search(&chunk_key(&bare(before))).is_ok()))
    }
}

fn bare(chunk: &str) -> String {
    chunk.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase()
}

fn chunk_key(chunk: &str) -> u64 {
    key(5, [chunk])
}

/// Two or more parts joined by `-` or `/`, at least one of them a word.
fn is_compound(chunk: &str) -> bool {
    let parts = || chunk.split(['-', '/']);
    parts().count() > 1
        && parts().all(|part| !part.is_empty() && part.chars().all(char::is_alphanumeric))
        && parts().any(|part| part.chars().all(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In two parts, which must not matter.
    fn learn(texts: &[&str]) -> Entities {
        let (mut heard, mut more) = (Heard::default(), Heard::default());
        for (number, text) in texts.iter().enumerate() {
            if number % 2 == 0 { heard.hear(text) } else { more.hear(text) }
        }
        heard.add(more);
        heard.learn()
    }

    #[test]
    fn names_after_one_word_are_told_from_english_compounds() {
        let names = ["wind-farm", "copper-mill", "red-kite", "half-moon", "lake-side", "tall-pine", "open-field"];
        let mut texts: Vec<String> = names.iter().map(|name| format!("upgrade workspace {name}, please")).collect();
        texts.extend([
            "book a one-way flight".to_string(),
            "sign-up fails".to_string(),
            "a follow-up call".to_string(),
        ]);
        let entities = learn(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(entities.is_name(Some("workspace"), "wind-farm,"));
        assert!(entities.is_name(Some("in"), "red-kite"), "known from elsewhere");
        assert!(entities.is_name(Some("Workspace"), "new-one"), "known by its place");
        assert!(!entities.is_name(Some("a"), "one-way"));
        assert!(!entities.is_name(None, "sign-up"));
        assert!(!entities.is_name(Some("workspace"), "storage"));
    }

    #[test]
    fn nothing_is_learned_from_a_few_compounds() {
        assert_eq!(learn(&["book one-way", "book round-trip"]), Entities::default());
    }
}
