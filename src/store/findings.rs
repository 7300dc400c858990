//! Findings in `traces.db`: what `diagnose` found, when it was first and last found, and the conversations that it was looked
//! for in. What people and proposals made of a finding is not here but in the ledger and in git.
#![expect(clippy::disallowed_types, reason = "the store is the wall around rusqlite")]

use super::intents::numbers;
use super::rows::{ConversationRow, moment, signed, unsigned};
use super::{Selection, StoreError, TraceStore};
use crate::clock::Timestamp;
use crate::diagnosis::{Finding, FindingId};
use crate::trace::ConversationId;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::collections::BTreeMap;

/// What a diagnosis found, and where it looked for it.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Every conversation of its intent that was read, in any order.
    pub among: &'a [ConversationId],
}

/// A finding with the moments of the first and the last diagnosis that found it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFinding {
    /// The finding as last found, with those of its conversations that are there as they were read.
    pub finding: Finding,
    /// When it was first found.
    pub first_seen: Timestamp,
    /// When it was last found.
    pub last_seen: Timestamp,
    /// What was read for it; `None` when an older program found it, which did not say.
    pub basis: Option<Basis>,
}

/// What the last diagnosis that found a finding had read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// Conversations of this [round](Diagnosed::round) and earlier ones.
    pub round: i64,
    /// Whether the first diagnosis of all had not found it.
    pub came_later: bool,
    /// Conversations that it was in, also those that are gone or different by now.
    pub conversations: u64,
}

/// A conversation that some diagnosis has read as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosed {
    /// Its number, in the order of arrival.
    pub number: i64,
    /// The first diagnosis that read it, counted from 1. Diagnoses that read nothing new share a number.
    pub round: i64,
    /// Its metadata.
    pub row: ConversationRow,
}

impl TraceStore {
    /// Stores the findings of one diagnosis, and that it has `read` these conversations as far as they were cut into goals, in
    /// one transaction. Findings that it did not find stay as they are.
    pub fn save_findings(&mut self, found: &[Found<'_>], read: &Selection, at: Timestamp) -> Result<(), StoreError> {
        let path = self.path().to_path_buf();
        let failed = |error| StoreError::sqlite("write the findings to", &path, error);
        let connection: &mut Connection = self.connection_mut();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let round = mark_read(&transaction, read).map_err(failed)?;
        for found in found {
            write(&transaction, found, round, at).map_err(failed)?;
        }
        write_conversations(&transaction, found, read.up_to()).map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    /// All findings, newest last found first, then by id.
    pub fn findings(&self) -> Result<Vec<StoredFinding>, StoreError> {
        let failed = self.failed("read the findings from");
        let mut members = self.members()?;
        let sql = "SELECT id, document, first_seen_ms, last_seen_ms, first_round, round, conversations \
                   FROM finding ORDER BY last_seen_ms DESC, id";
        let mut statement = self.connection().prepare(sql).map_err(&failed)?;
        let rows = statement
            .query_map([], |row| {
                let basis = match row.get::<_, Option<i64>>("round")? {
                    None => None,
                    Some(round) => Some(Basis {
                        round,
                        came_later: row.get::<_, Option<i64>>("first_round")?.is_some_and(|first| first > 1),
                        conversations: unsigned(row, "conversations")?,
                    }),
                };
                Ok((
                    row.get::<_, String>("id")?,
                    row.get::<_, String>("document")?,
                    moment(row, "first_seen_ms")?,
                    moment(row, "last_seen_ms")?,
                    basis,
                ))
            })
            .map_err(&failed)?;
        let mut findings = Vec::new();
        for row in rows {
            let (id, document, first, last, basis) = row.map_err(&failed)?;
            let mut finding: Finding = serde_json::from_str(&document).map_err(|error| StoreError::Integrity {
                thing: format!("finding {id}"),
                path: self.path().to_path_buf(),
                reason: error.to_string(),
            })?;
            if basis.is_some() {
                finding.conversations = members.remove(&id).unwrap_or_default();
            }
            findings.push(StoredFinding {
                finding,
                first_seen: first.unwrap_or(Timestamp(0)),
                last_seen: last.unwrap_or(Timestamp(0)),
                basis,
            });
        }
        Ok(findings)
    }

    /// The conversations that each finding is in, by id.
    fn members(&self) -> Result<BTreeMap<String, Vec<ConversationId>>, StoreError> {
        let sql = "SELECT finding, id FROM finding_conversation JOIN conversation ON number = conversation \
                   WHERE failing_with = 1 ORDER BY finding, id";
        let mut members: BTreeMap<String, Vec<ConversationId>> = BTreeMap::new();
        for (finding, id) in self.rows(sql, |row| Ok((row.get(0)?, row.get(1)?)))? {
            members.entry(finding).or_default().push(ConversationId(id));
        }
        Ok(members)
    }

    /// For each finding the conversations of its intent that its last diagnosis read and that are there as they were: their
    /// numbers, rising, and whether the finding is in them.
    pub fn compared(&self) -> Result<BTreeMap<FindingId, Vec<(i64, bool)>>, StoreError> {
        let read = || -> rusqlite::Result<BTreeMap<String, Vec<(i64, bool)>>> {
            let mut compared: BTreeMap<String, Vec<(i64, bool)>> = BTreeMap::new();
            let sql = "SELECT finding, conversation, failing_with FROM finding_conversation ORDER BY conversation";
            let mut statement = self.connection().prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let finding = row.get_ref(0)?.as_str()?;
                let case = (row.get(1)?, row.get(2)?);
                match compared.get_mut(finding) {
                    Some(cases) => cases.push(case),
                    None => drop(compared.insert(finding.to_string(), vec![case])),
                }
            }
            Ok(compared)
        };
        let compared = read().map_err(self.failed("read the findings from"))?;
        Ok(compared.into_iter().map(|(id, cases)| (FindingId(id), cases)).collect())
    }

    /// The conversations that some diagnosis has read, by number.
    pub fn diagnosed(&self) -> Result<Vec<Diagnosed>, StoreError> {
        let sql = format!(
            "SELECT {}, number, round FROM conversation JOIN diagnosed ON number = conversation ORDER BY number",
            ConversationRow::COLUMNS
        );
        // By their places among the columns: there may be very many.
        let behind = ConversationRow::COLUMNS.split(',').count();
        self.rows(&sql, |row| {
            Ok(Diagnosed { number: row.get(behind)?, round: row.get(behind + 1)?, row: ConversationRow::read(row)? })
        })
    }

    /// How many conversations with users there are: not those of sub-agents, whose user is an agent.
    pub fn main_len(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM conversation WHERE parent IS NULL";
        self.connection().query_row(sql, [], |row| unsigned(row, 0)).map_err(self.failed("read"))
    }
}

/// Keeps that these were read. What nobody had read before makes a new round; gives the round of this diagnosis.
fn mark_read(transaction: &Transaction<'_>, read: &Selection) -> rusqlite::Result<i64> {
    // A round whose conversations are all gone may still be a finding's.
    let sql = "SELECT coalesce(max(round), 0) FROM (SELECT max(round) AS round FROM diagnosed UNION ALL SELECT max(round) FROM finding)";
    let newest: i64 = transaction.query_row(sql, [], |row| row.get(0))?;
    let placed = "INSERT INTO diagnosed (conversation, round) SELECT conversation, ?1 FROM placed";
    let added = match read {
        Selection::UpTo(last) => transaction
            .execute(&format!("{placed} WHERE conversation <= ?2 ON CONFLICT DO NOTHING"), [newest + 1, *last])?,
        Selection::These { ids, up_to } => {
            let mut mark = transaction.prepare(&format!("{placed} WHERE conversation = ?2 ON CONFLICT DO NOTHING"))?;
            let numbers = numbers(transaction, ids, *up_to)?;
            numbers.into_iter().map(|number| mark.execute([newest + 1, number])).sum::<rusqlite::Result<usize>>()?
        }
    };
    Ok(if added > 0 { newest + 1 } else { newest.max(1) })
}

fn write(transaction: &Transaction<'_>, found: &Found<'_>, round: i64, at: Timestamp) -> rusqlite::Result<()> {
    let finding = found.finding;
    // There may be very many, and they are rows below.
    let without = Finding { conversations: Vec::new(), ..finding.clone() };
    let document =
        serde_json::to_string(&without).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    transaction.execute(
        "INSERT INTO finding (id, intent, agent, cause, document, first_seen_ms, last_seen_ms, first_round, round, conversations) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?7, ?8) \
         ON CONFLICT (id) DO UPDATE SET intent = ?2, agent = ?3, cause = ?4, document = ?5, last_seen_ms = ?6, round = ?7, \
         conversations = ?8",
        params![
            finding.id.0,
            finding.intent.0,
            finding.agent,
            finding.cause.kind(),
            document,
            at.0,
            round,
            signed(finding.conversations.len() as u64)
        ],
    )?;
    Ok(())
}

/// Puts the conversations of these findings in the place of those that they had.
fn write_conversations(transaction: &Transaction<'_>, found: &[Found<'_>], up_to: i64) -> rusqlite::Result<()> {
    let ids: Vec<&FindingId> = found.iter().map(|found| &found.finding.id).collect();
    let ids = serde_json::to_string(&ids).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    // One look over the table for all of them.
    let sql = "DELETE FROM finding_conversation WHERE finding IN (SELECT value FROM json_each(?1))";
    transaction.execute(sql, [ids])?;
    let sql = "INSERT INTO finding_conversation (conversation, finding, failing_with) VALUES (?1, ?2, ?3) \
               ON CONFLICT DO UPDATE SET failing_with = ?3";
    let mut put = transaction.prepare(sql)?;
    for Found { finding, among } in found {
        for (ids, with) in [(*among, false), (&finding.conversations, true)] {
            for number in numbers(transaction, ids, up_to)? {
                put.execute(params![number, finding.id.0, with])?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::open::{Missing, Schema, open};
    use super::super::traces::SCHEMA;
    use super::*;
    use crate::diagnosis::{Cause, FindingState, Quote, QuotePart, Support};
    use crate::digest::Digest;
    use crate::intent::IntentId;
    use crate::store::{Stored, testing};
    use crate::trace::{Judgement, Outcome, Role, Turn};

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

    fn stored(name: &str, turns: usize) -> Stored {
        let turn = Turn { role: Role::User, text: "load it".to_string(), calls: Vec::new(), time: None };
        let judgement = Judgement { outcome: Outcome::Failure, basis: "score".to_string(), p_fail: None };
        Stored { conversation: testing::conversation(name, vec![turn; turns]), judgement, signals: Vec::new() }
    }

    /// Stores conversations as if they had been cut into goals, and gives their ids.
    fn put(store: &mut TraceStore, names: &[&str]) -> Vec<ConversationId> {
        let all: Vec<Stored> = names.iter().map(|name| stored(name, 1)).collect();
        store.put_all(&all).unwrap();
        place(store);
        all.into_iter().map(|one| one.conversation.id).collect()
    }

    fn place(store: &TraceStore) {
        let sql = "INSERT INTO placed SELECT number FROM conversation WHERE true ON CONFLICT DO NOTHING";
        store.connection().execute(sql, []).unwrap();
    }

    /// Stores what a diagnosis of all that is there found.
    fn save(store: &mut TraceStore, finding: &Finding, among: &[ConversationId], at: i64) {
        let read = store.all_there().unwrap();
        store.save_findings(&[Found { finding, among }], &read, Timestamp(at)).unwrap();
    }

    fn count(store: &TraceStore, table: &str) -> i64 {
        store.connection().query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    fn rounds(store: &TraceStore) -> Vec<i64> {
        store.diagnosed().unwrap().iter().map(|one| one.round).collect()
    }

    #[test]
    fn a_finding_found_again_keeps_its_first_moment_and_takes_the_new_counts() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        save(&mut store, &finding(5), &[], 1000);
        save(&mut store, &finding(9), &[], 2000);
        let found = store.findings().unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding, finding(9));
        assert_eq!((found[0].first_seen, found[0].last_seen), (Timestamp(1000), Timestamp(2000)));
        assert_eq!(found[0].basis, Some(Basis { round: 1, came_later: false, conversations: 0 }));
    }

    #[test]
    fn conversations_of_a_finding_come_back_and_do_not_swell_its_document() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        let mut ids = put(&mut store, &["a", "b", "c", "d"]);
        let mut members = vec![ids[2].clone(), ids[0].clone()];
        members.sort();
        let found = Finding { conversations: members, ..finding(2) };
        ids.push(ids[0].clone());
        save(&mut store, &found, &ids[..], 1000);
        let read = store.findings().unwrap().remove(0);
        assert_eq!((&read.finding, read.basis.unwrap().conversations), (&found, 2));
        assert_eq!(store.compared().unwrap()[&found.id], [(1, true), (2, false), (3, true), (4, false)]);
        let document: String =
            store.connection().query_row("SELECT document FROM finding", [], |row| row.get(0)).unwrap();
        assert!(ids.iter().all(|id| !document.contains(&id.0)), "{document}");
    }

    #[test]
    fn what_was_not_read_is_told_apart_from_what_was() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        let ids = put(&mut store, &["a", "b"]);
        save(&mut store, &finding(2), &ids, 1000);
        save(&mut store, &finding(2), &ids, 900);
        assert_eq!(rounds(&store), [1, 1], "the same was read, whatever the clock says");
        put(&mut store, &["c"]);
        // This one was not cut into goals.
        store.put_all(&[stored("d", 1)]).unwrap();
        assert_eq!((rounds(&store).len(), store.main_len().unwrap()), (2, 4));
        let other = Finding { id: FindingId("f-other".into()), ..finding(1) };
        save(&mut store, &other, &[], 800);
        assert_eq!(rounds(&store), [1, 1, 2]);
        let found = store.findings().unwrap();
        let of = |wanted: &FindingId| found.iter().find(|one| one.finding.id == *wanted).unwrap().basis.unwrap();
        assert_eq!((of(&other.id).round, of(&other.id).came_later), (2, true));
        assert_eq!((of(&finding(2).id).round, of(&finding(2).id).came_later), (1, false));
        // The last conversation to arrive goes on: its number may be used again, its round is not.
        store.put_all(&[stored("c", 2)]).unwrap();
        place(&store);
        assert_eq!(rounds(&store), [1, 1]);
        save(&mut store, &other, &[], 700);
        assert_eq!(rounds(&store), [1, 1, 3, 3]);
    }

    #[test]
    fn what_is_erased_takes_its_places_in_findings_along() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        let ids = put(&mut store, &["a", "b", "c"]);
        let quote = Quote {
            conversation: ids[2].clone(),
            turn: 0,
            part: QuotePart::Text,
            start: 0,
            end: 4,
            digest: Digest::of("load"),
        };
        let mut members = ids.clone();
        members.sort();
        let found = Finding { quotes: vec![quote], conversations: members, ..finding(3) };
        save(&mut store, &found, &ids, 1000);
        store.erase(&ids[..1]).unwrap();
        let left = store.findings().unwrap().remove(0);
        assert_eq!((left.finding.conversations.len(), left.basis.unwrap().conversations), (2, 3));
        assert_eq!((store.compared().unwrap()[&found.id].len(), store.diagnosed().unwrap().len()), (2, 2));
        // What it quotes is gone: it is made anew.
        store.erase(&ids[2..]).unwrap();
        for (table, rows) in [("finding", 0), ("finding_conversation", 0), ("diagnosed", 1)] {
            assert_eq!(count(&store, table), rows, "{table}");
        }
    }

    #[test]
    fn a_finding_of_an_older_program_keeps_its_conversations_and_says_that_it_has_no_basis() {
        let folder = tempfile::tempdir().unwrap();
        let older = Schema { migrations: &SCHEMA.migrations[..4], ..SCHEMA };
        let old = Finding { conversations: vec![ConversationId("c-1".into())], ..finding(1) };
        {
            let (connection, _) = open(folder.path(), &older, Missing::Create).unwrap();
            let sql = "INSERT INTO finding (id, intent, agent, cause, document, first_seen_ms, last_seen_ms) \
                       VALUES (?1, 'i-000001', 'agent', 'x', ?2, 500, 500)";
            connection.execute(sql, params![old.id.0, serde_json::to_string(&old).unwrap()]).unwrap();
        }
        let mut store = TraceStore::open(folder.path()).unwrap();
        let read = store.findings().unwrap().remove(0);
        assert_eq!((&read.finding, read.basis), (&old, None));
        assert_eq!((store.compared().unwrap().len(), store.diagnosed().unwrap().len()), (0, 0));
        let ids = put(&mut store, &["a"]);
        save(&mut store, &Finding { conversations: ids.clone(), ..finding(1) }, &ids, 1000);
        let again = store.findings().unwrap().remove(0);
        assert_eq!((again.finding.conversations, again.first_seen), (ids, Timestamp(500)));
        assert_eq!(again.basis, Some(Basis { round: 1, came_later: false, conversations: 1 }));
    }
}
