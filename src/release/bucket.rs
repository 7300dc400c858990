//! Which variant of a split a user gets, computed as flagd computes it, so that a reader of traces can tell what
//! should have been served. Older flagd builds place users differently: where a trace names the variant, the trace
//! is right.

/// MurmurHash3, x86, 32 bits (Austin Appleby, public domain reference), with its seed.
pub fn murmur3_x86_32(data: &[u8], seed: u32) -> u32 {
    const C1: u32 = 0xcc9e_2d51;
    const C2: u32 = 0x1b87_3593;
    let scramble = |word: u32| word.wrapping_mul(C1).rotate_left(15).wrapping_mul(C2);
    let (words, tail) = data.as_chunks::<4>();
    let mut hash = seed;
    for word in words {
        hash ^= scramble(u32::from_le_bytes(*word));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    if !tail.is_empty() {
        let word = tail.iter().rev().fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        hash ^= scramble(word);
    }
    // The algorithm itself takes the length modulo 2^32.
    hash ^= data.len() as u32;
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ hash >> 16
}

/// The bucket in `0..total_weight` of a targeting key under a flag: `(hash * total_weight) >> 32` of the flag's key
/// followed at once by the targeting key. `total_weight` is the sum of the split's integer weights.
pub fn bucket(flag_key: &str, targeting_key: &str, total_weight: u32) -> u32 {
    let hash = murmur3_x86_32(format!("{flag_key}{targeting_key}").as_bytes(), 0);
    // A product of two 32-bit numbers, shifted right by 32, fits 32 bits.
    ((u64::from(hash) * u64::from(total_weight)) >> 32) as u32
}

/// The variant that `bucket` falls into; `None` when all weights are zero.
pub fn variant<'a>(split: &'a [(String, u32)], flag_key: &str, targeting_key: &str) -> Option<&'a str> {
    let total = split.iter().try_fold(0_u32, |sum, (_, weight)| sum.checked_add(*weight)).filter(|total| *total > 0)?;
    let place = bucket(flag_key, targeting_key, total);
    let mut end = 0;
    split.iter().find_map(|(name, weight)| {
        end += weight;
        (place < end).then_some(name.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn murmur3_gives_the_published_values() {
        assert_eq!(murmur3_x86_32(b"", 0), 0);
        assert_eq!(murmur3_x86_32(b"hello", 0), 0x248b_fa47);
        assert_eq!(murmur3_x86_32(b"hello, world", 0), 0x149b_bb7f);
    }

    #[test]
    fn users_fall_into_the_buckets_that_flagd_puts_them_in() {
        let buckets: Vec<u32> =
            ["user-1", "user-2", "user-3", "user-4"].iter().map(|user| bucket("refund-prompt", user, 100)).collect();
        assert_eq!(buckets, [46, 81, 37, 59]);
    }

    #[test]
    fn variants_follow_the_cumulative_weights() {
        let split = [("old".to_string(), 46), ("new".to_string(), 54)];
        assert_eq!(variant(&split, "refund-prompt", "user-1"), Some("new"));
        assert_eq!(variant(&split, "refund-prompt", "user-3"), Some("old"));
        assert_eq!(variant(&[], "refund-prompt", "user-3"), None);
        assert_eq!(variant(&[("old".to_string(), 0)], "f", "u"), None);
        let all: [(String, u32); 2] = [("a".to_string(), u32::MAX), ("b".to_string(), 1)];
        assert_eq!(variant(&all, "f", "u"), None);
    }
}
