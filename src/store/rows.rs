//! What the tables hold, as values: one struct per kind of row that leaves the store.

use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::trace::{ConversationId, Outcome, SignalKind};
use rusqlite::types::{FromSqlError, ValueRef};
use rusqlite::{Row, RowIndex, types::FromSqlResult};

/// Removes a conversation, by its number, with everything that is said of it.
pub(super) const REMOVE_CONVERSATION: [&str; 9] = [
    "DELETE FROM conversation WHERE number = ?",
    "DELETE FROM tool_call WHERE conversation = ?",
    "DELETE FROM signal WHERE conversation = ?",
    "DELETE FROM score WHERE conversation = ?",
    "DELETE FROM metadata WHERE conversation = ?",
    // Another version is cut into goals anew.
    "DELETE FROM goal WHERE conversation = ?",
    "DELETE FROM placed WHERE conversation = ?",
    // No diagnosis has read it.
    "DELETE FROM diagnosed WHERE conversation = ?",
    "DELETE FROM finding_conversation WHERE conversation = ?",
];

/// A conversation's metadata, without its text: cheap to list by the million.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationRow {
    /// Our id.
    pub id: ConversationId,
    /// The source's id.
    pub external_id: Option<String>,
    /// The user, where known.
    pub user: Option<String>,
    /// The agent, where the trace names it.
    pub agent: Option<String>,
    /// The prompt version that the trace names.
    pub prompt_version: Option<String>,
    /// Digest of the system text; its text is [`super::TraceStore::system_text`].
    pub system_digest: Option<Digest>,
    /// The model, where known.
    pub model: Option<String>,
    /// First known moment.
    pub started: Option<Timestamp>,
    /// Last known moment.
    pub ended: Option<Timestamp>,
    /// Turns of all roles.
    pub turns: u32,
    /// Turns of the user.
    pub user_turns: u32,
    /// Tool calls.
    pub tool_calls: u32,
    /// Failed tool calls.
    pub tool_errors: u32,
    /// US dollars, where known.
    pub cost: Option<f64>,
    /// How it went.
    pub outcome: Outcome,
    /// What the outcome rests on.
    pub outcome_basis: String,
    /// Estimated probability of failure when signals decided.
    pub p_fail: Option<f64>,
}

impl ConversationRow {
    /// The user, or the conversation itself when the source names no user: what quorum rules count.
    pub fn principal(&self) -> &str {
        self.user.as_deref().unwrap_or(&self.id.0)
    }
}

/// One trace file that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRow {
    /// Its path when it was read.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// Digest of its bytes; `None` when it was not read to its end.
    pub digest: Option<Digest>,
    /// Digest of the rules that judged its conversations.
    pub rules: Option<Digest>,
    /// Its format's name.
    pub format: String,
    /// How sure the detection was, in `[0, 1]`.
    pub confidence: f64,
    /// Counts of the last run that read it.
    pub counts: super::Counts,
    /// JSON that the door wrote about it.
    pub fidelity: String,
}

/// One record that was set aside.
#[derive(Clone, Debug, PartialEq)]
pub struct QuarantineRow {
    /// Path of its file.
    pub source: String,
    /// Where it starts in the decompressed file.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
    /// Short name of the reason.
    pub code: String,
    /// The reason in words.
    pub reason: String,
    /// Its first 4 KiB.
    pub head: Vec<u8>,
    /// Digest of all of it.
    pub digest: Digest,
}

/// SQLite has no unsigned 64-bit integers; sizes and offsets beyond 2^63 do not occur.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The other way; a negative number in a damaged database reads as 0.
pub(super) fn unsigned(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

pub(super) fn small(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<u32> {
    Ok(u32::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

pub(super) fn moment(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}

/// A 32-byte digest column.
pub(super) fn digest(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Option<Digest>> {
    let index = column.idx(row.as_ref())?;
    let value = row.get_ref(index)?;
    let read = || -> FromSqlResult<Option<Digest>> {
        match value {
            ValueRef::Null => Ok(None),
            other => {
                let bytes: [u8; 32] = other.as_blob()?.try_into().map_err(|_| FromSqlError::InvalidType)?;
                Ok(Some(Digest::from_bytes(bytes)))
            }
        }
    };
    read().map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, value.data_type(), Box::new(error)))
}

/// A digest column that is never null.
pub(super) fn some_digest(row: &Row<'_>, column: impl RowIndex) -> rusqlite::Result<Digest> {
    digest(row, column)?.ok_or(rusqlite::Error::InvalidQuery)
}

pub(super) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
        Outcome::Unknown => "unknown",
    }
}

/// An unreadable outcome reads as unknown: it is a claim that nobody made.
pub(super) fn outcome(name: &str) -> Outcome {
    match name {
        "success" => Outcome::Success,
        "failure" => Outcome::Failure,
        _ => Outcome::Unknown,
    }
}

/// Every kind of signal with its name in the database.
pub(super) const SIGNAL_NAMES: [(SignalKind, &str); 12] = [
    (SignalKind::Correction, "correction"),
    (SignalKind::Rephrase, "rephrase"),
    (SignalKind::Repetition, "repetition"),
    (SignalKind::Frustration, "frustration"),
    (SignalKind::Escalation, "escalation"),
    (SignalKind::Abandonment, "abandonment"),
    (SignalKind::ApologyChain, "apology_chain"),
    (SignalKind::FinalToolError, "final_tool_error"),
    (SignalKind::Thanks, "thanks"),
    (SignalKind::Praise, "praise"),
    (SignalKind::SuccessTool, "success_tool"),
    (SignalKind::NewGoal, "new_goal"),
];

pub(super) fn signal_name(kind: SignalKind) -> &'static str {
    SIGNAL_NAMES.iter().find(|(known, _)| *known == kind).map_or("", |(_, name)| name)
}

pub(super) fn signal_kind(name: &str) -> Option<SignalKind> {
    SIGNAL_NAMES.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
}

impl ConversationRow {
    pub(super) const COLUMNS: &'static str = "id, external_id, user, agent, prompt_version, system_digest, model, \
        started_ms, ended_ms, turns, user_turns, tool_calls, tool_errors, cost, outcome, outcome_basis, p_fail";

    /// By their places among the columns: of very many rows, looking for names takes longer than reading.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: ConversationId(row.get(0)?),
            external_id: row.get(1)?,
            user: row.get(2)?,
            agent: row.get(3)?,
            prompt_version: row.get(4)?,
            system_digest: digest(row, 5)?,
            model: row.get(6)?,
            started: moment(row, 7)?,
            ended: moment(row, 8)?,
            turns: small(row, 9)?,
            user_turns: small(row, 10)?,
            tool_calls: small(row, 11)?,
            tool_errors: small(row, 12)?,
            cost: row.get(13)?,
            outcome: outcome(row.get_ref(14)?.as_str()?),
            outcome_basis: row.get(15)?,
            p_fail: row.get(16)?,
        })
    }
}

impl SourceRow {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            path: row.get("path")?,
            size: unsigned(row, "size")?,
            digest: digest(row, "digest")?,
            rules: digest(row, "rules")?,
            format: row.get("format")?,
            confidence: row.get("confidence")?,
            counts: super::Counts {
                seen: unsigned(row, "seen")?,
                inserted: unsigned(row, "inserted")?,
                merged: unsigned(row, "merged")?,
                duplicate: unsigned(row, "duplicate")?,
                passed_over: unsigned(row, "passed_over")?,
                set_aside: unsigned(row, "set_aside")?,
            },
            fidelity: row.get("fidelity")?,
        })
    }
}

impl QuarantineRow {
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            source: row.get("source_path")?,
            offset: unsigned(row, "byte_offset")?,
            length: unsigned(row, "length")?,
            code: row.get("code")?,
            reason: row.get("reason")?,
            head: row.get("head")?,
            digest: some_digest(row, "digest")?,
        })
    }
}
