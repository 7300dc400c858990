//! Scores naming, diagnosis and drafting on labelled data and on the simulator, the embedded engine beside a language
//! model, in one table with intervals and cost. Started by `tests/acceptance/run`, which says what its arguments are.
//!
//! What is scored: a **name** counts as right when, of all gold labels, it shares most words with its own intent's
//! (ties shared out); a **cause** when it is the one that was planted; a **draft** when the agent, run on the cases with
//! and without it, is better by the program's own verdict; a **reading** when it points at the step that people marked
//! as the mistake. The embedded engine does not read, so it scores nothing there.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::disallowed_types,
    reason = "a program for developers that runs the real one; it stops at the first surprise"
)]

use reprompt::cli::context::{Context, Globals};
use reprompt::cli::environment::Environment;
use reprompt::cli::model::{ModelArgs, Reader, open};
use reprompt::cli::workspace::Workspace;
use reprompt::diagnosis::Case;
use reprompt::diagnosis::reading::{INSTRUCTIONS, readings};
use reprompt::digest::Digest;
use reprompt::example::generate::{PlantedCause, Scenario, generate};
use reprompt::intent::IntentId;
use reprompt::llm::{Answer, Instructions, Model as _};
use reprompt::stats::interval::jeffreys;
use reprompt::store::TraceStore;
use reprompt::trace::{Conversation, ConversationId, Outcome, Role, Turn};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Utterances of the naming set and logs of the reading set that are used.
const UTTERANCES: usize = 1076;
const LOGS: usize = 40;
/// Scenarios of each planted cause.
const SEEDS: u64 = 2;

/// One row of the table.
struct Row {
    task: &'static str,
    data: String,
    /// Right and asked, by engine.
    local: Option<(f64, u64)>,
    model: Option<(f64, u64)>,
    /// What the model's side cost, in dollars.
    cost: f64,
}

struct Bench {
    binary: PathBuf,
    data: PathBuf,
    /// `llm:` of the config, as YAML; none: the embedded engine alone.
    llm: Option<String>,
    work: PathBuf,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [binary, data, work, rest @ ..] = arguments.as_slice() else { panic!("BINARY DATA WORK [LLM]") };
    let bench = Bench {
        binary: fs::canonicalize(binary).unwrap(),
        data: fs::canonicalize(data).unwrap(),
        llm: rest.first().cloned(),
        work: fs::canonicalize(work).unwrap(),
    };
    let mut rows = vec![bench.naming()];
    rows.extend(bench.simulator());
    rows.push(bench.reading());
    print_table(&rows);
}

fn print_table(rows: &[Row]) {
    let score = |score: Option<(f64, u64)>| match score {
        None => "-".to_string(),
        Some((right, asked)) => {
            // Ties count in parts; the interval is that of the rounded count.
            let interval = jeffreys(right.round() as u64, asked, 0.95);
            let bounds =
                interval.map_or(String::new(), |one| format!(" [{:.0}, {:.0}]", 100.0 * one.low, 100.0 * one.high));
            format!("{:.1} %{bounds}", 100.0 * right / asked.max(1) as f64)
        }
    };
    println!("{:<10} {:<28} {:>4}  {:<20} {:<20} {:>9}", "task", "data", "n", "local [95 %]", "model [95 %]", "cost");
    for row in rows {
        let n = row.model.or(row.local).map_or(0, |score| score.1);
        let cost = if row.cost > 0.0 { format!("${:.4}", row.cost) } else { "-".to_string() };
        println!(
            "{:<10} {:<28} {n:>4}  {:<20} {:<20} {cost:>9}",
            row.task,
            row.data,
            score(row.local),
            score(row.model)
        );
    }
}

impl Bench {
    fn engines(&self) -> Vec<&'static str> {
        if self.llm.is_some() { vec!["local", "llm"] } else { vec!["local"] }
    }

    /// Runs the program in `folder`, with a cache of its own for each engine.
    fn reprompt(&self, folder: &Path, engine: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.binary);
        command.args(arguments).current_dir(folder).env("REPROMPT_CACHE", folder.join(format!("../cache-{engine}")));
        command.env("REPROMPT_NOW", "2026-10-01T12:00:00Z").env("REPROMPT_REDACTION_KEY", "acceptance");
        if matches!(arguments[0], "intents" | "diagnose" | "propose") {
            command.args(["--engine", engine]);
        }
        command.output().unwrap()
    }

    fn document(&self, folder: &Path, engine: &str, arguments: &[&str]) -> Value {
        let output = self.reprompt(folder, engine, &[arguments, &["--json"]].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {told}"))
    }

    fn cost(&self, folder: &Path) -> f64 {
        self.document(folder, "llm", &["log", "--cost", "-n", "1000"])["month_usd"].as_f64().unwrap_or(0.0)
    }

    /// A folder with a committed repository of these files.
    fn repository(&self, name: &str, files: &BTreeMap<String, Vec<u8>>) -> PathBuf {
        let folder = self.work.join(name).join("repository");
        fs::create_dir_all(&folder).unwrap();
        for (path, bytes) in files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let config = folder.join("reprompt.yaml");
        if let Some(llm) = &self.llm {
            let text = fs::read_to_string(&config).unwrap_or_else(|_| "version: 1\n".to_string());
            fs::write(&config, format!("{text}\nllm: {llm}\n")).unwrap();
        } else if !config.exists() {
            fs::write(&config, "version: 1\n").unwrap();
        }
        for arguments in [
            &["init", "-q", "-b", "main"][..],
            &["config", "user.name", "Ada Example"],
            &["config", "user.email", "ada@example.com"],
            &["add", "-A"],
            &["commit", "-q", "-m", "Start"],
        ] {
            assert!(Command::new("git").args(arguments).current_dir(&folder).status().unwrap().success());
        }
        folder
    }

    fn naming(&self) -> Row {
        let items = fs::read_to_string(self.data.join("intents/hwu64/items.jsonl")).unwrap();
        let items: Vec<Value> = items.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let test: Vec<&Value> = items.iter().filter(|item| item["split"] == "test").take(UTTERANCES).collect();
        let labels: BTreeMap<String, String> = test
            .iter()
            .map(|item| (item["id"].as_str().unwrap().to_string(), item["label"].as_str().unwrap().to_string()))
            .collect();
        let lines: Vec<String> = test
            .iter()
            .map(|item| json!({"id": item["id"], "messages": [{"role": "user", "content": item["text"]}]}).to_string())
            .collect();
        let traces = self.work.join("naming.jsonl");
        fs::write(&traces, lines.join("\n")).unwrap();
        let folder = self.repository("naming", &BTreeMap::new());
        let mut scores = BTreeMap::new();
        for engine in self.engines() {
            self.reprompt(&folder, engine, &["ingest", traces.to_str().unwrap()]);
            let document = self.document(&folder, engine, &["intents"]);
            let names: BTreeMap<IntentId, String> = document["intents"]
                .as_array()
                .unwrap_or_else(|| panic!("{document}"))
                .iter()
                .map(|line| serde_json::from_value(json!([line["intent"]["id"], line["intent"]["name"]])).unwrap())
                .collect();
            scores.insert(engine, self.score_names(&folder, engine, &names, &labels));
        }
        Row {
            task: "naming",
            data: "HWU64 test, intents found".to_string(),
            local: scores.get("local").copied(),
            model: scores.get("llm").copied(),
            cost: if self.llm.is_some() { self.cost(&folder) } else { 0.0 },
        }
    }

    fn score_names(
        &self,
        folder: &Path,
        engine: &str,
        names: &BTreeMap<IntentId, String>,
        labels: &BTreeMap<String, String>,
    ) -> (f64, u64) {
        let cache = fs::canonicalize(folder.join(format!("../cache-{engine}"))).unwrap();
        let store = TraceStore::open_existing(&cache).unwrap();
        let external: BTreeMap<ConversationId, String> = store
            .load_all()
            .unwrap()
            .into_iter()
            .filter_map(|stored| Some((stored.conversation.id, stored.conversation.external_id?)))
            .collect();
        let mut gold: BTreeMap<IntentId, BTreeMap<&str, usize>> = BTreeMap::new();
        for goal in store.load_goals().unwrap() {
            let label = external.get(&goal.conversation).and_then(|id| labels.get(id));
            if let (Some(intent), Some(label)) = (goal.intent, label) {
                *gold.entry(intent).or_default().entry(label).or_default() += 1;
            }
        }
        let all: BTreeSet<&str> = labels.values().map(String::as_str).collect();
        let mut right = 0.0;
        for (intent, name) in names {
            let Some(counts) = gold.get(intent) else { continue };
            let own = counts.iter().max_by_key(|(label, count)| (**count, std::cmp::Reverse(**label))).unwrap().0;
            let overlap = |label: &str| {
                let (label, name) = (stems(label), stems(name));
                label.intersection(&name).count() as f64 / label.len().max(1) as f64
            };
            let best = all.iter().map(|label| overlap(label)).fold(0.0, f64::max);
            let tied = all.iter().filter(|label| overlap(label) == best).count();
            if best > 0.0 && overlap(own) == best {
                right += 1.0 / tied as f64;
            }
        }
        (right, names.len() as u64)
    }

    /// Causes named and drafts that help, on scenarios with one planted cause each.
    fn simulator(&self) -> Vec<Row> {
        let mut found = BTreeMap::<&str, u64>::new();
        let mut helped = BTreeMap::<&str, u64>::new();
        let (mut count, mut cost) = (0, 0.0);
        for planted in PlantedCause::ALL {
            for seed in 0..SEEDS {
                count += 1;
                let scenario = Scenario { seed: 100 + seed, cause: Some(planted), conversations: 400 };
                let generated = generate(scenario);
                let folder = self.repository(&format!("{planted:?}-{seed}"), &generated.files);
                let traces = folder.join("../traces.jsonl");
                fs::write(&traces, &generated.traces).unwrap();
                for engine in self.engines() {
                    self.reprompt(&folder, engine, &["ingest", traces.to_str().unwrap()]);
                    self.reprompt(&folder, engine, &["intents"]);
                    let document = self.document(&folder, engine, &["diagnose"]);
                    let findings = document["agents"][0]["findings"].as_array().cloned().unwrap_or_default();
                    let finding = findings.iter().find(|finding| finding["cause"]["kind"] == kind(planted));
                    let Some(finding) = finding else { continue };
                    *found.entry(engine).or_default() += 1;
                    let id = finding["id"].as_str().unwrap();
                    let proposed = self.document(&folder, engine, &["propose", id]);
                    let Some(branch) = proposed["branch"].as_str() else { continue };
                    let verdict = self.reprompt(
                        &folder,
                        engine,
                        &["eval", "--base", "main", "--head", branch, "--expect", "better"],
                    );
                    *helped.entry(engine).or_default() += u64::from(verdict.status.success());
                    assert!(
                        Command::new("git")
                            .args(["branch", "-q", "-D", branch])
                            .current_dir(&folder)
                            .status()
                            .unwrap()
                            .success()
                    );
                }
                if self.llm.is_some() {
                    cost += self.cost(&folder);
                }
            }
        }
        let score = |counts: &BTreeMap<&str, u64>, engine: &str| {
            self.engines().contains(&engine).then(|| (counts.get(engine).copied().unwrap_or(0) as f64, count))
        };
        let row = |task, data: &str, counts: &BTreeMap<&str, u64>, cost| Row {
            task,
            data: data.to_string(),
            local: score(counts, "local"),
            model: score(counts, "llm"),
            cost,
        };
        vec![
            row("diagnosis", "simulator, 5 causes", &found, 0.0),
            row("drafting", "simulator, eval says better", &helped, cost),
        ]
    }

    /// Whether the reader points at the step that people marked as the mistake.
    fn reading(&self) -> Row {
        let row = |model, cost| Row {
            task: "reading",
            data: "who-and-when, step marked".to_string(),
            local: None,
            model,
            cost,
        };
        if self.llm.is_none() {
            return row(None, 0.0);
        }
        let folder = self.repository("reading", &BTreeMap::new());
        let mut globals = Globals { repo: Some(folder.clone()), no_progress: true, ..Globals::default() };
        globals.cache = Some(folder.join("../cache-llm"));
        let context = Context::new(Environment::read(), globals).unwrap();
        let workspace = Workspace::open(&context).unwrap();
        let arguments =
            ModelArgs { engine: Some(reprompt::cli::model::EngineArg::Llm), jobs: 8, ..ModelArgs::default() };
        let reader = open(&context, &workspace, &arguments, "acceptance", false).unwrap().unwrap();
        let mut files: Vec<PathBuf> = fs::read_dir(self.data.join("failures/who-and-when/Algorithm-Generated"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        let logs: Vec<(Conversation, usize)> = files.iter().take(LOGS).filter_map(|path| log(path)).collect();
        let (right, asked) = point_out(&reader, &logs);
        drop(reader);
        row(Some((right as f64, asked)), self.cost(&folder))
    }
}

/// Lower-case words without their endings.
fn stems(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1);
    words.map(|word| word.to_lowercase().chars().take(5).collect()).collect()
}

fn kind(planted: PlantedCause) -> &'static str {
    match planted {
        PlantedCause::ArgumentGuessed => "argument_guessed",
        PlantedCause::ArgumentRejected => "argument_rejected",
        PlantedCause::WrongTool => "wrong_tool",
        PlantedCause::RepeatedFailure => "repeated_failure",
        PlantedCause::RepeatedCorrection => "repeated_correction",
    }
}

/// A failed log as a conversation, and the turn of its marked mistake.
fn log(path: &Path) -> Option<(Conversation, usize)> {
    let log: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let step = &log["mistake_step"];
    let step: usize = step.as_u64().map(|step| step as usize).or_else(|| step.as_str()?.parse().ok())?;
    let turn = |role, text: &str| Turn { role, text: text.to_string(), calls: Vec::new(), time: None };
    let mut turns = vec![turn(Role::User, log["question"].as_str()?)];
    let history = log["history"].as_array()?;
    turns.extend(history.iter().map(|entry| turn(Role::Assistant, entry["content"].as_str().unwrap_or(""))));
    let name = path.file_name()?.to_str()?.to_string();
    let conversation = Conversation {
        id: ConversationId::of(Digest::of(&name)),
        external_id: Some(name),
        parent: None,
        user: None,
        agent: None,
        prompt_version: None,
        system_digest: None,
        model: None,
        started: None,
        ended: None,
        turns,
        scores: BTreeMap::new(),
        metadata: BTreeMap::new(),
        cost: None,
    };
    Some((conversation, step + 1))
}

fn point_out(reader: &Reader, logs: &[(Conversation, usize)]) -> (u64, u64) {
    let instructions = Instructions::new(INSTRUCTIONS);
    let asked: Vec<_> = logs
        .iter()
        .flat_map(|(conversation, step)| {
            let case = Case::whole(conversation, &[], Outcome::Failure);
            readings(&[case], &instructions, &|text| reader.redactor.redact(text))
                .into_iter()
                .map(move |one| (one, *step))
        })
        .collect();
    let requests: Vec<_> = asked.iter().map(|(reading, _)| reading.request.clone()).collect();
    let mut right = 0;
    let result = reader.model.complete(&requests, &mut |index, answer| {
        let (reading, step) = &asked[index];
        if let Answer::Reply(reply) = answer
            && let Some(label) = reading.label(&reply.value)
        {
            right += u64::from(label.places.iter().any(|(turn, _)| *turn as usize == *step));
        }
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    (right, requests.len() as u64)
}
