//! Tables of comma-, tab- or semicolon-separated values: each row becomes a JSON object of the header's names, with
//! cells that hold a JSON object or array as such and empty cells left out, so that the formats read it as they read
//! JSON. A row that does not fit its header is set aside.

use super::aside::set_aside;
use super::detect::{Detection, detect};
use super::split::{Layout, Piece, Splitter};
use super::{Format, Place, Reason};
use serde_json::{Map, Value};
use std::io;

/// Rows looked at to tell the format.
const SAMPLED_ROWS: usize = 50;
/// Separators that are tried; the one that gives the header the most names is the file's.
const SEPARATORS: [u8; 3] = [b',', b'\t', b';'];
/// A header has at least so many names.
const FEWEST_NAMES: usize = 2;

/// A table that is read row by row.
pub(super) struct Rows<'input> {
    reader: csv::Reader<Splitter<'input>>,
    header: Vec<String>,
}

/// What the beginning of a table says: its separator, its format and how sure that is.
pub(super) fn recognise(sample: &[u8], forced: Option<&'static Format>) -> Option<(u8, &'static Format, f64)> {
    let separator =
        SEPARATORS.into_iter().max_by_key(|separator| (names(sample, *separator).len(), *separator == b','))?;
    let header = names(sample, separator);
    if header.len() < FEWEST_NAMES || header.iter().any(String::is_empty) {
        return None;
    }
    if let Some(format) = forced {
        return Some((separator, format, 1.0));
    }
    let mut reader = reader(sample, separator);
    let rows = reader.byte_records().filter_map(Result::ok).filter(|row| row.len() == header.len());
    let rows: Vec<String> = rows.take(SAMPLED_ROWS).map(|row| object(&header, &row).to_string()).collect();
    // A table without rows still names its columns.
    let rows = if rows.is_empty() {
        Value::Object(header.into_iter().map(|name| (name, Value::Null)).collect()).to_string()
    } else {
        rows.join("\n")
    };
    match detect(rows.as_bytes(), true) {
        Detection::Known(format, confidence, Layout::Lines) => Some((separator, format, confidence)),
        _ => None,
    }
}

fn reader<R: io::Read>(input: R, separator: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(input)
}

fn names(sample: &[u8], separator: u8) -> Vec<String> {
    let mut reader = reader(sample, separator);
    let header = reader.byte_headers().cloned().unwrap_or_default();
    header.iter().map(|name| String::from_utf8_lossy(name).trim().to_string()).collect()
}

fn object(header: &[String], row: &csv::ByteRecord) -> Value {
    let cells = header.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
    let object: Map<String, Value> = cells.map(|(name, cell)| (name.clone(), value(cell))).collect();
    Value::Object(object)
}

fn value(cell: &[u8]) -> Value {
    let nested = matches!(cell.first(), Some(b'{' | b'[')).then(|| serde_json::from_slice(cell).ok()).flatten();
    nested.unwrap_or_else(|| Value::String(String::from_utf8_lossy(cell).into_owned()))
}

impl<'input> Rows<'input> {
    /// Reads the header of a table; what `input` has sampled comes first.
    pub(super) fn new(input: Splitter<'input>, separator: u8) -> Self {
        let mut reader = reader(input, separator);
        let header = reader.byte_headers().cloned().unwrap_or_default();
        let header = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_string()).collect();
        Self { reader, header }
    }

    /// Offset of the next row.
    pub(super) fn offset(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The next row, as the text of a JSON object.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        let mut row = csv::ByteRecord::new();
        let offset = self.reader.position().byte();
        match self.reader.read_byte_record(&mut row) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let place = Place { offset, length: self.reader.position().byte().saturating_sub(offset) };
                if row.len() == self.header.len() {
                    return Ok(Some(Piece::Record(place, object(&self.header, &row).to_string().into_bytes())));
                }
                let reason = format!("the row has {} cells and the header {} names", row.len(), self.header.len());
                Ok(Some(Piece::SetAside(set_aside(place, row.as_slice(), Reason::NotAConversation(reason)))))
            }
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                    let place = Place { offset, length: 0 };
                    Ok(Some(Piece::SetAside(set_aside(place, b"", Reason::Damaged(error.to_string())))))
                }
                csv::ErrorKind::Io(error) => Err(error),
                // Bytes in any encoding and rows of any length are read, so that only the file itself can fail.
                _ => Ok(None),
            },
        }
    }
}
