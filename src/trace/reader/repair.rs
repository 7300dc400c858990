//! Text that JSON does not allow but exporters write: bytes that are not UTF-8 and halves of surrogate pairs. Each
//! becomes U+FFFD. Only tried after the parser has refused a record, so that good records cost nothing.

use memchr::memchr;

/// The record with its defects replaced, or `None` when it has none of this kind.
pub(super) fn repair(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut repaired = match std::str::from_utf8(bytes) {
        Ok(_) => None,
        Err(_) => Some(String::from_utf8_lossy(bytes).into_owned().into_bytes()),
    };
    if let Some(paired) = replace_lone_surrogates(repaired.as_deref().unwrap_or(bytes)) {
        repaired = Some(paired);
    }
    repaired
}

/// `\ud800` without its other half, and the other way round, as `\ufffd`.
fn replace_lone_surrogates(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut fixed: Option<Vec<u8>> = None;
    let mut at = 0;
    while let Some(found) = memchr(b'\\', bytes.get(at..).unwrap_or_default()) {
        let start = at + found;
        match unit(bytes, start) {
            Some(0xD800..=0xDBFF) if matches!(unit(bytes, start + 6), Some(0xDC00..=0xDFFF)) => at = start + 12,
            Some(0xD800..=0xDFFF) => {
                let text = fixed.get_or_insert_with(|| bytes.to_vec());
                text[start + 2..start + 6].copy_from_slice(b"fffd");
                at = start + 6;
            }
            Some(_) => at = start + 6,
            // Any other escape is two bytes, which also steps over an escaped backslash.
            None => at = start + 2,
        }
    }
    fixed
}

/// The code unit of a `\uXXXX` at `start`.
fn unit(bytes: &[u8], start: usize) -> Option<u16> {
    let escape = bytes.get(start..start + 6)?;
    if !escape.starts_with(b"\\u") || !escape[2..].iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    fn parsed(bytes: &[u8]) -> Value {
        serde_json::from_slice(&repair(bytes).unwrap_or(bytes.to_vec())).unwrap()
    }

    #[test]
    fn lone_surrogates_and_bad_bytes_become_replacement_characters() {
        assert_eq!(parsed(br#""a\ud800b""#), "a\u{fffd}b");
        assert_eq!(parsed(br#""\udc00\ud800""#), "\u{fffd}\u{fffd}");
        assert_eq!(parsed(br#""\ud83d\ude00""#), "😀");
        assert_eq!(parsed(br#""\ud800\ud83d\ude00""#), "\u{fffd}😀");
        assert_eq!(parsed(br#""\\ud800""#), "\\ud800");
        assert_eq!(parsed(b"\"a\xffb\""), "a\u{fffd}b");
        // CESU-8: a surrogate pair written as six bytes.
        assert!(parsed(b"\"\xed\xa0\xbd\xed\xb8\x80\"").as_str().unwrap().contains('\u{fffd}'));
    }

    #[test]
    fn sound_text_needs_no_repair() {
        assert_eq!(repair(br#"{"a":"\ud83d\ude00 \u00e9"}"#), None);
    }

    proptest! {
        #[test]
        fn any_string_of_escapes_parses_after_repair(text in "(\\\\ud8[0-9a-f]{2}|\\\\udc[0-9a-f]{2}|\\\\\\\\|[a-z]){0,20}") {
            let quoted = format!("\"{text}\"");
            prop_assert!(parsed(quoted.as_bytes()).is_string());
        }
    }
}
