//! Intents in `traces.db`: the frozen model, the intents with their names, every goal with its intent, and what
//! happened to intents over time. One fit is one transaction, so that names, goals and model always belong together.
#![expect(clippy::disallowed_types, reason = "the store is the wall around rusqlite")]

use super::rows::small;
use super::{Selection, StoreError, TraceStore, block};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::intent::Model;
use crate::intent::registry::Placed;
use crate::intent::{Fit, Goal, Intent, IntentId, LineageEvent, LineageKind};
use crate::trace::ConversationId;
use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

/// Largest model that is read back, in bytes when decompressed.
const LARGEST_MODEL: usize = 1 << 31;

/// A goal as it was stored: where it is and what it belongs to. Its text is in the conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredGoal {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its place among the conversation's goals.
    pub ordinal: u32,
    /// Index of the first turn that serves it.
    pub first_turn: u32,
    /// Index of the last turn that serves it.
    pub last_turn: u32,
    /// Its intent; `None` in the long tail.
    pub intent: Option<IntentId>,
    /// How firmly it belongs there, in `[0, 1]`.
    pub score: f64,
    /// How unlike everything that was known it is, in `[0, 1]`; `None` where that was not measured.
    pub out_of_scope: Option<f64>,
}

impl TraceStore {
    /// Replaces model and intents by those of `fit`, puts its goals in the place of those of the conversations that were
    /// `read` for it, and adds its lineage, in one transaction.
    pub fn save_fit(&mut self, fit: &Fit, read: &Selection) -> Result<(), StoreError> {
        let path = self.path().to_path_buf();
        let failed = |error| StoreError::sqlite("write the intents to", &path, error);
        let bytes = fit.model.to_bytes();
        let packed = block::pack(&bytes).map_err(|source| StoreError::Io {
            attempt: "compress the intent model for",
            path: path.clone(),
            source,
        })?;
        let connection: &mut Connection = self.connection_mut();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        write(&transaction, fit, read, &packed, Digest::of(&bytes)).map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    /// The frozen model, if intents were ever named.
    pub fn load_model(&self) -> Result<Option<Model>, StoreError> {
        let sql = "SELECT artifact, digest FROM intent_model WHERE id = 1";
        let row = self
            .connection()
            .query_row(sql, [], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?)))
            .optional()
            .map_err(self.failed("read the intent model from"))?;
        let Some((packed, digest)) = row else { return Ok(None) };
        let damaged = |reason: String| StoreError::Integrity {
            thing: "the intent model".to_string(),
            path: self.path().to_path_buf(),
            reason,
        };
        let bytes = block::unpack_at_most(&packed, LARGEST_MODEL).map_err(|error| damaged(error.to_string()))?;
        if Digest::of(&bytes).to_string() != digest {
            return Err(damaged("its digest does not match".to_string()));
        }
        Model::from_bytes(&bytes).map(Some).map_err(|error| damaged(error.to_string()))
    }

    /// The intents of the last fit, largest first, ties by id.
    pub fn load_intents(&self) -> Result<Vec<Intent>, StoreError> {
        let failed = self.failed("read the intents from");
        let mut statement =
            self.connection().prepare("SELECT id, document FROM intent ORDER BY id").map_err(&failed)?;
        let rows =
            statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).map_err(&failed)?;
        let mut intents: Vec<Intent> = Vec::new();
        for row in rows {
            let (id, document) = row.map_err(&failed)?;
            intents.push(serde_json::from_str(&document).map_err(|error| StoreError::Integrity {
                thing: format!("intent {id}"),
                path: self.path().to_path_buf(),
                reason: error.to_string(),
            })?);
        }
        intents.sort_by(|left, right| right.goals.cmp(&left.goals).then_with(|| left.id.cmp(&right.id)));
        Ok(intents)
    }

    /// Every goal of the last fit, by conversation and ordinal.
    pub fn load_goals(&self) -> Result<Vec<StoredGoal>, StoreError> {
        let failed = self.failed("read the goals from");
        // In the order of numbers, in which both tables lie: by the index of intents, rows would be fetched from all over.
        let sql = "SELECT id, ordinal, first_turn, last_turn, intent, score, out_of_scope \
                   FROM goal CROSS JOIN conversation ON number = conversation ORDER BY conversation, ordinal";
        let mut statement = self.connection().prepare(sql).map_err(&failed)?;
        let goals = statement.query_map([], goal).map_err(&failed)?;
        let mut goals: Vec<StoredGoal> = goals.collect::<rusqlite::Result<_>>().map_err(&failed)?;
        goals.par_sort_unstable_by(|left, right| {
            (&left.conversation, left.ordinal).cmp(&(&right.conversation, right.ordinal))
        });
        Ok(goals)
    }

    /// Conversations with users that were not read for any fit yet, or are there in another version since; in the order
    /// of their arrival.
    pub fn unplaced(&self) -> Result<Vec<ConversationId>, StoreError> {
        let failed = self.failed("read the conversations from");
        let sql = "SELECT id FROM conversation WHERE parent IS NULL AND number NOT IN (SELECT conversation FROM placed) \
                   ORDER BY number";
        let mut statement = self.connection().prepare(sql).map_err(&failed)?;
        let ids = statement.query_map([], |row| Ok(ConversationId(row.get(0)?))).map_err(&failed)?;
        ids.collect::<rusqlite::Result<_>>().map_err(&failed)
    }
}

impl TraceStore {
    /// What happened to intents, oldest first.
    pub fn load_lineage(&self) -> Result<Vec<LineageEvent>, StoreError> {
        let failed = self.failed("read what happened to intents from");
        let sql = "SELECT at_ms, intent, event, other FROM intent_lineage ORDER BY at_ms, rowid";
        let mut statement = self.connection().prepare(sql).map_err(&failed)?;
        let rows = statement.query_map([], |row| {
            let kind: String = row.get("event")?;
            let event = LineageKind::named(&kind).map(|kind| {
                Ok(LineageEvent {
                    at: Timestamp(row.get("at_ms")?),
                    intent: IntentId(row.get("intent")?),
                    kind,
                    other: row.get::<_, Option<String>>("other")?.map(IntentId),
                })
            });
            event.transpose()
        });
        let events: Vec<Option<LineageEvent>> =
            rows.map_err(&failed)?.collect::<rusqlite::Result<_>>().map_err(&failed)?;
        Ok(events.into_iter().flatten().collect())
    }
}

impl Placed for StoredGoal {
    fn conversation(&self) -> &ConversationId {
        &self.conversation
    }

    fn turns(&self) -> (u32, u32) {
        (self.first_turn, self.last_turn)
    }

    fn score(&self) -> f64 {
        self.score
    }

    fn intent(&self) -> Option<&IntentId> {
        self.intent.as_ref()
    }

    fn move_to(&mut self, intent: IntentId) {
        self.intent = Some(intent);
    }
}

/// By their places among the columns: there may be very many.
fn goal(row: &Row<'_>) -> rusqlite::Result<StoredGoal> {
    Ok(StoredGoal {
        conversation: ConversationId(row.get(0)?),
        ordinal: small(row, 1)?,
        first_turn: small(row, 2)?,
        last_turn: small(row, 3)?,
        intent: row.get::<_, Option<String>>(4)?.map(IntentId),
        score: row.get(5)?,
        out_of_scope: row.get(6)?,
    })
}

fn write(
    transaction: &Transaction<'_>,
    fit: &Fit,
    read: &Selection,
    packed: &[u8],
    digest: Digest,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO intent_model (id, artifact, digest) VALUES (1, ?1, ?2) \
         ON CONFLICT (id) DO UPDATE SET artifact = ?1, digest = ?2",
        params![packed, digest.to_string()],
    )?;
    transaction.execute("DELETE FROM intent", [])?;
    match read {
        Selection::UpTo(last) => {
            transaction.execute("DELETE FROM goal WHERE conversation <= ?", [last])?;
            transaction.execute(
                "INSERT INTO placed (conversation) SELECT number FROM conversation \
                 WHERE parent IS NULL AND number <= ? ON CONFLICT DO NOTHING",
                [last],
            )?;
        }
        Selection::These { ids, up_to } => {
            let mut forget = transaction.prepare("DELETE FROM goal WHERE conversation = ?")?;
            let mut place =
                transaction.prepare("INSERT INTO placed (conversation) VALUES (?) ON CONFLICT DO NOTHING")?;
            for number in numbers(transaction, ids, *up_to)? {
                forget.execute([number])?;
                place.execute([number])?;
            }
        }
    }
    for intent in &fit.intents {
        write_intent(transaction, intent)?;
    }
    write_goals(transaction, fit, read.up_to())?;
    for event in &fit.lineage {
        write_event(transaction, event)?;
    }
    Ok(())
}

/// The numbers up to `up_to` of those conversations that are there, in rising order.
pub(super) fn numbers(transaction: &Transaction<'_>, ids: &[ConversationId], up_to: i64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = transaction.prepare(NUMBER)?;
    let mut number = |id: &ConversationId| statement.query_row(params![id.0, up_to], |row| row.get(0)).optional();
    let found = ids.iter().filter_map(|id| number(id).transpose());
    let mut numbers: Vec<i64> = found.collect::<rusqlite::Result<_>>()?;
    numbers.sort_unstable();
    Ok(numbers)
}

/// The number of a conversation, if the version of it that was there is there still.
const NUMBER: &str = "SELECT number FROM conversation WHERE id = ? AND number <= ?";

/// In the order of the conversations' numbers, so that the table grows at its end.
fn write_goals(transaction: &Transaction<'_>, fit: &Fit, up_to: i64) -> rusqlite::Result<()> {
    let mut find = transaction.prepare(NUMBER)?;
    let mut places: Vec<(i64, usize)> = Vec::with_capacity(fit.goals.len());
    let mut before: Option<(&ConversationId, Option<i64>)> = None;
    for (place, goal) in fit.goals.iter().enumerate() {
        let number = match before {
            Some((id, number)) if *id == goal.conversation => number,
            _ => find.query_row(params![goal.conversation.0, up_to], |row| row.get(0)).optional()?,
        };
        before = Some((&goal.conversation, number));
        places.extend(number.map(|number| (number, place)));
    }
    places.sort_unstable();
    let mut statement = transaction.prepare(
        "INSERT INTO goal (conversation, ordinal, first_turn, last_turn, intent, score, out_of_scope) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    for (number, place) in places {
        let (Goal { ordinal, first_turn, last_turn, .. }, assigned) = (&fit.goals[place], &fit.assignments[place]);
        let intent = assigned.intent.as_ref().map(|intent| intent.0.as_str());
        let (score, out_of_scope) = (f64::from(assigned.score), assigned.out_of_scope.map(f64::from));
        statement.execute(params![number, ordinal, first_turn, last_turn, intent, score, out_of_scope])?;
    }
    Ok(())
}

fn write_intent(transaction: &Transaction<'_>, intent: &Intent) -> rusqlite::Result<()> {
    let json = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    let document = serde_json::to_string(intent).map_err(json)?;
    let phrases = serde_json::to_string(&intent.phrases).map_err(json)?;
    transaction.execute(
        "INSERT INTO intent (id, name, phrases, document, born_ms, status) VALUES (?1, ?2, ?3, ?4, ?5, 'active')",
        params![intent.id.0, intent.name, phrases, document, intent.born.0],
    )?;
    Ok(())
}

fn write_event(transaction: &Transaction<'_>, event: &LineageEvent) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO intent_lineage (at_ms, intent, event, other) VALUES (?1, ?2, ?3, ?4)",
        params![event.at.0, event.intent.0, event.kind.name(), event.other.as_ref().map(|other| other.0.as_str())],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Stored, testing};
    use super::*;
    use crate::intent::{Options, Source, fit};
    use crate::trace::{Judgement, Outcome, Role, Turn};

    fn stored(number: usize, turns: usize) -> Stored {
        let words = ["cancel my subscription", "find the lost parcel", "reset the password"];
        let text = format!("{} of account {number}", words[number % 3]);
        let turn = Turn { role: Role::User, text, calls: Vec::new(), time: None };
        let judgement = Judgement { outcome: Outcome::Unknown, basis: "nothing".to_string(), p_fail: None };
        let conversation = testing::conversation(&number.to_string(), vec![turn; turns]);
        Stored { conversation, judgement, signals: Vec::new() }
    }

    #[test]
    fn a_version_that_comes_while_intents_are_named_is_not_taken_for_the_one_that_was_read() {
        let all: Vec<Stored> = (0..60).map(|number| stored(number, 1)).collect();
        let ids: Vec<ConversationId> = all.iter().map(|one| one.conversation.id.clone()).collect();
        let sources: Vec<Source<'_>> =
            all.iter().map(|stored| Source { conversation: &stored.conversation, signals: &stored.signals }).collect();
        let fit = fit(&sources, None, Timestamp(0), &Options::default()).unwrap();
        // One from among them, and the newest, whose number is the highest.
        let later = [stored(7, 2), stored(59, 2)];
        for these in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let mut store = TraceStore::open(folder.path()).unwrap();
            store.put_all(&all).unwrap();
            let there = store.all_there().unwrap();
            let read = if these { there.only(ids.clone()) } else { there };
            store.put_all(&later).unwrap();
            store.save_fit(&fit, &read).unwrap();
            let waiting: Vec<ConversationId> = later.iter().map(|one| one.conversation.id.clone()).collect();
            assert_eq!(store.unplaced().unwrap(), waiting);
            let goals = store.load_goals().unwrap();
            assert!(goals.len() == 58 && goals.iter().all(|goal| !waiting.contains(&goal.conversation)));
        }
    }
}
