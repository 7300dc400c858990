//! Keeping house in `traces.db`: what is there, whether it is sound, what may go, and what must go. Erasing a
//! conversation rewrites the block that its text is in, so that no byte of it is left behind.

use super::block;
use super::rows;
use super::{StoreError, TraceStore};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::trace::ConversationId;
use rusqlite::{OptionalExtension as _, TransactionBehavior, params};
use std::collections::{BTreeMap, BTreeSet};

/// A block is rewritten when less than this share of it is in use.
const SPARSE: f64 = 0.5;

/// What `gc` gave back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Freed {
    /// Blocks that held nothing any more.
    pub blocks_removed: u64,
    /// Blocks that were rewritten without what nothing needs.
    pub blocks_rewritten: u64,
    /// Bytes of text that nothing needs any more.
    pub bytes: u64,
}

/// What a check of the whole cache found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// Conversations whose text is there and as it was stored.
    pub conversations: u64,
    /// Pieces of conversations, likewise.
    pub fragments: u64,
    /// What is wrong, a sentence each.
    pub problems: Vec<String>,
}

/// What was erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Erased {
    /// Conversations.
    pub conversations: u64,
    /// Pieces of conversations.
    pub fragments: u64,
    /// Records that were set aside and whose beginning was kept.
    pub set_aside: u64,
}

impl TraceStore {
    /// The digest of what was said, by conversation.
    pub fn content_digests(&self) -> Result<BTreeMap<ConversationId, Digest>, StoreError> {
        let pairs = self.all("SELECT id, content_digest FROM conversation", [], |row| {
            Ok((ConversationId(row.get("id")?), rows::some_digest(row, "content_digest")?))
        })?;
        Ok(pairs.into_iter().collect())
    }

    /// Conversations whose id begins with `text`, or whose id in their source is `text`: at most `most`.
    pub fn named(&self, text: &str, most: usize) -> Result<Vec<ConversationId>, StoreError> {
        // Our ids are plain ASCII; the end of the range is the prefix with the greatest character behind it.
        let end = format!("{text}\u{10ffff}");
        let sql = "SELECT id FROM conversation WHERE (id >= ?1 AND id < ?2) OR external_id = ?1 ORDER BY id LIMIT ?3";
        self.all(sql, params![text, end, rows::signed(most as u64)], |row| Ok(ConversationId(row.get(0)?)))
    }

    /// The conversations of sub-agents that were part of this one.
    pub fn parts_of(&self, id: &ConversationId) -> Result<Vec<ConversationId>, StoreError> {
        self.all("SELECT id FROM conversation WHERE parent = ? ORDER BY id", [&id.0], |row| {
            Ok(ConversationId(row.get(0)?))
        })
    }

    /// The conversations of a user.
    pub fn of_user(&self, user: &str) -> Result<Vec<ConversationId>, StoreError> {
        self.all("SELECT id FROM conversation WHERE user = ? ORDER BY id", [user], |row| {
            Ok(ConversationId(row.get(0)?))
        })
    }

    /// Conversations that ended before `moment`; those without a time are not among them.
    pub fn ended_before(&self, moment: Timestamp) -> Result<Vec<ConversationId>, StoreError> {
        let sql = "SELECT id FROM conversation WHERE coalesce(ended_ms, started_ms) < ? ORDER BY id";
        self.all(sql, [moment.0], |row| Ok(ConversationId(row.get(0)?)))
    }

    /// The file that a conversation came from, where it did.
    pub fn source_of(&self, id: &ConversationId) -> Result<Option<String>, StoreError> {
        let sql =
            "SELECT path FROM source JOIN conversation ON conversation.source = source.id WHERE conversation.id = ?";
        self.connection().query_row(sql, [&id.0], |row| row.get(0)).optional().map_err(self.failed("read"))
    }

    fn all<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl Fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let collect = || -> rusqlite::Result<Vec<T>> {
            let mut statement = self.connection().prepare_cached(sql)?;
            let rows = statement.query_map(values, |row| read(row))?;
            rows.collect()
        };
        collect().map_err(self.failed("read"))
    }

    /// Checks the database file and every text in it against its digest.
    pub fn check(&self) -> Result<Health, StoreError> {
        let mut health = Health::default();
        let found: Vec<String> = self.all("PRAGMA integrity_check(20)", [], |row| row.get(0))?;
        health
            .problems
            .extend(found.into_iter().filter(|line| line != "ok").map(|line| format!("the database file: {line}")));
        let orphans = "SELECT count(*) FROM conversation WHERE block NOT IN (SELECT id FROM block)";
        let lost: Vec<i64> = self.all(orphans, [], |row| row.get(0))?;
        if let Some(count) = lost.first().filter(|count| **count > 0) {
            health.problems.push(format!("{count} conversations have lost their text"));
        }
        let ids: Vec<ConversationId> = self.content_digests()?.into_keys().collect();
        for batch in ids.chunks(200) {
            match self.load(batch) {
                Ok(loaded) => health.conversations += loaded.len() as u64,
                // One by one, so that one damaged text does not hide others.
                Err(_) => {
                    for id in batch {
                        match self.load(std::slice::from_ref(id)) {
                            Ok(_) => health.conversations += 1,
                            Err(error) => health.problems.push(error.to_string()),
                        }
                    }
                }
            }
        }
        let fragments: Vec<(i64, i64, i64, Digest)> =
            self.all("SELECT block, offset, length, digest FROM fragment ORDER BY block, offset", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, rows::some_digest(row, "digest")?))
            })?;
        let mut open: Option<(i64, Vec<u8>)> = None;
        for (id, offset, length, digest) in fragments {
            if open.as_ref().is_none_or(|(known, _)| *known != id) {
                open = Some((id, self.unpacked(id).unwrap_or_default()));
            }
            let bytes = open.as_ref().and_then(|(_, bytes)| slice(bytes, offset, length));
            if bytes.map(Digest::of) == Some(digest) {
                health.fragments += 1;
            } else {
                health.problems.push(format!("a piece of a conversation in block {id} is not as it was stored"));
            }
        }
        health.problems.truncate(100);
        Ok(health)
    }

    fn unpacked(&self, id: i64) -> Option<Vec<u8>> {
        let read = self.connection().query_row("SELECT size, data FROM block WHERE id = ?", [id], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        });
        let (size, data) = read.ok()?;
        block::unpack(&data, usize::try_from(size).ok()?).ok()
    }

    /// Removes what no conversation and no piece of one needs: versions that were replaced. The file shrinks.
    pub fn collect_garbage(&mut self) -> Result<Freed, StoreError> {
        let sizes: BTreeMap<i64, i64> =
            self.all("SELECT id, size FROM block", [], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
        let sql = "SELECT block, sum(length) FROM (SELECT block, length FROM conversation UNION ALL SELECT block, length \
                   FROM fragment) GROUP BY block";
        let used: BTreeMap<i64, i64> = self.all(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
        let mut freed = Freed::default();
        for (id, size) in sizes {
            let live = used.get(&id).copied().unwrap_or(0);
            if live as f64 >= size as f64 * SPARSE {
                continue;
            }
            freed.bytes += u64::try_from(size - live).unwrap_or(0);
            if live == 0 {
                freed.blocks_removed += 1;
            } else {
                freed.blocks_rewritten += 1;
            }
            self.rewrite(id)?;
        }
        let texts = "DELETE FROM system_text WHERE digest NOT IN (SELECT system_digest FROM conversation WHERE system_digest IS NOT NULL)";
        self.connection().execute(texts, []).map_err(self.failed("write"))?;
        self.shrink()?;
        Ok(freed)
    }

    /// Gives the space of what was removed back to the disk, and leaves nothing of it in the file.
    fn shrink(&self) -> Result<(), StoreError> {
        self.connection()
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
            .map_err(self.failed("shrink"))
    }

    /// Writes a block again with only what is in use; removes it when nothing is.
    fn rewrite(&mut self, id: i64) -> Result<(), StoreError> {
        let path = self.path().to_path_buf();
        let failed = |error| StoreError::sqlite("write", &path, error);
        let old = self.unpacked(id).unwrap_or_default();
        let transaction =
            self.connection_mut().transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let mut kept: Vec<u8> = Vec::new();
        for (table, key) in [("conversation", "number"), ("fragment", "id")] {
            let rows: Vec<(i64, i64, i64)> = {
                let sql = format!("SELECT {key}, offset, length FROM {table} WHERE block = ? ORDER BY offset");
                let mut statement = transaction.prepare(&sql).map_err(failed)?;
                let rows =
                    statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(failed)?;
                rows.collect::<rusqlite::Result<_>>().map_err(failed)?
            };
            for (key_value, offset, length) in rows {
                let bytes = slice(&old, offset, length).ok_or_else(|| StoreError::Integrity {
                    thing: format!("block {id}"),
                    path: path.clone(),
                    reason: "a text is outside of it".to_string(),
                })?;
                let place = i64::try_from(kept.len()).unwrap_or(i64::MAX);
                kept.extend_from_slice(bytes);
                let sql = format!("UPDATE {table} SET offset = ?2 WHERE {key} = ?1");
                transaction.execute(&sql, params![key_value, place]).map_err(failed)?;
            }
        }
        if kept.is_empty() {
            transaction.execute("DELETE FROM block WHERE id = ?", [id]).map_err(failed)?;
        } else {
            let packed = block::pack(&kept).map_err(|source| StoreError::Io {
                attempt: "compress for",
                path: path.clone(),
                source,
            })?;
            let size = i64::try_from(kept.len()).unwrap_or(i64::MAX);
            let sql = "UPDATE block SET size = ?2, data = ?3 WHERE id = ?1";
            transaction.execute(sql, params![id, size, packed]).map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    /// Erases pieces of conversations that are not to be kept, and their bytes.
    pub fn erase_groups(&mut self, groups: &[i64]) -> Result<(), StoreError> {
        let path = self.path().to_path_buf();
        let failed = |error| StoreError::sqlite("erase from", &path, error);
        let mut blocks: BTreeSet<i64> = BTreeSet::new();
        for group in groups {
            blocks.extend(self.all(
                "SELECT DISTINCT block FROM fragment WHERE fragment_group = ?",
                [group],
                |row| row.get::<_, i64>(0),
            )?);
            for sql in [
                "DELETE FROM fragment WHERE fragment_group = ?",
                "DELETE FROM fragment_key WHERE fragment_group = ?",
                "DELETE FROM fragment_group WHERE id = ?",
            ] {
                self.connection().execute(sql, [group]).map_err(failed)?;
            }
        }
        for block in blocks {
            self.rewrite(block)?;
        }
        Ok(())
    }

    /// Erases conversations with everything that was made of them here: their text, the pieces that they were put
    /// together from, their places in intents and findings, and the beginnings of records of `sources` that were set
    /// aside. Nothing of it is left in the file.
    pub fn erase(&mut self, ids: &[ConversationId]) -> Result<Erased, StoreError> {
        let mut erased = Erased::default();
        let mut blocks: BTreeSet<i64> = BTreeSet::new();
        let path = self.path().to_path_buf();
        let failed = |error| StoreError::sqlite("erase from", &path, error);
        // What is deleted is overwritten, not only unlinked.
        self.connection().pragma_update(None, "secure_delete", true).map_err(failed)?;
        let transaction =
            self.connection_mut().transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let mut sources: BTreeSet<String> = BTreeSet::new();
        for id in ids {
            type Place = (i64, i64, Option<i64>, Option<String>);
            let read = || -> rusqlite::Result<Option<Place>> {
                let sql = "SELECT number, block, fragment_group, (SELECT path FROM source WHERE source.id = conversation.source) FROM conversation WHERE id = ?";
                transaction
                    .query_row(sql, [&id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
                    .optional()
            };
            let Some((number, block, group, source)) = read().map_err(failed)? else { continue };
            blocks.insert(block);
            sources.extend(source);
            if let Some(group) = group {
                let list = |sql: &str| -> rusqlite::Result<Vec<i64>> {
                    let mut statement = transaction.prepare(sql)?;
                    let rows = statement.query_map([group], |row| row.get(0))?;
                    rows.collect()
                };
                blocks.extend(list("SELECT DISTINCT block FROM fragment WHERE fragment_group = ?").map_err(failed)?);
                let removed =
                    transaction.execute("DELETE FROM fragment WHERE fragment_group = ?", [group]).map_err(failed)?;
                erased.fragments += removed as u64;
                transaction.execute("DELETE FROM fragment_key WHERE fragment_group = ?", [group]).map_err(failed)?;
                transaction.execute("DELETE FROM fragment_group WHERE id = ?", [group]).map_err(failed)?;
            }
            for sql in rows::REMOVE_CONVERSATION {
                transaction.execute(sql, [number]).map_err(failed)?;
            }
            erased.conversations += 1;
        }
        for source in sources {
            // The beginning of a broken record may be the conversation's own.
            let sql = "UPDATE quarantine SET head = x'' WHERE source_path = ? AND head <> x''";
            erased.set_aside += transaction.execute(sql, [&source]).map_err(failed)? as u64;
        }
        // A finding that quotes what is erased is made anew; one that only counted it counts one less.
        for id in ids {
            let like = format!("%{}%", id.0);
            transaction.execute("DELETE FROM finding WHERE document LIKE ?", [&like]).map_err(failed)?;
        }
        let sql = "DELETE FROM finding_conversation WHERE finding NOT IN (SELECT id FROM finding)";
        transaction.execute(sql, []).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        for block in blocks {
            self.rewrite(block)?;
        }
        let texts = "DELETE FROM system_text WHERE digest NOT IN (SELECT system_digest FROM conversation WHERE system_digest IS NOT NULL)";
        self.connection().execute(texts, []).map_err(self.failed("erase from"))?;
        self.shrink()?;
        Ok(erased)
    }
}

fn slice(bytes: &[u8], offset: i64, length: i64) -> Option<&[u8]> {
    let (offset, length) = (usize::try_from(offset).ok()?, usize::try_from(length).ok()?);
    bytes.get(offset..offset.checked_add(length)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Stored, testing};
    use crate::trace::{Judgement, Outcome, Role, Turn};

    fn stored(name: &str, text: &str, turns: usize) -> Stored {
        let turn =
            |number: usize| Turn { role: Role::User, text: format!("{text} {number}"), calls: Vec::new(), time: None };
        let conversation = testing::conversation(name, (0..turns).map(turn).collect());
        let judgement = Judgement { outcome: Outcome::Unknown, basis: "nothing".to_string(), p_fail: None };
        Stored { conversation, judgement, signals: Vec::new() }
    }

    fn store() -> (tempfile::TempDir, TraceStore) {
        let folder = tempfile::tempdir().unwrap();
        let store = TraceStore::open(folder.path()).unwrap();
        (folder, store)
    }

    #[test]
    fn replaced_versions_are_collected_and_what_is_left_is_sound() {
        let (_folder, mut store) = store();
        store.put_all(&[stored("1", "short", 1), stored("2", "stays", 1)]).unwrap();
        let long = "longer ".repeat(50);
        store.put_all(&[stored("1", &long, 3)]).unwrap();
        let before = store.load_all().unwrap();
        let freed = store.collect_garbage().unwrap();
        assert!(freed.blocks_rewritten + freed.blocks_removed <= 1, "{freed:?}");
        store.put_all(&[stored("2", &long, 4)]).unwrap();
        assert_eq!(store.collect_garbage().unwrap().blocks_removed, 1);
        assert_eq!(store.load_all().unwrap().len(), before.len());
        let health = store.check().unwrap();
        assert_eq!((health.conversations, health.problems), (2, Vec::new()));
    }

    #[test]
    fn what_is_erased_leaves_no_byte_behind() {
        let (folder, mut store) = store();
        let secret = stored("1", "the heron flies at midnight", 2);
        store.put_all(&[secret.clone(), stored("2", "stays", 2)]).unwrap();
        let erased = store.erase(std::slice::from_ref(&secret.conversation.id)).unwrap();
        assert_eq!(erased.conversations, 1);
        assert_eq!(store.load_all().unwrap().len(), 1);
        assert!(store.check().unwrap().problems.is_empty());
        drop(store);
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(5).any(|part| part == b"heron"));
        }
    }

    #[test]
    fn a_damaged_text_is_a_problem_of_its_own() {
        let (_folder, mut store) = store();
        store.put_all(&[stored("1", "a", 1)]).unwrap();
        store.connection().execute("UPDATE block SET data = x'00'", []).unwrap();
        let health = store.check().unwrap();
        assert_eq!((health.conversations, health.problems.len()), (0, 1));
    }
}
