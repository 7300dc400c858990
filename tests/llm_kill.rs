//! Runs that ask a model, killed with SIGKILL at random moments over and over, against a provider that keeps a bill:
//! never is more billed than the ledger counts as spent, never more than the cap, and a kill repeats at most the calls
//! that were under way.
//!
//! `REPROMPT_KILLS` says how many kills; a few dozen by default.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::exit,
    reason = "a test of processes that are killed"
)]

#[expect(dead_code, reason = "other programs use other parts of it")]
#[path = "llm/rig.rs"]
mod rig;
#[expect(dead_code, reason = "other programs use other parts of it")]
#[path = "llm/server/mod.rs"]
mod server;

use reprompt::clock::{Clock as _, SystemClock};
use reprompt::llm::ModelError;
use reprompt::llm::books::{Caps, Usd};
use reprompt::store::Ledger;
use server::{Act, Kind, Server, Setup, Tempo};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Questions of a run, and calls under way at once.
const QUESTIONS: usize = 60;
const JOBS: usize = 8;
/// How the child tells that it ended.
const FINISHED: i32 = 0;
const BUDGET: i32 = 6;

/// The program that is killed: asks all questions and ends with a code.
#[test]
#[ignore = "run by the other test, as a process of its own"]
fn the_run() {
    let variable = |name: &str| std::env::var(name).unwrap();
    let mut settings = rig::settings(Kind::Chat, variable("RUN_URL"));
    settings.jobs = JOBS;
    settings.caps = Caps { run: None, month: Some(Usd(variable("RUN_CAP").parse().unwrap())) };
    let questions: Vec<_> = (0..QUESTIONS).map(rig::question).collect();
    let (_, result) = rig::ask(settings, Path::new(&variable("RUN_FOLDER")), &questions);
    std::process::exit(match result {
        Ok(()) => FINISHED,
        Err(ModelError::Budget { .. }) => BUDGET,
        Err(_) => 1,
    });
}

fn start(server: &Server, folder: &Path, cap: Usd) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["the_run", "--exact", "--ignored", "--nocapture"])
        .env("RUN_URL", server.base(Kind::Chat))
        .env("RUN_FOLDER", folder)
        .env("RUN_CAP", cap.0.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What the provider billed, and how often each request.
fn bill(path: &Path) -> (Usd, BTreeMap<String, usize>) {
    let (mut input, mut output, mut times) = (0, 0, BTreeMap::new());
    for line in fs::read_to_string(path).unwrap().lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        input += parts[0].parse::<u64>().unwrap();
        output += parts[1].parse::<u64>().unwrap();
        *times.entry(parts[2].to_string()).or_insert(0) += 1;
    }
    (rig::price().cost(input, output), times)
}

fn spent(folder: &Path) -> Usd {
    Ledger::open(folder).unwrap().spent(SystemClock.now()).unwrap().month
}

/// SplitMix64.
fn dice(state: &mut u64, bound: u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % bound
}

#[test]
fn no_kill_spends_more_than_the_cap_or_repeats_more_than_what_was_under_way() {
    let wanted: usize = std::env::var("REPROMPT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(40);
    let mut state = 2026;
    let (mut kills, mut overruns, mut most_repeats, mut finished, mut spent_out) = (0, 0, 0, 0, 0);
    let mut scenario = 0u64;
    while kills < wanted {
        scenario += 1;
        let place = tempfile::tempdir().unwrap();
        let (folder, bill_path) = (place.path().join("ledger"), place.path().join("bill"));
        let latency = Duration::from_millis(5 + dice(&mut state, 20));
        let server = Server::start(Setup {
            script: Box::new(|_| Act::Fill),
            tempo: Tempo { latency, ..Tempo::default() },
            bill: Some(File::create(&bill_path).unwrap()),
            keeps: false,
        });
        // Every third place may not have money enough to finish.
        let cap = if scenario.is_multiple_of(3) { Usd(20 * Usd::DOLLAR) } else { Usd(10_000 * Usd::DOLLAR) };
        let mut repeats_before = 0;
        loop {
            let mut child = start(&server, &folder, cap);
            let ended = if kills < wanted {
                std::thread::sleep(Duration::from_millis(dice(&mut state, 160)));
                let ended = child.try_wait().unwrap();
                if ended.is_none() {
                    child.kill().unwrap();
                    kills += 1;
                    child.wait().unwrap();
                }
                ended
            } else {
                Some(child.wait().unwrap())
            };
            // What the provider had in hand when the client died is billed before it finds nobody to tell.
            std::thread::sleep(latency + Duration::from_millis(10));
            let (billed, times) = bill(&bill_path);
            let booked = if folder.join("ledger.db").exists() { spent(&folder) } else { Usd(0) };
            overruns += usize::from(billed > booked || booked > cap);
            assert!(billed <= booked, "billed {billed}, booked {booked}, cap {cap}, after {kills} kills");
            assert!(booked <= cap, "booked {booked}, cap {cap}, after {kills} kills");
            let repeats: usize = times.values().map(|count| count - 1).sum();
            most_repeats = most_repeats.max(repeats - repeats_before);
            assert!(repeats - repeats_before <= JOBS, "{} repeated", repeats - repeats_before);
            repeats_before = repeats;
            match ended.and_then(|status| status.code()) {
                Some(FINISHED) => {
                    finished += 1;
                    let calls = server.calls();
                    let status = start(&server, &folder, cap).wait().unwrap();
                    assert_eq!((status.code(), server.calls()), (Some(FINISHED), calls), "a finished run asks nothing");
                    break;
                }
                Some(BUDGET) => {
                    spent_out += 1;
                    break;
                }
                Some(code) => assert_eq!(code, FINISHED, "the run failed by itself"),
                None => {}
            }
        }
    }
    println!(
        "{kills} kills in {scenario} ledgers ({finished} finished, {spent_out} out of budget): {overruns} overruns, at \
         most {most_repeats} calls repeated by one kill (concurrency {JOBS})"
    );
    assert_eq!(overruns, 0);
}
