//! `ledger.db`: facts that nothing else can rebuild. The audit log is a hash chain: each row holds the digest of
//! the one before, so that a changed or removed row is found by [`Ledger::verify`]. (A chain cut at its end is
//! still a chain; only a copy elsewhere can show that.)
#![expect(clippy::disallowed_types, reason = "the store is the wall around rusqlite")]

use super::StoreError;
use super::lock::RunLock;
use super::open::{Missing, Schema, open};
use super::rows;
use crate::clock::Timestamp;
use crate::diagnosis::{FindingId, FindingState};
use crate::digest::Digest;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const SCHEMA: Schema = Schema {
    file: "ledger.db",
    migrations: &[
        include_str!("schema/ledger_1.sql"),
        include_str!("schema/ledger_2.sql"),
        include_str!("schema/ledger_3.sql"),
    ],
    synchronous: "FULL",
};

/// The append-only record of what was done.
#[derive(Debug)]
pub struct Ledger {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    /// Held since this ledger began a run that asks a model.
    pub(super) sending: Option<RunLock>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    pub seq: i64,
    /// When.
    pub at: Timestamp,
    /// The command that did it.
    pub command: String,
    /// What it was done to: a prompt, a finding, a proposal.
    pub subject: String,
    /// What was done.
    pub action: String,
    /// Anything more, as the command likes.
    pub detail: String,
    /// The chain's digest up to and including this row.
    pub digest: Digest,
}

/// One attempt to fix a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The proposal that was tried.
    pub proposal: String,
    /// What came of it.
    pub outcome: String,
    /// When.
    pub at: Timestamp,
}

fn chain(previous: &Digest, entry: (i64, i64), texts: [&str; 4]) -> Digest {
    let (seq, at) = (entry.0.to_le_bytes(), entry.1.to_le_bytes());
    let fields =
        [previous.as_bytes().as_slice(), &seq, &at].into_iter().chain(texts.iter().map(|text| text.as_bytes()));
    Digest::of_fields(fields)
}

fn chain_start() -> Digest {
    Digest::of("reprompt audit log")
}

impl Ledger {
    /// Opens the ledger in `folder` (an absolute path), making folder and database if they are missing.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let (connection, path) = open(folder, &SCHEMA, Missing::Create)?;
        Ok(Self { connection, path, sending: None })
    }

    fn failed(&self, attempt: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        move |error| StoreError::sqlite(attempt, &self.path, error)
    }

    /// Appends to the audit log; on disk when this returns.
    pub fn record(
        &mut self,
        at: Timestamp,
        command: &str,
        subject: &str,
        action: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |error| StoreError::sqlite("write", &path, error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let last = transaction
            .query_row("SELECT seq, digest FROM audit ORDER BY seq DESC LIMIT 1", [], |row| {
                Ok((row.get::<_, i64>(0)?, rows::some_digest(row, "digest")?))
            })
            .optional()
            .map_err(failed)?;
        let (seq, previous) = last.map_or((1, chain_start()), |(seq, digest)| (seq.saturating_add(1), digest));
        let digest = chain(&previous, (seq, at.0), [command, subject, action, detail]);
        transaction
            .execute(
                "INSERT INTO audit (seq, at_ms, command, subject, action, detail, previous, digest) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![seq, at.0, command, subject, action, detail, previous.as_bytes(), digest.as_bytes()],
            )
            .map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    /// The audit log, oldest first.
    pub fn audit(&self) -> Result<Vec<AuditEntry>, StoreError> {
        self.rows("SELECT * FROM audit ORDER BY seq", [], |row| {
            Ok(AuditEntry {
                seq: row.get("seq")?,
                at: Timestamp(row.get("at_ms")?),
                command: row.get("command")?,
                subject: row.get("subject")?,
                action: row.get("action")?,
                detail: row.get("detail")?,
                digest: rows::some_digest(row, "digest")?,
            })
        })
    }

    /// Recomputes the chain and returns the number of rows, or [`StoreError::Integrity`] naming the first row that
    /// is not what was written.
    pub fn verify(&self) -> Result<u64, StoreError> {
        let mut previous = chain_start();
        let mut expected = 1;
        for entry in self.audit()? {
            let texts = [&*entry.command, &*entry.subject, &*entry.action, &*entry.detail];
            let digest = chain(&previous, (entry.seq, entry.at.0), texts);
            if entry.seq != expected || digest != entry.digest {
                return Err(StoreError::Integrity {
                    thing: format!("audit row {expected}"),
                    path: self.path.clone(),
                    reason: "the hash chain breaks there".to_string(),
                });
            }
            previous = digest;
            expected += 1;
        }
        Ok(u64::try_from(expected - 1).unwrap_or(0))
    }

    /// Appends a state of a finding.
    pub fn set_finding_state(
        &mut self,
        finding: &FindingId,
        state: FindingState,
        reason: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .execute(
                "INSERT INTO finding_state (finding, state, reason, at_ms) VALUES (?, ?, ?, ?)",
                params![finding.0, state_name(state), reason, at.0],
            )
            .map(|_| ())
            .map_err(self.failed("write"))
    }

    /// The newest state of each finding, with when and why.
    pub fn finding_states(&self) -> Result<BTreeMap<FindingId, (FindingState, Timestamp, String)>, StoreError> {
        let rows = self.rows("SELECT finding, state, at_ms, reason FROM finding_state ORDER BY seq", [], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, String>(3)?))
        })?;
        let mut states = BTreeMap::new();
        for (finding, state, at, reason) in rows {
            let state = state_of(&state).ok_or_else(|| StoreError::Integrity {
                thing: format!("the state of finding {}", finding.escape_debug()),
                path: self.path.clone(),
                reason: "there is no such state".to_string(),
            })?;
            states.insert(FindingId(finding), (state, Timestamp(at), reason));
        }
        Ok(states)
    }

    /// Appends an attempt to fix a finding.
    pub fn record_attempt(
        &mut self,
        finding: &FindingId,
        proposal: &str,
        outcome: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection
            .execute(
                "INSERT INTO attempt (finding, proposal, outcome, at_ms) VALUES (?, ?, ?, ?)",
                params![finding.0, proposal, outcome, at.0],
            )
            .map(|_| ())
            .map_err(self.failed("write"))
    }

    /// Attempts to fix a finding, oldest first.
    pub fn attempts(&self, finding: &FindingId) -> Result<Vec<Attempt>, StoreError> {
        let sql = "SELECT proposal, outcome, at_ms FROM attempt WHERE finding = ? ORDER BY seq";
        self.rows(sql, [&finding.0], |row| {
            Ok(Attempt { proposal: row.get(0)?, outcome: row.get(1)?, at: Timestamp(row.get(2)?) })
        })
    }

    pub(super) fn rows<T>(
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

const STATES: [(FindingState, &str); 6] = [
    (FindingState::Open, "open"),
    (FindingState::Proposed, "proposed"),
    (FindingState::Shipped, "shipped"),
    (FindingState::Resolved, "resolved"),
    (FindingState::Regressed, "regressed"),
    (FindingState::Ignored, "ignored"),
];

fn state_name(state: FindingState) -> &'static str {
    STATES.iter().find(|(known, _)| *known == state).map_or("", |(_, name)| name)
}

fn state_of(name: &str) -> Option<FindingState> {
    STATES.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> (tempfile::TempDir, Ledger) {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(folder.path()).unwrap();
        (folder, ledger)
    }

    #[test]
    fn audit_rows_come_back_in_order_and_the_chain_verifies() {
        let (folder, mut ledger) = ledger();
        assert_eq!(ledger.verify().unwrap(), 0);
        ledger.record(Timestamp(5), "rollback", "onboarding-system", "switched", "v3 to v2").unwrap();
        ledger.record(Timestamp(6), "rollback", "onboarding-system", "reverted", "").unwrap();
        drop(ledger);
        let ledger = Ledger::open(folder.path()).unwrap();
        assert_eq!(ledger.verify().unwrap(), 2);
        let audit = ledger.audit().unwrap();
        assert_eq!((audit[0].seq, &*audit[0].action, &*audit[1].action), (1, "switched", "reverted"));
    }

    #[test]
    fn audit_rows_cannot_be_changed_and_a_forced_change_is_found() {
        let (_folder, mut ledger) = ledger();
        for number in 0..4 {
            ledger.record(Timestamp(number), "ingest", "s", "a", "d").unwrap();
        }
        assert!(ledger.connection.execute("UPDATE audit SET detail = 'x' WHERE seq = 2", []).is_err());
        assert!(ledger.connection.execute("DELETE FROM audit WHERE seq = 2", []).is_err());
        ledger.connection.execute_batch("DROP TRIGGER audit_keeps_rows; DROP TRIGGER audit_loses_none").unwrap();
        ledger.connection.execute("UPDATE audit SET detail = 'x' WHERE seq = 2", []).unwrap();
        let error = ledger.verify().unwrap_err();
        assert!(matches!(&error, StoreError::Integrity { thing, .. } if thing == "audit row 2"), "{error}");
        ledger.connection.execute("DELETE FROM audit WHERE seq <= 2", []).unwrap();
        assert!(ledger.verify().is_err());
    }

    #[test]
    fn the_newest_state_of_a_finding_counts() {
        let (_folder, mut ledger) = ledger();
        let finding = FindingId("f-00000001".to_string());
        ledger.set_finding_state(&finding, FindingState::Open, "seen", Timestamp(1)).unwrap();
        ledger.set_finding_state(&finding, FindingState::Ignored, "not ours", Timestamp(2)).unwrap();
        let states = ledger.finding_states().unwrap();
        assert_eq!(states[&finding], (FindingState::Ignored, Timestamp(2), "not ours".to_string()));
        ledger.record_attempt(&finding, "p-1", "rejected", Timestamp(3)).unwrap();
        assert_eq!(ledger.attempts(&finding).unwrap().len(), 1);
        assert_eq!(ledger.attempts(&FindingId("f-2".to_string())).unwrap(), []);
    }

    #[test]
    fn every_state_survives_its_name() {
        for (state, name) in STATES {
            assert_eq!(state_of(name), Some(state));
            assert_eq!(state_name(state), name);
        }
    }
}
