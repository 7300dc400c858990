//! `traces.db`: reading. Writing is [`Writer`](super::Writer).
#![expect(clippy::disallowed_types, reason = "the store is the wall around rusqlite")]

use super::block;
use super::open::{Missing, Schema, open};
use super::rows::{self, ConversationRow, QuarantineRow, SourceRow};
use super::{Counts, StoreError};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::trace::{ConversationId, Outcome};
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension as _, Row};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(super) const SCHEMA: Schema = Schema {
    file: "traces.db",
    migrations: &[
        include_str!("schema/traces_1.sql"),
        include_str!("schema/traces_2.sql"),
        include_str!("schema/traces_3.sql"),
        include_str!("schema/traces_4.sql"),
        include_str!("schema/traces_5.sql"),
    ],
    synchronous: "NORMAL",
};

/// A system text longer than this is damage, not a prompt.
const LONGEST_SYSTEM_TEXT: usize = 64 << 20;

/// The rebuildable cache of everything that was ingested.
#[derive(Debug)]
pub struct TraceStore {
    connection: Connection,
    path: PathBuf,
}

impl TraceStore {
    /// Opens the store in `folder` (an absolute path), making folder and database if they are missing.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let (connection, path) = open(folder, &SCHEMA, Missing::Create)?;
        Ok(Self { connection, path })
    }

    /// Opens the store in `folder`; [`StoreError::NotFound`] when nothing was ever ingested.
    pub fn open_existing(folder: &Path) -> Result<Self, StoreError> {
        let (connection, path) = open(folder, &SCHEMA, Missing::Refuse)?;
        Ok(Self { connection, path })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// For the other files of the wall.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// For the other files of the wall.
    pub(super) fn connection_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Names an SQLite failure after what was attempted.
    pub(super) fn failed(&self, attempt: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        move |error| StoreError::sqlite(attempt, &self.path, error)
    }

    /// Says what is damaged in it.
    pub(super) fn damaged(&self, thing: impl Into<String>, reason: impl Into<String>) -> StoreError {
        StoreError::Integrity { thing: thing.into(), path: self.path.clone(), reason: reason.into() }
    }

    /// Number of conversations.
    pub fn len(&self) -> Result<u64, StoreError> {
        let count: i64 = self
            .connection
            .query_row("SELECT count(*) FROM conversation", [], |row| row.get(0))
            .map_err(self.failed("read"))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }

    /// Metadata of all conversations, by id.
    pub fn conversations(&self) -> Result<Vec<ConversationRow>, StoreError> {
        self.metadata_where("1")
    }

    /// Metadata of all conversations with users, by id: not those of sub-agents, whose user is an agent.
    pub fn main_conversations(&self) -> Result<Vec<ConversationRow>, StoreError> {
        self.metadata_where("parent IS NULL")
    }

    fn metadata_where(&self, condition: &str) -> Result<Vec<ConversationRow>, StoreError> {
        // Sorted here: in the order of an index, rows would be fetched from all over the table.
        let sql = format!("SELECT {} FROM conversation WHERE {condition}", ConversationRow::COLUMNS);
        let mut rows = self.rows(&sql, ConversationRow::read)?;
        rows.par_sort_unstable_by(|one, other| one.id.cmp(&other.id));
        Ok(rows)
    }

    /// Milliseconds that a conversation spent in tools, where the trace says.
    pub fn tool_latencies(&self) -> Result<BTreeMap<ConversationId, u64>, StoreError> {
        let sql = "SELECT id, latency FROM (SELECT conversation, sum(latency_ms) AS latency FROM tool_call \
                   WHERE latency_ms IS NOT NULL GROUP BY conversation) JOIN conversation ON number = conversation";
        Ok(self
            .rows(sql, |row| Ok((ConversationId(row.get("id")?), rows::unsigned(row, "latency")?)))?
            .into_iter()
            .collect())
    }

    /// How many conversations went how, by outcome and by what that rests on.
    pub fn outcomes(&self) -> Result<Vec<(Outcome, String, u64)>, StoreError> {
        // Counted here: SQLite would sort a row per conversation to group them.
        type Counted = BTreeMap<String, BTreeMap<String, u64>>;
        let count = || -> rusqlite::Result<Counted> {
            let mut counts = Counted::new();
            let mut statement = self.connection.prepare_cached("SELECT outcome, outcome_basis FROM conversation")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (outcome, basis) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
                match counts.get_mut(outcome).and_then(|bases| bases.get_mut(basis)) {
                    Some(count) => *count += 1,
                    None => {
                        counts.entry(outcome.to_string()).or_default().insert(basis.to_string(), 1);
                    }
                }
            }
            Ok(counts)
        };
        let counts = count().map_err(self.failed("read"))?;
        let of = |(name, bases): (String, BTreeMap<String, u64>)| {
            let outcome = rows::outcome(&name);
            bases.into_iter().map(move |(basis, count)| (outcome, basis, count))
        };
        Ok(counts.into_iter().flat_map(of).collect())
    }

    /// The files that were read, by path.
    pub fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        self.rows("SELECT * FROM source ORDER BY path", SourceRow::read)
    }

    /// Files of this many bytes that were read to their end, in the order of reading.
    pub fn sources_of_size(&self, size: u64) -> Result<Vec<SourceRow>, StoreError> {
        let sql = "SELECT * FROM source WHERE size = ? AND digest IS NOT NULL ORDER BY id";
        self.select(sql, [rows::signed(size)], SourceRow::read)
    }

    /// The first records of one file that were set aside, by place.
    pub fn quarantine_of(&self, path: &str, most: usize) -> Result<Vec<QuarantineRow>, StoreError> {
        let sql = "SELECT * FROM quarantine WHERE source_path = ? ORDER BY byte_offset, code LIMIT ?";
        self.select(sql, (path, rows::signed(most as u64)), QuarantineRow::read)
    }

    /// What was set aside, by file and place.
    pub fn quarantine(&self) -> Result<Vec<QuarantineRow>, StoreError> {
        self.rows("SELECT * FROM quarantine ORDER BY source_path, byte_offset, code", QuarantineRow::read)
    }

    /// Counts of every run that read something, oldest first.
    pub fn runs(&self) -> Result<Vec<(Timestamp, Counts)>, StoreError> {
        self.rows("SELECT * FROM run ORDER BY id", |row| {
            let counts = Counts {
                seen: rows::unsigned(row, "seen")?,
                inserted: rows::unsigned(row, "inserted")?,
                merged: rows::unsigned(row, "merged")?,
                duplicate: rows::unsigned(row, "duplicate")?,
                passed_over: rows::unsigned(row, "passed_over")?,
                set_aside: rows::unsigned(row, "set_aside")?,
            };
            Ok((Timestamp(row.get("at_ms")?), counts))
        })
    }

    /// The distinct system texts with their digests, by digest.
    pub fn system_texts(&self) -> Result<Vec<(Digest, String)>, StoreError> {
        let packed = self.rows("SELECT digest, text FROM system_text ORDER BY digest", |row| {
            Ok((rows::some_digest(row, "digest")?, row.get::<_, Vec<u8>>("text")?))
        })?;
        packed.into_iter().map(|(digest, bytes)| Ok((digest, self.unpack_system_text(digest, &bytes)?))).collect()
    }

    /// One system text by its digest.
    pub fn system_text(&self, digest: Digest) -> Result<Option<String>, StoreError> {
        let packed: Option<Vec<u8>> = self
            .connection
            .query_row("SELECT text FROM system_text WHERE digest = ?", [digest.as_bytes()], |row| row.get(0))
            .optional()
            .map_err(self.failed("read"))?;
        packed.map(|bytes| self.unpack_system_text(digest, &bytes)).transpose()
    }

    fn unpack_system_text(&self, digest: Digest, bytes: &[u8]) -> Result<String, StoreError> {
        let thing = || format!("system text {}", digest.short(12));
        let text =
            block::unpack_text(bytes, LONGEST_SYSTEM_TEXT).map_err(|error| self.damaged(thing(), error.to_string()))?;
        if crate::trace::system_text_digest(&text) == Some(digest) {
            Ok(text)
        } else {
            Err(self.damaged(thing(), "its digest differs"))
        }
    }

    /// Digest of everything that the store says: conversations with text, outcomes and signals, system texts,
    /// files read and records set aside. Equal for equal contents, whatever the order or number of the runs that
    /// made them; which of two files with the same conversation brought it, row numbers and times of runs do not
    /// count.
    pub fn digest(&self) -> Result<Digest, StoreError> {
        self.digest_of(&[&ABOUT_CONVERSATIONS[..], &ABOUT_FILES[..]].concat())
    }

    /// As [`TraceStore::digest`], without the files: into how many the same records were cut does not count.
    pub fn digest_of_conversations(&self) -> Result<Digest, StoreError> {
        self.digest_of(&ABOUT_CONVERSATIONS)
    }

    fn digest_of(&self, tables: &[(&str, &str)]) -> Result<Digest, StoreError> {
        let mut parts: Vec<u8> = Vec::new();
        for (name, sql) in tables {
            parts.extend(name.as_bytes());
            let mut statement = self.connection.prepare(sql).map_err(self.failed("read"))?;
            let columns = statement.column_count();
            let mut rows = statement.query([]).map_err(self.failed("read"))?;
            while let Some(row) = rows.next().map_err(self.failed("read"))? {
                let mut row_parts = Vec::with_capacity(columns);
                for column in 0..columns {
                    let value = row.get_ref(column).map_err(self.failed("read"))?;
                    row_parts.push(format!("{value:?}").into_bytes());
                }
                parts.extend(Digest::of_fields(row_parts.iter().map(Vec::as_slice)).as_bytes());
            }
        }
        // Payload digests stand for the text; loading proves that they do.
        let mut visited = 0_u64;
        for stored in self.load_all()? {
            visited += 1;
            parts.extend(stored.conversation.content_digest().as_bytes());
        }
        parts.extend(visited.to_le_bytes());
        Ok(Digest::of(parts))
    }

    /// All rows of a query.
    pub(super) fn rows<T>(
        &self,
        sql: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        self.select(sql, [], read)
    }

    fn select<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let collect = || -> rusqlite::Result<Vec<T>> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map(values, |row| read(row))?;
            rows.collect()
        };
        collect().map_err(self.failed("read"))
    }
}

/// Tables and columns that [`TraceStore::digest`] covers, in a fixed order.
const ABOUT_CONVERSATIONS: [(&str, &str); 7] = [
    (
        "conversation",
        "SELECT id, external_id, parent, user, agent, prompt_version, system_digest, model, started_ms, ended_ms, turns, \
         user_turns, tool_calls, tool_errors, cost, content_digest, outcome, outcome_basis, p_fail, payload_digest \
         FROM conversation ORDER BY id",
    ),
    ("fragment", "SELECT digest, length FROM fragment ORDER BY digest"),
    (
        "tool_call",
        "SELECT id, turn, position, name, error, error_source, latency_ms \
         FROM tool_call JOIN conversation ON number = conversation ORDER BY id, turn, position",
    ),
    (
        "signal",
        "SELECT id, position, kind, turn, weight FROM signal JOIN conversation ON number = conversation ORDER BY id, position",
    ),
    ("score", "SELECT id, name, value FROM score JOIN conversation ON number = conversation ORDER BY id, name"),
    ("metadata", "SELECT id, name, value FROM metadata JOIN conversation ON number = conversation ORDER BY id, name"),
    (
        "system_text",
        "SELECT DISTINCT system_digest FROM conversation JOIN system_text ON digest = system_digest ORDER BY 1",
    ),
];

/// The others that it covers.
const ABOUT_FILES: [(&str, &str); 2] = [
    ("quarantine", "SELECT * FROM quarantine ORDER BY source_path, byte_offset, digest, code"),
    ("source", "SELECT path, size, digest, rules, format, confidence, set_aside FROM source ORDER BY path"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_of_the_trace_store_is_the_reviewed_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = TraceStore::open(folder.path()).unwrap();
        let names: Vec<String> = store
            .rows("SELECT type || ' ' || name AS name FROM sqlite_master ORDER BY 1", |row| row.get(0))
            .unwrap()
            .into_iter()
            .filter(|name: &String| !name.contains("sqlite_"))
            .collect();
        insta::assert_snapshot!(names.join("\n"), @r"
        index conversation_by_group
        index fragment_by_group
        index fragment_group_dirty
        index fragment_key_by_group
        index goal_by_intent
        index source_by_size
        table block
        table conversation
        table diagnosed
        table finding
        table finding_conversation
        table fragment
        table fragment_group
        table fragment_key
        table goal
        table intent
        table intent_lineage
        table intent_model
        table joined
        table metadata
        table placed
        table quarantine
        table run
        table score
        table signal
        table source
        table system_text
        table tool_call
        view v_conversation
        view v_quarantine
        view v_signal
        view v_source
        view v_tool_error
        ");
    }

    #[test]
    fn every_view_can_be_queried() {
        let folder = tempfile::tempdir().unwrap();
        let store = TraceStore::open(folder.path()).unwrap();
        for view in ["v_conversation", "v_tool_error", "v_signal", "v_source", "v_quarantine"] {
            store.rows(&format!("SELECT * FROM {view}"), |_| Ok(())).unwrap();
        }
    }
}
