//! Records that were cut and are to be read: what of reading can be done anywhere and by several at once. The order of
//! batches, and of items in a batch, is the file's.

use super::aside::set_aside;
use super::split::{Piece, Splitter};
use super::table::{Envelope, Format, Read};
use super::{FieldMap, Item, Limits, Place, Reason, repair};
use memchr::{memchr, memchr2_iter};
use serde_json::Value;
use std::sync::Arc;

/// How the records of a file are read.
#[derive(Debug)]
pub(super) struct How {
    pub(super) format: &'static Format,
    /// The member whose elements are the records.
    pub(super) member: Option<&'static str>,
    pub(super) map: Option<FieldMap>,
    pub(super) limits: Limits,
}

/// See the module.
#[derive(Debug)]
pub struct Batch {
    parts: Vec<Part>,
    how: Arc<How>,
    pub(super) envelope: Arc<Envelope>,
    /// Records that were repaired before they came here.
    pub(super) repaired: u64,
    bytes: usize,
}

#[derive(Debug)]
enum Part {
    /// Whole lines from this offset on.
    Lines(u64, Vec<u8>),
    Record(Place, Vec<u8>),
    Item(Box<Item>),
}

impl Batch {
    pub(super) fn new(how: Arc<How>, envelope: Arc<Envelope>) -> Self {
        Self { parts: Vec::new(), how, envelope, repaired: 0, bytes: 0 }
    }

    pub(super) fn put_lines(&mut self, offset: u64, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        self.parts.push(Part::Lines(offset, bytes));
    }

    pub(super) fn put_record(&mut self, place: Place, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        self.parts.push(Part::Record(place, bytes));
    }

    pub(super) fn put_items(&mut self, items: impl IntoIterator<Item = Item>) {
        self.parts.extend(items.into_iter().map(|item| Part::Item(Box::new(item))));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.repaired == 0
    }

    /// Bytes of records in it.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The items of its records, and how many records had to be repaired.
    pub fn read(mut self) -> (Vec<Item>, u64) {
        let mut items = Vec::new();
        for part in std::mem::take(&mut self.parts) {
            match part {
                Part::Item(item) => items.push(*item),
                Part::Record(place, bytes) => self.record(place, &bytes, &mut items),
                Part::Lines(offset, bytes) => self.lines(offset, &bytes, &mut items),
            }
        }
        (items, self.repaired)
    }

    fn lines(&mut self, offset: u64, bytes: &[u8], items: &mut Vec<Item>) {
        let mut at = 0;
        while at < bytes.len() {
            let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length);
            let line = bytes[at..end].trim_ascii();
            if !line.is_empty() {
                // Where white space before the record is, its place begins after it.
                let start = at + (bytes[at..end].len() - bytes[at..end].trim_ascii_start().len());
                let place = Place { offset: offset + start as u64, length: line.len() as u64 };
                self.line(place, line, (offset + at as u64, &bytes[at..end]), items);
            }
            at = end + 1;
        }
    }

    /// One line: a record as it should be, or whatever a closer look finds in it.
    fn line(&mut self, place: Place, line: &[u8], (offset, whole): (u64, &[u8]), items: &mut Vec<Item>) {
        let limits = self.how.limits;
        let shallow = || memchr2_iter(b'{', b'[', line).take(limits.depth + 1).count() <= limits.depth;
        if line.len() <= limits.record && matches!(line.first(), Some(b'{' | b'[')) && shallow() {
            if self.how.map.is_none()
                && let Read::Direct(read, _) = self.how.format.read
                && let Some(conversation) = read(line)
            {
                return items.push(Item::Conversation(Box::new(conversation), place));
            }
            if let Ok(value) = serde_json::from_slice::<Value>(line) {
                return self.items(&value, place, line, items);
            }
        }
        for piece in Splitter::of_line(whole, offset, limits) {
            match piece {
                Piece::Record(place, bytes) => self.record(place, &bytes, items),
                Piece::SetAside(record) => items.push(Item::SetAside(record)),
                Piece::Envelope(..) => {}
            }
        }
    }

    fn record(&mut self, place: Place, bytes: &[u8], items: &mut Vec<Item>) {
        match parse(bytes) {
            Ok((value, repaired)) => {
                self.repaired += u64::from(repaired);
                self.items(&value, place, bytes, items);
            }
            Err(reason) => items.push(Item::SetAside(set_aside(place, bytes, reason))),
        }
    }

    fn items(&self, value: &Value, place: Place, bytes: &[u8], items: &mut Vec<Item>) {
        let How { format, member, map, .. } = &*self.how;
        let conversation = |read: Result<_, Reason>| read.map(|one| Item::Conversation(Box::new(one), place));
        let aside = |reason| Item::SetAside(set_aside(place, bytes, reason));
        let read = match (&map, &format.read) {
            (Some(map), _) => conversation(map.conversation(value)),
            (None, Read::Conversation(read) | Read::Direct(_, read)) => conversation(read(value, &self.envelope)),
            (None, Read::Conversations(read)) => {
                return items.extend(read(value).into_iter().map(|one| conversation(one).unwrap_or_else(aside)));
            }
            (None, Read::Fragments(read)) => {
                // What is around the list is the format's only where the format knows of it.
                let known = member.filter(|member| format.members.contains(member));
                let wrapped = known.map(|member| {
                    let mut around = Envelope::clone(&self.envelope);
                    around.insert(member.to_string(), Value::Array(vec![value.clone()]));
                    Value::Object(around)
                });
                match read(wrapped.as_ref().unwrap_or(value)) {
                    Ok(found) => {
                        let refusal = found.refusal();
                        if refusal.is_none() || !found.fragments.is_empty() {
                            items.push(Item::Fragments(found.fragments, place));
                        }
                        return items.extend(refusal.map(aside));
                    }
                    Err(reason) => Err(reason),
                }
            }
            (None, Read::Joined(read)) => read(value).map(|facts| Item::Joined(facts, place)),
            (None, Read::Session(_)) => Err(Reason::NotAConversation("it came out of its order".to_string())),
        };
        items.push(read.unwrap_or_else(aside));
    }
}

/// A record as JSON, and whether it had to be repaired.
pub(super) fn parse(bytes: &[u8]) -> Result<(Value, bool), Reason> {
    let error = match serde_json::from_slice(bytes) {
        Ok(value) => return Ok((value, false)),
        Err(error) => error,
    };
    if let Some(repaired) = repair::repair(bytes)
        && let Ok(value) = serde_json::from_slice(&repaired)
    {
        return Ok((value, true));
    }
    Err(Reason::Syntax(error.to_string()))
}
