//! Zip archives: each member is a file of its own, with two exceptions. An Inspect log (`.eval`) is in parts, which are read
//! as if they were in one JSON object. A folder with one event of a conversation a file, as OpenHands keeps and exports
//! them, is read as if the events were in one JSON array, in the order of their numbers; what is known of the conversation
//! (`meta.json` and the like) is its last element. Members are unpacked as they are read; one that unpacks to
//! more than a thousand times what was read of it is given up.

use super::OpenError;
use super::container::{MOST_RATIO, RATIO_AFTER};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zip::ZipArchive;
use zip::result::ZipError;

/// Members that are listed: an archive with more is no export.
const MOST_MEMBERS: usize = 100_000;
/// Bytes of a log's header that are read.
const LONGEST_HEADER: u64 = 64 << 20;
/// Bytes of a log's sample or of an event that are read: what a record may have, and a little, so that the reader sees it
/// is too long.
const LONGEST_PART: u64 = (64 << 20) + 1;

/// An open archive.
#[derive(Debug)]
pub struct Archive<R> {
    zip: ZipArchive<Metered<R>>,
    /// Bytes read of the archive so far.
    packed: Arc<AtomicU64>,
    /// Bytes unpacked so far, of all members.
    unpacked: Arc<AtomicU64>,
    inspect: bool,
}

/// Counts what is read.
#[derive(Debug)]
struct Metered<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Metered<R> {
    fn seek(&mut self, position: io::SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}

/// One thing to read in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name; `None` when the archive as a whole is one log.
    pub name: Option<String>,
    /// Bytes when unpacked, as the archive says.
    pub size: u64,
    what: What,
}

/// What a member is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// One file.
    File(usize),
    /// The parts of an Inspect log.
    Log,
    /// The files of one conversation's events, in their order.
    Events(Vec<usize>),
}

/// A file in the archive.
struct Listed {
    name: String,
    size: u64,
    index: usize,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads the archive's list of members.
    ///
    /// # Errors
    /// When it is damaged, encrypted or no archive.
    pub fn open(input: R) -> Result<Self, OpenError> {
        let packed = Arc::default();
        let zip = ZipArchive::new(Metered { inner: input, bytes: Arc::clone(&packed) }).map_err(failed)?;
        if zip.len() > MOST_MEMBERS {
            return Err(OpenError::Damaged(format!("it has more than {MOST_MEMBERS} members")));
        }
        let samples = zip.file_names().flatten().any(|name| name.starts_with("samples/"));
        let inspect =
            samples && ["header.json", "_journal/start.json"].iter().any(|name| zip.index_for_name(name).is_some());
        Ok(Self { zip, packed, unpacked: Arc::default(), inspect })
    }

    /// What there is to read, by name.
    pub fn members(&mut self) -> Vec<Member> {
        if self.inspect {
            return vec![Member { name: None, size: 0, what: What::Log }];
        }
        let mut files: BTreeMap<String, Listed> = BTreeMap::new();
        for index in 0..self.zip.len() {
            let Ok(file) = self.zip.by_index_raw(index) else { continue };
            let Ok(name) = file.name().map(std::borrow::Cow::into_owned) else { continue };
            let hidden = name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
            if file.is_file() && !hidden {
                files.insert(name.clone(), Listed { name, size: file.size(), index });
            }
        }
        let mut members = conversations(&mut files);
        members.extend(files.into_values().map(|file| Member {
            name: Some(file.name),
            size: file.size,
            what: What::File(file.index),
        }));
        members.sort_by(|a, b| a.name.cmp(&b.name));
        members
    }

    /// The bytes of one of them.
    ///
    /// # Errors
    /// When it is encrypted, packed in a way that is not known, or damaged.
    pub fn read(&mut self, member: &Member) -> Result<Box<dyn Read + '_>, OpenError> {
        let packed = Arc::clone(&self.packed);
        let before = packed.load(Ordering::Relaxed);
        let in_all = Arc::clone(&self.unpacked);
        let inner: Box<dyn Read + '_> = match &member.what {
            What::File(index) => Box::new(self.zip.by_index(*index).map_err(failed)?),
            What::Log => Box::new(self.log()?),
            What::Events(files) => Box::new(Parts::new(&mut self.zip, b"[".to_vec(), files.iter().copied(), b"]")),
        };
        Ok(Box::new(Bounded { inner, packed, before, unpacked: 0, in_all }))
    }

    /// The log of an Inspect archive as one JSON object: its header's `eval`, then its samples.
    fn log(&mut self) -> Result<Parts<'_, R>, OpenError> {
        let mut header = Vec::new();
        for name in ["header.json", "_journal/start.json"] {
            if let Some(index) = self.zip.index_for_name(name) {
                let file = self.zip.by_index(index).map_err(failed)?;
                file.take(LONGEST_HEADER)
                    .read_to_end(&mut header)
                    .map_err(|error| OpenError::Damaged(error.to_string()))?;
                break;
            }
        }
        let header: Value = serde_json::from_slice(&header)
            .map_err(|_| OpenError::Damaged("the header of the Inspect log is not valid JSON".to_string()))?;
        let eval = header.get("eval").cloned().unwrap_or(Value::Null);
        let mut samples: Vec<String> = self
            .zip
            .file_names()
            .flatten()
            .filter(|name| name.starts_with("samples/") && name.ends_with(".json"))
            .map(std::borrow::Cow::into_owned)
            .collect();
        samples.sort();
        let text = format!("{{\"version\":2,\"status\":\"\",\"eval\":{eval},\"samples\":[");
        let samples: Vec<usize> = samples.iter().filter_map(|name| self.zip.index_for_name(name)).collect();
        Ok(Parts::new(&mut self.zip, text.into_bytes(), samples, b"]}"))
    }
}

fn failed(error: ZipError) -> OpenError {
    match error {
        ZipError::Io(error)
            if error.kind() != io::ErrorKind::UnexpectedEof && error.kind() != io::ErrorKind::InvalidData =>
        {
            OpenError::Io(error)
        }
        ZipError::UnsupportedArchive(reason) => {
            OpenError::Damaged(format!("the zip archive cannot be unpacked: {reason}"))
        }
        _ => OpenError::Damaged("the zip archive is damaged".to_string()),
    }
}

/// The folders that hold the events of one conversation each, taken out of the files.
fn conversations(files: &mut BTreeMap<String, Listed>) -> Vec<Member> {
    let mut folders: BTreeMap<String, Vec<(u64, String)>> = BTreeMap::new();
    for name in files.keys() {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        if let Some(number) = event_number(folder, file) {
            folders.entry(folder.to_string()).or_default().push((number, name.clone()));
        }
    }
    let mut found = Vec::new();
    for (folder, mut events) in folders {
        events.sort();
        let names = events.into_iter().map(|(_, name)| name).chain(about(&folder, files));
        let taken: Vec<Listed> = names.filter_map(|name| files.remove(&name)).collect();
        found.push(Member {
            name: Some(folder).filter(|folder| !folder.is_empty()),
            size: taken.iter().map(|file| file.size).fold(0, u64::saturating_add),
            what: What::Events(taken.iter().map(|file| file.index).collect()),
        });
    }
    found
}

/// The number of an event by its file's name: `event_000001_<id>.json`, `event-00001-<id>.json` or `events/1.json`.
fn event_number(folder: &str, file: &str) -> Option<u64> {
    let name = file.strip_suffix(".json")?;
    let of_events = folder.rsplit('/').next() == Some("events");
    let number = match name.strip_prefix("event_").or_else(|| name.strip_prefix("event-")) {
        Some(rest) => rest.split(['_', '-']).next()?,
        None if of_events => name,
        None => return None,
    };
    number.parse().ok()
}

/// The file that tells about the conversation whose events a folder holds.
fn about(folder: &str, files: &BTreeMap<String, Listed>) -> Option<String> {
    let beside = |folder: &str, file: &str| match folder {
        "" => file.to_string(),
        folder => format!("{folder}/{file}"),
    };
    let above = match folder.rsplit_once('/') {
        Some((above, "events")) => Some(above),
        None if folder == "events" => Some(""),
        _ => None,
    };
    let names = ["base_state.json", "metadata.json", "meta.json"];
    let above = above.into_iter().flat_map(|above| names.map(|name| beside(above, name)));
    std::iter::once(beside(folder, "meta.json")).chain(above).find(|name| files.contains_key(name))
}

/// Reads several files of an archive as one text, with commas in between.
struct Parts<'a, R> {
    zip: &'a mut ZipArchive<Metered<R>>,
    files: VecDeque<usize>,
    piece: Vec<u8>,
    at: usize,
    first: bool,
    end: &'static [u8],
}

impl<'a, R> Parts<'a, R> {
    fn new(
        zip: &'a mut ZipArchive<Metered<R>>,
        begin: Vec<u8>,
        files: impl IntoIterator<Item = usize>,
        end: &'static [u8],
    ) -> Self {
        Self { zip, files: files.into_iter().collect(), piece: begin, at: 0, first: true, end }
    }
}

impl<R: Read + Seek> Read for Parts<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            self.piece.clear();
            self.at = 0;
            let Some(index) = self.files.pop_front() else {
                let end = std::mem::take(&mut self.end);
                if end.is_empty() {
                    return Ok(0);
                }
                self.piece.extend_from_slice(end);
                break;
            };
            if !std::mem::take(&mut self.first) {
                self.piece.push(b',');
            }
            let file = self.zip.by_index(index).map_err(|_| damaged())?;
            file.take(LONGEST_PART).read_to_end(&mut self.piece).map_err(|_| damaged())?;
        }
        let length = buffer.len().min(self.piece.len() - self.at);
        buffer[..length].copy_from_slice(&self.piece[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

/// What a file on a disk never says of itself.
fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the zip archive is damaged")
}

/// Gives up a member that grows too much.
struct Bounded<R> {
    inner: R,
    /// Bytes read of the archive so far, and when the member began.
    packed: Arc<AtomicU64>,
    before: u64,
    unpacked: u64,
    /// Unpacked of all members: many bombs in one archive get no more room than one.
    in_all: Arc<AtomicU64>,
}

/// A member is not judged by less.
const JUDGED_AFTER: u64 = 1 << 20;

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer).map_err(|_| damaged())?;
        self.unpacked += read as u64;
        let in_all = self.in_all.fetch_add(read as u64, Ordering::Relaxed);
        let packed = self.packed.load(Ordering::Relaxed).saturating_sub(self.before).max(1);
        if in_all > RATIO_AFTER && self.unpacked > JUDGED_AFTER && self.unpacked / packed > MOST_RATIO {
            let reason = format!("it unpacks to more than {MOST_RATIO} times its size");
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write as _};
    use zip::write::SimpleFileOptions;

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn members_are_read_by_name_and_hidden_ones_are_not() {
        let bytes = archive(&[("b.json", b"two"), ("a.json", b"one"), ("__MACOSX/a.json", b"x"), (".c", b"x")]);
        let mut archive = Archive::open(Cursor::new(bytes)).unwrap();
        let members = archive.members();
        let names: Vec<_> = members.iter().map(|member| member.name.clone().unwrap()).collect();
        assert_eq!(names, ["a.json", "b.json"]);
        let mut text = String::new();
        archive.read(&members[1]).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "two");
    }

    #[test]
    fn the_parts_of_an_inspect_log_are_one_object() {
        let bytes = archive(&[
            ("samples/2_epoch_1.json", b"{\"id\":2}"),
            ("samples/1_epoch_1.json", b"{\"id\":1}"),
            ("header.json", b"{\"eval\":{\"task\":\"t\"},\"results\":{}}"),
        ]);
        let mut archive = Archive::open(Cursor::new(bytes)).unwrap();
        let members = archive.members();
        assert_eq!(members[0].name, None);
        let mut text = String::new();
        archive.read(&members[0]).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(
            text,
            "{\"version\":2,\"status\":\"\",\"eval\":{\"task\":\"t\"},\"samples\":[{\"id\":1},{\"id\":2}]}"
        );
    }

    #[test]
    fn the_events_of_a_conversation_are_one_array_in_their_order() {
        let bytes = archive(&[
            ("meta.json", b"{\"id\":\"a\"}"),
            ("event_000010_x.json", b"{\"n\":10}"),
            ("event_000002_y.json", b"{\"n\":2}"),
            ("b/events/10.json", b"[10]"),
            ("b/events/9.json", b"[9]"),
            ("b/metadata.json", b"{}"),
            ("c/events/event-00000-x.json", b"{}"),
            ("c/note.json", b"{}"),
            ("events-1.json", b"{}"),
        ]);
        let mut archive = Archive::open(Cursor::new(bytes)).unwrap();
        let members = archive.members();
        let mut found = Vec::new();
        for member in &members {
            let mut text = String::new();
            archive.read(member).unwrap().read_to_string(&mut text).unwrap();
            found.push((member.name.as_deref(), text));
        }
        let text = |text: &str| text.to_string();
        let expected = [
            (None, text("[{\"n\":2},{\"n\":10},{\"id\":\"a\"}]")),
            (Some("b/events"), text("[[9],[10],{}]")),
            (Some("c/events"), text("[{}]")),
            (Some("c/note.json"), text("{}")),
            (Some("events-1.json"), text("{}")),
        ];
        assert_eq!(found, expected);
        assert_eq!(members[0].size, 8 + 7 + 10);
    }

    #[test]
    fn what_is_no_archive_or_a_bomb_is_said() {
        assert!(matches!(Archive::open(Cursor::new(b"PK\x03\x04 and no more".to_vec())), Err(OpenError::Damaged(_))));
        let bytes = archive(&[("bomb", &vec![0; 80 << 20])]);
        let mut archive = Archive::open(Cursor::new(bytes)).unwrap();
        let members = archive.members();
        let mut input = archive.read(&members[0]).unwrap();
        let error = io::copy(&mut input, &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
