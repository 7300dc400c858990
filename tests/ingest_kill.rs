//! `ingest` killed at random moments and stopped by full disks: nothing is lost, nothing is doubled, and running the
//! same command again ends where an undisturbed run ends.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test of the program in its surroundings"
)]

use reprompt::digest::Digest;
use reprompt::store::TraceStore;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Moments at which a run over many small files is killed.
const MOMENTS: u64 = 40;
/// Moments at which a run is killed that has a file of several transactions too.
const LONG_MOMENTS: u64 = 10;

/// A place with traces to read and no other influence.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    /// Many small files with bad records and a conversation in several versions; with `long`, also a file that needs
    /// several transactions.
    fn new(long: bool) -> Self {
        let root = tempfile::Builder::new().prefix("reprompt-kill-").tempdir().unwrap();
        let traces = root.path().join("traces");
        fs::create_dir_all(&traces).unwrap();
        fs::create_dir_all(root.path().join("work")).unwrap();
        for file in 0..12 {
            let mut lines: Vec<String> =
                (0..10).map(|number| chat(file * 10 + number, "It is in the north.")).collect();
            lines.insert(7, "{\"messages\": [{\"role\": \"user\",".to_string());
            lines.push(chat(3, &"and more ".repeat(file % 4 + 1)));
            fs::write(traces.join(format!("{file:02}.jsonl")), lines.join("\n")).unwrap();
        }
        if !long {
            return Self { root };
        }
        let long: Vec<String> = (0..9)
            .map(|number| {
                let result = format!("{number} {}", "row of a table; ".repeat(80_000));
                format!(
                    "{{\"id\":\"long-{number}\",\"messages\":[{{\"role\":\"user\",\"content\":\"list {number}\"}},\
                     {{\"role\":\"assistant\",\"tool_calls\":[{{\"id\":\"t\",\"function\":{{\"name\":\"list\",\"arguments\":\"{{}}\"}}}}]}},\
                     {{\"role\":\"tool\",\"tool_call_id\":\"t\",\"content\":\"{result}\"}}]}}"
                )
            })
            .collect();
        fs::write(traces.join("long.jsonl"), long.join("\n")).unwrap();
        Self { root }
    }

    fn cache(&self, name: &str) -> PathBuf {
        self.root.path().join("caches").join(name)
    }

    /// `ingest` of all traces into a cache, ready to start.
    fn ingest(&self, cache: &Path) -> Command {
        self.wrapped(cache, Command::new(env!("CARGO_BIN_EXE_reprompt")))
    }

    /// The same behind a program that runs what it is given.
    fn wrapped(&self, cache: &Path, mut command: Command) -> Command {
        command.arg("ingest").arg(self.root.path().join("traces")).arg("--cache").arg(cache);
        command
            .current_dir(self.root.path().join("work"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.path())
            .env("REPROMPT_NOW", "2026-10-01T12:00:00Z")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

fn chat(number: usize, answer: &str) -> String {
    format!(
        "{{\"id\":\"c-{number}\",\"user_id\":\"u{}\",\"messages\":[{{\"role\":\"system\",\"content\":\"Be kind, {}.\"}},\
         {{\"role\":\"user\",\"content\":\"Where is warehouse {number}?\"}},{{\"role\":\"assistant\",\"content\":\"{answer}\"}}]}}",
        number % 7,
        number % 5
    )
}

fn digest(cache: &Path) -> Digest {
    TraceStore::open_existing(cache).unwrap().digest().unwrap()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn ingest_killed_at_any_moment_loses_and_doubles_nothing() {
    kill(&Place::new(false), MOMENTS, 1);
}

#[test]
fn ingest_killed_within_a_large_file_loses_and_doubles_nothing() {
    kill(&Place::new(true), LONG_MOMENTS, 2);
}

/// Kills runs at `moments` spread at random over an undisturbed run, and completes each.
fn kill(place: &Place, moments: u64, seed: u64) {
    let undisturbed = place.cache("undisturbed");
    let start = Instant::now();
    let output = place.ingest(&undisturbed).output().unwrap();
    let duration = start.elapsed();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let expected = digest(&undisturbed);
    let conversations = TraceStore::open_existing(&undisturbed).unwrap().len().unwrap();

    let mut random = seed;
    let (mut killed, mut cut_short) = (0, 0);
    for moment in 0..moments {
        let cache = place.cache(&format!("killed-{moment}"));
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let share = (random >> 40) as f64 / (1_u64 << 24) as f64;
        let mut child = place.ingest(&cache).spawn().unwrap();
        std::thread::sleep(duration.mul_f64(share).min(Duration::from_secs(30)));
        killed += u64::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        if cache.join("traces.db").exists() {
            // What is there is whole: every conversation loads and is what it was.
            let store = TraceStore::open(&cache).unwrap();
            let there = store.load_all().unwrap().len() as u64;
            assert!(there <= conversations, "moment {moment}");
            cut_short += u64::from(there > 0 && there < conversations);
        }
        let output = place.ingest(&cache).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "moment {moment}: {}", text(&output));
        assert_eq!(digest(&cache), expected, "moment {moment} at {share:.3} of the run");
        fs::remove_dir_all(&cache).unwrap();
    }
    println!("{killed} of {moments} runs were killed, {cut_short} of them with part of the conversations stored");
    assert!(killed > moments / 2 && cut_short > 0, "the moments miss the run: {killed} killed, {cut_short} cut short");
}

#[test]
fn ingest_again_changes_nothing_and_says_so() {
    let place = Place::new(true);
    let cache = place.cache("twice");
    assert_eq!(place.ingest(&cache).output().unwrap().status.code(), Some(0));
    let before = (digest(&cache), fs::read(cache.join("traces.db")).unwrap());
    let output = place.ingest(&cache).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output).contains("Nothing new"), "{}", text(&output));
    assert_eq!(digest(&cache), before.0);
    assert_eq!(fs::read(cache.join("traces.db")).unwrap(), before.1, "bytes of the database");
}

/// A file may not grow beyond a limit: writing fails as on a broken disk.
#[test]
fn a_disk_that_refuses_to_write_ends_the_run_cleanly_and_the_next_run_completes_it() {
    let place = Place::new(true);
    let undisturbed = place.cache("undisturbed");
    assert_eq!(place.ingest(&undisturbed).output().unwrap().status.code(), Some(0));
    let size = fs::metadata(undisturbed.join("traces.db")).unwrap().len();
    for tenth in [1, 3, 6] {
        let cache = place.cache(&format!("limited-{tenth}"));
        let mut shell = Command::new("sh");
        // The signal for a file that grows too long is ignored, so that the write itself fails.
        let blocks = size * tenth / 10 / 512;
        shell.args([
            "-c",
            &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""),
            env!("CARGO_BIN_EXE_reprompt"),
        ]);
        let output = place.wrapped(&cache, shell).output().unwrap();
        assert_eq!(output.status.code(), Some(74), "{}", text(&output));
        assert!(text(&output).contains(".db`"), "{}", text(&output));
        let output = place.ingest(&cache).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output));
        assert_eq!(digest(&cache), digest(&undisturbed), "limit {tenth} tenths");
    }
}

/// A real full disk, where the machine lets us make one: a small file system in a private name space.
#[test]
fn a_full_disk_is_named_and_with_more_room_the_next_run_completes_it() {
    let place = Place::new(true);
    let undisturbed = place.cache("undisturbed");
    assert_eq!(place.ingest(&undisturbed).output().unwrap().status.code(), Some(0));
    let (disk, copy) = (place.cache("disk"), place.cache("copy"));
    fs::create_dir_all(&disk).unwrap();
    fs::create_dir_all(&copy).unwrap();
    let script = "mount -t tmpfs -o size=900k,mode=700 tmpfs \"$1\" || exit 100\n\
                  \"$2\" ingest \"$3\" --cache \"$1\"; first=$?\n\
                  mount -o remount,size=64m \"$1\" || exit 100\n\
                  \"$2\" ingest \"$3\" --cache \"$1\"; second=$?\n\
                  cp \"$1\"/traces.db* \"$4\"; echo \"codes $first $second\"";
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", script, "sh"]).arg(&disk).arg(env!("CARGO_BIN_EXE_reprompt"));
    command.arg(place.root.path().join("traces")).arg(&copy).current_dir(place.root.path().join("work"));
    let output = match command.env("HOME", place.root.path()).output() {
        Ok(output) if output.status.success() => output,
        other => {
            println!("skipped: no private file system here ({other:?})");
            return;
        }
    };
    let text = text(&output);
    assert!(text.contains("codes 74 0"), "{text}");
    assert!(text.contains("the disk is full"), "{text}");
    assert!(text.contains("more bytes are needed for what is left"), "{text}");
    assert_eq!(digest(&copy), digest(&undisturbed));
}
