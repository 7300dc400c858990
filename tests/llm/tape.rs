//! Recorded exchanges: what a tape says again is what was heard, its headers too, and what it could not note is known.

use crate::rig;
use crate::server::{Act, Fault, Kind, Server, Setup, Tempo};
use reprompt::llm::{Answer, FailureKind, ModelError, Storing, Taping};

#[test]
fn a_rate_limit_is_the_same_rate_limit_on_tape() {
    let server = Server::failing(Fault::RateSeconds, u64::MAX, Tempo::default());
    let (folder, tape) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ask = |taping: Taping| {
        let mut settings = rig::settings(Kind::Messages, server.base(Kind::Messages));
        settings.taping = taping;
        settings.storing = Storing::Off;
        let (answers, result) = rig::ask(settings, folder.path(), &[rig::question(0)]);
        let [Some(Answer::Failed(failure))] = &answers[..] else { panic!("{answers:?} {result:?}") };
        failure.kind
    };
    let live = ask(Taping::Record(tape.path().to_path_buf()));
    let calls = server.calls();
    assert_eq!(live, FailureKind::RateLimited);
    assert_eq!(ask(Taping::Replay(tape.path().to_path_buf())), live);
    assert_eq!(server.calls(), calls);
}

#[test]
fn what_could_not_be_noted_is_said_and_the_answer_is_kept() {
    let (folder, tape) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = tape.path().join("notes");
    let gone = path.clone();
    // The folder goes away between the question and its answer.
    let script = Box::new(move |_: &crate::server::Asked| {
        drop(std::fs::remove_dir_all(&gone));
        Act::Fill
    });
    let server = Server::start(Setup { script, ..Setup::default() });
    let mut settings = rig::settings(Kind::Chat, server.base(Kind::Chat));
    settings.taping = Taping::Record(path);
    let (answers, result) = rig::ask(settings, folder.path(), &[rig::question(0)]);
    assert!(matches!(&answers[..], [Some(Answer::Reply(_))]), "{answers:?}");
    let Err(ModelError::Tape(reason)) = result else { panic!("{result:?}") };
    assert!(reason.starts_with("1 exchange could not be written"), "{reason}");
    assert!(rig::ask(rig::settings(Kind::Chat, server.base(Kind::Chat)), folder.path(), &[rig::question(0)]).1.is_ok());
    assert_eq!(server.calls(), 1, "the reply is stored");
}
