//! Findings in `traces.db`: what `diagnose` found, when it was first and last found, and its weeks. What people and
//! proposals made of a finding is not here but in the ledger and in git.
#![expect(clippy::disallowed_types, reason = "the store is the wall around rusqlite")]

use super::rows::{moment, signed};
use super::{StoreError, TraceStore};
use crate::clock::Timestamp;
use crate::diagnosis::Finding;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

/// A finding with the moments of the first and the last diagnosis that found it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFinding {
    /// The finding as last found.
    pub finding: Finding,
    /// When it was first found.
    pub first_seen: Timestamp,
    /// When it was last found.
    pub last_seen: Timestamp,
}

impl TraceStore {
    /// Stores the findings of one diagnosis, in one transaction. Those that it did not find stay as they are.
    pub fn save_findings(&mut self, findings: &[Finding], at: Timestamp) -> Result<(), StoreError> {
        let path = self.path().to_path_buf();
        let failed = |error| StoreError::sqlite("write the findings to", &path, error);
        let connection: &mut Connection = self.connection_mut();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for finding in findings {
            write(&transaction, finding, at).map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    /// All findings, newest last found first, then by id.
    pub fn findings(&self) -> Result<Vec<StoredFinding>, StoreError> {
        let failed = self.failed("read the findings from");
        let sql = "SELECT id, document, first_seen_ms, last_seen_ms FROM finding ORDER BY last_seen_ms DESC, id";
        let mut statement = self.connection().prepare(sql).map_err(&failed)?;
        let rows = statement
            .query_map([], |row| {
                Ok((
                    row.get::<_, String>("id")?,
                    row.get::<_, String>("document")?,
                    moment(row, "first_seen_ms")?,
                    moment(row, "last_seen_ms")?,
                ))
            })
            .map_err(&failed)?;
        let mut findings = Vec::new();
        for row in rows {
            let (id, document, first, last) = row.map_err(&failed)?;
            let finding = serde_json::from_str(&document).map_err(|error| StoreError::Integrity {
                thing: format!("finding {id}"),
                path: self.path().to_path_buf(),
                reason: error.to_string(),
            })?;
            findings.push(StoredFinding {
                finding,
                first_seen: first.unwrap_or(Timestamp(0)),
                last_seen: last.unwrap_or(Timestamp(0)),
            });
        }
        Ok(findings)
    }
}

fn write(transaction: &Transaction<'_>, finding: &Finding, at: Timestamp) -> rusqlite::Result<()> {
    let document =
        serde_json::to_string(finding).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    transaction.execute(
        "INSERT INTO finding (id, intent, agent, cause, document, first_seen_ms, last_seen_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) \
         ON CONFLICT (id) DO UPDATE SET intent = ?2, agent = ?3, cause = ?4, document = ?5, last_seen_ms = ?6",
        params![finding.id.0, finding.intent.0, finding.agent, finding.cause.kind(), document, at.0],
    )?;
    transaction.execute("DELETE FROM finding_week WHERE finding = ?1", params![finding.id.0])?;
    for (week, with, all) in &finding.weeks {
        transaction.execute(
            "INSERT INTO finding_week (finding, week_ms, with_event, conversations) VALUES (?1, ?2, ?3, ?4)",
            params![finding.id.0, week.0, signed(u64::from(*with)), signed(u64::from(*all))],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Cause, FindingId, FindingState, Support};
    use crate::intent::IntentId;

    fn finding(with: u32) -> Finding {
        let cause = Cause::RepeatedFailure { tool: "load".into() };
        let intent = IntentId("i-000001".into());
        Finding {
            id: FindingId::of(&intent, &cause),
            intent,
            intent_name: "load data".into(),
            agent: "agent".into(),
            cause,
            score: 1.0,
            support: Support {
                failing_with: with,
                passing_with: 1,
                failing: 20,
                passing: 40,
                users: with,
                top_user_share: 0.1,
                z: 4.0,
                q: 0.001,
            },
            levers: Vec::new(),
            quotes: Vec::new(),
            conversations: Vec::new(),
            weeks: vec![(Timestamp(0), with, 60)],
            state: FindingState::Open,
            cohort_end: None,
        }
    }

    #[test]
    fn a_finding_found_again_keeps_its_first_moment_and_takes_the_new_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        store.save_findings(&[finding(5)], Timestamp(1000)).unwrap();
        store.save_findings(&[finding(9)], Timestamp(2000)).unwrap();
        let found = store.findings().unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding, finding(9));
        assert_eq!((found[0].first_seen, found[0].last_seen), (Timestamp(1000), Timestamp(2000)));
    }
}
