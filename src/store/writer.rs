//! `traces.db`: writing one source. A [`Writer`] is one transaction: rows, blocks, system texts, counts and the
//! source's marker become visible together or not at all.

mod blocks;
mod conversation;
mod fragments;
mod prepared;

use blocks::{Kept, Location, Open};
pub use fragments::{Pieces, Regrouped, Rejoined};
pub use prepared::{Prepared, PreparedFragment};

use super::block::Packer;
use super::rows::signed;
use super::{Counts, SourceMark, StoreError, Stored, TraceStore};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::trace::reader::{Place, SetAside};
use crate::trace::{Conversation, Judgement, Signal};
use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What became of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It was new.
    Inserted,
    /// Another version of it was there; the fuller one is there now.
    Merged,
    /// Exactly this was there.
    Duplicate,
}

/// One open transaction on one source.
#[derive(Debug)]
pub struct Writer<'store> {
    transaction: rusqlite::Transaction<'store>,
    path: PathBuf,
    source: i64,
    source_path: String,
    /// The number of the next conversation. A version that takes the place of the newest must not have its number: whoever
    /// read that one would take this for it.
    next_number: i64,
    /// The id of the next block.
    next_block: i64,
    payloads: Open,
    fragments: Open,
    counts: Counts,
    written: u64,
    packer: Option<Packer>,
    /// Blocks that were read last.
    recent: VecDeque<(i64, Arc<[u8]>)>,
}

/// What decides which of two versions of a conversation stays; larger wins, whatever came first.
type Rank = (i64, Option<i64>, Vec<u8>, Vec<u8>);

impl<'store> Writer<'store> {
    /// Begins the first transaction on a source: forgets what was set aside in an earlier reading of it, because
    /// this reading will say it again, and unsets its marker until [`Writer::finish`].
    pub fn begin(store: &'store mut TraceStore, mark: &SourceMark) -> Result<Self, StoreError> {
        let writer = Self::resume(store, mark, Counts::default())?;
        writer
            .transaction
            .execute("DELETE FROM quarantine WHERE source_path = ?", [&mark.path])
            .map_err(writer.failed("write"))?;
        Ok(writer)
    }

    /// Begins a later transaction on the same source, with the counts of the earlier ones.
    pub fn resume(store: &'store mut TraceStore, mark: &SourceMark, counts: Counts) -> Result<Self, StoreError> {
        let path = store.path().to_path_buf();
        let failed = |error| StoreError::sqlite("write", &path, error);
        let transaction =
            store.connection_mut().transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let source = transaction
            .query_row(
                "INSERT INTO source (path, size, modified_ms, digest, rules, format, confidence, seen, inserted, merged, \
                 duplicate, passed_over, set_aside, fidelity) VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6, 0, 0, 0, 0, 0, 0, '') \
                 ON CONFLICT (path) DO UPDATE SET size = ?2, modified_ms = ?3, digest = NULL, rules = ?4, \
                 format = ?5, confidence = ?6 RETURNING id",
                params![
                    mark.path,
                    signed(mark.size),
                    mark.modified.map(|moment| moment.0),
                    mark.rules.as_bytes(),
                    mark.format,
                    mark.confidence
                ],
                |row| row.get(0),
            )
            .map_err(failed)?;
        let next = |sql| transaction.query_row(sql, [], |row| row.get(0)).map_err(failed);
        let next_number = next("SELECT coalesce(max(number), 0) + 1 FROM conversation")?;
        let next_block = next("SELECT coalesce(max(id), 0) + 1 FROM block")?;
        Ok(Self {
            transaction,
            path,
            source,
            source_path: mark.path.clone(),
            next_number,
            next_block,
            payloads: Open::default(),
            fragments: Open::default(),
            counts,
            written: 0,
            packer: None,
            recent: VecDeque::new(),
        })
    }

    fn failed(&self, attempt: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        failed(&self.path, attempt)
    }

    /// Bytes of payload written in this transaction: when to commit is the caller's choice.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// The counts so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Adds a conversation. Of two versions with the same id the one with more turns stays, then the one that
    /// ended later, then the one with the larger digest: the order of arrival does not count.
    pub fn put(
        &mut self,
        conversation: &Conversation,
        judgement: &Judgement,
        signals: &[Signal],
        place: Place,
    ) -> Result<Put, StoreError> {
        self.put_prepared(conversation, judgement, signals, place, &Prepared::of(conversation))
    }

    /// As [`Writer::put`], with what was made ready elsewhere.
    pub fn put_prepared(
        &mut self,
        conversation: &Conversation,
        judgement: &Judgement,
        signals: &[Signal],
        place: Place,
        prepared: &Prepared,
    ) -> Result<Put, StoreError> {
        let known = self.known(conversation)?;
        let put = match known {
            None => Put::Inserted,
            Some((number, known)) if known == prepared.rank => {
                // The text is the same; the rules that judge it may not be.
                self.judge(number, judgement, signals)?;
                return Ok(self.seen(Put::Duplicate));
            }
            Some((_, known)) if known > prepared.rank => return Ok(self.seen(Put::Merged)),
            Some((number, _)) => {
                self.remove(number)?;
                Put::Merged
            }
        };
        self.add(conversation, judgement, signals, place, prepared)?;
        Ok(self.seen(put))
    }

    fn add(
        &mut self,
        conversation: &Conversation,
        judgement: &Judgement,
        signals: &[Signal],
        place: Place,
        prepared: &Prepared,
    ) -> Result<i64, StoreError> {
        let location = self.keep(Kept::Conversation, &prepared.payload)?;
        let number = self.insert(conversation, judgement, place, location, prepared)?;
        self.insert_signals(number, signals)?;
        Ok(number)
    }

    /// The number and rank of the version of this conversation that is there.
    fn known(&self, conversation: &Conversation) -> Result<Option<(i64, Rank)>, StoreError> {
        let read = |row: &Row<'_>| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)));
        let sql = "SELECT number, turns, ended_ms, content_digest, payload_digest FROM conversation WHERE id = ?";
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([&conversation.id.0], read).optional())
            .map_err(self.failed("read"))
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), StoreError> {
        self.write(sql, values).map(|_| ())
    }

    /// As `execute`; gives the number of rows that changed.
    pub(super) fn write(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, StoreError> {
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values))
            .map_err(self.failed("write"))
    }

    /// Counts a record that was put.
    pub(super) fn seen(&mut self, put: Put) -> Put {
        self.counts.seen += 1;
        match put {
            Put::Inserted => self.counts.inserted += 1,
            Put::Merged => self.counts.merged += 1,
            Put::Duplicate => self.counts.duplicate += 1,
        }
        put
    }

    /// Counts a record that holds nothing to keep.
    pub fn pass_over(&mut self) {
        self.counts.seen += 1;
        self.counts.passed_over += 1;
    }

    /// Keeps a record that could not be read.
    pub fn set_aside(&mut self, record: &SetAside) -> Result<(), StoreError> {
        self.counts.seen += 1;
        self.counts.set_aside += 1;
        self.execute(
            "INSERT INTO quarantine (source_path, byte_offset, length, code, reason, head, digest) \
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![
                self.source_path,
                signed(record.offset),
                signed(record.length),
                record.reason.code(),
                record.reason.to_string(),
                record.head,
                record.digest.as_bytes()
            ],
        )
    }

    /// Commits what was put so far and goes on in another transaction. The source stays marked as not read to its end.
    /// Nobody else may write meanwhile: see [`super::ProcessLock`].
    pub fn checkpoint(&mut self) -> Result<(), StoreError> {
        self.save("", None)?;
        // The transaction's own `commit` would end its borrow of the connection.
        self.transaction.execute_batch("COMMIT; BEGIN IMMEDIATE").map_err(self.failed("commit to"))?;
        self.written = 0;
        Ok(())
    }

    /// Commits; the source stays marked as not read to its end. Continue with [`Writer::resume`].
    pub fn commit(mut self) -> Result<Counts, StoreError> {
        self.save("", None)?;
        self.close()
    }

    /// Commits and marks the source as read to its end, with the digest of its bytes and what the door wants to
    /// remember about it (JSON).
    pub fn finish(mut self, digest: Digest, fidelity: &str) -> Result<Counts, StoreError> {
        self.save(fidelity, Some(digest))?;
        self.close()
    }

    fn close(self) -> Result<Counts, StoreError> {
        let Self { transaction, path, counts, .. } = self;
        transaction.commit().map_err(failed(&path, "commit to"))?;
        Ok(counts)
    }

    /// Writes all that is held back, and the counts.
    fn save(&mut self, fidelity: &str, digest: Option<Digest>) -> Result<(), StoreError> {
        self.close_block(Kept::Conversation)?;
        self.close_block(Kept::Fragment)?;
        let counts = self.counts;
        if !counts.balanced() {
            return Err(StoreError::Integrity {
                thing: format!("the counts of {}", self.source_path.escape_debug()),
                path: self.path.clone(),
                reason: format!("{counts:?} do not add up"),
            });
        }
        self.execute(
            "UPDATE source SET digest = ?, seen = ?, inserted = ?, merged = ?, duplicate = ?, passed_over = ?, set_aside = ?, \
             fidelity = ? WHERE id = ?",
            params![
                digest.as_ref().map(Digest::as_bytes),
                signed(counts.seen),
                signed(counts.inserted),
                signed(counts.merged),
                signed(counts.duplicate),
                signed(counts.passed_over),
                signed(counts.set_aside),
                fidelity,
                self.source
            ],
        )
    }
}

fn failed<'a>(path: &'a Path, attempt: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + 'a {
    move |error| StoreError::sqlite(attempt, path, error)
}

impl TraceStore {
    /// Remembers a finished run and its counts.
    pub fn record_run(&mut self, at: Timestamp, files: usize, counts: Counts) -> Result<(), StoreError> {
        self.connection()
            .execute(
                "INSERT INTO run (at_ms, files, seen, inserted, merged, duplicate, passed_over, set_aside) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    at.0,
                    i64::try_from(files).unwrap_or(i64::MAX),
                    signed(counts.seen),
                    signed(counts.inserted),
                    signed(counts.merged),
                    signed(counts.duplicate),
                    signed(counts.passed_over),
                    signed(counts.set_aside)
                ],
            )
            .map(|_| ())
            .map_err(self.failed("write"))
    }

    /// Stores conversations from nowhere in particular in one transaction: for tests and for tools that hold
    /// conversations in memory.
    pub fn put_all(&mut self, stored: &[Stored]) -> Result<Counts, StoreError> {
        let mark = SourceMark {
            path: "(memory)".to_string(),
            size: 0,
            modified: None,
            format: "memory".to_string(),
            confidence: 1.0,
            rules: Digest::of(""),
        };
        let mut writer = Writer::begin(self, &mark)?;
        for item in stored {
            writer.put(&item.conversation, &item.judgement, &item.signals, Place { offset: 0, length: 0 })?;
        }
        writer.finish(Digest::of(""), "{}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::reader::Reason;
    use crate::trace::{ConversationId, ErrorSource, Outcome, Role, SignalKind, ToolCall, Turn, system_text_digest};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn turn(role: Role, text: &str) -> Turn {
        Turn { role, text: text.to_string(), calls: Vec::new(), time: None }
    }

    /// A conversation with `turns` user turns besides its system text and one failed call.
    fn stored(identity: u8, turns: usize, ended: i64, word: &str) -> Stored {
        let system = "Be kind.";
        let mut all = vec![turn(Role::System, system)];
        all.extend((0..turns).map(|number| turn(Role::User, &format!("{word} {number}"))));
        let mut reply = turn(Role::Assistant, "");
        reply.calls.push(ToolCall {
            id: "call-1".to_string(),
            name: "connect".to_string(),
            arguments: "{\"region\":\"eu\"}".to_string(),
            result: Some("Error: no such region".to_string()),
            error: Some(ErrorSource::Content),
            latency_ms: Some(12),
        });
        all.push(reply);
        let conversation = Conversation {
            id: ConversationId::of(Digest::of([identity])),
            external_id: Some(format!("x{identity}")),
            parent: None,
            user: Some("u".to_string()),
            agent: None,
            prompt_version: None,
            system_digest: system_text_digest(system),
            model: None,
            started: Some(Timestamp(1)),
            ended: Some(Timestamp(ended)),
            turns: all,
            scores: BTreeMap::from([("reward".to_string(), 0.5)]),
            metadata: BTreeMap::from([("region".to_string(), "eu".to_string())]),
            cost: Some(0.25),
        };
        let judgement = Judgement { outcome: Outcome::Failure, basis: "signals".to_string(), p_fail: Some(0.7) };
        let signals = vec![Signal { kind: SignalKind::FinalToolError, turn: 1, weight: 1.0 }];
        Stored { conversation, judgement, signals }
    }

    fn store() -> (tempfile::TempDir, TraceStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = TraceStore::open(folder.path()).unwrap();
        (folder, store)
    }

    fn mark() -> SourceMark {
        SourceMark {
            path: "/t/a.jsonl".to_string(),
            size: 10,
            modified: None,
            format: "chat".to_string(),
            confidence: 1.0,
            rules: Digest::of("r"),
        }
    }

    #[test]
    fn what_is_put_comes_back_unchanged() {
        let (folder, mut store) = store();
        let items: Vec<Stored> = (0..20).map(|number| stored(number, 3, 10, "hello")).collect();
        let counts = store.put_all(&items).unwrap();
        assert_eq!((counts.seen, counts.inserted), (20, 20));
        drop(store);
        let store = TraceStore::open_existing(folder.path()).unwrap();
        let ids: Vec<ConversationId> = items.iter().map(|item| item.conversation.id.clone()).collect();
        assert_eq!(store.load(&ids).unwrap(), items);
        let rows = store.conversations().unwrap();
        assert_eq!((rows[0].turns, rows[0].user_turns, rows[0].tool_calls, rows[0].tool_errors), (5, 3, 1, 1));
        let digest = items[0].conversation.system_digest.unwrap();
        assert_eq!(store.system_text(digest).unwrap().as_deref(), Some("Be kind."));
        assert!(matches!(store.load(&[ConversationId("c-nowhere".to_string())]), Err(StoreError::Integrity { .. })));
    }

    #[test]
    fn many_blocks_are_read_back_in_the_order_asked_for() {
        let (_folder, mut store) = store();
        let long = "word ".repeat(20_000);
        let items: Vec<Stored> = (0..12).map(|number| stored(number, 1, 10, &long)).collect();
        store.put_all(&items).unwrap();
        let reversed: Vec<Stored> = items.into_iter().rev().collect();
        let ids: Vec<ConversationId> = reversed.iter().map(|item| item.conversation.id.clone()).collect();
        assert_eq!(store.load(&ids).unwrap(), reversed);
    }

    #[test]
    fn putting_the_same_twice_is_a_duplicate_and_changes_nothing() {
        let (_folder, mut store) = store();
        let items = [stored(1, 2, 10, "a"), stored(2, 2, 10, "b")];
        store.put_all(&items).unwrap();
        let before = store.digest().unwrap();
        let counts = store.put_all(&items).unwrap();
        assert_eq!((counts.duplicate, counts.inserted, counts.merged), (2, 0, 0));
        assert_eq!(store.digest().unwrap(), before);
    }

    #[test]
    fn a_duplicate_under_other_rules_is_judged_again() {
        let (_folder, mut store) = store();
        let mut item = stored(1, 2, 10, "a");
        store.put_all(std::slice::from_ref(&item)).unwrap();
        item.judgement = Judgement { outcome: Outcome::Unknown, basis: "nothing".to_string(), p_fail: None };
        item.signals.clear();
        store.put_all(std::slice::from_ref(&item)).unwrap();
        assert_eq!(store.load_all().unwrap(), [item]);
    }

    #[test]
    fn a_dropped_writer_leaves_no_trace() {
        let (_folder, mut store) = store();
        let before = store.digest().unwrap();
        let item = stored(1, 2, 10, "a");
        let mut writer = Writer::begin(&mut store, &mark()).unwrap();
        writer.put(&item.conversation, &item.judgement, &item.signals, Place { offset: 0, length: 9 }).unwrap();
        drop(writer);
        assert_eq!(store.digest().unwrap(), before);
        assert!(store.sources().unwrap().is_empty());
    }

    #[test]
    fn a_source_is_marked_only_when_it_was_read_to_its_end() {
        let (_folder, mut store) = store();
        let item = stored(1, 2, 10, "a");
        let mut writer = Writer::begin(&mut store, &mark()).unwrap();
        writer.put(&item.conversation, &item.judgement, &item.signals, Place { offset: 0, length: 9 }).unwrap();
        let counts = writer.commit().unwrap();
        assert_eq!(store.sources().unwrap()[0].digest, None);
        let mut writer = Writer::resume(&mut store, &mark(), counts).unwrap();
        let record =
            SetAside { offset: 9, length: 3, reason: Reason::Cut, head: b"{\"m".to_vec(), digest: Digest::of("{\"m") };
        writer.set_aside(&record).unwrap();
        let counts = writer.finish(Digest::of("file"), "{}").unwrap();
        assert_eq!(counts, Counts { seen: 2, inserted: 1, set_aside: 1, ..Counts::default() });
        assert_eq!(
            (store.sources().unwrap()[0].digest, store.sources().unwrap()[0].counts),
            (Some(Digest::of("file")), counts)
        );
        let quarantine = store.quarantine().unwrap();
        assert_eq!((&*quarantine[0].code, quarantine[0].offset, quarantine.len()), ("cut", 9, 1));
        // The next reading forgets what this one set aside.
        Writer::begin(&mut store, &mark()).unwrap().finish(Digest::of("file"), "{}").unwrap();
        assert!(store.quarantine().unwrap().is_empty());
    }

    #[test]
    fn a_damaged_payload_names_its_conversation() {
        let (_folder, mut store) = store();
        let item = stored(1, 2, 10, "a");
        store.put_all(std::slice::from_ref(&item)).unwrap();
        let other = crate::store::block::pack(&vec![b'x'; 10_000]).unwrap();
        store.connection().execute("UPDATE block SET size = 10000, data = ?", [other]).unwrap();
        let error = store.load_all().unwrap_err();
        let StoreError::Integrity { thing, .. } = &error else { panic!("{error}") };
        assert_eq!(*thing, format!("conversation {}", item.conversation.id));
        store.connection().execute("UPDATE block SET data = x'00'", []).unwrap();
        assert!(matches!(store.load_all(), Err(StoreError::Integrity { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn order_repetition_and_partition_do_not_matter(
            versions in prop::collection::vec((0u8..3, 1usize..3, 0i64..2, "[ab]"), 1..8),
            seed in any::<u64>(),
            cut in 0usize..8,
        ) {
            let items: Vec<Stored> =
                versions.iter().map(|(id, turns, ended, word)| stored(*id, *turns, *ended, word)).collect();
            let (_one, mut once) = store();
            once.put_all(&items).unwrap();
            let mut shuffled: Vec<Stored> = items.iter().chain(&items).cloned().collect();
            let count = shuffled.len() as u64;
            for index in (1..shuffled.len()).rev() {
                shuffled.swap(index, (seed.wrapping_mul(index as u64 * 2 + 1) % count) as usize % (index + 1));
            }
            let (first, second) = shuffled.split_at(cut.min(shuffled.len()));
            let (_two, mut twice) = store();
            twice.put_all(first).unwrap();
            twice.put_all(second).unwrap();
            prop_assert_eq!(once.digest().unwrap(), twice.digest().unwrap());
        }
    }
}
