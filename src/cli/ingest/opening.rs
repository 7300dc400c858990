//! From a file to its bytes: as they are, member by member of an archive, or row by row of a table that is kept by
//! columns. A file whose bytes are known is not read again.

use super::engine::{self, Extent, FileReport, Hashing, IngestError, Rules};
use super::inputs::Input;
use crate::store::{SourceMark, StoreError, TraceStore};
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
        Some(ZIP) => match file(input).and_then(Archive::open) {
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

/// Opens and reads one file, or says that its bytes are known.
pub(super) fn read_whole(
    store: &mut TraceStore,
    input: &Input,
    rules: &Rules,
    passed: &mut dyn FnMut(u64),
) -> Result<FileReport, IngestError> {
    let open = || match &input.path {
        Some(path) => File::open(path).map(|file| Box::new(file) as Box<dyn Read>).map_err(OpenError::Io),
        None => Ok(Box::new(io::stdin()) as Box<dyn Read>),
    };
    let mark = mark(input, None, input.size, rules);
    // Only a file of a known size can be a known file, and what comes through a pipe comes once.
    if input.size > 0
        && has_of_size(store, &mark)?
        && let Some(report) = known(store, &mut *open()?, &mark, passed)?
    {
        return Ok(report);
    }
    engine::ingest(store, Hashing::new(&mut *open()?, passed), mark, rules, Extent::Whole)
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
    if has_of_size(store, &mark)?
        && let Some(report) = known(store, &mut *archive.read(member)?, &mark, passed)?
    {
        return Ok(report);
    }
    engine::ingest(store, Hashing::new(&mut *archive.read(member)?, passed), mark, rules, Extent::Whole)
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
    if has_of_size(store, &mark)?
        && let Some(report) = known(store, &mut Columns::open(file(input)?)?, &mark, passed)?
    {
        return Ok(report);
    }
    engine::ingest(store, Hashing::new(&mut Columns::open(file(input)?)?, passed), mark, rules, Extent::Whole)
}

/// Whether a file of this size was read before: only then can the bytes be known.
fn has_of_size(store: &TraceStore, mark: &SourceMark) -> Result<bool, StoreError> {
    Ok(!store.sources_of_size(mark.size)?.is_empty())
}

/// What an earlier reading of these bytes gave. Bytes that cannot be read are not known: why is said when they are read.
fn known(
    store: &TraceStore,
    bytes: &mut dyn Read,
    mark: &SourceMark,
    passed: &mut dyn FnMut(u64),
) -> Result<Option<FileReport>, IngestError> {
    let Ok(digest) = Hashing::new(bytes, passed).finish() else { return Ok(None) };
    Ok(engine::known(store, mark.size, digest, mark.rules)?)
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
