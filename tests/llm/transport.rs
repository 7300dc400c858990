//! What stands between us and a provider: no server at all, TLS that is none, a redirect to somebody else, a name
//! that leads where it must not.

use crate::rig;
use crate::server::{Act, Fault, Kind, Server, Setup};
use reprompt::llm::{Answer, FailureKind, ModelError};
use std::io::Write as _;
use std::net::TcpListener;

fn kind_of(answers: &[Option<Answer>], result: &Result<(), ModelError>) -> Option<FailureKind> {
    match (answers, result) {
        (_, Err(ModelError::Provider { failure, .. })) | ([Some(Answer::Failed(failure))], Ok(())) => {
            Some(failure.kind)
        }
        _ => None,
    }
}

#[test]
fn a_port_where_nobody_listens() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = rig::settings(Kind::Chat, format!("http://{free}/v1"));
    let (answers, result) = rig::ask(settings, folder.path(), &[rig::question(0)]);
    assert_eq!(kind_of(&answers, &result), Some(FailureKind::Connect));
    assert_eq!(rig::spent(folder.path()).0, 0);
}

#[test]
fn tls_to_a_server_that_speaks_none() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let settings = rig::settings(Kind::Chat, format!("https://{address}/v1"));
    let (answers, result) = rig::ask(settings, folder.path(), &[rig::question(0)]);
    assert_eq!(kind_of(&answers, &result), Some(FailureKind::Tls));
    assert_eq!(rig::spent(folder.path()).0, 0);
}

#[test]
fn the_target_of_a_redirect_hears_nothing() {
    let (elsewhere, folder) = (Server::start(Setup::default()), tempfile::tempdir().unwrap());
    let target = format!("{}/chat/completions", elsewhere.base(Kind::Chat));
    let script = Box::new(move |_: &crate::server::Asked| Act::RedirectTo(target.clone()));
    let server = Server::start(Setup { script, ..Setup::default() });
    let settings = rig::settings(Kind::Chat, server.base(Kind::Chat));
    let (answers, result) = rig::ask(settings, folder.path(), &[rig::question(0)]);
    assert_eq!(kind_of(&answers, &result), Some(FailureKind::Redirected));
    assert_eq!((server.calls(), elsewhere.calls()), (1, 0));
}

#[test]
fn a_name_that_leads_to_an_address_that_is_not_allowed() {
    let server = Server::start(Setup::default());
    let folder = tempfile::tempdir().unwrap();
    let mut settings = rig::settings(Kind::Chat, format!("http://localhost:{}/v1", server.address.port()));
    settings.route.allowed = std::sync::Arc::new(|address| !address.is_loopback());
    let (answers, result) = rig::ask(settings, folder.path(), &[rig::question(0)]);
    assert_eq!(kind_of(&answers, &result), Some(FailureKind::Dns));
    assert_eq!(server.calls(), 0);
}

#[test]
fn a_provider_that_fails_for_everybody_is_given_up() {
    let server = Server::failing(Fault::Internal500, u64::MAX, crate::server::Tempo::default());
    let folder = tempfile::tempdir().unwrap();
    let mut settings = rig::settings(Kind::Chat, server.base(Kind::Chat));
    settings.jobs = 10;
    let questions: Vec<_> = (0..200).map(rig::question).collect();
    let (_, result) = rig::ask(settings, folder.path(), &questions);
    assert!(
        matches!(&result, Err(ModelError::Provider { failure, .. }) if failure.kind == FailureKind::CircuitOpen),
        "{result:?}"
    );
    // Far fewer than 200 calls of four attempts each.
    assert!(server.calls() <= 60, "{}", server.calls());
}
