//! How many tokens a text has, without anybody's tokenizer: a bound that holds, for money that is set aside, and an
//! estimate, for people.

/// Tokens that a protocol adds around messages, schemas and tools.
const OVERHEAD: u64 = 512;

/// No tokenizer in use makes more tokens than bytes: all fall back to single bytes (byte-level BPE; byte fallback in
/// SentencePiece). The body holds the messages in JSON, which only adds bytes.
pub fn upper_bound(bytes: usize) -> u64 {
    bytes as u64 + OVERHEAD
}

/// About how many tokens a request's body has: a token for each 3.6 bytes of ASCII (English prose has 4 to 4.5, JSON
/// 3), and for each 2 bytes of anything else (CJK has about one for each character of three bytes, Cyrillic one
/// for two characters of two). Off by a third at times.
pub fn estimate(body: &[u8]) -> u64 {
    let ascii = body.iter().filter(|byte| byte.is_ascii()).count();
    let other = body.len() - ascii;
    (ascii as f64 / 3.6 + other as f64 / 2.0).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_estimate_lies_below_the_bound() {
        for text in ["", "a", "How do I cancel my order?", "注文をキャンセルしたい", "{\"a\": [1, 2]}"] {
            assert!(estimate(text.as_bytes()) <= upper_bound(text.len()), "{text}");
        }
        assert_eq!(estimate("How do I cancel my flight?".as_bytes()), 8);
    }
}
