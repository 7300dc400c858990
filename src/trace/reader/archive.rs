//! Zip archives: each member is a file of its own, except in an Inspect log (`.eval`), whose members are the parts of
//! one log and are read as if they were in one JSON object. Members are unpacked as they are read; one that unpacks to
//! more than a thousand times what was read of it is given up.

use super::OpenError;
use super::container::{MOST_RATIO, RATIO_AFTER};
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{self, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zip::ZipArchive;
use zip::result::ZipError;

/// Members that are listed: an archive with more is no export.
const MOST_MEMBERS: usize = 100_000;
/// Bytes of a log's header that are read.
const LONGEST_HEADER: u64 = 64 << 20;
/// Bytes of a log's sample that are read: what a record may have, and a little, so that the reader sees it is too long.
const LONGEST_SAMPLE: u64 = (64 << 20) + 1;

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
            return vec![Member { name: None, size: 0, index: 0 }];
        }
        let mut members: Vec<Member> = (0..self.zip.len())
            .filter_map(|index| {
                let file = self.zip.by_index_raw(index).ok()?;
                let name = file.name().ok()?.into_owned();
                let hidden = name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
                (file.is_file() && !hidden).then(|| Member { name: Some(name), size: file.size(), index })
            })
            .collect();
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
        if self.inspect {
            return Ok(Box::new(Bounded { inner: self.log()?, packed, before, unpacked: 0, in_all }));
        }
        let file = self.zip.by_index(member.index).map_err(failed)?;
        Ok(Box::new(Bounded { inner: file, packed, before, unpacked: 0, in_all }))
    }

    /// The log of an Inspect archive as one JSON object: its header's `eval`, then its samples.
    fn log(&mut self) -> Result<Log<'_, R>, OpenError> {
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
        Ok(Log {
            zip: &mut self.zip,
            samples: samples.into(),
            piece: text.into_bytes(),
            at: 0,
            first: true,
            ended: false,
        })
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

/// Reads an Inspect archive as one text.
struct Log<'a, R> {
    zip: &'a mut ZipArchive<Metered<R>>,
    samples: VecDeque<String>,
    piece: Vec<u8>,
    at: usize,
    first: bool,
    ended: bool,
}

impl<R: Read + Seek> Read for Log<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            self.piece.clear();
            self.at = 0;
            let Some(name) = self.samples.pop_front() else {
                if self.ended {
                    return Ok(0);
                }
                self.ended = true;
                self.piece.extend_from_slice(b"]}");
                break;
            };
            if !std::mem::take(&mut self.first) {
                self.piece.push(b',');
            }
            let sample = self.zip.by_name(&name).map_err(|_| damaged())?;
            sample.take(LONGEST_SAMPLE).read_to_end(&mut self.piece).map_err(|_| damaged())?;
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
