//! The one thread that writes what others have read: records in the order of the file, in transactions of a bounded
//! size, then the conversations that its pieces belong to, then the file's marker.

use super::engine::{Aside, Extent, Rules, SHOWN};
use super::flight::Flight;
use super::grouping::{self, Groups};
use crate::digest::Digest;
use crate::store::{
    Counts, Prepared, PreparedFragment, Put, Regrouped, SourceMark, StoreError, Stored, TraceStore, Writer,
};
use crate::trace::outcome::Joined;
use crate::trace::reader::{Fidelity, Item, Place, SetAside, Tally};
use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;

/// Payload bytes per transaction: large enough that commits cost nothing, small enough that little is read again
/// after a crash.
pub(super) const BATCH_BYTES: u64 = 8 << 20;

/// What the writing thread is told.
pub(super) enum Message {
    /// The records of one batch.
    Records {
        /// Its place among the batches.
        number: u64,
        /// In order.
        records: Vec<Ready>,
        /// How many of them had to be repaired.
        repaired: u64,
        /// Bytes of the batch.
        bytes: usize,
    },
    /// The file was read to its end, with this digest of all its bytes; or it failed.
    End(Option<Digest>),
}

/// A record that was read and judged.
pub(super) enum Ready {
    Conversation {
        stored: Box<Stored>,
        place: Place,
        prepared: Prepared,
    },
    Fragments(Vec<PreparedFragment>),
    Joined(Vec<Joined>),
    SetAside(SetAside),
    /// Holds nothing to keep.
    Nothing,
}

impl Ready {
    /// Redacts, judges and serialises.
    pub(super) fn of(item: Item, rules: &Rules) -> Self {
        match rules.redacted(item) {
            Item::Conversation(conversation, _) if !rules.wants(&conversation) => Self::Nothing,
            Item::Conversation(conversation, place) => {
                let prepared = Prepared::of(&conversation);
                let (judgement, signals) = rules.judge(&conversation);
                let stored = Box::new(Stored { conversation: *conversation, judgement, signals });
                Self::Conversation { stored, place, prepared }
            }
            Item::Fragments(fragments, _) => {
                Self::Fragments(rules.wanted(fragments).into_iter().map(PreparedFragment::of).collect())
            }
            Item::Joined(facts, _) => Self::Joined(facts),
            Item::SetAside(record) => Self::SetAside(record),
        }
    }
}

/// What was written of one file.
pub(super) struct Written {
    pub(super) counts: Counts,
    pub(super) fidelity: Fidelity,
    pub(super) set_aside: Vec<Aside>,
    /// Groups of pieces of conversations that are not to be kept.
    pub(super) forgotten: Vec<i64>,
}

/// Writes until there is nothing more. A file that failed is left without its marker, and will be read again.
pub(super) fn write(
    store: &mut TraceStore,
    mark: &SourceMark,
    rules: &Rules,
    extent: Extent,
    messages: &Receiver<Message>,
    flight: &Flight,
    workers: usize,
) -> Result<Written, StoreError> {
    let mut writer = match extent {
        Extent::Whole => Writer::begin(store, mark)?,
        Extent::Addition(counts) => Writer::resume(store, mark, counts)?,
    };
    let mut file = File { tally: Tally::default(), changes: Regrouped::default(), set_aside: Vec::new(), bytes: 0 };
    let mut early: BTreeMap<u64, (Vec<Ready>, u64, usize)> = BTreeMap::new();
    let (mut next, mut digest) = (0, None);
    while let Ok(message) = messages.recv() {
        match message {
            Message::Records { number, records, repaired, bytes } => {
                early.insert(number, (records, repaired, bytes));
            }
            Message::End(end) => digest = end,
        }
        while let Some((records, repaired, bytes)) = early.remove(&next) {
            next += 1;
            file.tally.repaired(repaired);
            for record in records {
                file.put(&mut writer, record)?;
                if writer.written() + file.bytes > BATCH_BYTES {
                    writer.checkpoint()?;
                    file.bytes = 0;
                }
            }
            flight.arrive(bytes);
        }
    }
    let Groups { changes, without_content, too_large, forgotten } =
        grouping::join(&mut writer, rules, &mut file.tally, workers)?;
    file.changes += changes;
    let Regrouped { new, updated, unchanged } = file.changes;
    let fidelity = Fidelity { new, updated, unchanged, without_content, too_large, ..file.tally.finish() };
    // Plain counts always serialise.
    let text = serde_json::to_string(&fidelity).unwrap_or_default();
    let counts = match (extent, digest) {
        (Extent::Whole, Some(digest)) => writer.finish(digest, &text)?,
        _ => writer.commit()?,
    };
    Ok(Written { counts, fidelity, set_aside: file.set_aside, forgotten })
}

/// What is known of the file so far.
struct File {
    tally: Tally,
    changes: Regrouped,
    set_aside: Vec<Aside>,
    /// Bytes of this transaction besides payloads.
    bytes: u64,
}

impl File {
    fn put(&mut self, writer: &mut Writer<'_>, record: Ready) -> Result<(), StoreError> {
        match record {
            Ready::Conversation { stored, place, prepared } => {
                let Stored { conversation, judgement, signals } = &*stored;
                self.tally.add(conversation);
                match writer.put_prepared(conversation, judgement, signals, place, &prepared)? {
                    Put::Inserted => self.changes.new += 1,
                    Put::Merged => self.changes.updated += 1,
                    Put::Duplicate => self.changes.unchanged += 1,
                }
            }
            Ready::Fragments(fragments) => {
                writer.put_fragments(&fragments)?;
            }
            Ready::Joined(facts) => {
                writer.put_joined(&facts)?;
            }
            Ready::SetAside(record) => {
                writer.set_aside(&record)?;
                self.bytes += record.head.len() as u64;
                if self.set_aside.len() < SHOWN {
                    self.set_aside.push(Aside::from(&record));
                }
            }
            Ready::Nothing => writer.pass_over(),
        }
        Ok(())
    }
}
