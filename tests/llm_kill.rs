//! Programs that ask a model and are killed at any moment, again and again on one ledger: whatever the provider bills is
//! in the ledger before it can be billed, so no cap is ever passed; what is asked twice is at most what was under way.
//!
//! `REPROMPT_KILLS` sets how many kills there are.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test of a program in its surroundings"
)]

#[expect(dead_code, reason = "other programs use other parts of it")]
#[path = "llm/rig.rs"]
mod rig;
#[expect(dead_code, reason = "other programs use other parts of it")]
#[path = "llm/server/mod.rs"]
mod server;

use reprompt::clock::{Clock as _, FixedClock, SystemClock, Timestamp};
use reprompt::llm::books::{Caps, Usd};
use reprompt::llm::policy::Policy;
use reprompt::llm::secret::Secret;
use reprompt::llm::{Answer, ModelError, Request, Schema, Settings};
use reprompt::store::Ledger;
use serde_json::{Value, json};
use server::{Act, Kind, Server, Setup, Tempo};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Kills, unless `REPROMPT_KILLS` says otherwise.
const KILLS: usize = 40;
/// Calls under way at once.
const JOBS: usize = 8;
/// What the program that is killed is told in.
const ORDERS: &str = "REPROMPT_KILL_ORDERS";

/// A question whose answer may cost about half of what must be set aside for it.
fn question(number: usize) -> Request {
    let schema = Schema::Object(vec![("name", Schema::Text(8000)), ("sure", Schema::Truth)]);
    Request { schema, max_output: 2100, ..rig::question(number) }
}

/// The answer to the question with this input.
fn answer(input: &str) -> Value {
    let length = 5000 + input.bytes().map(usize::from).sum::<usize>() * 37 % 2900;
    json!({"name": format!("{input}: {}", "x".repeat(length)), "sure": true})
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Any of `from..=to`.
    fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from + 1)
    }
}

/// The program that is killed. It does what the environment says, and nothing where that says nothing.
#[test]
#[ignore = "the other test starts it"]
fn asks_until_it_is_killed() {
    let Some(orders) = std::env::var_os(ORDERS) else { return };
    let orders: Value = serde_json::from_str(orders.to_str().unwrap()).unwrap();
    let number = |name: &str| orders[name].as_u64().unwrap();
    let requests: Vec<Request> = (0..number("questions")).map(|at| question(usize::try_from(at).unwrap())).collect();
    let mut settings = Settings {
        policy: Policy::default(),
        jobs: JOBS,
        seed: number("run"),
        caps: Caps { run: Some(Usd(number("run_cap"))), month: Some(Usd(number("month_cap"))) },
        deadline: None,
        clock: Arc::new(FixedClock(Timestamp(orders["now"].as_i64().unwrap()))),
        ..rig::settings(Kind::Chat, orders["base"].as_str().unwrap().to_string())
    };
    // The server knows by the key which run asks. Stored replies do not depend on it.
    settings.route.key = Some(Secret::new(format!("run-{}", number("run"))));
    let (answers, result) = rig::ask(settings, Path::new(orders["folder"].as_str().unwrap()), &requests);
    for (request, found) in requests.iter().zip(&answers) {
        match found {
            None => assert!(result.is_err(), "a whole run answers everything"),
            Some(Answer::Reply(reply)) => assert_eq!(reply.value, answer(&request.input), "each question has its own"),
            Some(other) => panic!("{other:?}"),
        }
    }
    match result {
        Ok(()) => println!("\nended: finished"),
        Err(ModelError::Budget { scope, .. }) => println!("\nended: {scope}"),
        Err(other) => panic!("{other:?}"),
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Killed,
    Finished,
    RunCap,
    MonthCap,
}

/// When a run is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Never,
    /// So long after its start.
    After(Duration),
    /// When so many more requests have arrived, and so long after that.
    Calls(u64, Duration),
}

/// A run under way; it does not outlive this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// What is asked on one ledger, for how much.
#[derive(Clone, Copy, Debug)]
struct Terms {
    questions: u64,
    latency: Duration,
    run_cap: Usd,
    month_cap: Usd,
    /// What is left to say when nobody disturbs.
    last: End,
}

impl Terms {
    /// In turn: money for everything; too little for one run, enough for the month; too little for the month.
    fn draw(number: usize, random: &mut Random) -> Self {
        let questions = random.within(60, 200);
        let dollars = |amount: u64| Usd(amount * Usd::DOLLAR);
        let (run_cap, month_cap, last) = match number % 3 {
            0 => (dollars(500_000), dollars(1_000_000), End::Finished),
            1 => (dollars(random.within(questions / 3, questions)), dollars(1_000_000), End::Finished),
            _ => (dollars(500_000), dollars(random.within(20, questions * 3 / 2)), End::MonthCap),
        };
        Self { questions, latency: Duration::from_millis(random.within(0, 8)), run_cap, month_cap, last }
    }
}

/// A ledger, and the provider that bills what is asked on it.
struct Scene {
    root: tempfile::TempDir,
    server: Server,
    terms: Terms,
    /// Which run asked what, in the order in which it arrived.
    asked: Arc<Mutex<Vec<(u64, u64)>>>,
    runs: u64,
    now: Timestamp,
}

impl Scene {
    fn new(terms: Terms) -> Self {
        let root = tempfile::Builder::new().prefix("reprompt-kill-").tempdir().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&asked);
        let server = Server::start(Setup {
            script: Box::new(move |asked| {
                let run = asked.key().trim_start_matches("run-").parse().unwrap();
                list.lock().unwrap().push((run, asked.digest()));
                Act::Answer(answer(&asked.user))
            }),
            tempo: Tempo { latency: terms.latency, ..Tempo::default() },
            bill: Some(File::create(root.path().join("bill")).unwrap()),
            keeps: false,
        });
        // One moment for all, so that no month ends meanwhile.
        Self { root, server, terms, asked, runs: 0, now: SystemClock.now() }
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("ledger")
    }

    fn start(&mut self) -> Running {
        self.runs += 1;
        let orders = json!({
            "base": self.server.base(Kind::Chat),
            "folder": self.folder().to_str().unwrap(),
            "questions": self.terms.questions,
            "run": self.runs,
            "run_cap": self.terms.run_cap,
            "month_cap": self.terms.month_cap,
            "now": self.now,
        });
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "asks_until_it_is_killed", "--ignored", "--nocapture", "--test-threads=1"])
            .env(ORDERS, orders.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Running(command.spawn().unwrap())
    }

    /// One run, killed at `moment` if it is not faster.
    fn run(&mut self, moment: Moment) -> End {
        let (begun, before) = (Instant::now(), self.server.calls());
        let mut running = self.start();
        let due = |at: &mut Option<Instant>| match moment {
            Moment::Never => false,
            Moment::After(delay) => begun.elapsed() >= delay,
            Moment::Calls(calls, _) if self.server.calls() < before + calls => false,
            Moment::Calls(_, delay) => at.get_or_insert_with(Instant::now).elapsed() >= delay,
        };
        let mut arrived = None;
        let status = loop {
            if let Some(status) = running.0.try_wait().unwrap() {
                break status;
            }
            if due(&mut arrived) {
                running.0.kill().unwrap();
                break running.0.wait().unwrap();
            }
            sleep(Duration::from_micros(200));
        };
        if status.signal() == Some(9) {
            return End::Killed;
        }
        let (mut told, mut errors) = (String::new(), String::new());
        running.0.stdout.take().unwrap().read_to_string(&mut told).unwrap();
        running.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert!(status.success(), "{status}\n{told}\n{errors}");
        match told.lines().find_map(|line| line.strip_prefix("ended: ")) {
            Some("finished") => End::Finished,
            Some("in this run") => End::RunCap,
            Some("this month") => End::MonthCap,
            other => panic!("{other:?}: {told}"),
        }
    }

    /// What was billed, by the question's digest. Waits for the server to write the last of it.
    fn bill(&self) -> Vec<(u64, Usd)> {
        loop {
            let calls = self.server.calls();
            let text = fs::read_to_string(self.root.path().join("bill")).unwrap();
            let lines = text.lines().filter_map(|line| {
                let mut words = line.split(' ');
                let mut number = || words.next()?.parse().ok();
                let cost = rig::price().cost(number()?, number()?);
                Some((u64::from_str_radix(words.next()?, 16).ok()?, cost))
            });
            let lines: Vec<(u64, Usd)> = lines.collect();
            if lines.len() as u64 == calls {
                return lines;
            }
            sleep(Duration::from_millis(1));
        }
    }

    /// What the ledger counts as spent. A copy is asked, so that the next run finds everything as it was left.
    fn spent(&self) -> Usd {
        let copy = self.root.path().join("copy");
        fs::create_dir_all(&copy).unwrap();
        for name in ["ledger.db", "ledger.db-wal"] {
            match fs::copy(self.folder().join(name), copy.join(name)) {
                Ok(_) => {}
                Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}"),
            }
        }
        let spent = Ledger::open(&copy).unwrap().spent(self.now).unwrap().month;
        fs::remove_dir_all(&copy).unwrap();
        spent
    }

    /// Whether more is billed than the ledger counts, or the ledger counts more than the month's cap.
    fn overrun(&self) -> bool {
        let (billed, spent) = (self.bill().into_iter().map(|(_, cost)| cost).sum::<Usd>(), self.spent());
        let over = billed > spent || spent > self.terms.month_cap;
        if over {
            println!("billed {billed}, in the ledger {spent}, cap {}: {:?}", self.terms.month_cap, self.terms);
        }
        over
    }

    /// How often something was asked again that a run had asked before, by that run; for a run that asks twice itself,
    /// too.
    fn repeats(&self) -> BTreeMap<u64, usize> {
        let (mut last, mut repeats) = (BTreeMap::new(), BTreeMap::new());
        for (run, digest) in self.asked.lock().unwrap().iter() {
            if let Some(before) = last.insert(*digest, *run) {
                *repeats.entry(before).or_default() += 1;
            }
        }
        repeats
    }

    /// What each run asked comes to.
    fn billed_by_run(&self) -> BTreeMap<u64, Usd> {
        let costs: BTreeMap<u64, Usd> = self.bill().into_iter().collect();
        let mut sums: BTreeMap<u64, Usd> = BTreeMap::new();
        for (run, digest) in self.asked.lock().unwrap().iter() {
            *sums.entry(*run).or_default() += costs[digest];
        }
        sums
    }
}

/// What came of all kills.
#[derive(Debug, Default)]
struct Tally {
    ledgers: usize,
    kills: usize,
    /// Of them, after the run had sent something.
    after_sending: usize,
    overruns: usize,
    most_repeats: usize,
    repeats: usize,
    ends: [usize; 2],
}

/// Kills runs on one ledger until one ends by itself, and looks at everything after each.
fn torment(scene: &mut Scene, typical: Duration, kills: usize, random: &mut Random, tally: &mut Tally) {
    tally.ledgers += 1;
    let mut killed = BTreeSet::new();
    let last = loop {
        let before = scene.server.calls();
        let left = scene.terms.questions.saturating_sub(before).max(1);
        let moment = match random.next() % 2 {
            _ if tally.kills >= kills => Moment::Never,
            0 => Moment::After(typical.mul_f64(random.within(0, 1000) as f64 / 1000.0)),
            _ => Moment::Calls(random.within(1, left), Duration::from_micros(random.within(0, 5000))),
        };
        let end = scene.run(moment);
        tally.overruns += usize::from(scene.overrun());
        match end {
            End::Killed => {
                killed.insert(scene.runs);
                tally.kills += 1;
                tally.after_sending += usize::from(scene.server.calls() > before);
            }
            // The next run has money again.
            End::RunCap => {}
            End::Finished | End::MonthCap => break end,
        }
    };
    assert_eq!(last, scene.terms.last, "{:?}", scene.terms);
    tally.ends[usize::from(last == End::MonthCap)] += 1;

    let calls = scene.server.calls();
    assert_eq!(scene.run(Moment::Never), last, "the same again: {:?}", scene.terms);
    if last == End::Finished {
        assert_eq!(scene.server.calls(), calls, "a finished run sends nothing when repeated");
    }
    tally.overruns += usize::from(scene.overrun());
    for (run, repeats) in scene.repeats() {
        assert!(killed.contains(&run), "run {run} was not killed, and {repeats} of its questions were asked again");
        assert!(repeats <= JOBS, "{repeats} questions of run {run} were asked again");
        tally.most_repeats = tally.most_repeats.max(repeats);
        tally.repeats += repeats;
    }
    for (run, billed) in scene.billed_by_run() {
        assert!(billed <= scene.terms.run_cap, "run {run}: {billed} of {}", scene.terms.run_cap);
    }
}

#[test]
fn runs_killed_at_any_moment_pass_no_cap_and_repeat_only_what_was_under_way() {
    let kills = std::env::var_os("REPROMPT_KILLS").map_or(KILLS, |kills| kills.to_str().unwrap().parse().unwrap());
    let mut random = Random(11);
    // Undisturbed, the ledger says to the last digit what the provider says.
    let dollars = |amount: u64| Usd(amount * Usd::DOLLAR);
    let (questions, latency) = (130, Duration::from_millis(4));
    let (run_cap, month_cap, last) = (dollars(500_000), dollars(1_000_000), End::Finished);
    let mut undisturbed = Scene::new(Terms { questions, latency, run_cap, month_cap, last });
    let begun = Instant::now();
    assert_eq!(undisturbed.run(Moment::Never), End::Finished);
    let typical = begun.elapsed();
    assert_eq!(undisturbed.server.calls(), questions);
    assert_eq!(undisturbed.bill().into_iter().map(|(_, cost)| cost).sum::<Usd>(), undisturbed.spent());
    drop(undisturbed);

    let mut tally = Tally::default();
    while tally.kills < kills {
        assert!(tally.ledgers < 20 + 20 * kills, "the moments miss the runs: {tally:?}");
        let mut scene = Scene::new(Terms::draw(tally.ledgers, &mut random));
        torment(&mut scene, typical, kills, &mut random, &mut tally);
    }
    let Tally { ledgers, kills, after_sending, overruns, most_repeats, repeats, ends } = tally;
    println!(
        "{kills} kills on {ledgers} ledgers ({after_sending} after something was sent), {overruns} overruns, at most \
         {most_repeats} requests repeated after one kill ({repeats} in all); {} ledgers finished, {} ended at the cap",
        ends[0], ends[1]
    );
    assert_eq!(overruns, 0);
    assert!(after_sending > 0, "no run was killed after it had sent something");
}
