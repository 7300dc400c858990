//! Books in memory, for tests: the same rules as the ledger's, without a disk.

use super::books::*;
use crate::clock::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What the books hold, shared so that a test can look while somebody else keeps them.
#[derive(Clone, Debug, Default)]
pub(super) struct FakeBooks(pub(super) Arc<Mutex<Kept>>);

#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) blocks: BTreeMap<BlockId, Block>,
    pub(super) calls: Vec<Settlement>,
    pub(super) replies: BTreeMap<ReplyKey, StoredReply>,
    pub(super) transactions: usize,
    pub(super) fails: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) left: Usd,
    pub(super) open: bool,
}

impl FakeBooks {
    pub(super) fn kept(&self) -> Kept {
        self.0.lock().unwrap().clone()
    }

    pub(super) fn spent(&self) -> Usd {
        let kept = self.kept();
        let open: Usd = kept.blocks.values().filter(|block| block.open).map(|block| block.left).sum();
        kept.calls.iter().map(|call| call.cost).sum::<Usd>() + open
    }
}

impl Books for FakeBooks {
    fn hold(&mut self) -> Result<(), BooksError> {
        Ok(())
    }

    fn begin(&mut self, _command: &str, _at: Timestamp) -> Result<RunId, BooksError> {
        Ok(RunId(1))
    }

    fn reserve(
        &mut self,
        _run: RunId,
        needed: Usd,
        wanted: Usd,
        caps: Caps,
        _at: Timestamp,
    ) -> Result<Grant, BooksError> {
        let spent = self.spent();
        let mut kept = self.0.lock().unwrap();
        kept.transactions += 1;
        if kept.fails {
            return Err(BooksError("the disk is full".to_string()));
        }
        let cap = caps.run.unwrap_or(Usd(u64::MAX));
        let left = cap.less(spent);
        if left < needed {
            return Ok(Grant::Denied { scope: "in this run", spent, cap });
        }
        let block = BlockId(i64::try_from(kept.blocks.len()).unwrap() + 1);
        let amount = wanted.min(left);
        kept.blocks.insert(block, Block { left: amount, open: true });
        Ok(Grant::Granted(block, amount))
    }

    fn settle(&mut self, settlements: &[Settlement]) -> Result<(), BooksError> {
        let mut kept = self.0.lock().unwrap();
        kept.transactions += 1;
        if kept.fails {
            return Err(BooksError("the disk is full".to_string()));
        }
        for settlement in settlements {
            let block = kept.blocks.get_mut(&settlement.block).unwrap();
            assert!(block.open && block.left >= settlement.reserved, "{settlement:?} of {block:?}");
            block.left = block.left.less(settlement.reserved);
            for (key, reply) in &settlement.replies {
                kept.replies.entry(*key).or_insert_with(|| reply.clone());
            }
            kept.calls.push(settlement.clone());
        }
        Ok(())
    }

    fn release(&mut self, block: BlockId) -> Result<(), BooksError> {
        self.0.lock().unwrap().blocks.get_mut(&block).unwrap().open = false;
        Ok(())
    }

    fn stored(&self, key: &ReplyKey) -> Result<Option<StoredReply>, BooksError> {
        Ok(self.kept().replies.get(key).cloned())
    }
}
