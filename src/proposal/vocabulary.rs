//! Which words may enter a prompt on the evidence of traces: words that the repository uses already, and a
//! committed list of common English words. Everything else a user said stays out, because a word that only traces
//! hold is how somebody's instruction would get into the prompt.

use crate::trace::words::is_common;
use std::collections::{BTreeMap, BTreeSet};
use unicode_segmentation::UnicodeSegmentation as _;

/// The words of a repository's prompts and tools, and the common ones.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    repository: BTreeMap<String, usize>,
}

impl Vocabulary {
    /// The words of these texts, lower-cased. Names are taken apart, so `create_connection` has two words.
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut repository = BTreeMap::new();
        for word in texts.into_iter().flat_map(words) {
            *repository.entry(word).or_insert(0) += 1;
        }
        Self { repository }
    }

    /// How often the repository uses `word`.
    pub fn count(&self, word: &str) -> usize {
        self.repository.get(&word.to_lowercase()).copied().unwrap_or(0)
    }

    /// Whether `word` may be used: one word of letters and digits that the repository or the common list has.
    pub fn has(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let plain = !word.is_empty() && word.len() <= 40 && word.chars().all(char::is_alphanumeric);
        plain && (self.repository.contains_key(&word) || is_common(&word))
    }
}

/// The words of `text`, lower-cased; letters and digits only, so `_`, `-` and quotes part words.
pub fn words(text: &str) -> Vec<String> {
    text.unicode_words()
        .flat_map(|word| word.split(|letter: char| !letter.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Share of distinct words that two texts have in common: `|A ∩ B| / |A ∪ B|`; 1 for two texts without words.
pub fn word_jaccard(one: &str, two: &str) -> f64 {
    let one: BTreeSet<String> = words(one).into_iter().collect();
    let two: BTreeSet<String> = words(two).into_iter().collect();
    let union = one.union(&two).count();
    if union == 0 { 1.0 } else { one.intersection(&two).count() as f64 / union as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_repository_and_of_the_list_may_be_used_and_others_not() {
        let vocabulary = Vocabulary::of(["Call `create_connection` with the sharding key."]);
        for word in ["sharding", "Connection", "create", "yearly", "monthly"] {
            assert!(vocabulary.has(word), "{word}");
        }
        for word in ["evilcorp", "", "a b", "evil.example", "https", "\u{202e}", "create_connection"] {
            assert!(!vocabulary.has(word), "{word}");
        }
    }

    #[test]
    fn jaccard_counts_distinct_words() {
        assert_eq!(word_jaccard("a b c", "B, a! c"), 1.0);
        assert_eq!(word_jaccard("a b", "b c"), 1.0 / 3.0);
        assert_eq!(word_jaccard("", ""), 1.0);
        assert_eq!(word_jaccard("a", ""), 0.0);
    }
}
