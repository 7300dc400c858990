//! Writing text the way a file writes its string.

use super::{Scalar, Style};
use std::ops::Range;

/// See [`Scalar::splice`]. What the style cannot express comes out as something else; the caller reads the result
/// again and refuses it then.
pub(super) fn splice(scalar: &Scalar, range: &Range<usize>, replacement: &str) -> (Range<usize>, String) {
    let plain = scalar.to_file(range.start)..scalar.to_file(range.end);
    let replacement = replacement.replace("\r\n", "\n");
    let paragraph = || format!("{0}{0}{1}", scalar.newline, " ".repeat(scalar.indent));
    match scalar.style {
        Style::Raw => (plain, replacement.replace('\n', scalar.newline)),
        Style::Json | Style::Double => (plain, escaped(&replacement)),
        Style::Single => (plain, replacement.replace('\'', "''").replace('\n', &paragraph())),
        Style::Plain | Style::Folded => (plain, replacement.replace('\n', &paragraph())),
        Style::Literal => literal(scalar, range, &replacement),
    }
}

/// The inside of a JSON string, which is also one of a YAML `"…"`.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("").to_string()
}

/// Lines of a `|` block are indented, except empty ones. The begin of a line is the place before its indentation,
/// so the indentation of the first written line is written, and that of the line after it is kept or replaced
/// according to whether the written text ends with a line end.
fn literal(scalar: &Scalar, range: &Range<usize>, replacement: &str) -> (Range<usize>, String) {
    let before = scalar.text.get(..range.start).unwrap_or("");
    let begins_line = before.is_empty() || before.ends_with('\n');
    let after = scalar.text.get(range.end..).unwrap_or("").chars().next();
    let kept = scalar.text.get(..range.end).unwrap_or("");
    let ends_line = kept.is_empty() || kept.ends_with('\n');
    let indent = " ".repeat(scalar.indent);

    let mut written = String::new();
    let mut at_line_start = begins_line;
    for character in replacement.chars() {
        if character == '\n' {
            written.push_str(scalar.newline);
            at_line_start = true;
            continue;
        }
        if at_line_start {
            written.push_str(&indent);
        }
        at_line_start = false;
        written.push(character);
    }
    // What follows needs an indentation if it now begins a line and none is in the file there, and loses its own
    // if it no longer begins one.
    let follows = after.is_some_and(|character| character != '\n');
    let end = if ends_line && !at_line_start && follows {
        scalar.to_file_after(range.end)
    } else {
        if at_line_start && !ends_line && follows {
            written.push_str(&indent);
        }
        scalar.to_file(range.end)
    };
    (scalar.to_file(range.start)..end, written)
}
