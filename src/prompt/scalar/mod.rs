//! A string as a file writes it: the text it means, and which byte of the file each byte of the text comes from.
//! So a structured file is edited like a plain one: byte ranges are ranges of the file, replacements are text,
//! and this module writes the text the way the file does (escapes, indentation, line ends).
//!
//! What a value means is decided by the YAML and JSON parsers; the decoders here only align that meaning with the
//! bytes, and give up where they cannot.

mod decode;
mod encode;

use std::ops::Range;

pub(super) use decode::{json, yaml};

/// How a string is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// The file is the text.
    Raw,
    /// In a JSON string.
    Json,
    /// In a YAML `"…"`.
    Double,
    /// In a YAML `'…'`.
    Single,
    /// In YAML without quotes.
    Plain,
    /// In a YAML `|` block.
    Literal,
    /// In a YAML `>` block.
    Folded,
}

/// A stretch of the file that means a stretch of the text. Equal lengths: byte by byte; else as one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: Range<usize>,
    file: Range<usize>,
}

impl Piece {
    fn is_linear(&self) -> bool {
        self.text.len() == self.file.len()
    }
}

/// A string in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scalar {
    /// What it means.
    pub text: String,
    /// The bytes of the file between its quotes, or the lines of its block.
    pub span: Range<usize>,
    style: Style,
    /// Pieces in order; stretches of the file between them mean nothing (indentation).
    pieces: Vec<Piece>,
    /// Spaces before each line of a YAML value.
    indent: usize,
    /// The file's line end.
    newline: &'static str,
}

impl Scalar {
    /// The part of a file from byte `start` on, as it is.
    pub fn raw(file: &str, start: usize) -> Self {
        let text = file.get(start..).unwrap_or("").to_string();
        let span = start..start + text.len();
        let pieces = vec![Piece { text: 0..text.len(), file: span.clone() }];
        Self { text, span, style: Style::Raw, pieces, indent: 0, newline: newline_of(file) }
    }

    /// Whether the file is the text.
    pub fn is_raw(&self) -> bool {
        self.style == Style::Raw
    }

    /// The file's byte for the byte `offset` of the text. The begin of a line is the place before its indentation.
    pub fn to_file(&self, offset: usize) -> usize {
        if offset == 0 {
            return self.span.start;
        }
        match self.pieces.get(self.pieces.partition_point(|piece| piece.text.end < offset)) {
            Some(piece) if piece.is_linear() => piece.file.start + (offset - piece.text.start),
            Some(piece) => piece.file.end,
            None => self.span.end,
        }
    }

    /// The file's byte at which the text from `offset` on begins: after the indentation of its line.
    pub fn to_file_after(&self, offset: usize) -> usize {
        match self.pieces.get(self.pieces.partition_point(|piece| piece.text.end <= offset)) {
            Some(piece) if piece.is_linear() => piece.file.start + (offset.max(piece.text.start) - piece.text.start),
            Some(piece) => piece.file.start,
            None => self.span.end,
        }
    }

    /// The text's byte for the byte `offset` of the file; `None` outside the value and within a
    /// character, an escape or a line end.
    pub fn to_text(&self, offset: usize) -> Option<usize> {
        if offset < self.span.start || offset > self.span.end {
            return None;
        }
        let at = match self.pieces.get(self.pieces.partition_point(|piece| piece.file.end < offset)) {
            None => self.text.len(),
            Some(piece) if offset <= piece.file.start => piece.text.start,
            Some(piece) if offset == piece.file.end => piece.text.end,
            Some(piece) if piece.is_linear() => piece.text.start + (offset - piece.file.start),
            Some(_) => return None,
        };
        let (before, after) = self.text.split_at_checked(at)?;
        let in_line_end = before.ends_with('\r') && after.starts_with('\n');
        (!in_line_end).then_some(at)
    }

    /// The file's bytes for a range of the text.
    pub fn range_in_file(&self, range: &Range<usize>) -> Range<usize> {
        self.to_file(range.start)..self.to_file(range.end)
    }

    /// The text's bytes for a range of the file.
    pub fn range_in_text(&self, range: &Range<usize>) -> Option<Range<usize>> {
        Some(self.to_text(range.start)?..self.to_text(range.end)?)
    }

    /// What to write where in the file, so that `range` of the text becomes `replacement`.
    pub fn splice(&self, range: &Range<usize>, replacement: &str) -> (Range<usize>, String) {
        encode::splice(self, range, replacement)
    }
}

/// The line end that most lines of `file` have.
fn newline_of(file: &str) -> &'static str {
    let windows = file.matches("\r\n").count();
    if 2 * windows > file.matches('\n').count() { "\r\n" } else { "\n" }
}
