//! `search.db`: which conversations hold which words. An index beside the cache, built on first use, brought up to date
//! by every search, and thrown away at will: everything in it comes from `traces.db`.
#![expect(clippy::disallowed_types, reason = "the store is the wall around rusqlite")]

use super::open::{Missing, Schema, open};
use super::{StoreError, TraceStore};
use crate::digest::Digest;
use crate::trace::{Conversation, ConversationId};
use rusqlite::{Connection, TransactionBehavior, params};
use std::collections::BTreeMap;
use std::path::PathBuf;

const SCHEMA: Schema =
    Schema { file: "search.db", migrations: &[include_str!("schema/search_1.sql")], synchronous: "NORMAL" };

/// Conversations that are read and indexed in one transaction.
const BATCH: usize = 500;

/// The index of one cache.
#[derive(Debug)]
pub struct SearchIndex {
    connection: Connection,
    path: PathBuf,
}

impl SearchIndex {
    /// Opens the index beside the cache, makes it where there is none, and brings it up to date. `progress` is told how
    /// many conversations were indexed of how many.
    pub fn open(store: &TraceStore, progress: &mut dyn FnMut(u64, u64)) -> Result<Self, StoreError> {
        let folder = store.path().parent().map(PathBuf::from).unwrap_or_default();
        let (connection, path) = open(&folder, &SCHEMA, Missing::Create)?;
        let mut index = Self { connection, path };
        index.update(store, progress)?;
        Ok(index)
    }

    fn failed(&self, attempt: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        move |error| StoreError::sqlite(attempt, &self.path, error)
    }

    fn update(&mut self, store: &TraceStore, progress: &mut dyn FnMut(u64, u64)) -> Result<(), StoreError> {
        let there = store.content_digests()?;
        let known = self.known()?;
        let gone: Vec<i64> =
            known.iter().filter(|(id, (_, digest))| there.get(*id) != Some(digest)).map(|(_, (row, _))| *row).collect();
        let new: Vec<ConversationId> = there
            .iter()
            .filter(|(id, digest)| known.get(*id).is_none_or(|(_, known)| known != *digest))
            .map(|(id, _)| id.clone())
            .collect();
        if !gone.is_empty() {
            self.remove(&gone)?;
        }
        let mut done = 0;
        for batch in new.chunks(BATCH) {
            let loaded = store.load(batch)?;
            let path = self.path.clone();
            let failed = |error| StoreError::sqlite("write", &path, error);
            let transaction =
                self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
            for stored in &loaded {
                let conversation = &stored.conversation;
                let digest = there.get(&conversation.id).copied().unwrap_or_else(|| conversation.content_digest());
                let insert = || -> rusqlite::Result<()> {
                    let row: i64 = transaction
                        .prepare_cached(
                            "INSERT INTO indexed (conversation, content_digest) VALUES (?, ?) RETURNING id",
                        )?
                        .query_row(params![conversation.id.0, digest.as_bytes()], |row| row.get(0))?;
                    transaction
                        .prepare_cached("INSERT INTO words (rowid, text) VALUES (?, ?)")?
                        .execute(params![row, text(conversation)])?;
                    Ok(())
                };
                insert().map_err(failed)?;
            }
            transaction.commit().map_err(failed)?;
            done += batch.len() as u64;
            progress(done, new.len() as u64);
        }
        Ok(())
    }

    fn known(&self) -> Result<BTreeMap<ConversationId, (i64, Digest)>, StoreError> {
        let read = || -> rusqlite::Result<BTreeMap<ConversationId, (i64, Digest)>> {
            let mut statement = self.connection.prepare("SELECT id, conversation, content_digest FROM indexed")?;
            let rows = statement.query_map([], |row| {
                Ok((ConversationId(row.get(1)?), (row.get(0)?, super::rows::some_digest(row, "content_digest")?)))
            })?;
            rows.collect()
        };
        read().map_err(self.failed("read"))
    }

    fn remove(&mut self, rows: &[i64]) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |error| StoreError::sqlite("write", &path, error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for row in rows {
            for sql in ["DELETE FROM words WHERE rowid = ?", "DELETE FROM indexed WHERE id = ?"] {
                transaction.prepare_cached(sql).and_then(|mut statement| statement.execute([row])).map_err(failed)?;
            }
        }
        transaction.commit().map_err(failed)
    }

    /// Conversations that hold all of the words and phrases, the best match first.
    pub fn find(&self, terms: &[String]) -> Result<Vec<ConversationId>, StoreError> {
        // Every term as a phrase: nothing that a person types is an operator.
        let phrases: Vec<String> =
            terms.iter().map(|term| format!("\"{}\"", spaced(term).replace('"', "\"\""))).collect();
        if phrases.is_empty() {
            return Ok(Vec::new());
        }
        let read = || -> rusqlite::Result<Vec<ConversationId>> {
            let sql = "SELECT conversation FROM words JOIN indexed ON indexed.id = words.rowid WHERE words MATCH ? \
                       ORDER BY rank, conversation";
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map([phrases.join(" ")], |row| Ok(ConversationId(row.get(0)?)))?;
            rows.collect()
        };
        read().map_err(self.failed("search"))
    }
}

/// Everything that was said, given to tools and got back.
fn text(conversation: &Conversation) -> String {
    let mut text = String::new();
    for turn in &conversation.turns {
        text.push_str(&spaced(&turn.text));
        text.push('\n');
        for call in &turn.calls {
            for part in [Some(&call.name), Some(&call.arguments), call.result.as_ref()].into_iter().flatten() {
                text.push_str(&spaced(part));
                text.push('\n');
            }
        }
    }
    text
}

/// Scripts without spaces between words, one character a word: so that a part of a sentence is found.
fn spaced(text: &str) -> String {
    let alone = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{0e00}'..='\u{0e7f}' | '\u{ac00}'..='\u{d7af}');
    if !text.chars().any(alone) {
        return text.to_string();
    }
    let mut spaced = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if alone(c) {
            spaced.push(' ');
            spaced.push(c);
            spaced.push(' ');
        } else {
            spaced.push(c);
        }
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Stored;
    use crate::trace::{Judgement, Outcome, Role, Turn};

    fn stored(name: &str, text: &str) -> Stored {
        let turns = vec![Turn { role: Role::User, text: text.to_string(), calls: Vec::new(), time: None }];
        let conversation = crate::store::testing::conversation(name, turns);
        let judgement = Judgement { outcome: Outcome::Unknown, basis: "nothing".to_string(), p_fail: None };
        Stored { conversation, judgement, signals: Vec::new() }
    }

    #[test]
    fn words_and_phrases_are_found_in_any_script_and_the_index_follows_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        let first = stored("1", "Where is my réfund for order A-17?");
        let second = stored("2", "退款什么时候到账");
        store.put_all(&[first.clone(), second.clone()]).unwrap();
        let mut told = Vec::new();
        let index = SearchIndex::open(&store, &mut |done, of| told.push((done, of))).unwrap();
        assert_eq!(told, [(2, 2)]);
        let find = |index: &SearchIndex, words: &[&str]| {
            index.find(&words.iter().map(|word| (*word).to_string()).collect::<Vec<_>>()).unwrap()
        };
        assert_eq!(find(&index, &["refund", "order"]), std::slice::from_ref(&first.conversation.id));
        assert_eq!(find(&index, &["order A-17"]), std::slice::from_ref(&first.conversation.id));
        assert_eq!(find(&index, &["退款"]), [second.conversation.id]);
        assert!(find(&index, &["refund", "退款"]).is_empty());
        assert!(find(&index, &["\" OR *"]).is_empty() && find(&index, &[]).is_empty());
        drop(index);
        store.put_all(&[stored("3", "Another refund")]).unwrap();
        let index = SearchIndex::open(&store, &mut |_, _| {}).unwrap();
        assert_eq!(find(&index, &["refund"]).len(), 2);
    }
}
