//! From a file to its bytes: as they are, member by member of an archive, or row by row of a table that is kept by
//! columns. A file whose bytes are known is not read again.

use super::engine::{self, Extent, FileReport, Hashing, IngestError, Rules};
use super::inputs::Input;
use crate::store::{SourceMark, TraceStore};
#[cfg(feature = "parquet")]
use crate::trace::reader::Columns;
use crate::trace::reader::{Archive, Member, OpenError};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads what is in one input: its name as people know it, and what came of it.
pub(super) fn read(
    store: &mut TraceStore,
    input: &Input,
    rules: &Rules,
    passed: &mut dyn FnMut(u64),
) -> Vec<(String, Result<FileReport, IngestError>)> {
    let shown = input.shown.clone();
    match head(input).as_ref() {
        Some(ZIP) => match archive(input) {
            Ok(mut archive) => {
                let members = archive.members();
                members
                    .into_iter()
                    .map(|member| {
                        let shown = member.name.as_ref().map_or(shown.clone(), |name| format!("{shown}/{name}"));
                        (shown, read_member(store, input, &mut archive, &member, rules, passed))
                    })
                    .collect()
            }
            Err(error) => vec![(shown, Err(error.into()))],
        },
        #[cfg(feature = "parquet")]
        Some(Columns::MAGIC) => vec![(shown, read_columns(store, input, rules, passed))],
        _ => vec![(shown, read_whole(store, input, rules, passed))],
    }
}

const ZIP: &[u8; 4] = b"PK\x03\x04";

/// The first bytes of a file that can be read in any order.
fn head(input: &Input) -> Option<[u8; 4]> {
    let mut head = [0; 4];
    // What cannot be opened is said when it is read.
    let mut file = File::open(input.path.as_ref().filter(|_| input.size > 0)?).ok()?;
    file.read_exact(&mut head).ok().map(|()| head)
}

fn file(input: &Input) -> Result<File, OpenError> {
    File::open(input.path.as_deref().unwrap_or(Path::new("-"))).map_err(OpenError::Io)
}

fn archive(input: &Input) -> Result<Archive<File>, OpenError> {
    Archive::open(file(input)?)
}

/// Opens and reads one file, or says that its bytes are known.
pub(super) fn read_whole(
    store: &mut TraceStore,
    input: &Input,
    rules: &Rules,
    passed: &mut dyn FnMut(u64),
) -> Result<FileReport, IngestError> {
    let open = || match &input.path {
        Some(path) => File::open(path).map(|file| Box::new(file) as Box<dyn Read>),
        None => Ok(Box::new(io::stdin()) as Box<dyn Read>),
    };
    let failed = |error| IngestError::Open(OpenError::Io(error));
    let mark = mark(input, None, input.size, rules);
    // Only a file of a known size can be a known file, and only the bytes tell.
    if input.size > 0 && !store.sources_of_size(input.size)?.is_empty() {
        let mut file = open().map_err(failed)?;
        let digest = Hashing::new(&mut *file, passed).finish().map_err(failed)?;
        if let Some(report) = engine::known(store, input.size, digest, mark.rules)? {
            return Ok(report);
        }
    }
    let mut file = open().map_err(failed)?;
    engine::ingest(store, Hashing::new(&mut *file, passed), mark, rules, Extent::Whole)
}

/// As [`read_whole`], for one member of an archive.
fn read_member(
    store: &mut TraceStore,
    input: &Input,
    archive: &mut Archive<File>,
    member: &Member,
    rules: &Rules,
    passed: &mut dyn FnMut(u64),
) -> Result<FileReport, IngestError> {
    // The parts of a log have no size together; the archive's own stands for it.
    let size = if member.name.is_some() { member.size } else { input.size };
    let mark = mark(input, member.name.as_deref(), size, rules);
    if !store.sources_of_size(size)?.is_empty() {
        let mut bytes = archive.read(member)?;
        let digest = Hashing::new(&mut *bytes, passed).finish();
        // What cannot be unpacked is said when it is read.
        if let Ok(digest) = digest
            && let Some(report) = engine::known(store, size, digest, mark.rules)?
        {
            return Ok(report);
        }
    }
    let mut bytes = archive.read(member)?;
    engine::ingest(store, Hashing::new(&mut *bytes, passed), mark, rules, Extent::Whole)
}

/// As [`read_whole`], for the rows of a table by columns.
#[cfg(feature = "parquet")]
fn read_columns(
    store: &mut TraceStore,
    input: &Input,
    rules: &Rules,
    passed: &mut dyn FnMut(u64),
) -> Result<FileReport, IngestError> {
    let mark = mark(input, None, input.size, rules);
    if !store.sources_of_size(input.size)?.is_empty() {
        let mut rows = Columns::open(file(input)?)?;
        // What is damaged is said when it is read.
        if let Ok(digest) = Hashing::new(&mut rows, passed).finish()
            && let Some(report) = engine::known(store, input.size, digest, mark.rules)?
        {
            return Ok(report);
        }
    }
    let mut rows = Columns::open(file(input)?)?;
    engine::ingest(store, Hashing::new(&mut rows, passed), mark, rules, Extent::Whole)
}

/// What the store remembers of a file or of a member of it; format and confidence come when it is read.
pub(super) fn mark(input: &Input, member: Option<&str>, size: u64, rules: &Rules) -> SourceMark {
    let path = input.path.as_ref().map_or_else(|| "-".to_string(), |path| path.to_string_lossy().into_owned());
    SourceMark {
        path: member.map_or(path.clone(), |member| format!("{path}/{member}")),
        size,
        modified: input.modified,
        format: String::new(),
        confidence: 0.0,
        rules: rules.digest(),
    }
}
