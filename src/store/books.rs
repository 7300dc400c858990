//! The ledger's side of money and stored replies. Spent is what settled calls cost, and of blocks still open
//! everything that their settled calls have not used: so a program that died counts at its worst until a person
//! gives the rest back ([`Ledger::reconcile`]).

use super::StoreError;
use super::block::{pack, unpack_at_most};
use super::ledger::Ledger;
use super::lock::RunLock;
use super::rows;
use crate::clock::Timestamp;
use crate::digest::Digest;
use crate::llm::books::{BlockId, Books, BooksError, Caps, Grant, ReplyKey, RunId, Settlement, StoredReply, Usd};
use std::io;

use rusqlite::{OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

/// Largest reply that is read back, in bytes; none larger is ever received.
pub(super) const MOST_REPLY: usize = 32 << 20;

/// Spent by one run, or in one month, by the rule above.
const SPENT: &str = "SELECT COALESCE(SUM(cost + CASE WHEN open = 1 THEN reserved - used ELSE 0 END), 0) FROM block";

/// What was spent on one stage with one model by one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendingRow {
    /// The run.
    pub run: i64,
    /// Its command.
    pub command: String,
    /// When it began.
    pub at: Timestamp,
    /// The stage.
    pub stage: String,
    /// The model as `provider/model`.
    pub model: String,
    /// Calls that ended.
    pub calls: u64,
    /// Of them, with a valid reply.
    pub replies: u64,
    /// Of them, without a reply that could be read: booked at their worst.
    pub unknown: u64,
    /// Tokens of requests, where the provider says.
    pub input_tokens: u64,
    /// Tokens of replies, where the provider says.
    pub output_tokens: u64,
    /// What they cost.
    pub cost: Usd,
}

/// What counts against the caps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Spent or reserved this month.
    pub month: Usd,
    /// Of it, reserved by runs that have not given it back: under way, or dead.
    pub open: Usd,
}

fn amount(usd: Usd) -> i64 {
    i64::try_from(usd.0).unwrap_or(i64::MAX)
}

fn usd(amount: i64) -> Usd {
    Usd(u64::try_from(amount).unwrap_or(0))
}

fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

fn month_of(at: Timestamp) -> String {
    let mut date = at.date();
    date.truncate("2026-11".len());
    date
}

/// Days that a clock may have been ahead without anybody being asked: what is booked in the next month is counted there.
const AHEAD_DAYS: i64 = 28;

/// The month that `at` is booked in: never one before the newest that has been booked, so that a clock that runs
/// backwards frees no money. The newest month in `Err`, where it is so far ahead that one of two clocks is wrong.
fn month(transaction: &Transaction<'_>, at: Timestamp) -> rusqlite::Result<Result<String, String>> {
    let newest: Option<String> =
        transaction.prepare_cached("SELECT MAX(month) FROM block")?.query_row([], |row| row.get(0))?;
    let newest = newest.unwrap_or_default();
    if newest > month_of(at.plus_days(AHEAD_DAYS)) {
        return Ok(Err(newest));
    }
    Ok(Ok(newest.max(month_of(at))))
}

fn told(error: &StoreError) -> BooksError {
    use std::error::Error as _;
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    BooksError(text)
}

impl Ledger {
    fn in_one_transaction<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = self.path.clone();
        let failed = |error| StoreError::sqlite("write", &path, error);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let result = work(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(result)
    }

    /// What was spent, by run, stage and model, newest run first; at most `limit` rows.
    pub fn spending(&self, limit: usize) -> Result<Vec<SpendingRow>, StoreError> {
        let sql = "SELECT run.id AS run, run.command AS command, run.at_ms AS at_ms, stage, model, \
                   COUNT(*) AS calls, SUM(ending = 'reply') AS replies, SUM(ending = 'unknown') AS unknown, \
                   COALESCE(SUM(input_tokens), 0) AS input, COALESCE(SUM(output_tokens), 0) AS output, \
                   SUM(call.cost) AS cost \
                   FROM call JOIN block ON block.id = call.block JOIN run ON run.id = block.run \
                   GROUP BY run.id, stage, model ORDER BY run.id DESC, stage, model LIMIT ?";
        self.rows(sql, [i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            Ok(SpendingRow {
                run: row.get("run")?,
                command: row.get("command")?,
                at: Timestamp(row.get("at_ms")?),
                stage: row.get("stage")?,
                model: row.get("model")?,
                calls: count(row, "calls")?,
                replies: count(row, "replies")?,
                unknown: count(row, "unknown")?,
                input_tokens: count(row, "input")?,
                output_tokens: count(row, "output")?,
                cost: usd(row.get("cost")?),
            })
        })
    }

    /// What counts against the caps at `at`.
    pub fn spent(&self, at: Timestamp) -> Result<Standing, StoreError> {
        let one = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            let found = self.rows(sql, values, |row| row.get::<_, i64>(0))?;
            Ok::<_, StoreError>(usd(found.first().copied().unwrap_or(0)))
        };
        let month = one(
            &format!("{SPENT} WHERE month = MAX(?, COALESCE((SELECT MAX(month) FROM block), ''))"),
            &[&month_of(at)],
        )?;
        let open = one("SELECT COALESCE(SUM(reserved - used), 0) FROM block WHERE open = 1", &[])?;
        Ok(Standing { month, open })
    }

    /// Closes the blocks that dead runs left open, and returns what they had set aside and not used. For a person who
    /// knows that the provider did not bill more. Refused ([`StoreError::Locked`]) while a run is under way. Months that
    /// are still to come at `at` (a clock was wrong once) are booked in the month of `at`: nothing is freed by that.
    pub fn reconcile(&mut self, at: Timestamp) -> Result<Usd, StoreError> {
        let _alone = RunLock::alone(&self.path)?;
        self.in_one_transaction(|transaction| {
            let open: i64 = transaction.query_row(
                "SELECT COALESCE(SUM(reserved - used), 0) FROM block WHERE open = 1",
                [],
                |row| row.get(0),
            )?;
            transaction.execute("UPDATE block SET open = 0 WHERE open = 1", [])?;
            transaction.execute("UPDATE block SET month = ?1 WHERE month > ?1", [month_of(at)])?;
            Ok(usd(open))
        })
    }
}

impl Books for Ledger {
    fn hold(&mut self) -> Result<(), BooksError> {
        if self.sending.is_none() {
            self.sending = Some(RunLock::shared(&self.path).map_err(|error| told(&error))?);
        }
        Ok(())
    }

    fn begin(&mut self, command: &str, at: Timestamp) -> Result<RunId, BooksError> {
        self.in_one_transaction(|transaction| {
            transaction.execute("INSERT INTO run (command, at_ms) VALUES (?, ?)", params![command, at.0])?;
            Ok(RunId(transaction.last_insert_rowid()))
        })
        .map_err(|error| told(&error))
    }

    fn reserve(
        &mut self,
        run: RunId,
        needed: Usd,
        wanted: Usd,
        caps: Caps,
        at: Timestamp,
    ) -> Result<Grant, BooksError> {
        self.in_one_transaction(|transaction| {
            let month = match month(transaction, at)? {
                Ok(month) => month,
                Err(booked) => return Ok(Grant::Ahead { booked }),
            };
            let mut grant = wanted.max(needed);
            let by_run = transaction
                .prepare_cached(&format!("{SPENT} WHERE run = ?"))?
                .query_row([run.0], |row| Ok(usd(row.get(0)?)))?;
            let by_month = transaction
                .prepare_cached(&format!("{SPENT} WHERE month = ?"))?
                .query_row([&month], |row| Ok(usd(row.get(0)?)))?;
            let limits = [("in this run", by_run, caps.run), ("this month", by_month, caps.month)];
            for (scope, spent, cap) in limits {
                let Some(cap) = cap else { continue };
                let left = cap.less(spent);
                if left < needed {
                    return Ok(Grant::Denied { scope, spent, cap });
                }
                grant = grant.min(left);
            }
            transaction
                .prepare_cached("INSERT INTO block (run, month, reserved, at_ms) VALUES (?, ?, ?, ?)")?
                .execute(params![run.0, month, amount(grant), at.0])?;
            Ok(Grant::Granted(BlockId(transaction.last_insert_rowid()), grant))
        })
        .map_err(|error| told(&error))
    }

    fn settle(&mut self, settlements: &[Settlement]) -> Result<(), BooksError> {
        let mut packed = Vec::with_capacity(settlements.len());
        for settlement in settlements {
            let bodies: io::Result<Vec<Vec<u8>>> =
                settlement.replies.iter().map(|(_, reply)| pack(&reply.body)).collect();
            packed.push(bodies.map_err(|error| BooksError(format!("cannot compress a reply: {error}")))?);
        }
        let refused = std::cell::Cell::new(false);
        let result = self.in_one_transaction(|transaction| {
            let mut block = transaction.prepare_cached(
                // Also where the block is closed: what was paid is booked, whoever gave its reservation back meanwhile.
                "UPDATE block SET used = MIN(reserved, used + ?2), cost = cost + ?3 \
                 WHERE id = ?1 AND (open = 0 OR used + ?2 <= reserved)",
            )?;
            let mut call = transaction.prepare_cached(
                "INSERT INTO call (block, stage, model, input_tokens, output_tokens, cost, ending, at_ms) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?;
            let mut reply = transaction.prepare_cached(
                "INSERT OR IGNORE INTO reply (key, body, digest, instructions, at_ms) VALUES (?, ?, ?, ?, ?)",
            )?;
            for (settlement, bodies) in settlements.iter().zip(&packed) {
                let Settlement { reserved, cost, usage, .. } = settlement;
                let changed = block.execute(params![settlement.block.0, amount(*reserved), amount(*cost)])?;
                if changed != 1 {
                    refused.set(true);
                    return Err(rusqlite::Error::QueryReturnedNoRows);
                }
                call.execute(params![
                    settlement.block.0,
                    settlement.stage.as_str(),
                    settlement.model,
                    usage.input.and_then(|count| i64::try_from(count).ok()),
                    usage.output.and_then(|count| i64::try_from(count).ok()),
                    amount(*cost),
                    settlement.end.as_str(),
                    settlement.at.0,
                ])?;
                for ((key, stored), body) in settlement.replies.iter().zip(bodies) {
                    let digest = Digest::of(&stored.body);
                    reply.execute(params![
                        key.0.as_bytes(),
                        body,
                        digest.as_bytes(),
                        stored.instructions.as_bytes(),
                        stored.at.0
                    ])?;
                }
            }
            Ok(())
        });
        match result {
            Err(_) if refused.get() => {
                Err(BooksError("a call is settled against a block that is not there or used up".to_string()))
            }
            other => other.map_err(|error| told(&error)),
        }
    }

    fn release(&mut self, block: BlockId) -> Result<(), BooksError> {
        self.in_one_transaction(|transaction| {
            transaction.prepare_cached("UPDATE block SET open = 0 WHERE id = ?")?.execute([block.0])
        })
        .map(|_| ())
        .map_err(|error| told(&error))
    }

    fn stored(&self, key: &ReplyKey) -> Result<Option<StoredReply>, BooksError> {
        let read = || {
            self.connection
                .prepare_cached("SELECT body, digest, instructions, at_ms FROM reply WHERE key = ?")?
                .query_row([key.0.as_bytes()], |row| {
                    let body: Vec<u8> = row.get(0)?;
                    Ok((
                        body,
                        rows::some_digest(row, "digest")?,
                        rows::some_digest(row, "instructions")?,
                        row.get::<_, i64>(3)?,
                    ))
                })
                .optional()
        };
        let found = read().map_err(|error| told(&StoreError::sqlite("read", &self.path, error)))?;
        // A damaged reply is as good as none: it is asked for again.
        Ok(found.and_then(|(body, digest, instructions, at)| {
            let body = unpack_at_most(&body, MOST_REPLY).ok().filter(|body| Digest::of(body) == digest)?;
            Some(StoredReply { body, instructions, at: Timestamp(at) })
        }))
    }
}

#[cfg(test)]
#[path = "books/tests.rs"]
mod tests;
