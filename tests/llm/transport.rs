//! What stands between us and a provider: no server at all, TLS that is none, a redirect to somebody else, a name
//! that leads where it must not.

use crate::rig;
use crate::server::{Act, Fault, Kind, Server, Setup};
use reprompt::llm::{Answer, FailureKind, ModelError};
use std::io::{Read as _, Write as _};
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
    // Its own status is what is said, not that we stopped.
    assert!(
        matches!(&result, Err(ModelError::Provider { failure, .. }) if failure.kind == FailureKind::ServerError(500)),
        "{result:?}"
    );
    // Far fewer than 200 calls of four attempts each.
    assert!(server.calls() <= 60, "{}", server.calls());
}

/// A proxy that notes the first line and the headers of each connection, and lets nothing through.
fn proxy() -> (u16, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) > 0 {
                head.push(byte[0]);
            }
            heard.send(String::from_utf8_lossy(&head).into_owned()).unwrap();
            let _closed = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (port, hear)
}

#[test]
fn a_proxy_on_an_inner_host_is_used_and_hears_no_key() {
    let (port, hear) = proxy();
    let folder = tempfile::tempdir().unwrap();
    let mut settings = rig::settings(Kind::Chat, "https://models.example/v1".to_string());
    // The endpoint's own rule, which the proxy's address does not fit.
    settings.route.allowed = std::sync::Arc::new(|address| !address.is_loopback());
    settings.route.proxy = Some(format!("http://localhost:{port}"));
    let (answers, result) = rig::ask(settings, folder.path(), &[rig::question(0)]);
    assert!(matches!(kind_of(&answers, &result), Some(FailureKind::Connect | FailureKind::Broken)), "{result:?}");
    let head = hear.recv_timeout(std::time::Duration::from_secs(5)).unwrap();
    assert!(head.starts_with("CONNECT models.example:443 "), "{head}");
    assert!(!head.contains(rig::KEY), "{head}");
}

#[cfg(unix)]
#[expect(clippy::disallowed_types, reason = "a signal ends a process, so there must be one")]
mod signals {
    use super::*;
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::{Command, Stdio};

    /// Asks, and then goes on with something else. Run by the next test as a process of its own.
    #[test]
    #[ignore = "is a program that another test runs"]
    fn lingering() {
        let Ok(base) = std::env::var("LINGERING_BASE") else { return };
        let folder = tempfile::tempdir().unwrap();
        let (_, result) = rig::ask(rig::settings(Kind::Chat, base), folder.path(), &[rig::question(0)]);
        println!("\nasked: {}", result.is_ok());
        std::thread::sleep(std::time::Duration::from_secs(60));
    }

    #[test]
    fn after_a_batch_a_signal_ends_the_program_again() {
        let server = Server::start(Setup::default());
        for (signal, number) in [(rustix::process::Signal::INT, 2), (rustix::process::Signal::TERM, 15)] {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "transport::signals::lingering", "--ignored", "--nocapture"])
                .env("LINGERING_BASE", server.base(Kind::Chat))
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let lines = BufReader::new(child.stdout.take().unwrap()).lines();
            assert!(lines.map_while(Result::ok).any(|line| line.contains("asked: true")));
            rustix::process::kill_process(rustix::process::Pid::from_child(&child), signal).unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(number));
        }
    }
}
