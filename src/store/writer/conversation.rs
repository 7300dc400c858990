//! The rows of one conversation: what is known of it, its calls, scores, metadata, signals and system text. Where its own
//! text is, a block says.

use super::blocks::Location;
use super::{Prepared, Writer};
use crate::digest::Digest;
use crate::store::rows::{REMOVE_CONVERSATION, outcome_name, signal_name, signed};
use crate::store::{StoreError, block};
use crate::trace::reader::Place;
use crate::trace::{Conversation, ErrorSource, Judgement, Signal};
use rusqlite::params;

impl Writer<'_> {
    pub(super) fn remove(&self, number: i64) -> Result<(), StoreError> {
        for sql in REMOVE_CONVERSATION {
            self.execute(sql, [number])?;
        }
        Ok(())
    }

    /// Gives the number of the new row.
    pub(super) fn insert(
        &mut self,
        conversation: &Conversation,
        judgement: &Judgement,
        place: Place,
        location: Location,
        prepared: &Prepared,
    ) -> Result<i64, StoreError> {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let number = self.next_number;
        self.next_number += 1;
        self.execute(
            "INSERT INTO conversation (number, id, source, byte_offset, byte_length, external_id, user, agent, prompt_version, \
             system_digest, model, started_ms, ended_ms, turns, user_turns, tool_calls, tool_errors, cost, \
             content_digest, outcome, outcome_basis, p_fail, block, offset, length, payload_digest, parent) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                number,
                conversation.id.0,
                self.source,
                signed(place.offset),
                signed(place.length),
                conversation.external_id,
                conversation.user,
                conversation.agent,
                conversation.prompt_version,
                conversation.system_digest.as_ref().map(Digest::as_bytes),
                conversation.model,
                conversation.started.map(|moment| moment.0),
                conversation.ended.map(|moment| moment.0),
                count(conversation.turns.len()),
                count(conversation.user_turns().count()),
                count(conversation.calls().count()),
                count(conversation.calls().filter(|(_, call)| call.error.is_some()).count()),
                conversation.cost,
                prepared.content_digest.as_bytes(),
                outcome_name(judgement.outcome),
                judgement.basis,
                judgement.p_fail,
                location.block,
                location.offset,
                location.length,
                prepared.payload_digest.as_bytes(),
                conversation.parent.as_ref().map(|parent| &parent.0),
            ],
        )?;
        for (turn_index, turn) in conversation.turns.iter().enumerate() {
            for (position, call) in turn.calls.iter().enumerate() {
                let source = call.error.map(|source| match source {
                    ErrorSource::Status => "status",
                    ErrorSource::Content => "content",
                });
                self.execute(
                    "INSERT INTO tool_call (conversation, turn, position, name, error, error_source, latency_ms) \
                     VALUES (?, ?, ?, ?, ?, ?, ?)",
                    params![
                        number,
                        count(turn_index),
                        count(position),
                        call.name,
                        call.error.is_some(),
                        source,
                        call.latency_ms.map(signed)
                    ],
                )?;
            }
        }
        for (name, value) in &conversation.scores {
            self.execute(
                "INSERT INTO score (conversation, name, value) VALUES (?, ?, ?)",
                params![number, name, value],
            )?;
        }
        for (name, value) in &conversation.metadata {
            self.execute(
                "INSERT INTO metadata (conversation, name, value) VALUES (?, ?, ?)",
                params![number, name, value],
            )?;
        }
        self.insert_system_text(conversation)?;
        Ok(number)
    }

    /// In the same transaction as the conversation that needs it.
    fn insert_system_text(&self, conversation: &Conversation) -> Result<(), StoreError> {
        let Some(digest) = conversation.system_digest else { return Ok(()) };
        let known = self
            .transaction
            .prepare_cached("SELECT 1 FROM system_text WHERE digest = ?")
            .and_then(|mut statement| statement.exists([digest.as_bytes()]))
            .map_err(self.failed("read"))?;
        if known {
            return Ok(());
        }
        let failed = |source| StoreError::Io { attempt: "compress for", path: self.path.clone(), source };
        let packed = block::pack(conversation.system_text().as_bytes()).map_err(failed)?;
        self.execute("INSERT INTO system_text (digest, text) VALUES (?, ?)", params![digest.as_bytes(), packed])
    }

    pub(super) fn insert_signals(&self, number: i64, signals: &[Signal]) -> Result<(), StoreError> {
        for (position, signal) in signals.iter().enumerate() {
            self.execute(
                "INSERT INTO signal (conversation, position, kind, turn, weight) VALUES (?, ?, ?, ?, ?)",
                params![
                    number,
                    i64::try_from(position).unwrap_or(i64::MAX),
                    signal_name(signal.kind),
                    signal.turn,
                    signal.weight
                ],
            )?;
        }
        Ok(())
    }

    /// Replaces the judgement of a conversation whose text is in the store, where it differs.
    pub(super) fn judge(&self, number: i64, judgement: &Judgement, signals: &[Signal]) -> Result<(), StoreError> {
        self.execute(
            "UPDATE conversation SET outcome = ?2, outcome_basis = ?3, p_fail = ?4 WHERE number = ?1 \
             AND (outcome, outcome_basis, p_fail) IS NOT (?2, ?3, ?4)",
            params![number, outcome_name(judgement.outcome), judgement.basis, judgement.p_fail],
        )?;
        self.execute("DELETE FROM signal WHERE conversation = ?", [number])?;
        self.insert_signals(number, signals)
    }
}
