//! `engine: llm` through the real program, against a provider on loopback whose answers are known: the loop, what it
//! costs, what leaves, and one message for each thing that goes wrong.

use crate::environment::{Environment, Outcome};
use crate::server::{Act, Asked, Fault, Kind, Server, Setup, Tempo, script::answer};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Obviously no key.
const KEY: &str = "obviously-fake-key-0123456789";

fn scripted() -> Server {
    slow(0)
}

/// The same, with so many milliseconds to each answer.
fn slow(millis: u64) -> Server {
    let tempo = Tempo { latency: Duration::from_millis(millis), ..Tempo::default() };
    Server::start(Setup { script: Box::new(|asked: &Asked| Act::Answer(answer(asked))), tempo, ..Setup::default() })
}

/// A run under way, when `server` has had so many calls.
fn under_way(environment: &Environment, server: &Server, arguments: &[&str], calls: u64) -> Child {
    let mut started = command(environment, arguments);
    let child = started.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while server.calls() < calls {
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

/// The example's repository with its conversations read, and a model in its config.
fn example(base_url: &str) -> Environment {
    let environment = Environment::new();
    environment.run(&["demo"]).succeeds();
    for branch in environment.git(FOLDER, &["branch", "--list", "reprompt/*", "--format=%(refname:short)"]).lines() {
        environment.git(FOLDER, &["branch", "-D", branch]);
    }
    let config = environment.read("reprompt-demo/reprompt.yaml");
    let model = format!("engine: llm\nllm: {{ model: openai/gpt-4.1-mini, base_url: \"{base_url}\" }}\n");
    environment.write("reprompt-demo/reprompt.yaml", format!("{config}\n{model}"));
    environment.commit_all(FOLDER, "Use a model");
    environment
}

const FOLDER: &str = "reprompt-demo";

fn command(environment: &Environment, arguments: &[&str]) -> Command {
    let mut command = environment.command_in(FOLDER, arguments);
    command.env("OPENAI_API_KEY", KEY);
    command
}

fn run(environment: &Environment, arguments: &[&str]) -> Outcome {
    let outcome = environment.outcome(&mut command(environment, arguments));
    assert!(!outcome.stdout.contains(KEY) && !outcome.stderr.contains(KEY), "{}", outcome.transcript());
    outcome
}

#[test]
fn the_loop_runs_with_a_model_and_a_repeated_run_sends_nothing() {
    let server = scripted();
    let environment = example(&server.base(Kind::Chat));
    let planned = run(&environment, &["intents", "--dry-run"]).ok();
    assert_eq!(server.calls(), 0);
    assert!(planned.stdout.contains("nothing was sent"), "{}", planned.transcript());

    let named = run(&environment, &["intents"]).ok();
    assert!(named.stderr.contains("named by openai/gpt-4.1-mini"), "{}", named.transcript());
    assert!(named.stdout.contains("postgres database"), "{}", named.transcript());
    let diagnosed = run(&environment, &["diagnose"]).ok();
    assert!(
        diagnosed.stdout.contains("Observed by openai/gpt-4.1-mini; labels, not findings"),
        "{}",
        diagnosed.transcript()
    );
    let proposed = run(&environment, &["propose"]).ok();
    let sentence =
        "Ask the user which `region` they want before you call `create_connection`, unless they have named it.";
    assert!(proposed.stdout.contains(&format!("+- {sentence}")), "{}", proposed.transcript());
    let branch = environment.git(FOLDER, &["branch", "--list", "reprompt/*", "--format=%(refname:short)"]);
    let verdict = run(&environment, &["eval", "--base", "main", "--head", branch.trim()]);
    assert!(verdict.stdout.contains("pass"), "{}", verdict.transcript());

    let calls = server.calls();
    for verb in ["intents", "diagnose"] {
        let nothing = run(&environment, &[verb, "--dry-run"]).ok();
        assert!(nothing.stdout.contains("nothing would be sent"), "{}", nothing.transcript());
    }
    for verb in ["intents", "diagnose", "propose"] {
        run(&environment, &[verb]).succeeds();
        run(&environment, &[verb, "--offline"]).succeeds();
    }
    assert_eq!(server.calls(), calls);

    let cost = run(&environment, &["log", "--cost"]).ok();
    insta::assert_snapshot!("log_cost", cost.transcript());
    let json = run(&environment, &["log", "--cost", "--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let settled: u64 = json["rows"].as_array().unwrap().iter().map(|row| row["calls"].as_u64().unwrap()).sum();
    assert_eq!(settled, calls);
    assert!(run(&environment, &["log", "--verify"]).ok().stdout.contains("as they were written"));
    assert!(run(&environment, &["log"]).ok().stdout.contains("proposed"));
    assert!(run(&environment, &["log", "--reconcile"]).ok().stdout.contains("$0.00"));
}

#[test]
fn what_is_shown_is_what_is_sent_byte_for_byte() {
    let server = scripted();
    let environment = example(&server.base(Kind::Chat));
    let shown = run(&environment, &["intents", "--show-egress", "--json"]).ok();
    assert_eq!(server.calls(), 0);
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).unwrap();
    let mut shown: Vec<String> =
        shown["requests"].as_array().unwrap().iter().map(|one| one["body"].as_str().unwrap().to_string()).collect();
    run(&environment, &["intents"]).succeeds();
    let mut sent: Vec<String> =
        server.seen().iter().map(|seen| String::from_utf8(seen.asked.body.clone()).unwrap()).collect();
    shown.sort();
    sent.sort();
    assert_eq!(shown, sent);
    assert!(!shown.is_empty());
}

#[test]
fn what_was_recorded_answers_again_without_a_server() {
    let server = scripted();
    let environment = example(&server.base(Kind::Chat));
    run(&environment, &["propose", "--record", "tape"]).succeeds();
    let files: Vec<String> = std::fs::read_dir(environment.path("reprompt-demo/tape"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    assert_eq!(files.len(), 1);
    assert!(files[0].contains("reprompt/exchange/v1") && !files[0].contains(KEY), "{}", files[0]);
    drop(server);
    let branch = environment.git(FOLDER, &["branch", "--list", "reprompt/*", "--format=%(refname:short)"]);
    environment.git(FOLDER, &["branch", "-D", branch.trim()]);
    let again = run(&environment, &["propose", "--replay", "tape", "--replies", "off"]).ok();
    assert!(again.stdout.contains(branch.trim()), "{}", again.transcript());
    let unknown = run(&environment, &["intents", "--replay", "tape"]).exits(2);
    assert!(unknown.stderr.contains("no answer to this request is recorded"), "{}", unknown.transcript());
}

#[test]
fn a_budget_holds_and_says_so() {
    let server = scripted();
    let environment = example(&server.base(Kind::Chat));
    let outcome = run(&environment, &["intents", "--max-cost", "0.003", "-j", "1"]).exits(6);
    assert!(outcome.stderr.contains("the budget is spent"), "{}", outcome.transcript());
    assert!((1..5).contains(&server.calls()), "{}", server.calls());
    // What was answered is kept: the rest is asked, and no more.
    let before = server.calls();
    run(&environment, &["intents"]).succeeds();
    assert_eq!(server.calls(), 26);
    assert!(before > 0);
    let none = run(&environment, &["diagnose", "--max-cost", "0", "--json"]).exits(6);
    assert!(none.stdout.contains("\"kind\": \"budget\""), "{}", none.transcript());
}

/// A whole transcript with what differs from run to run taken out.
fn told(environment: &Environment, server: &Server, arguments: &[&str]) -> String {
    let text = run(environment, arguments).transcript().replace(&server.address.to_string(), "[SERVER]");
    let mut settled = String::new();
    for line in text.lines() {
        // Times are the machine's.
        let line = match (line.find(" in "), line.rfind(" s")) {
            (Some(at), Some(end)) if line[at + 4..end].parse::<f64>().is_ok() => {
                format!("{} in [TIME] s{}", &line[..at], &line[end + 2..])
            }
            _ => line.to_string(),
        };
        settled.push_str(&line);
        settled.push('\n');
    }
    settled
}

#[test]
fn each_failure_is_one_message_with_the_model_the_attempts_and_what_to_do() {
    let mut all = String::new();
    for (title, fault) in [
        ("wrong key", Fault::KeyEchoedInError),
        ("wrong url", Fault::NotFoundHtml),
        ("redirect", Fault::Redirect),
        ("html", Fault::Html200),
        ("unknown model", Fault::ModelNotFound),
        ("context too long", Fault::ContextLength),
        ("no credit", Fault::SpendLimit),
        ("request refused", Fault::Unprocessable422),
        ("model refuses", Fault::Refusal),
        ("wrong shape", Fault::WrongSchema),
    ] {
        let server = Server::failing(fault, u64::MAX, Tempo::default());
        let environment = example(&server.base(Kind::Chat));
        all.push_str(&format!("=== {title}\n{}\n", told(&environment, &server, &["propose"])));
    }
    insta::assert_snapshot!("failures", all);
}

#[test]
fn what_a_config_may_not_do_is_refused_before_anything_is_sent() {
    let server = scripted();
    let mut all = String::new();
    let mut told = |title: &str, outcome: Outcome| {
        let text = outcome.transcript().replace(&server.address.to_string(), "[SERVER]");
        all.push_str(&format!("=== {title}\n{text}\n"));
    };
    for (title, url) in [
        ("public http", "http://api.openai.com/v1"),
        ("foreign host", "https://models.evil.example/v1"),
        ("private address", "http://10.0.0.7/v1"),
        ("metadata", "http://169.254.169.254/v1"),
    ] {
        let environment = example(url);
        told(title, run(&environment, &["propose"]).exits(5));
    }
    let environment = example(&server.base(Kind::Chat));
    let without_key = environment.outcome(&mut environment.command_in(FOLDER, &["propose"]));
    told("no key", without_key.exits(2));
    told(
        "key with a line break",
        environment.outcome(command(&environment, &["propose"]).env("OPENAI_API_KEY", "a b")).exits(2),
    );
    told(
        "pull_request_target",
        environment
            .outcome(command(&environment, &["propose"]).env("GITHUB_EVENT_NAME", "pull_request_target"))
            .exits(5),
    );
    environment.git(FOLDER, &["checkout", "-q", "-b", "change"]);
    let config = environment.read("reprompt-demo/reprompt.yaml").replace("gpt-4.1-mini", "gpt-4.1");
    environment.write("reprompt-demo/reprompt.yaml", config);
    let mut ci = command(&environment, &["propose"]);
    told(
        "a pull request with another model",
        environment.outcome(ci.env("CI", "true").env("GITHUB_BASE_REF", "main")).exits(5),
    );
    for variable in reprompt::cli::environment::PULL_REQUEST_BASES {
        let base = if variable.starts_with("SYSTEM") { "refs/heads/main" } else { "main" };
        environment.outcome(command(&environment, &["propose"]).env(variable, base)).fails(5);
    }
    environment.git(FOLDER, &["checkout", "-q", "-f", "main"]);
    let unpriced = environment.read("reprompt-demo/reprompt.yaml").replace("gpt-4.1-mini", "mine");
    environment.write("reprompt-demo/reprompt.yaml", unpriced);
    told("no price", run(&environment, &["propose"]).exits(2));
    told(
        "local engine with a model's flag",
        run(&environment, &["propose", "--engine", "local", "--show-egress"]).exits(2),
    );
    for flag in [&["--deadline", "9"][..], &["--replies", "off"], &["--max-cost", "1"], &["--record", "x"]] {
        run(&environment, &[&["propose", "--engine", "local"], flag].concat()).fails(2);
    }
    let config = environment.read("reprompt-demo/reprompt.yaml").replace("llm: {", "llm: { api_version: \"1&x=2\",");
    environment.write("reprompt-demo/reprompt.yaml", config);
    told("an API version that is none", run(&environment, &["propose"]).exits(2));
    assert_eq!(server.calls(), 0);
    insta::assert_snapshot!("refusals", all);
}

#[test]
fn the_users_own_file_gives_keys_hosts_prices_and_a_cap_and_is_not_read_when_others_may_write_it() {
    let server = scripted();
    let environment = example(&server.base(Kind::Chat).replace("127.0.0.1", "localhost"));
    let own = "../home/.config/reprompt/config.yaml";
    environment.write(own, "keys: { openai: { command: [printf, 'obviously-fake-from-a-command'] } }\n");
    environment.outcome(&mut environment.command_in(FOLDER, &["propose"])).succeeds();
    let seen = server.seen();
    assert_eq!(seen[0].asked.key(), "obviously-fake-from-a-command");

    environment.write(own, "max_cost_per_month: 0.0000001\n");
    let spent = run(&environment, &["intents"]).exits(6);
    assert!(spent.stderr.contains("this month"), "{}", spent.transcript());
    assert_eq!(server.calls(), 1);
    // A proxy that is not there is the end of it, before a provider elsewhere…
    environment.write(own, "proxy: http://127.0.0.1:9\n");
    let config = environment.read("reprompt-demo/reprompt.yaml");
    let elsewhere =
        config.replace(&server.base(Kind::Chat).replace("127.0.0.1", "localhost"), "https://api.openai.com/v1");
    assert_ne!(config, elsewhere);
    environment.write("reprompt-demo/reprompt.yaml", elsewhere);
    let through = run(&environment, &["intents", "--deadline", "2"]);
    assert!(matches!(through.code, Some(69 | 75)), "{}", through.transcript());
    environment.write("reprompt-demo/reprompt.yaml", config);
    assert_eq!(server.calls(), 1);
    // …and before this machine no proxy stands, and none hears its key.
    run(&environment, &["intents"]).succeeds();
    // What the program started may keep its output open; the key is there all the same.
    environment.write(
        own,
        "keys: { openai: { command: [sh, -c, 'echo obviously-fake-early; sleep 30 2>/dev/null & exit 0'] } }\n",
    );
    let begun = std::time::Instant::now();
    environment.outcome(&mut environment.command_in(FOLDER, &["diagnose"])).succeeds();
    assert!(begun.elapsed() < Duration::from_secs(25), "{:?}", begun.elapsed());
    assert_eq!(server.seen().last().unwrap().asked.key(), "obviously-fake-early");

    environment.write(own, "keys: { openai: obviously-fake-key-literal-0123456789 }\n");
    let literal = run(&environment, &["intents"]).exits(2);
    assert!(!literal.stderr.contains("literal"), "{}", literal.transcript());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        environment.write(own, "");
        std::fs::set_permissions(environment.path(own), std::fs::Permissions::from_mode(0o666)).unwrap();
        let outcome = run(&environment, &["intents"]).exits(5);
        assert!(outcome.stderr.contains("chmod go-w"), "{}", outcome.transcript());
    }
}

#[test]
fn an_embeddings_endpoint_takes_the_place_of_our_own_vectors_and_new_conversations_are_folded_in() {
    let server = scripted();
    let environment = Environment::new();
    environment.run(&["demo"]).succeeds();
    let config = environment.read("reprompt-demo/reprompt.yaml");
    let base = server.base(Kind::Embeddings);
    let embeddings = format!("embeddings: {{ model: openai/text-embedding-3-small, base_url: \"{base}\" }}\n");
    environment.write("reprompt-demo/reprompt.yaml", format!("{config}\n{embeddings}"));
    let traces = environment.read("reprompt-demo/traces/onboarding.jsonl");
    let lines: Vec<&str> = traces.lines().collect();
    let (most, rest) = lines.split_at(360);
    environment.write("reprompt-demo/traces/first.jsonl", most.join("\n"));
    environment.write("reprompt-demo/traces/rest.jsonl", rest.join("\n"));
    let run = |arguments: &[&str]| {
        let mut command = command(&environment, arguments);
        environment.outcome(command.env("REPROMPT_CACHE", environment.path("fresh")))
    };
    run(&["ingest", "traces/first.jsonl"]).succeeds();
    let planned = run(&["intents", "--dry-run"]).ok();
    assert!(planned.stdout.contains("embed"), "{}", planned.transcript());
    assert_eq!(server.calls(), 0);
    let first = run(&["intents", "--json"]).ok();
    let calls = server.calls();
    assert!(calls > 0);
    let ids = |outcome: &Outcome| -> Vec<String> {
        let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let mut ids: Vec<String> = document["intents"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line["intent"]["id"].as_str().unwrap().to_string())
            .collect();
        ids.sort();
        ids
    };
    assert!(ids(&first).len() >= 5, "{}", first.transcript());
    run(&["intents"]).succeeds();
    assert_eq!(server.calls(), calls, "a second run asks nothing");
    run(&["ingest", "traces/rest.jsonl"]).succeeds();
    let second = run(&["intents", "--json"]).ok();
    assert_eq!(ids(&first), ids(&second));
    let new: usize = server.seen().iter().skip(calls as usize).map(|seen| texts_in(&seen.asked)).sum();
    assert!((1..=60).contains(&new), "only what is new is asked: {new}");
    let spent = run(&["log", "--cost"]).ok();
    assert!(spent.stdout.contains("embed"), "{}", spent.transcript());
    // Without the endpoint everything is fitted anew, and says so.
    environment.write("reprompt-demo/reprompt.yaml", config);
    run(&["intents"]).succeeds();
}

fn texts_in(asked: &Asked) -> usize {
    let body: serde_json::Value = serde_json::from_slice(&asked.body).unwrap();
    body["input"].as_array().map_or(0, Vec::len)
}

#[test]
fn what_is_redacted_on_ingest_is_never_stored() {
    let environment = Environment::new();
    let line = |id: &str, text: &str| {
        serde_json::json!({"id": id, "user": "ann.lee@mail.example", "messages": [
            {"role": "user", "content": text},
            {"role": "assistant", "content": "", "tool_calls": [{"id": "t", "type": "function", "function": {
                "name": "look_up", "arguments": "{\"mail\": \"ann.lee@mail.example\"}"}}]},
            {"role": "tool", "tool_call_id": "t", "content": "card 4111 1111 1111 1111"},
        ]})
        .to_string()
    };
    let broken = "{\"messages\": [{\"role\": \"user\", \"content\": \"ann.lee@mail.example\"";
    environment.write("traces.jsonl", format!("{}\n{broken}\n", line("a", "I am ann.lee@mail.example")));
    let cache = environment.path("cache");
    let cache = cache.to_str().unwrap();
    environment.run(&["ingest", "traces.jsonl", "--redact", "--cache", cache]).succeeds();
    let store = reprompt::store::TraceStore::open_existing(std::path::Path::new(cache)).unwrap();
    let stored = format!("{:?}", store.load_all().unwrap());
    assert!(stored.contains("<EMAIL_") && stored.contains("<CARD_"), "{stored}");
    assert!(!stored.contains("ann.lee") && !stored.contains("4111"), "{stored}");
    drop(store);
    for entry in std::fs::read_dir(cache).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(memchr::memmem::find(&bytes, b"ann.lee").is_none());
    }
    // Pseudonyms stay the same from run to run: the same file again changes nothing.
    let again = environment.run(&["ingest", "traces.jsonl", "--redact", "--cache", cache]).ok();
    assert!(again.stdout.contains("Nothing new"), "{}", again.transcript());
}

#[test]
fn what_is_stored_needs_neither_key_nor_server() {
    let server = scripted();
    let environment = example(&server.base(Kind::Chat));
    run(&environment, &["intents"]).succeeds();
    let calls = server.calls();
    let stored = environment.outcome(&mut environment.command_in(FOLDER, &["intents", "--replies", "read-only"]));
    stored.succeeds();
    let missing = environment.outcome(&mut environment.command_in(FOLDER, &["diagnose", "--replies", "read-only"]));
    let missing = missing.exits(2);
    assert!(missing.stderr.contains("stored replies are read only"), "{}", missing.transcript());
    assert_eq!(server.calls(), calls);
}

#[test]
fn embeddings_and_names_are_one_run_with_one_cap() {
    let server = scripted();
    let environment = example(&server.base(Kind::Chat));
    let config = environment.read("reprompt-demo/reprompt.yaml");
    let base = server.base(Kind::Embeddings);
    // Prices at which one name may cost more than all vectors, and less than twice that.
    let own = "../home/.config/reprompt/config.yaml";
    environment.write(
        own,
        "prices: { openai/text-embedding-3-small: { input: 50 }, openai/gpt-4.1-mini: { input: 110, output: 110 } }\n",
    );
    let embeddings = format!("embeddings: {{ model: openai/text-embedding-3-small, base_url: \"{base}\" }}\n");
    environment.write("reprompt-demo/reprompt.yaml", format!("{config}\n{embeddings}"));
    let rows = |outcome: &Outcome| -> Vec<(i64, String, f64)> {
        let document: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
        let row = |row: &serde_json::Value| {
            (row["run"].as_i64().unwrap(), row["stage"].as_str().unwrap().to_string(), row["usd"].as_f64().unwrap())
        };
        document["rows"].as_array().unwrap().iter().map(row).collect()
    };
    run(&environment, &["intents", "--max-cost", "400"]).succeeds();
    let cost = rows(&run(&environment, &["log", "--cost", "--json"]).ok());
    let [(first, embed, vectors), (second, name, _)] = &cost[..] else { panic!("{cost:?}") };
    assert_eq!((first, embed.as_str(), name.as_str()), (second, "embed", "name"));
    // In another cache, with a cap that each of the two keeps and both together do not.
    let fresh = |arguments: &[&str]| {
        let mut command = command(&environment, arguments);
        environment.outcome(command.env("REPROMPT_CACHE", environment.path("fresh")))
    };
    fresh(&["ingest", "traces/onboarding.jsonl"]).succeeds();
    let cap = format!("{:.9}", vectors * 2.0);
    let spent = fresh(&["intents", "--max-cost", &cap, "-j", "1"]).exits(6);
    assert!(spent.stderr.contains("the budget is spent"), "{}", spent.transcript());
    let after = rows(&fresh(&["log", "--cost", "--json"]).ok());
    assert_eq!(after.len(), 1, "no name is asked for: {after:?}");
    // Pseudonyms differ from cache to cache, and with them the tokens a little.
    assert!((after[0].2 / vectors - 1.0).abs() < 0.05, "all vectors are: {after:?}");
    environment.write("reprompt-demo/reprompt.yaml", config);
    fresh(&["intents", "--max-cost", &cap, "-j", "1"]).fails(6);
    let alone = rows(&fresh(&["log", "--cost", "--json"]).ok());
    assert!(alone.iter().any(|(_, stage, _)| stage == "name"), "a name alone fits: {alone:?}");
}

#[test]
fn reservations_are_not_given_back_while_a_run_is_under_way() {
    let server = slow(400);
    let environment = example(&server.base(Kind::Chat));
    let child = under_way(&environment, &server, &["intents", "-j", "1"], 2);
    let refused = run(&environment, &["log", "--reconcile"]).exits(75);
    assert!(refused.stderr.contains("a run that asks a model"), "{}", refused.transcript());
    assert!(child.wait_with_output().unwrap().status.success());
    run(&environment, &["log", "--reconcile"]).succeeds();
    let cost = run(&environment, &["log", "--cost", "--json"]).ok();
    let cost: serde_json::Value = serde_json::from_str(&cost.stdout).unwrap();
    assert_eq!(cost["rows"][0]["calls"].as_u64(), Some(server.calls()));
}

#[cfg(unix)]
#[test]
fn a_recording_that_cannot_be_written_is_refused_before_anything_is_paid() {
    let server = scripted();
    let environment = example(&server.base(Kind::Chat));
    environment.write("reprompt-demo/file", "");
    let refused = run(&environment, &["intents", "--record", "file"]).exits(74);
    assert!(refused.stderr.contains("recorded exchanges"), "{}", refused.transcript());
    assert_eq!(server.calls(), 0);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_soon_and_keeps_what_was_answered() {
    let server = slow(700);
    let environment = example(&server.base(Kind::Chat));
    let child = under_way(&environment, &server, &["intents", "-j", "2"], 3);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let answered = server.calls();
    assert!(answered < 26, "{answered}");
    run(&environment, &["intents"]).succeeds();
    assert_eq!(server.calls(), 26, "what was answered is not asked again");
}
