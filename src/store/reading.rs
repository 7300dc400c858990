//! Conversations read back, a few or very many: text from its blocks, each block opened once for a batch, by all
//! processors. What comes back was checked against its digest.

use super::{StoreError, TraceStore, block, rows};
use crate::digest::Digest;
use crate::trace::{Conversation, ConversationId, Judgement, Signal};
use rayon::prelude::*;
use rusqlite::{OptionalExtension as _, Row};
use rustc_hash::FxHashMap;
use std::path::Path;

/// Conversations that [`TraceStore::each`] holds at once: so many, or so many bytes of them.
const BATCH: usize = 8192;
const BATCH_BYTES: usize = 16 << 20;
/// Blocks that are opened at once.
const BLOCKS: usize = 16;
/// Numbers apart from which signals are looked for in two queries instead of one.
const GAP: i64 = 8;

/// A conversation as it was stored, with how it went.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The conversation, whole.
    pub conversation: Conversation,
    /// How it went.
    pub judgement: Judgement,
    /// Implicit feedback, in order.
    pub signals: Vec<Signal>,
}

/// Which conversations are meant, of those that were there at a moment: what comes later has a higher number, also a later
/// version of one that was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// Those with users, up to the one of this number.
    UpTo(i64),
    /// Those with these ids.
    These {
        /// The ids.
        ids: Vec<ConversationId>,
        /// The highest number at the moment.
        up_to: i64,
    },
}

impl Selection {
    /// Of these, the ones with such ids.
    pub fn only(&self, ids: Vec<ConversationId>) -> Self {
        Self::These { ids, up_to: self.up_to() }
    }

    /// The highest number at the moment.
    pub(super) fn up_to(&self) -> i64 {
        match self {
            Self::UpTo(up_to) | Self::These { up_to, .. } => *up_to,
        }
    }
}

/// Where a payload is, and what it must hash to.
struct Location {
    number: i64,
    id: ConversationId,
    block: i64,
    offset: usize,
    length: usize,
    digest: Digest,
    judgement: Judgement,
}

impl Location {
    const COLUMNS: &'static str = "number, id, block, offset, length, payload_digest, outcome, outcome_basis, p_fail";

    /// By their places among the columns.
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            id: ConversationId(row.get(1)?),
            block: row.get(2)?,
            offset: usize::try_from(rows::unsigned(row, 3)?).unwrap_or(usize::MAX),
            length: usize::try_from(rows::unsigned(row, 4)?).unwrap_or(usize::MAX),
            digest: rows::some_digest(row, 5)?,
            judgement: Judgement {
                outcome: rows::outcome(row.get_ref(6)?.as_str()?),
                basis: row.get(7)?,
                p_fail: row.get(8)?,
            },
        })
    }

    fn query(condition: &str) -> String {
        format!("SELECT {} FROM conversation WHERE {condition}", Self::COLUMNS)
    }
}

/// A block as it is in the database, and what is wanted of it: places among the locations.
struct Packed<'a> {
    places: &'a [usize],
    size: usize,
    data: Vec<u8>,
}

impl TraceStore {
    /// All conversations with users that are there now: not those of sub-agents, whose user is an agent.
    pub fn all_there(&self) -> Result<Selection, StoreError> {
        let sql = "SELECT coalesce(max(number), 0) FROM conversation";
        self.connection().query_row(sql, [], |row| row.get(0)).map(Selection::UpTo).map_err(self.failed("read"))
    }

    /// Hands the selected conversations to `take`, a batch at a time, in the order in which they lie in the file.
    pub fn each(&self, selection: &Selection, take: &mut dyn FnMut(&[Stored])) -> Result<(), StoreError> {
        match selection {
            Selection::UpTo(last) => {
                let sql = Location::query("parent IS NULL AND number <= ? ORDER BY number");
                let mut statement = self.connection().prepare(&sql).map_err(self.failed("read"))?;
                let found = statement.query_map([last], Location::read).map_err(self.failed("read"))?;
                self.in_batches(found.map(|location| location.map_err(self.failed("read"))), take)
            }
            Selection::These { ids, .. } => {
                let mut locations = self.locate(ids)?;
                locations.sort_by_key(|location| (location.block, location.offset));
                self.in_batches(locations.into_iter().map(Ok), take)
            }
        }
    }

    fn in_batches(
        &self,
        locations: impl Iterator<Item = Result<Location, StoreError>>,
        take: &mut dyn FnMut(&[Stored]),
    ) -> Result<(), StoreError> {
        let mut batch: Vec<Location> = Vec::new();
        let mut bytes = 0usize;
        for location in locations {
            let location = location?;
            bytes = bytes.saturating_add(location.length);
            batch.push(location);
            if batch.len() >= BATCH || bytes >= BATCH_BYTES {
                take(&self.fetch(&batch)?);
                batch.clear();
                bytes = 0;
            }
        }
        if !batch.is_empty() {
            take(&self.fetch(&batch)?);
        }
        Ok(())
    }

    /// The conversations with these ids, in this order. An unknown id is [`StoreError::Integrity`]: ids come from
    /// this store.
    pub fn load(&self, ids: &[ConversationId]) -> Result<Vec<Stored>, StoreError> {
        self.fetch(&self.locate(ids)?)
    }

    /// All conversations with users, by id: not those of sub-agents, whose user is an agent.
    pub fn load_main(&self) -> Result<Vec<Stored>, StoreError> {
        self.fetch(&self.locations("parent IS NULL")?)
    }

    /// All conversations, by id.
    pub fn load_all(&self) -> Result<Vec<Stored>, StoreError> {
        self.fetch(&self.locations("1")?)
    }

    fn locate(&self, ids: &[ConversationId]) -> Result<Vec<Location>, StoreError> {
        let sql = Location::query("id = ?");
        let mut statement = self.connection().prepare_cached(&sql).map_err(self.failed("read"))?;
        let mut locate = |id: &ConversationId| {
            let found = statement.query_row([&id.0], Location::read).optional().map_err(self.failed("read"))?;
            found.ok_or_else(|| self.damaged(format!("conversation {id}"), "it is not there"))
        };
        ids.iter().map(&mut locate).collect()
    }

    /// By id.
    fn locations(&self, condition: &str) -> Result<Vec<Location>, StoreError> {
        let mut locations = self.rows(&Location::query(condition), Location::read)?;
        locations.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(locations)
    }

    /// What is at `locations`, in their order.
    fn fetch(&self, locations: &[Location]) -> Result<Vec<Stored>, StoreError> {
        let signals = self.signals(locations)?;
        let mut order: Vec<usize> = (0..locations.len()).collect();
        order.sort_by_key(|index| (locations[*index].block, locations[*index].offset));
        let blocks: Vec<&[usize]> =
            order.chunk_by(|one, other| locations[*one].block == locations[*other].block).collect();
        let mut loaded: Vec<Option<Stored>> = (0..locations.len()).map(|_| None).collect();
        for blocks in blocks.chunks(BLOCKS) {
            let packed = blocks.iter().map(|places| self.packed(locations, places));
            let packed: Vec<Packed<'_>> = packed.collect::<Result<_, _>>()?;
            let path = self.path();
            let opened = packed.par_iter().map(|packed| packed.open(locations, path));
            let opened: Vec<Vec<Conversation>> = opened.collect::<Result<_, _>>()?;
            for (packed, conversations) in packed.iter().zip(opened) {
                for (&place, conversation) in packed.places.iter().zip(conversations) {
                    let location = &locations[place];
                    let signals = signals.get(&location.number).cloned().unwrap_or_default();
                    loaded[place] = Some(Stored { conversation, judgement: location.judgement.clone(), signals });
                }
            }
        }
        Ok(loaded.into_iter().flatten().collect())
    }

    /// The block of `places`, which all lie in one.
    fn packed<'a>(&self, locations: &[Location], places: &'a [usize]) -> Result<Packed<'a>, StoreError> {
        let first = &locations[places[0]];
        let row: Option<(i64, Vec<u8>)> = self
            .connection()
            .prepare_cached("SELECT size, data FROM block WHERE id = ?")
            .and_then(|mut statement| {
                statement.query_row([first.block], |row| Ok((row.get(0)?, row.get(1)?))).optional()
            })
            .map_err(self.failed("read"))?;
        let (size, data) = row.ok_or_else(|| self.damaged(thing(first), "its block is not there"))?;
        Ok(Packed { places, size: usize::try_from(size).unwrap_or(0), data })
    }

    /// Implicit feedback by the conversation's number, in order.
    fn signals(&self, locations: &[Location]) -> Result<FxHashMap<i64, Vec<Signal>>, StoreError> {
        let mut numbers: Vec<i64> = locations.iter().map(|location| location.number).collect();
        numbers.sort_unstable();
        let sql = "SELECT conversation, kind, turn, weight FROM signal WHERE conversation BETWEEN ? AND ? \
                   ORDER BY conversation, position";
        let mut statement = self.connection().prepare_cached(sql).map_err(self.failed("read"))?;
        let mut signals: FxHashMap<i64, Vec<Signal>> = FxHashMap::default();
        for run in numbers.chunk_by(|one, other| other - one <= GAP) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            let found = statement
                .query_map([first, last], |row| {
                    Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, rows::small(row, 2)?, row.get(3)?))
                })
                .map_err(self.failed("read"))?;
            for row in found {
                let (number, kind, turn, weight) = row.map_err(self.failed("read"))?;
                if run.binary_search(&number).is_err() {
                    continue;
                }
                let kind = rows::signal_kind(&kind)
                    .ok_or_else(|| self.damaged(format!("conversation number {number}"), "a signal of unknown kind"))?;
                signals.entry(number).or_default().push(Signal { kind, turn, weight });
            }
        }
        Ok(signals)
    }
}

impl Packed<'_> {
    /// The conversations in it that are wanted.
    fn open(&self, locations: &[Location], path: &Path) -> Result<Vec<Conversation>, StoreError> {
        let damaged = |location, reason: String| StoreError::Integrity {
            thing: thing(location),
            path: path.to_path_buf(),
            reason,
        };
        let unfit = |error| damaged(&locations[self.places[0]], format!("its block: {error}"));
        let block = block::unpack(&self.data, self.size).map_err(unfit)?;
        let mut conversations = Vec::with_capacity(self.places.len());
        for &place in self.places {
            let location = &locations[place];
            let end = location.offset.checked_add(location.length);
            let payload = end
                .and_then(|end| block.get(location.offset..end))
                .ok_or_else(|| damaged(location, "its place is outside its block".to_string()))?;
            if Digest::of(payload) != location.digest {
                return Err(damaged(location, "its digest differs".to_string()));
            }
            conversations.push(serde_json::from_slice(payload).map_err(|error| damaged(location, error.to_string()))?);
        }
        Ok(conversations)
    }
}

fn thing(location: &Location) -> String {
    format!("conversation {}", location.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing;
    use crate::trace::{Outcome, Role, SignalKind, Turn};

    #[test]
    fn all_that_are_there_at_a_moment_are_handed_out_in_batches() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = TraceStore::open(folder.path()).unwrap();
        let stored = |number: u32| {
            let turn = Turn { role: Role::User, text: "word ".repeat(1_000), calls: Vec::new(), time: None };
            let signal = Signal { kind: SignalKind::Thanks, turn: 0, weight: f64::from(number) };
            Stored {
                conversation: testing::conversation(&number.to_string(), vec![turn]),
                judgement: Judgement { outcome: Outcome::Unknown, basis: "nothing".to_string(), p_fail: None },
                signals: if number.is_multiple_of(3) { vec![signal] } else { Vec::new() },
            }
        };
        let items: Vec<Stored> = (0..5_000).map(stored).collect();
        store.put_all(&items).unwrap();
        let there = store.all_there().unwrap();
        store.put_all(&[stored(5_000)]).unwrap();
        let read = |selection: &Selection| {
            let (mut batches, mut found) = (0, Vec::new());
            let mut take = |batch: &[Stored]| {
                batches += 1;
                found.extend_from_slice(batch);
            };
            store.each(selection, &mut take).unwrap();
            (batches, found)
        };
        let (batches, found) = read(&there);
        assert!(batches > 1 && found == items);
        // Some far apart, and one twice.
        let some: Vec<&Stored> = [3, 4, 4_000, 3].iter().map(|&place| &items[place]).collect();
        let ids: Vec<ConversationId> = some.iter().map(|item| item.conversation.id.clone()).collect();
        assert_eq!(store.load(&ids).unwrap().iter().collect::<Vec<_>>(), some);
        let (_, found) = read(&there.only(ids));
        assert_eq!(found.iter().map(|one| one.signals.len()).collect::<Vec<_>>(), [1, 1, 0, 0]);
    }
}
