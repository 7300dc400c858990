//! 2,000 calls to a provider that takes 50 ms for each, 50 at once, every reply in a ledger on disk: time, memory and
//! processor time of this side, beside what would be ideal. The provider runs in a process of its own.
//!
//! `cargo bench --bench llm_calls`

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench stops at the first surprise"
)]

#[expect(dead_code, reason = "other programs use other parts of it")]
#[path = "../tests/llm/rig.rs"]
mod rig;
#[expect(dead_code, reason = "other programs use other parts of it")]
#[path = "../tests/llm/server/mod.rs"]
mod server;

use reprompt::llm::books::Caps;
use reprompt::llm::policy::Policy;
use reprompt::llm::{Answer, HttpModel, Model as _};
use reprompt::store::Ledger;
use server::{Act, Kind, Server, Setup, Tempo};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const CALLS: usize = 2000;
const JOBS: usize = 50;
const LATENCY: Duration = Duration::from_millis(50);
const RUNS: usize = 3;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve(),
        Some("ask") => ask(&std::env::args().nth(2).unwrap()),
        _ => compare(),
    }
}

fn serve() {
    let tempo = Tempo { latency: LATENCY, ..Tempo::default() };
    let server = Server::start(Setup { script: Box::new(|_| Act::Fill), tempo, keeps: false, ..Setup::default() });
    println!("{}", server.base(Kind::Chat));
    std::io::stdout().flush().unwrap();
    // Until the other side is done with us.
    std::io::stdin().lines().for_each(drop);
}

/// One run in a process of its own: prints seconds, KiB at most, and seconds of processor time.
fn ask(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = rig::settings(Kind::Chat, url.to_string());
    (settings.jobs, settings.policy, settings.caps) = (JOBS, Policy::default(), Caps::default());
    settings.deadline = None;
    let questions: Vec<_> = (0..CALLS).map(rig::question).collect();
    let model = HttpModel::new(settings, Box::new(Ledger::open(folder.path()).unwrap()));
    let begun = Instant::now();
    let mut replies = 0;
    model.complete(&questions, &mut |_, answer| replies += usize::from(matches!(answer, Answer::Reply(_)))).unwrap();
    let took = begun.elapsed().as_secs_f64();
    assert_eq!(replies, CALLS);
    drop(model);
    let kept: u64 = Ledger::open(folder.path()).unwrap().spending(9).unwrap().iter().map(|row| row.replies).sum();
    assert_eq!(kept, CALLS as u64, "every reply is in the ledger");
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // User and system time are the 14th and 15th field, in hundredths of a second; the name before them ends with `)`.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    println!("{took} {} {}", peak.trim().trim_end_matches(" kB"), ticks / 100.0);
}

fn compare() {
    let this = std::env::current_exe().unwrap();
    let mut server = Command::new(&this).arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let mut best = [f64::MAX; 3];
    for _ in 0..RUNS {
        let output = Command::new(&this).args(["ask", url.trim()]).stderr(Stdio::inherit()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let figures: Vec<f64> = text.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
        for (best, figure) in best.iter_mut().zip(figures) {
            *best = best.min(figure);
        }
    }
    drop(server.stdin.take());
    server.wait().unwrap();
    let ideal = CALLS as f64 / JOBS as f64 * LATENCY.as_secs_f64();
    println!("{CALLS} calls of {} ms, {JOBS} at once, best of {RUNS}:", LATENCY.as_millis());
    println!(
        "  time    {:>6.2} s   {:.2} x the ideal of {ideal:.1} s (at most 2.2 s wanted)",
        best[0],
        best[0] / ideal
    );
    println!("  memory  {:>6.1} MB  {:.2} x the 64 MB wanted", best[1] / 1024.0, best[1] / 1024.0 / 64.0);
    println!("  CPU     {:>6.2} s   {:.2} x the 0.5 s wanted", best[2], best[2] / 0.5);
}
