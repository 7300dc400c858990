//! Python literals (`{'city': 'Alaska', 'n': None}`): what instrumentation writes that calls `str()` on a dictionary.
//! Objects of classes have no literal and are left as text. Depth is bounded.

use serde_json::{Map, Number, Value};

/// Deeper nesting is not read.
const DEEPEST: usize = 64;

/// The value of a whole Python literal of a dictionary, list or tuple; `None` when the text is anything else.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut parser = Parser { rest: text.trim() };
    let value = parser.value(0)?;
    parser.space();
    parser.rest.is_empty().then_some(value)
}

struct Parser<'text> {
    rest: &'text str,
}

impl Parser<'_> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        self.space();
        match self.rest.as_bytes().first()? {
            b'{' => self.dictionary(depth),
            b'[' => self.list("[", "]", depth),
            b'(' => self.list("(", ")", depth),
            b'\'' | b'"' => self.string().map(Value::String),
            b'-' | b'0'..=b'9' => self.number(),
            _ => {
                for (word, value) in [
                    ("None", Value::Null),
                    ("True", Value::Bool(true)),
                    ("False", Value::Bool(false)),
                    ("null", Value::Null),
                    ("true", Value::Bool(true)),
                    ("false", Value::Bool(false)),
                ] {
                    if self.take(word) {
                        return Some(value);
                    }
                }
                None
            }
        }
    }

    fn dictionary(&mut self, depth: usize) -> Option<Value> {
        let mut map = Map::new();
        self.take("{");
        loop {
            if self.take("}") {
                return Some(Value::Object(map));
            }
            let key = match self.value(depth + 1)? {
                Value::String(key) => key,
                Value::Number(key) => key.to_string(),
                _ => return None,
            };
            if !self.take(":") {
                return None;
            }
            map.insert(key, self.value(depth + 1)?);
            if !self.take(",") {
                return self.take("}").then_some(Value::Object(map));
            }
        }
    }

    fn list(&mut self, open: &str, close: &str, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        self.take(open);
        loop {
            if self.take(close) {
                return Some(Value::Array(items));
            }
            items.push(self.value(depth + 1)?);
            if !self.take(",") {
                return self.take(close).then_some(Value::Array(items));
            }
        }
    }

    fn number(&mut self) -> Option<Value> {
        let end = self
            .rest
            .find(|found: char| !(found.is_ascii_alphanumeric() || matches!(found, '.' | '-' | '+')))
            .unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        let number = text.parse::<i64>().map(Number::from).ok().or_else(|| Number::from_f64(text.parse().ok()?))?;
        self.rest = rest;
        Some(Value::Number(number))
    }

    fn string(&mut self) -> Option<String> {
        let mut found = String::new();
        let mut chars = self.rest.char_indices();
        let (_, quote) = chars.next()?;
        while let Some((at, next)) = chars.next() {
            match next {
                _ if next == quote => {
                    self.rest = &self.rest[at + next.len_utf8()..];
                    return Some(found);
                }
                '\\' => match chars.next()?.1 {
                    'n' => found.push('\n'),
                    't' => found.push('\t'),
                    'r' => found.push('\r'),
                    '\n' => {}
                    code @ ('x' | 'u' | 'U') => {
                        let digits = match code {
                            'x' => 2,
                            'u' => 4,
                            _ => 8,
                        };
                        let hex: String = chars.by_ref().take(digits).map(|(_, digit)| digit).collect();
                        found.push(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32).unwrap_or('\u{fffd}'));
                    }
                    other @ ('\\' | '\'' | '"') => found.push(other),
                    other => {
                        found.push('\\');
                        found.push(other);
                    }
                },
                other => found.push(other),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn dictionaries_lists_and_words_are_read() {
        assert_eq!(
            parse("{'city': 'Alaska', \"it's\": [1, -2.5, (True, None)], 'q': 'a\\'b\\n\\u00e9',}"),
            Some(json!({"city": "Alaska", "it's": [1, -2.5, [true, null]], "q": "a'b\né"}))
        );
        assert_eq!(parse("{'a': Message(role='x')}"), None);
        assert_eq!(parse("{'a': 1} and more"), None);
        assert_eq!(parse(&"[".repeat(10_000)), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]{}()',:\\\\xuU0-9aé\"N.-]{0,60}") {
            parse(&text);
        }
    }
}
