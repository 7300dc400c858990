//! Tests of the money: tables, a damaged reply, threads, and random steps that never pass a cap.

use super::*;
use crate::llm::books::CallEnd;
use crate::llm::{Stage, Usage};
use proptest::prelude::*;
use std::path::Path;

const NOV: Timestamp = Timestamp(1_795_000_000_000);

fn caps(run: Option<u64>, month: Option<u64>) -> Caps {
    Caps { run: run.map(Usd), month: month.map(Usd) }
}

fn ledger(folder: &Path) -> Ledger {
    Ledger::open(folder).unwrap()
}

fn call(block: BlockId, reserved: u64, cost: u64) -> Settlement {
    Settlement {
        block,
        reserved: Usd(reserved),
        cost: Usd(cost),
        stage: Stage::Name,
        model: "openai/fake".to_string(),
        usage: Usage { input: Some(3), output: None },
        end: CallEnd::Reply,
        at: NOV,
        replies: Vec::new(),
    }
}

fn granted(grant: Grant) -> (BlockId, Usd) {
    match grant {
        Grant::Granted(block, amount) => (block, amount),
        denied => panic!("{denied:?}"),
    }
}

#[test]
fn a_block_counts_in_full_until_its_calls_are_settled_and_it_is_released() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = ledger(folder.path());
    let run = books.begin("intents", NOV).unwrap();
    let (block, amount) = granted(books.reserve(run, Usd(100), Usd(1000), caps(Some(700), None), NOV).unwrap());
    assert_eq!(amount, Usd(700), "what the cap allows");
    assert_eq!(books.spent(NOV).unwrap(), Standing { month: Usd(700), open: Usd(700) });
    books.settle(&[call(block, 100, 40), call(block, 100, 10)]).unwrap();
    assert_eq!(books.spent(NOV).unwrap(), Standing { month: Usd(550), open: Usd(500) });
    let denied = books.reserve(run, Usd(200), Usd(200), caps(Some(700), None), NOV).unwrap();
    assert_eq!(denied, Grant::Denied { scope: "in this run", spent: Usd(550), cap: Usd(700) });
    books.release(block).unwrap();
    assert_eq!(books.spent(NOV).unwrap(), Standing { month: Usd(50), open: Usd(0) });
    let rows = books.spending(9).unwrap();
    assert_eq!((rows[0].calls, rows[0].input_tokens, rows[0].cost), (2, 6, Usd(50)));
}

#[test]
fn a_dead_runs_block_counts_as_spent_until_a_person_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = ledger(folder.path());
    let run = books.begin("propose", NOV).unwrap();
    let (block, _) = granted(books.reserve(run, Usd(100), Usd(600), caps(None, Some(1000)), NOV).unwrap());
    books.settle(&[call(block, 100, 100)]).unwrap();
    drop(books);
    let mut books = ledger(folder.path());
    let run = books.begin("propose", NOV).unwrap();
    let denied = books.reserve(run, Usd(500), Usd(500), caps(None, Some(1000)), NOV).unwrap();
    assert_eq!(denied, Grant::Denied { scope: "this month", spent: Usd(600), cap: Usd(1000) });
    books.hold().unwrap();
    let mut person = ledger(folder.path());
    let StoreError::Locked { .. } = person.reconcile(NOV).unwrap_err() else { panic!("a run is under way") };
    drop(books);
    assert_eq!(person.reconcile(NOV).unwrap(), Usd(500));
    let run = person.begin("propose", NOV).unwrap();
    granted(person.reserve(run, Usd(500), Usd(500), caps(None, Some(1000)), NOV).unwrap());
}

#[test]
fn a_month_ends_and_a_clock_that_runs_backwards_frees_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = ledger(folder.path());
    let run = books.begin("intents", NOV).unwrap();
    let all = caps(None, Some(100));
    granted(books.reserve(run, Usd(100), Usd(100), all, NOV).unwrap());
    assert!(matches!(books.reserve(run, Usd(1), Usd(1), all, NOV.plus_days(-20)).unwrap(), Grant::Denied { .. }));
    assert!(matches!(books.reserve(run, Usd(1), Usd(1), all, NOV.plus_days(-90)).unwrap(), Grant::Ahead { .. }));
    granted(books.reserve(run, Usd(100), Usd(100), all, NOV.plus_days(40)).unwrap());
}

#[test]
fn a_month_that_a_wrong_clock_booked_stops_the_next_run_until_a_person_moves_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = ledger(folder.path());
    let future = NOV.plus_days(900);
    let run = books.begin("intents", future).unwrap();
    let all = caps(None, Some(100));
    let (block, _) = granted(books.reserve(run, Usd(60), Usd(60), all, future).unwrap());
    books.settle(&[call(block, 60, 60)]).unwrap();
    assert!(matches!(books.reserve(run, Usd(1), Usd(1), all, NOV).unwrap(), Grant::Ahead { .. }));
    drop(books);
    let mut books = ledger(folder.path());
    books.reconcile(NOV).unwrap();
    let run = books.begin("intents", NOV).unwrap();
    let denied = books.reserve(run, Usd(41), Usd(41), all, NOV).unwrap();
    assert_eq!(denied, Grant::Denied { scope: "this month", spent: Usd(60), cap: Usd(100) });
    granted(books.reserve(run, Usd(40), Usd(40), all, NOV).unwrap());
    granted(books.reserve(run, Usd(100), Usd(100), all, NOV.plus_days(40)).unwrap());
}

#[test]
fn a_call_beyond_its_block_is_refused_and_nothing_of_the_batch_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = ledger(folder.path());
    let run = books.begin("intents", NOV).unwrap();
    let (block, _) = granted(books.reserve(run, Usd(100), Usd(100), Caps::default(), NOV).unwrap());
    assert!(books.settle(&[call(block, 60, 1), call(block, 60, 1)]).is_err());
    assert_eq!(books.spending(9).unwrap(), []);
}

#[test]
fn a_paid_call_is_booked_also_after_its_block_was_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = ledger(folder.path());
    let run = books.begin("intents", NOV).unwrap();
    let (block, _) = granted(books.reserve(run, Usd(100), Usd(100), Caps::default(), NOV).unwrap());
    books.release(block).unwrap();
    books.settle(&[call(block, 60, 7), call(block, 60, 8)]).unwrap();
    assert_eq!(books.spending(9).unwrap()[0].cost, Usd(15));
    assert_eq!(books.spent(NOV).unwrap().month, Usd(15));
    assert!(books.settle(&[call(block, 1, 1), call(BlockId(77), 1, 1)]).is_err());
    assert_eq!(books.spending(9).unwrap()[0].cost, Usd(15), "nothing of a batch that fails is written");
}

#[test]
fn a_reply_comes_back_as_it_was_and_a_damaged_one_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = ledger(folder.path());
    let run = books.begin("intents", NOV).unwrap();
    let (block, _) = granted(books.reserve(run, Usd(9), Usd(9), Caps::default(), NOV).unwrap());
    let key = ReplyKey(Digest::of("question"));
    let reply = StoredReply { body: b"{\"a\": 1}".repeat(100), instructions: Digest::of("be brief"), at: NOV };
    let other = StoredReply { body: b"other".to_vec(), ..reply.clone() };
    let with = |reply: &StoredReply| Settlement { replies: vec![(key, reply.clone())], ..call(block, 1, 1) };
    books.settle(&[with(&reply), with(&other)]).unwrap();
    drop(books);
    let books = ledger(folder.path());
    assert_eq!(books.stored(&key).unwrap(), Some(reply));
    assert_eq!(books.stored(&ReplyKey(Digest::of("another"))).unwrap(), None);
    books.connection.execute("UPDATE reply SET body = ?", [pack(b"forged").unwrap()]).unwrap();
    assert_eq!(books.stored(&key).unwrap(), None);
}

#[test]
fn an_older_ledger_keeps_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut books = ledger(folder.path());
    books.record(NOV, "propose", "f-1", "proposed", "p-1").unwrap();
    let old = "DROP TABLE forgotten; DROP TABLE reply; DROP TABLE call; DROP TABLE block; DROP TABLE run; PRAGMA user_version = 1;";
    books.connection.execute_batch(old).unwrap();
    drop(books);
    let mut books = ledger(folder.path());
    assert_eq!(books.verify().unwrap(), 1);
    books.begin("intents", NOV).unwrap();
}

#[test]
fn two_programs_never_spend_the_same_dollar() {
    let folder = tempfile::tempdir().unwrap();
    drop(ledger(folder.path()));
    let total: u64 = std::thread::scope(|scope| {
        let spend = || {
            let mut books = ledger(folder.path());
            let run = books.begin("intents", NOV).unwrap();
            let mut spent = 0;
            while let Grant::Granted(block, _) = books.reserve(run, Usd(7), Usd(7), caps(None, Some(500)), NOV).unwrap()
            {
                books.settle(&[call(block, 7, 7)]).unwrap();
                spent += 7;
            }
            spent
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(spend)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(total, 497);
}

#[derive(Clone, Debug)]
enum Step {
    Reserve { needed: u64, wanted: u64 },
    Settle { nth: usize, share: u64, unused: u64 },
    Release { nth: usize },
    Die,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1u64..200, 0u64..2000).prop_map(|(needed, wanted)| Step::Reserve { needed, wanted }),
        5 => (any::<usize>(), 1u64..100, 0u64..100).prop_map(|(nth, share, unused)| Step::Settle { nth, share, unused }),
        1 => any::<usize>().prop_map(|nth| Step::Release { nth }),
        1 => Just(Step::Die),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn whatever_happens_no_cap_is_passed(steps in proptest::collection::vec(step(), 1..60)) {
        let folder = tempfile::tempdir().unwrap();
        let mut books = ledger(folder.path());
        let (run_cap, month_cap) = (900, 2000);
        let mut run = books.begin("intents", NOV).unwrap();
        // What a provider has billed: every call that got money, at what it cost.
        let (mut billed, mut by_run) = (0, 0);
        let mut blocks: Vec<(BlockId, u64)> = Vec::new();
        for step in steps {
            match step {
                Step::Reserve { needed, wanted } => {
                    let caps = caps(Some(run_cap), Some(month_cap));
                    if let Grant::Granted(block, amount) = books.reserve(run, Usd(needed), Usd(wanted), caps, NOV).unwrap() {
                        prop_assert!(amount >= Usd(needed) && amount <= Usd(wanted.max(needed)));
                        blocks.push((block, amount.0));
                    }
                }
                Step::Settle { nth, share, unused } if !blocks.is_empty() => {
                    let nth = nth % blocks.len();
                    let (block, left) = &mut blocks[nth];
                    let reserved = *left * share / 100;
                    let cost = reserved - reserved * unused / 100;
                    books.settle(&[call(*block, reserved, cost)]).unwrap();
                    *left -= reserved;
                    billed += cost;
                    by_run += cost;
                }
                Step::Release { nth } if !blocks.is_empty() => {
                    let (block, _) = blocks.swap_remove(nth % blocks.len());
                    books.release(block).unwrap();
                }
                Step::Die => {
                    // Everything that was set aside may have been billed.
                    billed += blocks.iter().map(|(_, left)| *left).sum::<u64>();
                    blocks.clear();
                    drop(books);
                    books = ledger(folder.path());
                    run = books.begin("intents", NOV).unwrap();
                    by_run = 0;
                }
                _ => {}
            }
            prop_assert!(billed <= month_cap && by_run <= run_cap, "{billed} {by_run}");
        }
    }
}
