//! What other systems say of conversations and users (`joined` in `traces.db`), by the ids that they share with the
//! traces. A fact counts for a conversation whether it came before it or after.

use super::rows;
use super::{Put, StoreError, TraceStore, Writer};
use crate::trace::outcome::Joined;
use crate::trace::{Conversation, ConversationId};
use rusqlite::{TransactionBehavior, params};
use std::collections::BTreeMap;

impl Writer<'_> {
    /// Keeps the facts of one record.
    pub fn put_joined(&mut self, facts: &[Joined]) -> Result<Put, StoreError> {
        let mut changed = 0;
        for fact in facts {
            // Of two facts with one name the later in time counts, then the greater value: not the order of reading.
            let sql = "INSERT INTO joined (kind, key, name, value, at_ms) VALUES (?1, ?2, ?3, ?4, ?5) \
                       ON CONFLICT (kind, key, name) DO UPDATE SET value = ?4, at_ms = ?5 \
                       WHERE (coalesce(excluded.at_ms, -1), excluded.value) > (coalesce(joined.at_ms, -1), joined.value)";
            let at = fact.at.map(|at| at.0);
            changed += self.write(sql, params![fact.kind(), fact.key, fact.name, fact.value, at])?;
        }
        Ok(self.seen(if changed > 0 { Put::Inserted } else { Put::Duplicate }))
    }
}

impl TraceStore {
    /// Whether there are any such facts.
    pub fn has_joined(&self) -> Result<bool, StoreError> {
        self.connection()
            .query_row("SELECT EXISTS (SELECT 1 FROM joined)", [], |row| row.get(0))
            .map_err(self.failed("read"))
    }

    /// The facts about a conversation: by its own ids, and by its user.
    pub fn joined(&self, conversation: &Conversation) -> Result<Vec<Joined>, StoreError> {
        let read = || -> rusqlite::Result<Vec<Joined>> {
            let mut found = Vec::new();
            let sql = "SELECT key, name, value, at_ms FROM joined WHERE kind = ? AND key = ? ORDER BY name";
            let mut statement = self.connection().prepare_cached(sql)?;
            let own = [Some(&conversation.id.0), conversation.external_id.as_ref()];
            let keys = own.into_iter().flatten().map(|key| ("conversation", key));
            for (kind, key) in keys.chain(conversation.user.iter().map(|user| ("user", user))) {
                let rows = statement.query_map([kind, key], |row| {
                    Ok(Joined {
                        of_user: kind == "user",
                        key: row.get(0)?,
                        name: row.get(1)?,
                        value: row.get(2)?,
                        at: rows::moment(row, "at_ms")?,
                    })
                })?;
                for row in rows {
                    found.push(row?);
                }
            }
            Ok(found)
        };
        read().map_err(self.failed("read"))
    }

    /// Users of whom one of these facts is said, and whether it is true of them.
    pub fn users_with(&self, names: &[&str]) -> Result<BTreeMap<String, bool>, StoreError> {
        let read = || -> rusqlite::Result<BTreeMap<String, bool>> {
            let mut users = BTreeMap::new();
            let sql = "SELECT key, value FROM joined WHERE kind = 'user' AND name = ?";
            let mut statement = self.connection().prepare_cached(sql)?;
            for name in names {
                let rows =
                    statement.query_map([name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
                for row in rows {
                    let (user, value) = row?;
                    let said = !matches!(value.trim().to_ascii_lowercase().as_str(), "false" | "no" | "0" | "");
                    *users.entry(user).or_insert(false) |= said;
                }
            }
            Ok(users)
        };
        read().map_err(self.failed("read"))
    }

    /// Conversations about which there are such facts.
    pub fn joined_conversations(&self) -> Result<Vec<ConversationId>, StoreError> {
        let sql = "SELECT id FROM conversation WHERE id IN (SELECT key FROM joined WHERE kind = 'conversation') \
                   UNION SELECT id FROM conversation JOIN joined ON kind = 'conversation' AND key = external_id \
                   UNION SELECT id FROM conversation JOIN joined ON kind = 'user' AND key = user ORDER BY id";
        let read = || -> rusqlite::Result<Vec<ConversationId>> {
            let mut statement = self.connection().prepare_cached(sql)?;
            let rows = statement.query_map([], |row| Ok(ConversationId(row.get(0)?)))?;
            rows.collect()
        };
        read().map_err(self.failed("read"))
    }

    /// Writes judgements that changed, and the facts that they rest on beside the conversation's own.
    pub fn rejudge(&mut self, judged: &[super::Stored]) -> Result<u64, StoreError> {
        let path = self.path().to_path_buf();
        let failed = |error| StoreError::sqlite("write", &path, error);
        let transaction =
            self.connection_mut().transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let mut changed = 0;
        for stored in judged {
            let (id, judgement) = (&stored.conversation.id.0, &stored.judgement);
            let sql = "UPDATE conversation SET outcome = ?2, outcome_basis = ?3, p_fail = ?4 WHERE id = ?1 \
                       AND (outcome, outcome_basis, p_fail) IS NOT (?2, ?3, ?4)";
            let outcome = rows::outcome_name(judgement.outcome);
            changed += transaction
                .execute(sql, params![id, outcome, judgement.basis, judgement.p_fail])
                .map_err(failed)? as u64;
            for (name, value) in &stored.conversation.metadata {
                let sql = "INSERT INTO metadata (conversation, name, value) SELECT number, ?2, ?3 FROM conversation WHERE id = ?1 \
                           ON CONFLICT DO UPDATE SET value = excluded.value";
                transaction
                    .prepare_cached(sql)
                    .and_then(|mut statement| statement.execute(params![id, name, value]))
                    .map_err(failed)?;
            }
        }
        transaction.commit().map_err(failed)?;
        Ok(changed)
    }
}
