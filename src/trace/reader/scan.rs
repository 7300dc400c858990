//! Finds where a JSON value ends without parsing it: brackets and strings only, no recursion, in pieces as they
//! arrive. Whether the value between is valid JSON is the parser's business.

use memchr::memchr3;

/// Brackets deeper than this are counted but no longer matched by kind, so that a file of brackets costs no memory.
const MATCHED_DEPTH: usize = 1 << 10;

/// State between pieces of one value.
#[derive(Clone, Debug, Default)]
pub(super) struct Scanner {
    /// Closing brackets that are due, innermost last.
    due: Vec<u8>,
    depth: usize,
    deepest: usize,
    in_string: bool,
    escaped: bool,
    in_scalar: bool,
}

/// What a piece told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// The value ends before this index of the piece.
    Complete(usize),
    /// The whole piece belongs to the value, and more is to come.
    More,
    /// At this index of the piece stands what cannot stand there.
    Broken(usize, &'static str),
}

impl Scanner {
    /// The deepest nesting so far: 1 for a flat object.
    pub(super) fn deepest(&self) -> usize {
        self.deepest
    }

    /// Whether the end of the file may end the value: true for a number or a word at the top level only.
    pub(super) fn ends_with_input(&self) -> bool {
        self.in_scalar
    }

    /// Takes the next piece of a value. The first piece starts with the value's first byte.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Scan {
        let mut at = 0;
        while at < piece.len() {
            if self.in_string {
                if self.escaped {
                    self.escaped = false;
                    at += 1;
                    continue;
                }
                // Most of a trace is text inside strings: jump to the next byte that matters.
                let Some(found) = memchr3(b'"', b'\\', b'\n', &piece[at..]) else { return Scan::More };
                at += found;
                match piece[at] {
                    b'\\' => self.escaped = true,
                    b'\n' => return Scan::Broken(at, "a line ends inside a string"),
                    _ => {
                        self.in_string = false;
                        if self.depth == 0 {
                            return Scan::Complete(at + 1);
                        }
                    }
                }
                at += 1;
                continue;
            }
            let byte = piece[at];
            if self.in_scalar {
                if matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\r' | b'\n' | b'{' | b'[' | b'"') {
                    return Scan::Complete(at);
                }
                at += 1;
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => {
                    self.depth += 1;
                    self.deepest = self.deepest.max(self.depth);
                    if self.depth <= MATCHED_DEPTH {
                        self.due.push(if byte == b'{' { b'}' } else { b']' });
                    }
                }
                b'}' | b']' => {
                    if self.depth == 0 {
                        return Scan::Broken(at, "a bracket closes that was never opened");
                    }
                    if self.depth <= MATCHED_DEPTH && self.due.pop() != Some(byte) {
                        return Scan::Broken(at, "a bracket closes another kind of bracket");
                    }
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Scan::Complete(at + 1);
                    }
                }
                _ if self.depth == 0 => self.in_scalar = true,
                _ => {}
            }
            at += 1;
        }
        Scan::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(text: &str) -> Scan {
        Scanner::default().feed(text.as_bytes())
    }

    #[test]
    fn values_end_where_their_brackets_close() {
        assert_eq!(whole("{\"a\":[1,2]} {"), Scan::Complete(11));
        assert_eq!(whole("[\"]\\\"}\"]x"), Scan::Complete(8));
        assert_eq!(whole("\"a\" "), Scan::Complete(3));
        assert_eq!(whole("12,"), Scan::Complete(2));
        assert_eq!(whole("{\"a\":"), Scan::More);
        assert!(matches!(whole("{\"a\":]"), Scan::Broken(5, _)));
        assert!(matches!(whole("{\"a\n\":1}"), Scan::Broken(3, _)));
        assert!(matches!(whole("}"), Scan::Broken(0, _)));
    }

    #[test]
    fn depth_is_counted_without_recursion() {
        let mut scanner = Scanner::default();
        let text = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(scanner.feed(text.as_bytes()), Scan::Complete(200_000));
        assert_eq!(scanner.deepest(), 100_000);
    }

    proptest! {
        #[test]
        fn pieces_and_the_whole_agree(text in "[\\[\\]{}\",:\\\\a1 \n]{1,40}", cut in 0usize..40) {
            let bytes = text.as_bytes();
            let cut = cut.min(bytes.len());
            let mut scanner = Scanner::default();
            let pieces = match scanner.feed(&bytes[..cut]) {
                Scan::More => match scanner.feed(&bytes[cut..]) {
                    Scan::Complete(end) => Scan::Complete(cut + end),
                    Scan::Broken(at, why) => Scan::Broken(cut + at, why),
                    Scan::More => Scan::More,
                },
                other => other,
            };
            prop_assert_eq!(pieces, whole(&text));
        }

        #[test]
        fn a_value_that_parses_is_complete_at_its_end(text in "[\\[\\]{}\",:\\\\a1 ]{1,12}") {
            let text = text.trim();
            let brackets = text.starts_with(['{', '[', '"']);
            if brackets && serde_json::from_str::<serde_json::Value>(text).is_ok() {
                prop_assert_eq!(whole(text), Scan::Complete(text.len()));
            }
        }
    }
}
