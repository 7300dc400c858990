//! Aligning the meaning of a string, as the parser gives it, with the bytes that write it.

use super::{Piece, Scalar, Style, newline_of};
use std::ops::Range;

/// A scalar under construction: text and pieces grow together.
#[derive(Default)]
struct Builder {
    text: String,
    pieces: Vec<Piece>,
}

impl Builder {
    /// `file` means exactly itself.
    fn same(&mut self, source: &str, file: Range<usize>) {
        let Some(part) = source.get(file.clone()).filter(|part| !part.is_empty()) else { return };
        let start = self.text.len();
        self.text.push_str(part);
        match self.pieces.last_mut() {
            Some(last) if last.is_linear() && last.file.end == file.start => {
                last.text.end = self.text.len();
                last.file.end = file.end;
            }
            _ => self.pieces.push(Piece { text: start..self.text.len(), file }),
        }
    }

    /// `file` means `text`.
    fn means(&mut self, text: &str, file: Range<usize>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece { text: start..self.text.len(), file });
    }

    /// `file` is a run of `breaks` line breaks in a scalar that folds lines: one means a space, more mean one less.
    fn breaks(&mut self, source: &str, file: Range<usize>, breaks: usize) {
        if breaks == 1 {
            return self.means(" ", file);
        }
        let run = source.get(file.clone()).unwrap_or("");
        let mut from = file.start;
        let mut ends: Vec<usize> = run.match_indices('\n').skip(1).map(|(at, _)| file.start + at + 1).collect();
        if let Some(last) = ends.last_mut() {
            *last = file.end;
        }
        for end in ends {
            self.means("\n", from..end);
            from = end;
        }
    }

    fn finish(self, source: &str, span: Range<usize>, style: Style, indent: usize, value: &str) -> Option<Scalar> {
        let Self { text, pieces } = self;
        (text == value).then(|| Scalar { text, span, style, pieces, indent, newline: newline_of(source) })
    }
}

/// The JSON string whose opening quote is byte `start` of `source` and whose meaning is `value`.
pub(in crate::prompt) fn json(source: &str, start: usize, value: &str) -> Option<Scalar> {
    quoted(source, start, Style::Json, value)
}

/// The YAML scalar that begins at byte `start` of `source` and means `value`.
pub(in crate::prompt) fn yaml(source: &str, start: usize, value: &str) -> Option<Scalar> {
    let start = after_properties(source, start)?;
    match source.get(start..)?.chars().next() {
        Some('"') => quoted(source, start, Style::Double, value),
        Some('\'') => single(source, start, value),
        Some('|') => block(source, start, Style::Literal, value),
        Some('>') => block(source, start, Style::Folded, value),
        Some('*') => None,
        _ => plain(source, start, value),
    }
}

/// The byte after an anchor or a tag.
fn after_properties(source: &str, mut start: usize) -> Option<usize> {
    loop {
        let rest = source.get(start..)?;
        if !rest.starts_with(['&', '!']) {
            return Some(start);
        }
        let word = rest.find(char::is_whitespace)?;
        let space = rest.get(word..)?;
        start += word + (space.len() - space.trim_start().len());
    }
}

/// If byte `at` begins a line break, with or without white space before it: the byte of the next line's first
/// character that is not white space, and the number of line breaks in between.
fn fold(source: &str, at: usize) -> Option<(usize, usize)> {
    let rest = source.get(at..)?;
    let space = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    let breaks = rest.get(..space)?.matches('\n').count();
    (breaks > 0).then_some((at + space, breaks))
}

/// Spaces for further lines of a scalar that begins at `start`: two more than its line has.
fn continuation_indent(source: &str, start: usize) -> usize {
    let line = source.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = source.get(line..).unwrap_or("");
    line.len() - line.trim_start_matches([' ', '-']).len() + 2
}

fn single(source: &str, start: usize, value: &str) -> Option<Scalar> {
    let mut builder = Builder::default();
    let mut at = start + 1;
    loop {
        let rest = source.get(at..)?;
        if let Some((next, breaks)) = fold(source, at) {
            builder.breaks(source, at..next, breaks);
            at = next;
        } else if rest.starts_with("''") {
            builder.means("'", at..at + 2);
            at += 2;
        } else {
            let character = rest.chars().next()?;
            if character == '\'' {
                return builder.finish(source, start + 1..at, Style::Single, continuation_indent(source, start), value);
            }
            builder.same(source, at..at + character.len_utf8());
            at += character.len_utf8();
        }
    }
}

fn plain(source: &str, start: usize, value: &str) -> Option<Scalar> {
    let mut builder = Builder::default();
    let mut at = start;
    // A plain scalar ends where its meaning is complete: what ends it in the grammar need not be known here.
    while builder.text.len() < value.len() {
        if let Some((next, breaks)) = fold(source, at) {
            builder.breaks(source, at..next, breaks);
            at = next;
        } else {
            let character = source.get(at..)?.chars().next()?;
            builder.same(source, at..at + character.len_utf8());
            at += character.len_utf8();
        }
    }
    builder.finish(source, start..at, Style::Plain, continuation_indent(source, start), value)
}

fn quoted(source: &str, start: usize, style: Style, value: &str) -> Option<Scalar> {
    let mut builder = Builder::default();
    let mut at = start + 1;
    loop {
        let rest = source.get(at..)?;
        match rest.chars().next()? {
            '"' => return builder.finish(source, start + 1..at, style, continuation_indent(source, start), value),
            '\\' => {
                let (text, length) = escape(source, at)?;
                builder.means(&text, at..at + length);
                at += length;
            }
            character => match fold(source, at).filter(|_| style == Style::Double) {
                Some((next, breaks)) => {
                    builder.breaks(source, at..next, breaks);
                    at = next;
                }
                None => {
                    builder.same(source, at..at + character.len_utf8());
                    at += character.len_utf8();
                }
            },
        }
    }
}

/// What the escape at byte `at` means, and its length in bytes.
fn escape(source: &str, at: usize) -> Option<(String, usize)> {
    let rest = source.get(at + 1..)?;
    let kind = rest.chars().next()?;
    let simple = match kind {
        '"' | '\\' | '/' | ' ' | '\t' => kind,
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '0' => '\0',
        'a' => '\u{7}',
        'v' => '\u{b}',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        'x' => return hex(rest, 1, 2).and_then(char::from_u32).map(|character| (character.to_string(), 4)),
        'U' => return hex(rest, 1, 8).and_then(char::from_u32).map(|character| (character.to_string(), 10)),
        'u' => {
            let first = hex(rest, 1, 4)?;
            if let Some(character) = char::from_u32(first) {
                return Some((character.to_string(), 6));
            }
            if rest.get(5..7)? != "\\u" {
                return None;
            }
            let second = hex(rest, 7, 4)?;
            let units = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
            return String::from_utf16(&units).ok().map(|text| (text, 12));
        }
        '\n' | '\r' => {
            // An escaped line break means nothing; the next line's indentation neither.
            let (next, breaks) = fold(source, at + 1)?;
            return Some(("\n".repeat(breaks - 1), next - at));
        }
        _ => return None,
    };
    Some((simple.to_string(), 1 + kind.len_utf8()))
}

fn hex(rest: &str, from: usize, digits: usize) -> Option<u32> {
    let digits = rest.get(from..from + digits)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// One line of a block.
struct Line {
    /// Where it begins.
    start: usize,
    /// Its content after the indentation.
    content: Range<usize>,
    /// Where the next line begins.
    next: usize,
}

fn block(source: &str, start: usize, style: Style, value: &str) -> Option<Scalar> {
    let header = source.get(start..)?;
    let first = start + header.find('\n').map_or(header.len(), |at| at + 1);
    let header = header.lines().next()?;
    let explicit = header.chars().skip(1).take(2).find_map(|character| character.to_digit(10));
    let found = first_indent(source, first);
    // With an explicit number the indentation is that much more than the parent's, which is any but at most what
    // is found; the parser's meaning tells which one is right.
    let candidates = if explicit.is_some() { (0..=found).collect() } else { vec![found] };
    candidates.into_iter().find_map(|indent| with_indent(source, first, indent, style, value))
}

/// Spaces before the first line with content from byte `at` on.
fn first_indent(source: &str, at: usize) -> usize {
    let rest = source.get(at..).unwrap_or("");
    let line = rest.lines().find(|line| !line.trim_matches(' ').is_empty()).unwrap_or("");
    line.len() - line.trim_start_matches(' ').len()
}

fn with_indent(source: &str, first: usize, indent: usize, style: Style, value: &str) -> Option<Scalar> {
    let mut lines = Vec::new();
    let mut at = first;
    while at < source.len() {
        let rest = source.get(at..)?;
        let next = at + rest.find('\n').map_or(rest.len(), |end| end + 1);
        let line = source.get(at..next)?.trim_end_matches('\n');
        let line = line.strip_suffix('\r').unwrap_or(line);
        let spaces = line.len() - line.trim_start_matches(' ').len();
        if spaces < indent && spaces < line.len() {
            break;
        }
        let content = at + spaces.min(indent)..at + line.len();
        lines.push(Line { start: at, content, next });
        at = next;
    }
    let mut builder = Builder::default();
    let mut end = first;
    for (index, line) in lines.iter().enumerate() {
        if builder.text.len() >= value.len() {
            break;
        }
        builder.same(source, line.content.clone());
        end = line.content.end;
        if builder.text.len() >= value.len() {
            break;
        }
        // In a `>` block the next line's indentation belongs to the break, as line ends there are written in pairs.
        let (meaning, next) = match style {
            Style::Literal => ("\n", line.next),
            _ => {
                (folded_break(source, &lines, index), lines.get(index + 1).map_or(line.next, |next| next.content.start))
            }
        };
        builder.means(meaning, line.content.end..next);
        end = next;
    }
    let begin =
        lines.first().map_or(first, |line| if style == Style::Literal { line.start } else { line.content.start });
    builder.finish(source, begin..end, style, indent, value)
}

/// What the line break after line `index` of a `>` block means. Between two lines of text a single break is a
/// space, and of several the first means nothing; beside an empty or an indented line each is itself.
fn folded_break(source: &str, lines: &[Line], index: usize) -> &'static str {
    let content = |line: &Line| source.get(line.content.clone()).unwrap_or("").to_string();
    let is_text = |text: &str| !text.is_empty() && !text.starts_with([' ', '\t']);
    let here = content(&lines[index]);
    let later = lines[index + 1..].iter().map(content);
    let blank = later.clone().take_while(String::is_empty).count();
    match later.clone().nth(blank) {
        Some(next) if is_text(&here) && is_text(&next) => {
            if blank == 0 {
                " "
            } else {
                ""
            }
        }
        _ => "\n",
    }
}
