//! Words that say how something is said rather than what is wanted: English function words and the courtesies
//! that open and close a message to an agent.

/// Sorted, lower-case, apostrophes as `'`.
const ENGLISH: &[&str] = &[
    "a", "about", "after", "again", "ahead", "all", "already", "also", "am", "an", "and", "any", "anyone", "anything", "are", "aren't",
    "as", "ask", "assist", "assistance", "at", "be", "because", "been", "before", "being", "but", "by", "can", "can't",
    "cannot", "could", "couldn't", "did", "didn't", "do", "does", "doesn't", "doing", "don't", "during", "each",
    "few", "for", "from", "get", "getting", "give", "go", "going", "good", "got", "great", "had", "has", "have", "haven't", "having", "he",
    "hello", "help", "her", "here", "hey", "hi", "him", "his", "hoping", "how", "i", "i'd", "i'll", "i'm", "i've",
    "if", "in", "into", "is", "isn't", "it", "it's", "its", "just", "kindly", "know", "let", "let's", "like", "looking", "may", "maybe", "me",
    "might", "more", "most", "much", "must", "my", "myself", "need", "needs", "no", "not", "now", "of", "off", "ok",
    "okay", "on", "one", "only", "or", "other", "our", "out", "over", "own", "please", "really", "same", "she",
    "should", "since", "so", "some", "someone", "something", "still", "such", "sure", "tell", "than", "thank", "thanks", "that",
    "that's", "the", "their", "them", "then", "there", "there's", "these", "they", "they're", "this", "those",
    "through", "to", "too", "trying", "under", "until", "up", "us", "use", "very", "want", "wanted", "was",
    "wasn't", "we", "we're", "were", "what", "what's", "when", "where", "which", "while", "who", "why", "will",
    "with", "won't", "would", "wouldn't", "yes", "yet", "you", "you're", "your", "yours",
];

/// Whether `word` (lower-case) is an English stop word.
pub(super) fn is_english_stop_word(word: &str) -> bool {
    ENGLISH.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_words_are_sorted_so_that_binary_search_finds_them() {
        assert!(ENGLISH.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", ENGLISH.windows(2).find(|pair| pair[0] >= pair[1]));
        assert!(is_english_stop_word("the"));
        assert!(!is_english_stop_word("refund"));
    }
}
