//! Pieces of conversations and the conversations that are put together from them. A piece is kept once, in the group of
//! everything that shares a session or a trace with it; what joins two groups makes them one. A group with a new piece
//! is dirty until its conversations are put together again, in this run or, after a crash, in the next.

use super::{Kept, Location, Prepared, PreparedFragment, Put, Writer};
use crate::digest::Digest;
use crate::store::rows::some_digest;
use crate::store::{StoreError, Stored, block};
use crate::trace::Conversation;
use crate::trace::fragment::Fragment;
use crate::trace::reader::Place;
use rusqlite::{OptionalExtension as _, params};
use std::collections::BTreeSet;
use std::ops::AddAssign;
use std::path::PathBuf;
use std::sync::Arc;

/// Blocks that are held: 4 MiB.
const RECENT: usize = 16;

/// The stored pieces of a group, to be read by any thread.
#[derive(Debug)]
pub struct Pieces {
    path: PathBuf,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    digest: Digest,
    id: i64,
    block: Arc<[u8]>,
    offset: usize,
    length: usize,
}

impl Pieces {
    /// Checks and reads them: each with its digest.
    pub fn read(self) -> Result<Vec<(Digest, Fragment)>, StoreError> {
        let Self { path, pieces } = self;
        let read = |piece: Piece| {
            let Piece { digest, id, block, offset, length } = piece;
            let damaged = |reason: &str| StoreError::Integrity {
                thing: format!("a piece of a conversation in block {id}"),
                path: path.clone(),
                reason: reason.to_string(),
            };
            let bytes = offset.checked_add(length).and_then(|end| block.get(offset..end));
            let bytes = bytes.ok_or_else(|| damaged("its place is outside its block"))?;
            if Digest::of(bytes) != digest {
                return Err(damaged("its digest differs"));
            }
            Ok((digest, Fragment::from_bytes(bytes).map_err(|_| damaged("it is no piece of this version"))?))
        };
        pieces.into_iter().map(read).collect()
    }
}

/// A conversation of a group, ready to be stored.
#[derive(Debug)]
pub struct Rejoined {
    stored: Stored,
    prepared: Prepared,
}

impl Rejoined {
    /// Serialises.
    pub fn of(stored: Stored) -> Self {
        let prepared = Prepared::of(&stored.conversation);
        Self { stored, prepared }
    }

    /// The conversation.
    pub fn conversation(&self) -> &Conversation {
        &self.stored.conversation
    }
}

/// What became of the conversations of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Regrouped {
    /// Conversations that are new.
    pub new: u64,
    /// Conversations that are there in another version now.
    pub updated: u64,
    /// Conversations that are as they were.
    pub unchanged: u64,
}

impl AddAssign for Regrouped {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

impl Writer<'_> {
    /// Adds the pieces of one record.
    pub fn put_fragments(&mut self, fragments: &[PreparedFragment]) -> Result<Option<Put>, StoreError> {
        if fragments.is_empty() {
            self.pass_over();
            return Ok(None);
        }
        let (mut new, mut version) = (false, false);
        for PreparedFragment { fragment, bytes, digest } in fragments {
            let known = self
                .transaction
                .prepare_cached("SELECT 1 FROM fragment WHERE digest = ?")
                .and_then(|mut statement| statement.exists([digest.as_bytes()]))
                .map_err(self.failed("read"))?;
            if known {
                version = true;
                continue;
            }
            new = true;
            let group = self.group_of(fragment)?;
            let Location { block, offset, length } = self.keep(Kept::Fragment, bytes)?;
            self.execute(
                "INSERT INTO fragment (digest, fragment_group, block, offset, length) VALUES (?, ?, ?, ?, ?)",
                params![digest.as_bytes(), group, block, offset, length],
            )?;
            self.execute(
                "UPDATE fragment_group SET fragments = fragments + 1, bytes = bytes + ?2, dirty = 1 WHERE id = ?1",
                params![group, length],
            )?;
        }
        let put = match (new, version) {
            (true, false) => Put::Inserted,
            (true, true) => Put::Merged,
            (false, _) => Put::Duplicate,
        };
        Ok(Some(self.seen(put)))
    }

    /// The group of a piece; makes it, or makes one of several.
    fn group_of(&self, fragment: &Fragment) -> Result<i64, StoreError> {
        let family = fragment.family.name();
        let links = fragment.links();
        let mut found = BTreeSet::new();
        let mut missing = Vec::new();
        for (kind, value) in &links {
            let group: Option<i64> = self
                .transaction
                .prepare_cached("SELECT fragment_group FROM fragment_key WHERE family = ? AND kind = ? AND value = ?")
                .and_then(|mut statement| {
                    statement.query_row(params![family, kind, value], |row| row.get(0)).optional()
                })
                .map_err(self.failed("read"))?;
            match group {
                Some(group) => {
                    found.insert(group);
                }
                None => missing.push((*kind, *value)),
            }
        }
        let group = match found.len() {
            0 => self.new_group(family)?,
            1 => found.first().copied().unwrap_or_default(),
            _ => self.unite(&found)?,
        };
        for (kind, value) in missing {
            self.execute(
                "INSERT INTO fragment_key (family, kind, value, fragment_group) VALUES (?, ?, ?, ?)",
                params![family, kind, value, group],
            )?;
        }
        Ok(group)
    }

    fn new_group(&self, family: &str) -> Result<i64, StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO fragment_group (family, fragments, bytes, dirty) VALUES (?, 0, 0, 1) RETURNING id",
            )
            .and_then(|mut statement| statement.query_row([family], |row| row.get(0)))
            .map_err(self.failed("write"))
    }

    /// Makes several groups one: the largest takes the others in, so that no piece moves often.
    fn unite(&self, groups: &BTreeSet<i64>) -> Result<i64, StoreError> {
        let mut sizes = Vec::new();
        for group in groups {
            let size: i64 = self
                .transaction
                .prepare_cached("SELECT fragments FROM fragment_group WHERE id = ?")
                .and_then(|mut statement| statement.query_row([group], |row| row.get(0)))
                .map_err(self.failed("read"))?;
            sizes.push((size, *group));
        }
        let Some((_, largest)) = sizes.iter().copied().max() else { return Ok(0) };
        for (_, group) in sizes.into_iter().filter(|(_, group)| *group != largest) {
            for sql in [
                "UPDATE fragment SET fragment_group = ?2 WHERE fragment_group = ?1",
                "UPDATE fragment_key SET fragment_group = ?2 WHERE fragment_group = ?1",
                "UPDATE conversation SET fragment_group = ?2 WHERE fragment_group = ?1",
                "UPDATE fragment_group SET dirty = 1, fragments = fragments + (SELECT fragments FROM fragment_group \
                 WHERE id = ?1), bytes = bytes + (SELECT bytes FROM fragment_group WHERE id = ?1) WHERE id = ?2",
            ] {
                self.execute(sql, params![group, largest])?;
            }
            self.execute("DELETE FROM fragment_group WHERE id = ?", [group])?;
        }
        Ok(largest)
    }

    /// Groups whose conversations have yet to be put together, at most so many.
    pub fn dirty(&self, most: usize) -> Result<Vec<i64>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let read = || -> rusqlite::Result<Vec<i64>> {
            let sql = "SELECT id FROM fragment_group WHERE dirty = 1 ORDER BY id LIMIT ?";
            let mut statement = self.transaction.prepare_cached(sql)?;
            let rows = statement.query_map([most], |row| row.get(0))?;
            rows.collect()
        };
        read().map_err(self.failed("read"))
    }

    /// Bytes of all pieces of a group, as they are kept.
    pub fn size_of_group(&self, group: i64) -> Result<u64, StoreError> {
        let bytes: i64 = self
            .transaction
            .prepare_cached("SELECT bytes FROM fragment_group WHERE id = ?")
            .and_then(|mut statement| statement.query_row([group], |row| row.get(0)))
            .map_err(self.failed("read"))?;
        Ok(bytes.unsigned_abs())
    }

    /// All pieces of a group. What was put in this transaction is there too.
    pub fn pieces(&mut self, group: i64) -> Result<Pieces, StoreError> {
        self.close_block(Kept::Fragment)?;
        let rows = || -> rusqlite::Result<Vec<(i64, usize, usize, Digest)>> {
            let sql =
                "SELECT block, offset, length, digest FROM fragment WHERE fragment_group = ? ORDER BY block, offset";
            let mut statement = self.transaction.prepare_cached(sql)?;
            let rows = statement.query_map([group], |row| {
                let place = |index: usize| -> rusqlite::Result<usize> {
                    Ok(usize::try_from(row.get::<_, i64>(index)?).unwrap_or(usize::MAX))
                };
                Ok((row.get(0)?, place(1)?, place(2)?, some_digest(row, "digest")?))
            })?;
            rows.collect()
        };
        let rows = rows().map_err(self.failed("read"))?;
        let mut pieces = Vec::with_capacity(rows.len());
        for (id, offset, length, digest) in rows {
            pieces.push(Piece { digest, id, block: self.block(id)?, offset, length });
        }
        Ok(Pieces { path: self.path.clone(), pieces })
    }

    /// A block's bytes. Groups that were made one after the other lie in the same blocks, so that the last few are held.
    fn block(&mut self, id: i64) -> Result<Arc<[u8]>, StoreError> {
        if let Some((_, bytes)) = self.recent.iter().find(|(known, _)| *known == id) {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = self.unpacked(id)?.into();
        self.recent.truncate(RECENT - 1);
        self.recent.push_front((id, Arc::clone(&bytes)));
        Ok(bytes)
    }

    fn unpacked(&self, id: i64) -> Result<Vec<u8>, StoreError> {
        let damaged =
            |reason: String| StoreError::Integrity { thing: format!("block {id}"), path: self.path.clone(), reason };
        let row: Option<(i64, Vec<u8>)> = self
            .transaction
            .prepare_cached("SELECT size, data FROM block WHERE id = ?")
            .and_then(|mut statement| statement.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional())
            .map_err(self.failed("read"))?;
        let (size, data) = row.ok_or_else(|| damaged("it is not there".to_string()))?;
        block::unpack(&data, usize::try_from(size).unwrap_or(0)).map_err(|error| damaged(error.to_string()))
    }

    /// Puts the conversations of a group in the place of those that were there, and says that the group is done.
    pub fn regroup(&mut self, group: i64, conversations: &[Rejoined]) -> Result<Regrouped, StoreError> {
        let mut done = Regrouped::default();
        let read = || -> rusqlite::Result<Vec<(i64, String)>> {
            let mut statement =
                self.transaction.prepare_cached("SELECT number, id FROM conversation WHERE fragment_group = ?")?;
            let rows = statement.query_map([group], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        let known = read().map_err(self.failed("read"))?;
        let now: BTreeSet<&str> =
            conversations.iter().map(|rejoined| rejoined.stored.conversation.id.0.as_str()).collect();
        for (gone, _) in known.iter().filter(|(_, id)| !now.contains(id.as_str())) {
            self.remove(*gone)?;
        }
        for Rejoined { stored: Stored { conversation, judgement, signals }, prepared } in conversations {
            match self.known(conversation)? {
                Some((number, known)) if known == prepared.rank => {
                    self.judge(number, judgement, signals)?;
                    done.unchanged += 1;
                    continue;
                }
                Some((number, _)) => {
                    self.remove(number)?;
                    done.updated += 1;
                }
                None => done.new += 1,
            }
            let place = Place { offset: 0, length: 0 };
            let number = self.add(conversation, judgement, signals, place, prepared)?;
            self.execute("UPDATE conversation SET fragment_group = ?2 WHERE number = ?1", params![number, group])?;
        }
        self.execute("UPDATE fragment_group SET dirty = 0 WHERE id = ?", [group])?;
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{SourceMark, TraceStore};
    use crate::trace::assemble::assemble_known;
    use crate::trace::fragment::{Address, Family, Part, Step, StepKind};
    use crate::trace::message::Message;
    use crate::trace::{Judgement, Outcome, Role};
    use proptest::prelude::*;

    fn mark() -> SourceMark {
        SourceMark {
            path: "/t/spans.jsonl".to_string(),
            size: 10,
            modified: None,
            format: "spans".to_string(),
            confidence: 1.0,
            rules: Digest::of("r"),
        }
    }

    fn fragment(session: Option<u8>, trace: Option<u8>, step: u8) -> Fragment {
        let said = |role, text: String| vec![Message::new(role, text)];
        let step_part = Step {
            kind: StepKind::Model,
            start: Some(i64::from(step) * 1_000_000),
            end: Some(i64::from(step) * 1_000_000 + 1),
            input: said(Role::User, format!("question {step}")),
            output: said(Role::Assistant, format!("answer {step}")),
            ..Step::default()
        };
        Fragment {
            family: Family::Otel,
            address: Address {
                session: session.map(|id| format!("s{id}")),
                trace: trace.map(|id| format!("t{id}")),
                step: Some(format!("i{step}")),
            },
            part: Part::Step(Box::new(step_part)),
        }
    }

    fn put(store: &mut TraceStore, records: &[Vec<Fragment>]) -> Regrouped {
        let mut writer = Writer::begin(store, &mark()).unwrap();
        for record in records {
            let prepared: Vec<PreparedFragment> = record.iter().cloned().map(PreparedFragment::of).collect();
            writer.put_fragments(&prepared).unwrap();
        }
        let mut sum = Regrouped::default();
        for group in writer.dirty(usize::MAX).unwrap() {
            let assembled = assemble_known(writer.pieces(group).unwrap().read().unwrap());
            let judgement = Judgement { outcome: Outcome::Unknown, basis: "nothing".to_string(), p_fail: None };
            let stored = |conversation| Stored { conversation, judgement: judgement.clone(), signals: Vec::new() };
            let rejoined: Vec<Rejoined> =
                assembled.conversations.into_iter().map(|conversation| Rejoined::of(stored(conversation))).collect();
            sum += writer.regroup(group, &rejoined).unwrap();
        }
        writer.finish(Digest::of("file"), "{}").unwrap();
        sum
    }

    fn store() -> (tempfile::TempDir, TraceStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = TraceStore::open(folder.path()).unwrap();
        (folder, store)
    }

    #[test]
    fn late_pieces_join_what_is_there_and_two_groups_become_one() {
        let (_folder, mut store) = store();
        assert_eq!(put(&mut store, &[vec![fragment(None, Some(1), 1)], vec![fragment(None, Some(2), 2)]]).new, 2);
        let silent = |mut fragment: Fragment| {
            fragment.part = Part::Step(Box::default());
            vec![fragment]
        };
        let late = [silent(fragment(Some(9), Some(1), 3)), silent(fragment(Some(9), Some(2), 4))];
        assert_eq!(put(&mut store, &late), Regrouped { new: 1, updated: 0, unchanged: 0 });
        let all = store.load_all().unwrap();
        assert_eq!((all.len(), all[0].conversation.turns.len()), (1, 4));
        assert_eq!(put(&mut store, &late), Regrouped::default());
    }

    #[test]
    fn a_record_without_pieces_is_counted() {
        let (_folder, mut store) = store();
        put(&mut store, &[vec![], vec![fragment(None, Some(1), 1)]]);
        let counts = store.sources().unwrap()[0].counts;
        assert_eq!((counts.seen, counts.passed_over, counts.inserted), (2, 1, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn order_repetition_and_partition_of_pieces_do_not_matter(
            pieces in prop::collection::vec((prop::option::of(0u8..3), prop::option::of(0u8..4), 0u8..20), 1..10),
            order in any::<prop::sample::Index>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let records: Vec<Vec<Fragment>> =
                pieces.iter().map(|(session, trace, step)| vec![fragment(*session, trace.or(Some(9)), *step)]).collect();
            let (_one, mut once) = store();
            put(&mut once, &records);
            let mut other = records.clone();
            other.rotate_left(order.index(records.len()));
            other.reverse();
            other.extend(records.clone());
            let (first, second) = other.split_at(cut.index(other.len()));
            let (_two, mut twice) = store();
            put(&mut twice, first);
            put(&mut twice, second);
            prop_assert_eq!(once.digest().unwrap(), twice.digest().unwrap());
        }
    }
}
