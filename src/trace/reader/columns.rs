//! Parquet files: each row becomes a line with a JSON object of the columns' names, with texts that hold a JSON object or
//! array as such and missing values left out, so that the formats read it as they read JSON. Rows are read one after the
//! other, columns page by page. Compressed with snappy, gzip or zstd; encrypted files and other compressions are refused.
//! What a damaged page says of its size is believed up to Parquet's own limit of 2 GiB.

use super::OpenError;
use base64::Engine as _;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;
use serde_json::Value;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The rows of a file as lines of JSON.
pub struct Columns {
    rows: RowIter<'static>,
    line: Vec<u8>,
    at: usize,
}

/// A file that is never asked for more than it has: what a damaged one says of its parts would be allocated.
struct Bounded<F>(F);

impl<F: ChunkReader> Length for Bounded<F> {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl<F: ChunkReader> ChunkReader for Bounded<F> {
    type T = F::T;

    fn get_read(&self, start: u64) -> Result<F::T> {
        self.0.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<bytes::Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.len()) {
            return Err(ParquetError::EOF("a part lies beyond the end of the file".to_string()));
        }
        self.0.get_bytes(start, length)
    }
}

/// Damage that the library answers with a panic is damage all the same.
fn caught<T>(read: impl FnOnce() -> Result<T>) -> io::Result<T> {
    let damaged = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(|error| damaged(format!("it cannot be read as Parquet: {error}"))),
        Err(_) => Err(damaged("it cannot be read as Parquet".to_string())),
    }
}

impl Columns {
    /// The first bytes of such a file.
    pub const MAGIC: &'static [u8; 4] = b"PAR1";

    /// Reads the description of the columns at the end of the file.
    ///
    /// # Errors
    /// When it is damaged or encrypted.
    pub fn open(file: impl ChunkReader + 'static) -> std::result::Result<Self, OpenError> {
        let rows = caught(|| Ok(RowIter::from_file_into(Box::new(SerializedFileReader::new(Bounded(file))?))));
        let rows = rows.map_err(|error| OpenError::Damaged(error.to_string()))?;
        Ok(Self { rows, line: Vec::new(), at: 0 })
    }
}

impl Read for Columns {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            let Some(row) = caught(|| self.rows.next().transpose())? else { return Ok(0) };
            self.line = object(row.get_column_iter()).to_string().into_bytes();
            self.line.push(b'\n');
            self.at = 0;
        }
        let read = (&self.line[self.at..]).read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

fn object<'a>(columns: impl Iterator<Item = (&'a String, &'a Field)>) -> Value {
    let told = columns.map(|(name, field)| (name.clone(), value(field))).filter(|(_, value)| !value.is_null());
    Value::Object(told.collect())
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => (*truth).into(),
        Field::Byte(number) => (*number).into(),
        Field::Short(number) => (*number).into(),
        Field::Int(number) => (*number).into(),
        Field::Long(number) | Field::TimestampMillis(number) | Field::TimestampMicros(number) => (*number).into(),
        Field::UByte(number) => (*number).into(),
        Field::UShort(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::ULong(number) => (*number).into(),
        Field::Float16(number) => number.to_f32().into(),
        Field::Float(number) => (*number).into(),
        Field::Double(number) => (*number).into(),
        Field::Str(text) => nested(text).unwrap_or_else(|| text.as_str().into()),
        Field::Bytes(bytes) => match bytes.as_utf8() {
            Ok(text) => nested(text).unwrap_or_else(|| text.into()),
            Err(_) => base64::engine::general_purpose::STANDARD.encode(bytes.data()).into(),
        },
        // Quotes are not part of these.
        Field::Decimal(_) | Field::Date(_) | Field::TimeMillis(_) | Field::TimeMicros(_) => {
            field.to_string().trim_matches('"').into()
        }
        Field::Group(row) => object(row.get_column_iter()),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        Field::MapInternal(map) => {
            let name = |key: &Field| match value(key) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            Value::Object(map.entries().iter().map(|(key, field)| (name(key), value(field))).collect())
        }
    }
}

/// What a text holds that is JSON's object or array.
fn nested(text: &str) -> Option<Value> {
    text.starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::{Item, Reader};
    use bytes::Bytes;
    use parquet::basic::Compression;
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    /// Which values are there, or which belong to one list.
    type Levels = Option<&'static [i16]>;

    const SCHEMA: &str = "message rows {
        required binary conversation_id (UTF8);
        required int64 created_at (TIMESTAMP(MILLIS,true));
        optional binary metadata (UTF8);
        optional group messages (LIST) { repeated group list { optional group element {
            optional binary role (UTF8);
            optional binary content (UTF8);
        } } }
    }";

    fn texts(texts: &[&str]) -> Vec<ByteArray> {
        texts.iter().map(|text| ByteArray::from(*text)).collect()
    }

    /// Two conversations of two turns; only the first has metadata.
    fn file() -> Vec<u8> {
        let mut bytes = Vec::new();
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let texts_of: [(&[&str], Levels, Levels); 5] = [
            (&["a", "b"], None, None),
            (&[], None, None),
            (&["{\"user\": \"u1\"}"], Some(&[1, 0]), None),
            (&["user", "assistant", "user", "assistant"], Some(&[4; 4]), Some(&[0, 1, 0, 1])),
            (&["hello", "yes?", "bye", "bye!"], Some(&[4; 4]), Some(&[0, 1, 0, 1])),
        ];
        for (values, definition, repetition) in texts_of {
            let mut column = group.next_column().unwrap().unwrap();
            if values.is_empty() {
                column.typed::<Int64Type>().write_batch(&[1_700_000_000_000, 1_700_000_100_000], None, None).unwrap();
            } else {
                column.typed::<ByteArrayType>().write_batch(&texts(values), definition, repetition).unwrap();
            }
            column.close().unwrap();
        }
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    fn lines(bytes: Vec<u8>) -> io::Result<String> {
        let mut columns = Columns::open(Bytes::from(bytes)).map_err(io::Error::other)?;
        let mut text = String::new();
        columns.read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn rows_are_lines_of_json_that_the_formats_read() {
        let text = lines(file()).unwrap();
        assert_eq!(
            text.lines().next().unwrap(),
            r#"{"conversation_id":"a","created_at":1700000000000,"messages":[{"content":"hello","role":"user"},{"content":"yes?","role":"assistant"}],"metadata":{"user":"u1"}}"#
        );
        assert!(!text.lines().nth(1).unwrap().contains("metadata"));
        let mut columns = Columns::open(Bytes::from(file())).unwrap();
        let mut reader = Reader::open(&mut columns).unwrap();
        let mut read = Vec::new();
        while let Some(item) = reader.next_item().unwrap() {
            let Item::Conversation(conversation, _) = item else { panic!("{item:?}") };
            read.push((conversation.external_id.unwrap(), conversation.turns.len()));
        }
        assert_eq!(read, [("a".to_string(), 2), ("b".to_string(), 2)]);
    }

    #[test]
    fn damage_anywhere_is_said_and_never_ends_the_program() {
        let whole = file();
        for cut in 0..whole.len() {
            lines(whole[..cut].to_vec()).unwrap_err();
        }
        let (mut said, mut unseen) = (0, 0);
        for place in 0..whole.len() {
            for flipped in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[place] ^= flipped;
                if lines(bytes).is_err() { said += 1 } else { unseen += 1 }
            }
        }
        assert!(said > unseen / 2, "{said} {unseen}");
    }
}
