//! Tokens of a text, and how far two texts are apart by them.
//!
//! Drift is no safety check: turning "Never promise" into "Avoid promising" is a small drift and a large harm. It
//! keeps many small proposals from rewriting a prompt together.

use rustc_hash::FxHashMap;

/// One token: a run of letters and digits, or a single other character that is not white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// Its text.
    pub text: &'t str,
    /// Its first byte.
    pub start: usize,
}

/// The tokens of `text`, in order.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut word = None;
    for (at, character) in text.char_indices() {
        if character.is_alphanumeric() || character == '_' {
            word.get_or_insert(at);
            continue;
        }
        if let Some(start) = word.take() {
            tokens.extend(text.get(start..at).map(|text| Token { text, start }));
        }
        if !character.is_whitespace() {
            tokens.extend(text.get(at..at + character.len_utf8()).map(|text| Token { text, start: at }));
        }
    }
    tokens.extend(word.and_then(|start| text.get(start..).map(|text| Token { text, start })));
    tokens
}

/// How two texts differ by tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drift {
    /// Tokens of the second text that are not in a longest common subsequence with the first.
    pub added: usize,
    /// Tokens of the first that are not.
    pub removed: usize,
    /// `1 - 2 LCS / (|A| + |B|)`, in `[0, 1]`; 0 for two empty texts.
    pub share: f64,
}

/// The drift from `before` to `after`. Of texts that differ in more than about 250,000 tokens only what they begin
/// and end with counts as common, so the drift comes out too large rather than too late.
pub fn drift(before: &str, after: &str) -> Drift {
    let (before, after) = (tokens(before), tokens(after));
    let common = common(&before, &after);
    let total = before.len() + after.len();
    let share = if total == 0 { 0.0 } else { 1.0 - 2.0 * common as f64 / total as f64 };
    Drift { added: after.len() - common, removed: before.len() - common, share }
}

/// Largest product of lengths for which the subsequence is computed.
const MOST_CELLS: usize = 1 << 36;

/// Length of a longest common subsequence.
fn common(before: &[Token<'_>], after: &[Token<'_>]) -> usize {
    let same = |(left, right): &(&Token<'_>, &Token<'_>)| left.text == right.text;
    let start = before.iter().zip(after).take_while(same).count();
    let (before, after) = (&before[start..], &after[start..]);
    let end = before.iter().rev().zip(after.iter().rev()).take_while(same).count();
    let (before, after) = (&before[..before.len() - end], &after[..after.len() - end]);
    if before.len().saturating_mul(after.len()) > MOST_CELLS {
        return start + end;
    }
    start + end + subsequence(before, after)
}

/// The bit-vector recurrence of Hyyrö (2004), "Bit-parallel LCS-length computation revisited": one bit a token of
/// `before`, one step a token of `after`.
fn subsequence(before: &[Token<'_>], after: &[Token<'_>]) -> usize {
    let words = before.len().div_ceil(64);
    let mut places: FxHashMap<&str, Vec<u64>> = FxHashMap::default();
    for (index, token) in before.iter().enumerate() {
        places.entry(token.text).or_insert_with(|| vec![0; words])[index / 64] |= 1 << (index % 64);
    }
    let mut row = vec![u64::MAX; words];
    for token in after {
        let Some(matches) = places.get(token.text) else { continue };
        let mut carry = false;
        for (bits, matches) in row.iter_mut().zip(matches) {
            let (sum, over) = bits.overflowing_add(*bits & matches);
            let (sum, over_carry) = sum.overflowing_add(u64::from(carry));
            carry = over || over_carry;
            *bits = sum | (*bits & !matches);
        }
    }
    let zeros: u32 = row.iter().map(|bits| bits.count_zeros()).sum();
    zeros as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: &str =
        "Always verify the order number before issuing a refund. Be polite. Never promise a delivery date.";

    #[test]
    fn published_vectors_hold() {
        let longer = format!("{BASE} If the carrier reports a delay, quote the carrier's own estimate.");
        let found = drift(BASE, &longer);
        assert_eq!((found.added, found.removed), (15, 0));
        assert!((found.share - 0.283_019).abs() < 1e-6, "{found:?}");
        let weaker = BASE.replace("Always", "Try to").replace("Never promise", "Avoid promising");
        let found = drift(BASE, &weaker);
        assert_eq!((found.added, found.removed), (4, 3));
        assert!((found.share - 0.179_487).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn tokens_are_words_and_single_marks() {
        let found: Vec<&str> = tokens("carrier's own_id: é—2!").into_iter().map(|token| token.text).collect();
        assert_eq!(found, ["carrier", "'", "s", "own_id", ":", "é", "—", "2", "!"]);
        assert_eq!(drift("", ""), Drift { added: 0, removed: 0, share: 0.0 });
    }

    /// The textbook recurrence.
    fn plain(before: &[Token<'_>], after: &[Token<'_>]) -> usize {
        let mut rows = vec![vec![0; after.len() + 1]; before.len() + 1];
        for i in 1..=before.len() {
            for j in 1..=after.len() {
                let same = before[i - 1].text == after[j - 1].text;
                rows[i][j] = if same { rows[i - 1][j - 1] + 1 } else { rows[i - 1][j].max(rows[i][j - 1]) };
            }
        }
        rows[before.len()][after.len()]
    }

    proptest! {
        #[test]
        fn the_subsequence_is_the_longest(before in "([abc] ){0,150}", after in "([abc] ){0,150}") {
            let (before, after) = (tokens(&before), tokens(&after));
            prop_assert_eq!(common(&before, &after), plain(&before, &after));
        }
    }
}
