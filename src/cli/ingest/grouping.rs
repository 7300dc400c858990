//! Puts the conversations of groups of pieces together: one thread reads the pieces from the store and writes what they
//! make, groups in order; others check, join and judge them. It does not read files.

use super::engine::Rules;
use super::writing::BATCH_BYTES;
use crate::store::{Pieces, Regrouped, Rejoined, StoreError, Stored, Writer};
use crate::trace::assemble::assemble_known;
use crate::trace::reader::Tally;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// A session with more bytes of pieces than this is not put together: it would take several times as much memory.
pub(super) const LARGEST_SESSION: u64 = 48 << 20;
/// Groups of pieces asked for at a time.
const MOST_GROUPS: usize = 1000;
/// Bytes of pieces that may be on their way at once. One group may be larger, and then goes alone.
const MOST_BYTES: u64 = 8 << 20;

/// What became of the groups.
#[derive(Default)]
pub(super) struct Groups {
    pub(super) changes: Regrouped,
    /// Traces in which models worked and nothing of what was said was recorded.
    pub(super) without_content: u64,
    /// Sessions that were not put together.
    pub(super) too_large: u64,
    /// Groups of conversations that are not to be kept.
    pub(super) forgotten: Vec<i64>,
}

/// What a worker makes of a group.
struct Grouped {
    conversations: Vec<Rejoined>,
    without_content: u64,
    forgotten: bool,
}

impl Grouped {
    fn of(pieces: Pieces, rules: &Rules) -> Result<Self, StoreError> {
        let assembled = assemble_known(pieces.read()?);
        let every = assembled.conversations.len();
        let kept = assembled.conversations.into_iter().filter(|conversation| !rules.forgotten.covers(conversation));
        let conversations: Vec<Rejoined> = kept
            .map(|conversation| {
                let (judgement, signals) = rules.judge(&conversation);
                Rejoined::of(Stored { conversation, judgement, signals })
            })
            .collect();
        let forgotten = conversations.len() < every;
        Ok(Self { conversations, without_content: assembled.without_content, forgotten })
    }
}

/// Puts all groups with new pieces together, also those that an earlier run left when it was killed.
pub(super) fn join(
    writer: &mut Writer<'_>,
    rules: &Rules,
    tally: &mut Tally,
    workers: usize,
) -> Result<Groups, StoreError> {
    let mut groups = Groups::default();
    let first = writer.dirty(MOST_GROUPS)?;
    if first.is_empty() {
        return Ok(groups);
    }
    std::thread::scope(|scope| {
        let (to_workers, work) = channel();
        let (to_writer, done) = channel();
        let work = Arc::new(Mutex::new(work));
        for _ in 0..workers {
            let (work, to_writer) = (Arc::clone(&work), to_writer.clone());
            scope.spawn(move || join_groups(&work, &to_writer, rules));
        }
        // When the last worker is gone nothing more is waited for.
        drop((work, to_writer));
        let mut desk = Desk { writer, rules, tally, groups: &mut groups, to_workers, done, early: BTreeMap::new() };
        let mut next = first;
        while !next.is_empty() {
            desk.pass(next)?;
            next = desk.writer.dirty(MOST_GROUPS)?;
        }
        Ok(())
    })?;
    Ok(groups)
}

/// A group's place in the queue and its pieces.
type Work = (usize, Pieces);
/// What was made of them; or a worker's panic, which is the writer's then: it must not wait for an answer.
type Done = (usize, std::thread::Result<Result<Grouped, StoreError>>);

fn join_groups(work: &Mutex<Receiver<Work>>, writer: &Sender<Done>, rules: &Rules) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((place, pieces)) = next else { break };
        let grouped = catch_unwind(AssertUnwindSafe(|| Grouped::of(pieces, rules)));
        if writer.send((place, grouped)).is_err() {
            break;
        }
    }
}

/// Where the writing thread hands groups out and takes them back.
struct Desk<'a, 'store> {
    writer: &'a mut Writer<'store>,
    rules: &'a Rules,
    tally: &'a mut Tally,
    groups: &'a mut Groups,
    to_workers: Sender<Work>,
    done: Receiver<Done>,
    /// What came back before its turn.
    early: BTreeMap<usize, Grouped>,
}

impl Desk<'_, '_> {
    /// Joins these groups and stores what they make, in this order.
    fn pass(&mut self, groups: Vec<i64>) -> Result<(), StoreError> {
        let largest = self.rules.largest_session.unwrap_or(LARGEST_SESSION);
        let mut small = Vec::with_capacity(groups.len());
        for group in groups {
            let size = self.writer.size_of_group(group)?;
            if size > largest {
                self.groups.too_large += 1;
                self.groups.changes += self.writer.regroup(group, &[])?;
            } else {
                small.push((group, size));
            }
        }
        let (mut handed, mut bytes) = (0, 0);
        for (place, (group, size)) in small.iter().enumerate() {
            while handed < small.len() && (handed == place || bytes + small[handed].1 <= MOST_BYTES) {
                let pieces = self.writer.pieces(small[handed].0)?;
                // Without workers the answer fails too.
                let _gone = self.to_workers.send((handed, pieces));
                bytes += small[handed].1;
                handed += 1;
            }
            let grouped = self.take(place)?;
            bytes -= size;
            self.store(*group, &grouped)?;
        }
        Ok(())
    }

    /// Waits for what was made of the group at this place.
    fn take(&mut self, place: usize) -> Result<Grouped, StoreError> {
        loop {
            if let Some(grouped) = self.early.remove(&place) {
                return Ok(grouped);
            }
            match self.done.recv() {
                Ok((place, Ok(grouped))) => self.early.insert(place, grouped?),
                Ok((_, Err(panic))) => resume_unwind(panic),
                Err(_) => unreachable!("workers stay until there is no more work"),
            };
        }
    }

    fn store(&mut self, group: i64, grouped: &Grouped) -> Result<(), StoreError> {
        grouped.conversations.iter().for_each(|rejoined| self.tally.add(rejoined.conversation()));
        self.groups.without_content += grouped.without_content;
        if grouped.forgotten {
            self.groups.forgotten.push(group);
        }
        self.groups.changes += self.writer.regroup(group, &grouped.conversations)?;
        if self.writer.written() > BATCH_BYTES {
            self.writer.checkpoint()?;
        }
        Ok(())
    }
}
