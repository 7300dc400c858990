//! `ingest --follow`: goes on reading what is added to files and folders, as a collector's file exporter adds to them.
//! Of files with a record on each line only what was added is read, up to the last whole line; a file that was
//! replaced, and every other file that changed, is read from its beginning, which changes nothing that is known.

use super::engine::{self, Extent, FileReport, Hashing, IngestError, Rules};
use super::inputs::{self, Input};
use super::opening::{mark, read_whole};
use super::report;
use super::{explain, rejudge};
use crate::cli::context::Context;
use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::cli::workspace::Workspace;
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::store::{Counts, ProcessLock, TraceStore};
use crate::trace::reader::{Format, OpenError};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// Bytes before the place to go on from, by which a file is told from one that took its place.
const TELLING: u64 = 4096;
/// Bytes looked at in one go for the last end of a line.
const STEP: u64 = 64 << 10;

/// What is known of a file.
struct Known {
    size: u64,
    modified: Option<Timestamp>,
    /// To go on from here, when records are lines: the format, the bytes read, the digest of the last of them.
    lines: Option<(&'static Format, u64, Digest)>,
    counts: Counts,
}

/// Reads and waits, until the program is ended.
pub fn run(
    context: &mut Context,
    workspace: &Workspace,
    paths: &[PathBuf],
    rules: &Rules,
) -> Result<ExitCode, CommandError> {
    if paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(CommandError::usage("cannot follow standard input: it is read once, to its end")
            .hint("Leave --follow out, or name the file that is written."));
    }
    // A folder may still be empty; what is not there at all is a slip of the pen.
    let (found, mut errors) = inputs::find(&context.environment.directory, paths);
    if found.is_empty() && !paths.iter().any(|path| context.environment.directory.join(path).is_dir()) {
        return Err(errors.pop().unwrap_or_else(|| CommandError::usage("there is nothing to follow")));
    }
    let mut known: BTreeMap<PathBuf, Known> = BTreeMap::new();
    context.ui.status("Reading what is there, and then what is added; Ctrl-C ends it.")?;
    loop {
        let (found, _) = inputs::find(&context.environment.directory, paths);
        let changed: Vec<&Input> = found.iter().filter(|input| is_news(input, &known)).collect();
        if !changed.is_empty() {
            // Other commands may write between two looks.
            let _lock = ProcessLock::acquire(&workspace.folders.cache, "ingest --follow")?;
            let mut store = TraceStore::open(&workspace.folders.cache)?;
            for input in changed {
                one(context, &mut store, input, rules, &mut known)?;
            }
            rejudge(&mut store, rules)?;
            context.ui.flush()?;
        }
        std::thread::sleep(INTERVAL);
    }
}

fn is_news(input: &Input, known: &BTreeMap<PathBuf, Known>) -> bool {
    let Some(path) = &input.path else { return false };
    known.get(path).is_none_or(|known| known.size != input.size || known.modified != input.modified)
}

/// Reads what is new in one file, and says so.
fn one(
    context: &mut Context,
    store: &mut TraceStore,
    input: &Input,
    rules: &Rules,
    known: &mut BTreeMap<PathBuf, Known>,
) -> Result<(), CommandError> {
    let Some(path) = &input.path else { return Ok(()) };
    let before = known.remove(path);
    let result = match before.as_ref().and_then(|before| Some((before, before.lines?))) {
        Some((before, (format, from, digest))) if input.size >= from && tail(path, from).ok() == Some(digest) => {
            addition(store, input, rules, format, from, before.counts)
        }
        _ => whole(store, input, rules),
    };
    match result {
        Ok((Some(report), to)) => {
            let changed = report.fidelity.new + report.fidelity.updated + report.counts.set_aside;
            if changed > 0 && !report.unchanged {
                context.ui.line(report::fidelity_line(&input.shown, &report))?;
            }
            let format = Format::by_name(&report.format).filter(|_| report.by_lines);
            let lines = format.and_then(|format| Some((format, to, tail(path, to).ok()?)));
            let counts = report.counts;
            known.insert(path.clone(), Known { size: input.size, modified: input.modified, lines, counts });
        }
        // No whole line was added.
        Ok((None, _)) => {
            let Known { lines, counts, .. } =
                before.unwrap_or(Known { size: 0, modified: None, lines: None, counts: Counts::default() });
            known.insert(path.clone(), Known { size: input.size, modified: input.modified, lines, counts });
        }
        Err(IngestError::Store(error)) => return Err(error.into()),
        Err(error) => {
            // A file that has only begun is no error, and what lies beside traces need not be one.
            let begun = matches!(&error, IngestError::Open(OpenError::Empty | OpenError::Cut));
            let other =
                matches!(&error, IngestError::Open(OpenError::Unknown { .. } | OpenError::Binary(_))) && !input.named;
            if !begun && !other {
                let error = explain(&input.shown, error);
                context.ui.error(&error)?;
            }
            known.insert(
                path.clone(),
                Known { size: input.size, modified: input.modified, lines: None, counts: Counts::default() },
            );
        }
    }
    Ok(())
}

type Done = (Option<FileReport>, u64);

/// Reads a file from its beginning; one with a record on each line only to its last whole line.
fn whole(store: &mut TraceStore, input: &Input, rules: &Rules) -> Result<Done, IngestError> {
    let failed = |error| IngestError::Open(OpenError::Io(error));
    let Some(path) = &input.path else { return Ok((None, 0)) };
    let to = last_line_end(path, 0, input.size).map_err(failed)?;
    if to == 0 || to == input.size {
        return read_whole(store, input, rules, &mut |_| {}).map(|report| (Some(report), input.size));
    }
    let mut file = File::open(path).map_err(failed)?.take(to);
    let report = engine::ingest(
        store,
        Hashing::new(&mut file, &mut |_| {}),
        mark(input, None, to, rules),
        rules,
        Extent::Whole,
    )?;
    if report.by_lines {
        return Ok((Some(report), to));
    }
    // It was no file of lines: its end belongs to it.
    read_whole(store, input, rules, &mut |_| {}).map(|report| (Some(report), input.size))
}

/// Reads what was added to a file of lines, up to its last whole line.
fn addition(
    store: &mut TraceStore,
    input: &Input,
    rules: &Rules,
    format: &'static Format,
    from: u64,
    counts: Counts,
) -> Result<Done, IngestError> {
    let failed = |error| IngestError::Open(OpenError::Io(error));
    let Some(path) = &input.path else { return Ok((None, from)) };
    let to = last_line_end(path, from, input.size).map_err(failed)?;
    if to <= from {
        return Ok((None, from));
    }
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut added = file.take(to - from);
    let told = Rules { format: Some(format), ..rules.clone() };
    let mark = mark(input, None, input.size, rules);
    let report = engine::ingest(store, Hashing::new(&mut added, &mut |_| {}), mark, &told, Extent::Addition(counts))?;
    Ok((Some(report), to))
}

/// The place after the last end of a line between `from` and `to`; `from` when there is none.
fn last_line_end(path: &Path, from: u64, to: u64) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut end = to;
    let mut bytes = Vec::new();
    while end > from {
        let start = end.saturating_sub(STEP).max(from);
        file.seek(SeekFrom::Start(start))?;
        bytes.clear();
        file.by_ref().take(end - start).read_to_end(&mut bytes)?;
        if let Some(found) = memchr::memrchr(b'\n', &bytes) {
            return Ok(start + found as u64 + 1);
        }
        end = start;
    }
    Ok(from)
}

/// Digest of the last bytes before a place.
fn tail(path: &Path, to: u64) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let start = to.saturating_sub(TELLING);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(to - start).read_to_end(&mut bytes)?;
    Ok(Digest::of(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Write as _;

    fn chat(number: usize) -> String {
        format!(
            "{{\"id\":\"c{number}\",\"messages\":[{{\"role\":\"user\",\"content\":\"question {number}\"}},{{\"role\":\"assistant\",\"content\":\"yes\"}}]}}\n"
        )
    }

    fn input(path: &Path) -> Input {
        let size = fs::metadata(path).unwrap().len();
        Input { shown: "t".to_string(), path: Some(path.to_path_buf()), size, modified: None, named: true }
    }

    #[test]
    fn what_is_added_is_read_alone_and_half_a_line_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.jsonl");
        let mut store = TraceStore::open(&folder.path().join("cache")).unwrap();
        let rules = Rules::default();
        fs::write(&path, format!("{}{}", chat(1), &chat(2)[..20])).unwrap();
        let (report, to) = whole(&mut store, &input(&path), &rules).unwrap();
        let report = report.unwrap();
        assert_eq!((report.counts.inserted, report.counts.set_aside, to), (1, 0, chat(1).len() as u64));
        assert!(report.by_lines);
        let format = Format::by_name(&report.format).unwrap();
        let same = addition(&mut store, &input(&path), &rules, format, to, report.counts).unwrap();
        assert!(same.0.is_none());
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(format!("{}{}", &chat(2)[20..], chat(3)).as_bytes()).unwrap();
        let (report, end) = addition(&mut store, &input(&path), &rules, format, to, report.counts).unwrap();
        let report = report.unwrap();
        assert_eq!((report.fidelity.new, report.counts.inserted, end), (2, 3, fs::metadata(&path).unwrap().len()));
        assert_eq!((store.len().unwrap(), store.sources().unwrap()[0].digest), (3, None));
    }
}
