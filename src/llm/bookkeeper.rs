//! The thread that keeps the books while calls are under way. Calls ask it for money and tell it how they ended; it
//! writes everything that has gathered since its last transaction in the next one (a group commit), so that hundreds
//! of calls a second cost a few dozen transactions. Money is reserved in blocks, and single calls are paid out of
//! the blocks in memory.
//!
//! A call gets its money only after the block is on disk, and is told that it is settled only after its reply is.

use super::answer::Usage;
use super::books::{BlockId, Books, BooksError, CallEnd, Caps, Grant, ReplyKey, RunId, Settlement, StoredReply, Usd};
use super::request::Stage;
use crate::clock::{Clock, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Calls whose worst case a block is made for.
const BLOCK_CALLS: u64 = 64;

/// Money for one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Purse {
    /// Number of the call, unique within this bookkeeper.
    pub(super) call: u64,
    /// What it may cost at worst.
    pub(super) reserved: Usd,
}

/// Why a call gets no money.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NoMoney {
    /// A cap would be passed.
    Cap {
        /// Which.
        scope: &'static str,
        /// Spent and reserved so far.
        spent: Usd,
        /// The cap.
        cap: Usd,
    },
    /// The books hold a month that is still far off.
    Ahead {
        /// That month.
        booked: String,
    },
    /// The books cannot be kept.
    Books(BooksError),
}

/// How a call ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) call: u64,
    pub(super) cost: Usd,
    pub(super) usage: Usage,
    pub(super) end: CallEnd,
    pub(super) replies: Vec<(ReplyKey, StoredReply)>,
}

enum Message {
    Take { stage: Stage, worst: Usd, answer: oneshot::Sender<Result<Purse, NoMoney>> },
    Ended { ended: Box<Ended>, answer: Option<Settled> },
}

/// The books, and what was spent.
pub(super) type Closed = (Box<dyn Books>, Result<Usd, BooksError>);

/// Told when a settlement is on disk.
type Settled = oneshot::Sender<Result<(), BooksError>>;

/// A call that ended, and who waits for that to be written.
type Note = (Ended, Option<Settled>);

/// A handle on the thread.
#[derive(Debug)]
pub(super) struct Bookkeeper {
    sender: Option<Sender<Message>>,
    thread: Option<JoinHandle<Closed>>,
}

/// What the thread needs to know.
pub(super) struct Account {
    pub(super) books: Box<dyn Books>,
    pub(super) run: RunId,
    pub(super) caps: Caps,
    pub(super) model: String,
    pub(super) clock: Arc<dyn Clock>,
}

impl Bookkeeper {
    /// Starts the thread.
    pub(super) fn start(account: Account) -> Self {
        let (sender, receiver) = channel();
        let thread = std::thread::spawn(move || {
            let mut desk = Desk::new(account);
            let result = desk.work(&receiver);
            let spent = desk.spent;
            (desk.account.books, result.map(|()| spent))
        });
        Self { sender: Some(sender), thread: Some(thread) }
    }

    /// Money for one call of `stage` that costs `worst` at most. Waits while calls under way may still give some back.
    pub(super) async fn take(&self, stage: Stage, worst: Usd) -> Result<Purse, NoMoney> {
        let (answer, granted) = oneshot::channel();
        self.send(Message::Take { stage, worst, answer });
        granted.await.unwrap_or_else(|_| Err(NoMoney::Books(closed())))
    }

    /// A call ended. Returns when that is on disk.
    pub(super) async fn settle(&self, ended: Ended) -> Result<(), BooksError> {
        let (answer, done) = oneshot::channel();
        self.send(Message::Ended { ended: Box::new(ended), answer: Some(answer) });
        done.await.unwrap_or_else(|_| Err(closed()))
    }

    /// A call ended without a reply to keep; written with the next transaction.
    pub(super) fn note(&self, ended: Ended) {
        self.send(Message::Ended { ended: Box::new(ended), answer: None });
    }

    fn send(&self, message: Message) {
        if let Some(sender) = &self.sender {
            // When the thread is gone the answer's other end is dropped, which the caller sees.
            drop(sender.send(message));
        }
    }

    /// Ends the thread: what is still under way is booked at its worst, the blocks are given back. Returns the books
    /// and what was spent.
    pub(super) fn finish(mut self) -> Option<Closed> {
        drop(self.sender.take());
        self.thread.take()?.join().ok()
    }
}

fn closed() -> BooksError {
    BooksError("the books were closed".to_string())
}

struct Waiting {
    stage: Stage,
    worst: Usd,
    answer: oneshot::Sender<Result<Purse, NoMoney>>,
}

struct UnderWay {
    block: BlockId,
    reserved: Usd,
    stage: Stage,
}

struct Desk {
    account: Account,
    /// Open blocks, with what is left in them and how many calls of theirs are under way.
    blocks: BTreeMap<BlockId, (Usd, u32)>,
    under_way: BTreeMap<u64, UnderWay>,
    waiting: VecDeque<Waiting>,
    next_call: u64,
    spent: Usd,
}

impl Desk {
    fn new(account: Account) -> Self {
        Self {
            account,
            blocks: BTreeMap::new(),
            under_way: BTreeMap::new(),
            waiting: VecDeque::new(),
            next_call: 0,
            spent: Usd::default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.account.clock.now()
    }

    fn work(&mut self, receiver: &Receiver<Message>) -> Result<(), BooksError> {
        while let Ok(first) = receiver.recv() {
            let mut ended = Vec::new();
            let mut message = Some(first);
            while let Some(one) = message {
                match one {
                    Message::Take { stage, worst, answer } => self.waiting.push_back(Waiting { stage, worst, answer }),
                    Message::Ended { ended: one, answer } => ended.push((*one, answer)),
                }
                message = receiver.try_recv().ok();
            }
            self.settle(ended)?;
            self.pay()?;
        }
        self.close()
    }

    fn settle(&mut self, ended: Vec<Note>) -> Result<(), BooksError> {
        if ended.is_empty() {
            return Ok(());
        }
        let at = self.now();
        let mut settlements = Vec::with_capacity(ended.len());
        let mut answers = Vec::with_capacity(ended.len());
        for (one, answer) in ended {
            answers.extend(answer);
            let Some(call) = self.under_way.remove(&one.call) else { continue };
            if let Some((_, under_way)) = self.blocks.get_mut(&call.block) {
                *under_way -= 1;
            }
            self.spent += one.cost;
            settlements.push(self.settlement(&call, one, at));
        }
        let result = self.account.books.settle(&settlements);
        for answer in answers {
            // The asker may have been cancelled.
            drop(answer.send(result.clone()));
        }
        result
    }

    fn settlement(&self, call: &UnderWay, ended: Ended, at: Timestamp) -> Settlement {
        Settlement {
            block: call.block,
            reserved: call.reserved,
            cost: ended.cost,
            stage: call.stage,
            model: self.account.model.clone(),
            usage: ended.usage,
            end: ended.end,
            at,
            replies: ended.replies,
        }
    }

    /// Pays those who wait, in order, as far as the money goes.
    fn pay(&mut self) -> Result<(), BooksError> {
        while let Some(first) = self.waiting.front() {
            let worst = first.worst;
            let block = match self.block_with(worst)? {
                Ok(block) => block,
                Err(_) if !self.under_way.is_empty() => return Ok(()),
                Err(denied) => {
                    for waiting in self.waiting.drain(..) {
                        drop(waiting.answer.send(Err(denied.clone())));
                    }
                    return Ok(());
                }
            };
            let Some(waiting) = self.waiting.pop_front() else { return Ok(()) };
            if waiting.answer.is_closed() {
                continue;
            }
            if let Some((left, under_way)) = self.blocks.get_mut(&block) {
                *left = left.less(worst);
                *under_way += 1;
            }
            self.next_call += 1;
            let call = self.next_call;
            let under_way = UnderWay { block, reserved: worst, stage: waiting.stage };
            if waiting.answer.send(Ok(Purse { call, reserved: worst })).is_ok() {
                self.under_way.insert(call, under_way);
            } else if let Some((left, under_way)) = self.blocks.get_mut(&block) {
                *left += worst;
                *under_way -= 1;
            }
        }
        Ok(())
    }

    /// A block with at least `worst` left, a new one if there must be.
    fn block_with(&mut self, worst: Usd) -> Result<Result<BlockId, NoMoney>, BooksError> {
        if let Some((block, _)) = self.blocks.iter().find(|(_, (left, _))| *left >= worst) {
            return Ok(Ok(*block));
        }
        // What is left in blocks that nobody uses is in the way of a new one.
        let idle: Vec<BlockId> =
            self.blocks.iter().filter(|(_, (_, under_way))| *under_way == 0).map(|(block, _)| *block).collect();
        for block in idle {
            self.blocks.remove(&block);
            self.account.books.release(block)?;
        }
        let at = self.now();
        let Account { run, caps, .. } = self.account;
        match self.account.books.reserve(run, worst, worst.times(BLOCK_CALLS), caps, at)? {
            Grant::Granted(block, amount) => {
                self.blocks.insert(block, (amount, 0));
                Ok(Ok(block))
            }
            Grant::Denied { scope, spent, cap } => Ok(Err(NoMoney::Cap { scope, spent, cap })),
            Grant::Ahead { booked } => Ok(Err(NoMoney::Ahead { booked })),
        }
    }

    /// Books what is still under way at its worst, since it may have been billed, and gives back the rest.
    fn close(&mut self) -> Result<(), BooksError> {
        let unknown: Vec<_> = self
            .under_way
            .iter()
            .map(|(call, under_way)| {
                let (cost, usage) = (under_way.reserved, Usage::default());
                (Ended { call: *call, cost, usage, end: CallEnd::Unknown, replies: Vec::new() }, None)
            })
            .collect();
        self.settle(unknown)?;
        for block in std::mem::take(&mut self.blocks).into_keys() {
            self.account.books.release(block)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fake_books::FakeBooks;
    use super::*;
    use crate::clock::FixedClock;
    use std::time::Duration;
    use tokio::time::timeout;

    fn keeper(books: &FakeBooks, cap: u64) -> Bookkeeper {
        Bookkeeper::start(Account {
            books: Box::new(books.clone()),
            run: RunId(1),
            caps: Caps { run: Some(Usd(cap)), month: None },
            model: "openai/fake".to_string(),
            clock: Arc::new(FixedClock(Timestamp(0))),
        })
    }

    fn ended(call: u64, cost: u64) -> Ended {
        Ended { call, cost: Usd(cost), usage: Usage::default(), end: CallEnd::Reply, replies: Vec::new() }
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn calls_are_paid_out_of_blocks_and_settled_together() {
        let books = FakeBooks::default();
        run(async {
            let keeper = keeper(&books, 1_000_000);
            let mut calls = Vec::new();
            for _ in 0..50 {
                calls.push(keeper.take(Stage::Name, Usd(100)).await.unwrap());
            }
            assert_eq!(books.kept().blocks.len(), 1, "one block serves many calls");
            for call in &calls {
                keeper.note(ended(call.call, 40));
            }
            let (_, spent) = keeper.finish().unwrap();
            assert_eq!(spent, Ok(Usd(2000)));
        });
        assert_eq!(books.spent(), Usd(2000));
        assert!(books.kept().transactions < 50, "{} transactions", books.kept().transactions);
    }

    #[test]
    fn the_cap_holds_and_a_call_waits_for_what_others_give_back() {
        let books = FakeBooks::default();
        run(async {
            let keeper = keeper(&books, 250);
            let first = keeper.take(Stage::Name, Usd(100)).await.unwrap();
            let second = keeper.take(Stage::Name, Usd(100)).await.unwrap();
            let mut third = Box::pin(keeper.take(Stage::Name, Usd(100)));
            assert!(timeout(Duration::from_millis(50), &mut third).await.is_err(), "50 are not enough for it");
            keeper.settle(ended(first.call, 10)).await.unwrap();
            keeper.settle(ended(second.call, 100)).await.unwrap();
            let third_purse = third.as_mut().await.unwrap();
            drop(third);
            keeper.settle(ended(third_purse.call, 100)).await.unwrap();
            let denied = keeper.take(Stage::Name, Usd(100)).await.unwrap_err();
            assert_eq!(denied, NoMoney::Cap { scope: "in this run", spent: Usd(210), cap: Usd(250) });
            drop(keeper.finish());
        });
        assert_eq!(books.spent(), Usd(210));
    }

    #[test]
    fn what_is_under_way_at_the_end_is_booked_at_its_worst() {
        let books = FakeBooks::default();
        run(async {
            let keeper = keeper(&books, 1000);
            keeper.take(Stage::Draft, Usd(300)).await.unwrap();
            assert_eq!(books.spent(), Usd(1000), "a block stands for all that it may become");
            drop(keeper.finish());
        });
        let kept = books.kept();
        assert_eq!((kept.calls[0].cost, kept.calls[0].end), (Usd(300), CallEnd::Unknown));
        assert_eq!(books.spent(), Usd(300));
    }

    #[test]
    fn books_that_cannot_be_written_end_every_call() {
        let books = FakeBooks::default();
        books.0.lock().unwrap().fails = true;
        run(async {
            let keeper = keeper(&books, 1000);
            assert!(matches!(keeper.take(Stage::Name, Usd(1)).await, Err(NoMoney::Books(_))));
            assert!(keeper.finish().unwrap().1.is_err());
        });
    }
}
