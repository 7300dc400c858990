//! Readers: bytes of an exported trace file in, conversations and set-aside records out, one at a time and in
//! constant memory. The format is told by content. A bad record is set aside with its place and reason and never
//! takes its neighbours with it; what came before the end of a damaged file is kept.
//!
//! A reader is handed its input and opens nothing. It does not judge ([`outcome`](super::outcome)), store or print.

mod agents_sdk;
mod archive;
mod aside;
mod atif;
mod autogen;
mod batch;
mod beginning;
mod braintrust;
mod call_log;
mod chat;
mod claude_code;
mod claude_stream;
mod codex;
#[cfg(feature = "parquet")]
mod columns;
mod container;
mod detect;
mod dialect;
mod fidelity;
mod flat_spans;
mod found;
mod gemini_cli;
mod identity;
mod inspect;
mod jaeger;
mod langfuse;
mod langsmith;
mod map;
mod message_lines;
mod mlflow;
mod observed;
mod openai;
mod openhands;
mod opik;
mod otlp;
mod outcomes;
mod pairs;
mod platforms;
mod protobuf;
mod reason;
mod repair;
mod rows;
mod scan;
mod sharegpt;
mod span;
mod split;
mod swe_agent;
mod table;
mod tau2;
mod tau_bench;
mod vercel_ui;

pub use archive::{Archive, Member};
pub use batch::Batch;
#[cfg(feature = "parquet")]
pub use columns::Columns;
pub use container::Wrapping;
pub use fidelity::{Fidelity, Tally};
pub use map::{FieldMap, MapError};
pub use reason::{Limits, OpenError, Place, Reason, SetAside};
pub use table::{FORMATS, Format};

use crate::trace::fragment::Fragment;
use crate::trace::message::{Message, Turns};
use crate::trace::outcome::Joined;
use crate::trace::{Conversation, ConversationId, Role, Turn, system_text_digest};
use batch::{How, parse};
use container::Container;
use detect::Detection;
use protobuf::Requests;
use rows::Rows;
use split::{Cut, Layout, Piece, Splitter};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use std::sync::Arc;
use table::{Envelope, Read, Session};

/// Version of everything that turns bytes into conversations. When it changes, files are read again.
pub const VERSION: u32 = 2;

/// Bytes of records that are handed on together: enough that handing on costs nothing, few enough to be held often.
const BATCH: usize = 512 << 10;

/// Bytes looked at to tell the format.
const SAMPLE: usize = 1 << 20;

/// The deepest nesting of brackets outside strings, and how many are still open at the end.
fn depths(sample: &[u8]) -> (usize, usize) {
    let (mut open, mut deepest) = (0_usize, 0);
    let (mut quoted, mut escaped) = (false, false);
    for byte in sample {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !quoted => open = open.saturating_sub(1),
            _ => {}
        }
    }
    (deepest, open)
}

/// What a reader gives out.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A conversation and where its record is.
    Conversation(Box<Conversation>, Place),
    /// Pieces of conversations, all of one record, and where it is.
    Fragments(Vec<Fragment>, Place),
    /// What another system says, and where its record is.
    Joined(Vec<Joined>, Place),
    /// A record that is none. A record of which only some items are bad is one after its fragments, in the same place.
    SetAside(SetAside),
}

/// What the user knows better than the file says.
#[derive(Debug, Default)]
pub struct Options {
    /// Limits of one record.
    pub limits: Limits,
    /// The format, instead of what the first records look like.
    pub format: Option<&'static Format>,
    /// Where the fields of a home-made shape are.
    pub map: Option<FieldMap>,
    /// The map is for files that no format claims, and not for all.
    pub map_unclaimed: bool,
}

/// Where records come from.
enum Source<'input> {
    Json(Splitter<'input>),
    Rows(Rows<'input>),
    Protobuf(Requests<'input>),
}

impl Source<'_> {
    fn next(&mut self) -> io::Result<Option<Piece>> {
        match self {
            Self::Json(splitter) => splitter.next(),
            Self::Rows(rows) => rows.next(),
            Self::Protobuf(requests) => requests.next(),
        }
    }

    fn offset(&self) -> u64 {
        match self {
            Self::Json(splitter) => splitter.offset(),
            Self::Rows(rows) => rows.offset(),
            Self::Protobuf(requests) => requests.offset(),
        }
    }
}

/// Reads one file.
pub struct Reader<'input> {
    source: Source<'input>,
    wrapping: Wrapping,
    by_lines: bool,
    format: &'static Format,
    confidence: f64,
    how: Arc<How>,
    envelope: Arc<Envelope>,
    session: Option<Box<dyn Session>>,
    /// Bytes of records that the session holds.
    held: usize,
    ended: bool,
    /// What was read and not yet given out.
    waiting: VecDeque<Item>,
    tally: Tally,
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("format", &self.format).finish_non_exhaustive()
    }
}

impl<'input> Reader<'input> {
    /// Looks at the beginning of `input` and tells its format.
    ///
    /// # Errors
    /// When nothing can be read from it, with the reason.
    pub fn open(input: impl io::Read + 'input) -> Result<Self, OpenError> {
        Self::with(input, Options::default())
    }

    /// As [`Reader::open`], with what the user knows better.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn with(input: impl io::Read + 'input, options: Options) -> Result<Self, OpenError> {
        let container = Container::open(input).map_err(OpenError::Io)?;
        let mut splitter = Splitter::new(container, options.limits);
        let wrapping = splitter.wrapping();
        let sample = splitter.sample(SAMPLE).map_err(OpenError::Io)?;
        if wrapping != Wrapping::Plain && container::wrapping(sample) != Wrapping::Plain {
            return Err(OpenError::Nested);
        }
        let limits = options.limits;
        // Only what the map is for is read by it.
        let of = |source, format: &'static Format, confidence, by_lines, member, map: Option<FieldMap>| Self {
            source,
            wrapping,
            by_lines,
            format,
            confidence,
            how: Arc::new(How { format, member, map: map.filter(|_| format == &map::FORMAT), limits }),
            envelope: Arc::default(),
            session: if let Read::Session(begin) = format.read { Some(begin()) } else { None },
            held: 0,
            ended: false,
            waiting: VecDeque::new(),
            tally: Tally::default(),
        };
        if let Some(framing) = protobuf::recognise(sample, options.limits.record) {
            let source = Source::Protobuf(Requests::new(splitter, framing, options.limits.record));
            return Ok(of(source, &otlp::FORMAT, 1.0, false, None, None));
        }
        if let Some(error) = unreadable(sample) {
            return Err(error);
        }
        let mapped = options.map.as_ref().map(|_| &map::FORMAT);
        let forced = mapped.filter(|_| !options.map_unclaimed).or(options.format);
        // A question and an answer are in many records; the user's word counts for more.
        let guessed = |format: &Format| mapped.is_some() && *format == pairs::FORMAT;
        let whole = sample.len() < SAMPLE;
        let json = sample.trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'{' | b'['));
        if !json
            && let Some((separator, format, confidence)) = rows::recognise(sample, forced)
                .filter(|(_, format, _)| !guessed(format))
                .or_else(|| rows::recognise(sample, Some(mapped?)))
        {
            let source = Source::Rows(Rows::new(splitter, separator));
            return Ok(of(source, format, confidence, false, None, options.map));
        }
        let detection = match forced {
            Some(format) => detect::lay_out(sample, whole, format),
            None => match (detect::detect(sample, whole), mapped) {
                (Detection::Unknown(_), Some(mapped)) if json => detect::lay_out(sample, whole, mapped),
                (Detection::Known(format, ..), Some(mapped)) if guessed(format) => {
                    detect::lay_out(sample, whole, mapped)
                }
                (detection, _) => detection,
            },
        };
        let (format, confidence, layout) = match detection {
            Detection::Known(format, confidence, layout) => (format, confidence, layout),
            Detection::Unknown(keys) => {
                let (deepest, open) = depths(sample);
                return Err(match splitter.damage() {
                    Some(damage) => OpenError::Damaged(damage.to_string()),
                    None if deepest > options.limits.depth => OpenError::TooDeep(options.limits.depth),
                    None if json && whole && open > 0 => OpenError::Cut,
                    None => OpenError::Unknown { keys },
                });
            }
            Detection::Nothing => {
                let damage = splitter.damage().map(str::to_string);
                return Err(damage.map_or(OpenError::Empty, OpenError::Damaged));
            }
        };
        splitter.lay_out(layout, format.envelope);
        let member = if let Layout::Member(member) = layout { Some(member) } else { None };
        let source = Source::Json(splitter);
        Ok(of(source, format, confidence, layout == Layout::Lines, member, options.map))
    }

    /// The file's format.
    pub fn format(&self) -> &'static Format {
        self.format
    }

    /// Whether each record stands on a line of its own, so that what is added to the file can be read alone.
    pub fn by_lines(&self) -> bool {
        self.by_lines && self.wrapping == Wrapping::Plain && self.session.is_none()
    }

    /// How the file is wrapped.
    pub fn wrapping(&self) -> Wrapping {
        self.wrapping
    }

    /// Share of the first records that have this format, in `(0, 1]`.
    pub fn confidence(&self) -> f64 {
        self.confidence
    }

    /// What the items given out one by one held; whole after the last.
    pub fn fidelity(&self) -> Fidelity {
        self.tally.finish()
    }

    /// The next item, or `None` at the end. An error is the file's: nothing more can be read from it.
    ///
    /// # Errors
    /// When the file fails.
    pub fn next_item(&mut self) -> io::Result<Option<Item>> {
        loop {
            if let Some(item) = self.waiting.pop_front() {
                if let Item::Conversation(conversation, _) = &item {
                    self.tally.add(conversation);
                }
                return Ok(Some(item));
            }
            let Some(batch) = self.next_batch()? else { return Ok(None) };
            let (items, repaired) = batch.read();
            self.tally.repaired(repaired);
            self.waiting = items.into();
        }
    }

    /// The next records, cut and not yet read, about [`BATCH`] bytes of them; `None` at the end. Batches can be read
    /// anywhere, at the same time, and give the file's items in the order of the batches.
    ///
    /// # Errors
    /// When the file fails.
    pub fn next_batch(&mut self) -> io::Result<Option<Batch>> {
        if self.ended {
            return Ok(None);
        }
        let mut batch = Batch::new(Arc::clone(&self.how), Arc::clone(&self.envelope));
        if let (true, Source::Json(splitter)) = (self.by_lines && self.session.is_none(), &mut self.source) {
            match splitter.lines(BATCH)? {
                Some(Cut::Lines(offset, bytes)) => batch.put_lines(offset, bytes),
                Some(Cut::Piece(piece)) => self.put(piece, &mut batch),
                None => self.ended = true,
            }
            return Ok((!self.ended).then_some(batch));
        }
        while batch.bytes() < BATCH {
            match self.source.next()? {
                Some(piece) => self.put(piece, &mut batch),
                None => {
                    self.ended = true;
                    let place = Place { offset: 0, length: self.source.offset() };
                    match self.session.take().map_or_else(|| Ok(Vec::new()), Session::finish) {
                        Ok(all) => {
                            batch.put_items(all.into_iter().map(|one| Item::Conversation(Box::new(one), place)));
                        }
                        // The records are gone by now.
                        Err(reason) => batch.put_items([Item::SetAside(aside::set_aside(place, b"", reason))]),
                    }
                    break;
                }
            }
        }
        Ok((!self.ended || !batch.is_empty()).then_some(batch))
    }

    fn put(&mut self, piece: Piece, batch: &mut Batch) {
        match (piece, &mut self.session) {
            (Piece::SetAside(record), _) => batch.put_items([Item::SetAside(record)]),
            (Piece::Envelope(key, bytes), _) => {
                if let Ok((value, _)) = parse(&bytes) {
                    Arc::make_mut(&mut self.envelope).insert(key, value);
                    batch.envelope = Arc::clone(&self.envelope);
                }
            }
            (Piece::Record(place, bytes), None) => batch.put_record(place, bytes),
            // What means something only in its order is read in its order.
            (Piece::Record(place, bytes), Some(_)) if self.held + bytes.len() > self.how.limits.record => {
                let reason = Reason::LongSession { limit: self.how.limits.record as u64 };
                batch.put_items([Item::SetAside(aside::set_aside(place, &bytes, reason))]);
            }
            (Piece::Record(place, bytes), Some(session)) => {
                self.held += bytes.len();
                let read = parse(&bytes).and_then(|(value, repaired)| session.add(&value).map(|()| repaired));
                match read {
                    Ok(repaired) => batch.repaired += u64::from(repaired),
                    Err(reason) => batch.put_items([Item::SetAside(aside::set_aside(place, &bytes, reason))]),
                }
            }
        }
    }
}

/// The turns; at least one must be the user's or the agent's.
fn spoken(turns: Turns) -> Result<Vec<Turn>, Reason> {
    let turns = turns.finish();
    if turns.iter().any(|turn| matches!(turn.role, Role::User | Role::Assistant)) {
        Ok(turns)
    } else {
        Err(Reason::NotAConversation("nobody says anything in it".to_string()))
    }
}

/// A conversation of these messages, with the digest of its system text.
fn of_messages(messages: Vec<Message>) -> Result<Conversation, Reason> {
    let mut turns = Turns::default();
    messages.into_iter().for_each(|message| turns.add(message));
    let mut conversation = new_conversation(spoken(turns)?);
    conversation.system_digest = system_text_digest(&conversation.system_text());
    Ok(conversation)
}

/// A conversation of these turns with nothing known about it; its id is set last.
fn new_conversation(turns: Vec<Turn>) -> Conversation {
    let times = || turns.iter().filter_map(|turn| turn.time);
    Conversation {
        id: ConversationId(String::new()),
        external_id: None,
        parent: None,
        user: None,
        agent: None,
        prompt_version: None,
        system_digest: None,
        model: None,
        started: times().min(),
        ended: times().max(),
        turns,
        scores: BTreeMap::new(),
        metadata: BTreeMap::new(),
        cost: None,
    }
}

/// Files that are not text in UTF-8, by their first bytes.
fn unreadable(head: &[u8]) -> Option<OpenError> {
    let binary = [
        (&b"PK\x03\x04"[..], "a zip archive"),
        (b"SQLite format 3\0", "a SQLite database"),
        (b"%PDF", "a PDF document"),
        (b"BZh", "bzip2 data"),
        (b"\xfd7zXZ", "xz data"),
        (b"Obj\x01", "an Avro file"),
    ];
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Some(OpenError::Utf16);
    }
    if head.starts_with(b"PAR1") {
        return Some(OpenError::Parquet);
    }
    if let Some((_, name)) = binary.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(OpenError::Binary(name));
    }
    let start = &head[..head.len().min(512)];
    // Text in UTF-16 without a mark: every other byte of its brackets and quotes is zero.
    if start.len() >= 4 && matches!((start[0], start[1], start[3]), (b'{' | b'[', 0, 0)) {
        return Some(OpenError::Utf16);
    }
    // A broken record of a text may hold some zeros; binary data has many.
    let json = matches!(head.trim_ascii_start().first(), Some(b'{' | b'['));
    let zeros = start.iter().filter(|byte| **byte == 0).count();
    let most = if json { start.len() / 16 } else { 0 };
    (zeros > most).then_some(OpenError::Binary("binary data"))
}

#[cfg(test)]
mod json_suite;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
