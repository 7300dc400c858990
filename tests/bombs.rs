//! Files made to use up memory and time: `ingest` stays small, gives them up soon and says so, and keeps what came before
//! them in the same file and what lies beside them.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test of the program in its surroundings"
)]

use reprompt::store::TraceStore;
use std::fs::{self, File};
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Good records before a bomb in the same file.
const BEFORE: usize = 30;
/// Good records in each of the two files beside it.
const BESIDE: usize = 3;
/// Most memory that the program may use.
const MOST_MEMORY: u64 = 256 << 20;
/// Most time on the processor; a program that was not optimised may take longer.
const MOST_SECONDS: f64 = if cfg!(debug_assertions) { 20.0 } else { 2.0 };
/// The unit of times that the kernel shows, whatever its own clock is.
const TICKS_PER_SECOND: f64 = 100.0;
/// What a reader of a pipe that never ends is sent before the test gives up.
const ENDLESS: u64 = 1 << 30;
/// Most time for a gibibyte that comes through a pipe and is only passed over. Its digest takes nearly all of it.
const MOST_SECONDS_A_GIBIBYTE: f64 = 30.0;

/// A folder with two good files and room for a bomb between them.
struct Place {
    root: tempfile::TempDir,
}

/// What a run used and said.
struct Run {
    code: Option<i32>,
    seconds: f64,
    memory: u64,
    text: String,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::Builder::new().prefix("reprompt-bomb-").tempdir().unwrap();
        let place = Self { root };
        fs::create_dir_all(place.traces()).unwrap();
        fs::create_dir_all(place.root.path().join("work")).unwrap();
        fs::write(place.traces().join("a-good.jsonl"), records("a", BESIDE)).unwrap();
        fs::write(place.traces().join("z-good.jsonl"), records("z", BESIDE)).unwrap();
        place
    }

    fn traces(&self) -> PathBuf {
        self.root.path().join("traces")
    }

    fn cache(&self) -> PathBuf {
        self.root.path().join("cache")
    }

    /// `ingest` of the two good files with the bomb between them, named so that nothing is passed over in silence.
    fn ingest(&self, bomb: &Path, stdin: Stdio) -> Child {
        Command::new(env!("CARGO_BIN_EXE_reprompt"))
            .arg("ingest")
            .args([&self.traces().join("a-good.jsonl"), bomb, &self.traces().join("z-good.jsonl")])
            .arg("--cache")
            .arg(self.cache())
            .current_dir(self.root.path().join("work"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.path())
            .env("REPROMPT_NOW", "2026-10-01T12:00:00Z")
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs over a bomb of these bytes.
    fn run(&self, name: &str, bytes: &[u8]) -> Run {
        let bomb = self.traces().join(name);
        fs::write(&bomb, bytes).unwrap();
        watch(self.ingest(&bomb, Stdio::null()))
    }

    /// Asserts what holds of every bomb that unpacks to more than it is: it is given up soon.
    fn check_soon(&self, name: &str, run: &Run, before: usize, said: &str) {
        self.check(name, run, before, said);
        assert!(run.seconds <= MOST_SECONDS, "{name}: {:.2} s", run.seconds);
    }

    /// Asserts what holds of every bomb: little memory used, nothing broken, `before` records of the bomb's file kept, and
    /// `said` said.
    fn check(&self, name: &str, run: &Run, before: usize, said: &str) {
        println!(
            "{name}: {:.2} s on the processor, {} MiB, exit code {:?}\n{}",
            run.seconds,
            run.memory >> 20,
            run.code,
            run.text
        );
        assert!(matches!(run.code, Some(0 | 2 | 3 | 74)), "{name}: {:?}", run.code);
        assert!(!run.text.contains("panicked"), "{name}");
        assert!(run.text.contains(said), "{name}: `{said}` is not said");
        let store = TraceStore::open_existing(&self.cache()).unwrap();
        assert_eq!(store.len().unwrap(), (2 * BESIDE + before) as u64, "{name}: conversations");
        assert!(run.memory <= MOST_MEMORY, "{name}: {} MiB", run.memory >> 20);
    }
}

fn records(name: &str, count: usize) -> String {
    let record = |number| {
        format!(
            "{{\"id\":\"{name}-{number}\",\"messages\":[{{\"role\":\"user\",\"content\":\"Where is {number}?\"}},\
             {{\"role\":\"assistant\",\"content\":\"In the north.\"}}]}}\n"
        )
    };
    (0..count).map(record).collect()
}

/// Waits for the end, and reads what the kernel knows of the process while it is there and before it is waited for.
fn watch(mut child: Child) -> Run {
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let start = Instant::now();
    let mut memory = 0;
    let seconds = loop {
        let status = fs::read_to_string(process.join("status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        memory = memory.max(peak.unwrap_or(0_u64) << 10);
        let stat = fs::read_to_string(process.join("stat")).unwrap();
        // The name in parentheses may hold anything; the state is the first field after it.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        if fields[0] == "Z" {
            let ticks: u64 = fields[11..13].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum();
            break ticks as f64 / TICKS_PER_SECOND;
        }
        if start.elapsed() > Duration::from_secs(300) {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let output = child.wait_with_output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Run { code: output.status.code(), seconds, memory, text }
}

fn gzip(bytes: impl std::io::Read) -> Vec<u8> {
    let mut packed = Vec::new();
    flate2::read::GzEncoder::new(bytes, flate2::Compression::best()).read_to_end(&mut packed).unwrap();
    packed
}

fn zeros(bytes: u64) -> impl std::io::Read {
    std::io::repeat(0).take(bytes)
}

#[test]
fn gzip_members_of_zeros_are_given_up() {
    let place = Place::new();
    let bomb = [gzip(records("b", BEFORE).as_bytes()), gzip(zeros(64 << 20)).repeat(64)].concat();
    println!("{} KiB unpack to 4 GiB", bomb.len() >> 10);
    let run = place.run("bomb.jsonl.gz", &bomb);
    place.check_soon("gzip", &run, BEFORE, "set aside");
}

#[test]
fn zstd_frames_of_zeros_are_given_up() {
    let place = Place::new();
    let head = zstd::encode_all(records("b", BEFORE).as_bytes(), 3).unwrap();
    let frame = zstd::encode_all(zeros(64 << 20), 3).unwrap();
    let bomb = [head, frame.repeat(128)].concat();
    println!("{} KiB unpack to 8 GiB", bomb.len() >> 10);
    let run = place.run("bomb.jsonl.zst", &bomb);
    place.check_soon("zstd", &run, BEFORE, "set aside");
}

/// Empty lines give nothing to store or to set aside, and are counted all the same.
#[test]
fn empty_lines_without_end_are_given_up() {
    let place = Place::new();
    let frame = zstd::encode_all(std::io::repeat(b'\n').take(64 << 20), 3).unwrap();
    let bomb = [zstd::encode_all(records("b", BEFORE).as_bytes(), 3).unwrap(), frame.repeat(128)].concat();
    let run = place.run("bomb.jsonl.zst", &bomb);
    place.check_soon("empty lines", &run, BEFORE, "set aside");
}

/// Each of very many bad lines is set aside, and costs no more than it must.
#[test]
fn very_many_bad_lines_are_set_aside_soon() {
    let place = Place::new();
    let run = place.run("bomb.jsonl", (records("b", BEFORE) + &"x\n".repeat(100_000)).as_bytes());
    place.check_soon("bad lines", &run, BEFORE, "100,000 records could not be read");
}

#[test]
fn gzip_in_gzip_is_refused() {
    let place = Place::new();
    let inner = gzip(zeros(64 << 20)).repeat(64);
    let run = place.run("bomb.jsonl.gz", &gzip(inner.as_slice()));
    place.check_soon("gzip in gzip", &run, 0, "compressed twice");
}

#[test]
fn brackets_ten_million_deep_are_refused_or_set_aside() {
    for (name, open, close) in [("arrays", "[", "]"), ("objects", "{\"a\":", "}")] {
        let place = Place::new();
        let deep = open.repeat(10_000_000) + &close.repeat(10_000_000);
        let run = place.run("bomb.json", deep.as_bytes());
        place.check_soon(&format!("{name} alone"), &run, 0, "nested deeper");

        let place = Place::new();
        let run = place.run("bomb.jsonl", format!("{}{deep}\n", records("b", BEFORE)).as_bytes());
        place.check_soon(&format!("{name} in a line"), &run, BEFORE, "set aside");

        let place = Place::new();
        let elements = records("b", BEFORE).trim_end().replace('\n', ",\n");
        let run = place.run("bomb.json", format!("[{elements},\n{deep}\n]").as_bytes());
        place.check_soon(&format!("{name} in an array"), &run, BEFORE, "set aside");
    }
}

#[test]
fn a_member_of_a_zip_that_is_all_zeros_is_given_up_and_the_next_is_read() {
    let place = Place::new();
    let bomb = place.traces().join("bomb.zip");
    let mut writer = zip::ZipWriter::new(File::create(&bomb).unwrap());
    for (member, empty) in [(0, 2 << 30), (1, 0)] {
        writer.start_file(format!("{member}.jsonl"), zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(records(&format!("b{member}"), BEFORE).as_bytes()).unwrap();
        std::io::copy(&mut zeros(empty), &mut writer).unwrap();
    }
    writer.finish().unwrap();
    println!("{} KiB unpack to 2 GiB", fs::metadata(&bomb).unwrap().len() >> 10);
    let run = watch(place.ingest(&bomb, Stdio::null()));
    place.check_soon("zip", &run, 2 * BEFORE, "1000 times its size");
}

/// The parts of an Inspect log are read as one text, and together may not unpack to more than one member may.
#[test]
fn an_inspect_log_whose_samples_are_all_zeros_is_given_up() {
    let place = Place::new();
    let bomb = place.traces().join("bomb.eval");
    let mut writer = zip::ZipWriter::new(File::create(&bomb).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("header.json", options).unwrap();
    writer.write_all(br#"{"eval":{"task":"t","run_id":"r","model":"m"}}"#).unwrap();
    let messages = r#""messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"hello"}]"#;
    for number in 0..BEFORE {
        writer.start_file(format!("samples/{number:04}_epoch_1.json"), options).unwrap();
        write!(writer, r#"{{"id":{number},"epoch":1,"target":"x",{messages}}}"#).unwrap();
    }
    for number in BEFORE..BEFORE + 36 {
        writer.start_file(format!("samples/{number:04}_epoch_1.json"), options).unwrap();
        write!(writer, r#"{{"id":{number},"epoch":1,"target":""#).unwrap();
        std::io::copy(&mut std::io::repeat(b' ').take(20 << 20), &mut writer).unwrap();
        write!(writer, r#"",{messages}}}"#).unwrap();
    }
    writer.finish().unwrap();
    let run = watch(place.ingest(&bomb, Stdio::null()));
    println!("inspect: {:.2} s, {} MiB, {:?}\n{}", run.seconds, run.memory >> 20, run.code, run.text);
    assert!(run.text.contains("1000 times its size") && !run.text.contains("panicked"));
    assert!(run.memory <= MOST_MEMORY, "{} MiB", run.memory >> 20);
    assert!(run.seconds <= MOST_SECONDS, "{:.2} s", run.seconds);
    let kept = TraceStore::open_existing(&place.cache()).unwrap().len().unwrap();
    assert!(kept >= (2 * BESIDE + BEFORE) as u64, "{kept} conversations");
}

/// Standard input without an end: what is no trace from its first byte is refused at once.
#[test]
fn an_endless_line_that_is_no_trace_is_refused() {
    let place = Place::new();
    let (run, sent) = endless(&place, b"");
    place.check_soon("an endless line", &run, 0, "no trace format that is known");
    assert!(sent < 64 << 20, "{sent} bytes were read");
}

/// After good records a line may be long and good records may follow it: it is passed over for as long as it lasts, in
/// little memory.
#[test]
fn an_endless_line_after_good_records_is_passed_over_in_little_memory() {
    let place = Place::new();
    let (run, sent) = endless(&place, records("b", BEFORE).as_bytes());
    println!("{} MiB were sent", sent >> 20);
    place.check("an endless line after records", &run, BEFORE, "set aside");
    assert!(run.seconds <= MOST_SECONDS_A_GIBIBYTE * sent as f64 / (1 << 30) as f64, "{:.2} s", run.seconds);
}

/// Sends `head` and then a line that does not end, until nobody reads it any more.
fn endless(place: &Place, head: &[u8]) -> (Run, u64) {
    let mut child = place.ingest(Path::new("-"), Stdio::piped());
    let mut pipe = child.stdin.take().unwrap();
    let head = head.to_vec();
    let sender = std::thread::spawn(move || {
        let chunk = vec![b'x'; 1 << 20];
        let mut sent = 0;
        let mut open = pipe.write_all(&head).is_ok();
        while open && sent < ENDLESS {
            open = pipe.write_all(&chunk).is_ok();
            sent += chunk.len() as u64;
        }
        sent
    });
    let run = watch(child);
    (run, sender.join().unwrap())
}
