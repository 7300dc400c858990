//! How many calls are under way against a provider whose capacity changes.

use crate::rig;
use crate::server::{Act, Fault, Kind, Server, Setup, Tempo};
use reprompt::llm::Answer;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// A provider takes 20 calls at once, then 5, then 20 again; more are answered with 429.
#[test]
fn concurrency_follows_the_provider_and_nothing_is_lost() {
    let (total, refused, at_once) = (AtomicU64::new(0), Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
    let refusals = Arc::clone(&refused);
    let counted = Arc::clone(&at_once);
    let script = Box::new(move |_: &crate::server::Asked| {
        let number = total.fetch_add(1, Ordering::SeqCst);
        let capacity = if (400..800).contains(&number) { 5 } else { 20 };
        let now = counted.fetch_add(1, Ordering::SeqCst) + 1;
        std::thread::sleep(Duration::from_millis(4));
        counted.fetch_sub(1, Ordering::SeqCst);
        if now > capacity {
            refusals.fetch_add(1, Ordering::SeqCst);
            Act::Fail(Fault::RateSeconds)
        } else {
            Act::Fill
        }
    });
    let tempo = Tempo { retry_after: 1, ..Tempo::default() };
    let server = Server::start(Setup { script, tempo, ..Setup::default() });
    let folder = tempfile::tempdir().unwrap();
    let mut settings = rig::settings(Kind::Chat, server.base(Kind::Chat));
    settings.jobs = 40;
    settings.caps = reprompt::llm::books::Caps::default();
    let questions: Vec<_> = (0..1200).map(rig::question).collect();
    let (answers, result) = rig::ask(settings, folder.path(), &questions);
    assert_eq!(result, Ok(()));
    assert!(answers.iter().all(|answer| matches!(answer, Some(Answer::Reply(_)))));
    let refused = refused.load(Ordering::SeqCst);
    println!("capacity 20, 5, 20 with -j 40: 1200 calls answered, {refused} refused on the way");
    // A fixed 40 at once would be refused most of the time: half of 40 at 20, seven of eight at 5.
    assert!(refused < 400, "{refused} refused");
}
