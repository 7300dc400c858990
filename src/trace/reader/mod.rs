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
mod beginning;
mod braintrust;
mod call_log;
mod chat;
mod claude_code;
mod codex;
mod container;
mod detect;
mod dialect;
mod fidelity;
mod flat_spans;
mod gemini_cli;
mod identity;
mod inspect;
mod jaeger;
mod langfuse;
mod langsmith;
mod map;
mod mlflow;
mod observed;
mod openai;
mod openhands;
mod otlp;
mod outcomes;
mod platforms;
mod protobuf;
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
pub use container::Wrapping;
pub use fidelity::Fidelity;
pub use map::{FieldMap, MapError};
pub use table::{FORMATS, Format};

use crate::digest::Digest;
use crate::trace::fragment::Fragment;
use crate::trace::message::{Message, Turns};
use crate::trace::outcome::Joined;
use crate::trace::{Conversation, ConversationId, Role, Turn, system_text_digest};
use container::Container;
use detect::Detection;
use fidelity::Tally;
use protobuf::Requests;
use rows::Rows;
use serde_json::Value;
use split::{Layout, Piece, Splitter};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io;
use table::{Envelope, Read, Session};

/// Version of everything that turns bytes into conversations. When it changes, files are read again.
pub const VERSION: u32 = 1;

/// Bytes looked at to tell the format.
const SAMPLE: usize = 1 << 20;

/// Where a record is in its decompressed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// First byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// Limits of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub record: usize,
    /// Levels of nesting. The parser behind recurses, and refuses 128.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record: 64 << 20, depth: 100 }
    }
}

/// A record that could not be read: its place, the reason and enough of it to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct SetAside {
    /// First byte in the decompressed file.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// Why.
    pub reason: Reason,
    /// Its first 4 KiB.
    pub head: Vec<u8>,
    /// Digest of all of it.
    pub digest: Digest,
}

/// Why a record was set aside. The text never quotes the record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// More bytes than a record may have.
    #[error("the record is longer than {} MiB", .limit >> 20)]
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// Nested deeper than a record may be.
    #[error("the record is nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Not JSON.
    #[error("the record is not valid JSON: {0}")]
    Syntax(String),
    /// The line or the file ends inside the record.
    #[error("it ends in the middle of the record")]
    Cut,
    /// The compressed stream stops here.
    #[error("the file cannot be read further: {0}")]
    Damaged(String),
    /// JSON, but not what the format promises.
    #[error("the record is not a conversation: {0}")]
    NotAConversation(String),
}

impl Reason {
    /// A short stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::TooDeep { .. } => "too-deep",
            Self::Syntax(_) => "syntax",
            Self::Cut => "cut",
            Self::Damaged(_) => "damaged",
            Self::NotAConversation(_) => "not-a-conversation",
        }
    }
}

/// Why a file cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No bytes, or white space only.
    #[error("the file is empty")]
    Empty,
    /// Not text.
    #[error("the file is {0}, not a trace in JSON")]
    Binary(&'static str),
    /// Text in another encoding.
    #[error("the file is UTF-16 text, not UTF-8")]
    Utf16,
    /// Compressed twice.
    #[error("the file is compressed twice")]
    Nested,
    /// Compressed, and nothing comes out.
    #[error("the file cannot be decompressed: {0}")]
    Damaged(String),
    /// Too little of the first record is there to tell.
    #[error("the file ends in the middle of its first record")]
    Cut,
    /// The first record is nested deeper than any trace.
    #[error("the file's first record is nested deeper than {0} levels")]
    TooDeep(usize),
    /// Nothing known. The keys are trace text: escape them before printing.
    #[error("the file holds no trace format that is known")]
    Unknown {
        /// The first record's keys, at most eight.
        keys: Vec<String>,
    },
    /// The file failed.
    #[error("the file cannot be read")]
    Io(#[source] io::Error),
}

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
    /// A record that is none.
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
    /// The member whose elements are the records.
    member: Option<&'static str>,
    envelope: Envelope,
    session: Option<Box<dyn Session>>,
    map: Option<FieldMap>,
    /// What the end of the file gave and was not handed out.
    ended: VecDeque<Conversation>,
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
        let of = |source, format: &'static Format, confidence, by_lines, member, map| Self {
            source,
            wrapping,
            by_lines,
            format,
            confidence,
            member,
            envelope: Envelope::new(),
            session: if let Read::Session(begin) = format.read { Some(begin()) } else { None },
            map,
            ended: VecDeque::new(),
            tally: Tally::default(),
        };
        if let Some(framing) = protobuf::recognise(sample, options.limits.record) {
            let source = Source::Protobuf(Requests::new(splitter, framing, options.limits.record));
            return Ok(of(source, &otlp::FORMAT, 1.0, false, None, None));
        }
        if let Some(error) = unreadable(sample) {
            return Err(error);
        }
        let forced = options.map.as_ref().map(|_| &map::FORMAT).or(options.format);
        let whole = sample.len() < SAMPLE;
        let json = sample.trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'{' | b'['));
        if !json && let Some((separator, format, confidence)) = rows::recognise(sample, forced) {
            let source = Source::Rows(Rows::new(splitter, separator));
            return Ok(of(source, format, confidence, false, None, options.map));
        }
        let detection = match forced {
            Some(format) => detect::lay_out(sample, whole, format),
            None => detect::detect(sample, whole),
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

    /// What was read so far; whole after the last item.
    pub fn fidelity(&self) -> Fidelity {
        self.tally.finish()
    }

    /// Counts a conversation that was made of this file's pieces as one of this file's.
    pub fn count(&mut self, conversation: &Conversation) {
        self.tally.add(conversation);
    }

    /// The next record, or `None` at the end. An error is the file's: nothing more can be read from it.
    pub fn next_item(&mut self) -> io::Result<Option<Item>> {
        loop {
            if let Some(conversation) = self.ended.pop_front() {
                self.tally.add(&conversation);
                return Ok(Some(Item::Conversation(
                    Box::new(conversation),
                    Place { offset: 0, length: self.source.offset() },
                )));
            }
            let Some(piece) = self.source.next()? else {
                let Some(session) = self.session.take() else { return Ok(None) };
                self.ended = session.finish().into();
                continue;
            };
            let (place, bytes) = match piece {
                Piece::SetAside(record) => return Ok(Some(Item::SetAside(record))),
                Piece::Envelope(key, bytes) => {
                    if let Ok(value) = self.parse(&bytes) {
                        self.envelope.insert(key, value);
                    }
                    continue;
                }
                Piece::Record(place, bytes) => (place, bytes),
            };
            match self.record(&bytes, place) {
                Ok(Some(item)) => return Ok(Some(item)),
                Ok(None) => {}
                Err(reason) => return Ok(Some(Item::SetAside(aside::set_aside(place, &bytes, reason)))),
            }
        }
    }

    /// What one record gives; nothing when it waits for the end of its file.
    fn record(&mut self, bytes: &[u8], place: Place) -> Result<Option<Item>, Reason> {
        let value = self.parse(bytes)?;
        if let Some(map) = &self.map {
            let conversation = map.conversation(&value)?;
            self.tally.add(&conversation);
            return Ok(Some(Item::Conversation(Box::new(conversation), place)));
        }
        match &self.format.read {
            Read::Conversation(read) => {
                let conversation = read(&value, &self.envelope)?;
                self.tally.add(&conversation);
                Ok(Some(Item::Conversation(Box::new(conversation), place)))
            }
            Read::Fragments(read) => {
                let fragments = match self.member {
                    Some(member) => {
                        read(&Value::Object([(member.to_string(), Value::Array(vec![value]))].into_iter().collect()))
                    }
                    None => read(&value),
                };
                Ok(Some(Item::Fragments(fragments?, place)))
            }
            Read::Joined(read) => Ok(Some(Item::Joined(read(&value)?, place))),
            Read::Session(begin) => self.session.get_or_insert_with(begin).add(&value).map(|()| None),
        }
    }

    fn parse(&mut self, bytes: &[u8]) -> Result<Value, Reason> {
        let error = match serde_json::from_slice(bytes) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        if let Some(repaired) = repair::repair(bytes)
            && let Ok(value) = serde_json::from_slice(&repaired)
        {
            self.tally.repaired();
            return Ok(value);
        }
        Err(Reason::Syntax(error.to_string()))
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
        (b"PAR1", "a Parquet file"),
        (b"SQLite format 3\0", "a SQLite database"),
        (b"%PDF", "a PDF document"),
        (b"BZh", "bzip2 data"),
        (b"\xfd7zXZ", "xz data"),
        (b"Obj\x01", "an Avro file"),
    ];
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Some(OpenError::Utf16);
    }
    if let Some((_, name)) = binary.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(OpenError::Binary(name));
    }
    let start = &head[..head.len().min(512)];
    // Text in UTF-16 without a mark: every other byte of its brackets and quotes is zero.
    if start.len() >= 4 && matches!((start[0], start[1], start[3]), (b'{' | b'[', 0, 0)) {
        return Some(OpenError::Utf16);
    }
    start.contains(&0).then_some(OpenError::Binary("binary data"))
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
