//! Reads one file into the store: bytes to conversations, conversations to judgements, both into transactions of a
//! bounded size. The file's marker is set in the last of them, so that a run that ends anywhere is continued by
//! running it again; what is there already is recognised.

use super::flight::{Ending, Flight};
use super::writing::{self, Message, Ready, Written};
use crate::clock::Timestamp;
use crate::digest::{Digest, Digester};
use crate::store::{Counts, Forgotten, QuarantineRow, SourceMark, StoreError, TraceStore};
use crate::trace::fragment::{Fragment, Part};
use crate::trace::outcome::OutcomeRules;
use crate::trace::reader::{self, Batch, Fidelity, FieldMap, Format, Item, OpenError, Options, Reader, SetAside};
use crate::trace::redact::{self, Redactor};
use crate::trace::signal::{SignalRules, signals};
use crate::trace::{Conversation, Judgement, Signal};
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Threads that read and judge: more would only wait for the one that writes.
const MOST_WORKERS: usize = 8;
/// Set-aside records that are shown; the store has them all.
pub(super) const SHOWN: usize = 5;

/// How files are read and conversations judged in this deployment.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Implicit feedback.
    pub signals: SignalRules,
    /// Outcomes.
    pub outcomes: OutcomeRules,
    /// Takes secrets and personal data out before anything is stored.
    pub redactor: Option<Redactor>,
    /// The format of all files, instead of what they look like.
    pub format: Option<&'static Format>,
    /// Where the fields of a home-made shape are.
    pub map: Option<FieldMap>,
    /// The map is for files that no format claims.
    pub map_unclaimed: bool,
    /// What ended before this is passed over.
    pub since: Option<Timestamp>,
    /// What must not come back.
    pub forgotten: Forgotten,
    /// Bytes of pieces above which a session is not put together, instead of the usual number.
    pub largest_session: Option<u64>,
}

impl Rules {
    /// Digest of everything that decides what is stored for a file besides its bytes.
    pub fn digest(&self) -> Digest {
        let (signals, outcomes) = (self.signals.digest(), self.outcomes.digest());
        let redacted = self.redactor.is_some().then(|| redact::VERSION.to_le_bytes());
        let told = (self.format.is_some() || self.map.is_some() || self.since.is_some()).then(|| {
            let slug = self.format.map_or("", |format| format.slug);
            Digest::of_fields([slug.as_bytes(), format!("{:?} {:?}", self.map, self.since).as_bytes()])
        });
        let fields = [&reader::VERSION.to_le_bytes()[..], signals.as_bytes(), outcomes.as_bytes()];
        let redacted = redacted.as_ref().map(<[u8; 4]>::as_slice);
        Digest::of_fields(fields.into_iter().chain(redacted).chain(told.as_ref().map(|digest| &digest.as_bytes()[..])))
    }

    /// The record as it is stored.
    pub(super) fn redacted(&self, mut item: Item) -> Item {
        let Some(redactor) = &self.redactor else { return item };
        match &mut item {
            Item::Conversation(conversation, _) => {
                redactor.redact_conversation(conversation);
            }
            Item::Fragments(fragments, _) => {
                fragments.iter_mut().for_each(|fragment| redactor.redact_fragment(fragment));
            }
            Item::Joined(facts, _) => {
                for fact in facts.iter_mut() {
                    fact.key = redactor.redact(&fact.key);
                    fact.value = redactor.redact(&fact.value);
                }
            }
            Item::SetAside(record) => {
                record.head = redactor.redact(&String::from_utf8_lossy(&record.head)).into_bytes();
            }
        }
        item
    }

    /// Whether a conversation is to be stored.
    pub(super) fn wants(&self, conversation: &Conversation) -> bool {
        let late = |since| conversation.ended.or(conversation.started).is_none_or(|ended| ended >= since);
        self.since.is_none_or(late) && !self.forgotten.covers(conversation)
    }

    /// The pieces that are to be stored.
    pub(super) fn wanted(&self, mut fragments: Vec<Fragment>) -> Vec<Fragment> {
        if let Some(since) = self.since {
            fragments.retain(|fragment| match &fragment.part {
                Part::Step(step) => step.ended().or(step.started()).is_none_or(|ended| ended >= since),
                Part::Facts(_) | Part::Score(_) => true,
            });
        }
        fragments
    }

    /// How a conversation went, and the signals.
    pub fn judge(&self, conversation: &Conversation) -> (Judgement, Vec<Signal>) {
        let signals = signals(conversation, &self.signals);
        (self.outcomes.judge(conversation, &signals), signals)
    }
}

/// What reading one file gave.
#[derive(Clone, Debug, PartialEq)]
pub struct FileReport {
    /// The format's name.
    pub format: String,
    /// Share of its first records that have this format.
    pub confidence: f64,
    /// What became of its records.
    pub counts: Counts,
    /// What they held.
    pub fidelity: Fidelity,
    /// The first records that were set aside.
    pub set_aside: Vec<Aside>,
    /// The very same bytes were read before, so that nothing was read now.
    pub unchanged: bool,
    /// What is added to the file can be read alone.
    pub by_lines: bool,
}

/// A record that was set aside, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Aside {
    /// First byte in the decompressed file.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
    /// Short name of the reason.
    pub code: String,
    /// The reason.
    pub reason: String,
}

impl From<&SetAside> for Aside {
    fn from(record: &SetAside) -> Self {
        let (code, reason) = (record.reason.code().to_string(), record.reason.to_string());
        Self { offset: record.offset, length: record.length, code, reason }
    }
}

impl From<QuarantineRow> for Aside {
    fn from(row: QuarantineRow) -> Self {
        Self { offset: row.offset, length: row.length, code: row.code, reason: row.reason }
    }
}

/// Why a file was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// It is no trace file.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It failed while it was read.
    #[error("the file cannot be read further")]
    Read(#[source] io::Error),
    /// The store failed: no other file will do better.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Hashes and counts all bytes that pass.
pub struct Hashing<'input> {
    inner: &'input mut dyn Read,
    digester: Digester,
    bytes: u64,
    passed: &'input mut dyn FnMut(u64),
}

impl<'input> Hashing<'input> {
    /// Around `inner`; `passed` is told how many bytes have gone by.
    pub fn new(inner: &'input mut dyn Read, passed: &'input mut dyn FnMut(u64)) -> Self {
        Self { inner, digester: Digester::default(), bytes: 0, passed }
    }

    /// Reads to the end and gives the digest of all bytes.
    pub fn finish(mut self) -> io::Result<Digest> {
        let mut rest = vec![0; 256 << 10];
        loop {
            match self.read(&mut rest) {
                Ok(0) => return Ok(self.digester.finish()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.digester.update(&buffer[..read]);
        self.bytes += read as u64;
        (self.passed)(self.bytes);
        Ok(read)
    }
}

/// The report of an earlier reading of the same bytes (so many, with this digest) under the same rules, if there was
/// one.
pub fn known(store: &TraceStore, size: u64, digest: Digest, rules: Digest) -> Result<Option<FileReport>, StoreError> {
    let sources = store.sources_of_size(size)?;
    let same = sources.into_iter().find(|source| source.digest == Some(digest) && source.rules == Some(rules));
    let Some(source) = same else { return Ok(None) };
    let set_aside = store.quarantine_of(&source.path, SHOWN)?.into_iter().map(Aside::from).collect();
    Ok(Some(FileReport {
        format: source.format,
        confidence: source.confidence,
        counts: source.counts,
        // A report that cannot be read is only not shown.
        fidelity: serde_json::from_str(&source.fidelity).unwrap_or_default(),
        set_aside,
        unchanged: true,
        by_lines: false,
    }))
}

/// How much of a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What was added at its end. What is known of the file stays; it is not marked as read, since its digest is not
    /// known.
    Addition(Counts),
}

/// Reads one file. `mark` says what is known of it; its format and confidence are filled in here. This thread cuts the
/// file into batches of records, workers read and judge them, and one thread writes, in the file's order.
pub fn ingest(
    store: &mut TraceStore,
    mut input: Hashing<'_>,
    mut mark: SourceMark,
    rules: &Rules,
    extent: Extent,
) -> Result<FileReport, IngestError> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS);
    let writes = &mut *store;
    let flight = Flight::default();
    let (report, forgotten) = std::thread::scope(|scope| {
        let options = Options {
            format: rules.format,
            map: rules.map.clone(),
            map_unclaimed: rules.map_unclaimed,
            ..Options::default()
        };
        let mut reader = Reader::with(&mut input, options)?;
        mark.format = reader.format().name.to_string();
        mark.confidence = reader.confidence();
        let mut report = FileReport {
            format: mark.format.clone(),
            confidence: mark.confidence,
            counts: Counts::default(),
            fidelity: Fidelity::default(),
            set_aside: Vec::new(),
            unchanged: false,
            by_lines: reader.by_lines(),
        };
        let (to_writer, prepared) = channel();
        let (to_workers, work) = channel::<(u64, Batch)>();
        let work = Arc::new(Mutex::new(work));
        let flight = &flight;
        let writing = scope.spawn(move || {
            let _ending = Ending(flight);
            writing::write(writes, &mark, rules, extent, &prepared, flight, workers)
        });
        for _ in 0..workers {
            let (work, to_writer) = (Arc::clone(&work), to_writer.clone());
            scope.spawn(move || read_batches(&work, &to_writer, rules));
        }
        drop(work);
        let read = feed(&mut reader, &to_workers, flight);
        drop((to_workers, reader));
        let (digest, failure) = match read.and_then(|()| input.finish()) {
            Ok(digest) => (Some(digest), None),
            Err(error) => (None, Some(error)),
        };
        // A writer that has failed says why when it is joined.
        let _gone = to_writer.send(Message::End(digest));
        drop(to_writer);
        let written = match writing.join() {
            Ok(written) => written?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        if let Some(error) = failure {
            return Err(IngestError::Read(error));
        }
        let Written { counts, fidelity, set_aside, forgotten } = written;
        (report.counts, report.fidelity, report.set_aside) = (counts, fidelity, set_aside);
        Ok((report, forgotten))
    })?;
    // Pieces do not say whose conversation they are part of until they are put together.
    store.erase_groups(&forgotten)?;
    Ok(report)
}

/// Hands the batches of a file to the workers, until its end or until nobody takes them any more.
fn feed(reader: &mut Reader<'_>, workers: &Sender<(u64, Batch)>, flight: &Flight) -> io::Result<()> {
    let mut number = 0;
    while let Some(batch) = reader.next_batch()? {
        if !flight.depart(batch.bytes()) || workers.send((number, batch)).is_err() {
            break;
        }
        number += 1;
    }
    Ok(())
}

/// Reads and judges batches until there are no more.
fn read_batches(work: &Mutex<Receiver<(u64, Batch)>>, writer: &Sender<Message>, rules: &Rules) {
    loop {
        // A worker that failed has told nobody anything; the others go on.
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, batch)) = next else { break };
        let bytes = batch.bytes();
        let (items, repaired) = batch.read();
        let records = items.into_iter().map(|item| Ready::of(item, rules)).collect();
        if writer.send(Message::Records { number, records, repaired, bytes }).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(path: &str) -> SourceMark {
        SourceMark {
            path: path.to_string(),
            size: 0,
            modified: None,
            format: String::new(),
            confidence: 0.0,
            rules: Rules::default().digest(),
        }
    }

    fn read(store: &mut TraceStore, path: &str, text: &str) -> Result<FileReport, IngestError> {
        let mut bytes = text.as_bytes();
        ingest(store, Hashing::new(&mut bytes, &mut |_| {}), mark(path), &Rules::default(), Extent::Whole)
    }

    fn chat(number: usize, words: &str) -> String {
        format!(
            "{{\"id\":\"c{number}\",\"messages\":[{{\"role\":\"user\",\"content\":\"question {number}\"}},\
             {{\"role\":\"assistant\",\"content\":\"{words}\"}}]}}\n"
        )
    }

    #[test]
    fn a_second_reading_is_all_duplicates_and_a_longer_version_is_merged() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        let text: String = (0..30).map(|number| chat(number, "yes")).collect();
        let first = read(&mut store, "/a", &text).unwrap();
        assert_eq!((first.counts.inserted, first.counts.seen, &*first.format), (30, 30, "chat messages"));
        let before = store.digest().unwrap();
        let second = read(&mut store, "/a", &text).unwrap();
        assert_eq!(second.counts.duplicate, 30);
        assert_eq!(store.digest().unwrap(), before);
        assert!(known(&store, 0, Digest::of(&text), mark("").rules).unwrap().is_some());
        assert!(known(&store, 0, Digest::of(&text), Digest::of("other rules")).unwrap().is_none());
        let grown = chat(7, "yes").replace("}]}", "},{\"role\":\"user\",\"content\":\"thanks\"}]}");
        assert_eq!(read(&mut store, "/b", &grown).unwrap().counts.merged, 1);
        assert_eq!(store.len().unwrap(), 30);
    }

    #[test]
    fn a_session_too_large_for_memory_is_kept_in_pieces_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        let span = |trace: u8, text: &str| {
            let said = format!("[{{\\\"role\\\":\\\"user\\\",\\\"content\\\":\\\"{text}\\\"}}]");
            format!(
                "{{\"resourceSpans\":[{{\"scopeSpans\":[{{\"spans\":[{{\"traceId\":\"{trace:032x}\",\"spanId\":\"{trace:016x}\",\"attributes\":[\
                 {{\"key\":\"gen_ai.operation.name\",\"value\":{{\"stringValue\":\"chat\"}}}},\
                 {{\"key\":\"gen_ai.input.messages\",\"value\":{{\"stringValue\":\"{said}\"}}}}]}}]}}]}}]}}\n"
            )
        };
        let text = format!("{}{}", span(1, "hello"), span(2, &"word ".repeat(1000)));
        let mut run = |largest| {
            let rules = Rules { largest_session: largest, ..Rules::default() };
            let mut bytes = text.as_bytes();
            ingest(&mut store, Hashing::new(&mut bytes, &mut |_| {}), mark("/a"), &rules, Extent::Whole).unwrap()
        };
        let report = run(Some(2000));
        assert_eq!((report.fidelity.conversations, report.fidelity.too_large), (1, 1), "{report:?}");
        assert_eq!(store.len().unwrap(), 1);
    }

    #[test]
    fn bad_records_are_kept_with_their_place_and_counts_add_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        let text = format!("{}{{\"messages\":[\n{}nonsense\n", chat(1, "a"), chat(2, "b"));
        let report = read(&mut store, "/a", &text).unwrap();
        assert_eq!((report.counts.inserted, report.counts.set_aside), (2, 2));
        assert!(report.counts.balanced());
        assert_eq!(store.quarantine().unwrap().len(), 2);
        // A mended file leaves nothing behind.
        read(&mut store, "/a", &chat(1, "a")).unwrap();
        assert!(store.quarantine().unwrap().is_empty());
    }

    #[test]
    fn a_file_that_fails_keeps_what_came_before_and_is_not_marked() {
        struct Failing<'a>(&'a [u8]);
        impl Read for Failing<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() { Err(io::Error::other("disk gone")) } else { self.0.read(buffer) }
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        // Longer than the sample that tells the format.
        let text: String = (0..3000).map(|number| chat(number, &"word ".repeat(100))).collect();
        let mut failing = Failing(text.as_bytes());
        let result =
            ingest(&mut store, Hashing::new(&mut failing, &mut |_| {}), mark("/a"), &Rules::default(), Extent::Whole);
        assert!(matches!(result, Err(IngestError::Read(_))), "{result:?}");
        assert!(store.len().unwrap() > 2000);
        assert_eq!(store.sources().unwrap()[0].digest, None);
    }

    #[test]
    fn parts_in_another_order_make_the_same_store() {
        let parts: Vec<String> = (0..6).map(|number| chat(number, "x") + &chat(number + 1, "y")).collect();
        let digest = |order: &[usize]| {
            let folder = tempfile::tempdir().unwrap();
            let mut store = TraceStore::open(folder.path()).unwrap();
            for part in order {
                read(&mut store, &format!("/{part}"), &parts[*part]).unwrap();
            }
            store.digest().unwrap()
        };
        assert_eq!(digest(&[0, 1, 2, 3, 4, 5]), digest(&[5, 3, 1, 0, 2, 4]));
    }
}
