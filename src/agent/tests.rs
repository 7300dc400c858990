//! Real processes and a real socket. Scripts are plain `sh`.

use super::command::Surroundings;
use super::*;
use crate::evaluation::agent::Agent;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

/// Asks a fixed list of bodies and keeps the answers.
struct List {
    bodies: Vec<String>,
    next: usize,
    tree: PathBuf,
    answers: BTreeMap<usize, Result<Reply, AgentFailure>>,
    arrival: Vec<usize>,
}

impl List {
    fn of(bodies: &[&str], tree: &Path) -> Self {
        let bodies = bodies.iter().map(|body| (*body).to_string()).collect();
        Self { bodies, next: 0, tree: tree.to_path_buf(), answers: BTreeMap::new(), arrival: Vec::new() }
    }
}

impl Work for List {
    fn next(&mut self) -> Option<Job> {
        let body = self.bodies.get(self.next)?.clone();
        self.next += 1;
        Some(Job { id: self.next - 1, body, tree: self.tree.clone() })
    }

    fn record(&mut self, id: usize, answer: Result<Reply, AgentFailure>) {
        self.arrival.push(id);
        assert!(self.answers.insert(id, answer).is_none());
    }
}

fn limits(milliseconds: u64) -> Limits {
    Limits { timeout: Duration::from_millis(milliseconds), ..Limits::default() }
}

#[cfg(unix)]
mod command {
    use super::*;

    fn surroundings(folder: &Path) -> Surroundings {
        Surroundings {
            directory: folder.to_path_buf(),
            own_program: "/bin/echo".into(),
            path: Some("/usr/bin:/bin".into()),
            home: Some(folder.into()),
        }
    }

    fn sh(script: &str, folder: &Path, limits: Limits) -> CommandAgent {
        let argv = ["sh", "-c", script].map(str::to_string);
        CommandAgent::new(&argv, surroundings(folder), limits).unwrap()
    }

    /// One question to one script.
    fn ask(script: &str, body: &str, limits: Limits) -> Result<Reply, AgentFailure> {
        let folder = tempfile::tempdir().unwrap();
        let mut list = List::of(&[body], folder.path());
        sh(script, folder.path(), limits).run(&mut list).unwrap();
        list.answers.remove(&0).unwrap()
    }

    #[test]
    fn the_request_comes_in_and_the_answer_goes_out() {
        assert_eq!(ask("cat", "hello", limits(20_000)).unwrap().text, "hello");
        let big = "x".repeat(3_000_000);
        assert_eq!(ask("cat", &big, limits(20_000)).unwrap().text, big);
        // Without reading a question that does not fit the pipe.
        assert_eq!(ask("echo done", &big, limits(20_000)).unwrap().text, "done");
    }

    #[test]
    fn the_program_reprompt_is_this_executable() {
        let folder = tempfile::tempdir().unwrap();
        let argv = ["reprompt", "a  b", "$HOME"].map(str::to_string);
        let agent = CommandAgent::new(&argv, surroundings(folder.path()), limits(20_000)).unwrap();
        let mut list = List::of(&[""], folder.path());
        agent.run(&mut list).unwrap();
        assert_eq!(list.answers[&0].as_ref().unwrap().text, "a  b $HOME");
        assert!(CommandAgent::new(&[], surroundings(folder.path()), limits(1)).is_none());
    }

    #[test]
    fn the_environment_holds_four_variables() {
        let folder = tempfile::tempdir().unwrap();
        let argv = ["env".to_string()];
        let agent = CommandAgent::new(&argv, surroundings(folder.path()), limits(20_000)).unwrap();
        let mut list = List::of(&[""], folder.path());
        agent.run(&mut list).unwrap();
        let text = list.answers[&0].as_ref().unwrap().text.clone();
        let mut names: Vec<&str> = text.lines().filter_map(|line| line.split('=').next()).collect();
        names.sort_unstable();
        assert_eq!(names, ["HOME", "LANG", "PATH", "REPROMPT_TREE"]);
        assert!(text.contains(&format!("REPROMPT_TREE={}", folder.path().display())));
    }

    #[test]
    fn an_error_exit_shows_the_last_lines_of_stderr() {
        let script = "for i in 1 2 3 4 5 6 7; do echo line $i >&2; done; exit 3";
        let Err(AgentFailure::Exited { status, stderr }) = ask(script, "", limits(20_000)) else { panic!("no error") };
        assert_eq!((status.as_str(), stderr.as_str()), ("exit code 3", "line 3\nline 4\nline 5\nline 6\nline 7"));
        let Err(AgentFailure::Exited { status, .. }) = ask("kill -9 $$", "", limits(20_000)) else {
            panic!("no error")
        };
        assert_eq!(status, "signal 9");
    }

    #[test]
    fn a_missing_program_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let argv = ["no-such-agent".to_string()];
        let agent = CommandAgent::new(&argv, surroundings(folder.path()), limits(20_000)).unwrap();
        let mut list = List::of(&["", ""], folder.path());
        agent.run(&mut list).unwrap();
        let text = list.answers[&1].as_ref().unwrap_err().to_string();
        assert!(text.contains("`no-such-agent` could not be started"), "{text}");
    }

    #[test]
    fn garbage_and_silence_are_no_answers() {
        for script in ["printf '\\377\\376'", "true", "printf '{\"error\": {\"message\": \"x\"}}'"] {
            assert!(matches!(ask(script, "", limits(20_000)), Err(AgentFailure::Unreadable(_))), "{script}");
        }
    }

    #[test]
    fn an_endless_answer_is_cut_off_long_before_the_timeout() {
        let limits = Limits { answer: 100_000, ..limits(60_000) };
        assert_eq!(ask("yes; true", "", limits), Err(AgentFailure::TooLong { limit: 100_000 }));
        // Endless errors do no harm either.
        assert!(ask("yes error | head -c 3000000 >&2; echo fine", "", limits).is_ok());
    }

    /// Whether the process is gone or only waits for somebody to take note of its end.
    fn is_gone(pid: &str) -> bool {
        match std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
            Ok(stat) => stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
            Err(_) => true,
        }
    }

    fn gone_soon(pid: &str) -> bool {
        (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            is_gone(pid)
        })
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_timeout_ends_children_of_children() {
        let folder = tempfile::tempdir().unwrap();
        let mut list = List::of(&[""], folder.path());
        let script = "echo thinking >&2; (sleep 300 & echo $! > \"$REPROMPT_TREE/pid\"; wait)";
        sh(script, folder.path(), limits(700)).run(&mut list).unwrap();
        let Err(AgentFailure::TimedOut { stderr, .. }) = &list.answers[&0] else { panic!("{:?}", list.answers) };
        assert_eq!(stderr, "thinking");
        assert!(gone_soon(&std::fs::read_to_string(folder.path().join("pid")).unwrap()));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_an_agent_leaves_running_is_ended_and_does_not_delay_the_answer() {
        let folder = tempfile::tempdir().unwrap();
        let mut list = List::of(&[""], folder.path());
        let script = "sleep 300 & echo $! > \"$REPROMPT_TREE/pid\"; echo done";
        sh(script, folder.path(), limits(60_000)).run(&mut list).unwrap();
        assert_eq!(list.answers[&0].as_ref().unwrap().text, "done");
        assert!(gone_soon(&std::fs::read_to_string(folder.path().join("pid")).unwrap()));
    }

    #[test]
    fn answers_belong_to_their_questions_in_whatever_order_they_come() {
        let folder = tempfile::tempdir().unwrap();
        let bodies = ["0.6", "0.0", "0.3", "0.1", "0.2", "0.05"];
        let mut list = List::of(&bodies, folder.path());
        let limits = Limits { jobs: 6, ..limits(20_000) };
        sh("read -r s; sleep $s; echo $s", folder.path(), limits).run(&mut list).unwrap();
        for (index, body) in bodies.iter().enumerate() {
            assert_eq!(list.answers[&index].as_ref().unwrap().text, *body);
        }
        assert_eq!(list.arrival.last(), Some(&0));
    }
}

/// A server that answers one connection after another with what `respond` makes of the request text.
fn server(respond: impl Fn(&str) -> Vec<u8> + Send + 'static) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/chat", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = Vec::new();
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = stream.read(&mut chunk) {
                request.extend_from_slice(&chunk[..read]);
                let text = String::from_utf8_lossy(&request).to_lowercase();
                let Some(head) = text.find("\r\n\r\n") else { continue };
                let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
                let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
                if request.len() >= head + 4 + length {
                    break;
                }
            }
            let text = String::from_utf8_lossy(&request).into_owned();
            let answer = respond(&text);
            let _sent = sender.send(text);
            let _written = stream.write_all(&answer);
        }
    });
    (url, requests)
}

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
}

fn post(url: &str, body: &str, limits: Limits) -> Result<Reply, AgentFailure> {
    let mut list = List::of(&[body], Path::new("/nowhere"));
    UrlAgent::new(url, limits).unwrap().run(&mut list).unwrap();
    list.answers.remove(&0).unwrap()
}

#[test]
fn a_url_agent_posts_json_and_reads_the_answer() {
    let (url, requests) = server(|_| http("200 OK", r#"{"role": "assistant", "content": "Hi"}"#));
    assert_eq!(post(&url, r#"{"messages":[]}"#, limits(20_000)).unwrap().text, "Hi");
    let request = requests.recv().unwrap().to_lowercase();
    assert!(request.starts_with("post /chat http/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/json\r\n") && request.contains("user-agent: reprompt/"));
    assert!(request.ends_with(r#"{"messages":[]}"#));
}

#[test]
fn a_url_agent_reports_statuses_and_follows_no_redirect() {
    let (elsewhere, visits) = server(|_| http("200 OK", "stolen"));
    let moved =
        format!("HTTP/1.1 307 Moved\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let (url, _requests) = server(move |_| moved.clone().into_bytes());
    assert!(matches!(post(&url, "{}", limits(20_000)), Err(AgentFailure::Status { status: 307, .. })));
    assert!(visits.try_recv().is_err());
    let (url, _requests) = server(|_| http("500 Oops", "stack trace"));
    let failure = post(&url, "{}", limits(20_000)).unwrap_err();
    assert_eq!(failure.to_string(), "the agent's server answered with status 500: stack trace");
}

#[test]
fn a_url_agent_is_bounded_in_time_and_length() {
    let (url, _requests) = server(|_| {
        std::thread::sleep(Duration::from_secs(5));
        http("200 OK", "late")
    });
    assert!(matches!(post(&url, "{}", limits(300)), Err(AgentFailure::TimedOut { .. })));
    let (url, _requests) = server(|_| http("200 OK", &"x".repeat(200_000)));
    let limits = Limits { answer: 100_000, ..limits(20_000) };
    assert_eq!(post(&url, "{}", limits), Err(AgentFailure::TooLong { limit: 100_000 }));
}

#[test]
fn a_url_agent_that_is_not_there_is_unreachable_and_its_address_stays_private() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let failure = post(&format!("http://127.0.0.1:{port}/?key=secret"), "{}", limits(20_000)).unwrap_err();
    assert!(matches!(failure, AgentFailure::Unreachable { .. }), "{failure}");
    assert!(!failure.to_string().contains("secret"));
}

#[test]
fn plain_http_goes_to_this_machine_only() {
    for url in ["http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost:1/", "https://agent.example.com/chat"] {
        assert!(UrlAgent::new(url, Limits::default()).is_ok(), "{url}");
    }
    for url in ["http://agent.example.com/", "http://127.0.0.1.example.com/", "ftp://localhost/", "file:///etc", "x"] {
        assert!(UrlAgent::new(url, Limits::default()).is_err(), "{url}");
    }
}
