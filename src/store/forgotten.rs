//! What must not come back (`forgotten` in `ledger.db`), as digests; and the stored replies of models that quote what is
//! erased.

use super::block::unpack_at_most;
use super::books::MOST_REPLY;
use super::{Ledger, StoreError};
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::trace::{Conversation, ConversationId};
use rusqlite::{TransactionBehavior, params};
use std::collections::BTreeSet;

/// Words in a row that a reply shares with a conversation when it quotes it.
const QUOTED_WORDS: usize = 6;

/// Conversations and users that were forgotten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    conversations: BTreeSet<Digest>,
    users: BTreeSet<Digest>,
}

impl Forgotten {
    /// Whether this conversation must not be stored.
    pub fn covers(&self, conversation: &Conversation) -> bool {
        let user = || conversation.user.as_ref().is_some_and(|user| self.users.contains(&Digest::of(user)));
        let ids = [Some(&conversation.id), conversation.parent.as_ref()];
        ids.into_iter().flatten().any(|id| self.conversations.contains(&Digest::of(&id.0))) || user()
    }

    /// Whether nothing was forgotten.
    pub fn is_empty(&self) -> bool {
        self.conversations.is_empty() && self.users.is_empty()
    }
}

impl Ledger {
    /// What was forgotten so far.
    pub fn forgotten(&self) -> Result<Forgotten, StoreError> {
        let read = || -> rusqlite::Result<Forgotten> {
            let mut forgotten = Forgotten::default();
            let mut statement = self.connection.prepare("SELECT kind, digest FROM forgotten")?;
            let rows = statement
                .query_map([], |row| Ok((row.get::<_, String>(0)?, super::rows::some_digest(row, "digest")?)))?;
            for row in rows {
                let (kind, digest) = row?;
                if kind == "user" {
                    forgotten.users.insert(digest)
                } else {
                    forgotten.conversations.insert(digest)
                };
            }
            Ok(forgotten)
        };
        read().map_err(|error| StoreError::sqlite("read", &self.path, error))
    }

    /// Remembers that these are not to come back, and erases stored replies of models that quote them. Gives the number
    /// of replies.
    pub fn forget(
        &mut self,
        at: Timestamp,
        user: Option<&str>,
        conversations: &[Conversation],
    ) -> Result<u64, StoreError> {
        let path = self.path.clone();
        let failed = |error| StoreError::sqlite("write", &path, error);
        self.connection.pragma_update(None, "secure_delete", true).map_err(failed)?;
        let quotes: BTreeSet<Vec<String>> = conversations.iter().flat_map(quotes).collect();
        let ids: Vec<&ConversationId> = conversations.iter().map(|conversation| &conversation.id).collect();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let put = |kind: &str, text: &str| {
            let sql = "INSERT OR IGNORE INTO forgotten (kind, digest, at_ms) VALUES (?, ?, ?)";
            transaction.execute(sql, params![kind, Digest::of(text).as_bytes(), at.0]).map_err(failed)
        };
        for id in &ids {
            put("conversation", &id.0)?;
        }
        if let Some(user) = user {
            put("user", user)?;
        }
        let replies: Vec<(Vec<u8>, Vec<u8>)> = {
            let mut statement = transaction.prepare("SELECT key, body FROM reply").map_err(failed)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
            rows.collect::<rusqlite::Result<_>>().map_err(failed)?
        };
        let mut erased = 0;
        for (key, body) in replies {
            let text = unpack_at_most(&body, MOST_REPLY).unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            let named = ids.iter().any(|id| text.contains(&id.0));
            if named || words(&text).windows(QUOTED_WORDS).any(|run| quotes.contains(run)) {
                transaction.execute("DELETE FROM reply WHERE key = ?", [key]).map_err(failed)?;
                erased += 1;
            }
        }
        transaction.commit().map_err(failed)?;
        self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").map_err(failed)?;
        Ok(erased)
    }
}

/// Runs of words that people and tools said in a conversation; not the prompt's, which all conversations share.
fn quotes(conversation: &Conversation) -> Vec<Vec<String>> {
    let texts = conversation.turns.iter().filter(|turn| turn.role != crate::trace::Role::System).flat_map(|turn| {
        let calls = turn.calls.iter().flat_map(|call| [Some(&call.arguments), call.result.as_ref()]);
        std::iter::once(&turn.text).chain(calls.flatten())
    });
    texts.flat_map(|text| words(text).windows(QUOTED_WORDS).map(<[String]>::to_vec).collect::<Vec<_>>()).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}
