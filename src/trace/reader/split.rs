//! Cuts a stream of bytes into records, one JSON value each, in constant memory: lines, concatenated values,
//! elements of an array, or elements of one array inside an object. What cannot be cut is set aside, and reading
//! goes on at the next place that looks like the start of a record, so that a bad record never takes its
//! neighbours with it.

mod recover;

use super::aside::{HEAD, Taken, set_aside};
use super::beginning::{Beginning, first_key};
use super::container::{Container, Stop, Wrapping};
use super::scan::{Scan, Scanner};
use super::{Limits, Place, Reason, SetAside};
use memchr::{memchr, memrchr};
use std::collections::VecDeque;
use std::io;

/// Bytes asked of the file at a time.
const CHUNK: usize = 256 << 10;
/// Above this a record is long.
const LONG: usize = 4 << 20;

/// How records lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One value a line (or several glued on one).
    Lines,
    /// Values one after the other, over any number of lines.
    Values,
    /// The elements of arrays at the top level.
    Elements,
    /// The elements of this member of objects at the top level; the other members are the envelope.
    Member(&'static str),
}

/// One cut of the stream.
#[derive(Debug, PartialEq)]
pub(super) enum Piece {
    /// A balanced value that should be a record.
    Record(Place, Vec<u8>),
    /// A member of the object around the records.
    Envelope(String, Vec<u8>),
    /// What is no value.
    SetAside(SetAside),
}

/// Many lines at once, or a piece that needed a closer look.
pub(super) enum Cut {
    /// Whole lines, and the offset of the first.
    Lines(u64, Vec<u8>),
    /// See [`Piece`].
    Piece(Piece),
}

/// Where in the layout the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Top,
    Array,
    Object,
}

/// See the module.
pub(super) struct Splitter<'input> {
    container: Container<'input>,
    buffer: Vec<u8>,
    /// First byte of `buffer` that was not given out.
    start: usize,
    /// Offset of `buffer[0]` in the stream.
    base: u64,
    ended: bool,
    damage: Option<String>,
    layout: Layout,
    state: State,
    limits: Limits,
    /// Members of the envelope that are given out.
    wanted: &'static [&'static str],
    /// After a recovery stray separators are expected and skipped.
    recovered: bool,
    /// How the file's first record that is an object begins.
    usual: Option<Beginning>,
    queue: VecDeque<Piece>,
}

impl<'input> Splitter<'input> {
    /// A splitter that has read nothing yet. The layout is set after [`Splitter::sample`].
    pub(super) fn new(container: Container<'input>, limits: Limits) -> Self {
        Self {
            container,
            buffer: Vec::new(),
            start: 0,
            base: 0,
            ended: false,
            damage: None,
            layout: Layout::Values,
            state: State::Top,
            limits,
            wanted: &[],
            recovered: false,
            usual: None,
            queue: VecDeque::new(),
        }
    }

    /// The first bytes of the stream, up to about `size`, without consuming them. A byte order mark is consumed.
    pub(super) fn sample(&mut self, size: usize) -> io::Result<&[u8]> {
        while self.buffer.len() < size && self.fill()? {}
        if self.base == 0 && self.start == 0 && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.start = 3;
        }
        Ok(&self.buffer[self.start..])
    }

    /// Whether the stream ended within the sample, and why if early.
    pub(super) fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    pub(super) fn wrapping(&self) -> Wrapping {
        self.container.wrapping()
    }

    /// Says how records lie and which members of an envelope are wanted.
    pub(super) fn lay_out(&mut self, layout: Layout, wanted: &'static [&'static str]) {
        self.layout = layout;
        self.wanted = wanted;
    }

    /// Reads more; `false` at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        if self.start > CHUNK && self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.base += self.start as u64;
            self.start = 0;
        }
        // A record that is long may be longest. Growing step by step would copy it each time, with both copies in memory;
        // room that is never used takes none.
        if self.buffer.len() > LONG && self.buffer.capacity() - self.buffer.len() < CHUNK {
            self.buffer.reserve_exact((self.limits.record + 2 * CHUNK).saturating_sub(self.buffer.len()).max(LONG));
        }
        match self.container.read(&mut self.buffer, CHUNK) {
            Ok(0) => {
                self.ended = true;
                Ok(false)
            }
            Ok(_) => Ok(true),
            Err(Stop::Damaged(reason)) => {
                self.ended = true;
                self.damage = Some(reason);
                Ok(false)
            }
            Err(Stop::Io(error)) => Err(error),
        }
    }

    /// Moves up to `buffer.len()` bytes out, for a reader that cuts otherwise.
    fn pass(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.start == self.buffer.len() && !self.fill()? {
            return match self.damage.take() {
                Some(reason) => Err(io::Error::new(io::ErrorKind::InvalidData, reason)),
                None => Ok(0),
            };
        }
        let length = buffer.len().min(self.buffer.len() - self.start);
        buffer[..length].copy_from_slice(&self.buffer[self.start..self.start + length]);
        self.start += length;
        Ok(length)
    }

    /// Offset of the next byte that was not given out.
    pub(super) fn offset(&self) -> u64 {
        self.base + self.start as u64
    }

    /// Why a value is not whole at the end of the stream; damage is reported once.
    fn end_reason(&mut self) -> Reason {
        self.damage.take().map_or(Reason::Cut, Reason::Damaged)
    }

    /// The next piece, or `None` at the end. An error is the file's.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            if let Some(piece) = self.queue.pop_front() {
                return Ok(Some(piece));
            }
            let piece = if self.layout == Layout::Lines { self.line()? } else { self.step()? };
            match piece {
                Step::Piece(piece) => return Ok(Some(piece)),
                Step::Again => {}
                Step::End => {
                    let Some(reason) = self.damage.take() else { return Ok(None) };
                    let nothing = Place { offset: self.offset(), length: 0 };
                    return Ok(Some(Piece::SetAside(set_aside(nothing, b"", Reason::Damaged(reason)))));
                }
            }
        }
    }

    // Lines

    /// Whole lines, `most` bytes or a little more; the last may lack its end at the end of the file.
    pub(super) fn lines(&mut self, most: usize) -> io::Result<Option<Cut>> {
        if let Some(piece) = self.queue.pop_front() {
            return Ok(Some(Cut::Piece(piece)));
        }
        while self.buffer.len() - self.start < most && self.fill()? {}
        // Of a long line only what is new is searched.
        let mut searched = 0;
        loop {
            let rest = &self.buffer[self.start..];
            let newest = memrchr(b'\n', &rest[searched.min(rest.len())..]).map(|last| searched + last + 1);
            let length = if self.ended { Some(rest.len()) } else { newest };
            searched = rest.len();
            match length {
                // What is left of a damaged file may end in half a record: it is looked at by itself.
                Some(0) | None if self.ended => return Ok(self.next()?.map(Cut::Piece)),
                Some(_) if self.ended && self.damage.is_some() => return Ok(self.next()?.map(Cut::Piece)),
                Some(length) => {
                    let offset = self.offset();
                    return Ok(Some(Cut::Lines(offset, self.take(length))));
                }
                // One line is longer than a record may be.
                None if rest.len() > self.limits.record => return Ok(self.next()?.map(Cut::Piece)),
                None => {
                    self.fill()?;
                }
            }
        }
    }

    /// Moves the next `length` bytes out: only what comes after them is copied.
    fn take(&mut self, length: usize) -> Vec<u8> {
        let end = self.start + length;
        let after = self.buffer.len() - end;
        if after > length {
            let taken = self.buffer[self.start..end].to_vec();
            self.start = end;
            return taken;
        }
        let mut rest = Vec::with_capacity(after + 3 * CHUNK);
        rest.extend_from_slice(&self.buffer[end..]);
        let mut taken = std::mem::replace(&mut self.buffer, rest);
        taken.truncate(end);
        taken.drain(..self.start);
        self.base += end as u64;
        self.start = 0;
        taken
    }

    /// What there is in one line.
    pub(super) fn of_line(line: &[u8], offset: u64, limits: Limits) -> VecDeque<Piece> {
        let mut splitter = Splitter::new(Container::plain(io::empty()), limits);
        splitter.layout = Layout::Lines;
        splitter.base = offset;
        // All of it is here: room for what a file may still hold would cost more than the line.
        splitter.buffer = line.to_vec();
        splitter.ended = true;
        let mut pieces = VecDeque::new();
        // Bytes in memory do not fail.
        while let Ok(Some(piece)) = splitter.next() {
            pieces.push_back(piece);
        }
        pieces
    }

    fn line(&mut self) -> io::Result<Step> {
        let mut searched = 0;
        loop {
            if let Some(found) = memchr(b'\n', &self.buffer[self.start + searched..]) {
                let length = searched + found;
                self.cut_line(length);
                self.start += length + 1;
                return Ok(Step::Again);
            }
            searched = self.buffer.len() - self.start;
            if searched > self.limits.record {
                return self.drop_line(Reason::TooLong { limit: self.limits.record as u64 });
            }
            if !self.fill()? {
                if searched == 0 {
                    return Ok(Step::End);
                }
                self.cut_line(searched);
                self.start += searched;
                return Ok(Step::Again);
            }
        }
    }

    /// Queues the values of the line of `length` bytes at `start`.
    fn cut_line(&mut self, length: usize) {
        // Lent out while the line is cut, so that it need not be copied.
        let buffer = std::mem::take(&mut self.buffer);
        let end = self.start + length;
        let mut at = self.start;
        if buffer[at..end].starts_with(b"\xef\xbb\xbf") {
            at += 3;
        }
        loop {
            at += buffer[at..end].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let rest = buffer[at..end].trim_ascii_end();
            if rest.is_empty() {
                break;
            }
            let (taken, reason) = self.first_value(rest);
            let place = Place { offset: self.base + at as u64, length: taken as u64 };
            let bytes = &rest[..taken];
            self.queue.push_back(match reason {
                None => Piece::Record(place, bytes.to_vec()),
                Some(reason) => Piece::SetAside(set_aside(place, bytes, reason)),
            });
            at += taken;
            at += buffer[at..end].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            at += usize::from(buffer[at..end].starts_with(b","));
        }
        self.buffer = buffer;
    }

    /// Bytes of the first value in the rest of a line, and what is wrong with it.
    fn first_value(&mut self, rest: &[u8]) -> (usize, Option<Reason>) {
        let not_a_value = || Some(Reason::Syntax("expected an object or an array".to_string()));
        if !matches!(rest.first(), Some(b'{' | b'[')) {
            return (rest.len(), not_a_value());
        }
        let mut scanner = Scanner::default();
        match scanner.feed(rest) {
            Scan::Complete(end) if end > self.limits.record => {
                (end, Some(Reason::TooLong { limit: self.limits.record as u64 }))
            }
            Scan::Complete(end) if scanner.deepest() > self.limits.depth => {
                (end, Some(Reason::TooDeep { limit: self.limits.depth }))
            }
            Scan::Complete(end) => (end, None),
            Scan::More => (rest.len(), Some(self.end_reason())),
            Scan::Broken(_, why) => (rest.len(), Some(Reason::Syntax(why.to_string()))),
        }
    }

    /// Sets what is left of a line aside, however long it is, without keeping it.
    fn drop_line(&mut self, reason: Reason) -> io::Result<Step> {
        let mut taken = Taken::new(self.offset());
        loop {
            let found = memchr(b'\n', &self.buffer[self.start..]);
            let length = found.unwrap_or(self.buffer.len() - self.start);
            taken.add(&self.buffer[self.start..self.start + length]);
            self.start += length + usize::from(found.is_some());
            if found.is_some() || !self.fill()? {
                return Ok(Step::Piece(Piece::SetAside(taken.set_aside(reason))));
            }
        }
    }

    // Values, elements, members

    /// Skips white space; the next byte, or `None` at the end.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            while let Some(byte) = self.buffer.get(self.start) {
                if !byte.is_ascii_whitespace() {
                    return Ok(Some(*byte));
                }
                self.start += 1;
            }
            if !self.fill()? {
                return Ok(None);
            }
        }
    }

    fn step(&mut self) -> io::Result<Step> {
        let next = self.peek()?;
        match (self.state, next) {
            (State::Top, None) => return Ok(Step::End),
            (_, None) => {
                self.state = State::Top;
                let reason = self.end_reason();
                let nothing = Place { offset: self.offset(), length: 0 };
                return Ok(Step::Piece(Piece::SetAside(set_aside(nothing, b"", reason))));
            }
            (State::Top, Some(b'[')) if self.layout == Layout::Elements => {
                self.start += 1;
                self.state = State::Array;
            }
            (State::Top, Some(b'{')) if matches!(self.layout, Layout::Member(_)) => {
                self.start += 1;
                self.state = State::Object;
            }
            (State::Top, Some(b'{' | b'[')) => return self.value(),
            // The bracket that closed the array was one too many.
            (State::Top, Some(b',')) if self.layout == Layout::Elements => self.state = State::Array,
            (State::Top, Some(b',' | b']' | b'}')) if self.recovered => self.start += 1,
            (State::Top, Some(_)) => {
                return self.drop_line(Reason::Syntax("expected an object or an array".to_string()));
            }
            (State::Array | State::Object, Some(b',')) => self.start += 1,
            (State::Array, Some(b']')) => {
                self.start += 1;
                self.state = if matches!(self.layout, Layout::Member(_)) { State::Object } else { State::Top };
            }
            (State::Array, Some(_)) => return self.value(),
            (State::Object, Some(b'}')) => {
                self.start += 1;
                self.state = State::Top;
            }
            (State::Object, Some(b'"')) => return self.member(),
            (State::Object, Some(_)) => return self.drop_rest("expected a member of an object"),
        }
        Ok(Step::Again)
    }

    /// The value at `start`, as a record.
    fn value(&mut self) -> io::Result<Step> {
        let offset = self.offset();
        let mut scanner = Scanner::default();
        let mut scanned = 0;
        let mut dropped: Option<(Taken, Beginning)> = None;
        loop {
            match scanner.feed(&self.buffer[self.start + scanned..]) {
                Scan::Complete(more) if dropped.is_none() && self.state == State::Array => {
                    scanned += more;
                    if let Some(why) = self.unlike(scanned)? {
                        return self.recover(None, Reason::Syntax(why.to_string()));
                    }
                }
                Scan::Complete(more) => scanned += more,
                Scan::Broken(_, why) => return self.recover(dropped, Reason::Syntax(why.to_string())),
                Scan::More => {
                    scanned = self.buffer.len() - self.start;
                    if dropped.is_none() && scanned > self.limits.record {
                        dropped = Some((Taken::new(offset), self.beginning()?));
                    }
                    if let Some((taken, _)) = &mut dropped {
                        taken.add(&self.buffer[self.start..self.start + scanned]);
                        self.start += scanned;
                        scanned = 0;
                    }
                    if self.start + scanned < self.buffer.len() || self.fill()? {
                        continue;
                    }
                    if !scanner.ends_with_input() {
                        let reason = self.end_reason();
                        return self.recover(dropped, reason);
                    }
                }
            }
            break;
        }
        if dropped.is_none() && self.usual.is_none() && self.buffer[self.start] == b'{' {
            self.usual = Some(self.beginning()?);
        }
        let bytes = &self.buffer[self.start..self.start + scanned];
        let piece = match dropped {
            Some((mut taken, _)) => {
                taken.add(bytes);
                Piece::SetAside(taken.set_aside(Reason::TooLong { limit: self.limits.record as u64 }))
            }
            None => {
                let place = Place { offset, length: scanned as u64 };
                if scanned > self.limits.record {
                    Piece::SetAside(set_aside(place, bytes, Reason::TooLong { limit: self.limits.record as u64 }))
                } else if scanner.deepest() > self.limits.depth {
                    Piece::SetAside(set_aside(place, bytes, Reason::TooDeep { limit: self.limits.depth }))
                } else {
                    Piece::Record(place, bytes.to_vec())
                }
            }
        };
        self.start += scanned;
        Ok(Step::Piece(piece))
    }

    /// One member of the object around the records: enters the wanted array, gives out what is wanted of the
    /// envelope, passes over the rest without keeping it.
    fn member(&mut self) -> io::Result<Step> {
        let Some(key) = self.whole(true)? else { return self.drop_rest("a member's name does not end") };
        let key: String = serde_json::from_slice(&key).unwrap_or_default();
        if self.peek()? != Some(b':') {
            return self.drop_rest("expected a colon after a member's name");
        }
        self.start += 1;
        let next = self.peek()?;
        if next == Some(b'[')
            && self.layout
                == Layout::Member(match self.layout {
                    Layout::Member(name) if name == key => name,
                    _ => "",
                })
        {
            self.start += 1;
            self.state = State::Array;
            return Ok(Step::Again);
        }
        let keep = self.wanted.contains(&key.as_str());
        match self.whole(keep)? {
            Some(bytes) if keep => Ok(Step::Piece(Piece::Envelope(key, bytes))),
            Some(_) => Ok(Step::Again),
            None => self.drop_rest("a member of the object around the records is damaged"),
        }
    }

    /// Consumes one value and returns its bytes (empty unless `keep`). `None` when it is damaged, and then everything
    /// before the damage is consumed, or when it is too long to keep.
    fn whole(&mut self, keep: bool) -> io::Result<Option<Vec<u8>>> {
        let mut scanner = Scanner::default();
        let mut kept = Vec::new();
        loop {
            let piece = &self.buffer[self.start..];
            let (used, complete) = match scanner.feed(piece) {
                Scan::Complete(end) => (end, true),
                Scan::More => (piece.len(), false),
                Scan::Broken(at, _) => {
                    self.start += at;
                    return Ok(None);
                }
            };
            if keep {
                kept.extend_from_slice(&piece[..used]);
                if kept.len() > self.limits.record {
                    return Ok(None);
                }
            }
            self.start += used;
            if complete {
                return Ok(Some(kept));
            }
            if !self.fill()? {
                return Ok(scanner.ends_with_input().then_some(kept));
            }
        }
    }
}

enum Step {
    Piece(Piece),
    Again,
    End,
}

impl io::Read for Splitter<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pass(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use proptest::prelude::*;

    fn limits() -> Limits {
        Limits { record: 1 << 20, depth: 100 }
    }

    /// Gives `bytes` out a few at a time, to cross every boundary.
    struct Trickle<'a>(&'a [u8], usize);

    impl io::Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = self.1.min(self.0.len()).min(buffer.len());
            buffer[..size].copy_from_slice(&self.0[..size]);
            self.0 = &self.0[size..];
            Ok(size)
        }
    }

    fn split_with(bytes: &[u8], step: usize, layout: Layout, limits: Limits) -> Vec<Piece> {
        let container = Container::open(Trickle(bytes, step)).unwrap();
        let mut splitter = Splitter::new(container, limits);
        splitter.sample(16).unwrap();
        splitter.lay_out(layout, &["info"]);
        let mut pieces = Vec::new();
        while let Some(piece) = splitter.next().unwrap() {
            pieces.push(piece);
        }
        pieces
    }

    /// Records as text, set-aside records as `!code`.
    fn split(text: &str, layout: Layout) -> Vec<String> {
        let show = |pieces: Vec<Piece>| -> Vec<String> {
            pieces
                .into_iter()
                .map(|piece| match piece {
                    Piece::Record(place, bytes) => {
                        let (start, length) = (place.offset as usize, place.length as usize);
                        assert_eq!(&text.as_bytes()[start..start + length], bytes);
                        String::from_utf8(bytes).unwrap()
                    }
                    Piece::Envelope(key, bytes) => format!("{key}={}", String::from_utf8(bytes).unwrap()),
                    Piece::SetAside(record) => format!("!{}", record.reason.code()),
                })
                .collect()
        };
        let whole = show(split_with(text.as_bytes(), usize::MAX, layout, limits()));
        assert_eq!(show(split_with(text.as_bytes(), 1, layout, limits())), whole);
        whole
    }

    #[test]
    fn lines_survive_a_bad_neighbour_a_glued_pair_and_a_missing_last_newline() {
        let text = "{\"a\":1}\n\n{\"a\":\n{\"a\":2}{\"a\":3}\nhello\n{\"a\":4]}\r\n{\"a\":5}";
        assert_eq!(
            split(text, Layout::Lines),
            ["{\"a\":1}", "!cut", "{\"a\":2}", "{\"a\":3}", "!syntax", "!syntax", "{\"a\":5}"]
        );
    }

    #[test]
    fn a_cut_last_line_is_set_aside_with_its_place() {
        let pieces = split_with(b"{\"a\":1}\n{\"a\":\"two", 5, Layout::Lines, limits());
        let Piece::SetAside(record) = &pieces[1] else { panic!("{pieces:?}") };
        assert_eq!((record.offset, record.length, &record.reason), (8, 9, &Reason::Cut));
        assert_eq!(record.digest, Digest::of("{\"a\":\"two"));
    }

    #[test]
    fn pretty_values_follow_each_other_and_a_cut_one_gives_way_to_the_next() {
        let one = "{\n  \"a\": [\n    {\"b\": 1}\n  ]\n}";
        assert_eq!(split(&format!("{one}\n\n{one}{one}"), Layout::Values), [one, one, one]);
        let cut = "{\n  \"a\": [\n    {\"b\": 1},\n";
        assert_eq!(split(&format!("{one}\n{cut}{one}\n"), Layout::Values), [one, "!cut", one]);
        let torn = "{\n  \"a\": \"text\n";
        assert_eq!(split(&format!("{torn}{one}\n{one}"), Layout::Values), ["!syntax", one, one]);
    }

    #[test]
    fn array_elements_come_one_by_one_and_resync_after_a_bad_one() {
        assert_eq!(
            split("[{\"a\":1}, {\"a\":2}]\n[{\"a\":3}]", Layout::Elements),
            ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]
        );
        assert_eq!(split("[]", Layout::Elements), [] as [&str; 0]);
        let bad = "[{\"a\":1},{\"a\":[}},{\"a\":3},{\"a\":4}]";
        assert_eq!(split(bad, Layout::Elements), ["{\"a\":1}", "!syntax", "{\"a\":3}", "{\"a\":4}"]);
        let pretty = "[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": [ }\n  },\n  {\n    \"a\": 3\n  }\n]\n";
        assert_eq!(split(pretty, Layout::Elements), ["{\n    \"a\": 1\n  }", "!syntax", "{\n    \"a\": 3\n  }"]);
        assert_eq!(split("[{\"a\":1},{\"a\":2", Layout::Elements), ["{\"a\":1}", "!cut"]);
        assert_eq!(split("[{\"a\":1},", Layout::Elements), ["{\"a\":1}", "!cut"]);
    }

    #[test]
    fn a_member_is_streamed_and_its_envelope_given_out() {
        let text = "{\"time\": 1, \"info\": {\"x\": [1]}, \"tasks\": [{\"y\": \"]\"}], \"list\": [{\"a\":1}, {\"a\":2}], \"z\": null}";
        assert_eq!(split(text, Layout::Member("list")), ["info={\"x\": [1]}", "{\"a\":1}", "{\"a\":2}"]);
        assert_eq!(split("{\"list\": [{\"a\":1}, {\"a\"", Layout::Member("list")), ["{\"a\":1}", "!cut"]);
        assert_eq!(split("{\"list\" [", Layout::Member("list")), ["!syntax"]);
    }

    #[test]
    fn long_and_deep_records_are_set_aside_and_their_neighbours_kept() {
        let small = Limits { record: 40, depth: 3 };
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(1000));
        for (layout, text) in [
            (Layout::Lines, format!("{{\"a\":1}}\n{long}\n{{\"a\":[[[]]]}}\n{{\"a\":2}}\n")),
            (Layout::Values, format!("{{\"a\":1}} {long} {{\"a\":[[[]]]}} {{\"a\":2}}")),
            (Layout::Elements, format!("[{{\"a\":1}},{long},{{\"a\":[[[]]]}},{{\"a\":2}}]")),
        ] {
            for step in [1, 7, usize::MAX] {
                let pieces = split_with(text.as_bytes(), step, layout, small);
                let kinds: Vec<&str> = pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::SetAside(record) => record.reason.code(),
                        _ => "record",
                    })
                    .collect();
                assert_eq!(kinds, ["record", "too-long", "too-deep", "record"], "{layout:?} {step}");
                let Piece::SetAside(record) = &pieces[1] else { panic!() };
                assert_eq!((record.length, record.digest), (long.len() as u64, Digest::of(&long)));
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_input_panics_and_pieces_do_not_depend_on_the_size_of_reads(
            text in "[\\[\\]{}\",:a1 \n]{0,60}",
            step in 1usize..9,
            kind in 0usize..4,
        ) {
            let layout = [Layout::Lines, Layout::Values, Layout::Elements, Layout::Member("a")][kind];
            let whole = split_with(text.as_bytes(), usize::MAX, layout, limits());
            prop_assert_eq!(split_with(text.as_bytes(), step, layout, limits()), whole);
        }

        #[test]
        fn records_around_garbage_lines_are_kept(garbage in "[\\[\\]{}\",:\\\\a1 ]{0,40}") {
            let text = format!("{{\"k\":1}}\n{garbage}\n{{\"k\":2}}\n");
            let pieces = split_with(text.as_bytes(), usize::MAX, Layout::Lines, limits());
            let record = |number| Piece::Record(
                Place { offset: if number == 1 { 0 } else { text.len() as u64 - 8 }, length: 7 },
                format!("{{\"k\":{number}}}").into_bytes(),
            );
            prop_assert!(pieces.contains(&record(1)) && pieces.contains(&record(2)));
        }
    }
}
